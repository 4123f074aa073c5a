#!/usr/bin/env bash
# The example projects, played without hands: a chat of three, and a game of three that somebody wins.
#
#   test_examples.sh ENGINE ADDON-DIRECTORY chat|gems
set -euo pipefail

engine=$1
addon=$2
example=$3
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/bindings/godot/processes.sh
source "$here/processes.sh"

expect_line() { # WHO TEXT
    grep -qxF "$2" "$work/$1.out" || { echo "$1 has not said: $2" && exit 1; }
}

play_chat() {
    play_server ada FUMAROLE_CHAT="host 127.0.0.1:0 ada"
    play_client bob FUMAROLE_CHAT="join 127.0.0.1:$port bob" FUMAROLE_SAY="hello, ada"
    until grep -q 'hello, ada' "$work/bob.out" 2>/dev/null; do sleep 0.1; done
    play_client cleo FUMAROLE_CHAT="join 127.0.0.1:$port cleo" FUMAROLE_SAY=$'what a fine day\ngood night'
    all_ended_well
    expect_line ada "* bob has come"
    for who in ada bob; do expect_line "$who" "bob: hello, ada"; done
    for who in ada bob cleo; do
        expect_line "$who" "* cleo has come"
        expect_line "$who" "cleo: what a fine day"
    done
}

play_gems() {
    play_server server FUMAROLE_GEMS="host 127.0.0.1:0"
    play_client first FUMAROLE_GEMS="join 127.0.0.1:$port"
    play_client second FUMAROLE_GEMS="join 127.0.0.1:$port"
    all_ended_well
    [ "$(grep -hx 'won by [0-9]*, score 3' "$work"/*.out | sort | uniq -c | awk '{print $1}')" = 3 ] || {
        echo "they do not agree on who has won"
        exit 1
    }
}

prepare_project "$here/../../../examples/godot/$example"
"play_$example"
