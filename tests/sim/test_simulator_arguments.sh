#!/usr/bin/env bash
# What the simulator says to arguments that make no sense, and that it takes those that do.
# shellcheck source=tests/tools/library.sh
source "$(dirname "$0")/../tools/library.sh"
sim=$fumarole

# refused WORDS ARGUMENTS...
refused() {
    local words=$1
    shift
    expect 2 "$sim" "$@"
    said "$words"
    [ ! -s last.out ] || fail "something went to standard output: $*"
}

expect 0 "$sim" --help
said "Usage: fumarole-sim"
said "--minutes M"

refused "fumarole-sim: unrecognized option '--sead'" --sead 3
! grep -q / last.err || fail "the message begins with a path"
refused "requires an argument" --seed
refused "unexpected argument 'surplus'" --seed 1 surplus
for seed in x -1 '' 1x 1..2 99999999999999999999 +1 ' 1'; do
    refused "'$seed' is not a seed" --seed "$seed"
done
for seeds in x ..5 1.5 1..x 1..2..3 1...2 1..99999999999999999999 '1..2 '; do
    refused "'$seeds' is not a range of seeds" --seeds "$seeds"
done
refused "'5..3' ends before it begins" --seeds 5..3
refused "seeds without an end need --minutes" --seeds 5..
for jobs in 0 x -1 257 1.5 ''; do
    refused "--jobs takes a number from 1 to 256, not '$jobs'" --jobs "$jobs"
done
for minutes in 0 -1 x '' nan inf 1e9 1m; do
    refused "--minutes takes a number above 0" --minutes "$minutes"
done
refused "--hang takes a number above 0" --hang 0
refused "--hosts takes a number" --hosts 0
refused "--connections takes a number" --connections -1
refused "--messages takes a number" --messages many
refused "--work takes a number above 0" --work soon
refused "--until takes a number above 0" --until 0
refused "there is no world 'flat'" --world flat
for faults in rain 'loss,rain' '' 'loss,' ',loss' 'loss loss' none,loss; do
    refused "there is no fault" --only "$faults"
    refused "there is no fault" --without "$faults"
done
refused "there are loss" --only rain
refused "--trace is for one --seed" --trace
refused "--trace is for one --seed" --seeds 1..2 --world transport --trace
refused "--csv is for a scenario" --csv x
refused "there is no scenario 'x'" --scenario x

expect 0 "$sim" --seeds 1..3 --world transport
said "3 worlds, 0 failed"
said "connection-hours"
said "datagrams a second of one core"
expect 0 "$sim" --seeds 7..9 --jobs 3 --world transport --list
for seed in 7 8 9; do
    said "seed $seed (transport): held"
done
expect 0 "$sim" --seed 3 --world transport --twice
said "seed 3 (transport): held"
expect 0 "$sim" --seed 18446744073709551615 --world transport
expect 0 "$sim" --seeds 18446744073709551614..18446744073709551615 --world transport
said "2 worlds, 0 failed"
