-- 64-bit ids, exact in every Lua.

local frame = require "frame"
local world = require "world"
local Steam = require "luasteam"
local sockets = Steam.networkingSockets
local parse = Steam.extra.parseUint64
local test, check, equal, contains, fails = frame.test, frame.check, frame.equal, frame.contains, frame.fails

test("lua numbers: text there and back", function()
    for _, text in ipairs({ "0", "1", "9007199254740993", "76561197960265729", "9223372036854775808", "18446744073709551615" }) do
        equal(tostring(parse(text)), text)
    end
    equal(tostring(parse("00012")), "12")
    equal(tostring(parse(12)), "12")
end)

test("lua numbers: equal ones are equal, others are not, even if they differ in the last bit", function()
    check(parse("76561197960265729") == parse("76561197960265729"))
    check(parse("76561197960265729") ~= parse("76561197960265728"))
    check(parse("1") ~= 1)
    check(parse("1") ~= "1")
end)

test("lua numbers: order", function()
    local numbers = {}
    for _, text in ipairs({ "18446744073709551615", "2", "9223372036854775808", "10", "9007199254740993", "9007199254740992" }) do
        numbers[#numbers + 1] = parse(text)
    end
    table.sort(numbers)
    local texts = {}
    for index, number in ipairs(numbers) do
        texts[index] = tostring(number)
    end
    frame.equal_lists(texts, { "2", "10", "9007199254740992", "9007199254740993", "9223372036854775808", "18446744073709551615" })
    check(parse("2") <= parse("2") and not (parse("2") < parse("2")) and parse("3") > parse("2") and parse("3") >= parse("2"))
    fails(function()
        return parse("2") < 3
    end)
    fails(function()
        return parse("2") < "3"
    end)
end)

test("lua numbers: they are keys of tables", function()
    local names = { [parse("76561197960265729")] = "ada" }
    collectgarbage()
    collectgarbage()
    equal(names[parse("76561197960265729")], "ada")
    equal(names[parse("76561197960265728")], nil)
end)

test("lua numbers: concatenation", function()
    equal("id " .. parse("7") .. "!", "id 7!")
    equal(parse("7") .. parse("8"), "78")
    equal(parse("7") .. 8, "78")
    fails(function()
        return parse("7") .. {}
    end)
end)

test("lua numbers: their metatable is out of reach", function()
    equal(getmetatable(parse("1")), "uint64")
    fails(setmetatable, parse("1"), {})
end)

test("lua numbers: many come and go, and those that nobody holds leave nothing behind", function()
    local function make(first, last)
        for number = first, last do
            parse(tostring(number))
        end
        collectgarbage()
        collectgarbage()
        return collectgarbage("count")
    end
    local before = make(1, 1000)
    local kept = parse("12345")
    local after = make(10001, 60000)
    check(after - before < 4000, "50000 numbers take " .. after - before .. " KiB")
    equal(parse("12345"), kept)
end)

test("lua numbers: an id is taken as object, as text, and as a number that holds it exactly", function()
    world.start()
    assert(sockets.createListenSocketP2P(1))
    local id = sockets.getIdentity()
    check(sockets.connectP2P(id, 1) ~= 0)
    check(sockets.connectP2P(tostring(id), 1) ~= 0)
    equal((sockets.connectP2P(5, 1)), 0, "nobody")
    if math.type then -- 5.3 and later
        local integer = math.tointeger(tostring(id)) or math.tointeger(tonumber(tostring(id)))
        equal(math.type(integer), "integer")
        check(sockets.connectP2P(integer, 1) ~= 0)
        contains(fails(sockets.connectP2P, -1, 1), "64-bit id")
    end
    -- A float does not hold the id, and says so in place of connecting to somebody else.
    contains(fails(sockets.connectP2P, 292733974001090561.0, 1), "decimal string")
    -- The least of those that stand for more than one number.
    contains(fails(sockets.connectP2P, 2 ^ 53, 1), "decimal string")
    equal((sockets.connectP2P(2 ^ 53 - 1, 1)), 0)
end)

test("lua numbers: LuaJIT's own 64-bit numbers are ids, too", function()
    if type(jit) ~= "table" then
        return
    end
    world.start()
    local ffi = require "ffi"
    assert(sockets.createListenSocketP2P(1))
    local id = ffi.new("uint64_t", 0)
    for digit in tostring(sockets.getIdentity()):gmatch("%d") do
        id = id * 10 + tonumber(digit)
    end
    check(sockets.connectP2P(id, 1) ~= 0)
    check(sockets.connectP2P(ffi.cast("int64_t", id), 1) ~= 0)
    contains(fails(sockets.connectP2P, ffi.new("int64_t", -5), 1), "64-bit id")
    contains(fails(sockets.connectP2P, ffi.new("int[3]"), 1), "64-bit id")
end)

test("lua numbers: the id of an anonymous host looks like a Steam ID, and stays through shutdown and init", function()
    world.start()
    local id = Steam.user.getSteamID()
    equal(#tostring(id), 18)
    check(parse("292733980074049536") < id and id < parse("292733984100581376"), tostring(id))
    Steam.shutdown()
    assert(Steam.init())
    equal(Steam.user.getSteamID(), id)
end)

test("lua numbers: init takes an identity", function()
    world.watch()
    assert(Steam.init("76561197960265729"))
    equal(tostring(sockets.getIdentity()), "76561197960265729")
    local good, text = Steam.init("str:somebody-else")
    equal(good, false, "init as somebody else while running")
    contains(text, "somebody else")
    equal(Steam.init("76561197960265729"), true, "init as the same while running")
    equal(Steam.init(), true, "init as anybody while running")
    equal(tostring(sockets.getIdentity()), "76561197960265729")
    Steam.shutdown()
    assert(Steam.init(parse("76561197960265730")))
    equal(tostring(Steam.user.getSteamID()), "76561197960265730")
    Steam.shutdown()
    assert(Steam.init("str:ada"))
    local ada = sockets.getIdentity()
    Steam.shutdown()
    assert(Steam.init("str:bob"))
    check(sockets.getIdentity() ~= ada)
    assert(sockets.createListenSocketP2P(1))
    check(sockets.connectP2P(sockets.getIdentity(), 1) ~= 0)
end)

test("lua numbers: the environment can name the identity", function()
    local program = [[
        local Steam = require "luasteam"
        assert(Steam.init())
        print("I am " .. Steam.user.getSteamID())
    ]]
    local interpreter = os.getenv("LUASTEAM_TEST_INTERPRETER")
    if not interpreter then
        return
    end
    local file = os.tmpname()
    local handle = assert(io.open(file, "w"))
    handle:write("package.cpath = ", string.format("%q\n", package.cpath), program)
    handle:close()
    for identity, expected in pairs({ ["steamid:76561197960265729"] = "I am 76561197960265729", nonsense = "FUMAROLE_IDENTITY" }) do
        local pipe = assert(io.popen("FUMAROLE_IDENTITY=" .. identity .. " '" .. interpreter .. "' " .. file .. " 2>&1"))
        contains(pipe:read("*a"), expected)
        pipe:close()
    end
    os.remove(file)
end)
