#include "tools/host.h"

#include "tools/address.h"
#include "tools/complain.h"
#include "tools/host_options.h"
#include "tools/terminal.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum {
    NEXT_CANDIDATE_MS = 250, /* head start of a name's first address over its second */
};

static struct {
    ISteamNetworkingSockets *sockets;
    HSteamNetPollGroup group;
    host_change_function on_change;
    host_message_function on_message;
    int signals; /* descriptor */
} host = {.signals = -1};

/* ---------------------------------------------------------------------------------------------------- diagnostics */

/* The last thing that the library called an error, to go with a complaint. Written by any thread. */
static pthread_mutex_t said_lock = PTHREAD_MUTEX_INITIALIZER;
static char said[512];

static void on_debug_output(ESteamNetworkingSocketsDebugOutputType type, const char *text)
{
    if (type <= k_ESteamNetworkingSocketsDebugOutputType_Error) {
        pthread_mutex_lock(&said_lock);
        snprintf(said, sizeof said, "%s", text);
        pthread_mutex_unlock(&said_lock);
    }
    if (host_options_verbose())
        fprintf(stderr, "[%d] %s\n", (int)type, text);
}

static void forget_said(void)
{
    pthread_mutex_lock(&said_lock);
    said[0] = 0;
    pthread_mutex_unlock(&said_lock);
}

/* ": " and what the library said, or nothing. */
static const char *what_was_said(char text[sizeof said + 2])
{
    pthread_mutex_lock(&said_lock);
    snprintf(text, sizeof said + 2, "%s%s", said[0] ? ": " : "", said);
    pthread_mutex_unlock(&said_lock);
    return text;
}

/* ---------------------------------------------------------------------------------------------------- life */

static void on_status(SteamNetConnectionStatusChangedCallback_t *change);

static bool catch_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    /* Blocked before the library starts its threads, which inherit that. */
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    host.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return host.signals >= 0;
}

static bool watch_connections(void)
{
    if (SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_SteamNetConnectionStatusChanged(host_utils(), on_status))
        return true;
    complain("the library takes no callback");
    return false;
}

enum exit_code host_start(void)
{
    SteamNetworkingIdentity identity;
    SteamNetworkingErrMsg error = "";
    if (!catch_signals()) {
        complain("cannot catch signals: %s", strerror(errno));
        return EXIT_LOCAL;
    }
    if (!host_options_before_start(&identity))
        return EXIT_USAGE;
    SteamAPI_ISteamNetworkingUtils_SetDebugOutputFunction(host_utils(),
                                                          host_options_verbose()
                                                              ? k_ESteamNetworkingSocketsDebugOutputType_Verbose
                                                              : k_ESteamNetworkingSocketsDebugOutputType_Error,
                                                          on_debug_output);
    if (!GameNetworkingSockets_Init(&identity, error)) {
        complain("the network library does not start: %s", error);
        return EXIT_NO_CONNECTION;
    }
    host.sockets = SteamNetworkingSockets_LibV12();
    host.group = SteamAPI_ISteamNetworkingSockets_CreatePollGroup(host.sockets);
    if (watch_connections() && host_options_after_start(host.sockets))
        return EXIT_DONE;
    host_stop();
    return EXIT_USAGE;
}

void host_stop(void)
{
    GameNetworkingSockets_Kill();
    host.sockets = NULL;
    host.on_change = NULL;
    host.on_message = NULL;
    if (host.signals >= 0)
        close(host.signals);
    host.signals = -1;
}

ISteamNetworkingSockets *host_sockets(void)
{
    return host.sockets;
}

ISteamNetworkingUtils *host_utils(void)
{
    return SteamNetworkingUtils_LibV4();
}

void host_on_change(host_change_function function)
{
    host.on_change = function;
}

void host_on_message(host_message_function function)
{
    host.on_message = function;
}

/* ---------------------------------------------------------------------------------------------------- listening */

enum exit_code host_listen(const char *text, SteamNetworkingIPAddr *bound)
{
    SteamNetworkingIPAddr address;
    char number[SteamNetworkingIPAddr_k_cchMaxString], reason[sizeof said + 2];
    if (!address_local(text, &address))
        return EXIT_USAGE;
    forget_said();
    HSteamListenSocket listener = Fumarole_CreateListenSocketIPAnyPort(&address, 0, NULL);
    if (listener && SteamAPI_ISteamNetworkingSockets_GetListenSocketAddress(host.sockets, listener, bound))
        return EXIT_DONE;
    complain("cannot listen on %s%s", address_text(&address, number), what_was_said(reason));
    if (address.m_port > 0 && address.m_port < 1024)
        advise("Ports below 1024 are for privileged programs; choose another, or 0 for any free one.");
    else
        advise("Choose an address of this machine and a port that nobody uses; port 0 is any free one.");
    return EXIT_NO_CONNECTION;
}

void host_announce(FILE *stream, const SteamNetworkingIPAddr *bound)
{
    char text[SteamNetworkingIPAddr_k_cchMaxString];
    fprintf(stream, "listening on %s\n", address_text(bound, text));
    fflush(stream);
}

static bool send_queue_has_room;

static void on_send_queue(HSteamNetConnection connection, int pending_bytes, void *context)
{
    (void)connection, (void)pending_bytes, (void)context;
    send_queue_has_room = true;
}

/* Lets deliver see the messages of a connection, and host_send the room in its queue. */
static bool adopt(HSteamNetConnection connection)
{
    int32 buffer = 0;
    size_t size = sizeof buffer;
    SteamAPI_ISteamNetworkingUtils_GetConfigValue(host_utils(), k_ESteamNetworkingConfig_SendBufferSize,
                                                  k_ESteamNetworkingConfig_Global, 0, NULL, &buffer, &size);
    return SteamAPI_ISteamNetworkingSockets_SetConnectionPollGroup(host.sockets, connection, host.group) &&
           Fumarole_SetSendQueueCallback(connection, buffer / 2, on_send_queue, NULL);
}

bool host_accept(HSteamNetConnection connection)
{
    if (SteamAPI_ISteamNetworkingSockets_AcceptConnection(host.sockets, connection) == k_EResultOK && adopt(connection))
        return true;
    SteamAPI_ISteamNetworkingSockets_CloseConnection(host.sockets, connection, 0, NULL, false);
    return false;
}

void host_close(HSteamNetConnection connection, int reason, const char *text)
{
    SteamAPI_ISteamNetworkingSockets_CloseConnection(host.sockets, connection, reason, text, false);
}

/* ---------------------------------------------------------------------------------------------------- connecting */

/* One address of the name that host_connect is trying. */
struct attempt {
    SteamNetworkingIPAddr address;
    HSteamNetConnection connection; /* 0: not begun, or given up */
    SteamNetConnectionInfo_t info;
};

static struct attempt attempts[ADDRESS_CANDIDATE_LIMIT];
static int attempt_count;

static void on_status(SteamNetConnectionStatusChangedCallback_t *change)
{
    for (int i = 0; i < attempt_count; i++)
        if (attempts[i].connection && attempts[i].connection == change->m_hConn) {
            attempts[i].info = change->m_info;
            return;
        }
    if (host.on_change)
        host.on_change(change);
}

static void advise_about(const SteamNetConnectionInfo_t *info)
{
    if (info->m_eEndReason == k_ESteamNetConnectionEnd_Misc_Timeout)
        advise("Is something listening there, and does every firewall on the way let UDP through?");
    else if (info->m_eEndReason == k_ESteamNetConnectionEnd_Remote_BadCert ||
             info->m_eEndReason == k_ESteamNetConnectionEnd_Remote_BadCrypt)
        advise("The two sides do not believe each other: see --certificate, --key and --trust.");
    else if (info->m_eEndReason < k_ESteamNetConnectionEnd_App_Min ||
             info->m_eEndReason > k_ESteamNetConnectionEnd_AppException_Max)
        advise("Run it with --verbose to see more.");
}

/* Gives up all attempts but one. */
static void abandon_attempts(const struct attempt *except)
{
    for (int i = 0; i < attempt_count; i++)
        if (&attempts[i] != except && attempts[i].connection)
            host_close(attempts[i].connection, 1000, "another address answered first");
    attempt_count = 0;
}

/* An attempt that has come to something, a failed one only if all have failed; null if one must wait on. */
static struct attempt *outcome(int begun)
{
    struct attempt *failed = NULL;
    bool hope = begun < attempt_count;
    for (int i = 0; i < begun; i++) {
        int state = attempts[i].info.m_eState;
        if (state == k_ESteamNetworkingConnectionState_Connected)
            return &attempts[i];
        if (state == k_ESteamNetworkingConnectionState_ClosedByPeer ||
            state == k_ESteamNetworkingConnectionState_ProblemDetectedLocally)
            failed = &attempts[i];
        else
            hope = true;
    }
    return hope ? NULL : failed;
}

enum exit_code host_connect(const char *text, HSteamNetConnection *connection)
{
    SteamNetworkingIPAddr candidates[ADDRESS_CANDIDATE_LIMIT];
    int count = address_remote(text, candidates);
    if (!count)
        return EXIT_USAGE;
    memset(attempts, 0, sizeof attempts);
    for (int i = 0; i < count; i++)
        attempts[i].address = candidates[i];
    attempt_count = count;

    char number[SteamNetworkingIPAddr_k_cchMaxString], reason[sizeof said + 2], why[HOST_REASON_SIZE];
    struct attempt *result = NULL;
    forget_said();
    for (int begun = 0; !result;) {
        if (begun < attempt_count) {
            struct attempt *next = &attempts[begun++];
            next->connection =
                SteamAPI_ISteamNetworkingSockets_ConnectByIPAddress(host.sockets, &next->address, 0, NULL);
            if (!next->connection)
                next->info.m_eState = k_ESteamNetworkingConnectionState_ProblemDetectedLocally;
        }
        int64_t until = monotonic_now() + NEXT_CANDIDATE_MS * 1000;
        while (!(result = outcome(begun)) && (begun == attempt_count || monotonic_now() < until)) {
            if (host_wait(NEXT_CANDIDATE_MS, -1) & HOST_STOP) {
                abandon_attempts(NULL);
                complain("interrupted while connecting to %s", text);
                return EXIT_INTERRUPTED;
            }
        }
    }
    if (result->info.m_eState == k_ESteamNetworkingConnectionState_Connected) {
        *connection = result->connection;
        abandon_attempts(result);
        adopt(*connection);
        return EXIT_DONE;
    }
    if (result->connection)
        complain("cannot connect to %s: %s", address_text(&result->address, number), host_reason(&result->info, why));
    else
        complain("cannot connect to %s%s", address_text(&result->address, number), what_was_said(reason));
    advise_about(&result->info);
    abandon_attempts(NULL);
    return EXIT_NO_CONNECTION;
}

HSteamNetConnection host_connect_begin(const char *text)
{
    SteamNetworkingIPAddr candidates[ADDRESS_CANDIDATE_LIMIT];
    char reason[sizeof said + 2];
    if (!address_remote(text, candidates))
        return 0;
    forget_said();
    HSteamNetConnection connection =
        SteamAPI_ISteamNetworkingSockets_ConnectByIPAddress(host.sockets, &candidates[0], 0, NULL);
    if (connection)
        adopt(connection);
    else
        complain("cannot connect to %s%s", text, what_was_said(reason));
    return connection;
}

const char *host_reason(const SteamNetConnectionInfo_t *info, char text[HOST_REASON_SIZE])
{
    char said_by_peer[k_cchSteamNetworkingMaxConnectionCloseReason];
    int code = info->m_eEndReason;
    terminal_harmless(info->m_szEndDebug, strnlen(info->m_szEndDebug, sizeof info->m_szEndDebug), said_by_peer,
                      sizeof said_by_peer);
    bool by_peer = info->m_eState == k_ESteamNetworkingConnectionState_ClosedByPeer;
    if (code == k_ESteamNetConnectionEnd_Misc_Timeout && !by_peer)
        snprintf(text, HOST_REASON_SIZE, "timed out");
    else if (said_by_peer[0])
        snprintf(text, HOST_REASON_SIZE, "%s%s (%d)", by_peer ? "closed by the peer: " : "", said_by_peer, code);
    else
        snprintf(text, HOST_REASON_SIZE, "%s (%d)", by_peer ? "closed by the peer" : "the connection failed", code);
    return text;
}

/* ---------------------------------------------------------------------------------------------------- waiting */

/* Hands over what has come. */
static void deliver(void)
{
    SteamNetworkingMessage_t *messages[64];
    int count;
    SteamAPI_ISteamNetworkingSockets_RunCallbacks(host.sockets);
    while ((count = SteamAPI_ISteamNetworkingSockets_ReceiveMessagesOnPollGroup(host.sockets, host.group, messages,
                                                                                64)) > 0)
        for (int i = 0; i < count; i++) {
            if (host.on_message)
                host.on_message(messages[i]);
            SteamAPI_SteamNetworkingMessage_t_Release(messages[i]);
        }
}

unsigned host_wait(int milliseconds, int descriptor)
{
    /* The kernel ignores entries with a negative descriptor. */
    struct pollfd watched[] = {
        {.fd = Fumarole_GetWaitDescriptor(), .events = POLLIN},
        {.fd = host.signals, .events = POLLIN},
        {.fd = descriptor, .events = POLLIN},
    };
    unsigned events = 0;
    poll(watched, sizeof watched / sizeof watched[0], milliseconds);
    struct signalfd_siginfo signal;
    if (watched[1].revents && read(host.signals, &signal, sizeof signal) == (ssize_t)sizeof signal)
        events |= HOST_STOP;
    if (descriptor >= 0 && watched[2].revents)
        events |= HOST_INPUT;
    deliver();
    return events;
}

/* ---------------------------------------------------------------------------------------------------- sending */

enum exit_code host_send(HSteamNetConnection connection, const void *data, uint32_t size, int flags)
{
    for (;;) {
        send_queue_has_room = false;
        EResult result =
            SteamAPI_ISteamNetworkingSockets_SendMessageToConnection(host.sockets, connection, data, size, flags, NULL);
        if (result == k_EResultOK)
            return EXIT_DONE;
        if (result != k_EResultLimitExceeded)
            return EXIT_UNDONE;
        /* Another attempt tells whether the connection still stands, should the notice not come. */
        int64_t until = monotonic_now() + 1000000;
        while (!send_queue_has_room && monotonic_now() < until)
            if (host_wait(1000, -1) & HOST_STOP)
                return EXIT_INTERRUPTED;
    }
}

bool host_send_text(HSteamNetConnection connection, const char *text)
{
    return SteamAPI_ISteamNetworkingSockets_SendMessageToConnection(
               host.sockets, connection, text, (uint32)strlen(text), k_nSteamNetworkingSend_ReliableNoNagle, NULL) ==
           k_EResultOK;
}

bool host_drain(HSteamNetConnection connection, double seconds)
{
    int64_t until = monotonic_now() + (int64_t)(seconds * 1e6);
    for (;;) {
        SteamNetConnectionRealTimeStatus_t status;
        if (SteamAPI_ISteamNetworkingSockets_GetConnectionRealTimeStatus(host.sockets, connection, &status, 0, NULL) !=
                k_EResultOK ||
            status.m_eState != k_ESteamNetworkingConnectionState_Connected)
            return false;
        if (status.m_cbPendingReliable == 0 && status.m_cbSentUnackedReliable == 0)
            return true;
        if (monotonic_now() >= until || (host_wait(10, -1) & HOST_STOP))
            return false;
    }
}
