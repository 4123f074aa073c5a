-- Whether what the editor is told of the module is so:  lua annotations.lua ANNOTATIONS
--
-- The annotations are a program that makes the same tables with empty functions. Each function of the module has to be
-- there, nothing else may be, and every parameter has to be described. So have the fields of the tables that a program
-- is given.

local file = assert(arg[1], 'which annotations?')
local described = assert(loadfile(file))()
local Steam = require 'luasteam'
local sockets = Steam.networkingSockets
local mistakes = 0

-- The fields of each class; the value tells whether one may be missing.
local classes, class = {}, nil
for line in io.lines(file) do
    class = line:match '^%-%-%-@class luasteam%.([%w_]+)' or line:match '^%-%-%-' and class or nil
    local field, optional = line:match '^%-%-%-@field ([%w_]+)(%??)'
    if line:match '^%-%-%-@class' then classes[class] = {} end
    if field then classes[class][field] = optional == '?' end
end

local function mistake(...)
    print(string.format(...))
    mistakes = mistakes + 1
end

-- What is missing on the right of what is on the left.
local function compare(left, right, name, complaint)
    for key, value in pairs(left) do
        local other, path = right[key], name .. '.' .. tostring(key)
        if type(value) == 'string' and classes[name:match '[%w_]+$'][key] ~= nil then
            other = value
        elseif type(other) ~= type(value) then
            mistake('%s: %s, which is %s, %s', file, path, type(value), complaint)
        elseif type(value) == 'table' then
            compare(value, other, path, complaint)
        elseif type(value) == 'number' and value ~= other then
            mistake('%s: %s is %s or %s', file, path, value, other)
        end
    end
end

compare(Steam, described, 'Steam', 'is not described')
compare(described, Steam, 'Steam', 'is described, but not there')

-- Above each function its parameters, in their order, and its results.
local functions, parameters, returns, results, first = 0, {}, 0, {}, 0
for line in io.lines(file) do
    local parameter = line:match '^%-%-%-@param ([%w_]+)%??'
    local name, list = line:match '^function ([%w_.]+)%((.*)%)'
    if parameter then
        parameters[#parameters + 1] = parameter
    elseif line:match '^%-%-%-@return' then
        returns = returns + 1
    elseif name then
        functions = functions + 1
        results[name] = returns - first
        first = returns
        if table.concat(parameters, ', ') ~= list then
            mistake('%s: %s(%s) has the parameters (%s) described', file, name, list, table.concat(parameters, ', '))
        end
        parameters = {}
    end
end
if functions < 30 or returns < 20 then mistake('%s: only %d functions, %d results', file, functions, returns) end

-- What the functions say of themselves when they are called without an argument: the annotations name the first one so.
for name, list in io.open(file):read '*a':gmatch 'function ([%w_.]+)%(([^)]+)%)' do
    local first = list:match '^[%w_]+'
    local call = Steam[name:match '([%w_]+)%.'] or Steam
    local ok, text = pcall(call[name:match '[%w_]+$'], print)
    if not ok and not text:find(first, 1, true) then
        mistake('%s: the first argument of %s is %s, but the module says: %s', file, name, first, text)
    end
end

-- What a program is given, and what is said of it.
local function given(name, value)
    for field in pairs(value) do
        if classes[name][field] == nil then mistake('%s: %s.%s is not described', file, name, field) end
    end
    for field, optional in pairs(classes[name]) do
        if value[field] == nil and not optional then
            mistake('%s: %s.%s is described, but not there', file, name, field)
        end
    end
end

local seen, accepted = {}, nil
Steam.init()
function sockets.onConnectionChanged(data)
    given('ConnectionChange', data)
    seen[data.state] = true
    if data.state == 'Connecting' and sockets.acceptConnection(data.connection) == 'OK' then
        accepted = data.connection
    end
end
function sockets.onAuthenticationStatus(data)
    given('AuthenticationChange', data)
    seen.status = true
end
sockets.initAuthentication()
local listening = assert(sockets.createListenSocketIP '127.0.0.1:0')
for field in pairs(classes.ListenSocket) do
    if listening[field] == nil then mistake('%s: ListenSocket.%s is described, but not there', file, field) end
end
-- The reason comes with the failure.
if select('#', sockets.connectP2P('76561197960265729', 1)) ~= results['networkingSockets.connectP2P'] then
    mistake('%s: connectP2P has %d results', file, results['networkingSockets.connectP2P'])
end
local connection = sockets.connectByIPAddress(listening.address)
local group, message = sockets.createPollGroup(), nil
sockets.sendMessageToConnection(connection, 'x', sockets.flags.Send_Reliable)
repeat
    Steam.fumarole.wait(1000)
    Steam.runCallbacks()
    if accepted then sockets.setConnectionPollGroup(accepted, group) end
    message = message or select(2, sockets.receiveMessagesOnPollGroup(group))[1]
until message and seen.Connected and seen.status
given('GroupMessage', message)
given('RealTimeStatus', Steam.fumarole.getConnectionRealTimeStatus(connection))
Steam.shutdown()

print(('%d functions, %d mistakes'):format(functions, mistakes))
os.exit(mistakes == 0 and 0 or 1)
