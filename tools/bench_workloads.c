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
#include <sys/resource.h>

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

/* A client's connections need a descriptor each; a server's need none. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

/*
 * All send at the rate, until then: at the same moment, or in as many parts of an interval, one after the other, as
 * strangers would.
 */
static enum exit_code tick_until(const struct bench_settings *settings, const HSteamNetConnection *connections,
                                 int parts, const char *payload, int64_t until, uint64_t *sent)
{
    int64_t next = monotonic_now(), interval = 1000000 / settings->rate;
    for (int part = 0; monotonic_now() < until; part = (part + 1) % parts) {
        for (int64_t i = part; i < settings->connections; i += parts)
            *sent += SteamAPI_ISteamNetworkingSockets_SendMessageToConnection(
                         host_sockets(), connections[i], payload, (uint32)settings->size,
                         k_nSteamNetworkingSend_Unreliable, NULL) == k_EResultOK;
        next += interval / parts;
        int64_t left;
        while ((left = next - monotonic_now()) > 0)
            if (host_wait((int)((left + 999) / 1000), -1) & HOST_STOP)
                return EXIT_INTERRUPTED;
        if (connections_lost)
            return EXIT_UNDONE;
    }
    return EXIT_DONE;
}

static enum exit_code run_tick(const struct bench_settings *settings, const char *address, struct bench_asked *asked)
{
    HSteamNetConnection *connections = calloc((size_t)settings->connections, sizeof *connections);
    char *payload = calloc(1, (size_t)settings->size);
    enum exit_code code = EXIT_LOCAL;
    if (connections && payload)
        code = connect_many(address, connections, settings->connections);
    double processor = processor_seconds();
    int64_t began = monotonic_now();
    if (code == EXIT_DONE)
        code = tick_until(settings, connections, 1, payload, began + (int64_t)(settings->seconds * 1e6), &asked->sent);
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

/* The server takes note of where it stands, and answers. */
static enum exit_code mark(HSteamNetConnection connection, uint8_t number)
{
    uint64_t before = messages_back;
    enum exit_code code = host_send(connection, &number, 1, k_nSteamNetworkingSend_ReliableNoNagle);
    for (int64_t until = monotonic_now() + 30000000; code == EXIT_DONE && messages_back == before;) {
        if (host_wait(100, -1) & HOST_STOP)
            code = EXIT_INTERRUPTED;
        else if (connections_lost || monotonic_now() > until)
            code = EXIT_UNDONE;
    }
    return code;
}

/* Does nothing for a time. */
static enum exit_code pause_for(double pause)
{
    int64_t until = monotonic_now() + (int64_t)(pause * 1e6), left;
    while ((left = until - monotonic_now()) > 0) {
        if (host_wait((int)((left + 999) / 1000), -1) & HOST_STOP)
            return EXIT_INTERRUPTED;
        if (connections_lost)
            return EXIT_UNDONE;
    }
    return EXIT_DONE;
}

enum {
    IDLE_TICKING, /* the clients send */
    IDLE_RESTING, /* they do not, and what that leaves to be done is done */
    IDLE_FINISHED,
};

static const int idle_parts = 20;     /* of the time between two messages of one client */
static const double idle_settles = 1; /* seconds, for late acknowledgements */

static enum exit_code run_idle(const struct bench_settings *settings, const char *address, struct bench_asked *asked)
{
    HSteamNetConnection *connections = calloc((size_t)settings->connections, sizeof *connections);
    char *payload = calloc(1, (size_t)settings->size);
    enum exit_code code = EXIT_LOCAL;
    raise_descriptor_limit();
    double processor = processor_seconds();
    int64_t began = monotonic_now();
    if (connections && payload)
        code = connect_many(address, connections, settings->connections);
    asked->seconds = (double)(monotonic_now() - began) / 1e6;
    if (code == EXIT_DONE)
        code = mark(connections[0], IDLE_TICKING);
    if (code == EXIT_DONE)
        code = tick_until(settings, connections, idle_parts, payload,
                          monotonic_now() + (int64_t)(settings->seconds * 1e6), &asked->sent);
    if (code == EXIT_DONE)
        code = pause_for(idle_settles);
    if (code == EXIT_DONE)
        code = mark(connections[0], IDLE_RESTING);
    if (code == EXIT_DONE)
        code = pause_for(settings->seconds);
    if (code == EXIT_DONE)
        code = mark(connections[0], IDLE_FINISHED);
    asked->processor = processor_seconds() - processor;
    free(payload);
    free(connections);
    return code == EXIT_UNDONE ? lost() : code;
}

/* From one mark to the next, in a second. */
static double processor_share(const struct bench_mark *from)
{
    return (from[1].processor - from->processor) * 1e6 / (double)(from[1].at - from->at);
}

static void print_idle(const struct bench_settings *settings, const struct bench_asked *asked,
                       const struct bench_served *served)
{
    const struct bench_mark *ticking = &served->marks[IDLE_TICKING], *resting = &served->marks[IDLE_RESTING],
                            *finished = &served->marks[IDLE_FINISHED];
    printf(" conns=%" PRId64 " rate=%" PRId64 " size=%" PRId64 " connected_per_second=%.0f sent=%" PRIu64
           " got=%" PRIu64,
           settings->connections, settings->rate, settings->size, (double)settings->connections / asked->seconds,
           asked->sent, served->messages);
    printf(" ticking_cpu_percent=%.1f idle_cpu_percent=%.2f idle_wake_ups_per_second=%.1f idle_rss_kb_per_conn=%.1f",
           processor_share(ticking) * 100, processor_share(resting) * 100,
           (double)(finished->wake_ups - resting->wake_ups) * 1e6 / (double)(finished->at - resting->at),
           (double)(finished->memory - served->memory_before) / (double)settings->connections);
}

const struct bench_workload bench_workloads[] = {
    {.name = "bulk",
     .help = "large reliable messages, as fast as it goes",
     .size = 65536,
     .connections = 1,
     .run = run_reliable},
    {.name = "msgs",
     .help = "small unreliable messages, as fast as it goes",
     .size = 100,
     .connections = 1,
     .run = run_unreliable},
    {.name = "rmsgs",
     .help = "small reliable messages, as fast as it goes",
     .size = 100,
     .connections = 1,
     .run = run_reliable},
    {.name = "pingpong",
     .help = "one reliable message there and back at a time",
     .size = 100,
     .connections = 1,
     .echoes = true,
     .echo_flags = k_nSteamNetworkingSend_ReliableNoNagle,
     .run = run_pingpong,
     .print = print_pingpong},
    {.name = "connect",
     .help = "many connections at once",
     .connections = 500,
     .run = run_connect,
     .print = print_connect},
    {.name = "tick",
     .help = "many clients that send at a game's rate, echoed",
     .size = 200,
     .connections = 200,
     .rate = 30,
     .echoes = true,
     .echo_flags = k_nSteamNetworkingSend_Unreliable,
     .run = run_tick,
     .print = print_tick},
    {.name = "idle",
     .help = "many clients that send at a slow rate for a time, then nothing for as long",
     .size = 60,
     .connections = 1000,
     .rate = 10,
     .marks = true,
     .run = run_idle,
     .print = print_idle},
    {0},
};
