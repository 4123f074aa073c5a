-- Runs the suite inside LÖVE:  love suite DIRECTORY-OF-THE-SUITE [FILTER]
io.stdout:setvbuf 'line'
package.path = arg[2] .. '/?.lua;' .. package.path
print('LÖVE ' .. table.concat({ love.getVersion() }, '.', 1, 3) .. ', ' .. jit.version)
love.event.quit(require 'suite' (arg[3]) == 0 and 0 or 1)
