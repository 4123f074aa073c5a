/*
 * Bugs planted into the simulator by linking (-Wl,--wrap), to see that it finds them, lives on, and makes them small.
 * The environment variable PLANTED_BUG names the one that is wanted; without it there is none.
 *
 *   abort, hang   with every seed that can be divided by SEED_FACTOR, at the message number MESSAGES
 *   duplicate     once a data packet comes again after as many messages, a connection's figures are nonsense
 *   drift         a world is another one each time
 *   messages      unfinished messages of the lanes do not add up: each lane may hold what all may
 *   rings         nor do early bytes
 *   fragments     nor do the fragments of unreliable messages
 *   believe       packets that were never sent can be acknowledged
 */
#include "conn/connection.h"
#include "net/sim/sim_scenario.h"
#include "snp/fragment_store.h"
#include "snp/receive_stream.h"
#include "snp/sender.h"
#include "wire/limits.h"

#include <stdlib.h>
#include <string.h>

enum { SEED_FACTOR = 5, MESSAGES = 3, HEAD_SIZE = 24, HEADS = 4096 };

static uint64_t seed, runs;
static int messages;
static bool nonsense;
static struct head {
    uint8_t bytes[HEAD_SIZE];
} heads[HEADS];
static size_t head_count;

static bool planted(const char *name)
{
    const char *wanted = getenv("PLANTED_BUG");

    return wanted && strcmp(wanted, name) == 0;
}

void __real_sim_run(uint64_t seed_wanted, const struct sim_limits *limits, bool verbose, struct sim_outcome *outcome);
void __wrap_sim_run(uint64_t seed_wanted, const struct sim_limits *limits, bool verbose, struct sim_outcome *outcome);
EResult __real_connection_send_message(struct connection *connection, struct message *message, microseconds now,
                                       int64_t *number);
EResult __wrap_connection_send_message(struct connection *connection, struct message *message, microseconds now,
                                       int64_t *number);
void __real_connection_receive(struct connection *connection, const void *bytes, size_t length, microseconds now);
void __wrap_connection_receive(struct connection *connection, const void *bytes, size_t length, microseconds now);
int64_t __real_connection_pending_bytes(const struct connection *connection);
int64_t __wrap_connection_pending_bytes(const struct connection *connection);
enum stream_outcome __real_receive_stream_add(struct receive_stream *stream, int64_t position, const uint8_t *data,
                                              size_t size, const struct transport_config *config,
                                              int64_t *highest_number, struct message_sink *sink, microseconds now,
                                              const char **error);
enum stream_outcome __wrap_receive_stream_add(struct receive_stream *stream, int64_t position, const uint8_t *data,
                                              size_t size, const struct transport_config *config,
                                              int64_t *highest_number, struct message_sink *sink, microseconds now,
                                              const char **error);
enum fragment_outcome __real_fragment_store_add(struct fragment_store *store, int64_t number, uint32_t offset,
                                                bool last, const uint8_t *data, size_t size,
                                                const struct transport_config *config);
enum fragment_outcome __wrap_fragment_store_add(struct fragment_store *store, int64_t number, uint32_t offset,
                                                bool last, const uint8_t *data, size_t size,
                                                const struct transport_config *config);
enum ack_outcome __real_sender_acknowledge(struct sender *sender, const struct ack_frame *ack, microseconds now,
                                           struct ack_report *report);
enum ack_outcome __wrap_sender_acknowledge(struct sender *sender, const struct ack_frame *ack, microseconds now,
                                           struct ack_report *report);

void __wrap_sim_run(uint64_t seed_wanted, const struct sim_limits *limits, bool verbose, struct sim_outcome *outcome)
{
    seed = seed_wanted;
    messages = 0;
    nonsense = false;
    head_count = 0;
    runs++;
    __real_sim_run(seed, limits, verbose, outcome);
    if (planted("drift"))
        outcome->digest += runs;
}

EResult __wrap_connection_send_message(struct connection *connection, struct message *message, microseconds now,
                                       int64_t *number)
{
    messages++;
    if (messages == MESSAGES && seed % SEED_FACTOR == 0) {
        if (planted("abort"))
            abort();
        while (planted("hang"))
            continue;
    }
    return __real_connection_send_message(connection, message, now, number);
}

void __wrap_connection_receive(struct connection *connection, const void *bytes, size_t length, microseconds now)
{
    if (planted("duplicate") && length >= HEAD_SIZE && messages >= MESSAGES &&
        *(const uint8_t *)bytes & DATAGRAM_DATA_FLAG) {
        for (size_t i = 0; i < head_count; i++)
            nonsense = nonsense || memcmp(heads[i].bytes, bytes, HEAD_SIZE) == 0;
        if (head_count < HEADS)
            memcpy(heads[head_count++].bytes, bytes, HEAD_SIZE);
    }
    __real_connection_receive(connection, bytes, length, now);
}

int64_t __wrap_connection_pending_bytes(const struct connection *connection)
{
    return nonsense ? -1 : __real_connection_pending_bytes(connection);
}

enum stream_outcome __wrap_receive_stream_add(struct receive_stream *stream, int64_t position, const uint8_t *data,
                                              size_t size, const struct transport_config *config,
                                              int64_t *highest_number, struct message_sink *sink, microseconds now,
                                              const char **error)
{
    struct receive_budget *budget = stream->budget;
    int64_t messages_held = planted("messages") ? budget->messages : 0;
    int64_t rings_held = planted("rings") ? budget->rings : 0;
    enum stream_outcome outcome;

    budget->messages -= messages_held;
    budget->rings -= rings_held;
    outcome = __real_receive_stream_add(stream, position, data, size, config, highest_number, sink, now, error);
    budget->messages += messages_held;
    budget->rings += rings_held;
    return outcome;
}

enum fragment_outcome __wrap_fragment_store_add(struct fragment_store *store, int64_t number, uint32_t offset,
                                                bool last, const uint8_t *data, size_t size,
                                                const struct transport_config *config)
{
    struct receive_budget *budget = store->budget;
    int64_t held = planted("fragments") ? budget->fragments : 0;
    enum fragment_outcome outcome;

    budget->fragments -= held;
    outcome = __real_fragment_store_add(store, number, offset, last, data, size, config);
    budget->fragments += held;
    return outcome;
}

enum ack_outcome __wrap_sender_acknowledge(struct sender *sender, const struct ack_frame *ack, microseconds now,
                                           struct ack_report *report)
{
    enum ack_outcome outcome = __real_sender_acknowledge(sender, ack, now, report);

    if (outcome == ACK_ABANDON && planted("believe"))
        sender->latest_acknowledged = sender->packets.next + 1;
    return outcome;
}
