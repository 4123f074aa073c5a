-- A small frame for tests that every Lua from 5.1 on can run.
--
-- frame.test(name, function) keeps a test; frame.run(pattern) runs those whose names contain the text (all without it),
-- prints a line for each and returns how many have failed. A test fails by raising an error; the functions named check
-- and equal raise one that says what was found.

local frame = {}

local tests = {}
local known = {}

function frame.test(name, body)
    assert(not known[name], "two tests have the name " .. name)
    known[name] = true
    tests[#tests + 1] = { name = name, body = body }
end

-- A value as a person would write it.
function frame.show(value)
    if type(value) == "string" then
        if #value > 200 then
            value = value:sub(1, 200) .. "..."
        end
        return string.format("%q", value)
    elseif type(value) == "table" and not getmetatable(value) then
        local parts = {}
        for key, member in pairs(value) do
            parts[#parts + 1] = tostring(key) .. " = " .. tostring(member)
        end
        table.sort(parts)
        return "{ " .. table.concat(parts, ", ") .. " }"
    end
    return tostring(value)
end

function frame.check(holds, text)
    if not holds then
        error(text or "does not hold", 2)
    end
    return holds
end

function frame.equal(found, expected, what)
    if found ~= expected then
        error((what or "value") .. ": " .. frame.show(expected) .. " expected, found " .. frame.show(found), 2)
    end
end

-- Lists of plain values.
function frame.equal_lists(found, expected, what)
    local as_text = {}
    for index, list in ipairs({ found, expected }) do
        local parts = {}
        for position, value in ipairs(list) do
            parts[position] = frame.show(value)
        end
        as_text[index] = table.concat(parts, ", ")
    end
    if as_text[1] ~= as_text[2] then
        error((what or "list") .. ": " .. as_text[2] .. " expected, found " .. as_text[1], 2)
    end
end

-- Calls and returns the error, which there must be, as text.
function frame.fails(body, ...)
    local returned = { pcall(body, ...) }
    if returned[1] then
        error("an error expected, found none", 2)
    end
    return tostring(returned[2])
end

-- The text must contain all the others, which are no patterns.
function frame.contains(text, ...)
    for _, part in ipairs({ ... }) do
        if not tostring(text):find(part, 1, true) then
            error(frame.show(part) .. " expected in " .. frame.show(text), 2)
        end
    end
end

-- after() is called after each test, whether or not it has failed.
function frame.run(pattern, after)
    local failed, passed = 0, 0
    for _, test in ipairs(tests) do
        if not pattern or test.name:find(pattern, 1, true) then
            local good, problem = xpcall(test.body, debug.traceback)
            local tidy, untidy = pcall(after or function() end)
            if good and not tidy then
                good, problem = false, "afterwards: " .. tostring(untidy)
            end
            print((good and "ok    " or "FAIL  ") .. test.name)
            if good then
                passed = passed + 1
            else
                failed = failed + 1
                print("      " .. tostring(problem):gsub("\n", "\n      "))
            end
            io.stdout:flush()
        end
    end
    print(string.format("%d passed, %d failed under %s", passed, failed, type(jit) == "table" and jit.version or _VERSION))
    io.stdout:flush()
    if passed + failed == 0 then
        return 1
    end
    return failed
end

return frame
