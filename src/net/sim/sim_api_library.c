/* Starting and stopping, who does the work, who we are, diagnostics, waiting; and the names of the interfaces. */
#include "cert/certificate_issue.h"
#include "crypto/crypto.h"
#include "net/service.h"
#include "net/sim/sim_api_operations.h"
#include "wire/identity.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    WAIT_MAXIMUM_MS = 500,
    APP_ID_MAXIMUM = 3,
    REQUEST_SIZE = 512,
};

/* ---- starting and stopping ----------------------------------------------------------------------------------------
 */

static void on_output(ESteamNetworkingSocketsDebugOutputType type, const char *text)
{
    struct sim_api_program *program = sim_api_program();

    if (!program)
        return;
    sim_say(program->world, "    [%d] %s", (int)type, text);
    EXPECT(program, strlen(text) <= 2047, "a message of %zu bytes", strlen(text));
    EXPECT(program, !strstr(text, "%s") || strstr(text, "100%"), "a message that was not formatted: %s", text);
}

static void listen_to_output(struct sim_api_program *program)
{
    UTILS(SetDebugOutputFunction)
    (program->utils,
     program->world->verbose ? k_ESteamNetworkingSocketsDebugOutputType_Everything
                             : k_ESteamNetworkingSocketsDebugOutputType_Msg,
     on_output);
}

bool sim_api_start(struct sim_api_program *program)
{
    SteamNetworkingIdentity identity;
    char error[1024] = "";
    bool started, named = sim_chance(program->world, 0.6);

    if (named)
        do {
            sim_api_draw_identity(program, &identity);
            EXPECT(program,
                   identity_is_absent_or_well_formed(&identity) || !GameNetworkingSockets_Init(&identity, NULL),
                   "Init takes a malformed identity");
        } while (identity.m_eType != k_ESteamNetworkingIdentityType_GenericString ||
                 !identity_is_well_formed(&identity));
    program->utils = SteamNetworkingUtils_LibV4();
    listen_to_output(program);
    started = GameNetworkingSockets_Init(named ? &identity : NULL, error);
    sim_api_note(program, "GameNetworkingSockets_Init", started);
    EXPECT(program, started == (error[0] == 0), "Init gives %d and says '%s'", started, error);
    EXPECT(program, started || program->scarce || program->machine->faults.start > 0, "Init fails: %s", error);
    if (!started)
        return false;
    program->running = true;
    program->listener_count = 0;
    program->sockets = sim_chance(program->world, 0.3) ? SteamAPI_SteamNetworkingSockets_SteamAPI_v012()
                                                       : SteamNetworkingSockets_LibV12();
    program->messages = SteamNetworkingMessages_LibV2();
    EXPECT(program, program->sockets && (program->messages || program->scarce), "there are no interfaces");
    for (int i = 0;
         i < 100 && !UTILS(SetGlobalCallback_SteamNetConnectionStatusChanged)(program->utils, sim_api_on_status); i++)
        ;
    return true;
}

void sim_api_stop(struct sim_api_program *program)
{
    if (!program->running)
        return;
    program->running = false;
    sim_api_forget_all(program, false);
    program->stale_group = 0; /* their numbers begin again */
    GameNetworkingSockets_Kill();
    sim_api_note(program, "GameNetworkingSockets_Kill", 0);
    EXPECT(program, !SteamNetworkingSockets_LibV12() && !SteamNetworkingMessages_LibV2(),
           "there are interfaces after Kill");
    EXPECT(program, SteamNetworkingUtils_LibV4() == program->utils, "the utils have gone with Kill");
    listen_to_output(program);
}

static void run_init(struct sim_api_program *program)
{
    char error[1024] = "";

    if (!program->running)
        sim_api_start(program);
    else
        EXPECT(program, GameNetworkingSockets_Init(NULL, error) && !error[0], "a second Init fails");
}

/* What is called on an interface that has gone. */
static void use_stopped(struct sim_api_program *program)
{
    SteamNetConnectionInfo_t info;
    SteamNetworkingMessage_t *messages[2];

    EXPECT(program, !SOCKETS(GetConnectionInfo)(program->sockets, 5, &info), "a stopped library has connections");
    EXPECT(program, SOCKETS(ReceiveMessagesOnConnection)(program->sockets, 5, messages, 2) == -1,
           "a stopped library receives");
    EXPECT(program, !SOCKETS(CreatePollGroup)(program->sockets), "a stopped library makes poll groups");
    EXPECT(program, SOCKETS(AcceptConnection)(program->sockets, 5) == k_EResultInvalidParam,
           "a stopped library accepts");
    SOCKETS(RunCallbacks)(program->sockets);
    EXPECT(program, Fumarole_GetWaitDescriptor() == -1 && !Fumarole_Wait(0), "a stopped library waits");
}

static void run_kill(struct sim_api_program *program)
{
    if (!program->running || sim_chance(program->world, 0.5))
        return;
    sim_api_stop(program);
    use_stopped(program);
}

static void run_reset_identity(struct sim_api_program *program)
{
    SteamNetworkingIdentity identity;

    if (sim_chance(program->world, 0.5))
        return;
    sim_api_draw_identity(program, &identity);
    if (identity.m_eType != k_ESteamNetworkingIdentityType_GenericString || !identity_is_well_formed(&identity))
        return; /* malformed ones change nothing; that is for calls by themselves */
    sim_api_forget_all(program, true);
    SOCKETS(ResetIdentity)(program->sockets, sim_chance(program->world, 0.8) ? &identity : NULL);
    sim_api_note(program, "ResetIdentity", 0);
}

/* ---- who does the work --------------------------------------------------------------------------------------------
 */

static void run_callbacks(struct sim_api_program *program)
{
    SOCKETS(RunCallbacks)(program->sockets);
}

static void run_manual(struct sim_api_program *program)
{
    bool manual = sim_chance(program->world, 0.5);

    SteamNetworkingSockets_SetManualPollMode(manual);
    program->manual = service_is_manual(); /* threads may not have started */
    sim_api_note(program, "SetManualPollMode", manual);
}

static void run_poll(struct sim_api_program *program)
{
    SteamNetworkingSockets_Poll((int)sim_between(program->world, 0, WAIT_MAXIMUM_MS));
}

static void run_wait(struct sim_api_program *program)
{
    bool something = Fumarole_Wait((int)sim_between(program->world, 0, WAIT_MAXIMUM_MS));

    sim_api_note(program, "Wait", something);
    if (something && sim_chance(program->world, 0.3)) /* there is something, so this returns */
        EXPECT(program, Fumarole_Wait(-1) || program->world->failed, "nothing waits any more");
}

static void run_wait_descriptor(struct sim_api_program *program)
{
    EXPECT(program, (Fumarole_GetWaitDescriptor() >= 0) == program->running, "the descriptor to wait on is wrong");
}

static void run_callback_descriptor(struct sim_api_program *program)
{
    EXPECT(program, (Fumarole_GetCallbackDescriptor() >= 0) == program->running,
           "the descriptor for callbacks is wrong");
}

static void thread_begins(void)
{
    if (sim_api_program())
        sim_observe(sim_api_program()->world, 'T', 1);
}

static void run_thread_callback(struct sim_api_program *program)
{
    SteamNetworkingSockets_SetServiceThreadInitCallback(sim_chance(program->world, 0.5) ? thread_begins : NULL);
}

static void run_threads(struct sim_api_program *program)
{
    int count = (int)sim_between(program->world, -1, 5);

    EXPECT(program, Fumarole_SetServiceThreads(count) == (!program->running && count >= 0),
           "SetServiceThreads(%d) works while the library runs, or does not", count);
}

static void lock_told(const char *tag, SteamNetworkingMicroseconds time)
{
    sim_fail(sim_api_program()->world, "the lock %s is told of, %lld us", tag, (long long)time);
}

static void run_lock_threshold(struct sim_api_program *program)
{
    SteamNetworkingSockets_SetLockWaitWarningThreshold(sim_between(program->world, 0, 1000));
}

static void run_lock_acquired(struct sim_api_program *program)
{
    SteamNetworkingSockets_SetLockAcquiredCallback(sim_chance(program->world, 0.5) ? lock_told : NULL);
}

static void run_lock_held(struct sim_api_program *program)
{
    SteamNetworkingSockets_SetLockHeldCallback(sim_chance(program->world, 0.5) ? lock_told : NULL);
}

/* Too late: nothing changes. */
static void run_allocator(struct sim_api_program *program)
{
    if (program->running)
        SteamNetworkingSockets_SetCustomMemoryAllocator(NULL, NULL, NULL);
}

/* ---- diagnostics --------------------------------------------------------------------------------------------------
 */

static void pass_on(ESteamNetworkingSocketsDebugOutputType type, bool is_format, const char *file, int line,
                    const char *message, va_list arguments)
{
    SteamNetworkingSockets_DefaultPreFormatDebugOutputHandler(type, is_format, file, line, message, arguments);
}

static void run_preformat(struct sim_api_program *program)
{
    SteamNetworkingSockets_SetPreFormatDebugOutputHandler(k_ESteamNetworkingSocketsDebugOutputType_Msg,
                                                          sim_chance(program->world, 0.5) ? pass_on : NULL);
}

static void say_by_default(int ignored, ...)
{
    va_list arguments;

    va_start(arguments, ignored);
    SteamNetworkingSockets_DefaultPreFormatDebugOutputHandler(k_ESteamNetworkingSocketsDebugOutputType_Msg, true,
                                                              "file", 5, "%d and %s", arguments);
    va_end(arguments);
}

static void run_default_preformat(struct sim_api_program *program)
{
    (void)program;
    say_by_default(0, 7, "seven");
}

static void run_output(struct sim_api_program *program)
{
    bool silent = sim_chance(program->world, 0.3);
    int level = (int)sim_between(program->world, 1, 8);

    if (program->world->verbose)
        level = k_ESteamNetworkingSocketsDebugOutputType_Everything;
    else if (silent)
        level = k_ESteamNetworkingSocketsDebugOutputType_None;
    UTILS(SetDebugOutputFunction)(program->utils, (ESteamNetworkingSocketsDebugOutputType)level, on_output);
}

static void run_statistics(struct sim_api_program *program)
{
    struct FumaroleStatistics now = {.size = sizeof(now)}, *before = &program->last_statistics;
    const uint64 *new_counters = &now.dropped_too_short, *old_counters = &before->dropped_too_short;
    size_t count = (sizeof(now) - offsetof(struct FumaroleStatistics, dropped_too_short)) / sizeof(uint64);

    Fumarole_GetStatistics(&now);
    EXPECT(program, now.size == sizeof(now), "GetStatistics changes the size to %u", now.size);
    for (size_t i = 0; i < count; i++) {
        EXPECT(program, new_counters[i] >= old_counters[i], "counter %zu goes from %llu to %llu", i,
               (unsigned long long)old_counters[i], (unsigned long long)new_counters[i]);
        if (before->size)
            sim_observe(program->world, 'n', new_counters[i] - old_counters[i]);
    }
    *before = now;
}

static void run_timestamp(struct sim_api_program *program)
{
    SteamNetworkingMicroseconds now = UTILS(GetLocalTimestamp)(program->utils);

    EXPECT(program, now >= program->last_timestamp && now > 2592000 * SECOND, "the time goes from %lld to %lld",
           (long long)program->last_timestamp, (long long)now);
    program->last_timestamp = now;
}

static void run_version(struct sim_api_program *program)
{
    EXPECT(program, Fumarole_Version() && Fumarole_Version()[0], "there is no version");
}

/* ---- who we are ---------------------------------------------------------------------------------------------------
 */

static void run_identity(struct sim_api_program *program)
{
    SteamNetworkingIdentity identity;

    EXPECT(program, SOCKETS(GetIdentity)(program->sockets, &identity) == program->running,
           "whether there is an identity is told wrongly");
    sim_observe_bytes(program->world, 'I', &identity, sizeof(identity));
}

static bool is_availability(int value)
{
    return value == -102 || value == -101 || value == -100 || value == -10 || (value >= 0 && value <= 3) ||
           value == 100;
}

static void run_init_authentication(struct sim_api_program *program)
{
    int available = SOCKETS(InitAuthentication)(program->sockets);

    sim_api_note(program, "InitAuthentication", available);
    EXPECT(program, is_availability(available), "InitAuthentication gives %d", available);
}

static void run_authentication_status(struct sim_api_program *program)
{
    SteamNetAuthenticationStatus_t status;
    int available = SOCKETS(GetAuthenticationStatus)(program->sockets, &status);

    EXPECT(program, is_availability(available) && (int)status.m_eAvail == available && status.m_debugMsg[0],
           "GetAuthenticationStatus gives %d, %d, '%s'", available, (int)status.m_eAvail, status.m_debugMsg);
}

static void run_certificate_request(struct sim_api_program *program)
{
    char request[REQUEST_SIZE], error[1024] = "";
    int size = (int)sim_between(program->world, 0, REQUEST_SIZE), room = size;
    bool made = SOCKETS(GetCertificateRequest)(program->sockets, &size, request, error);

    EXPECT(program, made ? size <= room : error[0] != 0, "GetCertificateRequest gives %d, %d of %d bytes, '%s'", made,
           size, room, error);
    size = 0;
    EXPECT(program,
           SOCKETS(GetCertificateRequest)(program->sockets, &size, NULL, error) == program->running || program->scarce,
           "the size of a certificate request cannot be asked for");
}

/* Signed by an authority that nobody knows, which is worth a warning only; or for somebody else, or too old. */
static void set_good_certificate(struct sim_api_program *program)
{
    uint8_t request[REQUEST_SIZE], message[CERTIFICATE_MESSAGE_SIZE], authority[CRYPTO_KEY_SIZE] = {7};
    struct certificate wanted;
    struct certificate_grant grant;
    char error[1024] = "";
    int size = sizeof(request);
    size_t length;
    bool set;

    if (!SOCKETS(GetCertificateRequest)(program->sockets, &size, request, error) ||
        !certificate_request_parse(&wanted, request, (size_t)size))
        return;
    grant = certificate_grant_of(&wanted);
    grant.created = (uint32_t)program->machine->unix_base;
    grant.expiry = grant.created + (uint32_t)sim_between(program->world, 1, 1000000);
    length = certificate_issue(&grant, authority, message, sizeof(message));
    set = length > 0 && SOCKETS(SetCertificate)(program->sockets, message, (int)length, error);
    sim_api_note(program, "SetCertificate", set);
    EXPECT(program, set || error[0], "SetCertificate fails and does not say why");
}

static void run_set_certificate(struct sim_api_program *program)
{
    char error[1024] = "";
    uint8_t junk[200];

    if (sim_chance(program->world, 0.5)) {
        set_good_certificate(program);
        return;
    }
    random_fill(&program->world->random.source, junk, sizeof(junk));
    EXPECT(program,
           !SOCKETS(SetCertificate)(program->sockets, junk, (int)sim_between(program->world, 0, sizeof(junk)), error) &&
               error[0],
           "random bytes are a certificate");
}

static void run_app_id(struct sim_api_program *program)
{
    Fumarole_SetAppID((uint32)sim_between(program->world, 0, APP_ID_MAXIMUM));
}

static void run_local_mode(struct sim_api_program *program)
{
    EXPECT(program, Fumarole_SetLocalMode(sim_chance(program->world, 0.7)) == !program->running,
           "local mode can be changed while the library runs, or cannot before");
}

static void run_add_authority(struct sim_api_program *program)
{
    char error[1024] = "";
    const char *text = sim_api_draw_text(program);

    EXPECT(program, !Fumarole_AddTrustedAuthority(text, error) && error[0], "'%s' is an authority",
           text ? text : "null");
}

/* ---- interfaces ----------------------------------------------------------------------------------------------------
 */

static void run_sockets_accessor(struct sim_api_program *program)
{
    ISteamNetworkingSockets *expected = SteamNetworkingSockets_LibV12();

    EXPECT(program,
           !expected == !program->running && SteamAPI_SteamNetworkingSockets_v009() == expected &&
               SteamAPI_SteamNetworkingSockets_SteamAPI_v013() == expected &&
               SteamGameServerNetworkingSockets_LibV12() == expected &&
               SteamAPI_SteamGameServerNetworkingSockets_SteamAPI_v013() == expected,
           "the sockets interfaces differ");
    EXPECT(program,
           !SteamAPI_SteamNetworkingSockets_SteamAPI_v012() == !expected &&
               !SteamAPI_SteamGameServerNetworkingSockets_SteamAPI_v012() == !expected,
           "the sockets interface of version 012 is wrong");
}

static void run_utils_accessor(struct sim_api_program *program)
{
    EXPECT(program,
           SteamNetworkingUtils_LibV4() == program->utils && SteamAPI_SteamNetworkingUtils_v003() == program->utils &&
               SteamAPI_SteamNetworkingUtils_SteamAPI_v004() == program->utils,
           "the utils interfaces differ");
}

static void run_messages_accessor(struct sim_api_program *program)
{
    ISteamNetworkingMessages *one = SteamNetworkingMessages_LibV2();

    if (program->scarce && !one)
        return;
    EXPECT(program,
           !one == !program->running && SteamAPI_SteamNetworkingMessages_v002() == one &&
               SteamAPI_SteamNetworkingMessages_SteamAPI_v002() == one &&
               SteamGameServerNetworkingMessages_LibV2() == one &&
               SteamAPI_SteamGameServerNetworkingMessages_SteamAPI_v002() == one,
           "the messages interfaces differ");
    if (one)
        program->messages = one;
}

const struct sim_api_operation sim_api_library_operations[] = {
    {"GameNetworkingSockets_Init", run_init, 2, true},
    {"GameNetworkingSockets_Kill", run_kill, 2, false},
    {"SteamAPI_ISteamNetworkingSockets_ResetIdentity", run_reset_identity, 2, false},
    {"SteamAPI_ISteamNetworkingSockets_RunCallbacks", run_callbacks, 60, false},
    {"SteamNetworkingSockets_SetManualPollMode", run_manual, 2, true},
    {"SteamNetworkingSockets_Poll", run_poll, 8, true},
    {"Fumarole_Wait", run_wait, 8, true},
    {"Fumarole_GetWaitDescriptor", run_wait_descriptor, 2, false},
    {"Fumarole_GetCallbackDescriptor", run_callback_descriptor, 2, false},
    {"SteamNetworkingSockets_SetServiceThreadInitCallback", run_thread_callback, 1, false},
    {"Fumarole_SetServiceThreads", run_threads, 1, false},
    {"SteamNetworkingSockets_SetLockWaitWarningThreshold", run_lock_threshold, 1, false},
    {"SteamNetworkingSockets_SetLockAcquiredCallback", run_lock_acquired, 1, false},
    {"SteamNetworkingSockets_SetLockHeldCallback", run_lock_held, 1, false},
    {"SteamNetworkingSockets_SetCustomMemoryAllocator", run_allocator, 1, false},
    {"SteamNetworkingSockets_SetPreFormatDebugOutputHandler", run_preformat, 1, false},
    {"SteamNetworkingSockets_DefaultPreFormatDebugOutputHandler", run_default_preformat, 1, false},
    {"SteamAPI_ISteamNetworkingUtils_SetDebugOutputFunction", run_output, 2, false},
    {"Fumarole_GetStatistics", run_statistics, 4, false},
    {"SteamAPI_ISteamNetworkingUtils_GetLocalTimestamp", run_timestamp, 3, false},
    {"Fumarole_Version", run_version, 1, false},
    {"SteamAPI_ISteamNetworkingSockets_GetIdentity", run_identity, 3, false},
    {"SteamAPI_ISteamNetworkingSockets_InitAuthentication", run_init_authentication, 2, false},
    {"SteamAPI_ISteamNetworkingSockets_GetAuthenticationStatus", run_authentication_status, 2, false},
    {"SteamAPI_ISteamNetworkingSockets_GetCertificateRequest", run_certificate_request, 2, false},
    {"SteamAPI_ISteamNetworkingSockets_SetCertificate", run_set_certificate, 2, false},
    {"Fumarole_SetAppID", run_app_id, 1, false},
    {"Fumarole_SetLocalMode", run_local_mode, 1, false},
    {"Fumarole_AddTrustedAuthority", run_add_authority, 1, false},
    {"SteamNetworkingSockets_LibV12", run_sockets_accessor, 1, false},
    {"SteamAPI_SteamNetworkingSockets_v009", run_sockets_accessor, 0, false},
    {"SteamAPI_SteamNetworkingSockets_SteamAPI_v012", run_sockets_accessor, 0, false},
    {"SteamAPI_SteamNetworkingSockets_SteamAPI_v013", run_sockets_accessor, 0, false},
    {"SteamGameServerNetworkingSockets_LibV12", run_sockets_accessor, 0, false},
    {"SteamAPI_SteamGameServerNetworkingSockets_SteamAPI_v012", run_sockets_accessor, 0, false},
    {"SteamAPI_SteamGameServerNetworkingSockets_SteamAPI_v013", run_sockets_accessor, 0, false},
    {"SteamNetworkingUtils_LibV4", run_utils_accessor, 1, false},
    {"SteamAPI_SteamNetworkingUtils_v003", run_utils_accessor, 0, false},
    {"SteamAPI_SteamNetworkingUtils_SteamAPI_v004", run_utils_accessor, 0, false},
    {"SteamNetworkingMessages_LibV2", run_messages_accessor, 1, false},
    {"SteamAPI_SteamNetworkingMessages_v002", run_messages_accessor, 0, false},
    {"SteamAPI_SteamNetworkingMessages_SteamAPI_v002", run_messages_accessor, 0, false},
    {"SteamGameServerNetworkingMessages_LibV2", run_messages_accessor, 0, false},
    {"SteamAPI_SteamGameServerNetworkingMessages_SteamAPI_v002", run_messages_accessor, 0, false},
    {NULL, NULL, 0, false},
};
