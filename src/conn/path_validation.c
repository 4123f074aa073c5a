#include "conn/path_validation.h"

#include "wire/address.h"
#include "wire/limits.h"

/* Each attempt takes PATH_VALIDATION_SPACING_US of a budget that PATH_VALIDATION_ATTEMPTS of them exhaust. */
static bool has_budget(const struct path_validation *validation, microseconds now)
{
    return validation->busy_until - now <=
           (microseconds)(PATH_VALIDATION_ATTEMPTS - 1) * PATH_VALIDATION_SPACING_US * MICROSECOND;
}

/* False: it is too early for another attempt. */
static bool begin(struct path_validation *validation, const SteamNetworkingIPAddr *from, microseconds now)
{
    microseconds busy = time_later(validation->busy_until, now) + PATH_VALIDATION_SPACING_US * MICROSECOND;

    if (!has_budget(validation, now))
        return false;
    *validation = (struct path_validation){.active = true, .address = *from, .next_at = now, .busy_until = busy};
    return true;
}

bool path_validation_heard(struct path_validation *validation, const SteamNetworkingIPAddr *from, int64_t number,
                           size_t bytes, microseconds now)
{
    bool known = validation->active && address_equal(&validation->address, from);

    if (validation->barred || (!known && !begin(validation, from, now)))
        return false;
    validation->newest = number;
    validation->bytes_received += (int64_t)bytes;
    return !known;
}

void path_validation_heard_at_home(struct path_validation *validation, int64_t number)
{
    if (validation->active && number > validation->newest)
        path_validation_end(validation);
}

bool path_validation_tick(struct path_validation *validation, microseconds now)
{
    if (!validation->active || validation->probe_count < PATH_VALIDATION_PROBES || now < validation->next_at)
        return false;
    path_validation_end(validation);
    return true;
}

static bool affordable(const struct path_validation *validation, size_t size)
{
    return validation->bytes_sent + (int64_t)size <= REPLY_AMPLIFICATION * validation->bytes_received;
}

bool path_validation_due(const struct path_validation *validation, size_t size, microseconds now)
{
    return validation->active && validation->probe_count < PATH_VALIDATION_PROBES && now >= validation->next_at &&
           affordable(validation, size);
}

static microseconds wait_after(int probes)
{
    microseconds wait = PATH_VALIDATION_FIRST_WAIT_US * MICROSECOND;

    if (probes == PATH_VALIDATION_PROBES)
        return PATH_VALIDATION_PATIENCE_US * MICROSECOND;
    if (probes > PATH_VALIDATION_QUICK)
        wait <<= probes - PATH_VALIDATION_QUICK;
    return time_earlier(wait, PATH_VALIDATION_LAST_WAIT_US * MICROSECOND);
}

void path_validation_sent(struct path_validation *validation, size_t size, microseconds now)
{
    validation->bytes_sent += (int64_t)size;
    validation->next_at = now + wait_after(++validation->probe_count);
}

bool path_validation_proved(struct path_validation *validation, int probes)
{
    validation->proofs += probes;
    return validation->proofs >= PATH_VALIDATION_NEEDED;
}

microseconds path_validation_deadline(const struct path_validation *validation, size_t probe_size)
{
    if (!validation->active)
        return TIME_NEVER;
    /* What cannot be afforded waits for another packet from there. */
    if (validation->probe_count < PATH_VALIDATION_PROBES && !affordable(validation, probe_size))
        return TIME_NEVER;
    return validation->next_at;
}

void path_validation_end(struct path_validation *validation)
{
    validation->active = false;
}
