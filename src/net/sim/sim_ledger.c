#include "net/sim/sim_ledger.h"

#include "wire/limits.h"

#include <stdlib.h>
#include <string.h>

bool sim_ledger_init(struct sim_ledger *ledger)
{
    memset(ledger, 0, sizeof(*ledger));
    ledger->lanes = calloc(SIM_LANES_MAXIMUM, sizeof(struct sim_ledger_lane));
    return ledger->lanes != NULL;
}

void sim_ledger_destroy(struct sim_ledger *ledger)
{
    for (int i = 0; ledger->lanes && i < SIM_LANES_MAXIMUM; i++)
        free(ledger->lanes[i].records);
    free(ledger->lanes);
    ledger->lanes = NULL;
}

/* Eight bytes of content at a time, made from the seed and the place. */
static uint64_t content_word(uint64_t content, size_t index)
{
    uint64_t word = content + (uint64_t)(index + 1) * UINT64_C(0x9e3779b97f4a7c15);

    word = (word ^ (word >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    return word ^ (word >> 27);
}

void sim_ledger_fill(uint8_t *bytes, size_t size, uint64_t content)
{
    size_t words = size / sizeof(uint64_t), rest = size % sizeof(uint64_t);
    uint64_t last = content_word(content, words);

    for (size_t i = 0; i < words; i++) {
        uint64_t word = content_word(content, i);

        memcpy(bytes + i * sizeof(word), &word, sizeof(word));
    }
    if (rest > 0)
        memcpy(bytes + size - rest, &last, rest);
}

bool sim_ledger_matches(const uint8_t *bytes, size_t size, uint64_t content)
{
    size_t words = size / sizeof(uint64_t), rest = size % sizeof(uint64_t);
    uint64_t last = content_word(content, words);

    for (size_t i = 0; i < words; i++) {
        uint64_t word = content_word(content, i), found;

        memcpy(&found, bytes + i * sizeof(found), sizeof(found));
        if (found != word)
            return false;
    }
    return rest == 0 || memcmp(bytes + size - rest, &last, rest) == 0;
}

struct message *sim_ledger_make(struct sim_world *world, int size, int flags, int lane, uint64_t *content)
{
    struct message *message = message_allocate(size);

    if (!message)
        return NULL;
    *content = random_u64(&world->random.source);
    message->api.m_nFlags = flags;
    message->api.m_idxLane = (uint16)lane;
    sim_ledger_fill(message->api.m_pData, (size_t)size, *content);
    return message;
}

void sim_ledger_sent(struct sim_world *world, struct sim_ledger *ledger, int lane_index, int64_t number, int size,
                     int flags, uint64_t content)
{
    struct sim_ledger_lane *lane = &ledger->lanes[lane_index];
    struct sim_record *record;

    if (number != lane->count + 1) {
        sim_fail(world, "message %lld of lane %d got the number %lld", (long long)lane->count + 1, lane_index,
                 (long long)number);
        return;
    }
    if (lane->count == lane->capacity) {
        int64_t capacity = lane->capacity ? lane->capacity * 2 : 32;
        struct sim_record *records = realloc(lane->records, (size_t)capacity * sizeof(*records));

        if (!records) {
            sim_fail(world, "out of memory for the simulation itself");
            return;
        }
        lane->records = records;
        lane->capacity = capacity;
    }
    record = &lane->records[lane->count++];
    memset(record, 0, sizeof(*record));
    record->size = (uint32_t)size;
    record->reliable = (flags & k_nSteamNetworkingSend_Reliable) || size > UNRELIABLE_SEND_MAXIMUM;
    record->content = content;
    record->sent_at = world->now;
    ledger->bytes_sent += size;
    if (record->reliable)
        ledger->reliable_sent++;
    else
        ledger->unreliable_sent++;
}

/* What is wrong with the delivery, or NULL. */
static const char *judge(struct sim_ledger_lane *lane, struct sim_record *record,
                         const SteamNetworkingMessage_t *message, int64_t number)
{
    bool reliable = message->m_nFlags & k_nSteamNetworkingSend_Reliable;

    if (record->delivered)
        return "delivered twice";
    if (record->reliable != reliable)
        return reliable ? "sent unreliably and delivered as reliable" : "sent reliably and delivered as unreliable";
    if (record->size != (uint32_t)message->m_cbSize)
        return "delivered with another size";
    if (!sim_ledger_matches(message->m_pData, record->size, record->content))
        return "delivered with other bytes";
    if (!record->reliable)
        return NULL;
    while (lane->next_reliable < lane->count && !lane->records[lane->next_reliable].reliable)
        lane->next_reliable++;
    if (lane->next_reliable != number - 1)
        return "a reliable message delivered out of order";
    lane->next_reliable++;
    return NULL;
}

void sim_ledger_delivered(struct sim_world *world, struct sim_ledger *ledger, const struct message *message)
{
    int lane_index = message->api.m_idxLane;
    int64_t number = message->api.m_nMessageNumber;
    struct sim_ledger_lane *lane = &ledger->lanes[lane_index < SIM_LANES_MAXIMUM ? lane_index : 0];
    struct sim_record *record;
    const char *wrong;

    if (lane_index >= SIM_LANES_MAXIMUM || number < 1 || number > lane->count) {
        sim_fail(world, "message %lld of lane %d was delivered but never sent", (long long)number, lane_index);
        return;
    }
    record = &lane->records[number - 1];
    wrong = judge(lane, record, &message->api, number);
    if (wrong) {
        sim_fail(world, "message %lld of lane %d (%u bytes, %s): %s", (long long)number, lane_index, record->size,
                 record->reliable ? "reliable" : "unreliable", wrong);
        return;
    }
    record->delivered = true;
    ledger->bytes_delivered += record->size;
    if (record->reliable)
        ledger->reliable_delivered++;
    else
        ledger->unreliable_delivered++;
    if (number > lane->last_delivered)
        lane->last_delivered = number;
}

void sim_ledger_made_reliable(struct sim_ledger *ledger, int lane_index, int64_t number)
{
    struct sim_ledger_lane *lane = &ledger->lanes[lane_index];

    if (number < 1 || number > lane->count || lane->records[number - 1].reliable)
        return;
    lane->records[number - 1].reliable = true;
    ledger->reliable_sent++;
    ledger->unreliable_sent--;
}
