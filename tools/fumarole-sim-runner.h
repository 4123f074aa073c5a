/*
 * Runs many seeds in several processes, until the last one, the end of the time, or the user's wish; shrinks those that
 * fail, and reports.
 */
#ifndef TOOLS_FUMAROLE_SIM_RUNNER_H
#define TOOLS_FUMAROLE_SIM_RUNNER_H

#include "tools/fumarole-sim-arguments.h"

/* The exit status. */
int runner_run(const struct arguments *arguments);

#endif
