/*
 * What the exported functions say when a program hands them a null pointer: one line that names function and argument.
 */
#ifndef API_ARGUMENT_CHECK_H
#define API_ARGUMENT_CHECK_H

#include "base/log.h"

#include <stdbool.h>

static inline bool argument_given(const void *pointer, const char *function, const char *argument)
{
    if (pointer)
        return true;
    log_write(LOG_LEVEL_BUG, "%s: %s is null", function, argument);
    return false;
}

/* The same for the function that uses it. */
#define GIVEN(argument) argument_given(argument, __func__, #argument)

#endif
