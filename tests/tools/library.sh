# What the tests of the command line have in common. Sourced by bash; each test is called with the path of fumarole.
# shellcheck shell=bash
#
# A test works in an empty directory of its own, with a home of its own, and every process it leaves behind is ended.

set -euo pipefail

# shellcheck disable=SC2034 # for the tests
fumarole=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
directory=$(mktemp -d)
cd "$directory"
export HOME=$directory XDG_DATA_HOME=$directory/data USER=tester LC_ALL=C
checks=0
children=()

finish() {
    local code=$?
    local child
    for child in "${children[@]}"; do
        kill -KILL "$child" 2>/dev/null || true
    done
    wait 2>/dev/null || true
    if [ "$code" -ne 0 ]; then
        echo "--- what is left in $directory"
        local file
        for file in *.out *.err; do
            [ -s "$file" ] && { echo "--- $file" && head -c 4000 "$file"; }
        done
    fi
    cd / && rm -rf "$directory"
    [ "$code" -eq 0 ] && echo "$checks checks"
    exit "$code"
}
trap finish EXIT

fail() {
    echo "FAILED: $*"
    exit 1
}

# expect CODE COMMAND...: runs it into out and err, and looks at its exit code.
expect() {
    local wanted=$1 code=0
    shift
    "$@" >last.out 2>last.err </dev/null || code=$?
    checks=$((checks + 1))
    [ "$code" -eq "$wanted" ] || fail "exit code $code instead of $wanted: $*"
}

# said WORDS: the last command said so, on either stream.
said() {
    checks=$((checks + 1))
    grep -qF -- "$1" last.out last.err || fail "nobody said: $1"
}

# contains FILE WORDS
contains() {
    checks=$((checks + 1))
    grep -qF -- "$2" "$1" || fail "$1 does not contain: $2"
}

same() {
    checks=$((checks + 1))
    cmp -- "$1" "$2" || fail "$1 and $2 differ"
}

# start NAME COMMAND...: in the background, with NAME.out and NAME.err; its process id is $started.
start() {
    local name=$1
    shift
    rm -f "$name.out" "$name.err"
    "$@" >"$name.out" 2>"$name.err" </dev/null &
    started=$!
    children+=("$started")
}

# await FILE WORDS [PROCESS]: until the file contains the words; fails when the process has ended before, or after 30 s.
await() {
    local rounds
    for ((rounds = 0; rounds < 600; rounds++)); do
        if grep -qF -- "$2" "$1" 2>/dev/null; then
            checks=$((checks + 1))
            return
        fi
        if [ -n "${3:-}" ] && ! kill -0 "$3" 2>/dev/null && ! grep -qF -- "$2" "$1" 2>/dev/null; then
            fail "process ended before $1 contained: $2"
        fi
        sleep 0.05
    done
    fail "$1 never contained: $2"
}

# address_of FILE PROCESS: where the process listens, by its line in FILE; the result is $address.
address_of() {
    await "$1" "listening on " "$2"
    # shellcheck disable=SC2034
    address=$(sed -n 's/^listening on //p' "$1" | head -n 1)
}

# ends PROCESS CODE: it ends by itself, with this exit code.
ends() {
    local code=0
    wait "$1" || code=$?
    checks=$((checks + 1))
    [ "$code" -eq "$2" ] || fail "a background process ended with $code instead of $2"
}

# value KEY FILE: what stands behind "KEY=" in the file, the first time.
value() {
    tr ' ' '\n' <"$2" | sed -n "s/^$1=//p" | head -n 1
}

# holds EXPRESSION: of numbers, as awk sees them.
holds() {
    checks=$((checks + 1))
    awk "BEGIN { exit !($1) }" || fail "does not hold: $1"
}

# has_terminal: whether script(1) can make a terminal here; some containers have none.
has_terminal() {
    script -qec true /dev/null >/dev/null 2>&1 </dev/null && return
    echo "no terminal can be had here: what needs one is not tested"
    return 1
}
