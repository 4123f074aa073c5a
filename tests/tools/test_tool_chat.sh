#!/usr/bin/env bash
# shellcheck disable=SC2154 # the variables of the clients are set by name
# fumarole chat: nobody there, a full room, several clients, names, harmful text, who left and why, and a terminal.
# shellcheck source=tests/tools/library.sh
source "$(dirname "$0")/library.sh"

expect 3 "$fumarole" chat --timeout 0.3 127.0.0.1:9
said "timed out"
expect 2 "$fumarole" chat --clients 0 127.0.0.1:9
said "out of range"

# client NAME: a client whose input is the descriptor in ${NAME}_in.
client() {
    mkfifo "$1.in"
    "$fumarole" chat --nick "$1" "$where" <"$1.in" >"$1.out" 2>"$1.err" &
    eval "$1=$!"
    children+=("$!")
    eval "exec {$1_in}>$1.in"
}

mkfifo server.in
"$fumarole" chat --listen 127.0.0.1:0 --nick host --clients 3 -c TimeoutConnected=2000 <server.in >server.out 2>server.err &
server=$!
children+=("$server")
exec {server_in}>server.in
address_of server.out "$server"
where=$address

client ada
await server.out "* ada joined" "$server"
client bob
await ada.out "* bob joined" "$ada"

# Everybody hears everybody.
echo "hello from ada" >&"$ada_in"
await bob.out "ada: hello from ada" "$bob"
await server.out "ada: hello from ada" "$server"
echo "hello from bob" >&"$bob_in"
await ada.out "bob: hello from bob" "$ada"
echo "hello from the host" >&"$server_in"
await ada.out "host: hello from the host" "$ada"
await bob.out "host: hello from the host" "$bob"

# Text cannot move anybody's cursor, nor be bytes that are no text.
printf 'red \033[31m and \377 bytes\n' >&"$ada_in"
await bob.out "ada: red ?[31m and ? bytes" "$bob"

# A line that is too long is cut, not split.
head -c 3000 /dev/zero | tr '\0' x >&"$ada_in"
echo >&"$ada_in"
await bob.out "ada: xxxxxxxx" "$bob"
[ "$(grep -c 'ada: xxx' bob.out)" -eq 1 ] || fail "a long line came in pieces"

# Names are unique.
echo "/nick ada" >&"$bob_in"
await ada.out "* bob is now ada2" "$ada"
echo "/who" >&"$ada_in"
await ada.out "* here: host, ada, ada2" "$ada"
if grep -qF "* here" bob.out; then fail "the answer to /who went to somebody else"; fi

# The room has three places; the fourth guest hears why he cannot come in.
client eve
await ada.out "* eve joined" "$ada"
expect 3 "$fumarole" chat --timeout 5 "$where"
said "the room is full"

# Who leaves, and why.
echo "/quit" >&"$bob_in"
ends "$bob" 0
await ada.out "* ada2 left: bye" "$ada"
exec {eve_in}>&-
ends "$eve" 0
await ada.out "* eve left: bye" "$ada"

# One line through a pipe, and out again.
echo "just passing" | "$fumarole" chat --nick fay "$where" >fay.out
await ada.out "fay: just passing" "$ada"
await ada.out "* fay left: bye" "$ada"

# One that vanishes without a word times out.
"$fumarole" chat --stay --nick ghost "$where" </dev/null >ghost.out 2>ghost.err &
ghost=$!
children+=("$ghost")
await ada.out "* ghost joined" "$ada"
kill -KILL "$ghost"
wait "$ghost" || true
await ada.out "* ghost left: timed out" "$ada"

# The server ends the chat.
echo "/quit" >&"$server_in"
ends "$server" 0
ends "$ada" 0
contains ada.out "* disconnected: the chat is over"

# At a terminal: what is typed goes out, and the end of input (control-D) ends it.
if has_terminal; then
    start server "$fumarole" chat --listen 127.0.0.1:0 --nick host
    server=$started
    address_of server.out "$server"
    {
        await server.out "* tty joined" "$server"
        echo "typed here"
        await server.out "tty: typed here" "$server"
        printf '\004'
    } | script -qec "'$fumarole' chat --nick tty '$address'" typescript >/dev/null 2>&1
    await server.out "* tty left: bye" "$server"
    kill -TERM "$server"
    ends "$server" 0
fi
