#include "net/sim/sim_api_scenario.h"

#include "net/sim/sim_api_operations.h"
#include "net/sim/sim_api_weather.h"
#include "net/sim/sim_memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CONNECTED = k_ESteamNetworkingConnectionState_Connected,
    CONNECTING = k_ESteamNetworkingConnectionState_Connecting,
    BY_PEER = k_ESteamNetworkingConnectionState_ClosedByPeer,
    VALUES_MAXIMUM = 1000,
    PATIENT_TIMEOUT_MS = 10000,
    QUICK_RATE = 4000000,
    LONG_SLEEP_DAYS = 15,
};

#define DAY         (86400 * SECOND)
#define LOOK_EVERY  (50 * MILLISECOND)
#define SETTLE_TIME (90 * SECOND) /* for all that is under way to arrive, and what cannot to be noticed */
#define NEWS_TIME   (30 * SECOND) /* for the other side to hear of a closing */

struct scenario {
    struct sim_world world;
    struct sim_machine machine;
    struct sim_api_weather weather;
    struct sim_api_program program;
    int operations;
    microseconds work_time, pause;
    microseconds slept; /* at the end, which counts for nothing */
};

/* ---- time passes --------------------------------------------------------------------------------------------------
 */

/* The program does something else for so long; in manual mode it has to poll. */
static void pass_time(struct scenario *scenario, microseconds duration)
{
    struct sim_world *world = &scenario->world;
    microseconds until = time_earlier(world->now + duration, world->limits.until);

    if (!scenario->program.manual || !scenario->program.running || sim_chance(world, 0.2)) {
        sim_machine_run(&scenario->machine, until);
        return;
    }
    while (world->now < until && !world->failed)
        SteamNetworkingSockets_Poll((int)((until - world->now + MILLISECOND - 1) / MILLISECOND));
}

static bool is_over(const struct scenario *scenario)
{
    return scenario->world.failed || scenario->world.now >= scenario->world.limits.until;
}

static void work(struct scenario *scenario)
{
    struct sim_world *world = &scenario->world;
    microseconds end = time_earlier(scenario->work_time, world->limits.work);

    for (int i = 0; i < scenario->operations && world->now < end && !is_over(scenario); i++) {
        if (!scenario->program.running && sim_chance(world, 0.3))
            sim_api_start(&scenario->program);
        sim_api_operate(&scenario->program);
        if (sim_chance(world, 0.7))
            pass_time(scenario, sim_magnitude(world, 10, scenario->pause));
    }
}

/* ---- coming to an end ---------------------------------------------------------------------------------------------
 */

static void clear_settings(void)
{
    for (int value = 1; value < VALUES_MAXIMUM; value++)
        if (SteamAPI_ISteamNetworkingUtils_GetConfigValueInfo(SteamNetworkingUtils_LibV4(),
                                                              (ESteamNetworkingConfigValue)value, NULL, NULL))
            SteamAPI_ISteamNetworkingUtils_SetConfigValue(
                SteamNetworkingUtils_LibV4(), (ESteamNetworkingConfigValue)value, k_ESteamNetworkingConfig_Global, 0,
                k_ESteamNetworkingConfig_Int32, NULL);
}

static bool set(struct sim_api_program *program, const struct sim_api_end *end, ESteamNetworkingConfigValue value,
                int32 data)
{
    return UTILS(SetConnectionConfigValueInt32)(program->utils, end->handle, value, data);
}

/* From now on nothing is wrong, and nothing slow. */
static void heal(struct scenario *scenario)
{
    struct sim_api_program *program = &scenario->program;

    sim_say(&scenario->world, "everything heals");
    sim_memory_shortage(0, 0);
    sim_api_weather_end(&scenario->weather);
    program->troubled = false;
    clear_settings();
    for (int i = 0; i < 100 && !program->running; i++)
        sim_api_start(program);
    UTILS(SetGlobalCallback_SteamNetConnectionStatusChanged)(program->utils, sim_api_on_status);
    for (int i = program->first_end; i < program->end_count; i++) {
        struct sim_api_end *end = program->ends[i];

        if (end->open)
            EXPECT(program,
                   set(program, end, k_ESteamNetworkingConfig_TimeoutInitial, PATIENT_TIMEOUT_MS) &&
                       set(program, end, k_ESteamNetworkingConfig_TimeoutConnected, PATIENT_TIMEOUT_MS) &&
                       set(program, end, k_ESteamNetworkingConfig_SendRateMin, QUICK_RATE) &&
                       set(program, end, k_ESteamNetworkingConfig_SendRateMax, QUICK_RATE),
                   "end %d takes no settings", end->serial);
    }
}

/* One round of what every program does. */
static void attend(struct scenario *scenario)
{
    struct sim_api_program *program = &scenario->program;

    SOCKETS(RunCallbacks)(program->sockets);
    sim_api_read_all(program);
    for (int i = program->first_end; i < program->end_count; i++) {
        struct sim_api_end *end = program->ends[i];

        if (end->open && (end->kind == SIM_API_INCOMING || end->kind == SIM_API_P2P_INCOMING) &&
            sim_api_state(program, end) == CONNECTING)
            SOCKETS(AcceptConnection)(program->sockets, end->handle);
    }
    pass_time(scenario, LOOK_EVERY);
}

/* Nothing is under way any more between this end and the other one. */
static bool is_settled(struct sim_api_program *program, struct sim_api_end *end)
{
    int state = end->open ? sim_api_state(program, end) : 0;

    if (!end->open)
        return true;
    if (state == CONNECTING)
        return false;
    if (state != CONNECTED || !end->peer)
        return true;
    /* The other side has gone, so that this one has to hear of it. */
    if (!end->peer->open)
        return false;
    return sim_api_state(program, end->peer) == CONNECTED && sim_ledger_complete(&end->ledger);
}

static struct sim_api_end *find_unsettled(struct sim_api_program *program)
{
    for (int i = program->first_end; i < program->end_count; i++)
        if (!is_settled(program, program->ends[i]))
            return program->ends[i];
    return NULL;
}

static void settle(struct scenario *scenario)
{
    struct sim_api_program *program = &scenario->program;
    microseconds until = scenario->world.now + SETTLE_TIME;
    struct sim_api_end *end;

    while (!is_over(scenario) && find_unsettled(program)) {
        attend(scenario);
        if (scenario->world.now >= until && !is_over(scenario) && (end = find_unsettled(program)))
            sim_fail(
                &scenario->world,
                "end %d is in state %d, the other one in %d (%s), %lld of %lld reliable messages arrived, long after "
                "everything healed",
                end->serial, end->seen_state, end->peer ? end->peer->seen_state : -1,
                !end->peer || end->peer->open ? "open" : "closed", (long long)end->ledger.reliable_delivered,
                (long long)end->ledger.reliable_sent);
    }
}

static void close_end(struct sim_api_program *program, struct sim_api_end *end, bool linger)
{
    int state = sim_api_state(program, end);

    EXPECT(program, SOCKETS(CloseConnection)(program->sockets, end->handle, 1234, "that is all", linger),
           "end %d cannot be closed", end->serial);
    end->closed_by_program = true;
    end->close_reason = 1234;
    end->lingers = linger && state == CONNECTED;
    sim_api_end_closed(program, end);
}

/* Closes one end of each connection, after it has sent something; the other one gets it and hears of it. */
static void close_with_linger(struct scenario *scenario)
{
    struct sim_api_program *program = &scenario->program;
    int count = program->end_count;
    microseconds until;

    for (int i = program->first_end; i < count && !is_over(scenario); i++) {
        struct sim_api_end *end = program->ends[i];

        if (!end->open || !end->peer || !end->peer->open || sim_api_state(program, end) != CONNECTED ||
            sim_api_state(program, end->peer) != CONNECTED)
            continue;
        sim_api_send(program, end, (int)sim_between(&scenario->world, 1, 3000), k_nSteamNetworkingSend_Reliable, 0);
        close_end(program, end, true);
        end->lingers_well = end->lingers && !scenario->weather.moving; /* nobody is where he was */
    }
    until = scenario->world.now + NEWS_TIME;
    do
        attend(scenario);
    while (!is_over(scenario) && scenario->world.now < until && find_unsettled(program));
    attend(scenario); /* the last messages are read when the end is known */
    for (int i = program->first_end; i < count && !is_over(scenario); i++) {
        struct sim_api_end *end = program->ends[i];

        if (end->open && end->peer && end->peer->lingers_well)
            EXPECT(program, end->seen_state == BY_PEER && sim_ledger_complete(&end->peer->ledger),
                   "end %d lingered; the other one is in state %d, and %lld of %lld reliable messages arrived",
                   end->peer->serial, end->seen_state, (long long)end->peer->ledger.reliable_delivered,
                   (long long)end->peer->ledger.reliable_sent);
        else if (end->open && end->peer && !end->peer->open)
            EXPECT(program, end->seen_state >= BY_PEER,
                   "end %d has not heard that the other end was closed; it is in state %d", end->serial,
                   end->seen_state);
    }
}

static void close_all(struct scenario *scenario)
{
    struct sim_api_program *program = &scenario->program;

    for (int i = program->first_end; i < program->end_count && !is_over(scenario); i++)
        if (program->ends[i]->open)
            close_end(program, program->ends[i], sim_chance(&scenario->world, 0.5));
    for (int i = 0; i < 5 && !is_over(scenario); i++)
        attend(scenario);
    for (int i = program->first_end; i < program->end_count && !is_over(scenario); i++)
        EXPECT(program,
               program->ends[i]->open || program->ends[i]->told_end || program->ends[i]->told_state == 0 ||
                   program->was_scarce,
               "end %d was closed, and no callback tells of it", program->ends[i]->serial);
}

/* ---- the run ------------------------------------------------------------------------------------------------------
 */

static void build(struct scenario *scenario, uint64_t seed)
{
    struct sim_world *world = &scenario->world;
    struct sim_api_program *program = &scenario->program;
    enum sim_severity severity = (enum sim_severity)sim_between(world, SIM_SEVERITY_NONE, SIM_SEVERITY_TERRIBLE);
    int hosts = (int)sim_between(world, 1, SIM_MACHINE_HOSTS - 1);

    sim_machine_attach(&scenario->machine, world, hosts);
    scenario->machine.loops = (int)sim_between(world, 1, 3);
    scenario->machine.clock_offset = sim_magnitude(world, 1, 1000000 * SECOND);
    if (sim_chance(world, 0.5))
        scenario->machine.lateness = sim_magnitude(world, 10, 5 * MILLISECOND);
    sim_api_weather_init(&scenario->weather, &scenario->machine, severity);
    sim_api_program_init(program, &scenario->machine);
    program->troubled = severity >= SIM_SEVERITY_HARD;
    program->corrupting = scenario->weather.corrupting;
    program->hosts = (int)time_earlier(hosts, world->limits.hosts);
    program->manual = sim_chance(world, 0.3);
    program->scarce = severity >= SIM_SEVERITY_HARD && sim_chance(world, 0.3) && sim_may(world, SIM_FAULT_MEMORY);
    program->was_scarce = program->scarce;
    scenario->operations = (int)sim_magnitude(world, 50, 1500);
    scenario->work_time = sim_magnitude(world, 10 * SECOND, 120 * SECOND);
    scenario->pause = sim_magnitude(world, 10 * MILLISECOND, 2 * SECOND);
    SteamNetworkingSockets_SetManualPollMode(program->manual);
    if (program->scarce)
        sim_memory_shortage(seed, (uint32_t)sim_magnitude(world, 30, 3000));
}

/* Process-wide things that a stop does not touch are as they were before. */
static void restore_process(void)
{
    clear_settings();
    SteamNetworkingSockets_SetManualPollMode(false);
    SteamNetworkingSockets_SetServiceThreadInitCallback(NULL);
    SteamNetworkingSockets_SetPreFormatDebugOutputHandler(k_ESteamNetworkingSocketsDebugOutputType_None, NULL);
    SteamAPI_ISteamNetworkingUtils_SetDebugOutputFunction(SteamNetworkingUtils_LibV4(),
                                                          k_ESteamNetworkingSocketsDebugOutputType_None, NULL);
    Fumarole_SetServiceThreads(0);
    Fumarole_SetLocalMode(true);
    Fumarole_SetAppID(0);
}

/* Some days in which nothing happens but what the library does by itself, such as renewing a certificate. */
static void sleep_long(struct scenario *scenario)
{
    SOCKETS(InitAuthentication)(scenario->program.sockets);
    scenario->machine.faults.authority = 0.5;
    scenario->slept = sim_between(&scenario->world, 1, LONG_SLEEP_DAYS) * DAY;
    sim_machine_run(&scenario->machine, scenario->world.now + scenario->slept);
    SOCKETS(RunCallbacks)(scenario->program.sockets);
}

static void play(struct scenario *scenario)
{
    sim_api_weather_begin(&scenario->weather);
    work(scenario);
    if (is_over(scenario))
        return;
    heal(scenario);
    settle(scenario);
    close_with_linger(scenario);
    if (sim_chance(&scenario->world, 0.7))
        close_all(scenario);
    if (!is_over(scenario) && scenario->program.open_ends == 0 && sim_chance(&scenario->world, 0.1))
        sleep_long(scenario);
}

static void count(struct scenario *scenario, struct sim_outcome *outcome)
{
    struct sim_api_program *program = &scenario->program;
    const struct sim_machine_counters *counters = &scenario->machine.counters;

    for (int i = 0; i < program->end_count; i++) {
        const struct sim_api_end *end = program->ends[i];

        outcome->connections++;
        outcome->established += end->was_connected;
        outcome->lingers += end->lingers;
        outcome->reliable_sent += (uint64_t)end->ledger.reliable_sent;
        outcome->reliable_delivered += (uint64_t)end->ledger.reliable_delivered;
        outcome->unreliable_sent += (uint64_t)end->ledger.unreliable_sent;
        outcome->unreliable_delivered += (uint64_t)end->ledger.unreliable_delivered;
        outcome->bytes_delivered += (uint64_t)end->ledger.bytes_delivered;
        if (end->was_connected && !end->in_memory)
            outcome->connected_time += (end->open ? scenario->world.now : end->closed_at) - end->connected_at;
    }
    outcome->datagrams = counters->sent;
    outcome->datagram_bytes = counters->sent_bytes;
    outcome->datagrams_lost = counters->sent - time_earlier((int64_t)counters->sent, (int64_t)counters->delivered);
    memcpy(outcome->tally, scenario->world.tally, sizeof(outcome->tally));
    outcome->virtual_time = scenario->world.now - scenario->slept;
    outcome->peak_bytes = sim_memory()->peak_bytes;
    outcome->allocations = sim_memory()->allocations;
}

void sim_api_run(uint64_t seed, const struct sim_limits *limits, bool verbose, struct sim_outcome *outcome)
{
    static const char *const environment[] = {"FUMAROLE_SERVICE_THREADS", "FUMAROLE_LOCAL_MODE",
                                              "STEAMNETWORKINGSOCKETS_LOG_LEVEL"};
    struct scenario *scenario = calloc(1, sizeof(*scenario));
    size_t blocks = sim_memory()->blocks;

    memset(outcome, 0, sizeof(*outcome));
    if (!scenario)
        abort();
    for (size_t i = 0; i < sizeof(environment) / sizeof(environment[0]); i++)
        unsetenv(environment[i]);
    sim_memory_reset();
    sim_world_init(&scenario->world, seed, verbose);
    if (limits)
        scenario->world.limits = *limits;
    build(scenario, seed);
    outcome->severity = sim_severity_name(scenario->weather.severity);
    sim_say(&scenario->world, "seed %llu: %d interfaces, %d operations in %.0f s, faults: %s%s%s%s",
            (unsigned long long)seed, scenario->program.hosts, scenario->operations, (double)scenario->work_time / 1e6,
            outcome->severity, scenario->program.corrupting ? ", corruption" : "",
            scenario->weather.moving ? ", addresses change" : "", scenario->program.scarce ? ", lack of memory" : "");
    play(scenario);
    sim_memory_shortage(0, 0);
    sim_api_stop(&scenario->program);
    restore_process();
    sim_api_release_kept(&scenario->program);
    count(scenario, outcome);
    if (!scenario->world.failed && scenario->program.payloads_out != 0)
        sim_fail(&scenario->world, "%lld payloads were not freed", (long long)scenario->program.payloads_out);
    sim_api_program_destroy(&scenario->program);
    sim_machine_detach(&scenario->machine);
    outcome->steps = scenario->world.steps;
    outcome->digest = scenario->world.digest;
    sim_world_destroy(&scenario->world);
    if (!scenario->world.failed && sim_memory()->blocks != blocks)
        sim_fail(&scenario->world, "%zu blocks were not freed", sim_memory()->blocks - blocks);
    outcome->failed = scenario->world.failed;
    memcpy(outcome->failure, scenario->world.failure, sizeof(outcome->failure));
    free(scenario);
}
