#include "snp/sent_packets.h"

#include "base/alloc.h"

bool sent_packets_init(struct sent_packets *packets, int64_t next)
{
    *packets = (struct sent_packets){.capacity = SENT_PACKETS_FIRST_CAPACITY,
                                     .capacity_max = SENT_PACKETS_CAPACITY_MAX,
                                     .oldest = next,
                                     .next = next};
    packets->ring = mem_alloc_array(packets->capacity, sizeof *packets->ring);
    return packets->ring != 0;
}

void sent_packets_free(struct sent_packets *packets)
{
    mem_free(packets->ring);
    packets->ring = 0;
}

static bool grow(struct sent_packets *packets)
{
    uint32_t capacity = packets->capacity * 2;
    struct sent_packet *ring;

    if (packets->capacity >= packets->capacity_max)
        return false;
    ring = mem_alloc_array(capacity, sizeof *ring);
    if (!ring)
        return false;
    for (int64_t number = packets->oldest; number < packets->next; number++)
        ring[(uint64_t)number & (capacity - 1)] = packets->ring[(uint64_t)number & (packets->capacity - 1)];
    mem_free(packets->ring);
    packets->ring = ring;
    packets->capacity = capacity;
    return true;
}

bool sent_packets_full(struct sent_packets *packets)
{
    return packets->next - packets->oldest >= packets->capacity && !grow(packets);
}

struct sent_packet *sent_packets_push(struct sent_packets *packets)
{
    struct sent_packet *packet = &packets->ring[(uint64_t)packets->next++ & (packets->capacity - 1)];

    *packet = (struct sent_packet){.state = SENT_PACKET_IN_FLIGHT};
    return packet;
}
