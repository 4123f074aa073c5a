/*
 * What the library has reported and the program has not heard of yet.
 *
 * The idea: the library's callbacks, on whatever thread they come, only copy what they are told into a queue; signals
 * are emitted from it inside run_callbacks and runNetworkingCallbacks, and nowhere else. So a handler may do anything,
 * and something else that drives the library (a networking peer) does not make signals appear. Owns the queue.
 */
#ifndef FUMAROLE_GODOT_EVENTS_H
#define FUMAROLE_GODOT_EVENTS_H

#include "class.h"

#define EVENT_SIGNALS 6
extern const struct class_signal event_signals[EVENT_SIGNALS];

/* Asks the library to report to the queue. After every start of the library. */
void events_listen(void);

/* Takes that back and forgets what waits. Before the library is stopped. */
void events_forget(void);

/* Takes the oldest event out of the queue: the signal's name, and its arguments, to be freed one by one. Returns their
   number, or -1 if nothing waits. */
int events_take(const char **signal, struct value arguments[CLASS_SIGNAL_ARGUMENTS_MAX]);

#endif
