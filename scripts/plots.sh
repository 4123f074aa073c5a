#!/usr/bin/env bash
# The plots of docs/congestion-control.md, from scenarios of the simulator.
#
#   scripts/plots.sh [BUILD [SCENARIO...]]      BUILD: where fumarole-sim is (build); SCENARIO: all that are shown
#
# Needs gnuplot (Debian: gnuplot-nox). Writes docs/plots/SCENARIO.png.
set -euo pipefail

cd "$(dirname "$0")/.."
build=${1:-build}
[ $# -gt 0 ] && shift
[ $# -gt 0 ] || set -- bulk-buffer1-loss1 bulk-10m-200ms rate-drop jitter-wanders ten-flows beside-cubic-buffer1 \
    beside-cubic-buffer4 game-beside-bulk limited-then-busy
csv=$(mktemp)
trap 'rm -f "$csv"' EXIT

for scenario in "$@"; do
    # A bar that is missed is no reason not to see why.
    "$build/fumarole-sim" --scenario "$scenario" --seed 1 --csv "$csv" >/dev/null || true
    flows=$(head -1 "$csv" | tr , '\n' | grep -c '^mbit_')
    others=
    grep -q competitor_mbit "$csv" && others=', "" using 1:"competitor_mbit" with lines lc rgb "#d62728" title "competitor"'
    delays=
    grep -q game_added_ms "$csv" && delays=', "" using 1:"game_added_ms" with points pt 7 ps 0.3 lc rgb "#d62728" title "added to game messages"'
    gnuplot <<PLOT
set terminal pngcairo size 860,520 font ",9"
set output "docs/plots/$scenario.png"
set datafile separator ","
set grid lc rgb "#dddddd"
set key outside right top samplen 1
set lmargin 8
set rmargin 24
set multiplot layout 2,1 title "$scenario" noenhanced
set yrange [0:*]
set ylabel "Mbit/s"
plot "$csv" using 1:"path_mbit" with lines lw 2 lc rgb "#bbbbbb" title "path", \\
     for [i=1:$flows] "" using 1:(column(sprintf("mbit_%d", i))) with lines \\
         title ($flows > 1 ? sprintf("connection %d", i) : "connection")$others
set ylabel "queue, ms"
set xlabel "seconds"
plot "$csv" using 1:"queue_ms" with lines lc rgb "#1f77b4" title "queue"$delays
unset multiplot
PLOT
    echo "docs/plots/$scenario.png"
done
