/*
 * The subcommands. Each is one file with one function of this type; the table is in fumarole.c.
 */
#ifndef TOOLS_COMMAND_H
#define TOOLS_COMMAND_H

/* argv[0] is the subcommand's name. Returns an exit_code. */
typedef int (*command_function)(int argc, char **argv);

struct command {
    const char *name;
    command_function run;
    const char *help; /* one line */
};

int command_bench(int argc, char **argv);
int command_cert(int argc, char **argv);
int command_chat(int argc, char **argv);
int command_demo(int argc, char **argv);
int command_ping(int argc, char **argv);
int command_recv(int argc, char **argv);
int command_send(int argc, char **argv);
int command_status(int argc, char **argv);

#endif
