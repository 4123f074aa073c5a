-- How many messages cross between the library and Lua:  lua lua.lua [MESSAGES]
--
-- Prints workload, messages, seconds and seconds of the processor, separated by tabs, a line for each workload. run.py
-- in this directory runs it and makes the table; docs/performance.md says what the workloads are.

local Steam = require 'luasteam'
local sockets, own = Steam.networkingSockets, Steam.fumarole

local MESSAGES = tonumber((arg or {})[1]) or 400000
local BURST = 800 -- messages that are on their way at a time
local FILLER = ('x'):rep(92)
local RELIABLE = sockets.flags.Send_Reliable

assert(Steam.init())
own.setPacing(false)

-- What two clocks say of the time between start() and stop(), all taken together.
local watch = {}
function watch.reset() watch.wall, watch.cpu = 0, 0 end
function watch.start() watch.wall_then, watch.cpu_then = own.time(), os.clock() end
function watch.stop()
    local wall, cpu = own.time(), os.clock()
    watch.wall, watch.cpu = watch.wall + wall - watch.wall_then, watch.cpu + cpu - watch.cpu_then
end

local accepted, connected
function sockets.onConnectionChanged(data)
    if data.state == 'Connecting' and sockets.acceptConnection(data.connection) == 'OK' then
        accepted = data.connection
    elseif data.state == 'Connected' then
        connected = (connected or 0) + 1
    end
end

-- A listen socket and both ends of a connection to it.
local function open(listen, connect)
    accepted, connected = nil, 0
    local socket = assert(listen())
    local here = connect(socket)
    while connected < 2 do
        own.wait(100)
        Steam.runCallbacks()
    end
    return { socket = socket, here = here, there = accepted }
end

local function close(pair)
    sockets.closeConnection(pair.here)
    sockets.closeConnection(pair.there)
    sockets.closeListenSocket(pair.socket)
    Steam.runCallbacks()
end

local function open_pipe()
    return open(function() return sockets.createListenSocketP2P(0) end,
        function() return sockets.connectP2P(Steam.user.getSteamID(), 0) end)
end

-- At its usual rate a connection would be waited for, not measured.
local fast = { SendRateMin = 268435456, SendRateMax = 268435456, SendBufferSize = 4194304 }
local function open_loopback()
    return open(function() return sockets.createListenSocketIP('127.0.0.1:0', fast) end,
        function(socket) return sockets.connectByIPAddress(own.getListenSocketAddress(socket), fast) end)
end

-- A burst of messages that are not equal to any other: Lua keeps equal strings only once, and would not have to make
-- them.
local made = 0
local function prepare(pair)
    pair.burst = {}
    for i = 1, BURST do
        made = made + 1
        pair.burst[i] = ('%08d'):format(made) .. FILLER
    end
end

local function send_1(pair)
    local send, here, burst, flag = sockets.sendMessageToConnection, pair.here, pair.burst, RELIABLE
    for i = 1, BURST do
        if send(here, burst[i], flag) ~= 'OK' then error 'a message was not sent' end
    end
end

local function send_32(pair)
    local send, burst, messages = sockets.sendMessages, pair.burst, {}
    for i = 1, 32 do messages[i] = { conn = pair.here, flag = RELIABLE } end
    for first = 0, BURST - 32, 32 do
        for i = 1, 32 do messages[i].msg = burst[first + i] end
        if not send(32, messages)[32] then error 'a message was not sent' end
    end
end

-- Takes a whole burst, MOST messages a call.
local function receive(pair, most)
    local take, there, got, bytes = sockets.receiveMessagesOnConnection, pair.there, 0, 0
    while got < BURST do
        local n, messages = take(there, most)
        for i = 1, n do bytes = bytes + #messages[i] end
        got = got + n
    end
    assert(bytes == BURST * 100)
end

local function receive_group(pair)
    local take, group, got, bytes = sockets.receiveMessagesOnPollGroup, pair.group, 0, 0
    while got < BURST do
        local n, messages = take(group)
        for i = 1, n do bytes = bytes + #messages[i].msg end
        got = got + n
    end
    assert(bytes == BURST * 100)
end

-- The messages are on their way, and nothing in Lua holds them any more.
local function sent(pair)
    prepare(pair)
    send_1(pair)
    pair.burst = nil
    collectgarbage()
end

local function send_and_receive(pair)
    send_1(pair)
    sockets.flushMessagesOnConnection(pair.here)
    receive(pair)
end

local function nothing() end

-- BEFORE and AFTER are part of a round, but not of what is timed.
local function measure(name, pair, before, timed, after)
    local rounds = math.max(1, math.floor(MESSAGES / BURST))
    watch.reset()
    for round = -math.floor(rounds / 10), rounds - 1 do -- the first tenth warms up
        if round == 0 then watch.reset() end
        before(pair)
        watch.start()
        timed(pair)
        watch.stop()
        after(pair)
    end
    print(('%s\t%d\t%.6f\t%.6f'):format(name, rounds * BURST, watch.wall, watch.cpu))
end

local pair = open_pipe()
measure('pipe send 1', pair, prepare, send_1, receive)
measure('pipe send 32', pair, prepare, send_32, receive)
measure('pipe receive 1', pair, sent, function(p) receive(p, 1) end, nothing)
measure('pipe receive 32', pair, sent, receive, nothing)
pair.group = sockets.createPollGroup()
sockets.setConnectionPollGroup(pair.there, pair.group)
measure('pipe group 32', pair, sent, receive_group, nothing)
sockets.destroyPollGroup(pair.group)
close(pair)

pair = open_loopback()
measure('loopback 32', pair, prepare, send_and_receive, nothing)
close(pair)
Steam.shutdown()
