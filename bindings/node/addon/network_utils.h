/*
 * What concerns the host and not a connection: identity, authentication, the relay network, ping times, the clock, and
 * diagnostic output.
 */
#ifndef FUMAROLE_NODE_NETWORK_UTILS_H
#define FUMAROLE_NODE_NETWORK_UTILS_H

#include "environment.h"

napi_value make_authentication_status(napi_env env, const SteamNetAuthenticationStatus_t *status);
napi_value make_relay_status(napi_env env, const SteamRelayNetworkStatus_t *status);

/* Adds the functions to the exports; false with an exception pending. */
bool export_network_utils(napi_env env, napi_value exports);

#endif
