#!/usr/bin/env bash
# Runs the suite of a build with -DFUMAROLE_COVERAGE=ON and says what it has run of src/.
#
#   tests/coverage/run.sh BUILD-DIRECTORY [JOBS]
#
# Leaves the table in BUILD-DIRECTORY/coverage.txt, every line and branch in html/index.html there, and what report.py reads
# (report.py coverage.json --missing src/wire lists what nothing ran) in coverage.json.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
build=$1
jobs=${2:-$(nproc)}

# Not run: what repeats other tests with more seeds or more load, what looks at files or at another kind of build, and what
# measures.
skipped='congestion_.*|load_.*|interop_with_gns|abi_(generated|declarations|headers|export).*|wire_generated_fresh|bench_.*'
skipped="$skipped|functions_have_tests|model_of_the_handshake|test_constant_time|test_secret_memory"
worlds=200

find "$build" -name '*.gcda' -delete
ctest --test-dir "$build" --output-on-failure --no-tests=error -j "$jobs" -E "^($skipped|simulation_.*)\$" || failed=$?
"$build/tests/sim/test_simulation" 1 "$worlds" || failed=$?

# What headers define is in the objects of the tests too.
gcovr --root . --filter src/ --exclude-throw-branches --json "$build/coverage.json" "$build" || {
    echo "Objects of another state of the sources may be left: remove $build and try again." >&2
    exit 1
}
mkdir -p "$build/html"
gcovr --root . --add-tracefile "$build/coverage.json" --html-details "$build/html/index.html" --html-title 'Coverage of src/'
tests/coverage/report.py "$build/coverage.json" | tee "$build/coverage.txt"
exit "${failed:-0}"
