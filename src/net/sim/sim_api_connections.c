/* Listening, connecting, accepting, closing, and what a connection is called and how it is doing. */
#include "net/sim/sim_api_operations.h"

#include "wire/address.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CONNECTING = k_ESteamNetworkingConnectionState_Connecting,
    CONNECTED = k_ESteamNetworkingConnectionState_Connected,
    PROBLEM = k_ESteamNetworkingConnectionState_ProblemDetectedLocally,
    LISTEN_PORTS = 4, /* from FIRST_LISTEN_PORT on, so that some collide */
    FIRST_LISTEN_PORT = 27015,
    VIRTUAL_PORTS = 3,
};

/* ---- drawing ------------------------------------------------------------------------------------------------------
 */

void sim_api_draw_address(struct sim_api_program *program, SteamNetworkingIPAddr *address)
{
    struct sim_world *world = program->world;
    struct sim_machine *machine = program->machine;

    if (program->listener_count > 0 && sim_chance(world, 0.9)) {
        *address = program->listeners[sim_between(world, 0, program->listener_count - 1)].address;
        if (address->m_port)
            return;
    }
    *address = machine->hosts[sim_between(world, 0, program->hosts)].addresses[sim_between(world, 0, 1)];
    if (sim_chance(world, 0.1))
        address_set_ipv4(address, random_u32(&world->random.source), 0);
    address->m_port = (uint16)(FIRST_LISTEN_PORT + sim_between(world, 0, LISTEN_PORTS));
}

void sim_api_draw_identity(struct sim_api_program *program, SteamNetworkingIdentity *identity)
{
    struct sim_world *world = program->world;
    char text[32];

    memset(identity, 0, sizeof(*identity));
    switch (sim_between(world, 0, 5)) {
    case 0:
        break;
    case 1:
        SteamAPI_SteamNetworkingIdentity_SetLocalHost(identity);
        break;
    case 2:
        SteamAPI_SteamNetworkingIdentity_SetSteamID64(identity, random_u64(&world->random.source));
        break;
    case 3:
        random_fill(&world->random.source, identity, sizeof(*identity)); /* anything */
        break;
    default:
        snprintf(text, sizeof(text), "player-%d", (int)sim_between(world, 1, 3));
        SteamAPI_SteamNetworkingIdentity_SetGenericString(identity, text);
        break;
    }
}

const char *sim_api_draw_text(struct sim_api_program *program)
{
    static const char long_text[] =
        "a very long text: 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 "
        "0123456789 0123456789 0123456789";
    static const char *const texts[] = {
        NULL,
        "",
        "goodbye",
        "a text that is longer than thirty-one bytes, which is what a name may have",
        "\xc3\xa9t\xc3\xa9",
        "100% %s %n",
        long_text,
    };

    return texts[sim_between(program->world, 0, (int64_t)(sizeof(texts) / sizeof(texts[0])) - 1)];
}

/* ---- listening ----------------------------------------------------------------------------------------------------
 */

static void note_listener(struct sim_api_program *program, const char *what, HSteamListenSocket handle, bool p2p,
                          int virtual_port, const SteamNetworkingIPAddr *bound)
{
    struct sim_api_listener *listener = &program->listeners[program->listener_count];

    sim_api_note(program, what, handle != 0); /* the number goes on from run to run */
    if (!handle)
        return;
    EXPECT(program, !(handle & 0x80000000u), "the listen socket %u has the top bit", handle);
    *listener = (struct sim_api_listener){.handle = handle, .open = true, .p2p = p2p, .virtual_port = virtual_port};
    program->listener_count++;
    if (p2p)
        return;
    EXPECT(program, SOCKETS(GetListenSocketAddress)(program->sockets, handle, &listener->address),
           "the listen socket %u has no address", handle);
    EXPECT(program, listener->address.m_port && (!bound->m_port || listener->address.m_port == bound->m_port),
           "the listen socket %u was to have port %d and has %d", handle, bound->m_port, listener->address.m_port);
    if (address_is_any(&listener->address) ||
        (address_is_ipv4(&listener->address) && address_ipv4(&listener->address) == 0)) {
        uint16 port = listener->address.m_port;
        int host = sim_chance(program->world, 0.3) ? SIM_MACHINE_LOOPBACK : program->machine->current_host;

        listener->address = program->machine->hosts[host].addresses[0];
        listener->address.m_port = port;
    }
}

static void draw_bind(struct sim_api_program *program, SteamNetworkingIPAddr *address, bool any_port)
{
    struct sim_world *world = program->world;
    struct sim_machine *machine = program->machine;

    address_clear(address);
    if (sim_chance(world, 0.7))
        *address = machine->hosts[machine->current_host].addresses[sim_between(world, 0, 1)];
    else if (sim_chance(world, 0.3))
        address_set_ipv4(address, 0, 0);
    else if (sim_chance(world, 0.1))
        address_set_ipv4(address, 0x01020304, 0); /* nobody's */
    if (!any_port)
        address->m_port = (uint16)(FIRST_LISTEN_PORT + sim_between(world, 0, LISTEN_PORTS - 1));
}

static bool may_listen(const struct sim_api_program *program)
{
    return program->listener_count < SIM_API_LISTENERS;
}

static void run_listen(struct sim_api_program *program)
{
    SteamNetworkingConfigValue_t options[SIM_API_OPTIONS];
    SteamNetworkingIPAddr address;
    int count = sim_api_draw_options(program, options);

    if (!may_listen(program))
        return;
    draw_bind(program, &address, false);
    note_listener(program, "CreateListenSocketIP",
                  SOCKETS(CreateListenSocketIP)(program->sockets, &address, count, options), false, 0, &address);
    address.m_port = 0;
    EXPECT(program, SOCKETS(CreateListenSocketIP)(program->sockets, &address, 0, NULL) == 0,
           "a listen socket without a port can be created");
}

static void run_listen_any_port(struct sim_api_program *program)
{
    SteamNetworkingConfigValue_t options[SIM_API_OPTIONS];
    SteamNetworkingIPAddr address;
    int count = sim_api_draw_options(program, options);

    if (!may_listen(program))
        return;
    draw_bind(program, &address, true);
    note_listener(program, "CreateListenSocketIPAnyPort",
                  Fumarole_CreateListenSocketIPAnyPort(&address, count, options), false, 0, &address);
}

static void run_listen_p2p(struct sim_api_program *program)
{
    SteamNetworkingConfigValue_t options[SIM_API_OPTIONS];
    int count = sim_api_draw_options(program, options), port = (int)sim_between(program->world, -1, VIRTUAL_PORTS);
    HSteamListenSocket handle;

    if (!may_listen(program))
        return;
    handle = SOCKETS(CreateListenSocketP2P)(program->sockets, port, count, options);
    EXPECT(program, port >= 0 || !handle, "a listen socket has the virtual port -1");
    for (int i = 0; i < program->listener_count; i++)
        EXPECT(program,
               !handle || !program->listeners[i].open || !program->listeners[i].p2p ||
                   program->listeners[i].virtual_port != port,
               "two listen sockets have the virtual port %d", port);
    note_listener(program, "CreateListenSocketP2P", handle, true, port, NULL);
}

static void run_listen_address(struct sim_api_program *program)
{
    int index;
    HSteamListenSocket handle = sim_api_pick_listener(program, &index);
    SteamNetworkingIPAddr address;
    bool told = SOCKETS(GetListenSocketAddress)(program->sockets, handle, &address);

    EXPECT(program, told == (index >= 0 && !program->listeners[index].p2p), "the address of listen socket %u: %d",
           handle, told);
}

static void run_close_listener(struct sim_api_program *program)
{
    int index;
    HSteamListenSocket handle = sim_api_pick_listener(program, &index);
    bool closed = SOCKETS(CloseListenSocket)(program->sockets, handle);

    sim_api_note(program, "CloseListenSocket", closed);
    EXPECT(program, closed == (index >= 0), "closing the listen socket %u gives %d", handle, closed);
    if (index < 0)
        return;
    program->listeners[index].open = false;
    for (int i = program->first_end; i < program->end_count; i++) {
        struct sim_api_end *end = program->ends[i];

        if (end->listener == handle && end->open) {
            end->closed_by_program = true;
            sim_api_end_closed(program, end);
        }
    }
}

/* ---- connecting ---------------------------------------------------------------------------------------------------
 */

static bool may_connect(struct sim_api_program *program)
{
    return program->open_ends < SIM_API_OPEN_ENDS &&
           (int64_t)program->connections_asked++ < program->world->limits.connections;
}

static void run_connect(struct sim_api_program *program)
{
    SteamNetworkingConfigValue_t options[SIM_API_OPTIONS];
    int count = sim_api_draw_options(program, options);
    SteamNetworkingIPAddr address;
    HSteamNetConnection handle;

    if (!may_connect(program))
        return;
    sim_api_draw_address(program, &address);
    if (address_is_loopback(&address))
        program->machine->current_host = SIM_MACHINE_LOOPBACK;
    handle = SOCKETS(ConnectByIPAddress)(program->sockets, &address, count, options);
    sim_api_note(program, "ConnectByIPAddress", handle);
    if (handle) {
        struct sim_api_end *end = sim_api_end_new(program, handle, SIM_API_CLIENT);

        end->local = program->machine->last_opened;
    }
}

static void run_connect_p2p(struct sim_api_program *program)
{
    SteamNetworkingConfigValue_t options[SIM_API_OPTIONS];
    int count = sim_api_draw_options(program, options), port = (int)sim_between(program->world, -1, VIRTUAL_PORTS);
    SteamNetworkingIdentity identity;
    HSteamNetConnection handle;

    if (!may_connect(program))
        return;
    if (sim_chance(program->world, 0.8))
        SOCKETS(GetIdentity)(program->sockets, &identity);
    else
        sim_api_draw_identity(program, &identity);
    handle = SOCKETS(ConnectP2P)(program->sockets, &identity, port, count, options);
    sim_api_note(program, "ConnectP2P", handle);
    if (handle)
        sim_api_end_new(program, handle, SIM_API_P2P_CLIENT)->in_memory = true;
}

static void run_pair(struct sim_api_program *program)
{
    bool network = sim_chance(program->world, 0.5), made;
    HSteamNetConnection handles[2] = {7, 7};
    struct sim_api_end *ends[2];

    if (!may_connect(program))
        return;
    made = SOCKETS(CreateSocketPair)(program->sockets, &handles[0], &handles[1], network, NULL, NULL);
    sim_api_note(program, "CreateSocketPair", made);
    EXPECT(program, made == (handles[0] != 0) && made == (handles[1] != 0), "CreateSocketPair gives %d, %u and %u",
           made, handles[0], handles[1]);
    if (!made)
        return;
    for (int i = 0; i < 2; i++) {
        ends[i] = sim_api_end_new(program, handles[i], SIM_API_PAIR);
        ends[i]->in_memory = !network;
        ends[i]->told_state = CONNECTED;
        ends[i]->connected_at = program->world->now;
        EXPECT(program, sim_api_state(program, ends[i]) == CONNECTED, "a new pair is in state %d", ends[i]->seen_state);
    }
    ends[0]->peer = ends[1];
    ends[1]->peer = ends[0];
}

/* ---- accepting and closing ----------------------------------------------------------------------------------------
 */

static void run_accept(struct sim_api_program *program)
{
    struct sim_api_end *end;
    HSteamNetConnection handle = sim_api_pick_handle(program, &end);
    int state = end ? sim_api_state(program, end) : 0;
    EResult result = SOCKETS(AcceptConnection)(program->sockets, handle);
    bool incoming = end && (end->kind == SIM_API_INCOMING || end->kind == SIM_API_P2P_INCOMING);

    sim_api_note(program, "AcceptConnection", result);
    if (!end || (state == CONNECTING && !incoming))
        EXPECT(program, result == k_EResultInvalidParam, "accepting %u in state %d gives %d", handle, state,
               (int)result);
    else if (state != CONNECTING)
        EXPECT(program, result == k_EResultInvalidState, "accepting end %d in state %d gives %d", end->serial, state,
               (int)result);
    else
        EXPECT(program,
               result == k_EResultOK || result == k_EResultHandshakeFailed ||
                   (result == k_EResultFail && (program->scarce || sim_api_state(program, end) == PROBLEM)),
               "accepting end %d gives %d", end->serial, (int)result);
    if (end && result == k_EResultOK)
        EXPECT(program, sim_api_state(program, end) == CONNECTED, "end %d was accepted and is in state %d", end->serial,
               end->seen_state);
}

static int normal_reason(int reason)
{
    return reason == 0 ? 1000 : reason < 1000 || reason > 2999 ? 1999 : reason;
}

static void run_close(struct sim_api_program *program)
{
    struct sim_world *world = program->world;
    struct sim_api_end *end;
    HSteamNetConnection handle = sim_api_pick_handle(program, &end);
    int reason = sim_chance(world, 0.1) ? (int)sim_between(world, -5, 70000) : (int)sim_between(world, 1000, 2998);
    bool linger = sim_chance(world, 0.6), closed;

    if (end)
        sim_api_state(program, end);
    closed = SOCKETS(CloseConnection)(program->sockets, handle, reason, sim_api_draw_text(program), linger);
    sim_api_note(program, "CloseConnection", closed);
    EXPECT(program, closed == (end != NULL), "closing %u gives %d", handle, closed);
    if (!end)
        return;
    end->closed_by_program = true;
    end->close_reason = normal_reason(reason);
    end->lingers = linger && end->seen_state == CONNECTED;
    sim_api_end_closed(program, end);
    EXPECT(program, !SOCKETS(GetConnectionInfo)(program->sockets, handle, NULL), "end %d was closed and can be used",
           end->serial);
}

/* ---- about a connection -------------------------------------------------------------------------------------------
 */

static void run_info(struct sim_api_program *program)
{
    struct sim_api_end *end;
    HSteamNetConnection handle = sim_api_pick_handle(program, &end);
    SteamNetConnectionInfo_t info;

    EXPECT(program, SOCKETS(GetConnectionInfo)(program->sockets, handle, &info) == (end != NULL),
           "the information about connection %u is wrong", handle);
    EXPECT(program, SOCKETS(GetConnectionInfo)(program->sockets, handle, NULL) == (end != NULL),
           "whether %u is a connection is told wrongly", handle);
    if (end)
        sim_api_inspect(program, end);
}

static void run_real_time(struct sim_api_program *program)
{
    SteamNetConnectionRealTimeLaneStatus_t lanes[300];
    struct sim_api_end *end;
    HSteamNetConnection handle = sim_api_pick_handle(program, &end);
    int count = (int)sim_between(program->world, -2, 10);
    bool room = sim_chance(program->world, 0.8);
    EResult result = SOCKETS(GetConnectionRealTimeStatus)(program->sockets, handle, NULL, count, room ? lanes : NULL);
    EResult expected = k_EResultNoConnection;

    if (end)
        expected = count < 0 || count > end->lanes || (count > 0 && !room) ? k_EResultInvalidParam : k_EResultOK;
    EXPECT(program, result == expected, "the status of %d lanes of connection %u (it has %d) gives %d", count, handle,
           end ? end->lanes : 0, (int)result);
    if (end)
        sim_api_inspect(program, end);
}

static void run_detailed(struct sim_api_program *program)
{
    struct sim_api_end *end;
    HSteamNetConnection handle = sim_api_pick_handle(program, &end);
    int size = SOCKETS(GetDetailedConnectionStatus)(program->sockets, handle, NULL, 0);
    char *buffer;

    EXPECT(program, end ? size > 1024 : size == -1, "the detailed status of connection %u needs %d bytes", handle,
           size);
    if (!end || size <= 0)
        return;
    buffer = malloc((size_t)size);
    EXPECT(program,
           SOCKETS(GetDetailedConnectionStatus)(program->sockets, handle, buffer, size) == 0 &&
               (int)strlen(buffer) < size,
           "the detailed status does not fit into the %d bytes that it asked for", size);
    sim_observe_bytes(program->world, 'd', buffer, strlen(buffer));
    size = (int)sim_between(program->world, 1, 100);
    EXPECT(program,
           SOCKETS(GetDetailedConnectionStatus)(program->sockets, handle, buffer, size) > 1024 &&
               (int)strlen(buffer) == size - 1,
           "%d bytes of the detailed status are not what they should be", size);
    free(buffer);
}

static void run_set_user_data(struct sim_api_program *program)
{
    struct sim_api_end *end;
    HSteamNetConnection handle = sim_api_pick_handle(program, &end);
    int64 value = (int64)random_u64(&program->world->random.source);

    EXPECT(program, SOCKETS(SetConnectionUserData)(program->sockets, handle, value) == (end != NULL),
           "setting the user data of connection %u", handle);
    if (end)
        end->user_data = value;
}

static void run_get_user_data(struct sim_api_program *program)
{
    struct sim_api_end *end;
    HSteamNetConnection handle = sim_api_pick_handle(program, &end);

    EXPECT(program, SOCKETS(GetConnectionUserData)(program->sockets, handle) == (end ? end->user_data : -1),
           "the user data of connection %u is wrong", handle);
}

static void run_set_name(struct sim_api_program *program)
{
    struct sim_api_end *end;
    HSteamNetConnection handle = sim_api_pick_handle(program, &end);
    const char *name = sim_api_draw_text(program);

    SOCKETS(SetConnectionName)(program->sockets, handle, name);
    if (end)
        snprintf(end->name, sizeof(end->name), "%s", name ? name : "");
}

static void run_get_name(struct sim_api_program *program)
{
    struct sim_api_end *end;
    HSteamNetConnection handle = sim_api_pick_handle(program, &end);
    char name[SIM_API_NAME];
    int size = (int)sim_between(program->world, -1, SIM_API_NAME);
    bool told = SOCKETS(GetConnectionName)(program->sockets, handle, name, size);

    EXPECT(program, told == (end && size > 0), "the name of connection %u in %d bytes: %d", handle, size, told);
    if (end && told)
        EXPECT(program, strncmp(name, end->name, (size_t)size - 1) == 0 && (int)strlen(name) < size,
               "end %d is named '%s', not '%s'", end->serial, name, end->name);
}

static void send_queue_drained(HSteamNetConnection handle, int pending, void *context)
{
    struct sim_api_program *program = sim_api_program();

    if (!program || program->world->failed)
        return;
    sim_observe(program->world, 'w', handle);
    EXPECT(program, context == (void *)program && pending >= 0, "the send queue callback has %d bytes", pending);
}

static void run_watch(struct sim_api_program *program)
{
    struct sim_api_end *end;
    HSteamNetConnection handle = sim_api_pick_handle(program, &end);
    int low = (int)sim_between(program->world, -1, 20000);
    bool set = Fumarole_SetSendQueueCallback(handle, low, sim_chance(program->world, 0.8) ? send_queue_drained : NULL,
                                             program);

    EXPECT(program, set == (end && low >= 0), "SetSendQueueCallback(%u, %d) gives %d", handle, low, set);
}

const struct sim_api_operation sim_api_connection_operations[] = {
    {"SteamAPI_ISteamNetworkingSockets_CreateListenSocketIP", run_listen, 12, false},
    {"Fumarole_CreateListenSocketIPAnyPort", run_listen_any_port, 4, false},
    {"SteamAPI_ISteamNetworkingSockets_CreateListenSocketP2P", run_listen_p2p, 4, false},
    {"SteamAPI_ISteamNetworkingSockets_GetListenSocketAddress", run_listen_address, 2, false},
    {"SteamAPI_ISteamNetworkingSockets_CloseListenSocket", run_close_listener, 1, false},
    {"SteamAPI_ISteamNetworkingSockets_ConnectByIPAddress", run_connect, 20, false},
    {"SteamAPI_ISteamNetworkingSockets_ConnectP2P", run_connect_p2p, 8, false},
    {"SteamAPI_ISteamNetworkingSockets_CreateSocketPair", run_pair, 6, false},
    {"SteamAPI_ISteamNetworkingSockets_AcceptConnection", run_accept, 30, false},
    {"SteamAPI_ISteamNetworkingSockets_CloseConnection", run_close, 7, false},
    {"SteamAPI_ISteamNetworkingSockets_GetConnectionInfo", run_info, 10, false},
    {"SteamAPI_ISteamNetworkingSockets_GetConnectionRealTimeStatus", run_real_time, 10, false},
    {"SteamAPI_ISteamNetworkingSockets_GetDetailedConnectionStatus", run_detailed, 3, false},
    {"SteamAPI_ISteamNetworkingSockets_SetConnectionUserData", run_set_user_data, 4, false},
    {"SteamAPI_ISteamNetworkingSockets_GetConnectionUserData", run_get_user_data, 3, false},
    {"SteamAPI_ISteamNetworkingSockets_SetConnectionName", run_set_name, 4, false},
    {"SteamAPI_ISteamNetworkingSockets_GetConnectionName", run_get_name, 3, false},
    {"Fumarole_SetSendQueueCallback", run_watch, 4, false},
    {NULL, NULL, 0, false},
};
