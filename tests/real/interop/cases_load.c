/*
 * Load: several connections at once, several lanes on each, reliable and unreliable messages of many sizes mixed, both
 * ways, as fast as the rate allows, for some seconds. Everything reliable must arrive, once, in the order of its lane
 * and undamaged; arriving must never stand still; and everything must close in good order.
 *
 * A message says in its first bytes what it is, and the rest of it follows from them. The last message of a lane is
 * reliable and says how many there were, so that nothing has to be agreed on apart from the libraries.
 */
#include "cases.h"
#include "traffic.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

enum {
    LOAD_CONNECTIONS = 4, /* at most */
    LOAD_LANES = 3,
    WORDS_PER_S = 20, /* on every lane of a side that does not send as fast as it can */
    LOAD_BURST = 32,  /* messages that a connection sends before it is another one's turn */
    LOAD_BATCH = 128,
    LOAD_BATCHES = 8,        /* that are received before it is time to send again */
    LOAD_MAGIC = 0x64616f6c, /* of a message's first bytes */
    DRAIN_LIMIT_S = 30,
    FOREIGN_BYTES_PER_S = 50000000,
    CLOSED_REASON = 1100,
};

/* How long nothing reliable may arrive on a connection while something is on its way. What others send, or do not
 * receive while they send as fast as they can, is theirs: that bound only keeps a test from waiting for ever. */
static const double gap_limit_ours = 5, gap_limit_theirs = 20;

/* What a message begins with. */
struct load_head {
    uint32_t magic, size;
    uint16_t connection; /* by the sender's count */
    uint8_t lane, reliable, last, reserved[3];
    uint64_t
        sequence; /* of reliable and of unreliable messages of the lane, apart; in the last one how many there were */
    uint64_t key;
};

static struct load_connection {
    HSteamNetConnection handle;
    unsigned turn;
    uint64_t sent[LOAD_LANES][2], got[LOAD_LANES]; /* [1]: reliable */
    bool ended[LOAD_LANES];                        /* all of the lane has come */
    bool lane_said[LOAD_LANES];                    /* its last message is sent */
    double last_arrival, longest_gap;
    uint16_t peer_index;
    bool peer_index_known;
} load[LOAD_CONNECTIONS];

static HSteamNetPollGroup load_group;
static int load_connections;
static uint64_t load_bytes, load_given, load_unreliable_got;
static double load_began, load_last_arrival;

/* ---- what messages are made of ---- */

static uint64_t mixed(uint64_t x)
{
    x = (x ^ (x >> 31)) * 0x7fb5d329728ea185u;
    x = (x ^ (x >> 27)) * 0x81dadef4bc2dd44du;
    return x ^ (x >> 33);
}

/* Mostly what games send, some that take a few packets, and now and then a large one. */
static int load_size(uint64_t key, bool reliable)
{
    int choice = (int)(key % 64);

    if (choice == 0 && reliable)
        return 65536;
    if (choice < 4)
        return 4000 + (int)((key >> 32) % 6000);
    if (choice < 16)
        return (int)sizeof(struct load_head) + (int)((key >> 32) % 100);
    return 1000;
}

static uint64_t word_of(uint64_t key, size_t place)
{
    return key + place * 0x9e3779b97f4a7c15u;
}

static void write_content(uint8_t *to, const struct load_head *head)
{
    size_t words = (head->size - sizeof(*head)) / 8;

    memcpy(to, head, sizeof(*head));
    for (size_t i = 0; i < words; i++) {
        uint64_t word = word_of(head->key, i);

        memcpy(to + sizeof(*head) + i * 8, &word, 8);
    }
    memset(to + sizeof(*head) + words * 8, (uint8_t)head->key, head->size - sizeof(*head) - words * 8);
}

static bool content_is_right(const uint8_t *content, const struct load_head *head)
{
    size_t words = (head->size - sizeof(*head)) / 8;
    uint64_t difference = 0;

    for (size_t i = 0; i < words; i++) {
        uint64_t word;

        memcpy(&word, content + sizeof(*head) + i * 8, 8);
        difference |= word ^ word_of(head->key, i);
    }
    for (size_t i = sizeof(*head) + words * 8; i < head->size; i++)
        difference |= content[i] ^ (uint8_t)head->key;
    return difference == 0;
}

/* Everything in the head that the receiver can know beforehand follows from these. */
static uint64_t key_for(int from, int connection, int lane, bool reliable, uint64_t sequence)
{
    return mixed(run.seed + mixed(sequence * 2 + reliable) + ((uint64_t)from << 40) + ((uint64_t)connection << 32) +
                 (uint64_t)lane);
}

/* ---- sending ---- */

/* Sends the next message of a lane, or its last one. False when the send buffer is full. */
static bool load_send(int index, int lane, bool reliable, bool last)
{
    struct load_connection *connection = &load[index];
    uint64_t sequence = connection->sent[lane][reliable];
    struct load_head head = {
        .magic = LOAD_MAGIC,
        .connection = (uint16_t)index,
        .lane = (uint8_t)lane,
        .reliable = reliable,
        .last = last,
        .sequence = sequence,
        .key = key_for(role, index, lane, reliable, sequence),
    };
    int64 result = 0;

    head.size = last ? sizeof(head) : (uint32_t)load_size(head.key, reliable);
    SteamNetworkingMessage_t *message = lib.allocate(lib.utils, (int)head.size), *mine = message;
    CHECK(message, "AllocateMessage(%u) failed", head.size);
    write_content(message->m_pData, &head);
    message->m_conn = connection->handle;
    message->m_nFlags = reliable ? RELIABLE : UNRELIABLE;
    message->m_idxLane = (uint16)lane;
    lib.send_many(lib.sockets, 1, &message, &result, false);
    if (result <= 0) {
        CHECK(result == -(int64)k_EResultLimitExceeded, "SendMessages gave %lld", (long long)result);
        mine->m_pfnRelease(mine);
        return false;
    }
    connection->sent[lane][reliable]++;
    load_given += head.size;
    return true;
}

/* Goes on where the last burst has ended, so that every lane and kind gets its turn. Returns whether anything went. */
static bool load_burst(int index)
{
    unsigned *turn = &load[index].turn;

    for (int i = 0; i < LOAD_BURST; i++, ++*turn) {
        if (!load_send(index, (int)(*turn % LOAD_LANES), *turn % 4 != 3, false))
            return i > 0;
    }
    return true;
}

/*
 * Some libraries stop receiving while their thread has more to send than it can, on several connections at once:
 * against themselves nothing arrives any more, in either direction. Theirs is then the stall. So the program gives them
 * less than that, whatever rate is set.
 */
static bool may_send(void)
{
    return lib.version || (double)load_given < FOREIGN_BYTES_PER_S * (now() - load_began);
}

/* A word on every lane, if it is time for one. */
static void say_a_word(int index)
{
    uint64_t due = 1 + (uint64_t)((now() - load_began) * WORDS_PER_S);

    for (int lane = 0; lane < LOAD_LANES; lane++) {
        if (load[index].sent[lane][1] < due)
            load_send(index, lane, true, false);
    }
}

/* Says on every lane that it is over; true when that is said everywhere. */
static bool say_the_end(void)
{
    bool all = true;

    for (int i = 0; i < load_connections; i++) {
        for (int lane = 0; lane < LOAD_LANES; lane++) {
            if (!load[i].lane_said[lane])
                load[i].lane_said[lane] = load_send(i, lane, true, true);
            all = all && load[i].lane_said[lane];
        }
    }
    return all;
}

/* ---- receiving ---- */

static struct load_connection *load_of(HSteamNetConnection handle)
{
    for (int i = 0; i < load_connections; i++) {
        if (load[i].handle == handle)
            return &load[i];
    }
    fail("a message of a connection that is none of ours");
}

static void load_take(SteamNetworkingMessage_t *message, double at)
{
    struct load_connection *connection = load_of(message->m_conn);
    struct load_head head;

    CHECK(message->m_cbSize >= (int)sizeof(head), "a message of %d bytes", message->m_cbSize);
    memcpy(&head, message->m_pData, sizeof(head));
    CHECK(head.magic == LOAD_MAGIC && head.size == (uint32_t)message->m_cbSize && head.lane < LOAD_LANES &&
              head.lane == message->m_idxLane && head.reliable == !!(message->m_nFlags & RELIABLE),
          "a damaged message of %d bytes on lane %d", message->m_cbSize, message->m_idxLane);
    if (!connection->peer_index_known) {
        connection->peer_index = head.connection;
        connection->peer_index_known = true;
    }
    CHECK(head.connection == connection->peer_index, "a message of connection %d came on that of %d", head.connection,
          connection->peer_index);
    CHECK(head.key == key_for(!role, head.connection, head.lane, head.reliable, head.sequence) &&
              content_is_right(message->m_pData, &head),
          "message %" PRIu64 " of lane %d (%u bytes) has wrong content", head.sequence, head.lane, head.size);
    if (head.reliable) {
        CHECK(head.sequence == connection->got[head.lane],
              "reliable message %" PRIu64 " of lane %d came instead of %" PRIu64, head.sequence, head.lane,
              connection->got[head.lane]);
        CHECK(!connection->ended[head.lane], "a reliable message came behind the last one of lane %d", head.lane);
        connection->got[head.lane]++;
        connection->ended[head.lane] = head.last;
        connection->last_arrival = load_last_arrival = at;
    } else {
        load_unreliable_got++;
    }
    load_bytes += head.size;
    message->m_pfnRelease(message);
}

static int load_receive(void)
{
    SteamNetworkingMessage_t *messages[LOAD_BATCH];
    int count = lib.receive_group(lib.sockets, load_group, messages, LOAD_BATCH);
    double at = now();

    CHECK(count >= 0, "ReceiveMessagesOnPollGroup gave %d", count);
    for (int i = 0; i < count; i++)
        load_take(messages[i], at);
    return count;
}

static bool connection_ended(const struct load_connection *connection)
{
    for (int lane = 0; lane < LOAD_LANES; lane++) {
        if (!connection->ended[lane])
            return false;
    }
    return true;
}

static bool sends_fast(void)
{
    return params->variant & (1 << role);
}

static double gap_limit(void)
{
    bool same = strcmp(run.library[SERVER], run.library[CLIENT]) == 0;
    bool from_ours = same ? lib.version != NULL : lib.version == NULL;

    return from_ours && (lib.version || !sends_fast()) ? gap_limit_ours : gap_limit_theirs;
}

/* The other side sends all the time and says when it stops, so a connection that has not ended must show signs of life.
 */
static bool watch_progress(void)
{
    double limit = gap_limit(), at = now();
    bool all = true;

    for (int i = 0; i < load_connections; i++) {
        const struct link *link = link_of(load[i].handle);
        double gap = at - load[i].last_arrival;

        CHECK(link->state == STATE_CONNECTED, "connection %d went to state %d reason %d (%s)", i, link->state,
              link->reason, link->text);
        if (connection_ended(&load[i]))
            continue;
        all = false;
        if (gap > load[i].longest_gap)
            load[i].longest_gap = gap;
        CHECK(gap < limit,
              "nothing reliable has arrived on connection %d for %.1f s, %.1f s after the start; reliable so far "
              "%" PRIu64 " %" PRIu64 " %" PRIu64,
              i, gap, at - load_began, load[i].got[0], load[i].got[1], load[i].got[2]);
    }
    return all;
}

/* ---- the case ---- */

static void open_connections(void)
{
    static const int priorities[LOAD_LANES] = {0, 0, 1};
    static const uint16 weights[LOAD_LANES] = {3, 1, 1};

    load_connections = params->connections;
    start();
    load_group = lib.group(lib.sockets);
    if (role == SERVER)
        open_listener();
    for (int i = 0; i < load_connections; i++) {
        if (role == CLIENT)
            load[i].handle = begin_connect();
        else
            AWAIT(link_count > i, 20000, "only %d clients appeared", link_count);
        if (role == SERVER)
            load[i].handle = links[i].connection;
        CHECK(lib.set_group(lib.sockets, load[i].handle, load_group), "SetConnectionPollGroup failed");
    }
    for (int i = 0; i < load_connections; i++) {
        await_connected(load[i].handle);
        CHECK(lib.lanes(lib.sockets, load[i].handle, LOAD_LANES, priorities, weights) == k_EResultOK,
              "ConfigureConnectionLanes failed");
    }
    meet(1);
}

static void exchange(void)
{
    bool fast = sends_fast();
    double end;
    bool said = false;

    load_began = load_last_arrival = now();
    end = load_began + run.load_seconds;
    for (int i = 0; i < load_connections; i++)
        load[i].last_arrival = load_began;
    for (bool over = false; !(over && said);) {
        bool busy = false;

        if (now() < end) {
            bool may = may_send();

            for (int i = 0; i < load_connections; i++) {
                if (!fast)
                    say_a_word(i);
                else if (may)
                    busy = load_burst(i) || busy;
            }
        } else if (!said) {
            said = say_the_end();
        }
        for (int i = 0; i < LOAD_BATCHES && load_receive() == LOAD_BATCH; i++)
            busy = true;
        lib.run(lib.sockets);
        over = watch_progress();
        CHECK(now() < end + DRAIN_LIMIT_S, "not through %d s after the last message was given", DRAIN_LIMIT_S);
        if (!busy)
            usleep(200);
    }
}

/* Until the other side has everything too, unless it fails. */
static void await_flushed(void)
{
    for (int i = 0; i < load_connections; i++)
        AWAIT(outstanding(load[i].handle) == 0, DRAIN_LIMIT_S * 1000, "connection %d still has %d bytes unacknowledged",
              i, outstanding(load[i].handle));
}

static void report_load(void)
{
    double lasted = load_last_arrival - load_began, gap = 0;
    uint64_t unreliable = 0;

    for (int i = 0; i < load_connections; i++) {
        gap = load[i].longest_gap > gap ? load[i].longest_gap : gap;
        for (int lane = 0; lane < LOAD_LANES; lane++)
            unreliable += load[i].sent[lane][0];
    }
    figure(" %s_got_MB=%.0f %s_MB_per_s=%.1f %s_gap_ms=%.0f %s_unrel_got=%" PRIu64 " %s_unrel_sent=%" PRIu64,
           role_name[role], (double)load_bytes / 1e6, role_name[role],
           lasted > 0 ? (double)load_bytes / 1e6 / lasted : 0, role_name[role], gap * 1e3, role_name[role],
           load_unreliable_got, role_name[role], unreliable);
}

/* The client closes; the server hears of it, where the word cannot be lost. */
static _Noreturn void close_connections(void)
{
    meet(1000);
    for (int i = 0; i < load_connections; i++) {
        const struct link *link = link_of(load[i].handle);

        if (role == CLIENT) {
            CHECK(lib.close(lib.sockets, load[i].handle, CLOSED_REASON, "load is over", false),
                  "CloseConnection returned false");
        } else if (!params->loss) {
            AWAIT(link->state == STATE_CLOSED_BY_PEER, 5000, "the client's close was not seen, state %d", link->state);
            CHECK(link->reason == CLOSED_REASON && strcmp(link->text, "load is over") == 0, "closed with %d (%s)",
                  link->reason, link->text);
            lib.close(lib.sockets, load[i].handle, 0, NULL, false);
        }
    }
    if (!params->loss)
        meet(1001);
    leave();
}

void case_load(void)
{
    open_connections();
    exchange();
    await_flushed();
    report_load();
    close_connections();
}
