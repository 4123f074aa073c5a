#!/usr/bin/env bash
# fumarole bench: bad input, then every workload for a moment.
# shellcheck source=tests/tools/library.sh
source "$(dirname "$0")/library.sh"

expect 2 "$fumarole" bench blk
said "Did you mean bulk?"
expect 2 "$fumarole" bench --seconds 0 bulk
said "out of range"
expect 2 "$fumarole" bench --size 0 bulk
said "out of range"

expect 0 "$fumarole" bench --seconds 0.3 --conns 20
for workload in bulk msgs rmsgs pingpong connect tick idle; do
    grep -q "^$workload .*server_cpu_s=.* client_cpu_s=" last.out || fail "no line for $workload"
done
# What is reliable arrives, all of it.
for workload in bulk rmsgs; do
    grep "^$workload " last.out >line.out
    holds "$(value got line.out) > 0 && $(value got line.out) == $(value sent line.out)"
done
grep "^pingpong " last.out >line.out
holds "$(value n line.out) > 0 && $(value p50_us line.out) <= $(value p99_us line.out)"
grep "^connect " last.out >line.out
holds "$(value conns line.out) == 20 && $(value per_second line.out) > 0"
grep "^idle " last.out >line.out
holds "$(value conns line.out) == 20 && $(value got line.out) > 0 && $(value idle_wake_ups_per_second line.out) < 200"

expect 0 "$fumarole" bench --seconds 0.2 --plain --size 1000 rmsgs
[ "$(wc -l <last.out)" -eq 1 ] || fail "more than was asked for"
said "size=1000"
