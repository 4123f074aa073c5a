#include "net/sim/sim_judge.h"

#include "net/sim/sim_attacker.h"
#include "net/sim/sim_bounds.h"
#include "net/sim/sim_host.h"
#include "net/sim/sim_network.h"
#include "wire/limits.h"
#include "wire/stream_header.h"

#include <string.h>

enum {
    SMALL_PACKET = 150,
    RATE_TOLERANCE_BYTES = 2 * 1300, /* a full bucket, and one packet of debt */
    RATE_TOLERANCE_TIME = 51 * 1000, /* microseconds: what a sender that was woken late may catch up */
};

/* What must hold of any connection between two calls. */
void sim_judge_call(struct sim_end *end)
{
    struct sim_world *world = end->host->world;
    int state = connection_state(end->connection);

    if (state != end->state)
        sim_fail(world, "host %d end %d: the state became %d without a report", end->host->index, end->serial, state);
    if (end->released && state >= 0)
        sim_fail(world, "host %d end %d: state %d after it was closed", end->host->index, end->serial, state);
    if (!end->released && state < 0)
        sim_fail(world, "host %d end %d: state %d although it was not closed", end->host->index, end->serial, state);
    if (connection_pending_bytes(end->connection) < 0)
        sim_fail(world, "host %d end %d: negative pending bytes", end->host->index, end->serial);
    if (connection_local_id(end->connection) != end->id)
        sim_fail(world, "host %d end %d: its id changed", end->host->index, end->serial);
    if (end->besieged)
        sim_bounds_judge(end);
}

/*
 * Nobody may send faster than the configuration allows, from the beginning of the connection until now. Small packets
 * are left out: acknowledgements and probes are sent even when the rate is used up (protocol 16.5). Those of who is
 * besieged tell of many gaps and are not small: one packet for each datagram that asks for it (docs/security.md).
 */
void sim_judge_rate(struct sim_end *end, size_t size)
{
    struct sim_host *host = end->host;
    microseconds elapsed = sim_host_now(host) - end->connected_at + RATE_TOLERANCE_TIME;
    int64_t allowed = elapsed * host->highest_rate / SECOND + RATE_TOLERANCE_BYTES;

    if (size <= SMALL_PACKET)
        return;
    if (end->besieged)
        allowed += (int64_t)end->datagrams_received * DATAGRAM_MAXIMUM;
    end->bytes_since_connected += (int64_t)size;
    if (end->bytes_since_connected > allowed)
        sim_fail(host->world, "host %d end %d has sent %lld bytes in %lld ms at a rate of at most %d", host->index,
                 end->serial, (long long)end->bytes_since_connected,
                 (long long)((sim_host_now(host) - end->connected_at) / MILLISECOND), host->highest_rate);
}

static bool transition_allowed(int from, int to)
{
    switch (from) {
    case k_ESteamNetworkingConnectionState_Connecting:
        return to == k_ESteamNetworkingConnectionState_Connected ||
               to == k_ESteamNetworkingConnectionState_ClosedByPeer ||
               to == k_ESteamNetworkingConnectionState_ProblemDetectedLocally ||
               to == k_ESteamNetworkingConnectionState_FinWait;
    case k_ESteamNetworkingConnectionState_Connected:
        return to == k_ESteamNetworkingConnectionState_ClosedByPeer ||
               to == k_ESteamNetworkingConnectionState_ProblemDetectedLocally ||
               to == k_ESteamNetworkingConnectionState_Linger || to == k_ESteamNetworkingConnectionState_FinWait;
    case k_ESteamNetworkingConnectionState_Linger:
    case k_ESteamNetworkingConnectionState_ClosedByPeer:
    case k_ESteamNetworkingConnectionState_ProblemDetectedLocally:
        return to == k_ESteamNetworkingConnectionState_FinWait;
    case k_ESteamNetworkingConnectionState_FinWait:
        return to == k_ESteamNetworkingConnectionState_Dead;
    default:
        return false;
    }
}

/* A peer of which something was heard so recently is not lost (protocol 17.3; a bit less than its 10 s). */
#define HEARD_RECENTLY (9500 * MILLISECOND)

static bool heard_recently(const struct sim_end *end)
{
    return sim_host_now(end->host) - end->last_heard < HEARD_RECENTLY;
}

/* One that does not keep to the protocol, or whose peer does not, may end in any way. */
static bool peer_is_hostile(struct sim_end *end)
{
    struct sim_end *peer = sim_end_counterpart(end);

    return end->hostile || (peer && peer->hostile);
}

/* What a handshake fails with that somebody has meddled with. */
static bool handshake_reason(int reason)
{
    return reason == k_ESteamNetConnectionEnd_Remote_BadCrypt || reason == k_ESteamNetConnectionEnd_Remote_BadCert ||
           reason == k_ESteamNetConnectionEnd_Remote_BadProtocolVersion ||
           reason == k_ESteamNetConnectionEnd_Misc_Generic;
}

/* Somebody of the two may take a certificate for expired. */
static bool clocks_wrong(struct sim_end *end)
{
    const struct sim_host *other = sim_network_host(end->host->network, &end->remote);

    return end->host->wall_clock_wrong || (other && other->wall_clock_wrong);
}

/* Not only heard: it was authentic, which nothing can be that is not its peer's. */
static bool taken_recently(const struct sim_end *end)
{
    return sim_host_now(end->host) - end->last_taken < HEARD_RECENTLY;
}

/*
 * Linger is over: because everything has been delivered, or with a good reason. Messages that wait for room in the
 * peer's receive queue count as delivered; the peer's application will get them, after the end of the connection if
 * need be.
 */
static void judge_linger(struct sim_end *end)
{
    struct sim_end *peer = sim_end_peer(end);

    end->linger_complete = sim_ledger_complete(&end->ledger);
    if (end->linger_complete)
        sim_tally(end->host->world, SIM_KIND_LINGER_COMPLETED);
    if (end->deceived || peer_is_hostile(end))
        return;
    if (end->linger_complete || !peer || !peer->connection ||
        peer->state != k_ESteamNetworkingConnectionState_Connected || !heard_recently(end) || end->host->corruption)
        return;
    if (connection_delivery_blocked(peer->connection)) {
        peer->owed = true;
        return;
    }
    sim_fail(end->host->world, "host %d end %d stopped lingering with %lld of %lld reliable messages delivered",
             end->host->index, end->serial, (long long)end->ledger.reliable_delivered,
             (long long)end->ledger.reliable_sent);
}

/* An end that the application still looks at ended by itself: only for reasons that exist. */
static void judge_problem(struct sim_end *end, int old_state)
{
    int reason = end->end_reason;
    bool allowed = reason == k_ESteamNetConnectionEnd_Misc_Timeout;

    if (end->failed_locally) {
        if (reason != SIM_LOCAL_FAILURE)
            sim_fail(end->host->world, "host %d end %d failed locally and says %d", end->host->index, end->serial,
                     reason);
        return;
    }
    /* After a handshake with changed bits the two may not understand each other, and hear each other all the same. */
    if (old_state == k_ESteamNetworkingConnectionState_Connected)
        allowed = allowed && !taken_recently(end) &&
                  (!heard_recently(end) || end->host->corruption || sim_end_peer_is_gone(end));
    else
        allowed = allowed || end->host->corruption || (end->deceived && handshake_reason(reason)) ||
                  (reason == k_ESteamNetConnectionEnd_Remote_BadCert && clocks_wrong(end)) ||
                  (reason == k_ESteamNetConnectionEnd_Misc_InternalError && sim_host_certificate_doubtful(end->host));
    if (peer_is_hostile(end)) {
        if (!end->hostile && reason != k_ESteamNetConnectionEnd_Misc_Timeout)
            sim_tally(end->host->world, SIM_KIND_HOSTILE_PEER_ENDED);
        /* Whatever an honest end is told, what it sends is in order: the library at the hostile one takes it. */
        allowed = allowed || !end->hostile || reason == k_ESteamNetConnectionEnd_Misc_Timeout ||
                  old_state != k_ESteamNetworkingConnectionState_Connected || end->host->corruption;
    }
    if (!allowed && !end->host->shortage)
        sim_fail(end->host->world,
                 "host %d end %d failed in state %d with reason %d, last heard of its peer %lld ms ago",
                 end->host->index, end->serial, old_state, reason,
                 (long long)((sim_host_now(end->host) - end->last_heard) / MILLISECOND));
}

static void judge_closed_by_peer(struct sim_end *end)
{
    struct sim_end *peer = sim_end_counterpart(end);
    int reason = end->end_reason;

    if (end->host->corruption || reason == k_ESteamNetConnectionEnd_Misc_PeerSentNoConnection)
        return;
    if (peer_is_hostile(end) || (end->deceived && reason == SIM_FORGED_CLOSE_REASON))
        return;
    /* What it has begun at its old address is in the way of its new one (protocol 6.4 step 6). */
    if (end->cut_off && reason == k_ESteamNetConnectionEnd_Misc_Generic)
        return;
    if (!peer || reason != (peer->end_reason ? peer->end_reason : peer->close_reason))
        sim_fail(end->host->world, "host %d end %d was closed by its peer with reason %d, which the peer does not have",
                 end->host->index, end->serial, reason);
}

/* Whatever ends a connection has a reason, in numbers and in words. */
static void judge_reason(struct sim_end *end)
{
    SteamNetConnectionInfo_t info;

    memset(&info, 0, sizeof(info));
    connection_fill_info(end->connection, &info);
    if (info.m_eEndReason == 0 && !end->host->corruption)
        sim_fail(end->host->world, "host %d end %d ended without a reason", end->host->index, end->serial);
    if (!info.m_szEndDebug[0])
        sim_fail(end->host->world, "host %d end %d ended without a word", end->host->index, end->serial);
}

void sim_judge_state(struct sim_end *end, int old_state)
{
    if (!transition_allowed(old_state, end->state))
        sim_fail(end->host->world, "host %d end %d: state %d became %d", end->host->index, end->serial, old_state,
                 end->state);
    if (old_state == k_ESteamNetworkingConnectionState_Linger)
        judge_linger(end);
    if (end->state == k_ESteamNetworkingConnectionState_ClosedByPeer)
        judge_closed_by_peer(end);
    if (end->state == k_ESteamNetworkingConnectionState_ProblemDetectedLocally)
        judge_problem(end, old_state);
    if (end->state == k_ESteamNetworkingConnectionState_ClosedByPeer ||
        end->state == k_ESteamNetworkingConnectionState_ProblemDetectedLocally)
        judge_reason(end);
}

/* The application has read all there is of a connection that its peer has closed. */
void sim_judge_release(struct sim_end *end)
{
    struct sim_end *peer = sim_end_peer(end);

    if (end->owed && !end->host->shortage && end->state == k_ESteamNetworkingConnectionState_ClosedByPeer &&
        end->inbox_count == 0 && peer && !sim_ledger_complete(&peer->ledger))
        sim_fail(end->host->world, "host %d end %d cannot read all that its lingering peer has sent: %lld of %lld",
                 end->host->index, end->serial, (long long)peer->ledger.reliable_delivered,
                 (long long)peer->ledger.reliable_sent);
}

/* The reasons for which sending may fail, and no others. */
void sim_judge_send(struct sim_end *end, EResult result, int size, int flags, int64_t pending)
{
    struct sim_world *world = end->host->world;
    int64_t limit = end->host->config.send_buffer_size;
    bool fits = pending + size + STREAM_HEADER_MAXIMUM <= limit;
    bool allowed = false;

    switch (result) {
    case k_EResultOK:
        allowed = pending + size <= limit;
        break;
    case k_EResultLimitExceeded:
        allowed = !fits;
        break;
    case k_EResultIgnored:
        allowed = flags & k_nSteamNetworkingSend_UnreliableNoDelay & ~k_nSteamNetworkingSend_NoNagle;
        break;
    case k_EResultNoConnection:
        allowed = end->state == k_ESteamNetworkingConnectionState_ClosedByPeer ||
                  end->state == k_ESteamNetworkingConnectionState_ProblemDetectedLocally;
        break;
    case k_EResultFail:
        allowed = end->host->shortage;
        break;
    default:
        break;
    }
    if (!allowed)
        sim_fail(world, "host %d end %d: sending %d bytes with flags %d in state %d with %lld pending gave %d",
                 end->host->index, end->serial, size, flags, end->state, (long long)pending, (int)result);
}

/* ---- statistics ---------------------------------------------------------------------------------------------- */

static void expect_equal(struct sim_end *end, uint64_t counted, uint64_t happened, const char *what)
{
    if (counted != happened)
        sim_fail(end->host->world, "host %d end %d counts %llu %s, but there were %llu", end->host->index, end->serial,
                 (unsigned long long)counted, what, (unsigned long long)happened);
}

static void expect_at_most(struct sim_end *end, uint64_t counted, uint64_t limit, const char *what)
{
    if (counted > limit)
        sim_fail(end->host->world, "host %d end %d counts %llu %s, at most %llu can be", end->host->index, end->serial,
                 (unsigned long long)counted, what, (unsigned long long)limit);
}

void sim_judge_statistics(struct sim_end *end)
{
    const struct connection_statistics *now = connection_statistics(end->connection, sim_host_now(end->host));
    struct connection_statistics *before = &end->seen_statistics;
    struct sim_end *peer = sim_end_peer(end);
    uint64_t dropped = 0;

    for (int i = 0; i < DROP_CAUSES; i++) {
        dropped += now->drops.count[i];
        expect_at_most(end, before->drops.count[i], now->drops.count[i], "dropped datagrams of a kind before");
    }
    expect_equal(end, now->packets_sent, end->packets_total, "packets sent");
    expect_equal(end, now->bytes_sent, end->bytes_total, "bytes sent");
    expect_equal(end, now->packets_received, end->datagrams_received, "packets received");
    expect_equal(end, now->messages_sent[0], (uint64_t)end->ledger.unreliable_sent, "unreliable messages sent");
    expect_equal(end, now->messages_sent[1], (uint64_t)end->ledger.reliable_sent, "reliable messages sent");
    expect_equal(end, now->messages_received[0], end->delivered[0], "unreliable messages received");
    expect_equal(end, now->messages_received[1], end->delivered[1], "reliable messages received");
    expect_at_most(end, dropped + now->numbered_received, now->packets_received, "packets dropped or taken");
    expect_at_most(end, now->duplicate, now->drops.count[DROP_DUPLICATE_PACKET], "duplicates");
    expect_at_most(end, before->bytes_received, now->bytes_received, "bytes received before");
    expect_at_most(end, before->numbered_received, now->numbered_received, "packets taken before");
    expect_at_most(end, before->segments_retransmitted, now->segments_retransmitted, "segments sent again before");
    if (peer && !peer->hostile)
        expect_at_most(end, now->numbered_received, peer->packets_total, "packets taken from its peer");
    *before = *now;
}

/* ---- time ---------------------------------------------------------------------------------------------------- */

#define TIMER_SLACK    (500 * MILLISECOND)
#define FIN_WAIT       (5 * SECOND)
#define LONGEST_QUIET  (10 * SECOND) /* until a keepalive (protocol 17.4) */
#define LONGEST_ANSWER (2 * SECOND)  /* until it is overdue */

void sim_judge_silence(struct sim_end *end)
{
    const struct transport_config *config = &end->host->config;
    microseconds now = sim_host_now(end->host), since = end->state_since, limit;

    if (!end->connection || end->host->frozen)
        return;
    switch (end->state) {
    case k_ESteamNetworkingConnectionState_Connecting:
        limit = config->timeout_initial_ms * MILLISECOND;
        since = end->made_at;
        break;
    case k_ESteamNetworkingConnectionState_Connected:
    case k_ESteamNetworkingConnectionState_Linger:
        limit = LONGEST_QUIET + LONGEST_ANSWER + config->timeout_connected_ms * MILLISECOND;
        since = end->last_taken;
        break;
    case k_ESteamNetworkingConnectionState_FinWait:
        limit = FIN_WAIT;
        break;
    default:
        return;
    }
    since = time_later(since, end->host->off_beat_at);
    if (now - since > limit + TIMER_SLACK)
        sim_fail(end->host->world, "host %d end %d waits in state %d for %lld ms", end->host->index, end->serial,
                 end->state, (long long)((now - since) / MILLISECOND));
}

void sim_judge_moved(struct sim_end *end)
{
    if (!sim_network_host(end->host->network, &end->remote))
        sim_fail(end->host->world, "host %d end %d follows an attacker", end->host->index, end->serial);
}
