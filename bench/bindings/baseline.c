/*
 * baseline: what messages of 100 bytes cost a program that calls the C API itself. The benchmarks of the bindings,
 * beside this file, do the same in their languages, and print the same lines:
 *
 *     workload<TAB>messages<TAB>seconds<TAB>processor seconds
 *
 * A process talks to itself: over a pipe (a connection to its own identity, without a network), so that little but the
 * calls is measured, and over loopback. Bursts of 800 reliable messages are sent and received in turn. No two messages
 * are equal, since a language may keep equal strings only once.
 *
 *     pipe send 1 | 32            the time of sending alone, one message a call or 32
 *     pipe receive 1 | 32 | 100   the time of receiving alone, at most so many a call
 *     pipe group 32 | 100         the same from a poll group
 *     loopback 32                 sending one by one, flushing, and receiving up to 32 until all have arrived, with the
 *                                 library's threads; SendRateMin and SendRateMax of the sender are 268435456
 *
 *   baseline [MESSAGES]           of each workload; 400000 if not given
 */
#include "bench/cost.h"

#include "fumarole/fumarole.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BURST = 800, SIZE = 100, MOST = 100, SEND_RATE = 256 << 20 };

static const struct workload {
    const char *name;
    bool loopback, sending, receiving; /* what is timed */
    bool group;
    int send_batch, receive_batch;
} workloads[] = {
    {.name = "pipe send 1", .sending = true, .send_batch = 1, .receive_batch = 32},
    {.name = "pipe send 32", .sending = true, .send_batch = 32, .receive_batch = 32},
    {.name = "pipe receive 1", .receiving = true, .send_batch = 32, .receive_batch = 1},
    {.name = "pipe receive 32", .receiving = true, .send_batch = 32, .receive_batch = 32},
    {.name = "pipe receive 100", .receiving = true, .send_batch = 32, .receive_batch = 100},
    {.name = "pipe group 32", .receiving = true, .group = true, .send_batch = 32, .receive_batch = 32},
    {.name = "pipe group 100", .receiving = true, .group = true, .send_batch = 32, .receive_batch = 100},
    {.name = "loopback 32", .loopback = true, .sending = true, .receiving = true, .send_batch = 1, .receive_batch = 32},
};

static ISteamNetworkingSockets *sockets;
static HSteamNetConnection accepted;
static char filler[SIZE];
static uint64_t messages_made;

static void fail(const char *what)
{
    fprintf(stderr, "baseline: %s\n", what);
    exit(1);
}

static void on_status(SteamNetConnectionStatusChangedCallback_t *change)
{
    if (change->m_info.m_eState == k_ESteamNetworkingConnectionState_Connecting &&
        change->m_info.m_hListenSocket != 0) {
        accepted = change->m_hConn;
        SteamAPI_ISteamNetworkingSockets_AcceptConnection(sockets, accepted);
    } else if (change->m_info.m_eState == k_ESteamNetworkingConnectionState_ProblemDetectedLocally) {
        fail(change->m_info.m_szEndDebug);
    }
}

static bool connected(HSteamNetConnection connection)
{
    SteamNetConnectionInfo_t info;
    return SteamAPI_ISteamNetworkingSockets_GetConnectionInfo(sockets, connection, &info) &&
           info.m_eState == k_ESteamNetworkingConnectionState_Connected;
}

/* A message that was not sent before. */
static void make_message(char *message)
{
    messages_made++;
    memcpy(message, filler, SIZE);
    memcpy(message, &messages_made, sizeof messages_made);
}

/* Returns when both ends stand. */
static HSteamNetConnection connect_to_self(bool loopback, HSteamListenSocket *door)
{
    HSteamNetConnection connection;
    accepted = 0;
    if (loopback) {
        SteamNetworkingConfigValue_t rate[2] = {
            {.m_eValue = k_ESteamNetworkingConfig_SendRateMin, .m_eDataType = k_ESteamNetworkingConfig_Int32},
            {.m_eValue = k_ESteamNetworkingConfig_SendRateMax, .m_eDataType = k_ESteamNetworkingConfig_Int32},
        };
        SteamNetworkingIPAddr address;
        rate[0].m_val.m_int32 = rate[1].m_val.m_int32 = SEND_RATE;
        SteamNetworkingIPAddr_ParseString(&address, "127.0.0.1:0");
        *door = Fumarole_CreateListenSocketIPAnyPort(&address, 0, NULL);
        SteamAPI_ISteamNetworkingSockets_GetListenSocketAddress(sockets, *door, &address);
        connection = SteamAPI_ISteamNetworkingSockets_ConnectByIPAddress(sockets, &address, 2, rate);
    } else {
        SteamNetworkingIdentity self;
        SteamAPI_ISteamNetworkingSockets_GetIdentity(sockets, &self);
        *door = SteamAPI_ISteamNetworkingSockets_CreateListenSocketP2P(sockets, 0, 0, NULL);
        connection = SteamAPI_ISteamNetworkingSockets_ConnectP2P(sockets, &self, 0, 0, NULL);
    }
    if (*door == 0 || connection == 0)
        fail("cannot connect to itself");
    while (accepted == 0 || !connected(accepted) || !connected(connection)) {
        SteamAPI_ISteamNetworkingSockets_RunCallbacks(sockets);
        Fumarole_Wait(10);
    }
    return connection;
}

static void send_burst(HSteamNetConnection to, int batch)
{
    if (batch == 1) {
        for (int sent = 0; sent < BURST; sent++) {
            char message[SIZE];
            make_message(message);
            if (SteamAPI_ISteamNetworkingSockets_SendMessageToConnection(
                    sockets, to, message, SIZE, k_nSteamNetworkingSend_Reliable, NULL) != k_EResultOK)
                fail("a message was refused");
        }
        return;
    }
    for (int sent = 0; sent < BURST; sent += batch) {
        SteamNetworkingMessage_t *messages[MOST];
        int64 results[MOST];
        for (int i = 0; i < batch; i++) {
            messages[i] = SteamAPI_ISteamNetworkingUtils_AllocateMessage(SteamNetworkingUtils_LibV4(), SIZE);
            messages[i]->m_conn = to;
            messages[i]->m_nFlags = k_nSteamNetworkingSend_Reliable;
            make_message(messages[i]->m_pData);
        }
        SteamAPI_ISteamNetworkingSockets_SendMessages(sockets, batch, messages, results, true);
        for (int i = 0; i < batch; i++)
            if (results[i] < 0)
                fail("a message was refused");
    }
}

/* What a program does at least with a message: it looks at every byte's place and gives the message back. */
static int receive(HSteamNetPollGroup group, int batch)
{
    SteamNetworkingMessage_t *messages[MOST];
    int count = group != 0
                    ? SteamAPI_ISteamNetworkingSockets_ReceiveMessagesOnPollGroup(sockets, group, messages, batch)
                    : SteamAPI_ISteamNetworkingSockets_ReceiveMessagesOnConnection(sockets, accepted, messages, batch);
    for (int i = 0; i < count; i++) {
        const char *data = messages[i]->m_pData;
        if (messages[i]->m_cbSize != SIZE ||
            memcmp(data + sizeof messages_made, filler, SIZE - sizeof messages_made) != 0)
            fail("a message has changed");
        SteamAPI_SteamNetworkingMessage_t_Release(messages[i]);
    }
    return count;
}

static void run(const struct workload *workload, long wanted)
{
    HSteamListenSocket door;
    HSteamNetConnection connection = connect_to_self(workload->loopback, &door);
    HSteamNetPollGroup group = 0;
    double wall = 0, processor = 0;
    long done;
    if (workload->group) {
        group = SteamAPI_ISteamNetworkingSockets_CreatePollGroup(sockets);
        SteamAPI_ISteamNetworkingSockets_SetConnectionPollGroup(sockets, accepted, group);
    }
    for (done = -wanted / 10 / BURST * BURST; done < wanted;) { /* the first tenth only warms up */
        if (done == 0)
            wall = processor = 0;
        double started = clock_seconds(), cost = processor_seconds();
        send_burst(connection, workload->send_batch);
        if (workload->loopback)
            SteamAPI_ISteamNetworkingSockets_FlushMessagesOnConnection(sockets, connection);
        if (!workload->sending)
            started = clock_seconds(), cost = processor_seconds();
        else if (!workload->receiving)
            wall += clock_seconds() - started, processor += processor_seconds() - cost;
        for (int got = 0; got < BURST;)
            got += receive(group, workload->receive_batch);
        if (workload->receiving)
            wall += clock_seconds() - started, processor += processor_seconds() - cost;
        done += BURST;
    }
    printf("%s\t%ld\t%.6f\t%.6f\n", workload->name, done, wall, processor);
    SteamAPI_ISteamNetworkingSockets_DestroyPollGroup(sockets, group);
    SteamAPI_ISteamNetworkingSockets_CloseConnection(sockets, connection, 0, NULL, false);
    SteamAPI_ISteamNetworkingSockets_CloseListenSocket(sockets, door);
}

int main(int argc, char **argv)
{
    long messages = argc > 1 ? strtol(argv[1], NULL, 10) : 400000;
    SteamNetworkingErrMsg error;
    if (messages <= 0 || argc > 2) {
        fputs("usage: baseline [MESSAGES]\n", stderr);
        return 2;
    }
    memset(filler, 'x', SIZE);
    if (!GameNetworkingSockets_Init(NULL, error))
        fail(error);
    sockets = SteamNetworkingSockets_LibV12();
    SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_SteamNetConnectionStatusChanged(SteamNetworkingUtils_LibV4(),
                                                                                     on_status);
    for (size_t i = 0; i < sizeof workloads / sizeof *workloads; i++)
        run(&workloads[i], messages);
    GameNetworkingSockets_Kill();
    return 0;
}
