#include "snp/message.h"

#include "base/block_cache.h"

#include <string.h>

_Static_assert(offsetof(struct message, api) == 0, "the application's pointer is the engine's");

/* The payload lies behind the message and goes with it. */
static void keep_inline_payload(SteamNetworkingMessage_t *api)
{
    (void)api;
}

static void release_from_api(SteamNetworkingMessage_t *api)
{
    message_release(message_from_api(api));
}

struct message *message_allocate(int size)
{
    struct message *message;
    uint8_t block_kind;

    if (size < 0)
        return NULL;
    message = block_take(sizeof *message + (size_t)size, &block_kind);
    if (!message)
        return NULL;
    memset(message, 0, sizeof *message);
    message->block_kind = block_kind;
    message->api.m_pfnRelease = release_from_api;
    message->api.m_nChannel = -1;
    if (size > 0) {
        message->api.m_pData = message->payload;
        message->api.m_cbSize = size;
        message->api.m_pfnFreeData = keep_inline_payload;
    }
    list_node_init(&message->queue_node);
    list_node_init(&message->group_node);
    return message;
}

void message_release(struct message *message)
{
    if (!message)
        return;
    if (message->api.m_pfnFreeData && message->api.m_pData)
        message->api.m_pfnFreeData(&message->api);
    block_give(message, message->block_kind);
}
