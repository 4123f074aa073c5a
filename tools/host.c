#include "tools/host.h"

#include "tools/address.h"
#include "tools/complain.h"
#include "tools/identity_files.h"
#include "tools/nearest.h"
#include "tools/terminal.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum {
    SETTING_LIMIT = 32,
    TRUSTED_LIMIT = 8,
    NEXT_CANDIDATE_MS = 250, /* head start of a name's first address over its second */
};

static struct {
    const char *identity, *certificate, *key;
    const char *settings[SETTING_LIMIT];
    const char *trusted[TRUSTED_LIMIT];
    int setting_count, trusted_count;
    double timeout;
    int64_t app;
    bool verbose;
} wanted = {.timeout = 10, .app = -1};

static struct {
    ISteamNetworkingSockets *sockets;
    HSteamNetPollGroup group;
    host_change_function on_change;
    host_message_function on_message;
    int signals; /* descriptor */
} host = {.signals = -1};

/* ---------------------------------------------------------------------------------------------------- settings */

static bool add_setting(const char *value)
{
    if (wanted.setting_count == SETTING_LIMIT) {
        complain("--config can be given %d times at most", SETTING_LIMIT);
        return false;
    }
    wanted.settings[wanted.setting_count++] = value;
    return true;
}

static bool add_trusted(const char *value)
{
    if (wanted.trusted_count == TRUSTED_LIMIT) {
        complain("--trust can be given %d times at most", TRUSTED_LIMIT);
        return false;
    }
    wanted.trusted[wanted.trusted_count++] = value;
    return true;
}

const struct option_row host_options[] = {
    {"identity",
     0,
     "NAME",
     "who we are, for example str:ada or steamid:76561197960287930",
     OPTION_TEXT,
     {.text = &wanted.identity},
     0,
     0},
    {"certificate",
     0,
     "FILE",
     "prove it with this certificate (see fumarole cert)",
     OPTION_TEXT,
     {.text = &wanted.certificate},
     0,
     0},
    {"key", 0, "FILE", "the private key that belongs to the certificate", OPTION_TEXT, {.text = &wanted.key}, 0, 0},
    {"trust", 0, "FILE", "believe the certificates of this authority too", OPTION_EACH, {.each = add_trusted}, 0, 0},
    {"app",
     0,
     "ID",
     "the application that certificates must permit",
     OPTION_INTEGER,
     {.number = &wanted.app},
     0,
     4294967295.0},
    {"config",
     'c',
     "NAME=VALUE",
     "set a configuration value, for example FakePacketLoss_Send=5",
     OPTION_EACH,
     {.each = add_setting},
     0,
     0},
    {"timeout",
     0,
     "SECONDS",
     "how long to try to connect (default 10)",
     OPTION_SECONDS,
     {.real = &wanted.timeout},
     0.1,
     3600},
    {"verbose", 'v', NULL, "show what the library has to say", OPTION_FLAG, {.flag = &wanted.verbose}, 0, 0},
    {0},
};

static void complain_setting_name(const char *name)
{
    complain("there is no configuration value '%s'", name);
    struct nearest search = {.word = name};
    ESteamNetworkingConfigValue value = k_ESteamNetworkingConfig_Invalid;
    while ((value = SteamAPI_ISteamNetworkingUtils_IterateGenericEditableConfigValues(host_utils(), value, true)))
        nearest_offer(&search, SteamAPI_ISteamNetworkingUtils_GetConfigValueInfo(host_utils(), value, NULL, NULL));
    if (search.best)
        advise("Did you mean %s?", search.best);
    else
        advise("They are listed in fumarole/config.h; write the name without its prefix.");
}

static bool apply_setting(const char *text)
{
    const char *equals = strchr(text, '=');
    char name[64];
    if (!equals || equals == text || (size_t)(equals - text) >= sizeof name) {
        complain("--config %s is not what this option takes", text);
        advise("It takes NAME=VALUE, for example FakePacketLag_Send=30.");
        return false;
    }
    memcpy(name, text, (size_t)(equals - text));
    name[equals - text] = 0;
    ESteamNetworkingConfigValue value = k_ESteamNetworkingConfig_Invalid;
    while ((value = SteamAPI_ISteamNetworkingUtils_IterateGenericEditableConfigValues(host_utils(), value, true))) {
        ESteamNetworkingConfigDataType type;
        const char *known = SteamAPI_ISteamNetworkingUtils_GetConfigValueInfo(host_utils(), value, &type, NULL);
        if (!known || strcasecmp(known, name) != 0)
            continue;
        if (type != k_ESteamNetworkingConfig_Ptr &&
            SteamAPI_ISteamNetworkingUtils_SetGlobalConfigValueString(host_utils(), value, equals + 1))
            return true;
        complain("the configuration value %s cannot be set to '%s'", known, equals + 1);
        advise("See its type and range in fumarole/config.h.");
        return false;
    }
    complain_setting_name(name);
    return false;
}

bool host_set_int(ESteamNetworkingConfigValue value, int32_t to)
{
    if (SteamAPI_ISteamNetworkingUtils_SetGlobalConfigValueInt32(host_utils(), value, to))
        return true;
    complain("the library does not accept %d for configuration value %d", (int)to, (int)value);
    return false;
}

bool host_set_float(ESteamNetworkingConfigValue value, float to)
{
    if (SteamAPI_ISteamNetworkingUtils_SetGlobalConfigValueFloat(host_utils(), value, to))
        return true;
    complain("the library does not accept %g for configuration value %d", (double)to, (int)value);
    return false;
}

bool host_set_rate(int64_t bytes_per_second)
{
    const int64_t least_buffer = 1 << 20, most_buffer = 64 << 20;
    int64_t rate = bytes_per_second < INT32_MAX ? bytes_per_second : INT32_MAX;
    int64_t buffer = rate / 2;
    buffer = buffer < least_buffer ? least_buffer : buffer > most_buffer ? most_buffer : buffer;
    return host_set_int(k_ESteamNetworkingConfig_SendRateMin, (int32_t)rate) &&
           host_set_int(k_ESteamNetworkingConfig_SendRateMax, (int32_t)rate) &&
           host_set_int(k_ESteamNetworkingConfig_SendBufferSize, (int32_t)buffer) &&
           host_set_int(k_ESteamNetworkingConfig_RecvBufferSize, (int32_t)buffer * 2) &&
           host_set_int(k_ESteamNetworkingConfig_RecvBufferMessages, 1 << 20);
}

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
    if (wanted.verbose)
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

static bool read_identity(SteamNetworkingIdentity *identity)
{
    memset(identity, 0, sizeof *identity);
    if (!wanted.identity || SteamNetworkingIdentity_ParseString(identity, sizeof *identity, wanted.identity))
        return true;
    complain("'%s' is not an identity", wanted.identity);
    advise("Write str:NAME for a name of your own, or steamid:, psn:, xboxpwid:, gen: or ip: and what follows.");
    return false;
}

static bool believe_authorities(void)
{
    for (int i = 0; i < wanted.trusted_count; i++) {
        char *text = identity_file_read(wanted.trusted[i], NULL);
        if (!text)
            return false;
        SteamNetworkingErrMsg error = "";
        bool added = Fumarole_AddTrustedAuthority(text, error);
        free(text);
        if (!added) {
            complain("%s is not the certificate of an authority that can be believed: %s", wanted.trusted[i], error);
            advise("Give the file that 'fumarole cert authority' wrote; 'fumarole cert inspect' shows what it is.");
            return false;
        }
    }
    return true;
}

static bool install_certificate(void)
{
    if (!wanted.certificate) {
        if (!wanted.key)
            return true;
        complain("--key goes with --certificate");
        advise("Give the certificate that was made for the key as well.");
        return false;
    }
    uint8_t bytes[IDENTITY_CERTIFICATE_SIZE];
    size_t length = identity_certificate_read(wanted.certificate, wanted.key, bytes);
    if (!length)
        return false;
    SteamNetworkingErrMsg error = "";
    bool set = SteamAPI_ISteamNetworkingSockets_SetCertificate(host.sockets, bytes, (int)length, error);
    identity_certificate_wipe(bytes);
    if (set)
        return true;
    complain("the certificate %s cannot be used: %s", wanted.certificate, error);
    advise("'fumarole cert inspect %s' shows what it says.", wanted.certificate);
    return false;
}

static bool configure(void)
{
    ISteamNetworkingUtils *utils = host_utils();
    if (!SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_SteamNetConnectionStatusChanged(utils, on_status)) {
        complain("the library takes no callback");
        return false;
    }
    if (!host_set_int(k_ESteamNetworkingConfig_TimeoutInitial, (int32_t)(wanted.timeout * 1000)))
        return false;
    for (int i = 0; i < wanted.setting_count; i++)
        if (!apply_setting(wanted.settings[i]))
            return false;
    return install_certificate();
}

void host_identify(const char *identity)
{
    if (!wanted.identity && !wanted.certificate)
        wanted.identity = identity;
}

enum exit_code host_start(void)
{
    SteamNetworkingIdentity identity;
    SteamNetworkingErrMsg error = "";
    if (!catch_signals()) {
        complain("cannot catch signals: %s", strerror(errno));
        return EXIT_LOCAL;
    }
    if (wanted.app >= 0)
        Fumarole_SetAppID((uint32)wanted.app);
    if (!read_identity(&identity) || !believe_authorities())
        return EXIT_USAGE;
    SteamAPI_ISteamNetworkingUtils_SetDebugOutputFunction(host_utils(),
                                                          wanted.verbose
                                                              ? k_ESteamNetworkingSocketsDebugOutputType_Verbose
                                                              : k_ESteamNetworkingSocketsDebugOutputType_Error,
                                                          on_debug_output);
    if (!GameNetworkingSockets_Init(wanted.identity ? &identity : NULL, error)) {
        complain("the network library does not start: %s", error);
        return EXIT_NO_CONNECTION;
    }
    host.sockets = SteamNetworkingSockets_LibV12();
    host.group = SteamAPI_ISteamNetworkingSockets_CreatePollGroup(host.sockets);
    if (configure())
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
