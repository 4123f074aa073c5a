#!/usr/bin/env bash
# Runs every example and looks at what it says.
#
#   test_examples.sh DIRECTORY-OF-THE-EXAMPLES
set -euo pipefail

examples=$1
work=$(mktemp -d)
export XDG_DATA_HOME=$work HOME=$work
server=
finish() {
    [ -z "$server" ] || kill -KILL "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT

fail() {
    echo "FAILED: $*"
    exit 1
}

[ "$("$examples/hello")" = Hello ] || fail "hello does not say Hello"

code=0
"$examples/echo_server" nonsense 2>/dev/null || code=$?
[ "$code" -eq 2 ] || fail "echo_server takes an address that is none"
: >"$work/server.out" # it is looked into before the server's process has opened it
"$examples/echo_server" 127.0.0.1:0 >>"$work/server.out" 2>"$work/server.err" &
server=$!
for ((i = 0; i < 600; i++)); do
    address=$(sed -n 's/^listening on //p' "$work/server.out")
    [ -z "$address" ] || break
    sleep 0.05
done
[ "$("$examples/echo_client" "$address" one two three)" = $'one\ntwo\nthree' ] || fail "the echo is not what was sent"
kill -TERM "$server"
wait "$server" || fail "echo_server does not end in peace"
server=
grep -q "thank you" "$work/server.err" || fail "echo_server does not say why its client left"

[ "$(printf 'a\nb\n' | "$examples/wait_loop" 2>/dev/null)" = $'a\nb' ] || fail "wait_loop loses its input"

# Orders overtake everything, the voice the download.
"$examples/lanes" >"$work/lanes.out"
[ "$(cut -d' ' -f1 "$work/lanes.out" | tr '\n' ' ')" = "orders voice download " ] ||
    fail "the lanes are complete in another order: $(cat "$work/lanes.out")"
