/* What found no memory happens when there is memory again, without anybody's help. */
#include "virtual_line.h"

#include "wire/datagram_batch.h"

#include <openssl/crypto.h>

#define NOW (3000000 * SECOND)

static struct datagram_batch batch;
static int failures_left; /* the next allocations that fail */

static void *short_alloc(size_t size)
{
    if (failures_left == 0)
        return failing_alloc(size);
    failures_left--;
    return NULL;
}

static void carry(struct connection *from, struct connection *to, microseconds now)
{
    const uint8_t *at = batch.bytes;
    bool more;

    do {
        datagram_batch_clear(&batch);
        more = connection_send(from, &batch, now);
        at = batch.bytes;
        for (int i = 0; i < batch.count; at += batch.sizes[i], i++)
            feed(to, at, batch.sizes[i], now);
    } while (more);
}

/* A message that has arrived and found no memory. */
static void test_delivered_later(void **state)
{
    struct transport_config config = engine_config();
    struct random_generator random;
    struct owner owners[2];
    struct connection_parameters parameters[2];
    struct connection *pair[2];
    struct message *message;
    microseconds now = NOW;
    int64_t number;
    int ticks = 0;

    (void)state;
    allocation_fail_after(-1);
    alloc_set_hooks(short_alloc, failing_free, failing_realloc);
    random_generator_init(&random, 1);
    memset(parameters, 0, sizeof parameters);
    for (int i = 0; i < 2; i++) {
        owner_init(&owners[i]);
        parameters[i].local_id = 0x10001u + (uint32_t)i;
        parameters[i].remote_address = address_of("127.0.0.1:5");
        parameters[i].endpoint = endpoint_named(NULL, &random.source);
        parameters[i].config = &config;
        parameters[i].events = &owners[i].events;
    }
    assert_true(connection_make_pair(pair, parameters, now));
    for (int i = 0; i < 2; i++)
        owners[i].connection = pair[i];

    message = pattern_message(5, 100, k_nSteamNetworkingSend_ReliableNoNagle, 0);
    assert_int_equal(connection_send_message(pair[0], message, now, &number), k_EResultOK);
    datagram_batch_clear(&batch);
    assert_false(connection_send(pair[0], &batch, now));
    assert_int_equal(batch.count, 1);
    failures_left = 1; /* the message itself; its bytes find room, so that the packet is acknowledged */
    connection_receive(pair[1], batch.bytes, batch.sizes[0], now);
    assert_int_equal(failures_left, 0);
    assert_int_equal(owners[1].received.count, 0);

    /* Nothing else is sent to the receiver. */
    while (owners[1].received.count == 0) {
        assert_true(ticks++ < 20);
        now = time_later(now, connection_deadline(pair[1], now));
        assert_true(now <= NOW + SECOND);
        connection_tick(pair[1], now);
        carry(pair[1], pair[0], now);
    }
    message = kept_messages_take(&owners[1].received);
    assert_true(has_pattern(message, 5, 100));
    message_release(message);
    for (int i = 0; i < 2; i++) {
        owner_end(&owners[i]);
        endpoint_release(parameters[i].endpoint);
    }
    assert_int_equal(allocations_alive, 0);
    alloc_set_hooks(NULL, NULL, NULL);
}

/* ---- the cryptographic library's memory -------------------------------------------------------------------------- */

static bool crypto_is_short;

static void *crypto_alloc(size_t size, const char *file, int where)
{
    (void)file, (void)where;
    return crypto_is_short ? NULL : malloc(size);
}

static void *crypto_realloc(void *memory, size_t size, const char *file, int where)
{
    (void)file, (void)where;
    return crypto_is_short ? NULL : realloc(memory, size);
}

static void crypto_free(void *memory, const char *file, int where)
{
    (void)file, (void)where;
    free(memory);
}

/* Connections that have rested make what seals their packets anew. */
static void test_sealed_later(void **state)
{
    enum { MESSAGES = 20, SIZE = 1000 };
    struct line line;
    int sent;

    (void)state;
    assert_true(line_init(&line, "str:alice", "str:bob"));
    line_establish(&line);
    line_run(&line, 30 * SECOND);
    assert_null(line_client(&line)->seal.context);
    sent = line.ends[CLIENT].data_sent;

    crypto_is_short = true;
    for (uint32_t i = 0; i < MESSAGES; i++)
        assert_int_equal(line_send(&line, CLIENT, i, SIZE, k_nSteamNetworkingSend_ReliableNoNagle), k_EResultOK);
    line_run(&line, 3 * SECOND);
    assert_int_equal(line.ends[CLIENT].data_sent, sent);
    crypto_is_short = false;
    line_run(&line, SECOND);
    assert_int_equal(line.ends[SERVER].owner.received.count, MESSAGES);
    for (uint32_t i = 0; i < MESSAGES; i++)
        line_expect(&line, SERVER, i, SIZE);

    /* What arrives is taken for lost, and comes again. */
    line_run(&line, 30 * SECOND);
    assert_null(line_server(&line)->open.context);
    assert_int_equal(line_send(&line, CLIENT, 7, SIZE, k_nSteamNetworkingSend_ReliableNoNagle), k_EResultOK);
    crypto_is_short = true;
    line_run(&line, SECOND / 2);
    crypto_is_short = false;
    line_run(&line, 5 * SECOND);
    line_expect(&line, SERVER, 7, SIZE);
    for (int which = CLIENT; which <= SERVER; which++)
        assert_int_equal(line_state(&line, which), STATE_CONNECTED);
    line_end(&line);
}

/* A client has moved, and there is no memory to look for it at its new address. */
static void test_followed_later(void **state)
{
    struct line line;
    uint64_t next;

    (void)state;
    assert_true(line_init(&line, "str:alice", "str:bob"));
    line_establish(&line);
    line_run(&line, 30 * SECOND);
    assert_int_equal(line_send(&line, CLIENT, 1, 100, k_nSteamNetworkingSend_ReliableNoNagle), k_EResultOK);
    line_move_client(&line, "198.51.100.7:1234");
    assert_int_equal(line_send(&line, CLIENT, 2, 100, k_nSteamNetworkingSend_ReliableNoNagle), k_EResultOK);
    while (line_server(&line)->validation.bytes_received == 0)
        assert_true(line_step(&line, line.now + SECOND));
    packet_cipher_rest(&line_server(&line)->seal);
    next = (uint64_t)line_server(&line)->sender.packets.next;
    crypto_is_short = true;
    line_run(&line, 100 * MILLISECOND);
    crypto_is_short = false;
    assert_in_range(line_server(&line)->sender.packets.next, next, next + 64); /* numbers are not used up in vain */
    line_run(&line, 5 * SECOND);
    line_expect(&line, SERVER, 1, 100);
    line_expect(&line, SERVER, 2, 100);
    for (int which = CLIENT; which <= SERVER; which++)
        assert_int_equal(line_state(&line, which), STATE_CONNECTED);
    assert_true(address_equal(connection_remote_address(line_server(&line)), &line.ends[CLIENT].address));
    line_end(&line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_delivered_later),
        cmocka_unit_test(test_sealed_later),
        cmocka_unit_test(test_followed_later),
    };

    if (!CRYPTO_set_mem_functions(crypto_alloc, crypto_realloc, crypto_free))
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
