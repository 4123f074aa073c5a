/* The messages interface: sessions with whoever has an identity, channels, and the judge of what arrives on them. */
#include "net/sim/sim_api_operations.h"

#include <stdlib.h>

enum {
    BATCH = 32,
    CHANNELS = 4,
    SESSION_SMALLEST = 16, /* large enough to tell one message from another */
};

/* Of no two messages the same, whatever is drawn: by its content the judge tells a message from all others. */
static uint64_t draw_content(struct sim_api_program *program)
{
    uint64_t drawn = random_u64(&program->world->random.source);

    return drawn - drawn % SIM_API_SESSION_MESSAGES + (uint64_t)program->session_message_count;
}

static void run_send_to_user(struct sim_api_program *program)
{
    struct sim_world *world = program->world;
    int channel = (int)sim_between(world, 0, CHANNELS - 1), flags = sim_api_draw_flags(world);
    uint32_t size = (uint32_t)sim_magnitude(world, SESSION_SMALLEST, sim_chance(world, 0.1) ? 40000 : 1000);
    uint64_t content = draw_content(program);
    SteamNetworkingIdentity identity;
    uint8_t *bytes;
    EResult result;

    if (program->session_message_count == SIM_API_SESSION_MESSAGES || world->messages++ >= world->limits.messages)
        return;
    if (sim_chance(world, 0.9))
        SOCKETS(GetIdentity)(program->sockets, &identity);
    else
        sim_api_draw_identity(program, &identity);
    if (sim_chance(world, 0.3))
        flags |= k_nSteamNetworkingSend_AutoRestartBrokenSession;
    bytes = malloc(size);
    sim_ledger_fill(bytes, size, content);
    result = MESSAGES(SendMessageToUser)(program->messages, &identity, bytes, size, flags, channel);
    free(bytes);
    sim_api_note(program, "SendMessageToUser", result);
    EXPECT(program,
           result == k_EResultOK || result == k_EResultInvalidParam || result == k_EResultFail ||
               result == k_EResultConnectFailed || result == k_EResultLimitExceeded || result == k_EResultIgnored ||
               result == k_EResultNoConnection,
           "SendMessageToUser gives %d", (int)result);
    if (result == k_EResultOK)
        program->session_messages[program->session_message_count++] =
            (struct sim_api_session_message){.size = size, .channel = channel, .content = content};
}

static void judge_session_message(struct sim_api_program *program, const SteamNetworkingMessage_t *message, int channel)
{
    EXPECT(program, message->m_nChannel == channel && message->m_conn == 0,
           "channel %d gives a message of channel %d with connection %u", channel, message->m_nChannel,
           message->m_conn);
    sim_observe_bytes(program->world, 'M', message->m_pData ? message->m_pData : "", (size_t)message->m_cbSize);
    for (int i = 0; i < program->session_message_count; i++) {
        struct sim_api_session_message *sent = &program->session_messages[i];

        if (sent->size == (uint32_t)message->m_cbSize &&
            sim_ledger_matches(message->m_pData, sent->size, sent->content)) {
            EXPECT(program, !sent->delivered, "a message of %u bytes on channel %d is delivered twice", sent->size,
                   channel);
            EXPECT(program, sent->channel == channel, "a message of channel %d arrives on channel %d", sent->channel,
                   channel);
            sent->delivered = true;
            return;
        }
    }
    sim_fail(program->world, "channel %d gives a message of %d bytes that was never sent", channel, message->m_cbSize);
}

static void run_receive_on_channel(struct sim_api_program *program)
{
    int channel = (int)sim_between(program->world, 0, CHANNELS), maximum = (int)sim_between(program->world, 0, BATCH);
    SteamNetworkingMessage_t *messages[BATCH];
    int count = MESSAGES(ReceiveMessagesOnChannel)(program->messages, channel, messages, maximum);

    sim_api_note(program, "ReceiveMessagesOnChannel", count);
    EXPECT(program, count >= 0 && count <= maximum, "ReceiveMessagesOnChannel gives %d of %d", count, maximum);
    for (int i = 0; i < count; i++) {
        if (!program->world->failed)
            judge_session_message(program, messages[i], channel);
        SteamAPI_SteamNetworkingMessage_t_Release(messages[i]);
    }
}

static void draw_partner(struct sim_api_program *program, SteamNetworkingIdentity *identity)
{
    if (sim_chance(program->world, 0.8))
        SOCKETS(GetIdentity)(program->sockets, identity);
    else
        sim_api_draw_identity(program, identity);
}

static void run_session_info(struct sim_api_program *program)
{
    SteamNetworkingIdentity identity;
    SteamNetConnectionRealTimeStatus_t status;
    SteamNetConnectionInfo_t info;
    int state;

    draw_partner(program, &identity);
    state = MESSAGES(GetSessionConnectionInfo)(program->messages, &identity, &info, &status);
    sim_api_note(program, "GetSessionConnectionInfo", state);
    EXPECT(program, state >= 0 && state <= 5 && info.m_hListenSocket == 0 && (int)info.m_eState == state,
           "a session is in state %d, its information says %d", state, (int)info.m_eState);
}

static void run_accept_session(struct sim_api_program *program)
{
    SteamNetworkingIdentity identity;

    draw_partner(program, &identity);
    sim_api_note(program, "AcceptSessionWithUser", MESSAGES(AcceptSessionWithUser)(program->messages, &identity));
}

static void run_close_session(struct sim_api_program *program)
{
    SteamNetworkingIdentity identity;

    draw_partner(program, &identity);
    sim_api_note(program, "CloseSessionWithUser", MESSAGES(CloseSessionWithUser)(program->messages, &identity));
    EXPECT(program, !MESSAGES(CloseSessionWithUser)(program->messages, &identity) || program->scarce,
           "a session can be closed twice");
}

static void run_close_channel(struct sim_api_program *program)
{
    SteamNetworkingIdentity identity;
    int channel = (int)sim_between(program->world, 0, CHANNELS);

    draw_partner(program, &identity);
    sim_api_note(program, "CloseChannelWithUser",
                 MESSAGES(CloseChannelWithUser)(program->messages, &identity, channel));
}

const struct sim_api_operation sim_api_session_operations[] = {
    {"SteamAPI_ISteamNetworkingMessages_SendMessageToUser", run_send_to_user, 20, false},
    {"SteamAPI_ISteamNetworkingMessages_ReceiveMessagesOnChannel", run_receive_on_channel, 15, false},
    {"SteamAPI_ISteamNetworkingMessages_GetSessionConnectionInfo", run_session_info, 4, false},
    {"SteamAPI_ISteamNetworkingMessages_AcceptSessionWithUser", run_accept_session, 6, false},
    {"SteamAPI_ISteamNetworkingMessages_CloseSessionWithUser", run_close_session, 1, false},
    {"SteamAPI_ISteamNetworkingMessages_CloseChannelWithUser", run_close_channel, 1, false},
    {NULL, NULL, 0, false},
};
