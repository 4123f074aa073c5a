/*
 * fumarole ping: numbered unreliable messages that the other side sends back.
 *
 * A ping is 8 magic bytes, a 4-byte number and zeros up to the size asked for; an echo is the same bytes.
 */
#include "tools/command.h"
#include "tools/complain.h"
#include "tools/host.h"
#include "tools/sample.h"
#include "tools/terminal.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    HEADER_SIZE = 12,
    PING_SIZE_LIMIT = 1100, /* fits one packet */
    /* Pings that may be on their way: the sending times of older ones are forgotten. */
    WINDOW = 4096,
    REASON_ENOUGH = 1000,
};

static const char magic[8] = "FUMPING";

static struct {
    bool listening, passive, quiet;
    int64_t count, size;
    double interval, wait;
    double loss_limit, ping_limit; /* negative: none */
} settings;

/* ---------------------------------------------------------------------------------------------------- the echo */

static void on_echo_change(const SteamNetConnectionStatusChangedCallback_t *change)
{
    int state = change->m_info.m_eState;
    if (state == k_ESteamNetworkingConnectionState_Connecting)
        host_accept(change->m_hConn);
    else if (state == k_ESteamNetworkingConnectionState_ClosedByPeer ||
             state == k_ESteamNetworkingConnectionState_ProblemDetectedLocally)
        host_close(change->m_hConn, 0, NULL);
}

static void on_echo_message(const SteamNetworkingMessage_t *message)
{
    /* What is not a ping is nobody's business here. */
    if (message->m_cbSize >= HEADER_SIZE && message->m_cbSize <= PING_SIZE_LIMIT &&
        memcmp(message->m_pData, magic, sizeof magic) == 0)
        SteamAPI_ISteamNetworkingSockets_SendMessageToConnection(host_sockets(), message->m_conn, message->m_pData,
                                                                 (uint32)message->m_cbSize,
                                                                 k_nSteamNetworkingSend_UnreliableNoDelay, NULL);
}

static int echo(const char *address)
{
    SteamNetworkingIPAddr bound;
    host_on_change(on_echo_change);
    host_on_message(on_echo_message);
    enum exit_code code = host_listen(address, &bound);
    if (code != EXIT_DONE)
        return code;
    host_announce(stdout, &bound);
    while (!(host_wait(-1, -1) & HOST_STOP))
        ;
    return EXIT_DONE;
}

/* ---------------------------------------------------------------------------------------------------- the probe */

static struct {
    HSteamNetConnection connection;
    bool ended;
    uint32_t sent, back, duplicates, disordered;
    uint32_t highest; /* number of the latest echo */
    int64_t sent_at[WINDOW];
    bool answered[WINDOW];
    struct sample times;
    double jitter; /* smoothed difference between consecutive round trips, as RTP computes it */
    int32_t last;
} probe;

static void on_probe_change(const SteamNetConnectionStatusChangedCallback_t *change)
{
    if (change->m_hConn == probe.connection && change->m_info.m_eState != k_ESteamNetworkingConnectionState_Connected)
        probe.ended = true;
}

static void on_probe_message(const SteamNetworkingMessage_t *message)
{
    uint32_t number;
    if (message->m_cbSize < HEADER_SIZE || memcmp(message->m_pData, magic, sizeof magic) != 0)
        return;
    memcpy(&number, (const char *)message->m_pData + sizeof magic, sizeof number);
    if (number == 0 || number > probe.sent || probe.sent - number >= WINDOW)
        return;
    if (probe.answered[number % WINDOW]) {
        probe.duplicates++;
        return;
    }
    /* The time the library noted on arrival is on another clock than ours; its difference from now is not. */
    int64_t waited = SteamAPI_ISteamNetworkingUtils_GetLocalTimestamp(host_utils()) - message->m_usecTimeReceived;
    int64_t took = monotonic_now() - probe.sent_at[number % WINDOW] - (waited > 0 ? waited : 0);
    int32_t microseconds = took < 0 ? 0 : took > INT32_MAX ? INT32_MAX : (int32_t)took;
    probe.answered[number % WINDOW] = true;
    probe.back++;
    sample_add(&probe.times, microseconds);
    if (probe.back > 1)
        probe.jitter += (abs(microseconds - probe.last) - probe.jitter) / 16;
    probe.last = microseconds;
    if (number < probe.highest)
        probe.disordered++;
    else
        probe.highest = number;
    if (!settings.quiet)
        printf("number=%u time_ms=%.3f%s\n", number, microseconds / 1000.0,
               number < probe.highest ? " out_of_order" : "");
    fflush(stdout);
}

/* A share as the library gives it, which is negative while it does not know. */
static const char *share(char text[16], float quality)
{
    snprintf(text, 16, quality < 0 ? "unknown" : "%.4f", (double)quality);
    return text;
}

static void send_ping(void)
{
    char bytes[PING_SIZE_LIMIT] = {0};
    uint32_t number = ++probe.sent;
    memcpy(bytes, magic, sizeof magic);
    memcpy(bytes + sizeof magic, &number, sizeof number);
    probe.answered[number % WINDOW] = false;
    probe.sent_at[number % WINDOW] = monotonic_now();
    SteamAPI_ISteamNetworkingSockets_SendMessageToConnection(
        host_sockets(), probe.connection, bytes, (uint32)settings.size, k_nSteamNetworkingSend_UnreliableNoDelay, NULL);
}

/* Pings until the count is reached and the last echo has had its time. */
static void run_probe(void)
{
    int64_t next = monotonic_now(), interval = (int64_t)(settings.interval * 1e6), until = INT64_MAX;
    while (!probe.ended) {
        int64_t now = monotonic_now();
        bool more = settings.count == 0 || probe.sent < settings.count;
        if (more && now >= next) {
            send_ping();
            next += interval;
            /* After a pause of the machine the missed pings are not made up for in a burst. */
            if (next < now)
                next = now + interval;
            if (settings.count && probe.sent == settings.count)
                until = now + (int64_t)(settings.wait * 1e6);
            continue;
        }
        if (!more && (now >= until || probe.back == probe.sent))
            return;
        int64_t left = (more ? next : until) - now;
        if (host_wait((int)((left + 999) / 1000), -1) & HOST_STOP)
            return;
    }
}

/* Shows what the library measures by itself; nothing is asked of the other side. */
static void run_passive(void)
{
    char here[16], there[16];
    int64_t interval = (int64_t)(settings.interval * 1e6), next = monotonic_now() + interval;
    for (int64_t shown = 0; !probe.ended && (settings.count == 0 || shown < settings.count);) {
        int64_t now = monotonic_now();
        if (now < next) {
            if (host_wait((int)((next - now + 999) / 1000), -1) & HOST_STOP)
                return;
            continue;
        }
        next += interval;
        shown++;
        SteamNetConnectionRealTimeStatus_t status;
        SteamAPI_ISteamNetworkingSockets_GetConnectionRealTimeStatus(host_sockets(), probe.connection, &status, 0,
                                                                     NULL);
        if (status.m_nPing >= 0)
            sample_add(&probe.times, status.m_nPing * 1000);
        if (!settings.quiet)
            printf("ping_ms=%d quality_here=%s quality_there=%s\n", status.m_nPing,
                   share(here, status.m_flConnectionQualityLocal), share(there, status.m_flConnectionQualityRemote));
        fflush(stdout);
    }
}

static int report(void)
{
    char here[16], there[16];
    SteamNetConnectionRealTimeStatus_t status = {.m_flConnectionQualityLocal = -1, .m_flConnectionQualityRemote = -1};
    SteamAPI_ISteamNetworkingSockets_GetConnectionRealTimeStatus(host_sockets(), probe.connection, &status, 0, NULL);
    double loss = probe.sent ? 100.0 * (probe.sent - probe.back) / probe.sent : 0;
    if (!settings.passive)
        printf("sent=%u received=%u loss_percent=%.2f duplicates=%u out_of_order=%u ", probe.sent, probe.back, loss,
               probe.duplicates, probe.disordered);
    double mean = sample_mean(&probe.times) / 1000, deviation = sample_deviation(&probe.times) / 1000;
    double median = sample_quantile(&probe.times, 0.5) / 1000.0;
    if (probe.times.count)
        printf("min_ms=%.3f median_ms=%.3f mean_ms=%.3f max_ms=%.3f deviation_ms=%.3f ",
               sample_quantile(&probe.times, 0) / 1000.0, median, mean, sample_quantile(&probe.times, 1) / 1000.0,
               deviation);
    if (probe.back > 1)
        printf("jitter_ms=%.3f ", probe.jitter / 1000);
    printf("quality_here=%s quality_there=%s\n", share(here, status.m_flConnectionQualityLocal),
           share(there, status.m_flConnectionQualityRemote));
    bool some = probe.times.count > 0;
    sample_free(&probe.times);

    if (probe.ended) {
        SteamNetConnectionInfo_t info;
        char reason[HOST_REASON_SIZE];
        SteamAPI_ISteamNetworkingSockets_GetConnectionInfo(host_sockets(), probe.connection, &info);
        complain("the connection ended: %s", host_reason(&info, reason));
        return EXIT_UNDONE;
    }
    if (!some && !settings.passive) {
        complain("no echo came back");
        advise("Is 'fumarole ping --listen' running there? With --passive any server will do.");
        return EXIT_UNDONE;
    }
    if (settings.loss_limit >= 0 && loss > settings.loss_limit) {
        complain("%.2f %% loss is more than the %.2f %% allowed", loss, settings.loss_limit);
        return EXIT_UNDONE;
    }
    if (settings.ping_limit >= 0 && median > settings.ping_limit * 1000) {
        complain("a median of %.1f ms is more than the %.1f ms allowed", median, settings.ping_limit * 1000);
        return EXIT_UNDONE;
    }
    return EXIT_DONE;
}

static int measure(const char *address)
{
    host_on_change(on_probe_change);
    host_on_message(on_probe_message);
    enum exit_code code = host_connect(address, &probe.connection);
    if (code != EXIT_DONE)
        return code;
    if (settings.passive)
        run_passive();
    else
        run_probe();
    int result = report();
    host_close(probe.connection, REASON_ENOUGH, "measured enough");
    return result;
}

int command_ping(int argc, char **argv)
{
    static const struct option_row options[] = {
        {"listen",
         'l',
         NULL,
         "be the side that echoes: ADDRESS is where to listen",
         OPTION_FLAG,
         {.flag = &settings.listening},
         0,
         0},
        {"count",
         'n',
         "N",
         "how many pings; 0: until interrupted (default 10)",
         OPTION_INTEGER,
         {.number = &settings.count},
         0,
         1e9},
        {"interval",
         'i',
         "SECONDS",
         "time between two pings (default 0.2)",
         OPTION_SECONDS,
         {.real = &settings.interval},
         0.001,
         3600},
        {"size",
         's',
         "BYTES",
         "bytes in a ping (default 64)",
         OPTION_BYTES,
         {.number = &settings.size},
         HEADER_SIZE,
         PING_SIZE_LIMIT},
        {"wait",
         'w',
         "SECONDS",
         "how long to wait for the last echo (default 1)",
         OPTION_SECONDS,
         {.real = &settings.wait},
         0,
         3600},
        {"passive",
         'p',
         NULL,
         "send nothing; show what the library measures, with any server",
         OPTION_FLAG,
         {.flag = &settings.passive},
         0,
         0},
        {"quiet", 'q', NULL, "only the summary", OPTION_FLAG, {.flag = &settings.quiet}, 0, 0},
        {"max-loss",
         0,
         "PERCENT",
         "fail if more than this is lost",
         OPTION_PERCENT,
         {.real = &settings.loss_limit},
         0,
         0},
        {"max-ping",
         0,
         "SECONDS",
         "fail if the median round trip is longer (50ms is a time too)",
         OPTION_SECONDS,
         {.real = &settings.ping_limit},
         0,
         3600},
        {0},
    };
    static const struct usage usage = {
        .synopsis = "fumarole ping [options] ADDRESS",
        .about = "Measures round trips of unreliable messages to a 'fumarole ping --listen', one key=value line for\n"
                 "each echo and a summary: loss, duplicates, order, times, jitter, and the library's own estimate of\n"
                 "the connection's quality on both sides.",
        .options = options,
        .shared = host_options,
        .more = "examples:\n"
                "  fumarole ping --listen :27015\n"
                "  fumarole ping --count 100 --max-loss 1 --max-ping 50ms server.example:27015\n\n"
                "exit codes: 0 measured and within the limits, 1 nothing came back, a limit was exceeded or the\n"
                "connection was lost, 2 bad arguments, 3 could not listen or connect",
        .operand_least = 1,
        .operand_most = 1,
        .operand = "ADDRESS",
    };
    settings.count = 10;
    settings.size = 64;
    settings.interval = 0.2;
    settings.wait = 1;
    settings.loss_limit = settings.ping_limit = -1;
    const char *operands[1];
    int operand_count;
    int code = options_read(&usage, argc, argv, operands, &operand_count);
    if (code != OPTIONS_GO_ON)
        return code;
    code = host_start();
    if (code != EXIT_DONE)
        return code;
    code = settings.listening ? echo(operands[0]) : measure(operands[0]);
    host_stop();
    return code;
}
