#include "traffic.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    SENT_RELIABLY_ABOVE = 16500, /* api-contract 10.1: larger unreliable messages are sent reliably */
    SMALL_PACKET_OVERHEAD = 100, /* of an encrypted packet, what is not segment */
    SEGMENTS_CARRIED = 18,
    BURST = 32, /* messages sent between two looks at what came in */
    LARGEST = 1 << 20,
};

/* ---- what messages are made of ---- */

static uint64_t stir(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static uint64_t key_of(int from, int lane, int64_t number)
{
    return stir(run.seed ^ ((uint64_t)from << 61) ^ ((uint64_t)lane << 48) ^ (uint64_t)number);
}

static int size_of(int from, int lane, int64_t number)
{
    static const int usual[] = {0,    1,    2,    17,   99,   100,  250,   1000, 1199,
                                1200, 1201, 1232, 1300, 2400, 5000, 16499, 16500};
    uint64_t key;

    if (params->size >= 0)
        return params->size;
    if (params->size == SIZE_SWEEP)
        return (int)(number - 1);
    key = stir(key_of(from, lane, number) ^ 1);
    if (key % 40 == 0)
        return SENT_RELIABLY_ABOVE + 1 + (int)((key >> 8) % 50000);
    if (key % 3 == 0)
        return (int)((key >> 8) % 1500);
    return usual[(key >> 8) % (sizeof(usual) / sizeof(usual[0]))];
}

static bool asked_reliable(int from, int lane, int64_t number)
{
    if (params->kind == KIND_MIXED)
        return stir(key_of(from, lane, number) ^ 2) & 1;
    return params->kind == KIND_RELIABLE;
}

/* Packets of a size that the case chooses carry less (docs/protocol/choices.md). */
static int reliable_above(int from)
{
    int segment = params->packet_size[from] - SMALL_PACKET_OVERHEAD;

    if (!params->packet_size[from] || !shared->side[from].careful || segment * SEGMENTS_CARRIED > SENT_RELIABLY_ABOVE)
        return SENT_RELIABLY_ABOVE;
    return segment * SEGMENTS_CARRIED;
}

static bool is_reliable(int from, int lane, int64_t number)
{
    return asked_reliable(from, lane, number) || size_of(from, lane, number) > reliable_above(from);
}

void fill_content(uint8_t *to, int size, int from, int lane, int64_t number)
{
    uint64_t x = key_of(from, lane, number) | 1;

    for (int i = 0; i < size; i += 8) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        memcpy(to + i, &x, size - i < 8 ? (size_t)(size - i) : 8);
    }
}

static uint8_t scratch[LARGEST];

/* ---- sending ---- */

/* Returns the number, or minus the result. */
static int64 send_copy(HSteamNetConnection connection, int size, int flags, int64_t number)
{
    int64 result = 0;
    EResult outcome;

    fill_content(scratch, size, role, 0, number);
    outcome = lib.send(lib.sockets, connection, scratch, (uint32)size, flags, &result);
    return outcome == k_EResultOK ? result : -(int64)outcome;
}

static int64 send_allocated(HSteamNetConnection connection, int lane, int size, int flags, int64_t number)
{
    SteamNetworkingMessage_t *message = lib.allocate(lib.utils, size), *mine = message;
    int64 result = 0;

    CHECK(message && message->m_cbSize == size, "AllocateMessage(%d) failed", size);
    if (size)
        fill_content(message->m_pData, size, role, lane, number);
    message->m_conn = connection;
    message->m_nFlags = flags;
    message->m_idxLane = (uint16)lane;
    lib.send_many(lib.sockets, 1, &message, &result, false);
    CHECK((result > 0) == (message == NULL), "SendMessages gave %lld and left the pointer %s", result,
          message ? "set" : "null");
    if (result <= 0)
        mine->m_pfnRelease(mine);
    return result;
}

bool send_one(HSteamNetConnection connection, int lane, int64_t number)
{
    int size = size_of(role, lane, number);
    int flags = asked_reliable(role, lane, number) ? RELIABLE : UNRELIABLE;
    uint64_t key = stir(key_of(role, lane, number) ^ 3);
    int64 result;

    if (key % 8 == 0)
        flags |= NO_NAGLE;
    if (lane == 0 && key & 16)
        result = send_copy(connection, size, flags, number);
    else
        result = send_allocated(connection, lane, size, flags, number);
    if (result == -(int64)k_EResultLimitExceeded)
        return false;
    CHECK(result == number, "message number %lld came back instead of %lld on lane %d (%d bytes)", result,
          (long long)number, lane, size);
    return true;
}

void send_all(HSteamNetConnection connection, int lane, int count)
{
    for (int64_t number = 1; number <= count; number++)
        CHECK(send_one(connection, lane, number), "the send buffer was full");
}

/* ---- receiving ---- */

/* What came in on one lane. */
static struct inflow {
    uint8_t *seen;
    int64_t last_reliable, last_number;
} inflows[LANES_MAXIMUM];

static int64_t arrived_reliable, arrived_unreliable, arrived_bytes, disorder;

void expect_traffic(void)
{
    CHECK(params->lanes <= LANES_MAXIMUM, "a case with %d lanes", params->lanes);
    for (int lane = 0; lane < params->lanes; lane++) {
        free(inflows[lane].seen);
        inflows[lane] = (struct inflow){.seen = calloc(1, (size_t)params->count[!role] + 2)};
        CHECK(inflows[lane].seen, "no memory");
    }
}

/* The reliable messages of a lane come in their order and without a hole. */
static void check_order(struct inflow *inflow, int lane, int64_t number)
{
    int64_t next = inflow->last_reliable + 1;

    while (!is_reliable(!role, lane, next))
        next++;
    CHECK(number == next, "reliable message %" PRId64 " of lane %d came instead of %" PRId64, number, lane, next);
    inflow->last_reliable = number;
}

void take(HSteamNetConnection connection, SteamNetworkingMessage_t *message)
{
    int from = !role, lane = message->m_idxLane;
    int64_t number = message->m_nMessageNumber;
    struct inflow *inflow;
    bool reliable;
    int size;

    CHECK(message->m_conn == connection, "a message came with connection %u instead of %u", message->m_conn,
          connection);
    CHECK(lane < params->lanes, "a message came on lane %d", lane);
    CHECK(number >= 1 && number <= params->count[from], "message number %" PRId64 " on lane %d was never sent", number,
          lane);
    CHECK(message->m_nChannel == -1, "channel is %d", message->m_nChannel);
    inflow = &inflows[lane];
    size = size_of(from, lane, number);
    reliable = is_reliable(from, lane, number);
    CHECK(message->m_cbSize == size, "message %" PRId64 " of lane %d has %d bytes instead of %d", number, lane,
          message->m_cbSize, size);
    CHECK((message->m_nFlags & RELIABLE) == (reliable ? RELIABLE : 0),
          "message %" PRId64 " of lane %d (%d bytes) has flags %d", number, lane, size, message->m_nFlags);
    CHECK(!inflow->seen[number], "message %" PRId64 " of lane %d came twice", number, lane);
    inflow->seen[number] = 1;
    fill_content(scratch, size, from, lane, number);
    CHECK(!size || memcmp(scratch, message->m_pData, (size_t)size) == 0,
          "message %" PRId64 " of lane %d (%d bytes) has wrong content", number, lane, size);
    if (reliable)
        check_order(inflow, lane, number);
    *(reliable ? &arrived_reliable : &arrived_unreliable) += 1;
    disorder += number < inflow->last_number;
    inflow->last_number = number;
    arrived_bytes += size;
    if (number & 1)
        message->m_pfnRelease(message);
    else
        lib.release(message);
}

int receive(HSteamNetConnection connection)
{
    SteamNetworkingMessage_t *messages[64];
    int count = lib.receive(lib.sockets, connection, messages, 64);

    CHECK(count >= 0, "ReceiveMessagesOnConnection gave %d", count);
    for (int i = 0; i < count; i++)
        take(connection, messages[i]);
    return count;
}

void receive_until(HSteamNetConnection connection, int64_t wanted, double seconds)
{
    double end = now() + seconds;

    while (arrived_reliable < wanted) {
        CHECK(now() < end, "only %" PRId64 " of %" PRId64 " messages came", arrived_reliable, wanted);
        if (!receive(connection))
            pump();
    }
}

int64_t arrived_reliably(void)
{
    return arrived_reliable;
}

/* ---- the transfer: both directions at once ---- */

/* What this side has to send, and what it waits for. */
struct progress {
    int64_t want_reliable, want_unreliable;
    int64_t next[LANES_MAXIMUM];
    int lanes_done;
    double began, quiet_since;
};

static void begin_transfer(struct progress *progress)
{
    int from = !role;

    *progress = (struct progress){.began = now(), .quiet_since = now()};
    expect_traffic();
    for (int lane = 0; lane < params->lanes; lane++) {
        progress->next[lane] = 1;
        for (int64_t number = 1; number <= params->count[from]; number++)
            *(is_reliable(from, lane, number) ? &progress->want_reliable : &progress->want_unreliable) += 1;
    }
    if (params->count[role] == 0)
        progress->lanes_done = params->lanes;
}

/* The least number of unreliable messages that must arrive, given the simulated loss. */
static double least_unreliable(int64_t sent)
{
    int fragments = params->size <= 1200 ? 1 : (params->size + 1099) / 1100;
    double survive = pow(1 - params->loss / 100.0, (run.one_way_loss ? 1.0 : 2.0) * fragments);

    if (params->eager)
        return 0;
    if (params->size < 0 || params->duplicate || params->reorder)
        return params->loss ? (sent > 20 ? 1 : 0) : (double)sent * 0.5;
    if (!params->loss)
        return (double)sent * (fragments > 1 ? 0.7 : 0.9);
    return (double)sent * survive < 20 ? 0 : (double)sent * survive * 0.3;
}

/* Sends a few messages; true if any went. */
static bool send_burst(HSteamNetConnection connection, struct progress *progress)
{
    bool any = false;

    for (int i = 0; i < BURST && progress->lanes_done < params->lanes; i++) {
        int lane = i % params->lanes;

        if (progress->next[lane] > params->count[role])
            continue;
        if (!send_one(connection, lane, progress->next[lane]))
            break;
        any = true;
        progress->lanes_done += progress->next[lane]++ == params->count[role];
    }
    return any;
}

/* Everything reliable is there, and what is unreliable and not there has had its time. */
static bool complete(const struct progress *progress)
{
    double quiet = 0.4 + (params->lag * 2 + params->jitter * 4) / 1e3;

    if (!shared->side[role].flushed || !shared->side[!role].flushed || arrived_reliable < progress->want_reliable)
        return false;
    if (progress->want_unreliable == 0 && !params->duplicate)
        return true;
    return (arrived_unreliable == progress->want_unreliable && !params->duplicate) ||
           now() - progress->quiet_since > quiet;
}

_Noreturn static void give_up(HSteamNetConnection connection, const struct progress *progress)
{
    SteamNetConnectionRealTimeStatus_t status = status_of(connection);

    fail("not through after %.0f s: reliable %" PRId64 "/%" PRId64 " unreliable %" PRId64 "/%" PRId64
         " sent_all=%d flushed=%d pending %d+%d unacked %d ping %d rate %d",
         now() - progress->began, arrived_reliable, progress->want_reliable, arrived_unreliable,
         progress->want_unreliable, progress->lanes_done == params->lanes, (int)shared->side[role].flushed,
         status.m_cbPendingReliable, status.m_cbPendingUnreliable, status.m_cbSentUnackedReliable, status.m_nPing,
         status.m_nSendRateBytesPerSecond);
}

static void report(HSteamNetConnection connection, const struct progress *progress)
{
    SteamNetConnectionRealTimeStatus_t status = status_of(connection);
    const char *name = role_name[role];

    CHECK((double)arrived_unreliable >= floor(least_unreliable(progress->want_unreliable)),
          "only %" PRId64 " of %" PRId64 " unreliable messages arrived", arrived_unreliable, progress->want_unreliable);
    CHECK((int)status.m_eState == STATE_CONNECTED, "state %d at the end", (int)status.m_eState);
    figure(" %s_rel=%" PRId64 "/%" PRId64 " %s_unrel=%" PRId64 "/%" PRId64 " %s_KB=%" PRId64
           " %s_s=%.2f %s_disorder=%" PRId64 " %s_ping=%d",
           name, arrived_reliable, progress->want_reliable, name, arrived_unreliable, progress->want_unreliable, name,
           arrived_bytes / 1000, name, now() - progress->began, name, disorder, name, status.m_nPing);
}

void transfer(HSteamNetConnection connection)
{
    const struct link *link = link_of(connection);
    struct progress progress;

    begin_transfer(&progress);
    while (!complete(&progress)) {
        bool any = send_burst(connection, &progress);

        lib.run(lib.sockets);
        CHECK(link->state == STATE_CONNECTED, "the connection went to state %d reason %d (%s)", link->state,
              link->reason, link->text);
        if (receive(connection)) {
            any = true;
            progress.quiet_since = now();
        }
        if (progress.lanes_done == params->lanes && !shared->side[role].flushed && outstanding(connection) == 0) {
            shared->side[role].flushed = 1;
            progress.quiet_since = now();
        }
        if (now() - progress.began > test->limit - 3)
            give_up(connection, &progress);
        if (!any)
            usleep(200);
    }
    report(connection, &progress);
}
