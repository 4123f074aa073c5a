#!/usr/bin/env bash
# The checklist of the exported functions, functions.txt, is complete and true: it has every function of the list of
# exports and no other, every test it names exists and belongs to a program that is run, and the file of the test, or
# what it includes of the tests' own, uses the function.
set -u

here=$(cd "$(dirname "$0")" && pwd)
tests=$(dirname "$here")
exports=$tests/abi/exports.txt
failures=0

fail() {
    echo "functions.txt: $*" >&2
    failures=$((failures + 1))
}

# The words of a file and of the headers and sources of the tests that it stands on.
declare -A words
read_words() {
    [ -n "${words[$1]:-}" ] && return
    case $1 in
    real/interop/*) set -- "$1" "$tests"/real/interop/*.[ch] "$tests"/../bench/flat.[ch] ;;
    real/*) set -- "$1" "$tests/$1" "$tests"/real/harness/*.[ch] "$tests"/unit/api/fixture.h ;;
    *) set -- "$1" "$tests/$1" "$tests"/unit/api/fixture.h ;;
    esac
    words[$1]=" $(shift && cat "$@" | grep -Eo '[A-Za-z_0-9]+' | sort -u | tr '\n' ' ')"
}

# In the tests a function of an interface may go by the last part of its name: S(CloseConnection, ...).
check() {
    local function=$1 role=$2 test=$3 file name short

    file=${test%%:*}
    name=${test#*:}
    if [ ! -f "$tests/$file" ]; then
        fail "$function: $file does not exist"
        return
    fi
    grep -Eq "^(static )?(void|int) ${name}\(" "$tests/$file" || fail "$function: $file has no test $name"
    grep -Eq "[({ ]${name}[,)]" "$tests/$file" "$tests"/real/interop/matrix.c || fail "$function: $name is not run"
    short=${function#SteamAPI_ISteamNetworking*_}
    read_words "$file"
    case ${words[$file]} in
    *" $function "* | *" $short "*) ;;
    *) fail "$function: the $role test in $file does not use it" ;;
    esac
}

listed=$(grep -v '^#' "$here/functions.txt" | awk '{ print $1 }')
diff <(sort "$exports") <(echo "$listed" | sort) >/dev/null || {
    diff <(sort "$exports") <(echo "$listed" | sort) >&2
    fail "it is not the list of exported functions (< exported, > listed)"
}
while read -r function success error rest; do
    case $function in '#'* | '') continue ;; esac
    if [ -n "$rest" ] || [ -z "$error" ]; then
        fail "$function: not two tests"
        continue
    fi
    [ "$success" = '*' ] || check "$function" first "$success"
    [ "$error" = '-' ] || check "$function" second "$error"
done <"$here/functions.txt"
[ "$failures" -eq 0 ] && echo "$(echo "$listed" | wc -l) functions, each with its tests"
exit $((failures > 0))
