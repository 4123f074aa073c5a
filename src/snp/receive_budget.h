/*
 * What the receiving half of one connection holds of bytes that the application cannot have yet, so that a peer cannot
 * multiply a limit by opening lanes: messages under construction, rings of early bytes, fragments of unreliable
 * messages. Each kind has a limit of its own, and together they draw on a quota that all connections share.
 *
 * Messages and rings are counted apart: what waits in rings leaves them only through messages, which therefore must
 * never wait for rings to become empty. Who finds no room waits, as it does without memory.
 */
#ifndef SNP_RECEIVE_BUDGET_H
#define SNP_RECEIVE_BUDGET_H

#include "base/list.h"
#include "base/memory_quota.h"
#include "snp/transport_config.h"

enum receive_budget_limits {
    RECEIVE_BUDGET_BUFFERS = 4,    /* messages and rings, each, times RecvBufferSize: so many lanes may build or await a
                                      large message */
    RECEIVE_FRAGMENTS_BUFFERS = 1, /* fragments, times RecvBufferSize, ... */
    RECEIVE_FRAGMENTS_LEAST = 64 * 1024, /* ... but no less: what one lane may have */
};

struct receive_budget {
    int64_t messages; /* bytes of those under construction */
    int64_t rings;    /* bytes of them */
    int64_t fragments;
    struct list fragment_ages; /* fragment.age_node, the oldest first */
    struct memory_share share;
};

/* quota: NULL for none; borrowed. */
static inline void receive_budget_init(struct receive_budget *budget, struct memory_quota *quota)
{
    *budget = (struct receive_budget){.share = {.quota = quota}};
    list_init(&budget->fragment_ages);
}

static inline int64_t receive_budget_used(const struct receive_budget *budget)
{
    return budget->messages + budget->rings + budget->fragments;
}

/* Whether so many bytes more may be held, as far as the quota is concerned. */
static inline bool receive_budget_quota_allows(struct receive_budget *budget, int64_t bytes)
{
    return memory_share_cover(&budget->share, receive_budget_used(budget) + bytes);
}

/*
 * Whether `bytes` more fit beside what one half, messages or rings, holds. One thing may be held whatever its size, as
 * far as the quota allows; of messages under construction that one is what the connection would stand still without.
 */
static inline bool receive_budget_allows(struct receive_budget *budget, int64_t half, int64_t bytes,
                                         const struct transport_config *config)
{
    return (half == 0 || half + bytes <= (int64_t)RECEIVE_BUDGET_BUFFERS * config->receive_buffer_size) &&
           receive_budget_quota_allows(budget, bytes);
}

static inline bool receive_budget_allows_message(struct receive_budget *budget, int64_t bytes,
                                                 const struct transport_config *config)
{
    if (budget->messages > 0)
        return receive_budget_allows(budget, budget->messages, bytes, config);
    return memory_share_cover_whole(&budget->share, receive_budget_used(budget) + bytes);
}

/* Fragments have at most so many bytes. */
static inline int64_t receive_budget_fragments_limit(const struct transport_config *config)
{
    int64_t limit = (int64_t)RECEIVE_FRAGMENTS_BUFFERS * config->receive_buffer_size;

    return limit > RECEIVE_FRAGMENTS_LEAST ? limit : RECEIVE_FRAGMENTS_LEAST;
}

/* Less is held than before. */
static inline void receive_budget_trim(struct receive_budget *budget)
{
    memory_share_trim(&budget->share, receive_budget_used(budget));
}

/* Returns all that is not in use. */
static inline void receive_budget_rest(struct receive_budget *budget)
{
    if (budget->share.granted > 0 || budget->share.wanting)
        memory_share_return(&budget->share, receive_budget_used(budget));
}

#endif
