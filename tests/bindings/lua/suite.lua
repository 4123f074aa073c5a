-- All tests of the module. Returns run(pattern), which gives the number of failures; as a program, it ends with it.
--
--   LUA_PATH=.../tests/bindings/lua/?.lua LUA_CPATH=.../build/lua/5.4/?.so lua5.4 suite.lua [PATTERN]

local frame = require "frame"
local world = require "world"

for _, name in ipairs({ "checklist", "arguments", "numbers", "callbacks", "life", "first_generation", "extras" }) do
    require("tests_" .. name)
end

local function run(pattern)
    return frame.run(pattern, world.stop)
end

if arg and arg[0] and arg[0]:find("suite%.lua$") then
    os.exit(run(arg[1]) == 0 and 0 or 1, true) -- closing the state, where the Lua can
end

return run
