/*
 * Two ends in any pair of states, and a datagram from a stranger who can forge addresses: what they say to each other
 * about it ends after a few datagrams, and nobody who answers sends more than a close message.
 */
#include "ends.h"

#include "wire/datagram_batch.h"

#define NOW (3000000 * SECOND)

enum {
    FORGED_KINDS = 10,
    ECHOES_MAX = 4, /* a forged close: answered; the data packet behind it: closed, no connection */
    STRANGER_ID = 0x77778888,
};

enum { CONNECTED, FIN_WAIT, CLOSED_BY_PEER, PROBLEM, LINGERING, STATES };

static struct owner owners[2];
static struct connection *pair[2];
static struct transport_config config;
static struct endpoint *endpoint;
static struct random_generator generator;
static struct datagram_batch batch;

static void make_pair(void)
{
    struct connection_parameters parameters[2];

    memset(parameters, 0, sizeof parameters);
    for (int i = 0; i < 2; i++) {
        owner_init(&owners[i]);
        parameters[i].local_id = 0x10001u + (uint32_t)i;
        parameters[i].remote_address = address_of("127.0.0.1:5");
        parameters[i].endpoint = endpoint;
        parameters[i].config = &config;
        parameters[i].events = &owners[i].events;
    }
    assert_true(connection_make_pair(pair, parameters, NOW));
    for (int i = 0; i < 2; i++)
        owners[i].connection = pair[i];
}

/* Drops what a connection has to say of itself. */
static void silence(struct connection *connection)
{
    do {
        datagram_batch_clear(&batch);
    } while (connection_send(connection, &batch, NOW));
}

static void bring_into(struct connection *connection, int wanted)
{
    struct connection_closed closed = {.reason = 1000, .to_id = connection->local_id};
    uint8_t datagram[DATAGRAM_MAXIMUM];
    int64_t number;

    switch (wanted) {
    case FIN_WAIT:
        connection_close(connection, 1000, "over", false, NOW);
        break;
    case CLOSED_BY_PEER:
        feed(connection, datagram, connection_closed_encode(&closed, datagram, sizeof datagram), NOW);
        break;
    case PROBLEM:
        connection_fail(connection, 5001, "broken", NOW);
        break;
    case LINGERING:
        assert_int_equal(connection_send_message(connection, pattern_message(1, 10, k_nSteamNetworkingSend_Reliable, 0),
                                                 NOW, &number),
                         k_EResultOK);
        connection_close(connection, 1000, "over", true, NOW);
        break;
    default:
        break;
    }
    silence(connection);
}

/* One of the datagrams that a stranger may send in the name of the other end, knowing ids or not. */
static size_t forge(int kind, const struct connection *to, uint8_t *out)
{
    bool knows = kind % 2;
    uint32_t to_id = knows ? to->local_id : STRANGER_ID, from_id = knows ? to->remote_id : STRANGER_ID;
    struct connection_closed closed = {.reason = 1, .to_id = to_id, .from_id = from_id};
    struct no_connection no_connection = {.to_id = to_id, .from_id = from_id};
    struct challenge_request challenge = {.has_client_id = true, .client_id = from_id};
    struct connect_request request = {.has_client_id = true, .client_id = from_id};
    struct data_header header = {.connection_id = to_id, .packet_number = 7};

    switch (kind / 2) {
    case 0:
        return connection_closed_encode(&closed, out, DATAGRAM_MAXIMUM);
    case 1:
        return no_connection_encode(&no_connection, out, DATAGRAM_MAXIMUM);
    case 2:
        return challenge_request_encode(&challenge, out, DATAGRAM_MAXIMUM);
    case 3:
        return connect_request_encode(&request, out, DATAGRAM_MAXIMUM);
    default:
        return data_header_encode(&header, out, DATAGRAM_MAXIMUM);
    }
}

/* Hands what one has to say to the other until both are silent. Returns how many datagrams that were. */
static int let_them_talk(void)
{
    static struct datagram_batch said[2];
    int count = 0;

    do {
        for (int i = 0; i < 2; i++) {
            datagram_batch_clear(&said[i]);
            assert_false(connection_send(pair[i], &said[i], NOW));
        }
        for (int i = 0; i < 2; i++) {
            const uint8_t *at = said[i].bytes;

            for (int k = 0; k < said[i].count; at += said[i].sizes[k], k++) {
                assert_true(said[i].sizes[k] <= DATAGRAM_PADDED_MINIMUM);
                feed(pair[!i], at, said[i].sizes[k], NOW);
                assert_true(++count <= ECHOES_MAX);
            }
        }
    } while (said[0].count > 0 || said[1].count > 0);
    return count;
}

static void test_echoes_die(void **state)
{
    int echoes = 0;

    (void)state;
    random_generator_init(&generator, 1);
    config = engine_config();
    endpoint = endpoint_named("str:echo", &generator.source);
    assert_non_null(endpoint);
    for (int first = 0; first < STATES; first++) {
        for (int second = 0; second < STATES; second++) {
            for (int kind = 0; kind < 2 * FORGED_KINDS; kind++) {
                uint8_t datagram[DATAGRAM_MAXIMUM];
                struct connection *victim;

                make_pair();
                victim = pair[kind / FORGED_KINDS];
                bring_into(pair[0], first);
                bring_into(pair[1], second);
                feed(victim, datagram, forge(kind % FORGED_KINDS, victim, datagram), NOW);
                echoes += let_them_talk();
                for (int i = 0; i < 2; i++)
                    owner_end(&owners[i]);
            }
        }
    }
    assert_true(echoes > 100);
    endpoint_release(endpoint);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_echoes_die)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
