#include "net/sim/sim_limits.h"

const struct sim_limits sim_unlimited = {
    .hosts = INT64_MAX,
    .connections = INT64_MAX,
    .messages = INT64_MAX,
    .work = TIME_NEVER,
    .until = TIME_NEVER,
};
