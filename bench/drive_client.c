/*
 * The client of a run: opens the connections, and does with them what the workload says.
 */
#include "bench/cost.h"
#include "bench/drive.h"
#include "tools/sample.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    BATCH = 256,
    BURST = 64, /* messages that a connection sends before it is the next one's turn, and before callbacks run */
    CONNECT_LIMIT = 30, /* seconds */
    DRAIN_LIMIT = 3,    /* seconds without progress until reliable messages count as lost */
    STRAGGLERS = 300,   /* milliseconds that the last answers of tick may take */
    SETTLE = 1500,      /* milliseconds between connecting and being idle: acknowledgements, first keepalives */
    FULL_NAP = 200,     /* microseconds, when the send buffer has no room */
    CONNECTING_NAP = 200,
};

static HSteamNetConnection *connections;
static uint8_t *payload;

/* Takes what has come; how many messages that was. */
static int take(void)
{
    SteamNetworkingMessage_t *messages[BATCH];
    int count = lib.receive_group(lib.sockets, group, messages, BATCH);
    for (int i = 0; i < count; i++)
        messages[i]->m_pfnRelease(messages[i]);
    return count > 0 ? count : 0;
}

static bool lost_one(void)
{
    lib.run(lib.sockets);
    if (changes.ended)
        give_up("a connection ended with %d (%s)", changes.reason, changes.text);
    return changes.ended != 0;
}

/* Opens all connections at once, and waits until they stand on this side. */
static int open_connections(void)
{
    SteamNetworkingConfigValue_t options[OPTION_COUNT];
    SteamNetworkingIPAddr address;
    int count = connection_options(options), wanted = settings.connections;
    lib.parse_address(&address, "127.0.0.1");
    address.m_port = (uint16)tally->port;
    double end = clock_seconds() + CONNECT_LIMIT;
    for (int i = 0; i < wanted; i++) {
        connections[i] = lib.connect(lib.sockets, &address, count, options);
        if (!connections[i])
            return give_up("connection %d could not be begun", i);
        if (i % BURST == BURST - 1)
            lib.run(lib.sockets);
    }
    while (changes.connected < wanted) {
        if (lost_one())
            return EXIT_BAD_RUN;
        if (clock_seconds() > end)
            return give_up("only %d of %d connections were made in %d s", changes.connected, wanted, CONNECT_LIMIT);
        usleep(CONNECTING_NAP);
    }
    tally->connected = changes.connected;
    return EXIT_GOOD;
}

/* ---------------------------------------------------------------------------------------------- as fast as it goes */

/* One turn of a connection. False when it had no room for all of it. */
static bool send_burst(HSteamNetConnection connection)
{
    for (int i = 0; i < BURST; i++) {
        if (lib.send(lib.sockets, connection, payload, (uint32)settings.size, settings.workload->flags, NULL) !=
            k_EResultOK) {
            tally->refused++;
            return false;
        }
        tally->sent++;
    }
    return true;
}

/* Reliable messages arrive, all of them; the end of the wait is that of progress. */
static int await_arrival(void)
{
    uint64_t seen = tally->arrived;
    for (double end = clock_seconds() + DRAIN_LIMIT; tally->arrived < tally->sent; usleep(1000)) {
        if (lost_one())
            return EXIT_BAD_RUN;
        if (tally->arrived != seen) {
            seen = tally->arrived;
            end = clock_seconds() + DRAIN_LIMIT;
        } else if (clock_seconds() > end) {
            return give_up("%" PRIu64 " of %" PRIu64 " reliable messages have not arrived, and nothing has for %d s",
                           tally->sent - tally->arrived, tally->sent, DRAIN_LIMIT);
        }
    }
    return EXIT_GOOD;
}

static int stream(void)
{
    for (double end = tally->began + settings.seconds; clock_seconds() < end;) {
        bool any = false;
        for (int i = 0; i < settings.senders; i++)
            any |= send_burst(connections[i]);
        if (!any)
            usleep(FULL_NAP);
        if (lost_one())
            return EXIT_BAD_RUN;
    }
    return settings.workload->flags & k_nSteamNetworkingSend_Reliable ? await_arrival() : EXIT_GOOD;
}

/* ---------------------------------------------------------------------------------------------- there and back */

static int pingpong(void)
{
    static const double shares[] = {0.5, 0.9, 0.99, 0.999};
    struct sample times = {0};
    double now = clock_seconds();
    for (double end = now + settings.seconds; now < end;) {
        double start = now;
        if (lib.send(lib.sockets, connections[0], payload, (uint32)settings.size, settings.workload->flags, NULL) !=
            k_EResultOK)
            return give_up("a message was not sent");
        while (!take()) {
            if (clock_seconds() > end + 1)
                return give_up("an answer did not come");
            nap(settings.workload->server_nap);
        }
        now = clock_seconds();
        sample_add(&times, (int32_t)((now - start) * 1e9));
    }
    for (int i = 0; i < 4; i++)
        tally->quantile[i] = sample_quantile(&times, shares[i]);
    tally->round_trips = times.seen;
    sample_free(&times);
    return EXIT_GOOD;
}

/* ---------------------------------------------------------------------------------------------- connections */

/* The connections stand when the server says so too. */
static int await_server(void)
{
    for (double end = tally->began + CONNECT_LIMIT; tally->server_connected < settings.connections;) {
        if (lost_one())
            return EXIT_BAD_RUN;
        if (clock_seconds() > end)
            return give_up("the server has only %d of %d connections", (int)tally->server_connected,
                           settings.connections);
        usleep(CONNECTING_NAP);
    }
    return EXIT_GOOD;
}

static int tick(void)
{
    double next = clock_seconds(), end = next + settings.seconds;
    while (clock_seconds() < end) {
        for (int i = 0; i < settings.connections; i++)
            tally->sent += lib.send(lib.sockets, connections[i], payload, (uint32)settings.size,
                                    settings.workload->flags, NULL) == k_EResultOK;
        next += 1.0 / settings.rate;
        do {
            if (lost_one())
                return EXIT_BAD_RUN;
            for (int count; (count = take());)
                tally->back += (uint64_t)count;
            nap(settings.workload->server_nap);
        } while (clock_seconds() < next);
    }
    tally->ended = clock_seconds();
    for (int i = 0; i < STRAGGLERS && (settings.one_way ? tally->arrived : tally->back) < tally->sent; i++) {
        tally->back += (uint64_t)take();
        usleep(1000);
    }
    return EXIT_GOOD;
}

static int idle(void)
{
    for (int i = 0; i < SETTLE; i++) {
        if (lost_one())
            return EXIT_BAD_RUN;
        usleep(1000);
    }
    tally->client_idle = 1;
    while (!tally->server_idle)
        usleep(1000);
    begin_cost(&tally->client);
    tally->began = clock_seconds();
    usleep((useconds_t)(settings.seconds * 1e6));
    end_cost(&tally->client);
    tally->client_idle = 2;
    tally->ended = clock_seconds();
    while (tally->server_idle != 2)
        usleep(1000);
    return lost_one() ? EXIT_BAD_RUN : EXIT_GOOD;
}

static int do_workload(void)
{
    switch (settings.workload->pattern) {
    case PATTERN_STREAM:
        return stream();
    case PATTERN_PINGPONG:
        return pingpong();
    case PATTERN_TICK:
        return tick();
    default:
        return await_server();
    }
}

int ask(void)
{
    enum pattern pattern = settings.workload->pattern;
    connections = calloc((size_t)settings.connections + 1, sizeof *connections);
    payload = calloc(1, (size_t)settings.size);
    if (!connections || !payload)
        return give_up("no memory");
    if (!start_library(settings.client_library))
        return EXIT_BAD_RUN;
    int64_t before = resident_kilobytes();
    tally->began = clock_seconds();
    if (pattern == PATTERN_CONNECT)
        begin_cost(&tally->client);
    int status = open_connections();
    if (status == EXIT_GOOD && pattern == PATTERN_IDLE) {
        status = await_server();
        if (status == EXIT_GOOD)
            status = idle();
    } else if (status == EXIT_GOOD) {
        if (pattern != PATTERN_CONNECT) {
            tally->began = clock_seconds();
            begin_cost(&tally->client);
        }
        status = do_workload();
        end_cost(&tally->client);
    }
    if (tally->ended == 0)
        tally->ended = clock_seconds();
    tally->client.kilobytes = resident_kilobytes() - before;
    tally->client.complete = true;
    return status;
}
