#!/usr/bin/env bash
# Plays tests/bindings/godot/multiplayer with a server and two clients, each a process of the engine of its own.
#
#   test_multiplayer.sh ENGINE ADDON-DIRECTORY
#
# Every check is a line; the exit status is zero if all were good. The projects and the engine's own files are in a
# directory that is removed at the end.
set -euo pipefail

engine=$1
addon=$2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
processes=()
finish() {
    for process in "${processes[@]+"${processes[@]}"}"; do kill "$process" 2>/dev/null || true; done
    rm -rf "$work"
}
trap finish EXIT

cp -R "$here/multiplayer" "$work/project"
mkdir -p "$work/project/addons"
cp -R "$addon" "$work/project/addons/fumarole"

# The engine writes into the home directory, and must not find what another process of it has left there.
play() { # ROLE [NAME=VALUE]
    mkdir -p "$work/$1"
    local home=$work/$1 role=$1
    shift
    env HOME="$home" XDG_DATA_HOME="$home" XDG_CONFIG_HOME="$home" XDG_CACHE_HOME="$home" ROLE="$role" LANG=en_US.UTF-8 "$@" \
        timeout 240 "$engine" --path "$work/project"
}

mkfifo "$work/lines"
play server >"$work/lines" 2>"$work/server.err" &
processes+=($!)
exec 3<"$work/lines"
port=
while IFS= read -r line <&3; do
    echo "$line"
    case $line in "PORT "*) port=${line#PORT } && break ;; esac
done
[ -n "$port" ] || { cat "$work/server.err" && exit 1; }
cat <&3 >"$work/server.out" &
processes+=($!)
echo "the server listens at port $port"
for role in first second; do
    play "$role" "PORT=$port" >"$work/$role.out" 2>&1 &
    processes+=($!)
done

status=0
for process in "${processes[@]}"; do wait "$process" || status=$?; done
cat "$work/server.out" "$work/server.err" "$work/first.out" "$work/second.out"
# The engine complains of its own directories, so that not every error is one.
if grep -qE 'SCRIPT ERROR|NOT OK|fumarole|Fumarole' "$work"/*.out "$work"/*.err; then status=1; fi
exit "$status"
