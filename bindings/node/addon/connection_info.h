/*
 * What there is to know about a connection, as objects: its info, its figures, its report.
 */
#ifndef FUMAROLE_NODE_CONNECTION_INFO_H
#define FUMAROLE_NODE_CONNECTION_INFO_H

#include "environment.h"

/* The object that getConnectionInfo returns and that events carry; null with an exception pending. */
napi_value make_connection_info(napi_env env, const SteamNetConnectionInfo_t *info);

/* Adds the functions to the exports; false with an exception pending. */
bool export_connection_info(napi_env env, napi_value exports);

#endif
