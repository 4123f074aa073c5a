#include "net/sim/sim_machine.h"

#include "net/clock.h"
#include "net/os_random.h"
#include "net/sim/sim_service.h"
#include "session/local_authority.h"
#include "wire/address.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

enum {
    NET_LOOPBACK = 0x7f000001, /* 127.0.0.1 */
    NET_HOSTS = 0x0a000000,    /* 10.0.x.y: x counts the moves, y is the host */
    LOOPBACK_LATENCY_US = 20,
    UNIX_START = 1700000000,
};

static struct sim_machine *attached;

struct sim_machine *sim_machine(void)
{
    return attached;
}

/* ---- interfaces ---------------------------------------------------------------------------------------------- */

static void give_addresses(struct sim_machine_host *host, int index)
{
    uint8_t ipv6[16] = {0xfd};

    if (index == SIM_MACHINE_LOOPBACK) {
        address_set_ipv4(&host->addresses[0], NET_LOOPBACK, 0);
        address_set_localhost(&host->addresses[1], 0);
        return;
    }
    address_set_ipv4(&host->addresses[0], NET_HOSTS + ((uint32_t)host->moved << 8) + (uint32_t)index, 0);
    ipv6[14] = (uint8_t)host->moved;
    ipv6[15] = (uint8_t)index;
    address_set_ipv6(&host->addresses[1], ipv6, 0);
}

int sim_machine_find_host(const struct sim_machine *machine, const SteamNetworkingIPAddr *address)
{
    for (int i = 0; i < machine->host_count; i++)
        for (int k = 0; k < 2; k++)
            if (address_equal_without_port(&machine->hosts[i].addresses[k], address))
                return i;
    return -1;
}

void sim_machine_move_host(struct sim_machine *machine, int index)
{
    struct sim_machine_host *host = &machine->hosts[index];

    host->moved++;
    give_addresses(host, index);
    sim_say(machine->world, "host %d has other addresses", index);
}

void sim_machine_attach(struct sim_machine *machine, struct sim_world *world, int hosts)
{
    const struct sim_conditions loopback = {.latency = LOOPBACK_LATENCY_US};

    memset(machine, 0, sizeof(*machine));
    machine->world = world;
    machine->unix_base = UNIX_START;
    machine->loops = 1;
    machine->host_count = hosts + 1;
    machine->current_host = 1;
    machine->next_port = SIM_MACHINE_FIRST_PORT;
    random_generator_init(&machine->random, random_u64(&world->random.source));
    list_init(&machine->sockets);
    for (int i = 0; i < machine->host_count; i++) {
        give_addresses(&machine->hosts[i], i);
        for (int k = 0; k < machine->host_count; k++) {
            sim_link_init(&machine->links[i][k], world, sim_sockets_arrive, machine);
            sim_link_reset(&machine->links[i][k], &loopback);
        }
    }
    attached = machine;
}

void sim_machine_detach(struct sim_machine *machine)
{
    for (int i = 0; i < machine->host_count; i++)
        for (int k = 0; k < machine->host_count; k++)
            sim_link_destroy(&machine->links[i][k]);
    attached = NULL;
}

void sim_machine_run(struct sim_machine *machine, microseconds until)
{
    while (sim_step(machine->world, until))
        ;
}

/* ---- the clocks (net/clock.h) -------------------------------------------------------------------------------- */

microseconds clock_now(void)
{
    return CLOCK_ORIGIN + attached->clock_offset + attached->world->now;
}

int64_t clock_unix_seconds(void)
{
    return attached->unix_base + attached->world->now / SECOND;
}

/* ---- randomness (net/os_random.h) ---------------------------------------------------------------------------- */

struct random_source *os_random(void)
{
    return &attached->random.source;
}

/* ---- the development authority, without a file (session/local_authority.h) ----------------------------------- */

bool __wrap_local_authority_open(struct local_authority *authority, const char *directory, struct random_source *random,
                                 char *error);

bool __wrap_local_authority_open(struct local_authority *authority, const char *directory, struct random_source *random,
                                 char *error)
{
    (void)directory;
    (void)random;
    if (sim_chance(attached->world, attached->faults.authority)) {
        snprintf(error, LOCAL_AUTHORITY_ERROR_SIZE, "the disk is full");
        return false;
    }
    memset(authority->seed, 0x5a, sizeof(authority->seed));
    if (crypto_ed25519_public(authority->seed, authority->public_key))
        return true;
    snprintf(error, LOCAL_AUTHORITY_ERROR_SIZE, "out of memory");
    return false;
}

/* ---- sleeping in poll() -------------------------------------------------------------------------------------- */

int __real_poll(struct pollfd *watched, nfds_t count, int milliseconds);
int __wrap_poll(struct pollfd *watched, nfds_t count, int milliseconds);

/* While somebody sleeps, the world goes on. */
int __wrap_poll(struct pollfd *watched, nfds_t count, int milliseconds)
{
    microseconds until;
    int ready;

    if (!attached)
        return __real_poll(watched, count, milliseconds);
    until = milliseconds < 0 ? TIME_NEVER : attached->world->now + milliseconds * MILLISECOND;
    while ((ready = __real_poll(watched, count, 0)) == 0) {
        if (attached->world->now >= until || attached->world->failed ||
            (until == TIME_NEVER && event_queue_next(&attached->world->events) == TIME_NEVER))
            return 0;
        sim_step(attached->world, until);
    }
    return ready;
}
