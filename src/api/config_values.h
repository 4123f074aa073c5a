/*
 * The configuration values of the API (docs/api/configuration.md) as a tree of nodes: the process, a sockets interface,
 * a listen socket, a connection. A node stores only what was set on it; everything else comes, at all times, from its
 * parent, and in the end from the table of built-in defaults (config_table.h).
 *
 * Owns the global node and one lock for all nodes, taken for writing by setters and for reading by getters. It is the
 * innermost lock: callers may hold any other. No function of the host below is called while it is held. The data path
 * takes it never: the owner of a connection keeps a resolved struct transport_config and refreshes it when the host's
 * `changed` is called.
 */
#ifndef API_CONFIG_VALUES_H
#define API_CONFIG_VALUES_H

#include "fumarole/types.h"
#include "snp/transport_config.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Parts of a node that can be locked; each value of the table belongs to none, one or two of them. */
enum config_lock {
    CONFIG_LOCK_ACTIVE = 1,    /* a connection that is past its preparation: 23, 30, 34, 37, 52, 104, 110 */
    CONFIG_LOCK_SYMMETRIC = 2, /* a listen socket that exists: 37 */
    CONFIG_LOCK_PORT = 4,      /* a P2P listen socket or connection that exists: 38 */
};

struct config_setting;

/* Embedded in the object it belongs to. Its fields are config_values.c's own. */
struct config_node {
    struct config_node *parent;      /* NULL only for the global node */
    struct config_setting *settings; /* what is set here, ascending by number */
    _Atomic int64_t user_data;       /* value 40 of a connection: bound at creation, never inherited afterwards */
    uint8_t setting_count;
    uint8_t setting_capacity;
    uint8_t scope; /* ESteamNetworkingConfigScope */
    uint8_t locks; /* a sum of enum config_lock */
};

/*
 * What the configuration needs to know about the objects of the API. Any member may be NULL; then there are no objects
 * but the global scope. Every function may be called from any thread, with no lock of the configuration held.
 */
struct config_host {
    /* The node of an interface (pointer), listen socket or connection (handle), kept alive until `release`; NULL when
     * there is no such object. */
    struct config_node *(*hold)(ESteamNetworkingConfigScope scope, intptr_t object);
    void (*release)(ESteamNetworkingConfigScope scope, intptr_t object, struct config_node *node);
    /*
     * A value was set or cleared on `node` by SetConfigValue: every connection at or below it should refresh what it
     * has resolved. The node is still held. For a global node this may come before the library is started.
     */
    void (*changed)(struct config_node *node, ESteamNetworkingConfigValue value);
};

/* Installs the host (borrowed, NULL removes it). Not while other threads use the configuration. */
void config_set_host(const struct config_host *host);

/* ---- nodes ---------------------------------------------------------------------------------------------------- */

/* The node of the process. It exists always, also before the library is started and after it was stopped. */
struct config_node *config_global(void);

/*
 * `parent` is the node to inherit from: global for an interface, the interface for a listen socket, either of the two
 * for a connection. It must outlive the node or be replaced before it goes. A connection takes over its user data (40)
 * here, so options that set it must be applied after this.
 */
void config_node_init(struct config_node *node, ESteamNetworkingConfigScope scope, struct config_node *parent);

/* Frees what is set on the node. A node that was zeroed and never initialised is allowed. */
void config_node_destroy(struct config_node *node);

/* Inherits from somebody else from now on (a connection that outlives its listen socket). */
void config_node_set_parent(struct config_node *node, struct config_node *parent);

/*
 * From now on the values of these parts (a sum of enum config_lock) keep what they have at this moment: setting them
 * fails and changes further up no longer arrive. False when memory is short: then they can no longer be set, but values
 * that were inherited stay so.
 */
bool config_node_lock(struct config_node *node, int locks);

/*
 * The options of a create or connect call (API 4.4). False, with a line in the log that names the option, when
 * one fails or the array is missing; the node is then to be thrown away. The host is not notified.
 */
bool config_apply_options(struct config_node *node, int count, const SteamNetworkingConfigValue_t *options);

/* ---- reading; a NULL node means the global one ---------------------------------------------------------------- */

int32_t config_int32(const struct config_node *node, ESteamNetworkingConfigValue value);
float config_float(const struct config_node *node, ESteamNetworkingConfigValue value);
void *config_pointer(const struct config_node *node, ESteamNetworkingConfigValue value);

/* Copies the text, cut to fit and terminated, and returns its full length. */
size_t config_string(const struct config_node *node, ESteamNetworkingConfigValue value, char *buffer, size_t capacity);

/* Whether the value is set on this very node. */
bool config_is_set(const struct config_node *node, ESteamNetworkingConfigValue value);

/* Value 40 of a connection's node, without a lock. */
static inline int64_t config_user_data(const struct config_node *node)
{
    return atomic_load_explicit(&node->user_data, memory_order_relaxed);
}

static inline void config_set_user_data(struct config_node *node, int64_t user_data)
{
    atomic_store_explicit(&node->user_data, user_data, memory_order_relaxed);
}

/*
 * Fills `transport` with the values in effect on a connection's node. The struct is either zeroed before the first call
 * or holds the result of the previous one. A packet size (32) that became smaller is taken over only when
 * `reliable_in_flight` is false; otherwise the old one is kept and the result is false: call again when the reliable
 * data is acknowledged.
 */
bool config_resolve_transport(const struct config_node *node, bool reliable_in_flight,
                              struct transport_config *transport);

/* ---- the API's functions (API 4.2, 4.3, 4.6) --------------------------------------------------------- */

bool config_set_value(ESteamNetworkingConfigValue value, ESteamNetworkingConfigScope scope, intptr_t object,
                      ESteamNetworkingConfigDataType type, const void *argument);

ESteamNetworkingGetConfigValueResult config_get_value(ESteamNetworkingConfigValue value,
                                                      ESteamNetworkingConfigScope scope, intptr_t object,
                                                      ESteamNetworkingConfigDataType *type, void *result, size_t *size);

/* The bare name, or NULL. Both outputs may be NULL. */
const char *config_value_info(ESteamNetworkingConfigValue value, ESteamNetworkingConfigDataType *type,
                              ESteamNetworkingConfigScope *scope);

/* The listed value after `current` (0: the first), 0 at the end. */
ESteamNetworkingConfigValue config_iterate(ESteamNetworkingConfigValue current, bool with_development_values);

/* Raises the built-in default of the packet-gap and rendezvous log levels (16, 17); called when the library starts. */
void config_set_default_log_detail(int level);

#endif
