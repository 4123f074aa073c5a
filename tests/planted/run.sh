#!/usr/bin/env bash
# Does the suite notice? Builds the project in a copy once for each tests/planted/*.patch, which plants one bug, and runs
# the tests until the first one fails.
#
#   tests/planted/run.sh [NAME...]     NAME: a patch without its ending; all of them if none is named
#
# First the copy has to pass without any bug. Last line: `N caught, N not caught`; the exit status is zero only if every
# bug was caught.
#   JOBS=N           tests and compilers at a time (default: one for each processor)
#   BASELINE=no      leaves out the run without a bug
#   CTEST_FLAGS=...  more options for every run of ctest
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
jobs=${JOBS:-$(nproc)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ $# -eq 0 ]; then
    for patch in "$root"/tests/planted/*.patch; do
        name=${patch##*/}
        set -- "$@" "${name%.patch}"
    done
fi
for name in "$@"; do
    if [ ! -f "$root/tests/planted/$name.patch" ]; then
        echo "tests/planted/run.sh: there is no tests/planted/$name.patch" >&2
        exit 2
    fi
done

mkdir "$work/source"
git -C "$root" ls-files -z | (cd "$root" && xargs -0 cp --parents -t "$work/source")
cmake -G Ninja -S "$work/source" -B "$work/build" ${CMAKE_FLAGS:-} >"$work/configure.log" 2>&1 || {
    cat "$work/configure.log"
    exit 1
}

# Builds and tests; the log tells which test failed. In the order in which the tests are declared, the smallest first:
# what ctest remembers of earlier runs would begin with those that take longest, and with the last one that failed.
suite() {
    cmake --build "$work/build" -j "$jobs" >"$work/build.log" 2>&1 || return 2
    rm -f "$work/build/Testing/Temporary/CTestCostData.txt"
    # shellcheck disable=SC2086
    ctest --test-dir "$work/build" -j "$jobs" --stop-on-failure --timeout 600 ${CTEST_FLAGS:-} >"$work/test.log" 2>&1
}

# The names of the tests that failed, from ctest's summary; those that were skipped are listed there too.
failed_tests() {
    sed -n '/(Skipped)$/d; s/^[[:space:]]*[0-9]* - \([^ ]*\) (.*/\1/p' "$work/test.log" | sort -u | paste -sd ' '
}

if [ "${BASELINE:-yes}" != no ]; then
    if ! suite; then
        tail -n 40 "$work/build.log" "$work/test.log" 2>/dev/null || true
        echo "without a bug the suite does not pass; nothing can be said"
        exit 1
    fi
    echo "without a bug: passed"
fi

caught=0
missed=0
for name in "$@"; do
    patch=$root/tests/planted/$name.patch
    if ! patch -s -p1 -d "$work/source" <"$patch" >"$work/patch.log" 2>&1; then
        cat "$work/patch.log"
        echo "$name: the patch does not fit any more"
        exit 1
    fi
    status=0
    suite || status=$?
    if [ "$status" -eq 2 ]; then
        tail -n 20 "$work/build.log"
        echo "$name: does not compile"
        exit 1
    elif [ "$status" -ne 0 ]; then
        caught=$((caught + 1))
        echo "$name: caught by $(failed_tests)"
    else
        missed=$((missed + 1))
        echo "$name: NOT CAUGHT ($(head -n 1 "$patch"))"
    fi
    patch -s -R -p1 -d "$work/source" <"$patch"
done
echo "$caught caught, $missed not caught"
[ "$missed" -eq 0 ]
