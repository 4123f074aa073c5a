#include "snp/path_mtu.h"

/*
 * Sizes worth trying: UDP payloads of IP packets of 576, 800, 1000 bytes; the base; 1280 bytes with IPv6 and with IPv4.
 * The configured maximum is always one more.
 */
static const uint16_t rungs[] = {PATH_MTU_SMALLEST, 772, 972, PATH_MTU_BASE, 1232, 1252};

enum { RUNGS = sizeof(rungs) / sizeof(rungs[0]) };

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

static void forget_suspicion(struct path_mtu *mtu)
{
    mtu->losses = 0;
    mtu->small_arrived = -1;
}

static void forget_search(struct path_mtu *mtu)
{
    mtu->probe = 0;
    mtu->probe_size = 0;
    mtu->probes_lost = 0;
}

void path_mtu_init(struct path_mtu *mtu, int maximum)
{
    *mtu = (struct path_mtu){
        .maximum = (uint16_t)maximum,
        .size = (uint16_t)maximum,
        .refused = UINT16_MAX,
        .search_at = TIME_NEVER,
        .raise_interval = PATH_MTU_RAISE_FIRST_MS * MILLISECOND,
        .raised_at = -1,
    };
    forget_suspicion(mtu);
}

void path_mtu_set_maximum(struct path_mtu *mtu, int maximum)
{
    /* What the path is known to be stays known: only who had no reason to be below the limit follows it upward. */
    if (mtu->size == mtu->maximum || mtu->size > maximum)
        path_mtu_init(mtu, maximum);
    mtu->maximum = (uint16_t)maximum;
    if (mtu->probe_size > maximum)
        forget_search(mtu); /* its next probe would be too large */
}

/* ---- black holes ---------------------------------------------------------------------------------------------- */

/* The size to retreat to: what is larger is `large`. At the smallest there is none. */
static int retreat(const struct path_mtu *mtu)
{
    if (mtu->size > PATH_MTU_BASE)
        return PATH_MTU_BASE;
    return smaller(mtu->size, PATH_MTU_SMALLEST);
}

static void go_down(struct path_mtu *mtu, int size, microseconds now)
{
    /* The first time it may have been bad luck, so the search begins at the top; the second time it was not. */
    mtu->refused = mtu->size > PATH_MTU_BASE ? UINT16_MAX : mtu->size;
    mtu->size = (uint16_t)size;
    mtu->confirmed = mtu->asked = false;
    mtu->search_at = now;
    if (mtu->raised_at < 0 || now - mtu->raised_at > PATH_MTU_STEADY_MS * MILLISECOND)
        mtu->raise_interval = PATH_MTU_RAISE_FIRST_MS * MILLISECOND;
    forget_suspicion(mtu);
    forget_search(mtu);
}

/* Whether large packets vanish while small ones pass between them. */
static bool judge(struct path_mtu *mtu, microseconds now)
{
    if (mtu->losses < PATH_MTU_LOSSES || mtu->small_arrived < 0 || mtu->last_lost <= mtu->small_arrived ||
        mtu->last_lost - mtu->first_lost < PATH_MTU_SUSPICION_US * MICROSECOND)
        return false;
    go_down(mtu, retreat(mtu), now);
    return true;
}

void path_mtu_asked(struct path_mtu *mtu, int size)
{
    if (size > retreat(mtu))
        mtu->asked = true;
}

bool path_mtu_arrived(struct path_mtu *mtu, int size, microseconds sent_at, microseconds now)
{
    if (size > retreat(mtu)) {
        mtu->confirmed = true;
        if (mtu->losses > 0)
            forget_suspicion(mtu);
        return false;
    }
    if (mtu->losses == 0 || sent_at <= mtu->first_lost)
        return false;
    if (mtu->small_arrived < 0 || sent_at < mtu->small_arrived)
        mtu->small_arrived = sent_at;
    return judge(mtu, now);
}

bool path_mtu_wants_small(struct path_mtu *mtu, microseconds now)
{
    if (mtu->losses < PATH_MTU_LOSSES || now - mtu->small_sent < PATH_MTU_SMALL_US * MICROSECOND)
        return false;
    mtu->small_sent = now;
    return true;
}

bool path_mtu_lost(struct path_mtu *mtu, int size, microseconds sent_at, microseconds now)
{
    if (size <= retreat(mtu) || size > mtu->size)
        return false;
    if (mtu->losses == 0) {
        mtu->first_lost = mtu->last_lost = sent_at;
    } else {
        mtu->first_lost = time_earlier(mtu->first_lost, sent_at);
        mtu->last_lost = time_later(mtu->last_lost, sent_at);
    }
    if (mtu->losses < UINT8_MAX)
        mtu->losses++;
    return judge(mtu, now);
}

/* ---- the search ----------------------------------------------------------------------------------------------- */

/* The top first, then the middle of what is left between what passes and what does not. 0: nothing is left. */
static int next_candidate(const struct path_mtu *mtu)
{
    int first = 0, end = RUNGS;

    if (mtu->refused > mtu->maximum)
        return mtu->size < mtu->maximum ? mtu->maximum : 0;
    while (first < RUNGS && rungs[first] <= mtu->size)
        first++;
    while (end > first && rungs[end - 1] >= mtu->refused)
        end--;
    return first < end ? rungs[(first + end) / 2] : 0;
}

static void end_search(struct path_mtu *mtu, microseconds now)
{
    forget_search(mtu);
    if (mtu->size >= mtu->maximum) {
        mtu->search_at = TIME_NEVER;
        mtu->raise_interval = PATH_MTU_RAISE_FIRST_MS * MILLISECOND;
        return;
    }
    mtu->search_at = now + mtu->raise_interval;
    mtu->raise_interval = time_earlier(2 * mtu->raise_interval, PATH_MTU_RAISE_LAST_MS * MILLISECOND);
    mtu->refused = UINT16_MAX; /* next time, everything may be different */
}

static void refuse(struct path_mtu *mtu, int size, microseconds now)
{
    mtu->refused = (uint16_t)size;
    forget_search(mtu);
    if (next_candidate(mtu) == 0)
        end_search(mtu, now);
}

int path_mtu_probe_size(struct path_mtu *mtu, microseconds now)
{
    if (now < mtu->search_at || mtu->probe != 0)
        return 0;
    if (mtu->probe_size == 0)
        mtu->probe_size = (uint16_t)next_candidate(mtu);
    if (mtu->probe_size == 0)
        end_search(mtu, now);
    return mtu->probe_size;
}

void path_mtu_probe_sent(struct path_mtu *mtu, int64_t number)
{
    mtu->probe = number;
}

bool path_mtu_probe_arrived(struct path_mtu *mtu, microseconds now)
{
    int size = smaller(mtu->probe_size, mtu->maximum);
    bool larger = size > mtu->size;

    forget_search(mtu);
    if (larger) {
        mtu->size = (uint16_t)size;
        mtu->confirmed = true;
        mtu->raised_at = now;
        forget_suspicion(mtu);
    }
    if (next_candidate(mtu) == 0)
        end_search(mtu, now);
    return larger;
}

void path_mtu_probe_lost(struct path_mtu *mtu, microseconds now)
{
    mtu->probe = 0;
    if (++mtu->probes_lost >= PATH_MTU_PROBES)
        refuse(mtu, mtu->probe_size, now);
}

/* ---- this machine ---------------------------------------------------------------------------------------------- */

bool path_mtu_too_large(struct path_mtu *mtu, int size, microseconds now)
{
    int below = 0;

    if (size > mtu->size) {
        if (mtu->probe != 0 && size == mtu->probe_size)
            refuse(mtu, size, now);
        return false;
    }
    for (int i = 0; i < RUNGS; i++)
        if (rungs[i] < size)
            below = rungs[i];
    if (below == 0)
        return false; /* no path is so narrow */
    mtu->size = (uint16_t)below;
    mtu->refused = UINT16_MAX;
    mtu->confirmed = mtu->asked = false;
    mtu->search_at = now + mtu->raise_interval;
    forget_suspicion(mtu);
    forget_search(mtu);
    return true;
}
