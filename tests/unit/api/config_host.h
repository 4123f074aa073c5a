/*
 * What the tests of configuration values share: short names for values, scopes, types and results, and a host that has
 * one object of each kind.
 */
#ifndef UNIT_API_CONFIG_HOST_H
#define UNIT_API_CONFIG_HOST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api/config_table.h"
#include "api/config_values.h"
#include "base/alloc.h"
#include "base/log.h"

#define VALUE(name)      k_ESteamNetworkingConfig_##name
#define NO_VALUE         ((ESteamNetworkingConfigValue)35)
#define UNKNOWN_VALUE    ((ESteamNetworkingConfigValue)61)
#define SCOPE_GLOBAL     k_ESteamNetworkingConfig_Global
#define SCOPE_INTERFACE  k_ESteamNetworkingConfig_SocketsInterface
#define SCOPE_LISTEN     k_ESteamNetworkingConfig_ListenSocket
#define SCOPE_CONNECTION k_ESteamNetworkingConfig_Connection
#define TYPE_INT32       k_ESteamNetworkingConfig_Int32
#define TYPE_INT64       k_ESteamNetworkingConfig_Int64
#define TYPE_FLOAT       k_ESteamNetworkingConfig_Float
#define TYPE_STRING      k_ESteamNetworkingConfig_String
#define TYPE_POINTER     k_ESteamNetworkingConfig_Ptr
#define GET_OK           k_ESteamNetworkingGetConfigValue_OK
#define GET_INHERITED    k_ESteamNetworkingGetConfigValue_OKInherited
#define GET_BAD_VALUE    k_ESteamNetworkingGetConfigValue_BadValue
#define GET_BAD_SCOPE    k_ESteamNetworkingGetConfigValue_BadScopeObj
#define GET_SMALL        k_ESteamNetworkingGetConfigValue_BufferTooSmall

/* ---- a host with one object of each kind ---------------------------------------------------------------------- */

enum { INTERFACE = 11, LISTEN = 22, CONNECTION = 33, OUTGOING = 44 };

static struct config_node interface_node, listen_node, connection_node, outgoing_node;
static int held;
static int changes;
static struct config_node *last_changed;
static ESteamNetworkingConfigValue last_value;

static inline struct config_node *hold(ESteamNetworkingConfigScope scope, intptr_t object)
{
    struct config_node *node = NULL;

    if (scope == SCOPE_INTERFACE && object == INTERFACE)
        node = &interface_node;
    if (scope == SCOPE_LISTEN && object == LISTEN)
        node = &listen_node;
    if (scope == SCOPE_CONNECTION && object == CONNECTION)
        node = &connection_node;
    if (scope == SCOPE_CONNECTION && object == OUTGOING)
        node = &outgoing_node;
    held += node != NULL;
    return node;
}

static inline void release(ESteamNetworkingConfigScope scope, intptr_t object, struct config_node *node)
{
    (void)scope;
    (void)object;
    assert_non_null(node);
    held--;
}

static inline void changed(struct config_node *node, ESteamNetworkingConfigValue value)
{
    assert_true(node == config_global() || held == 1);
    changes++;
    last_changed = node;
    last_value = value;
    /* The host may read here: no lock is held. */
    (void)config_int32(node, value);
}

static const struct config_host host = {.hold = hold, .release = release, .changed = changed};

static char last_log[2048];

static inline void keep_log(int level, const char *text)
{
    (void)level;
    snprintf(last_log, sizeof(last_log), "%s", text);
}

static inline int set_up(void **state)
{
    (void)state;
    config_set_host(&host);
    config_node_init(&interface_node, SCOPE_INTERFACE, NULL);
    config_node_init(&listen_node, SCOPE_LISTEN, &interface_node);
    config_node_init(&connection_node, SCOPE_CONNECTION, &listen_node);
    config_node_init(&outgoing_node, SCOPE_CONNECTION, &interface_node);
    changes = 0;
    held = 0;
    last_log[0] = '\0';
    log_set_output(LOG_LEVEL_MESSAGE, keep_log);
    return 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    assert_int_equal(held, 0);
    config_node_destroy(&outgoing_node);
    config_node_destroy(&connection_node);
    config_node_destroy(&listen_node);
    config_node_destroy(&interface_node);
    for (size_t i = 0; i < CONFIG_ROW_COUNT; i++)
        config_set_value((ESteamNetworkingConfigValue)config_table[i].value, SCOPE_GLOBAL, 0, TYPE_INT32, NULL);
    config_set_host(NULL);
    log_set_output(0, NULL);
    return 0;
}

static inline bool set_int(ESteamNetworkingConfigValue value, ESteamNetworkingConfigScope scope, intptr_t object,
                           int32_t number)
{
    return config_set_value(value, scope, object, TYPE_INT32, &number);
}

static inline bool clear(ESteamNetworkingConfigValue value, ESteamNetworkingConfigScope scope, intptr_t object)
{
    return config_set_value(value, scope, object, TYPE_INT32, NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
