#!/bin/sh
# Checks that a shared library exports exactly the names in exports.txt, all as functions of version FUMAROLE_0.
#
#   test_exports.sh LIBRARY
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

[ -f "$1" ] || { echo "no such library: $1"; exit 1; }

# The version itself is listed as an absolute symbol.
nm -D --defined-only "$1" | awk '!($2 == "A" && $3 ~ /^FUMAROLE_0(@@FUMAROLE_0)?$/) { print $2, $3 }' >"$work/found"
while read -r kind name; do
    case $kind:$name in
        T:*@@FUMAROLE_0) echo "${name%@@*}" ;;
        *) echo "$name (kind $kind, not a function of version FUMAROLE_0)" ;;
    esac
done <"$work/found" | LC_ALL=C sort >"$work/names"

if ! LC_ALL=C sort "$here/exports.txt" | diff - "$work/names" >"$work/difference"; then
    echo "$1 does not export what it should (< missing, > too much):"
    grep '^[<>]' "$work/difference"
    exit 1
fi
echo "$(wc -l <"$work/names") names exported"
