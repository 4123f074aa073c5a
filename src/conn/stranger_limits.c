#include "conn/stranger_limits.h"

#include "crypto/crypto.h"
#include "wire/address.h"

#include <string.h>

enum {
    IPV6_PREFIX_SIZE = 8,
    IPV4_SIZE = 4,
};

static const int64_t second_ns = 1000000000, millisecond_ns = 1000000, microsecond_ns = 1000;

bool stranger_limits_init(struct stranger_limits *limits, struct random_source *random)
{
    memset(limits, 0, sizeof *limits);
    limits->rates[WORK_CHALLENGE] = (struct stranger_rate){CHALLENGES_PER_ADDRESS, CHALLENGES_TOTAL};
    limits->rates[WORK_CONNECT] = (struct stranger_rate){CONNECTS_PER_ADDRESS, CONNECTS_TOTAL};
    limits->rates[WORK_STRAY] = (struct stranger_rate){STRAYS_PER_ADDRESS, STRAYS_TOTAL};
    return random_secret(random, limits->key, sizeof limits->key);
}

void stranger_limits_free(struct stranger_limits *limits)
{
    crypto_wipe(limits->key, sizeof limits->key);
}

void stranger_limits_set(struct stranger_limits *limits, enum stranger_work work, struct stranger_rate rate)
{
    limits->rates[work] = rate;
}

/* ---- one bucket -------------------------------------------------------------------------------------------------- */

/* How far from full a bucket may be before taking one more, for what is limited to `rate` a second. */
static int64_t depth(enum stranger_work work, int64_t interval)
{
    int64_t burst = (work == WORK_STRAY ? STRANGER_STRAY_BURST_MS : STRANGER_BURST_MS) * millisecond_ns;

    return burst > interval ? burst - interval : 0;
}

static bool has_room(const token_bucket *bucket, int64_t depth_ns, int64_t now_ns)
{
    return *bucket - now_ns <= depth_ns;
}

static void take(token_bucket *bucket, int64_t interval, int64_t now_ns)
{
    *bucket = (*bucket > now_ns ? *bucket : now_ns) + interval;
}

/* ---- the table --------------------------------------------------------------------------------------------------- */

static uint64_t hash_network(const struct stranger_limits *limits, const SteamNetworkingIPAddr *from)
{
    if (address_is_ipv4(from))
        return siphash(limits->key, from->m_ipv6 + sizeof from->m_ipv6 - IPV4_SIZE, IPV4_SIZE);
    return siphash(limits->key, from->m_ipv6, IPV6_PREFIX_SIZE);
}

/* Those buckets of an address that have room. False when none has. */
static bool find_room(struct stranger_limits *limits, enum stranger_work work, const SteamNetworkingIPAddr *from,
                      int64_t depth_ns, int64_t now_ns, token_bucket *buckets[STRANGER_ROWS])
{
    uint64_t hash = hash_network(limits, from);
    bool any = false;

    for (int row = 0; row < STRANGER_ROWS; row++, hash >>= 32) {
        token_bucket *bucket = &limits->addresses[work][row][hash % STRANGER_BUCKETS];

        if (!has_room(bucket, depth_ns, now_ns))
            continue;
        buckets[row] = bucket;
        any = true;
    }
    return any;
}

enum stranger_verdict stranger_limits_take(struct stranger_limits *limits, enum stranger_work work,
                                           const SteamNetworkingIPAddr *from, microseconds now)
{
    const struct stranger_rate *rate = &limits->rates[work];
    bool by_address = rate->per_address > 0 && !address_is_loopback(from), in_total = rate->total > 0;
    int64_t address_interval = by_address ? second_ns / rate->per_address : 0;
    int64_t total_interval = in_total ? second_ns / rate->total : 0;
    token_bucket *buckets[STRANGER_ROWS] = {NULL};
    int64_t now_ns = now * microsecond_ns;

    if (by_address && !find_room(limits, work, from, depth(work, address_interval), now_ns, buckets))
        return STRANGER_ADDRESS_EXCEEDED;
    if (in_total && !has_room(&limits->total[work], depth(work, total_interval), now_ns))
        return STRANGER_TOTAL_EXCEEDED;

    /* Only what is allowed counts: an address loses nothing while others leave no room for it. */
    for (int row = 0; row < STRANGER_ROWS; row++) {
        if (buckets[row])
            take(buckets[row], address_interval, now_ns);
    }
    if (in_total)
        take(&limits->total[work], total_interval, now_ns);
    return STRANGER_MAY;
}
