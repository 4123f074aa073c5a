/*
 * What the targets that drive connections share: an endpoint, the configuration, and a clock and random numbers that
 * are the same in every run.
 */
#ifndef FUZZ_ENDS_H
#define FUZZ_ENDS_H

#include "conn/connection.h"
#include "conn/endpoint.h"
#include "fuzz/fuzz.h"
#include "wire/address.h"
#include "wire/identity.h"

#include <string.h>

enum {
    FUZZ_ROUNDS_LIMIT = 64, /* after so many calls a connection must have nothing more to do at the same moment */
};

static inline int64_t fuzz_wall_clock(void)
{
    return 1750000000;
}

static inline struct transport_config fuzz_config(int unencrypted)
{
    return (struct transport_config){
        .timeout_initial_ms = 10000,
        .timeout_connected_ms = 10000,
        .send_buffer_size = 524288,
        .send_rate_min = 262144,
        .send_rate_max = 262144,
        .nagle_us = 5000,
        .receive_buffer_size = 1048576,
        .receive_buffer_messages = 1000,
        .receive_max_message_size = 524288,
        .receive_max_segments = 1300,
        .packet_size = 1300,
        .allow_without_auth = 2,
        .localhost_allow_without_auth = 2,
        .unencrypted = unencrypted,
        .send_time_since_previous = -1,
    };
}

static inline struct endpoint *fuzz_endpoint(struct random_source *random)
{
    struct endpoint *endpoint = endpoint_new();
    FUZZ_CHECK(endpoint);
    identity_set_localhost(&endpoint->identity);
    endpoint->random = random;
    endpoint->unix_time = fuzz_wall_clock;
    return endpoint;
}

/* Bytes of the input, taken from the front; zeros when there are none left. */
struct fuzz_input {
    const uint8_t *at;
    size_t left;
};

static inline unsigned fuzz_take(struct fuzz_input *input)
{
    if (!input->left)
        return 0;
    input->left--;
    return *input->at++;
}

static inline const uint8_t *fuzz_take_bytes(struct fuzz_input *input, size_t *length)
{
    const uint8_t *bytes = input->at;
    if (*length > input->left)
        *length = input->left;
    input->at += *length;
    input->left -= *length;
    return bytes;
}

#endif
