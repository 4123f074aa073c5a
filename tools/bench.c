/*
 * fumarole bench: workloads over loopback, between a server and a client in processes of their own. One line of
 * key=value pairs for each.
 */
#include "tools/bench.h"

#include "bench/cost.h"
#include "tools/child.h"
#include "tools/command.h"
#include "tools/complain.h"
#include "tools/host.h"
#include "tools/nearest.h"
#include "tools/terminal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct bench_settings settings;
static double seconds;
static int64_t size, connections, rate; /* 0: the workload's own */

/* ---------------------------------------------------------------------------------------------------- the server */

static const struct bench_workload *serving;
static struct bench_served served;
static double processor_at_start = -1;

static void on_server_change(const SteamNetConnectionStatusChangedCallback_t *change)
{
    int state = change->m_info.m_eState;
    if (processor_at_start < 0)
        processor_at_start = processor_seconds();
    if (state == k_ESteamNetworkingConnectionState_Connecting)
        host_accept(change->m_hConn);
    else if (state == k_ESteamNetworkingConnectionState_ClosedByPeer ||
             state == k_ESteamNetworkingConnectionState_ProblemDetectedLocally)
        host_close(change->m_hConn, 0, NULL);
}

static void note_mark(const SteamNetworkingMessage_t *message)
{
    struct FumaroleStatistics statistics = {.size = sizeof statistics};
    uint8_t number = *(const uint8_t *)message->m_pData;
    Fumarole_GetStatistics(&statistics);
    if (number < BENCH_MARKS)
        served.marks[number] = (struct bench_mark){
            .at = monotonic_now(),
            .processor = processor_seconds(),
            .wake_ups = statistics.service_wake_ups,
            .messages = served.messages,
            .memory = resident_kilobytes(),
        };
    SteamAPI_ISteamNetworkingSockets_SendMessageToConnection(host_sockets(), message->m_conn, &number, 1,
                                                             k_nSteamNetworkingSend_ReliableNoNagle, NULL);
}

static void on_server_message(const SteamNetworkingMessage_t *message)
{
    if (serving->marks && message->m_cbSize == 1) {
        note_mark(message);
        return;
    }
    served.last = monotonic_now();
    if (!served.messages)
        served.first = served.last;
    served.messages++;
    served.bytes += (uint64_t)message->m_cbSize;
    if (serving->echoes)
        SteamAPI_ISteamNetworkingSockets_SendMessageToConnection(host_sockets(), message->m_conn, message->m_pData,
                                                                 (uint32)message->m_cbSize, serving->echo_flags, NULL);
}

static bool configure(void)
{
    return host_set_rate(settings.bytes_per_second) &&
           host_set_int(k_ESteamNetworkingConfig_SendBufferSize, 32 << 20) &&
           host_set_int(k_ESteamNetworkingConfig_RecvBufferSize, 64 << 20) &&
           host_set_int(k_ESteamNetworkingConfig_TimeoutInitial, 20000) &&
           (!settings.plain || host_set_int(k_ESteamNetworkingConfig_Unencrypted, 3));
}

/* Serves until `stop` ends. Says its address on `out`, and what it counted when it is over. */
static int serve(int stop, int out)
{
    SteamNetworkingIPAddr bound;
    int code = host_start();
    if (code != EXIT_DONE)
        return code;
    if (!configure())
        return EXIT_USAGE;
    host_on_change(on_server_change);
    host_on_message(on_server_message);
    code = host_listen("127.0.0.1:0", &bound);
    if (code != EXIT_DONE)
        return code;
    served.memory_before = resident_kilobytes();
    if (!child_answer(out, &bound, sizeof bound))
        return EXIT_LOCAL;
    while (!host_wait(-1, stop))
        ;
    served.processor = processor_at_start < 0 ? 0 : processor_seconds() - processor_at_start;
    served.memory_after = resident_kilobytes();
    bool told = child_answer(out, &served, sizeof served);
    host_stop();
    return told ? EXIT_DONE : EXIT_LOCAL;
}

/* ---------------------------------------------------------------------------------------------------- both */

static char server_address[SteamNetworkingIPAddr_k_cchMaxString];

static int ask(int stop, int out)
{
    (void)stop;
    struct bench_asked asked = {0};
    int code = host_start();
    if (code != EXIT_DONE)
        return code;
    if (!configure())
        return EXIT_USAGE;
    code = serving->run(&settings, server_address, &asked);
    if (!child_answer(out, &asked, sizeof asked) && code == EXIT_DONE)
        code = EXIT_LOCAL;
    host_stop();
    return code;
}

static void print_rates(const struct bench_asked *asked)
{
    double lasted = (double)(served.last - served.first) / 1e6;
    printf(" size=%" PRId64 " sent=%" PRIu64 " got=%" PRIu64, settings.size, asked->sent, served.messages);
    if (lasted > 0)
        printf(" MB_per_s=%.1f msgs_per_s=%.0f", (double)served.bytes / 1e6 / lasted, (double)served.messages / lasted);
}

static void print_result(const struct bench_workload *workload, const struct bench_asked *asked)
{
    printf("%s", workload->name);
    if (workload->print)
        workload->print(&settings, asked, &served);
    else
        print_rates(asked);
    double processor = served.processor + asked->processor;
    printf(" server_cpu_s=%.3f client_cpu_s=%.3f", served.processor, asked->processor);
    if (served.bytes > 1000000)
        printf(" cpu_s_per_GB=%.2f", processor / ((double)served.bytes / 1e9));
    if (served.messages)
        printf(" cpu_us_per_msg=%.3f", processor * 1e6 / (double)served.messages);
    printf(" server_rss_kb_per_conn=%.1f\n",
           (double)(served.memory_after - served.memory_before) / (double)settings.connections);
    fflush(stdout);
}

static int measure(const struct bench_workload *workload)
{
    struct child server, client;
    SteamNetworkingIPAddr bound;
    serving = workload;
    settings.seconds = seconds;
    settings.size = size ? size : workload->size;
    settings.rate = rate ? rate : workload->rate;
    settings.connections = connections && workload->connections > 1 ? connections : workload->connections;
    if (!child_spawn(&server, serve))
        return EXIT_LOCAL;
    if (!child_read(&server, &bound, sizeof bound)) {
        int code = child_reap(&server);
        return code ? code : EXIT_NO_CONNECTION;
    }
    SteamNetworkingIPAddr_ToString(&bound, server_address, sizeof server_address, true);
    int code = EXIT_LOCAL;
    struct bench_asked asked = {0};
    bool told = false;
    if (child_spawn(&client, ask)) {
        told = child_read(&client, &asked, sizeof asked);
        code = child_reap(&client);
    }
    child_dismiss(&server);
    told &= child_read(&server, &served, sizeof served);
    int server_code = child_reap(&server);
    if (code == EXIT_DONE && (server_code != EXIT_DONE || !told))
        code = server_code ? server_code : EXIT_UNDONE;
    if (code == EXIT_DONE)
        print_result(workload, &asked);
    memset(&served, 0, sizeof served);
    return code;
}

static const struct bench_workload *find_workload(const char *name)
{
    struct nearest search = {.word = name};
    for (const struct bench_workload *workload = bench_workloads; workload->name; workload++) {
        if (strcmp(workload->name, name) == 0)
            return workload;
        nearest_offer(&search, workload->name);
    }
    complain("there is no workload '%s'", name);
    if (search.best)
        advise("Did you mean %s?", search.best);
    else
        advise("'fumarole bench --help' lists them.");
    return NULL;
}

int command_bench(int argc, char **argv)
{
    static const struct option_row options[] = {
        {"seconds",
         's',
         "SECONDS",
         "how long each workload runs (default 5)",
         OPTION_SECONDS,
         {.real = &seconds},
         0.1,
         3600},
        {"size",
         0,
         "BYTES",
         "bytes in a message (default: the workload's own)",
         OPTION_BYTES,
         {.number = &size},
         1,
         k_cbMaxSteamNetworkingSocketsMessageSizeSend},
        {"conns",
         0,
         "N",
         "connections of connect, tick and idle (defaults 500, 200 and 1000)",
         OPTION_INTEGER,
         {.number = &connections},
         1,
         50000},
        {"rate",
         0,
         "HZ",
         "how often each client of tick and idle sends in a second (defaults 30 and 10)",
         OPTION_INTEGER,
         {.number = &rate},
         1,
         1000},
        {"bytes-per-second",
         0,
         "N",
         "the send rate of every connection (default 256M)",
         OPTION_BYTES,
         {.number = &settings.bytes_per_second},
         1024,
         268435456},
        {"plain", 0, NULL, "without encryption", OPTION_FLAG, {.flag = &settings.plain}, 0, 0},
        {0},
    };
    static const struct usage usage = {
        .synopsis = "fumarole bench [options] [WORKLOAD...]",
        .about =
            "Measures over loopback, between a server and a client in processes of their own, and prints one line\n"
            "of key=value pairs for each workload: all of them unless some are named.\n\n"
            "  bulk      large reliable messages on one connection, as fast as it goes\n"
            "  msgs      small unreliable messages, as fast as it goes\n"
            "  rmsgs     small reliable messages, as fast as it goes\n"
            "  pingpong  one reliable message there and back at a time: round trips\n"
            "  connect   many connections opened at once\n"
            "  tick      many clients that send at a game's rate, with the server echoing\n"
            "  idle      many clients that send at a slow rate for a time, then nothing for as long",
        .options = options,
        .shared = host_options,
        .more = "exit codes: 0 measured, 1 a measurement failed, 2 bad arguments, 3 could not listen or connect",
        .operand_most = OPTIONS_OPERAND_LIMIT,
    };
    seconds = 5;
    settings.bytes_per_second = 268435456;
    const char *names[OPTIONS_OPERAND_LIMIT];
    int count, code = options_read(&usage, argc, argv, names, &count);
    if (code != OPTIONS_GO_ON)
        return code;
    const struct bench_workload *chosen[OPTIONS_OPERAND_LIMIT];
    for (int i = 0; i < count; i++)
        if (!(chosen[i] = find_workload(names[i])))
            return EXIT_USAGE;
    if (!count)
        for (const struct bench_workload *workload = bench_workloads; workload->name; workload++)
            chosen[count++] = workload;
    code = EXIT_DONE;
    for (int i = 0; i < count && code != EXIT_INTERRUPTED; i++) {
        int one = measure(chosen[i]);
        code = one != EXIT_DONE ? one : code;
    }
    return code;
}
