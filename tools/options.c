#include "tools/options.h"

#include "tools/complain.h"
#include "tools/exit_code.h"
#include "tools/nearest.h"
#include "tools/units.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_rows(const struct option_row *row)
{
    for (; row && row->name; row++) {
        char left[64];
        if (row->letter)
            snprintf(left, sizeof left, "-%c, --%s%s%s", row->letter, row->name, row->argument ? " " : "",
                     row->argument ? row->argument : "");
        else
            snprintf(left, sizeof left, "    --%s%s%s", row->name, row->argument ? " " : "",
                     row->argument ? row->argument : "");
        printf(strlen(left) > 28 ? "  %s\n  %-28s  %s\n" : "  %-28s%.0s  %s\n", left, "", row->help);
    }
}

static void print_help(const struct usage *usage)
{
    printf("usage: %s\n\n%s\n", usage->synopsis, usage->about);
    if (usage->options && usage->options->name) {
        puts("\noptions:");
        print_rows(usage->options);
    }
    if (usage->shared) {
        puts("\noptions of every command that uses the network:");
        print_rows(usage->shared);
    }
    if (usage->more)
        printf("\n%s\n", usage->more);
}

static const struct option_row *find_name(const struct option_row *row, const char *name, size_t length)
{
    for (; row && row->name; row++)
        if (strlen(row->name) == length && memcmp(row->name, name, length) == 0)
            return row;
    return NULL;
}

static const struct option_row *find_letter(const struct option_row *row, char letter)
{
    for (; row && row->name; row++)
        if (row->letter && row->letter == letter)
            return row;
    return NULL;
}

static void complain_unknown(const struct usage *usage, const char *word, size_t length)
{
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)(length < sizeof name ? length : sizeof name - 1), word);
    complain("there is no option --%s", name);
    struct nearest search = {.word = name};
    for (const struct option_row *row = usage->options; row && row->name; row++)
        nearest_offer(&search, row->name);
    for (const struct option_row *row = usage->shared; row && row->name; row++)
        nearest_offer(&search, row->name);
    nearest_offer(&search, "help");
    if (search.best)
        advise("Did you mean --%s?", search.best);
    else
        advise("Run it with --help to see the options there are.");
}

static bool out_of_range(const struct option_row *row, const char *value, double number)
{
    if (number >= row->least && number <= row->most)
        return false;
    complain("--%s %s is out of range", row->name, value);
    advise("It takes a value from %.15g to %.15g.", row->least, row->most);
    return true;
}

static bool malformed(const struct option_row *row, const char *value, const char *example)
{
    complain("--%s %s is not what this option takes", row->name, value);
    advise("It takes %s.", example);
    return false;
}

static bool store(const struct option_row *row, const char *value)
{
    switch (row->kind) {
    case OPTION_FLAG:
        *row->target.flag = true;
        return true;
    case OPTION_TEXT:
        *row->target.text = value;
        return true;
    case OPTION_EACH:
        return row->target.each(value);
    case OPTION_INTEGER: {
        char *end;
        errno = 0;
        long long number = strtoll(value, &end, 10);
        if (end == value || *end || errno)
            return malformed(row, value, "a whole number, for example 10");
        if (out_of_range(row, value, (double)number))
            return false;
        *row->target.number = number;
        return true;
    }
    case OPTION_BYTES: {
        uint64_t bytes;
        if (!units_read_bytes(value, &bytes))
            return malformed(row, value, "a number of bytes, for example 4096, 64K or 8M");
        if (out_of_range(row, value, (double)bytes))
            return false;
        *row->target.number = (int64_t)bytes;
        return true;
    }
    case OPTION_SECONDS: {
        double seconds;
        if (!units_read_seconds(value, &seconds))
            return malformed(row, value, "a time in seconds, for example 5, 0.2 or 200ms");
        if (out_of_range(row, value, seconds))
            return false;
        *row->target.real = seconds;
        return true;
    }
    case OPTION_PERCENT: {
        char *end;
        double percent = strtod(value, &end);
        if (end == value || (*end && strcmp(end, "%") != 0) || !(percent >= 0 && percent <= 100))
            return malformed(row, value, "a percentage from 0 to 100");
        *row->target.real = percent;
        return true;
    }
    }
    return false;
}

/* Stores the option that argv[*index] is; moves *index past a value in the next argument. */
static bool read_option(const struct option_row *row, const char *attached, int argc, char **argv, int *index)
{
    if (row->kind == OPTION_FLAG) {
        if (attached) {
            complain("--%s takes no value", row->name);
            advise("Write just --%s.", row->name);
            return false;
        }
        return store(row, NULL);
    }
    if (!attached) {
        if (*index + 1 >= argc) {
            complain("--%s needs a value", row->name);
            advise("Write --%s %s.", row->name, row->argument);
            return false;
        }
        attached = argv[++*index];
    }
    return store(row, attached);
}

/* A word that begins with a dash and is more than a dash: one long option, or letters. */
static bool read_word(const struct usage *usage, int argc, char **argv, int *index)
{
    const char *word = argv[*index];
    if (word[1] == '-') {
        const char *name = word + 2, *equals = strchr(name, '=');
        size_t length = equals ? (size_t)(equals - name) : strlen(name);
        const struct option_row *row = find_name(usage->options, name, length);
        if (!row)
            row = find_name(usage->shared, name, length);
        if (!row) {
            complain_unknown(usage, name, length);
            return false;
        }
        return read_option(row, equals ? equals + 1 : NULL, argc, argv, index);
    }
    for (const char *letter = word + 1; *letter; letter++) {
        const struct option_row *row = find_letter(usage->options, *letter);
        if (!row)
            row = find_letter(usage->shared, *letter);
        if (!row) {
            complain("there is no option -%c", *letter);
            advise("Run it with --help to see the options there are.");
            return false;
        }
        if (row->kind != OPTION_FLAG)
            return read_option(row, letter[1] ? letter + 1 : NULL, argc, argv, index);
        if (!store(row, NULL))
            return false;
    }
    return true;
}

int options_read(const struct usage *usage, int argc, char **argv, const char **operands, int *operand_count)
{
    bool only_operands = false;
    int count = 0;
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--") == 0)
            break;
        else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            print_help(usage);
            return EXIT_DONE;
        }
    for (int i = 1; i < argc; i++) {
        if (!only_operands && strcmp(argv[i], "--") == 0) {
            only_operands = true;
        } else if (!only_operands && argv[i][0] == '-' && argv[i][1]) {
            if (!read_word(usage, argc, argv, &i))
                return EXIT_USAGE;
        } else if (count >= usage->operand_most) {
            complain("'%s' is one argument too many", argv[i]);
            advise("usage: %s", usage->synopsis);
            return EXIT_USAGE;
        } else {
            operands[count++] = argv[i];
        }
    }
    if (count < usage->operand_least) {
        complain("%s is missing", usage->operand);
        advise("usage: %s", usage->synopsis);
        return EXIT_USAGE;
    }
    *operand_count = count;
    return OPTIONS_GO_ON;
}
