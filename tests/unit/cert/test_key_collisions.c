/*
 * Two keys with one key id. Nobody can make them (the id is 64 bits of a hash), so the hash is replaced here: the id of
 * a key is its first byte modulo 8. What is in a store stays what it is, and the other key is refused.
 */

#include "issuing.h"

uint64_t __wrap_crypto_key_id(const uint8_t public_key[CRYPTO_KEY_SIZE]);

uint64_t __wrap_crypto_key_id(const uint8_t public_key[CRYPTO_KEY_SIZE])
{
    return 1 + public_key[0] % 8;
}

enum { NOW = 1000, LATER = 2000 };

/* Two numbers of keys whose ids are the same, and one whose id is another. */
static void find_keys(uint8_t same[2], uint8_t *other)
{
    uint64_t id = key_number(1).id;
    same[0] = 1;
    for (same[1] = 2; key_number(same[1]).id != id; same[1]++)
        continue;
    for (*other = 2; key_number(*other).id == id; ++*other)
        continue;
}

static void roots(void **state)
{
    (void)state;
    uint8_t same[2], other;
    find_keys(same, &other);
    struct authority_store *store = authority_store_new();
    assert_int_equal(authority_store_add_root(store, key_number(same[0]).public_key), AUTHORITY_ADDED);
    assert_int_equal(authority_store_add_root(store, key_number(same[1]).public_key), AUTHORITY_COLLISION);
    assert_int_equal(authority_store_add_root(store, key_number(same[0]).public_key), AUTHORITY_KNOWN);
    assert_int_equal(authority_store_add_root(store, key_number(other).public_key), AUTHORITY_ADDED);
    assert_int_equal(authority_store_count(store), 2);

    /* What the refused key signed carries the right id and the wrong signature. */
    struct test_certificate leaf = {.subject = 100, .signer = same[1], .identity = "str:leaf", .expiry = LATER};
    struct test_message message = issue(leaf);
    assert_int_equal(check_leaf(store, &message, NOW), LEAF_FORGED);
    leaf.signer = same[0];
    message = issue(leaf);
    assert_int_equal(check_leaf(store, &message, NOW), LEAF_TRUSTED);
    authority_store_free(store);
}

static void certificates(void **state)
{
    (void)state;
    uint8_t same[2], other;
    find_keys(same, &other);
    struct authority_store *store = authority_store_new();
    assert_int_equal(authority_store_add_root(store, key_number(other).public_key), AUTHORITY_ADDED);
    struct test_certificate ca = {.subject = same[0], .signer = other, .expiry = LATER};
    assert_int_equal(add(store, ca), AUTHORITY_ADDED);
    ca.subject = same[1];
    assert_int_equal(add(store, ca), AUTHORITY_COLLISION);
    assert_int_equal(authority_store_add_root(store, key_number(same[1]).public_key), AUTHORITY_COLLISION);
    assert_int_equal(authority_store_count(store), 2);
    authority_store_free(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(roots),
        cmocka_unit_test(certificates),
    };
    return cmocka_run_group_tests_name("key_collisions", tests, NULL, NULL);
}
