/*
 * Messages as an array of dictionaries, wherever they come from.
 */
#ifndef FUMAROLE_GODOT_MESSAGE_LIST_H
#define FUMAROLE_GODOT_MESSAGE_LIST_H

#include "fumarole/fumarole.h"
#include "value.h"

/* Fetches up to `max` messages from a connection, poll group or channel; like the library's functions. */
typedef int (*message_source)(int64_t from, SteamNetworkingMessage_t **messages, int max);

/* Fetches up to `max` messages in batches. Each dictionary owns its message. */
struct value message_list_fetch(message_source source, int64_t from, int64_t max);

#endif
