-- Nothing to see, nothing to hear.
function love.conf(t)
    t.window = false
    for _, name in ipairs({ 'window', 'graphics', 'audio', 'sound', 'joystick' }) do
        t.modules[name] = false
    end
end
