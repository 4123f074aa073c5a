#include "snp/sent_packets.h"

#include "base/alloc.h"

void sent_packets_init(struct sent_packets *packets, int64_t next)
{
    *packets = (struct sent_packets){.ring = packets->first,
                                     .capacity = SENT_PACKETS_FIRST_CAPACITY,
                                     .capacity_max = SENT_PACKETS_CAPACITY_MAX,
                                     .oldest = next,
                                     .next = next};
}

void sent_packets_free(struct sent_packets *packets)
{
    if (packets->ring != packets->first)
        mem_free(packets->ring);
    packets->ring = 0;
}

/* All records must find room in it. */
static void move_to(struct sent_packets *packets, struct sent_packet *ring, uint32_t capacity)
{
    for (int64_t number = packets->oldest; number < packets->next; number++)
        ring[(uint64_t)number & (capacity - 1)] = packets->ring[(uint64_t)number & (packets->capacity - 1)];
    sent_packets_free(packets);
    packets->ring = ring;
    packets->capacity = capacity;
}

static bool grow(struct sent_packets *packets)
{
    uint32_t capacity =
        packets->capacity < SENT_PACKETS_GROWN_CAPACITY ? SENT_PACKETS_GROWN_CAPACITY : packets->capacity * 2;
    struct sent_packet *ring;

    if (packets->capacity >= packets->capacity_max)
        return false;
    ring = mem_alloc_array(capacity, sizeof *ring);
    if (!ring)
        return false;
    move_to(packets, ring, capacity);
    return true;
}

void sent_packets_rest(struct sent_packets *packets)
{
    if (packets->ring != packets->first && packets->next - packets->oldest <= SENT_PACKETS_FIRST_CAPACITY)
        move_to(packets, packets->first, SENT_PACKETS_FIRST_CAPACITY);
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

static bool is_settled(const struct sent_packet *packet, bool lost)
{
    return packet->state == SENT_PACKET_DONE ? !packet->skipped : lost && packet->state == SENT_PACKET_LOST;
}

int64_t sent_packets_skip(const struct sent_packets *packets, int64_t number, int64_t end, bool lost, int64_t *steps)
{
    int64_t at = number;

    while (at < end) {
        const struct sent_packet *packet = sent_packets_at(packets, at);

        if (!is_settled(packet, lost))
            break;
        at += INT64_C(1) << packet->run;
        ++*steps;
    }
    while (number < at) {
        struct sent_packet *packet = sent_packets_at(packets, number);
        int64_t next = number + (INT64_C(1) << packet->run);

        /* What follows one that is done may be lost, which is not the same. */
        if (!lost || packet->state == SENT_PACKET_LOST)
            sent_packet_note_run(packet, number, at);
        number = next;
    }
    return at < end ? at : end;
}
