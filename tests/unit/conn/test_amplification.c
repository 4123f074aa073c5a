/*
 * Nobody can make the library send more than he sends: not one byte more to an address that has not returned a
 * challenge, and never more than three times as much, by whatever datagrams, in whatever state of a connection, however
 * often, answers that are due later included. Every kind of reply that the library can make is asked for here.
 */
#include "virtual_line.h"

enum { SMALLEST = 1, SIZES = DATAGRAM_MAXIMUM + 100 };

struct datagram {
    size_t length;
    uint8_t bytes[SIZES];
};

/* ---- to strangers ------------------------------------------------------------------------------------------------ */

static struct listener listener;
static struct random_generator randomness;

/* What went from and to one address. */
struct account {
    SteamNetworkingIPAddr address;
    int64_t in, out;
    int replies;
};

static int begin_listener(void **state)
{
    (void)state;
    random_generator_init(&randomness, 11);
    listener_init(&listener, &randomness.source);
    /* What limits would hide. */
    for (int work = 0; work < WORK_KINDS; work++)
        stranger_limits_set(&listener.limits, (enum stranger_work)work, (struct stranger_rate){0});
    return 0;
}

static enum listener_verdict say(struct account *account, const struct datagram *datagram, microseconds now)
{
    static struct listener_result result;
    enum listener_verdict verdict =
        listener_receive(&listener, &account->address, datagram->bytes, datagram->length, true, now, &result);

    account->in += (int64_t)datagram->length;
    if (verdict != LISTENER_REPLY)
        return verdict;
    account->out += (int64_t)result.reply_length;
    account->replies++;
    if (result.reply_length > datagram->length)
        fail_msg("%zu bytes answer %zu that begin with %02x", result.reply_length, datagram->length,
                 datagram->bytes[0]);
    return verdict;
}

static struct account account_of(uint32_t host)
{
    struct account account = {.in = 0};

    address_set_ipv4(&account.address, host, 4000);
    return account;
}

/* A control message with the fields that are given, and nothing that is not. */
static struct datagram written(const struct control_message *message)
{
    struct datagram datagram;

    memset(&datagram, 0, sizeof datagram);
    datagram.length = control_encode(message, datagram.bytes, DATAGRAM_MAXIMUM);
    assert_true(datagram.length > 0);
    return datagram;
}

/* The shortest and the longest form of each control message, addressed to these ids. */
static size_t all_messages(uint32_t to, uint32_t from, uint64_t challenge, struct datagram *out)
{
    static uint8_t text[CLOSE_TEXT_MAXIMUM];
    const struct control_message messages[] = {
        {.kind = CONTROL_CHALLENGE_REQUEST, .challenge_request = {.has_client_id = true, .client_id = from}},
        {.kind = CONTROL_CHALLENGE_REQUEST,
         .challenge_request = {true, true, true, from, UINT64_MAX, PROTOCOL_VERSION}},
        {.kind = CONTROL_CHALLENGE_REPLY,
         .challenge_reply = {.has_client_id = true,
                             .has_challenge = true,
                             .has_version = true,
                             .client_id = to,
                             .challenge = challenge,
                             .version = PROTOCOL_VERSION}},
        {.kind = CONTROL_CONNECT_REQUEST, .connect_request = {.has_client_id = true, .client_id = from}},
        {.kind = CONTROL_CONNECT_REQUEST,
         .connect_request = {.has_client_id = true,
                             .has_challenge = true,
                             .has_client_time = true,
                             .client_id = from,
                             .challenge = challenge,
                             .client_time = 1}},
        {.kind = CONTROL_CONNECT_OK, .connect_ok = {.has_client_id = true, .client_id = to}},
        {.kind = CONTROL_CONNECT_OK,
         .connect_ok = {.has_client_id = true, .has_server_id = true, .client_id = to, .server_id = from}},
        {.kind = CONTROL_CONNECTION_CLOSED, .connection_closed = {.has_reason = true, .reason = 1000, .to_id = to}},
        {.kind = CONTROL_CONNECTION_CLOSED, .connection_closed = {.has_reason = true, .reason = 1000, .from_id = from}},
        {.kind = CONTROL_CONNECTION_CLOSED, .connection_closed = {true, 1000, to, from, {text, sizeof text}}},
        {.kind = CONTROL_NO_CONNECTION, .no_connection = {.to_id = to}},
        {.kind = CONTROL_NO_CONNECTION, .no_connection = {.from_id = from}},
        {.kind = CONTROL_NO_CONNECTION, .no_connection = {.to_id = to, .from_id = from}},
    };
    size_t count = sizeof messages / sizeof messages[0];

    memset(text, 'x', sizeof text);
    for (size_t i = 0; i < count; i++)
        out[i] = written(&messages[i]);
    return count;
}

enum { MESSAGES_MAX = 20 };

/* Everything that has a meaning, whole, cut short at every length, drawn out to every length. */
static void test_strangers_messages(void **state)
{
    struct datagram messages[MESSAGES_MAX];
    size_t count = all_messages(0x11111111, 0x22222222, 0x3333, messages);
    struct account account = account_of(0xc0000201);
    microseconds now = SECOND;

    (void)state;
    for (size_t i = 0; i < count; i++) {
        for (size_t length = 0; length < SIZES; length++) {
            struct datagram datagram = messages[i];

            datagram.length = length;
            say(&account, &datagram, now);
            now += MILLISECOND;
        }
    }
    assert_true(account.replies > 1000);
    assert_true(account.out < account.in);
}

/* Every first byte, with noise behind it, at many lengths. */
static void test_strangers_noise(void **state)
{
    struct account account = account_of(0xc0000202);
    microseconds now = SECOND;

    (void)state;
    for (int first = 0; first < 256; first++) {
        for (size_t length = 0; length < SIZES; length += 1 + length / 16) {
            struct datagram datagram;

            random_fill(&randomness.source, datagram.bytes, sizeof datagram.bytes);
            datagram.bytes[0] = (uint8_t)first;
            datagram.bytes[1] = (uint8_t)(length / 2); /* a length that may be right */
            datagram.bytes[2] = 0;
            datagram.length = length;
            say(&account, &datagram, now);
            now += MILLISECOND;
        }
    }
    assert_true(account.out <= account.in);
}

/* Messages changed a little: what parses by chance. */
static void test_strangers_changed_messages(void **state)
{
    struct datagram messages[MESSAGES_MAX];
    size_t count = all_messages(0x11111111, 0x22222222, 0x3333, messages);
    struct account account = account_of(0xc0000203);
    microseconds now = SECOND;

    (void)state;
    for (int i = 0; i < 100000; i++) {
        struct datagram datagram = messages[(size_t)i % count];

        for (uint64_t changes = random_below(&randomness.source, 4); changes > 0; changes--)
            datagram.bytes[random_below(&randomness.source, 40)] ^= (uint8_t)(1 << random_below(&randomness.source, 8));
        if (i % 3 == 0)
            datagram.length = random_below(&randomness.source, SIZES);
        say(&account, &datagram, now);
        now += 100;
    }
    assert_true(account.replies > 1000);
    assert_true(account.out < account.in);
}

/* ---- to the address of a connection ------------------------------------------------------------------------------ */

enum phase {
    SERVER_ASKED,       /* the application has not decided yet */
    SERVER_UNCONFIRMED, /* it has accepted, the client has not been heard since */
    SERVER_CONNECTED,
    SERVER_LINGERS,
    SERVER_REJECTED, /* closed before it was accepted */
    SERVER_CLOSED,
    SERVER_BROKEN,
    SERVER_CLOSED_BY_CLIENT,
    SERVER_RELEASED, /* and the application has let go */
    CLIENT_ASKS,
    CLIENT_CONNECTED,
    CLIENT_CLOSED,
    CLIENT_BROKEN,
    CLIENT_CLOSED_BY_SERVER,
    PHASES,
};

static struct line line;
static struct datagram heard[2][8]; /* the first datagrams to each side */
static int heard_count[2];
static int64_t said_to[2]; /* bytes */

static void remember(struct line *l, const struct transit *seen)
{
    (void)l;
    said_to[seen->to] += (int64_t)seen->length;
    if (heard_count[seen->to] < 8) {
        struct datagram *kept = &heard[seen->to][heard_count[seen->to]++];

        kept->length = seen->length;
        memcpy(kept->bytes, seen->bytes, seen->length);
    }
}

static int end_of(enum phase phase)
{
    return phase < CLIENT_ASKS ? SERVER : CLIENT;
}

/* Two ends that did the same every time, up to this point; then only the attacker is heard. */
static void reach(enum phase phase)
{
    int which = end_of(phase);

    assert_true(line_init(&line, "str:alice", "str:bob"));
    heard_count[CLIENT] = heard_count[SERVER] = 0;
    said_to[CLIENT] = said_to[SERVER] = 0;
    line.eavesdropper = remember;
    line.accept_after = phase == SERVER_ASKED || phase == SERVER_REJECTED ? TIME_NEVER : 0;
    assert_true(line_connect(&line));
    switch (phase) {
    case CLIENT_ASKS:
        return;
    case SERVER_ASKED:
    case SERVER_REJECTED:
        while (!line_server(&line))
            assert_true(line_step(&line, line.now + SECOND));
        break;
    case SERVER_UNCONFIRMED:
        while (line_state(&line, SERVER) != STATE_CONNECTED)
            assert_true(line_step(&line, line.now + SECOND));
        break;
    default:
        line_run(&line, SECOND);
        assert_int_equal(line_state(&line, SERVER), STATE_CONNECTED);
        break;
    }
    if (phase == SERVER_LINGERS)
        line_send(&line, SERVER, 1, 500, k_nSteamNetworkingSend_Reliable);
    if (phase == SERVER_CLOSED_BY_CLIENT || phase == SERVER_RELEASED || phase == CLIENT_CLOSED_BY_SERVER) {
        line_close(&line, !which, 1000, "bye", false);
        line_run(&line, 100 * MILLISECOND);
        assert_int_equal(line_state(&line, which), STATE_CLOSED_BY_PEER);
    }
    if (phase == SERVER_REJECTED || phase == SERVER_CLOSED || phase == CLIENT_CLOSED || phase == SERVER_RELEASED)
        line_close(&line, which, 1000, "over", false);
    else if (phase == SERVER_LINGERS)
        line_close(&line, which, 1000, "over", true);
    else if (phase == SERVER_BROKEN || phase == CLIENT_BROKEN)
        connection_fail(line.ends[which].owner.connection, 3005, "broken", line.now);
    line_flush(&line, which);
}

struct tally {
    int64_t before; /* what the end had received by then */
    int64_t in, out;
    int requests, challenges; /* connect requests and challenge requests among it */
};

/* Sends what one end has ready, to nobody. */
static void drain(struct connection *connection, struct tally *tally)
{
    static struct datagram_batch batch;
    SteamNetworkingIPAddr to;
    bool more = true;

    while (more) {
        const uint8_t *at = batch.bytes;

        datagram_batch_clear(&batch);
        more = connection_send(connection, &batch, line.now);
        for (int i = 0; i < batch.count; at += batch.sizes[i++]) {
            tally->out += (int64_t)batch.sizes[i];
            tally->requests += at[0] == 0x22;
            tally->challenges += at[0] == 0x20;
        }
    }
    while (connection_send_elsewhere(connection, batch.bytes, &to, line.now) > 0)
        fail_msg("a probe went somewhere else");
}

static void wait_until(struct connection *connection, microseconds until, struct tally *tally)
{
    while (connection_state(connection) != STATE_DEAD && connection_deadline(connection, line.now) <= until) {
        line.now = time_later(line.now, connection_deadline(connection, line.now));
        connection_tick(connection, line.now);
        drain(connection, tally);
    }
    line.now = until;
}

typedef const struct datagram *(*attack)(int i, const void *context);

/* What one end sends within half a minute while so many datagrams come that only look like the peer's. */
static struct tally suffer(enum phase phase, attack next, const void *context, int count, microseconds apart)
{
    struct connection *connection;
    struct tally tally = {0};
    microseconds began;

    reach(phase);
    connection = line.ends[end_of(phase)].owner.connection;
    began = line.now;
    tally.before = said_to[end_of(phase)];
    for (int i = 0; i < count && connection_state(connection) != STATE_DEAD; i++) {
        const struct datagram *datagram = next(i, context);

        feed(connection, datagram->bytes, datagram->length, line.now);
        tally.in += (int64_t)datagram->length;
        drain(connection, &tally);
        wait_until(connection, line.now + apart, &tally);
    }
    wait_until(connection, began + 30 * SECOND, &tally);
    line_end(&line);
    return tally;
}

/*
 * What the attack has added to what is sent anyway is at most three times what came from that address: in the attack,
 * and, as far as it can be saved up, before. A client that asks says with each challenge that comes as much as with the
 * first; it may do so as often as it has asked.
 */
static void check(enum phase phase, attack next, const void *context, int count, microseconds apart, const char *what)
{
    static struct tally quiet[PHASES];
    struct tally suffered;
    int64_t saved;

    if (quiet[phase].out == 0)
        quiet[phase] = suffer(phase, next, context, 0, 0);
    suffered = suffer(phase, next, context, count, apart);
    if (phase == CLIENT_ASKS && suffered.requests > 0) {
        assert_true(suffered.requests <= suffered.challenges + 1); /* the first one was asked in reach */
        return;
    }
    saved = 3 * suffered.before < REPLY_CREDIT_MAXIMUM ? 3 * suffered.before : REPLY_CREDIT_MAXIMUM;
    if (suffered.out - quiet[phase].out > 3 * suffered.in + saved)
        fail_msg("phase %d: %s, %d times: %lld bytes answer %lld", phase, what, count,
                 (long long)(suffered.out - quiet[phase].out), (long long)suffered.in);
}

static const struct datagram *the_same(int i, const void *context)
{
    (void)i;
    return context;
}

static struct datagram data_packet(uint32_t to, size_t length)
{
    struct datagram datagram = {.length = length};

    memset(datagram.bytes, 0x5a, sizeof datagram.bytes);
    datagram.bytes[0] = DATAGRAM_DATA_FLAG;
    memcpy(datagram.bytes + 1, &to, sizeof to);
    return datagram;
}

static void throw_at(enum phase phase, const struct datagram *datagram, const char *what)
{
    static const struct {
        int count;
        microseconds apart;
    } ways[] = {{2, MILLISECOND}, {60, 25 * MILLISECOND}};

    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
        check(phase, the_same, datagram, ways[i].count, ways[i].apart, what);
}

/* In every state, every message with the right and with wrong ids, and what the peer really has said. */
static void test_messages_to_connections(void **state)
{
    (void)state;
    for (int phase = 0; phase < PHASES; phase++) {
        uint32_t own = end_of(phase) == SERVER ? 0x33334444 : 0x11112222;
        uint32_t peer = end_of(phase) == SERVER ? 0x11112222 : 0x33334444;
        struct datagram messages[4 * MESSAGES_MAX];
        size_t count = all_messages(own, peer, 7, messages);
        char what[64];

        count += all_messages(own ^ 1, peer, 7, messages + count);
        count += all_messages(own, peer ^ 1, 7, messages + count);
        count += all_messages(0, peer, 7, messages + count);
        for (size_t i = 0; i < count; i++) {
            snprintf(what, sizeof what, "message %zu", i);
            throw_at(phase, &messages[i], what);
        }
        reach(phase);
        count = (size_t)heard_count[end_of(phase)];
        memcpy(messages, heard[end_of(phase)], count * sizeof messages[0]);
        line_end(&line);
        for (size_t i = 0; i < count; i++) {
            snprintf(what, sizeof what, "what it heard, %zu", i);
            throw_at(phase, &messages[i], what);
        }
    }
}

/* Data packets of every size, for this connection and for another one. */
static void test_data_to_connections(void **state)
{
    (void)state;
    for (int phase = 0; phase < PHASES; phase++) {
        uint32_t own = end_of(phase) == SERVER ? 0x33334444 : 0x11112222;

        for (size_t length = SMALLEST; length < DATAGRAM_MAXIMUM; length += 1 + length / 4) {
            struct datagram right = data_packet(own, length), wrong = data_packet(own ^ 0x100, length);

            throw_at(phase, &right, "data");
            throw_at(phase, &wrong, "data for another");
        }
    }
}

struct variation {
    struct datagram originals[8];
    int count;
};

/* Something that was said, changed. */
static const struct datagram *varied(int i, const void *context)
{
    const struct variation *variation = context;
    static struct datagram datagram;

    datagram = variation->originals[i % variation->count];
    for (uint64_t changes = random_below(&randomness.source, 3); changes > 0; changes--)
        datagram.bytes[random_below(&randomness.source, datagram.length < 60 ? datagram.length : 60)] =
            (uint8_t)random_below(&randomness.source, 256);
    if (random_below(&randomness.source, 2))
        datagram.length = random_below(&randomness.source, datagram.length + 1);
    return &datagram;
}

static void test_changed_messages_to_connections(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        for (int phase = 0; phase < PHASES; phase++) {
            struct variation variation;
            uint32_t own = end_of(phase) == SERVER ? 0x33334444 : 0x11112222;
            char what[64];

            random_generator_init(&randomness, seed);
            reach(phase);
            variation.count = heard_count[end_of(phase)];
            memcpy(variation.originals, heard[end_of(phase)], sizeof variation.originals);
            line_end(&line);
            if (variation.count < 8)
                variation.originals[variation.count++] = data_packet(own, 60);
            snprintf(what, sizeof what, "changed messages, seed %d", (int)seed);
            check(phase, varied, &variation, 1000, 2 * MILLISECOND, what);
        }
    }
}

/*
 * A client that disappears after any of its datagrams, or never was: all that the server ever sends there, until it has
 * given up, is at most three times what it has got.
 */
static void test_clients_that_disappear(void **state)
{
    static const enum phase phases[] = {SERVER_ASKED, SERVER_UNCONFIRMED, SERVER_REJECTED};

    (void)state;
    for (size_t i = 0; i < sizeof phases / sizeof phases[0]; i++) {
        struct connection *server;
        struct tally tally = {0};

        reach(phases[i]);
        server = line_server(&line);
        drain(server, &tally);
        wait_until(server, line.now + 60 * SECOND, &tally);
        connection_close(server, 0, NULL, false, line.now); /* as an application does when it hears of the end */
        drain(server, &tally);
        wait_until(server, line.now + 60 * SECOND, &tally);
        assert_int_equal(connection_state(server), STATE_DEAD);
        if (said_to[CLIENT] + tally.out > 3 * said_to[SERVER])
            fail_msg("phase %d: %lld bytes answer %lld", (int)phases[i], (long long)(said_to[CLIENT] + tally.out),
                     (long long)said_to[SERVER]);
        assert_true(said_to[CLIENT] + tally.out > 0);
        line_end(&line);
    }
}

/* ---- to an address where the peer may be ------------------------------------------------------------------------- */

static struct account elsewhere[64];
static int elsewhere_count;

static struct account *account_at(const SteamNetworkingIPAddr *address)
{
    for (int i = 0; i < elsewhere_count; i++)
        if (address_equal(&elsewhere[i].address, address))
            return &elsewhere[i];
    assert_true(elsewhere_count < 64);
    elsewhere[elsewhere_count] = (struct account){.address = *address};
    return &elsewhere[elsewhere_count++];
}

/* Copies of every packet, of any length, come from some addresses in turn, before the packet itself. */
static void copy_away(struct line *l, const struct transit *seen)
{
    SteamNetworkingIPAddr from;

    if (seen->to == CLIENT) {
        if (!address_equal(&seen->to_address, &l->ends[CLIENT].address))
            account_at(&seen->to_address)->out += (int64_t)seen->length;
        return;
    }
    if (!(seen->bytes[0] & DATAGRAM_DATA_FLAG))
        return;
    address_set_ipv4(&from, 0xcb007101 + (uint32_t)(l->sent / 3 % 20), 666);
    account_at(&from)->in += (int64_t)seen->length;
    line_put_between(l, SERVER, &from, &seen->to_address, seen->bytes, seen->length, -MILLISECOND);
}

static void test_probes(void **state)
{
    int64_t out = 0;

    (void)state;
    assert_true(line_init(&line, "str:alice", "str:bob"));
    line_establish(&line);
    elsewhere_count = 0;
    line.eavesdropper = copy_away;
    for (uint32_t i = 0; i < 2000; i++) {
        line.cut = i % 7 == 3; /* sometimes only the copy arrives */
        line_send(&line, CLIENT, i, 1 + (int)(i % 50), k_nSteamNetworkingSend_UnreliableNoNagle);
        line_run(&line, 30 * MILLISECOND);
    }
    assert_true(elsewhere_count >= 20);
    for (int i = 0; i < elsewhere_count; i++) {
        out += elsewhere[i].out;
        assert_true(elsewhere[i].out <= 3 * elsewhere[i].in);
    }
    assert_true(out > 0);
    line_end(&line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_strangers_messages, begin_listener),
        cmocka_unit_test_setup(test_strangers_noise, begin_listener),
        cmocka_unit_test_setup(test_strangers_changed_messages, begin_listener),
        cmocka_unit_test(test_clients_that_disappear),
        cmocka_unit_test(test_messages_to_connections),
        cmocka_unit_test(test_data_to_connections),
        cmocka_unit_test_setup(test_changed_messages_to_connections, begin_listener),
        cmocka_unit_test(test_probes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
