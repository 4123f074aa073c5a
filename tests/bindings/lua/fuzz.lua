-- Calls every function of the module with wrong types and values:  lua fuzz.lua [CALLS [SEED]]
--
-- Nothing may crash the interpreter: an error or a result is fine, whatever it is. The same seed makes the same calls
-- in every version of Lua, apart from the order in which rubbish is collected. With FUZZ_TRACE in the environment each
-- call is printed before it is made, so that the last line is the one that crashed.

local Steam = require 'luasteam'
local old = require 'luasteam1'

local calls = tonumber((arg or {})[1]) or 100000
local seed = tonumber((arg or {})[2]) or 1
local trace = os.getenv 'FUZZ_TRACE'
print(('%d calls, seed %d'):format(calls, seed))

-- A generator of its own, since math.random has a different one in each version: Lehmer's, exact in doubles.
local state = seed % 2147483646 + 1
local function random(n)
    state = state * 48271 % 2147483647
    return state % n + 1
end

local function pick(list)
    return list[random(#list)]
end

local unpack = table.unpack or unpack

-- Every function of a table and of the tables in it, each once, by its name; in the order of the names.
local function functions_of(modules)
    local found, seen = {}, {}
    local function look(value, name)
        if seen[value] then return end
        if type(value) == 'function' then
            seen[value] = true
            found[#found + 1] = { name = name, call = value }
        elseif type(value) == 'table' then
            seen[value] = true
            for key, inner in pairs(value) do look(inner, name .. '.' .. tostring(key)) end
            look(getmetatable(value), name .. '!')
        end
    end
    for name, value in pairs(modules) do
        if type(value) == 'userdata' then
            look(debug.getmetatable(value), name)
        else
            look(value, name)
        end
    end
    table.sort(found, function(a, b) return a.name < b.name end)
    return found
end

Steam.init()
local sockets = Steam.networkingSockets
local live = sockets.createListenSocketIP('127.0.0.1:0')
local address = Steam.fumarole.getListenSocketAddress(live)
local functions = functions_of {
    Steam = Steam, old = old, socket = live, uint64 = Steam.extra.parseUint64 '76561197960287930',
    connection = old.networkingSockets.connectByIPAddress(address),
}

local circle = {}
circle[1], circle.conn, circle.NagleTime = circle, circle, circle
local trap = setmetatable({}, {
    __index = function() error 'the trap was touched' end,
    __len = function() return 1e9 end,
    __tostring = function() error 'the trap was named' end,
    __name = 'trap',
})
-- A table that does something behind the back of whoever reads it.
local meddler = {}
local meddle = setmetatable({}, { __index = function(_, key)
    local what = random(30)
    if what == 1 then
        Steam.shutdown()
    elseif what == 2 then
        pcall(Steam.init)
    elseif what == 3 then
        pcall(Steam.runCallbacks)
    elseif what == 4 then
        collectgarbage()
    end
    return meddler[key] and meddler[key]()
end })
local never = coroutine.create(function() end)

-- What was made on the way, to be used rightly and wrongly later. Which kind of thing it was is known for some.
local made = { n = 0 }
local pools = { connection = {}, group = {}, socket = {}, id = {}, old = {} }
local function keep(value, kind)
    if value ~= nil then
        made.n = made.n % 64 + 1
        made[made.n] = value
        if kind then pools[kind][random(8)] = value end
    end
end

local handle = {}
function handle.connection() return sockets.connectByIPAddress(address, { TimeoutInitial = 1000 }) end
function handle.group() return sockets.createPollGroup() end
function handle.socket() return (sockets.createListenSocketIP '127.0.0.1:0') end
function handle.id() return Steam.extra.parseUint64 '76561197960287930' end
function handle.old() return old.networkingSockets.connectByIPAddress(address) end

local whole = { 0, 1, 2, -1, 5, 8, 9, 31, 32, 33, 40, 64, 999, 1000, 65535, 65536, 2147483647, 2147483648, -2147483648,
    4294967295, 4294967296, 9007199254740992, -9007199254740992, 9223372036854775807, 1.8446744073709552e19 }
local broken = { 0.5, -0.5, 1e300, -1e300, 0 / 0, 1 / 0, -1 / 0, 1e-300 }
local words = { '', 'x', '0', '1', '-1', '32', '127.0.0.1:0', '[::1]:0', '[::]:0', '127.0.0.1', '127.0.0.1:99999', ':::',
    '[::', 'localhost:1', '%s%n%d', 'OK', 'None', ('y'):rep(1000), ('z'):rep(70000), 'a\0b', '\255\254',
    '18446744073709551615', '18446744073709551616', '76561197960287930', 'str:fuzz', 'steamid:76561197960287930', 'NagleTime', 'Send_Reliable' }
local options = { 'TimeoutInitial', 'TimeoutConnected', 'SendBufferSize', 'SendRateMin', 'SendRateMax', 'NagleTime',
    'IP_AllowWithoutAuth', 'MTU_PacketSize', 'Unencrypted', 'SymmetricConnect', 'LocalVirtualPort' }

-- Values of all kinds, and tables of such values.
local make = {}
local function any() return make[random(#make)]() end
local plain = 22 -- so many of them, from the first, are no tables of others
local function inner() return make[random(plain)]() end
make = {
    function() return nil end,
    function() return random(2) == 1 end,
    function() return pick(whole) end,
    function() return pick(whole) end,
    function() return pick(broken) end,
    function() return pick(words) end,
    function() return pick(words) end,
    function() return address end,
    function() return made[random(64)] end,
    function() return made[random(64)] end,
    function() return made[random(64)] end,
    function() return live end,
    function() return {} end,
    function() return circle end,
    function() return trap end,
    function() return meddle end,
    function() return never end,
    function() return io.stdout end,
    function() return print end,
    function() return error end,
    function() return Steam end,
    function() return sockets.flags end,
    function() return { [pick(options)] = inner(), [pick(options)] = pick(whole) } end,
    function() return { inner(), inner(), inner() } end,
    function() -- messages, of which some are right
        local list = {}
        for i = 1, random(40) do
            local conn, flag = random(3) == 1 and inner() or made[random(64)], random(2) == 1 and inner() or 8
            list[i] = random(20) == 1 and inner() or { conn = conn, msg = inner(), flag = flag }
        end
        return list
    end,
}

-- What is right, most of the time: only who gets past the first check can fail further inside.
local right = {}
function right.connection() return pools[pick { 'connection', 'connection', 'connection', 'old' }][random(8)] end
function right.group() return pools.group[random(8)] end
function right.socket() return pools.socket[random(8)] end
function right.id()
    local ok, id = pcall(Steam.user.getSteamID)
    return random(2) == 1 and ok and id or pools.id[random(8)]
end
function right.port() return random(4) - 1 end
function right.listen() return '127.0.0.1:0' end
function right.address() return address end
function right.options() return random(2) == 1 and { [pick(options)] = pick(whole), NagleTime = 0 } or nil end
function right.message() return pick(words) end
function right.flag() return pick { 0, 1, 5, 8, 9 } end
function right.boolean() return random(2) == 1 end
function right.most() return random(33) - 1 end
function right.config() return pick { 'FakePacketLoss_Send', 'FakePacketLag_Send', 'SendBufferSize', 'NagleTime' } end
function right.small() return random(100) - 1 end
function right.object() return right[pick { 'id', 'socket', 'connection' }]() end
function right.moment() return 0 end -- any other time is spared

local shapes = {
    createListenSocketP2P = { 'port', 'options' },
    connectP2P = { 'id', 'port', 'options' },
    createListenSocketIP = { 'listen', 'options' },
    connectByIPAddress = { 'address', 'options' },
    acceptConnection = { 'connection' },
    closeConnection = { 'connection', 'boolean' },
    closeListenSocket = { 'socket' },
    sendMessageToConnection = { 'connection', 'message', 'flag' },
    flushMessagesOnConnection = { 'connection' },
    receiveMessagesOnConnection = { 'connection', 'most' },
    getConnectionInfo = { 'connection' },
    destroyPollGroup = { 'group' },
    setConnectionPollGroup = { 'connection', 'group' },
    receiveMessagesOnPollGroup = { 'group', 'most' },
    getConnectionRealTimeStatus = { 'connection' },
    getDetailedConnectionStatus = { 'connection' },
    getListenSocketAddress = { 'socket' },
    setConfigValue = { 'config', 'small' },
    parseUint64 = { 'message' },
    setPacing = { 'boolean' },
    wait = { 'moment' },
    __tostring = { 'object' },
    __eq = { 'id', 'id' },
    __lt = { 'id', 'id' },
    __le = { 'id', 'id' },
}

meddler.conn, meddler.msg, meddler.flag = right.connection, right.message, right.flag

local function messages()
    local list, count = {}, random(40)
    for i = 1, count do
        list[i] = { conn = right.connection(), msg = right.message(), flag = right.flag() }
    end
    if random(3) == 1 then list[random(count)] = random(2) == 1 and meddle or inner() end
    if random(3) == 1 then list[random(count)] = { conn = right.connection(), msg = inner(), flag = inner() } end
    return list, count
end

-- Arguments for a function, and how many.
local function arguments_for(name)
    name = name:match '[%w_]+$'
    local shape, list = shapes[name], {}
    if random(3) == 1 or not (shape or name == 'sendMessages') then
        local count = random(6) - 1
        for i = 1, count do list[i] = any() end
        return list, count
    elseif name == 'sendMessages' then
        local entries, most = messages()
        list[1], list[2] = random(10) == 1 and any() or random(most + 1) - 1, entries
        return list, 2
    end
    for i, kind in ipairs(shape) do
        if random(8) == 1 then list[i] = any() else list[i] = right[kind]() end
    end
    return list, #shape
end

-- What a program may have put into the place of a callback.
local callbacks = {
    function() return nil end,
    any,
    function() return function() error 'raised by a callback' end end,
    function() return function() error(setmetatable({}, { __tostring = function() error 'twice' end })) end end,
    function() return function(data) sockets.acceptConnection(data.connection) end end,
    function() return function(data) sockets.closeConnection(data.connection) end end,
    function() return function() Steam.runCallbacks() end end,
    function() return function() Steam.shutdown() end end,
    function() return function() Steam.shutdown() Steam.init() end end,
    function() return function() collectgarbage() end end,
    function() return coroutine.wrap(function() while true do coroutine.yield(1) end end) end,
}

-- Values that are wrong for a good reason are left to other tests: a wait of half a minute, the end of all at every
-- turn.
local function spared(name, arguments)
    if name:match 'wait$' then return type(arguments[1]) ~= 'nil' and (tonumber(arguments[1]) or 0) ~= 0 end
    if name:match 'shutdown$' then return random(20) ~= 1 end
    return false
end

local function describe(value)
    return type(value) == 'string' and ('%q'):format(value:sub(1, 40)) or type(value) == 'number' and tostring(value)
        or type(value)
end

local done, raised, texts, good = 0, 0, {}, {}
while done < calls do
    local target = functions[random(#functions)]
    local arguments, count = arguments_for(target.name)
    if not spared(target.name, arguments) then
        if trace then
            local said = {}
            for i = 1, count do said[i] = describe(arguments[i]) end
            io.stderr:write(target.name, '(', table.concat(said, ', '), ')\n')
        end
        local ok, one = pcall(target.call, unpack(arguments, 1, count))
        done = done + 1
        if ok then
            good[target.name] = (good[target.name] or 0) + 1
            if random(4) == 1 then keep(one) end
        else
            raised = raised + 1
            texts[target.name] = one
        end
    end
    local turn = random(200)
    if turn == 1 then
        sockets.onConnectionChanged = pick(callbacks)()
    elseif turn == 2 then
        sockets.onAuthenticationStatus = pick(callbacks)()
    elseif turn == 3 then
        collectgarbage()
    elseif turn <= 8 then
        pcall(Steam.runCallbacks)
    elseif turn <= 14 then
        local kind = pick { 'connection', 'group', 'socket', 'id', 'old' }
        local ok, value = pcall(handle[kind])
        if ok then keep(value, kind) end
    elseif turn <= 17 then
        pcall(Steam.init)
    elseif turn == 18 then
        pcall(function() sockets.apiVersion = random(5) == 1 and any() or random(2) end)
    end
    if done % 1000 == 0 then -- what the program has lost hold of would otherwise grow all the time
        pcall(Steam.shutdown)
        Steam.init()
        local again = sockets.createListenSocketIP('127.0.0.1:0')
        if again then live, address = again, Steam.fumarole.getListenSocketAddress(again) end
    end
end

sockets.onConnectionChanged, sockets.onAuthenticationStatus = nil, nil
Steam.shutdown()
made, live = nil, nil
collectgarbage()
collectgarbage()
for _, target in ipairs(functions) do
    if not good[target.name] and not target.name:find '!' and calls >= 20000 then
        print('never without an error: ' .. target.name)
        os.exit(1)
    end
end
print(('%d functions, %d calls, of which %d raised an error'):format(#functions, done, raised))
if trace then
    for name, text in pairs(texts) do print(name, text) end
end
