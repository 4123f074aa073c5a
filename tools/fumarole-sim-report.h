/*
 * What a run of many seeds has come to: sums, how often each kind of event has happened, how fast it went, and the
 * seeds that failed. Owns the list of these.
 */
#ifndef TOOLS_FUMAROLE_SIM_REPORT_H
#define TOOLS_FUMAROLE_SIM_REPORT_H

#include "tools/fumarole-sim-job.h"

enum { FAILURES_KEPT = 100 /* beyond that they are only counted */ };

struct report_failure {
    struct job job;
    char failure[SIM_FAILURE_TEXT];
    struct job shrunk;
    bool was_shrunk;
};

struct report {
    uint64_t runs, failed;
    double begun; /* worker_seconds() */
    double processor_seconds, virtual_seconds, connection_seconds, idle_connection_seconds;
    struct sim_outcome sum;
    struct report_failure *failures;
    int failure_count;
    double progress_shown;
    bool progress_on_line; /* it stands on the terminal's line now */
};

bool report_init(struct report *report);
void report_destroy(struct report *report);

/* Takes note of a result, and tells of it if it has failed, or at once if `list`. */
void report_add(struct report *report, const struct job_result *result, bool list);

/* On standard error: in place on a terminal, otherwise a line now and then. */
void report_progress(struct report *report);
void report_progress_end(struct report *report);

/* The sums, the figures and the kinds of events. */
void report_print(const struct report *report);

/* The seeds that failed, each with the command that explains it. */
void report_print_failures(const struct report *report);

#endif
