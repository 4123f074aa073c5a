/*
 * Whole lives of a connection, each again and again with another one of its datagrams dropped, duplicated, delayed,
 * corrupted or cut short; and with every pair of those that make the handshake. It must connect all the same and
 * deliver everything, and both ends must learn that it is over. Argument: how the lives' names begin.
 *
 * A life: the client connects; both ends send reliable and unreliable messages on three lanes; when everything reliable
 * is there, one end sends some more and closes, lingering.
 */
#include "cert/credentials.h"
#include "net/sim/sim_memory.h"
#include "net/sim/sim_network.h"
#include "net/sim/sim_setting.h"
#include "net/sim/sim_wall_clock.h"
#include "wire/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SEED = 20240501,
    LANES = 3,
    CLOSE_REASON = 1234,
    HANDSHAKE_DATAGRAMS = 8, /* the handshake, and a few beyond it */
    SMALL_MESSAGES_A_PACKET = 40,
};

#define LATENCY       (20 * MILLISECOND)
#define CONNECT_TIME  (5 * SECOND) /* with one datagram missing, or two */
#define DELIVERY_TIME (20 * SECOND)
#define SETTLE_TIME   SECOND        /* for what is late and not waited for */
#define END_TIME      (45 * SECOND) /* for a goodbye that was lost (protocol 7.2, 17.3) */

struct life {
    const char *name;
    int unencrypted; /* config value */
    bool certificates;
    int messages; /* of each kind, by each end */
    int size;
    bool server_closes;
    microseconds idle; /* before the closing */
};

static const struct life lives[] = {
    {.name = "nothing-said"},
    {.name = "small", .messages = 6, .size = 40},
    {.name = "small-plain", .unencrypted = 2, .messages = 6, .size = 40},
    {.name = "small-certificates", .certificates = true, .messages = 6, .size = 40, .server_closes = true},
    {.name = "idle", .messages = 2, .size = 100, .idle = 35 * SECOND},
    {.name = "large", .messages = 2, .size = 30000},
    {.name = "large-server", .messages = 2, .size = 30000, .server_closes = true},
    {.name = "large-plain-server", .unencrypted = 2, .messages = 2, .size = 30000, .server_closes = true},
};

/* One run of a life: who is hurt, and how. Datagrams are counted from 1, in both directions together. */
struct run {
    const struct life *life;
    struct sim_application application;
    struct sim_wire wire;
    enum sim_fate fate;
    int victims[2];
    int count;
    int connected_count; /* how many datagrams there had been when both ends were connected */
    struct sim_world world;
    struct sim_network network;
    struct sim_setting setting;
};

static int failures;

static enum sim_fate count_datagram(struct sim_wire *wire, struct sim_link *link, uint64_t serial,
                                    const SteamNetworkingIPAddr *from, const SteamNetworkingIPAddr *to,
                                    const uint8_t *bytes, size_t length)
{
    struct run *run = container_of(wire, struct run, wire);

    (void)link;
    (void)serial;
    (void)from;
    (void)to;
    (void)bytes;
    (void)length;
    run->count++;
    return run->count == run->victims[0] || run->count == run->victims[1] ? run->fate : SIM_FATE_PASS;
}

/* ---- the application on both hosts --------------------------------------------------------------------------- */

static void on_incoming(struct sim_application *application, struct sim_end *end)
{
    (void)application;
    sim_end_accept(end);
}

static void on_changed(struct sim_application *application, struct sim_end *end, int old_state)
{
    (void)application;
    (void)end;
    (void)old_state;
}

static void on_readable(struct sim_application *application, struct sim_end *end)
{
    (void)application;
    sim_end_read(end, INT32_MAX);
}

static void send_messages(struct run *run, struct sim_end *end, bool unreliable)
{
    for (int i = 0; i < run->life->messages; i++) {
        if (sim_end_send(end, run->life->size + i, k_nSteamNetworkingSend_Reliable, i % LANES) != k_EResultOK ||
            (unreliable && sim_end_send(end, run->life->size / 3 + i, 0, (i + 1) % LANES) != k_EResultOK))
            sim_fail(&run->world, "a message was not taken");
    }
}

/* ---- a run --------------------------------------------------------------------------------------------------- */

static struct sim_end *only_end(struct sim_host *host)
{
    return list_empty(&host->ends) ? NULL : list_first_entry(&host->ends, struct sim_end, node);
}

static bool both_connected(struct run *run)
{
    struct sim_end *server = only_end(&run->network.hosts[0]), *client = only_end(&run->network.hosts[1]);

    return server && client && server->state == k_ESteamNetworkingConnectionState_Connected &&
           client->state == k_ESteamNetworkingConnectionState_Connected;
}

static bool all_delivered(struct run *run)
{
    return sim_ledger_complete(&only_end(&run->network.hosts[0])->ledger) &&
           sim_ledger_complete(&only_end(&run->network.hosts[1])->ledger);
}

static bool has_ended(const struct sim_end *end)
{
    return end->state < 0 || end->state == k_ESteamNetworkingConnectionState_ClosedByPeer ||
           end->state == k_ESteamNetworkingConnectionState_ProblemDetectedLocally;
}

static bool both_ended(struct run *run)
{
    return has_ended(only_end(&run->network.hosts[0])) && has_ended(only_end(&run->network.hosts[1]));
}

/* NULL: only lets the time pass. */
static bool wait_for(struct run *run, bool (*what)(struct run *run), microseconds patience)
{
    microseconds until = run->world.now + patience;

    while (!run->world.failed && run->world.now < until) {
        if (what && what(run))
            return true;
        while (sim_step(&run->world, time_earlier(until, run->world.now + 10 * MILLISECOND)))
            if (what && what(run))
                return true;
    }
    return !what && !run->world.failed;
}

static bool make_host(struct run *run, int index)
{
    struct sim_host *host = &run->network.hosts[index];

    /* What a host of a random world would be is made one that is always the same. */
    do {
        if (host->endpoint)
            sim_host_destroy(host);
        if (!sim_setting_make_host(&run->setting, &run->network, index))
            return false;
    } while ((host->endpoint->credentials != NULL) != run->life->certificates);
    sim_setting_default_config(&host->config);
    host->config.unencrypted = run->life->unencrypted;
    host->highest_rate = host->config.send_rate_max;
    host->tick_late_maximum = 0;
    host->tick_early = 0;
    host->hostility = 0;
    host->listener_count = index == 0;
    host->application = &run->application;
    return true;
}

static bool begin(struct run *run)
{
    sim_world_init(&run->world, SEED, false);
    sim_wall_clocks_init(&run->world);
    run->network.world = &run->world;
    run->network.host_count = 2;
    run->application = (struct sim_application){on_incoming, on_changed, on_readable};
    run->wire.passes = count_datagram;
    if (!sim_setting_init(&run->setting, &run->world) || !make_host(run, 0) || !make_host(run, 1))
        return false;
    sim_network_connect(&run->network);
    run->network.up[1].conditions.latency = run->network.down[1].conditions.latency = LATENCY;
    run->network.up[1].wire = run->network.down[1].wire = &run->wire;
    return true;
}

static void live(struct run *run)
{
    struct sim_host *server = &run->network.hosts[0], *client = &run->network.hosts[1];
    struct sim_end *closing, *closed, *end = sim_host_connect(client, &server->address);

    if (!end || !wait_for(run, both_connected, CONNECT_TIME)) {
        sim_fail(&run->world, "it did not connect");
        return;
    }
    run->connected_count = run->count;
    sim_end_configure_lanes(end, LANES, NULL, NULL);
    sim_end_configure_lanes(only_end(server), LANES, NULL, NULL);
    send_messages(run, end, true);
    send_messages(run, only_end(server), true);
    if (!wait_for(run, all_delivered, DELIVERY_TIME))
        sim_fail(&run->world, "not everything was delivered");
    wait_for(run, NULL, SETTLE_TIME + run->life->idle);
    if (run->world.failed)
        return;
    closing = run->life->server_closes ? only_end(server) : end;
    closed = run->life->server_closes ? end : only_end(server);
    send_messages(run, closing, false);
    sim_end_close(closing, CLOSE_REASON, true);
    if (!wait_for(run, both_ended, END_TIME))
        sim_fail(&run->world, "states %d and %d at the end", closing->state, closed->state);
    if (!all_delivered(run))
        sim_fail(&run->world, "lingering has not delivered everything");
    if (closed->end_reason != CLOSE_REASON && closed->end_reason != k_ESteamNetConnectionEnd_Misc_Timeout)
        sim_fail(&run->world, "the other end ended with reason %d", closed->end_reason);
    if (!closed->released)
        sim_end_close(closed, 0, false);
    wait_for(run, NULL, 6 * SECOND);
    if (only_end(server)->connection || end->connection)
        sim_fail(&run->world, "a connection is still there");
}

static int64_t unreliable_missing(struct run *run)
{
    const struct sim_ledger *a = &only_end(&run->network.hosts[0])->ledger;
    const struct sim_ledger *b = &only_end(&run->network.hosts[1])->ledger;

    return a->unreliable_sent - a->unreliable_delivered + b->unreliable_sent - b->unreliable_delivered;
}

/* Returns how many datagrams there were; *handshake: how many until both ends were connected. */
static int play(const struct life *life, enum sim_fate fate, int first, int second, int *handshake)
{
    static const char *const fates[] = {"passed", "dropped", "duplicated", "delayed", "corrupted", "cut short"};
    struct run *run = calloc(1, sizeof(*run));
    size_t blocks = sim_memory()->blocks;
    int64_t may_miss;
    int count;

    if (!run)
        exit(2);
    run->life = life;
    run->fate = fate;
    run->victims[0] = first;
    run->victims[1] = second;
    if (!begin(run))
        sim_fail(&run->world, "cannot begin");
    else
        live(run);
    /* Unreliable messages of the datagram itself are lost with it, and no others. */
    may_miss =
        fate == SIM_FATE_PASS || fate == SIM_FATE_DUPLICATE || fate == SIM_FATE_DELAY ? 0 : SMALL_MESSAGES_A_PACKET;
    if (!run->world.failed && unreliable_missing(run) > may_miss)
        sim_fail(&run->world, "%lld unreliable messages are missing", (long long)unreliable_missing(run));
    count = run->count;
    *handshake = run->connected_count;
    sim_network_check(&run->network);
    sim_cancel_all(&run->world);
    sim_network_destroy(&run->network);
    sim_setting_destroy(&run->setting);
    sim_world_destroy(&run->world);
    if (!run->world.failed && sim_memory()->blocks != blocks)
        sim_fail(&run->world, "%zu blocks were not freed", sim_memory()->blocks - blocks);
    if (run->world.failed) {
        fprintf(stderr, "%s, datagram %d and %d %s: %s\n", life->name, first, second, fates[fate], run->world.failure);
        failures++;
    }
    free(run);
    return count;
}

static int play_all(const struct life *life)
{
    static const enum sim_fate fates[] = {SIM_FATE_DROP, SIM_FATE_DUPLICATE, SIM_FATE_DELAY, SIM_FATE_CORRUPT,
                                          SIM_FATE_TRUNCATE};
    int handshake, unused, runs = 1, count = play(life, SIM_FATE_PASS, 0, 0, &handshake);

    for (size_t k = 0; k < sizeof(fates) / sizeof(fates[0]); k++) {
        for (int i = 1; i <= count; i++) {
            /* Nothing proves what a handshake says, or who sends on a connection without encryption. */
            if ((i <= handshake || life->unencrypted) &&
                (fates[k] == SIM_FATE_CORRUPT || fates[k] == SIM_FATE_TRUNCATE))
                continue;
            play(life, fates[k], i, 0, &unused);
            runs++;
        }
        for (int i = 1; fates[k] <= SIM_FATE_DELAY && i <= HANDSHAKE_DATAGRAMS; i++)
            for (int j = i + 1; j <= HANDSHAKE_DATAGRAMS; j++, runs++)
                play(life, fates[k], i, j, &unused);
    }
    printf("%s: %d datagrams, %d of them in the handshake, %d runs\n", life->name, count, handshake, runs);
    return runs;
}

int main(int count, char **values)
{
    const char *begins = count > 1 ? values[1] : "";
    int runs = 0;

    sim_memory_install();
    for (size_t i = 0; i < sizeof(lives) / sizeof(lives[0]); i++)
        if (strncmp(lives[i].name, begins, strlen(begins)) == 0)
            runs += play_all(&lives[i]);
    printf("%d runs, %d failures\n", runs, failures);
    return failures > 0 || runs == 0;
}
