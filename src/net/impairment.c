#include "net/impairment.h"

#include <math.h>
#include <pthread.h>

/* The defaults of the config values. */
#define DEFAULT_SETTINGS                                                                                               \
    {                                                                                                                  \
        .send = {.rate_burst = 16384, .jitter_maximum_ms = 100, .jitter_percent = 75},                                 \
        .receive = {.rate_burst = 16384, .jitter_maximum_ms = 100, .jitter_percent = 75}, .reorder_ms = 15,            \
        .duplicate_maximum_ms = 10,                                                                                    \
    }

static pthread_mutex_t process_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct impairment_settings process_settings = DEFAULT_SETTINGS;
static struct impairment_bucket process_buckets[2]; /* receive, send */

atomic_bool impairment_flag;

void impairment_settings_default(struct impairment_settings *settings)
{
    static const struct impairment_settings defaults = DEFAULT_SETTINGS;

    *settings = defaults;
}

static bool direction_impaired(const struct impairment_direction_settings *direction)
{
    return direction->loss_percent > 0 || direction->lag_ms > 0 || direction->reorder_percent > 0 ||
           direction->duplicate_percent > 0 || direction->rate_limit > 0 || direction->jitter_average_ms > 0;
}

void impairment_set(const struct impairment_settings *settings)
{
    pthread_mutex_lock(&process_mutex);
    if (settings->send.rate_limit != process_settings.send.rate_limit)
        process_buckets[true].refilled_at = 0;
    if (settings->receive.rate_limit != process_settings.receive.rate_limit)
        process_buckets[false].refilled_at = 0;
    process_settings = *settings;
    atomic_store(&impairment_flag, direction_impaired(&settings->send) || direction_impaired(&settings->receive));
    pthread_mutex_unlock(&process_mutex);
}

void impairment_get(struct impairment_settings *settings)
{
    pthread_mutex_lock(&process_mutex);
    *settings = process_settings;
    pthread_mutex_unlock(&process_mutex);
}

/* ---- judging one datagram ------------------------------------------------------------------------------------ */

static bool happens(float percent, struct random_source *random)
{
    return percent > 0 && random_double(random) * 100.0 < (double)percent;
}

/* Takes the datagram's size out of the bucket; false when there is not enough in it. */
static bool take_tokens(struct impairment_bucket *bucket, const struct impairment_direction_settings *settings,
                        size_t size, microseconds now)
{
    double burst = settings->rate_burst;

    if (bucket->refilled_at == 0)
        bucket->tokens = burst;
    else if (now > bucket->refilled_at)
        bucket->tokens += (double)(now - bucket->refilled_at) * settings->rate_limit / (double)SECOND;
    if (bucket->tokens > burst)
        bucket->tokens = burst;
    bucket->refilled_at = now;
    /*
     * A full bucket always lets one datagram through, else a burst smaller than a datagram would be a loss of
     * everything; the debt is paid off before the next.
     */
    if (bucket->tokens < (double)size && bucket->tokens < burst)
        return false;
    bucket->tokens -= (double)size;
    return true;
}

/* Exponentially distributed about the mean, cut off at the maximum. */
static microseconds draw_jitter(const struct impairment_direction_settings *settings, struct random_source *random)
{
    double jitter;

    if (settings->jitter_average_ms <= 0 || !happens(settings->jitter_percent, random))
        return 0;
    jitter = -log1p(-random_double(random)) * (double)settings->jitter_average_ms;
    if (jitter > (double)settings->jitter_maximum_ms)
        jitter = (double)settings->jitter_maximum_ms;
    return (microseconds)(jitter * (double)MILLISECOND);
}

void impairment_judge(const struct impairment_settings *common, const struct impairment_direction_settings *settings,
                      struct impairment_bucket *bucket, struct impairment_path *path, size_t datagram_size,
                      microseconds now, struct random_source *random, struct impairment_verdict *verdict)
{
    microseconds due;

    verdict->copies = 0;
    if (settings->rate_limit > 0 && !take_tokens(bucket, settings, datagram_size, now))
        return;
    if (happens(settings->loss_percent, random))
        return;
    due = now + settings->lag_ms * MILLISECOND + draw_jitter(settings, random);
    /* Whoever comes behind a datagram that is held up waits with it. Only the reorder delay breaks the order. */
    if (settings->jitter_average_ms > 0) {
        due = time_later(due, path->last_due);
        path->last_due = due;
    }
    if (happens(settings->reorder_percent, random))
        due += common->reorder_ms * MILLISECOND;
    verdict->due[verdict->copies++] = due;
    if (happens(settings->duplicate_percent, random)) {
        uint64_t range = (uint64_t)common->duplicate_maximum_ms * MILLISECOND + 1;

        verdict->due[verdict->copies++] = due + (microseconds)random_below(random, range);
    }
}

void impairment_judge_process(bool sending, struct impairment_path *path, size_t datagram_size, microseconds now,
                              struct random_source *random, struct impairment_verdict *verdict)
{
    pthread_mutex_lock(&process_mutex);
    impairment_judge(&process_settings, sending ? &process_settings.send : &process_settings.receive,
                     &process_buckets[sending], path, datagram_size, now, random, verdict);
    pthread_mutex_unlock(&process_mutex);
}
