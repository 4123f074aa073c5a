/*
 * The library's structures as the dictionaries that the compatible page describes. Plain conversions; any thread.
 */
#ifndef FUMAROLE_GODOT_DICTIONARIES_H
#define FUMAROLE_GODOT_DICTIONARIES_H

#include "fumarole/fumarole.h"
#include "value.h"

/* A connection: getConnectionInfo, and the payload of network_connection_status_changed. */
struct value dictionary_connection(const SteamNetConnectionInfo_t *info);

/* The same keys, added to a dictionary. */
void dictionary_put_connection(struct value *dictionary, const SteamNetConnectionInfo_t *info);

/* How a connection is doing. `state` is left out of the second one. */
struct value dictionary_real_time_status(const SteamNetConnectionRealTimeStatus_t *status);
void dictionary_put_real_time_status(struct value *dictionary, const SteamNetConnectionRealTimeStatus_t *status);
struct value dictionary_lane_status(const SteamNetConnectionRealTimeLaneStatus_t *status);

/* A message that was received. The dictionary owns it from then on, and releases it. */
struct value dictionary_message(SteamNetworkingMessage_t *message);

/* The ports of a FakeIP: those that are not zero, in order. */
struct value dictionary_fake_ports(const SteamNetworkingFakeIPResult_t *result);

#endif
