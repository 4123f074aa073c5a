#!/usr/bin/env bash
# No branch and no address depends on a secret where secrets are compared: tests/security/constant_time.c under valgrind.
#
#   constant_time.sh PROGRAM
set -euo pipefail

program=${1:-}
if ! command -v valgrind >/dev/null 2>&1; then
    echo "skipped: valgrind is not installed" >&2
    exit 77
fi
if [ ! -x "$program" ]; then
    echo "skipped: it was built without valgrind's headers, or with a sanitizer" >&2
    exit 77
fi

output=$(mktemp)
trap 'rm -f "$output"' EXIT
under_valgrind() {
    valgrind --quiet --error-exitcode=99 --exit-on-first-error=no "$program" "$@" >"$output" 2>&1
}

# A check that cannot fail is no check.
for planted in 1 2 3; do
    status=0
    under_valgrind planted "$planted" || status=$?
    if [ "$status" != 99 ]; then
        echo "planted comparison $planted was not noticed (status $status):" >&2
        cat "$output" >&2
        exit 1
    fi
done
if ! under_valgrind; then
    echo "the time of a comparison depends on a secret:" >&2
    cat "$output" >&2
    exit 1
fi
echo "comparisons take the same time whatever the secrets are; 3 planted ones were noticed"
