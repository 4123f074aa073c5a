-- What callbacks may do, and what happens when they fail.

local frame = require "frame"
local world = require "world"
local Steam = require "luasteam"
local sockets = Steam.networkingSockets
local test, check, equal, contains, fails = frame.test, frame.check, frame.equal, frame.contains, frame.fails

-- Makes sure that at least so many events wait, without delivering them: connections to nobody, closed again.
local function make_events(count)
    for _ = 1, count do
        sockets.connectByIPAddress("127.0.0.1:9")
    end
end

test("lua callbacks: an error is raised by runCallbacks with the place where it happened", function()
    world.start()
    make_events(1)
    local function deep_inside()
        error("something is wrong")
    end
    sockets.onConnectionChanged = function()
        deep_inside()
        return
    end
    local text = fails(Steam.runCallbacks)
    contains(text, "tests_callbacks.lua:", "something is wrong", "stack traceback:")
    local _, lines = text:gsub("tests_callbacks%.lua:%d+", "")
    check(lines >= 2, "no traceback in " .. text)
end)

test("lua callbacks: after an error the others are delivered, and everything goes on", function()
    world.start()
    make_events(3)
    local calls = 0
    sockets.onConnectionChanged = function()
        calls = calls + 1
        if calls == 2 then
            error("the second one")
        end
    end
    contains(fails(Steam.runCallbacks), "the second one")
    equal(calls, 3)
    Steam.runCallbacks()
    equal(calls, 3)
    world.watch()
    world.connect()
end)

test("lua callbacks: of several errors the first is raised, the others are on stderr", function()
    local output, good = world.child([[
        local Steam = require "luasteam"
        assert(Steam.init())
        local calls = 0
        Steam.networkingSockets.onConnectionChanged = function()
            calls = calls + 1
            error("number " .. calls)
        end
        for _ = 1, 3 do
            Steam.networkingSockets.connectByIPAddress("127.0.0.1:9")
        end
        local good, text = pcall(Steam.runCallbacks)
        assert(not good and text:find("number 1", 1, true) and not text:find("number 2", 1, true))
    ]])
    check(good, output)
    contains(output, "number 2", "number 3")
    check(not output:find("number 1", 1, true), output)
end)

test("lua callbacks: an error that is no text arrives as it is", function()
    world.start()
    make_events(1)
    local problem = { code = 7 }
    sockets.onConnectionChanged = function()
        error(problem)
    end
    local good, found = pcall(Steam.runCallbacks)
    equal(good, false)
    equal(found, problem)
    make_events(1)
    sockets.onConnectionChanged = function()
        error(nil)
    end
    equal((pcall(Steam.runCallbacks)), false)
end)

test("lua callbacks: an error without a handler ends the program with a traceback, and peers are told", function()
    world.start()
    local output, last = world.leave([[
        function sockets.onConnectionChanged(data)
            return data.nothing.more
        end
        sockets.connectByIPAddress("127.0.0.1:9")
        Steam.runCallbacks()
    ]])
    contains(output, "nothing", "stack traceback")
    check(not output:find("ended well"), output)
    equal(last.state, "ClosedByPeer")
end)

test("lua callbacks: something that cannot be called is an error, nil and false are not", function()
    world.start()
    make_events(1)
    sockets.onConnectionChanged = 7
    contains(fails(Steam.runCallbacks), "call")
    make_events(1)
    sockets.onConnectionChanged = false
    Steam.runCallbacks()
    local called
    sockets.onConnectionChanged = setmetatable({}, { __call = function(_, data)
        called = data
    end })
    make_events(1)
    Steam.runCallbacks()
    equal(type(called), "table")
end)

test("lua callbacks: they are looked up when an event is delivered, not before", function()
    world.start()
    make_events(2)
    local order = {}
    sockets.onConnectionChanged = function()
        order[#order + 1] = "first"
        sockets.onConnectionChanged = function()
            order[#order + 1] = "second"
        end
    end
    Steam.runCallbacks()
    frame.equal_lists(order, { "first", "second" })
end)

test("lua callbacks: closing connections inside, also the one that it is about", function()
    world.start()
    local pair = world.connect()
    local other = world.connect()
    local calls = 0
    sockets.onConnectionChanged = function(data)
        calls = calls + 1
        sockets.closeConnection(data.connection)
        sockets.closeConnection(other.client)
        sockets.closeConnection(other.server)
        sockets.closeListenSocket(other.listen)
        equal(sockets.getConnectionInfo(data.connection), "None")
    end
    sockets.closeConnection(pair.server)
    world.await("events", function()
        return calls >= 3
    end)
end)

test("lua callbacks: shutdown inside; nothing is delivered after it, nothing breaks", function()
    world.start()
    make_events(3)
    local calls = 0
    sockets.onConnectionChanged = function()
        calls = calls + 1
        Steam.shutdown()
        Steam.runCallbacks()
    end
    Steam.runCallbacks()
    equal(calls, 1)
    Steam.runCallbacks()
    contains(fails(sockets.createPollGroup), "Steam.init()")
end)

test("lua callbacks: shutdown and init inside", function()
    world.start()
    make_events(3)
    local calls = 0
    sockets.onConnectionChanged = function()
        calls = calls + 1
        if calls == 1 then
            Steam.shutdown()
            assert(Steam.init())
            make_events(2)
        end
    end
    Steam.runCallbacks()
    equal(calls, 1, "of the first life")
    Steam.runCallbacks()
    equal(calls, 3, "with the second life")
end)

test("lua callbacks: runCallbacks inside delivers what is left, in order and once", function()
    world.start()
    local listen = assert(sockets.createListenSocketIP("127.0.0.1:0"))
    local expected, found, depth, deepest = {}, {}, 0, 0
    for index = 1, 20 do
        expected[index] = sockets.connectByIPAddress(listen.address)
    end
    sockets.onConnectionChanged = function(data)
        found[#found + 1] = data.connection
        depth = depth + 1
        deepest = math.max(deepest, depth)
        Steam.runCallbacks()
        depth = depth - 1
    end
    Steam.runCallbacks()
    check(deepest > 1)
    local ours = {}
    for _, connection in ipairs(found) do
        for _, known in ipairs(expected) do
            if known == connection then
                ours[#ours + 1] = connection
            end
        end
    end
    frame.equal_lists(ours, expected)
end)

test("lua callbacks: runCallbacks inside of each of very many does not use up the stack", function()
    world.start()
    local expected, found = {}, {}
    for index = 1, 300 do
        expected[index] = sockets.connectByIPAddress("127.0.0.1:9")
    end
    sockets.onConnectionChanged = function(data)
        if data.state == "Connecting" then
            found[#found + 1] = data.connection
        end
        Steam.runCallbacks()
    end
    Steam.runCallbacks()
    Steam.runCallbacks()
    frame.equal_lists(found, expected)
    -- Errors on the way out of there do not change how deep it may go afterwards.
    for _ = 1, 3 do
        make_events(100)
        sockets.onConnectionChanged = function()
            Steam.runCallbacks()
            error({})
        end
        equal((pcall(Steam.runCallbacks)), false)
    end
    local depth, deepest = 0, 0
    make_events(100)
    sockets.onConnectionChanged = function()
        depth = depth + 1
        deepest = math.max(deepest, depth)
        Steam.runCallbacks()
        depth = depth - 1
    end
    Steam.runCallbacks()
    check(deepest > 1)
end)

test("lua callbacks: what they cause waits for the next run", function()
    world.start()
    make_events(1)
    local calls = 0
    sockets.onConnectionChanged = function()
        calls = calls + 1
        if calls < 5 then
            make_events(1)
        end
    end
    for expected = 1, 5 do
        Steam.runCallbacks()
        equal(calls, expected)
    end
end)

test("lua callbacks: accepting and sending inside", function()
    world.start()
    local listen = assert(sockets.createListenSocketIP("127.0.0.1:0"))
    local client = sockets.connectByIPAddress(listen.address)
    local server
    sockets.onConnectionChanged = function(data)
        if data.connection ~= client and data.state == "Connecting" then
            server = data.connection
            equal(sockets.acceptConnection(server), "OK")
            equal(sockets.sendMessageToConnection(server, "welcome", 8), "OK")
        end
    end
    frame.equal_lists(world.receive(client, 1), { "welcome" })
end)

test("lua callbacks: on coroutines; yielding out of one is an error", function()
    world.start()
    make_events(1)
    local inside
    sockets.onConnectionChanged = function()
        inside = coroutine.running()
    end
    local thread = coroutine.create(function()
        Steam.runCallbacks()
    end)
    assert(coroutine.resume(thread))
    equal(inside, thread)
    thread, inside = nil, nil
    collectgarbage()
    make_events(1)
    sockets.onConnectionChanged = function()
        coroutine.yield()
    end
    local good, text = coroutine.resume(coroutine.create(function()
        Steam.runCallbacks()
    end))
    equal(good, false)
    contains(text, "yield")
    world.watch()
    make_events(1)
    Steam.runCallbacks()
    equal(#world.events, 1)
end)

test("lua callbacks: garbage collection inside, and tables of events that are kept", function()
    world.start()
    local kept = {}
    sockets.onConnectionChanged = function(data)
        kept[#kept + 1] = data
        collectgarbage()
    end
    make_events(50)
    Steam.runCallbacks()
    equal(#kept, 50)
    local seen = {}
    for _, data in ipairs(kept) do
        check(not seen[data.connection])
        seen[data.connection] = true
        equal(data.state, "Connecting")
    end
end)

test("lua callbacks: reasons and texts of the other end arrive", function()
    world.start()
    local listen = assert(sockets.createListenSocketIP("127.0.0.1:0", { TimeoutInitial = 30000 }))
    local pair = world.knock()
    sockets.closeConnection(pair.server)
    world.await_state(pair.client, "ClosedByPeer")
    local last = world.events[#world.events]
    for _, data in ipairs(world.events) do
        if data.connection == pair.client then
            last = data
        end
    end
    equal(last.endReason, 1000)
    check(#last.debug > 0)
    equal(last.state_num, 4)
    sockets.closeListenSocket(listen)
end)
