#!/usr/bin/env bash
# Installs a build into an empty tree, as packagers do, moves the tree, and uses it: headers, libraries, pkg-config,
# find_package, command line and manual pages.
#
#   test_consumer.sh BUILD-DIRECTORY C-COMPILER C++-COMPILER
set -euo pipefail

build=$1 cc=$2 cxx=$3
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "FAILED: $*"
    exit 1
}

DESTDIR=$work/stage cmake --install "$build" --prefix /opt/fumarole >"$work/install.log" ||
    { cat "$work/install.log" && fail "the installation"; }
[ "$(ls "$work/stage")" = opt ] || fail "something was put outside of the prefix"
mv "$work/stage/opt/fumarole" "$work/moved"
prefix=$work/moved

pkgconfig=$(dirname "$(find "$prefix" -name fumarole.pc)")
libdir=$(dirname "$pkgconfig")
for file in include/fumarole/fumarole.h include/fumarole/types.h bin/fumarole bin/fumarole-sim share/man/man1/fumarole.1 \
    share/man/man1/fumarole-sim.1; do
    [ -f "$prefix/$file" ] || fail "$file is missing"
done
for file in libfumarole.so libfumarole.so.0 libfumarole.a cmake/Fumarole/FumaroleConfig.cmake; do
    [ -e "$libdir/$file" ] || fail "$file is missing in ${libdir#"$prefix"/}"
done
if [ -e "$libdir/libGameNetworkingSockets.so" ]; then fail "the alias was installed without being asked for"; fi
objdump -p "$libdir/libfumarole.so" >"$work/headers"
grep -q 'SONAME *libfumarole\.so\.0$' "$work/headers" || fail "the SONAME is not libfumarole.so.0"
if grep -rl -- "$work/stage\|$build" "$libdir/cmake" "$pkgconfig"; then fail "the package knows where it was built"; fi

# The command line finds its library, and has a manual page for every subcommand.
"$prefix/bin/fumarole" --version
for command in $("$prefix/bin/fumarole" --help | awk '/^  [a-z]/ { print $1 }'); do
    [ -f "$prefix/share/man/man1/fumarole-$command.1" ] || fail "fumarole $command has no manual page"
done

export PKG_CONFIG_PATH=$pkgconfig
run() { # PROGRAM: says its version, which is what pkg-config says
    [ "$("$1")" = "version $(pkg-config --modversion fumarole)" ] || fail "${1##*/} does not do its work"
    echo "ok ${1#"$work"/}"
}

read -ra cflags < <(pkg-config --cflags fumarole)
read -ra libs < <(pkg-config --libs fumarole)
read -ra static_libs < <(pkg-config --static --libs fumarole | sed 's/-lfumarole\b/-l:libfumarole.a/')
mkdir "$work/pkg-config"
"$cc" -Wall -Wextra -Werror "$here/main.c" "${cflags[@]}" "${libs[@]}" -Wl,-rpath,"$libdir" -o "$work/pkg-config/shared_c"
"$cxx" -Wall -Wextra -Werror "$here/main.cpp" "${cflags[@]}" "${libs[@]}" -Wl,-rpath,"$libdir" \
    -o "$work/pkg-config/shared_cpp"
"$cc" "$here/main.c" "${cflags[@]}" "${static_libs[@]}" -o "$work/pkg-config/static_c"
cmake -S "$here" -B "$work/cmake" -G Ninja -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER="$cc" \
    -DCMAKE_CXX_COMPILER="$cxx" >"$work/cmake.log" || { cat "$work/cmake.log" && fail "find_package(Fumarole)"; }
cmake --build "$work/cmake" >"$work/cmake.log" || { cat "$work/cmake.log" && fail "the build after find_package"; }
for way in pkg-config cmake; do
    for program in shared_c shared_cpp static_c; do
        run "$work/$way/$program"
    done
    objdump -p "$work/$way/static_c" >"$work/headers"
    if grep -q "NEEDED.*fumarole" "$work/headers"; then fail "static_c needs the shared library"; fi
done
