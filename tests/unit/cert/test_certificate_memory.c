/*
 * OpenSSL runs out of memory at each of its allocations in turn: nothing is believed that would not be believed
 * otherwise, least of all a key that is revoked, and what is made is right or not made at all.
 */

#include "../crypto/openssl_memory.h"

#include "issuing.h"

#include "cert/credentials.h"

enum { NOW = 1000, LATER = 2000 };

static void a_revoked_key_stays_revoked(void **state)
{
    (void)state;
    struct authority_store *store = authority_store_new();
    struct test_message revoked =
        issue((struct test_certificate){.subject = 100, .signer = 1, .identity = "str:revoked", .expiry = LATER});
    struct test_message good =
        issue((struct test_certificate){.subject = 101, .signer = 1, .identity = "str:good", .expiry = LATER});
    long refused = 0, n = 0;
    bool failed;
    assert_int_equal(authority_store_add_root(store, key_number(1).public_key), AUTHORITY_ADDED);
    assert_true(authority_store_revoke(store, key_number(100).id));
    do {
        openssl_memory_fail_at(n, false);
        enum leaf_outcome outcome = check_leaf(store, &revoked, NOW);
        failed = openssl_memory_recover();
        assert_int_equal(outcome, LEAF_REVOKED);
        openssl_memory_fail_at(n++, false);
        outcome = check_leaf(store, &good, NOW);
        failed = openssl_memory_recover() || failed;
        refused += outcome != LEAF_TRUSTED;
    } while (failed);
    assert_true(refused > 0);
    assert_int_equal(check_leaf(store, &good, NOW), LEAF_TRUSTED);
    authority_store_free(store);
}

/* An authority whose key is revoked must not come in under another id. */
static void a_revoked_authority_stays_revoked(void **state)
{
    (void)state;
    struct test_key root = key_number(1);
    struct test_message ca = issue((struct test_certificate){.subject = 2, .signer = 1, .expiry = LATER});
    struct test_message leaf =
        issue((struct test_certificate){.subject = 100, .signer = 2, .identity = "str:leaf", .expiry = LATER});
    struct signed_certificate fields;
    uint8_t anonymous[CERTIFICATE_MESSAGE_SIZE];
    long refused = 0, n = 0;
    bool failed;

    /* The leaf as somebody would send it who knows which id a key has that could not be hashed. */
    assert_true(signed_certificate_decode(&fields, leaf.data, leaf.length));
    fields.ca_key_id = 0;
    struct test_message forged = {.length = signed_certificate_encode(&fields, false, anonymous, sizeof anonymous)};
    memcpy(forged.data, anonymous, forged.length);
    do {
        struct authority_store *store = authority_store_new();
        openssl_memory_fail_at(n, false);
        enum authority_added added = authority_store_add_root(store, root.public_key);
        failed = openssl_memory_recover();
        if (added != AUTHORITY_ADDED) {
            assert_int_equal(added, AUTHORITY_FULL);
            assert_int_equal(authority_store_count(store), 0);
            assert_int_equal(authority_store_add_root(store, root.public_key), AUTHORITY_ADDED);
        }
        openssl_memory_fail_at(n++, false);
        added = authority_store_add(store, ca.data, ca.length, false);
        failed = openssl_memory_recover() || failed;
        assert_true(added == AUTHORITY_ADDED || added == AUTHORITY_FULL || added == AUTHORITY_FORGED);
        assert_int_equal(authority_store_count(store), 1 + (added == AUTHORITY_ADDED));
        refused += added != AUTHORITY_ADDED;
        assert_true(authority_store_revoke(store, key_number(2).id));
        assert_int_not_equal(check_leaf(store, &leaf, NOW), LEAF_TRUSTED);
        assert_int_not_equal(check_leaf(store, &forged, NOW), LEAF_TRUSTED);
        authority_store_free(store);
    } while (failed);
    assert_true(refused > 0);
}

static void certificates_are_right_or_not_made(void **state)
{
    (void)state;
    struct test_key key = key_number(100), root = key_number(1);
    struct certificate_grant grant = {.key = key.public_key, .expiry = LATER};
    uint8_t expected[CERTIFICATE_MESSAGE_SIZE], message[CERTIFICATE_MESSAGE_SIZE], attached[CERTIFICATE_MESSAGE_SIZE];
    size_t length = certificate_issue(&grant, root.seed, expected, sizeof expected);
    long unmade = 0, unattached = 0, n = 0;
    bool failed;

    do {
        openssl_memory_fail_at(n, false);
        size_t made = certificate_issue(&grant, root.seed, message, sizeof message);
        failed = openssl_memory_recover();
        if (made != 0) {
            assert_int_equal(made, length);
            assert_memory_equal(message, expected, length);
        }
        unmade += made == 0;
        openssl_memory_fail_at(n++, false);
        made = certificate_attach_private_key(expected, length, key.seed, attached, sizeof attached);
        failed = openssl_memory_recover() || failed;
        unattached += made == 0;
    } while (failed);
    assert_true(unmade > 0 && unattached > 0);
}

static void credentials_without_memory(void **state)
{
    (void)state;
    struct test_key key = key_number(100);
    struct test_message message =
        issue((struct test_certificate){.subject = 100, .signer = 1, .identity = "str:me", .expiry = LATER});
    long refused = 0, unissued = 0, n = 0;
    bool failed;

    do {
        const char *error = NULL;
        openssl_memory_fail_at(n, false);
        struct credentials *credentials = credentials_from_message(message.data, message.length, key.seed, &error);
        failed = openssl_memory_recover();
        if (!credentials) {
            assert_string_equal(error, "Out of memory.");
            refused++;
        }
        credentials_free(credentials);
        openssl_memory_fail_at(n++, false);
        credentials = credentials_self_issued(key.seed, NULL, 7);
        failed = openssl_memory_recover() || failed;
        if (credentials)
            assert_memory_equal(credentials->certificate.key, key.public_key, CRYPTO_KEY_SIZE);
        unissued += !credentials;
        credentials_free(credentials);
    } while (failed);
    assert_true(refused > 0 && unissued > 0);
}

static int prepare(void **state)
{
    (void)state;
    return crypto_prepare() ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_revoked_key_stays_revoked),
        cmocka_unit_test(a_revoked_authority_stays_revoked),
        cmocka_unit_test(certificates_are_right_or_not_made),
        cmocka_unit_test(credentials_without_memory),
    };
    if (!openssl_memory_take_over())
        return 1;
    return cmocka_run_group_tests_name("certificate_memory", tests, prepare, NULL);
}
