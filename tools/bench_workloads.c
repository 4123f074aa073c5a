/*
 * What the clients of 'fumarole bench' do.
 */
#include "tools/bench.h"

#include "bench/cost.h"
#include "tools/complain.h"
#include "tools/host.h"
#include "tools/sample.h"
#include "tools/terminal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t messages_back;
static int connections_lost;
static int64_t connections_ready;

static void on_message(const SteamNetworkingMessage_t *message)
{
    (void)message;
    messages_back++;
}

static void on_change(const SteamNetConnectionStatusChangedCallback_t *change)
{
    int state = change->m_info.m_eState;
    if (state == k_ESteamNetworkingConnectionState_Connected)
        connections_ready++;
    else if (state == k_ESteamNetworkingConnectionState_ClosedByPeer ||
             state == k_ESteamNetworkingConnectionState_ProblemDetectedLocally)
        connections_lost++;
}

static enum exit_code lost(void)
{
    complain("the connection was lost while measuring");
    return EXIT_UNDONE;
}

static enum exit_code connect_one(const char *address, HSteamNetConnection *connection)
{
    host_on_change(on_change);
    host_on_message(on_message);
    return host_connect(address, connection);
}

/* Opens all connections at once and waits until they stand. */
static enum exit_code connect_many(const char *address, HSteamNetConnection *connections, int64_t count)
{
    host_on_change(on_change);
    host_on_message(on_message);
    for (int64_t i = 0; i < count; i++) {
        connections[i] = host_connect_begin(address);
        if (!connections[i])
            return EXIT_NO_CONNECTION;
        if (i % 64 == 63)
            host_wait(0, -1);
    }
    for (int64_t until = monotonic_now() + 30000000; connections_ready < count;) {
        if (connections_lost || monotonic_now() > until) {
            complain("only %" PRId64 " of %" PRId64 " connections were made", connections_ready, count);
            return EXIT_UNDONE;
        }
        if (host_wait(100, -1) & HOST_STOP)
            return EXIT_INTERRUPTED;
    }
    return EXIT_DONE;
}

/* As fast as it goes, for a time; then waits for what is reliable to be acknowledged. */
static enum exit_code flood(const struct bench_settings *settings, const char *address, int flags,
                            struct bench_asked *asked)
{
    HSteamNetConnection connection;
    enum exit_code code = connect_one(address, &connection);
    if (code != EXIT_DONE)
        return code;
    void *payload = calloc(1, (size_t)settings->size);
    if (!payload)
        return EXIT_LOCAL;
    double processor = processor_seconds();
    int64_t began = monotonic_now(), until = began + (int64_t)(settings->seconds * 1e6);
    while (code == EXIT_DONE && monotonic_now() < until) {
        for (int i = 0; i < 64 && code == EXIT_DONE; i++) {
            code = host_send(connection, payload, (uint32_t)settings->size, flags);
            asked->sent += code == EXIT_DONE;
        }
        if (host_wait(0, -1) & HOST_STOP)
            code = EXIT_INTERRUPTED;
    }
    free(payload);
    if (code == EXIT_DONE && (flags & k_nSteamNetworkingSend_Reliable))
        host_drain(connection, 30);
    asked->seconds = (double)(monotonic_now() - began) / 1e6;
    asked->processor = processor_seconds() - processor;
    if (code == EXIT_UNDONE)
        return lost();
    return code;
}

static enum exit_code run_reliable(const struct bench_settings *settings, const char *address,
                                   struct bench_asked *asked)
{
    return flood(settings, address, k_nSteamNetworkingSend_Reliable, asked);
}

static enum exit_code run_unreliable(const struct bench_settings *settings, const char *address,
                                     struct bench_asked *asked)
{
    return flood(settings, address, k_nSteamNetworkingSend_Unreliable, asked);
}

static enum exit_code run_pingpong(const struct bench_settings *settings, const char *address,
                                   struct bench_asked *asked)
{
    HSteamNetConnection connection;
    enum exit_code code = connect_one(address, &connection);
    if (code != EXIT_DONE)
        return code;
    void *payload = calloc(1, (size_t)settings->size);
    if (!payload)
        return EXIT_LOCAL;
    struct sample times = {0};
    double processor = processor_seconds();
    int64_t began = monotonic_now(), until = began + (int64_t)(settings->seconds * 1e6), now = began;
    while (code == EXIT_DONE && now < until) {
        int64_t start = now;
        code = host_send(connection, payload, (uint32_t)settings->size, k_nSteamNetworkingSend_ReliableNoNagle);
        asked->sent++;
        while (code == EXIT_DONE && messages_back < asked->sent) {
            if (host_wait(1000, -1) & HOST_STOP)
                code = EXIT_INTERRUPTED;
            else if (connections_lost)
                code = EXIT_UNDONE;
        }
        now = monotonic_now();
        sample_add(&times, (int32_t)(now - start));
    }
    free(payload);
    static const double shares[] = {0.5, 0.9, 0.99, 0.999};
    for (int i = 0; i < 4; i++)
        asked->quantiles[i] = sample_quantile(&times, shares[i]);
    asked->count = (int64_t)times.seen;
    asked->seconds = (double)(now - began) / 1e6;
    asked->processor = processor_seconds() - processor;
    sample_free(&times);
    return code == EXIT_UNDONE ? lost() : code;
}

static void print_pingpong(const struct bench_settings *settings, const struct bench_asked *asked,
                           const struct bench_served *served)
{
    (void)settings, (void)served;
    printf(" n=%" PRId64 " p50_us=%d p90_us=%d p99_us=%d p999_us=%d", asked->count, (int)asked->quantiles[0],
           (int)asked->quantiles[1], (int)asked->quantiles[2], (int)asked->quantiles[3]);
}

static enum exit_code run_connect(const struct bench_settings *settings, const char *address, struct bench_asked *asked)
{
    HSteamNetConnection *connections = calloc((size_t)settings->connections, sizeof *connections);
    if (!connections)
        return EXIT_LOCAL;
    double processor = processor_seconds();
    int64_t began = monotonic_now();
    enum exit_code code = connect_many(address, connections, settings->connections);
    asked->seconds = (double)(monotonic_now() - began) / 1e6;
    asked->processor = processor_seconds() - processor;
    free(connections);
    return code;
}

static void print_connect(const struct bench_settings *settings, const struct bench_asked *asked,
                          const struct bench_served *served)
{
    (void)served;
    printf(" conns=%" PRId64 " seconds=%.3f per_second=%.0f", settings->connections, asked->seconds,
           (double)settings->connections / asked->seconds);
}

static enum exit_code run_tick(const struct bench_settings *settings, const char *address, struct bench_asked *asked)
{
    HSteamNetConnection *connections = calloc((size_t)settings->connections, sizeof *connections);
    char *payload = calloc(1, (size_t)settings->size);
    enum exit_code code = EXIT_LOCAL;
    if (connections && payload)
        code = connect_many(address, connections, settings->connections);
    double processor = processor_seconds();
    int64_t began = monotonic_now(), until = began + (int64_t)(settings->seconds * 1e6);
    int64_t next = began, interval = 1000000 / settings->rate;
    while (code == EXIT_DONE && monotonic_now() < until) {
        for (int64_t i = 0; i < settings->connections; i++)
            asked->sent += SteamAPI_ISteamNetworkingSockets_SendMessageToConnection(
                               host_sockets(), connections[i], payload, (uint32)settings->size,
                               k_nSteamNetworkingSend_Unreliable, NULL) == k_EResultOK;
        next += interval;
        int64_t left;
        while (code == EXIT_DONE && (left = next - monotonic_now()) > 0)
            if (host_wait((int)((left + 999) / 1000), -1) & HOST_STOP)
                code = EXIT_INTERRUPTED;
        if (connections_lost)
            code = EXIT_UNDONE;
    }
    asked->back = messages_back;
    asked->seconds = (double)(monotonic_now() - began) / 1e6;
    asked->processor = processor_seconds() - processor;
    free(payload);
    free(connections);
    return code == EXIT_UNDONE ? lost() : code;
}

static void print_tick(const struct bench_settings *settings, const struct bench_asked *asked,
                       const struct bench_served *served)
{
    printf(" conns=%" PRId64 " rate=%" PRId64 " size=%" PRId64 " sent=%" PRIu64 " got=%" PRIu64 " echoed_back=%" PRIu64
           " seconds=%.2f",
           settings->connections, settings->rate, settings->size, asked->sent, served->messages, asked->back,
           asked->seconds);
}

const struct bench_workload bench_workloads[] = {
    {"bulk", "large reliable messages, as fast as it goes", 65536, 1, false, 0, run_reliable, NULL},
    {"msgs", "small unreliable messages, as fast as it goes", 100, 1, false, 0, run_unreliable, NULL},
    {"rmsgs", "small reliable messages, as fast as it goes", 100, 1, false, 0, run_reliable, NULL},
    {"pingpong", "one reliable message there and back at a time", 100, 1, true, k_nSteamNetworkingSend_ReliableNoNagle,
     run_pingpong, print_pingpong},
    {"connect", "many connections at once", 0, 500, false, 0, run_connect, print_connect},
    {"tick", "many clients that send at a game's rate, echoed", 200, 200, true, k_nSteamNetworkingSend_Unreliable,
     run_tick, print_tick},
    {0},
};
