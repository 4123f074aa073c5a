#!/usr/bin/env bash
# fumarole ping: bad input first, then round trips, limits, loss, and a server that does not echo.
# shellcheck source=tests/tools/library.sh
source "$(dirname "$0")/library.sh"

expect 3 "$fumarole" ping --timeout 0.3 -n 1 127.0.0.1:9
said "cannot connect to 127.0.0.1:9: timed out"

start server "$fumarole" ping --listen 127.0.0.1:0
server=$started
address_of server.out "$server"
where=$address

# A second server cannot have the same port.
expect 3 "$fumarole" ping --listen "$where"
said "cannot listen on $where"

expect 0 "$fumarole" ping -n 5 -i 20ms "$where"
said "sent=5 received=5 loss_percent=0.00 duplicates=0"
[ "$(grep -c '^number=' last.out)" -eq 5 ] || fail "not one line for each echo"
holds "$(value min_ms last.out) >= 0 && $(value max_ms last.out) < 2000"

expect 0 "$fumarole" ping -q -n 20 -i 5ms --size 1100 --max-loss 0 --max-ping 2 "$where"
[ "$(wc -l <last.out)" -eq 1 ] || fail "--quiet is not quiet"

# A lag of 40 ms on the way there shows, and is more than 20 ms allows.
expect 1 "$fumarole" ping -q -n 10 -i 10ms --max-ping 20ms -c FakePacketLag_Send=40 "$where"
said "is more than the 20.0 ms allowed"
holds "$(value min_ms last.out) >= 40"

# Half of what is sent is lost: some comes back, not all. (Chance of no loss in 60: 2^-60.)
expect 1 "$fumarole" ping -q -n 60 -i 5ms -w 0.5 --max-loss 1 -c FakePacketLoss_Send=50 "$where"
said "loss is more than the 1.00 % allowed"
holds "$(value loss_percent last.out) > 1 && $(value loss_percent last.out) < 100"

expect 0 "$fumarole" ping --passive -n 2 -i 100ms "$where"
[ "$(grep -c '^ping_ms=' last.out)" -eq 2 ] || fail "not two lines"

# A name, IPv6 where there is any, and the summary when interrupted.
expect 0 "$fumarole" ping -q -n 2 -i 10ms "localhost:${where##*:}"
start endless "$fumarole" ping -n 0 -i 20ms "$where"
await endless.out "number=3 " "$started"
kill -INT "$started"
ends "$started" 0
contains endless.out "loss_percent="

kill -TERM "$server"
ends "$server" 0

# A chat does not echo.
start chat "$fumarole" chat --listen 127.0.0.1:0
chat=$started
address_of chat.out "$chat"
expect 1 "$fumarole" ping -q -n 2 -i 10ms -w 0.2 "$address"
said "no echo came back"
kill -TERM "$chat"
ends "$chat" 0

# The server dies: the connection is lost, and that is said.
start server "$fumarole" ping --listen 127.0.0.1:0
server=$started
address_of server.out "$server"
start orphan "$fumarole" ping -n 0 -i 20ms "$address"
orphan=$started
await orphan.out "number=2 " "$orphan"
kill -TERM "$server"
ends "$server" 0
ends "$orphan" 1
contains orphan.err "the connection ended"
