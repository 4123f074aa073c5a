/*
 * Fumarole: messages over UDP for games. This header brings in the whole public interface.
 *
 *   library.h          start, stop, threads, memory, hooks
 *   sockets.h          listen sockets, connections, messages, poll groups, callbacks
 *   utils.h            message objects, clock, diagnostics, configuration
 *   addresses.h        addresses and identities
 *   authentication.h   identity and certificates
 *   messages.h         messages to identities, without connections
 *   signaling.h        connections over a signaling channel of the application
 *   fake_ip.h          addresses that stand for peers
 *   backend.h          relays, ping times, hosted servers
 *   gamecoordinator.h  tickets and server logins
 *   extensions.h       what goes beyond the compatible interface
 *   vtables.h          the interfaces as C++ sees them, for C
 *   types.h            the types of all these
 */
#ifndef FUMAROLE_FUMAROLE_H
#define FUMAROLE_FUMAROLE_H

#include "fumarole/addresses.h"
#include "fumarole/authentication.h"
#include "fumarole/backend.h"
#include "fumarole/extensions.h"
#include "fumarole/fake_ip.h"
#include "fumarole/gamecoordinator.h"
#include "fumarole/library.h"
#include "fumarole/messages.h"
#include "fumarole/signaling.h"
#include "fumarole/sockets.h"
#include "fumarole/types.h"
#include "fumarole/utils.h"
#include "fumarole/vtables.h"

#endif
