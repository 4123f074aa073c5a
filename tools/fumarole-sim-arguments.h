/*
 * What fumarole-sim was asked to do: its command line, read and written.
 */
#ifndef TOOLS_FUMAROLE_SIM_ARGUMENTS_H
#define TOOLS_FUMAROLE_SIM_ARGUMENTS_H

#include "tools/fumarole-sim-job.h"

#include <stddef.h>

enum exit_status {
    STATUS_HELD = 0,
    STATUS_FAILED = 1, /* some seed failed */
    STATUS_USAGE = 2,
};

enum {
    JOBS_MAXIMUM = 256,
    COMMAND_TEXT = 1024,
};

struct arguments {
    uint64_t first, last;
    bool seeds_given, endless; /* there is no last seed but the greatest */
    double minutes;            /* 0: until the last seed */
    double hang_seconds;
    int jobs;
    bool worlds[JOB_WORLDS];
    struct sim_limits limits;
    bool trace, list, twice, stop, no_shrink;

    const char *scenario; /* NULL: seeds */
    const char *csv;
    bool scenario_list;
};

/* Returns false when the program is to end with *status; what is wrong has been said. */
bool arguments_parse(int count, char **values, struct arguments *arguments, int *status);

/* The command line that runs this job and explains it. */
void arguments_write(const struct job *job, char text[COMMAND_TEXT]);

#endif
