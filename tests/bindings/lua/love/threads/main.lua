-- Threads of LÖVE, each a Lua state with conversations of its own, while the main state uses the library too.

local conversation = [[
    local name, cpath = ...
    package.cpath = cpath
    local Steam = require 'luasteam'
    local sockets = Steam.networkingSockets
    for _ = 1, 5 do
        local states, server = {}, nil
        assert(Steam.init())
        function sockets.onConnectionChanged(data) states[data.connection] = data.state end
        local listen = assert(sockets.createListenSocketIP('127.0.0.1:0'))
        local client = sockets.connectByIPAddress(listen.address)
        while not server do
            Steam.fumarole.wait(100)
            Steam.runCallbacks()
            for connection in pairs(states) do
                if connection ~= client then server = connection end
            end
        end
        assert(sockets.acceptConnection(server) == 'OK')
        assert(sockets.sendMessageToConnection(client, name, sockets.flags.Reliable) == 'OK')
        local count, messages = 0, nil
        while count == 0 do
            Steam.fumarole.wait(100)
            Steam.runCallbacks()
            count, messages = sockets.receiveMessagesOnConnection(server)
        end
        assert(count == 1 and messages[1] == name)
        Steam.shutdown()
    end
    love.thread.getChannel('done'):push(name)
]]

function love.load()
    local Steam = require 'luasteam'
    local threads = {}
    assert(Steam.init())
    for index = 1, 4 do
        threads[index] = love.thread.newThread(conversation)
        threads[index]:start('thread ' .. index, package.cpath)
    end
    for index, thread in ipairs(threads) do
        thread:wait()
        assert(not thread:getError(), thread:getError())
        print('ok    lua threads: ' .. index .. ' of LÖVE')
    end
    assert(love.thread.getChannel('done'):getCount() == #threads)
    Steam.shutdown()
    love.event.quit(0)
end

-- In place of a blue screen that waits for a key.
function love.errorhandler(problem)
    print(debug.traceback('FAIL  lua threads: ' .. tostring(problem)))
    return function() return 1 end
end
