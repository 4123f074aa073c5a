/*
 * Connections in memory: two API connections that are the ends of one pipe (api-contract 7.1 step 2, 13).
 */
#ifndef API_MEMORY_CONNECTION_H
#define API_MEMORY_CONNECTION_H

#include "api/api_connection.h"

/*
 * As api_connection_new, for an end of a pipe: the limits of its receive queue are as high as they go, until the
 * application sets others on it (api-contract 11.2).
 */
struct api_connection *memory_connection_new(struct sockets *self, struct config_node *parent);

/*
 * Two reserved objects become the ends of a pipe: `ask` lets the second, the listening one, decide (Connecting);
 * otherwise both are Connected at once.
 */
void memory_connections_join(struct api_connection *first, struct api_connection *second, bool ask, microseconds now);

#endif
