-- Steam.networkingUtils and Steam.fumarole.

local frame = require "frame"
local world = require "world"
local Steam = require "luasteam"
local sockets = Steam.networkingSockets
local extras = Steam.fumarole
local test, check, equal, contains = frame.test, frame.check, frame.equal, frame.contains

test("lua extras: the relay network is what the library says", function()
    world.start()
    equal(select("#", Steam.networkingUtils.initRelayNetworkAccess()), 0)
    equal(Steam.networkingUtils.getRelayNetworkStatus(), -102)
end)

test("lua extras: version", function()
    check(extras.version:match("^%d+%.%d+%.%d+"), extras.version)
end)

test("lua extras: wait says whether something can be fetched", function()
    world.start()
    Steam.runCallbacks()
    equal(extras.wait(0), false)
    local pair = world.connect()
    sockets.sendMessageToConnection(pair.client, "text", 9)
    world.await_sent(pair.client)
    equal(extras.wait(60000), true)
    equal((sockets.receiveMessagesOnConnection(pair.server)), 1)
    Steam.runCallbacks()
    equal(extras.wait(0), false)
    sockets.closeConnection(pair.client)
    equal(extras.wait(60000), true)
end)

test("lua extras: wait can be interrupted", function()
    local output, good = world.child([[
        local Steam = require "luasteam"
        assert(Steam.init())
        os.execute("(sleep 0.5; kill -INT $PPID) &")
        Steam.fumarole.wait(2 ^ 31 - 1)
        error("wait has ended by itself")
    ]])
    check(not good, output)
    contains(output, "interrupted")
end)

test("lua extras: getConnectionRealTimeStatus", function()
    world.start()
    equal(extras.getConnectionRealTimeStatus(4711), nil)
    local pair = world.connect()
    local status = extras.getConnectionRealTimeStatus(pair.client)
    equal(status.state, "Connected")
    for _, name in ipairs({
        "ping", "localQuality", "remoteQuality", "outPacketsPerSecond", "outBytesPerSecond", "inPacketsPerSecond",
        "inBytesPerSecond", "sendRate", "pendingUnreliable", "pendingReliable", "sentUnackedReliable", "maxJitter", "queueTime",
    }) do
        equal(type(status[name]), "number", name)
    end
    check(status.sendRate > 0)
    sockets.closeConnection(pair.server)
    world.await_state(pair.client, "ClosedByPeer")
    equal(extras.getConnectionRealTimeStatus(pair.client).state, "ClosedByPeer")
end)

test("lua extras: getDetailedConnectionStatus", function()
    world.start()
    equal(extras.getDetailedConnectionStatus(4711), nil)
    local pair = world.connect()
    local text = extras.getDetailedConnectionStatus(pair.client)
    contains(text, "connected")
    check(#text > 200)
end)

test("lua extras: setConfigValue changes the whole process, nil brings the default back", function()
    world.start()
    equal(extras.setConfigValue("SendBufferSize", 4096), true)
    local pair = world.knock()
    equal(sockets.sendMessageToConnection(pair.client, ("x"):rep(5000), 8), "LimitExceeded")
    equal(extras.setConfigValue("SendBufferSize"), true)
    equal(sockets.sendMessageToConnection(pair.client, ("x"):rep(5000), 8), "OK")
    equal(extras.setConfigValue("FakePacketLoss_Send", 0.5), true)
    equal(extras.setConfigValue("FakePacketLoss_Send", nil), true)
end)

test("lua extras: a loop that only spins is slowed down, unless it does not want to be", function()
    world.start()
    local function spin(rounds)
        local start = extras.time()
        for _ = 1, rounds do
            Steam.runCallbacks()
        end
        return extras.time() - start
    end
    spin(10)
    check(spin(500) > 500 * 90e-6, "not slowed down")
    -- However busy the machine is, some ten rounds of many are left in peace.
    extras.setPacing(false)
    local best = spin(10)
    for _ = 1, 500 do
        best = math.min(best, spin(10))
    end
    check(best < 10 * 90e-6, "slowed down: " .. best)
end)

test("lua extras: pacing does not make anybody wait for what is there", function()
    world.start()
    local pair = world.connect()
    for _ = 1, 2000 do
        Steam.runCallbacks()
        sockets.sendMessageToConnection(pair.client, "text", 9)
        local count = 0
        while count == 0 do
            Steam.runCallbacks()
            count = sockets.receiveMessagesOnConnection(pair.server)
        end
    end
end)

test("lua extras: both receiving functions take the most messages that they may give", function()
    world.start()
    local pair = world.connect()
    local group = sockets.createPollGroup()
    for number = 1, 9 do
        sockets.sendMessageToConnection(pair.client, tostring(number), 9)
    end
    world.await_sent(pair.client)
    local count, messages = sockets.receiveMessagesOnConnection(pair.server, 1)
    equal(count, 1)
    frame.equal_lists(messages, { "1" })
    count, messages = sockets.receiveMessagesOnConnection(pair.server, 3)
    equal(count, 3)
    frame.equal_lists(messages, { "2", "3", "4" })
    sockets.setConnectionPollGroup(pair.server, group)
    count, messages = sockets.receiveMessagesOnPollGroup(group, 2)
    equal(count, 2)
    equal(messages[2].msg, "6")
    equal((sockets.receiveMessagesOnPollGroup(group, nil)), 3)
end)

test("lua extras: time goes on, in seconds", function()
    local before = extras.time()
    world.start()
    extras.wait(20)
    extras.wait(20)
    local passed = extras.time() - before
    check(passed > 0 and passed < 60, passed)
end)
