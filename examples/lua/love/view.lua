-- Everything that is drawn. Lengths are those of a window of 800 by 600; the whole is made as large as the window
-- allows.

local link, court = require 'link', require 'court'
local graphics = love.graphics

local view = { width = 800, height = 600 }

local colours = {
    night = { 0.055, 0.051, 0.075 }, court = { 0.086, 0.080, 0.114 }, line = { 0.20, 0.19, 0.26 },
    text = { 0.90, 0.89, 0.93 }, dim = { 0.56, 0.55, 0.64 }, bad = { 1, 0.42, 0.40 }, good = { 0.45, 0.85, 0.52 },
    left = { 1.0, 0.52, 0.22 }, right = { 0.22, 0.80, 0.78 }, ball = { 1, 0.96, 0.88 },
}
view.colours = colours

local scale, fonts = 1, {}
local SCALE = 5 -- of the court, on which a unit is five wide

function view.resize()
    local width, height = graphics.getDimensions()
    scale = math.min(width / view.width, height / view.height)
    for _, size in ipairs { 11, 13, 15, 20, 64, 90 } do
        fonts[size] = graphics.newFont(math.floor(size * scale + 0.5))
    end
end

local function colour(c, alpha)
    graphics.setColor(c[1], c[2], c[3], alpha or 1)
end

-- Letters are drawn in the size in which they are seen, or they would be blurred.
local function text(size, c, words, x, y, width, align, alpha)
    graphics.push()
    graphics.translate(x, y)
    graphics.scale(1 / scale)
    colour(c, alpha)
    graphics.printf(words, fonts[size], 0, 0, (width or view.width) * scale, align or 'left')
    graphics.pop()
end
view.text = text

local function glow(c, x, y, width, height, radius)
    for i = 6, 1, -1 do
        colour(c, 0.035)
        graphics.rectangle('fill', x - i * 2, y - i * 2, width + i * 4, height + i * 4, radius + i * 2, radius + i * 2)
    end
    colour(c)
    graphics.rectangle('fill', x, y, width, height, radius, radius)
end

local function draw_court()
    colour(colours.court)
    graphics.rectangle('fill', 0, 0, court.width, court.height)
    colour(colours.line)
    for y = 1.5, court.height, 6 do graphics.rectangle('fill', court.width / 2 - 0.25, y, 0.5, 3) end
    graphics.rectangle('fill', 0, 0, court.width, 0.4)
    graphics.rectangle('fill', 0, court.height - 0.4, court.width, 0.4)
end

local function draw_paddle(side, y)
    local x = side == 'left' and 5 - court.paddle_width or court.width - 5
    graphics.push()
    graphics.scale(1 / SCALE)
    glow(colours[side], x * SCALE, (y - court.paddle_height / 2) * SCALE, court.paddle_width * SCALE,
        court.paddle_height * SCALE, 5)
    graphics.pop()
end

local function draw_ball()
    local ball = court.ball
    for _, place in ipairs(ball.trail) do
        local fresh = 1 - (court.time - place.time) / 0.25
        colour(ball.vx > 0 and colours.left or ball.vx < 0 and colours.right or colours.ball, 0.16 * fresh)
        graphics.circle('fill', place.x, place.y, court.ball_radius * (0.4 + 0.6 * fresh), 24)
    end
    for _, spark in ipairs(court.sparks) do
        colour(colours.ball, 0.5 * (1 - spark.age / 0.5))
        graphics.setLineWidth(0.4)
        graphics.circle('line', spark.x, spark.y, 2 + spark.age * 16, 48)
    end
    colour(colours.ball, 0.12)
    graphics.circle('fill', ball.x + ball.off_x, ball.y + ball.off_y, court.ball_radius * 2.2, 32)
    colour(colours.ball)
    graphics.circle('fill', ball.x + ball.off_x, ball.y + ball.off_y, court.ball_radius, 32)
end

local function notice()
    local ball = court.ball
    if court.winner then
        return court.winner == court.side and 'You have won' or 'The other side has won', 'Space: another game'
    elseif ball.held == court.side then
        return 'Your service', 'Space'
    elseif ball.held then
        return '', 'The other side serves'
    end
end

local function draw_words(words, said, typing)
    local y = 440 - (typing and 26 or 0)
    for i = #words, math.max(1, #words - 4), -1 do
        local age = said - words[i].time
        if age > 10 then break end
        y = y - 19
        text(13, colours[words[i].side], words[i].text, 60, y, 680, words[i].side == 'left' and 'left' or 'right',
            math.min(1, 10 - age))
    end
    if typing then
        colour(colours.night, 0.9)
        graphics.rectangle('fill', 56, 412, 688, 26, 5, 5)
        colour(colours[court.side], 0.7)
        graphics.setLineWidth(1)
        graphics.rectangle('line', 56, 412, 688, 26, 5, 5)
        text(13, colours.text, typing .. '_', 66, 417, 668)
    end
end

local function bytes(n)
    return n < 1000 and ('%d B'):format(n) or n < 1e6 and ('%.1f kB'):format(n / 1e3) or ('%.1f MB'):format(n / 1e6)
end

local function draw_row(x, y, width, name, value, c)
    text(11, colours.dim, name, x, y)
    text(11, c or colours.text, value, x, y, width, 'right')
end

local function draw_bar(x, y, width, name, part)
    local known = part and part >= 0
    draw_row(x, y, width, name, known and ('%.0f %%'):format(part * 100) or 'not known yet')
    colour(colours.line)
    graphics.rectangle('fill', x, y + 16, width, 4, 2, 2)
    if known then
        colour(part > 0.95 and colours.good or part > 0.8 and colours.left or colours.bad)
        graphics.rectangle('fill', x, y + 16, math.max(4, width * part), 4, 2, 2)
    end
end

local function draw_pings(x, y, width, height, pings)
    local most = 0
    for _, ping in ipairs(pings) do most = math.max(most, ping) end
    draw_row(x, y - 36, width, '', ('up to %d ms'):format(most), colours.dim)
    most = math.max(most, 10)
    colour(colours.line)
    graphics.setLineWidth(1)
    graphics.line(x, y + height, x + width, y + height)
    if #pings < 2 then return end
    local points = {}
    for i, ping in ipairs(pings) do
        points[2 * i - 1] = x + width - (#pings - i) * width / (view.pings - 1)
        points[2 * i] = y + height - ping / most * height
    end
    colour(colours[court.side])
    graphics.setLineWidth(1.5)
    graphics.line(points)
end

view.pings = 120 -- how many of them are drawn

-- FIGURES: what the library says of the connection.
local function draw_figures(figures, pings)
    local y = 464
    text(11, colours.dim, 'PING', 20, y)
    text(20, colours.text, ('%d ms'):format(figures.ping), 20, y + 14)
    draw_pings(20, y + 56, 160, 40, pings)

    text(11, colours.dim, 'ARRIVES', 215, y)
    draw_bar(215, y + 18, 160, 'of ours', figures.remoteQuality)
    draw_bar(215, y + 46, 160, 'of theirs', figures.localQuality)
    draw_row(215, y + 76, 160, 'paddle messages lost', ('%d %%'):format(link.paddles_lost),
        link.paddles_lost > 0 and colours.bad)
    if link.spoilt then text(11, colours.bad, 'made bad: 5 %, 50 ms', 215, y + 96) end

    text(11, colours.dim, 'EACH SECOND', 410, y)
    draw_row(410, y + 18, 160, 'packets out', ('%.0f'):format(figures.outPacketsPerSecond))
    draw_row(410, y + 34, 160, 'packets in', ('%.0f'):format(figures.inPacketsPerSecond))
    draw_row(410, y + 50, 160, 'out', bytes(figures.outBytesPerSecond))
    draw_row(410, y + 66, 160, 'in', bytes(figures.inBytesPerSecond))
    draw_row(410, y + 82, 160, 'could be sent', bytes(figures.sendRate))

    text(11, colours.dim, 'WAITING TO GO', 605, y)
    draw_row(605, y + 18, 175, 'reliable', bytes(figures.pendingReliable))
    draw_row(605, y + 34, 175, 'unreliable', bytes(figures.pendingUnreliable))
    draw_row(605, y + 50, 175, 'not yet acknowledged', bytes(figures.sentUnackedReliable))
    draw_row(605, y + 66, 175, 'time in the queue', ('%.1f ms'):format((figures.queueTime or 0) / 1000))
end

local keys = 'W S or arrows: move     Space: serve     T: talk     F1: figures     F2: bad network     Esc: leave'

function view.game(game)
    graphics.push()
    graphics.scale(SCALE)
    draw_court()
    graphics.pop()
    text(90, colours.left, court.left, 0, 30, 370, 'right', 0.30)
    text(90, colours.right, court.right, 430, 30, 370, 'left', 0.30)
    local left = court.side == 'left'
    text(13, colours[court.side], 'you', left and 0 or 436, 20, 364, left and 'right' or 'left')
    graphics.push()
    graphics.scale(SCALE)
    draw_paddle(court.side, court.mine.y)
    draw_paddle(court.side == 'left' and 'right' or 'left', court.theirs.y)
    draw_ball()
    graphics.pop()
    local large, small = notice()
    if large then
        colour(colours.court)
        graphics.rectangle('fill', 280, 176, 240, 108)
        text(20, colours.text, large, 0, 186, view.width, 'center')
        text(15, colours.dim, small, 0, 220, view.width, 'center')
    end
    draw_words(game.words, game.time, game.typing)
    if game.figures_shown and game.figures then draw_figures(game.figures, game.pings) end
    text(11, colours.dim, keys, 0, 580, view.width, 'center')
end

function view.menu(game)
    text(64, colours.text, 'Paddles', 0, 90, view.width, 'center')
    text(15, colours.dim, 'for two, over a network', 0, 172, view.width, 'center')
    if link.state == 'waiting' then
        text(20, colours.text, 'Waiting for a guest at ' .. link.address, 0, 270, view.width, 'center')
        text(15, colours.dim, 'Esc: back', 0, 306, view.width, 'center')
    elseif link.state == 'knocking' then
        local dots = ('.'):rep(1 + math.floor(game.time * 2) % 3)
        text(20, colours.text, 'Knocking at ' .. link.address .. ' ' .. dots, 0, 270, view.width, 'center')
        text(15, colours.dim, 'Esc: back', 0, 306, view.width, 'center')
    else
        colour(colours.court)
        graphics.rectangle('fill', 220, 250, 360, 44, 6, 6)
        colour(colours.line)
        graphics.setLineWidth(1.5)
        graphics.rectangle('line', 220, 250, 360, 44, 6, 6)
        text(11, colours.dim, 'address and port of the host', 220, 232, 360, 'left')
        text(20, colours.text, game.address .. (math.floor(game.time * 2) % 2 == 0 and '|' or ''), 236, 260, 340)
        text(15, colours.right, 'Enter: join the host at this address', 0, 316, view.width, 'center')
        text(15, colours.left, 'Tab: be the host, at this port', 0, 342, view.width, 'center')
        text(15, colours.dim, 'Esc: quit', 0, 368, view.width, 'center')
    end
    if link.trouble then text(15, colours.bad, link.trouble, 60, 430, view.width - 120, 'center') end
end

function view.draw(game)
    local width, height = graphics.getDimensions()
    graphics.clear(colours.night)
    graphics.push()
    graphics.translate((width - view.width * scale) / 2, (height - view.height * scale) / 2)
    graphics.scale(scale)
    if link.state == 'playing' then view.game(game) else view.menu(game) end
    graphics.pop()
end

return view
