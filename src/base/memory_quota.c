#include "base/memory_quota.h"

void memory_quota_init(struct memory_quota *quota, int64_t limit)
{
    atomic_init(&quota->limit, limit);
    atomic_init(&quota->drawn, 0);
    atomic_init(&quota->drawers, 0);
    atomic_init(&quota->wanting, 0);
}

void memory_quota_set_limit(struct memory_quota *quota, int64_t limit)
{
    atomic_store_explicit(&quota->limit, limit, memory_order_relaxed);
}

int64_t memory_quota_drawn(struct memory_quota *quota)
{
    return atomic_load_explicit(&quota->drawn, memory_order_relaxed);
}

/* What has to be drawn in all for so many bytes. */
static int64_t pieces_for(int64_t used)
{
    int64_t beyond = used - MEMORY_SHARE_FREE;

    return beyond <= 0 ? 0 : (beyond + MEMORY_SHARE_PIECE - 1) / MEMORY_SHARE_PIECE * MEMORY_SHARE_PIECE;
}

/* As if each of those that draw had as much as the others. */
static int64_t equal_part(const struct memory_quota *quota)
{
    int drawers = atomic_load_explicit(&quota->drawers, memory_order_relaxed);

    return atomic_load_explicit(&quota->limit, memory_order_relaxed) / (drawers > 0 ? drawers : 1);
}

bool memory_share_is_over(const struct memory_share *share)
{
    struct memory_quota *quota = share->quota;
    int64_t limit;

    if (share->granted == 0 || atomic_load_explicit(&quota->wanting, memory_order_relaxed) == 0)
        return false;
    limit = atomic_load_explicit(&quota->limit, memory_order_relaxed);
    return share->granted > equal_part(quota) && memory_quota_drawn(quota) > limit - limit / MEMORY_QUOTA_EASE;
}

static void change(struct memory_share *share, int64_t granted, bool wanting)
{
    struct memory_quota *quota = share->quota;
    bool before = share->granted > 0 || share->wanting;
    bool after = granted > 0 || wanting;

    if (before != after)
        atomic_fetch_add_explicit(&quota->drawers, after ? 1 : -1, memory_order_relaxed);
    if (share->wanting != wanting)
        atomic_fetch_add_explicit(&quota->wanting, wanting ? 1 : -1, memory_order_relaxed);
    share->granted = granted;
    share->wanting = wanting;
}

/* Whether a share may have `wanted` in all when `drawn` is drawn. */
static bool may_have(const struct memory_share *share, int64_t wanted, int64_t drawn, bool whole)
{
    struct memory_quota *quota = share->quota;
    int64_t limit = atomic_load_explicit(&quota->limit, memory_order_relaxed);

    if (limit == 0 || (whole && drawn - share->granted + wanted <= limit - limit / MEMORY_QUOTA_KEPT))
        return true;
    return wanted <= (limit - drawn) / MEMORY_SHARE_PART &&
           (wanted <= equal_part(quota) || atomic_load_explicit(&quota->wanting, memory_order_relaxed) == 0);
}

bool memory_share_draw(struct memory_share *share, int64_t used, enum memory_insistence insistence)
{
    struct memory_quota *quota = share->quota;
    long long drawn = atomic_load_explicit(&quota->drawn, memory_order_relaxed);
    int64_t wanted = pieces_for(used);

    do {
        if (insistence != MEMORY_HELD && !may_have(share, wanted, drawn, insistence == MEMORY_WHOLE)) {
            change(share, share->granted, wanted <= equal_part(quota));
            return false;
        }
    } while (!atomic_compare_exchange_weak_explicit(&quota->drawn, &drawn, drawn + wanted - share->granted,
                                                    memory_order_relaxed, memory_order_relaxed));
    change(share, wanted, false);
    return true;
}

void memory_share_return(struct memory_share *share, int64_t used)
{
    struct memory_quota *quota = share->quota;
    int64_t kept = pieces_for(used), less = share->granted - kept;

    if (!quota)
        return;
    if (less < 0)
        less = 0;
    atomic_fetch_sub_explicit(&quota->drawn, less, memory_order_relaxed);
    change(share, share->granted - less, false);
}
