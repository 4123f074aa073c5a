#!/usr/bin/env bash
# Fuzzes every target of a build made with FUMAROLE_FUZZ for so many seconds each.
#
#   fuzz/run.sh BUILD-DIRECTORY SECONDS [TARGET...]
#
# Inputs that are found interesting stay in BUILD-DIRECTORY/fuzz/found/<noun> and are the start of the next run. An
# input that does harm is written next to them and its path printed; put it into fuzz/corpus/<noun> with the mending.
set -euo pipefail

if [ $# -lt 2 ]; then
    echo "usage: fuzz/run.sh BUILD-DIRECTORY SECONDS [TARGET...]" >&2
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
for noun in "$@"; do
    found=$fuzz_directory/found/$noun
    mkdir -p "$found"
    inputs=("$found")
    for directory in "$fuzz_directory/seeds/$noun" "$source_directory/corpus/$noun"; do
        [ ! -d "$directory" ] || inputs+=("$directory")
    done
    log=$fuzz_directory/found/$noun.log
    if "$fuzz_directory/fuzz_$noun" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
        -artifact_prefix="$fuzz_directory/found/$noun-" -print_final_stats=1 "${inputs[@]}" >"$log" 2>&1; then
        executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
        echo "$noun: $executions executions, nothing found"
    else
        failed+=("$noun")
        tail -n 40 "$log"
        echo "$noun: FAILED, see $log"
    fi
done
[ ${#failed[@]} -eq 0 ]
