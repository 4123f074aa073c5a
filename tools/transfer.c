#include "tools/transfer.h"

#include "tools/host.h"
#include "tools/units.h"

#include <stdio.h>

void transfer_digest_text(const uint8_t digest[CRYPTO_DIGEST_SIZE], char text[2 * CRYPTO_DIGEST_SIZE + 1])
{
    for (int i = 0; i < CRYPTO_DIGEST_SIZE; i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
}

void transfer_show(struct progress *progress, int64_t bytes, int64_t total, int64_t began)
{
    char done[UNITS_TEXT_SIZE], all[UNITS_TEXT_SIZE], rate[UNITS_TEXT_SIZE], left[UNITS_TEXT_SIZE], bar[32];
    double seconds = (double)(monotonic_now() - began) / 1e6;
    double per_second = seconds > 0 ? (double)bytes / seconds : 0;
    units_bytes((uint64_t)bytes, done);
    units_rate(per_second, rate);
    if (total < 0) {
        progress_show(progress, "%s  %s", done, rate);
        return;
    }
    double share = total ? (double)bytes / (double)total : 1;
    progress_bar(bar, sizeof bar - 1, share);
    progress_show(progress, "%s %3.0f %%  %s of %s  %s  %s left", bar, share * 100, done,
                  units_bytes((uint64_t)total, all), rate,
                  per_second > 0 ? units_duration((double)(total - bytes) / per_second, left) : "?");
}

void transfer_give_up(HSteamNetConnection connection, const char *why)
{
    char message[256];
    snprintf(message, sizeof message, "%c%s", TRANSFER_GIVE_UP, why);
    if (host_send_text(connection, message))
        host_drain(connection, 2);
    host_close(connection, TRANSFER_REASON_GAVE_UP, why);
}
