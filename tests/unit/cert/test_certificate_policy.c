/* The checks of protocol 9.6, one by one and in their order, and against what recorded peers presented. */

#include "issuing.h"

#include "base/random.h"
#include "cert/certificate_policy.h"
#include "cert/credentials.h"

enum { NOW = 1000000, LATER = NOW + 1000, ROOT = 1, PEER = 100, APP = 7 };

/* What a peer presents, ready to be spoilt. */
struct presented {
    struct test_message message;
    struct signed_certificate certificate;
    uint8_t info[128];
    uint8_t signature[CRYPTO_SIGNATURE_SIZE];
    struct signed_crypt crypt;
    SteamNetworkingIdentity established;
};

static void sign_crypt(struct presented *p, uint8_t key)
{
    assert_true(crypto_ed25519_sign(key_number(key).seed, p->crypt.info.data, p->crypt.info.length, p->signature));
}

static void present(struct presented *p, struct test_message message, const char *established)
{
    static const uint8_t dh_public[32] = {9};
    const struct crypt_info info = {.has_kind = true,
                                    .kind = CRYPT_KIND_X25519,
                                    .has_dh_public = true,
                                    .dh_public = {dh_public, sizeof dh_public},
                                    .has_nonce = true,
                                    .nonce = 5,
                                    .has_version = true,
                                    .version = PROTOCOL_VERSION,
                                    .cipher_count = 1,
                                    .ciphers = {CIPHER_AES_256_GCM}};
    memset(p, 0, sizeof *p);
    p->message = message;
    assert_true(signed_certificate_decode(&p->certificate, p->message.data, p->message.length));
    p->crypt.has_info = true;
    p->crypt.info = (struct byte_slice){p->info, crypt_info_encode(&info, p->info, sizeof p->info)};
    assert_true(p->crypt.info.length > 0);
    p->crypt.has_signature = true;
    p->crypt.signature = (struct byte_slice){p->signature, sizeof p->signature};
    sign_crypt(p, PEER);
    p->established = identity_named(established);
}

/* Everything in order: signed by the root, names str:peer, good for APP. */
static const struct test_certificate good = {
    .subject = PEER, .signer = ROOT, .identity = "str:peer", .expiry = LATER, .apps = {APP}, .app_count = 1};

static struct test_message unsigned_certificate(const char *identity, uint32_t app)
{
    struct test_key key = key_number(PEER);
    SteamNetworkingIdentity named;
    struct certificate_grant grant = {.key = key.public_key, .apps = &app, .app_count = 1};
    uint8_t body[CERTIFICATE_BODY_SIZE];
    struct test_message message;
    if (identity) {
        named = identity_named(identity);
        grant.identity = &named;
    }
    size_t length = certificate_issue_body(&grant, body, sizeof body);
    message.length = certificate_issue_unsigned((struct byte_slice){body, length}, message.data, sizeof message.data);
    assert_true(message.length > 0);
    return message;
}

static struct authority_store *trusted;

static int make_store(void **state)
{
    (void)state;
    trusted = authority_store_new();
    return trusted && authority_store_add_root(trusted, key_number(ROOT).public_key) == AUTHORITY_ADDED ? 0 : -1;
}

static int drop_store(void **state)
{
    (void)state;
    authority_store_free(trusted);
    return 0;
}

static struct certificate_policy policy_allowing(int allow_unsigned)
{
    return (struct certificate_policy){
        .authorities = trusted, .unix_now = NOW, .app_id = APP, .allow_unsigned = allow_unsigned};
}

/* Checks with every value of allow_unsigned; reasons[] are the expected ends, 0 for accepted. */
static void expect(const struct presented *p, int never, int warning, int silently, bool authenticated)
{
    const int reasons[] = {never, warning, silently};
    for (int allow = 0; allow < 3; allow++) {
        struct certificate_policy policy = policy_allowing(allow);
        struct certificate_verdict verdict;
        bool accepted = certificate_policy_check(&policy, &p->certificate, &p->crypt, &p->established, &verdict);
        if (verdict.end_reason != reasons[allow])
            fail_msg("allow %d: reason %d, expected %d: %s", allow, verdict.end_reason, reasons[allow], verdict.text);
        assert_int_equal(accepted, reasons[allow] == 0);
        assert_int_equal(verdict.authenticated, accepted && authenticated);
        if (accepted) {
            assert_true(verdict.certificate.has_key);
            assert_int_equal(verdict.crypt.version, PROTOCOL_VERSION);
        }
        /* There is a sentence exactly when there is something to say. */
        if (accepted && verdict.ca_verified)
            assert_string_equal(verdict.text, "");
        else {
            assert_true(strlen(verdict.text) > 10);
            assert_true(verdict.text[strlen(verdict.text) - 1] == '.');
        }
    }
}

static void good_certificates(void **state)
{
    (void)state;
    struct presented p;
    present(&p, issue(good), "str:peer");
    expect(&p, 0, 0, 0, true);

    present(&p, unsigned_certificate("str:peer", APP), "str:peer");
    expect(&p, 4003, 0, 0, false);
    present(&p, unsigned_certificate("ip:::1", APP), "ip:192.0.2.1:5");
    expect(&p, 4003, 0, 0, false);
    present(&p, unsigned_certificate(NULL, APP), "str:claimed-in-the-message");
    expect(&p, 4003, 0, 0, false);

    /* Signed, but only an address: not what is called authenticated. */
    struct test_certificate address = good;
    address.identity = "ip:192.0.2.1:5";
    present(&p, issue(address), "ip:192.0.2.1:5");
    expect(&p, 0, 0, 0, false);
}

static void step_1_missing_parts(void **state)
{
    (void)state;
    struct presented p;
    present(&p, issue(good), "str:peer");
    p.certificate.has_body = false;
    expect(&p, 4002, 4002, 4002, false);
    present(&p, issue(good), "str:peer");
    p.crypt.has_info = false;
    expect(&p, 4002, 4002, 4002, false);
}

static void step_2_failing_signatures_count_as_none(void **state)
{
    (void)state;
    struct presented p;
    struct test_certificate expired = good, foreign = good;
    expired.expiry = NOW - 1;
    present(&p, issue(expired), "str:peer");
    expect(&p, 4003, 0, 0, false);
    foreign.signer = 66;
    present(&p, issue(foreign), "str:peer");
    expect(&p, 4003, 0, 0, false);
    struct test_message forged = issue(good);
    forged.data[forged.length - 1] ^= 1;
    present(&p, forged, "str:peer");
    expect(&p, 4003, 0, 0, false);

    /* Nobody trusted at all. */
    struct certificate_policy policy = policy_allowing(ALLOW_UNSIGNED_SILENTLY);
    struct certificate_verdict verdict;
    policy.authorities = NULL;
    present(&p, issue(good), "str:peer");
    assert_true(certificate_policy_check(&policy, &p.certificate, &p.crypt, &p.established, &verdict));
    assert_false(verdict.authenticated);
    policy.allow_unsigned = ALLOW_UNSIGNED_NEVER;
    assert_false(certificate_policy_check(&policy, &p.certificate, &p.crypt, &p.established, &verdict));
    assert_int_equal(verdict.end_reason, 4003);
}

static void step_3_unreadable_bodies(void **state)
{
    (void)state;
    static const uint8_t broken[] = {0x08, 0x01, 0x12, 0x20, 1, 2, 3};
    static const uint8_t bad_identity[] = {0x08, 0x01, 0x62, 0x03, 'a', 'b', 'c'};
    struct presented p;
    present(&p, unsigned_certificate("str:peer", APP), "str:peer");
    p.certificate.body = (struct byte_slice){broken, sizeof broken};
    expect(&p, 4002, 4002, 4002, false);
    p.certificate.body = (struct byte_slice){bad_identity, sizeof bad_identity};
    expect(&p, 4003, 4003, 4003, false);

    /* With a signature the leaf check comes first, and it fails. */
    present(&p, issue(good), "str:peer");
    p.certificate.body = (struct byte_slice){broken, sizeof broken};
    expect(&p, 4003, 4002, 4002, false);
}

static void step_4_names(void **state)
{
    (void)state;
    struct presented p;
    present(&p, issue(good), "str:other");
    expect(&p, 4003, 4003, 4003, false);
    present(&p, unsigned_certificate("str:peer", APP), "str:other");
    expect(&p, 4003, 4003, 4003, false);
    struct test_certificate no_apps = good;
    no_apps.app_count = 0;
    present(&p, issue(no_apps), "str:peer");
    expect(&p, 4003, 4003, 4003, false);

    /* Nobody established: the anonymous peer is not str:peer. */
    present(&p, issue(good), "str:peer");
    struct certificate_policy policy = policy_allowing(ALLOW_UNSIGNED_SILENTLY);
    struct certificate_verdict verdict;
    assert_false(certificate_policy_check(&policy, &p.certificate, &p.crypt, NULL, &verdict));
    assert_int_equal(verdict.end_reason, 4003);
    identity_clear(&p.established);
    assert_false(certificate_policy_check(&policy, &p.certificate, &p.crypt, &p.established, &verdict));
    assert_int_equal(verdict.end_reason, 4003);
    assert_non_null(strstr(verdict.text, "str:peer"));
}

static void sentences_are_safe_to_print(void **state)
{
    (void)state;
    struct presented p;
    struct certificate_policy policy = policy_allowing(ALLOW_UNSIGNED_SILENTLY);
    struct certificate_verdict verdict;
    present(&p, unsigned_certificate("str:\033[31mred\r\n", APP),
            "unknown:"
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    assert_false(certificate_policy_check(&policy, &p.certificate, &p.crypt, &p.established, &verdict));
    for (const char *c = verdict.text; *c; c++)
        assert_true(*c >= 0x20 && *c < 0x7f);
    assert_true(verdict.text[strlen(verdict.text) - 1] == '.');
}

/* Account type above 20 bits of instance and 32 of account, universe on top. */
static const char *steam_id(int type)
{
    static char text[40];
    snprintf(text, sizeof text, "steamid:%llu", 1ULL << 56 | (unsigned long long)type << 52 | 12345);
    return text;
}

static void step_5_signed_without_a_name(void **state)
{
    (void)state;
    struct presented p;
    struct test_certificate nameless = good;
    nameless.identity = NULL;
    nameless.pop_count = 1;
    nameless.pops[0] = 50;
    present(&p, issue(nameless), "str:peer");
    expect(&p, 4003, 4003, 4003, false);
    present(&p, issue(nameless), steam_id(3));
    expect(&p, 4003, 4003, 4003, false);
    present(&p, issue(nameless), steam_id(4));
    expect(&p, 0, 0, 0, true);

    nameless.identity = "ip:::1";
    present(&p, issue(nameless), steam_id(4));
    expect(&p, 0, 0, 0, true);
    present(&p, issue(nameless), "ip:::1");
    expect(&p, 4003, 4003, 4003, false);
    nameless.pop_count = 0;
    present(&p, issue(nameless), steam_id(4));
    expect(&p, 4003, 4003, 4003, false);

    /* Counting as unsigned, it is an anonymous peer like any other. */
    nameless.signer = 66;
    present(&p, issue(nameless), "ip:::1");
    expect(&p, 4003, 0, 0, false);

    /* An authority for one data centre does not speak for another. */
    struct test_certificate local = {.subject = 2, .signer = ROOT, .expiry = LATER, .pops = {60}, .pop_count = 1};
    assert_int_equal(add(trusted, local), AUTHORITY_ADDED);
    nameless = (struct test_certificate){
        .subject = PEER, .signer = 2, .expiry = LATER, .apps = {APP}, .app_count = 1, .pops = {60, 61}, .pop_count = 1};
    present(&p, issue(nameless), steam_id(4));
    expect(&p, 0, 0, 0, true);
    nameless.pop_count = 2;
    present(&p, issue(nameless), steam_id(4));
    expect(&p, 4003, 4003, 4003, false);
}

static void step_6_applications(void **state)
{
    (void)state;
    struct presented p;
    struct test_certificate other = good;
    other.apps[0] = APP + 1;
    present(&p, issue(other), "str:peer");
    expect(&p, 4003, 4003, 4003, false);
    other.apps[1] = APP;
    other.app_count = 2;
    present(&p, issue(other), "str:peer");
    expect(&p, 0, 0, 0, true);

    /* An unsigned certificate's own list is checked, too. */
    present(&p, unsigned_certificate("str:peer", APP + 1), "str:peer");
    expect(&p, 4003, 4003, 4003, false);

    /* The scope of the authority, also where the leaf lists nothing. */
    struct test_certificate narrow = {.subject = 3, .signer = ROOT, .expiry = LATER, .apps = {APP + 1}, .app_count = 1};
    assert_int_equal(add(trusted, narrow), AUTHORITY_ADDED);
    struct test_certificate below = good;
    below.signer = 3;
    present(&p, issue(below), "str:peer");
    expect(&p, 4003, 4003, 4003, false);
    below = (struct test_certificate){.subject = PEER, .signer = 3, .expiry = LATER, .pops = {5}, .pop_count = 1};
    present(&p, issue(below), steam_id(4));
    expect(&p, 4003, 4003, 4003, false);
}

static void step_8_signature_of_the_crypt_info(void **state)
{
    (void)state;
    struct presented p;
    present(&p, issue(good), "str:peer");
    p.signature[10] ^= 1;
    expect(&p, 4002, 4002, 4002, false);
    present(&p, issue(good), "str:peer");
    p.info[12] ^= 1;
    expect(&p, 4002, 4002, 4002, false);
    present(&p, issue(good), "str:peer");
    sign_crypt(&p, PEER + 1);
    expect(&p, 4002, 4002, 4002, false);
    present(&p, issue(good), "str:peer");
    p.crypt.signature.length = 63;
    expect(&p, 4002, 4002, 4002, false);
    present(&p, issue(good), "str:peer");
    p.crypt.signature = (struct byte_slice){NULL, 0};
    expect(&p, 4002, 4002, 4002, false);
    present(&p, unsigned_certificate("str:peer", APP), "str:peer");
    p.signature[63] ^= 0x80;
    expect(&p, 4003, 4002, 4002, false);

    /* An unsigned certificate without a usable key cannot have signed anything. */
    static const uint8_t keyless[] = {0x08, 0x02, 0x50, APP};
    present(&p, unsigned_certificate("str:peer", APP), "str:peer");
    p.certificate.body = (struct byte_slice){keyless, sizeof keyless};
    expect(&p, 4003, 4002, 4002, false);
}

static void crypt_info_must_be_readable(void **state)
{
    (void)state;
    struct presented p;
    present(&p, issue(good), "str:peer");
    static const uint8_t broken[] = {0x08, 0x01, 0x12, 0x20, 1};
    p.crypt.info = (struct byte_slice){broken, sizeof broken};
    sign_crypt(&p, PEER);
    expect(&p, 4002, 4002, 4002, false);
}

/* The certificate and key exchange of every recorded handshake are accepted as what they were. */
static void recorded_handshakes(void **state)
{
    (void)state;
    json_t *vectors = vector_file_load(VECTOR_DIR "/wire-vectors.json");
    const json_t *connections = vector_member(vectors, "connections");
    uint8_t root[CRYPTO_KEY_SIZE];
    vector_exact(vector_member(vector_member(vectors, "keys"), "root"), "public", root, sizeof root);
    struct authority_store *store = authority_store_new();
    assert_int_equal(authority_store_add_root(store, root), AUTHORITY_ADDED);

    size_t checked = 0, authenticated = 0;
    for (size_t i = 0; i < json_array_size(connections); i++) {
        const json_t *connection = json_array_get(connections, i);
        const json_t *events = vector_member(connection, "events");
        for (size_t n = 0; n < json_array_size(events); n++) {
            const json_t *fields = json_object_get(json_array_get(events, n), "fields");
            const json_t *cert = json_object_get(fields, "cert"), *crypt = json_object_get(fields, "crypt");
            if (!cert || !crypt)
                continue;
            uint8_t body[1024], ca_signature[64], info[512], signature[64];
            struct signed_certificate certificate = {.has_body = true, .body = {body, 0}};
            struct signed_crypt signed_crypt = {.has_info = true, .info = {info, 0}, .has_signature = true};
            certificate.body.length = vector_bytes(cert, "body", body, sizeof body);
            if (json_object_get(cert, "ca_signature")) {
                vector_exact(cert, "ca_signature", ca_signature, sizeof ca_signature);
                certificate.has_ca_signature = certificate.has_ca_key_id = true;
                certificate.ca_signature = (struct byte_slice){ca_signature, sizeof ca_signature};
                certificate.ca_key_id = vector_u64(cert, "ca_key_id");
            }
            signed_crypt.info.length = vector_bytes(crypt, "body", info, sizeof info);
            vector_exact(crypt, "signature", signature, sizeof signature);
            signed_crypt.signature = (struct byte_slice){signature, sizeof signature};

            struct certificate parsed;
            assert_int_equal(certificate_parse(&parsed, certificate.body), CERTIFICATE_READABLE);
            struct certificate_policy policy = {
                .authorities = store, .unix_now = 1750000000, .allow_unsigned = ALLOW_UNSIGNED_SILENTLY};
            struct certificate_verdict verdict;
            if (!certificate_policy_check(&policy, &certificate, &signed_crypt, &parsed.identity, &verdict))
                fail_msg("%s: %s", vector_string(connection, "name"), verdict.text);
            bool ca_signed = strcmp(vector_string(connection, "name"), "ca_signed") == 0;
            assert_int_equal(verdict.authenticated, ca_signed);
            authenticated += verdict.authenticated;
            checked++;
        }
    }
    assert_true(checked >= 20);
    assert_true(authenticated >= 2);
    authority_store_free(store);
    json_decref(vectors);
}

/* Whatever bytes come: a verdict, the same twice, and never authenticated without the root's signature. */
static void random_damage(void **state)
{
    (void)state;
    struct test_message message = issue(good);
    size_t refused = 0, accepted = 0;
    for (uint64_t seed = 1; seed <= 400; seed++) {
        struct random_generator random;
        struct presented p;
        struct certificate_verdict verdict;
        random_generator_init(&random, seed);
        present(&p, message, "str:peer");
        size_t changes = 1 + random_below(&random.source, 3);
        for (size_t i = 0; i < changes; i++)
            p.message.data[random_below(&random.source, p.message.length)] ^=
                (uint8_t)(1 + random_below(&random.source, 255));
        struct certificate_policy policy = policy_allowing((int)random_below(&random.source, 3));
        bool readable = signed_certificate_decode(&p.certificate, p.message.data, p.message.length);
        if (!readable)
            continue;
        bool ok = certificate_policy_check(&policy, &p.certificate, &p.crypt, &p.established, &verdict);
        if (verdict.authenticated)
            fail_msg("seed %llu: authenticated", (unsigned long long)seed);
        ok ? accepted++ : refused++;
    }
    assert_true(refused > 100);
    assert_true(accepted > 0); /* damage to the CA's signature only, where unsigned peers are allowed */
}

int main(void)
{
#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, make_store, drop_store)
    const struct CMUnitTest tests[] = {
        WITH_STORE(good_certificates),
        WITH_STORE(step_1_missing_parts),
        WITH_STORE(step_2_failing_signatures_count_as_none),
        WITH_STORE(step_3_unreadable_bodies),
        WITH_STORE(step_4_names),
        WITH_STORE(sentences_are_safe_to_print),
        WITH_STORE(step_5_signed_without_a_name),
        WITH_STORE(step_6_applications),
        WITH_STORE(step_8_signature_of_the_crypt_info),
        WITH_STORE(crypt_info_must_be_readable),
        WITH_STORE(recorded_handshakes),
        WITH_STORE(random_damage),
    };
    return cmocka_run_group_tests_name("certificate_policy", tests, NULL, NULL);
}
