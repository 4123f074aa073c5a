/* What the library tells of a connection, and whether it agrees with itself and with what the program knows. */
#include "net/sim/sim_api_program.h"

#include <string.h>

enum {
    CONNECTED = k_ESteamNetworkingConnectionState_Connected,
    BY_PEER = k_ESteamNetworkingConnectionState_ClosedByPeer,
    LANES_MAXIMUM = 255,
};

static bool is_share(float value)
{
    return value == -1.0f || (value >= 0 && value <= 1);
}

static void check_state(struct sim_api_program *program, struct sim_api_end *end, int state)
{
    EXPECT(program, state >= 1 && state <= 5, "end %d is in state %d", end->serial, state);
    EXPECT(program, state >= end->seen_state, "end %d was in state %d and is in %d", end->serial, end->seen_state,
           state);
    EXPECT(program, end->seen_state < BY_PEER || state == end->seen_state, "end %d had ended with %d, now it is %d",
           end->serial, end->seen_state, state);
    EXPECT(program, state >= end->told_state, "end %d was told state %d and is in %d", end->serial, end->told_state,
           state);
    end->seen_state = state;
    end->was_connected |= state == CONNECTED;
}

int sim_api_state(struct sim_api_program *program, struct sim_api_end *end)
{
    SteamNetConnectionInfo_t info;

    if (!SOCKETS(GetConnectionInfo)(program->sockets, end->handle, &info)) {
        sim_fail(program->world, "end %d (%u) is open, and there is no information about it", end->serial, end->handle);
        return 0;
    }
    check_state(program, end, info.m_eState);
    return info.m_eState;
}

static void check_info(struct sim_api_program *program, struct sim_api_end *end, const SteamNetConnectionInfo_t *info)
{
    bool ended = (int)info->m_eState >= BY_PEER;

    check_state(program, end, info->m_eState);
    EXPECT(program, ended == (info->m_eEndReason != 0), "end %d in state %d has the end reason %d", end->serial,
           info->m_eState, info->m_eEndReason);
    EXPECT(program, ended == (info->m_szEndDebug[0] != 0), "end %d in state %d ended with '%s'", end->serial,
           info->m_eState, info->m_szEndDebug);
    EXPECT(program, info->m_hListenSocket == end->listener, "end %d has the listen socket %u, not %u", end->serial,
           info->m_hListenSocket, end->listener);
    EXPECT(program, info->m_nUserData == end->user_data, "end %d has the user data %lld, not %lld", end->serial,
           (long long)info->m_nUserData, (long long)end->user_data);
    EXPECT(program, !!(info->m_nFlags & k_nSteamNetworkConnectionInfoFlags_LoopbackBuffers) == end->in_memory,
           "end %d has the flags %d", end->serial, info->m_nFlags);
    EXPECT(program,
           memchr(info->m_szConnectionDescription, 0, sizeof(info->m_szConnectionDescription)) &&
               (!end->name[0] || strstr(info->m_szConnectionDescription, end->name)),
           "end %d, named '%s', is described as '%.127s'", end->serial, end->name, info->m_szConnectionDescription);
    {
        SteamNetConnectionInfo_t seen = *info;

        seen.m_hListenSocket = seen.m_hListenSocket != 0; /* the number goes on from run to run */
        sim_observe_bytes(program->world, 'i', &seen, sizeof(seen));
    }
}

static void check_status(struct sim_api_program *program, const struct sim_api_end *end,
                         const SteamNetConnectionRealTimeStatus_t *status)
{
    EXPECT(program, status->m_eState == (ESteamNetworkingConnectionState)end->seen_state,
           "end %d is in state %d for one call and in %d for the other", end->serial, end->seen_state,
           status->m_eState);
    EXPECT(program, status->m_nPing >= -1 && status->m_nPing < 100000, "end %d: ping %d", end->serial, status->m_nPing);
    EXPECT(program, is_share(status->m_flConnectionQualityLocal) && is_share(status->m_flConnectionQualityRemote),
           "end %d: quality %g and %g", end->serial, (double)status->m_flConnectionQualityLocal,
           (double)status->m_flConnectionQualityRemote);
    EXPECT(program,
           status->m_flOutPacketsPerSec >= 0 && status->m_flOutBytesPerSec >= 0 && status->m_flInPacketsPerSec >= 0 &&
               status->m_flInBytesPerSec >= 0 && status->m_nSendRateBytesPerSecond >= 0,
           "end %d: rates %g %g %g %g %d", end->serial, (double)status->m_flOutPacketsPerSec,
           (double)status->m_flOutBytesPerSec, (double)status->m_flInPacketsPerSec, (double)status->m_flInBytesPerSec,
           status->m_nSendRateBytesPerSecond);
    EXPECT(program,
           status->m_cbPendingUnreliable >= 0 && status->m_cbPendingReliable >= 0 &&
               status->m_cbSentUnackedReliable >= 0 && status->m_usecQueueTime >= 0 && status->m_usecMaxJitter >= -1,
           "end %d: pending %d and %d, unacknowledged %d, queue %lld us, jitter %d us", end->serial,
           status->m_cbPendingUnreliable, status->m_cbPendingReliable, status->m_cbSentUnackedReliable,
           (long long)status->m_usecQueueTime, status->m_usecMaxJitter);
    sim_observe_bytes(program->world, 'q', status, sizeof(*status));
}

static void check_lanes(struct sim_api_program *program, const struct sim_api_end *end,
                        const SteamNetConnectionRealTimeStatus_t *status,
                        const SteamNetConnectionRealTimeLaneStatus_t *lanes)
{
    int64_t unreliable = 0, reliable = 0, unacknowledged = 0;

    for (int i = 0; i < end->lanes; i++) {
        EXPECT(program,
               lanes[i].m_cbPendingUnreliable >= 0 && lanes[i].m_cbPendingReliable >= 0 &&
                   lanes[i].m_cbSentUnackedReliable >= 0 && lanes[i].m_usecQueueTime >= 0,
               "end %d, lane %d: pending %d and %d, unacknowledged %d", end->serial, i, lanes[i].m_cbPendingUnreliable,
               lanes[i].m_cbPendingReliable, lanes[i].m_cbSentUnackedReliable);
        unreliable += lanes[i].m_cbPendingUnreliable;
        reliable += lanes[i].m_cbPendingReliable;
        unacknowledged += lanes[i].m_cbSentUnackedReliable;
    }
    EXPECT(program,
           unreliable == status->m_cbPendingUnreliable && reliable == status->m_cbPendingReliable &&
               unacknowledged == status->m_cbSentUnackedReliable,
           "end %d: its %d lanes have %lld, %lld, %lld bytes pending and unacknowledged, all in all it has %d, %d, %d",
           end->serial, end->lanes, (long long)unreliable, (long long)reliable, (long long)unacknowledged,
           status->m_cbPendingUnreliable, status->m_cbPendingReliable, status->m_cbSentUnackedReliable);
}

void sim_api_inspect(struct sim_api_program *program, struct sim_api_end *end)
{
    SteamNetConnectionRealTimeLaneStatus_t lanes[LANES_MAXIMUM];
    SteamNetConnectionRealTimeStatus_t status;
    SteamNetConnectionInfo_t info;
    char name[SIM_API_NAME + 1];
    EResult result;

    if (!SOCKETS(GetConnectionInfo)(program->sockets, end->handle, &info)) {
        sim_fail(program->world, "end %d (%u) is open, and there is no information about it", end->serial, end->handle);
        return;
    }
    check_info(program, end, &info);
    result = SOCKETS(GetConnectionRealTimeStatus)(program->sockets, end->handle, &status, end->lanes, lanes);
    if (result != k_EResultOK) {
        sim_fail(program->world, "end %d has %d lanes, and asking for them gives %d", end->serial, end->lanes, result);
        return;
    }
    check_status(program, end, &status);
    check_lanes(program, end, &status, lanes);
    EXPECT(program, SOCKETS(GetConnectionUserData)(program->sockets, end->handle) == end->user_data,
           "end %d has other user data than %lld", end->serial, (long long)end->user_data);
    EXPECT(program,
           SOCKETS(GetConnectionName)(program->sockets, end->handle, name, sizeof(name)) &&
               strcmp(name, end->name) == 0,
           "end %d is named '%s', not '%s'", end->serial, name, end->name);
}
