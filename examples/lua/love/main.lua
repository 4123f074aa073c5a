-- Paddles: a game for two, over a network, in LÖVE 11.
--
--     love examples/lua/love                         asks whom to play with
--     love examples/lua/love host [[::]:27015]       waits for a guest
--     love examples/lua/love join 192.0.2.7:27015    plays with the host there
--
-- link.lua has the network in it, court.lua the game, view.lua what is drawn.

local utf8 = require 'utf8'
local link, court, view = require 'link', require 'court', require 'view'

local game = {
    time = 0,
    address = '127.0.0.1:27015', -- as it is written in the menu
    words = {}, -- that were said: time, side, text
    typing = nil, -- what is being written, if anything
    figures_shown = true,
    figures = nil,
    pings = {},
}

local function say(side, words)
    table.insert(game.words, { time = game.time, side = side, text = words })
    if #game.words > 20 then table.remove(game.words, 1) end
end

local function other_side()
    return court.side == 'left' and 'right' or 'left'
end

function link.on.start()
    game.words, game.pings, game.figures, game.typing = {}, {}, nil, nil
    court.new(link.host, link.tell, link.show_paddle)
    love.window.setTitle(link.host and 'Paddles: host' or 'Paddles: guest')
end

function link.on.stop()
    love.window.setTitle('Paddles')
end

link.on.p = court.paddle_was
link.on.g = court.points_are
link.on.n = court.restart

function link.on.b(x, y, vx, vy)
    court.ball_was(x, y, vx, vy, (game.figures and game.figures.ping or 0) / 2000)
end

-- Words come from a stranger: what is not UTF-8 cannot be drawn, and what is long does not fit.
function link.on.c(words)
    if #words <= 200 and utf8.len(words) then say(other_side(), words) end
end

function love.load(arguments)
    love.keyboard.setKeyRepeat(true)
    view.resize()
    link.start()
    if arguments[1] == 'host' then
        link.wait_for_guest(arguments[2] or '[::]:27015')
    elseif arguments[1] == 'join' then
        game.address = arguments[2] or game.address
        link.knock(game.address)
    end
end

local function direction()
    if game.typing then return 0 end
    local up = love.keyboard.isDown('w', 'up') and 1 or 0
    local down = love.keyboard.isDown('s', 'down') and 1 or 0
    return down - up
end

local asked = 0

function love.update(seconds)
    game.time = game.time + seconds
    link.update()
    if link.state ~= 'playing' then return end
    court.update(seconds, direction())
    if game.time - asked > 0.1 then
        asked = game.time
        game.figures = link.figures()
        if game.figures and game.figures.ping >= 0 then
            table.insert(game.pings, game.figures.ping)
            if #game.pings > view.pings then table.remove(game.pings, 1) end
        end
    end
end

function love.draw()
    view.draw(game)
end

love.resize = view.resize

-- TEXT without its last letter, which may be several bytes.
local function shortened(words)
    local last = utf8.offset(words, -1)
    return last and words:sub(1, last - 1) or ''
end

local function key_in_talk(key)
    if key == 'return' or key == 'kpenter' then
        if game.typing ~= '' then
            link.tell('c', game.typing)
            say(court.side, game.typing)
        end
        game.typing = nil
    elseif key == 'escape' then
        game.typing = nil
    elseif key == 'backspace' then
        game.typing = shortened(game.typing)
    end
end

local function key_in_game(key)
    if key == 'space' then
        court.serve()
    elseif key == 'f1' then
        game.figures_shown = not game.figures_shown
    elseif key == 'f2' then
        link.spoil(not link.spoilt)
    elseif key == 'escape' then
        link.leave()
    end
end

local function key_in_menu(key)
    if link.state ~= 'idle' then
        if key == 'escape' then link.leave() end
    elseif key == 'return' or key == 'kpenter' then
        link.knock(game.address)
    elseif key == 'tab' then
        link.wait_for_guest('[::]:' .. (game.address:match(':(%d+)$') or '27015'))
    elseif key == 'backspace' then
        game.address = shortened(game.address)
    elseif key == 'escape' then
        love.event.quit()
    end
end

function love.keypressed(key)
    if link.state ~= 'playing' then
        key_in_menu(key)
    elseif game.typing then
        key_in_talk(key)
    else
        key_in_game(key)
    end
end

-- When the letter T is typed the line for talking opens, here and not above: it must not stand in that line itself.
function love.textinput(letters)
    if link.state == 'idle' then
        if letters:match '^[%x:.%[%]]$' then game.address = game.address .. letters end
    elseif link.state == 'playing' and game.typing then
        if #game.typing + #letters <= 200 then game.typing = game.typing .. letters end
    elseif link.state == 'playing' and letters:lower() == 't' then
        game.typing = ''
    end
end

-- However the program ends, the other side learns of it at once.
function love.quit()
    link.stop()
end

return game
