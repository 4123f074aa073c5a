-- A wrong argument raises an error that names the function, the argument, what was expected and what was given.

local frame = require "frame"
local world = require "world"
local Steam = require "luasteam"
local sockets = Steam.networkingSockets
local test, check, equal, contains, fails = frame.test, frame.check, frame.equal, frame.contains, frame.fails

local HANDLE = { good = 1, wrong = { {}, true, print, "one", 1.5, 0 / 0, 1 / 0, io.stdout, coroutine.create(function() end) } }
local ADDRESS = { good = "127.0.0.1:9", wrong = {
    {}, true, print, 9, "", "nowhere", "127.0.0.1", "127.0.0.1:99999", "[::1]", "localhost:9", "127.0.0.1:9\0", io.stdout,
} }
local OPTIONS = { good = {}, optional = true, wrong = {
    true, print, 9, "text", { NagleTime = "soon" }, { NagleTime = {} }, { MTU_PacketSize = 1.5 }, { NagleTime = 2 ^ 31 },
    { NagleTime = 0 / 0 }, { NagleTime = true },
} }
local PORT = { good = 1, wrong = { {}, true, print, "one", -1, 65536, 1.5, 2 ^ 60, io.stdout } }
local ID = { good = "76561197960265729", wrong = {
    {}, true, print, "", "-1", "1.5", "0x10", "18446744073709551616", "7 ", -1, 1.5, 2 ^ 60, 0 / 0, io.stdout,
} }
local FLAG = { good = 8, wrong = { {}, true, print, "Reliable", -1, 64, 1.5, 2 ^ 40, io.stdout } }
local TEXT = { good = "text", wrong = { {}, true, print, io.stdout } }
local LINGER = { good = false, optional = true, wrong = { {}, 0, 1, "true", print, io.stdout } }
local NUMBER = { good = 0, wrong = { {}, true, print, "many", -1, 1.5, 2 ^ 31, 0 / 0, io.stdout } }
local MESSAGES = { good = {}, wrong = { true, print, 7, "text", io.stdout } }
local MOST = { good = 1, optional = true, wrong = { {}, true, print, "many", 0, 33, -1, 1.5, 0 / 0, io.stdout } }
local SWITCH = { good = true, wrong = { 1, "on", {}, print } }
local VALUE = { good = 1, optional = true, wrong = { {}, true, print, "much" } }
local NAME = { good = "NagleTime", wrong = { {}, true, print, "Colour", "" } }
local DECIMAL = { good = "1", wrong = { {}, true, print, "", "one", "-1", "18446744073709551616", io.stdout } }
local IDENTITY = { good = nil, optional = true, wrong = { {}, true, print, "alice", "1", ":", "steamid:1", "str:alice\0", io.stdout } }

-- function, its name, and its arguments by name
local functions = {
    { Steam.init, "init", { "identity", IDENTITY } },
    { Steam.extra.parseUint64, "parseUint64", { "text", DECIMAL } },
    { sockets.createListenSocketIP, "createListenSocketIP", { "address", ADDRESS }, { "options", OPTIONS } },
    { sockets.createListenSocketP2P, "createListenSocketP2P", { "virtualPort", PORT }, { "options", OPTIONS } },
    { sockets.connectByIPAddress, "connectByIPAddress", { "address", ADDRESS }, { "options", OPTIONS } },
    { sockets.connectP2P, "connectP2P", { "steamID", ID }, { "virtualPort", PORT }, { "options", OPTIONS } },
    { sockets.acceptConnection, "acceptConnection", { "connection", HANDLE } },
    { sockets.closeConnection, "closeConnection", { "connection", HANDLE }, { "linger", LINGER } },
    { sockets.closeListenSocket, "closeListenSocket", { "socket", HANDLE } },
    { sockets.sendMessageToConnection, "sendMessageToConnection", { "connection", HANDLE }, { "message", TEXT },
        { "flag", FLAG } },
    { sockets.sendMessages, "sendMessages", { "n", NUMBER }, { "messages", MESSAGES } },
    { sockets.flushMessagesOnConnection, "flushMessagesOnConnection", { "connection", HANDLE } },
    { sockets.receiveMessagesOnConnection, "receiveMessagesOnConnection", { "connection", HANDLE },
        { "most", MOST } },
    { sockets.getConnectionInfo, "getConnectionInfo", { "connection", HANDLE } },
    { sockets.destroyPollGroup, "destroyPollGroup", { "pollGroup", HANDLE } },
    { sockets.setConnectionPollGroup, "setConnectionPollGroup", { "connection", HANDLE }, { "pollGroup", HANDLE } },
    { sockets.receiveMessagesOnPollGroup, "receiveMessagesOnPollGroup", { "pollGroup", HANDLE },
        { "most", MOST } },
    { Steam.fumarole.wait, "wait", { "milliseconds", NUMBER } },
    { Steam.fumarole.setPacing, "setPacing", { "on", SWITCH } },
    { Steam.fumarole.setConfigValue, "setConfigValue", { "name", NAME }, { "value", VALUE } },
    { Steam.fumarole.getConnectionRealTimeStatus, "getConnectionRealTimeStatus", { "connection", HANDLE } },
    { Steam.fumarole.getDetailedConnectionStatus, "getDetailedConnectionStatus", { "connection", HANDLE } },
    { Steam.fumarole.getListenSocketAddress, "getListenSocketAddress", { "socket", HANDLE } },
}
local without_arguments = {
    [Steam] = { "shutdown", "runCallbacks" },
    [Steam.fumarole] = { "time" },
    [Steam.user] = { "getSteamID" },
    [Steam.networkingUtils] = { "initRelayNetworkAccess", "getRelayNetworkStatus" },
    [sockets] = { "initAuthentication", "getAuthenticationStatus", "getIdentity", "createPollGroup" },
}

local unpack = unpack or table.unpack

for _, entry in ipairs(functions) do
    local name = entry[2]
    test("lua arguments of " .. name, function()
        world.start()
        local call = entry[1]
        for index = 3, #entry do
            local argument, kind = entry[index][1], entry[index][2]
            local good = {}
            for other = 3, #entry do
                good[other - 2] = entry[other][2].good
            end
            local function call_with(wrong)
                local arguments = { unpack(good, 1, #entry - 2) }
                arguments[index - 2] = wrong
                return fails(call, unpack(arguments, 1, #entry - 2))
            end
            for _, wrong in ipairs(kind.wrong) do
                contains(call_with(wrong), "bad argument #" .. index - 2 .. " to '" .. name .. "' (" .. argument .. ": ",
                    " expected", ", got ")
            end
            if not kind.optional then
                contains(call_with(nil), "#" .. index - 2, name, argument, " expected", "got nil")
                local few = fails(call, unpack(good, 1, index - 3))
                contains(few, "#" .. index - 2, name, argument, " expected", "got no value")
            end
        end
    end)
end

test("lua arguments: every function is looked at", function()
    local seen = {}
    for _, entry in ipairs(functions) do
        seen[entry[1]] = true
    end
    for owner, names in pairs(without_arguments) do
        for _, name in ipairs(names) do
            seen[owner[name]] = true
        end
    end
    for _, owner in ipairs({ Steam, Steam.user, Steam.extra, Steam.networkingUtils, Steam.fumarole, sockets }) do
        for name, value in pairs(owner) do
            check(type(value) ~= "function" or seen[value], name .. " is not looked at")
        end
    end
end)

test("lua arguments: an error says where the program called", function()
    local text = fails(function()
        sockets.acceptConnection({})
    end)
    check(text:match("^%S*tests_arguments%.lua:%d+: bad argument"), text)
end)

test("lua arguments: a colon in place of a dot is pointed out", function()
    contains(fails(function()
        sockets:acceptConnection(1)
    end), "call it with '.', not with ':'")
    contains(fails(function()
        Steam:init()
    end), "call it with '.', not with ':'")
    -- Any other table is only a wrong argument.
    check(not fails(sockets.acceptConnection, {}):find("call it"))
    check(not fails(sockets.acceptConnection, setmetatable({}, { __index = sockets })):find("call it"))
end)

test("lua arguments: a userdata that is not ours is none of our objects", function()
    world.start()
    local listen = assert(sockets.createListenSocketIP("127.0.0.1:0"))
    contains(fails(sockets.acceptConnection, listen), "got listen socket")
    contains(fails(sockets.closeListenSocket, Steam.user.getSteamID()), "got uint64")
    contains(fails(sockets.receiveMessagesOnPollGroup, listen), "got listen socket")
    local index = (debug.getmetatable or getmetatable)(listen).__index
    contains(fails(index, {}, "port"), "socket expected")
    contains(fails(index, io.stdout, "port"), "socket expected")
    contains(fails((debug.getmetatable or getmetatable)(Steam.user.getSteamID()).__tostring, io.stdout), "uint64 expected")
end)

test("lua arguments: entries of sendMessages are all looked at before anything is sent", function()
    world.start()
    local pair = world.connect()
    local good = { conn = pair.client, msg = "text", flag = 8 }
    local wrong = {
        ["messages[2]"] = { 7, "text", true },
        ["messages[2].conn"] = { { msg = "", flag = 8 }, { conn = {}, msg = "", flag = 8 }, { conn = "", msg = "", flag = 8 } },
        ["messages[2].msg"] = { { conn = 1, flag = 8 }, { conn = 1, msg = {}, flag = 8 } },
        ["messages[2].flag"] = { { conn = 1, msg = "" }, { conn = 1, msg = "", flag = "8x" }, { conn = 1, msg = "", flag = 64 } },
    }
    for place, entries in pairs(wrong) do
        for _, entry in ipairs(entries) do
            contains(fails(sockets.sendMessages, 2, { good, entry }), "#2", "sendMessages", place .. ",", "expected", "got")
        end
    end
    contains(fails(sockets.sendMessages, 2, { good }), "messages[2], got nil")
    contains(fails(sockets.sendMessages, 2 ^ 31 - 1, { good }), "messages[2], got nil")
    sockets.sendMessageToConnection(pair.client, "the only one", 9)
    frame.equal_lists(world.receive(pair.server, 1), { "the only one" })
end)

test("lua arguments: entries of sendMessages may have metatables, and may fail in the middle", function()
    world.start()
    local pair = world.connect()
    local asked = 0
    local entry = setmetatable({}, { __index = function(_, key)
        asked = asked + 1
        if asked > 4 then
            error("not any more")
        end
        return ({ conn = pair.client, msg = "late " .. asked, flag = 8 })[key]
    end })
    contains(fails(sockets.sendMessages, 2, { { conn = pair.client, msg = "", flag = 8 }, entry }), "not any more")
    local changing = setmetatable({}, { __index = function(_, key)
        asked = asked + 1
        return ({ conn = pair.client, msg = asked < 10 and "text" or {}, flag = 9 })[key]
    end })
    contains(fails(sockets.sendMessages, 1, { changing }), "messages[1].msg, got table")
    sockets.sendMessageToConnection(pair.client, "the only one", 9)
    frame.equal_lists(world.receive(pair.server, 1), { "the only one" })
end)

test("lua arguments: entries of sendMessages may shut down while they are looked at", function()
    for turn = 1, 8 do
        for _, starts_again in ipairs({ false, true }) do
            world.start()
            local pair = world.connect()
            local asked = 0
            local entry = setmetatable({}, { __index = function(_, key)
                asked = asked + 1
                if asked == turn then
                    Steam.shutdown()
                    if starts_again then
                        assert(Steam.init())
                    end
                end
                return ({ conn = pair.client, msg = "text", flag = 8 })[key]
            end })
            local good, sent = pcall(sockets.sendMessages, 2, { { conn = pair.client, msg = "", flag = 8 }, entry })
            if good then
                frame.equal_lists(sent, turn <= 6 and { false, false } or { true, true })
            end
            Steam.shutdown()
        end
    end
end)

test("lua arguments: numbers may be written as text, as everywhere in Lua", function()
    world.start()
    local pair = world.connect()
    equal(sockets.getConnectionInfo(tostring(pair.client)), "OK")
    equal(sockets.sendMessageToConnection(pair.client, 12, "9"), "OK")
    frame.equal_lists(world.receive(pair.server, 1), { "12" })
end)

test("lua arguments: numbers that can be no handle are bad handles", function()
    world.start()
    for _, number in ipairs({ 0, -1, 2 ^ 32, 2 ^ 52, -2 ^ 40 }) do
        equal(sockets.acceptConnection(number), "InvalidParam")
        equal((sockets.receiveMessagesOnPollGroup(number)), -1)
        equal(sockets.destroyPollGroup(number), false)
        sockets.closeConnection(number, true)
        sockets.closeListenSocket(number)
    end
    local pair = world.connect()
    equal(sockets.getConnectionInfo(pair.client), "OK")
    equal(sockets.getConnectionInfo(pair.client + 2 ^ 32), "None")
    equal(sockets.getConnectionInfo(pair.client - 2 ^ 32), "None")
end)

test("lua arguments: before init everything that needs the library says so; closing does not", function()
    for _, entry in ipairs(functions) do
        local arguments = {}
        for index = 3, #entry do
            arguments[index - 2] = entry[index][2].good
        end
        local name = entry[2]
        if sockets[name] and not name:find("^close") and not name:find("^destroy") then
            contains(fails(entry[1], unpack(arguments)), name, "call Steam.init() first")
        end
    end
    sockets.closeConnection(1)
    sockets.closeListenSocket(1)
    equal(sockets.destroyPollGroup(1), false)
    Steam.runCallbacks()
    Steam.shutdown()
end)

test("lua arguments: more of them than needed do no harm", function()
    world.start()
    Steam.runCallbacks(1, {}, "x")
    equal(sockets.createPollGroup(1, 2, 3) ~= 0, true)
    equal(sockets.getIdentity({}), Steam.user.getSteamID(7))
end)
