#include "tools/complain.h"

#include <stdarg.h>
#include <stdio.h>

static const char *speaker;

void complain_as(const char *command)
{
    speaker = command;
}

void complain(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "fumarole%s%s: ", speaker ? " " : "", speaker ? speaker : "");
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
}

void advise(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("  ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
}
