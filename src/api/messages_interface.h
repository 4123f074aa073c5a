/*
 * ISteamNetworkingMessages: the object, its life, and the sessions on top of hidden connections of the sockets
 * interface. The sessions' logic is in message_sessions.h; here are their lock, their timer and their way to the
 * connections.
 *
 * Made on first use; any thread. Locks: the one of its life comes first, then that of its sessions, and both before all
 * of sockets.h; the queue of events, filled while those are held, comes after them.
 */
#ifndef API_MESSAGES_INTERFACE_H
#define API_MESSAGES_INTERFACE_H

#include "fumarole/types.h"

#include <stdbool.h>

/* The object of the running library, made if need be; NULL when it does not run or memory is short. */
ISteamNetworkingMessages *messages_object(void);

/* False, with a line in the log that names `function`, for anything but that object while it works. */
bool messages_is_object(const ISteamNetworkingMessages *self, const char *function);

/*
 * Forgets all sessions. The hidden connections stay for whoever closes everything next. Harmless when not running. Not
 * in a callback of the service.
 */
void messages_stop(void);

/*
 * The same around a change of identity: nobody can start it anew until it is resumed, with what messages_pause returned
 * and by the same thread.
 */
bool messages_pause(void);
void messages_resume(bool was_running);

EResult messages_send(const SteamNetworkingIdentity *peer, const void *data, uint32 size, int flags, int channel);
int messages_receive(int channel, SteamNetworkingMessage_t **messages, int maximum);
bool messages_accept(const SteamNetworkingIdentity *peer);
bool messages_close(const SteamNetworkingIdentity *peer);
bool messages_close_channel(const SteamNetworkingIdentity *peer, int channel);
ESteamNetworkingConnectionState messages_info(const SteamNetworkingIdentity *peer, SteamNetConnectionInfo_t *info,
                                              SteamNetConnectionRealTimeStatus_t *status);

#endif
