#!/bin/sh
# Tries the version script and test_exports.sh on small libraries: the right names pass; a missing one, one too many, one
# without a version and a variable in place of a function do not; a program linked without versions runs with the
# versioned library.
#
#   test_export_check.sh C_COMPILER
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cc=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "$1"
    exit 1
}

build() { # SOURCE MAP OUTPUT
    "$cc" -shared -fPIC -w -Wl,-soname,libsame.so -Wl,--version-script="$2" "$1" -o "$3"
}

map=$root/src/api/fumarole.map
sed 's/.*/int &(void) { return 42; }/' "$here/exports.txt" >"$work/right.c"
echo 'int internal(void) { return 1; }' >>"$work/right.c"
build "$work/right.c" "$map" "$work/right.so"
sh "$here/test_exports.sh" "$work/right.so" || fail "the right names were refused"

grep -v '\bFumarole_Version\b' "$work/right.c" >"$work/missing.c"
build "$work/missing.c" "$map" "$work/missing.so"
! sh "$here/test_exports.sh" "$work/missing.so" >/dev/null || fail "a missing name was not noticed"

sed 's/^global:/global:\n    internal;/' "$map" >"$work/more.map"
build "$work/right.c" "$work/more.map" "$work/more.so"
! sh "$here/test_exports.sh" "$work/more.so" >/dev/null || fail "a name too many was not noticed"

sed 's/FUMAROLE_0//' "$map" >"$work/plain.map"
build "$work/right.c" "$work/plain.map" "$work/plain.so"
! sh "$here/test_exports.sh" "$work/plain.so" >/dev/null || fail "names without a version were not noticed"

sed 's/^int Fumarole_Version(void).*/int Fumarole_Version = 1;/' "$work/right.c" >"$work/variable.c"
build "$work/variable.c" "$map" "$work/variable.so"
! sh "$here/test_exports.sh" "$work/variable.so" >/dev/null || fail "a variable in place of a function was not noticed"

# A program that was linked against a library without versions, as those of other implementations are.
mkdir "$work/link" "$work/run"
cp "$work/plain.so" "$work/link/libsame.so"
cp "$work/right.so" "$work/run/libsame.so"
printf 'int GameNetworkingSockets_Init(void);\nint main(void) { return GameNetworkingSockets_Init() == 42 ? 0 : 1; }\n' \
    >"$work/program.c"
"$cc" "$work/program.c" -L"$work/link" -lsame -o "$work/program"
LD_LIBRARY_PATH=$work/run "$work/program" || fail "a program linked without versions does not run"
