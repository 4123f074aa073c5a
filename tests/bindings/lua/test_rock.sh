#!/usr/bin/env bash
# The rockspec makes a rock of an installed library and the module's sources, and programs find what is in it.
#
#   test_rock.sh SOURCE-DIRECTORY BUILD-DIRECTORY VERSION INTERPRETER
set -euo pipefail

source=$1
build=$2
version=$3
interpreter=$4
tests=$source/tests/bindings/lua

fail() {
    echo "FAILED: $*"
    exit 1
}

# A new file is easily forgotten there, and nobody would notice before a user does.
listed=$(sed -n "/sources = {/,/}/{s/'/\n/g;p}" "$source/bindings/lua/fumarole-scm-1.rockspec" | grep '\.c$' | sort)
there=$(cd "$source/bindings/lua" && find . -name '*.c' | sed 's/^\.\///' | sort)
[ "$listed" = "$there" ] ||
    fail "the rockspec lists other sources than there are: $(diff <(echo "$listed") <(echo "$there"))"

command -v luarocks >/dev/null || {
    echo "skipped: luarocks is not installed"
    exit 77
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME=$work XDG_DATA_HOME=$work
cmake --install "$build" --prefix "$work/prefix" >"$work/log" 2>&1 ||
    fail "the library cannot be installed: $(cat "$work/log")"
cp -R "$source/bindings/lua" "$work/lua" # luarocks compiles beside the sources
cd "$work/lua"
luarocks --lua-version "$version" --tree "$work/tree" make "FUMAROLE_DIR=$work/prefix" >"$work/log" 2>&1 ||
    fail "luarocks make: $(cat "$work/log")"

export LUA_PATH="$work/tree/share/lua/$version/?.lua" LUA_CPATH="$work/tree/lib/lua/$version/?.so"
"$interpreter" "$tests/annotations.lua" "$source/bindings/lua/library/luasteam.lua"
"$interpreter" -e 'assert(require "fumarole" == require "luasteam")'
"$interpreter" -e 'assert(require "luasteam1".networkingSockets.apiVersion == 1)'
# Lua 5.1 unloads modules before it runs the last finalizers, which call what they have of them.
"$interpreter" -e '
    local Steam, early
    local function last_words() Steam.runCallbacks() io.write "ended well\n" end
    if newproxy then
        early = newproxy(true)
        getmetatable(early).__gc = last_words
    else
        early = setmetatable({}, { __gc = last_words })
    end
    _G.early = early
    Steam = require "luasteam"
    assert(Steam.init())' | grep -q "ended well" || fail "a finalizer that calls the module"
