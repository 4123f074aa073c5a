/*
 * Whether the peer is to be found at another address than the one we know. A packet from there that is authentic and
 * newer than all others begins an attempt: probes go to that address alone, and when the peer acknowledges enough of
 * them from there, it is there (RFC 9000, 8.2, with what deployed peers can do).
 *
 * An acknowledgement of a packet number is easily guessed, so numbers around each probe, before and behind it by
 * chance, are left out: who acknowledges one of them has seen nothing and only guesses. What is sent to an address that
 * has proved nothing is bounded by what came from there (RFC 9000, 8.1). A newer packet from the known address ends the
 * attempt: the peer is still there, and what came from elsewhere was copied.
 *
 * Who copies what the peer says, from an address of his own each time, could have an attempt begin with every packet.
 * So there are only so many attempts in a row and then one in a time; what comes too early changes nothing about the
 * one that is under way.
 *
 * A state machine without I/O that owns nothing, one a connection, under its lock.
 */
#ifndef CONN_PATH_VALIDATION_H
#define CONN_PATH_VALIDATION_H

#include "base/time.h"
#include "fumarole/types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum path_validation_limits {
    PATH_VALIDATION_PROBES = 12, /* in one attempt */
    PATH_VALIDATION_NEEDED = 4,  /* that have to be acknowledged */
    PATH_VALIDATION_BLOCK = 8,   /* numbers, one of which is the probe's: a guess is right 1 time in 8 ^ 4 */
    PATH_VALIDATION_FIRST_WAIT_US =
        5000,                  /* between probes: longer than peers hold back what is missing, at first ... */
    PATH_VALIDATION_QUICK = 5, /* ... for so many, then twice as long each time */
    PATH_VALIDATION_LAST_WAIT_US = 400000,
    PATH_VALIDATION_PATIENCE_US = 2000000, /* after the last probe */
    PATH_VALIDATION_ATTEMPTS = 8,          /* in a row, successful or not; after those, ... */
    PATH_VALIDATION_SPACING_US = 500000,   /* ... one in this time: a peer may not be found elsewhere all the time */
};

struct path_validation {
    bool active;
    bool barred; /* the peer was caught guessing: there is no other attempt */
    SteamNetworkingIPAddr address;
    int64_t newest; /* packet number from there */
    int64_t bytes_received, bytes_sent;
    int probe_count;
    int proofs;              /* probes that were acknowledged from there */
    microseconds next_at;    /* when the next probe, or the end, is due */
    microseconds busy_until; /* what the attempts so far have used up of the time to come */
};

/* The newest packet of all came from that address, which is not the known one. Returns whether an attempt began. */
bool path_validation_heard(struct path_validation *validation, const SteamNetworkingIPAddr *from, int64_t number,
                           size_t bytes, microseconds now);

/* The newest packet of all came from the known address. */
void path_validation_heard_at_home(struct path_validation *validation, int64_t number);

/* Ends the attempt when its time is over. Returns whether it did. */
bool path_validation_tick(struct path_validation *validation, microseconds now);

/* Whether a probe of that size is due. */
bool path_validation_due(const struct path_validation *validation, size_t size, microseconds now);
void path_validation_sent(struct path_validation *validation, size_t size, microseconds now);

/* A packet from there acknowledged so many of them. Returns whether that is proof enough. */
bool path_validation_proved(struct path_validation *validation, int probes);

/* TIME_NEVER when nothing is to be done. */
microseconds path_validation_deadline(const struct path_validation *validation, size_t probe_size);

void path_validation_end(struct path_validation *validation);

#endif
