/* Sending, receiving, lanes and poll groups; the judge of what arrives. */
#include "net/sim/sim_api_operations.h"

#include "snp/message.h"
#include "wire/limits.h"

#include <stdlib.h>
#include <string.h>

enum {
    CONNECTING = k_ESteamNetworkingConnectionState_Connecting,
    CONNECTED = k_ESteamNetworkingConnectionState_Connected,
    LANES_MAXIMUM = 255,
    BATCH = 32,
    MANY = 80, /* more than one call puts in order without memory */
    RELIABLE = k_nSteamNetworkingSend_Reliable,
    UNRELIABLE_CERTAIN = 1000, /* larger ones are made reliable when packets are small */
};

/* ---- content --------------------------------------------------------------------------------------------------- */

static int draw_size(struct sim_world *world)
{
    switch (sim_between(world, 0, 11)) {
    case 0:
        return 0;
    case 1:
        return (int)sim_between(world, 1000, 1400);
    case 2:
        return (int)sim_between(world, UNRELIABLE_SEND_MAXIMUM - 2, UNRELIABLE_SEND_MAXIMUM + 2);
    case 3:
        return (int)sim_magnitude(world, 1000, sim_chance(world, 0.05) ? MESSAGE_SIZE_MAXIMUM : 60000);
    default:
        return (int)sim_magnitude(world, 1, 1000);
    }
}

int sim_api_draw_flags(struct sim_world *world)
{
    int flags = sim_chance(world, 0.6) ? RELIABLE : 0;

    if (sim_chance(world, 0.3))
        flags |= k_nSteamNetworkingSend_NoNagle;
    if (sim_chance(world, 0.1))
        flags |= k_nSteamNetworkingSend_NoDelay;
    if (sim_chance(world, 0.1))
        flags |= k_nSteamNetworkingSend_UseCurrentThread;
    return flags;
}

/* ---- sending --------------------------------------------------------------------------------------------------- */

/* Whether the result is one that the contract (10.2) has for this connection. */
static void judge_result(struct sim_api_program *program, const struct sim_api_end *end, int state, int flags,
                         EResult result)
{
    bool delay = !(flags & k_nSteamNetworkingSend_NoDelay);
    bool possible = result == k_EResultOK || result == k_EResultLimitExceeded || (!delay && result == k_EResultIgnored);

    if (state > CONNECTED)
        possible = result == k_EResultNoConnection;
    else if (state == CONNECTING && !delay && !(flags & RELIABLE))
        possible = result == k_EResultIgnored;
    if (end->in_memory && result == k_EResultInvalidParam)
        possible = true; /* too large for the other end */
    if (program->scarce && result == k_EResultFail)
        possible = true;
    EXPECT(program, possible, "sending on end %d in state %d with flags %d gives %d", end->serial, state, flags,
           (int)result);
}

static void note_sent(struct sim_api_program *program, struct sim_api_end *end, int lane, int64_t number, int size,
                      int flags, uint64_t content)
{
    /* In memory nothing is cut into pieces, so that a large message may be unreliable. */
    if (end->in_memory && size > UNRELIABLE_SEND_MAXIMUM && !(flags & RELIABLE))
        sim_fail(program->world, "the program sent a large unreliable message in memory");
    sim_ledger_sent(program->world, &end->ledger, lane, number, size, flags, content);
}

static void send_copy(struct sim_api_program *program, struct sim_api_end *end, int size, int flags)
{
    struct sim_world *world = program->world;
    uint64_t content = random_u64(&world->random.source);
    bool ask = sim_chance(world, 0.8);
    int state = sim_api_state(program, end);
    uint8_t *bytes = malloc((size_t)size + 1);
    int64 number = -77;
    EResult result;

    sim_ledger_fill(bytes, (uint32_t)size, content);
    result = SOCKETS(SendMessageToConnection)(program->sockets, end->handle, size ? bytes : NULL, (uint32)size, flags,
                                              ask ? &number : NULL);
    free(bytes);
    sim_api_note(program, "SendMessageToConnection", result);
    judge_result(program, end, state, flags, result);
    EXPECT(program, !ask || (result == k_EResultOK ? number > 0 : number == -1),
           "SendMessageToConnection gives %d and the number %lld", (int)result, (long long)number);
    if (result == k_EResultOK)
        note_sent(program, end, 0, ask ? number : end->ledger.lanes[0].count + 1, size, flags, content);
}

static void free_payload(SteamNetworkingMessage_t *message)
{
    struct sim_api_program *program = sim_api_program();

    if (program)
        program->payloads_out--;
    free(message->m_pData);
}

/* NULL when memory is short. */
static SteamNetworkingMessage_t *make_message(struct sim_api_program *program, HSteamNetConnection handle, int size,
                                              int flags, int lane, uint64_t content)
{
    bool own = size > 0 && sim_chance(program->world, 0.3);
    SteamNetworkingMessage_t *message = UTILS(AllocateMessage)(program->utils, own ? 0 : size);

    if (!message) {
        EXPECT(program, program->scarce, "AllocateMessage(%d) gives nothing", size);
        return NULL;
    }
    if (own) {
        message->m_pData = malloc((size_t)size);
        message->m_cbSize = size;
        message->m_pfnFreeData = free_payload;
        program->payloads_out++;
    }
    EXPECT(program, message->m_cbSize == size && !message->m_conn && message->m_idxLane == 0 && message->m_nFlags == 0,
           "AllocateMessage(%d) gives a message of %d bytes that is not empty", size, message->m_cbSize);
    if (size > 0)
        sim_ledger_fill(message->m_pData, (uint32_t)size, content);
    message->m_conn = handle;
    message->m_nFlags = flags;
    message->m_idxLane = (uint16)lane;
    return message;
}

void sim_api_send(struct sim_api_program *program, struct sim_api_end *end, int size, int flags, int lane)
{
    struct sim_world *world = program->world;
    uint64_t content;
    SteamNetworkingMessage_t *message;
    int64 number = 0;
    int state;

    if (world->messages++ >= world->limits.messages)
        return;
    if (end->in_memory && size > UNRELIABLE_SEND_MAXIMUM)
        flags |= RELIABLE;
    if (lane == 0 && sim_chance(world, 0.5)) {
        send_copy(program, end, size, flags);
        return;
    }
    content = random_u64(&world->random.source);
    state = sim_api_state(program, end);
    message = make_message(program, end->handle, size, flags, lane, content);
    if (!message)
        return;
    SOCKETS(SendMessages)(program->sockets, 1, &message, &number, true);
    sim_api_note(program, "SendMessages, one", number);
    judge_result(program, end, state, flags, number > 0 ? k_EResultOK : (EResult)-number);
    if (number > 0)
        note_sent(program, end, lane, number, size, flags, content);
}

static void send_to_bad_handle(struct sim_api_program *program, HSteamNetConnection handle)
{
    int64 number = -77;
    EResult result = SOCKETS(SendMessageToConnection)(program->sockets, handle, "x", 1, RELIABLE, &number);

    EXPECT(program, result == k_EResultInvalidParam || (program->scarce && result == k_EResultFail),
           "sending to the bad handle %u gives %d", handle, (int)result);
    EXPECT(program, number == -77, "sending to the bad handle %u changes the number to %lld", handle,
           (long long)number);
}

static void run_send(struct sim_api_program *program)
{
    struct sim_world *world = program->world;
    struct sim_api_end *end;
    HSteamNetConnection handle = sim_api_pick_handle(program, &end);

    if (!end) {
        send_to_bad_handle(program, handle);
        return;
    }
    if (sim_chance(world, 0.02)) {
        EResult result =
            SOCKETS(SendMessageToConnection)(program->sockets, handle, sim_chance(world, 0.5) ? NULL : world,
                                             0x7fffffff, sim_api_draw_flags(world), NULL);

        EXPECT(program, result == k_EResultInvalidParam, "sending 2 GB gives %d", (int)result);
        return;
    }
    for (int64_t count = sim_chance(world, 0.2) ? sim_between(world, 1, 20) : 1; count > 0 && !world->failed; count--)
        sim_api_send(program, end, draw_size(world), sim_api_draw_flags(world),
                     sim_chance(world, 0.5) ? 0 : (int)sim_between(world, 0, end->lanes - 1));
}

struct planned_send {
    struct sim_api_end *end; /* NULL: a bad handle, lane or message */
    int size, flags, lane;
    uint64_t content;
};

static SteamNetworkingMessage_t *plan_send(struct sim_api_program *program, struct planned_send *plan)
{
    struct sim_world *world = program->world;
    HSteamNetConnection handle = sim_api_pick_handle(program, &plan->end);
    SteamNetworkingMessage_t *message;

    plan->size = draw_size(world);
    plan->flags = sim_api_draw_flags(world);
    plan->lane = plan->end ? (int)sim_between(world, 0, plan->end->lanes - 1) : 0;
    plan->content = random_u64(&world->random.source);
    if (sim_chance(world, 0.03)) {
        plan->end = NULL;
        return NULL;
    }
    if (plan->end && plan->end->in_memory && plan->size > UNRELIABLE_SEND_MAXIMUM)
        plan->flags |= RELIABLE;
    message = make_message(program, handle, plan->size, plan->flags, plan->lane, plan->content);
    if (message && sim_chance(world, 0.03)) { /* no such lane */
        message->m_idxLane = (uint16)sim_between(world, plan->end ? plan->end->lanes : 256, 65535);
        plan->end = NULL;
    }
    return message;
}

/* By the interface of version 012, which has no say in it, failed messages are always released. */
static void send_many(struct sim_api_program *program, int count, SteamNetworkingMessage_t **messages, int64 *results,
                      bool *delete_failed)
{
    ISteamNetworkingSockets *old = SteamAPI_SteamNetworkingSockets_SteamAPI_v012();

    SOCKETS(SendMessages)(program->sockets, -(int)sim_between(program->world, 0, 5), messages, results, true);
    SOCKETS(SendMessages)(program->sockets, 1, NULL, results, true);
    if (old && sim_chance(program->world, 0.2)) {
        *delete_failed = true;
        old->vtable->SendMessages(old, count, messages, results, false);
    } else {
        SOCKETS(SendMessages)(program->sockets, count, messages, results, *delete_failed);
    }
}

static void run_send_many(struct sim_api_program *program)
{
    struct sim_world *world = program->world;
    bool delete_failed = sim_chance(world, 0.5);
    int count = (int)sim_between(world, 0, sim_chance(world, 0.05) ? MANY : 6);
    SteamNetworkingMessage_t *messages[MANY], *given[MANY];
    struct planned_send plans[MANY];
    int64 results[MANY];

    world->messages += count;
    if (world->messages > world->limits.messages)
        return;
    for (int i = 0; i < count; i++)
        given[i] = messages[i] = plan_send(program, &plans[i]);
    send_many(program, count, messages, results, &delete_failed);
    sim_api_note(program, "SendMessages", count);
    for (int i = 0; i < count; i++) {
        bool gone = delete_failed || results[i] > 0;

        EXPECT(program, given[i] || results[i] == -k_EResultInvalidParam, "SendMessages takes null with %lld",
               (long long)results[i]);
        EXPECT(program, results[i] <= 0 || plans[i].end, "SendMessages takes a bad message with %lld",
               (long long)results[i]);
        if (!delete_failed)
            EXPECT(program, messages[i] == (results[i] > 0 ? NULL : given[i]),
                   "SendMessages leaves the wrong pointer with the result %lld", (long long)results[i]);
        if (results[i] > 0 && plans[i].end)
            note_sent(program, plans[i].end, plans[i].lane, results[i], plans[i].size, plans[i].flags,
                      plans[i].content);
        if (!gone && given[i])
            SteamAPI_SteamNetworkingMessage_t_Release(given[i]);
    }
}

static void run_flush(struct sim_api_program *program)
{
    struct sim_api_end *end;
    HSteamNetConnection handle = sim_api_pick_handle(program, &end);
    int state = end ? sim_api_state(program, end) : 0;
    EResult expected = !end                  ? k_EResultInvalidParam
                       : state == CONNECTED  ? k_EResultOK
                       : state == CONNECTING ? k_EResultIgnored
                                             : k_EResultNoConnection;
    EResult result = SOCKETS(FlushMessagesOnConnection)(program->sockets, handle);

    sim_api_note(program, "FlushMessagesOnConnection", result);
    EXPECT(program, result == expected, "FlushMessagesOnConnection in state %d gives %d", state, (int)result);
}

static void run_lanes(struct sim_api_program *program)
{
    struct sim_world *world = program->world;
    struct sim_api_end *end;
    HSteamNetConnection handle = sim_api_pick_handle(program, &end);
    int count = sim_chance(world, 0.1) ? (int)sim_between(world, -2, 300) : (int)sim_between(world, 1, 8);
    int state = end ? sim_api_state(program, end) : 0, priorities[512];
    bool fits = end && count >= end->lanes && count <= LANES_MAXIMUM, weighted = sim_chance(world, 0.5);
    bool zero = weighted && sim_chance(world, 0.05);
    uint16 weights[512];
    EResult result;

    for (int i = 0; i < 512; i++) {
        priorities[i] = (int)sim_between(world, -3, 3);
        weights[i] = (uint16)(zero ? 0 : sim_magnitude(world, 1, 65535));
    }
    result = SOCKETS(ConfigureConnectionLanes)(program->sockets, handle, count,
                                               sim_chance(world, 0.5) ? priorities : NULL, weighted ? weights : NULL);
    sim_api_note(program, "ConfigureConnectionLanes", result);
    if (!end)
        EXPECT(program, result == k_EResultNoConnection, "lanes for a bad handle give %d", (int)result);
    else if (state > CONNECTED)
        EXPECT(program, result == k_EResultInvalidState, "lanes for an ended connection give %d", (int)result);
    else
        EXPECT(program,
               result == (fits && !zero ? k_EResultOK : k_EResultInvalidParam) ||
                   (program->scarce && result == k_EResultFail),
               "%d lanes after %d%s give %d", count, end->lanes, zero ? " with a weight of zero" : "", (int)result);
    if (end && result == k_EResultOK)
        end->lanes = count;
}

/* ---- receiving ------------------------------------------------------------------------------------------------- */

static void judge_message(struct sim_api_program *program, const SteamNetworkingMessage_t *message,
                          const struct sim_api_end *asked, HSteamNetPollGroup group)
{
    struct sim_api_end *end = sim_api_end_find(program, message->m_conn);

    program->messages_read++;
    sim_observe_bytes(program->world, 'm', message->m_pData ? message->m_pData : "", (size_t)message->m_cbSize);
    if (!end || !end->open) {
        sim_fail(program->world, "a message of connection %u, which is not open", message->m_conn);
        return;
    }
    EXPECT(program, !asked || asked == end, "end %d was asked and gives a message of end %d", asked ? asked->serial : 0,
           end->serial);
    EXPECT(program, end->group == group || asked, "poll group %u gives a message of end %d, which is in %u", group,
           end->serial, end->group);
    EXPECT(program, message->m_nConnUserData == end->user_data, "a message has the user data %lld, not %lld",
           (long long)message->m_nConnUserData, (long long)end->user_data);
    EXPECT(program, message->m_nChannel == -1 && (message->m_cbSize == 0) == (message->m_pData == NULL),
           "a message of %d bytes with channel %d", message->m_cbSize, message->m_nChannel);
    EXPECT(program, end->in_memory || (message->m_nFlags & ~RELIABLE) == 0, "a message with flags %d",
           message->m_nFlags);
    if (!end->peer)
        return;
    if ((message->m_nFlags & RELIABLE) && message->m_cbSize > UNRELIABLE_CERTAIN && !end->in_memory)
        sim_ledger_made_reliable(&end->peer->ledger, message->m_idxLane, message->m_nMessageNumber);
    sim_ledger_delivered(program->world, &end->peer->ledger, message_from_api((SteamNetworkingMessage_t *)message));
}

void sim_api_received(struct sim_api_program *program, SteamNetworkingMessage_t **messages, int count,
                      struct sim_api_end *end, HSteamNetPollGroup group)
{
    for (int i = 0; i < count; i++) {
        int place = (int)sim_between(program->world, 0, SIM_API_KEPT - 1);

        if (!program->world->failed)
            judge_message(program, messages[i], end, group);
        if (!program->kept[place] && sim_chance(program->world, 0.02)) {
            program->kept[place] = messages[i];
            continue;
        }
        if (sim_chance(program->world, 0.5))
            SteamAPI_SteamNetworkingMessage_t_Release(messages[i]);
        else
            messages[i]->m_pfnRelease(messages[i]);
    }
}

void sim_api_release_kept(struct sim_api_program *program)
{
    for (int i = 0; i < SIM_API_KEPT; i++) {
        if (program->kept[i])
            SteamAPI_SteamNetworkingMessage_t_Release(program->kept[i]);
        program->kept[i] = NULL;
    }
}

static int read_end(struct sim_api_program *program, struct sim_api_end *end, int maximum)
{
    SteamNetworkingMessage_t *messages[BATCH];
    int count = SOCKETS(ReceiveMessagesOnConnection)(program->sockets, end->handle, messages, maximum);

    EXPECT(program, count >= 0 && count <= maximum, "ReceiveMessagesOnConnection gives %d of %d", count, maximum);
    sim_api_received(program, messages, count, end, 0);
    return count;
}

static void read_group(struct sim_api_program *program, HSteamNetPollGroup group)
{
    SteamNetworkingMessage_t *messages[BATCH];
    int count = 0;

    do {
        count = SOCKETS(ReceiveMessagesOnPollGroup)(program->sockets, group, messages, BATCH);
        EXPECT(program, count >= 0, "the poll group %u is gone", group);
        sim_api_received(program, messages, count, NULL, group);
    } while (count == BATCH && !program->world->failed);
}

void sim_api_read_all(struct sim_api_program *program)
{
    for (int i = 0; i < SIM_API_GROUPS; i++)
        if (program->groups[i] && sim_chance(program->world, 0.5))
            read_group(program, program->groups[i]);
    for (int i = program->first_end; i < program->end_count && !program->world->failed; i++)
        while (program->ends[i]->open && read_end(program, program->ends[i], BATCH) == BATCH)
            ;
}

static void run_receive(struct sim_api_program *program)
{
    SteamNetworkingMessage_t *messages[BATCH];
    struct sim_api_end *end;
    HSteamNetConnection handle = sim_api_pick_handle(program, &end);

    if (end) {
        sim_api_note(program, "ReceiveMessagesOnConnection",
                     read_end(program, end, (int)sim_between(program->world, 0, BATCH)));
        EXPECT(program, SOCKETS(ReceiveMessagesOnConnection)(program->sockets, handle, NULL, 3) == 0,
               "receiving into nothing gives something");
        return;
    }
    EXPECT(program, SOCKETS(ReceiveMessagesOnConnection)(program->sockets, handle, messages, BATCH) == -1,
           "receiving from the bad handle %u works", handle);
}

static void run_receive_group(struct sim_api_program *program)
{
    SteamNetworkingMessage_t *messages[BATCH];
    int maximum = (int)sim_between(program->world, 0, BATCH), index, count;
    HSteamNetPollGroup group = sim_api_pick_group(program, &index);

    count = SOCKETS(ReceiveMessagesOnPollGroup)(program->sockets, group, messages, maximum);
    sim_api_note(program, "ReceiveMessagesOnPollGroup", count);
    if (index < 0) {
        EXPECT(program, count == -1, "receiving from the bad poll group %u gives %d", group, count);
        return;
    }
    EXPECT(program, count >= 0 && count <= maximum, "ReceiveMessagesOnPollGroup gives %d of %d", count, maximum);
    sim_api_received(program, messages, count, NULL, group);
}

/* ---- poll groups ----------------------------------------------------------------------------------------------- */

static void run_create_group(struct sim_api_program *program)
{
    int place = (int)sim_between(program->world, 0, SIM_API_GROUPS - 1);
    HSteamNetPollGroup group;

    if (program->groups[place])
        return;
    group = SOCKETS(CreatePollGroup)(program->sockets);
    sim_api_note(program, "CreatePollGroup", group != 0);
    EXPECT(program, group || program->scarce || !program->running, "no poll group can be created");
    EXPECT(program, !group || (group & 0x80000000u), "the poll group %u has no top bit", group);
    program->groups[place] = group;
}

static void run_destroy_group(struct sim_api_program *program)
{
    int index;
    HSteamNetPollGroup group = sim_api_pick_group(program, &index);
    bool destroyed = SOCKETS(DestroyPollGroup)(program->sockets, group);

    sim_api_note(program, "DestroyPollGroup", destroyed);
    EXPECT(program, destroyed == (index >= 0), "destroying the poll group %u gives %d", group, destroyed);
    if (index < 0)
        return;
    program->groups[index] = 0;
    program->stale_group = group;
    for (int i = program->first_end; i < program->end_count; i++)
        if (program->ends[i]->group == group)
            program->ends[i]->group = 0;
}

static void run_set_group(struct sim_api_program *program)
{
    struct sim_api_end *end;
    HSteamNetConnection handle = sim_api_pick_handle(program, &end);
    int index = 0;
    HSteamNetPollGroup group = sim_chance(program->world, 0.2) ? 0 : sim_api_pick_group(program, &index);
    bool set = SOCKETS(SetConnectionPollGroup)(program->sockets, handle, group);

    if (group == 0)
        index = 0;
    sim_api_note(program, "SetConnectionPollGroup", set);
    EXPECT(program, set == (end && index >= 0) || (program->scarce && !set), "SetConnectionPollGroup(%u, %u) gives %d",
           handle, group, set);
    if (set && end)
        end->group = group;
}

static void run_group_descriptor(struct sim_api_program *program)
{
    int index;
    HSteamNetPollGroup group = sim_api_pick_group(program, &index);

    EXPECT(program, (Fumarole_GetPollGroupDescriptor(group) >= 0) == (index >= 0),
           "the descriptor of the poll group %u is wrong", group);
}

/* ---- messages by themselves -------------------------------------------------------------------------------------- */

static void run_allocate(struct sim_api_program *program)
{
    int size = draw_size(program->world);
    SteamNetworkingMessage_t *message = make_message(program, 1, size, 0, 0, 5);

    EXPECT(program, UTILS(AllocateMessage)(program->utils, -(int)sim_between(program->world, 1, 0x7fffffff)) == NULL,
           "a message of negative size can be allocated");
    if (message)
        SteamAPI_SteamNetworkingMessage_t_Release(message);
}

static void run_release(struct sim_api_program *program)
{
    int place = (int)sim_between(program->world, 0, SIM_API_KEPT - 1);

    if (program->kept[place])
        SteamAPI_SteamNetworkingMessage_t_Release(program->kept[place]);
    program->kept[place] = NULL;
}

const struct sim_api_operation sim_api_message_operations[] = {
    {"SteamAPI_ISteamNetworkingSockets_SendMessageToConnection", run_send, 240, false},
    {"SteamAPI_ISteamNetworkingSockets_SendMessages", run_send_many, 100, false},
    {"SteamAPI_ISteamNetworkingSockets_FlushMessagesOnConnection", run_flush, 10, false},
    {"SteamAPI_ISteamNetworkingSockets_ConfigureConnectionLanes", run_lanes, 12, false},
    {"SteamAPI_ISteamNetworkingSockets_ReceiveMessagesOnConnection", run_receive, 60, false},
    {"SteamAPI_ISteamNetworkingSockets_ReceiveMessagesOnPollGroup", run_receive_group, 30, false},
    {"SteamAPI_ISteamNetworkingSockets_CreatePollGroup", run_create_group, 8, false},
    {"SteamAPI_ISteamNetworkingSockets_DestroyPollGroup", run_destroy_group, 3, false},
    {"SteamAPI_ISteamNetworkingSockets_SetConnectionPollGroup", run_set_group, 15, false},
    {"Fumarole_GetPollGroupDescriptor", run_group_descriptor, 2, false},
    {NULL, NULL, 0, false},
};

const struct sim_api_operation sim_api_loose_message_operations[] = {
    {"SteamAPI_ISteamNetworkingUtils_AllocateMessage", run_allocate, 3, false},
    {"SteamAPI_SteamNetworkingMessage_t_Release", run_release, 5, false},
    {NULL, NULL, 0, false},
};
