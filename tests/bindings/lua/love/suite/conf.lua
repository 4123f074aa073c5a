function love.conf(t)
    t.identity = 'fumarole-tests'
    t.version = '11.0'
    t.window.width, t.window.height = 200, 100
    t.modules.audio, t.modules.joystick = false, false
end
