#!/usr/bin/env bash
# fumarole demo: bad input, a short one, and one over a network that is worse still.
# shellcheck source=tests/tools/library.sh
source "$(dirname "$0")/library.sh"

expect 2 "$fumarole" demo --loss much
said "a percentage"
expect 2 "$fumarole" demo --positions -1
said "out of range"

expect 0 "$fumarole" demo --positions 1000 --seconds 1 --file 512K
said "ok   the connection is encrypted"
said "ok   the file arrived, every byte of it"
said "The demo has passed."
[ "$(grep -c '^SHA-256' last.out)" -eq 2 ] || fail "not the digests of both sides"
[ "$(sed -n 's/^SHA-256.* //p' last.out | sort -u | wc -l)" -eq 1 ] || fail "the digests differ"

expect 0 "$fumarole" demo --quiet --positions 500 --seconds 1 --file 128K --loss 20 --reorder 30 --lag 100ms
said "The demo has passed."
expect 0 "$fumarole" demo --quiet --positions 0 --seconds 0.1 --file 0 --loss 0 --reorder 0 --lag 0
said "The demo has passed."
