/*
 * What happens when the interpreter runs out of memory: whatever the module was doing, it raises an error, goes on
 * afterwards as if nothing had been, and keeps nothing of the library's.
 *
 * The same program is run again and again in a state whose memory ends a little later each time. What the library
 * allocates is counted by an allocator of this program, which therefore contains the module.
 */
#include <fumarole/fumarole.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int luaopen_luasteam(lua_State *L);

/* ---- memory of the library ----------------------------------------------------------------------------------------
 */

static atomic_long library_blocks;

static void *library_allocate(size_t size)
{
    void *block = malloc(size);

    if (block)
        atomic_fetch_add(&library_blocks, 1);
    return block;
}

static void library_release(void *block)
{
    if (block)
        atomic_fetch_sub(&library_blocks, 1);
    free(block);
}

static void *library_resize(void *block, size_t size)
{
    void *moved = realloc(block, size);

    if (!block && moved)
        atomic_fetch_add(&library_blocks, 1);
    return moved;
}

/* ---- memory of the interpreter ------------------------------------------------------------------------------------
 */

static long allowance = -1; /* allocations until there is no more; negative: without end */

static void *interpreter_memory(void *context, void *block, size_t old_size, size_t size)
{
    (void)context;
    if (size == 0) {
        free(block);
        return NULL;
    }
    if (allowance >= 0 && (!block || size > old_size)) {
        if (allowance == 0)
            return NULL;
        allowance--;
    }
    return realloc(block, size);
}

/* ------------------------------------------------------------------------------------------------------------------ */

static void fail(const char *name, long round, const char *text)
{
    printf("FAIL  lua shortage: %s, after %ld allocations: %s\n", name, round, text);
    exit(1);
}

static const char prelude[] = "Steam = require 'luasteam'\n"
                              "sockets = Steam.networkingSockets\n"
                              "function await(condition)\n"
                              "    local deadline = os.time() + 60\n"
                              "    repeat\n"
                              "        Steam.runCallbacks()\n"
                              "        local result = condition()\n"
                              "        if result then return result end\n"
                              "        Steam.fumarole.wait(10)\n"
                              "    until os.time() > deadline\n"
                              "    error('waited in vain', 2)\n"
                              "end\n"
                              "function connect()\n"
                              "    assert(Steam.init())\n"
                              "    local state, server = {}\n"
                              "    function sockets.onConnectionChanged(data) state[data.connection] = data.state end\n"
                              "    listen = assert(sockets.createListenSocketIP('127.0.0.1:0'))\n"
                              "    client = sockets.connectByIPAddress(listen.address)\n"
                              "    server = await(function()\n"
                              "        for connection in pairs(state) do\n"
                              "            if connection ~= client then return connection end\n"
                              "        end\n"
                              "    end)\n"
                              "    assert(sockets.acceptConnection(server) == 'OK')\n"
                              "    await(function() return state[client] == 'Connected' end)\n"
                              "    return server\n"
                              "end\n"
                              "function send(count)\n"
                              "    for number = 1, count do\n"
                              "        assert(sockets.sendMessageToConnection(client, ('x'):rep(100), 9) == 'OK')\n"
                              "    end\n"
                              "    await(function()\n"
                              "        local status = Steam.fumarole.getConnectionRealTimeStatus(client)\n"
                              "        return status.pendingReliable == 0 and status.sentUnackedReliable == 0\n"
                              "    end)\n"
                              "end\n";

/* before runs with all the memory there is, the attempt with less and less of it missing. */
static const struct {
    const char *name, *before, *attempt;
} cases[] = {
    {"receiving on a connection", "server = connect() send(40)", "sockets.receiveMessagesOnConnection(server)"},
    {"receiving on a poll group",
     "server = connect() group = sockets.createPollGroup() sockets.setConnectionPollGroup(server, group) send(40)",
     "sockets.receiveMessagesOnPollGroup(group)"},
    {"sending many",
     "server = connect() messages = {} for i = 1, 20 do messages[i] = {conn = client, msg = 1000 + i, flag = 8} end",
     "sockets.sendMessages(20, messages)"},
    {"callbacks",
     "assert(Steam.init()) function sockets.onConnectionChanged(data) last = data end\n"
     "for _ = 1, 2 do sockets.connectByIPAddress('127.0.0.1:9') end",
     "Steam.runCallbacks()"},
    {"making sockets", "assert(Steam.init())",
     "sockets.createListenSocketIP('127.0.0.1:0', {NagleTime = 0}) sockets.createListenSocketP2P(1)\n"
     "sockets.connectByIPAddress('127.0.0.1:9', {NagleTime = 0}) sockets.connectP2P(sockets.getIdentity(), 1)\n"
     "sockets.createPollGroup() Steam.extra.parseUint64('76561197960265729')"},
    {"looking at connections", "server = connect()",
     "sockets.getConnectionInfo(client) Steam.fumarole.getConnectionRealTimeStatus(client)\n"
     "Steam.fumarole.getDetailedConnectionStatus(client) sockets.getAuthenticationStatus() return listen.address"},
};

static void run(lua_State *L, const char *name, long round, const char *program)
{
    if (luaL_dostring(L, program))
        fail(name, round, lua_tostring(L, -1));
    lua_settop(L, 0);
}

/* One state, whose memory ends after so many allocations in the attempt. Returns whether that was too early. */
static bool attempt(size_t index, long round)
{
    const char *name = cases[index].name;
    lua_State *L = lua_newstate(interpreter_memory, NULL);
    int status;

    luaL_openlibs(L);
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "preload");
    lua_pushcfunction(L, luaopen_luasteam);
    lua_setfield(L, -2, "luasteam");
    lua_settop(L, 0);
    run(L, name, round, prelude);
    run(L, name, round, cases[index].before);
    if (luaL_loadstring(L, cases[index].attempt))
        fail(name, round, lua_tostring(L, -1));
    allowance = round;
    status = lua_pcall(L, 0, 0, 0);
    allowance = -1;
    if (status != 0 && !strstr(lua_tostring(L, -1), "memory"))
        fail(name, round, lua_tostring(L, -1));
    lua_settop(L, 0);
    /* All is as it was: another conversation works. */
    if (round % 8 == 0)
        run(L, name, round,
            "Steam.shutdown() local server = connect() send(3)\n"
            "await(function() local n, messages = sockets.receiveMessagesOnConnection(server) return n == 3 end)");
    lua_close(L);
    return status != 0;
}

int main(void)
{
    SteamNetworkingSockets_SetCustomMemoryAllocator(library_allocate, library_release, library_resize);
    for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
        long round = 0;
        long blocks;

        attempt(index, 1000000); /* what the library keeps for good, it has from now on */
        blocks = library_blocks;
        while (attempt(index, round))
            round++;
        if (round == 0)
            fail(cases[index].name, round, "nothing was allocated");
        if (library_blocks > blocks) {
            char text[64];

            snprintf(text, sizeof text, "the library has %ld blocks in place of %ld", (long)library_blocks, blocks);
            fail(cases[index].name, round, text);
        }
        printf("ok    lua shortage: %s (%ld times)\n", cases[index].name, round);
        fflush(stdout);
    }
    return 0;
}
