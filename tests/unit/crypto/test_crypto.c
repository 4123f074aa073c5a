/* Agreement, signatures and hashes against the recorded vectors, and what must be refused. */

#include "../vector_file.h"
#include "crypto/crypto.h"

#include <openssl/err.h>
#include <openssl/provider.h>
#include <pthread.h>

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

static void x25519_vectors(void **state)
{
    (void)state;
    const json_t *example = vector_member(vector_member(vectors, "keys"), "x25519");
    uint8_t a[32], b[32], public_a[32], public_b[32], expected[32], shared[32], premaster[32];
    vector_exact(example, "private_a", a, 32);
    vector_exact(example, "private_b", b, 32);
    vector_exact(example, "public_a", expected, 32);
    assert_true(crypto_x25519_public(a, public_a));
    assert_memory_equal(public_a, expected, 32);
    vector_exact(example, "public_b", expected, 32);
    assert_true(crypto_x25519_public(b, public_b));
    assert_memory_equal(public_b, expected, 32);

    vector_exact(example, "premaster", expected, 32);
    assert_true(crypto_x25519(a, public_b, shared));
    assert_true(crypto_sha256(shared, 32, premaster));
    assert_memory_equal(premaster, expected, 32);
    assert_true(crypto_x25519(b, public_a, shared));
    assert_true(crypto_sha256(shared, 32, premaster));
    assert_memory_equal(premaster, expected, 32);
}

static void low_order_points_are_refused(void **state)
{
    (void)state;
    /* The points of small order on Curve25519 and two non-canonical encodings of them. */
    static const char *const points[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    };
    static const uint8_t zero[32];
    uint8_t private_key[32], shared[32], point[32];
    memset(private_key, 0x5a, 32);
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        vector_unhex(points[i], point, 32);
        memset(shared, 0xaa, 32);
        if (crypto_x25519(private_key, point, shared))
            fail_msg("point %zu was accepted", i);
        assert_memory_equal(shared, zero, 32);
    }
    assert_int_equal(ERR_peek_error(), 0);
}

/* The whole schedule of protocol 10.3 from these functions, for every recorded case. */
static void key_derivation_vectors(void **state)
{
    (void)state;
    const json_t *cases = vector_member(vectors, "key_derivation");
    assert_true(json_array_size(cases) > 0);
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *c = json_array_get(cases, i);
        const json_t *expect = vector_member(c, "expect");
        uint8_t client_private[32], server_private[32], client_crypt[512], server_crypt[512];
        vector_exact(c, "client_dh_private", client_private, 32);
        vector_exact(c, "server_dh_private", server_private, 32);
        /* A crypt info begins with 08 01 12 20 and the public key. */
        assert_true(vector_bytes(c, "client_crypt_body", client_crypt, sizeof client_crypt) >= 36);
        assert_true(vector_bytes(c, "server_crypt_body", server_crypt, sizeof server_crypt) >= 36);

        uint8_t public_key[32], raw[32], raw2[32], expected[32], premaster[32];
        assert_true(crypto_x25519_public(client_private, public_key));
        assert_memory_equal(public_key, client_crypt + 4, 32);
        assert_true(crypto_x25519(client_private, server_crypt + 4, raw));
        assert_true(crypto_x25519(server_private, client_crypt + 4, raw2));
        vector_exact(expect, "x25519_raw", expected, 32);
        assert_memory_equal(raw, expected, 32);
        assert_memory_equal(raw2, expected, 32);

        vector_exact(expect, "premaster", expected, 32);
        assert_true(crypto_sha256(raw, 32, premaster));
        assert_memory_equal(premaster, expected, 32);

        uint8_t salt[16], prk[32], info[4096];
        vector_exact(expect, "salt", salt, 16);
        const struct crypto_part extract[] = {{salt, 8}, {NULL, 0}, {salt + 8, 8}};
        assert_true(crypto_hmac_sha256(premaster, 32, extract, 3, prk));
        vector_exact(expect, "prk", expected, 32);
        assert_memory_equal(prk, expected, 32);

        static const char *const outputs[] = {"key_c2s", "key_s2c", "iv_c2s", "iv_s2c"};
        size_t info_length = vector_bytes(expect, "info", info, sizeof info);
        uint8_t block[32];
        size_t block_length = 0;
        for (uint8_t n = 1; n <= 4; n++) {
            const struct crypto_part parts[] = {{block, block_length}, {info, info_length}, {&n, 1}};
            uint8_t next[32];
            assert_true(crypto_hmac_sha256(prk, 32, parts, 3, next));
            memcpy(block, next, 32);
            block_length = 32;
            size_t length = vector_bytes(expect, outputs[n - 1], expected, sizeof expected);
            assert_memory_equal(block, expected, length);
        }
    }
}

static void ed25519_vectors(void **state)
{
    (void)state;
    const json_t *keys = vector_member(vectors, "keys");
    static const char *const names[] = {"root", "intermediate", "user"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const json_t *key = vector_member(keys, names[i]);
        uint8_t seed[32], expected[32], public_key[32];
        vector_exact(key, "private", seed, 32);
        vector_exact(key, "public", expected, 32);
        assert_true(crypto_ed25519_public(seed, public_key));
        assert_memory_equal(public_key, expected, 32);
        assert_true(crypto_key_id(public_key) == vector_u64(key, "key_id"));
    }

    const json_t *sample = vector_member(keys, "ed25519_sample");
    const json_t *signer = vector_member(keys, vector_string(sample, "signer"));
    uint8_t seed[32], public_key[32], message[64], expected[64], signature[64];
    vector_exact(signer, "private", seed, 32);
    vector_exact(signer, "public", public_key, 32);
    size_t length = vector_bytes(sample, "message", message, sizeof message);
    vector_exact(sample, "signature", expected, 64);
    assert_true(crypto_ed25519_sign(seed, message, length, signature));
    assert_memory_equal(signature, expected, 64);
    assert_true(crypto_ed25519_verify(public_key, message, length, signature));

    memset(signature, 0, sizeof signature);
    assert_true(crypto_ed25519_sign_pair(seed, public_key, message, length, signature));
    assert_memory_equal(signature, expected, 64);
}

static void changed_signatures_fail(void **state)
{
    (void)state;
    uint8_t seed[32], public_key[32], message[40], signature[64];
    memset(seed, 3, 32);
    memset(message, 9, sizeof message);
    assert_true(crypto_ed25519_public(seed, public_key));
    assert_true(crypto_ed25519_sign(seed, message, sizeof message, signature));
    for (size_t bit = 0; bit < 8 * sizeof signature; bit += 7) {
        signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_false(crypto_ed25519_verify(public_key, message, sizeof message, signature));
        signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    for (size_t i = 0; i < sizeof message; i++) {
        message[i] ^= 0x80;
        assert_false(crypto_ed25519_verify(public_key, message, sizeof message, signature));
        message[i] ^= 0x80;
    }
    assert_false(crypto_ed25519_verify(public_key, message, sizeof message - 1, signature));
    public_key[5] ^= 1;
    assert_false(crypto_ed25519_verify(public_key, message, sizeof message, signature));
    public_key[5] ^= 1;
    assert_true(crypto_ed25519_verify(public_key, message, sizeof message, signature));

    assert_true(crypto_ed25519_sign(seed, NULL, 0, signature));
    assert_true(crypto_ed25519_verify(public_key, NULL, 0, signature));
    assert_int_equal(ERR_peek_error(), 0);
}

/* RFC 4231 test cases 1, 2 and 6, and an empty key. */
static void hmac_known_answers(void **state)
{
    (void)state;
    uint8_t key[131], code[32], expected[32];
    memset(key, 0x0b, 20);
    const struct crypto_part hi[] = {{"Hi ", 3}, {"There", 5}};
    assert_true(crypto_hmac_sha256(key, 20, hi, 2, code));
    vector_unhex("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7", expected, 32);
    assert_memory_equal(code, expected, 32);

    const struct crypto_part what = {"what do ya want for nothing?", 28};
    assert_true(crypto_hmac_sha256("Jefe", 4, &what, 1, code));
    vector_unhex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", expected, 32);
    assert_memory_equal(code, expected, 32);

    memset(key, 0xaa, 131);
    const struct crypto_part larger = {"Test Using Larger Than Block-Size Key - Hash Key First", 54};
    assert_true(crypto_hmac_sha256(key, 131, &larger, 1, code));
    vector_unhex("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54", expected, 32);
    assert_memory_equal(code, expected, 32);

    assert_true(crypto_hmac_sha256(NULL, 0, NULL, 0, code));
    vector_unhex("b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad", expected, 32);
    assert_memory_equal(code, expected, 32);
}

static void sha256_in_pieces(void **state)
{
    (void)state;
    uint8_t whole[32], pieces[32], expected[32], data[1000];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 7);
    assert_true(crypto_sha256("abc", 3, whole));
    vector_unhex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", expected, 32);
    assert_memory_equal(whole, expected, 32);

    assert_true(crypto_sha256(data, sizeof data, whole));
    struct crypto_sha256_stream stream;
    assert_true(crypto_sha256_start(&stream));
    for (size_t at = 0, step = 1; at < sizeof data; at += step, step = step * 2 + 1) {
        size_t take = sizeof data - at < step ? sizeof data - at : step;
        assert_true(crypto_sha256_add(&stream, data + at, take));
    }
    assert_true(crypto_sha256_finish(&stream, pieces));
    assert_memory_equal(whole, pieces, 32);
    assert_false(crypto_sha256_add(&stream, data, 1));
    assert_false(crypto_sha256_finish(&stream, pieces));
}

static void wiping_and_comparing(void **state)
{
    (void)state;
    uint8_t a[64], b[64] = {0};
    memset(a, 1, sizeof a);
    assert_false(crypto_equal(a, b, sizeof a));
    assert_true(crypto_equal(a, b, 0));
    crypto_wipe(a, sizeof a);
    assert_true(crypto_equal(a, b, sizeof a));
    b[63] = 0x80;
    assert_false(crypto_equal(a, b, sizeof a));
}

/* The application may have arranged OpenSSL's default context so that it offers nothing of what we need. */
static void default_context_of_the_application_does_not_matter(void **state)
{
    (void)state;
    OSSL_PROVIDER *only = OSSL_PROVIDER_load(NULL, "null");
    assert_non_null(only);
    uint8_t digest[32], seed[32] = {1}, public_key[32], signature[64];
    assert_true(crypto_sha256("x", 1, digest));
    assert_true(crypto_ed25519_public(seed, public_key));
    assert_true(crypto_ed25519_sign(seed, "x", 1, signature));
    assert_true(crypto_ed25519_verify(public_key, "x", 1, signature));
    assert_true(crypto_x25519_public(seed, public_key));
    OSSL_PROVIDER_unload(only);
}

static void errors_of_the_application_are_left_alone(void **state)
{
    (void)state;
    uint8_t key[32] = {9}, signature[64] = {1}, shared[32], zero[32] = {0};
    ERR_raise(ERR_LIB_USER, 7);
    assert_false(crypto_ed25519_verify(key, "x", 1, signature));
    assert_false(crypto_x25519(key, zero, shared));
    assert_int_equal(ERR_GET_REASON(ERR_get_error()), 7);
    assert_int_equal(ERR_get_error(), 0);
}

static void *sign_and_verify(void *argument)
{
    uint8_t seed[32], public_key[32], signature[64];
    size_t *good = argument;
    memset(seed, (int)*good + 1, sizeof seed);
    *good = 0;
    for (int i = 0; i < 20; i++) {
        if (crypto_ed25519_public(seed, public_key) && crypto_ed25519_sign(seed, &i, sizeof i, signature) &&
            crypto_ed25519_verify(public_key, &i, sizeof i, signature))
            ++*good;
        seed[0]++;
    }
    return NULL;
}

/* First in the list, so that the threads meet at the making of the provider. */
static void threads_start_together(void **state)
{
    (void)state;
    pthread_t threads[4];
    size_t results[4];
    for (size_t i = 0; i < 4; i++) {
        results[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, sign_and_verify, &results[i]), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(results[i], 20);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_start_together),
        cmocka_unit_test(x25519_vectors),
        cmocka_unit_test(low_order_points_are_refused),
        cmocka_unit_test(key_derivation_vectors),
        cmocka_unit_test(ed25519_vectors),
        cmocka_unit_test(changed_signatures_fail),
        cmocka_unit_test(hmac_known_answers),
        cmocka_unit_test(sha256_in_pieces),
        cmocka_unit_test(wiping_and_comparing),
        cmocka_unit_test(default_context_of_the_application_does_not_matter),
        cmocka_unit_test(errors_of_the_application_are_left_alone),
    };
    return cmocka_run_group_tests_name("crypto", tests, load_vectors, drop_vectors);
}
