#include "dictionaries.h"

#include <string.h>

#include "references.h"

/* ------------------------------------------------------------------------------------------------------ connections */

/* Where datagrams go straight to; empty when none do. */
static struct value remote_address(const SteamNetworkingIPAddr *address)
{
    static const SteamNetworkingIPAddr none;
    return memcmp(address, &none, sizeof none) == 0 ? value_literal("") : reference_address_text(address, true);
}

void dictionary_put_connection(struct value *dictionary, const SteamNetConnectionInfo_t *info)
{
    value_put(dictionary, "identity", reference_identity_text(&info->m_identityRemote));
    value_put(dictionary, "user_data", value_int(info->m_nUserData));
    value_put(dictionary, "listen_socket", value_int(info->m_hListenSocket));
    value_put(dictionary, "remote_address", remote_address(&info->m_addrRemote));
    value_put(dictionary, "remote_pop", value_int(info->m_idPOPRemote));
    value_put(dictionary, "pop_relay", value_int(info->m_idPOPRelay));
    value_put(dictionary, "connection_state", value_int(info->m_eState));
    value_put(dictionary, "end_reason", value_int(info->m_eEndReason));
    value_put(dictionary, "end_debug", value_string(info->m_szEndDebug));
    value_put(dictionary, "debug_description", value_string(info->m_szConnectionDescription));
    value_put(dictionary, "info_flags", value_int(info->m_nFlags));
}

struct value dictionary_connection(const SteamNetConnectionInfo_t *info)
{
    struct value dictionary = value_dictionary();
    dictionary_put_connection(&dictionary, info);
    return dictionary;
}

void dictionary_put_real_time_status(struct value *dictionary, const SteamNetConnectionRealTimeStatus_t *status)
{
    value_put(dictionary, "ping", value_int(status->m_nPing));
    value_put(dictionary, "local_quality", value_float(status->m_flConnectionQualityLocal));
    value_put(dictionary, "remote_quality", value_float(status->m_flConnectionQualityRemote));
    value_put(dictionary, "packets_out_per_second", value_float(status->m_flOutPacketsPerSec));
    value_put(dictionary, "bytes_out_per_second", value_float(status->m_flOutBytesPerSec));
    value_put(dictionary, "packets_in_per_second", value_float(status->m_flInPacketsPerSec));
    value_put(dictionary, "bytes_in_per_second", value_float(status->m_flInBytesPerSec));
    value_put(dictionary, "send_rate", value_int(status->m_nSendRateBytesPerSecond));
    value_put(dictionary, "pending_unreliable", value_int(status->m_cbPendingUnreliable));
    value_put(dictionary, "pending_reliable", value_int(status->m_cbPendingReliable));
    value_put(dictionary, "send_unacknowledged_reliable", value_int(status->m_cbSentUnackedReliable));
    value_put(dictionary, "sent_unacknowledged_reliable", value_int(status->m_cbSentUnackedReliable));
    value_put(dictionary, "queue_time", value_int(status->m_usecQueueTime));
}

struct value dictionary_real_time_status(const SteamNetConnectionRealTimeStatus_t *status)
{
    struct value dictionary = value_dictionary();
    value_put(&dictionary, "state", value_int(status->m_eState));
    dictionary_put_real_time_status(&dictionary, status);
    return dictionary;
}

struct value dictionary_lane_status(const SteamNetConnectionRealTimeLaneStatus_t *status)
{
    struct value dictionary = value_dictionary();
    value_put(&dictionary, "pending_unreliable", value_int(status->m_cbPendingUnreliable));
    value_put(&dictionary, "pending_reliable", value_int(status->m_cbPendingReliable));
    value_put(&dictionary, "sent_unacknowledged_reliatble", value_int(status->m_cbSentUnackedReliable));
    value_put(&dictionary, "sent_unacknowledged_reliable", value_int(status->m_cbSentUnackedReliable));
    value_put(&dictionary, "queue_time", value_int(status->m_usecQueueTime));
    return dictionary;
}

/* --------------------------------------------------------------------------------------------------------- messages */

static void release_message(void *message)
{
    SteamAPI_SteamNetworkingMessage_t_Release(message);
}

struct value dictionary_message(SteamNetworkingMessage_t *message)
{
    struct value dictionary = value_dictionary();
    value_put(&dictionary, "size", value_int(message->m_cbSize));
    value_put(&dictionary, "connection", value_int(message->m_conn));
    value_put(&dictionary, "identity", reference_identity_text(&message->m_identityPeer));
    value_put(&dictionary, "user_data", value_int(message->m_nConnUserData));
    value_put(&dictionary, "receiver_user_data", value_int(message->m_nConnUserData));
    value_put(&dictionary, "sender_user_data", value_int(message->m_nUserData));
    value_put(&dictionary, "time_received", value_int(message->m_usecTimeReceived));
    value_put(&dictionary, "message_number", value_int(message->m_nMessageNumber));
    value_put(&dictionary, "channel", value_int(message->m_nChannel));
    value_put(&dictionary, "flags", value_int(message->m_nFlags));
    value_put(&dictionary, "lane", value_int(message->m_idxLane));
    /* Last, because it takes the message. */
    value_put(&dictionary, "payload",
              value_borrowed_bytes(message->m_pData, (size_t)message->m_cbSize, release_message, message));
    return dictionary;
}

/* ---------------------------------------------------------------------------------------------------------- FakeIPs */

struct value dictionary_fake_ports(const SteamNetworkingFakeIPResult_t *result)
{
    struct value ports = value_array();
    for (size_t i = 0; i < sizeof result->m_unPorts / sizeof result->m_unPorts[0]; i++)
        if (result->m_unPorts[i] != 0)
            value_append(&ports, value_int(result->m_unPorts[i]));
    return ports;
}
