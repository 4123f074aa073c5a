#include "bench/drive.h"

#include "bench/cost.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    STREAM_NAP = 100,
    PINGPONG_NAP = 10,
    TICK_NAP = 1000,
    WAKE_AT_LEAST = 100,    /* milliseconds: how long a run that sleeps may miss that it shall stop */
    SEND_BUFFER = 32 << 20, /* of one connection; many share it, down to what every one needs */
    SEND_BUFFER_LEAST = 1 << 20,
    RECEIVE_BUFFER = 64 << 20,
    RECEIVE_MESSAGES = 1 << 20,
    INITIAL_TIMEOUT = 20000, /* milliseconds: thousands of connections at once take their time */
    RATE_OPEN = 0x10000000,  /* the largest rate that every implementation takes */
    START_LIMIT = 10,        /* seconds until the server must listen */
    RUN_LIMIT = 90,          /* seconds that a run may last longer than the time it was given */
    STOP_LIMIT = 5,          /* seconds until a server that shall stop must have stopped */
};

static const struct workload workloads[] = {
    {"bulk", PATTERN_STREAM, 65536, 1, k_nSteamNetworkingSend_Reliable, STREAM_NAP},
    {"rmsgs", PATTERN_STREAM, 100, 1, k_nSteamNetworkingSend_Reliable, STREAM_NAP},
    {"msgs", PATTERN_STREAM, 100, 1, k_nSteamNetworkingSend_Unreliable, STREAM_NAP},
    {"pingpong", PATTERN_PINGPONG, 100, 1, k_nSteamNetworkingSend_ReliableNoNagle, PINGPONG_NAP},
    {"connect", PATTERN_CONNECT, 1, 500, 0, STREAM_NAP},
    {"tick", PATTERN_TICK, 200, 200, k_nSteamNetworkingSend_Unreliable, TICK_NAP},
    {"idle", PATTERN_IDLE, 1, 0, 0, TICK_NAP},
    {"version", PATTERN_NONE, 1, 0, 0, 0},
};

struct settings settings = {.seconds = 5, .size = -1, .connections = -1, .rate = 30, .bytes_per_second = RATE_OPEN};
struct tally *tally;
struct changes changes;
uint32_t group;
bool is_server;

/* ---------------------------------------------------------------------------------------------- for both processes */

int give_up(const char *format, ...)
{
    char *trouble = tally->trouble[!is_server];
    va_list arguments;
    if (!trouble[0]) {
        va_start(arguments, format);
        vsnprintf(trouble, sizeof tally->trouble[0], format, arguments);
        va_end(arguments);
    }
    return EXIT_BAD_RUN;
}

static void on_change(SteamNetConnectionStatusChangedCallback_t *change)
{
    const SteamNetConnectionInfo_t *info = &change->m_info;
    HSteamNetConnection connection = change->m_hConn;
    switch ((int)info->m_eState) {
    case k_ESteamNetworkingConnectionState_Connecting:
        if (info->m_hListenSocket &&
            (lib.accept(lib.sockets, connection) != k_EResultOK || !lib.set_group(lib.sockets, connection, group)))
            give_up("a connection could not be accepted");
        break;
    case k_ESteamNetworkingConnectionState_Connected:
        if (!info->m_hListenSocket)
            lib.set_group(lib.sockets, connection, group);
        changes.connected++;
        break;
    case k_ESteamNetworkingConnectionState_ClosedByPeer:
    case k_ESteamNetworkingConnectionState_ProblemDetectedLocally:
        changes.ended++;
        changes.reason = info->m_eEndReason;
        snprintf(changes.text, sizeof changes.text, "%s", info->m_szEndDebug);
        lib.close(lib.sockets, connection, 0, NULL, false);
        break;
    default:
        break;
    }
}

bool start_library(const char *path)
{
    SteamNetworkingErrMsg error = "";
    flat_load(path);
    if (!flat_start(NULL, error)) {
        give_up("the library does not start: %s", error);
        return false;
    }
    group = lib.group(lib.sockets);
    if (settings.sleeping && !lib.wait_descriptor) {
        give_up("%s has no descriptor to wait on", path);
        return false;
    }
    return true;
}

static int option(SteamNetworkingConfigValue_t *options, int count, ESteamNetworkingConfigValue value, int32 number)
{
    options[count] = (SteamNetworkingConfigValue_t){
        .m_eValue = value, .m_eDataType = k_ESteamNetworkingConfig_Int32, .m_val.m_int32 = number};
    return count + 1;
}

int connection_options(SteamNetworkingConfigValue_t options[OPTION_COUNT])
{
    int32 room = settings.senders > 1 ? SEND_BUFFER / settings.senders : SEND_BUFFER;
    int n = option(options, 0, k_ESteamNetworkingConfig_IP_AllowWithoutAuth, 1);
    n = option(options, n, k_ESteamNetworkingConfig_SendBufferSize,
               room < SEND_BUFFER_LEAST ? SEND_BUFFER_LEAST : room);
    n = option(options, n, k_ESteamNetworkingConfig_RecvBufferSize, RECEIVE_BUFFER);
    n = option(options, n, k_ESteamNetworkingConfig_RecvBufferMessages, RECEIVE_MESSAGES);
    n = option(options, n, k_ESteamNetworkingConfig_SendRateMin, settings.bytes_per_second);
    n = option(options, n, k_ESteamNetworkingConfig_SendRateMax, settings.bytes_per_second);
    n = option(options, n, k_ESteamNetworkingConfig_TimeoutInitial, INITIAL_TIMEOUT);
    if (settings.plain)
        n = option(options, n, k_ESteamNetworkingConfig_Unencrypted, 3);
    options[n] = (SteamNetworkingConfigValue_t){.m_eValue = k_ESteamNetworkingConfig_Callback_ConnectionStatusChanged,
                                                .m_eDataType = k_ESteamNetworkingConfig_Ptr,
                                                .m_val.m_ptr = (void *)(uintptr_t)on_change};
    return n + 1;
}

void nap(int microseconds)
{
    if (settings.sleeping && changes.connected) {
        struct pollfd waiting = {.fd = lib.wait_descriptor(), .events = POLLIN};
        poll(&waiting, 1, WAKE_AT_LEAST);
    } else {
        usleep((useconds_t)microseconds);
    }
}

void begin_cost(struct side_cost *cost)
{
    cost->processor = processor_seconds();
    cost->waits = library_waits();
}

void end_cost(struct side_cost *cost)
{
    cost->processor = processor_seconds() - cost->processor;
    cost->waits = library_waits() - cost->waits;
}

/* ----------------------------------------------------------------------------------------------------- the parent */

static const char *const side_name[] = {"server", "client"};

static pid_t start(bool server)
{
    fflush(NULL);
    pid_t parent = getpid(), process = fork();
    if (process)
        return process;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(EXIT_BAD_RUN);
    is_server = server;
    /* Not exit: libraries that clean up then, with connections open, take seconds for it, or never end. */
    _exit(server ? serve() : ask());
}

/* Waits for the process to end; kills it after so many seconds. Returns its exit status; notes how it died. */
static int reap(pid_t process, int side, double limit)
{
    int status = 0;
    for (double end = clock_seconds() + limit; waitpid(process, &status, WNOHANG) == 0; usleep(1000)) {
        if (clock_seconds() < end)
            continue;
        kill(process, SIGKILL);
        waitpid(process, &status, 0);
        is_server = side == 0;
        return give_up("it did not end by itself");
    }
    is_server = side == 0;
    if (WIFSIGNALED(status))
        return give_up("it died of signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    /* Some libraries end the process when they do not like what they see. */
    if (!(side ? tally->client : tally->server).complete && WEXITSTATUS(status) != EXIT_BAD_USAGE)
        give_up("it ended with status %d in the middle", WEXITSTATUS(status));
    return WEXITSTATUS(status);
}

static bool same(const char *name)
{
    return strcmp(settings.workload->name, name) == 0;
}

static void print_figures(void)
{
    double lasted = tally->ended - tally->began, arriving = tally->last - tally->first;
    uint64_t arrived = tally->arrived;
    switch (settings.workload->pattern) {
    case PATTERN_NONE:
        break;
    case PATTERN_STREAM:
        printf(" size=%d conns=%d sent=%" PRIu64 " got=%" PRIu64 " full=%" PRIu64, settings.size, settings.connections,
               tally->sent, arrived, tally->refused);
        if (arrived > 1 && arriving > 0)
            printf(" MB_per_s=%.1f msgs_per_s=%.0f", (double)tally->bytes / 1e6 / arriving, (double)arrived / arriving);
        break;
    case PATTERN_PINGPONG:
        printf(" n=%" PRIu64, tally->round_trips);
        for (int i = 0; i < 4 && tally->round_trips; i++)
            printf(" %s_us=%.1f", (const char *const[]){"p50", "p90", "p99", "p999"}[i], tally->quantile[i] / 1e3);
        break;
    case PATTERN_CONNECT:
        printf(" conns=%d seconds=%.3f", settings.connections, lasted);
        if (tally->connected == settings.connections)
            printf(" per_second=%.0f", settings.connections / lasted);
        break;
    case PATTERN_TICK:
        printf(" conns=%d rate=%d size=%d sent=%" PRIu64 " got=%" PRIu64 " echoed_back=%" PRIu64, settings.connections,
               settings.rate, settings.size, tally->sent, arrived, tally->back);
        if (tally->sent) /* of what should have come back or, one way, arrived */
            printf(" lost_pct=%.3f sent_per_s=%.0f",
                   100 - 100.0 * (double)(settings.one_way ? arrived : tally->back) / (double)tally->sent,
                   (double)tally->sent / lasted);
        break;
    case PATTERN_IDLE:
        printf(" conns=%d seconds=%.2f", settings.connections, lasted);
        if (lasted > 0)
            printf(" server_wakes_per_s=%.1f client_wakes_per_s=%.1f server_cpu_pct=%.3f client_cpu_pct=%.3f",
                   (double)tally->server.waits / lasted, (double)tally->client.waits / lasted,
                   100 * tally->server.processor / lasted, 100 * tally->client.processor / lasted);
        break;
    }
}

static void print_costs(void)
{
    if (!tally->server.complete || !tally->client.complete)
        return;
    double processor = tally->server.processor + tally->client.processor;
    double connections = settings.connections ? settings.connections : 1;
    printf(" server_cpu_s=%.3f client_cpu_s=%.3f", tally->server.processor, tally->client.processor);
    if (tally->bytes > 1000000)
        printf(" cpu_s_per_GB=%.3f", processor / ((double)tally->bytes / 1e9));
    if (tally->arrived)
        printf(" cpu_us_per_msg=%.3f", processor * 1e6 / (double)tally->arrived);
    if (same("connect") && tally->connected)
        printf(" cpu_us_per_conn=%.1f", processor * 1e6 / tally->connected);
    printf(" server_rss_kb_per_conn=%.1f client_rss_kb_per_conn=%.1f", (double)tally->server.kilobytes / connections,
           (double)tally->client.kilobytes / connections);
}

static int run(void)
{
    int status;
    pid_t server = start(true);
    for (double end = clock_seconds() + START_LIMIT; !tally->port && clock_seconds() < end; usleep(500))
        if (waitpid(server, &status, WNOHANG) == server) {
            is_server = true;
            if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_BAD_USAGE)
                return EXIT_BAD_USAGE; /* it has said why */
            if (WIFSIGNALED(status))
                give_up("it died of signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
            else
                give_up("it ended before it listened");
            return EXIT_BAD_RUN;
        }
    if (!tally->port) {
        kill(server, SIGKILL);
        waitpid(server, NULL, 0);
        is_server = true;
        return give_up("it did not listen");
    }
    int client_status = reap(start(false), 1, settings.seconds + RUN_LIMIT);
    tally->stop = true;
    int server_status = reap(server, 0, STOP_LIMIT);
    return client_status ? client_status : server_status;
}

/* -------------------------------------------------------------------------------------------------- the arguments */

static const char help[] =
    "usage: drive WORKLOAD --lib FILE [options]\n"
    "\n"
    "  bulk      one connection, reliable messages of 65536 bytes, as fast as it goes\n"
    "  rmsgs     the same with 100 bytes\n"
    "  msgs      the same with 100 bytes, unreliable\n"
    "  pingpong  one reliable message of 100 bytes there and back at a time\n"
    "  connect   500 connections opened at once\n"
    "  tick      200 connections that send 200 bytes 30 times a second, unreliable, and are answered\n"
    "  idle      a server without any connection, or with those of --conns, when nobody says anything\n"
    "  version   says what the library calls itself, and that it can be driven\n"
    "\n"
    "  --lib FILE               the shared library of both sides\n"
    "  --server-lib FILE, --client-lib FILE\n"
    "  --seconds N              how long it runs (default 5)\n"
    "  --size BYTES             of a message\n"
    "  --conns N                connections\n"
    "  --senders N              connections that send in bulk, rmsgs and msgs (default: all)\n"
    "  --rate HZ                of tick\n"
    "  --bytes-per-second N     SendRateMin and SendRateMax (default 268435456)\n"
    "  --one-way                of tick: the server does not answer\n"
    "  --plain                  without encryption\n"
    "  --wait                   sleep in the library's wait descriptor instead of polling\n"
    "\n"
    "Prints one line of key=value pairs. Exit status: 0 measured, 1 something went wrong (the line says what), 2 bad\n"
    "arguments, or a library that cannot be used.\n";

static int misuse(const char *format, ...) __attribute__((format(printf, 1, 2)));

static int misuse(const char *format, ...)
{
    va_list arguments;
    fputs("drive: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputs("; drive --help explains\n", stderr);
    return EXIT_BAD_USAGE;
}

static bool number(const char *text, double least, double most, double *value)
{
    char *end;
    errno = 0;
    *value = strtod(text, &end);
    return end != text && !*end && !errno && *value >= least && *value <= most;
}

static int read_number(const char *name, const char *text, double least, double most, int *value)
{
    double read;
    if (!number(text, least, most, &read))
        return misuse("%s wants a number from %.0f to %.0f, not '%s'", name, least, most, text);
    *value = (int)read;
    return EXIT_GOOD;
}

static int read_option(const char *name, const char *value)
{
    if (strcmp(name, "--lib") == 0)
        settings.server_library = settings.client_library = value;
    else if (strcmp(name, "--server-lib") == 0)
        settings.server_library = value;
    else if (strcmp(name, "--client-lib") == 0)
        settings.client_library = value;
    else if (strcmp(name, "--seconds") == 0)
        return number(value, 0.05, 3600, &settings.seconds)
                   ? EXIT_GOOD
                   : misuse("--seconds wants a number from 0.05 to 3600, not '%s'", value);
    else if (strcmp(name, "--size") == 0)
        return read_number(name, value, 1, k_cbMaxSteamNetworkingSocketsMessageSizeSend, &settings.size);
    else if (strcmp(name, "--conns") == 0)
        return read_number(name, value, 0, 100000, &settings.connections);
    else if (strcmp(name, "--senders") == 0)
        return read_number(name, value, 1, 100000, &settings.senders);
    else if (strcmp(name, "--rate") == 0)
        return read_number(name, value, 1, 1000, &settings.rate);
    else if (strcmp(name, "--bytes-per-second") == 0)
        return read_number(name, value, 0, INT32_MAX, &settings.bytes_per_second);
    else
        return misuse("there is no option %s", name);
    return EXIT_GOOD;
}

static int read_arguments(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        if (strcmp(word, "--plain") == 0) {
            settings.plain = true;
        } else if (strcmp(word, "--one-way") == 0) {
            settings.one_way = true;
        } else if (strcmp(word, "--wait") == 0) {
            settings.sleeping = true;
        } else if (word[0] == '-') {
            if (i + 1 == argc)
                return misuse("%s wants a value, or is none of the options", word);
            int status = read_option(word, argv[++i]);
            if (status)
                return status;
        } else if (settings.workload) {
            return misuse("one workload at a time");
        } else {
            for (size_t k = 0; k < sizeof workloads / sizeof workloads[0]; k++)
                if (strcmp(workloads[k].name, word) == 0)
                    settings.workload = &workloads[k];
            if (!settings.workload)
                return misuse("there is no workload '%s'", word);
        }
    }
    if (!settings.workload)
        return misuse("which workload?");
    if (!settings.server_library || !settings.client_library)
        return misuse("--lib must name a shared library");
    for (int i = 0; i < 2; i++) {
        const char *path = i ? settings.client_library : settings.server_library;
        if (access(path, R_OK) != 0)
            return misuse("%s: %s", path, strerror(errno));
    }
    if (settings.size < 0)
        settings.size = settings.workload->size;
    if (settings.connections < 0)
        settings.connections = settings.workload->connections;
    if (!settings.connections && settings.workload->connections)
        return misuse("%s needs a connection", settings.workload->name);
    if (!settings.senders || settings.senders > settings.connections)
        settings.senders = settings.connections;
    return EXIT_GOOD;
}

/* Some libraries have a socket for each outgoing connection. */
static void allow_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        fputs(help, stdout);
        return EXIT_GOOD;
    }
    int status = read_arguments(argc, argv);
    if (status || !settings.workload)
        return status;
    if (settings.workload->pattern == PATTERN_NONE) {
        flat_load(settings.client_library);
        puts(lib.version ? lib.version() : "of unknown version");
        return EXIT_GOOD;
    }
    allow_descriptors();
    /* Naps of microseconds shall not be stretched by the usual 50 µs. */
    prctl(PR_SET_TIMERSLACK, 1UL);
    tally = mmap(NULL, sizeof *tally, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (tally == MAP_FAILED) {
        perror("drive");
        return EXIT_BAD_RUN;
    }
    status = run();
    if (status == EXIT_BAD_USAGE)
        return status;
    for (int i = 0; i < 2; i++)
        if (tally->trouble[i][0])
            status = EXIT_BAD_RUN;
    printf("%s", settings.workload->name);
    print_figures();
    print_costs();
    for (int i = 0; i < 2; i++)
        if (tally->trouble[i][0])
            printf(" trouble=\"%s: %s\"", side_name[i], tally->trouble[i]);
    printf("\n");
    return status;
}
