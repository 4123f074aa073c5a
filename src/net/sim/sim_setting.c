#include "net/sim/sim_setting.h"

#include "cert/authority_store.h"
#include "cert/certificate_issue.h"
#include "cert/credentials.h"
#include "net/sim/sim_trouble.h"
#include "net/sim/sim_wall_clock.h"
#include "wire/address.h"
#include "wire/identity.h"
#include "wire/limits.h"

#include <stdio.h>
#include <string.h>

enum {
    SERVER_PORT = 27015,
    CLIENT_PORT = 30000,
    APP_ID = 4711,
    CERTIFICATE_LIFE_S = 86400,
    HOSTILE_FLOOD = 400,
};

bool sim_setting_init(struct sim_setting *setting, struct sim_world *world)
{
    uint8_t key[CRYPTO_KEY_SIZE];

    memset(setting, 0, sizeof(*setting));
    setting->world = world;
    random_fill(&world->random.source, setting->authority_seed, sizeof(setting->authority_seed));
    setting->authorities = authority_store_new();
    return setting->authorities && crypto_ed25519_public(setting->authority_seed, key) &&
           authority_store_add_root(setting->authorities, key) == AUTHORITY_ADDED;
}

void sim_setting_destroy(struct sim_setting *setting)
{
    authority_store_free(setting->authorities);
}

/* ---- hosts --------------------------------------------------------------------------------------------------- */

/* A certificate of the world's authority, for some hosts of some worlds. */
static struct credentials *draw_credentials(struct sim_setting *setting, int index)
{
    static const uint32_t app = APP_ID;
    struct random_source *random = &setting->world->random.source;
    uint8_t seed[CRYPTO_KEY_SIZE], key[CRYPTO_KEY_SIZE], message[CERTIFICATE_MESSAGE_SIZE];
    SteamNetworkingIdentity identity;
    char name[32];
    size_t length;

    snprintf(name, sizeof(name), "str:host-%d", index);
    identity_parse(&identity, name, strlen(name));
    random_fill(random, seed, sizeof(seed));
    if (!crypto_ed25519_public(seed, key))
        return NULL;
    length = certificate_issue(&(struct certificate_grant){.key = key,
                                                           .identity = &identity,
                                                           .created = SIM_UNIX_BEGIN - 10,
                                                           .expiry = SIM_UNIX_BEGIN + CERTIFICATE_LIFE_S,
                                                           .apps = &app,
                                                           .app_count = 1},
                               setting->authority_seed, message, sizeof(message));
    return length > 0 ? credentials_from_message(message, length, seed, NULL) : NULL;
}

void sim_setting_default_config(struct transport_config *config)
{
    *config = (struct transport_config){
        .timeout_initial_ms = 10000,
        .timeout_connected_ms = 10000,
        .send_buffer_size = 512 * 1024,
        .send_rate_min = 256 * 1024,
        .send_rate_max = 256 * 1024,
        .nagle_us = 5000,
        .receive_buffer_size = 1024 * 1024,
        .receive_buffer_messages = 1000,
        .receive_max_message_size = 512 * 1024,
        .receive_max_segments = 1300,
        .packet_size = 1300,
        .allow_without_auth = 2,
        .localhost_allow_without_auth = 2,
        .send_time_since_previous = -1,
    };
}

static void draw_config(struct sim_setting *setting, struct transport_config *config)
{
    struct sim_world *world = setting->world;

    sim_setting_default_config(config);
    if (sim_chance(world, 0.5))
        sim_trouble_draw_rates(world, config);
    if (sim_chance(world, 0.3))
        config->nagle_us = (int32_t)sim_between(world, 0, 20000);
    if (sim_chance(world, 0.2))
        config->send_buffer_size = (int32_t)sim_magnitude(world, 20000, 2 * 1024 * 1024);
    if (sim_chance(world, 0.2))
        config->packet_size = (int32_t)sim_between(world, 200, 1300);
    if (sim_chance(world, 0.3))
        config->send_time_since_previous = (int32_t)sim_between(world, -1, 1);
    if (sim_chance(world, 0.2) && setting->plain)
        config->unencrypted = (int32_t)sim_between(world, 0, 2);
    if (setting->all_plain)
        config->unencrypted = (int32_t)sim_between(world, 1, 2);
}

bool sim_setting_make_host(struct sim_setting *setting, struct sim_network *network, int index)
{
    struct sim_world *world = setting->world;
    struct sim_host *host = &network->hosts[index];
    struct endpoint *endpoint = endpoint_new();

    if (!endpoint)
        return false;
    identity_set_localhost(&endpoint->identity);
    endpoint->authorities = setting->authorities;
    endpoint->app_id = APP_ID;
    endpoint->unix_time = sim_wall_clock(index);
    if (sim_chance(world, 0.4)) {
        endpoint->credentials = draw_credentials(setting, index);
        if (!endpoint->credentials) {
            endpoint_release(endpoint);
            return false;
        }
        endpoint->identity = endpoint->credentials->certificate.identity;
    }
    if (!sim_host_init(host, world, index, endpoint))
        return false;
    address_set_ipv4(&host->address, 0x0a000001 + (uint32_t)index, index == 0 ? SERVER_PORT : CLIENT_PORT);
    host->clock_offset = sim_magnitude(world, SECOND, 1000000 * SECOND);
    host->listener_count = index == 0 ? (int)sim_between(world, 1, SIM_LISTENERS_MAXIMUM) : 0;
    host->network = network;
    host->corruption = setting->corruption;
    host->shortage = setting->shortage;
    draw_config(setting, &host->config);
    host->highest_rate = host->config.send_rate_max;
    if (endpoint->credentials && sim_chance(world, 0.1))
        host->config.allow_without_auth = 0; /* those that nobody vouches for are ignored */
    if (sim_chance(world, 0.06) && index > 0 && sim_may(world, SIM_FAULT_HOSTILE_PEER))
        host->hostility = sim_chance(world, 0.5) ? random_double(&world->random.source) : 0.02;
    host->sly = sim_chance(world, 0.6);
    host->flood = (int)sim_magnitude(world, 1, host->sly ? HOSTILE_FLOOD : HOSTILE_FLOOD / 20);
    if (sim_chance(world, 0.5))
        host->tick_late_maximum = sim_magnitude(world, 10, 5 * MILLISECOND);
    if (sim_chance(world, 0.3))
        host->tick_early = random_double(&world->random.source) * 0.3;
    return true;
}

const SteamNetworkingIPAddr *sim_setting_any_listener(struct sim_world *world, const struct sim_host *host)
{
    static SteamNetworkingIPAddr address;

    address = sim_host_listener_address(host, (int)sim_between(world, 0, host->listener_count - 1));
    return &address;
}

/* ---- applications -------------------------------------------------------------------------------------------- */

void sim_setting_draw_profile(struct sim_setting *setting, microseconds work_time)
{
    struct sim_world *world = setting->world;
    struct sim_profile *profile = &setting->profile;

    profile->messages_maximum = (int)sim_magnitude(world, 10, 600);
    profile->bytes_maximum = sim_magnitude(world, 5000, 1500000);
    profile->gap_maximum = sim_magnitude(world, MILLISECOND, 500 * MILLISECOND);
    profile->burst_maximum = (int)sim_magnitude(world, 1, 60);
    profile->reliable = random_double(&world->random.source);
    profile->size_maximum = (int)sim_magnitude(world, 2000, k_cbMaxSteamNetworkingSocketsMessageSizeSend);
    profile->lanes_maximum = (int)sim_magnitude(world, 1, sim_chance(world, 0.1) ? SIM_LANES_MAXIMUM : 8);
    profile->stall = sim_chance(world, 0.4) ? random_double(&world->random.source) * 0.1 : 0;
    profile->stall_maximum = sim_magnitude(world, 10 * MILLISECOND, 5 * SECOND);
    profile->accept_maximum = sim_magnitude(world, MILLISECOND, sim_chance(world, 0.2) ? 15 * SECOND : 3 * SECOND);
    if (sim_chance(world, 0.3)) {
        profile->refuse = random_double(&world->random.source) * 0.5;
        profile->ignore = random_double(&world->random.source) * 0.3;
    }
    profile->close = sim_chance(world, 0.7) ? random_double(&world->random.source) * 0.6 : 0;
    profile->fail = sim_chance(world, 0.1) ? 0.01 : 0;
    profile->reconnect = sim_chance(world, 0.5) ? random_double(&world->random.source) : 0;
    profile->work_time = work_time;
}
