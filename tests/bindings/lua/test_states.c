/*
 * Several Lua states in one process, as in games with threads of their own: each has its connections, its callbacks and
 * its end. Prints a line for each test.
 *
 *   test_states MODULES      MODULES: the directory of luasteam.so
 *
 * With LUASTEAM_BUILT_IN the module is part of the program, since a program without sanitizers cannot load one that has
 * them.
 */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *modules;

/* What every state begins with. */
static const char prelude[] = "Steam = require 'luasteam'\n"
                              "sockets = Steam.networkingSockets\n"
                              "changes = {}\n"
                              "function sockets.onConnectionChanged(data)\n"
                              "    changes[#changes + 1] = data\n"
                              "    state = data.state\n"
                              "end\n"
                              "function sockets.onAuthenticationStatus(data) authentication = data.status end\n"
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
                              "function await_state(wanted) await(function() return state == wanted end) end\n";

static void fail(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    printf("FAIL  ");
    vprintf(format, arguments);
    printf("\n");
    va_end(arguments);
    exit(1);
}

static void run(lua_State *L, const char *program)
{
    if (luaL_dostring(L, program))
        fail("%s\n      in: %s", lua_tostring(L, -1), program);
}

#ifdef LUASTEAM_BUILT_IN
int luaopen_luasteam(lua_State *L);

static void add_module(lua_State *L)
{
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "preload");
    lua_pushcfunction(L, luaopen_luasteam);
    lua_setfield(L, -2, "luasteam");
    lua_settop(L, 0);
}
#else
static void add_module(lua_State *L)
{
    (void)L;
}
#endif

static lua_State *open_state(void)
{
    lua_State *L = luaL_newstate();

    luaL_openlibs(L);
    add_module(L);
    lua_pushfstring(L, "package.cpath = '%s/?.so'", modules);
    if (luaL_dostring(L, lua_tostring(L, -1)))
        fail("%s", lua_tostring(L, -1));
    lua_settop(L, 0);
    run(L, prelude);
    return L;
}

/* A text that a state holds under a global name; good until the next one of the state. */
static const char *text_of(lua_State *L, const char *name)
{
    lua_settop(L, 0);
    lua_getglobal(L, name);
    return lua_tostring(L, 1);
}

static void set_text(lua_State *L, const char *name, const char *text)
{
    lua_pushstring(L, text);
    lua_setglobal(L, name);
}

/* A server in one state and a client in the other, connected. */
static void connect_states(lua_State *server, lua_State *client)
{
    run(server,
        "assert(Steam.init()) listen = assert(sockets.createListenSocketIP('127.0.0.1:0')) address = listen.address");
    set_text(client, "address", text_of(server, "address"));
    run(client, "assert(Steam.init()) connection = sockets.connectByIPAddress(address)");
    run(server, "await_state('Connecting') connection = changes[1].connection\n"
                "assert(sockets.acceptConnection(connection) == 'OK') await_state('Connected')");
    run(client, "await_state('Connected')");
}

static void events_reach_the_state_they_belong_to(void)
{
    lua_State *server = open_state(), *client = open_state(), *other = open_state();

    connect_states(server, client);
    run(other,
        "assert(Steam.init()) for _ = 1, 20 do Steam.runCallbacks() Steam.fumarole.wait(1) end assert(#changes == 0)");
    run(server, "assert(#changes == 2) for _, data in ipairs(changes) do assert(data.connection == connection) end");
    run(client, "assert(#changes == 2) for _, data in ipairs(changes) do assert(data.connection == connection) end");
    /* Whoever runs callbacks, nobody gets somebody else's. */
    run(client, "sockets.closeConnection(connection)");
    run(other, "for _ = 1, 50 do Steam.runCallbacks() Steam.fumarole.wait(1) end assert(#changes == 0)");
    run(server, "await_state('ClosedByPeer')");
    run(client, "await_state('None')");
    lua_close(other);
    lua_close(client);
    lua_close(server);
}

static void handles_may_be_passed_between_states(void)
{
    lua_State *server = open_state(), *client = open_state();
    char handle[32];

    connect_states(server, client);
    run(server, "text = string.format('%.0f', connection)");
    snprintf(handle, sizeof handle, "%s", text_of(server, "text"));
    set_text(client, "theirs", handle);
    run(client, "assert(sockets.sendMessageToConnection(connection, 'hello', 9) == 'OK')\n"
                "await(function() local n, messages = sockets.receiveMessagesOnConnection(theirs)\n"
                "    return messages[1] == 'hello' end)");
    lua_close(server);
    lua_close(client);
}

static void one_state_ends_and_the_other_goes_on(void)
{
    lua_State *server = open_state(), *client = open_state();

    connect_states(server, client);
    run(client, "Steam.shutdown() assert(not pcall(sockets.createPollGroup))");
    run(server, "await_state('ClosedByPeer') assert(changes[#changes].endReason == 2999)");
    run(server, "sockets.closeConnection(connection)");
    /* A new life of the one, beside the old life of the other. */
    run(client, "changes = {} assert(Steam.init()) connection = sockets.connectByIPAddress(address)");
    run(server, "await_state('Connecting') connection = changes[#changes].connection\n"
                "assert(sockets.acceptConnection(connection) == 'OK')");
    run(client, "await_state('Connected')");
    lua_close(server);
    run(client, "await_state('ClosedByPeer')");
    lua_close(client);
}

static void a_state_may_end_without_shutdown(void)
{
    lua_State *server = open_state(), *client = open_state();

    connect_states(server, client);
    run(client, "for _ = 1, 100 do sockets.sendMessageToConnection(connection, ('x'):rep(1000), 8) end");
    lua_close(client);
    run(server, "await_state('ClosedByPeer') group = sockets.createPollGroup()");
    lua_close(server);
}

static void sockets_of_a_state_go_with_it(void)
{
    lua_State *first = open_state(), *second = open_state();

    run(second, "assert(Steam.init())");
    run(first, "assert(Steam.init()) address = assert(sockets.createListenSocketIP('127.0.0.1:0')).address\n"
               "assert(sockets.createListenSocketP2P(5)) sockets.createPollGroup()");
    set_text(second, "address", text_of(first, "address"));
    run(second, "assert(not sockets.createListenSocketIP(address)) assert(not sockets.createListenSocketP2P(5))");
    lua_close(first);
    run(second, "assert(sockets.createListenSocketIP(address)) assert(sockets.createListenSocketP2P(5))");
    lua_close(second);
}

static void everybody_is_told_of_authentication(void)
{
    lua_State *first = open_state(), *second = open_state();

    run(first, "assert(Steam.init()) sockets.initAuthentication()");
    run(second, "assert(Steam.init())");
    run(first, "await(function() return authentication == 100 end)");
    if (text_of(second, "authentication"))
        fail("a callback outside of runCallbacks");
    run(second, "Steam.runCallbacks() assert(sockets.getAuthenticationStatus() == 100)");
    lua_close(first);
    lua_close(second);
}

static void identity_is_one_for_all(void)
{
    lua_State *first = open_state(), *second = open_state();

    run(first, "assert(Steam.init('str:ada')) id = tostring(sockets.getIdentity())");
    run(second, "assert(Steam.init('str:ada')) id = tostring(sockets.getIdentity())");
    if (strcmp(text_of(first, "id"), text_of(second, "id")) != 0)
        fail("two identities in one process");
    run(second,
        "Steam.shutdown() local good, why = Steam.init('str:bob') assert(not good and #why > 0) assert(Steam.init())");
    /* The environment is for whoever starts the library; it is no demand on a library that runs. */
    setenv("FUMAROLE_IDENTITY", "str:carol", 1);
    run(second, "Steam.shutdown() assert(Steam.init()) assert(tostring(sockets.getIdentity()) == id)");
    unsetenv("FUMAROLE_IDENTITY");
    lua_close(first);
    lua_close(second);
}

static void waiting_ends_when_another_state_has_collected_the_event(void)
{
    lua_State *server = open_state(), *client = open_state();

    connect_states(server, client);
    run(client, "sockets.closeConnection(connection)");
    run(client, "await_state('None') for _ = 1, 50 do Steam.runCallbacks() Steam.fumarole.wait(1) end");
    run(server, "assert(Steam.fumarole.wait(60000)) Steam.runCallbacks() assert(state == 'ClosedByPeer')");
    lua_close(server);
    lua_close(client);
}

static void *wait_for_ever(void *state)
{
    run(state, "assert(Steam.fumarole.wait(2147483647)) Steam.runCallbacks() assert(state == 'None')");
    return NULL;
}

/* The waiting state is alone when it begins, and the other one takes the event away at once. */
static void waiting_ends_when_a_state_that_comes_later_has_collected_the_event(void)
{
    lua_State *waiting = open_state(), *other = open_state();
    pthread_t thread;

    for (int round = 0; round < 10; round++) {
        run(waiting, "assert(Steam.init()) text = string.format('%.0f', sockets.connectByIPAddress('127.0.0.1:9'))\n"
                     "Steam.runCallbacks() assert(state == 'Connecting')");
        set_text(other, "connection", text_of(waiting, "text"));
        pthread_create(&thread, NULL, wait_for_ever, waiting);
        usleep(20000); /* so that it waits; nothing depends on it */
        run(other, "assert(Steam.init()) sockets.closeConnection(connection) Steam.runCallbacks()");
        pthread_join(thread, NULL);
        run(other, "Steam.shutdown()");
        run(waiting, "Steam.shutdown()");
    }
    lua_close(waiting);
    lua_close(other);
}

/* ---- threads ----------------------------------------------------------------------------------------------------- */

enum { THREADS = 4, ROUNDS = 10 };

static const char conversation[] =
    "local ours = {}\n"
    "for round = 1, rounds do\n"
    "    assert(Steam.init())\n"
    "    local listen = assert(sockets.createListenSocketIP('127.0.0.1:0'))\n"
    "    local client = sockets.connectByIPAddress(listen.address)\n"
    "    ours[client] = true\n"
    "    local server = await(function()\n"
    "        for _, data in ipairs(changes) do\n"
    "            if not ours[data.connection] then return data.connection end\n"
    "        end\n"
    "    end)\n"
    "    ours[server] = true\n"
    "    assert(sockets.acceptConnection(server) == 'OK')\n"
    "    for number = 1, 50 do\n"
    "        assert(sockets.sendMessageToConnection(client, tostring(number), 8) == 'OK')\n"
    "    end\n"
    "    local received = 0\n"
    "    await(function()\n"
    "        local n, messages = sockets.receiveMessagesOnConnection(server)\n"
    "        for _, message in ipairs(messages) do\n"
    "            received = received + 1\n"
    "            assert(message == tostring(received))\n"
    "        end\n"
    "        return received == 50\n"
    "    end)\n"
    "    for _, data in ipairs(changes) do\n"
    "        assert(ours[data.connection], 'an event of another state')\n"
    "    end\n"
    "    if round % 3 == 0 then Steam.shutdown() end\n"
    "    if round % 3 == 1 then sockets.closeListenSocket(listen) sockets.closeConnection(client) end\n"
    "end\n";

static void *talk(void *argument)
{
    lua_State *L = open_state();

    (void)argument;
    lua_pushinteger(L, ROUNDS);
    lua_setglobal(L, "rounds");
    run(L, conversation);
    lua_close(L);
    return NULL;
}

static void states_on_threads_of_their_own(void)
{
    pthread_t threads[THREADS];

    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, talk, NULL);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

int main(int count, char **arguments)
{
    static const struct {
        const char *name;
        void (*body)(void);
    } tests[] = {
        {"events reach the state they belong to", events_reach_the_state_they_belong_to},
        {"handles may be passed between states", handles_may_be_passed_between_states},
        {"one state ends and the other goes on", one_state_ends_and_the_other_goes_on},
        {"a state may end without shutdown", a_state_may_end_without_shutdown},
        {"sockets of a state go with it", sockets_of_a_state_go_with_it},
        {"everybody is told of authentication", everybody_is_told_of_authentication},
        {"the identity is one for all", identity_is_one_for_all},
        {"waiting ends when another state has collected the event",
         waiting_ends_when_another_state_has_collected_the_event},
        {"waiting ends when a state that comes later has collected the event",
         waiting_ends_when_a_state_that_comes_later_has_collected_the_event},
        {"states on threads of their own", states_on_threads_of_their_own},
    };

    if (count != 2)
        return 2;
    modules = arguments[1];
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
        tests[i].body();
        printf("ok    lua states: %s\n", tests[i].name);
        fflush(stdout);
    }
    return 0;
}
