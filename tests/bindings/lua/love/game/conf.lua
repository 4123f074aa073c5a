-- The window of the game itself; arg[2] is where the game is.
dofile(arg[2] .. '/conf.lua')
