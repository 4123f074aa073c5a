/*
 * What a world is drawn with before it begins: an authority, hosts with their certificates, configurations, clocks and
 * listeners, and what their applications are like.
 *
 * Owns the authority. The hosts are the network's.
 */
#ifndef NET_SIM_SETTING_H
#define NET_SIM_SETTING_H

#include "crypto/crypto.h"
#include "net/sim/sim_network.h"
#include "net/sim/sim_workload.h"

struct authority_store;

struct sim_setting {
    struct sim_world *world;
    struct sim_profile profile;
    bool corruption, shortage; /* as in sim_host */
    bool plain;                /* there may be connections without encryption ... */
    bool all_plain;            /* ... and there are no others */
    struct authority_store *authorities;
    uint8_t authority_seed[CRYPTO_KEY_SIZE];
};

/* Makes the authority, and the configuration of everyday hosts. False when that fails. */
bool sim_setting_init(struct sim_setting *setting, struct sim_world *world);
void sim_setting_destroy(struct sim_setting *setting);

/* What all applications are like; the middle of their work is over at that time. */
void sim_setting_draw_profile(struct sim_setting *setting, microseconds work_time);

/* Makes one of the network's hosts; 0 is the server. False when that fails. */
bool sim_setting_make_host(struct sim_setting *setting, struct sim_network *network, int index);

/* As applications have it that set nothing. */
void sim_setting_default_config(struct transport_config *config);

/* One of the addresses at which the host listens. Valid until the next call. */
const SteamNetworkingIPAddr *sim_setting_any_listener(struct sim_world *world, const struct sim_host *host);

#endif
