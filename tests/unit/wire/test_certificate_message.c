/* Certificates and crypt info against the recorded ones, byte for byte both ways, and the bounds of repeated fields. */

#include "recorded.h"

#include "wire/certificate_message.h"
#include "wire/control_messages.h"

static json_t *vectors;
static int bodies_seen, infos_seen;

static int load(void **state)
{
    (void)state;
    vectors = vector_file_load(VECTOR_DIR "/wire-vectors.json");
    return 0;
}

static int unload(void **state)
{
    (void)state;
    json_decref(vectors);
    return 0;
}

static void check_body(struct byte_slice bytes)
{
    struct certificate_body body;
    uint8_t out[1024], *copy = recorded_copy(bytes.data, bytes.length);

    assert_true(certificate_body_decode(&body, copy, bytes.length));
    assert_true(body.has_key_kind && body.key_kind == CERTIFICATE_KEY_ED25519);
    assert_true(body.has_key && body.key.length == PUBLIC_KEY_SIZE);
    assert_int_equal(certificate_body_encode(&body, out, sizeof out), bytes.length);
    assert_memory_equal(out, bytes.data, bytes.length);
    assert_int_equal(certificate_body_encode(&body, out, bytes.length - 1), 0);
    free(copy);
    bodies_seen++;
}

static void check_info(struct byte_slice bytes)
{
    struct crypt_info info;
    uint8_t out[1024], *copy = recorded_copy(bytes.data, bytes.length);

    assert_true(crypt_info_decode(&info, copy, bytes.length));
    assert_true(info.has_kind && info.kind == CRYPT_KIND_X25519);
    assert_true(info.has_dh_public && info.dh_public.length == PUBLIC_KEY_SIZE);
    assert_true(info.has_nonce);
    assert_true(info.has_version && info.version == PROTOCOL_VERSION);
    assert_in_range(info.cipher_count, 1, 2);
    for (uint32_t i = 0; i < info.cipher_count; i++)
        assert_in_range(info.ciphers[i], CIPHER_NONE, CIPHER_AES_256_GCM);
    assert_int_equal(crypt_info_encode(&info, out, sizeof out), bytes.length);
    assert_memory_equal(out, bytes.data, bytes.length);
    assert_int_equal(crypt_info_encode(&info, out, bytes.length - 1), 0);
    free(copy);
    infos_seen++;
}

static void check_event(const json_t *event)
{
    struct control_message message;
    uint8_t *datagram;
    size_t length;

    if (!recorded_is(event, "ConnectRequest") && !recorded_is(event, "ConnectOK"))
        return;
    datagram = recorded_datagram(event, &length);
    assert_int_equal(control_decode(datagram, length, &message), CONTROL_OK);
    if (message.kind == CONTROL_CONNECT_REQUEST) {
        check_body(message.connect_request.certificate.body);
        check_info(message.connect_request.crypt.info);
    } else {
        check_body(message.connect_ok.certificate.body);
        check_info(message.connect_ok.crypt.info);
    }
    free(datagram);
}

static void recorded_connections(void **state)
{
    (void)state;
    recorded_visit(check_event);
    assert_true(bodies_seen > 20 && infos_seen == bodies_seen);
}

static void recorded_key_derivations(void **state)
{
    const json_t *entry;
    size_t index;

    (void)state;
    json_array_foreach(vector_member(vectors, "key_derivation"), index, entry)
    {
        static const char *const names[] = {"client_cert_body", "server_cert_body", "client_crypt_body",
                                            "server_crypt_body"};
        for (int i = 0; i < 4; i++) {
            uint8_t data[1024];
            struct byte_slice bytes = {data, vector_bytes(entry, names[i], data, sizeof data)};
            if (i < 2)
                check_body(bytes);
            else
                check_info(bytes);
        }
    }
    assert_true(index > 0);
}

static void recorded_certificates(void **state)
{
    const json_t *certificates = vector_member(vectors, "certificates"), *entry;
    size_t index;

    (void)state;
    json_array_foreach(vector_member(certificates, "list"), index, entry)
    {
        uint8_t data[1024], body[1024], signature[SIGNATURE_SIZE], out[1024];
        size_t length = vector_bytes(entry, "signed_cert", data, sizeof data);
        struct signed_certificate certificate;

        print_message("%s\n", vector_string(entry, "name"));
        assert_true(signed_certificate_decode(&certificate, data, length));
        assert_int_equal(certificate.raw.length, length);
        assert_true(certificate.has_body);
        assert_int_equal(certificate.body.length, vector_bytes(entry, "cert_body", body, sizeof body));
        assert_memory_equal(certificate.body.data, body, certificate.body.length);
        check_body(certificate.body);
        if (json_is_string(json_object_get(entry, "ca_signature"))) {
            assert_true(certificate.has_ca_signature && certificate.has_ca_key_id);
            assert_int_equal(certificate.ca_signature.length,
                             vector_bytes(entry, "ca_signature", signature, sizeof signature));
            assert_memory_equal(certificate.ca_signature.data, signature, certificate.ca_signature.length);
            assert_true(certificate.ca_key_id == vector_u64(entry, "ca_key_id"));
        }
        assert_false(certificate.has_private_key);
        assert_int_equal(signed_certificate_encode(&certificate, true, out, sizeof out), length);
        assert_memory_equal(out, data, length);
    }
    assert_true(index > 5);
}

static void recorded_storage_forms(void **state)
{
    const json_t *certificates = vector_member(vectors, "certificates");
    uint8_t data[1024], out[1024];
    struct signed_certificate certificate, stripped;
    struct byte_slice body;
    size_t length;

    (void)state;
    length = vector_bytes(vector_member(certificates, "cert_request_blob"), "hex", data, sizeof data);
    assert_true(certificate_request_decode(&body, data, length));
    check_body(body);
    assert_int_equal(certificate_request_encode(body, out, sizeof out), length);
    assert_memory_equal(out, data, length);
    assert_int_equal(certificate_request_encode(body, out, length - 1), 0);
    assert_false(certificate_request_decode(&body, data, length - 1));
    assert_false(certificate_request_decode(&body, data, 0));

    length = vector_bytes(certificates, "signed_cert_with_private_key", data, sizeof data);
    assert_true(signed_certificate_decode(&certificate, data, length));
    assert_true(certificate.has_private_key);
    assert_int_equal(certificate.private_key.length, 32);
    assert_int_equal(signed_certificate_encode(&certificate, true, out, sizeof out), length);
    assert_memory_equal(out, data, length);
    length = signed_certificate_encode(&certificate, false, out, sizeof out);
    assert_true(signed_certificate_decode(&stripped, out, length));
    assert_false(stripped.has_private_key);
    assert_int_equal(stripped.body.length, certificate.body.length);
}

static void every_field_of_a_body(void **state)
{
    struct certificate_body body = {
        .has_key_kind = true,
        .key_kind = 1,
        .has_created = true,
        .created = 0x12345678,
        .has_expiry = true,
        .expiry = 0x9abcdef0,
        .pop_count = CERTIFICATE_POPS_MAXIMUM,
        .app_count = CERTIFICATE_APPS_MAXIMUM,
        .address_count = CERTIFICATE_ADDRESSES_MAXIMUM,
    };
    static struct certificate_body back;
    uint8_t data[4096];
    size_t length;

    (void)state;
    for (uint32_t i = 0; i < body.pop_count; i++)
        body.pops[i] = i << 24 | i;
    for (uint32_t i = 0; i < body.app_count; i++)
        body.apps[i] = i << 20;
    for (uint32_t i = 0; i < body.address_count; i++)
        body.addresses[i] = (struct byte_slice){(const uint8_t *)"192.168.1.100/24", i};
    length = certificate_body_encode(&body, data, sizeof data);
    assert_true(length > 0);
    assert_true(certificate_body_decode(&back, data, length));
    assert_int_equal(back.pop_count, body.pop_count);
    assert_memory_equal(back.pops, body.pops, sizeof body.pops);
    assert_int_equal(back.app_count, body.app_count);
    assert_memory_equal(back.apps, body.apps, sizeof body.apps);
    assert_int_equal(back.address_count, body.address_count);
    for (uint32_t i = 0; i < body.address_count; i++) {
        assert_int_equal(back.addresses[i].length, i);
        assert_memory_equal(back.addresses[i].data, "192.168.1.100/24", i);
    }
    assert_true(back.created == body.created && back.expiry == body.expiry);

    /* One more of each is one too many, for either side. */
    memcpy(data + length, "\x6a\0", 2);
    assert_false(certificate_body_decode(&back, data, length + 2));
    memcpy(data + length, "\x50\x01", 2);
    assert_false(certificate_body_decode(&back, data, length + 2));
    memcpy(data + length, "\x2d\0\0\0\0", 5);
    assert_false(certificate_body_decode(&back, data, length + 5));
    body.address_count++;
    assert_int_equal(certificate_body_encode(&body, data, sizeof data), 0);
    body.address_count = 0;
    body.app_count++;
    assert_int_equal(certificate_body_encode(&body, data, sizeof data), 0);
    body.app_count = 0;
    body.pop_count++;
    assert_int_equal(certificate_body_encode(&body, data, sizeof data), 0);
}

static void packed_repeated_fields(void **state)
{
    static const uint8_t body[] = {0x2a, 8,    1,    0,    0,    0,    2,   0, 0, 0, /* pops 1, 2 */
                                   0x52, 4,    0x03, 0xe0, 0x03, 0x05,               /* apps 3, 480, 5 */
                                   0x2d, 9,    0,    0,    0,                        /* and one unpacked */
                                   0x50, 0x87, 0x80, 0x80, 0x80, 0xf0, 0x01};        /* app 7 above 32 bits */
    static const uint8_t ciphers[] = {0x2a, 2, 2, 1};
    static struct certificate_body decoded;
    struct crypt_info info;

    (void)state;
    assert_true(certificate_body_decode(&decoded, body, sizeof body));
    assert_int_equal(decoded.pop_count, 3);
    assert_int_equal(decoded.pops[1], 2);
    assert_int_equal(decoded.pops[2], 9);
    assert_int_equal(decoded.app_count, 4);
    assert_int_equal(decoded.apps[1], 480);
    assert_int_equal(decoded.apps[3], 7);
    assert_true(crypt_info_decode(&info, ciphers, sizeof ciphers));
    assert_int_equal(info.cipher_count, 2);
    assert_int_equal(info.ciphers[0], 2);
    assert_int_equal(info.ciphers[1], 1);
}

static void signed_crypt_alone(void **state)
{
    static const uint8_t data[] = {0x0a, 2, 'i', 'n', 0x12, 3, 's', 'i', 'g'};
    struct signed_crypt crypt;
    uint8_t out[sizeof data];

    (void)state;
    assert_true(signed_crypt_decode(&crypt, data, sizeof data));
    assert_true(crypt.has_info && crypt.has_signature);
    assert_int_equal(signed_crypt_encode(&crypt, out, sizeof out), sizeof data);
    assert_memory_equal(out, data, sizeof data);
    /* Nothing is left over from before. */
    assert_true(signed_crypt_decode(&crypt, data, 4));
    assert_false(crypt.has_signature);
    assert_false(signed_crypt_decode(&crypt, data, 5));
}

/* Their values may look like numbers of the right kind. */
static void numbers_of_another_wire_type(void **state)
{
    static const uint8_t apps_in_32_bits[] = {0x55, 0x46, 0x58, 0x01, 0x00};
    static const uint8_t pops_as_varints[] = {0x28, 0x86, 0x80, 0x80, 0x01};
    static const uint8_t ciphers_in_64_bits[] = {0x29, 1, 2, 1, 2, 1, 2, 1, 2};
    static const uint8_t pops_packed[] = {0x2a, 4, 1, 2, 3, 4};
    struct certificate_body body;
    struct crypt_info info;

    (void)state;
    assert_false(certificate_body_decode(&body, apps_in_32_bits, sizeof apps_in_32_bits));
    assert_false(certificate_body_decode(&body, pops_as_varints, sizeof pops_as_varints));
    assert_false(crypt_info_decode(&info, ciphers_in_64_bits, sizeof ciphers_in_64_bits));
    assert_true(certificate_body_decode(&body, pops_packed, sizeof pops_packed) && body.pop_count == 1);
}

static void too_many_ciphers(void **state)
{
    uint8_t data[2 * (CRYPT_CIPHERS_MAXIMUM + 1)];
    struct crypt_info info = {.cipher_count = CRYPT_CIPHERS_MAXIMUM + 1};

    (void)state;
    for (size_t i = 0; i < sizeof data; i += 2) {
        data[i] = 0x28;
        data[i + 1] = 2;
    }
    assert_int_equal(crypt_info_encode(&info, data, sizeof data), 0);
    assert_true(crypt_info_decode(&info, data, sizeof data - 2));
    assert_false(crypt_info_decode(&info, data, sizeof data));
}

static void abilities_beyond_all_numbers(void **state)
{
    /* Tag and length, which come from the encoder; then the three numbers, of which the second is 2^32. */
    static uint8_t data[] = {0, 0, 0, 0, 0x08, 0x80, 0x08, 0x10, 0x80, 0x80, 0x80, 0x80, 0x10, 0x18, 0x05};
    struct crypt_info info = {.has_abilities = true, .abilities = {1024, UINT32_MAX, 3}}, back;
    uint8_t out[64];
    size_t length;

    (void)state;
    length = crypt_info_encode(&info, out, sizeof out);
    assert_true(length > 0);
    assert_true(crypt_info_decode(&back, out, length));
    assert_true(back.has_abilities);
    assert_memory_equal(&back.abilities, &info.abilities, sizeof back.abilities);

    memcpy(data, out, 3);
    assert_int_equal(out[3], length - 4);
    data[3] = 11;
    assert_true(crypt_info_decode(&back, data, sizeof data));
    assert_true(back.has_abilities);
    assert_int_equal(back.abilities.stream_holes, 1024);
    /* Larger ones than fit are as good as the largest. */
    assert_true(back.abilities.stream_window == UINT32_MAX);
    assert_int_equal(back.abilities.packet_jump, 5);
    /* What cannot be read is somebody else's, and the rest of the message counts. */
    data[3] = 10;
    assert_true(crypt_info_decode(&back, data, sizeof data - 1));
    assert_false(back.has_abilities);
    assert_int_equal(back.abilities.stream_holes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recorded_connections),         cmocka_unit_test(recorded_key_derivations),
        cmocka_unit_test(recorded_certificates),        cmocka_unit_test(recorded_storage_forms),
        cmocka_unit_test(every_field_of_a_body),        cmocka_unit_test(packed_repeated_fields),
        cmocka_unit_test(signed_crypt_alone),           cmocka_unit_test(too_many_ciphers),
        cmocka_unit_test(abilities_beyond_all_numbers), cmocka_unit_test(numbers_of_another_wire_type),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
