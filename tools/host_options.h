/*
 * The options of every command that uses the network, and what they come to. For host.c; the commands put host_options
 * (host.h) into their tables and set more with the functions there.
 */
#ifndef TOOLS_HOST_OPTIONS_H
#define TOOLS_HOST_OPTIONS_H

#include "fumarole/fumarole.h"

#include <stdbool.h>

/* --verbose */
bool host_options_verbose(void);

/* --app and --trust take effect; *identity is what --identity names, of invalid type if it names nobody. False after
 * having complained. */
bool host_options_before_start(SteamNetworkingIdentity *identity);

/* --timeout, --config, --certificate and --key take effect. False after having complained. */
bool host_options_after_start(ISteamNetworkingSockets *sockets);

#endif
