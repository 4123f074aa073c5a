/* Messages: transfers, lanes, limits, many connections, and what the status says about them. */
#include "cases.h"
#include "traffic.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

/* ---- transfers and lanes ---- */

static void configure_lanes(HSteamNetConnection connection, int count, const int *priorities, const uint16 *weights)
{
    EResult result = lib.lanes(lib.sockets, connection, count, priorities, weights);

    CHECK(result == k_EResultOK, "ConfigureConnectionLanes gave %d", (int)result);
}

void case_transfer(void)
{
    static const int priorities[LANES_MAXIMUM] = {0, 0, 1, 1, 2, 2, 3, 3};
    static const uint16 weights[LANES_MAXIMUM] = {1, 2, 3, 4, 5, 6, 7, 8};
    HSteamNetConnection connection = open_pair();

    if (params->lanes > 1)
        configure_lanes(connection, params->lanes, priorities, weights);
    transfer(connection);
    finish(connection);
}

/* One side has lanes, the other has not been told. */
void case_lanes_one_way(void)
{
    HSteamNetConnection connection = open_pair();

    if (role == params->variant)
        configure_lanes(connection, params->lanes, NULL, NULL);
    transfer(connection);
    finish(connection);
}

/* Messages wait on several lanes before the connection opens, so that only the scheduler decides who goes first. */
static void open_with_queues(const int *priorities, const uint16 *weights, const int *order)
{
    int sender = params->variant;

    start();
    if (role == SERVER) {
        on_inbound = hold_it;
        open_listener();
        AWAIT(held, 10000, "no client appeared");
    } else {
        held = begin_connect();
    }
    if (role == sender) {
        configure_lanes(held, params->lanes, priorities, weights);
        for (int i = 0; i < params->lanes; i++)
            send_all(held, order[i], params->count[role]);
        shared->side[role].value = 1;
    }
    if (role == SERVER) {
        AWAIT(shared->side[sender].value, 10000, "the sender queued nothing");
        accept_it(held);
    }
    await_connected(held);
}

/* Calls back with how many messages of each lane have come, after each of them. */
static void watch_lanes(void (*arrived)(int lane, const int got[LANES_MAXIMUM]))
{
    int got[LANES_MAXIMUM] = {0}, total = 0, all = params->lanes * params->count[!role];
    double end = now() + 10;

    expect_traffic();
    while (total < all) {
        SteamNetworkingMessage_t *messages[64];
        int count = lib.receive(lib.sockets, held, messages, 64);

        for (int i = 0; i < count; i++, total++) {
            int lane = messages[i]->m_idxLane;

            take(held, messages[i]);
            got[lane]++;
            arrived(lane, got);
        }
        CHECK(now() < end, "only %d of %d messages came", total, all);
        if (count == 0)
            pump();
    }
}

static void check_priority(int lane, const int got[LANES_MAXIMUM])
{
    int each = params->count[!role];

    if (lane == 0)
        CHECK(got[1] == each, "lane 0 (priority 5) spoke after %d of %d messages of lane 1 (priority 1)", got[1], each);
    if (lane == 2)
        CHECK(got[0] == each, "lane 2 (priority 9) spoke after %d of %d messages of lane 0 (priority 5)", got[0], each);
}

void case_lane_priority(void)
{
    static const int priorities[] = {5, 1, 9}, order[] = {2, 0, 1};
    static const uint16 weights[] = {1, 1, 1};

    open_with_queues(priorities, weights, order);
    if (role != params->variant)
        watch_lanes(check_priority);
    finish(held);
}

static int lane0_at_snapshot = -1;

/* When 60 % of lane 1 are through. */
static void take_snapshot(int lane, const int got[LANES_MAXIMUM])
{
    (void)lane;
    if (got[1] == params->count[!role] * 6 / 10 && lane0_at_snapshot < 0)
        lane0_at_snapshot = got[0];
}

void case_lane_weight(void)
{
    static const int priorities[] = {0, 0}, order[] = {0, 1};
    static const uint16 weights[] = {1, 3};

    open_with_queues(priorities, weights, order);
    if (role != params->variant) {
        int each = params->count[!role];

        watch_lanes(take_snapshot);
        figure(" lane0_when_lane1_had_%d=%d", each * 6 / 10, lane0_at_snapshot);
        CHECK(lane0_at_snapshot >= each / 10 && lane0_at_snapshot <= each * 32 / 100,
              "weights 1:3, but lane 0 had %d when lane 1 had %d", lane0_at_snapshot, each * 6 / 10);
    }
    finish(held);
}

/* ---- back and forth ---- */

static SteamNetworkingMessage_t *await_message(HSteamNetConnection connection, int number)
{
    SteamNetworkingMessage_t *message;
    double end = now() + 3;

    while (lib.receive(lib.sockets, connection, &message, 1) != 1) {
        CHECK(now() < end, "message %d did not come in 3 s", number);
        lib.run(lib.sockets);
        usleep(20);
    }
    return message;
}

void case_pingpong(void)
{
    enum { ROUNDS = 300, LARGEST = 1800 };
    static const int kinds[] = {RELIABLE, UNRELIABLE, NO_DELAY};
    HSteamNetConnection connection = open_pair();
    double total = 0, worst = 0;
    uint8_t content[LARGEST];

    for (int i = 0; i < ROUNDS; i++) {
        int size = 1 + i * 37 % LARGEST, flags = NO_NAGLE | kinds[i % 3];
        SteamNetworkingMessage_t *message;
        double began = now();

        fill_content(content, size, CLIENT, 0, i);
        if (role == CLIENT)
            CHECK(lib.send(lib.sockets, connection, content, (uint32)size, flags, NULL) == k_EResultOK,
                  "send %d failed", i);
        message = await_message(connection, i);
        CHECK(message->m_cbSize == size && memcmp(message->m_pData, content, (size_t)size) == 0,
              "message %d is not what was sent", i);
        if (role == SERVER)
            CHECK(lib.send(lib.sockets, connection, message->m_pData, (uint32)size, flags, NULL) == k_EResultOK,
                  "echo %d failed", i);
        lib.release(message);
        total += now() - began;
        worst = fmax(worst, now() - began);
    }
    if (role == CLIENT)
        figure(" mean_us=%.0f worst_us=%.0f", total / ROUNDS * 1e6, worst * 1e6);
    finish(connection);
}

/* ---- limits ---- */

void case_send_limit(void)
{
    static uint8_t big[k_cbMaxSteamNetworkingSocketsMessageSizeSend + 1];
    int sender = params->variant;
    HSteamNetConnection connection = open_pair();

    if (role == sender) {
        int64 number = 0;
        int next = 1;
        EResult result = lib.send(lib.sockets, connection, big, sizeof(big), RELIABLE, &number);

        CHECK(result == k_EResultInvalidParam && number == -1, "%zu bytes are not refused", sizeof(big));
        while (next <= params->count[role] && send_one(connection, 0, next))
            next++;
        CHECK(next <= params->count[role], "the send buffer of %d bytes took %d messages of %d bytes",
              params->send_buffer, params->count[role], params->size);
        shared->side[role].value = next - 1;
        figure(" accepted_at_once=%d", next - 1);
    } else {
        expect_traffic();
        AWAIT(shared->side[sender].value, 10000, "the sender did not fill its buffer");
        receive_until(connection, shared->side[sender].value, 15);
    }
    finish(connection);
}

/* The receiver does not read for a while and has little room. */
void case_backpressure(void)
{
    int sender = params->variant;
    HSteamNetConnection connection = open_pair();
    double end = now() + test->limit - 5;

    if (role == sender) {
        for (int next = 1; next <= params->count[role];) {
            CHECK(now() < end, "only %d messages could be queued", next);
            if (send_one(connection, 0, next))
                next++;
            else
                pump();
        }
    } else {
        expect_traffic();
        pause_ms(1500);
        receive_until(connection, params->count[sender], test->limit - 6);
        CHECK(link_of(connection)->state == STATE_CONNECTED, "state %d", link_of(connection)->state);
    }
    finish(connection);
}

/* ---- many connections between the same two processes; the server echoes through a poll group ---- */

enum { MANY = 40, MANY_ROUNDS = 25, MANY_MESSAGES = MANY * MANY_ROUNDS, FIRST_USER_DATA = 1000 };

static void serve_many(HSteamNetPollGroup group)
{
    int placed = 0, echoed = 0;
    double end = now() + 20;

    open_listener();
    while (echoed < MANY_MESSAGES) {
        SteamNetworkingMessage_t *messages[64];
        int count;

        CHECK(now() < end, "%d connections, %d of %d messages", link_count, echoed, MANY_MESSAGES);
        pump();
        for (; placed < link_count; placed++)
            CHECK(lib.set_group(lib.sockets, links[placed].connection, group), "SetConnectionPollGroup failed");
        count = lib.receive_group(lib.sockets, group, messages, 64);
        CHECK(count >= 0, "ReceiveMessagesOnPollGroup gave %d", count);
        for (int i = 0; i < count; i++, echoed++) {
            CHECK(lib.send(lib.sockets, messages[i]->m_conn, messages[i]->m_pData, (uint32)messages[i]->m_cbSize,
                           RELIABLE_NOW, NULL) == k_EResultOK,
                  "echo failed");
            lib.release(messages[i]);
        }
    }
}

static void check_echo(const SteamNetworkingMessage_t *message, const HSteamNetConnection *connections, int *next)
{
    int32_t words[4];
    int i;

    CHECK(message->m_cbSize == sizeof(words), "an echo of %d bytes", message->m_cbSize);
    memcpy(words, message->m_pData, sizeof(words));
    i = words[0];
    CHECK(i >= 0 && i < MANY && message->m_conn == connections[i] && message->m_nConnUserData == FIRST_USER_DATA + i,
          "an echo came to the wrong connection");
    CHECK(words[1] == next[i] && words[3] == ~i, "connection %d: echo %d instead of %d", i, words[1], next[i]);
    next[i]++;
}

static void ask_many(HSteamNetPollGroup group)
{
    HSteamNetConnection connections[MANY];
    int got = 0, next[MANY] = {0};
    double end;

    for (int i = 0; i < MANY; i++) {
        connections[i] = begin_connect();
        CHECK(lib.set_group(lib.sockets, connections[i], group) &&
                  lib.set_user_data(lib.sockets, connections[i], FIRST_USER_DATA + i),
              "group or user data");
    }
    AWAIT(connected_count == MANY, 20000, "%d of %d connected", connected_count, MANY);
    for (int n = 0; n < MANY_MESSAGES; n++) {
        int i = n % MANY, round = n / MANY;
        int32_t words[4] = {i, round, i * round, ~i};

        CHECK(lib.send(lib.sockets, connections[i], words, sizeof(words), RELIABLE, NULL) == k_EResultOK,
              "send failed");
    }
    end = now() + 15;
    while (got < MANY_MESSAGES) {
        SteamNetworkingMessage_t *messages[64];
        int count = lib.receive_group(lib.sockets, group, messages, 64);

        CHECK(now() < end, "%d of %d echoes came", got, MANY_MESSAGES);
        for (int i = 0; i < count; i++, got++) {
            check_echo(messages[i], connections, next);
            lib.release(messages[i]);
        }
        if (count == 0)
            pump();
    }
}

void case_many(void)
{
    HSteamNetPollGroup group;

    start();
    group = lib.group(lib.sockets);
    CHECK(group, "CreatePollGroup failed");
    if (role == SERVER)
        serve_many(group);
    else
        ask_many(group);
    meet(1);
    leave();
}

/* ---- what time does ---- */

void case_idle(void)
{
    HSteamNetConnection connection = open_pair();
    const struct link *link = link_of(connection);

    pause_ms(params->variant);
    CHECK(link->state == STATE_CONNECTED, "after idling: state %d reason %d", link->state, link->reason);
    transfer(connection);
    finish(connection);
}

static void check_status(const SteamNetConnectionRealTimeStatus_t *status)
{
    int low = params->lag ? params->lag * 2 - 5 : 0, high = params->lag * 2 + 80;

    CHECK((int)status->m_eState == STATE_CONNECTED, "state %d", (int)status->m_eState);
    CHECK(status->m_nPing >= low && status->m_nPing <= high, "ping %d, expected %d to %d", status->m_nPing, low, high);
    CHECK(status->m_flConnectionQualityLocal >= -1 && status->m_flConnectionQualityLocal <= 1 &&
              status->m_flConnectionQualityRemote >= -1 && status->m_flConnectionQualityRemote <= 1,
          "qualities %f %f", (double)status->m_flConnectionQualityLocal, (double)status->m_flConnectionQualityRemote);
    CHECK(status->m_flOutPacketsPerSec > 5 && status->m_flOutPacketsPerSec < 5000 && status->m_flInPacketsPerSec > 5 &&
              status->m_flInPacketsPerSec < 5000,
          "packets per second %f out %f in", (double)status->m_flOutPacketsPerSec, (double)status->m_flInPacketsPerSec);
    CHECK(status->m_flOutBytesPerSec > 3000 && status->m_flOutBytesPerSec < 4e6f && status->m_flInBytesPerSec > 3000 &&
              status->m_flInBytesPerSec < 4e6f,
          "bytes per second %f out %f in", (double)status->m_flOutBytesPerSec, (double)status->m_flInBytesPerSec);
    CHECK(status->m_nSendRateBytesPerSecond > 1000, "send rate %d", status->m_nSendRateBytesPerSecond);
    CHECK(status->m_usecMaxJitter >= -1 && status->m_usecMaxJitter < 1000000, "jitter %d", status->m_usecMaxJitter);
}

/* Keeps a little going, so that rates and round trips are measured; some implementations renew rates every 5 s. */
static void chatter(HSteamNetConnection connection, double seconds)
{
    static const uint8_t content[600];

    for (double end = now() + seconds; now() < end;) {
        SteamNetworkingMessage_t *messages[16];

        CHECK(lib.send(lib.sockets, connection, content, sizeof(content), RELIABLE_NOW, NULL) == k_EResultOK,
              "send failed");
        for (int i = lib.receive(lib.sockets, connection, messages, 16); i > 0; i--)
            lib.release(messages[i - 1]);
        pause_ms(20);
    }
}

void case_status(void)
{
    HSteamNetConnection connection = open_pair();
    SteamNetConnectionRealTimeStatus_t status;
    SteamNetConnectionRealTimeLaneStatus_t lanes[4];
    char text[16384] = "";

    configure_lanes(connection, params->lanes, NULL, NULL);
    transfer(connection);
    meet(600);
    chatter(connection, 6.5);
    memset(&status, 0x55, sizeof(status));
    CHECK(lib.status(lib.sockets, connection, &status, params->lanes, lanes) == k_EResultOK,
          "GetConnectionRealTimeStatus failed");
    check_status(&status);
    figure(" %s_ping=%d %s_quality=%.2f/%.2f %s_jitter_us=%d %s_in_pps=%.0f", role_name[role], status.m_nPing,
           role_name[role], (double)status.m_flConnectionQualityLocal, (double)status.m_flConnectionQualityRemote,
           role_name[role], status.m_usecMaxJitter, role_name[role], (double)status.m_flInPacketsPerSec);
    CHECK(lib.status(lib.sockets, connection, &status, params->lanes + 1, lanes) == k_EResultInvalidParam,
          "more lanes than there are were not refused");
    CHECK(lib.status(lib.sockets, connection, NULL, 0, NULL) == k_EResultOK, "a null status is refused");
    CHECK(lib.detail(lib.sockets, connection, NULL, 0) > 0, "GetDetailedConnectionStatus without a buffer");
    CHECK(lib.detail(lib.sockets, connection, text, sizeof(text)) == 0 && strlen(text) > 20,
          "GetDetailedConnectionStatus gave no text");
    AWAIT(outstanding(connection) == 0, 3000, "still %d bytes outstanding", outstanding(connection));
    finish(connection);
}
