/*
 * 64-bit numbers, which not every Lua can hold: an immutable userdata with ==, <, <=, tostring and .. (concatenation).
 *
 * Within a Lua state equal numbers are the same object, so that they work as keys of tables, too.
 */
#ifndef LUASTEAM_UINT64_H
#define LUASTEAM_UINT64_H

#include "vm.h"

/* Prepares a Lua state. */
void uint64_open(lua_State *L);

void uint64_push(lua_State *L, uint64_t value);

/* Whether the value at an index is such an object; if so *value is its number. */
bool uint64_test(lua_State *L, int index, uint64_t *value);

/* Reads a decimal number with nothing around it; false for anything else and for numbers of more than 64 bits. */
bool uint64_parse(const char *text, size_t length, uint64_t *value);

/*
 * Reads whatever can stand for a 64-bit number: such an object, decimal text, an integer of this interpreter, a whole
 * number that a float holds exactly, and in LuaJIT a 64-bit number of C. Null, or what would have been right.
 */
const char *uint64_read(lua_State *L, int index, uint64_t *value);

#endif
