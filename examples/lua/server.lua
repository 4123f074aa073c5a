-- The server of two programs that greet each other. client.lua is the other one.
--
--     lua server.lua [ADDRESS]      ADDRESS: where to listen; [::]:55556 without it
--
-- Runs with Lua 5.1 and later and with LuaJIT, once require finds the module:
--
--     export LUA_CPATH='build/lua/5.4/?.so;;'
--
-- It ends when a client has answered.

local Steam = require 'luasteam'
local sockets = Steam.networkingSockets

io.stdout:setvbuf 'line'

local address = arg and arg[1] or '[::]:55556'
local server
local clients = {}
local answered = false

Steam.init()
sockets.initAuthentication()

function sockets.onConnectionChanged(data)
    print('connection', data.connection, data.state_old .. ' -> ' .. data.state, data.endReason, data.debug)
    if data.state == 'Connecting' then
        sockets.acceptConnection(data.connection)
    elseif data.state == 'Connected' then
        clients[data.connection] = true
        sockets.sendMessageToConnection(data.connection, 'Welcome! Who are you?', sockets.flags.Send_Reliable)
    elseif data.state == 'ClosedByPeer' or data.state == 'ProblemDetectedLocally' then
        clients[data.connection] = nil
        sockets.closeConnection(data.connection)
    end
end

-- 100: this process can prove who it is, so connections may come.
function sockets.onAuthenticationStatus(data)
    if data.status == 100 and not server then
        server = assert(sockets.createListenSocketIP(address))
        print('listening on ' .. server.address)
    end
end

while not answered do
    Steam.runCallbacks()
    for client in pairs(clients) do
        local n, messages = sockets.receiveMessagesOnConnection(client)
        if n > 0 then
            for i, message in ipairs(messages) do
                print('message', client, i, message)
                answered = true
            end
        end
    end
end

for client in pairs(clients) do
    sockets.closeConnection(client)
end
sockets.closeListenSocket(server)
Steam.shutdown()
