#include "net/sim/sim_api_program.h"

#include "net/sim/sim_api_operations.h"

#include <stdlib.h>
#include <string.h>

static struct sim_api_program *the_program;

enum {
    NONE = k_ESteamNetworkingConnectionState_None,
    CONNECTING = k_ESteamNetworkingConnectionState_Connecting,
    CONNECTED = k_ESteamNetworkingConnectionState_Connected,
    BY_PEER = k_ESteamNetworkingConnectionState_ClosedByPeer,
    PROBLEM = k_ESteamNetworkingConnectionState_ProblemDetectedLocally,
};

struct sim_api_program *sim_api_program(void)
{
    return the_program;
}

void sim_api_note(struct sim_api_program *program, const char *what, int64_t result)
{
    sim_observe_bytes(program->world, 'o', what, strlen(what));
    sim_observe(program->world, 'O', (uint64_t)result);
    sim_say(program->world, "%*s%s: %lld", 2 * (program->depth - 1), "", what, (long long)result);
}

void sim_api_program_init(struct sim_api_program *program, struct sim_machine *machine)
{
    memset(program, 0, sizeof(*program));
    program->machine = machine;
    program->world = machine->world;
    program->utils = SteamNetworkingUtils_LibV4();
    the_program = program;
}

void sim_api_program_destroy(struct sim_api_program *program)
{
    for (int i = 0; i < program->end_count; i++) {
        sim_ledger_destroy(&program->ends[i]->ledger);
        free(program->ends[i]);
    }
    free(program->ends);
    program->ends = NULL;
    the_program = NULL;
}

/* ---- connections ---------------------------------------------------------------------------------------------- */

struct sim_api_end *sim_api_end_new(struct sim_api_program *program, HSteamNetConnection handle, enum sim_api_kind kind)
{
    struct sim_api_end *end = calloc(1, sizeof(*end)), *before = sim_api_end_find(program, handle);

    EXPECT(program, !before || !before->open, "the handle %u was given out twice", handle);
    if (program->end_count == program->end_capacity) {
        int capacity = program->end_capacity ? 2 * program->end_capacity : 64;
        struct sim_api_end **ends = realloc(program->ends, (size_t)capacity * sizeof(*ends));

        if (!ends)
            abort();
        program->ends = ends;
        program->end_capacity = capacity;
    }
    if (!end || !sim_ledger_init(&end->ledger))
        abort();
    end->handle = handle;
    end->kind = kind;
    end->serial = program->end_count;
    end->open = true;
    end->lanes = 1;
    end->created_at = program->world->now;
    program->ends[program->end_count++] = end;
    program->open_ends++;
    end->user_data = SOCKETS(GetConnectionUserData)(program->sockets, handle);
    sim_observe(program->world, 'h', handle);
    return end;
}

struct sim_api_end *sim_api_end_find(struct sim_api_program *program, HSteamNetConnection handle)
{
    for (int i = program->end_count - 1; i >= program->first_end; i--)
        if (program->ends[i]->handle == handle)
            return program->ends[i];
    return NULL;
}

void sim_api_end_closed(struct sim_api_program *program, struct sim_api_end *end)
{
    if (!end->open)
        return;
    end->open = false;
    end->closed_at = program->world->now;
    end->group = 0;
    program->open_ends--;
}

void sim_api_forget_all(struct sim_api_program *program, bool told)
{
    for (int i = program->first_end; i < program->end_count; i++) {
        sim_api_end_closed(program, program->ends[i]);
        program->ends[i]->lingers = false;
        program->ends[i]->told_end |= !told;
    }
    if (!told)
        program->first_end = program->end_count;
    for (int i = 0; i < program->listener_count; i++)
        program->listeners[i].open = false;
    memset(program->groups, 0, sizeof(program->groups));
}

struct sim_api_end *sim_api_pick_end(struct sim_api_program *program)
{
    int64_t skip = program->open_ends > 0 ? sim_between(program->world, 0, program->open_ends - 1) : 0;

    for (int i = program->first_end; i < program->end_count; i++)
        if (program->ends[i]->open && skip-- == 0)
            return program->ends[i];
    return NULL;
}

HSteamNetConnection sim_api_pick_handle(struct sim_api_program *program, struct sim_api_end **end)
{
    struct sim_world *world = program->world;
    HSteamNetConnection handle = 0;
    int index;

    *end = NULL;
    switch (sim_between(world, 0, 15)) {
    case 0:
        break;
    case 1:
        handle = random_u32(&world->random.source);
        break;
    case 2:
        handle = sim_api_pick_listener(program, &index);
        break;
    case 3:
        handle = sim_api_pick_group(program, &index);
        break;
    case 4: /* perhaps a stale one */
        if (program->end_count > 0)
            handle = program->ends[sim_between(world, 0, program->end_count - 1)]->handle;
        break;
    case 5: /* right in one half */
        *end = sim_api_pick_end(program);
        handle = *end ? (*end)->handle ^ (sim_chance(world, 0.5) ? 0x10000 : 1) : 7;
        break;
    default:
        *end = sim_api_pick_end(program);
        return *end ? (*end)->handle : 0;
    }
    *end = sim_api_end_find(program, handle);
    if (*end && !(*end)->open)
        *end = NULL;
    return handle;
}

HSteamListenSocket sim_api_pick_listener(struct sim_api_program *program, int *index)
{
    *index = -1;
    if (program->listener_count == 0 || sim_chance(program->world, 0.1))
        return sim_chance(program->world, 0.5) ? 0 : random_u32(&program->world->random.source);
    *index = (int)sim_between(program->world, 0, program->listener_count - 1);
    if (program->listeners[*index].open)
        return program->listeners[*index].handle;
    {
        HSteamListenSocket stale = program->listeners[*index].handle;

        *index = -1;
        return stale;
    }
}

HSteamNetPollGroup sim_api_pick_group(struct sim_api_program *program, int *index)
{
    *index = (int)sim_between(program->world, 0, SIM_API_GROUPS - 1);
    for (int i = 0; i < SIM_API_GROUPS; i++, *index = (*index + 1) % SIM_API_GROUPS)
        if (program->groups[*index] && !sim_chance(program->world, 0.05))
            return program->groups[*index];
    *index = -1;
    return sim_chance(program->world, 0.5) ? program->stale_group : random_u32(&program->world->random.source);
}

/* ---- status callbacks ------------------------------------------------------------------------------------------ */

static bool is_legal(int from, int to)
{
    switch (from) {
    case NONE:
        return to == CONNECTING;
    case CONNECTING:
        return to == CONNECTED || to == BY_PEER || to == PROBLEM || to == NONE;
    case CONNECTED:
        return to == BY_PEER || to == PROBLEM || to == NONE;
    case BY_PEER:
    case PROBLEM:
        return to == NONE;
    default:
        return false;
    }
}

static bool is_in_memory(const SteamNetConnectionInfo_t *info)
{
    return info->m_nFlags & k_nSteamNetworkConnectionInfoFlags_LoopbackBuffers;
}

/* The other end of an incoming connection is in this process, too. */
static struct sim_api_end *find_other(struct sim_api_program *program, const SteamNetConnectionInfo_t *info)
{
    enum sim_api_kind kind = is_in_memory(info) ? SIM_API_P2P_CLIENT : SIM_API_CLIENT;
    uint16_t port = sim_machine_first_port(program->machine, info->m_addrRemote.m_port);

    if (program->scarce && is_in_memory(info))
        return NULL; /* callbacks may have been lost, and one of them told of the other */
    for (int i = program->first_end; i < program->end_count; i++) {
        struct sim_api_end *end = program->ends[i];

        /*
         * Over the network a client that was turned away, or whose request was lost sight of, may come again, and from
         * another address; its port is its own.
         */
        if (end->kind == kind && (is_in_memory(info) ? !end->peer : end->local.m_port == port))
            return end;
    }
    return NULL;
}

static struct sim_api_end *come_in(struct sim_api_program *program,
                                   const SteamNetConnectionStatusChangedCallback_t *event)
{
    bool in_memory = is_in_memory(&event->m_info);
    struct sim_api_end *end, *other = find_other(program, &event->m_info);
    SteamNetConnectionInfo_t now;
    bool alive = SOCKETS(GetConnectionInfo)(program->sockets, event->m_hConn, &now);

    EXPECT(program, event->m_info.m_hListenSocket, "a connection came in, but no listen socket is told");
    EXPECT(program, program->scarce || (int)event->m_info.m_eState == CONNECTING, "a new connection is in state %d",
           (int)event->m_info.m_eState);
    end = sim_api_end_new(program, event->m_hConn, in_memory ? SIM_API_P2P_INCOMING : SIM_API_INCOMING);
    end->in_memory = in_memory;
    end->listener = event->m_info.m_hListenSocket;
    end->peer = other;
    if (other && other->peer)
        other->peer->peer = NULL;
    if (other)
        other->peer = end;
    if (!alive)
        sim_api_end_closed(program, end);
    sim_say(program->world, "%*send %d comes in from end %d", 2 * program->depth, "", end->serial,
            other ? other->serial : -1);
    return end;
}

/* What a program does with a connection that asks to come in. */
static void answer(struct sim_api_program *program, struct sim_api_end *end)
{
    struct sim_world *world = program->world;
    EResult result;

    if (!end->open || sim_chance(world, 0.15))
        return; /* later, or never */
    if (sim_chance(world, 0.05)) {
        EXPECT(program, SOCKETS(CloseConnection)(program->sockets, end->handle, 1007, "no", false),
               "a connection that came in cannot be refused");
        sim_api_end_closed(program, end);
        return;
    }
    if (sim_chance(world, 0.2))
        sim_api_send(program, end, (int)sim_between(world, 0, 2000), k_nSteamNetworkingSend_Reliable, 0);
    result = SOCKETS(AcceptConnection)(program->sockets, end->handle);
    sim_api_note(program, "accepted in the callback", result);
    EXPECT(program,
           result == k_EResultOK || result == k_EResultInvalidState || result == k_EResultHandshakeFailed ||
               result == k_EResultFail,
           "AcceptConnection in the callback gives %d", (int)result);
}

static void judge_status(struct sim_api_program *program, const SteamNetConnectionStatusChangedCallback_t *event)
{
    struct sim_api_end *end = sim_api_end_find(program, event->m_hConn);
    int from = event->m_eOldState, to = event->m_info.m_eState;
    bool first = !end;

    sim_observe(program->world, 'c', event->m_hConn);
    sim_observe(program->world, 'C', (uint64_t)from * 16 + (uint64_t)to);
    program->callbacks++;
    if (!end && program->scarce && from != NONE)
        return; /* the callback that told of it was lost */
    if (!end) {
        EXPECT(program, from == NONE, "the first callback of %u tells of %d to %d", event->m_hConn, from, to);
        end = come_in(program, event);
    }
    sim_say(program->world, "%*send %d (%u): %d to %d, reason %d '%s'", 2 * program->depth, "", end->serial,
            event->m_hConn, from, to, event->m_info.m_eEndReason, event->m_info.m_szEndDebug);
    EXPECT(program, !end->told_end, "end %d: a callback after the last one", end->serial);
    EXPECT(program, from == end->told_state || program->scarce, "end %d: told %d, now a change from %d to %d",
           end->serial, end->told_state, from, to);
    EXPECT(program, is_legal(from, to), "end %d: a change from %d to %d", end->serial, from, to);
    if (to == BY_PEER || to == PROBLEM)
        EXPECT(program,
               event->m_info.m_eEndReason >= 1000 && event->m_info.m_eEndReason < 6000 && event->m_info.m_szEndDebug[0],
               "end %d ends with reason %d and text '%s'", end->serial, event->m_info.m_eEndReason,
               event->m_info.m_szEndDebug);
    EXPECT(program, event->m_info.m_hListenSocket == end->listener, "end %d: listen socket %u, not %u", end->serial,
           event->m_info.m_hListenSocket, end->listener);
    if (to == BY_PEER && end->peer && end->peer->closed_by_program && !end->in_memory && !program->corrupting)
        EXPECT(program,
               event->m_info.m_eEndReason == end->peer->close_reason || !end->peer->close_reason ||
                   end->peer->seen_state >= BY_PEER || event->m_info.m_eEndReason >= 3000,
               "end %d was closed with reason %d and is told %d", end->serial, end->peer->close_reason,
               event->m_info.m_eEndReason);
    if (to == CONNECTED)
        sim_tally(program->world, SIM_KIND_CONNECTED);
    else if (to == BY_PEER)
        sim_tally(program->world, SIM_KIND_CLOSED_BY_PEER);
    else if (event->m_info.m_eEndReason == k_ESteamNetConnectionEnd_Misc_Timeout && to == PROBLEM)
        sim_tally(program->world, from == CONNECTED ? SIM_KIND_TIMED_OUT : SIM_KIND_TIMED_OUT_CONNECTING);
    end->told_state = to;
    end->told_end = to == NONE;
    if (to == CONNECTED && !end->was_connected) {
        end->was_connected = true;
        end->connected_at = program->world->now;
    }
    if (first && end->open)
        answer(program, end);
    else if (end->open && (to == BY_PEER || to == PROBLEM) && sim_chance(program->world, 0.5)) {
        sim_api_read_all(program);
        EXPECT(program, SOCKETS(CloseConnection)(program->sockets, end->handle, 0, NULL, false) == true,
               "end %d cannot be closed in the callback of its end", end->serial);
        sim_api_end_closed(program, end);
    }
}

void sim_api_on_status(SteamNetConnectionStatusChangedCallback_t *event)
{
    struct sim_api_program *program = the_program;

    if (!program || program->world->failed)
        return;
    judge_status(program, event);
    if (program->running && sim_chance(program->world, 0.1))
        sim_api_operate(program);
}

void sim_api_on_status_too(SteamNetConnectionStatusChangedCallback_t *event)
{
    sim_api_on_status(event);
}
