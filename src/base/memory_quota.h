/*
 * A quota of memory that many draw on. A share may grow only up to a part of what is left of the whole (dynamic
 * thresholds: Choudhury and Hahne, "Dynamic queue length thresholds for shared-memory packet switches", 1998): the more
 * is taken, the less one may have, so those who hold most are the first to get no more, and there is something left for
 * those who hold little. What cannot be had in parts may be drawn at once while a good part of the whole is left. If
 * many take all they can get and never give anything back, there comes a time when somebody is refused though it has
 * less than its equal part. Until that one is served no share grows beyond its equal part, and those that are larger
 * are over it; what follows from that is for their owners to decide.
 *
 * A share is somebody's, used under its owner's lock. It draws and returns in large pieces, so that the counter that
 * all share is touched seldom; the first few kilobytes of each share are free. The quota itself is for any thread.
 */
#ifndef BASE_MEMORY_QUOTA_H
#define BASE_MEMORY_QUOTA_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MEMORY_SHARE_FREE = 32 * 1024,   /* bytes of each share that do not count */
    MEMORY_SHARE_PIECE = 64 * 1024,  /* drawn at a time */
    MEMORY_SHARE_SPARE = 128 * 1024, /* drawn and not used before some is returned */
    MEMORY_SHARE_PART = 16,          /* a share may have one part in so many of what is left */
    MEMORY_QUOTA_KEPT = 4,           /* one part in so many of the quota is not for those who need it all at once */
    MEMORY_QUOTA_EASE = 8,           /* while one part in so many of the quota is left, nobody is over its equal part */
};

struct memory_quota {
    atomic_llong limit; /* bytes; 0: none */
    atomic_llong drawn;
    atomic_int drawers; /* shares that have drawn something, or are wanting */
    atomic_int wanting; /* shares that were refused what would not have been more than an equal part */
};

struct memory_share {
    struct memory_quota *quota; /* NULL: there is no limit */
    int64_t granted;            /* beside what is free */
    bool wanting;
};

void memory_quota_init(struct memory_quota *quota, int64_t limit);
void memory_quota_set_limit(struct memory_quota *quota, int64_t limit);
int64_t memory_quota_drawn(struct memory_quota *quota);

/* Whether others lack what this share has beyond its equal part. */
bool memory_share_is_over(const struct memory_share *share);

/* The slow parts of the functions below. */
enum memory_insistence {
    MEMORY_PART,  /* as much as others leave */
    MEMORY_WHOLE, /* all, or the owner gets no further */
    MEMORY_HELD,  /* it is there already */
};

bool memory_share_draw(struct memory_share *share, int64_t used, enum memory_insistence insistence);
void memory_share_return(struct memory_share *share, int64_t used);

/* Whether the owner may hold `used` bytes in all; to be asked before it does. */
static inline bool memory_share_cover(struct memory_share *share, int64_t used)
{
    return used <= share->granted + MEMORY_SHARE_FREE || !share->quota || memory_share_draw(share, used, MEMORY_PART);
}

/* The same for one thing that does not get smaller by waiting; for one at a time. */
static inline bool memory_share_cover_whole(struct memory_share *share, int64_t used)
{
    return used <= share->granted + MEMORY_SHARE_FREE || !share->quota || memory_share_draw(share, used, MEMORY_WHOLE);
}

/* The owner holds them already. */
static inline void memory_share_force(struct memory_share *share, int64_t used)
{
    if (used > share->granted + MEMORY_SHARE_FREE && share->quota)
        (void)memory_share_draw(share, used, MEMORY_HELD);
}

/*
 * The owner holds no more than `used` bytes now. Some is kept for the next time, but nothing by those who are content
 * with what is free: there may be very many of them.
 */
static inline void memory_share_trim(struct memory_share *share, int64_t used)
{
    if (share->granted == 0 && !share->wanting)
        return;
    if (used <= (share->wanting ? 0 : MEMORY_SHARE_FREE) || share->granted > used + MEMORY_SHARE_SPARE)
        memory_share_return(share, used);
}

#endif
