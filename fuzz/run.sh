#!/usr/bin/env bash
# Fuzzes every target of a build made with FUMAROLE_FUZZ, for so many seconds each or with so many executions.
#
#   fuzz/run.sh [-runs EXECUTIONS] BUILD-DIRECTORY SECONDS [TARGET...]
#
# With -runs a target ends when it has done so many, and SECONDS (0: none) is the limit of its time. Inputs that are
# found interesting stay in BUILD-DIRECTORY/fuzz/found/<noun> and are the start of the next run. An input that does harm
# is written next to them and its path printed; put it into fuzz/corpus/<noun> with the mending.
#
# At the end there is a table: executions, seconds, edges of the control flow that were reached, inputs that were kept.
set -euo pipefail

runs=-1
if [ "${1:-}" = -runs ] && [ $# -ge 2 ]; then
    runs=$2
    shift 2
fi
if [ $# -lt 2 ]; then
    echo "usage: fuzz/run.sh [-runs EXECUTIONS] BUILD-DIRECTORY SECONDS [TARGET...]" >&2
    exit 2
fi
source_directory=$(cd "$(dirname "$0")" && pwd)
fuzz_directory=$1/fuzz
seconds=$2
shift 2
if [ $# -eq 0 ]; then
    for program in "$fuzz_directory"/fuzz_*; do
        noun=${program##*/fuzz_}
        if [ -f "$program" ] && [ -x "$program" ] && [ "$noun" != seeds ]; then set -- "$@" "$noun"; fi
    done
fi

failed=()
table=()
for noun in "$@"; do
    found=$fuzz_directory/found/$noun
    mkdir -p "$found"
    inputs=("$found")
    for directory in "$fuzz_directory/seeds/$noun" "$source_directory/corpus/$noun"; do
        [ ! -d "$directory" ] || inputs+=("$directory")
    done
    log=$fuzz_directory/found/$noun.log
    begin=$(date +%s)
    result=0
    # Without the schedule by entropy, which takes longer than most inputs do.
    "$fuzz_directory/fuzz_$noun" -runs="$runs" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 \
        -max_len=2048 -entropic=0 -reload=0 -artifact_prefix="$fuzz_directory/found/$noun-" -print_final_stats=1 \
        "${inputs[@]}" >"$log" 2>&1 || result=$?
    took=$(($(date +%s) - begin))
    if [ "$result" -eq 0 ]; then
        executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
        edges=$(sed -n 's/.*DONE.* cov: \([0-9]*\).*/\1/p' "$log" | tail -n 1)
        kept=$(sed -n 's/.*DONE.* corp: \([0-9]*\).*/\1/p' "$log" | tail -n 1)
        table+=("$(printf '%-18s %12s %8s %8s %8s' "$noun" "$executions" "$took" "${edges:--}" "${kept:--}")")
        echo "$noun: $executions executions, nothing found"
    else
        failed+=("$noun")
        tail -n 40 "$log"
        echo "$noun: FAILED, see $log"
    fi
done
printf '%-18s %12s %8s %8s %8s\n' target executions seconds edges inputs
[ ${#table[@]} -eq 0 ] || printf '%s\n' "${table[@]}"
[ ${#failed[@]} -eq 0 ]
