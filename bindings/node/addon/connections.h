/*
 * Listen sockets, connections and poll groups: making, accepting, closing and naming them. What is made here belongs to
 * the environment of the call (process.h).
 */
#ifndef FUMAROLE_NODE_CONNECTIONS_H
#define FUMAROLE_NODE_CONNECTIONS_H

#include "environment.h"

/* Adds the functions to the exports; false with an exception pending. */
bool export_connections(napi_env env, napi_value exports);

#endif
