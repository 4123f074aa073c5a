/* What the owner of a connection reads (api-contract 9). */
#include "conn/connection_private.h"

#include <string.h>

int connection_state(const struct connection *connection)
{
    return connection->state;
}

uint32_t connection_local_id(const struct connection *connection)
{
    return connection->local_id;
}

uint32_t connection_remote_id(const struct connection *connection)
{
    return connection->remote_id;
}

const SteamNetworkingIPAddr *connection_remote_address(const struct connection *connection)
{
    return &connection->remote_address;
}

const SteamNetworkingIdentity *connection_remote_identity(const struct connection *connection)
{
    return &connection->remote_identity;
}

int64_t connection_pending_bytes(const struct connection *connection)
{
    return sender_pending_bytes(&connection->sender);
}

static int visible_state(int state)
{
    return state < 0 ? STATE_NONE : state;
}

void connection_fill_info(const struct connection *connection, SteamNetConnectionInfo_t *info)
{
    info->m_identityRemote = connection->remote_identity;
    info->m_addrRemote = connection->remote_address;
    info->m_eState = (ESteamNetworkingConnectionState)visible_state(connection->state);
    info->m_eEndReason = connection->end_reason;
    memcpy(info->m_szEndDebug, connection->end_text, sizeof connection->end_text);
    info->m_nFlags = 0;
    if (!connection->authenticated)
        info->m_nFlags |= k_nSteamNetworkConnectionInfoFlags_Unauthenticated;
    if (connection->cipher != CIPHER_AES_256_GCM)
        info->m_nFlags |= k_nSteamNetworkConnectionInfoFlags_Unencrypted;
    if (connection->fast_network)
        info->m_nFlags |= k_nSteamNetworkConnectionInfoFlags_Fast;
}

/* The share of packets that came in order, 0 to 1 (protocol 17.6); odd packets can outnumber the others. */
static float quality_of(float lost_fraction, float weird_fraction)
{
    float quality = 1 - lost_fraction - weird_fraction;

    return quality < 0 ? 0 : quality > 1 ? 1 : quality;
}

static float local_quality(const struct connection_statistics *statistics)
{
    return statistics->lost_fraction < 0 ? -1 : quality_of(statistics->lost_fraction, statistics->weird_fraction);
}

static float remote_quality(const struct connection_statistics *statistics)
{
    const struct statistics_instantaneous *remote = &statistics->remote_instantaneous;

    if (!statistics->remote_instantaneous_known || remote->lost_percent < 0)
        return -1;
    return quality_of((float)remote->lost_percent / 100,
                      (float)(remote->weird_percent > 0 ? remote->weird_percent : 0) / 100);
}

static void fill_rates(const struct connection *connection, microseconds now,
                       SteamNetConnectionRealTimeStatus_t *status)
{
    const struct connection_statistics *statistics = &connection->statistics;
    const struct statistics_meter *meter = &connection->meter;
    float seconds = (float)(now - meter->interval_start) / 1e6f;

    /* The first interval has no predecessor to report: show what it has so far. */
    if (meter->start_packets_sent == 0 && meter->start_packets_received == 0 && seconds > 0.05f) {
        status->m_flOutPacketsPerSec = (float)statistics->packets_sent / seconds;
        status->m_flOutBytesPerSec = (float)statistics->bytes_sent / seconds;
        status->m_flInPacketsPerSec = (float)statistics->packets_received / seconds;
        status->m_flInBytesPerSec = (float)statistics->bytes_received / seconds;
        return;
    }
    status->m_flOutPacketsPerSec = statistics->packets_sent_per_second;
    status->m_flOutBytesPerSec = statistics->bytes_sent_per_second;
    status->m_flInPacketsPerSec = statistics->packets_received_per_second;
    status->m_flInBytesPerSec = statistics->bytes_received_per_second;
}

EResult connection_real_time_status(struct connection *connection, microseconds now,
                                    SteamNetConnectionRealTimeStatus_t *status, int lane_count,
                                    SteamNetConnectionRealTimeLaneStatus_t *lanes)
{
    struct sender *sender = &connection->sender;
    struct connection_statistics *statistics = &connection->statistics;
    bool connected = connection->state == STATE_CONNECTED;
    int64_t pending = 0;

    if (lane_count < 0 || lane_count > sender->lane_count || (lane_count > 0 && !lanes))
        return k_EResultInvalidParam;
    statistics_meter_roll(&connection->meter, statistics, connection->liveness.reply_timeouts, now);
    pacer_advance(&sender->pacer, now);
    if (status) {
        memset(status, 0, sizeof *status);
        status->m_eState = (ESteamNetworkingConnectionState)visible_state(connection->state);
        status->m_nPing = sender->round_trip.smoothed_ms;
        status->m_flConnectionQualityLocal = local_quality(statistics);
        status->m_flConnectionQualityRemote = remote_quality(statistics);
        fill_rates(connection, now, status);
        /* The field's type ends at 2 GB/s. */
        status->m_nSendRateBytesPerSecond = sender->pacer.rate < INT32_MAX ? (int)sender->pacer.rate : INT32_MAX;
        for (int i = 0; i < sender->lane_count; i++) {
            status->m_cbPendingUnreliable += (int)sender->lanes[i].pending_unreliable;
            status->m_cbPendingReliable += (int)sender->lanes[i].pending_reliable;
            status->m_cbSentUnackedReliable += (int)sender->lanes[i].unacknowledged;
        }
        pending = (int64_t)status->m_cbPendingUnreliable + status->m_cbPendingReliable;
        status->m_usecQueueTime = connected && sender->lane_count == 1 ? sender_queue_time(sender, pending) : INT64_MAX;
        status->m_usecMaxJitter = statistics->max_jitter_us;
        statistics->max_jitter_us = -1;
    }
    for (int i = 0; i < lane_count; i++) {
        const struct send_lane *lane = &sender->lanes[i];

        memset(&lanes[i], 0, sizeof lanes[i]);
        lanes[i].m_cbPendingUnreliable = (int)lane->pending_unreliable;
        lanes[i].m_cbPendingReliable = (int)lane->pending_reliable;
        lanes[i].m_cbSentUnackedReliable = (int)lane->unacknowledged;
        lanes[i].m_usecQueueTime =
            connected ? sender_queue_time(sender, lane->pending_reliable + lane->pending_unreliable) : INT64_MAX;
    }
    return k_EResultOK;
}

const struct connection_statistics *connection_statistics(struct connection *connection, microseconds now)
{
    statistics_meter_roll(&connection->meter, &connection->statistics, connection->liveness.reply_timeouts, now);
    connection->statistics.segments_retransmitted = connection->sender.segments_resent;
    return &connection->statistics;
}
