/*
 * Steam.networkingSockets: sending and receiving.
 *
 * An interpreter can run out of memory wherever it makes a value, and leaves C functions by a jump then. So whatever
 * belongs to the library while values are made is held by a function that makes them in a protected call, and gives it
 * back before it lets the error go on.
 */
#include "arguments.h"
#include "module.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_RECEIVED = 32 /* messages for each call; fixed by the published interface */
};

/* ---- receiving --------------------------------------------------------------------------------------------------- */

struct received {
    SteamNetworkingMessage_t *messages[MAX_RECEIVED];
    int count;
};

static void push_payload(lua_State *L, const SteamNetworkingMessage_t *message)
{
    lua_pushlstring(L, message->m_cbSize > 0 ? message->m_pData : "", (size_t)message->m_cbSize);
}

/* (received) -> payloads */
static int build_payloads(lua_State *L)
{
    const struct received *received = lua_touserdata(L, 1);

    lua_createtable(L, received->count, 0);
    for (int i = 0; i < received->count; i++) {
        push_payload(L, received->messages[i]);
        lua_rawseti(L, -2, i + 1);
    }
    return 1;
}

/* (received) -> { {conn =, msg =}, ... }; the names are upvalues */
static int build_entries(lua_State *L)
{
    const struct received *received = lua_touserdata(L, 1);

    lua_createtable(L, received->count, 0);
    for (int i = 0; i < received->count; i++) {
        const SteamNetworkingMessage_t *message = received->messages[i];

        lua_createtable(L, 0, 2);
        lua_pushvalue(L, lua_upvalueindex(1));
        vm_push_number(L, message->m_conn);
        lua_rawset(L, -3);
        lua_pushvalue(L, lua_upvalueindex(2));
        push_payload(L, message);
        lua_rawset(L, -3);
        lua_rawseti(L, -2, i + 1);
    }
    return 1;
}

/* Pushes the table that the function on top of the stack builds, in place of it, and releases the messages. */
static void build(lua_State *L, struct received *received)
{
    int status;

    lua_pushlightuserdata(L, received);
    status = lua_pcall(L, 1, 1, 0);
    for (int i = 0; i < received->count; i++)
        SteamAPI_SteamNetworkingMessage_t_Release(received->messages[i]);
    if (status != 0)
        lua_error(L);
}

/* What both receiving functions return. The function that builds the table is their second upvalue. */
static int return_received(lua_State *L, struct received *received)
{
    struct module *self = module_of(L);
    bool is_first_generation = self->generation == 1; /* which collecting garbage may change in the meantime */

    if (received->count > 0)
        self->is_idle = false;
    if (!is_first_generation)
        lua_pushinteger(L, received->count < 0 ? -1 : received->count);
    if (received->count > 0) {
        lua_pushvalue(L, lua_upvalueindex(2));
        build(L, received);
    } else if (received->count == 0 || is_first_generation) {
        lua_newtable(L);
    } else {
        lua_pushnil(L);
    }
    return is_first_generation ? 1 : 2;
}

/* The second argument of both: the most that the program wants, which may be absent. */
static int how_many(lua_State *L, const char *function)
{
    return lua_isnoneornil(L, 2) ? MAX_RECEIVED
                                 : (int)argument_integer(L, ARGUMENT(function, 2, "most"), 1, MAX_RECEIVED);
}

static int receive_on_connection(lua_State *L)
{
    static const char name[] = "receiveMessagesOnConnection";
    HSteamNetConnection connection = argument_connection(L, ARGUMENT(name, 1, "connection"));
    int most = how_many(L, name);
    ISteamNetworkingSockets *sockets = module_sockets(L, module_of(L), name);
    struct received received;

    received.count =
        SteamAPI_ISteamNetworkingSockets_ReceiveMessagesOnConnection(sockets, connection, received.messages, most);
    return return_received(L, &received);
}

static int receive_on_poll_group(lua_State *L)
{
    static const char name[] = "receiveMessagesOnPollGroup";
    HSteamNetPollGroup group = argument_poll_group(L, ARGUMENT(name, 1, "pollGroup"));
    int most = how_many(L, name);
    ISteamNetworkingSockets *sockets = module_sockets(L, module_of(L), name);
    struct received received;

    received.count =
        SteamAPI_ISteamNetworkingSockets_ReceiveMessagesOnPollGroup(sockets, group, received.messages, most);
    return return_received(L, &received);
}

/* ---- sending ----------------------------------------------------------------------------------------------------- */

static int send_to_connection(lua_State *L)
{
    static const char name[] = "sendMessageToConnection";
    HSteamNetConnection connection = argument_connection(L, ARGUMENT(name, 1, "connection"));
    size_t length;
    const char *data = argument_string(L, ARGUMENT(name, 2, "message"), &length);
    int flags = (int)argument_integer(L, ARGUMENT(name, 3, "flag"), 0, MAX_SEND_FLAGS);
    struct module *self = module_of(L);
    ISteamNetworkingSockets *sockets = module_sockets(L, self, name);
    int64 number; /* who asks for it gets a result that is certain, not one that is likely */

    self->is_idle = false;
    if (length > UINT32_MAX)
        return module_return_result(L, k_EResultInvalidParam);
    return module_return_result(L, SteamAPI_ISteamNetworkingSockets_SendMessageToConnection(
                                       sockets, connection, data, (uint32)length, flags, &number));
}

static int flush_connection(lua_State *L)
{
    static const char name[] = "flushMessagesOnConnection";
    HSteamNetConnection connection = argument_connection(L, ARGUMENT(name, 1, "connection"));
    ISteamNetworkingSockets *sockets = module_sockets(L, module_of(L), name);

    return module_return_result(L, SteamAPI_ISteamNetworkingSockets_FlushMessagesOnConnection(sockets, connection));
}

/* ---- sending many ------------------------------------------------------------------------------------------------ */

static const char send_messages_name[] = "sendMessages";

/* What sendMessages holds while it works. */
struct outgoing {
    ISteamNetworkingSockets *sockets;
    int count;
    SteamNetworkingMessage_t **messages;
    int64 *results;
};

struct entry {
    HSteamNetConnection connection;
    const char *data; /* of the string that is on the stack */
    size_t length;
    int flags;
};

static int entry_error(lua_State *L, int number, const char *field, const char *expected)
{
    const char *given = luaL_typename(L, -1);

    return argument_error(L, ARGUMENT(send_messages_name, 2, "messages"), "%s expected as messages[%d]%s, got %s",
                          expected, number, field, given);
}

/*
 * Pushes messages[number] and its fields conn, flag and msg, and reads them: 4 values on the stack. The names of the
 * fields are upvalues of the function that runs, the first of them is number `names`.
 */
static void read_entry(lua_State *L, int table, int number, int names, struct entry *entry)
{
    int64_t flags;

    lua_rawgeti(L, table, number);
    if (!lua_istable(L, -1))
        entry_error(L, number, "", "table with conn, msg and flag");
    lua_pushvalue(L, lua_upvalueindex(names));
    lua_gettable(L, -2);
    if (!argument_read_connection(L, -1, &entry->connection))
        entry_error(L, number, ".conn", "handle of a connection");
    lua_pushvalue(L, lua_upvalueindex(names + 1));
    lua_gettable(L, -3);
    if (!argument_read_integer(L, -1, &flags) || flags < 0 || flags > MAX_SEND_FLAGS)
        entry_error(L, number, ".flag", "one of networkingSockets.flags");
    entry->flags = (int)flags;
    lua_pushvalue(L, lua_upvalueindex(names + 2));
    lua_gettable(L, -4);
    if (!lua_isstring(L, -1))
        entry_error(L, number, ".msg", "string");
    entry->data = lua_tolstring(L, -1, &entry->length);
}

/* (outgoing, messages) -> results. Runs protected; whoever calls it gives back what is left of the messages. */
static int send_all(lua_State *L)
{
    struct outgoing *outgoing = lua_touserdata(L, 1);
    ISteamNetworkingUtils *utils = SteamNetworkingUtils_LibV4();

    for (int i = 0; i < outgoing->count; i++) {
        SteamNetworkingMessage_t *message;
        struct entry entry;

        read_entry(L, 2, i + 1, 1, &entry);
        /* One that is too long has its place too: it fails when it is sent, with those that come after it. */
        message =
            entry.length <= INT_MAX ? SteamAPI_ISteamNetworkingUtils_AllocateMessage(utils, (int)entry.length) : NULL;
        if (!message)
            return luaL_error(L, "%s: not enough memory", send_messages_name);
        outgoing->messages[i] = message;
        if (entry.length > 0)
            memcpy(message->m_pData, entry.data, entry.length);
        message->m_conn = entry.connection;
        message->m_nFlags = entry.flags;
        lua_pop(L, 4);
    }
    lua_createtable(L, outgoing->count, 0);
    SteamAPI_ISteamNetworkingSockets_SendMessages(outgoing->sockets, outgoing->count, outgoing->messages,
                                                  outgoing->results, true);
    memset(outgoing->messages, 0,
           (size_t)outgoing->count * sizeof *outgoing->messages); /* they are the library's now */
    for (int i = 0; i < outgoing->count; i++) {
        lua_pushboolean(L, outgoing->results[i] > 0);
        lua_rawseti(L, -2, i + 1);
    }
    return 1;
}

static int send_messages(lua_State *L)
{
    int64_t count = argument_integer(L, ARGUMENT(send_messages_name, 1, "n"), 0, INT_MAX);
    struct module *self = module_of(L);
    struct outgoing outgoing = {.sockets = module_sockets(L, self, send_messages_name), .count = (int)count};
    int status;

    if (!lua_istable(L, 2))
        return argument_type_error(L, ARGUMENT(send_messages_name, 2, "messages"), "table", 2);
    lua_settop(L, 2);
    for (int i = 1; i <= outgoing.count; i++) {
        struct entry entry;

        read_entry(L, 2, i, 3, &entry);
        lua_settop(L, 2);
    }
    self->is_idle = false;
    lua_pushvalue(L, lua_upvalueindex(2));
    lua_pushlightuserdata(L, &outgoing);
    lua_pushvalue(L, 2);
    outgoing.messages = calloc((size_t)outgoing.count + 1, sizeof *outgoing.messages);
    outgoing.results = calloc((size_t)outgoing.count + 1, sizeof *outgoing.results);
    if (!outgoing.messages || !outgoing.results) {
        free(outgoing.messages);
        free(outgoing.results);
        return luaL_error(L, "%s: not enough memory", send_messages_name);
    }
    status = lua_pcall(L, 2, 1, 0);
    for (int i = 0; i < outgoing.count; i++)
        SteamAPI_SteamNetworkingMessage_t_Release(outgoing.messages[i]);
    free(outgoing.messages);
    free(outgoing.results);
    return status == 0 ? 1 : lua_error(L);
}

/* ------------------------------------------------------------------------------------------------------------------ */

/* Adds a function whose second upvalue is the value on top of the stack, which is taken. */
static void add_with_helper(lua_State *L, int module, const char *name, lua_CFunction function)
{
    lua_pushvalue(L, module);
    lua_insert(L, -2);
    lua_pushcclosure(L, function, 2);
    lua_setfield(L, -2, name);
}

static void push_entry_names(lua_State *L)
{
    lua_pushliteral(L, "conn");
    lua_pushliteral(L, "flag");
    lua_pushliteral(L, "msg");
}

void messages_open(lua_State *L, int module)
{
    static const struct module_function functions[] = {
        {"sendMessageToConnection", send_to_connection},
        {"flushMessagesOnConnection", flush_connection},
    };

    module_add_functions(L, module, functions, sizeof functions / sizeof functions[0]);
    lua_pushvalue(L, module);
    push_entry_names(L);
    lua_pushcclosure(L, send_all, 3);
    push_entry_names(L);
    lua_pushcclosure(L, send_messages, 5);
    lua_setfield(L, -2, send_messages_name);
    lua_pushcfunction(L, build_payloads);
    add_with_helper(L, module, "receiveMessagesOnConnection", receive_on_connection);
    lua_pushliteral(L, "conn");
    lua_pushliteral(L, "msg");
    lua_pushcclosure(L, build_entries, 2);
    add_with_helper(L, module, "receiveMessagesOnPollGroup", receive_on_poll_group);
}
