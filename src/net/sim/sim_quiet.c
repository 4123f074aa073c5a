#include "net/sim/sim_quiet.h"

#include <string.h>

/* An end that is idle sends keepalives and statistics, and answers those of its peer (protocol 17.4, 17.5). */
enum {
    PACKETS_A_MINUTE = 40,
    TICKS_A_MINUTE = 100,
    PACKETS_A_MESSAGE = 40, /* on either side: itself, acknowledgements, probes that follow */
    TICKS_A_MESSAGE = 200,
    SIZE_MAXIMUM = 5000,
    GAPS_MAXIMUM = 500, /* so that no phase has thousands of messages */
};

#define SHORTEST (30 * SECOND)
#define LONGEST  (4 * 3600 * SECOND)
#define MINUTE   (60 * SECOND)

void sim_quiet_init(struct sim_quiet *quiet, struct sim_network *network)
{
    memset(quiet, 0, sizeof(*quiet));
    quiet->network = network;
    sim_give_stream(network->world, &quiet->chatter);
}

static bool is_connected(const struct sim_end *end)
{
    return end->connection && !end->released && end->state == k_ESteamNetworkingConnectionState_Connected;
}

/* An end that says something now, if chance wants it so. */
static struct sim_end *draw_end(struct sim_network *network)
{
    struct sim_end *end, *drawn = NULL;
    int count = 0;

    for (int i = 0; i < network->host_count; i++)
        list_for_each_entry(end, &network->hosts[i].ends, struct sim_end,
                            node) if (is_connected(end) && sim_between(network->world, 0, count++) == 0) drawn = end;
    return drawn;
}

static void run_chatter(struct sim_world *world, struct sim_event *event)
{
    struct sim_quiet *quiet = container_of(event, struct sim_quiet, chatter);
    struct sim_end *end = draw_end(quiet->network);
    int size = (int)sim_magnitude(world, 1, SIZE_MAXIMUM);
    microseconds after = sim_between(world, 0, quiet->gap);

    if (end && world->messages < world->limits.messages) {
        world->messages++;
        quiet->messages++;
        /* Without a peer that acknowledges, the buffer is full before the connection times out. */
        if (sim_end_send(end, size, k_nSteamNetworkingSend_Reliable, 0) != k_EResultOK && !sim_end_peer_is_gone(end))
            sim_fail(world, "host %d end %d cannot send in a quiet phase", end->host->index, end->serial);
    }
    sim_plan(world, event, world->now + after, run_chatter);
}

void sim_quiet_begin(struct sim_quiet *quiet)
{
    struct sim_world *world = quiet->network->world;
    struct sim_end *end;

    quiet->begun = world->now;
    quiet->until = world->now + sim_magnitude(world, SHORTEST, LONGEST);
    quiet->gap = sim_chance(world, 0.6) ? sim_magnitude(world, 200 * MILLISECOND, 5 * MINUTE) : 0;
    if (quiet->gap > 0)
        quiet->until = time_earlier(quiet->until, world->now + GAPS_MAXIMUM * quiet->gap);
    quiet->messages = 0;
    sim_say(world, "a quiet phase of %lld s, %s", (long long)((quiet->until - quiet->begun) / SECOND),
            quiet->gap > 0 ? "with a message now and then" : "with nothing to say");
    for (int i = 0; i < quiet->network->host_count; i++)
        list_for_each_entry(end, &quiet->network->hosts[i].ends, struct sim_end, node) end->packets = end->ticks = 0;
    if (quiet->gap > 0)
        sim_plan(world, &quiet->chatter, world->now, run_chatter);
    sim_tally(world, quiet->gap > 0 ? SIM_KIND_LONG_LIFE : SIM_KIND_IDLED);
}

static void judge(const struct sim_quiet *quiet, const struct sim_end *end)
{
    uint64_t minutes = (uint64_t)((quiet->until - quiet->begun + MINUTE - 1) / MINUTE);
    uint64_t messages = (uint64_t)quiet->messages;

    if (end->packets > minutes * PACKETS_A_MINUTE + messages * PACKETS_A_MESSAGE ||
        end->ticks > minutes * TICKS_A_MINUTE + messages * TICKS_A_MESSAGE)
        sim_fail(quiet->network->world,
                 "host %d end %d sent %llu packets and was woken %llu times in %llu quiet minutes", end->host->index,
                 end->serial, (unsigned long long)end->packets, (unsigned long long)end->ticks,
                 (unsigned long long)minutes);
}

microseconds sim_quiet_end(struct sim_quiet *quiet)
{
    struct sim_world *world = quiet->network->world;
    microseconds connected = 0;
    struct sim_end *end;

    sim_cancel(world, &quiet->chatter);
    for (int i = 0; i < quiet->network->host_count; i++) {
        list_for_each_entry(end, &quiet->network->hosts[i].ends, struct sim_end, node)
        {
            if (!is_connected(end))
                continue;
            judge(quiet, end);
            connected += world->now - quiet->begun;
        }
    }
    return connected;
}
