#!/usr/bin/env bash
# What the documents say is so: the program in README.md is examples/hello.c, compiles as README.md says, and runs; every
# file that a document links to exists.
#
#   test_readme.sh SOURCE-DIRECTORY BUILD-DIRECTORY C-COMPILER
set -euo pipefail

root=$1 build=$2 cc=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_DATA_HOME=$work HOME=$work

fail() {
    echo "FAILED: $*"
    exit 1
}

awk '/^```c$/ { inside = 1; next } /^```$/ { if (inside) exit } inside' "$root/README.md" >"$work/hello.c"
diff "$root/examples/hello.c" "$work/hello.c" || fail "the program in README.md is not examples/hello.c"
grep -q '^    cc hello.c -Iinclude -Lbuild -lfumarole -Wl,-rpath,build -o hello$' "$root/README.md" ||
    fail "README.md does not say how to compile the program"
cd "$work"
ln -s "$root/include" include
ln -s "$build" build
"$cc" hello.c -Iinclude -Lbuild -lfumarole -Wl,-rpath,build -o hello
[ "$(./hello)" = Hello ] || fail "the program in README.md does not say Hello"

broken=0
while read -r document; do
    while read -r target; do
        case $target in
        http*://* | '#'* | mailto:*) continue ;;
        esac
        if [ ! -e "$(dirname "$document")/${target%%#*}" ]; then
            echo "${document#"$root"/} links to $target, which is not there"
            broken=1
        fi
    done < <(grep -o '](\([^)]*\))' "$document" | sed 's/^](//; s/)$//')
done < <(find "$root" -name '*.md' -not -path '*/build*' -not -path '*/.git/*' -not -path '*/node_modules/*')
[ "$broken" -eq 0 ] || fail "broken links"
