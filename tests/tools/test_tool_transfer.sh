#!/usr/bin/env bash
# fumarole send and recv: bad input first, then files, pipes, either side listening, refusals, and a bad network.
# shellcheck source=tests/tools/library.sh
source "$(dirname "$0")/library.sh"

expect 4 "$fumarole" send 127.0.0.1:9 missing
said "cannot open missing"
expect 4 "$fumarole" send 127.0.0.1:9 .
said "it is a directory"
head -c 1000000 /dev/urandom >big
head -c 100000 /dev/urandom >small
: >empty
expect 3 "$fumarole" send --timeout 0.3 127.0.0.1:9 small
said "timed out"
expect 3 "$fumarole" recv --connect --timeout 0.3 127.0.0.1:9
said "timed out"

# receive NAME ARGUMENTS...: starts a receiver; $where is its address and $receiver its process.
receive() {
    local name=$1
    shift
    start "$name" "$fumarole" recv 127.0.0.1:0 "$@"
    receiver=$started
    address_of "$name.out" "$receiver"
    where=$address
}

# Files of several sizes, under the sender's name and another.
mkdir in
for file in big small empty; do
    start receiver env -C in "$fumarole" recv 127.0.0.1:0
    receiver=$started
    address_of receiver.out "$receiver"
    expect 0 "$fumarole" send "$address" "$file"
    ends "$receiver" 0
    same "$file" "in/$file"
    [ "$(value sha256 last.out)" = "$(sha256sum <"$file" | cut -d' ' -f1)" ] || fail "the sender names another digest"
    [ "$(value sha256 receiver.out)" = "$(value sha256 last.out)" ] || fail "the receiver names another digest"
    [ ! -e "in/$file.part" ] || fail "the unfinished file is left"
done
receive receiver --output other
expect 0 "$fumarole" send --rate 2M "$where" ./big
ends "$receiver" 0
same big other

# What exists is not overwritten, unless asked for.
receive receiver --output small
expect 1 "$fumarole" send "$where" big
said "the receiver gave up: the receiver has a file small already"
ends "$receiver" 4
contains receiver.err "Say --force"
receive receiver --force --output other
expect 0 "$fumarole" send "$where" small
ends "$receiver" 0
same small other

# Larger than allowed, known from the start and not.
receive receiver --max-size 50K --output limited
expect 1 "$fumarole" send "$where" small
said "larger than the receiver allows"
ends "$receiver" 1
start receiver "$fumarole" recv 127.0.0.1:0 --max-size 50K --output limited
receiver=$started
address_of receiver.out "$receiver"
code=0
"$fumarole" send "$address" <small >last.out 2>last.err || code=$?
[ "$code" -eq 1 ] || fail "exit code $code instead of 1"
said "larger than the receiver allows"
ends "$receiver" 1
if [ -e limited ] || [ -e limited.part ]; then fail "something is left of what was refused"; fi

# Through pipes: standard input to standard output.
"$fumarole" recv 127.0.0.1:0 --output - >piped 2>receiver.err &
receiver=$!
children+=("$receiver")
address_of receiver.err "$receiver"
"$fumarole" send "$address" < <(cat big) >last.out 2>last.err
ends "$receiver" 0
same big piped

# A name that the sender does not give, or that is no name.
receive receiver
code=0
"$fumarole" send "$where" <small >last.out 2>last.err || code=$?
[ "$code" -eq 1 ] || fail "exit code $code instead of 1"
said "say --output"
ends "$receiver" 4

# The disk is full.
if [ -e /dev/full ]; then
    "$fumarole" recv 127.0.0.1:0 --output - >/dev/full 2>receiver.err &
    receiver=$!
    children+=("$receiver")
    address_of receiver.err "$receiver"
    expect 1 "$fumarole" send "$address" big
    said "the receiver cannot store it"
    ends "$receiver" 4
fi

# The sender listens.
start sender "$fumarole" send --listen 127.0.0.1:0 small
sender=$started
address_of sender.out "$sender"
expect 0 "$fumarole" recv --connect --output fetched "$address"
ends "$sender" 0
same small fetched

# Something else than a sender, and something else than a receiver.
receive receiver --output never
printf 'hello\n' | "$fumarole" chat --nick eve "$where" >last.out 2>&1 || true
ends "$receiver" 1
contains receiver.err "is not a fumarole send"
start server "$fumarole" ping --listen 127.0.0.1:0
server=$started
address_of server.out "$server"
start stuck "$fumarole" send "$address" small
stuck=$started
sleep 0.3
kill -INT "$stuck"
ends "$stuck" 130
contains stuck.err "interrupted"

# One side is killed in the middle.
receive receiver --output half
start sender "$fumarole" send --rate 100K "$where" big
sender=$started
await "$directory/half.part" "" "$receiver"
kill -TERM "$sender"
ends "$sender" 130
ends "$receiver" 1
contains receiver.err "interrupted"
if [ -e half ] || [ -e half.part ]; then fail "half a file is left"; fi

# Five per cent loss, reordering and duplicates: every byte arrives all the same.
receive receiver --output lossy -c FakePacketLoss_Send=5
expect 0 "$fumarole" send --rate 1M -c FakePacketLoss_Send=5 -c FakePacketReorder_Send=10 -c FakePacketDup_Send=5 "$where" big
ends "$receiver" 0
same big lossy

# A progress bar, where there is a terminal to draw it on.
if has_terminal; then
    receive receiver --output shown
    script -qec "'$fumarole' send --rate 500K '$where' big" typescript >/dev/null 2>&1 </dev/null
    ends "$receiver" 0
    contains typescript "100 %"
    contains typescript "[=="
fi
