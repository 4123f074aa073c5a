/*
 * Wakes JavaScript when something waits to be fetched, so that nobody has to ask sixty times a second: a thread of its
 * own sleeps in poll() on the library's descriptors and calls one JavaScript function through a thread-safe function.
 * That takes Node-API alone, without libuv's headers or symbols, and works wherever Node-API does.
 *
 * One call for each time the watcher is armed. It watches the callbacks of the process, the events that another
 * environment has sorted for this one, and the messages of one poll group. What is left waiting on purpose, on
 * connections outside the group, wakes nobody.
 *
 * Owned by the addon's data of an environment and used on its thread. It must be stopped before the library stops.
 */
#ifndef FUMAROLE_NODE_WATCHER_H
#define FUMAROLE_NODE_WATCHER_H

#include "environment.h"
#include "process.h"

#include <stdbool.h>

struct watcher;

/*
 * Starts, not armed, and not keeping the process alive. `function` is called without arguments. NULL on failure, with
 * an exception pending if JavaScript is to blame and errno set otherwise.
 */
struct watcher *watcher_start(napi_env env, napi_value function, struct process_member *member);

/* Ends the thread; the function is not called any more. Null does nothing. */
void watcher_stop(struct watcher *watcher);

/* The next thing to fetch calls the function, at once if it is there already. 0: no group. */
void watcher_arm(struct watcher *watcher, HSteamNetPollGroup group);

/* Whether the watcher keeps the process alive. */
void watcher_keep_alive(struct watcher *watcher, bool keep);

/* Adds watchStart(function), watchArm(group), watchKeepAlive(truth) and watchStop() to the exports. */
bool export_watcher(napi_env env, napi_value exports);

#endif
