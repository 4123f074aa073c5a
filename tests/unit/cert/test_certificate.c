/* Reading certificates: the recorded ones and odd ones. Data-centre codes, key comments. */

#include "issuing.h"

static json_t *vectors;

static int load_vectors(void **state)
{
    (void)state;
    vectors = vector_file_load(VECTOR_DIR "/wire-vectors.json");
    return 0;
}

static int drop_vectors(void **state)
{
    (void)state;
    json_decref(vectors);
    return 0;
}

static struct certificate parse_named(const char *name)
{
    const json_t *list = vector_member(vector_member(vectors, "certificates"), "list");
    struct certificate certificate = {0};
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *entry = json_array_get(list, i);
        if (strcmp(vector_string(entry, "name"), name) != 0)
            continue;
        uint8_t body[1024];
        struct byte_slice slice = {body, vector_bytes(entry, "cert_body", body, sizeof body)};
        assert_int_equal(certificate_parse(&certificate, slice), CERTIFICATE_READABLE);
        return certificate;
    }
    fail_msg("no certificate '%s' in the vectors", name);
    return certificate;
}

static void recorded_certificates(void **state)
{
    (void)state;
    uint8_t key[32];
    const json_t *keys = vector_member(vectors, "keys");
    SteamNetworkingIdentity carol = identity_named("str:carol");

    struct certificate certificate = parse_named("user_carol");
    vector_exact(vector_member(keys, "user"), "public", key, 32);
    assert_true(certificate.has_key);
    assert_memory_equal(certificate.key, key, 32);
    assert_true(certificate.has_identity);
    assert_true(identity_equal(&certificate.identity, &carol));
    assert_true(certificate_names_peer(&certificate));
    assert_int_equal(certificate.created, 0x6553f100);
    assert_int_equal(certificate.expiry, 0x8f0d1800);
    assert_int_equal(certificate.app_count, 1);
    assert_true(certificate_allows_app(&certificate, 0));
    assert_false(certificate_allows_app(&certificate, 480));

    certificate = parse_named("intermediate");
    assert_false(certificate.has_identity);
    assert_false(certificate_names_peer(&certificate));
    assert_int_equal(certificate.app_count, 2);
    assert_true(certificate_allows_app(&certificate, 480));
    assert_false(certificate_allows_app(&certificate, 1));

    certificate = parse_named("no_expiry_field");
    assert_int_equal(certificate.expiry, 0);
    certificate = parse_named("no_app_ids");
    assert_int_equal(certificate.app_count, 0);
    assert_true(certificate_allows_app(&certificate, 12345));
    certificate = parse_named("user_steamid_app480");
    assert_int_equal(certificate.identity.m_eType, k_ESteamNetworkingIdentityType_SteamID);
}

/* What was parsed, issued again, has the recorded bytes: nothing is lost. */
static void recorded_certificates_issued_again(void **state)
{
    (void)state;
    const json_t *list = vector_member(vector_member(vectors, "certificates"), "list");
    size_t same = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *entry = json_array_get(list, i);
        uint8_t body[1024], again[CERTIFICATE_BODY_SIZE];
        struct byte_slice slice = {body, vector_bytes(entry, "cert_body", body, sizeof body)};
        struct certificate certificate;
        assert_int_equal(certificate_parse(&certificate, slice), CERTIFICATE_READABLE);
        struct certificate_grant grant = certificate_grant_of(&certificate);
        size_t length = certificate_issue_body(&grant, again, sizeof again);
        struct certificate reread;
        assert_int_equal(certificate_parse(&reread, (struct byte_slice){again, length}), CERTIFICATE_READABLE);
        assert_memory_equal(&reread, &certificate, sizeof reread);
        if (length == slice.length && memcmp(again, body, length) == 0)
            same++;
    }
    /* CA certificates and others without an identity carry no legacy forms, so theirs are the same to the byte. */
    assert_true(same >= 2);
}

static void odd_keys_are_readable_but_no_keys(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "",                                                                         /* nothing at all */
        "0801",                                                                     /* no key */
        "08021220000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", /* another kind */
        "1220000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",     /* no kind */
        "0801121f000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e",   /* 31 bytes */
        "08011221000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        uint8_t body[64];
        struct certificate certificate;
        struct byte_slice slice = {body, vector_unhex(bodies[i], body, sizeof body)};
        enum certificate_outcome outcome = certificate_parse(&certificate, slice);
        if (outcome == CERTIFICATE_READABLE)
            assert_false(certificate.has_key);
        else if (i < 4)
            fail_msg("body %zu was not read", i);
    }
}

static void unreadable_bodies(void **state)
{
    (void)state;
    struct test_message message = issue((struct test_certificate){.subject = 1, .signer = 2, .identity = "str:alice"});
    struct signed_certificate fields;
    struct certificate certificate, empty;
    memset(&empty, 0, sizeof empty);
    identity_clear(&empty.identity);
    assert_true(signed_certificate_decode(&fields, message.data, message.length));
    size_t unreadable = 0;
    for (size_t cut = 1; cut < fields.body.length; cut++) {
        struct byte_slice part = {fields.body.data, cut};
        if (certificate_parse(&certificate, part) == CERTIFICATE_UNREADABLE) {
            assert_memory_equal(&certificate, &empty, sizeof empty);
            unreadable++;
        }
    }
    assert_true(unreadable > 40);

    uint8_t bad_identity[] = {0x08, 0x01, 0x62, 0x05, 'n', 'o', 'p', 'e', '!'};
    assert_int_equal(certificate_parse(&certificate, (struct byte_slice){bad_identity, sizeof bad_identity}),
                     CERTIFICATE_BAD_IDENTITY);
    assert_memory_equal(&certificate, &empty, sizeof empty);

    /* One application more than the limit. */
    uint8_t crowded[2 * (CERTIFICATE_APPS_MAXIMUM + 1)];
    for (size_t i = 0; i <= CERTIFICATE_APPS_MAXIMUM; i++) {
        crowded[2 * i] = 10 << 3;
        crowded[2 * i + 1] = (uint8_t)(i & 0x7f);
    }
    assert_int_equal(certificate_parse(&certificate, (struct byte_slice){crowded, sizeof crowded - 2}),
                     CERTIFICATE_READABLE);
    assert_int_equal(certificate.app_count, CERTIFICATE_APPS_MAXIMUM);
    assert_int_equal(certificate_parse(&certificate, (struct byte_slice){crowded, sizeof crowded}),
                     CERTIFICATE_UNREADABLE);
}

static void anonymous_is_no_name(void **state)
{
    (void)state;
    struct test_message message = issue((struct test_certificate){.subject = 1, .signer = 1, .identity = "ip:::1"});
    struct signed_certificate fields;
    struct certificate certificate;
    assert_true(signed_certificate_decode(&fields, message.data, message.length));
    assert_int_equal(certificate_parse(&certificate, fields.body), CERTIFICATE_READABLE);
    assert_true(certificate.has_identity);
    assert_false(certificate_names_peer(&certificate));
}

static void data_centre_codes(void **state)
{
    (void)state;
    char text[POP_TEXT_SIZE];
    uint32_t pop;
    assert_true(pop_parse("dev", 3, &pop));
    assert_int_equal(pop, k_SteamDatagramPOPID_dev);
    pop_print(pop, text);
    assert_string_equal(text, "dev");
    assert_true(pop_parse("fra1", 4, &pop));
    assert_int_equal(pop, (uint32_t)'f' << 16 | 'r' << 8 | 'a' | (uint32_t)'1' << 24);
    pop_print(pop, text);
    assert_string_equal(text, "fra1");
    assert_false(pop_parse("fr", 2, &pop));
    assert_false(pop_parse("frank", 5, &pop));
    assert_false(pop_parse("f a", 3, &pop));
    assert_false(pop_parse("f\xe4r", 3, &pop));
    pop_print(0x0a000a61, text);
    assert_string_equal(text, "??a?");
}

static void key_comments(void **state)
{
    (void)state;
    struct certificate certificate = parse_named("intermediate");
    char text[64];
    assert_true(certificate_key_comment(&certificate, text, sizeof text));
    assert_string_equal(text, "0-480-ID876709243708321761");
    assert_true(pop_parse("fra", 3, &certificate.pops[0]));
    certificate.pop_count = 1;
    assert_true(certificate_key_comment(&certificate, text, sizeof text));
    assert_string_equal(text, "0-480-fra-ID876709243708321761");
    assert_false(certificate_key_comment(&certificate, text, strlen(text)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recorded_certificates),
        cmocka_unit_test(recorded_certificates_issued_again),
        cmocka_unit_test(odd_keys_are_readable_but_no_keys),
        cmocka_unit_test(unreadable_bodies),
        cmocka_unit_test(anonymous_is_no_name),
        cmocka_unit_test(data_centre_codes),
        cmocka_unit_test(key_comments),
    };
    return cmocka_run_group_tests_name("certificate", tests, load_vectors, drop_vectors);
}
