-- A server and a client in one Lua state, over the loopback interface, and the waiting for what they do.

local Steam = require "luasteam"
local sockets = Steam.networkingSockets

local world = { events = {}, statuses = {} }

local PATIENCE = 60 -- seconds; nothing should take this long, on any machine

-- Waits until the condition holds, running callbacks meanwhile. Returns what the condition returned.
function world.await(what, condition)
    local deadline = os.time() + PATIENCE
    repeat
        Steam.runCallbacks()
        local result = condition()
        if result then
            return result
        end
        Steam.fumarole.wait(10)
    until os.time() > deadline
    error("waited in vain for " .. what, 2)
end

-- Everything that happens from now on is kept: the changes of each connection as "old>new", in order.
function world.watch()
    world.events, world.statuses = {}, {}
    sockets.onConnectionChanged = function(data)
        world.events[#world.events + 1] = data
    end
    sockets.onAuthenticationStatus = function(data)
        world.statuses[#world.statuses + 1] = data
    end
end

function world.changes(connection)
    local list = {}
    for _, data in ipairs(world.events) do
        if data.connection == connection then
            list[#list + 1] = data.state_old .. ">" .. data.state
        end
    end
    return list
end

-- The state that a connection was in last.
function world.state(connection)
    local state
    for _, data in ipairs(world.events) do
        if data.connection == connection then
            state = data.state
        end
    end
    return state
end

function world.await_state(connection, state)
    world.await("state " .. state .. " of " .. tostring(connection), function()
        return world.state(connection) == state
    end)
end

function world.start()
    world.watch()
    assert(Steam.init())
end

-- Stops everything and leaves the module as it was found.
function world.stop()
    Steam.shutdown()
    sockets.onConnectionChanged = nil
    sockets.onAuthenticationStatus = nil
    sockets.apiVersion = 2
    Steam.fumarole.setPacing(true)
end

-- The number of a connection, which Gen 1 has as an object.
function world.number(connection)
    return type(connection) == "userdata" and connection.connection or connection
end

-- A listen socket and a connection to it, which has arrived and waits to be accepted.
function world.knock(options, listen_options)
    local listen = assert(sockets.createListenSocketIP("127.0.0.1:0", listen_options))
    local mine = sockets.connectByIPAddress(listen.address, options)
    local own = world.number(mine)
    assert(own ~= 0)
    local theirs = world.await("a connection to arrive", function()
        for _, data in ipairs(world.events) do
            if data.state == "Connecting" and data.connection ~= own and #world.changes(data.connection) == 1
                and not world[data.connection] then
                world[data.connection] = true
                return data.connection
            end
        end
    end)
    return { listen = listen, client = own, server = theirs, object = mine }
end

-- The same, accepted and connected.
function world.connect(options, listen_options)
    local pair = world.knock(options, listen_options)
    assert(sockets.acceptConnection(pair.server) == "OK")
    world.await_state(pair.client, "Connected")
    world.await_state(pair.server, "Connected")
    return pair
end

-- All messages of a connection, as soon as there are at least so many.
function world.receive(connection, count)
    local all = {}
    world.await(count .. " messages", function()
        local number, messages = sockets.receiveMessagesOnConnection(connection)
        for index = 1, number do
            all[#all + 1] = messages[index]
        end
        return #all >= count
    end)
    return all
end

-- Waits until the other end has confirmed all that is reliable.
function world.await_sent(connection)
    world.await("confirmation", function()
        local status = Steam.fumarole.getConnectionRealTimeStatus(connection)
        return status.pendingReliable == 0 and status.sentUnackedReliable == 0
    end)
end

-- Begins a program in a process of its own. Returns a pipe with what it writes, and the name of a file to be removed
-- when it has ended. The interpreter is named by the environment, since not every one of them can tell its own name.
local function begin(program)
    local interpreter = os.getenv("LUASTEAM_TEST_INTERPRETER") or (arg and arg[-1])
    local file = os.tmpname()
    local handle = assert(io.open(file, "w"))
    handle:write("package.path, package.cpath = ", string.format("%q, %q\n", package.path, package.cpath), program)
    handle:close()
    -- Programs that end without closing their Lua state give nothing back, which a sanitizer would take for leaks.
    return assert(io.popen("ASAN_OPTIONS=detect_leaks=0 '" .. interpreter .. "' '" .. file .. "' 2>&1 && echo ended well", "r")), file
end

-- Runs such a program and returns everything that it wrote, and whether it ended well.
function world.child(program)
    local pipe, file = begin(program)
    local output = pipe:read("*a")
    pipe:close()
    os.remove(file)
    local good = output:find("ended well\n$")
    return good and output:sub(1, good - 1) or output, good ~= nil
end

-- Connects to a server in a process of its own, which does something as soon as that is done. Returns what else the
-- server writes, and the data of the callback that tells of its end.
function world.leave(last_deed)
    local pipe, file = begin([[
        local world = require "world"
        local Steam = require "luasteam"
        local sockets = Steam.networkingSockets
        world.start()
        print(assert(sockets.createListenSocketIP("127.0.0.1:0")).address)
        io.stdout:flush()
        local client = world.await("a connection", function()
            return world.events[1] and world.events[1].connection
        end)
        assert(sockets.acceptConnection(client) == "OK")
        world.await_state(client, "Connected")
    ]] .. last_deed)
    local connection = sockets.connectByIPAddress(pipe:read("*l"))
    world.await("the end of the server", function()
        local state = world.state(connection)
        return state == "ClosedByPeer" or state == "ProblemDetectedLocally"
    end)
    local output = pipe:read("*a")
    pipe:close()
    os.remove(file)
    return output, world.events[#world.events]
end

return world
