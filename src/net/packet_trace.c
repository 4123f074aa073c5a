#include "net/packet_trace.h"

#include "base/log.h"
#include "base/text.h"
#include "wire/address.h"

enum { TRACE_TEXT_MAXIMUM = LOG_TEXT_MAXIMUM + 1 };

atomic_int packet_trace_bytes = -1;

void packet_trace_set(int bytes)
{
    atomic_store_explicit(&packet_trace_bytes, bytes, memory_order_relaxed);
}

void packet_trace(const char *what, const SteamNetworkingIPAddr *peer, const void *data, size_t length)
{
    int limit = atomic_load_explicit(&packet_trace_bytes, memory_order_relaxed);
    const unsigned char *bytes = data;
    char buffer[TRACE_TEXT_MAXIMUM];
    char address[ADDRESS_TEXT_SIZE];
    struct text text;
    size_t shown;

    if (limit < 0 || !log_enabled(LOG_LEVEL_MESSAGE))
        return;
    address_print(peer, address, sizeof(address), true);
    text_init(&text, buffer, sizeof(buffer));
    text_append_formatted(&text, "packet %s %s %zu bytes", what, address, length);
    shown = length < (size_t)limit ? length : (size_t)limit;
    if (shown > 0)
        text_append(&text, ":");
    for (size_t i = 0; i < shown && !text.truncated; i++)
        text_append_formatted(&text, "%s%02x", i % 16 == 0 ? " " : "", bytes[i]);
    log_emit(LOG_LEVEL_MESSAGE, "%s", buffer);
}
