#!/usr/bin/env bash
# Verifies the models of the handshake exhaustively with spin, and that leaving out any of what they rest on is noticed.
#
#   model/check.sh [--verbose]
#
# Exit status 77: spin or a compiler is missing.
set -euo pipefail

cd "$(dirname "$0")"
models=$PWD
verbose=false
[ "${1:-}" = --verbose ] && verbose=true
compiler=${CC:-cc}
for tool in spin "$compiler"; do
    if ! command -v "$tool" >/dev/null 2>&1; then
        echo "skipped: $tool is not installed" >&2
        exit 77
    fi
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
failed=0

# run MODEL SAFETY|LIVENESS OPTION... - the verifier's report in ./report
run() {
    local model=$1 kind=$2
    shift 2
    rm -f pan*
    spin -a "$@" "$models/$model.pml" >report 2>&1 || return 2
    if [ "$kind" = SAFETY ]; then
        "$compiler" -w -O1 -DSAFETY -DNOCLAIM -DMEMLIM=2000 -o pan pan.c >>report 2>&1 || return 2
        timeout 200 ./pan -m100000 >>report 2>&1 || return 2
    else
        "$compiler" -w -O1 -DMEMLIM=2000 -o pan pan.c >>report 2>&1 || return 2
        timeout 200 ./pan -a -m100000 >>report 2>&1 || return 2
    fi
    # A search that was cut short proves nothing.
    if grep -qE 'Search not completed|max search depth too small|out of memory' report &&
        grep -q 'errors: 0' report; then
        return 2
    fi
    grep -q 'errors: ' report
}

describe() {
    printf '%-9s %s %s: %s states\n' "$1" "$2" "$3" "$(sed -n 's/^ *\([0-9]*\) states, stored.*/\1/p' report)"
}

holds() {
    local status=0
    run "$@" || status=$?
    if [ "$status" -eq 0 ] && grep -q 'errors: 0' report; then
        describe holds "$1" "${*:3}"
        if $verbose; then cat report; fi
    else
        echo "FAILED    $1 ${*:2} should hold:" >&2
        tail -40 report >&2
        failed=1
    fi
}

refuted() {
    local status=0
    run "$@" || status=$?
    if [ "$status" -eq 0 ] && ! grep -q 'errors: 0' report && grep -qE 'assertion violated|acceptance cycle|invalid end' report; then
        describe refuted "$1" "${*:3}"
        if $verbose; then grep -E 'assertion violated|acceptance cycle' report; fi
    else
        echo "FAILED    $1 ${*:2} should have a counterexample:" >&2
        tail -40 report >&2
        failed=1
    fi
}

# What is promised.
holds handshake SAFETY -DATTACK=0
holds handshake SAFETY -DATTACK=1 -DATTEMPTS=1
holds handshake SAFETY -DATTACK=2 -DATTEMPTS=1
holds handshake LIVENESS -DATTACK=0 -DATTEMPTS=1 -DPATIENT
holds agreement SAFETY -DAUTHENTICATE=0
holds agreement SAFETY -DAUTHENTICATE=1
holds agreement SAFETY -DAUTHENTICATE=2
holds agreement SAFETY -DAUTHENTICATE=3

# What the promises rest on: without it they do not hold.
refuted handshake SAFETY -DATTACK=1 -DATTEMPTS=1 -DNO_COOKIE
refuted handshake SAFETY -DATTACK=0 -DATTEMPTS=1 -DSHORT_FIN_WAIT
refuted handshake SAFETY -DATTACK=2 -DATTEMPTS=1 -DNO_IDS_IN_KEY
refuted handshake SAFETY -DATTACK=0 -DATTEMPTS=1 -DNO_WINDOW
refuted handshake SAFETY -DATTACK=0 -DATTEMPTS=1 -DDELIVER_AFTER_CLOSE
refuted handshake SAFETY -DATTACK=0 -DATTEMPTS=1 -DPATIENT -DNO_TIMEOUT
refuted agreement SAFETY -DAUTHENTICATE=3 -DNO_SIGNATURE
refuted agreement SAFETY -DAUTHENTICATE=3 -DNO_CERTIFICATES_IN_KEY

# What the protocol does not promise (docs/security.md).
refuted handshake SAFETY -DATTACK=2 -DATTEMPTS=1 -DCLAIM_CLIENT_THERE
refuted handshake SAFETY -DATTACK=2 -DATTEMPTS=1 -DCLAIM_SERVER_THERE
refuted handshake SAFETY -DATTACK=2 -DATTEMPTS=1 -DCLAIM_CLOSE_TRUE
refuted agreement SAFETY -DAUTHENTICATE=0 -DCLAIM_SECRET
refuted agreement SAFETY -DAUTHENTICATE=2 -DCLAIM_CLIENT_NAMED
refuted agreement SAFETY -DAUTHENTICATE=1 -DCLAIM_SERVER_NAMED

exit "$failed"
