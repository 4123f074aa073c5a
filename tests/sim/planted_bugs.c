/*
 * Bugs planted into the simulator by linking (-Wl,--wrap), to see that it finds them, lives on, and makes them small.
 * The environment variable PLANTED_BUG names the one that is wanted; without it there is none.
 *
 *   abort, hang   with every seed that can be divided by SEED_FACTOR, at the message number MESSAGES
 *   duplicate     once a data packet comes again after as many messages, a connection's figures are nonsense
 *   drift         a world is another one each time
 */
#include "conn/connection.h"
#include "net/sim/sim_scenario.h"
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
