/*
 * Every encoder with every amount of room: too little of it is said, and nothing is written behind it. The buffers lie
 * on the heap and have exactly that size, so that the sanitizers watch; what follows the room is watched here too.
 */

#include "../vector_file.h"

#include "wire/certificate_message.h"
#include "wire/control_messages.h"
#include "wire/statistics_message.h"

#include <stdbool.h>

enum { LARGEST = 4096, GUARD = 16, GUARD_BYTE = 0xe7 };

typedef size_t (*encoder)(const void *message, uint8_t *out, size_t capacity);

/* The length with room for everything; with less there is no result. */
static size_t check_capacities(encoder encode, const void *message)
{
    static uint8_t whole[LARGEST];
    size_t length = encode(message, whole, sizeof whole);

    assert_true(length > 0 && length < LARGEST);
    for (size_t capacity = 0; capacity <= length; capacity++) {
        uint8_t *out = malloc(capacity + GUARD);
        assert_non_null(out);
        memset(out + capacity, GUARD_BYTE, GUARD);
        assert_int_equal(encode(message, out, capacity), capacity < length ? 0 : length);
        for (int i = 0; i < GUARD; i++)
            assert_int_equal(out[capacity + i], GUARD_BYTE);
        if (capacity == length)
            assert_memory_equal(out, whole, length);
        free(out);
    }
    return length;
}

static const uint8_t bytes[64] = {1, 2, 3};
static const struct byte_slice slice = {bytes, sizeof bytes};
static const struct signed_certificate certificate = {
    .has_body = true,
    .has_ca_key_id = true,
    .has_ca_signature = true,
    .has_private_key = true,
    .body = {bytes, 50},
    .ca_key_id = 9,
    .ca_signature = {bytes, 64},
    .private_key = {bytes, 32},
};
static const struct signed_crypt crypt = {
    .has_info = true, .has_signature = true, .info = {bytes, 40}, .signature = {bytes, 64}};
static const struct identity_forms identity = {
    .has_text = true,
    .has_legacy = true,
    .has_steam_id = true,
    .text = {(const uint8_t *)"str:a", 5},
    .legacy = {bytes, 3},
    .steam_id = 5,
};

static size_t encode_body(const void *message, uint8_t *out, size_t capacity)
{
    return certificate_body_encode(message, out, capacity);
}

static size_t encode_stored_certificate(const void *message, uint8_t *out, size_t capacity)
{
    return signed_certificate_encode(message, true, out, capacity);
}

static size_t encode_sent_certificate(const void *message, uint8_t *out, size_t capacity)
{
    return signed_certificate_encode(message, false, out, capacity);
}

static size_t encode_crypt_info(const void *message, uint8_t *out, size_t capacity)
{
    return crypt_info_encode(message, out, capacity);
}

static size_t encode_crypt(const void *message, uint8_t *out, size_t capacity)
{
    return signed_crypt_encode(message, out, capacity);
}

static size_t encode_request(const void *message, uint8_t *out, size_t capacity)
{
    return certificate_request_encode(*(const struct byte_slice *)message, out, capacity);
}

static size_t encode_statistics(const void *message, uint8_t *out, size_t capacity)
{
    return statistics_message_encode(message, out, capacity);
}

static size_t encode_control(const void *message, uint8_t *out, size_t capacity)
{
    return control_encode(message, out, capacity);
}

static void certificates(void **state)
{
    static const struct certificate_body body = {
        .has_key_kind = true,
        .has_key = true,
        .has_created = true,
        .has_expiry = true,
        .key_kind = CERTIFICATE_KEY_ED25519,
        .key = {bytes, 32},
        .created = 300,
        .expiry = 70000,
        .identity = identity,
        .pop_count = 2,
        .pops = {1, 2},
        .app_count = 3,
        .apps = {1, 300, 70000},
        .address_count = 2,
        .addresses = {{bytes, 4}, {bytes, 6}},
    };

    (void)state;
    check_capacities(encode_body, &body);
    assert_int_equal(check_capacities(encode_stored_certificate, &certificate),
                     check_capacities(encode_sent_certificate, &certificate) + 34);
    check_capacities(encode_request, &slice);
}

static void crypts(void **state)
{
    static const struct crypt_info info = {
        .has_abilities = true,
        .has_kind = true,
        .has_dh_public = true,
        .has_nonce = true,
        .has_version = true,
        .kind = CRYPT_KIND_X25519,
        .dh_public = {bytes, 32},
        .nonce = 12345,
        .version = 13,
        .cipher_count = 2,
        .ciphers = {CIPHER_AES_256_GCM, CIPHER_NONE},
        .abilities = {UINT32_MAX, UINT32_MAX, UINT32_MAX},
    };

    (void)state;
    check_capacities(encode_crypt_info, &info);
    check_capacities(encode_crypt, &crypt);
}

static void statistics(void **state)
{
    struct statistics_message message;

    (void)state;
    statistics_message_clear(&message);
    message.flags = STATISTICS_ACK_REQUEST;
    message.has_instantaneous = message.has_lifetime = true;
    message.instantaneous.ping_ms = 300;
    message.instantaneous.peak_jitter_us = 70000;
    message.lifetime.packets_sent = INT64_MAX;
    message.lifetime.ping_98th = 5;
    message.lifetime.jitter[2] = 4;
    message.lifetime.path_received_count = message.lifetime.path_duplicate_count = 2;
    message.lifetime.path_received[1] = message.lifetime.path_duplicate[0] = 300;
    check_capacities(encode_statistics, &message);
}

static void control_messages(void **state)
{
    static const struct control_message messages[] = {
        {.kind = CONTROL_CHALLENGE_REQUEST, .challenge_request = {true, true, true, 1, 2, 3}},
        {.kind = CONTROL_CHALLENGE_REPLY, .challenge_reply = {true, true, true, true, 1, 2, 3, 4}},
        {.kind = CONTROL_CONNECT_REQUEST,
         .connect_request = {true, true, true, true, true, true, true, 1, 2, 3, 4, 5, certificate, crypt, identity}},
        {.kind = CONTROL_CONNECT_OK,
         .connect_ok = {true, true, true, true, true, true, 1, 2, 3, 4, crypt, certificate, identity}},
        {.kind = CONTROL_CONNECTION_CLOSED, .connection_closed = {true, 1000, 5, 6, {bytes, 20}}},
        {.kind = CONTROL_NO_CONNECTION, .no_connection = {1, 2}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
        size_t length = check_capacities(encode_control, &messages[i]);
        bool padded = messages[i].kind == CONTROL_CHALLENGE_REQUEST || messages[i].kind == CONTROL_CONNECTION_CLOSED;
        assert_int_equal(length == DATAGRAM_PADDED_MINIMUM, padded);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(certificates),
        cmocka_unit_test(crypts),
        cmocka_unit_test(statistics),
        cmocka_unit_test(control_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
