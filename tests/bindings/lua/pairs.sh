#!/usr/bin/env bash
# Every Lua talks to every other: a server under one, a client under the other, in two processes.
#
#   pairs.sh MODULES VERSION=INTERPRETER...      MODULES: the directory with one for each version
set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd)
modules=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# run VERSION=INTERPRETER ARGUMENTS...: one end.
run() {
    local version=${1%%=*} interpreter=${1#*=}
    shift
    LUA_CPATH="$modules/$version/?.so" LD_PRELOAD=${LUASTEAM_PRELOAD:-} timeout 90 "$interpreter" "$here/peer.lua" "$@"
}

converse() { # SERVER CLIENT
    local server=$1 client=$2 address server_process client_status=0 server_status=0
    mkfifo "$work/output"
    run "$server" server >"$work/output" 2>"$work/server.error" &
    server_process=$!
    exec 3<"$work/output"
    read -r address <&3
    run "$client" client "$address" >"$work/client.output" 2>"$work/client.error" || client_status=$?
    wait "$server_process" || server_status=$?
    cat <&3 >"$work/server.output"
    exec 3<&-
    if [ "$client_status$server_status" = 00 ] && grep -qx 'done' "$work/client.output" && grep -qx 'done' "$work/server.output"; then
        echo "ok    lua pair: server ${server%%=*}, client ${client%%=*}"
    else
        echo "FAIL  lua pair: server ${server%%=*} ($server_status), client ${client%%=*} ($client_status)"
        cat "$work"/*.error
        failed=$((failed + 1))
    fi
    rm -f "$work"/*
}

for server in "$@"; do
    for client in "$@"; do
        converse "$server" "$client"
    done
done
[ $# -gt 0 ] && [ "$failed" -eq 0 ]
