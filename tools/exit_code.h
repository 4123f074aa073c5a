/*
 * How every subcommand ends, for scripts. The manual pages and --help list the same numbers.
 */
#ifndef TOOLS_EXIT_CODE_H
#define TOOLS_EXIT_CODE_H

enum exit_code {
    EXIT_DONE = 0,          /* what was asked for came to pass */
    EXIT_UNDONE = 1,        /* it did not: connection lost, digest differs, a limit that was asked for is exceeded */
    EXIT_USAGE = 2,         /* the arguments make no sense */
    EXIT_NO_CONNECTION = 3, /* could not start, listen or connect */
    EXIT_LOCAL = 4,         /* a file, a pipe or the terminal could not be read or written */
    EXIT_INTERRUPTED = 130, /* ended by the user before it was done */
};

#endif
