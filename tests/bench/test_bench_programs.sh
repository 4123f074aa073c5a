#!/usr/bin/env bash
# bench/drive, bench/limit and bench/strangers: bad input first, then every workload for a moment.
# shellcheck source=tests/tools/library.sh
source "$(dirname "$0")/../tools/library.sh"
drive=$fumarole
library=$3/libfumarole.so
limit=$3/bench/limit
strangers=$3/bench/strangers
bad_peer=$4

# The figures of the last line, as `value` reads them.
measure() {
    expect 0 "$drive" "$@" --lib "$library" --seconds 0.4
    [ "$(wc -l <last.out)" -eq 1 ] || fail "not one line: $*"
}

expect 2 "$drive"
said "which workload?"
expect 2 "$drive" blk --lib "$library"
said "there is no workload 'blk'"
expect 2 "$drive" bulk msgs --lib "$library"
said "one workload at a time"
expect 2 "$drive" bulk
said "--lib must name a shared library"
expect 2 "$drive" bulk --lib ./nowhere.so
said "./nowhere.so: No such file"
echo "no library" >text.so
expect 2 "$drive" bulk --lib ./text.so
said "text.so"
expect 2 "$drive" bulk --lib "$(find /lib /usr/lib /lib64 -name 'libm.so.6' 2>/dev/null | head -n 1)"
said "has no GameNetworkingSockets_Init"
for option in "--seconds 0" "--seconds x" "--conns -1" "--conns 1e9" "--size 0" "--rate 0" "--fast 1" "--size"; do
    # shellcheck disable=SC2086
    expect 2 "$drive" bulk --lib "$library" $option
    said "${option%% *}"
done
expect 0 "$drive" --help
said "usage: drive"

for workload in bulk rmsgs msgs "rmsgs --size 1000 --conns 4" "rmsgs --conns 4 --senders 1" "bulk --plain"; do
    # shellcheck disable=SC2086
    measure $workload
    holds "$(value got last.out) > 0 && $(value MB_per_s last.out) > 0 && $(value msgs_per_s last.out) > 0"
    holds "$(value cpu_us_per_msg last.out) > 0"
    case $workload in
    msgs) holds "$(value got last.out) <= $(value sent last.out)" ;;
    *) holds "$(value got last.out) == $(value sent last.out)" ;;
    esac
done
for how in "" --wait; do
    # shellcheck disable=SC2086
    measure pingpong $how
    holds "$(value n last.out) > 0 && 0 < $(value p50_us last.out)"
    holds "$(value p50_us last.out) <= $(value p90_us last.out) && $(value p90_us last.out) <= $(value p99_us last.out)"
done
measure connect --conns 20
holds "$(value per_second last.out) > 0 && $(value cpu_us_per_conn last.out) > 0"
measure tick --conns 20
holds "$(value got last.out) > 0 && $(value echoed_back last.out) > 0 && $(value lost_pct last.out) <= 100"
measure tick --conns 20 --one-way
holds "$(value got last.out) > 0 && $(value echoed_back last.out) == 0 && $(value lost_pct last.out) <= 100"
measure idle
holds "$(value conns last.out) == 0 && $(value server_wakes_per_s last.out) >= 0"
measure idle --conns 20
holds "$(value server_rss_kb_per_conn last.out) > 0 && $(value server_cpu_pct last.out) >= 0"
expect 0 "$drive" version --lib "$library"
said "."

# Every kind of a stranger's datagram is handled and has its price.
expect 2 "$strangers" --fast
said "usage: strangers"
expect 0 "$strangers" --seconds 0.05
[ "$(grep -c '^strangers kind=[a-z_]* bytes=[0-9]* sent=[1-9][0-9]* handled=[1-9][0-9]* ns_per_datagram=[1-9]' last.out)" -eq 12 ] ||
    fail "not twelve kinds of datagrams"

# What goes wrong is said, and is no success.
BAD_PEER=refuse expect 1 "$drive" rmsgs --lib "$bad_peer" --seconds 0.4
said "no wish to work"
BAD_PEER=die expect 1 "$drive" rmsgs --lib "$bad_peer" --seconds 0.4
said 'trouble="client: it died of signal 6'
BAD_PEER=leave expect 1 "$drive" rmsgs --lib "$bad_peer" --seconds 0.4
said 'trouble="client: it ended with status 1 in the middle"'
BAD_PEER='' expect 0 "$drive" rmsgs --lib "$bad_peer" --seconds 0.4

expect 2 "$limit"
expect 2 "$limit" flow
expect 2 "$limit" stream --seconds 0
for mode in "stream" "stream --no-offload" "stream --plain"; do
    # shellcheck disable=SC2086
    expect 0 "$limit" $mode --seconds 0.3
    holds "$(value MB_per_s last.out) > 0 && $(value cpu_s_per_GB last.out) > 0"
done
expect 0 "$limit" pingpong --seconds 0.3
holds "0 < $(value p50_us last.out) && $(value p50_us last.out) <= $(value p99_us last.out)"
expect 0 "$limit" keys --seconds 0.3
holds "$(value per_second last.out) > 0 && $(value cpu_us_per_conn last.out) > 0"
expect 0 "$limit" about
said "OpenSSL"
