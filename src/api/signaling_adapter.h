/*
 * Signaling objects and receive contexts made from plain functions, for programs in languages without C++ classes. They
 * look like the objects that a C++ program implements and are used in the same way, through their tables.
 */
#ifndef API_SIGNALING_ADAPTER_H
#define API_SIGNALING_ADAPTER_H

#include "api/vtables.h"

/* An object that frees itself when it is released; NULL when memory is short. send_signal must not be null. */
ISteamNetworkingConnectionSignaling *
signaling_adapter_new(void *context, FSteamNetworkingSocketsCustomSignaling_SendSignal send_signal,
                      FSteamNetworkingSocketsCustomSignaling_Release release);

/* Lives on the caller's stack for one call. */
struct receive_context_adapter {
    ISteamNetworkingSignalingRecvContext object; /* first: the functions get a pointer to it */
    void *context;
    FSteamNetworkingCustomSignalingRecvContext_OnConnectRequest on_connect_request;
    FSteamNetworkingCustomSignalingRecvContext_SendRejectionSignal send_rejection; /* may be null */
};

void receive_context_adapter_init(struct receive_context_adapter *adapter, void *context,
                                  FSteamNetworkingCustomSignalingRecvContext_OnConnectRequest on_connect_request,
                                  FSteamNetworkingCustomSignalingRecvContext_SendRejectionSignal send_rejection);

#endif
