/* Making certificates and presenting them: recorded bytes, requests, installing, and that no private key leaves. */

#include "issuing.h"

#include "base/alloc.h"
#include "cert/certificate_policy.h"
#include "cert/credentials.h"

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

static const uint8_t *find_bytes(const uint8_t *data, size_t length, const uint8_t *wanted, size_t wanted_length)
{
    return memmem(data, length, wanted, wanted_length);
}

/* The self-issued bodies that recorded peers sent come out to the byte (protocol 9.4). */
static void self_issued_like_recorded_peers(void **state)
{
    (void)state;
    static const struct {
        const char *connection;
        const char *identity; /* of the client */
    } cases[] = {{"null_cipher", "str:alice"}, {"anonymous", "ip:::1"}};
    for (size_t c = 0; c < 2; c++) {
        const json_t *connections = vector_member(vectors, "connections");
        const json_t *connection = NULL;
        for (size_t i = 0; i < json_array_size(connections); i++)
            if (strcmp(vector_string(json_array_get(connections, i), "name"), cases[c].connection) == 0)
                connection = json_array_get(connections, i);
        assert_non_null(connection);
        uint8_t seed[32], expected[512];
        vector_exact(vector_member(connection, "client"), "signing_private", seed, 32);
        size_t length = 0;
        const json_t *events = vector_member(connection, "events");
        for (size_t i = 0; i < json_array_size(events) && length == 0; i++) {
            const json_t *event = json_array_get(events, i);
            const char *type = json_string_value(json_object_get(event, "type"));
            if (type && strcmp(type, "ConnectRequest") == 0)
                length = vector_bytes(vector_member(vector_member(event, "fields"), "cert"), "body", expected,
                                      sizeof expected);
        }
        assert_true(length > 0);
        SteamNetworkingIdentity identity = identity_named(cases[c].identity);
        struct credentials *credentials = credentials_self_issued(seed, &identity, 0);
        assert_non_null(credentials);
        assert_int_equal(credentials->body.length, length);
        assert_memory_equal(credentials->body.data, expected, length);
        assert_false(credentials->has_ca_signature);
        assert_false(credentials_expired(credentials, 2000000000));
        assert_null(find_bytes(credentials->message, credentials->message_length, seed, sizeof seed));

        uint8_t signature[CRYPTO_SIGNATURE_SIZE];
        assert_true(credentials_sign(credentials, "crypt info", 10, signature));
        assert_true(crypto_ed25519_verify(credentials->certificate.key, "crypt info", 10, signature));
        credentials_free(credentials);
    }
}

static void no_identity_means_anonymous(void **state)
{
    (void)state;
    uint8_t seed[32] = {1};
    SteamNetworkingIdentity invalid;
    identity_clear(&invalid);
    const SteamNetworkingIdentity *const none[] = {NULL, &invalid};
    for (size_t i = 0; i < 2; i++) {
        struct credentials *credentials = credentials_self_issued(seed, none[i], 3);
        assert_non_null(credentials);
        assert_true(credentials->certificate.has_identity);
        assert_false(certificate_names_peer(&credentials->certificate));
        assert_true(certificate_allows_app(&credentials->certificate, 3));
        assert_false(certificate_allows_app(&credentials->certificate, 0));
        credentials_free(credentials);
    }
    credentials_free(NULL);
}

static void recorded_request(void **state)
{
    (void)state;
    const json_t *recorded = vector_member(vector_member(vectors, "certificates"), "cert_request_blob");
    const json_t *key = vector_member(vector_member(vectors, "keys"), vector_string(recorded, "private"));
    uint8_t public_key[32], expected[256], request[512];
    vector_exact(key, "public", public_key, 32);
    size_t expected_length = vector_bytes(recorded, "hex", expected, sizeof expected);
    SteamNetworkingIdentity identity = identity_named(vector_string(recorded, "identity"));
    size_t length = certificate_issue_request(public_key, &identity, 0, request, sizeof request);
    assert_int_equal(length, expected_length);
    assert_memory_equal(request, expected, length);

    struct certificate wanted;
    assert_true(certificate_request_parse(&wanted, request, length));
    assert_memory_equal(wanted.key, public_key, 32);
    assert_true(identity_equal(&wanted.identity, &identity));
    for (size_t cut = 0; cut < length; cut++)
        assert_false(certificate_request_parse(&wanted, request, cut));

    /* An anonymous identity is left out, a data centre is put in. */
    SteamNetworkingIdentity anonymous = identity_named("ip:::1");
    length = certificate_issue_request(public_key, &anonymous, k_SteamDatagramPOPID_dev, request, sizeof request);
    assert_true(length > 0);
    assert_true(certificate_request_parse(&wanted, request, length));
    assert_false(wanted.has_identity);
    assert_int_equal(wanted.pop_count, 1);
    assert_int_equal(wanted.pops[0], k_SteamDatagramPOPID_dev);
    assert_int_equal(certificate_issue_request(public_key, &identity, 0, request, 30), 0);
}

/* Issuing to the recorded request, with the recorded CA and times, gives a certificate as recorded. */
static void recorded_certificate_from_its_parts(void **state)
{
    (void)state;
    const json_t *list = vector_member(vector_member(vectors, "certificates"), "list");
    const json_t *keys = vector_member(vectors, "keys");
    size_t checked = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *entry = json_array_get(list, i);
        uint64_t signer = vector_u64(entry, "ca_key_id");
        static const char *const names[] = {"root", "intermediate"};
        for (size_t n = 0; n < 2; n++) {
            const json_t *key = vector_member(keys, names[n]);
            if (vector_u64(key, "key_id") != signer || strcmp(vector_string(entry, "name"), "corrupt_signature") == 0)
                continue;
            uint8_t seed[32], body[512], expected[1024], message[1024];
            vector_exact(key, "private", seed, 32);
            struct byte_slice slice = {body, vector_bytes(entry, "cert_body", body, sizeof body)};
            size_t expected_length = vector_bytes(entry, "signed_cert", expected, sizeof expected);
            size_t length = certificate_issue_signed(slice, seed, message, sizeof message);
            assert_int_equal(length, expected_length);
            assert_memory_equal(message, expected, length);
            checked++;
        }
    }
    assert_true(checked >= 8);
}

static void recorded_installable_form(void **state)
{
    (void)state;
    const json_t *section = vector_member(vectors, "certificates");
    uint8_t blob[1024], seed[32], expected[1024], again[1024];
    size_t length = vector_bytes(section, "signed_cert_with_private_key", blob, sizeof blob);
    vector_exact(vector_member(vector_member(vectors, "keys"), "user"), "private", seed, 32);
    const char *error = NULL;
    struct credentials *credentials = credentials_from_message(blob, length, NULL, &error);
    assert_non_null(credentials);
    assert_memory_equal(credentials->seed, seed, 32);
    assert_true(credentials->has_ca_signature);

    /* What goes to the peer is the certificate as it was before the key was put in (protocol 20.2). */
    const json_t *carol = json_array_get(vector_member(section, "list"), 2);
    assert_string_equal(vector_string(carol, "name"), "user_carol");
    size_t expected_length = vector_bytes(carol, "signed_cert", expected, sizeof expected);
    assert_int_equal(credentials->message_length, expected_length);
    assert_memory_equal(credentials->message, expected, expected_length);
    assert_null(find_bytes(credentials->message, sizeof credentials->message, seed, 32));
    assert_int_equal(credentials->ca_key_id, vector_u64(carol, "ca_key_id"));
    assert_false(credentials_expired(credentials, credentials->certificate.expiry));
    assert_true(credentials_expired(credentials, (int64_t)credentials->certificate.expiry + 1));
    credentials_free(credentials);

    assert_int_equal(certificate_attach_private_key(expected, expected_length, seed, again, sizeof again), length);
    assert_memory_equal(again, blob, length);
    assert_int_equal(certificate_attach_private_key(expected, expected_length, seed, again, length - 1), 0);
    seed[0] ^= 1;
    assert_int_equal(certificate_attach_private_key(expected, expected_length, seed, again, sizeof again), 0);
}

static void expect_refusal(const uint8_t *message, size_t length, const uint8_t *seed, const char *word)
{
    const char *error = NULL;
    struct credentials *credentials = credentials_from_message(message, length, seed, &error);
    if (credentials)
        fail_msg("accepted instead of '%s'", word);
    assert_non_null(error);
    if (!strstr(error, word))
        fail_msg("'%s' does not say '%s'", error, word);
    assert_null(credentials_from_message(message, length, seed, NULL));
}

static void what_cannot_be_installed(void **state)
{
    (void)state;
    struct test_key key = key_number(100), other = key_number(101);
    struct test_certificate wanted = {.subject = 100, .signer = 1, .identity = "str:me", .expiry = 5, .app_count = 1};
    struct test_message message = issue(wanted);
    uint8_t blob[CERTIFICATE_MESSAGE_SIZE];

    expect_refusal(message.data, message.length, NULL, "without a private key");
    expect_refusal(message.data, message.length, other.seed, "another private key");
    expect_refusal(message.data, 0, key.seed, "not a certificate");
    expect_refusal(message.data, message.length - 1, key.seed, "not a certificate");

    struct credentials *credentials = credentials_from_message(message.data, message.length, key.seed, NULL);
    assert_non_null(credentials);
    credentials_free(credentials);

    struct signed_certificate fields;
    assert_true(signed_certificate_decode(&fields, message.data, message.length));
    fields.has_private_key = true;
    fields.private_key = (struct byte_slice){other.seed, 32};
    size_t length = signed_certificate_encode(&fields, true, blob, sizeof blob);
    expect_refusal(blob, length, key.seed, "another private key");
    fields.private_key = (struct byte_slice){key.seed, 31};
    length = signed_certificate_encode(&fields, true, blob, sizeof blob);
    expect_refusal(blob, length, key.seed, "not an Ed25519 key");

    static const uint8_t keyless[] = {0x08, 0x01, 0x50, 0x00}, unreadable[] = {0x12, 0x20, 0x00},
                         bad_identity[] = {0x62, 0x01, 'x'};
    fields.private_key = (struct byte_slice){key.seed, 32};
    fields.body = (struct byte_slice){keyless, sizeof keyless};
    length = signed_certificate_encode(&fields, true, blob, sizeof blob);
    expect_refusal(blob, length, NULL, "no Ed25519 key");
    fields.body = (struct byte_slice){unreadable, sizeof unreadable};
    length = signed_certificate_encode(&fields, true, blob, sizeof blob);
    expect_refusal(blob, length, NULL, "cannot be read");
    fields.body = (struct byte_slice){bad_identity, sizeof bad_identity};
    length = signed_certificate_encode(&fields, true, blob, sizeof blob);
    expect_refusal(blob, length, NULL, "malformed");

    /* Too many applications for one datagram. */
    uint32_t apps[CERTIFICATE_APPS_MAXIMUM + 1];
    for (size_t i = 0; i <= CERTIFICATE_APPS_MAXIMUM; i++)
        apps[i] = 0xffffff00 + (uint32_t)i;
    uint32_t pops[CERTIFICATE_POPS_MAXIMUM + 1] = {0};
    struct certificate_grant grant = {.key = key.public_key,
                                      .apps = apps,
                                      .app_count = CERTIFICATE_APPS_MAXIMUM,
                                      .pops = pops,
                                      .pop_count = CERTIFICATE_POPS_MAXIMUM,
                                      .expiry = 5};
    message.length = certificate_issue(&grant, key_number(1).seed, message.data, sizeof message.data);
    assert_true(message.length > CREDENTIALS_MESSAGE_MAXIMUM);
    expect_refusal(message.data, message.length, key.seed, "too large");

    grant.app_count++;
    assert_int_equal(certificate_issue(&grant, key_number(1).seed, message.data, sizeof message.data), 0);
    grant.app_count = 1;
    grant.pop_count = CERTIFICATE_POPS_MAXIMUM + 1;
    assert_int_equal(certificate_issue(&grant, key_number(1).seed, message.data, sizeof message.data), 0);
    grant.pop_count = 0;
    SteamNetworkingIdentity clan = identity_named("steamid:103582791429521409"); /* never serialised (protocol 8.2) */
    grant.identity = &clan;
    assert_int_equal(certificate_issue(&grant, key_number(1).seed, message.data, sizeof message.data), 0);
    assert_null(credentials_self_issued(key.seed, &clan, 0));
}

/* From making keys to an authenticated peer, the way an operator would go: root, intermediate, request, certificate. */
static void the_whole_way(void **state)
{
    (void)state;
    struct test_key root = key_number(1), intermediate = key_number(2), user = key_number(3);
    uint8_t request[512], message[CERTIFICATE_MESSAGE_SIZE];
    const int64_t now = 1800000000;
    const uint32_t app = 480;

    struct certificate_grant grant = {.key = intermediate.public_key,
                                      .created = (uint32_t)now,
                                      .expiry = (uint32_t)now + 86400,
                                      .apps = &app,
                                      .app_count = 1};
    size_t length = certificate_issue(&grant, root.seed, message, sizeof message);
    struct authority_store *store = authority_store_new();
    assert_int_equal(authority_store_add_root(store, root.public_key), AUTHORITY_ADDED);
    assert_int_equal(authority_store_add(store, message, length, false), AUTHORITY_ADDED);

    SteamNetworkingIdentity identity = identity_named("str:player one");
    length = certificate_issue_request(user.public_key, &identity, 0, request, sizeof request);
    struct certificate wanted;
    assert_true(certificate_request_parse(&wanted, request, length));
    grant = certificate_grant_of(&wanted);
    grant.created = (uint32_t)now;
    grant.expiry = (uint32_t)now + 3600;
    grant.apps = &app;
    grant.app_count = 1;
    length = certificate_issue(&grant, intermediate.seed, message, sizeof message);
    struct credentials *credentials = credentials_from_message(message, length, user.seed, NULL);
    assert_non_null(credentials);

    const struct crypt_info info = {.has_kind = true, .kind = 1, .has_version = true, .version = 13};
    uint8_t encoded[64], signature[64];
    struct signed_crypt crypt = {.has_info = true,
                                 .info = {encoded, crypt_info_encode(&info, encoded, sizeof encoded)},
                                 .has_signature = true,
                                 .signature = {signature, 64}};
    assert_true(credentials_sign(credentials, encoded, crypt.info.length, signature));
    struct signed_certificate received;
    assert_true(signed_certificate_decode(&received, credentials->message, credentials->message_length));
    assert_false(received.has_private_key);
    struct certificate_policy policy = {.authorities = store, .unix_now = now, .app_id = app, .allow_unsigned = 0};
    struct certificate_verdict verdict;
    assert_true(certificate_policy_check(&policy, &received, &crypt, &identity, &verdict));
    assert_true(verdict.authenticated);
    policy.unix_now += 3601;
    assert_false(certificate_policy_check(&policy, &received, &crypt, &identity, &verdict));
    assert_int_equal(verdict.end_reason, END_REMOTE_BAD_CERTIFICATE);
    credentials_free(credentials);
    authority_store_free(store);
}

/* Memory that runs out at each allocation in turn. */
static int allocations_left;
static void *failing_alloc(size_t size)
{
    return allocations_left-- > 0 ? malloc(size) : NULL;
}

static void *failing_realloc(void *memory, size_t size)
{
    return allocations_left-- > 0 ? realloc(memory, size) : NULL;
}

static void memory_runs_out(void **state)
{
    (void)state;
    struct test_key key = key_number(1);
    struct test_message ca = issue((struct test_certificate){.subject = 2, .signer = 1, .expiry = 9});
    const char *error = NULL;
    alloc_set_hooks(failing_alloc, free, failing_realloc);
    allocations_left = 0;
    assert_null(credentials_self_issued(key.seed, NULL, 0));
    assert_null(credentials_from_message(ca.data, ca.length, key.seed, &error));
    assert_string_equal(error, "Out of memory.");
    assert_null(authority_store_new());
    allocations_left = 1;
    struct authority_store *store = authority_store_new();
    assert_non_null(store);
    assert_int_equal(authority_store_add_root(store, key.public_key), AUTHORITY_FULL);
    assert_int_equal(authority_store_add(store, ca.data, ca.length, true), AUTHORITY_FULL);
    allocations_left = 1;
    assert_int_equal(authority_store_add_root(store, key.public_key), AUTHORITY_ADDED);
    assert_null(authority_store_copy(store));
    allocations_left = 1;
    assert_null(authority_store_copy(store));
    authority_store_free(store);
    alloc_set_hooks(NULL, NULL, NULL);
}

static void what_has_no_private_key_to_attach(void **state)
{
    (void)state;
    static const uint8_t keyless[] = {0x08, 0x01, 0x50, 0x00}, unreadable[] = {0x12, 0x20, 0x00};
    static const struct byte_slice bodies[] = {{keyless, sizeof keyless}, {unreadable, sizeof unreadable}};
    struct test_key key = key_number(100);
    struct test_message message = issue((struct test_certificate){.subject = 100, .signer = 1, .expiry = 5});
    struct signed_certificate fields;
    uint8_t changed[CERTIFICATE_MESSAGE_SIZE], out[CERTIFICATE_MESSAGE_SIZE];

    assert_true(certificate_attach_private_key(message.data, message.length, key.seed, out, sizeof out) > 0);
    assert_int_equal(certificate_attach_private_key(message.data, message.length - 1, key.seed, out, sizeof out), 0);
    assert_true(signed_certificate_decode(&fields, message.data, message.length));
    for (size_t i = 0; i < 2; i++) {
        fields.body = bodies[i];
        size_t length = signed_certificate_encode(&fields, false, changed, sizeof changed);
        assert_int_equal(certificate_attach_private_key(changed, length, key.seed, out, sizeof out), 0);
    }
    fields.has_body = false;
    size_t length = signed_certificate_encode(&fields, false, changed, sizeof changed);
    assert_int_equal(certificate_attach_private_key(changed, length, key.seed, out, sizeof out), 0);
    expect_refusal(changed, length, key.seed, "not a certificate");
}

static void requests_that_name_nobody(void **state)
{
    (void)state;
    struct test_key key = key_number(3);
    SteamNetworkingIdentity invalid, clan = identity_named("steamid:103582791429521409");
    uint8_t request[512], expected[512], message[512];
    struct certificate wanted;

    identity_clear(&invalid);
    size_t length = certificate_issue_request(key.public_key, NULL, 0, expected, sizeof expected);
    assert_true(length > 0);
    assert_true(certificate_request_parse(&wanted, expected, length));
    assert_false(wanted.has_identity);
    assert_int_equal(wanted.pop_count, 0);
    assert_int_equal(certificate_issue_request(key.public_key, &invalid, 0, request, sizeof request), length);
    assert_memory_equal(request, expected, length);
    assert_int_equal(certificate_issue_request(key.public_key, &clan, 0, request, sizeof request), 0);

    /* Requests around bodies that ask for nothing. */
    static const uint8_t keyless[] = {0x08, 0x01}, unreadable[] = {0x12, 0x20, 0x00};
    length = certificate_request_encode((struct byte_slice){keyless, sizeof keyless}, message, sizeof message);
    assert_false(certificate_request_parse(&wanted, message, length));
    length = certificate_request_encode((struct byte_slice){unreadable, sizeof unreadable}, message, sizeof message);
    assert_false(certificate_request_parse(&wanted, message, length));
    assert_false(wanted.has_key);
}

/* Self-issued, nobody expects an end; signed, everybody does (protocol 9.5). */
static void no_expiry(void **state)
{
    (void)state;
    struct test_message message = issue((struct test_certificate){.subject = 100, .signer = 1});
    struct credentials *credentials =
        credentials_from_message(message.data, message.length, key_number(100).seed, NULL);
    assert_non_null(credentials);
    assert_true(credentials_expired(credentials, 1));
    credentials_free(credentials);
    credentials = credentials_self_issued(key_number(100).seed, NULL, 0);
    assert_non_null(credentials);
    assert_false(credentials_expired(credentials, 1));
    credentials_free(credentials);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(self_issued_like_recorded_peers),
        cmocka_unit_test(no_identity_means_anonymous),
        cmocka_unit_test(recorded_request),
        cmocka_unit_test(recorded_certificate_from_its_parts),
        cmocka_unit_test(recorded_installable_form),
        cmocka_unit_test(what_cannot_be_installed),
        cmocka_unit_test(the_whole_way),
        cmocka_unit_test(memory_runs_out),
        cmocka_unit_test(what_has_no_private_key_to_attach),
        cmocka_unit_test(requests_that_name_nobody),
        cmocka_unit_test(no_expiry),
    };
    return cmocka_run_group_tests_name("credentials", tests, load_vectors, drop_vectors);
}
