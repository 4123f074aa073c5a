#include "net/sim/sim_inert.h"

#include "conn/connection_private.h"
#include "net/sim/sim_memory.h"

#include <string.h>

enum effect {
    EFFECT_REPLY = 1 << 0,   /* something is said again, or that there is no such connection */
    EFFECT_ECHO = 1 << 1,    /* a time stamp to be echoed is another one */
    EFFECT_SHAKE = 1 << 2,   /* the handshake goes on with what was said, or fails over it */
    EFFECT_END = 1 << 3,     /* the connection ends */
    EFFECT_ANYTHING = 1 << 4 /* there is no encryption */
};

enum condition {
    WHILE_CONNECTING = 1 << 0,
    WHILE_OPEN = 1 << 1,
    WHILE_CLOSING = 1 << 2,
    WHENEVER = WHILE_CONNECTING | WHILE_OPEN | WHILE_CLOSING
};

enum side { SERVER = 1, CLIENT = 2, EITHER = 3 };

/* How much of the ids in it is right. */
enum knowledge {
    KNOWS_NOTHING, /* any id will do */
    KNOWS_ID,      /* that which routes it: the client's in a handshake, the recipient's in data */
    KNOWS_ONE,     /* the recipient's, or only the sender's */
    KNOWS_BOTH,
};

/*
 * What datagrams without proof may do, all of it. Nobody who sees the wire can be kept from these with the bytes of
 * deployed peers; who does not see it would have to guess 32 bits for those that ask for an id.
 */
static const struct exception {
    uint8_t kind; /* the first byte, DATAGRAM_DATA_FLAG for data */
    enum side side;
    enum condition condition;
    enum knowledge knowledge;
    unsigned effects;
    const char *clause;
} exceptions[] = {
    {CONTROL_CHALLENGE_REQUEST, SERVER, WHILE_OPEN, KNOWS_ID, EFFECT_REPLY, "6.5: ConnectOK is said again"},
    {CONTROL_CONNECT_REQUEST, SERVER, WHILE_OPEN, KNOWS_ID, EFFECT_REPLY | EFFECT_ECHO, "6.5, 6.6"},
    {CONTROL_CONNECT_REQUEST, SERVER, WHILE_CONNECTING, KNOWS_ID, EFFECT_ECHO, "6.6"},
    {CONTROL_CHALLENGE_REPLY, CLIENT, WHILE_CONNECTING, KNOWS_ID, EFFECT_SHAKE,
     "6.2: one is answered for each request"},
    {CONTROL_CONNECT_OK, CLIENT, WHILE_CONNECTING, KNOWS_ID, EFFECT_SHAKE, "6.2: a bad one fails the connection"},
    {CONTROL_CHALLENGE_REQUEST, SERVER, WHILE_CLOSING, KNOWS_ID, EFFECT_REPLY, "7.3"},
    {CONTROL_CONNECT_REQUEST, SERVER, WHILE_CLOSING, KNOWS_ID, EFFECT_REPLY, "7.3"},
    {CONTROL_CONNECT_OK, CLIENT, WHILE_CLOSING, KNOWS_ID, EFFECT_REPLY, "7.3"},
    {CONTROL_CONNECTION_CLOSED, EITHER, WHENEVER, KNOWS_NOTHING, EFFECT_REPLY, "7.4: NoConnection, now and then"},
    {CONTROL_CONNECTION_CLOSED, EITHER, WHENEVER, KNOWS_ONE, EFFECT_REPLY | EFFECT_END, "7.4: who knows an id closes"},
    {CONTROL_NO_CONNECTION, EITHER, WHENEVER, KNOWS_BOTH, EFFECT_END, "7.5: who knows both ids closes"},
    {DATAGRAM_DATA_FLAG, EITHER, WHENEVER, KNOWS_NOTHING, EFFECT_REPLY, "7.5: NoConnection, now and then"},
    {DATAGRAM_DATA_FLAG, EITHER, WHILE_CLOSING, KNOWS_ID, EFFECT_REPLY, "7.3"},
};

static enum condition condition_of(const struct connection *connection)
{
    if (connection_is_closing(connection))
        return WHILE_CLOSING;
    return connection_is_open(connection) ? WHILE_OPEN : WHILE_CONNECTING;
}

static enum knowledge knowledge_of(const struct connection *connection, const struct sim_datagram *datagram)
{
    uint32_t client_id = connection->initiated_locally ? connection->local_id : connection->remote_id;
    struct control_message message;
    const struct connection_closed *closed = &message.connection_closed;
    const struct no_connection *none = &message.no_connection;
    uint32_t id = 0;

    if (datagram->bytes[0] & DATAGRAM_DATA_FLAG)
        return load_u32(datagram->bytes + 1) == connection->local_id ? KNOWS_ID : KNOWS_NOTHING;
    if (control_decode(datagram->bytes, datagram->length, &message) != CONTROL_OK)
        return KNOWS_NOTHING;
    switch (message.kind) {
    case CONTROL_CHALLENGE_REQUEST:
        id = message.challenge_request.client_id;
        break;
    case CONTROL_CHALLENGE_REPLY:
        id = message.challenge_reply.client_id;
        break;
    case CONTROL_CONNECT_REQUEST:
        id = message.connect_request.client_id;
        break;
    case CONTROL_CONNECT_OK:
        id = message.connect_ok.client_id;
        break;
    case CONTROL_CONNECTION_CLOSED:
        return closed->to_id == connection->local_id ||
                       (closed->to_id == 0 && closed->from_id != 0 && closed->from_id == connection->remote_id)
                   ? KNOWS_ONE
                   : KNOWS_NOTHING;
    case CONTROL_NO_CONNECTION:
        return none->to_id == connection->local_id && none->from_id == connection->remote_id && none->from_id != 0
                   ? KNOWS_BOTH
                   : KNOWS_NOTHING;
    }
    return id == client_id ? KNOWS_ID : KNOWS_NOTHING;
}

static unsigned allowed_effects(const struct connection *connection, const struct sim_datagram *datagram)
{
    uint8_t kind = datagram->bytes[0] & DATAGRAM_DATA_FLAG ? DATAGRAM_DATA_FLAG : datagram->bytes[0];
    enum side side = connection->initiated_locally ? CLIENT : SERVER;
    enum condition condition = condition_of(connection);
    enum knowledge knowledge;
    unsigned effects = 0;

    if (datagram->length < DATAGRAM_MINIMUM)
        return 0;
    knowledge = knowledge_of(connection, datagram);
    for (size_t i = 0; i < sizeof(exceptions) / sizeof(exceptions[0]); i++) {
        const struct exception *exception = &exceptions[i];

        if (exception->kind == kind && exception->side & side && exception->condition & condition &&
            (exception->knowledge == KNOWS_NOTHING || exception->knowledge == knowledge))
            effects |= exception->effects;
    }
    if (kind == DATAGRAM_DATA_FLAG && knowledge == KNOWS_ID && condition == WHILE_OPEN &&
        connection->cipher != CIPHER_AES_256_GCM)
        effects |= EFFECT_ANYTHING;
    return effects;
}

/* ---- the whole of a connection ------------------------------------------------------------------------------- */

struct look {
    struct connection connection; /* with what may change blanked out */
    microseconds deadline;
    size_t bytes;
    int inbox_count;
};

static void blank(struct connection *connection)
{
    struct connection_statistics *statistics = &connection->statistics;

    statistics->packets_received = statistics->bytes_received = statistics->duplicate = 0;
    memset(&statistics->drops, 0, sizeof(statistics->drops));
    connection->meter.weird = 0;
    connection->seal.context = connection->open.context = NULL; /* made when needed */
    connection->seal.takes_nonce_alone = connection->open.takes_nonce_alone = false;
    connection->pending = connection->replies = 0; /* what it leads to is looked at */
    connection->reply_credit = 0;                  /* it pays for answers to itself */
    connection->next_close_reply = connection->next_stray_reply = 0;
    memset(&connection->no_connection, 0, sizeof(connection->no_connection));
}

static void take_look(struct sim_end *end, struct look *look)
{
    memcpy(&look->connection, end->connection, sizeof(look->connection));
    blank(&look->connection);
    look->deadline = connection_deadline(end->connection, sim_host_now(end->host));
    look->bytes = sim_memory()->bytes;
    look->inbox_count = end->inbox_count;
}

/* The first byte that differs, for a person with a debugger; 0 when none does. */
static size_t difference(const struct look *a, const struct look *b)
{
    const uint8_t *left = (const uint8_t *)&a->connection, *right = (const uint8_t *)&b->connection;

    for (size_t i = 0; i < sizeof(a->connection); i++)
        if (left[i] != right[i])
            return i + 1;
    return 0;
}

static void compare(struct sim_end *end, const struct sim_datagram *datagram, const struct look *before,
                    const struct look *after)
{
    struct sim_world *world = end->host->world;
    size_t where = difference(before, after);

    if (where > 0)
        sim_fail(world, "host %d end %d: an attacker's datagram (%02x) has changed byte %zu of its connection",
                 end->host->index, end->serial, datagram->bytes[0], where - 1);
    if (before->deadline != after->deadline)
        sim_fail(world, "host %d end %d: an attacker's datagram (%02x) has moved its deadline", end->host->index,
                 end->serial, datagram->bytes[0]);
    if (before->bytes != after->bytes)
        sim_fail(world, "host %d end %d: an attacker's datagram (%02x) takes %lld bytes of memory", end->host->index,
                 end->serial, datagram->bytes[0], (long long)after->bytes - (long long)before->bytes);
    if (before->inbox_count != after->inbox_count)
        sim_fail(world, "host %d end %d: an attacker's datagram (%02x) has delivered a message", end->host->index,
                 end->serial, datagram->bytes[0]);
}

/* ---- feeding ------------------------------------------------------------------------------------------------- */

void sim_inert_receive(struct sim_end *end, struct sim_datagram *datagram)
{
    static struct look before, after; /* simulations have one thread */
    struct sim_world *world = end->host->world;
    uint64_t packets;
    unsigned effects;
    int state;

    sim_end_after_call(end); /* so that nothing else is due */
    if (!end->connection)
        return;
    effects = allowed_effects(end->connection, datagram);
    state = end->state;
    packets = end->packets;
    take_look(end, &before);
    end->datagrams_received++;
    end->inside = true;
    connection_receive(end->connection, datagram->bytes, datagram->length, sim_host_now(end->host));
    end->inside = false;
    take_look(end, &after);
    if (!(effects & (EFFECT_END | EFFECT_SHAKE | EFFECT_ANYTHING)))
        compare(end, datagram, &before, &after);
    sim_tally(world, effects ? SIM_KIND_FORGERY_HONOURED : SIM_KIND_FORGERY_CHECKED);
    sim_end_after_call(end);
    if (effects & EFFECT_ANYTHING)
        return;
    if (end->packets - packets > (effects & EFFECT_SHAKE ? 2U : effects ? 1U : 0U))
        sim_fail(world, "host %d end %d: an attacker's datagram (%02x) in state %d is answered with %llu",
                 end->host->index, end->serial, datagram->bytes[0], state,
                 (unsigned long long)(end->packets - packets));
}

bool sim_inert_receive_elsewhere(struct sim_end *end, struct sim_datagram *datagram)
{
    static struct look before, after;
    struct sim_world *world = end->host->world;
    bool taken;

    sim_end_after_call(end);
    if (!end->connection)
        return true;
    take_look(end, &before);
    end->inside = true;
    taken = connection_receive_elsewhere(end->connection, &datagram->from, datagram->bytes, datagram->length,
                                         sim_host_now(end->host));
    end->inside = false;
    take_look(end, &after);
    compare(end, datagram, &before, &after);
    if (taken)
        sim_fail(world, "host %d end %d takes an attacker's datagram for its peer's", end->host->index, end->serial);
    sim_tally(world, SIM_KIND_FORGERY_CHECKED);
    sim_end_after_call(end);
    return taken;
}
