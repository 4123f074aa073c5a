-- The description of the Lua module, its annotations and the module itself name the same functions, flags and values.
--
--   lua lua.lua LIST ANNOTATIONS      the generated functions.lua, and library/luasteam.lua; LUA_CPATH leads to the module

local list = dofile(arg[1])
local annotated = dofile(arg[2])
local Steam = require 'luasteam'
local problems = 0

local function problem(...)
    print(string.format(...))
    problems = problems + 1
end

-- The table under a name such as Steam.networkingSockets.
local function reach(root, path)
    for name in path:gmatch('%.(%w+)') do
        root = type(root) == 'table' and root[name] or nil
    end
    return type(root) == 'table' and root or {}
end

local function compare(kind, path, wanted, found)
    for name in pairs(wanted) do
        if not found[name] then problem('%s has no %s.%s', kind, path, name) end
    end
    for name in pairs(found) do
        if not wanted[name] then problem('%s has %s.%s, which is not described', kind, path, name) end
    end
end

local function functions_of(holder)
    local names = {}
    for name, value in pairs(holder) do
        if type(value) == 'function' then names[name] = true end
    end
    return names
end

local count = 0
for path, names in pairs(list) do
    local wanted = {}
    for _, name in ipairs(names) do
        wanted[name] = true
        count = count + 1
    end
    compare('the module', path, wanted, functions_of(reach(Steam, path)))
    compare('the annotations', path, wanted, functions_of(reach(annotated, path)))
end

local flags = annotated.networkingSockets.flags
compare('the module', 'flags', flags, Steam.networkingSockets.flags)
for name, value in pairs(flags) do
    if Steam.networkingSockets.flags[name] ~= value then
        problem('flags.%s is %s, described as %d', name, tostring(Steam.networkingSockets.flags[name]), value)
    end
end

if count < 30 then problem('only %d functions are described', count) end
if problems == 0 then print(count .. ' functions agree') end
os.exit(problems == 0 and 0 or 1)
