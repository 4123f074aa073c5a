/*
 * The pacer: a token bucket that fills at the send rate and that every packet empties by its size (protocol 16.5). It
 * may go into debt by one packet; while it is in debt nothing is sent that could wait. Owns nothing, knows no clock.
 */
#ifndef SNP_PACER_H
#define SNP_PACER_H

#include "base/time.h"

#include <stdbool.h>
#include <stdint.h>

enum pacer_limits {
    PACER_BATCH_PACKETS = 16, /* a blocked sender is woken for this many packets at once, if they come within ... */
    PACER_BATCH_RUN = 44,     /* (for receivers that take a run as well as a packet: as long as the kernel cuts runs) */
    PACER_BATCH_US = 500,     /* ... this time; one wake-up per packet costs more than it smooths */
    PACER_CATCH_UP_US = 50000, /* tokens of a late wake-up are kept for this long, unless the owner says otherwise */
};

struct pacer {
    int64_t rate;  /* bytes per second; at least 1 */
    double tokens; /* bytes; negative is debt */
    microseconds updated_at;
    bool refused; /* somebody waits for it: tokens are not cut to PACING_BURST, but to ... */
    int batch_packets;
    microseconds catch_up; /* ... what this time brings in, so that a stall does not turn into a flood */
};

void pacer_init(struct pacer *pacer, int64_t rate, microseconds now);
void pacer_set_rate(struct pacer *pacer, int64_t rate, microseconds now);

/* Accounts for the time that passed. */
void pacer_advance(struct pacer *pacer, microseconds now);

/* Whether a packet that can wait may leave now. Whoever is refused asks again at pacer_ready_at. */
bool pacer_admits(struct pacer *pacer, microseconds now);

/* A packet left, whether or not it was admitted. */
void pacer_spend(struct pacer *pacer, int64_t bytes, microseconds now);

/* When one who was refused should ask again: out of debt, and with tokens for a small batch at high rates. */
microseconds pacer_ready_at(const struct pacer *pacer, microseconds now);

#endif
