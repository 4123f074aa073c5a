#include "case.h"

#include <math.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    OPTIONS_MAXIMUM = 24,
    EVENTS_MAXIMUM = 2048,
    LISTEN_TRIES = 20,   /* free ports that somebody else may take first */
    PHASE_CONNECTED = 1, /* open_pair's own; those of the cases come after it */
    PHASE_OF_CASE = 10,  /* is added to theirs */
    PATIENCE_MS = 20000,
    LARGEST_RATE = 0x10000000, /* that every implementation takes */
    SHARED_RATE = 64 << 20,    /* of all connections of a load case, in another library than ours */
};

struct shared *shared;
const struct test *test;
const struct params *params;
int role, stage;
const char *const role_name[2] = {"server", "client"};
struct run run = {.seed = 1, .load_seconds = 3};

double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

void fail(const char *format, ...)
{
    struct side *side = &shared->side[role];
    va_list arguments;

    if (!side->failed) {
        va_start(arguments, format);
        vsnprintf(side->why, sizeof(side->why), format, arguments);
        va_end(arguments);
    }
    side->failed = true;
    _exit(EXIT_CASE_FAILED);
}

void figure(const char *format, ...)
{
    struct side *side = &shared->side[role];
    size_t used = strlen(side->figures);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(side->figures + used, sizeof(side->figures) - used, format, arguments);
    va_end(arguments);
}

void leave(void)
{
    lib.kill();
    exit(0); /* not _exit: a leak sanitizer has its say at the end */
}

void pump(void)
{
    lib.run(lib.sockets);
    usleep(300);
}

void pause_ms(int milliseconds)
{
    for (double end = now() + milliseconds / 1e3; now() < end;)
        pump();
}

static void meet_at(int phase, const char *what)
{
    shared->side[role].phase = phase;
    AWAIT(shared->side[!role].phase >= phase, test->limit * 1000, "the other side did not %s %d", what, phase);
}

void meet(int phase)
{
    meet_at(PHASE_OF_CASE + phase, "reach phase");
}

/* ---- connections as the callbacks report them ---- */

struct link links[256];
int link_count, connected_count;
static struct event events[EVENTS_MAXIMUM];
static int event_count;
void (*on_inbound)(HSteamNetConnection connection) = accept_it;
HSteamNetConnection held;

struct link *link_of(HSteamNetConnection connection)
{
    for (int i = 0; i < link_count; i++) {
        if (links[i].connection == connection)
            return &links[i];
    }
    CHECK(link_count < (int)(sizeof(links) / sizeof(links[0])), "too many connections appeared");
    links[link_count] = (struct link){.connection = connection};
    return &links[link_count++];
}

void accept_it(HSteamNetConnection connection)
{
    EResult result = lib.accept(lib.sockets, connection);

    CHECK(result == k_EResultOK, "AcceptConnection gave %d", (int)result);
}

void ignore_it(HSteamNetConnection connection)
{
    (void)connection;
}

void hold_it(HSteamNetConnection connection)
{
    held = connection;
}

static void on_status(SteamNetConnectionStatusChangedCallback_t *event)
{
    const SteamNetConnectionInfo_t *info = &event->m_info;
    struct link *link = link_of(event->m_hConn);

    CHECK(memchr(info->m_szEndDebug, 0, sizeof(info->m_szEndDebug)) &&
              memchr(info->m_szConnectionDescription, 0, sizeof(info->m_szConnectionDescription)),
          "an unterminated text in a status callback");
    if (event_count < EVENTS_MAXIMUM)
        events[event_count++] =
            (struct event){event->m_hConn, (int)event->m_eOldState, (int)info->m_eState, info->m_eEndReason};
    link->state = (int)info->m_eState;
    link->reason = info->m_eEndReason;
    snprintf(link->text, sizeof(link->text), "%s", info->m_szEndDebug);
    lib.print_identity(&info->m_identityRemote, link->identity, sizeof(link->identity));
    connected_count += link->state == STATE_CONNECTED;
    if (role == SERVER && link->state == STATE_CONNECTING && info->m_hListenSocket)
        on_inbound(event->m_hConn);
}

const struct event *event_from_to(HSteamNetConnection connection, int old, int state)
{
    for (int i = 0; i < event_count; i++) {
        if (events[i].connection == connection && events[i].old == old && events[i].state == state)
            return &events[i];
    }
    return NULL;
}

bool any_event_from_to_other_than(int old, int state1, int state2)
{
    for (int i = 0; i < event_count; i++) {
        if (events[i].old == old && events[i].state != state1 && events[i].state != state2)
            return true;
    }
    return false;
}

/* ---- starting and connecting ---- */

static void debug_line(ESteamNetworkingSocketsDebugOutputType type, const char *text)
{
    fprintf(stderr, "[%s %s %d] %s\n", test->name, role_name[role], (int)type, text);
}

static void set_global(ESteamNetworkingConfigValue value, ESteamNetworkingConfigDataType type, const void *argument)
{
    CHECK(lib.set_config(lib.utils, value, k_ESteamNetworkingConfig_Global, 0, type, argument),
          "configuration value %d was not set", (int)value);
}

static void set_float(ESteamNetworkingConfigValue value, double number)
{
    float argument = (float)number;

    set_global(value, k_ESteamNetworkingConfig_Float, &argument);
}

static void set_int(ESteamNetworkingConfigValue value, int32 number)
{
    set_global(value, k_ESteamNetworkingConfig_Int32, &number);
}

static void set_conditions(void)
{
    double each = run.one_way_loss ? 100 * (1 - sqrt(1 - params->loss / 100.0)) : params->loss;

    if (params->loss) {
        set_float(k_ESteamNetworkingConfig_FakePacketLoss_Send, each);
        set_float(k_ESteamNetworkingConfig_FakePacketLoss_Recv, each);
    }
    if (params->lag)
        set_int(k_ESteamNetworkingConfig_FakePacketLag_Send, params->lag);
    if (params->jitter)
        set_float(k_ESteamNetworkingConfig_FakePacketJitter_Send_Avg, params->jitter);
    if (params->reorder) {
        set_float(k_ESteamNetworkingConfig_FakePacketReorder_Send, params->reorder);
        set_float(k_ESteamNetworkingConfig_FakePacketReorder_Recv, params->reorder);
        set_int(k_ESteamNetworkingConfig_FakePacketReorder_Time, 30);
    }
    if (params->duplicate) {
        set_float(k_ESteamNetworkingConfig_FakePacketDup_Send, params->duplicate);
        set_float(k_ESteamNetworkingConfig_FakePacketDup_Recv, params->duplicate);
        set_int(k_ESteamNetworkingConfig_FakePacketDup_TimeMax, 20);
    }
}

void start(void)
{
    SteamNetworkingErrMsg error = "";
    void *function = (void *)(uintptr_t)on_status;

    flat_load(run.library[role]);
    shared->side[role].careful = flat_has("Fumarole_Wait");
    CHECK(flat_start(params->identity[role], error), "init: %s", error);
    if (run.debug_level)
        lib.debug(lib.utils, (ESteamNetworkingSocketsDebugOutputType)run.debug_level, debug_line);
    set_global(k_ESteamNetworkingConfig_Callback_ConnectionStatusChanged, k_ESteamNetworkingConfig_Ptr, &function);
    set_conditions();
}

struct option_list {
    int count;
    SteamNetworkingConfigValue_t options[OPTIONS_MAXIMUM];
};

static void add_option(struct option_list *list, ESteamNetworkingConfigValue value, int32 number)
{
    list->options[list->count++] = (SteamNetworkingConfigValue_t){
        .m_eValue = value, .m_eDataType = k_ESteamNetworkingConfig_Int32, .m_val.m_int32 = number};
}

static int32 either(int32 wanted, int32 usual)
{
    return wanted ? wanted : usual;
}

static struct option_list options_of_case(void)
{
    struct option_list list = {.count = 0};
    int32 rate = either(params->rate, 8 << 20);

    if (params->rate == RATE_OPEN)
        rate = lib.version ? 0 : LARGEST_RATE;
    if (params->connections > 1 && !lib.version && rate > SHARED_RATE / params->connections)
        rate = SHARED_RATE / params->connections;

    if (!params->defaults) {
        add_option(&list, k_ESteamNetworkingConfig_SendBufferSize, either(params->send_buffer, 2 << 20));
        add_option(&list, k_ESteamNetworkingConfig_RecvBufferSize, either(params->receive_buffer, 8 << 20));
        add_option(&list, k_ESteamNetworkingConfig_RecvBufferMessages, either(params->receive_messages, 20000));
        add_option(&list, k_ESteamNetworkingConfig_SendRateMin, either(params->rate_min, rate));
        add_option(&list, k_ESteamNetworkingConfig_SendRateMax, rate);
        add_option(&list, k_ESteamNetworkingConfig_TimeoutInitial, either(params->timeout_initial[role], PATIENCE_MS));
        add_option(&list, k_ESteamNetworkingConfig_TimeoutConnected, either(params->timeout_connected, PATIENCE_MS));
    }
    if (params->nagle >= 0)
        add_option(&list, k_ESteamNetworkingConfig_NagleTime, params->nagle);
    if (params->packet_size[role])
        add_option(&list, k_ESteamNetworkingConfig_MTU_PacketSize, params->packet_size[role]);
    if (params->send_time[role])
        add_option(&list, k_ESteamNetworkingConfig_SendTimeSincePreviousPacket, 1);
    if (params->plain)
        add_option(&list, k_ESteamNetworkingConfig_Unencrypted, 3);
    if (params->cipher[role] >= 0)
        add_option(&list, k_ESteamNetworkingConfig_Unencrypted, params->cipher[role]);
    return list;
}

static SteamNetworkingIPAddr address_on(const char *host, int port)
{
    SteamNetworkingIPAddr address;
    char text[80];

    snprintf(text, sizeof(text), "%s:%d", host, port);
    CHECK(lib.parse_address(&address, text), "the address %s was not parsed", text);
    return address;
}

/* A port that nobody has at this moment. */
static int free_port(void)
{
    struct sockaddr_in6 address = {.sin6_family = AF_INET6};
    socklen_t length = sizeof(address);
    int descriptor = socket(AF_INET6, SOCK_DGRAM, 0);

    CHECK(descriptor >= 0 && bind(descriptor, (struct sockaddr *)&address, sizeof(address)) == 0 &&
              getsockname(descriptor, (struct sockaddr *)&address, &length) == 0,
          "no free port can be had");
    close(descriptor);
    return ntohs(address.sin6_port);
}

HSteamListenSocket listener;

void open_listener(void)
{
    struct option_list list = options_of_case();
    const char *host = params->listen_on ? params->listen_on : "127.0.0.1";
    int port = shared->port; /* the second server of a case takes the first one's */

    for (int tries = 0; !listener && tries < LISTEN_TRIES; tries++) {
        if (shared->port == 0)
            port = free_port();
        SteamNetworkingIPAddr address = address_on(host, port);
        listener = lib.listen(lib.sockets, &address, list.count, list.options);
    }
    CHECK(listener, "CreateListenSocketIP on port %d failed", port);
    shared->port = port;
    shared->side[SERVER].listening++;
}

void (*on_server_there)(void);
int connect_port;

HSteamNetConnection begin_connect(void)
{
    struct option_list list = options_of_case();
    SteamNetworkingIPAddr address;
    HSteamNetConnection connection;

    AWAIT(shared->side[SERVER].listening > 0, PATIENCE_MS, "the server did not listen");
    if (on_server_there)
        on_server_there();
    address =
        address_on(params->connect_to ? params->connect_to : "127.0.0.1", connect_port ? connect_port : shared->port);
    connection = lib.connect(lib.sockets, &address, list.count, list.options);
    CHECK(connection, "ConnectByIPAddress gave no handle");
    return connection;
}

void await_connected(HSteamNetConnection connection)
{
    const struct link *link = link_of(connection);

    AWAIT(link->state >= STATE_CONNECTED, PATIENCE_MS, "not connected in 20 s, state %d", link->state);
    CHECK(link->state == STATE_CONNECTED, "ended with state %d reason %d (%s) instead of connecting", link->state,
          link->reason, link->text);
}

HSteamNetConnection open_pair(void)
{
    HSteamNetConnection connection;
    SteamNetConnectionInfo_t info;

    start();
    if (role == SERVER) {
        open_listener();
        AWAIT(link_count > 0, PATIENCE_MS, "no client appeared in 20 s");
        connection = links[0].connection;
    } else {
        connection = begin_connect();
    }
    await_connected(connection);
    CHECK(lib.info(lib.sockets, connection, &info), "GetConnectionInfo failed on a connected handle");
    CHECK(info.m_eState == k_ESteamNetworkingConnectionState_Connected && info.m_eEndReason == 0,
          "info: state %d reason %d", (int)info.m_eState, info.m_eEndReason);
    if (params->cipher[SERVER] < 0)
        CHECK(!!(info.m_nFlags & k_nSteamNetworkConnectionInfoFlags_Unencrypted) == params->plain,
              "info flags %d, the unencrypted bit is wrong", info.m_nFlags);
    if (role == CLIENT && !params->loss && !params->duplicate && !params->reorder)
        CHECK(event_from_to(connection, STATE_NONE, STATE_CONNECTING) &&
                  event_from_to(connection, STATE_CONNECTING, STATE_CONNECTED),
              "the states 0-1-3 were not all reported");
    /* A server is connected before its client, and must not send yet where unreliable messages are counted. */
    if (!params->eager)
        meet_at(PHASE_CONNECTED, "connect, phase");
    return connection;
}

void finish(HSteamNetConnection connection)
{
    const struct link *link = link_of(connection);

    meet(1000);
    if (role == CLIENT) {
        CHECK(lib.close(lib.sockets, connection, 1100, "finished", false), "CloseConnection returned false");
    } else if (!params->loss) {
        AWAIT(link->state == STATE_CLOSED_BY_PEER, 5000, "the client's close was not seen, state %d", link->state);
        CHECK(link->reason == 1100 && strcmp(link->text, "finished") == 0, "closed with %d (%s)", link->reason,
              link->text);
        lib.close(lib.sockets, connection, 0, NULL, false);
    }
    if (!params->loss)
        meet(1001);
    leave();
}

SteamNetConnectionRealTimeStatus_t status_of(HSteamNetConnection connection)
{
    SteamNetConnectionRealTimeStatus_t status;

    CHECK(lib.status(lib.sockets, connection, &status, 0, NULL) == k_EResultOK, "GetConnectionRealTimeStatus failed");
    return status;
}

int outstanding(HSteamNetConnection connection)
{
    SteamNetConnectionRealTimeStatus_t status = status_of(connection);

    return status.m_cbPendingReliable + status.m_cbPendingUnreliable + status.m_cbSentUnackedReliable;
}

void case_run(const struct test *the_test, struct shared *the_shared, int the_role, int the_stage)
{
    test = the_test;
    params = &the_test->params;
    shared = the_shared;
    role = the_role;
    stage = the_stage;
    test->run();
    exit(0);
}
