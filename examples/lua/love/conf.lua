-- A game of your own has luasteam.so beside its main.lua and needs no such line: this one also finds it where `make`
-- puts it.
package.cpath = love.filesystem.getSource() .. '/../../../build/lua/jit/?.so;' .. package.cpath

function love.conf(t)
    t.identity = 'fumarole-paddles'
    t.version = '11.0'
    t.window.title = 'Paddles'
    t.window.width = 800
    t.window.height = 600
    t.window.msaa = 4
    t.modules.audio = false
    t.modules.sound = false
    t.modules.joystick = false
    t.modules.physics = false
    t.modules.video = false
end
