#!/usr/bin/env bash
# Many seeds at once: what crashes or hangs is a failure of its seed, and the others go on; the run ends when it should.
# shellcheck source=tests/tools/library.sh
source "$(dirname "$0")/../tools/library.sh"
sim=$fumarole
planted=$2

# Crashes: seeds 5, 10, 15 and 20.
PLANTED_BUG=abort expect 1 "$planted" --seeds 1..20 --world transport --jobs 2 --no-shrink
for seed in 5 10 15 20; do
    contains last.out "seed $seed (transport) FAILED: the process was ended by signal 6"
    contains last.out "replay: fumarole-sim --seed $seed --world transport --trace"
done
said "20 worlds, 4 failed"
said "4 failed:"

# Hangs.
PLANTED_BUG=hang expect 1 "$planted" --seeds 4..6 --world transport --jobs 2 --no-shrink --hang 0.5
contains last.out "seed 5 (transport) FAILED: no end after 0.5 s of processor time"
said "3 worlds, 1 failed"

# Worlds that are not the same twice.
PLANTED_BUG=drift expect 1 "$planted" --seed 3 --world transport --twice --no-shrink
said "a second run was another one"
PLANTED_BUG=drift expect 0 "$planted" --seed 3 --world transport

# The first failure ends it, if that is wanted.
PLANTED_BUG=abort expect 1 "$planted" --seeds 1..1000000 --world transport --stop --no-shrink
said "5 worlds, 1 failed"
# Without a bug the same program holds.
expect 0 "$planted" --seeds 1..20 --world transport --jobs 2

# Kinds of events, with and without any.
expect 0 "$sim" --seeds 1..20 --world transport
said "events:"
contains last.out "never happened"

# The time ends it, and so does the user; the report comes all the same.
expect 0 "$sim" --seeds 1.. --world transport --minutes 0.01
said "connection-hours"
for signal in INT TERM; do
    start endless "$sim" --minutes 1000 --world transport --jobs 2 --list
    await endless.out "seed 20 " "$started"
    kill -$signal "$started"
    ends "$started" 0
    contains endless.err "interrupted"
    contains endless.out "connection-hours"
done
# A failure is still a failure, and can be shrunk.
export PLANTED_BUG=abort
start endless "$planted" --minutes 1000 --world transport --jobs 2
unset PLANTED_BUG
await endless.out "seed 10 (transport) FAILED" "$started"
kill -INT "$started"
ends "$started" 1
contains endless.out "shrunk: fumarole-sim --seed 5"
