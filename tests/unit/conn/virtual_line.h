/*
 * A client and a server, each with the owner that a socket would be, joined by a line in virtual time. The server's end
 * has a listener in front and makes its connection when the listener lets a request through.
 */
#ifndef UNIT_CONN_VIRTUAL_LINE_H
#define UNIT_CONN_VIRTUAL_LINE_H

#include "ends.h"

#include "conn/listener.h"

enum {
    LINE_TRANSIT_MAX = 4096,
    CLIENT = 0,
    SERVER = 1,
};

struct line;

struct line_end {
    struct owner owner;
    struct transport_config config;
    struct endpoint *endpoint;
    struct random_generator random;
    uint32_t local_id;
    SteamNetworkingIPAddr address;
    size_t largest_data, largest_control; /* datagram sent */
    int data_sent, control_sent;
};

struct transit {
    microseconds arrives;
    uint64_t order;
    int to;
    SteamNetworkingIPAddr from_address, to_address;
    size_t length;
    uint8_t bytes[DATAGRAM_MAXIMUM];
};

struct line {
    struct line_end ends[2];
    struct listener listener;
    struct random_generator listener_random;
    SteamNetworkingIdentity expected_peer; /* of the client */
    microseconds now, latency;
    microseconds accept_after; /* TIME_NEVER: the application does not decide */
    microseconds accept_at;
    EResult accept_result;
    int refused_requests; /* requests for which no connection could be made */
    int refuse_reason;
    uint64_t sent; /* datagrams, in both directions */
    /* What happens to the datagram with this running number: lost, delayed by so much, or doubled. */
    uint64_t special;
    enum { LINE_LOSES, LINE_DELAYS, LINE_DOUBLES } special_fate;
    microseconds special_delay;
    bool cut;    /* nothing arrives any more */
    int largest; /* no larger data packet arrives; 0: all do */
    /* Sees what is sent to one end from some address to another, and may put more on the line. */
    void (*eavesdropper)(struct line *line, const struct transit *seen);
    struct random_generator *weather;
    int loss_percent;
    int in_transit;
    struct transit *transit;
};

/* False when there is no memory for the endpoints. */
static inline bool line_init(struct line *line, const char *client_identity, const char *server_identity)
{
    bool whole = true;

    memset(line, 0, sizeof *line);
    line->now = 1000 * SECOND;
    line->latency = 10 * MILLISECOND;
    line->accept_at = TIME_NEVER;
    line->special = UINT64_MAX;
    line->transit = malloc(LINE_TRANSIT_MAX * sizeof *line->transit);
    assert_non_null(line->transit);
    identity_clear(&line->expected_peer);
    random_generator_init(&line->listener_random, 42);
    listener_init(&line->listener, &line->listener_random.source);
    for (int i = 0; i < 2; i++) {
        struct line_end *end = &line->ends[i];

        random_generator_init(&end->random, (uint64_t)i + 7);
        end->config = engine_config();
        owner_init(&end->owner);
        end->local_id = i == CLIENT ? 0x11112222 : 0x33334444;
        end->address = address_of(i == CLIENT ? "192.0.2.1:40000" : "192.0.2.2:27015");
        end->endpoint = endpoint_named(i == CLIENT ? client_identity : server_identity, &end->random.source);
        whole = whole && end->endpoint;
    }
    return whole;
}

static inline void line_end(struct line *line)
{
    for (int i = 0; i < 2; i++) {
        owner_end(&line->ends[i].owner);
        endpoint_release(line->ends[i].endpoint);
    }
    free(line->transit);
    memset(line, 0, sizeof *line); /* once more does no harm */
}

static inline struct connection *line_client(struct line *line)
{
    return line->ends[CLIENT].owner.connection;
}

static inline struct connection *line_server(struct line *line)
{
    return line->ends[SERVER].owner.connection;
}

static inline struct connection_parameters line_parameters(struct line *line, int which)
{
    struct line_end *end = &line->ends[which];

    return (struct connection_parameters){
        .local_id = end->local_id,
        .remote_address = line->ends[!which].address,
        .expected_peer = which == CLIENT ? &line->expected_peer : NULL,
        .endpoint = end->endpoint,
        .config = &end->config,
        .events = &end->owner.events,
    };
}

static inline void line_put_between(struct line *line, int to, const SteamNetworkingIPAddr *from_address,
                                    const SteamNetworkingIPAddr *to_address, const uint8_t *bytes, size_t length,
                                    microseconds delay)
{
    struct transit *transit = &line->transit[line->in_transit++];

    assert_true(line->in_transit < LINE_TRANSIT_MAX);
    transit->arrives = line->now + line->latency + delay;
    transit->order = line->sent;
    transit->to = to;
    transit->from_address = *from_address;
    transit->to_address = *to_address;
    transit->length = length;
    memcpy(transit->bytes, bytes, length);
}

static inline void line_carry_to(struct line *line, int to, const SteamNetworkingIPAddr *to_address,
                                 const uint8_t *bytes, size_t length)
{
    const SteamNetworkingIPAddr *from_address = &line->ends[!to].address;
    uint64_t number = line->sent++;

    assert_true(length <= DATAGRAM_MAXIMUM);
    if (line->eavesdropper) {
        static struct transit seen;

        seen = (struct transit){.to = to, .from_address = *from_address, .to_address = *to_address, .length = length};
        memcpy(seen.bytes, bytes, length);
        line->eavesdropper(line, &seen);
    }
    if (line->largest && length > (size_t)line->largest && (bytes[0] & DATAGRAM_DATA_FLAG))
        return;
    if (line->cut || (line->weather && random_below(&line->weather->source, 100) < (uint64_t)line->loss_percent))
        return;
    if (number == line->special && line->special_fate == LINE_LOSES)
        return;
    line_put_between(line, to, from_address, to_address, bytes, length,
                     number == line->special && line->special_fate == LINE_DELAYS ? line->special_delay : 0);
    if (number == line->special && line->special_fate == LINE_DOUBLES)
        line_put_between(line, to, from_address, to_address, bytes, length, line->special_delay);
}

static inline void line_carry(struct line *line, int to, const uint8_t *bytes, size_t length)
{
    line_carry_to(line, to, &line->ends[to].address, bytes, length);
}

/* Sends what a connection has ready. */
static inline void line_flush(struct line *line, int which)
{
    static struct datagram_batch batch;
    struct line_end *end = &line->ends[which];
    bool more = end->owner.connection != NULL;

    while (more) {
        const uint8_t *at = batch.bytes;

        datagram_batch_clear(&batch);
        more = connection_send(end->owner.connection, &batch, line->now);
        for (int i = 0; i < batch.count; i++) {
            size_t *largest = at[0] & DATAGRAM_DATA_FLAG ? &end->largest_data : &end->largest_control;

            if (batch.sizes[i] > *largest)
                *largest = batch.sizes[i];
            ++*(at[0] & DATAGRAM_DATA_FLAG ? &end->data_sent : &end->control_sent);
            line_carry_to(line, !which, connection_remote_address(end->owner.connection), at, batch.sizes[i]);
            at += batch.sizes[i];
        }
    }
    if (end->owner.connection) {
        SteamNetworkingIPAddr to;
        size_t size;

        while ((size = connection_send_elsewhere(end->owner.connection, batch.bytes, &to, line->now)) > 0)
            line_carry_to(line, !which, &to, batch.bytes, size);
    }
}

static inline bool line_connect(struct line *line)
{
    struct connection_parameters parameters = line_parameters(line, CLIENT);

    line->ends[CLIENT].owner.connection = connection_connect(&parameters, line->now, NULL);
    line_flush(line, CLIENT);
    return line_client(line) != NULL;
}

static inline void line_accept(struct line *line)
{
    line->accept_at = TIME_NEVER;
    if (line_server(line)) {
        line->accept_result = connection_accept(line_server(line), line->now);
        line_flush(line, SERVER);
    }
}

static inline void line_stranger_arrives(struct line *line, const uint8_t *bytes, size_t length)
{
    static struct listener_result result;
    struct connection_parameters parameters = line_parameters(line, SERVER);
    int allow = connection_allow_unsigned(&line->ends[SERVER].config, &parameters.remote_address);
    char error[128];

    switch (
        listener_receive(&line->listener, &line->ends[CLIENT].address, bytes, length, allow > 0, line->now, &result)) {
    case LISTENER_DROP:
        break;
    case LISTENER_REPLY:
        line_carry(line, CLIENT, result.reply, result.reply_length);
        break;
    case LISTENER_CONNECT:
        line->ends[SERVER].owner.connection =
            connection_incoming(&parameters, &result.request, &result.identity, line->now, &line->refuse_reason, error);
        if (!line_server(line)) {
            line->refused_requests++;
            break;
        }
        line->accept_at = time_after(line->now, line->accept_after);
        if (line->accept_after == 0)
            line_accept(line);
        break;
    }
}

static inline void line_arrive(struct line *line, struct transit *transit)
{
    struct owner *owner = &line->ends[transit->to].owner;

    if (!address_equal(&transit->to_address, &line->ends[transit->to].address))
        return; /* nobody is there any more */
    if (owner->connection && !address_equal(&transit->from_address, connection_remote_address(owner->connection)))
        feed_elsewhere(owner->connection, &transit->from_address, transit->bytes, transit->length, line->now);
    else if (owner->connection)
        feed(owner->connection, transit->bytes, transit->length, line->now);
    else if (transit->to == SERVER)
        line_stranger_arrives(line, transit->bytes, transit->length);
    line_flush(line, transit->to);
}

static inline struct transit *line_next_transit(struct line *line)
{
    struct transit *next = NULL;

    for (int i = 0; i < line->in_transit; i++) {
        struct transit *transit = &line->transit[i];

        if (!next || transit->arrives < next->arrives ||
            (transit->arrives == next->arrives && transit->order < next->order))
            next = transit;
    }
    return next;
}

static inline microseconds line_deadline(struct line *line, int which)
{
    struct connection *connection = line->ends[which].owner.connection;

    return connection ? connection_deadline(connection, line->now) : TIME_NEVER;
}

/* The next thing happens, if it does before `until`; else the time becomes `until`. */
static inline bool line_step(struct line *line, microseconds until)
{
    struct transit *transit = line_next_transit(line);
    microseconds client = line_deadline(line, CLIENT), server = line_deadline(line, SERVER), next;

    next = time_earlier(time_earlier(client, server), line->accept_at);
    next = time_earlier(next, transit ? transit->arrives : TIME_NEVER);
    if (next > until) {
        line->now = until;
        return false;
    }
    line->now = time_later(line->now, next);
    if (transit && transit->arrives <= line->now) {
        struct transit arrived = *transit;

        *transit = line->transit[--line->in_transit];
        line_arrive(line, &arrived);
    } else if (line->accept_at <= line->now) {
        line_accept(line);
    } else {
        for (int which = CLIENT; which <= SERVER; which++) {
            if (line_deadline(line, which) > line->now)
                continue;
            connection_tick(line->ends[which].owner.connection, line->now);
            line_flush(line, which);
            /* What is due is done: a deadline that stays in the past would spin for ever. */
            assert_true(line_deadline(line, which) > line->now);
        }
    }
    return true;
}

static inline void line_run(struct line *line, microseconds duration)
{
    microseconds until = line->now + duration;
    int steps = 0;

    while (line_step(line, until))
        assert_true(++steps < 2000000);
}

static inline int line_state(struct line *line, int which)
{
    struct connection *connection = line->ends[which].owner.connection;

    return connection ? connection_state(connection) : STATE_NONE;
}

static inline SteamNetConnectionInfo_t line_info(struct line *line, int which)
{
    SteamNetConnectionInfo_t info;

    memset(&info, 0, sizeof info);
    connection_fill_info(line->ends[which].owner.connection, &info);
    return info;
}

static inline EResult line_send(struct line *line, int which, uint32_t seed, int size, int flags)
{
    struct message *message = pattern_message(seed, size, flags, 0);
    int64_t number = -1;
    EResult result = connection_send_message(line->ends[which].owner.connection, message, line->now, &number);

    if (result != k_EResultOK)
        message_release(message);
    line_flush(line, which);
    return result;
}

/* A translator in front of the client has forgotten it, or it has gone to another network: it is not told. */
static inline void line_move_client(struct line *line, const char *address)
{
    line->ends[CLIENT].address = address_of(address);
}

static inline void line_close(struct line *line, int which, int reason, const char *text, bool linger)
{
    connection_close(line->ends[which].owner.connection, reason, text, linger, line->now);
    line_flush(line, which);
}

/* The next message that arrived there has this pattern. */
static inline void line_expect(struct line *line, int which, uint32_t seed, int size)
{
    struct message *message = kept_messages_take(&line->ends[which].owner.received);

    assert_true(has_pattern(message, seed, size));
    message_release(message);
}

/* Both Connected. */
static inline void line_establish(struct line *line)
{
    assert_true(line_connect(line));
    line_run(line, SECOND);
    assert_int_equal(line_state(line, CLIENT), STATE_CONNECTED);
    assert_int_equal(line_state(line, SERVER), STATE_CONNECTED);
}

#endif
