#include "connection_info.h"

#include <stdlib.h>

#include "values.h"

static const char *state_name(ESteamNetworkingConnectionState state)
{
    switch ((int)state) {
    case k_ESteamNetworkingConnectionState_None:
        return "None";
    case k_ESteamNetworkingConnectionState_Connecting:
        return "Connecting";
    case k_ESteamNetworkingConnectionState_FindingRoute:
        return "Finding Route";
    case k_ESteamNetworkingConnectionState_Connected:
        return "Connected";
    case k_ESteamNetworkingConnectionState_ClosedByPeer:
        return "Closed By Peer";
    case k_ESteamNetworkingConnectionState_ProblemDetectedLocally:
        return "Problem Detected Locally";
    case k_ESteamNetworkingConnectionState_FinWait:
        return "FinWait";
    case k_ESteamNetworkingConnectionState_Linger:
        return "Linger";
    case k_ESteamNetworkingConnectionState_Dead:
        return "Dead";
    default:
        return "Unknown";
    }
}

napi_value make_connection_info(napi_env env, const SteamNetConnectionInfo_t *info)
{
    napi_value object = make_object(env);
    napi_value identity = make_identity(env, &info->m_identityRemote);
    napi_value end_text = make_text(env, info->m_szEndDebug);
    napi_value address = make_address(env, &info->m_addrRemote);
    put(env, object, "identityRemote", identity);
    put(env, object, "state", make_int32(env, info->m_eState));
    put(env, object, "stateName", make_text(env, state_name(info->m_eState)));
    put(env, object, "endReason", make_int32(env, info->m_eEndReason));
    put(env, object, "endDebug", end_text);
    put(env, object, "connectionDescription", make_text(env, info->m_szConnectionDescription));
    put(env, object, "addrRemote", address);
    put(env, object, "userData", make_int64(env, info->m_nUserData));
    put(env, object, "listenSocket", make_uint32(env, info->m_hListenSocket));
    put(env, object, "remoteAddress", address);
    put(env, object, "popIdRemote", make_uint32(env, info->m_idPOPRemote));
    put(env, object, "popIdRelay", make_uint32(env, info->m_idPOPRelay));
    put(env, object, "endDebugMessage", end_text);
    put(env, object, "flags", make_int32(env, info->m_nFlags));
    return object;
}

/* getConnectionInfo(connection): an object or null. */
static napi_value get_connection_info(napi_env env, napi_callback_info info)
{
    napi_value arguments[1];
    uint32 connection;
    SteamNetConnectionInfo_t data;
    if (!take_arguments(env, info, 1, arguments) || !take_uint32(env, arguments[0], &connection))
        return NULL;
    if (!SteamAPI_ISteamNetworkingSockets_GetConnectionInfo(sockets_of(env), connection, &data))
        return make_null(env);
    return make_connection_info(env, &data);
}

/* connectionState(connection): its state, 0 for a bad handle. */
static napi_value connection_state(napi_env env, napi_callback_info info)
{
    napi_value arguments[1];
    uint32 connection;
    SteamNetConnectionInfo_t data;
    if (!take_arguments(env, info, 1, arguments) || !take_uint32(env, arguments[0], &connection))
        return NULL;
    bool exists = SteamAPI_ISteamNetworkingSockets_GetConnectionInfo(sockets_of(env), connection, &data);
    return make_int32(env, exists ? data.m_eState : k_ESteamNetworkingConnectionState_None);
}

/* getConnectionRealTimeStatus(connection): an object or null. */
static napi_value get_real_time_status(napi_env env, napi_callback_info info)
{
    napi_value arguments[1];
    uint32 connection;
    SteamNetConnectionRealTimeStatus_t status;
    if (!take_arguments(env, info, 1, arguments) || !take_uint32(env, arguments[0], &connection))
        return NULL;
    if (SteamAPI_ISteamNetworkingSockets_GetConnectionRealTimeStatus(sockets_of(env), connection, &status, 0, NULL) !=
        k_EResultOK)
        return make_null(env);
    napi_value object = make_object(env);
    put(env, object, "state", make_int32(env, status.m_eState));
    put(env, object, "ping", make_int32(env, status.m_nPing));
    put(env, object, "connectionQualityLocal", make_double(env, (double)status.m_flConnectionQualityLocal));
    put(env, object, "connectionQualityRemote", make_double(env, (double)status.m_flConnectionQualityRemote));
    put(env, object, "outPacketsPerSec", make_double(env, (double)status.m_flOutPacketsPerSec));
    put(env, object, "outBytesPerSec", make_double(env, (double)status.m_flOutBytesPerSec));
    put(env, object, "inPacketsPerSec", make_double(env, (double)status.m_flInPacketsPerSec));
    put(env, object, "inBytesPerSec", make_double(env, (double)status.m_flInBytesPerSec));
    put(env, object, "sendRateBytesPerSecond", make_int32(env, status.m_nSendRateBytesPerSecond));
    put(env, object, "pendingUnreliable", make_int32(env, status.m_cbPendingUnreliable));
    put(env, object, "pendingReliable", make_int32(env, status.m_cbPendingReliable));
    put(env, object, "sentUnackedReliable", make_int32(env, status.m_cbSentUnackedReliable));
    put(env, object, "usecQueueTime", make_int64(env, status.m_usecQueueTime));
    put(env, object, "maxJitterUsec", make_int32(env, status.m_usecMaxJitter));
    return object;
}

/* getDetailedConnectionStatus(connection): a text, '' for a bad handle. */
static napi_value get_detailed_status(napi_env env, napi_callback_info info)
{
    napi_value arguments[1];
    uint32 connection;
    char *text = NULL;
    int size = 4096;
    if (!take_arguments(env, info, 1, arguments) || !take_uint32(env, arguments[0], &connection))
        return NULL;
    do {
        free(text);
        text = malloc((size_t)size);
        if (!text) {
            napi_throw_error(env, "ERR_MEMORY_ALLOCATION_FAILED", "not enough memory for a report");
            return NULL;
        }
        text[0] = '\0';
        size = SteamAPI_ISteamNetworkingSockets_GetDetailedConnectionStatus(sockets_of(env), connection, text, size);
    } while (size > 0);
    napi_value result = make_text(env, size < 0 ? "" : text);
    free(text);
    return result;
}

bool export_connection_info(napi_env env, napi_value exports)
{
    static const struct native_function functions[] = {
        {"getConnectionInfo", get_connection_info},
        {"connectionState", connection_state},
        {"getConnectionRealTimeStatus", get_real_time_status},
        {"getDetailedConnectionStatus", get_detailed_status},
    };
    return EXPORT_FUNCTIONS(env, exports, functions);
}
