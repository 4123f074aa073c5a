/*
 * Config values by what they do, on real sockets: simulated conditions in both directions, the packet trace, packet
 * sizes, rates, limits, log levels and ciphers. What a value does to its neighbours in the table, and its conversions,
 * are tested in test_config_values.c; values 9, 24, 25, 40, 47, 48, 49, 201 to 205 where connections, messages and
 * authentication are tested.
 *
 * Times are only compared where a whole order of magnitude lies between right and wrong.
 */
#include "fixture.h"

#include <stdlib.h>

#define VALUE(name) k_ESteamNetworkingConfig_##name

enum { BURST = 20, BURST_SIZE = 1000 };

static const char trace_sent[] = "packet sent to ";
static const char trace_received[] = "packet received from ";

static void set_global(ESteamNetworkingConfigValue value, float number)
{
    assert_true(SteamAPI_ISteamNetworkingUtils_SetGlobalConfigValueFloat(utils, value, number));
}

static void set_connection(HSteamNetConnection connection, ESteamNetworkingConfigValue value, int32 number)
{
    assert_true(SteamAPI_ISteamNetworkingUtils_SetConnectionConfigValueInt32(utils, connection, value, number));
}

static int tear_down(void **state)
{
    ESteamNetworkingConfigValue value = VALUE(Invalid);

    while ((value = SteamAPI_ISteamNetworkingUtils_IterateGenericEditableConfigValues(utils, value, true)) !=
           VALUE(Invalid))
        SteamAPI_ISteamNetworkingUtils_SetConfigValue(utils, value, k_ESteamNetworkingConfig_Global, 0,
                                                      k_ESteamNetworkingConfig_Int32, NULL);
    return stop(state);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, start, tear_down)

/* A link whose sender has no reason to hold packets back. */
static struct link quick_link(void)
{
    SteamNetworkingConfigValue_t rates[2] = {int_option(VALUE(SendRateMin), 100000000),
                                             int_option(VALUE(SendRateMax), 100000000)};

    return link_up_with(0, NULL, 2, rates);
}

/* Messages that begin with their number from 0 on, each in a packet of its own. */
static void send_burst(HSteamNetConnection connection)
{
    uint32 data[BURST_SIZE / 4] = {0};

    for (uint32 i = 0; i < BURST; i++) {
        data[0] = i;
        assert_int_equal(SteamAPI_ISteamNetworkingSockets_SendMessageToConnection(
                             sockets, connection, data, sizeof(data), k_nSteamNetworkingSend_UnreliableNoNagle, NULL),
                         k_EResultOK);
    }
}

/* Returns how many came after one with a higher number. */
static int receive_burst(HSteamNetConnection connection)
{
    uint32 highest = 0;
    int late = 0;

    for (int i = 0; i < BURST; i++) {
        SteamNetworkingMessage_t *message = receive_one(connection);
        uint32 number;

        memcpy(&number, message->m_pData, sizeof(number));
        release(message);
        late += number < highest;
        highest = number > highest ? number : highest;
    }
    return late;
}

static int64 milliseconds_of_burst(struct link *link)
{
    int64 before = milliseconds_now();

    send_burst(link->client);
    assert_int_equal(receive_burst(link->server), 0);
    return milliseconds_now() - before;
}

/* ---- simulated conditions: send first, then receive ---------------------------------------------------------------
 */

static void loss_in_either_direction(void **state)
{
    static const struct {
        ESteamNetworkingConfigValue value;
        const char *trace;
    } directions[2] = {{VALUE(FakePacketLoss_Send), "dropped instead of sent to"},
                       {VALUE(FakePacketLoss_Recv), "dropped instead of received from"}};
    struct link link = quick_link();

    (void)state;
    set_global(VALUE(PacketTraceMaxBytes), 0);
    for (int i = 0; i < 2; i++) {
        forget_log();
        set_global(directions[i].value, 100);
        assert_int_equal(send_text(link.client, "lost", k_nSteamNetworkingSend_UnreliableNoNagle), k_EResultOK);
        await(logged(directions[i].trace));
        set_global(directions[i].value, 0);
        assert_int_equal(send_text(link.client, "kept", k_nSteamNetworkingSend_UnreliableNoNagle), k_EResultOK);
        expect_text(link.server, "kept");
    }
}

static void lag_in_either_direction(void **state)
{
    static const ESteamNetworkingConfigValue values[2] = {VALUE(FakePacketLag_Send), VALUE(FakePacketLag_Recv)};
    struct link link = quick_link();

    (void)state;
    for (int i = 0; i < 2; i++) {
        int64 before;

        set_global(values[i], 100);
        before = milliseconds_now();
        assert_int_equal(send_text(link.client, "late", RELIABLE_NOW), k_EResultOK);
        expect_text(link.server, "late");
        assert_true(milliseconds_now() - before >= 100);
        set_global(values[i], 0);
    }
}

static void jitter_in_either_direction(void **state)
{
    static const struct {
        ESteamNetworkingConfigValue average, maximum, percent;
    } directions[2] = {
        {VALUE(FakePacketJitter_Send_Avg), VALUE(FakePacketJitter_Send_Max), VALUE(FakePacketJitter_Send_Pct)},
        {VALUE(FakePacketJitter_Recv_Avg), VALUE(FakePacketJitter_Recv_Max), VALUE(FakePacketJitter_Recv_Pct)}};
    struct link link = quick_link();

    (void)state;
    for (int i = 0; i < 2; i++) {
        /* Nearly every packet is held up for the maximum; the order stays. */
        set_global(directions[i].percent, 100);
        set_global(directions[i].maximum, 60);
        set_global(directions[i].average, 2000);
        assert_in_range(milliseconds_of_burst(&link), 40, 1500);
        /* Without a packet to hold up it is as if there were none. */
        set_global(directions[i].percent, 0);
        set_global(directions[i].maximum, 5000);
        assert_in_range(milliseconds_of_burst(&link), 0, 1500);
        set_global(directions[i].average, 0);
    }
}

static void reordering_in_either_direction(void **state)
{
    static const ESteamNetworkingConfigValue values[2] = {VALUE(FakePacketReorder_Send), VALUE(FakePacketReorder_Recv)};
    struct link link = quick_link();

    (void)state;
    for (int i = 0; i < 2; i++) {
        set_global(VALUE(FakePacketReorder_Time), 60);
        set_global(values[i], 50);
        send_burst(link.client);
        assert_true(receive_burst(link.server) > 0);
        /* A delay of nothing changes no order. */
        set_global(VALUE(FakePacketReorder_Time), 0);
        send_burst(link.client);
        assert_int_equal(receive_burst(link.server), 0);
        set_global(values[i], 0);
    }
}

static uint64 duplicates(void)
{
    struct FumaroleStatistics statistics = {.size = sizeof(statistics)};

    Fumarole_GetStatistics(&statistics);
    return statistics.dropped_duplicate;
}

static void duplication_in_either_direction(void **state)
{
    static const ESteamNetworkingConfigValue values[2] = {VALUE(FakePacketDup_Send), VALUE(FakePacketDup_Recv)};
    struct link link = quick_link();
    uint64 before;

    (void)state;
    for (int i = 0; i < 2; i++) {
        before = duplicates();
        set_global(VALUE(FakePacketDup_TimeMax), 0);
        set_global(values[i], 100);
        send_burst(link.client);
        receive_burst(link.server);
        await(duplicates() >= before + BURST);
        set_global(values[i], 0);
    }
    /* Second copies that take up to five seconds have for the most part not come at once. */
    set_global(VALUE(FakePacketDup_TimeMax), 5000);
    before = duplicates();
    set_global(values[0], 100);
    send_burst(link.client);
    set_global(values[0], 0);
    receive_burst(link.server);
    assert_int_equal(send_text(link.client, "behind all that came at once", RELIABLE_NOW), k_EResultOK);
    expect_text(link.server, "behind all that came at once");
    assert_true(duplicates() < before + BURST / 2);
}

static void rate_limits_in_either_direction(void **state)
{
    static const struct {
        ESteamNetworkingConfigValue rate, burst;
        const char *trace;
    } directions[2] = {
        {VALUE(FakeRateLimit_Send_Rate), VALUE(FakeRateLimit_Send_Burst), "dropped instead of sent to"},
        {VALUE(FakeRateLimit_Recv_Rate), VALUE(FakeRateLimit_Recv_Burst), "dropped instead of received from"}};
    struct link link = quick_link();
    SteamNetworkingMessage_t *message;
    int came = 0;

    (void)state;
    set_global(VALUE(PacketTraceMaxBytes), 0);
    for (int i = 0; i < 2; i++) {
        /* A bucket that is deep enough for all of it ... */
        set_global(directions[i].burst, 1 << 20);
        set_global(directions[i].rate, 1);
        forget_log();
        send_burst(link.client);
        assert_int_equal(receive_burst(link.server), 0);
        assert_false(logged(directions[i].trace));
        /* ... and one that is not. */
        set_global(directions[i].burst, 3 * BURST_SIZE);
        set_global(directions[i].rate, 2);
        send_burst(link.client);
        await(logged(directions[i].trace));
        set_global(directions[i].rate, 0);
        assert_int_equal(send_text(link.client, "end", RELIABLE_NOW), k_EResultOK);
        for (came = 0; (message = receive_one(link.server))->m_cbSize != 3; came++)
            release(message);
        release(message);
        assert_in_range(came, 1, BURST - 1);
    }
}

/* ---- the packet trace -------------------------------------------------------------------------------------------- */

/* How many bytes in hexadecimal the trace shows of the first packet of a kind: -1 if there is none. */
static int bytes_shown(const char *kind)
{
    const char *line, *hex;
    int digits = 0;

    pthread_mutex_lock(&fixture_log_lock);
    line = strstr(fixture_log, kind);
    hex = line ? strstr(line, " bytes") : NULL;
    if (hex) {
        hex += strlen(" bytes");
        for (hex += *hex == ':'; *hex && *hex != '\n'; hex++)
            digits += *hex != ' ';
    }
    pthread_mutex_unlock(&fixture_log_lock);
    return hex ? digits / 2 : -1;
}

static void the_trace_shows_as_much_as_asked(void **state)
{
    static const int depths[] = {0, 8, 20, -1};
    struct link link = quick_link();

    (void)state;
    for (int i = 0; i < 4; i++) {
        set_global(VALUE(PacketTraceMaxBytes), (float)depths[i]);
        forget_log();
        assert_int_equal(send_text(link.client, "a text of thirty bytes or more", RELIABLE_NOW), k_EResultOK);
        expect_text(link.server, "a text of thirty bytes or more");
        assert_int_equal(bytes_shown(trace_sent), depths[i]);
        assert_int_equal(bytes_shown(trace_received), depths[i]);
    }
}

/* ---- packets and rates ------------------------------------------------------------------------------------------- */

/* The largest packet in the trace. */
static int largest_sent(void)
{
    int largest = 0;

    pthread_mutex_lock(&fixture_log_lock);
    for (const char *at = fixture_log; (at = strstr(at, trace_sent)); at++) {
        int size = atoi(strchr(at + strlen(trace_sent), ' '));

        if (size > largest)
            largest = size;
    }
    pthread_mutex_unlock(&fixture_log_lock);
    return largest;
}

static void packets_are_as_large_as_allowed(void **state)
{
    static const int sizes[] = {300, 1300, 600};
    static const char block[5000];
    struct link link = quick_link();

    (void)state;
    set_global(VALUE(PacketTraceMaxBytes), 0);
    for (int i = 0; i < 3; i++) {
        SteamNetConnectionRealTimeStatus_t status = {.m_cbSentUnackedReliable = 1};

        set_connection(link.client, VALUE(MTU_PacketSize), sizes[i]);
        forget_log();
        assert_int_equal(SteamAPI_ISteamNetworkingSockets_SendMessageToConnection(sockets, link.client, block,
                                                                                  sizeof(block), RELIABLE_NOW, NULL),
                         k_EResultOK);
        release(receive_one(link.server));
        assert_in_range(largest_sent(), sizes[i] / 2, sizes[i]);
        /* A smaller size counts once nothing is in flight. */
        await(SteamAPI_ISteamNetworkingSockets_GetConnectionRealTimeStatus(sockets, link.client, &status, 0, NULL) ==
                  k_EResultOK &&
              status.m_cbSentUnackedReliable == 0);
    }
}

static int pending(HSteamNetConnection connection)
{
    SteamNetConnectionRealTimeStatus_t status;

    assert_int_equal(
        SteamAPI_ISteamNetworkingSockets_GetConnectionRealTimeStatus(sockets, connection, &status, 0, NULL),
        k_EResultOK);
    return status.m_cbPendingReliable;
}

static void a_nagle_time_holds_messages_back(void **state)
{
    struct link link = quick_link();
    int held = 0;

    (void)state;
    set_connection(link.client, VALUE(NagleTime), 20000);
    for (int i = 0; i < 100 && held == 0; i++) { /* one may be over before it is looked at */
        assert_int_equal(send_text(link.client, "wait", RELIABLE), k_EResultOK);
        held = pending(link.client);
        expect_text(link.server, "wait");
    }
    assert_true(held > 0);
    set_connection(link.client, VALUE(NagleTime), 0);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(send_text(link.client, "go", RELIABLE), k_EResultOK);
        assert_int_equal(pending(link.client), 0);
        expect_text(link.server, "go");
    }
}

static void the_send_rate_is_kept(void **state)
{
    static const char block[60000];
    struct link link = quick_link();
    int64 times[2];

    (void)state;
    for (int i = 0; i < 2; i++) {
        int64 before = milliseconds_now();

        assert_int_equal(SteamAPI_ISteamNetworkingSockets_SendMessageToConnection(sockets, link.client, block,
                                                                                  sizeof(block), RELIABLE_NOW, NULL),
                         k_EResultOK);
        release(receive_one(link.server));
        times[i] = milliseconds_now() - before;
        set_connection(link.client, VALUE(SendRateMin), 50000);
        set_connection(link.client, VALUE(SendRateMax), 50000);
    }
    assert_true(times[1] >= 600); /* of the 1200 that it takes; what may leave at once is off */
    assert_true(times[0] < times[1]);
}

/* Of the messages that wait for the connection, as many as fit leave in its first packet. */
static int delivered_of_first_packet(int32 segments)
{
    SteamNetworkingConfigValue_t option = int_option(VALUE(RecvMaxSegmentsPerPacket), segments);
    struct link link = knock(1, &option, 0, NULL);
    SteamNetworkingMessage_t *message;
    int came = 0;

    for (int i = 0; i < 10; i++)
        assert_int_equal(send_text(link.client, "piece", UNRELIABLE), k_EResultOK);
    assert_int_equal(SteamAPI_ISteamNetworkingSockets_AcceptConnection(sockets, link.server), k_EResultOK);
    await(state_of(link.client) == CONNECTED);
    assert_int_equal(send_text(link.client, "end", RELIABLE_NOW), k_EResultOK);
    for (; (message = receive_one(link.server))->m_cbSize != 3; came++)
        release(message);
    release(message);
    return came;
}

static void packets_of_too_many_segments_are_cut_short(void **state)
{
    (void)state;
    assert_int_equal(delivered_of_first_packet(1300), 10);
    assert_int_equal(delivered_of_first_packet(3), 3);
}

static bool jitter_measured(struct link *link)
{
    SteamNetConnectionRealTimeStatus_t status;
    bool measured = false;

    for (int i = 0; i < 10; i++) {
        assert_int_equal(send_text(link->client, "tick", RELIABLE_NOW), k_EResultOK);
        expect_text(link->server, "tick");
        assert_int_equal(
            SteamAPI_ISteamNetworkingSockets_GetConnectionRealTimeStatus(sockets, link->server, &status, 0, NULL),
            k_EResultOK);
        measured = measured || status.m_usecMaxJitter >= 0;
    }
    return measured;
}

static void times_between_packets_let_jitter_be_measured(void **state)
{
    struct link link = quick_link();

    (void)state;
    set_connection(link.client, VALUE(SendTimeSincePreviousPacket), 1);
    assert_true(jitter_measured(&link));
    set_connection(link.client, VALUE(SendTimeSincePreviousPacket), 0);
    assert_int_equal(send_text(link.client, "last", RELIABLE_NOW), k_EResultOK);
    expect_text(link.server, "last");
    jitter_measured(&link); /* reads what may be left of before */
    assert_false(jitter_measured(&link));
}

/* ---- log levels -------------------------------------------------------------------------------------------------- */

static void every_subject_is_logged_at_its_own_level(void **state)
{
    static const struct {
        ESteamNetworkingConfigValue value;
        const char *words;
    } subjects[] = {
        {VALUE(LogLevel_AckRTT), "round trip"},
        {VALUE(LogLevel_PacketDecode), "decoded"},
        {VALUE(LogLevel_Message), "message"},
        {VALUE(LogLevel_PacketGaps), "missing"},
    };
    SteamNetworkingConfigValue_t quick[3] = {int_option(VALUE(SendRateMin), 100000000),
                                             int_option(VALUE(SendRateMax), 100000000)};

    (void)state;
    /* The level of a subject alone decides, not that of the output function. */
    SteamAPI_ISteamNetworkingUtils_SetDebugOutputFunction(utils, k_ESteamNetworkingSocketsDebugOutputType_Important,
                                                          fixture_note_log);
    for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++) {
        for (int level = 4; level <= 8; level += 4) {
            struct link link;

            quick[2] = int_option(subjects[i].value, level);
            link = link_up_with(1, &quick[2], 3, quick);
            forget_log();
            set_global(VALUE(FakePacketLoss_Send), 30);
            for (int k = 0; k < 10; k++) {
                send_burst(link.client);
                assert_int_equal(send_text(link.client, "end", RELIABLE_NOW), k_EResultOK);
            }
            set_global(VALUE(FakePacketLoss_Send), 0);
            assert_int_equal(send_text(link.client, "the very end", RELIABLE_NOW), k_EResultOK);
            for (bool over = false; !over;) {
                SteamNetworkingMessage_t *message = receive_one(link.server);

                over = message->m_cbSize == 12;
                release(message);
            }
            if (level == 8)
                await(logged(subjects[i].words)); /* an acknowledgement may be on its way */
            else
                assert_false(logged(subjects[i].words));
            close_connection(link.client);
            close_connection(link.server);
            assert_true(SteamAPI_ISteamNetworkingSockets_CloseListenSocket(sockets, link.listener));
        }
    }
}

/* ---- ciphers ----------------------------------------------------------------------------------------------------- */

static void every_combination_of_plaintext_policies(void **state)
{
    /* By the server's policy and the client's: 'e'ncrypted, 'p'lain, or 'n'othing in common. */
    static const char outcomes[4][5] = {"eeen", "eeep", "eppp", "nppp"};

    (void)state;
    for (int server = 0; server < 4; server++) {
        for (int client = 0; client < 4; client++) {
            SteamNetworkingConfigValue_t options[2] = {int_option(VALUE(Unencrypted), server),
                                                       int_option(VALUE(Unencrypted), client)};
            struct link link = knock(1, &options[0], 1, &options[1]);
            EResult result = SteamAPI_ISteamNetworkingSockets_AcceptConnection(sockets, link.server);

            if (outcomes[server][client] == 'n') {
                assert_int_equal(result, k_EResultHandshakeFailed);
                await(state_of(link.client) == CLOSED_BY_PEER);
            } else {
                assert_int_equal(result, k_EResultOK);
                await(state_of(link.client) == CONNECTED);
                assert_int_equal((info_of(link.client).m_nFlags & FLAG_UNENCRYPTED) != 0,
                                 outcomes[server][client] == 'p');
                assert_int_equal((info_of(link.server).m_nFlags & FLAG_UNENCRYPTED) != 0,
                                 outcomes[server][client] == 'p');
                assert_int_equal(send_text(link.server, "hello", RELIABLE_NOW), k_EResultOK);
                expect_text(link.client, "hello");
            }
            close_connection(link.client);
            close_connection(link.server);
            run_callbacks();
            forget_events();
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(loss_in_either_direction),
        TEST(lag_in_either_direction),
        TEST(jitter_in_either_direction),
        TEST(reordering_in_either_direction),
        TEST(duplication_in_either_direction),
        TEST(rate_limits_in_either_direction),
        TEST(the_trace_shows_as_much_as_asked),
        TEST(packets_are_as_large_as_allowed),
        TEST(a_nagle_time_holds_messages_back),
        TEST(the_send_rate_is_kept),
        TEST(packets_of_too_many_segments_are_cut_short),
        TEST(times_between_packets_let_jitter_be_measured),
        TEST(every_subject_is_logged_at_its_own_level),
        TEST(every_combination_of_plaintext_policies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
