/* Packet protection against every recorded data packet, a published GCM case, and damaged packets. */

#include "../vector_file.h"
#include "crypto/packet_cipher.h"

#include <openssl/err.h>

/* Every data packet that was recorded with cipher 2 opens to the recorded plaintext and seals to the recorded bytes. */
static void recorded_packets(void **state)
{
    (void)state;
    json_t *vectors = vector_file_load(VECTOR_DIR "/wire-vectors.json");
    const json_t *connections = vector_member(vectors, "connections");
    size_t checked = 0;
    for (size_t i = 0; i < json_array_size(connections); i++) {
        const json_t *connection = json_array_get(connections, i);
        const json_t *keys = json_object_get(connection, "keys");
        if (!keys || vector_u64(keys, "cipher") != 2)
            continue;
        struct packet_cipher seal[2], open[2];
        static const char *const key_names[] = {"key_c2s", "key_s2c"}, *const iv_names[] = {"iv_c2s", "iv_s2c"};
        for (int d = 0; d < 2; d++) {
            uint8_t key[32], iv[12];
            vector_exact(keys, key_names[d], key, 32);
            vector_exact(keys, iv_names[d], iv, 12);
            assert_true(packet_cipher_init(&seal[d], PACKET_CIPHER_SEAL, key, iv));
            assert_true(packet_cipher_init(&open[d], PACKET_CIPHER_OPEN, key, iv));
        }
        const json_t *events = vector_member(connection, "events");
        for (size_t n = 0; n < json_array_size(events); n++) {
            const json_t *event = json_array_get(events, n);
            const char *type = json_string_value(json_object_get(event, "type"));
            if (!type || strcmp(type, "data") != 0 || !json_object_get(event, "plaintext"))
                continue;
            int d = strcmp(vector_string(event, "dir"), "s2c") == 0;
            uint64_t number = vector_u64(event, "packet_number");
            uint8_t datagram[1400], plaintext[1400], sealed[1400];
            size_t size = vector_bytes(event, "hex", datagram, sizeof datagram);
            size_t length = vector_bytes(event, "plaintext", plaintext, sizeof plaintext);
            assert_true(size > length + CRYPTO_CIPHER_TAG_SIZE);
            uint8_t *body = datagram + size - length - CRYPTO_CIPHER_TAG_SIZE;

            memcpy(sealed, plaintext, length);
            assert_true(packet_cipher_seal(&seal[d], number, sealed, length));
            assert_memory_equal(sealed, body, length + CRYPTO_CIPHER_TAG_SIZE);
            assert_true(packet_cipher_open(&open[d], number, body, length + CRYPTO_CIPHER_TAG_SIZE));
            assert_memory_equal(body, plaintext, length);
            checked++;
        }
        for (int d = 0; d < 2; d++) {
            packet_cipher_free(&seal[d]);
            packet_cipher_free(&open[d]);
        }
    }
    assert_true(checked > 100);
    json_decref(vectors);
}

/* AES-256-GCM case 14 of the original GCM submission: zero key, zero IV, one zero block. */
static void published_case(void **state)
{
    (void)state;
    const uint8_t zero[32] = {0};
    uint8_t data[32] = {0}, expected[32];
    struct packet_cipher cipher;
    assert_true(packet_cipher_init(&cipher, PACKET_CIPHER_SEAL, zero, zero));
    assert_true(packet_cipher_seal(&cipher, 0, data, 16));
    vector_unhex("cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919", expected, 32);
    assert_memory_equal(data, expected, 32);
    packet_cipher_free(&cipher);
}

/* The nonce counter wraps modulo 2^64 and leaves the last four bytes alone (protocol 10.5). */
static void nonce_wraps(void **state)
{
    (void)state;
    const uint8_t key[32] = {7};
    const uint8_t high[12] = {0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4};
    const uint8_t low[12] = {0x01, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4};
    uint8_t data[20 + CRYPTO_CIPHER_TAG_SIZE] = "wrap around";
    struct packet_cipher seal, open;
    assert_true(packet_cipher_init(&seal, PACKET_CIPHER_SEAL, key, high));
    assert_true(packet_cipher_init(&open, PACKET_CIPHER_OPEN, key, low));
    assert_true(packet_cipher_seal(&seal, 3, data, 20));
    assert_true(packet_cipher_open(&open, 0, data, sizeof data));
    assert_string_equal((char *)data, "wrap around");
    packet_cipher_free(&seal);
    packet_cipher_free(&open);
}

/* Resting changes nothing but memory, between any two packets. */
static void rests_between_packets(void **state)
{
    (void)state;
    const uint8_t key[32] = {4, 5, 6}, iv[12] = {3, 2, 1};
    uint8_t data[40 + CRYPTO_CIPHER_TAG_SIZE], same[sizeof data];
    struct packet_cipher seal, open, restless;
    assert_true(packet_cipher_init(&seal, PACKET_CIPHER_SEAL, key, iv));
    assert_true(packet_cipher_init(&restless, PACKET_CIPHER_SEAL, key, iv));
    assert_true(packet_cipher_init(&open, PACKET_CIPHER_OPEN, key, iv));
    assert_null(seal.context);
    for (uint64_t number = 1; number <= 20; number++) {
        memset(data, (int)number, sizeof data);
        memset(same, (int)number, sizeof same);
        assert_true(packet_cipher_seal(&seal, number, data, 40));
        assert_true(packet_cipher_seal(&restless, number, same, 40));
        assert_memory_equal(data, same, sizeof data);
        assert_non_null(seal.context);
        if (number % 3 == 0)
            packet_cipher_rest(&seal);
        same[5] ^= 1;
        assert_false(packet_cipher_open(&open, number, same, sizeof same));
        if (number % 2 == 0)
            packet_cipher_rest(&open);
        assert_true(packet_cipher_open(&open, number, data, sizeof data));
        assert_int_equal(data[39], number);
    }
    packet_cipher_rest(&open);
    assert_null(open.context);
    packet_cipher_rest(&open);
    packet_cipher_free(&seal);
    packet_cipher_free(&open);
    packet_cipher_rest(&open);
    assert_false(packet_cipher_open(&open, 1, data, sizeof data));
    packet_cipher_free(&restless);
}

static void every_length_round_trips(void **state)
{
    (void)state;
    const uint8_t key[32] = {1, 2, 3}, iv[12] = {9, 8, 7};
    static uint8_t data[1300 + CRYPTO_CIPHER_TAG_SIZE + 1], original[1300];
    struct packet_cipher seal, open;
    assert_true(packet_cipher_init(&seal, PACKET_CIPHER_SEAL, key, iv));
    assert_true(packet_cipher_init(&open, PACKET_CIPHER_OPEN, key, iv));
    for (size_t i = 0; i < sizeof original; i++)
        original[i] = (uint8_t)(i ^ i >> 8);
    for (size_t length = 0; length <= 1300; length += length < 70 ? 1 : 41) {
        memcpy(data, original, length);
        data[length + CRYPTO_CIPHER_TAG_SIZE] = 0xee;
        assert_true(packet_cipher_seal(&seal, length, data, length));
        assert_int_equal(data[length + CRYPTO_CIPHER_TAG_SIZE], 0xee);
        if (length >= 16)
            assert_memory_not_equal(data, original, length);
        assert_true(packet_cipher_open(&open, length, data, length + CRYPTO_CIPHER_TAG_SIZE));
        assert_memory_equal(data, original, length);
    }
    packet_cipher_free(&seal);
    packet_cipher_free(&open);
}

static void damage_is_noticed_and_harms_nothing(void **state)
{
    (void)state;
    const uint8_t key[32] = {1}, iv[12] = {2};
    uint8_t sealed[64 + CRYPTO_CIPHER_TAG_SIZE], copy[sizeof sealed], clear[64];
    struct packet_cipher seal, open;
    assert_true(packet_cipher_init(&seal, PACKET_CIPHER_SEAL, key, iv));
    assert_true(packet_cipher_init(&open, PACKET_CIPHER_OPEN, key, iv));
    memset(clear, 0x42, sizeof clear);
    memcpy(sealed, clear, sizeof clear);
    assert_true(packet_cipher_seal(&seal, 5, sealed, sizeof clear));

    for (size_t i = 0; i < sizeof sealed; i++) {
        memcpy(copy, sealed, sizeof copy);
        copy[i] ^= 0x10;
        assert_false(packet_cipher_open(&open, 5, copy, sizeof copy));
    }
    for (size_t length = 0; length < sizeof sealed; length++) {
        memcpy(copy, sealed, sizeof copy);
        assert_false(packet_cipher_open(&open, 5, copy, length));
    }
    memcpy(copy, sealed, sizeof copy);
    assert_false(packet_cipher_open(&open, 6, copy, sizeof copy));
    memcpy(copy, sealed, sizeof copy);
    assert_true(packet_cipher_open(&open, 5, copy, sizeof copy));
    assert_memory_equal(copy, clear, sizeof clear);
    assert_int_equal(ERR_peek_error(), 0);
    packet_cipher_free(&seal);
    packet_cipher_free(&open);
}

static void wrong_direction_and_empty(void **state)
{
    (void)state;
    const uint8_t key[32] = {1}, iv[12] = {2};
    uint8_t data[32 + CRYPTO_CIPHER_TAG_SIZE] = {0};
    struct packet_cipher cipher = {0};
    assert_false(packet_cipher_seal(&cipher, 1, data, 32));
    assert_false(packet_cipher_open(&cipher, 1, data, sizeof data));
    packet_cipher_free(&cipher);
    assert_true(packet_cipher_init(&cipher, PACKET_CIPHER_SEAL, key, iv));
    assert_false(packet_cipher_open(&cipher, 1, data, sizeof data));
    packet_cipher_free(&cipher);
    assert_true(packet_cipher_init(&cipher, PACKET_CIPHER_OPEN, key, iv));
    assert_false(packet_cipher_seal(&cipher, 1, data, 32));
    packet_cipher_free(&cipher);
    packet_cipher_free(&cipher);
    assert_false(packet_cipher_seal(&cipher, 1, data, 32));
}

/* A library that does not take the nonce by parameter is asked in the usual way; both seal and open the same. */
static void both_ways_to_give_a_nonce(void **state)
{
    const uint8_t key[32] = {9}, iv[12] = {8};
    struct packet_cipher seal[2], open[2];

    (void)state;
    for (int way = 0; way < 2; way++) {
        assert_true(packet_cipher_init(&seal[way], PACKET_CIPHER_SEAL, key, iv));
        assert_true(packet_cipher_init(&open[way], PACKET_CIPHER_OPEN, key, iv));
        assert_true(packet_cipher_wake(&seal[way]) && packet_cipher_wake(&open[way]));
    }
    assert_true(seal[1].takes_nonce_alone); /* every OpenSSL 3 that this was ever built with does */
    seal[0].takes_nonce_alone = open[0].takes_nonce_alone = false;
    for (uint64_t number = 1; number < 200; number++) {
        size_t length = (size_t)(number * 37 % 1200);
        uint8_t packets[2][1300];

        for (int way = 0; way < 2; way++) {
            memset(packets[way], (int)number, length);
            assert_true(packet_cipher_seal(&seal[way], number, packets[way], length));
        }
        assert_memory_equal(packets[0], packets[1], length + CRYPTO_CIPHER_TAG_SIZE);
        for (int way = 0; way < 2; way++) {
            uint8_t forged[1300];

            memcpy(forged, packets[way], length + CRYPTO_CIPHER_TAG_SIZE);
            forged[length / 2] ^= 4;
            assert_false(packet_cipher_open(&open[way], number, forged, length + CRYPTO_CIPHER_TAG_SIZE));
            assert_true(packet_cipher_open(&open[way], number, packets[way], length + CRYPTO_CIPHER_TAG_SIZE));
            assert_true(length == 0 || packets[way][length - 1] == (uint8_t)number);
        }
    }
    for (int way = 0; way < 2; way++) {
        packet_cipher_free(&seal[way]);
        packet_cipher_free(&open[way]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recorded_packets),
        cmocka_unit_test(published_case),
        cmocka_unit_test(nonce_wraps),
        cmocka_unit_test(rests_between_packets),
        cmocka_unit_test(every_length_round_trips),
        cmocka_unit_test(damage_is_noticed_and_harms_nothing),
        cmocka_unit_test(wrong_direction_and_empty),
        cmocka_unit_test(both_ways_to_give_a_nonce),
    };
    return cmocka_run_group_tests_name("packet_cipher", tests, NULL, NULL);
}
