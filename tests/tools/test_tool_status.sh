#!/usr/bin/env bash
# fumarole status: nobody there, a server that refuses, and a server that stays.
# shellcheck source=tests/tools/library.sh
source "$(dirname "$0")/library.sh"

expect 3 "$fumarole" status --timeout 0.3 127.0.0.1:9
said "timed out"

start server "$fumarole" ping --listen 127.0.0.1:0 --identity str:server
server=$started
address_of server.out "$server"
where=$address

expect 0 "$fumarole" status -s 0.2 "$where"
[ "$(value state last.out)" = connected ] || fail "not connected"
[ "$(value encrypted last.out)" = yes ] || fail "not encrypted"
[ "$(value identity last.out)" = str:server ] || fail "not the identity that the server has"
[ "$(value address last.out)" = "$where" ] || fail "not the address of the server"
[ "$(wc -l <last.out)" -gt 15 ] || fail "no detailed report"

expect 0 "$fumarole" status --brief -s 0.2 "$where"
[ "$(wc -l <last.out)" -lt 20 ] || fail "--brief is not brief"

# Both sides agree to go without encryption, one side alone cannot.
expect 3 "$fumarole" status -b -s 0.1 --timeout 3 -c Unencrypted=3 "$where"
start plain "$fumarole" ping --listen 127.0.0.1:0 -c Unencrypted=3
plain=$started
address_of plain.out "$plain"
expect 0 "$fumarole" status -b -s 0.1 -c Unencrypted=3 "$address"
[ "$(value encrypted last.out)" = no ] || fail "encrypted in spite of all"

# A server that is full says so.
start chat "$fumarole" chat --listen 127.0.0.1:0 --clients 1
chat=$started
address_of chat.out "$chat"
start guest "$fumarole" chat --stay --nick guest "$address"
await chat.out "* guest joined" "$chat"
expect 3 "$fumarole" status -b -s 0 --timeout 5 "$address"
said "the room is full"
