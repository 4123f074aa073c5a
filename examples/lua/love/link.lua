-- The network of the game: one connection, to the other player, and what is said over it.
--
-- A message is one letter that tells its kind, and what belongs to it. Where a paddle is goes unreliably, thirty times
-- a second, since the next one makes up for a lost one; what must not be lost (a ball that was hit, a point, a word)
-- goes reliably, and reliable messages arrive in the order in which they were sent.

local Steam = require 'luasteam'
local sockets = Steam.networkingSockets

local link = {
    state = 'idle', -- waiting (for a guest), knocking (at a host) or playing
    host = false, -- whether this side is the host
    address = nil, -- where we listen, or where the host is
    trouble = nil, -- why there is no game, for people to read
    spoilt = false, -- whether our network is made bad on purpose
    paddles_lost = 0, -- of the last hundred paddle messages of the other side
}

-- What comes is handed to link.on[kind](...).
link.on = {}

-- What a stranger sends is only believed if it has the right size.
local formats = { p = '<I4dff', b = '<ffff', g = '<I1I1', n = '', c = nil }
local sizes = { p = 20, b = 16, g = 2, n = 0 }

local socket, connection
local number = 0 -- of our paddle messages
local last, heard -- of theirs: the newest, and which of the last hundred came

function link.start()
    Steam.init()
    sockets.onConnectionChanged = link.changed
end

-- Of both link.state tells whether they began well, and link.trouble why not.

function link.wait_for_guest(address)
    link.leave()
    local ok, answer = pcall(sockets.createListenSocketIP, address)
    if not ok or not answer then
        link.trouble = 'Cannot listen on ' .. address .. ': is another game there already?'
        print('trouble: ' .. link.trouble)
        return
    end
    socket = answer
    link.host, link.state, link.trouble = true, 'waiting', nil
    link.address = Steam.fumarole.getListenSocketAddress(socket)
    print('waiting at ' .. link.address)
end

function link.knock(address)
    link.leave()
    local ok, answer = pcall(sockets.connectByIPAddress, address, { TimeoutInitial = 5000 })
    if not ok or answer == 0 then
        link.trouble = '"' .. address .. '" is not an address. One looks like 192.0.2.7:27015.'
        print('trouble: ' .. link.trouble)
        return
    end
    connection = answer
    link.host, link.state, link.trouble, link.address = false, 'knocking', nil, address
    print('knocking at ' .. address)
end

-- Ends the game, and says so to the other side: what is still to be delivered is delivered first.
function link.leave()
    if connection then sockets.closeConnection(connection, true) end
    if socket then sockets.closeListenSocket(socket) end
    connection, socket = nil, nil
    link.state = 'idle'
end

function link.stop()
    local gone = connection and love.timer.getTime() + 0.3
    link.leave()
    -- What is on its way needs a moment, after which there is nobody any more who could send it again.
    while gone and love.timer.getTime() < gone do
        Steam.runCallbacks()
        love.timer.sleep(0.01)
    end
    Steam.shutdown()
end

local function playing(with)
    connection = with
    link.state, link.trouble = 'playing', nil
    last, heard, link.paddles_lost = nil, {}, 0
    link.on.start()
    print('playing')
end

local function over(why)
    sockets.closeConnection(connection)
    connection = nil
    link.trouble = why
    link.state = socket and 'waiting' or 'idle'
    link.on.stop()
    print('over: ' .. why)
end

function link.changed(data)
    if data.state == 'Connecting' and data.connection ~= connection then
        -- Somebody knocks. There is room for one.
        if connection or sockets.acceptConnection(data.connection) ~= 'OK' then
            sockets.closeConnection(data.connection)
        else
            connection = data.connection
        end
    elseif data.connection ~= connection then
        if data.state == 'ClosedByPeer' or data.state == 'ProblemDetectedLocally' then
            sockets.closeConnection(data.connection)
        end
    elseif data.state == 'Connected' then
        playing(data.connection)
    elseif data.state == 'ClosedByPeer' then
        over(link.state == 'knocking' and 'The host plays with somebody else.' or 'The other player has left.')
    elseif data.state == 'ProblemDetectedLocally' then
        over(link.state == 'knocking' and 'Nobody answers at ' .. link.address .. '.'
            or 'The connection is lost: ' .. data.debug)
    end
end

local function send(flag, kind, ...)
    if link.state ~= 'playing' then return end
    local format = formats[kind]
    local body = format and format ~= '' and love.data.pack('string', format, ...) or ... or ''
    sockets.sendMessageToConnection(connection, kind .. body, flag)
end

function link.show_paddle(time, y, speed)
    number = number + 1
    send(sockets.flags.Send_UnreliableNoNagle, 'p', number, time, y, speed)
end

function link.tell(kind, ...)
    send(sockets.flags.Send_ReliableNoNagle, kind, ...)
end

-- How many of the last hundred paddle messages are missing.
local function count_paddle(n)
    if last and n <= last then
        if last - n < 100 then heard[n % 100] = true end
        return false
    end
    if last then
        for missing = math.max(last + 1, n - 99), n - 1 do heard[missing % 100] = false end
    end
    heard[n % 100] = true
    last = n
    local lost = 0
    for i = 0, 99 do
        if heard[i] == false then lost = lost + 1 end
    end
    link.paddles_lost = lost
    return true
end

local function take(message)
    local kind, body = message:sub(1, 1), message:sub(2)
    if kind == 'c' then
        link.on.c(body)
    elseif sizes[kind] == #body then
        local a, b, c, d = 0
        if #body > 0 then a, b, c, d = love.data.unpack(formats[kind], body) end
        if kind ~= 'p' then
            link.on[kind](a, b, c, d)
        elseif count_paddle(a) then
            link.on.p(b, c, d)
        end
    end
end

-- To be called in every frame.
function link.update()
    Steam.runCallbacks()
    while link.state == 'playing' do
        local n, messages = sockets.receiveMessagesOnConnection(connection)
        for i = 1, n do take(messages[i]) end
        if n < 32 then break end
    end
end

-- How the connection is doing, as the library sees it.
function link.figures()
    return link.state == 'playing' and Steam.fumarole.getConnectionRealTimeStatus(connection) or nil
end

-- Makes the network of this side bad, to see what the game makes of it.
function link.spoil(on)
    link.spoilt = on
    Steam.fumarole.setConfigValue('FakePacketLoss_Send', on and 5 or 0)
    Steam.fumarole.setConfigValue('FakePacketLag_Send', on and 50 or 0)
end

return link
