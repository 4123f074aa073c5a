/*
 * The tunables of one connection, resolved from the API's config values (docs/api, "Configuration values").
 * Whoever owns the connection fills this and refreshes it, with the connection's lock held, when a value changes.
 */
#ifndef SNP_TRANSPORT_CONFIG_H
#define SNP_TRANSPORT_CONFIG_H

#include <stdint.h>

struct transport_config {
    int32_t timeout_initial_ms;           /* 24 */
    int32_t timeout_connected_ms;         /* 25 */
    int32_t send_buffer_size;             /* 9, bytes waiting to be sent or resent */
    int32_t send_rate_min;                /* 10, bytes per second */
    int32_t send_rate_max;                /* 11, bytes per second */
    int32_t nagle_us;                     /* 12 */
    int32_t receive_buffer_size;          /* 47, bytes */
    int32_t receive_buffer_messages;      /* 48 */
    int32_t receive_max_message_size;     /* 49, bytes */
    int32_t receive_max_segments;         /* 50, per packet */
    int32_t packet_size;                  /* 32, UDP payload bytes */
    int32_t allow_without_auth;           /* 23 */
    int32_t localhost_allow_without_auth; /* 52 */
    int32_t unencrypted;                  /* 34 */
    int32_t send_time_since_previous;     /* 59 */
    int32_t log_level_ack_rtt;            /* 13 */
    int32_t log_level_packet_decode;      /* 14 */
    int32_t log_level_message;            /* 15 */
    int32_t log_level_packet_gaps;        /* 16 */
};

#endif
