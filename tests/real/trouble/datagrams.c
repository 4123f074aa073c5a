/*
 * Datagrams that no peer should send: damaged, cut short, repeated, out of order, from somebody else. They are dropped
 * and counted by cause, nothing is remembered of those who have not shown that they receive where they claim to be, and
 * nobody is sent more than he sent.
 */
#include "api/fixture.h"
#include "harness/forger.h"
#include "harness/home.h"
#include "harness/memory.h"
#include "harness/runner.h"
#include "trouble/through_middleman.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    DATA_FLAG = 0x80, /* in the first byte of a data packet */
    LOOPBACK = 0x7f000001,
};

/* ---- counters --------------------------------------------------------------------------------------------------- */

enum {
    /* The counters of causes stand in two groups. */
    FIRST_CAUSES = (offsetof(struct FumaroleStatistics, service_wake_ups) -
                    offsetof(struct FumaroleStatistics, dropped_too_short)) /
                   8,
    LATER_CAUSES = (sizeof(struct FumaroleStatistics) - offsetof(struct FumaroleStatistics, dropped_address_limit)) / 8,
    CAUSES = FIRST_CAUSES + LATER_CAUSES,
};

struct drops {
    uint64 count[CAUSES];
};

#define PLACE(name) offsetof(struct FumaroleStatistics, dropped_##name)
#define CAUSE(name)                                                                                                    \
    (PLACE(name) < PLACE(address_limit) ? (PLACE(name) - PLACE(too_short)) / 8                                         \
                                        : FIRST_CAUSES + (PLACE(name) - PLACE(address_limit)) / 8)

static struct drops drops_now(void)
{
    struct FumaroleStatistics statistics = {.size = sizeof(statistics)};
    struct drops drops;

    Fumarole_GetStatistics(&statistics);
    memcpy(drops.count, &statistics.dropped_too_short, FIRST_CAUSES * sizeof(uint64));
    memcpy(drops.count + FIRST_CAUSES, &statistics.dropped_address_limit, LATER_CAUSES * sizeof(uint64));
    return drops;
}

static uint64 dropped_since(const struct drops *before, size_t cause)
{
    return drops_now().count[cause] - before->count[cause];
}

static uint64 all_dropped_since(const struct drops *before)
{
    struct drops now = drops_now();
    uint64 sum = 0;

    for (size_t i = 0; i < CAUSES; i++)
        sum += now.count[i] - before->count[i];
    return sum;
}

/* ---- a client and a server with the middleman between them ------------------------------------------------------ */

static int outstanding(HSteamNetConnection connection)
{
    SteamNetConnectionRealTimeStatus_t status;

    assert_int_equal(S(GetConnectionRealTimeStatus, connection, &status, 0, NULL), k_EResultOK);
    return status.m_cbPendingReliable + status.m_cbPendingUnreliable + status.m_cbSentUnackedReliable;
}

/* And nothing is left to be acknowledged. */
static void talk_out(int count)
{
    talk(count);
    await_through(outstanding(pair.client) == 0 && outstanding(pair.server) == 0);
}

static void expect_unharmed(void)
{
    SteamNetworkingMessage_t *message;

    assert_int_equal(state_of(pair.client), CONNECTED);
    assert_int_equal(state_of(pair.server), CONNECTED);
    talk_out(20);
    assert_int_equal(S(ReceiveMessagesOnConnection, pair.client, &message, 1), 0);
    assert_int_equal(S(ReceiveMessagesOnConnection, pair.server, &message, 1), 0);
    assert_int_equal(incoming(pair.listener), pair.server); /* and nobody else came in */
}

/* A sequence that depends on nothing but its seed. */
static uint32_t random_state;

static uint32_t random_number(uint32_t below)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)random_state * below >> 32);
}

/* ---- damaged ---------------------------------------------------------------------------------------------------- */

static size_t damage(const struct kept_datagram *original, uint8_t *out)
{
    size_t length = original->length;

    memcpy(out, original->bytes, length);
    for (uint32_t flips = 1 + random_number(8); flips > 0; flips--)
        out[random_number((uint32_t)length)] ^= (uint8_t)(1u << random_number(8));
    if (random_number(4) == 0)
        length = random_number((uint32_t)length + 1);
    return length;
}

static size_t noise(uint8_t *out)
{
    size_t length = random_number(1400);

    for (size_t i = 0; i < length; i++)
        out[i] = (uint8_t)random_number(256);
    if (length > 0 && random_number(2))
        out[0] = (uint8_t)(0x20 + random_number(6)); /* at least the id of a message */
    return length;
}

/* The handshake and the first messages of a connection, as they were said. */
static struct kept_datagram originals[2][64];
static int original_count[2];

static void remember_originals(void)
{
    talk_out(10);
    for (int direction = 0; direction < 2; direction++) {
        int count = middle.count[direction];

        original_count[direction] = count < 64 ? count : 64;
        for (int i = 0; i < original_count[direction]; i++) /* the oldest, which are the handshake */
            originals[direction][i] = *middleman_kept(&middle, (enum direction)direction, count - 1 - i);
    }
}

static const struct kept_datagram *any_original(int direction)
{
    return &originals[direction][random_number((uint32_t)original_count[direction])];
}

static void malformed_datagrams(void **state)
{
    enum { DATAGRAMS = 2000 };
    static const uint32_t seeds[] = {1, 2, 3};
    uint8_t bytes[DATAGRAM_ROOM];

    (void)state;
    connect_through();
    remember_originals();
    for (size_t s = 0; s < sizeof(seeds) / sizeof(seeds[0]); s++) {
        random_state = seeds[s];
        for (int i = 0; i < DATAGRAMS; i++) {
            int direction = (int)random_number(2);
            const struct kept_datagram *original = any_original((int)random_number(2));

            /* Not the handshake: with the right ids in it, it means what it says. */
            if (original->bytes[0] & DATA_FLAG)
                middleman_send(&middle, (enum direction)direction, bytes, damage(original, bytes));
            middleman_send(&middle, (enum direction)direction, bytes, noise(bytes));
            middleman_work(&middle);
        }
        if (state_of(pair.client) != CONNECTED || state_of(pair.server) != CONNECTED)
            print_error("seed %u\n", seeds[s]);
        expect_unharmed();
    }
    middleman_close(&middle);
    stop(NULL);
}

/* Each datagram of a stranger is answered or counted, never both and never neither. */
static void throw_and_account(int stranger, const void *data, size_t length)
{
    struct drops before = drops_now();
    uint8_t reply[DATAGRAM_ROOM];
    int received = -1;

    raw_send(stranger, &pair.address, data, length);
    await_through((received = raw_receive(stranger, reply, sizeof(reply), NULL, 0)) >= 0 ||
                  all_dropped_since(&before) > 0);
    if (received >= 0) {
        assert_int_equal(all_dropped_since(&before), 0);
        assert_true((size_t)received <= length);
    } else {
        assert_int_equal(all_dropped_since(&before), 1);
    }
}

static void malformed_datagrams_from_strangers(void **state)
{
    enum { DATAGRAMS = 1500 };
    uint8_t bytes[DATAGRAM_ROOM];
    int stranger;

    (void)state;
    connect_through();
    remember_originals();
    stranger = raw_open(LOOPBACK, 0);
    random_state = 4;
    for (int i = 0; i < DATAGRAMS; i++) {
        throw_and_account(stranger, bytes, damage(any_original((int)random_number(2)), bytes));
        throw_and_account(stranger, bytes, noise(bytes));
    }
    expect_unharmed();
    close(stranger);
    middleman_close(&middle);
    stop(NULL);
}

/* ---- cut short -------------------------------------------------------------------------------------------------- */

static void truncated_datagrams(void **state)
{
    int stranger;

    (void)state;
    connect_through();
    remember_originals();
    stranger = raw_open(LOOPBACK, 0);
    for (int direction = 0; direction < 2; direction++) {
        for (int i = 0; i < original_count[direction]; i++) {
            const struct kept_datagram *original = &originals[direction][i];

            for (size_t length = 0; length<original->length; length += original->length> 100 && length > 40 ? 7 : 1) {
                middleman_send(&middle, TO_SERVER, original->bytes, length);
                middleman_send(&middle, TO_CLIENT, original->bytes, length);
                middleman_work(&middle);
            }
        }
    }
    expect_unharmed();
    for (int direction = 0; direction < 2; direction++) {
        for (int i = 0; i < original_count[direction] && i < 8; i++) {
            for (size_t length = 0; length < originals[direction][i].length; length++)
                throw_and_account(stranger, originals[direction][i].bytes, length);
        }
    }
    expect_unharmed();
    close(stranger);
    middleman_close(&middle);
    stop(NULL);
}

/* ---- again ------------------------------------------------------------------------------------------------------ */

static void replayed_datagrams(void **state)
{
    struct drops before;
    uint64 replays = 0;

    (void)state;
    connect_through();
    remember_originals();
    for (int i = 0; i < 60; i++)
        talk_out(1);
    before = drops_now();
    for (int direction = 0; direction < 2; direction++) {
        int count = middle.count[direction];

        for (int i = 0; i < count; i++) {
            const struct kept_datagram *kept = middleman_kept(&middle, (enum direction)direction, i);

            for (int k = 0; k < 2; k++)
                middleman_send(&middle, (enum direction)direction, kept->bytes, kept->length);
            replays += kept->bytes[0] & DATA_FLAG ? 2 : 0;
        }
    }
    assert_true(replays > 200);
    await_through(dropped_since(&before, CAUSE(duplicate)) >= replays);
    expect_unharmed();
    assert_int_equal(dropped_since(&before, CAUSE(duplicate)), replays);
    assert_int_equal(dropped_since(&before, CAUSE(bad_seal)), 0);

    /* From somewhere else they are nobody's. */
    before = drops_now();
    replays = 0;
    {
        int stranger = raw_open(LOOPBACK + 1, 0);

        for (int i = 0; i < original_count[TO_SERVER]; i++, replays++)
            raw_send(stranger, &pair.address, originals[TO_SERVER][i].bytes, originals[TO_SERVER][i].length);
        close(stranger);
    }
    await_through(dropped_since(&before, CAUSE(no_connection)) + dropped_since(&before, CAUSE(bad_challenge)) + 2 >=
                  replays); /* a challenge request or two were answered */
    expect_unharmed();
    middleman_close(&middle);
    stop(NULL);
}

/* ---- out of order ----------------------------------------------------------------------------------------------- */

enum { HELD = 8 };

static struct {
    struct kept_datagram datagrams[HELD];
    int count;
} held[2];

/* Lets datagrams out in groups, the last first. */
static bool turn_round(struct middleman *middleman, enum direction direction, uint8_t *data, size_t *length)
{
    struct kept_datagram *place = &held[direction].datagrams[held[direction].count++];

    place->length = *length;
    memcpy(place->bytes, data, *length);
    while (held[direction].count == HELD || (middleman->context && held[direction].count > 0)) {
        for (int i = held[direction].count; i-- > 0;)
            middleman_send(middleman, direction, held[direction].datagrams[i].bytes,
                           held[direction].datagrams[i].length);
        held[direction].count = 0;
    }
    return false;
}

static void reordered_datagrams(void **state)
{
    enum { MESSAGES = 300 };
    SteamNetworkingMessage_t *message;
    bool seen[MESSAGES] = {false};
    int next_reliable = 0, unreliable = 0;

    (void)state;
    connect_through();
    talk_out(5);
    middle.judge = turn_round;
    for (int i = 0; i < MESSAGES; i++) {
        assert_int_equal(S(SendMessageToConnection, pair.client, &i, sizeof(i), RELIABLE_NOW, NULL), k_EResultOK);
        assert_int_equal(
            S(SendMessageToConnection, pair.client, &i, sizeof(i), k_nSteamNetworkingSend_UnreliableNoNagle, NULL),
            k_EResultOK);
    }
    while (next_reliable < MESSAGES) {
        int number;

        await_through(S(ReceiveMessagesOnConnection, pair.server, &message, 1) == 1);
        memcpy(&number, message->m_pData, sizeof(number));
        if (message->m_nFlags & RELIABLE) {
            assert_int_equal(number, next_reliable++);
        } else {
            assert_true(number >= 0 && number < MESSAGES && !seen[number]);
            seen[number] = true;
            unreliable++;
        }
        release(message);
    }
    assert_true(unreliable > MESSAGES / 2);
    middle.context = &middle; /* hold nothing back any more */
    while (S(ReceiveMessagesOnConnection, pair.server, &message, 1) == 1)
        release(message);
    await_through(outstanding(pair.client) == 0);
    while (S(ReceiveMessagesOnConnection, pair.server, &message, 1) == 1)
        release(message);
    expect_unharmed();
    middleman_close(&middle);
    stop(NULL);
}

/* ---- from somebody else ----------------------------------------------------------------------------------------- */

static void send_forged(int descriptor, const SteamNetworkingIPAddr *to, struct forged forged)
{
    raw_send(descriptor, to, forged.bytes, forged.length);
}

static void spoofed_datagrams(void **state)
{
    struct drops before;
    int stranger, place = 0;

    (void)state;
    connect_through();
    remember_originals();
    stranger = raw_open(LOOPBACK + 2, 0);
    before = drops_now();

    /* From another address, with the right ids. */
    send_forged(stranger, &pair.address, forge_closed(pair.server, pair.client, 1000, "go away"));
    send_forged(stranger, &pair.address, forge_no_connection(pair.server, pair.client));
    send_forged(stranger, &pair.address, forge_data(pair.server, 500, 100));
    place = middle.count[TO_SERVER];
    talk_out(5);
    assert_true(middle.count[TO_SERVER] > place);
    raw_send(stranger, &pair.address, middleman_kept(&middle, TO_SERVER, 0)->bytes,
             middleman_kept(&middle, TO_SERVER, 0)->length);
    await_through(all_dropped_since(&before) >= 3);

    /* From the right address, with wrong ids. */
    before = drops_now();
    for (int direction = 0; direction < 2; direction++) {
        uint32_t own = direction == TO_SERVER ? pair.server : pair.client;
        uint32_t peer = direction == TO_SERVER ? pair.client : pair.server;
        const struct forged forged[] = {forge_closed(own ^ 1, peer, 1000, "go away"),
                                        forge_closed(0, peer ^ 0x10000, 1000, "go away"),
                                        forge_closed(own ^ 0x80000000, 0, 1000, "go away"),
                                        forge_no_connection(own ^ 1, peer),
                                        forge_no_connection(own, peer ^ 1),
                                        forge_data(own ^ 1, 500, 100),
                                        forge_data(own, 500, 100),
                                        forge_challenge_request(peer ^ 1)};

        for (size_t i = 0; i < sizeof(forged) / sizeof(forged[0]); i++)
            middleman_send(&middle, (enum direction)direction, forged[i].bytes, forged[i].length);
    }
    await_through(dropped_since(&before, CAUSE(wrong_id)) >= 12 && dropped_since(&before, CAUSE(bad_seal)) >= 2);
    expect_unharmed();
    close(stranger);
    middleman_close(&middle);
    stop(NULL);
}

/* A datagram with any source address that the system lets us write into it; -1 where that needs more rights. */
static int open_raw_ip(void)
{
    int descriptor = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);

    return descriptor;
}

static void send_from_anywhere(int descriptor, const SteamNetworkingIPAddr *to, uint32_t from, uint16_t port,
                               const struct forged *forged)
{
    struct __attribute__((packed)) {
        uint8_t version, service;
        uint16_t length, number, fragment;
        uint8_t hops, protocol;
        uint16_t checksum;
        uint32_t from, to;
        uint16_t from_port, to_port, udp_length, udp_checksum;
        uint8_t data[FORGED_MAXIMUM];
    } packet = {.version = 0x45,
                .length = htons((uint16_t)(28 + forged->length)),
                .hops = 64,
                .protocol = IPPROTO_UDP,
                .from = htonl(from),
                .to = htonl(LOOPBACK),
                .from_port = htons(port),
                .to_port = htons(to->m_port),
                .udp_length = htons((uint16_t)(8 + forged->length))};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(LOOPBACK)};

    memcpy(packet.data, forged->bytes, forged->length);
    assert_true(sendto(descriptor, &packet, 28 + forged->length, 0, (struct sockaddr *)&address, sizeof(address)) > 0);
}

/*
 * A hundred thousand requests from as many places: half ask for a challenge, half pretend to have one. Nothing stays
 * behind: no connection, no callback, no memory. The connection that is there goes on meanwhile.
 */
static void a_hundred_thousand_spoofed_requests(void **state)
{
    enum { BURST = 50, BURSTS = 1000 };
    struct forged request = forge_challenge_request(77), connect;
    struct connect_recipe recipe = {.client_id = 77, .challenge = 0x1234567812345678, .identity = "str:spoofer"};
    long blocks, bytes;
    struct drops before;
    int raw, events;

    (void)state;
    connect = forge_connect_request(&recipe);
    memory_install();
    connect_through();
    talk_out(50);
    raw = open_raw_ip();
    forget_log();
    blocks = memory_blocks();
    bytes = memory_bytes();
    memory_forget_peak();
    before = drops_now();
    events = fixture_event_count;
    for (uint32_t burst = 0; burst < BURSTS; burst++) {
        uint32_t from = 0x7f010000 + burst * 256;
        int plain = raw >= 0 ? -1 : raw_open(from + 1, 0);

        for (uint32_t i = 0; i < BURST; i++) {
            if (raw >= 0) {
                send_from_anywhere(raw, &pair.address, from + i, (uint16_t)(1024 + random_number(60000)), &request);
                send_from_anywhere(raw, &pair.address, from + i, (uint16_t)(1024 + random_number(60000)), &connect);
            } else {
                raw_send(plain, &pair.address, request.bytes, request.length);
                raw_send(plain, &pair.address, connect.bytes, connect.length);
            }
        }
        if (plain >= 0)
            close(plain);
        await_through(dropped_since(&before, CAUSE(bad_challenge)) >= (uint64)(burst + 1) * BURST);
    }
    assert_int_equal(dropped_since(&before, CAUSE(bad_challenge)), BURST * BURSTS);
    assert_int_equal(all_dropped_since(&before), BURST * BURSTS); /* the other half was answered */
    assert_int_equal(fixture_event_count, events);
    assert_true(memory_blocks() <= blocks + 2);
    assert_true(memory_peak_bytes() < bytes + 20000);
    expect_unharmed();
    if (raw >= 0)
        close(raw);
    middleman_close(&middle);
    stop(NULL);
    assert_int_equal(memory_blocks(), 0);
}

/* ---- what is answered ------------------------------------------------------------------------------------------- */

static void no_reply_is_larger_than_its_request(void **state)
{
    struct connect_recipe recipe = {.client_id = 5, .identity = "str:asker"};
    uint8_t bytes[DATAGRAM_ROOM];
    int stranger, largest = 0, length;

    (void)state;
    connect_through();
    remember_originals();
    stranger = raw_open(LOOPBACK, 0);

    /* Whatever is said to a listener, it answers with less or nothing; throw_and_account looks at that. */
    throw_and_account(stranger, forge_challenge_request(6).bytes, forge_challenge_request(6).length);
    throw_and_account(stranger, forge_no_connection(1, 2).bytes, forge_no_connection(1, 2).length);
    throw_and_account(stranger, forge_data(9, 1, 0).bytes, forge_data(9, 1, 0).length);
    recipe.challenge = 5;
    throw_and_account(stranger, forge_connect_request(&recipe).bytes, forge_connect_request(&recipe).length);
    for (int ids = 0; ids < 4; ids++) {
        struct forged closed = forge_closed(ids & 1 ? 0x11111111 : 0, ids & 2 ? 0x22222222 : 0, 1000, "");

        usleep(300000); /* at most one of these is answered in 250 ms */
        throw_and_account(stranger, closed.bytes, closed.length);
    }

    /*
     * Who has returned the challenge is there and may be told more than he said: the refusal of somebody else's twin is
     * as long as the protocol wants every goodbye to be.
     */
    recipe.challenge = ask_challenge(stranger, &pair.address, 5);
    send_forged(stranger, &pair.address, forge_connect_request(&recipe));
    await_through(incoming(pair.listener) != pair.server);
    {
        int twin = raw_open(LOOPBACK + 3, 0);
        struct forged again;

        recipe.challenge = ask_challenge(twin, &pair.address, 5);
        again = forge_connect_request(&recipe);
        send_forged(twin, &pair.address, again);
        await_through((length = raw_receive(twin, bytes, sizeof(bytes), NULL, 0)) >= 0);
        assert_int_equal(bytes[0], 0x24); /* ConnectionClosed */
        assert_true(length <= 512);
        close(twin);
    }

    /* Data for connections that are not there, at the address of one that is. */
    for (size_t size = 0; size < 30; size++) {
        struct forged data = forge_data(pair.server ^ 1, 1, size);
        int before = middle.count[TO_CLIENT];

        middleman_send(&middle, TO_SERVER, data.bytes, data.length);
        usleep(10000);
        middleman_work(&middle);
        for (int i = 0; i < middle.count[TO_CLIENT] - before; i++) {
            const struct kept_datagram *kept = middleman_kept(&middle, TO_CLIENT, i);

            if (!(kept->bytes[0] & DATA_FLAG)) {
                largest = (int)kept->length > largest ? (int)kept->length : largest;
                assert_true(kept->length <= data.length);
            }
        }
    }
    close(stranger);
    middleman_close(&middle);
    stop(NULL);
}

/* ---- every cause ------------------------------------------------------------------------------------------------ */

/* Exactly one more datagram was dropped, for this reason. */
#define expect_drop(before, name)                                                                                      \
    do {                                                                                                               \
        await_through(all_dropped_since(before) > 0);                                                                  \
        assert_int_equal(dropped_since(before, CAUSE(name)), 1);                                                       \
        assert_int_equal(all_dropped_since(before), 1);                                                                \
        *(before) = drops_now();                                                                                       \
    } while (0)

static void every_cause_is_counted(void **state)
{
    static const uint8_t filler[1400] = {0x22, 0xff, 0xff, 0xff};
    struct connect_recipe recipe = {.client_id = 9};
    struct drops before;
    struct forged forged;
    int stranger;

    (void)state;
    start_as("str:honest");
    knock_through();
    stranger = raw_open(LOOPBACK, 0);
    before = drops_now();

    raw_send(stranger, &pair.address, filler, 4);
    expect_drop(&before, too_short);
    raw_send(stranger, &pair.address, filler, 1301);
    expect_drop(&before, too_long);
    raw_send(stranger, &pair.address, "\x55more", 5);
    expect_drop(&before, unknown_message);
    raw_send(stranger, &pair.address, filler, 600);
    expect_drop(&before, malformed);
    send_forged(stranger, &pair.address, forge_data(1, 1, 50));
    expect_drop(&before, no_connection);
    recipe.challenge = 99;
    send_forged(stranger, &pair.address, forge_connect_request(&recipe));
    expect_drop(&before, bad_challenge);
    recipe.challenge = ask_challenge(stranger, &pair.address, 9);
    recipe.identity = "ip:9.9.9.9";
    send_forged(stranger, &pair.address, forge_connect_request(&recipe));
    expect_drop(&before, bad_identity);

    forged = forge_data(pair.server, 3, 50); /* before it is accepted */
    middleman_send(&middle, TO_SERVER, forged.bytes, forged.length);
    expect_drop(&before, wrong_state);
    assert_int_equal(S(AcceptConnection, pair.server), k_EResultOK);
    await_through(state_of(pair.client) == CONNECTED);
    talk_out(3);
    before = drops_now();
    forged = forge_data(pair.server, 1000, 50);
    middleman_send(&middle, TO_SERVER, forged.bytes, forged.length);
    expect_drop(&before, bad_seal);
    /* The server answers that it does not know that connection; neither does the client. */
    forged = forge_data(pair.server ^ 7, 1000, 50);
    middleman_send(&middle, TO_SERVER, forged.bytes, forged.length);
    await_through(dropped_since(&before, CAUSE(wrong_id)) == 2);
    assert_int_equal(all_dropped_since(&before), 2);
    before = drops_now();
    middleman_send(&middle, TO_SERVER, middleman_kept(&middle, TO_SERVER, 0)->bytes,
                   middleman_kept(&middle, TO_SERVER, 0)->length);
    expect_drop(&before, duplicate);
    close(stranger);
    middleman_close(&middle);
    stop(NULL);
}

/* That one takes a listener which lets nobody in who has no name; local mode gives it the certificate that it needs. */
static void anonymous_requests_are_counted(void **state)
{
    SteamNetworkingConfigValue_t strict[2] = {int_option(k_ESteamNetworkingConfig_IP_AllowWithoutAuth, 0),
                                              int_option(k_ESteamNetworkingConfig_IPLocalHost_AllowWithoutAuth, 0)};
    struct connect_recipe recipe = {.client_id = 9};
    struct drops before;
    int stranger;

    (void)state;
    make_home();
    start_as("str:strict");
    pair.listener = listen_with(2, strict, &pair.address);
    middleman_open(&middle, &pair.address);
    stranger = raw_open(LOOPBACK, 0);
    recipe.challenge = ask_challenge(stranger, &pair.address, 9);
    before = drops_now();
    send_forged(stranger, &pair.address, forge_connect_request(&recipe));
    expect_drop(&before, anonymous_refused);
    assert_int_equal(incoming(pair.listener), 0);
    close(stranger);
    middleman_close(&middle);
    stop(NULL);
}

int main(int argc, char **argv)
{
    static const struct real_case cases[] = {
        real_case(malformed_datagrams),
        real_case(malformed_datagrams_from_strangers),
        real_case(truncated_datagrams),
        real_case(replayed_datagrams),
        real_case(reordered_datagrams),
        real_case(spoofed_datagrams),
        real_case(a_hundred_thousand_spoofed_requests),
        real_case(no_reply_is_larger_than_its_request),
        real_case(every_cause_is_counted),
        real_case(anonymous_requests_are_counted),
    };

    return run_cases(argc, argv, cases);
}
