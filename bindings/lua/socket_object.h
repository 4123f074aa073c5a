/*
 * The objects that stand for handles in Lua: listen sockets, and, in the older generation, connections.
 *
 * An object only names its handle. Collecting it closes nothing, since a server works whether or not its program keeps
 * the object; and it stays harmless after the thing is closed, like any old handle.
 */
#ifndef LUASTEAM_SOCKET_OBJECT_H
#define LUASTEAM_SOCKET_OBJECT_H

#include "vm.h"

enum socket_kind {
    SOCKET_LISTEN,
    SOCKET_CONNECTION,
};

/* Prepares a Lua state; `module` is the place of its block on the stack. */
void socket_object_open(lua_State *L, int module);

void socket_object_push(lua_State *L, enum socket_kind kind, uint32_t handle);

/* Whether the value at an index is such an object; if so *kind and *handle are filled. */
bool socket_object_test(lua_State *L, int index, enum socket_kind *kind, uint32_t *handle);

#endif
