/*
 * The table of configuration values: numbers, names, types, levels, limits, defaults, lock points and which field of
 * the transport configuration a value ends up in. Constant data; docs/api/configuration.md is checked against it by a
 * test.
 */
#ifndef API_CONFIG_TABLE_H
#define API_CONFIG_TABLE_H

#include "fumarole/types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum config_type {
    CONFIG_TYPE_INT32 = k_ESteamNetworkingConfig_Int32,
    CONFIG_TYPE_INT64 = k_ESteamNetworkingConfig_Int64,
    CONFIG_TYPE_FLOAT = k_ESteamNetworkingConfig_Float,
    CONFIG_TYPE_STRING = k_ESteamNetworkingConfig_String,
    CONFIG_TYPE_POINTER = k_ESteamNetworkingConfig_Ptr,
};

/* Who gets to see a value in an iteration. */
enum config_listing {
    CONFIG_UNLISTED,    /* nobody: pointers, what only makes sense at creation, and what has no effect yet */
    CONFIG_LISTED,      /* everybody */
    CONFIG_DEVELOPMENT, /* who asks for development values */
};

struct config_row {
    uint16_t value;
    uint8_t type;             /* enum config_type */
    uint8_t scope;            /* the lowest level: k_ESteamNetworkingConfig_Global, _ListenSocket or _Connection */
    uint8_t locks;            /* a sum of enum config_lock */
    uint8_t listing;          /* enum config_listing */
    bool zero_is_no_limit;    /* 0 is kept as it is, although it may be below the minimum */
    int16_t transport_offset; /* of the int32_t in struct transport_config; -1: not there */
    const char *name;         /* without prefix */
    double initial;           /* numbers: the built-in default; the others are empty or null */
    double minimum, maximum;  /* numbers: what a setting is clamped to (not for the 64-bit one) */
};

/* The default of ListenWaitingConnections; those of the rates are in conn/stranger_limits.h. */
enum { LISTEN_WAITING_CONNECTIONS = 8192 };

enum { CONFIG_ROW_COUNT = 82 };

/* Ascending by number. The read-only value 33 and the removed value 35 are not in it. */
extern const struct config_row config_table[CONFIG_ROW_COUNT];

/* The row of a value, or NULL. */
const struct config_row *config_find_row(int value);

#endif
