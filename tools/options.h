/*
 * Command-line options, read by the table that also writes the help text.
 *
 * Options may stand before, between and after the operands; "--" ends them. "--name value", "--name=value", "-n value"
 * and "-nvalue" mean the same. --help is understood everywhere.
 */
#ifndef TOOLS_OPTIONS_H
#define TOOLS_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

enum option_kind {
    OPTION_FLAG,    /* bool: becomes true */
    OPTION_TEXT,    /* const char * */
    OPTION_INTEGER, /* int64_t between least and most */
    OPTION_BYTES,   /* int64_t between least and most, in the notation of units.h */
    OPTION_SECONDS, /* double between least and most */
    OPTION_PERCENT, /* double between 0 and 100 */
    OPTION_EACH,    /* an option_function, called for every occurrence */
};

/* Takes one occurrence's value. False after having complained. */
typedef bool (*option_function)(const char *value);

struct option_row {
    const char *name;     /* without the dashes; null ends the table */
    char letter;          /* 0 if there is none */
    const char *argument; /* what the help calls the value; null for flags */
    const char *help;     /* one line */
    enum option_kind kind;
    union {
        bool *flag;
        const char **text;
        int64_t *number;
        double *real;
        option_function each;
    } target;
    double least, most;
};

struct usage {
    const char *synopsis;             /* "fumarole chat [options] ADDRESS" and further lines, each complete */
    const char *about;                /* a paragraph or two, wrapped */
    const struct option_row *options; /* the command's own */
    const struct option_row *shared;  /* null, or a table that several commands have */
    const char *more;                 /* null, or what else the help says: examples, exit codes */
    int operand_least, operand_most;
    const char *operand; /* what a missing operand is called */
};

enum { OPTIONS_GO_ON = -1, OPTIONS_OPERAND_LIMIT = 16 };

/*
 * Reads argv[1] and what follows. operands (room for usage->operand_most) and *operand_count receive what is not an
 * option. Returns OPTIONS_GO_ON, or the exit code of a command that is over: help was asked for, or a complaint made.
 */
int options_read(const struct usage *usage, int argc, char **argv, const char **operands, int *operand_count);

#endif
