/*
 * The tables of functions behind the interface objects, as C++ expects them in memory: two zero words (offset to the
 * top of the object, type information), then the slots (docs/api/reference.md, "Interface objects"). Constant data.
 *
 * The slots are the flat functions, which are exported; the shared library must be linked so that its own references to
 * them are bound to itself (-Bsymbolic-functions), or another library with the same names would get into the tables.
 */
#ifndef API_VTABLES_H
#define API_VTABLES_H

#include "fumarole/vtables.h"

#include <stddef.h>

#define INTERFACE_TABLE(interface)                                                                                     \
    struct {                                                                                                           \
        ptrdiff_t offset_to_top;                                                                                       \
        const void *type_information;                                                                                  \
        struct interface##Vtbl slots;                                                                                  \
    }

typedef INTERFACE_TABLE(ISteamNetworkingSockets) sockets_table_type;
typedef INTERFACE_TABLE(ISteamNetworkingUtils) utils_table_type;
typedef INTERFACE_TABLE(ISteamNetworkingMessages) messages_table_type;
typedef INTERFACE_TABLE(ISteamNetworkingFakeUDPPort) fake_udp_port_table_type;
typedef INTERFACE_TABLE(ISteamNetworkingConnectionSignaling) signaling_table_type;
typedef INTERFACE_TABLE(ISteamNetworkingSignalingRecvContext) receive_context_table_type;

extern const sockets_table_type sockets_table;                /* SendMessages takes four arguments */
extern const sockets_table_type sockets_three_argument_table; /* SendMessages as if the fourth were true */
extern const utils_table_type utils_table;
extern const messages_table_type messages_table;
extern const fake_udp_port_table_type fake_udp_port_table; /* no object has it until there are FakeIPs */

#endif
