-- The older generation of the interface, and the switch between them.

local frame = require "frame"
local world = require "world"
local Steam = require "luasteam"
local sockets = Steam.networkingSockets
local test, check, equal, contains, fails = frame.test, frame.check, frame.equal, frame.contains, frame.fails

test("lua generations: the second is the default; apiVersion says and switches", function()
    equal(sockets.apiVersion, 2)
    sockets.apiVersion = 1
    equal(sockets.apiVersion, 1)
    sockets.apiVersion = 2
    equal(sockets.apiVersion, 2)
    for _, wrong in ipairs({ 0, 3, 1.5, "one", {}, true }) do
        contains(fails(function()
            sockets.apiVersion = wrong
        end), "apiVersion", "1 or 2 expected")
    end
    equal(sockets.apiVersion, 2)
end)

test("lua generations: require 'luasteam1' is the first one", function()
    local output, good = world.child([[
        local Steam = require "luasteam1"
        assert(Steam.networkingSockets.apiVersion == 1)
        assert(Steam.init())
        local socket = assert(Steam.networkingSockets.createListenSocketIP("127.0.0.1:0"))
        assert(type(Steam.networkingSockets.connectByIPAddress(socket.address)) == "userdata")
        assert(require "luasteam" == Steam)
    ]])
    check(good, output)
end)

test("lua generations: fields of networkingSockets are a program's own as before", function()
    sockets.somethingOfMine = 7
    equal(sockets.somethingOfMine, 7)
    sockets.somethingOfMine = nil
    equal(sockets.somethingOfMine, nil)
    equal(rawget(sockets, "apiVersion"), nil)
end)

test("lua generations: a conversation in Gen 1", function()
    world.start()
    sockets.apiVersion = 1
    local pair = world.connect()
    equal(type(pair.object), "userdata")
    equal(tostring(pair.object), "connection: " .. string.format("%d", pair.client))
    equal(sockets.sendMessageToConnection(pair.object, "by the object", 9), "OK")
    equal(sockets.sendMessageToConnection(pair.client, "by the number", 9), "OK")
    world.await_sent(pair.client)
    frame.equal_lists(sockets.receiveMessagesOnConnection(pair.server), { "by the object", "by the number" })
    sockets.sendMessageToConnection(pair.server, "back", 9)
    world.await_sent(pair.server)
    frame.equal_lists(sockets.receiveMessagesOnConnection(pair.object), { "back" })
    local code, description = sockets.getConnectionInfo(pair.object)
    equal(code, "OK")
    equal(description:sub(1, 1), "#")
    sockets.closeConnection(pair.object, false)
    world.await_state(pair.server, "ClosedByPeer")
    sockets.closeListenSocket(pair.listen)
end)

test("lua generations: Gen 1 takes options and does not look at them", function()
    world.start()
    sockets.apiVersion = 1
    local listen = assert(sockets.createListenSocketIP("127.0.0.1:0", { Colour = "red", NagleTime = {} }))
    assert(sockets.createListenSocketP2P(7, "nothing"))
    equal(type(sockets.connectByIPAddress(listen.address, 12)), "userdata")
    equal(type(sockets.connectP2P(sockets.getIdentity(), 7, {})), "userdata")
end)

test("lua generations: a Gen 1 connect that fails gives nil and a text", function()
    world.start()
    sockets.apiVersion = 1
    local connection, text = sockets.connectP2P("76561197960265729", 7)
    equal(connection, nil)
    equal(type(text), "string")
    sockets.apiVersion = 2
    connection, text = sockets.connectP2P("76561197960265729", 7)
    equal(connection, 0)
    equal(type(text), "string")
end)

test("lua generations: objects of Gen 1 and numbers of Gen 2 stay good after the switch", function()
    world.start()
    sockets.apiVersion = 1
    local pair = world.connect()
    sockets.apiVersion = 2
    equal(sockets.sendMessageToConnection(pair.object, "text", 9), "OK")
    frame.equal_lists(world.receive(pair.server, 1), { "text" })
    equal(sockets.sendMessages(1, { { conn = pair.object, msg = "more", flag = 9 } })[1], true)
    frame.equal_lists(world.receive(pair.server, 1), { "more" })
end)

test("lua generations: callbacks are of the same shape in both", function()
    world.start()
    sockets.apiVersion = 1
    local pair = world.connect()
    local data = world.events[1]
    equal(type(data.connection), "number")
    equal(data.state, "Connecting")
    equal(data.state_old, "None")
    equal(data.connection, pair.object.connection)
end)
