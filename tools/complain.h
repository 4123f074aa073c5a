/*
 * What goes wrong, said on standard error in two lines: what happened, and what to do about it.
 */
#ifndef TOOLS_COMPLAIN_H
#define TOOLS_COMPLAIN_H

/* The name that complaints begin with: the program, then the subcommand. */
void complain_as(const char *command);

/* "fumarole chat: <text>" */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "  <text>": the way out. Follows a complaint. */
void advise(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
