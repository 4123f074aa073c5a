/*
 * Steam.runCallbacks: the program's functions are called for what has happened.
 *
 * Events are collected first and delivered then, one after the other, by functions looked up at that moment. No lock is
 * held and the library is not inside a call of its own, so a callback may do anything: close things, stop and start the
 * library, run callbacks. What happens meanwhile waits for the next run. Runs inside each other go only so deep; what
 * the deepest would have delivered, those around it do.
 *
 * An error in a callback does not keep the others from being called. When all have been, the first error goes on to the
 * caller of runCallbacks, with the stack at its origin if it is a text; more of them are written to stderr.
 *
 * A program without a frame rate, that calls runCallbacks in a loop as fast as it can, is slowed down: see pace.
 */
#include "module.h"

#include "generated/constants.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    SPINNING_BELOW = 200, /* microseconds between two runs: no program that draws pictures is that fast */
    PAUSE = 100,          /* microseconds */
    DEEPEST = 16          /* runs inside each other; an interpreter bears some 60 before its stack is used up */
};

const char *callbacks_state_name(int state)
{
    for (const struct luasteam_number *known = luasteam_states; known->name; known++) {
        if (known->value == state && state >= 0)
            return known->name;
    }
    return "None";
}

/* ---- pacing ------------------------------------------------------------------------------------------------------ */

static int64_t microseconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

/*
 * Loops that count rounds in place of time are older than this library, and mean rounds that take a while. When nothing
 * has happened between two runs that follow each other at once, the second one waits a little, but no longer than until
 * something can be fetched.
 */
static void pace(struct module *self)
{
    if (self->paces && self->is_idle && self->owner.running && microseconds_now() - self->last_run < SPINNING_BELOW) {
        struct pollfd descriptor = {.fd = Fumarole_GetWaitDescriptor(), .events = POLLIN};

        ppoll(&descriptor, 1, &(struct timespec){.tv_nsec = PAUSE * 1000}, NULL);
    }
}

/* ---- delivery ---------------------------------------------------------------------------------------------------- */

/* The message handler: texts get the stack, as debug.traceback writes it; other values stay as they are. */
static int add_traceback(lua_State *L)
{
    if (!lua_isstring(L, 1))
        return 1;
    lua_getfield(L, LUA_REGISTRYINDEX, "_LOADED");
    if (lua_istable(L, -1))
        lua_getfield(L, -1, "debug");
    if (lua_istable(L, -1))
        lua_getfield(L, -1, "traceback");
    if (!lua_isfunction(L, -1)) {
        lua_settop(L, 1);
        return 1;
    }
    lua_pushvalue(L, 1);
    lua_pushinteger(L, 2);
    lua_call(L, 2, 1);
    return 1;
}

static void push_connection_change(lua_State *L, const struct owner_event *event)
{
    lua_createtable(L, 0, 7);
    vm_set_number(L, "connection", event->connection);
    vm_set_string(L, "state", callbacks_state_name(event->state));
    vm_set_string(L, "state_old", callbacks_state_name(event->old_state));
    vm_set_number(L, "state_num", event->state);
    vm_set_number(L, "state_old_num", event->old_state);
    vm_set_number(L, "endReason", event->end_reason);
    vm_set_string(L, "debug", event->text);
}

static void push_authentication_status(lua_State *L, const struct owner_event *event)
{
    lua_createtable(L, 0, 2);
    vm_set_number(L, "status", event->state);
    vm_set_string(L, "debugMsg", event->text);
}

/* (event): calls the program's function if there is one. */
static int deliver(lua_State *L)
{
    const struct owner_event *event = lua_touserdata(L, 1);

    module_push_sockets_table(L);
    lua_pushstring(L, event->connection ? "onConnectionChanged" : "onAuthenticationStatus");
    lua_rawget(L, -2);
    if (!lua_toboolean(L, -1))
        return 0;
    if (event->connection)
        push_connection_change(L, event);
    else
        push_authentication_status(L, event);
    lua_call(L, 1, 0);
    return 0;
}

/* Keeps the first error, which is on top of the stack, at `place`; writes any other to stderr. */
static void keep_error(lua_State *L, int place, bool *has_failed)
{
    if (!*has_failed) {
        lua_replace(L, place);
        *has_failed = true;
        return;
    }
    fprintf(stderr, "luasteam: another error in a callback: %s\n",
            lua_isstring(L, -1) ? lua_tostring(L, -1) : luaL_typename(L, -1));
    lua_pop(L, 1);
}

int callbacks_run(lua_State *L)
{
    struct module *self = module_of(L);
    bool has_failed = false;
    struct owner_event *event;
    uint64_t until;
    int handler;
    int error = 0;

    pace(self);
    owner_collect_events(&self->owner);
    self->is_idle = true;
    if (self->depth < DEEPEST && owner_has_events(&self->owner)) {
        lua_settop(L, 0);
        lua_pushcfunction(L, add_traceback);
        handler = lua_gettop(L);
        lua_pushcfunction(L, deliver);
        lua_pushnil(L);
        error = lua_gettop(L);
        luaL_checkstack(L, 8, "runCallbacks");
        until = owner_last_sequence(&self->owner);
        while ((event = owner_take_event(&self->owner, until))) {
            int status;

            self->is_idle = false;
            lua_pushvalue(L, error - 1);
            lua_pushlightuserdata(L, event);
            self->depth++;
            status = lua_pcall(L, 1, 0, handler);
            self->depth--;
            free(event);
            if (status != 0)
                keep_error(L, error, &has_failed);
        }
    }
    self->last_run = microseconds_now();
    if (has_failed) {
        lua_settop(L, error);
        return lua_error(L);
    }
    return 0;
}
