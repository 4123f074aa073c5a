#!/usr/bin/env bash
# The two programs of docs/bindings/lua.md talk to each other, as they stand there, but on a port of the system's choice.
#
#   page.sh PAGE MODULES VERSION=INTERPRETER...      MODULES: the directory with one for each version
set -uo pipefail

page=$1
modules=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# program NUMBER: the program that stands at this place of the page.
program() {
    awk -v wanted="$1" '/^```lua$/ { number++; inside = 1; next } /^```$/ { inside = 0 } inside && number == wanted' "$page"
}

program 1 | sed 's/:27015/:0/' >"$work/server.lua"
program 2 >"$work/client.lua"
if ! grep -q ':0' "$work/server.lua" || ! grep -q connectByIPAddress "$work/client.lua"; then
    echo "FAIL  lua page: the programs are not where they were"
    exit 1
fi

for entry in "$@"; do
    version=${entry%%=*} interpreter=${entry#*=}
    export LUA_CPATH="$modules/$version/?.so"
    mkfifo "$work/pipe"
    LD_PRELOAD=${LUASTEAM_PRELOAD:-} timeout 90 "$interpreter" -e 'io.stdout:setvbuf "no"' "$work/server.lua" >"$work/pipe" 2>"$work/errors" &
    server=$!
    exec 3<"$work/pipe"
    read -r line <&3
    LD_PRELOAD=${LUASTEAM_PRELOAD:-} timeout 60 "$interpreter" "$work/client.lua" "127.0.0.1:${line##*:}" >"$work/client" 2>>"$work/errors"
    status=$?
    # The server has seen the client leave before it is ended.
    while read -r line <&3 && [[ $line != *ClosedByPeer* ]]; do :; done
    kill "$server" 2>/dev/null
    wait "$server" 2>/dev/null
    exec 3<&-
    if [ "$status" = 0 ] && grep -q '^You said: Hello from Lua' "$work/client" && [[ $line == *ClosedByPeer* ]]; then
        echo "ok    lua page: a server and a client under $version"
    else
        echo "FAIL  lua page: a server and a client under $version: status $status, $line"
        cat "$work/client" "$work/errors"
        failed=1
    fi
    rm -f "$work/pipe"
done
[ $# -gt 0 ] && [ "$failed" -eq 0 ]
