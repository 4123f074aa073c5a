-- What the published interface promises, number by number.

local frame = require "frame"
local world = require "world"
local Steam = require "luasteam"
local sockets = Steam.networkingSockets
local flags = sockets.flags
local test, check, equal, equal_lists, contains = frame.test, frame.check, frame.equal, frame.equal_lists, frame.contains

local WRONG_ID = 4711

local function check_functions(names)
    for _, name in ipairs(names) do
        equal(type(sockets[name]), "function", name)
    end
end

test("lua 1: the module is a table with init, shutdown, runCallbacks and networkingSockets", function()
    equal(type(Steam), "table")
    equal(require "luasteam", Steam)
    for _, name in ipairs({ "init", "shutdown", "runCallbacks" }) do
        equal(type(Steam[name]), "function", name)
    end
    equal(type(sockets), "table")
    equal(Steam.init(), true)
    Steam.runCallbacks()
    Steam.shutdown()
end)

local first_generation = {
    "createListenSocketP2P", "connectP2P", "createListenSocketIP", "connectByIPAddress", "acceptConnection",
    "closeConnection", "closeListenSocket", "sendMessageToConnection", "receiveMessagesOnConnection",
    "initAuthentication", "getAuthenticationStatus", "getConnectionInfo",
}
local second_generation = {
    "sendMessages", "flushMessagesOnConnection", "getIdentity", "createPollGroup", "destroyPollGroup",
    "setConnectionPollGroup", "receiveMessagesOnPollGroup",
}

test("lua 2: the 12 functions of the first generation are there, in both modes", function()
    equal(#first_generation, 12)
    check_functions(first_generation)
    sockets.apiVersion = 1
    check_functions(first_generation)
end)

test("lua 3: the 19 functions of the second generation are there", function()
    equal(#first_generation + #second_generation, 19)
    check_functions(second_generation)
end)

test("lua 4: flags holds the five names with their values, and the names without Send_", function()
    local expected = { Unreliable = 0, UnreliableNoNagle = 1, UnreliableNoDelay = 5, Reliable = 8, ReliableNoNagle = 9 }
    for name, value in pairs(expected) do
        equal(flags["Send_" .. name], value, "Send_" .. name)
        equal(flags[name], value, name)
    end
end)

test("lua 5: createListenSocketIP returns a userdata; closing it frees the port for a second one", function()
    world.start()
    local first = assert(sockets.createListenSocketIP("[::]:0"))
    equal(type(first), "userdata")
    local address = "[::]:" .. first.port
    local taken, why = sockets.createListenSocketIP(address)
    equal(taken, nil, "a listen socket on a port that is taken")
    contains(why, "in use")
    sockets.closeListenSocket(first)
    local second = assert(sockets.createListenSocketIP(address))
    equal(type(second), "userdata")
    sockets.closeListenSocket(second)
end)

test("lua 6: connectByIPAddress returns an integer in Gen 2 and an object that works as a handle in Gen 1", function()
    world.start()
    local listen = assert(sockets.createListenSocketIP("127.0.0.1:0"))
    local number = sockets.connectByIPAddress(listen.address)
    equal(type(number), "number")
    check(number > 0 and number % 1 == 0)
    equal(sockets.getConnectionInfo(number), "OK")
    sockets.apiVersion = 1
    local object = sockets.connectByIPAddress(listen.address)
    equal(type(object), "userdata")
    equal(sockets.getConnectionInfo(object), "OK")
    equal(sockets.getConnectionInfo(object.connection), "OK")
    equal(object:tonumber(), object.connection)
    sockets.closeConnection(object)
    equal(sockets.getConnectionInfo(object), "None")
end)

test("lua 7: a server accepts a client; both see Connecting, then Connected", function()
    world.start()
    local pair = world.connect()
    equal_lists(world.changes(pair.server), { "None>Connecting", "Connecting>Connected" }, "server")
    equal_lists(world.changes(pair.client), { "None>Connecting", "Connecting>Connected" }, "client")
    for _, data in ipairs(world.events) do
        equal(type(data.connection), "number")
        equal(type(data.state_num), "number")
        equal(type(data.state_old_num), "number")
        equal(data.endReason, 0)
        equal(type(data.debug), "string")
    end
    equal(world.events[1].state_num, 1)
    equal(world.events[1].state_old_num, 0)
end)

test("lua 8: acceptConnection: InvalidParam for a wrong id, OK, then InvalidState", function()
    world.start()
    local pair = world.knock()
    equal(sockets.acceptConnection(WRONG_ID), "InvalidParam")
    equal(sockets.acceptConnection(pair.client), "InvalidParam", "a connection of our own making")
    equal(sockets.acceptConnection(pair.server), "OK")
    equal(sockets.acceptConnection(pair.server), "InvalidState")
end)

test("lua 9: sendMessageToConnection: OK, InvalidParam, NoConnection, Ignored, LimitExceeded", function()
    world.start()
    equal(sockets.sendMessageToConnection(WRONG_ID, "text", flags.Reliable), "InvalidParam")
    local pair = world.knock({ SendBufferSize = 4096 })
    equal(sockets.sendMessageToConnection(pair.client, "text", flags.Send_UnreliableNoDelay), "Ignored")
    equal(sockets.sendMessageToConnection(pair.client, ("x"):rep(3000), flags.Reliable), "OK")
    equal(sockets.sendMessageToConnection(pair.client, ("x"):rep(3000), flags.Reliable), "LimitExceeded")
    equal(sockets.sendMessageToConnection(pair.client, ("x"):rep(524289), flags.Reliable), "InvalidParam", "too long")
    sockets.acceptConnection(pair.server)
    world.await_state(pair.client, "Connected")
    sockets.closeConnection(pair.server)
    world.await_state(pair.client, "ClosedByPeer")
    equal(sockets.sendMessageToConnection(pair.client, "text", flags.Reliable), "NoConnection")
end)

test("lua 10: receiving gives a table in Gen 1; n and a table in Gen 2; -1 and nil for a wrong id there", function()
    world.start()
    local pair = world.connect()
    local results = { sockets.receiveMessagesOnConnection(pair.server) }
    equal(#results, 2)
    equal(results[1], 0)
    equal(type(results[2]), "table")
    equal(next(results[2]), nil)
    equal(select("#", sockets.receiveMessagesOnConnection(WRONG_ID)), 2)
    local count, messages = sockets.receiveMessagesOnConnection(WRONG_ID)
    equal(count, -1)
    equal(messages, nil)

    sockets.sendMessageToConnection(pair.client, "one", flags.ReliableNoNagle)
    world.await_sent(pair.client)
    sockets.apiVersion = 1
    results = { sockets.receiveMessagesOnConnection(pair.server) }
    equal(#results, 1)
    equal_lists(results[1], { "one" })
    equal(next(sockets.receiveMessagesOnConnection(pair.server)), nil)
    equal(next(sockets.receiveMessagesOnConnection(WRONG_ID)), nil)
end)

test("lua 11: 40 messages that wait come out as 32 and then 8", function()
    world.start()
    local pair = world.connect()
    for number = 1, 40 do
        equal(sockets.sendMessageToConnection(pair.client, "message " .. number, flags.Reliable), "OK")
    end
    sockets.flushMessagesOnConnection(pair.client)
    world.await_sent(pair.client)
    local all = {}
    for _, expected in ipairs({ 32, 8, 0 }) do
        local count, messages = sockets.receiveMessagesOnConnection(pair.server)
        equal(count, expected)
        equal(#messages, expected)
        for _, message in ipairs(messages) do
            all[#all + 1] = message
        end
    end
    for number, message in ipairs(all) do
        equal(message, "message " .. number)
    end
end)

test("lua 12: a message without any bytes arrives as an empty string", function()
    world.start()
    local pair = world.connect()
    for _, text in ipairs({ "", "between", "" }) do
        equal(sockets.sendMessageToConnection(pair.client, text, flags.ReliableNoNagle), "OK")
    end
    equal_lists(world.receive(pair.server, 3), { "", "between", "" })

    sockets.sendMessageToConnection(pair.server, "", flags.ReliableNoNagle)
    world.await_sent(pair.server)
    sockets.apiVersion = 1
    equal_lists(sockets.receiveMessagesOnConnection(pair.client), { "" }, "Gen 1")
end)

test("lua 13: every byte survives the way there and back", function()
    world.start()
    local pair = world.connect()
    local bytes = {}
    for value = 0, 255 do
        bytes[#bytes + 1] = string.char(value)
    end
    local all = table.concat(bytes) .. "\0\0" .. ("\0x"):rep(1000)
    sockets.sendMessageToConnection(pair.client, all, flags.ReliableNoNagle)
    local there = world.receive(pair.server, 1)[1]
    equal(#there, #all)
    check(there == all, "other bytes")
    sockets.sendMessageToConnection(pair.server, there, flags.ReliableNoNagle)
    check(world.receive(pair.client, 1)[1] == all, "other bytes on the way back")
end)

test("lua 14: sendMessages tells for each message whether it was sent", function()
    world.start()
    local pair = world.connect()
    equal_lists(sockets.sendMessages(2, {
        { conn = pair.client, msg = "first", flag = flags.ReliableNoNagle },
        { conn = WRONG_ID, msg = "second", flag = flags.Reliable },
    }), { true, false })
    equal_lists(sockets.sendMessages(3, {
        { conn = WRONG_ID, msg = "third", flag = flags.Reliable },
        { conn = pair.client, msg = "fourth", flag = flags.ReliableNoNagle },
        { conn = pair.server, msg = "", flag = flags.ReliableNoNagle },
    }), { false, true, true })
    equal_lists(world.receive(pair.server, 2), { "first", "fourth" })
    equal_lists(world.receive(pair.client, 1), { "" })
    equal_lists(sockets.sendMessages(0, {}), {})
    -- Only the first n count.
    equal_lists(sockets.sendMessages(1, { { conn = pair.client, msg = "", flag = 8 }, "nonsense" }), { true })
    -- What follows a failure to the same connection fails, too.
    local slow = world.knock({ SendBufferSize = 4096 })
    local big = ("x"):rep(3000)
    equal_lists(sockets.sendMessages(4, {
        { conn = slow.client, msg = big, flag = 8 },
        { conn = slow.client, msg = big, flag = 8 },
        { conn = pair.client, msg = "other", flag = 8 },
        { conn = slow.client, msg = "small", flag = 8 },
    }), { true, false, true, false })
end)

test("lua 15: flushMessagesOnConnection: Ignored while connecting, OK, InvalidParam for a wrong id", function()
    world.start()
    local pair = world.knock()
    equal(sockets.flushMessagesOnConnection(pair.client), "Ignored")
    sockets.acceptConnection(pair.server)
    world.await_state(pair.client, "Connected")
    equal(sockets.flushMessagesOnConnection(pair.client), "OK")
    equal(sockets.flushMessagesOnConnection(WRONG_ID), "InvalidParam")
end)

test("lua 16: poll groups: a number that is not zero; true or false for good and bad ones; destroyed once", function()
    world.start()
    local pair = world.connect()
    local group = sockets.createPollGroup()
    equal(type(group), "number")
    check(group ~= 0)
    equal(sockets.setConnectionPollGroup(pair.server, group), true)
    equal(sockets.setConnectionPollGroup(WRONG_ID, group), false)
    equal(sockets.setConnectionPollGroup(pair.server, WRONG_ID), false)
    equal(sockets.setConnectionPollGroup(pair.server, 0), true, "taking it out")
    equal(sockets.destroyPollGroup(group), true)
    equal(sockets.destroyPollGroup(group), false)
end)

test("lua 17: messages of a poll group have conn and msg; -1 and nil after it is destroyed", function()
    world.start()
    local group = sockets.createPollGroup()
    local pairs_of_ends = { world.connect(), world.connect() }
    for number, pair in ipairs(pairs_of_ends) do
        sockets.setConnectionPollGroup(pair.server, group)
        for index = 1, 3 do
            sockets.sendMessageToConnection(pair.client, number .. "." .. index, flags.ReliableNoNagle)
        end
        world.await_sent(pair.client)
    end
    local count, entries = sockets.receiveMessagesOnPollGroup(group)
    equal(count, 6)
    equal(#entries, 6)
    local found = { {}, {} }
    for _, entry in ipairs(entries) do
        local number = entry.conn == pairs_of_ends[1].server and 1 or 2
        equal(entry.conn, pairs_of_ends[number].server)
        table.insert(found[number], entry.msg)
    end
    equal_lists(found[1], { "1.1", "1.2", "1.3" })
    equal_lists(found[2], { "2.1", "2.2", "2.3" })
    count, entries = sockets.receiveMessagesOnPollGroup(group)
    equal(count, 0)
    equal(next(entries), nil)
    sockets.destroyPollGroup(group)
    count, entries = sockets.receiveMessagesOnPollGroup(group)
    equal(count, -1)
    equal(entries, nil)
end)

test("lua 18: closing with linger delivers what is reliable before the other end sees ClosedByPeer", function()
    world.start()
    local pair = world.connect({ SendRateMin = 268435456, SendRateMax = 268435456 })
    local text = ("0123456789"):rep(10000)
    for _ = 1, 4 do
        equal(sockets.sendMessageToConnection(pair.client, text, flags.Reliable), "OK")
    end
    equal(select("#", sockets.closeConnection(pair.client, true)), 0, "number of results")
    local received = world.receive(pair.server, 4)
    for _, message in ipairs(received) do
        check(message == text, "other bytes")
    end
    world.await_state(pair.server, "ClosedByPeer")
    equal(world.state(pair.client), "None")
    equal(world.events[#world.events].endReason, 1000)
end)

test("lua 19: closing a listen socket drops what came in through it, with a callback to None for each", function()
    world.start()
    local pair = world.connect()
    local second = sockets.connectByIPAddress(pair.listen.address)
    local waiting = world.await("the second one", function()
        for _, data in ipairs(world.events) do
            if data.connection ~= second and data.connection ~= pair.client and data.connection ~= pair.server then
                return data.connection
            end
        end
    end)
    sockets.closeListenSocket(pair.listen)
    world.await_state(pair.server, "None")
    world.await_state(waiting, "None")
    equal(sockets.getConnectionInfo(pair.server), "None")
    world.await_state(pair.client, "ClosedByPeer")
end)

test("lua 20: getConnectionInfo: OK and a text that begins with #; None for a wrong id", function()
    world.start()
    local pair = world.connect()
    local code, description = sockets.getConnectionInfo(pair.client)
    equal(code, "OK")
    equal(description:sub(1, 1), "#")
    code, description = sockets.getConnectionInfo(WRONG_ID)
    equal(code, "None")
    equal(description, "")
end)

local availabilities = { [-102] = 1, [-101] = 1, [-100] = 1, [-10] = 1, [1] = 1, [2] = 1, [3] = 1, [100] = 1 }

test("lua 21: initAuthentication gives a number of the list, getAuthenticationStatus that number and a text", function()
    world.start()
    local number = sockets.initAuthentication()
    check(availabilities[number], "not in the list: " .. number)
    local status, text = sockets.getAuthenticationStatus()
    check(availabilities[status], "not in the list: " .. status)
    equal(type(text), "string")
    world.await("authentication", function()
        return sockets.getAuthenticationStatus() == 100
    end)
    equal(sockets.initAuthentication(), 100)
end)

test("lua 22: onAuthenticationStatus gets a number and a text whenever the number changes", function()
    world.start()
    local before = sockets.getAuthenticationStatus()
    sockets.initAuthentication()
    world.await("the status to be told", function()
        local last = world.statuses[#world.statuses]
        return last and last.status == 100
    end)
    for _, data in ipairs(world.statuses) do
        check(availabilities[data.status], "not in the list: " .. data.status)
        check(data.status ~= before, "told without a change")
        equal(type(data.debugMsg), "string")
        before = data.status
    end
end)

test("lua 23: options are accepted by all four functions; an unknown one is a line on stderr", function()
    local output, good = world.child([[
        local Steam = require "luasteam"
        local sockets = Steam.networkingSockets
        local options = { Unencrypted = 2, IP_AllowWithoutAuth = 1, NagleTime = 0, Colour = 7 }
        assert(Steam.init())
        local listen = assert(sockets.createListenSocketIP("127.0.0.1:0", options))
        assert(sockets.createListenSocketP2P(5, options))
        assert(sockets.connectByIPAddress(listen.address, options) ~= 0)
        assert(sockets.connectP2P(sockets.getIdentity(), 5, options) ~= 0)
        Steam.shutdown()
    ]])
    check(good, output)
    local lines = select(2, output:gsub("Colour[^\n]*\n", ""))
    equal(lines, 4, "lines about Colour")
    for _, name in ipairs({ "createListenSocketIP", "createListenSocketP2P", "connectByIPAddress", "connectP2P" }) do
        contains(output, name)
    end
    world.start()
    local pair = world.connect({ Unencrypted = 3 }, { Unencrypted = 2 })
    contains(Steam.fumarole.getDetailedConnectionStatus(pair.client), "not encrypted")
end)

test("lua 24: connectP2P takes the object of extra.parseUint64", function()
    world.start()
    local listen = assert(sockets.createListenSocketP2P(3))
    local id = Steam.extra.parseUint64(tostring(Steam.user.getSteamID()))
    local connection = sockets.connectP2P(id, 3)
    check(connection ~= 0, "no connection")
    world.await_state(connection, "Connecting")
    local server = world.await("the other end", function()
        for _, data in ipairs(world.events) do
            if data.connection ~= connection then
                return data.connection
            end
        end
    end)
    equal(sockets.acceptConnection(server), "OK")
    world.await_state(connection, "Connected")
    sockets.sendMessageToConnection(connection, "to oneself", flags.Reliable)
    equal_lists(world.receive(server, 1), { "to oneself" })
    sockets.closeListenSocket(listen)
    -- Somebody else cannot be reached yet: the library's own answer.
    equal((sockets.connectP2P(Steam.extra.parseUint64("76561197960265729"), 3)), 0)
end)

test("lua 25: getIdentity gives a 64-bit object", function()
    world.start()
    local id = sockets.getIdentity()
    equal(type(id), "userdata")
    check(tostring(id):match("^%d+$"), tostring(id))
    equal(id, Steam.user.getSteamID())
end)

test("lua 27: callbacks run only inside runCallbacks", function()
    world.start()
    local listen = assert(sockets.createListenSocketIP("127.0.0.1:0"))
    local inside, outside = 0, 0
    local running = false
    sockets.onConnectionChanged = function()
        if running then
            inside = inside + 1
        else
            outside = outside + 1
        end
    end
    local connection = sockets.connectByIPAddress(listen.address)
    sockets.initAuthentication()
    Steam.fumarole.wait(1000)
    sockets.getConnectionInfo(connection)
    sockets.receiveMessagesOnConnection(connection)
    collectgarbage()
    equal(inside + outside, 0)
    running = true
    world.await("both ends", function()
        return inside >= 2
    end)
    running = false
    equal(outside, 0)
end)

test("lua 28: assigning nil to a callback stops delivery", function()
    world.start()
    local listen = assert(sockets.createListenSocketIP("127.0.0.1:0"))
    local connection = sockets.connectByIPAddress(listen.address)
    sockets.onConnectionChanged = nil
    sockets.onAuthenticationStatus = nil
    sockets.initAuthentication()
    for _ = 1, 20 do
        Steam.fumarole.wait(10)
        Steam.runCallbacks()
    end
    equal(#world.events, 0)
    equal(#world.statuses, 0)
    world.watch()
    sockets.closeConnection(connection)
    world.await_state(connection, "None")
end)
