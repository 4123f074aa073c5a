#include "tools/fumarole-sim-report.h"

#include "tools/fumarole-sim-arguments.h"
#include "tools/fumarole-sim-worker.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Seconds between two reports of progress, on a terminal and elsewhere. */
#define PROGRESS_TERMINAL  0.5
#define PROGRESS_ELSEWHERE 30.0

enum { KIND_COLUMNS = 3 };

bool report_init(struct report *report)
{
    memset(report, 0, sizeof(*report));
    report->begun = report->progress_shown = worker_seconds();
    report->failures = calloc(FAILURES_KEPT, sizeof(*report->failures));
    return report->failures != NULL;
}

void report_destroy(struct report *report)
{
    free(report->failures);
}

static void add_sums(struct report *report, const struct job_result *result)
{
    const struct sim_outcome *outcome = &result->outcome;
    struct sim_outcome *sum = &report->sum;

    report->runs++;
    report->processor_seconds += result->processor_seconds;
    report->virtual_seconds += (double)outcome->virtual_time / 1e6;
    /* both of its ends have been counted */
    report->connection_seconds += (double)outcome->connected_time / 2e6;
    report->idle_connection_seconds += (double)outcome->idle_time / 2e6;
    sum->connections += outcome->connections;
    sum->established += outcome->established;
    sum->refused += outcome->refused;
    sum->timed_out += outcome->timed_out;
    sum->reliable_sent += outcome->reliable_sent;
    sum->reliable_delivered += outcome->reliable_delivered;
    sum->unreliable_sent += outcome->unreliable_sent;
    sum->unreliable_delivered += outcome->unreliable_delivered;
    sum->bytes_delivered += outcome->bytes_delivered;
    sum->datagrams += outcome->datagrams;
    sum->datagram_bytes += outcome->datagram_bytes;
    sum->datagrams_lost += outcome->datagrams_lost;
    sum->lingers += outcome->lingers;
    sum->lingers_completed += outcome->lingers_completed;
    sum->steps += outcome->steps;
    if (outcome->peak_bytes > sum->peak_bytes)
        sum->peak_bytes = outcome->peak_bytes;
    for (int i = 0; i < SIM_KINDS; i++)
        sum->tally[i] += outcome->tally[i];
}

static void print_result(const struct job_result *result)
{
    const struct sim_outcome *outcome = &result->outcome;

    printf("seed %" PRIu64 " (%s): %s, faults %s, %" PRIu64 " of %" PRIu64 " ends established, %" PRIu64 "+%" PRIu64
           " messages, %" PRIu64 " datagrams (%" PRIu64 " lost), peak %zu kB, %.1f s, digest %016" PRIx64 "\n",
           result->job.seed, job_world_name(result->job.world), outcome->failed ? "FAILED" : "held",
           outcome->severity ? outcome->severity : "-", outcome->established, outcome->connections,
           outcome->reliable_delivered, outcome->unreliable_delivered, outcome->datagrams, outcome->datagrams_lost,
           outcome->peak_bytes / 1024, (double)outcome->virtual_time / 1e6, outcome->digest);
}

static void keep_failure(struct report *report, const struct job_result *result)
{
    struct report_failure *failure;

    report->failed++;
    if (report->failure_count == FAILURES_KEPT)
        return;
    failure = &report->failures[report->failure_count++];
    failure->job = result->job;
    memcpy(failure->failure, result->outcome.failure, sizeof(failure->failure));
}

void report_add(struct report *report, const struct job_result *result, bool list)
{
    add_sums(report, result);
    if (!list && !result->outcome.failed)
        return;
    report_progress_end(report);
    if (list)
        print_result(result);
    if (result->outcome.failed) {
        printf("seed %" PRIu64 " (%s) FAILED: %s\n", result->job.seed, job_world_name(result->job.world),
               result->outcome.failure);
        keep_failure(report, result);
    }
    fflush(stdout);
}

/* ---- progress ---------------------------------------------------------------------------------------------------- */

static double per_minute(double seconds_of_something, double seconds)
{
    return seconds > 0 ? seconds_of_something / 3600 / (seconds / 60) : 0; /* hours of it */
}

void report_progress(struct report *report)
{
    double now = worker_seconds();
    bool terminal = isatty(STDERR_FILENO) == 1;

    if (now - report->progress_shown < (terminal ? PROGRESS_TERMINAL : PROGRESS_ELSEWHERE))
        return;
    report->progress_shown = now;
    report->progress_on_line = terminal;
    fprintf(stderr,
            "%s%" PRIu64 " worlds in %.0f s, %.1f virtual hours a minute, %.0f connection-hours a minute of one core, "
            "%" PRIu64 " failed%s",
            terminal ? "\r" : "", report->runs, now - report->begun,
            per_minute(report->virtual_seconds, now - report->begun),
            per_minute(report->connection_seconds, report->processor_seconds), report->failed,
            terminal ? "\033[K" : "\n");
    fflush(stderr);
}

void report_progress_end(struct report *report)
{
    if (report->progress_on_line)
        fputs("\r\033[K", stderr);
    report->progress_on_line = false;
}

/* ---- at the end -------------------------------------------------------------------------------------------------- */

static void print_kinds(const struct sim_outcome *sum)
{
    int column = 0, missing = 0;

    puts("events:");
    for (int i = 0; i < SIM_KINDS; i++) {
        missing += sum->tally[i] == 0;
        if (sum->tally[i] == 0)
            continue;
        printf("  %12" PRIu64 " %-26s", sum->tally[i], sim_kind_name((enum sim_kind)i));
        if (++column % KIND_COLUMNS == 0)
            putchar('\n');
    }
    if (column % KIND_COLUMNS != 0)
        putchar('\n');
    printf("never happened: %d of %d kinds of events", missing, (int)SIM_KINDS);
    for (int i = 0, shown = 0; i < SIM_KINDS; i++)
        if (sum->tally[i] == 0)
            printf("%s%s", shown++ == 0 ? ": " : ", ", sim_kind_name((enum sim_kind)i));
    putchar('\n');
}

static void print_figures(const struct report *report)
{
    double real = worker_seconds() - report->begun, processor = report->processor_seconds;

    printf("%" PRIu64 " worlds, %" PRIu64 " failed; %.2f virtual hours in %.1f s (%.1f virtual hours a minute)\n",
           report->runs, report->failed, report->virtual_seconds / 3600, real,
           per_minute(report->virtual_seconds, real));
    printf("%.2f connection-hours in %.1f s of processor time: %.0f a minute of one core, %.0f without quiet phases; "
           "%.0f datagrams a second of one core\n",
           report->connection_seconds / 3600, processor, per_minute(report->connection_seconds, processor),
           per_minute(report->connection_seconds - report->idle_connection_seconds, processor),
           processor > 0 ? (double)report->sum.datagrams / processor : 0);
}

void report_print(const struct report *report)
{
    const struct sim_outcome *sum = &report->sum;

    print_kinds(sum);
    printf("%" PRIu64 " ends of connections, %" PRIu64 " established, %" PRIu64 " refused, %" PRIu64
           " timed out; %" PRIu64 " of %" PRIu64 " lingers completed\n",
           sum->connections, sum->established, sum->refused, sum->timed_out, sum->lingers_completed, sum->lingers);
    printf("reliable messages: %" PRIu64 " of %" PRIu64 " delivered; unreliable: %" PRIu64 " of %" PRIu64 "; %.1f MB\n",
           sum->reliable_delivered, sum->reliable_sent, sum->unreliable_delivered, sum->unreliable_sent,
           (double)sum->bytes_delivered / 1e6);
    printf("%" PRIu64 " datagrams, %.1f MB, %" PRIu64 " lost; most memory in one simulation %zu kB\n", sum->datagrams,
           (double)sum->datagram_bytes / 1e6, sum->datagrams_lost, sum->peak_bytes / 1024);
    print_figures(report);
}

void report_print_failures(const struct report *report)
{
    if (report->failed == 0)
        return;
    printf("\n%" PRIu64 " failed%s\n", report->failed,
           report->failed > (uint64_t)report->failure_count ? "; the first of them:" : ":");
    for (int i = 0; i < report->failure_count; i++) {
        const struct report_failure *failure = &report->failures[i];
        char command[COMMAND_TEXT];

        printf("seed %" PRIu64 " (%s): %s\n", failure->job.seed, job_world_name(failure->job.world), failure->failure);
        arguments_write(&failure->job, command);
        printf("  replay: %s\n", command);
        if (failure->was_shrunk) {
            arguments_write(&failure->shrunk, command);
            printf("  shrunk: %s\n", command);
        }
    }
}
