/*
 * The workloads of 'fumarole bench'. A workload is a server and a client in processes of their own, over loopback;
 * bench.c starts both and prints what they found.
 */
#ifndef TOOLS_BENCH_H
#define TOOLS_BENCH_H

#include "tools/exit_code.h"

#include <stdbool.h>
#include <stdint.h>

struct bench_settings {
    double seconds;
    int64_t size, connections, rate, bytes_per_second;
    bool plain;
};

/* What the server has used and counted when the client says that a part of the workload begins. */
struct bench_mark {
    int64_t at; /* microseconds */
    double processor;
    uint64_t wake_ups; /* of the library's threads */
    uint64_t messages;
    int64_t memory; /* kilobytes */
};

enum { BENCH_MARKS = 4 };

/* What the server counted. */
struct bench_served {
    struct bench_mark marks[BENCH_MARKS];
    uint64_t messages, bytes;
    int64_t first, last; /* when the first and the last message came, microseconds */
    double processor;    /* seconds, from the first connection on */
    int64_t memory_before, memory_after;
};

/* What the client counted; which of it means something depends on the workload. */
struct bench_asked {
    uint64_t sent, back;
    double seconds, processor;
    int64_t count;
    int32_t quantiles[4]; /* of the round trips: 50, 90, 99, 99.9 %, microseconds */
};

struct bench_workload {
    const char *name, *help;
    int64_t size, connections, rate; /* what is taken when nothing else is said; 0: does not apply */
    bool echoes;                     /* the server sends every message back, with these flags */
    int echo_flags;
    bool marks; /* a message of one byte is the number of a mark */
    enum exit_code (*run)(const struct bench_settings *settings, const char *address, struct bench_asked *asked);
    void (*print)(const struct bench_settings *settings, const struct bench_asked *asked,
                  const struct bench_served *served); /* the workload's own keys; null: the rates */
};

extern const struct bench_workload bench_workloads[]; /* ends with a null name */

#endif
