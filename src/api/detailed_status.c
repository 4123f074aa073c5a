#include "api/detailed_status.h"

#include "api/api_connection.h"
#include "base/text.h"
#include "wire/address.h"
#include "wire/identity.h"

#include <inttypes.h>
#include <string.h>

enum { TEXT_MAXIMUM = 8192 };

static const char *state_name(int state)
{
    switch (state) {
    case k_ESteamNetworkingConnectionState_Connecting:
        return "connecting";
    case k_ESteamNetworkingConnectionState_FindingRoute:
        return "finding a route";
    case k_ESteamNetworkingConnectionState_Connected:
        return "connected";
    case k_ESteamNetworkingConnectionState_ClosedByPeer:
        return "closed by the peer";
    case k_ESteamNetworkingConnectionState_ProblemDetectedLocally:
        return "ended by a local problem";
    default:
        return "none";
    }
}

static void write_head(struct text *text, const struct api_connection *connection)
{
    SteamNetConnectionInfo_t info;
    char identity[IDENTITY_TEXT_SIZE], address[ADDRESS_TEXT_SIZE];

    api_connection_fill_info(connection, &info);
    identity_print(&info.m_identityRemote, identity, sizeof(identity));
    text_append_formatted(text, "Connection %s\n", info.m_szConnectionDescription);
    text_append_formatted(text, "  state          %s", state_name((int)info.m_eState));
    if (info.m_eEndReason)
        text_append_formatted(text, ", reason %d: %s", info.m_eEndReason, info.m_szEndDebug);
    text_append_formatted(text, "\n  peer           %s\n", identity);
    if (!connection->is_pipe) {
        address_print(&info.m_addrRemote, address, sizeof(address), true);
        text_append_formatted(text, "  address        %s\n", address);
    }
    text_append_formatted(text, "  security       %s, %s\n",
                          connection->is_pipe                                              ? "in memory"
                          : info.m_nFlags & k_nSteamNetworkConnectionInfoFlags_Unencrypted ? "not encrypted"
                                                                                           : "encrypted",
                          info.m_nFlags & k_nSteamNetworkConnectionInfoFlags_Unauthenticated ? "identity not proven"
                                                                                             : "identity known");
}

/* A number that may be unknown. */
static void write_percent(struct text *text, const char *name, double fraction)
{
    if (fraction < 0)
        text_append_formatted(text, "%s unknown", name);
    else
        text_append_formatted(text, "%s %.1f%%", name, fraction * 100);
}

static void write_now(struct text *text, struct api_connection *connection, const struct connection_statistics *s,
                      microseconds now)
{
    SteamNetConnectionRealTimeStatus_t status;

    if (connection_real_time_status(connection->core, now, &status, 0, NULL) != k_EResultOK)
        return;
    text_append(text, "Now\n");
    if (status.m_nPing >= 0)
        text_append_formatted(text, "  ping           %d ms\n", status.m_nPing);
    text_append(text, "  quality        ");
    write_percent(text, "local", status.m_flConnectionQualityLocal);
    write_percent(text, ", remote", status.m_flConnectionQualityRemote);
    write_percent(text, ", lost", s->lost_fraction);
    write_percent(text, ", out of order", s->weird_fraction);
    text_append_formatted(text, "\n  out            %.1f packets/s, %.1f KiB/s, at most %.1f KiB/s\n",
                          (double)status.m_flOutPacketsPerSec, (double)status.m_flOutBytesPerSec / 1024,
                          status.m_nSendRateBytesPerSecond / 1024.0);
    text_append_formatted(text, "  in             %.1f packets/s, %.1f KiB/s\n", (double)status.m_flInPacketsPerSec,
                          (double)status.m_flInBytesPerSec / 1024);
    text_append_formatted(text, "  packets        %d bytes at most\n", connection_packet_size(connection->core));
    text_append_formatted(text, "  waiting        %d bytes unreliable, %d reliable, %d on the way\n",
                          status.m_cbPendingUnreliable, status.m_cbPendingReliable, status.m_cbSentUnackedReliable);
    if (status.m_usecMaxJitter >= 0)
        text_append_formatted(text, "  jitter         %.1f ms at most\n", status.m_usecMaxJitter / 1000.0);
}

static void write_histogram(struct text *text, const char *name, const uint32_t *buckets, int count,
                            const char *const *labels)
{
    uint64_t total = 0;

    for (int i = 0; i < count; i++)
        total += buckets[i];
    if (total == 0)
        return;
    text_append_formatted(text, "  %-14s", name);
    for (int i = 0; i < count; i++) {
        if (buckets[i])
            text_append_formatted(text, " %s: %.0f%%", labels[i], 100.0 * buckets[i] / (double)total);
    }
    text_append(text, "\n");
}

static void write_drops(struct text *text, const struct drop_counters *drops)
{
    static const char *const names[DROP_CAUSES] = {
        [DROP_TOO_SHORT] = "too short",
        [DROP_TOO_LONG] = "too long",
        [DROP_UNKNOWN_MESSAGE] = "unknown message",
        [DROP_MALFORMED] = "malformed",
        [DROP_BAD_CHALLENGE] = "bad challenge",
        [DROP_ANONYMOUS_REFUSED] = "anonymous refused",
        [DROP_BAD_IDENTITY] = "bad identity",
        [DROP_WRONG_ID] = "wrong id",
        [DROP_WRONG_STATE] = "wrong state",
        [DROP_DUPLICATE_PACKET] = "duplicate",
        [DROP_BAD_SEAL] = "does not decrypt",
        [DROP_NO_CONNECTION] = "no connection",
        [DROP_BAD_CREDENTIALS] = "bad credentials",
        [DROP_ADDRESS_LIMIT] = "address limit",
        [DROP_TOTAL_LIMIT] = "total limit",
        [DROP_TOO_MANY_WAITING] = "too many waiting",
    };
    bool any = false;

    for (int i = 0; i < DROP_CAUSES; i++) {
        if (!drops->count[i])
            continue;
        text_append_formatted(text, "%s %s %" PRIu64, any ? "," : "  dropped       ", names[i], drops->count[i]);
        any = true;
    }
    if (any)
        text_append(text, "\n");
}

/* What this machine did not send; only for a socket that is the connection's own. */
static void write_send_losses(struct text *text, const struct api_connection *connection)
{
    uint64_t losses[UDP_OUTCOMES];

    if (!connection->owns_socket)
        return;
    service_socket_losses(connection->socket, losses);
    for (int outcome = UDP_SENT + 1; outcome < UDP_OUTCOMES; outcome++) {
        if (losses[outcome])
            text_append_formatted(text, "  not sent       %" PRIu64 ": %s\n", losses[outcome],
                                  udp_outcome_text((enum udp_outcome)outcome));
    }
}

static void write_lifetime(struct text *text, const struct connection_statistics *s, microseconds now)
{
    static const char *const quality_labels[QUALITY_BUCKETS] = {"100",  ">=99", ">=97", ">=95", ">=90",
                                                                ">=75", ">=50", ">=1",  "dead"};
    static const char *const ping_labels[PING_BUCKETS] = {"<=25 ms", "<=50",  "<=75",  "<=100", "<=125",
                                                          "<=150",   "<=200", "<=300", ">300"};
    static const char *const jitter_labels[JITTER_BUCKETS] = {"<1 ms", "<2", "<5", "<10", "<20", ">=20"};
    microseconds end = s->ended_at ? s->ended_at : now;

    text_append(text, "Since the start\n");
    if (s->connected_at)
        text_append_formatted(text, "  connected      %.1f s\n", (double)(end - s->connected_at) / 1e6);
    text_append_formatted(text,
                          "  sent           %" PRIu64 " packets, %" PRIu64 " bytes; %" PRIu64
                          " messages unreliable, %" PRIu64 " reliable; %" PRIu64 " segments again\n",
                          s->packets_sent, s->bytes_sent, s->messages_sent[0], s->messages_sent[1],
                          s->segments_retransmitted);
    text_append_formatted(text,
                          "  received       %" PRIu64 " packets, %" PRIu64 " bytes; %" PRIu64
                          " messages unreliable, %" PRIu64 " reliable\n",
                          s->packets_received, s->bytes_received, s->messages_received[0], s->messages_received[1]);
    text_append_formatted(text,
                          "  on the way     %" PRIu64 " numbered, %" PRIu64 " lost, %" PRIu64 " out of order, %" PRIu64
                          " duplicate, %" PRIu64 " jumps\n",
                          s->numbered_received, s->dropped, s->out_of_order, s->duplicate, s->lurch);
    write_histogram(text, "quality", s->quality_histogram, QUALITY_BUCKETS, quality_labels);
    write_histogram(text, "ping", s->ping_histogram, PING_BUCKETS, ping_labels);
    write_histogram(text, "jitter", s->jitter_histogram, JITTER_BUCKETS, jitter_labels);
    write_drops(text, &s->drops);
}

static void write_remote_number(struct text *text, const char *name, int64_t number)
{
    if (number >= 0)
        text_append_formatted(text, " %s %" PRId64, name, number);
}

/* What the peer says it sees; nobody vouches for it. */
static void write_remote(struct text *text, const struct connection_statistics *s, microseconds now)
{
    if (s->remote_instantaneous_known) {
        const struct statistics_instantaneous *remote = &s->remote_instantaneous;

        text_append_formatted(text, "The peer said %.1f s ago:", (double)(now - s->remote_instantaneous_at) / 1e6);
        write_remote_number(text, "ping ms", remote->ping_ms);
        write_remote_number(text, "lost %", remote->lost_percent);
        write_remote_number(text, "out of order %", remote->weird_percent);
        write_remote_number(text, "in bytes/s", remote->bytes_received_rate);
        write_remote_number(text, "out bytes/s", remote->bytes_sent_rate);
        text_append(text, "\n");
    }
    if (s->remote_lifetime_known) {
        const struct remote_totals *remote = &s->remote_lifetime;

        text_append_formatted(
            text, "The peer said %.1f s ago, since its start:", (double)(now - s->remote_lifetime_at) / 1e6);
        write_remote_number(text, "sent packets", remote->packets_sent);
        write_remote_number(text, "received packets", remote->packets_received);
        write_remote_number(text, "lost", remote->dropped);
        write_remote_number(text, "out of order", remote->out_of_order);
        write_remote_number(text, "duplicate", remote->duplicate);
        text_append(text, "\n");
    }
}

static void write_pipe(struct text *text, const struct pipe_end *pipe)
{
    text_append(text, "Since the start\n");
    text_append_formatted(text, "  sent           %" PRIu64 " messages, %" PRIu64 " bytes\n", pipe->messages_sent,
                          pipe->bytes_sent);
    text_append_formatted(text, "  received       %" PRIu64 " messages, %" PRIu64 " bytes\n", pipe->messages_received,
                          pipe->bytes_received);
    text_append_formatted(text, "  waiting        %" PRId64 " bytes for the other end to accept\n", pipe->held_bytes);
}

size_t detailed_status_write(struct api_connection *connection, microseconds now, char *buffer, size_t capacity)
{
    char whole[TEXT_MAXIMUM];
    struct text text;

    text_init(&text, whole, sizeof(whole));
    write_head(&text, connection);
    if (connection->is_pipe) {
        write_pipe(&text, &connection->pipe->end);
    } else {
        const struct connection_statistics *statistics = connection_statistics(connection->core, now);

        write_now(&text, connection, statistics, now);
        write_lifetime(&text, statistics, now);
        write_send_losses(&text, connection);
        write_remote(&text, statistics, now);
    }
    text_append_formatted(&text, "Unread messages  %d\n", inbox_count(&connection->inbox));

    if (capacity > 0) {
        size_t length = text.length < capacity ? text.length : capacity - 1;

        memcpy(buffer, whole, length);
        buffer[length] = '\0';
    }
    return text.length + 1;
}
