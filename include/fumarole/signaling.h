/*
 * Custom signaling: connections between peers whose first messages, the signals, travel over a channel of the
 * application.
 *
 * The application implements two small interfaces, either as C++ objects (fumarole/vtables.h shows their tables) or
 * with the flat helpers below: a signaling object sends signals of one connection to its peer; a receive context, used
 * while one signal is handed in, decides about new requests. Both may be called from any thread, with locks held, and
 * must not wait for the library. For `self`, threads and memory see fumarole/sockets.h.
 *
 * Not yet available: routes that signals could agree on (ICE, relays). For the present ConnectP2PCustomSignaling
 * returns 0, and handing in a signal makes no connection.
 */
#ifndef FUMAROLE_SIGNALING_H
#define FUMAROLE_SIGNALING_H

#include "fumarole/types.h"

FUMAROLE_BEGIN_DECLS

/*
 * Starts a connection whose signals go out through `signaling`.
 *
 * signaling     the library owns it from now on, whatever the result, and calls its Release exactly once; null fails
 * identity      the peer, or null to learn it from the first reply (not in symmetric mode)
 * virtual_port  the remote virtual port, 0 to 65535
 *
 * Returns a handle in state Connecting, or 0: bad option, unknown local identity, no route possible. Release has been
 * called when the result is 0. For the present: 0.
 */
FUMAROLE_API HSteamNetConnection SteamAPI_ISteamNetworkingSockets_ConnectP2PCustomSignaling(
    ISteamNetworkingSockets *self, ISteamNetworkingConnectionSignaling *signaling,
    const SteamNetworkingIdentity *identity, int virtual_port, int option_count,
    const SteamNetworkingConfigValue_t *options);

/*
 * Hands in a signal that the application received.
 *
 * signal, size  its bytes, as they were given to SendSignal or SendRejectionSignal at the other end
 * context       asked about a new request, during this call only: OnConnectRequest returns a signaling object to let
 *               the connection live, or null to ignore it or, after closing it, to reject it through
 *               SendRejectionSignal
 *
 * Returns true when the signal was dealt with, which includes that it was ignored on purpose; false when it makes no
 * sense. For the present: context is never called, and the result is false.
 */
FUMAROLE_API bool
SteamAPI_ISteamNetworkingSockets_ReceivedP2PCustomSignal(ISteamNetworkingSockets *self, const void *signal, int size,
                                                         ISteamNetworkingSignalingRecvContext *context);

/*
 * Makes a signaling object from functions. send_signal must not be null; release may be, and is called once with
 * `context` when the object goes. The object frees itself when it is released. Null when send_signal is null or memory
 * is short. Works without Init.
 */
FUMAROLE_API ISteamNetworkingConnectionSignaling *
SteamAPI_ISteamNetworkingSockets_CreateCustomSignaling(void *context,
                                                       FSteamNetworkingSocketsCustomSignaling_SendSignal send_signal,
                                                       FSteamNetworkingSocketsCustomSignaling_Release release);

/* ReceivedP2PCustomSignal with functions in place of the context object. on_connect_request must not be null,
 * send_rejection may be. */
FUMAROLE_API bool SteamAPI_ISteamNetworkingSockets_ReceivedP2PCustomSignal2(
    ISteamNetworkingSockets *self, const void *signal, int size, void *context,
    FSteamNetworkingCustomSignalingRecvContext_OnConnectRequest on_connect_request,
    FSteamNetworkingCustomSignalingRecvContext_SendRejectionSignal send_rejection);

FUMAROLE_END_DECLS

#endif
