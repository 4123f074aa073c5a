/*
 * What the peer is told when an application closes a connection: its reason and text, put right (protocol 7.6).
 *
 * A pure function; any thread.
 */
#ifndef CONN_CLOSE_REASON_H
#define CONN_CLOSE_REASON_H

#include "wire/limits.h"

enum { CLOSE_REASON_TEXT_SIZE = CLOSE_TEXT_MAXIMUM + 1 };

/* Returns the reason to send, and fills `text`. A reason of 0 is the default; one outside the application's range is
 * replaced together with its text; without a text (`given` NULL or empty) there is a short one. */
int close_reason_normalise(int reason, const char *given, char text[CLOSE_REASON_TEXT_SIZE]);

#endif
