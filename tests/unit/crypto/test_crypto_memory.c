/*
 * OpenSSL runs out of memory at each of its allocations in turn. Every function then either says so, and leaves nothing
 * secret or undefined in its result, or gives the right result; it frees what it has and leaves OpenSSL's error queue
 * as it was.
 */

#include "openssl_memory.h"

#include "../vector_file.h"
#include "crypto/crypto.h"
#include "crypto/packet_cipher.h"
#include "crypto/provider.h"

#include <openssl/err.h>

enum { RESULT_MAXIMUM = 64 };

static const uint8_t seed[CRYPTO_KEY_SIZE] = {1, 2, 3}, other_seed[CRYPTO_KEY_SIZE] = {4, 5, 6};
static uint8_t ed25519_public[CRYPTO_KEY_SIZE], x25519_peer[CRYPTO_KEY_SIZE], genuine[CRYPTO_SIGNATURE_SIZE];
static const uint8_t message[] = "a message";
static uint8_t sealed[RESULT_MAXIMUM];

struct operation {
    const char *name;
    bool (*run)(uint8_t result[RESULT_MAXIMUM]);
    size_t size;
    bool clears; /* the result when it fails */
};

static bool run_x25519_public(uint8_t *result)
{
    return crypto_x25519_public(seed, result);
}

static bool run_x25519(uint8_t *result)
{
    return crypto_x25519(seed, x25519_peer, result);
}

static bool run_ed25519_public(uint8_t *result)
{
    return crypto_ed25519_public(seed, result);
}

static bool run_sign(uint8_t *result)
{
    return crypto_ed25519_sign(seed, message, sizeof message, result);
}

static bool run_sign_pair(uint8_t *result)
{
    return crypto_ed25519_sign_pair(seed, ed25519_public, message, sizeof message, result);
}

static bool run_verify(uint8_t *result)
{
    (void)result;
    return crypto_ed25519_verify(ed25519_public, message, sizeof message, genuine);
}

static bool run_sha256(uint8_t *result)
{
    return crypto_sha256(message, sizeof message, result);
}

static bool run_hmac(uint8_t *result)
{
    const struct crypto_part parts[] = {{message, sizeof message}, {NULL, 0}, {seed, sizeof seed}};
    return crypto_hmac_sha256(seed, sizeof seed, parts, 3, result);
}

static bool run_seal(uint8_t *result)
{
    const uint8_t key[CRYPTO_CIPHER_KEY_SIZE] = {7}, iv[CRYPTO_CIPHER_IV_SIZE] = {8};
    struct packet_cipher cipher;
    bool done;

    memcpy(result, message, sizeof message);
    done = packet_cipher_init(&cipher, PACKET_CIPHER_SEAL, key, iv) && packet_cipher_wake(&cipher) &&
           packet_cipher_seal(&cipher, 5, result, sizeof message);
    packet_cipher_free(&cipher);
    return done;
}

static bool run_open(uint8_t *result)
{
    const uint8_t key[CRYPTO_CIPHER_KEY_SIZE] = {7}, iv[CRYPTO_CIPHER_IV_SIZE] = {8};
    struct packet_cipher cipher;
    bool done;

    memcpy(result, sealed, RESULT_MAXIMUM);
    done = packet_cipher_init(&cipher, PACKET_CIPHER_OPEN, key, iv) &&
           packet_cipher_open(&cipher, 5, result, sizeof message + CRYPTO_CIPHER_TAG_SIZE);
    packet_cipher_free(&cipher);
    return done;
}

static const struct operation operations[] = {
    {"x25519_public", run_x25519_public, CRYPTO_KEY_SIZE, true},
    {"x25519", run_x25519, CRYPTO_KEY_SIZE, true},
    {"ed25519_public", run_ed25519_public, CRYPTO_KEY_SIZE, true},
    {"sign", run_sign, CRYPTO_SIGNATURE_SIZE, true},
    {"sign_pair", run_sign_pair, CRYPTO_SIGNATURE_SIZE, true},
    {"verify", run_verify, 0, false},
    {"sha256", run_sha256, CRYPTO_DIGEST_SIZE, true},
    {"hmac", run_hmac, CRYPTO_DIGEST_SIZE, true},
    {"seal", run_seal, sizeof message + CRYPTO_CIPHER_TAG_SIZE, false},
    {"open", run_open, sizeof message, false},
};

static int prepare(void **state)
{
    (void)state;
    assert_true(crypto_prepare());
    assert_true(crypto_ed25519_public(seed, ed25519_public));
    assert_true(crypto_x25519_public(other_seed, x25519_peer));
    assert_true(crypto_ed25519_sign(seed, message, sizeof message, genuine));
    assert_true(run_seal(sealed));
    return 0;
}

/* The error queue keeps the strings of errors that were taken from it. */
static long blocks_without_errors(void)
{
    OPENSSL_thread_stop();
    return openssl_blocks;
}

static void check_operation(const struct operation *operation, bool for_good)
{
    static const uint8_t zero[RESULT_MAXIMUM];
    uint8_t expected[RESULT_MAXIMUM], result[RESULT_MAXIMUM];
    long failures = 0;

    /* The first time may leave behind what OpenSSL keeps. */
    assert_true(operation->run(expected));
    for (long n = 0;; n++) {
        long blocks = blocks_without_errors();
        bool done, failed;

        memset(result, 0xee, sizeof result);
        ERR_raise(ERR_LIB_USER, 7);
        openssl_memory_fail_at(n, for_good);
        done = operation->run(result);
        failed = openssl_memory_recover();
        if (done && memcmp(result, expected, operation->size) != 0)
            fail_msg("%s: a wrong result after failure %ld", operation->name, n);
        if (!done && operation->clears && memcmp(result, zero, operation->size) != 0)
            fail_msg("%s: something is left in the result after failure %ld", operation->name, n);
        assert_int_equal(ERR_GET_REASON(ERR_get_error()), 7);
        assert_int_equal(ERR_get_error(), 0);
        if (blocks_without_errors() != blocks)
            fail_msg("%s: %ld blocks left after failure %ld", operation->name, openssl_blocks - blocks, n);
        failures += !done;
        if (!failed) {
            assert_true(done);
            break;
        }
    }
    assert_true(failures > 0);
}

static void memory_runs_out_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++)
        check_operation(&operations[i], false);
}

static void memory_runs_out_for_good(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++)
        check_operation(&operations[i], true);
}

/* Without the algorithms, which are looked up first, nothing works; and all of it as soon as there is memory. */
static void nothing_can_be_looked_up(void **state)
{
    uint8_t result[RESULT_MAXIMUM];

    (void)state;
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        crypto_release();
        openssl_memory_fail_at(0, true);
        assert_false(operations[i].run(result));
        assert_false(crypto_prepare());
        assert_true(crypto_key_id(ed25519_public) == 0);
        assert_true(openssl_memory_recover());
        assert_true(operations[i].run(result));
    }
}

/* Some of the lookup's thousands of allocations; OpenSSL itself may keep a block then. */
static void memory_runs_out_while_looking_up(void **state)
{
    long refused = 0, made = 0;

    (void)state;
    for (int for_good = 0; for_good < 2; for_good++) {
        for (long n = 0;; n += 1 + n / 8) {
            bool done, failed;
            crypto_release();
            openssl_memory_fail_at(n, for_good);
            done = crypto_prepare();
            failed = openssl_memory_recover();
            refused += !done;
            made += done;
            /* Whatever is missing is noticed, or works without it. */
            if (done)
                for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++)
                    assert_true(operations[i].run((uint8_t[RESULT_MAXIMUM]){0}));
            if (!failed) {
                assert_true(done);
                break;
            }
        }
    }
    assert_true(refused > 0 && made > 0);
    crypto_release();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_runs_out_once),
        cmocka_unit_test(memory_runs_out_for_good),
        cmocka_unit_test(nothing_can_be_looked_up),
        cmocka_unit_test(memory_runs_out_while_looking_up),
    };
    if (!openssl_memory_take_over())
        return 1;
    return cmocka_run_group_tests(tests, prepare, NULL);
}
