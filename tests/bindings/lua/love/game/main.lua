-- Plays the game without hands:  love game GAME-DIRECTORY SHOTS-DIRECTORY|- ROLE ADDRESS
--
-- Keys are pressed for it by what is written below, and what it sees of the other side is printed. The guest closes its
-- window in the end; the host sees that and ends too.

local directory, shots, role, address = arg[2], arg[3], arg[4], arg[5]
local length = tonumber(os.getenv 'PLAY_SECONDS' or shots == '-' and 2 or 32)
io.stdout:setvbuf 'line'
package.path = directory .. '/?.lua;' .. package.path

local link, court = require 'link', require 'court'
local game = dofile(directory .. '/main.lua')

local held = {} -- keys
function love.keyboard.isDown(...)
    for i = 1, select('#', ...) do
        if held[select(i, ...)] then return true end
    end
    return false
end

local function press(key)
    love.keypressed(key, key, false)
end

local function talk(words)
    love.textinput 't'
    for letter in words:gmatch '.' do love.textinput(letter) end
    press 'return'
end

local load = love.load
function love.load()
    if role == 'menu' then
        load {}
    else
        load { role, address }
    end
end

local function picture()
    love.graphics.captureScreenshot(function(image)
        local file = assert(io.open(shots .. '/' .. role .. '.png', 'wb'))
        file:write(image:encode 'png':getString())
        file:close()
    end)
end

-- When each thing is done, in seconds of the game. For a picture the network is bad, and it takes a while until the
-- library knows how bad.
local plan = {
    { 0.2, function() if shots ~= '-' then press 'f2' end end },
    { 0.2, function() if court.ball.held == court.side then press 'space' end end },
    { shots == '-' and 0.3 or 30, function() talk(role == 'host' and 'Good luck!' or 'You will need it.') end },
    { length, function()
        if shots ~= '-' then picture() end
    end },
    { shots == '-' and length or length + 0.5, function()
        print(('theirs moved from %.0f to %.0f'):format(game.least, game.most))
        print(('ping %d ms'):format(game.figures.ping))
        print(('packets %.0f'):format(game.figures.inPacketsPerSecond))
        game.done = true
        if role == 'host' then talk 'Bye.' end
    end },
}

-- The paddle of the host goes down and up, that of the guest up and down; where there is a picture they play well.
local function steer(time)
    held = {}
    if shots ~= '-' and time < 12 then
        held[role == 'host' and 's' or 'w'] = true -- and loses a point or two
    elseif shots ~= '-' then
        local aim = court.ball.held and 45 + 25 * math.sin(time * 2) or court.ball.y
        if court.mine.y < aim - 2 then held.s = true elseif court.mine.y > aim + 2 then held.w = true end
    elseif (time % 1 < 0.5) == (role == 'host') then
        held.s = true
    else
        held.w = true
    end
end

local update, began = love.update, nil
function love.update(seconds)
    update(seconds)
    if link.state ~= 'playing' then return end
    began = began or game.time
    local time = game.time - began
    steer(time)
    game.least = math.min(game.least or 45, court.theirs.y)
    game.most = math.max(game.most or 45, court.theirs.y)
    while plan[1] and plan[1][1] <= time do table.remove(plan, 1)[2]() end
    -- The host may be slower than we are.
    local last = game.words[#game.words]
    if game.done and role ~= 'host' and last and last.text == 'Bye.' then love.event.quit(0) end
end

local stop = link.on.stop
function link.on.stop()
    stop()
    for _, said in ipairs(game.words) do print('said: ' .. said.text) end
    if role == 'host' then love.event.quit(game.done and 0 or 1) end
end
