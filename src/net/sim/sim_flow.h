/*
 * One connection of the library across a shared path, from its handshake on: the client sends, the server receives and
 * acknowledges. What the client's application offers is one of a few patterns. Everything below the application is the
 * code that ships.
 *
 * Owns both ends.
 */
#ifndef NET_SIM_FLOW_H
#define NET_SIM_FLOW_H

#include "conn/connection.h"
#include "conn/endpoint.h"
#include "conn/listener.h"
#include "net/sim/sim_bottleneck.h"
#include "snp/congestion_model.h"

enum sim_pattern {
    SIM_SILENT,
    SIM_BULK,            /* reliable messages, as many as are taken */
    SIM_BULK_UNRELIABLE, /* the same, unreliable and smaller than a packet */
    SIM_GAME,            /* 200 bytes, unreliable, 60 times a second */
    SIM_TRICKLE,         /* reliable, at a rate, a message each 10 ms */
};

struct sim_flow_end {
    struct connection_events events;
    struct sim_flow *flow;
    struct transport_config config;
    struct endpoint *endpoint;
    struct connection *connection;
    struct sim_event tick;
    struct sim_account account;
    bool inside;
};

struct sim_flow {
    struct sim_world *world;
    struct sim_bottleneck *forward, *backward;
    struct sim_flow_end client, server;
    struct random_generator random;
    struct listener listener;
    SteamNetworkingIPAddr addresses[2];
    enum sim_pattern pattern;
    int64_t trickle_rate; /* bytes a second */
    struct sim_event application;
    int64_t delivered_bytes, delivered_messages;
    microseconds *latencies; /* of SIM_GAME's messages */
    int64_t latency_count, latency_capacity;
    bool tell_latencies;
};

/* The config is copied to both ends. */
void sim_flow_init(struct sim_flow *flow, struct sim_world *world, int index, const struct transport_config *config,
                   struct sim_bottleneck *forward, struct sim_bottleneck *backward);
void sim_flow_destroy(struct sim_flow *flow);

/* Connects, if it has not, and sends in this way from now on. */
void sim_flow_send(struct sim_flow *flow, enum sim_pattern pattern, int64_t trickle_rate);

/* What congestion control of the sending end thinks; zero while there is no connection. For plots. */
struct congestion_view sim_flow_view(const struct sim_flow *flow);

/* What the library says of the sending end; zero while there is no connection. */
SteamNetConnectionRealTimeStatus_t sim_flow_status(const struct sim_flow *flow);

#endif
