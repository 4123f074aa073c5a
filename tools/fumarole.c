/*
 * fumarole: the command line. This table is all it knows; the rest is the subcommands' own.
 */
#include "fumarole/fumarole.h"
#include "tools/command.h"
#include "tools/complain.h"
#include "tools/exit_code.h"
#include "tools/nearest.h"

#include <stdio.h>
#include <string.h>

static const struct command commands[] = {
    {"demo", command_demo, "show it at work: a server and a client over a bad network"},
    {"chat", command_chat, "talk with others, line by line"},
    {"send", command_send, "send a file"},
    {"recv", command_recv, "receive a file"},
    {"ping", command_ping, "measure round trips, loss and jitter"},
    {"status", command_status, "connect and report how the connection is doing"},
    {"bench", command_bench, "measure how much this machine can do"},
    {"cert", command_cert, "make and look at keys and certificates"},
};

static const struct command *const commands_end = commands + sizeof commands / sizeof commands[0];

static void print_help(FILE *stream)
{
    fputs("usage: fumarole COMMAND [options]\n\n", stream);
    for (const struct command *command = commands; command < commands_end; command++)
        fprintf(stream, "  %-8s %s\n", command->name, command->help);
    fputs("\n'fumarole COMMAND --help' explains a command, 'fumarole --version' names the version.\n", stream);
}

static int find_and_run(int argc, char **argv)
{
    struct nearest search = {.word = argv[0]};
    for (const struct command *command = commands; command < commands_end; command++) {
        if (strcmp(command->name, argv[0]) == 0) {
            complain_as(command->name);
            return command->run(argc, argv);
        }
        nearest_offer(&search, command->name);
    }
    complain("there is no command '%s'", argv[0]);
    if (search.best)
        advise("Did you mean 'fumarole %s'?", search.best);
    else
        advise("'fumarole --help' lists the commands there are.");
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        /* "fumarole help chat" is "fumarole chat --help". */
        if (argc > 2) {
            char help[] = "--help", *arguments[] = {argv[2], help, NULL};
            return find_and_run(2, arguments);
        }
        print_help(stdout);
        return EXIT_DONE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("fumarole %s\n", Fumarole_Version());
        return EXIT_DONE;
    }
    int code = find_and_run(argc - 1, argv + 1);
    /* Output that could not be written (a full disk, a closed pipe) must not look like success. */
    if (fflush(stdout) != 0 && code == EXIT_DONE)
        code = EXIT_LOCAL;
    return code;
}
