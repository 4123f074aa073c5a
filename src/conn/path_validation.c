#include "conn/path_validation.h"

#include "wire/address.h"

/* Each attempt takes PATH_VALIDATION_SPACING_US of a budget that PATH_VALIDATION_ATTEMPTS of them exhaust. */
static bool may_begin(const struct path_validation *validation, microseconds now)
{
    return validation->busy_until - now <=
           (microseconds)(PATH_VALIDATION_ATTEMPTS - 1) * PATH_VALIDATION_SPACING_US * MICROSECOND;
}

static void begin(struct path_validation *validation, const SteamNetworkingIPAddr *from, microseconds now)
{
    microseconds busy = time_later(validation->busy_until, now) + PATH_VALIDATION_SPACING_US * MICROSECOND;

    *validation = (struct path_validation){.active = true, .address = *from, .next_at = now, .busy_until = busy};
}

void path_validation_heard(struct path_validation *validation, const SteamNetworkingIPAddr *from, int64_t number,
                           size_t bytes, microseconds now)
{
    if (validation->barred)
        return;
    if (!validation->active || !address_equal(&validation->address, from)) {
        if (!may_begin(validation, now))
            return;
        begin(validation, from, now);
    }
    validation->newest = number;
    validation->bytes_received += (int64_t)bytes;
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
    return validation->bytes_sent + (int64_t)size <= PATH_VALIDATION_AMPLIFICATION * validation->bytes_received;
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
