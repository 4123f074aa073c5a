#!/usr/bin/env bash
# Hostile peers find what has no bound: each of these bugs is caught in the first worlds of those that the tests run.
# shellcheck source=tests/tools/library.sh
source "$(dirname "$0")/../tools/library.sh"
planted=$2

# caught BUG TEXT: some seed fails, and says this.
caught() {
    PLANTED_BUG=$1 expect 1 "$planted" --seeds 1..250 --jobs 2 --world transport --no-shrink
    grep "^seed .* FAILED" last.out >failures.out || true
    contains failures.out "$2"
}

caught rings "early bytes, at most"
caught messages "bytes of unfinished messages, at most"
caught fragments "bytes of fragments, at most"
caught believe "as its newest acknowledged packet, at most"
expect 0 "$planted" --seeds 1..250 --jobs 2 --world transport
