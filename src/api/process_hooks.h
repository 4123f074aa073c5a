/*
 * What a program installs for the whole process: the functions that receive diagnostics, and the allocator. They get
 * here through fumarole/library.h and fumarole/utils.h and end up in base/.
 *
 * Owns the program's function pointers, so that base/ sees its own types only. Any thread, except where said.
 */
#ifndef API_PROCESS_HOOKS_H
#define API_PROCESS_HOOKS_H

#include "fumarole/types.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

typedef void (*preformat_handler)(ESteamNetworkingSocketsDebugOutputType type, bool is_format, const char *file,
                                  int line, const char *message, va_list arguments);

/* A null function or a level below 1 turns output off. */
void process_set_debug_output(int level, FSteamNetworkingSocketsDebugOutput function);

/* Null restores the default handling. */
void process_set_preformat_handler(int level, preformat_handler handler);

/*
 * The library may hold memory from now on: the allocator cannot be replaced any more. Called by every exported function
 * that is the first to allocate something.
 */
void process_begins_to_allocate(void);

/* False: too late. Not while any other thread uses the library. */
bool process_set_allocator(void *(*allocate)(size_t), void (*release)(void *), void *(*resize)(void *, size_t));

#endif
