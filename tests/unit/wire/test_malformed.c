/*
 * Every datagram of the vectors, cut at every length and changed in random places, through every decoder of this floor;
 * and random bytes. Nothing is expected of the results but that they stay inside the buffer, which the sanitizers
 * watch: each input lies in a heap block of exactly its size. What decodes must encode again without trouble.
 */

#include "recorded.h"

#include "base/random.h"
#include "wire/control_messages.h"
#include "wire/data_header.h"
#include "wire/frame.h"
#include "wire/statistics_message.h"
#include "wire/stream_header.h"

static int decoded, refused;

static void assert_inside(struct byte_slice slice, const uint8_t *data, size_t length)
{
    if (slice.length > 0)
        assert_true(slice.data >= data && slice.data + slice.length <= data + length);
}

static void use_identity(const struct identity_forms *forms, const uint8_t *data, size_t length)
{
    SteamNetworkingIdentity identity;
    char text[IDENTITY_TEXT_SIZE];

    assert_inside(forms->text, data, length);
    assert_inside(forms->legacy, data, length);
    if (identity_choose(forms, &identity) == IDENTITY_PRESENT) {
        SteamNetworkingIdentity again;
        assert_true(identity_is_well_formed(&identity));
        identity_print(&identity, text, sizeof text);
        assert_true(identity_parse(&again, text, strlen(text)));
        assert_true(identity_equal(&identity, &again));
    }
}

static void use_certificate(const struct signed_certificate *certificate, const uint8_t *data, size_t length)
{
    static struct certificate_body body;

    assert_inside(certificate->body, data, length);
    assert_inside(certificate->ca_signature, data, length);
    assert_inside(certificate->private_key, data, length);
    if (certificate->has_body && certificate_body_decode(&body, certificate->body.data, certificate->body.length)) {
        static uint8_t out[8192];
        use_identity(&body.identity, data, length);
        assert_inside(body.key, data, length);
        assert_true(body.pop_count <= CERTIFICATE_POPS_MAXIMUM && body.app_count <= CERTIFICATE_APPS_MAXIMUM);
        for (uint32_t i = 0; i < body.address_count; i++)
            assert_inside(body.addresses[i], data, length);
        (void)certificate_body_encode(&body, out, sizeof out);
    }
}

static void use_crypt(const struct signed_crypt *crypt, const uint8_t *data, size_t length)
{
    struct crypt_info info;

    assert_inside(crypt->info, data, length);
    assert_inside(crypt->signature, data, length);
    if (crypt->has_info && crypt_info_decode(&info, crypt->info.data, crypt->info.length)) {
        assert_inside(info.dh_public, data, length);
        assert_true(info.cipher_count <= CRYPT_CIPHERS_MAXIMUM);
    }
}

static void use_control(const uint8_t *data, size_t length)
{
    static struct control_message message, again;
    static uint8_t out[DATAGRAM_MAXIMUM];
    size_t written;

    if (control_decode(data, length, &message) != CONTROL_OK) {
        refused++;
        return;
    }
    decoded++;
    if (message.kind == CONTROL_CONNECT_REQUEST) {
        use_identity(&message.connect_request.identity, data, length);
        use_certificate(&message.connect_request.certificate, data, length);
        use_crypt(&message.connect_request.crypt, data, length);
    } else if (message.kind == CONTROL_CONNECT_OK) {
        use_identity(&message.connect_ok.identity, data, length);
        use_certificate(&message.connect_ok.certificate, data, length);
        use_crypt(&message.connect_ok.crypt, data, length);
    } else if (message.kind == CONTROL_CONNECTION_CLOSED) {
        assert_true(message.connection_closed.debug.length <= CLOSE_TEXT_MAXIMUM);
        assert_inside(message.connection_closed.debug, data, length);
    }
    /* Written again it is at most as long, and means the same. */
    written = control_encode(&message, out, sizeof out);
    assert_true(written <= length || written <= DATAGRAM_PADDED_MINIMUM);
    if (written >= DATAGRAM_MINIMUM) {
        assert_int_equal(control_decode(out, written, &again), CONTROL_OK);
        assert_int_equal(again.kind, message.kind);
    }
}

static void use_data(const uint8_t *data, size_t length)
{
    struct data_header header;
    struct statistics_message statistics;
    struct stream_header stream;
    struct frame_decoder decoder;
    struct frame frame;

    if (data_header_decode(&header, data, length)) {
        assert_true(header.size <= length);
        assert_inside(header.statistics, data, length);
        if (header.has_statistics)
            (void)statistics_message_decode(&statistics, header.statistics.data, header.statistics.length);
    }
    (void)statistics_message_decode(&statistics, data, length);
    (void)stream_header_decode(&stream, data, length);
    frame_decoder_init(&decoder, data, length, 100);
    while (frame_next(&decoder, &frame) == FRAME_OK)
        continue;
}

static void use(const uint8_t *data, size_t length)
{
    uint8_t *copy = recorded_copy(data, length);
    struct signed_certificate certificate;
    SteamNetworkingIdentity identity;
    struct byte_slice body;

    use_control(copy, length);
    use_data(copy, length);
    if (signed_certificate_decode(&certificate, copy, length))
        use_certificate(&certificate, copy, length);
    (void)certificate_request_decode(&body, copy, length);
    (void)identity_legacy_decode(&identity, copy, length);
    free(copy);
}

static struct random_generator generator;

static void cut_and_change(const json_t *event)
{
    uint8_t *datagram, *changed;
    size_t length, content;

    if (recorded_is(event, "stun") || recorded_is(event, "signal"))
        return;
    datagram = recorded_datagram(event, &length);
    content = strlen(vector_string(event, "hex")) / 2;
    /* Long data packets are ciphertext from the eighth byte on. */
    for (size_t cut = 0; cut <= length; cut += cut < 64 || cut < content || cut + 16 > length ? 1 : 16)
        use(datagram, cut);
    for (int round = 0; round < 20; round++) {
        changed = recorded_copy(datagram, length);
        for (uint64_t changes = 1 + random_below(&generator.source, 4); changes > 0; changes--)
            changed[random_below(&generator.source, content)] = (uint8_t)random_u32(&generator.source);
        /* A padded message keeps its form, so that the change reaches its body. */
        if (round % 2 == 0 && length >= 3)
            memcpy(changed, datagram, 3);
        use(changed, length);
        free(changed);
    }
    free(datagram);
}

static void every_recorded_datagram(void **state)
{
    (void)state;
    random_generator_init(&generator, 41);
    decoded = refused = 0;
    recorded_visit(cut_and_change);
    assert_true(decoded > 500 && refused > 10000);
}

static void every_recorded_payload_cut(void **state)
{
    json_t *vectors = vector_file_load(VECTOR_DIR "/wire-vectors.json");
    const json_t *entry, *packet;
    size_t i, k;

    (void)state;
    json_array_foreach(vector_member(vectors, "snp_decode"), i, entry)
    {
        json_array_foreach(vector_member(entry, "packets"), k, packet)
        {
            uint8_t payload[2048];
            size_t length = vector_bytes(packet, "payload", payload, sizeof payload);
            for (size_t cut = 0; cut <= length && cut < 200; cut++) {
                uint8_t *copy = recorded_copy(payload, cut);
                use_data(copy, cut);
                free(copy);
            }
        }
    }
    json_decref(vectors);
}

static void random_bytes(void **state)
{
    static uint8_t data[DATAGRAM_MAXIMUM + 10];

    (void)state;
    random_generator_init(&generator, 42);
    for (int round = 0; round < 5000; round++) {
        size_t length = (size_t)random_below(&generator.source, sizeof data + 1);
        random_fill(&generator.source, data, length);
        if (length > 3) {
            /* Mostly a control message's id, and a body length that is right. */
            if (round % 4)
                data[0] = (uint8_t)(0x20 + random_below(&generator.source, 6));
            if (round % 2)
                store_u16(data + 1, (uint16_t)random_below(&generator.source, length));
        }
        use(data, length);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_recorded_datagram),
        cmocka_unit_test(every_recorded_payload_cut),
        cmocka_unit_test(random_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
