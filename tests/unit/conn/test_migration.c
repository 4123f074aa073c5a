/*
 * A client whose address changes: it keeps its connection, as soon as it has proved to be at the other address; and
 * nobody else takes it away.
 */
#include "virtual_line.h"

enum { RELIABLE = k_nSteamNetworkingSend_Reliable, NO_NAGLE = k_nSteamNetworkingSend_NoNagle };

static const char home[] = "192.0.2.1:40000", other_port[] = "192.0.2.1:40001", other_host[] = "198.51.100.7:1234";

static struct line line;
static int moves;
static bool refuse_moves;

static bool owner_moved(struct connection_events *events, struct connection *connection,
                        const SteamNetworkingIPAddr *address)
{
    (void)events;
    assert_ptr_equal(connection, line_server(&line));
    assert_false(address_equal(address, connection_remote_address(connection)));
    if (refuse_moves)
        return false;
    moves++;
    return true;
}

static int begin(void **state)
{
    (void)state;
    assert_true(line_init(&line, "str:alice", "str:bob"));
    moves = 0;
    refuse_moves = false;
    for (int which = CLIENT; which <= SERVER; which++)
        line.ends[which].owner.events.moved = owner_moved;
    return 0;
}

static int end(void **state)
{
    (void)state;
    line_end(&line);
    return 0;
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

static void expect_server_knows(const char *address)
{
    SteamNetworkingIPAddr expected = address_of(address);
    SteamNetConnectionInfo_t info = line_info(&line, SERVER);

    if (!address_equal(connection_remote_address(line_server(&line)), &expected))
        fail_msg("the server does not know its client at %s", address);
    assert_true(address_equal(&info.m_addrRemote, &expected));
}

/* Both ways, reliable; all of it arrives in time. */
static void talk(uint32_t seed, microseconds time)
{
    for (uint32_t i = 0; i < 5; i++) {
        assert_int_equal(line_send(&line, CLIENT, seed + i, 2000, RELIABLE), k_EResultOK);
        assert_int_equal(line_send(&line, SERVER, seed + i, 3000, RELIABLE), k_EResultOK);
    }
    line_run(&line, time);
    for (uint32_t i = 0; i < 5; i++) {
        line_expect(&line, SERVER, seed + i, 2000);
        line_expect(&line, CLIENT, seed + i, 3000);
    }
    assert_int_equal(line.ends[CLIENT].owner.received.count + line.ends[SERVER].owner.received.count, 0);
}

/* ---- honest clients ---------------------------------------------------------------------------------------------- */

static void test_other_port(void **state)
{
    struct round_trip before;

    (void)state;
    line_establish(&line);
    talk(1, SECOND);
    before = line_server(&line)->sender.round_trip;
    line_move_client(&line, other_port);
    talk(10, SECOND);
    expect_server_knows(other_port);
    assert_int_equal(moves, 1);
    assert_int_equal(line_server(&line)->sender.round_trip.minimum_us, before.minimum_us); /* it is the same path */
    line_move_client(&line, home);                                                         /* and back, and on */
    talk(20, SECOND);
    line_move_client(&line, other_host);
    talk(30, SECOND);
    expect_server_knows(other_host);
    assert_int_equal(moves, 3);
    assert_int_equal(line_state(&line, CLIENT), STATE_CONNECTED);
    line_close(&line, CLIENT, 1234, "enough", false);
    line_run(&line, SECOND);
    assert_int_equal(line_state(&line, SERVER), STATE_CLOSED_BY_PEER);
    assert_int_equal(line_info(&line, SERVER).m_eEndReason, 1234);
}

/* The proof takes one round trip and the few milliseconds that the probes are apart. */
static void test_how_long_it_takes(void **state)
{
    microseconds began;

    (void)state;
    line_establish(&line);
    line_run(&line, SECOND);
    line_move_client(&line, other_host);
    began = line.now;
    line_send(&line, CLIENT, 1, 500, RELIABLE | NO_NAGLE);
    while (moves == 0)
        assert_true(line_step(&line, began + SECOND));
    assert_true(line.now - began < line.latency + 2 * line.latency + 50 * MILLISECOND);
    line_expect(&line, SERVER, 1, 500); /* authentic data need not wait for it */
}

/* On another path everything is learnt anew. */
static void test_other_path(void **state)
{
    struct sender *sender;

    (void)state;
    for (int which = CLIENT; which <= SERVER; which++) {
        line.ends[which].config.send_rate_min = 100000;
        line.ends[which].config.send_rate_max = 50000000;
    }
    line.largest = 1000;
    line_establish(&line);
    sender = &line_server(&line)->sender;
    for (uint32_t i = 0; i < 40; i++)
        line_send(&line, SERVER, i, 10000, RELIABLE);
    line_run(&line, 20 * SECOND);
    for (uint32_t i = 0; i < 40; i++)
        line_expect(&line, CLIENT, i, 10000);
    assert_int_equal(sender_packet_size(sender), 972);
    assert_int_equal(sender->round_trip.smoothed_ms, 20);
    line.largest = 0;
    line.latency = 50 * MILLISECOND;
    line_move_client(&line, other_host);
    line_send(&line, CLIENT, 1, 100, RELIABLE | NO_NAGLE);
    while (moves == 0)
        assert_true(line_step(&line, line.now + SECOND));
    assert_int_equal(sender_packet_size(sender), 1300);
    assert_in_range(sender->round_trip.smoothed_ms, 95, 105);
    assert_true(sender->round_trip.minimum_us > 95000);
    assert_int_equal(sender->bytes_in_flight, 0);
    line_expect(&line, SERVER, 1, 100);
    talk(50, 5 * SECOND);
}

/* In the middle of a transfer at full speed, with losses besides. */
static void test_in_the_middle_of_a_transfer(void **state)
{
    static const char *const places[] = {other_port, other_host, "198.51.100.7:1235", home};
    struct random_generator weather;

    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        line_end(&line);
        begin(NULL);
        random_generator_init(&weather, seed);
        line.weather = &weather;
        line.loss_percent = (int)(seed - 1) * 3;
        assert_true(line_connect(&line));
        line_run(&line, 3 * SECOND);
        assert_int_equal(line_state(&line, SERVER), STATE_CONNECTED);
        for (uint32_t i = 0; i < 40; i++) {
            line_send(&line, CLIENT, i, 20000, RELIABLE);
            line_send(&line, SERVER, i, 20000, RELIABLE);
            line_run(&line, 50 * MILLISECOND);
            if (i % 10 == 5)
                line_move_client(&line, places[i / 10]);
        }
        line_run(&line, 30 * SECOND);
        for (uint32_t i = 0; i < 40; i++) {
            line_expect(&line, SERVER, i, 20000);
            line_expect(&line, CLIENT, i, 20000);
        }
        assert_int_equal(moves, 4);
        expect_server_knows(home);
    }
}

/* A client that says nothing is found when it asks whether the server is still there. */
static void test_silent_client(void **state)
{
    (void)state;
    line_establish(&line);
    line_move_client(&line, other_host);
    line_run(&line, 12 * SECOND);
    expect_server_knows(other_host);
    talk(1, SECOND);

    /* While the server, which has something to say, is about to give up. */
    line_move_client(&line, other_port);
    line_send(&line, SERVER, 7, 100, RELIABLE | NO_NAGLE);
    line_run(&line, 12 * SECOND);
    expect_server_knows(other_port);
    line_expect(&line, CLIENT, 7, 100);
}

static void test_lingering_server(void **state)
{
    (void)state;
    line_establish(&line);
    for (uint32_t i = 0; i < 20; i++)
        line_send(&line, SERVER, i, 10000, RELIABLE);
    line_close(&line, SERVER, 0, NULL, true);
    line_run(&line, 100 * MILLISECOND);
    line_move_client(&line, other_host);
    line_run(&line, 20 * SECOND);
    assert_int_equal(moves, 1);
    for (uint32_t i = 0; i < 20; i++)
        line_expect(&line, CLIENT, i, 10000);
    assert_int_equal(line_state(&line, CLIENT), STATE_CLOSED_BY_PEER);
}

/* Late packets from the old address change nothing. */
static void test_late_packets(void **state)
{
    (void)state;
    line_establish(&line);
    line.special = line.sent;
    line.special_fate = LINE_DELAYS;
    line.special_delay = 500 * MILLISECOND;
    line_send(&line, CLIENT, 1, 100, NO_NAGLE);
    line_move_client(&line, other_host);
    line_send(&line, CLIENT, 2, 100, RELIABLE | NO_NAGLE);
    line_run(&line, 400 * MILLISECOND);
    expect_server_knows(other_host);
    line_run(&line, 3 * SECOND);
    assert_int_equal(line.ends[SERVER].owner.received.count, 2);
    expect_server_knows(other_host);
    assert_int_equal(moves, 1);
    assert_false(line_server(&line)->validation.active);
}

static void test_peers_like_deployed_ones(void **state)
{
    (void)state;
    line.ends[CLIENT].endpoint->as_deployed = true;
    line_establish(&line);
    talk(1, SECOND);
    line_move_client(&line, other_host);
    talk(10, 2 * SECOND);
    expect_server_knows(other_host);
}

/* ---- what does not move ------------------------------------------------------------------------------------------ */

static void test_plain_connections_stay(void **state)
{
    (void)state;
    line.ends[CLIENT].config.unencrypted = line.ends[SERVER].config.unencrypted = 3;
    line_establish(&line);
    talk(1, SECOND);
    line_move_client(&line, other_port);
    line_send(&line, CLIENT, 9, 100, RELIABLE | NO_NAGLE);
    line_run(&line, 2 * SECOND);
    expect_server_knows(home);
    assert_int_equal(line.ends[SERVER].owner.received.count, 0);
    line_run(&line, 40 * SECOND);
    assert_int_equal(line_state(&line, CLIENT), STATE_PROBLEM);
    assert_int_equal(moves, 0);
}

static void test_servers_are_not_followed(void **state)
{
    (void)state;
    line_establish(&line);
    line.ends[SERVER].address = address_of(other_host);
    line_send(&line, SERVER, 9, 100, RELIABLE | NO_NAGLE);
    line_run(&line, 2 * SECOND);
    assert_int_equal(line.ends[CLIENT].owner.received.count, 0);
    assert_int_equal(moves, 0);
}

static void test_owner_refuses(void **state)
{
    (void)state;
    line_establish(&line);
    refuse_moves = true;
    line_move_client(&line, other_host);
    line_send(&line, CLIENT, 1, 100, RELIABLE | NO_NAGLE);
    line_run(&line, SECOND);
    expect_server_knows(home);
    refuse_moves = false;
    line_expect(&line, SERVER, 1, 100);
    talk(5, 4 * SECOND);
    expect_server_knows(other_host);
}

/* ---- attackers --------------------------------------------------------------------------------------------------- */

static SteamNetworkingIPAddr lair; /* the attacker's */
static int64_t copied_bytes, answered_bytes;
static int copies_left;
static bool relays;

/* Copies what the client says, so that it comes first, and from somewhere else. */
static void copy_from_elsewhere(struct line *l, const struct transit *seen)
{
    if (seen->to == CLIENT) {
        if (address_equal(&seen->to_address, &lair))
            answered_bytes += (int64_t)seen->length;
        if (relays && address_equal(&seen->to_address, &lair))
            line_put_between(l, CLIENT, &seen->from_address, &l->ends[CLIENT].address, seen->bytes, seen->length, 0);
        return;
    }
    if (copies_left <= 0 || !(seen->bytes[0] & DATAGRAM_DATA_FLAG))
        return;
    copies_left--;
    copied_bytes += (int64_t)seen->length;
    line_put_between(l, SERVER, &lair, &seen->to_address, seen->bytes, seen->length, -1 * MILLISECOND);
}

static void begin_attack(int copies)
{
    lair = address_of("203.0.113.66:666");
    copied_bytes = answered_bytes = 0;
    copies_left = copies;
    relays = false;
    line.eavesdropper = copy_from_elsewhere;
}

/* What is copied, once or always, moves nothing: the answers do not reach the client, or it answers from its place. */
static void test_copied_packets(void **state)
{
    static const int copies[] = {1, 2, 5, 1000000};

    (void)state;
    for (size_t i = 0; i < sizeof copies / sizeof copies[0]; i++) {
        line_end(&line);
        begin(NULL);
        line_establish(&line);
        begin_attack(copies[i]);
        for (uint32_t k = 0; k < 10; k++)
            talk(k * 10, 700 * MILLISECOND);
        assert_int_equal(moves, 0);
        expect_server_knows(home);
        assert_true(answered_bytes > 0);                 /* it was asked whether the client is there, */
        assert_true(answered_bytes <= 3 * copied_bytes); /* within bounds */
        line.eavesdropper = NULL;
        line_run(&line, 10 * SECOND);
        assert_false(line_server(&line)->validation.active);
        talk(1, SECOND);
    }
}

/*
 * Who also passes on the answers in time is a part of the path, and may be followed; but when he stops, the connection
 * is where its client is.
 */
static void test_attacker_as_relay(void **state)
{
    (void)state;
    line_establish(&line);
    begin_attack(1000000);
    relays = true;
    for (uint32_t k = 0; k < 10; k++)
        talk(k * 10, 2 * SECOND);
    relays = false;
    copies_left = 0;
    talk(200, 3 * SECOND);
    expect_server_knows(home);
    assert_int_equal(line_state(&line, CLIENT), STATE_CONNECTED);
}

/* ---- an attacker who copies every packet, from another address each time ---- */

static SteamNetworkingIPAddr last_lair;
static int attempts_seen;
static microseconds attempt_marked; /* each attempt moves it */

static void note_attempts(struct line *l)
{
    const struct path_validation *validation = &line_server(l)->validation;

    if (validation->busy_until != attempt_marked)
        attempts_seen++;
    attempt_marked = validation->busy_until;
}

static void copy_from_everywhere(struct line *l, const struct transit *seen)
{
    note_attempts(l);
    if (seen->to == CLIENT) {
        if (!address_equal(&seen->to_address, &l->ends[CLIENT].address))
            answered_bytes += (int64_t)seen->length;
        return;
    }
    if (!(seen->bytes[0] & DATAGRAM_DATA_FLAG))
        return;
    copied_bytes += (int64_t)seen->length;
    address_set_ipv4(&last_lair, 0xcb007100 + (uint32_t)(l->sent % 200), (uint16_t)(1000 + l->sent));
    line_put_between(l, SERVER, &last_lair, &seen->to_address, seen->bytes, seen->length, -1 * MILLISECOND);
}

static void test_copies_from_everywhere(void **state)
{
    microseconds began;
    int probes_before;

    (void)state;
    line_establish(&line);
    copied_bytes = answered_bytes = attempts_seen = 0;
    attempt_marked = line_server(&line)->validation.busy_until;
    line.eavesdropper = copy_from_everywhere;
    probes_before = line_server(&line)->sender.probes_arrived;
    for (uint32_t k = 0; k < 300; k++) /* a minute, with much to say */
        talk(k * 10, 200 * MILLISECOND);
    assert_int_equal(moves, 0);
    expect_server_knows(home);
    assert_int_equal(line_server(&line)->sender.probes_arrived, probes_before);
    assert_in_range(attempts_seen, PATH_VALIDATION_ATTEMPTS,
                    PATH_VALIDATION_ATTEMPTS + 60000000 / PATH_VALIDATION_SPACING_US);
    assert_true(answered_bytes <= 3 * copied_bytes);
    assert_true(answered_bytes < attempts_seen * PATH_VALIDATION_PROBES * 50);

    /* When it stops, a client that moves is followed, as soon as there may be another attempt. */
    line.eavesdropper = NULL;
    line_move_client(&line, other_host);
    began = line.now;
    while (moves == 0 && line.now - began < PATH_VALIDATION_SPACING_US + SECOND) {
        line_send(&line, CLIENT, 1, 100, NO_NAGLE);
        line_run(&line, 50 * MILLISECOND);
    }
    expect_server_knows(other_host);
}

/* ---- acknowledgements from somewhere else ---- */

static bool diverts;
static int diverted;

/* What the client says comes from the lair instead. */
static void divert(struct line *l, const struct transit *seen)
{
    if (!diverts || seen->to != SERVER || !(seen->bytes[0] & DATAGRAM_DATA_FLAG))
        return;
    diverted++;
    line_put_between(l, SERVER, &lair, &seen->to_address, seen->bytes, seen->length, 0);
    l->special = l->sent - 1; /* and not from where it is */
    l->special_fate = LINE_LOSES;
}

/*
 * Probes to one address are acknowledged from another one: whoever sits at the first has not shown that he can send
 * from there, and gets nothing.
 */
static void test_acknowledgements_from_elsewhere(void **state)
{
    struct connection *server;
    int before;

    (void)state;
    line_establish(&line);
    server = line_server(&line);
    lair = address_of("203.0.113.66:666");
    for (uint32_t i = 0; i < PATH_VALIDATION_ATTEMPTS; i++) { /* until there is room for one more only */
        copies_left = 1;
        copied_bytes = answered_bytes = 0;
        lair.m_port++;
        line.eavesdropper = copy_from_elsewhere;
        line_send(&line, CLIENT, i, 100, RELIABLE | NO_NAGLE);
        line_run(&line, 40 * MILLISECOND);
        line_expect(&line, SERVER, i, 100);
    }
    line_run(&line, 200 * MILLISECOND);
    assert_false(server->validation.active);
    lair.m_port++;
    line.eavesdropper = divert;
    diverts = false;
    diverted = 0;
    before = server->sender.probes_arrived;
    line_move_client(&line, other_host);
    line_send(&line, CLIENT, 50, 100, NO_NAGLE);
    diverts = true;
    line_run(&line, 90 * MILLISECOND);
    assert_true(diverted >= PATH_VALIDATION_NEEDED);
    assert_true(server->sender.probes_arrived - before >= PATH_VALIDATION_NEEDED);
    assert_true(server->validation.active);
    assert_int_equal(server->validation.proofs, 0);
    assert_int_equal(moves, 0);
    expect_server_knows(home);

    diverts = false;
    line_run(&line, 3 * SECOND);
    for (int i = 0; i < 10; i++) {
        line_send(&line, CLIENT, 60, 100, NO_NAGLE);
        line_run(&line, SECOND);
    }
    expect_server_knows(other_host);
}

/* Old packets, changed ones, invented ones. */
static void test_forged_packets(void **state)
{
    static struct datagram_batch batch;
    struct random_generator random;
    uint8_t bytes[DATAGRAM_MAXIMUM];
    size_t length;

    (void)state;
    random_generator_init(&random, 5);
    line_establish(&line);
    lair = address_of(other_host);
    talk(1, SECOND);
    assert_int_equal(connection_send_message(line_client(&line), pattern_message(3, 300, RELIABLE | NO_NAGLE, 0),
                                             line.now, &(int64_t){0}),
                     k_EResultOK);
    datagram_batch_clear(&batch);
    connection_send(line_client(&line), &batch, line.now);
    assert_int_equal(batch.count, 1);
    length = batch.sizes[0];
    for (size_t bit = 0; bit < length * 8; bit++) { /* any bit that means something */
        if (bit >= 2 && bit <= 6)
            continue;
        memcpy(bytes, batch.bytes, length);
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (feed_elsewhere(line_server(&line), &lair, bytes, length, line.now))
            fail_msg("a packet with bit %zu changed was taken", bit);
    }
    for (size_t cut = 0; cut < length; cut++)
        assert_false(feed_elsewhere(line_server(&line), &lair, batch.bytes, cut, line.now));
    for (int i = 0; i < 2000; i++) {
        random_fill(&random.source, bytes, sizeof bytes);
        memcpy(bytes, batch.bytes, 5);
        assert_false(feed_elsewhere(line_server(&line), &lair, bytes,
                                    7 + (size_t)random_below(&random.source, sizeof bytes - 7), line.now));
    }
    assert_false(line_server(&line)->validation.active);
    feed(line_server(&line), batch.bytes, length, line.now);                                /* as it is */
    assert_false(feed_elsewhere(line_server(&line), &lair, batch.bytes, length, line.now)); /* and again */
    assert_false(line_server(&line)->validation.active);
    line_expect(&line, SERVER, 3, 300);

    /* What comes late, and first from elsewhere, is authentic, but no sign that the client is there. */
    connection_send_message(line_client(&line), pattern_message(4, 300, RELIABLE | NO_NAGLE, 0), line.now,
                            &(int64_t){0});
    datagram_batch_clear(&batch);
    connection_send(line_client(&line), &batch, line.now);
    length = batch.sizes[0];
    line_send(&line, CLIENT, 5, 300, RELIABLE | NO_NAGLE);
    line_run(&line, 20 * MILLISECOND);
    assert_true(feed_elsewhere(line_server(&line), &lair, batch.bytes, length, line.now));
    assert_false(line_server(&line)->validation.active);
    line_expect(&line, SERVER, 4, 300);
    line_expect(&line, SERVER, 5, 300);
}

/*
 * A client that wants the server to flood somebody: it sends from the victim's address and acknowledges, without having
 * seen them, the probes that went there. It cannot know which numbers they had.
 */
static void acknowledge_unseen(struct line *l, const struct transit *seen)
{
    struct connection *client = line_client(l);

    if (seen->to != CLIENT || !address_equal(&seen->to_address, &lair))
        return;
    /* Whatever number was the last one that went somewhere else, the next dozen will do. */
    for (int64_t i = 0; i < 12; i++)
        ack_tracker_record(&client->acks, client->acks.highest + 1, l->now);
    ack_tracker_request(&client->acks, l->now);
    copies_left = 1;
}

static void test_guessed_acknowledgements(void **state)
{
    (void)state;
    for (uint32_t round = 0; round < 50; round++) {
        line_end(&line);
        begin(NULL);
        random_generator_init(&line.ends[SERVER].random, round);
        line_establish(&line);
        talk(1, SECOND);
        begin_attack(0);
        line.eavesdropper = acknowledge_unseen;
        line.ends[CLIENT].address = lair; /* as the server sees it; nothing that goes there arrives */
        for (int i = 0; i < 20; i++) {
            line_send(&line, CLIENT, 5, 100, NO_NAGLE);
            line_run(&line, 10 * MILLISECOND);
            for (int k = 0; k < line.in_transit; k++)
                if (line.transit[k].to == CLIENT)
                    line.transit[k] = line.transit[--line.in_transit];
        }
        assert_int_equal(moves, 0);
        assert_true(line_server(&line)->validation.barred);
        expect_server_knows(home);
    }
}

/* Spoofed addresses get no more than three times what came from them. */
static void test_amplification(void **state)
{
    (void)state;
    line_establish(&line);
    begin_attack(0);
    line.ends[CLIENT].owner.events.moved = NULL;
    for (int i = 1; i <= 20; i++) {
        copies_left = 1;
        line_send(&line, CLIENT, 1, i, NO_NAGLE);
        line.cut = true; /* nothing of what the client sends itself arrives */
        line_run(&line, 5 * SECOND);
        line.cut = false;
        assert_true(copied_bytes > 0);
        assert_true(answered_bytes <= 3 * copied_bytes);
    }
    assert_true(answered_bytes > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_other_port),
        TEST(test_how_long_it_takes),
        TEST(test_other_path),
        TEST(test_in_the_middle_of_a_transfer),
        TEST(test_silent_client),
        TEST(test_lingering_server),
        TEST(test_late_packets),
        TEST(test_peers_like_deployed_ones),
        TEST(test_plain_connections_stay),
        TEST(test_servers_are_not_followed),
        TEST(test_owner_refuses),
        TEST(test_copied_packets),
        TEST(test_attacker_as_relay),
        TEST(test_copies_from_everywhere),
        TEST(test_acknowledgements_from_elsewhere),
        TEST(test_forged_packets),
        TEST(test_guessed_acknowledgements),
        TEST(test_amplification),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
