/*
 * The report about a connection that GetDetailedConnectionStatus gives (api-contract 9.5): lines for people, whose form
 * is nobody's to rely on.
 */
#ifndef API_DETAILED_STATUS_H
#define API_DETAILED_STATUS_H

#include "base/time.h"

#include <stddef.h>

struct api_connection;

/*
 * Writes as much as fits, terminated unless the capacity is 0, and returns the bytes that the whole text takes with
 * its terminator. The connection is locked by the caller.
 */
size_t detailed_status_write(struct api_connection *connection, microseconds now, char *buffer, size_t capacity);

#endif
