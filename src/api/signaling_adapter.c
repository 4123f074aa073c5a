#include "api/signaling_adapter.h"

#include "base/alloc.h"
#include "base/list.h"

struct signaling_adapter {
    ISteamNetworkingConnectionSignaling object;
    void *context;
    FSteamNetworkingSocketsCustomSignaling_SendSignal send_signal;
    FSteamNetworkingSocketsCustomSignaling_Release release;
};

static bool adapter_send_signal(ISteamNetworkingConnectionSignaling *self, HSteamNetConnection connection,
                                const SteamNetConnectionInfo_t *info, const void *signal, int size)
{
    struct signaling_adapter *adapter = container_of(self, struct signaling_adapter, object);

    return adapter->send_signal(adapter->context, connection, info, signal, size);
}

static void adapter_release(ISteamNetworkingConnectionSignaling *self)
{
    struct signaling_adapter *adapter = container_of(self, struct signaling_adapter, object);

    if (adapter->release)
        adapter->release(adapter->context);
    mem_free(adapter);
}

static const signaling_table_type signaling_table = {
    .slots = {.SendSignal = adapter_send_signal, .Release = adapter_release},
};

ISteamNetworkingConnectionSignaling *
signaling_adapter_new(void *context, FSteamNetworkingSocketsCustomSignaling_SendSignal send_signal,
                      FSteamNetworkingSocketsCustomSignaling_Release release)
{
    struct signaling_adapter *adapter = mem_alloc(sizeof(*adapter));

    if (!adapter)
        return NULL;
    adapter->object.vtable = &signaling_table.slots;
    adapter->context = context;
    adapter->send_signal = send_signal;
    adapter->release = release;
    return &adapter->object;
}

static ISteamNetworkingConnectionSignaling *adapter_on_connect_request(ISteamNetworkingSignalingRecvContext *self,
                                                                       HSteamNetConnection connection,
                                                                       const SteamNetworkingIdentity *identity,
                                                                       int virtual_port)
{
    struct receive_context_adapter *adapter = container_of(self, struct receive_context_adapter, object);

    return adapter->on_connect_request(adapter->context, connection, identity, virtual_port);
}

static void adapter_send_rejection(ISteamNetworkingSignalingRecvContext *self, const SteamNetworkingIdentity *identity,
                                   const void *signal, int size)
{
    struct receive_context_adapter *adapter = container_of(self, struct receive_context_adapter, object);

    if (adapter->send_rejection)
        adapter->send_rejection(adapter->context, identity, signal, size);
}

static const receive_context_table_type receive_context_table = {
    .slots = {.OnConnectRequest = adapter_on_connect_request, .SendRejectionSignal = adapter_send_rejection},
};

void receive_context_adapter_init(struct receive_context_adapter *adapter, void *context,
                                  FSteamNetworkingCustomSignalingRecvContext_OnConnectRequest on_connect_request,
                                  FSteamNetworkingCustomSignalingRecvContext_SendRejectionSignal send_rejection)
{
    adapter->object.vtable = &receive_context_table.slots;
    adapter->context = context;
    adapter->on_connect_request = on_connect_request;
    adapter->send_rejection = send_rejection;
}
