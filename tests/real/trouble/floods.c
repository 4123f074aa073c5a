/*
 * Strangers in great numbers: what they may have is limited, costs no memory, and leaves the clients that are there
 * alone (docs/security.md, Floods).
 */
#include "api/fixture.h"
#include "harness/forger.h"
#include "harness/memory.h"
#include "harness/private_network.h"
#include "harness/process.h"
#include "harness/raw_socket.h"
#include "harness/runner.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define S(name, ...) SteamAPI_ISteamNetworkingSockets_##name(sockets, ##__VA_ARGS__)

enum {
    LOOPBACK = 0x7f000001,
    ANSWER_MS = 2000, /* after which what may get lost counts as lost */
};

static struct FumaroleStatistics statistics_now(void)
{
    struct FumaroleStatistics statistics = {.size = sizeof(statistics)};

    Fumarole_GetStatistics(&statistics);
    return statistics;
}

#define dropped_since(before, cause) (statistics_now().dropped_##cause - (before).dropped_##cause)

static void limit(HSteamListenSocket listener, ESteamNetworkingConfigValue value, int32 number)
{
    assert_true(SteamAPI_ISteamNetworkingUtils_SetConfigValue(utils, value, k_ESteamNetworkingConfig_ListenSocket,
                                                              (intptr_t)listener, k_ESteamNetworkingConfig_Int32,
                                                              &number));
}

static void say(int descriptor, const SteamNetworkingIPAddr *to, const struct forged *forged)
{
    raw_send(descriptor, to, forged->bytes, forged->length);
}

/* ---- what is made of a request ----------------------------------------------------------------------------------- */

/* Connect requests from an address that has proved itself, but with signatures of nobody: not one allocation. */
static void nothing_is_allocated_before_the_signatures_are_checked(void **state)
{
    enum { REQUESTS = 300 };
    struct connect_recipe recipe = {.client_id = 5, .identity = "str:forger", .spoil_signature = true};
    SteamNetworkingIPAddr address;
    struct FumaroleStatistics before;
    HSteamListenSocket listener;
    struct forged request;
    int stranger;
    long calls;

    (void)state;
    memory_install();
    start_as("str:server");
    listener = listen_with(0, NULL, &address);
    stranger = raw_open(LOOPBACK, 0);
    recipe.challenge = ask_challenge(stranger, &address, 5);
    request = forge_connect_request(&recipe);
    before = statistics_now();
    say(stranger, &address, &request);
    await(dropped_since(before, bad_credentials) == 1); /* what is made once is made */
    calls = memory_calls();
    for (uint64 i = 1; i < REQUESTS; i++) {
        say(stranger, &address, &request);
        if (i % 30 == 0) /* the challenge becomes stale in some seconds */
            await(dropped_since(before, bad_credentials) + dropped_since(before, bad_challenge) == i + 1);
    }
    await(dropped_since(before, bad_credentials) + dropped_since(before, bad_challenge) == REQUESTS);
    assert_true(dropped_since(before, bad_credentials) > REQUESTS / 10);
    assert_int_equal(memory_calls(), calls);
    assert_int_equal(incoming(listener), 0);

    /* With a signature that fits it would have been let in. */
    recipe.spoil_signature = false;
    recipe.challenge = ask_challenge(stranger, &address, 5);
    request = forge_connect_request(&recipe);
    calls = memory_calls();
    say(stranger, &address, &request);
    await(incoming(listener));
    assert_true(memory_calls() > calls);
    close(stranger);
    stop(NULL);
}

/* ---- limits ------------------------------------------------------------------------------------------------------ */

/* Four seconds' worth, and what has been added since. */
static void expect_limited(uint64 allowed, int rate, int64 began)
{
    uint64 most = (uint64)(rate * 4 + rate * (milliseconds_now() - began + 1000) / 1000);

    assert_true(allowed >= (uint64)rate * 4 && allowed <= most);
}

static void limits_in_total(void **state)
{
    enum { RATE = 10, REQUESTS = 500 };
    struct connect_recipe recipe = {.client_id = 5, .identity = "str:forger", .spoil_signature = true};
    struct FumaroleStatistics before;
    SteamNetworkingIPAddr address;
    HSteamListenSocket listener;
    struct forged request, ask = forge_challenge_request(7);
    int stranger, answers = 0;
    uint8_t reply[DATAGRAM_ROOM];
    int64 began;

    (void)state;
    start_as("str:server");
    listener = listen_with(0, NULL, &address);
    stranger = raw_open(LOOPBACK, 0);

    /* Connect requests: that many signatures are checked, the others cost nothing. */
    recipe.challenge = ask_challenge(stranger, &address, 5);
    request = forge_connect_request(&recipe);
    limit(listener, k_EFumaroleConfig_ListenConnectsTotal, RATE);
    before = statistics_now();
    began = milliseconds_now();
    for (uint64 i = 0; i < REQUESTS; i++) {
        say(stranger, &address, &request);
        if (i % 50 == 49)
            await(dropped_since(before, bad_credentials) + dropped_since(before, total_limit) +
                      dropped_since(before, bad_challenge) ==
                  i + 1);
    }
    if (dropped_since(before, bad_challenge) == 0)
        expect_limited(dropped_since(before, bad_credentials), RATE, began);
    assert_true(dropped_since(before, total_limit) > 0);

    /* Challenges: so many answers, and no more when the limit is raised than there are then. */
    limit(listener, k_EFumaroleConfig_ListenChallengesTotal, RATE);
    before = statistics_now();
    began = milliseconds_now();
    for (int i = 0; i < REQUESTS; i++) {
        say(stranger, &address, &ask);
        if (raw_receive(stranger, reply, sizeof(reply), NULL, 0) > 0)
            answers++;
        await(dropped_since(before, total_limit) + (uint64)answers == (uint64)i + 1 ||
              (raw_receive(stranger, reply, sizeof(reply), NULL, 1) > 0 && ++answers));
    }
    expect_limited((uint64)answers, RATE, began);
    limit(listener, k_EFumaroleConfig_ListenChallengesTotal, 0);
    for (int i = 0; i < REQUESTS; i++) {
        say(stranger, &address, &ask);
        assert_true(raw_receive(stranger, reply, sizeof(reply), NULL, FIXTURE_PATIENCE_MS) > 0);
    }
    close(stranger);
    stop(NULL);
}

/* One address has its share, which is not at the cost of another one. */
static void limits_for_an_address(void **state)
{
    enum { RATE = 5, REQUESTS = 100, HOST = 0x0a090001 };
    struct forged ask = forge_challenge_request(7);
    SteamNetworkingIPAddr address = {0};
    struct FumaroleStatistics before;
    HSteamListenSocket listener;
    uint8_t reply[DATAGRAM_ROOM];
    int greedy, modest, ports[2], answers = 0;
    int64 began;

    (void)state;
    enter_private_network();
    for (uint32_t i = 0; i < 2; i++)
        if (!try_command("ip address add 10.9.0.%u/24 dev lo", i + 1))
            skip_case("an address cannot be given to the loopback interface");
    start_as("str:server");
    SteamAPI_SteamNetworkingIPAddr_SetIPv4(&address, HOST, 0);
    listener = Fumarole_CreateListenSocketIPAnyPort(&address, 0, NULL);
    assert_int_not_equal(listener, 0);
    assert_true(S(GetListenSocketAddress, listener, &address));
    limit(listener, k_EFumaroleConfig_ListenChallengesPerAddress, RATE);
    greedy = raw_open(HOST, 0);
    modest = raw_open(HOST + 1, 0);
    ports[0] = raw_open(HOST, 0); /* another port makes no other address */
    ports[1] = raw_open(LOOPBACK, 0);
    before = statistics_now();
    began = milliseconds_now();
    for (int i = 0; i < REQUESTS; i++) {
        int from = i % 2 ? greedy : ports[0];

        say(from, &address, &ask);
        await(dropped_since(before, address_limit) + (uint64)answers == (uint64)i + 1 ||
              (raw_receive(from, reply, sizeof(reply), NULL, 1) > 0 && ++answers));
    }
    expect_limited((uint64)answers, RATE, began);
    say(modest, &address, &ask);
    assert_true(raw_receive(modest, reply, sizeof(reply), NULL, FIXTURE_PATIENCE_MS) > 0);
    limit(listener, k_EFumaroleConfig_ListenChallengesPerAddress, 0);
    say(greedy, &address, &ask);
    assert_true(raw_receive(greedy, reply, sizeof(reply), NULL, FIXTURE_PATIENCE_MS) > 0);
    close(greedy);
    close(modest);
    close(ports[0]);
    close(ports[1]);
    stop(NULL);
}

/* At which levels the limits exist, and what holds by itself. */
static void limits_are_configuration_values(void **state)
{
    static const struct {
        ESteamNetworkingConfigValue value;
        int32 initial;
        const char *name;
    } values[] = {
        {k_EFumaroleConfig_ListenChallengesPerAddress, 1000, "ListenChallengesPerAddress"},
        {k_EFumaroleConfig_ListenChallengesTotal, 50000, "ListenChallengesTotal"},
        {k_EFumaroleConfig_ListenConnectsPerAddress, 500, "ListenConnectsPerAddress"},
        {k_EFumaroleConfig_ListenConnectsTotal, 5000, "ListenConnectsTotal"},
        {k_EFumaroleConfig_ListenStrayRepliesPerAddress, 1, "ListenStrayRepliesPerAddress"},
        {k_EFumaroleConfig_ListenStrayRepliesTotal, 40, "ListenStrayRepliesTotal"},
        {k_EFumaroleConfig_ListenWaitingConnections, 8192, "ListenWaitingConnections"},
    };
    struct link link;

    (void)state;
    start_as("str:server");
    link = link_up();
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        ESteamNetworkingConfigDataType type;
        ESteamNetworkingConfigScope scope;
        int32 number = 77;
        size_t size = sizeof(number);

        assert_string_equal(SteamAPI_ISteamNetworkingUtils_GetConfigValueInfo(utils, values[i].value, &type, &scope),
                            values[i].name);
        assert_int_equal(type, k_ESteamNetworkingConfig_Int32);
        assert_int_equal(scope, k_ESteamNetworkingConfig_ListenSocket);
        assert_int_equal(SteamAPI_ISteamNetworkingUtils_GetConfigValue(utils, values[i].value,
                                                                       k_ESteamNetworkingConfig_ListenSocket,
                                                                       link.listener, &type, &number, &size),
                         k_ESteamNetworkingGetConfigValue_OKInherited);
        assert_int_equal(number, values[i].initial);
        number = 77;
        assert_false(SteamAPI_ISteamNetworkingUtils_SetConfigValue(utils, values[i].value,
                                                                   k_ESteamNetworkingConfig_Connection, link.server,
                                                                   k_ESteamNetworkingConfig_Int32, &number));
        assert_true(SteamAPI_ISteamNetworkingUtils_SetConfigValue(
            utils, values[i].value, k_ESteamNetworkingConfig_Global, 0, k_ESteamNetworkingConfig_Int32, &number));
        number = 0;
        SteamAPI_ISteamNetworkingUtils_GetConfigValue(utils, values[i].value, k_ESteamNetworkingConfig_ListenSocket,
                                                      link.listener, &type, &number, &size);
        assert_int_equal(number, 77);
        assert_true(SteamAPI_ISteamNetworkingUtils_SetConfigValue(
            utils, values[i].value, k_ESteamNetworkingConfig_Global, 0, k_ESteamNetworkingConfig_Int32, NULL));
    }
    stop(NULL);
}

/* ---- who waits to be accepted ------------------------------------------------------------------------------------ */

static int events_in_state(HSteamListenSocket listener, ESteamNetworkingConnectionState asked)
{
    int count = 0;

    for (int i = 0; i < fixture_event_count; i++)
        count += fixture_events[i].m_info.m_hListenSocket == listener && fixture_events[i].m_info.m_eState == asked;
    return count;
}

/* A request from a place of its own. */
static int knock_from_somewhere(const SteamNetworkingIPAddr *address, uint32_t id)
{
    struct connect_recipe recipe = {.client_id = id, .identity = "str:visitor"};
    int descriptor = raw_open(LOOPBACK, 0);
    struct forged request;

    recipe.challenge = ask_challenge(descriptor, address, id);
    request = forge_connect_request(&recipe);
    say(descriptor, address, &request);
    return descriptor;
}

static void only_so_many_wait_to_be_accepted(void **state)
{
    enum { PLACES = 3 };
    SteamNetworkingConfigValue_t few = int_option(k_EFumaroleConfig_ListenWaitingConnections, PLACES);
    struct FumaroleStatistics before;
    SteamNetworkingIPAddr address;
    HSteamListenSocket listener;
    HSteamNetConnection first;
    int visitors[16], count = 0;
    uint8_t reply[DATAGRAM_ROOM];

    (void)state;
    start_as("str:server");
    listener = listen_with(1, &few, &address);
    before = statistics_now();
    for (; count < PLACES; count++) {
        visitors[count] = knock_from_somewhere(&address, 10 + (uint32_t)count);
        await(events_in_state(listener, CONNECTING) == count + 1);
    }
    first = fixture_events[0].m_hConn;
    assert_false(logged("ListenWaitingConnections"));

    /* The next ones are not let in, and get no answer. */
    for (uint64 i = 0; i < 3; i++, count++) {
        visitors[count] = knock_from_somewhere(&address, 10 + (uint32_t)count);
        await(dropped_since(before, too_many_waiting) == i + 1);
        assert_int_equal(raw_receive(visitors[count], reply, sizeof(reply), NULL, 0), -1);
    }
    assert_true(logged("ListenWaitingConnections"));
    assert_int_equal(events_in_state(listener, CONNECTING), PLACES);

    /* Whoever is accepted makes room. */
    assert_int_equal(S(AcceptConnection, first), k_EResultOK);
    visitors[count] = knock_from_somewhere(&address, 10 + (uint32_t)count);
    count++;
    await(events_in_state(listener, CONNECTING) == PLACES + 1);
    visitors[count] = knock_from_somewhere(&address, 10 + (uint32_t)count);
    count++;
    await(dropped_since(before, too_many_waiting) == 4);

    /* Who is turned away takes up room until he is gone, which a listener that ends does not wait for. */
    assert_true(close_connection(incoming(listener)));
    visitors[count] = knock_from_somewhere(&address, 10 + (uint32_t)count);
    count++;
    await(dropped_since(before, too_many_waiting) == 5);
    limit(listener, k_EFumaroleConfig_ListenWaitingConnections, 0);
    visitors[count] = knock_from_somewhere(&address, 10 + (uint32_t)count);
    count++;
    await(events_in_state(listener, CONNECTING) == PLACES + 2);
    assert_true(S(CloseListenSocket, listener));
    while (count > 0)
        close(visitors[--count]);
    stop(NULL);
}

/* ---- a flood from everywhere ------------------------------------------------------------------------------------- */

enum {
    SERVER_HOST = 0x0a090001,
    OUTSIDE_HOST = 0x0a090002,
    BURST = 100,       /* spoofed datagrams for each message of the known client */
    ROUNDS = 2000,     /* in all 200 000; */
    SLOW_ROUNDS = 100, /* with a sanitizer 10 000 */
    WARM_UP = 500,
    KINDS = 4,
};

static int rounds(void)
{
    return is_slow_build() ? SLOW_ROUNDS : ROUNDS;
}

static uint32_t random_state = 1;

static uint32_t random_number(void)
{
    random_state = random_state * 1664525u + 1013904223u;
    return random_state >> 8;
}

/* An IPv4 and a UDP header, as nobody checks them. */
struct __attribute__((packed)) spoofed {
    uint8_t version, service;
    uint16_t length, number, fragment;
    uint8_t hops, protocol;
    uint16_t checksum;
    uint32_t from, to;
    uint16_t from_port, to_port, udp_length, udp_checksum;
    uint8_t data[FORGED_MAXIMUM];
};

static size_t spoof(struct spoofed *packet, const SteamNetworkingIPAddr *to, const struct forged *forged)
{
    uint32_t from = (11 + random_number() % 100) << 24 | random_number() % 0xffffff; /* 11.0.0.0 to 110.255.255.255 */

    *packet = (struct spoofed){.version = 0x45,
                               .length = htons((uint16_t)(28 + forged->length)),
                               .hops = 64,
                               .protocol = IPPROTO_UDP,
                               .from = htonl(from),
                               .to = htonl(SERVER_HOST),
                               .from_port = htons((uint16_t)(1024 + random_number() % 60000)),
                               .to_port = htons(to->m_port),
                               .udp_length = htons((uint16_t)(8 + forged->length))};
    memcpy(packet->data, forged->bytes, forged->length);
    return 28 + forged->length;
}

/* One burst: two of five ask for a challenge, two pretend to have one, one is noise or the end of nothing. */
static void flood(int raw, const SteamNetworkingIPAddr *to, const struct forged kinds[KINDS], long sent[KINDS])
{
    static struct spoofed packets[BURST];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(SERVER_HOST)};
    struct mmsghdr messages[BURST];
    struct iovec parts[BURST];
    int done = 0;

    memset(messages, 0, sizeof(messages));
    for (int i = 0; i < BURST; i++) {
        int kind = i % 5 < 4 ? i % 2 : 2 + i % 2;

        parts[i] = (struct iovec){&packets[i], spoof(&packets[i], to, &kinds[kind])};
        messages[i].msg_hdr = (struct msghdr){
            .msg_name = &address, .msg_namelen = sizeof(address), .msg_iov = &parts[i], .msg_iovlen = 1};
        sent[kind]++;
    }
    while (done < BURST) {
        int more = sendmmsg(raw, messages + done, (unsigned)(BURST - done), 0);

        if (more < 0 && errno != ENOBUFS && errno != EAGAIN)
            fail_msg("sendmmsg: %s", strerror(errno));
        done += more > 0 ? more : 0;
    }
}

/* Says a number and waits for its echo. */
static bool is_echoed(HSteamNetConnection known, int number)
{
    int64 deadline = milliseconds_now() + ANSWER_MS;
    SteamNetworkingMessage_t *message;
    bool echoed = false;

    assert_int_equal(
        S(SendMessageToConnection, known, &number, sizeof(number), k_nSteamNetworkingSend_UnreliableNoNagle, NULL),
        k_EResultOK);
    while (!echoed && milliseconds_now() < deadline) {
        while (S(ReceiveMessagesOnConnection, known, &message, 1) == 1) {
            echoed |= memcmp(message->m_pData, &number, sizeof(number)) == 0;
            release(message);
        }
        if (!echoed)
            Fumarole_Wait(20);
    }
    return echoed;
}

/* The far side of the cable: the flood, and between its bursts a client that was connected before. */
static void be_outside(void **state)
{
    const struct process *parent = *state;
    struct connect_recipe recipe = {.client_id = 77, .challenge = 0x1234567812345678, .identity = "str:spoofer"};
    struct forged kinds[KINDS] = {forge_challenge_request(77), forge_connect_request(&recipe),
                                  forge_data(0x12345678, 7, 40), forge_closed(1, 2, 1000, "")};
    SteamNetworkingIPAddr address = {0};
    long sent[KINDS] = {0}, lost = 0;
    HSteamNetConnection known;
    char line[LINE_MAXIMUM];
    int raw;

    enter_private_network();
    tell(parent, "here");
    expect_to_hear(parent, "the cable is there");
    set_address("cable", OUTSIDE_HOST);
    set_up("cable", true);
    tell(parent, "up");
    hear(parent, line);
    SteamAPI_SteamNetworkingIPAddr_SetIPv4(&address, SERVER_HOST, (uint16_t)strtol(line, NULL, 10));
    start_as("str:known");
    known = S(ConnectByIPAddress, &address, 0, NULL);
    await(state_of(known) == CONNECTED);
    for (int i = 0; i < WARM_UP; i++) /* so that both have the memory that this takes */
        is_echoed(known, -1 - i);
    tell(parent, "connected");
    expect_to_hear(parent, "flood");
    raw = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
    assert_true(raw >= 0);
    for (int i = 0; i < rounds(); i++) {
        flood(raw, &address, kinds, sent);
        lost += !is_echoed(known, i);
    }
    assert_int_equal(state_of(known), CONNECTED);
    tell(parent, "%ld %ld %ld %ld %ld", sent[0], sent[1], sent[2], sent[3], lost);
    expect_to_hear(parent, "enough");
    assert_int_equal(state_of(known), CONNECTED);
    close(raw);
    stop(NULL);
}

/* Datagrams for which a socket of this network had no room. */
static long overflows(void)
{
    char names[1024], values[1024] = "", *name, *value, *next_name, *next_value;
    FILE *file = fopen("/proc/net/snmp", "r");

    assert_non_null(file);
    while (fgets(names, sizeof(names), file) && fgets(values, sizeof(values), file) && strncmp(names, "Udp:", 4) != 0)
        ;
    fclose(file);
    name = strtok_r(names, " \n", &next_name);
    value = strtok_r(values, " \n", &next_value);
    while (name && value && strcmp(name, "RcvbufErrors") != 0) {
        name = strtok_r(NULL, " \n", &next_name);
        value = strtok_r(NULL, " \n", &next_value);
    }
    assert_true(name && value);
    return value ? strtol(value, NULL, 10) : 0;
}

static void echo(HSteamNetConnection connection)
{
    SteamNetworkingMessage_t *message;

    run_callbacks();
    while (S(ReceiveMessagesOnConnection, connection, &message, 1) == 1) {
        S(SendMessageToConnection, connection, message->m_pData, (uint32)message->m_cbSize,
          k_nSteamNetworkingSend_UnreliableNoNagle, NULL);
        release(message);
    }
}

/*
 * Spoofed requests from hundreds of thousands of addresses, while a client that was there before says something after
 * each burst and waits for the echo. No memory is spent on those who only ask; the client stays and loses less than one
 * message in a hundred, not counting what the system itself had no room for.
 */
static void spoofed_flood(void **state)
{
    struct process outside;
    SteamNetworkingIPAddr address = {0};
    struct FumaroleStatistics before;
    HSteamListenSocket listener;
    HSteamNetConnection server;
    long blocks, bytes, overflown, sent[KINDS], lost;
    uint64 challenges_dropped;
    char line[LINE_MAXIMUM], *rest;
    int events;

    (void)state;
    outside = start_process("outside", be_outside);
    enter_private_network();
    expect_to_hear(&outside, "here");
    lay_cable(outside.id);
    set_address("cable", SERVER_HOST);
    set_up("cable", true);
    tell(&outside, "the cable is there");
    expect_to_hear(&outside, "up");
    if (!try_command("ip route add default via 10.9.0.2"))
        skip_case("no route can be set: the answers would go nowhere");
    memory_install();
    start_as("str:server");
    SteamAPI_SteamNetworkingIPAddr_SetIPv4(&address, SERVER_HOST, 0);
    listener = Fumarole_CreateListenSocketIPAnyPort(&address, 0, NULL);
    assert_int_not_equal(listener, 0);
    assert_true(S(GetListenSocketAddress, listener, &address));
    tell(&outside, "%u", address.m_port);
    await(incoming(listener));
    server = incoming(listener);
    assert_int_equal(S(AcceptConnection, server), k_EResultOK);
    while (!has_news(&outside)) {
        echo(server);
        Fumarole_Wait(20);
    }
    expect_to_hear(&outside, "connected");

    before = statistics_now();
    overflown = overflows();
    events = fixture_event_count;
    blocks = memory_blocks();
    bytes = memory_bytes();
    memory_forget_peak();
    tell(&outside, "flood");
    while (!has_news(&outside)) {
        echo(server);
        Fumarole_Wait(20);
    }
    hear(&outside, line);
    rest = line;
    for (int kind = 0; kind < KINDS; kind++) {
        sent[kind] = strtol(rest, &rest, 10);
        assert_true(sent[kind] > 0);
    }
    lost = strtol(rest, &rest, 10);
    assert_int_equal(*rest, '\0');
    overflown = overflows() - overflown;
    print_message("%d datagrams, %ld without room in the system, %ld of %d messages lost\n", rounds() * BURST,
                  overflown, lost, rounds());

    /* Half-open costs nothing, and nobody came in. */
    assert_true(memory_peak_bytes() < bytes + 20000);
    assert_true(memory_blocks() <= blocks + 4);
    assert_int_equal(fixture_event_count, events);
    assert_int_equal(state_of(server), CONNECTED);

    /* Every one of them is accounted for. */
    await(dropped_since(before, bad_challenge) + (uint64)overflown >= (uint64)sent[1]);
    assert_true(dropped_since(before, bad_challenge) <= (uint64)sent[1]);
    await(dropped_since(before, no_connection) + (uint64)overflown >= (uint64)sent[2]);
    challenges_dropped = dropped_since(before, address_limit) + dropped_since(before, total_limit);
    assert_true(challenges_dropped <= (uint64)(sent[0] + sent[3]));
    assert_int_equal(dropped_since(before, bad_credentials) + dropped_since(before, too_many_waiting), 0);

    /* The client that was there before has hardly noticed. */
    assert_true((lost - overflown) * 100 < rounds());
    tell(&outside, "enough");
    finish_process(&outside);
    stop(NULL);
    assert_int_equal(memory_blocks(), 0);
}

int main(int argc, char **argv)
{
    static const struct real_case cases[] = {
        real_case(nothing_is_allocated_before_the_signatures_are_checked),
        real_case(limits_in_total),
        real_case(limits_for_an_address),
        real_case(limits_are_configuration_values),
        real_case(only_so_many_wait_to_be_accepted),
        real_case_within(spoofed_flood, 240),
    };

    return run_cases(argc, argv, cases);
}
