-- The game itself: two paddles and a ball on a court of 160 by 90, seen the same way from both sides. The host is left.
--
-- Each side decides what happens at its own end, where it sees its paddle without delay: whether the ball was hit, or
-- the point lost. It tells the other side, where the ball meanwhile went on as if nothing had happened, but no further
-- than the far paddle. What is told is as old as half a round trip; the ball is put where it must be by now, and glides
-- there.
--
-- The other paddle is shown a tenth of a second late, between two positions that have arrived, so that it moves
-- smoothly however they arrived.

local court = { width = 160, height = 90, ball_radius = 1.5, paddle_height = 17, paddle_width = 2.4, goal = 7 }

local SPEED = 80 -- of a paddle that is moved by keys, each second
local FIRST, FASTER, FASTEST = 70, 6, 150 -- speed of the ball: served, added by each hit, at most
local LATE = 0.1 -- how late the other paddle is shown, in seconds
local TICK = 1 / 30 -- between two messages with our paddle's place

-- How far from the edge the face of a paddle is.
local FACE = 5

function court.new(host, tell, show_paddle)
    court.side = host and 'left' or 'right'
    court.tell, court.show_paddle = tell, show_paddle
    court.time, court.last_tick = 0, 0
    court.mine = { y = court.height / 2, speed = 0 }
    court.theirs = { y = court.height / 2, places = {}, behind = nil }
    court.sparks = {}
    court.restart()
end

function court.restart()
    court.left, court.right = 0, 0
    court.winner = nil
    court.hold('left')
end

-- The ball lies at the paddle of one side, until that side serves.
function court.hold(side)
    court.ball = { held = side, x = 0, y = 0, vx = 0, vy = 0, off_x = 0, off_y = 0, trail = {} }
    court.held_since = court.time
end

local function face(side)
    return side == 'left' and FACE or court.width - FACE
end

local function spark(x, y)
    table.insert(court.sparks, { x = x, y = y, age = 0 })
end

local function hit(offset)
    local ball = court.ball
    local speed = math.min(FASTEST, math.max(FIRST, math.sqrt(ball.vx ^ 2 + ball.vy ^ 2) + FASTER))
    local angle = offset * 1.0
    ball.vx = speed * math.cos(angle) * (court.side == 'left' and 1 or -1)
    ball.vy = speed * math.sin(angle)
    ball.held = nil
    spark(ball.x, ball.y)
    court.tell('b', ball.x, ball.y, ball.vx, ball.vy)
end

function court.serve()
    if court.winner then
        court.tell('n')
        court.restart()
    elseif court.ball.held == court.side then
        hit((court.mine.y - court.height / 2) / court.height)
    end
end

local function lose_point()
    if court.side == 'left' then court.right = court.right + 1 else court.left = court.left + 1 end
    spark(court.ball.x, court.ball.y)
    court.tell('g', court.left, court.right)
    court.scored(court.side)
end

-- SIDE has lost a point, and has the ball.
function court.scored(side)
    court.hold(side)
    if court.left >= court.goal then court.winner = 'left' end
    if court.right >= court.goal then court.winner = 'right' end
end

-- How the ball flies, walls included, for a time in which nobody hits it.
local function fly(ball, seconds)
    local low, high = court.ball_radius, court.height - court.ball_radius
    ball.x = ball.x + ball.vx * seconds
    ball.y = ball.y + ball.vy * seconds
    if ball.y < low then
        ball.y, ball.vy = math.min(high, 2 * low - ball.y), math.abs(ball.vy)
    elseif ball.y > high then
        ball.y, ball.vy = math.max(low, 2 * high - ball.y), -math.abs(ball.vy)
    end
end

local function move_ball(seconds)
    local ball = court.ball
    local paddle = ball.held == court.side and court.mine.y or court.theirs.y
    if ball.held then
        ball.x, ball.y = face(ball.held) + (ball.held == 'left' and 1 or -1) * court.ball_radius, paddle
        if ball.held == court.side and not court.winner and court.time - court.held_since > 4 then court.serve() end
        return
    end
    local ours = (ball.vx < 0) == (court.side == 'left')
    local before, plane = ball.x, face(ours and court.side or (court.side == 'left' and 'right' or 'left'))
    local way = ball.vx < 0 and -1 or 1
    local edge = plane - way * court.ball_radius
    if not ours then
        if (ball.x - edge) * way < 0 then
            fly(ball, seconds)
            if (ball.x - edge) * way > 0 then ball.x = edge end
        end
        return
    end
    fly(ball, seconds)
    if (before - edge) * way <= 0 and (ball.x - edge) * way > 0 then
        local offset = (ball.y - court.mine.y) / (court.paddle_height / 2)
        if math.abs(offset) <= 1 + court.ball_radius / (court.paddle_height / 2) then
            ball.x = edge
            hit(math.max(-1, math.min(1, offset)))
        end
    elseif ball.x < -court.ball_radius or ball.x > court.width + court.ball_radius then
        lose_point()
    end
end

local function move_paddles(seconds, direction)
    local mine, theirs = court.mine, court.theirs
    local half = court.paddle_height / 2
    -- A paddle gets going and stops within a few hundredths of a second.
    mine.speed = mine.speed + (direction * SPEED - mine.speed) * (1 - math.exp(-seconds * 25))
    mine.y = mine.y + mine.speed * seconds
    if mine.y < half then mine.y, mine.speed = half, 0 end
    if mine.y > court.height - half then mine.y, mine.speed = court.height - half, 0 end

    if not theirs.behind then return end
    local places, when = theirs.places, court.time - theirs.behind - LATE
    while places[2] and places[2].time <= when do table.remove(places, 1) end
    local a, b = places[1], places[2]
    if b and when > a.time then
        theirs.y = a.y + (b.y - a.y) * (when - a.time) / (b.time - a.time)
    else
        -- Nothing newer has come: it moves on as it did, but not for long.
        theirs.y = a.y + a.speed * math.max(0, math.min(when - a.time, LATE))
    end
    theirs.y = math.max(half, math.min(court.height - half, theirs.y))
end

-- DIRECTION: -1 up, 0, 1 down.
function court.update(seconds, direction)
    court.time = court.time + seconds
    -- However long a frame was, a step is short, so that no ball flies through a paddle.
    local steps = math.max(1, math.min(120, math.ceil(seconds * 120)))
    for _ = 1, steps do
        move_paddles(seconds / steps, direction)
        move_ball(seconds / steps)
    end

    local ball, shrink = court.ball, math.exp(-seconds * 12)
    ball.off_x, ball.off_y = ball.off_x * shrink, ball.off_y * shrink
    table.insert(ball.trail, 1, { x = ball.x + ball.off_x, y = ball.y + ball.off_y, time = court.time })
    while court.time - ball.trail[#ball.trail].time > 0.25 do table.remove(ball.trail) end
    for i = #court.sparks, 1, -1 do
        court.sparks[i].age = court.sparks[i].age + seconds
        if court.sparks[i].age > 0.5 then table.remove(court.sparks, i) end
    end

    if court.time - court.last_tick >= TICK then
        court.last_tick = court.time
        court.show_paddle(court.time, court.mine.y, court.mine.speed)
    end
end

local function number(x, least, most)
    return x == x and math.max(least, math.min(most, x)) or 0
end

-- What the other side says of its paddle: where it was at a time of its clock.
function court.paddle_was(time, y, speed)
    local theirs = court.theirs
    local behind = court.time - time
    local newest = theirs.places[#theirs.places]
    if time ~= time or newest and time <= newest.time then return end
    -- The clocks differ by what the fastest message of late says; slower ones were held up on their way.
    if theirs.behind and behind - theirs.behind < 0.5 then
        theirs.behind = math.min(behind, theirs.behind + 0.0003)
    else
        theirs.behind = behind
    end
    table.insert(theirs.places, { time = time, y = number(y, 0, court.height), speed = number(speed, -SPEED, SPEED) })
    if #theirs.places > 60 then table.remove(theirs.places, 1) end
end

-- What it says of the ball: where it hit it, SECONDS ago.
function court.ball_was(x, y, vx, vy, seconds)
    local ball = court.ball
    local shown_x, shown_y = ball.x + ball.off_x, ball.y + ball.off_y
    ball.held = nil
    ball.x, ball.y = number(x, 0, court.width), number(y, 0, court.height)
    ball.vx, ball.vy = number(vx, -FASTEST, FASTEST), number(vy, -FASTEST, FASTEST)
    spark(ball.x, ball.y)
    fly(ball, math.min(seconds, 0.3))
    ball.off_x, ball.off_y = shown_x - ball.x, shown_y - ball.y
end

function court.points_are(left, right)
    court.left, court.right = left, right
    court.scored(court.side == 'left' and 'right' or 'left')
end

return court
