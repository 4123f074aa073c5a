#!/bin/sh
# Compiles every public header alone, and the layout tests, with every compiler at hand and several language versions.
#
#   test_headers.sh C_COMPILER CXX_COMPILER
#
# Besides the two named ones gcc, clang, g++ and clang++ are used if they are installed.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

warnings="-Wall -Wextra -Wshadow -Wundef -pedantic -Werror"
failed=0
compiled=0

try() {
    if ! "$@" -I"$root/include" -fsyntax-only 2>"$work/errors"; then
        echo "failed: $*"
        head -20 "$work/errors"
        failed=1
    fi
    compiled=$((compiled + 1))
}

for header in "$root"/include/fumarole/*.h; do
    name=$(basename "$header" .h)
    # Twice, so that the include guard is tried too. The last line keeps a header without declarations from being "empty".
    printf '#include "fumarole/%s.h"\n#include "fumarole/%s.h"\nextern int not_empty;\n' "$name" "$name" >"$work/$name.c"
    cp "$work/$name.c" "$work/$name.cpp"
done

for compiler in $(printf '%s\n' "$1" gcc clang | sort -u); do
    command -v "$compiler" >/dev/null || continue
    for source in "$work"/*.c; do
        try "$compiler" -std=c11 $warnings -Wstrict-prototypes -Wmissing-prototypes "$source"
    done
    try "$compiler" -std=c11 $warnings "$here/test_layout.c"
    try "$compiler" -std=gnu17 $warnings "$here/test_layout.c"
done

for compiler in $(printf '%s\n' "$2" g++ clang++ | sort -u); do
    command -v "$compiler" >/dev/null || continue
    for source in "$work"/*.cpp; do
        try "$compiler" -std=c++17 $warnings "$source"
    done
    for standard in c++11 c++17 c++20; do
        try "$compiler" -std=$standard $warnings "$here/test_layout.cpp"
    done
done

echo "$compiled compilations"
exit $failed
