/*
 * drive: one workload, between a server and a client in processes of their own over loopback, through the flat API of
 * whatever shared libraries it is given. Both sides poll, as programs of this interface usually do, since only then any
 * library can be measured the same way.
 *
 * drive.c reads the arguments, starts the processes and prints what they counted; drive_server.c and drive_client.c
 * are the processes. The processes share one struct tally; everything that is measured goes through the libraries.
 */
#ifndef BENCH_DRIVE_H
#define BENCH_DRIVE_H

#include "bench/flat.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    EXIT_GOOD,
    EXIT_BAD_RUN,   /* measured, but not what was to be measured: something broke, or did not arrive */
    EXIT_BAD_USAGE, /* wrong arguments, or a library that cannot be used */
};

enum pattern {
    PATTERN_NONE,     /* no run at all */
    PATTERN_STREAM,   /* as fast as it goes, one way */
    PATTERN_PINGPONG, /* one message there and back at a time */
    PATTERN_CONNECT,  /* connections opened at once */
    PATTERN_TICK,     /* every connection sends at a rate, the server answers */
    PATTERN_IDLE,     /* connections that say nothing */
};

struct workload {
    const char *name;
    enum pattern pattern;
    int size, connections; /* unless the arguments say something else */
    int flags;             /* of every message */
    int server_nap;        /* microseconds that the server sleeps when it has looked for messages */
};

struct settings {
    const struct workload *workload;
    const char *server_library, *client_library;
    double seconds;
    int size, connections;
    int senders; /* connections that messages of a stream take turns on */
    int rate;    /* of tick, for each second */
    int bytes_per_second;
    bool plain;
    bool one_way;  /* nobody answers in tick */
    bool sleeping; /* in the wait descriptor of the library, instead of polling */
};

extern struct settings settings;

/* What one side costs while the workload lasts. */
struct side_cost {
    double processor;
    int64_t kilobytes; /* that it grew by since before its first connection */
    int64_t waits;     /* of the library's threads */
    bool complete;     /* all of it is known */
};

struct tally {
    atomic_int port; /* where the server listens; 0 until it does */
    atomic_int server_connected;
    atomic_int client_idle; /* the client begins to say nothing, and has finished doing so: 1, 2 */
    atomic_int server_idle; /* the server has understood that */
    atomic_bool stop;
    atomic_uint_fast64_t arrived; /* messages at the server */

    uint64_t bytes;     /* with them */
    double first, last; /* when the first and the last came */

    uint64_t sent, refused, back;
    double began, ended; /* of the client's part */
    int32_t quantile[4]; /* round trips, nanoseconds: 50, 90, 99, 99.9 % */
    uint64_t round_trips;
    int connected;
    struct side_cost server, client;
    char trouble[2][256]; /* why the server, the client has failed; empty: it has not */
};

extern struct tally *tally;

/* The processes. They return an exit status. */
int serve(void);
int ask(void);

/* ---- what both processes do, in drive.c ---- */

/* Notes why this process has failed; the first reason counts. Returns EXIT_BAD_RUN. */
int give_up(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Loads and starts this side's library and makes a poll group. False after give_up. */
bool start_library(const char *path);

/* The options of every listen socket and connection; returns how many. */
enum { OPTION_COUNT = 12 };
int connection_options(SteamNetworkingConfigValue_t options[OPTION_COUNT]);

/* What the callbacks have told so far. */
struct changes {
    int connected, ended;
    int reason; /* of the last that ended */
    char text[128];
};
extern struct changes changes;
extern uint32_t group;
extern bool is_server;

/* Sleeps for so many microseconds or, in runs that do not poll, until something has come, or a tenth of a second. */
void nap(int microseconds);

/* Where a side's cost is counted from, and what it is since then. */
void begin_cost(struct side_cost *cost);
void end_cost(struct side_cost *cost);

#endif
