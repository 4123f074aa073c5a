/*
 * Many threads that call everything there is, on handles that other threads close meanwhile, between an Init and a Kill
 * that come again and again. Nothing may crash, hang or race (the thread sanitizer says so); a few steady links in the
 * midst of it lose, repeat, swap and damage nothing; every payload is freed exactly once.
 *
 * What the threads do is drawn from a fixed seed for each case. They share handles and counters by relaxed atomics and
 * no locks, so that the test orders nothing that the library would have to order itself.
 */
#include "harness/home.h"
#include "harness/memory.h"
#include "harness/runner.h"

#include "fumarole/fumarole.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define S(name, ...) SteamAPI_ISteamNetworkingSockets_##name(sockets, ##__VA_ARGS__)
#define U(name, ...) SteamAPI_ISteamNetworkingUtils_##name(utils, ##__VA_ARGS__)
#define M(name, ...) SteamAPI_ISteamNetworkingMessages_##name(message_sessions, ##__VA_ARGS__)

enum {
    ROUNDS = 2,
    ROUND_MS = 350, /* of steady traffic under fire; then come changes of identity */
    RESETS = 3,
    PATIENCE_MS = 60000,
    BOARD = 24,
    GROUPS = 4,
    LISTENERS = 3,
    LINKS = 3,
    SENDERS = 2,
    ROGUES = 3,
    AHEAD = 60, /* messages that a sender may be ahead of the receiver of a link */
    LARGEST = 30000,
    STEADY = 0x57ead1,
    NOISE = 0x9015e,
};

static ISteamNetworkingSockets *sockets;
static ISteamNetworkingUtils *utils;
static ISteamNetworkingMessages *message_sessions;

/* ---- what threads share ----------------------------------------------------------------------------------------- */

static atomic_uint board[BOARD], groups[GROUPS], listeners[LISTENERS], ports[LISTENERS];
static atomic_bool traffic_over, senders_done, rogues_over, callbacks_over;
static atomic_bool identity_changes; /* which ends poll groups too */
static atomic_long payloads;         /* given to the library and not freed yet */
static atomic_int failures;
static uint64_t current_seed;

static pthread_mutex_t failure_lock = PTHREAD_MUTEX_INITIALIZER;

static uint32 peek(atomic_uint *shared)
{
    return atomic_load_explicit(shared, memory_order_relaxed);
}

static bool flag(atomic_bool *shared)
{
    return atomic_load_explicit(shared, memory_order_relaxed);
}

static void note_failure(int line, const char *what)
{
    pthread_mutex_lock(&failure_lock);
    if (atomic_fetch_add(&failures, 1) < 10)
        fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, line, what);
    pthread_mutex_unlock(&failure_lock);
}

/* cmocka's assertions are for the main thread. */
#define expect(condition)                                                                                              \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            note_failure(__LINE__, #condition);                                                                        \
    } while (0)

static int64_t milliseconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

struct dice {
    uint64_t state;
};

static uint32_t roll(struct dice *dice, uint32_t sides)
{
    dice->state ^= dice->state << 13;
    dice->state ^= dice->state >> 7;
    dice->state ^= dice->state << 17;
    return (uint32_t)((dice->state >> 32) % sides);
}

static struct dice dice_of(uint64_t seed, uint64_t thread)
{
    struct dice dice = {(seed * 1000 + thread + 1) * 0x9e3779b97f4a7c15u};

    for (int i = 0; i < 8; i++)
        roll(&dice, 2);
    return dice;
}

/* ---- the steady links ------------------------------------------------------------------------------------------- */

struct link {
    HSteamNetConnection from, to;
    HSteamNetPollGroup group; /* 0: read from the connection */
    uint32 next[SENDERS];     /* the receiver's */
    atomic_uint sent[SENDERS], received[SENDERS];
};

static struct link links[LINKS];

struct stamp {
    uint32 kind, link, sender, sequence, size;
};

/* A stamp, and bytes that follow from it. Returns the size. */
static uint32 fill(uint8 *data, uint32 size, struct stamp stamp)
{
    if (size < sizeof(stamp))
        size = sizeof(stamp);
    stamp.size = size;
    memcpy(data, &stamp, sizeof(stamp));
    for (uint32 k = sizeof(stamp); k < size; k++)
        data[k] = (uint8)(stamp.sequence + k);
    return size;
}

/* True if the message is as it was sent: every sender of this test stamps what it sends. */
static bool whole(const SteamNetworkingMessage_t *message, struct stamp *stamp)
{
    const uint8 *data = message->m_pData;

    if (message->m_cbSize < (int)sizeof(*stamp))
        return false;
    memcpy(stamp, data, sizeof(*stamp));
    if (stamp->size != (uint32)message->m_cbSize)
        return false;
    for (uint32 k = sizeof(*stamp); k < stamp->size; k++) {
        if (data[k] != (uint8)(stamp->sequence + k))
            return false;
    }
    return true;
}

static void send_next(struct dice *dice, uint32 l, uint32 sender)
{
    struct link *link = &links[l];
    uint32 sequence = peek(&link->sent[sender]);
    uint32 size = roll(dice, 16) ? roll(dice, 300) : roll(dice, LARGEST);
    SteamNetworkingMessage_t *message;
    int64 result = 0;

    if (sequence - peek(&link->received[sender]) >= AHEAD) {
        sched_yield();
        return;
    }
    if (size < sizeof(struct stamp))
        size = sizeof(struct stamp);
    message = U(AllocateMessage, (int)size);
    fill(message->m_pData, size, (struct stamp){STEADY, l, sender, sequence, 0});
    message->m_conn = link->from;
    message->m_nFlags = roll(dice, 2) ? k_nSteamNetworkingSend_Reliable : k_nSteamNetworkingSend_ReliableNoNagle;
    message->m_idxLane = (uint16)sender;
    S(SendMessages, 1, &message, &result, true);
    if (result > 0)
        atomic_store_explicit(&link->sent[sender], sequence + 1, memory_order_relaxed);
    else
        expect(result == -k_EResultLimitExceeded);
}

static void *send_steadily(void *argument)
{
    uint32 sender = (uint32)(uintptr_t)argument;
    struct dice dice = dice_of(current_seed, 100 + sender);

    for (uint32 l = 0; !flag(&traffic_over); l = (l + 1) % LINKS)
        send_next(&dice, l, sender);
    return NULL;
}

static void take(struct link *link, SteamNetworkingMessage_t *message)
{
    struct stamp stamp;

    if (!whole(message, &stamp)) {
        note_failure(__LINE__, "a message is as it was sent");
    } else if (stamp.kind == STEADY && stamp.sender < SENDERS) {
        expect(message->m_conn == link->to && &links[stamp.link] == link);
        expect(stamp.sequence == link->next[stamp.sender]);
        link->next[stamp.sender] = stamp.sequence + 1;
        atomic_store_explicit(&link->received[stamp.sender], stamp.sequence + 1, memory_order_relaxed);
    }
    SteamAPI_SteamNetworkingMessage_t_Release(message);
}

static bool all_arrived(void)
{
    for (int l = 0; l < LINKS; l++) {
        for (int s = 0; s < SENDERS; s++) {
            if (peek(&links[l].received[s]) != peek(&links[l].sent[s]))
                return false;
        }
    }
    return true;
}

/* The only thread that reads the steady links. */
static void *receive_steadily(void *argument)
{
    int64_t deadline = milliseconds() + PATIENCE_MS;

    (void)argument;
    while (!flag(&senders_done) || !all_arrived()) {
        for (int l = 0; l < LINKS; l++) {
            SteamNetworkingMessage_t *messages[8];
            int count = links[l].group ? S(ReceiveMessagesOnPollGroup, links[l].group, messages, 8)
                                       : S(ReceiveMessagesOnConnection, links[l].to, messages, 8);

            expect(count >= 0);
            for (int i = 0; i < count; i++)
                take(&links[l], messages[i]);
        }
        if (milliseconds() > deadline || atomic_load_explicit(&failures, memory_order_relaxed) > 0) {
            note_failure(__LINE__, "everything arrives");
            break;
        }
        sched_yield();
    }
    return NULL;
}

/* ---- handles that come and go ----------------------------------------------------------------------------------- */

static void close_one(struct dice *dice, HSteamNetConnection connection)
{
    if (connection)
        S(CloseConnection, connection, (int)roll(dice, 4000), roll(dice, 2) ? "enough of this" : NULL,
          roll(dice, 2) == 0);
}

/* Puts a connection where another one was, which is closed. */
static void put(struct dice *dice, HSteamNetConnection connection)
{
    close_one(dice, atomic_exchange_explicit(&board[roll(dice, BOARD)], connection, memory_order_relaxed));
}

static HSteamNetConnection board_connection(struct dice *dice)
{
    return peek(&board[roll(dice, BOARD)]);
}

/* Of the board, a steady one, or nobody's. */
static HSteamNetConnection any_connection(struct dice *dice)
{
    uint32_t choice = roll(dice, BOARD + 1 + LINKS);

    if (choice > BOARD)
        return roll(dice, 2) ? links[choice - BOARD - 1].from : links[choice - BOARD - 1].to;
    return choice == BOARD ? roll(dice, 0xffffffff) : peek(&board[choice]);
}

static SteamNetworkingIPAddr loopback(uint16 port)
{
    SteamNetworkingIPAddr address;

    memset(&address, 0, sizeof(address));
    SteamAPI_SteamNetworkingIPAddr_SetIPv4(&address, 0x7f000001, port);
    return address;
}

static void do_pair(struct dice *dice)
{
    HSteamNetConnection a, b;

    if (S(CreateSocketPair, &a, &b, roll(dice, 2) == 0, NULL, NULL)) {
        put(dice, a);
        put(dice, b);
    }
}

static void do_connect(struct dice *dice)
{
    SteamNetworkingIPAddr address = loopback((uint16)peek(&ports[roll(dice, LISTENERS)]));
    SteamNetworkingConfigValue_t option;

    SteamAPI_SteamNetworkingConfigValue_t_SetInt32(&option, k_ESteamNetworkingConfig_TimeoutInitial, 100);
    if (address.m_port)
        put(dice, S(ConnectByIPAddress, &address, (int)roll(dice, 2), &option));
}

static void do_listen(struct dice *dice)
{
    uint32_t i = roll(dice, LISTENERS);
    SteamNetworkingIPAddr address = loopback(0);
    HSteamListenSocket new_one = Fumarole_CreateListenSocketIPAnyPort(&address, 0, NULL), old;

    if (!new_one)
        return;
    S(GetListenSocketAddress, new_one, &address);
    old = atomic_exchange_explicit(&listeners[i], new_one, memory_order_relaxed);
    atomic_store_explicit(&ports[i], address.m_port, memory_order_relaxed);
    if (old)
        S(CloseListenSocket, old);
}

static void do_peer_to_peer(struct dice *dice)
{
    SteamNetworkingIdentity self;
    int port = (int)roll(dice, 3);
    HSteamListenSocket listener = S(CreateListenSocketP2P, port, 0, NULL);

    S(GetIdentity, &self);
    put(dice, S(ConnectP2P, &self, port, 0, NULL));
    if (listener)
        S(CloseListenSocket, listener);
}

static void do_close(struct dice *dice)
{
    close_one(dice, atomic_exchange_explicit(&board[roll(dice, BOARD)], 0, memory_order_relaxed));
}

static void do_accept(struct dice *dice)
{
    S(AcceptConnection, board_connection(dice));
}

static void do_groups(struct dice *dice)
{
    atomic_uint *place = &groups[roll(dice, GROUPS)];
    HSteamNetPollGroup old;

    if (roll(dice, 3) == 0) {
        old = atomic_exchange_explicit(place, S(CreatePollGroup), memory_order_relaxed);
        if (old)
            expect(S(DestroyPollGroup, old) || flag(&identity_changes));
    }
    S(SetConnectionPollGroup, board_connection(dice), roll(dice, 4) ? peek(place) : 0);
    Fumarole_GetPollGroupDescriptor(peek(place));
}

/* ---- messages --------------------------------------------------------------------------------------------------- */

static void free_payload(SteamNetworkingMessage_t *message)
{
    free(message->m_pData);
    atomic_fetch_sub_explicit(&payloads, 1, memory_order_relaxed);
}

static void do_send(struct dice *dice)
{
    static const int flags[] = {
        k_nSteamNetworkingSend_Unreliable,        k_nSteamNetworkingSend_UnreliableNoNagle,
        k_nSteamNetworkingSend_UnreliableNoDelay, k_nSteamNetworkingSend_Reliable,
        k_nSteamNetworkingSend_ReliableNoNagle,   k_nSteamNetworkingSend_UseCurrentThread,
    };
    uint8 data[3000];
    uint32 size = fill(data, roll(dice, sizeof(data)), (struct stamp){NOISE, 0, 0, roll(dice, 256), 0});
    int64 number;

    S(SendMessageToConnection, any_connection(dice), data, size, flags[roll(dice, sizeof(flags) / sizeof(flags[0]))],
      roll(dice, 2) ? &number : NULL);
}

static void do_send_many(struct dice *dice)
{
    SteamNetworkingMessage_t *messages[6];
    int64 results[6];
    int count = 1 + (int)roll(dice, 6);
    bool delete_failed = roll(dice, 2) == 0;

    for (int i = 0; i < count; i++) {
        uint32 size = (uint32)sizeof(struct stamp) + roll(dice, 2000);
        SteamNetworkingMessage_t *message = messages[i] = U(AllocateMessage, 0);

        message->m_pData = malloc(size);
        message->m_cbSize = (int)fill(message->m_pData, size, (struct stamp){NOISE, 0, 0, roll(dice, 256), 0});
        message->m_pfnFreeData = free_payload;
        message->m_conn = board_connection(dice);
        message->m_idxLane = (uint16)roll(dice, 3);
        message->m_nFlags = roll(dice, 2) ? k_nSteamNetworkingSend_Reliable : k_nSteamNetworkingSend_Unreliable;
        atomic_fetch_add_explicit(&payloads, 1, memory_order_relaxed);
    }
    S(SendMessages, count, messages, roll(dice, 2) ? results : NULL, delete_failed);
    for (int i = 0; i < count && !delete_failed; i++) {
        if (messages[i])
            SteamAPI_SteamNetworkingMessage_t_Release(messages[i]);
    }
}

static void do_receive(struct dice *dice)
{
    SteamNetworkingMessage_t *messages[16];
    int count = roll(dice, 2) ? S(ReceiveMessagesOnConnection, board_connection(dice), messages, 16)
                              : S(ReceiveMessagesOnPollGroup, peek(&groups[roll(dice, GROUPS)]), messages, 16);

    for (int i = 0; i < count; i++) {
        struct stamp stamp;

        expect(whole(messages[i], &stamp) && stamp.kind == NOISE);
        SteamAPI_SteamNetworkingMessage_t_Release(messages[i]);
    }
}

static void do_lanes(struct dice *dice)
{
    static const int priorities[4] = {1, 0, 1, 2};
    static const uint16 weights[4] = {1, 5, 3, 1};

    S(ConfigureConnectionLanes, board_connection(dice), 1 + (int)roll(dice, 4), roll(dice, 2) ? priorities : NULL,
      roll(dice, 2) ? weights : NULL);
}

static void do_flush(struct dice *dice)
{
    S(FlushMessagesOnConnection, any_connection(dice));
}

/* Sessions with oneself. */
static void do_sessions(struct dice *dice)
{
    SteamNetworkingMessage_t *messages[8];
    SteamNetConnectionRealTimeStatus_t status;
    SteamNetworkingIdentity self;
    SteamNetConnectionInfo_t info;
    uint8 data[64];
    int count, channel = (int)roll(dice, 3);

    S(GetIdentity, &self);
    switch (roll(dice, 6)) {
    case 0:
        M(AcceptSessionWithUser, &self);
        break;
    case 1:
        M(CloseChannelWithUser, &self, channel);
        break;
    case 2:
        if (roll(dice, 4) == 0)
            M(CloseSessionWithUser, &self);
        break;
    case 3:
        M(GetSessionConnectionInfo, &self, &info, &status);
        break;
    case 4:
        fill(data, sizeof(data), (struct stamp){NOISE, 0, 0, 0, 0});
        M(SendMessageToUser, &self, data, sizeof(data),
          k_nSteamNetworkingSend_Reliable | k_nSteamNetworkingSend_AutoRestartBrokenSession, channel);
        break;
    default:
        count = M(ReceiveMessagesOnChannel, channel, messages, 8);
        for (int i = 0; i < count; i++) {
            expect(messages[i]->m_cbSize == sizeof(data));
            SteamAPI_SteamNetworkingMessage_t_Release(messages[i]);
        }
    }
}

/* ---- settings and questions ------------------------------------------------------------------------------------- */

static void do_config(struct dice *dice)
{
    /* Values under which the steady links can live. */
    static const struct {
        ESteamNetworkingConfigValue value;
        int32 lowest, range;
    } mild[] = {
        {k_ESteamNetworkingConfig_NagleTime, 0, 20000},
        {k_ESteamNetworkingConfig_SendBufferSize, 100000, 1000000},
        {k_ESteamNetworkingConfig_RecvBufferSize, 100000, 1000000},
        {k_ESteamNetworkingConfig_RecvBufferMessages, 100, 1000},
        {k_ESteamNetworkingConfig_SendRateMin, 3000000, 10000000},
        {k_ESteamNetworkingConfig_SendRateMax, 3000000, 10000000},
        {k_ESteamNetworkingConfig_MTU_PacketSize, 300, 1000},
        {k_ESteamNetworkingConfig_SendTimeSincePreviousPacket, -1, 3},
        {k_ESteamNetworkingConfig_LogLevel_Message, 2, 6},
        {k_ESteamNetworkingConfig_FakePacketLoss_Send, 0, 4},
        {k_ESteamNetworkingConfig_FakePacketLoss_Recv, 0, 4},
        {k_ESteamNetworkingConfig_FakePacketReorder_Send, 0, 10},
        {k_ESteamNetworkingConfig_FakePacketDup_Recv, 0, 10},
        {k_ESteamNetworkingConfig_FakePacketJitter_Send_Avg, 0, 3},
        {k_ESteamNetworkingConfig_PacketTraceMaxBytes, -1, 20},
    };
    uint32_t which = roll(dice, sizeof(mild) / sizeof(mild[0]));
    int32 number = mild[which].lowest + (int32)roll(dice, (uint32_t)mild[which].range);
    ESteamNetworkingConfigScope scope = k_ESteamNetworkingConfig_Global;
    ESteamNetworkingConfigDataType type;
    size_t size = sizeof(number);
    intptr_t object = 0;

    switch (roll(dice, 4)) {
    case 0:
        scope = k_ESteamNetworkingConfig_Connection;
        object = (intptr_t)any_connection(dice);
        break;
    case 1:
        scope = k_ESteamNetworkingConfig_ListenSocket;
        object = (intptr_t)peek(&listeners[roll(dice, LISTENERS)]);
        break;
    case 2:
        scope = k_ESteamNetworkingConfig_SocketsInterface;
        object = (intptr_t)sockets;
        break;
    default:
        break;
    }
    U(SetConfigValue, mild[which].value, scope, object, k_ESteamNetworkingConfig_Int32, roll(dice, 4) ? &number : NULL);
    U(GetConfigValue, mild[which].value, scope, object, &type, &number, &size);
    U(IterateGenericEditableConfigValues, mild[which].value, true);
    U(GetConfigValueInfo, mild[which].value, &type, &scope);
    if (roll(dice, 8) == 0) {
        U(SetConnectionConfigValueString, any_connection(dice), k_ESteamNetworkingConfig_P2P_STUN_ServerList,
          roll(dice, 2) ? "stun.example:3478" : "");
        U(SetGlobalConfigValueString, k_ESteamNetworkingConfig_SDRClient_FakeClusterPing,
          roll(dice, 2) ? "ams=40,sto=50" : NULL);
    }
}

static void do_ask(struct dice *dice)
{
    HSteamNetConnection connection = any_connection(dice);
    SteamNetConnectionRealTimeLaneStatus_t lanes[2];
    SteamNetConnectionRealTimeStatus_t status;
    SteamNetAuthenticationStatus_t authentication;
    SteamNetConnectionInfo_t info;
    struct FumaroleStatistics statistics = {.size = sizeof(statistics)};
    char text[4096];
    int size = sizeof(text);

    S(GetConnectionInfo, connection, &info);
    S(GetConnectionRealTimeStatus, connection, &status, (int)roll(dice, 3), lanes);
    S(GetConnectionName, connection, text, sizeof(text));
    S(GetConnectionUserData, connection);
    switch (roll(dice, 5)) {
    case 0:
        S(GetDetailedConnectionStatus, connection, text, sizeof(text));
        break;
    case 1:
        S(GetAuthenticationStatus, &authentication);
        S(InitAuthentication);
        break;
    case 2:
        S(GetCertificateRequest, &size, text, NULL);
        break;
    case 3:
        Fumarole_GetStatistics(&statistics);
        Fumarole_GetWaitDescriptor();
        Fumarole_GetCallbackDescriptor();
        break;
    default:
        U(GetLocalTimestamp);
    }
}

static void queue_drained(HSteamNetConnection connection, int pending, void *context)
{
    (void)pending;
    (void)context;
    S(GetConnectionUserData, connection);
}

static void hear(ESteamNetworkingSocketsDebugOutputType type, const char *text)
{
    (void)type;
    expect(text[0] != '\0');
}

static void do_name(struct dice *dice)
{
    HSteamNetConnection connection = any_connection(dice);

    S(SetConnectionName, connection, roll(dice, 2) ? "a name" : "another name that is longer");
    S(SetConnectionUserData, connection, roll(dice, 1000));
    Fumarole_SetSendQueueCallback(connection, (int)roll(dice, 10000), roll(dice, 2) ? queue_drained : NULL, NULL);
    if (roll(dice, 20) == 0)
        U(SetDebugOutputFunction, (ESteamNetworkingSocketsDebugOutputType)roll(dice, 7), roll(dice, 2) ? hear : NULL);
}

static void (*const deeds[])(struct dice *) = {
    do_pair,      do_connect,  do_connect, do_listen,  do_peer_to_peer, do_close, do_accept,
    do_groups,    do_groups,   do_send,    do_send,    do_send,         do_send,  do_send_many,
    do_send_many, do_receive,  do_receive, do_receive, do_receive,      do_lanes, do_flush,
    do_sessions,  do_sessions, do_config,  do_config,  do_ask,          do_ask,   do_name,
};

static void *run_amok(void *argument)
{
    struct dice dice = dice_of(current_seed, (uintptr_t)argument);

    while (!flag(&rogues_over))
        deeds[roll(&dice, sizeof(deeds) / sizeof(deeds[0]))](&dice);
    return NULL;
}

/* ---- callbacks -------------------------------------------------------------------------------------------------- */

static atomic_uint steady_listener, steady_server; /* and the connection that came in there */

static void status_changed(SteamNetConnectionStatusChangedCallback_t *event)
{
    struct dice dice = dice_of(current_seed, event->m_hConn);

    if (event->m_eOldState == k_ESteamNetworkingConnectionState_None && event->m_info.m_hListenSocket) {
        S(AcceptConnection, event->m_hConn);
        if (event->m_info.m_hListenSocket == peek(&steady_listener))
            atomic_store_explicit(&steady_server, event->m_hConn, memory_order_relaxed);
        else
            put(&dice, event->m_hConn);
    } else if (event->m_info.m_eState == k_ESteamNetworkingConnectionState_ClosedByPeer) {
        S(CloseConnection, event->m_hConn, 0, NULL, false);
    }
}

static void session_requested(SteamNetworkingMessagesSessionRequest_t *event)
{
    M(AcceptSessionWithUser, &event->m_identityRemote);
}

static void session_failed(SteamNetworkingMessagesSessionFailed_t *event)
{
    expect(event->m_info.m_hListenSocket == 0);
}

static bool by_hand; /* manual poll mode: the second of these threads does the work */

static void *run_callbacks(void *argument)
{
    bool polls = by_hand && argument;

    while (!flag(&callbacks_over)) {
        S(RunCallbacks);
        if (polls)
            SteamNetworkingSockets_Poll(2);
        else if (!by_hand)
            Fumarole_Wait(2);
        else
            sched_yield();
    }
    return NULL;
}

/* ---- a round ---------------------------------------------------------------------------------------------------- */

static void start_library(void)
{
    SteamNetworkingErrMsg error = "";

    if (!GameNetworkingSockets_Init(NULL, error))
        fail_msg("Init: %s", error);
    sockets = SteamNetworkingSockets_LibV12();
    utils = SteamNetworkingUtils_LibV4();
    message_sessions = SteamNetworkingMessages_LibV2();
    assert_true(U(SetGlobalCallback_SteamNetConnectionStatusChanged, status_changed));
    assert_true(U(SetGlobalCallback_MessagesSessionRequest, session_requested));
    assert_true(U(SetGlobalCallback_MessagesSessionFailed, session_failed));
    assert_true(U(SetGlobalConfigValueInt32, k_ESteamNetworkingConfig_TimeoutConnected, PATIENCE_MS));
    assert_true(U(SetGlobalConfigValueInt32, k_ESteamNetworkingConfig_TimeoutInitial, PATIENCE_MS));
}

static void clear(ESteamNetworkingConfigValue value)
{
    assert_true(U(SetConfigValue, value, k_ESteamNetworkingConfig_Global, 0, k_ESteamNetworkingConfig_Int32, NULL));
}

/* Settings outlive a Kill. */
static void clear_every_setting(void)
{
    ESteamNetworkingConfigValue value = k_ESteamNetworkingConfig_Invalid;

    while ((value = U(IterateGenericEditableConfigValues, value, true)) != k_ESteamNetworkingConfig_Invalid)
        clear(value);
    clear(k_ESteamNetworkingConfig_SDRClient_FakeClusterPing);
    clear(k_ESteamNetworkingConfig_Callback_ConnectionStatusChanged);
    clear(k_ESteamNetworkingConfig_Callback_MessagesSessionRequest);
    clear(k_ESteamNetworkingConfig_Callback_MessagesSessionFailed);
}

static void set_up_links(void)
{
    SteamNetworkingIPAddr address = loopback(0);
    int64_t deadline = milliseconds() + PATIENCE_MS;

    memset(links, 0, sizeof(links));
    atomic_store(&steady_server, 0);
    atomic_store(&steady_listener, Fumarole_CreateListenSocketIPAnyPort(&address, 0, NULL));
    assert_true(S(GetListenSocketAddress, atomic_load(&steady_listener), &address));
    links[0].from = S(ConnectByIPAddress, &address, 0, NULL);
    assert_true(S(CreateSocketPair, &links[1].from, &links[1].to, true, NULL, NULL));
    assert_true(S(CreateSocketPair, &links[2].from, &links[2].to, false, NULL, NULL));
    while (!(links[0].to = atomic_load(&steady_server))) {
        assert_true(milliseconds() < deadline);
        sched_yield();
    }
    links[1].group = S(CreatePollGroup);
    assert_true(S(SetConnectionPollGroup, links[1].to, links[1].group));
    for (int l = 0; l < LINKS; l++)
        assert_int_equal(S(ConfigureConnectionLanes, links[l].from, SENDERS, NULL, NULL), k_EResultOK);
}

static void forget_everything(void)
{
    for (int i = 0; i < BOARD; i++)
        atomic_store(&board[i], 0);
    for (int i = 0; i < GROUPS; i++)
        atomic_store(&groups[i], 0);
    for (int i = 0; i < LISTENERS; i++) {
        atomic_store(&listeners[i], 0);
        atomic_store(&ports[i], 0);
    }
    atomic_store(&traffic_over, false);
    atomic_store(&senders_done, false);
    atomic_store(&rogues_over, false);
    atomic_store(&callbacks_over, false);
    atomic_store(&identity_changes, false);
}

static void sleep_for(int ms)
{
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000L}, NULL);
}

static void start_threads(pthread_t *threads, int count, void *(*run)(void *))
{
    for (int i = 0; i < count; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run, (void *)(intptr_t)i), 0);
}

static void join_threads(pthread_t *threads, int count)
{
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
}

static void change_identity(void)
{
    atomic_store(&identity_changes, true);
    for (int i = 0; i < RESETS; i++) {
        S(ResetIdentity, NULL);
        sleep_for(15);
    }
}

/* From every sender over every link. */
static bool something_has_arrived(void)
{
    for (int l = 0; l < LINKS; l++) {
        for (int s = 0; s < SENDERS; s++) {
            if (peek(&links[l].received[s]) == 0)
                return false;
        }
    }
    return true;
}

static void one_round(uint64_t seed)
{
    pthread_t callbacks[2], rogues[ROGUES], senders[SENDERS], receiver;

    current_seed = seed;
    forget_everything();
    start_library();
    start_threads(callbacks, 2, run_callbacks);
    set_up_links();
    start_threads(rogues, ROGUES, run_amok);
    start_threads(senders, SENDERS, send_steadily);
    start_threads(&receiver, 1, receive_steadily);

    sleep_for(ROUND_MS); /* how long it goes on is all that time decides here */
    while (!something_has_arrived())
        sleep_for(ROUND_MS);
    atomic_store(&traffic_over, true);
    join_threads(senders, SENDERS);
    atomic_store(&senders_done, true);
    join_threads(&receiver, 1);
    change_identity();
    atomic_store(&rogues_over, true);
    join_threads(rogues, ROGUES);
    atomic_store(&callbacks_over, true);
    join_threads(callbacks, 2);
    clear_every_setting();
    GameNetworkingSockets_Kill();
    assert_null(SteamNetworkingSockets_LibV12());
    assert_int_equal(atomic_load(&failures), 0);
    assert_int_equal(atomic_load(&payloads), 0);
}

static void rounds_of(uint64_t seed)
{
    for (uint64_t i = 0; i < ROUNDS; i++) {
        print_message("seed %llu\n", (unsigned long long)(seed + i * 100));
        one_round(seed + i * 100);
    }
}

/* ---- the cases -------------------------------------------------------------------------------------------------- */

static void anonymous_peers(void **state)
{
    (void)state;
    rounds_of(1);
}

/* With authentication going on in the background. */
static void certified_peers(void **state)
{
    (void)state;
    make_home();
    rounds_of(2);
}

static void callers_that_poll(void **state)
{
    (void)state;
    by_hand = true;
    SteamNetworkingSockets_SetManualPollMode(true);
    rounds_of(3);
}

/* Counting memory puts calls in an order, which may hide races; so this is a case of its own. */
static void memory_comes_back(void **state)
{
    (void)state;
    memory_install();
    rounds_of(4);
    assert_int_equal(memory_blocks(), 0);
}

int main(int argc, char **argv)
{
    static const struct real_case cases[] = {
        real_case_within(anonymous_peers, 200),
        real_case_within(certified_peers, 200),
        real_case_within(callers_that_poll, 200),
        real_case_within(memory_comes_back, 200),
    };

    return run_cases(argc, argv, cases);
}
