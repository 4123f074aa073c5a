-- One end of a conversation between two processes, which may run under different Luas.
--
--   peer.lua server                writes the address where it listens, answers, and ends when its client has left
--   peer.lua client ADDRESS        talks to it
--
-- Both end with "done" on their output, or with an error.

local Steam = require "luasteam"
local sockets = Steam.networkingSockets
local flags = sockets.flags

local MESSAGES = 100
local deadline = os.time() + 60

-- Every byte, zeros included, in an order that depends on the number.
local function payload(number)
    local bytes = {}
    for value = 0, 255 do
        bytes[#bytes + 1] = string.char((value * 7 + number) % 256)
    end
    return number .. ":" .. table.concat(bytes):rep(number % 5)
end

local function await(condition)
    repeat
        Steam.runCallbacks()
        local result = condition()
        if result then
            return result
        end
        Steam.fumarole.wait(20)
        assert(os.time() < deadline, "waited in vain")
    until false
end

local function server()
    local listen = assert(sockets.createListenSocketIP("127.0.0.1:0", { IP_AllowWithoutAuth = 2 }))
    local group = sockets.createPollGroup()
    local gone = false
    function sockets.onConnectionChanged(data)
        if data.state == "Connecting" then
            assert(sockets.acceptConnection(data.connection) == "OK")
            assert(sockets.setConnectionPollGroup(data.connection, group))
        elseif data.state == "ClosedByPeer" or data.state == "ProblemDetectedLocally" then
            assert(data.endReason == 1000, data.debug)
            sockets.closeConnection(data.connection)
            gone = true
        end
    end
    print(listen.address)
    io.stdout:flush()
    local received = 0
    await(function()
        local count, entries = sockets.receiveMessagesOnPollGroup(group)
        for _, entry in ipairs(entries) do
            received = received + 1
            assert(entry.msg == payload(received), "other bytes")
            assert(sockets.sendMessageToConnection(entry.conn, entry.msg, flags.Reliable) == "OK")
        end
        return gone and count == 0
    end)
    assert(received == MESSAGES, received)
end

local function client(address)
    local connection = sockets.connectByIPAddress(address, { NagleTime = 0 })
    local state
    function sockets.onConnectionChanged(data)
        state = data.state
        assert(state == "Connecting" or state == "Connected", data.debug)
    end
    await(function()
        return state == "Connected"
    end)
    local batch = {}
    for number = 1, MESSAGES do
        batch[number] = { conn = connection, msg = payload(number), flag = flags.Reliable }
    end
    for number, sent in ipairs(sockets.sendMessages(MESSAGES, batch)) do
        assert(sent, number)
    end
    sockets.flushMessagesOnConnection(connection)
    local received = 0
    await(function()
        local _, messages = sockets.receiveMessagesOnConnection(connection)
        for _, message in ipairs(messages) do
            received = received + 1
            assert(message == payload(received), "other bytes")
        end
        return received == MESSAGES
    end)
    sockets.onConnectionChanged = nil
    sockets.closeConnection(connection, true)
end

assert(Steam.init())
if arg[1] == "server" then
    server()
else
    client(arg[2])
end
Steam.shutdown()
print("done")
