/*
 * Sequences of calls: the whole library in a simulated machine, and the program that uses every function of the API in
 * every way (net/sim/sim_api_program.h), whose choices are those of the input instead of a generator: two bytes for
 * each. The program judges every result. Afterwards nothing may be left in memory.
 */
#include "fuzz/fuzz.h"

#include "api/config_values.h"
#include "crypto/crypto.h"
#include "net/sim/sim_api_operations.h"
#include "net/sim/sim_memory.h"

#include <string.h>

enum {
    OPERATIONS_LIMIT = 60,
    HOSTS = 2,
    PAUSE_MAXIMUM_MS = 2000,
};

static struct {
    const uint8_t *at;
    size_t left;
    struct random_generator rest; /* when the input has come to its end */
} choices;

/* So that both the small numbers that are drawn from it and the probabilities follow from the two bytes. */
static bool choose(struct random_source *source, void *buffer, size_t length)
{
    uint64_t value;
    (void)source;
    if (choices.left < 2) {
        choices.left = 0;
        return choices.rest.source.fill(&choices.rest.source, buffer, length);
    }
    value = choices.at[0] | (uint64_t)choices.at[1] << 8;
    choices.at += 2;
    choices.left -= 2;
    value |= value << 48 | UINT64_C(1) << 40;
    for (size_t i = 0; i < length; i++)
        ((uint8_t *)buffer)[i] = (uint8_t)(value >> (8 * (i % 8)));
    return true;
}

static void check(const struct sim_world *world)
{
    if (world->failed)
        fprintf(stderr, "%s\n", world->failure);
    FUZZ_CHECK(!world->failed);
}

static void live(struct sim_api_program *program)
{
    struct sim_world *world = program->world;
    for (int i = 0; i < OPERATIONS_LIMIT && choices.left && !world->failed; i++) {
        if (!program->running)
            sim_api_start(program);
        sim_api_operate(program);
        microseconds until = world->now + sim_between(world, 0, PAUSE_MAXIMUM_MS) * MILLISECOND / 8;
        if (program->manual && program->running)
            SteamNetworkingSockets_Poll(0);
        sim_machine_run(program->machine, until);
    }
    check(world);
}

void __wrap_crypto_release(void);

/* OpenSSL's algorithms are kept when the library stops: to look them up again takes longer than all the rest. */
void __wrap_crypto_release(void) {}

/* What belongs to the process and not to one life of the library. */
static void restore_process(void)
{
    ISteamNetworkingUtils *utils = SteamNetworkingUtils_LibV4();
    for (int number = 1; number < 1000 && config_global()->setting_count; number++) {
        ESteamNetworkingConfigValue value = (ESteamNetworkingConfigValue)number;
        if (UTILS(GetConfigValueInfo)(utils, value, NULL, NULL))
            UTILS(SetConfigValue)
        (utils, value, k_ESteamNetworkingConfig_Global, 0, k_ESteamNetworkingConfig_Int32, NULL);
    }
    SteamNetworkingSockets_SetManualPollMode(false);
    SteamNetworkingSockets_SetServiceThreadInitCallback(NULL);
    SteamNetworkingSockets_SetPreFormatDebugOutputHandler(k_ESteamNetworkingSocketsDebugOutputType_None, NULL);
    UTILS(SetDebugOutputFunction)(utils, k_ESteamNetworkingSocketsDebugOutputType_None, NULL);
    Fumarole_SetServiceThreads(0);
    Fumarole_SetLocalMode(true);
    Fumarole_SetAppID(0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct sim_world world;
    static struct sim_machine machine;
    static struct sim_api_program program;
    static bool installed;
    if (!installed)
        sim_memory_install();
    installed = true;
    choices.at = data;
    choices.left = size;
    random_generator_init(&choices.rest, 1);
    memset(&machine, 0, sizeof machine);

    size_t blocks = sim_memory()->blocks;
    sim_world_init(&world, 1, false);
    world.random.source.fill = choose;
    sim_machine_attach(&machine, &world, HOSTS);
    machine.loops = 1;
    sim_api_program_init(&program, &machine);
    program.hosts = HOSTS;
    program.manual = sim_chance(&world, 0.5);
    SteamNetworkingSockets_SetManualPollMode(program.manual);
    live(&program);
    sim_api_stop(&program);
    restore_process();
    sim_api_release_kept(&program);
    check(&world);
    FUZZ_CHECK(program.payloads_out == 0);
    sim_api_program_destroy(&program);
    sim_machine_detach(&machine);
    sim_world_destroy(&world);
    FUZZ_CHECK(sim_memory()->blocks == blocks);
    return 0;
}
