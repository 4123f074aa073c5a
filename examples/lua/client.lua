-- The client of two programs that greet each other. server.lua is the other one, and says how to start them.
--
--     lua client.lua [ADDRESS]      ADDRESS: where the server is; 127.0.0.1:55556 without it
--
-- It answers what the server says, and ends when the server has closed the connection.

local Steam = require 'luasteam'
local sockets = Steam.networkingSockets

local address = arg and arg[1] or '127.0.0.1:55556'
local connection
local over = false

Steam.init()
sockets.initAuthentication()

function sockets.onConnectionChanged(data)
    print('connection', data.connection, data.state_old .. ' -> ' .. data.state, data.endReason, data.debug)
    if data.state == 'ClosedByPeer' or data.state == 'ProblemDetectedLocally' then
        over = true
    end
end

function sockets.onAuthenticationStatus(data)
    if data.status == 100 and not connection then
        connection = sockets.connectByIPAddress(address)
    end
end

while not over do
    Steam.runCallbacks()
    if connection then
        local n, messages = sockets.receiveMessagesOnConnection(connection)
        if n > 0 then
            for i, message in ipairs(messages) do
                print('message', connection, i, message)
                sockets.sendMessageToConnection(connection, 'A client. Thank you!', sockets.flags.Send_Reliable)
            end
        end
    end
end

sockets.closeConnection(connection)
Steam.shutdown()
