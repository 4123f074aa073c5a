-- Starting, stopping, loading twice, collecting garbage, leaving without a word.

local frame = require "frame"
local world = require "world"
local Steam = require "luasteam"
local sockets = Steam.networkingSockets
local test, check, equal, contains = frame.test, frame.check, frame.equal, frame.contains

test("lua life: shutdown and init, again and again", function()
    for _ = 1, 5 do
        world.start()
        equal(Steam.init(), true, "a second time")
        local pair = world.connect()
        sockets.sendMessageToConnection(pair.client, "text", 9)
        frame.equal_lists(world.receive(pair.server, 1), { "text" })
        Steam.shutdown()
        Steam.shutdown()
    end
end)

test("lua life: handles of an earlier life are bad handles", function()
    world.start()
    local pair = world.connect()
    local group = sockets.createPollGroup()
    Steam.shutdown()
    equal(tostring(pair.listen):match("^listen socket: %d+$") ~= nil, true)
    equal(pair.listen.port, nil)
    world.start()
    equal(sockets.getConnectionInfo(pair.client), "None")
    equal((sockets.receiveMessagesOnConnection(pair.server)), -1)
    sockets.closeConnection(pair.client)
    equal(sockets.setConnectionPollGroup(pair.client, group), false)
end)

test("lua life: shutdown tells the peers", function()
    world.start()
    local output, last = world.leave("Steam.shutdown()")
    equal(output, "ended well\n")
    equal(last.state, "ClosedByPeer")
    equal(last.endReason, 2999)
end)

test("lua life: a program that ends without shutdown tells its peers", function()
    world.start()
    local output, last = world.leave("")
    equal(output, "ended well\n")
    equal(last.state, "ClosedByPeer")
end)

test("lua life: a finalizer shuts down in the middle of receiving", function()
    for round = 1, 6 do
        world.start()
        local pair = world.connect()
        local group = sockets.createPollGroup()
        for _ = 1, 40 do
            sockets.sendMessageToConnection(pair.client, ("x"):rep(3000), 9)
        end
        world.await_sent(pair.client)
        if round % 2 == 0 then
            sockets.setConnectionPollGroup(pair.server, group)
        end
        local has_run = false
        local function finalizer()
            has_run = true
            Steam.shutdown()
        end
        collectgarbage()
        if newproxy then
            getmetatable(newproxy(true)).__gc = finalizer
        else
            setmetatable({}, { __gc = finalizer })
        end
        collectgarbage("setpause", 0)
        collectgarbage("setstepmul", 1000000)
        local good, count, messages
        if round % 2 == 0 then
            good, count, messages = pcall(sockets.receiveMessagesOnPollGroup, group)
        else
            good, count, messages = pcall(sockets.receiveMessagesOnConnection, pair.server)
        end
        collectgarbage("setpause", 200)
        collectgarbage("setstepmul", 200)
        check(not good or count == 32 and #messages == 32, count)
        collectgarbage()
        collectgarbage()
        check(has_run, "it has not run")
    end
end)

test("lua life: the names luasteam and fumarole are one module, also when it is loaded again", function()
    equal(require "fumarole", Steam)
    package.loaded.luasteam = nil
    package.loaded.fumarole = nil
    equal(require "luasteam", Steam)
    equal(require "fumarole", Steam)
    equal((require "luasteam").networkingSockets, sockets)
end)

test("lua life: a copy of the file under another name is the same module within a Lua state", function()
    local source
    for pattern in package.cpath:gmatch("[^;]+") do
        local file = io.open((pattern:gsub("%?", "luasteam")), "rb")
        if file then
            source = file:read("*a")
            file:close()
            break
        end
    end
    local name = os.tmpname()
    local copy = assert(io.open(name, "wb"))
    copy:write(assert(source))
    copy:close()
    local output, good = world.child(string.format([[
        local Steam = require "luasteam"
        local same = assert(package.loadlib(%q, "luaopen_fumarole"))()
        assert(same == Steam)
        assert(same.init() and Steam.networkingSockets.createListenSocketIP("127.0.0.1:0"))
        assert(assert(package.loadlib(%q, "luaopen_luasteam1"))().networkingSockets.apiVersion == 1)
    ]], name, name))
    os.remove(name)
    check(good, output)
    equal(output, "")
end)

test("lua life: socket objects may be collected, which closes nothing", function()
    world.start()
    local address
    do
        local listen = assert(sockets.createListenSocketIP("127.0.0.1:0"))
        address = listen.address
    end
    collectgarbage()
    collectgarbage()
    local client = sockets.connectByIPAddress(address)
    world.await("the connection", function()
        return #world.events >= 2
    end)
    equal(world.state(client), "Connecting")
end)

test("lua life: socket objects compare by what they stand for", function()
    world.start()
    local listen = assert(sockets.createListenSocketIP("127.0.0.1:0"))
    local other = assert(sockets.createListenSocketIP("127.0.0.1:0"))
    check(listen == listen and listen ~= other)
    equal(listen.handle, listen:tonumber())
    equal(listen.connection, nil)
    equal(listen.nothing, nil)
    equal(Steam.fumarole.getListenSocketAddress(listen), listen.address)
    equal(Steam.fumarole.getListenSocketAddress(listen.handle), listen.address)
    equal(getmetatable(listen), "socket")
    frame.fails(function()
        listen.port = 7
    end)
    sockets.closeListenSocket(listen.handle)
    equal(listen.port, nil)
    equal(Steam.fumarole.getListenSocketAddress(listen), nil)
    sockets.closeListenSocket(listen)
end)

-- What a program does last, in an interpreter of its own: whether it ends well, and with what on its output.
local endings = {
    ["with everything open"] = "",
    ["by os.exit"] = "os.exit(0)",
    ["by os.exit that closes the state"] = "os.exit(0, true)",
    ["after shutdown"] = "Steam.shutdown()",
    ["in the middle of callbacks"] = [[
        sockets.onConnectionChanged = function() os.exit(0) end
        sockets.closeConnection(pair.client)
        Steam.runCallbacks()
    ]],
    ["with functions that outlive the module"] = [[
        -- Collected when the state is closed, before or after the module.
        local function last_words()
            Steam.runCallbacks()
            sockets.closeConnection(pair.client)
            pcall(sockets.sendMessageToConnection, pair.client, "text", 8)
            pcall(sockets.receiveMessagesOnConnection, pair.server)
            pcall(Steam.init)
            pcall(sockets.createListenSocketIP, "127.0.0.1:0")
            Steam.shutdown()
        end
        if newproxy then
            for _ = 1, 5 do
                local proxy = newproxy(true)
                getmetatable(proxy).__gc = last_words
                _G[proxy] = proxy
            end
        else
            for index = 1, 5 do
                _G[index] = setmetatable({}, { __gc = last_words })
            end
        end
    ]],
    ["forgetting the module"] = [[
        Steam, sockets, pair = nil, nil, nil
        package.loaded.luasteam, package.loaded.world = nil, nil
        world = nil
        collectgarbage()
        collectgarbage()
    ]],
}

for name, ending in pairs(endings) do
    test("lua life: a program ends " .. name, function()
        local output, good = world.child([[
            world = require "world"
            Steam = require "luasteam"
            sockets = Steam.networkingSockets
            world.start()
            pair = world.connect()
            for _ = 1, 50 do
                sockets.sendMessageToConnection(pair.client, ("x"):rep(1000), 8)
            end
        ]] .. ending)
        check(good, output)
        equal(output, "")
    end)
end

test("lua life: an earlier finalizer may be given before the module is loaded", function()
    local output, good = world.child([[
        local Steam
        local function last_words()
            Steam.runCallbacks()
            pcall(Steam.init)
            Steam.shutdown()
        end
        if newproxy then
            early = newproxy(true)
            getmetatable(early).__gc = last_words
        else
            early = setmetatable({}, { __gc = last_words })
        end
        Steam = require "luasteam"
        assert(Steam.init())
        Steam.networkingSockets.connectByIPAddress("127.0.0.1:9")
    ]])
    check(good, output)
    equal(output, "")
end)

test("lua life: messages that nobody fetches", function()
    world.start()
    local pair = world.connect()
    for _ = 1, 200 do
        sockets.sendMessageToConnection(pair.client, ("x"):rep(500), 8)
    end
    sockets.flushMessagesOnConnection(pair.client)
    world.await_sent(pair.client)
    sockets.receiveMessagesOnConnection(pair.server)
    Steam.shutdown()
end)
