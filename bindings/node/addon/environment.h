/*
 * What one JavaScript environment (the main thread, or one worker thread) has of its own: its membership in the
 * process-wide library and the memory through which messages reach JavaScript.
 *
 * One exists for each environment that loads the addon, made in addon.c and found again with environment_of. Only the
 * thread of that environment touches it.
 */
#ifndef FUMAROLE_NODE_ENVIRONMENT_H
#define FUMAROLE_NODE_ENVIRONMENT_H

#define NAPI_VERSION 8
#include <node_api.h>

#include "fumarole/fumarole.h"

struct process_member;
struct watcher;

struct environment {
    struct process_member *member; /* null unless init has succeeded and shutdown has not followed */
    struct watcher *watcher;       /* null unless JavaScript watches */
    napi_ref record_reference;     /* keeps the ArrayBuffer of `records` */
    void *records;                 /* message_records.h */
};

/* The environment of a call; null only when the environment is being torn down. */
struct environment *environment_of(napi_env env);

/* The sockets interface as this environment may use it: null unless it has called init. */
ISteamNetworkingSockets *sockets_of(napi_env env);

/* A function that a part of the addon offers to lib/native.js. */
struct native_function {
    const char *name;
    napi_callback function;
};

/* Adds functions to the exports; false with an exception pending. */
bool export_functions(napi_env env, napi_value exports, const struct native_function *functions, size_t count);

#define EXPORT_FUNCTIONS(env, exports, table) export_functions(env, exports, table, sizeof(table) / sizeof *(table))

#endif
