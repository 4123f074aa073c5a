-- Runs a program that was written for the plain interpreter, inside LÖVE:  love program FILE [ARGUMENT...]
arg = { [0] = arg[2], select(3, unpack(arg)) }
io.stdout:setvbuf 'line'
dofile(arg[0])
love.event.quit(0)
