#!/usr/bin/env bash
# bench/run.py and bench/publish.py: bad input first; a table with a peer that works and with peers that do not; files.
# shellcheck source=tests/tools/library.sh
source "$(dirname "$0")/../tools/library.sh"
source=$2
build=$3
bad_peer=$4

bench() { # ARGUMENT...
    "$source/bench/run.py" --build "$build" --seconds 0.3 "$@"
}

expect 2 bench blk
said "there is no workload 'blk'; there are: bulk"
expect 2 bench --rounds 0 bulk
said "the number of rounds must be from 1 to 1000"
expect 2 "$source/bench/run.py" --build "$build" --seconds 0 bulk
said "the number of seconds"
expect 2 "$source/bench/run.py" --build ./nowhere bulk
said "build first"
expect 2 bench --peer ./nowhere.so bulk
said "GNS_LIB names ./nowhere.so, which is no file"
echo "no library" >text.so
expect 2 bench --peer ./text.so bulk
said "text.so"
expect 2 bench --csv ./nowhere/results.csv bulk
said "cannot be written"
expect 0 bench --list
said "pingpong-wait"

# Without a peer.
expect 0 bench --rounds 1 --quiet connect-500
said "no peer"
grep -q "connect, 500 at once" last.out || fail "no line for connect"
[ ! -s last.err ] || fail "--quiet is not quiet"

# With one that works.
expect 0 bench --rounds 2 --peer "$bad_peer" --csv good.csv --json good.json rmsgs-100 pingpong
grep -q "^2/2 pingpong peer: " last.err || fail "nothing told on the way"
cp last.out table.out
for words in "CPU µs each" "p99 µs" "best peer" "UDP ping-pong" "2 rounds of 0.3 s" "load average"; do
    contains table.out "$words"
done
expect 0 "$source/bench/run.py" --from good.csv
same table.out last.out
contains good.csv "round,subject,workload,figure,value"
python3 - good.json <<'EOF' || fail "the JSON file is not what it should be"
import json, sys
saved = json.load(open(sys.argv[1]))
subjects = {(run["subject"], run["workload"]) for run in saved["runs"]}
assert {("ours", "rmsgs-100"), ("peer", "rmsgs-100"), ("limit", "pingpong")} <= subjects, subjects
assert len(saved["runs"]) == 10 and saved["about"]["rounds"] == 2
EOF

# A peer that fails is a result, and none that is hidden.
BAD_PEER=die expect 0 bench --rounds 2 --peer "$bad_peer" --csv bad.csv rmsgs-100
said "2 of 2 bad"
said "peer rmsgs-100, round 1: client: it died of signal 6"
expect 0 "$source/bench/run.py" --from bad.csv
said "peer rmsgs-100, round 2: client: it died of signal 6"
# Of our own library it is a failure.
BAD_PEER=leave expect 1 bench --rounds 1 --ours "$bad_peer" rmsgs-100
said "ours rmsgs-100, round 1: client: it ended with status 1 in the middle"

expect 2 "$source/bench/run.py" --from text.so
said "no file of results"

if command -v gnuplot >/dev/null; then
    printf 'before\n%s\nold\n%s\nafter\n' '<!-- figures: written by bench/publish.py -->' '<!-- end of figures -->' >page.md
    expect 0 "$source/bench/publish.py" bad.csv --document page.md
    [ "$(head -n 1 page.md) $(tail -n 1 page.md)" = "before after" ] || fail "more than the section was written"
    contains page.md "| workload | figure | ours |"
    contains page.md "2 of 2 bad"
    contains page.md "](plots/performance.png)"
    ! grep -q '^old$' page.md || fail "the old figures are still there"
    [ "$(head -c 4 plots/performance.png | tail -c 3)" = "PNG" ] || fail "no chart"
    same bad.csv plots/performance.csv
    cp page.md once.md
    expect 0 "$source/bench/publish.py" plots/performance.csv --document page.md
    same once.md page.md
    echo "no marks" >plain.md
    expect 2 "$source/bench/publish.py" good.csv --document plain.md
    said "does not have the two marks"
    contains plain.md "no marks"
    expect 2 "$source/bench/publish.py" text.so --document page.md
    said "no file of results"
    same once.md page.md
else
    echo "gnuplot is not installed: the chart is not tested"
fi
