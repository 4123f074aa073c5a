#!/usr/bin/env bash
# What can be said about the sources without running them.
#
#   scripts/lint.sh [CHECK...]      CHECK: format scripts manuals comparisons cppcheck analyzer tidy; all of them if none is named
#
# tidy configures a build of its own in build-lint, of which only compile_commands.json is used. What cppcheck and gcc's
# analyzer say and is not so is listed in scripts/*-accepted.txt, with the reason.
set -euo pipefail

cd "$(dirname "$0")/.."
jobs=${JOBS:-$(nproc)}

format() {
    git ls-files -z '*.c' '*.h' '*.cpp' | grep -zv '/generated/' | xargs -0 clang-format --dry-run -Werror
}

scripts() {
    local files=(.ci/run)
    mapfile -t -O 1 files < <(git ls-files '*.sh')
    shellcheck -x -S warning "${files[@]}"
}

manuals() {
    mandoc -T lint -W warning man/*.1
}

# Functions that stop at the first difference tell by their time where it is. Where secrets are at hand each use is
# listed in scripts/comparisons.txt, and everything that is secret is compared by crypto_equal.
comparisons() {
    local listed found
    listed=$(sed -e 's/ *#.*//' -e '/^$/d' scripts/comparisons.txt | sort)
    found=$(grep -rnE '\<(memcmp|bcmp|strcmp|strncmp|strcasecmp|strncasecmp)[[:space:]]*\(' --include='*.[ch]' \
        src/base/siphash.c src/crypto src/cert src/conn src/session src/api/authentication.c src/api/listen_socket.c \
        src/api/trust.c src/net/os_random.c | sed -E 's/^([^:]*):[0-9]+:[[:space:]]*/\1: /' | sort)
    diff <(echo "$listed") <(echo "$found") >/dev/null && return
    echo "comparisons that are not listed in scripts/comparisons.txt (>), or listed and not there (<):" >&2
    diff <(echo "$listed") <(echo "$found") | grep '^[<>]' >&2
    return 1
}

# Only sources that ship; generated code is nanopb's, or a table.
shipped_sources() {
    git ls-files 'src/*.c' 'tools/*.c' 'bindings/*.c' | grep -v '/generated/'
}

# Where the headers are that they include: our own, and those of one Lua and of Node-API for the bindings.
set_header_directories() {
    local lua
    lua=$(pkg-config --variable=includedir lua5.4)/lua5.4
    directories=(-I include -I src -I . -I bindings/godot -I "$lua" -I bindings/node/node_modules/node-api-headers/include)
}

cppcheck() {
    set_header_directories
    shipped_sources | command cppcheck --quiet --std=c11 --enable=warning,performance,portability -j "$jobs" \
        --error-exitcode=1 --suppressions-list=scripts/cppcheck-accepted.txt --template='{file}:{line}: {id}: {message}' \
        "${directories[@]}" -D_GNU_SOURCE -D__linux__ -DPB_PROTO_HEADER_VERSION=40 -DLLONG_MAX=0x7fffffffffffffff \
        --file-list=-
}

analyzer() {
    local warnings
    set_header_directories
    warnings=$(shipped_sources | xargs -P "$jobs" -n 1 "${ANALYZER:-gcc}" -std=gnu11 -fanalyzer -D_GNU_SOURCE \
        -DFUMAROLE_VERSION='""' "${directories[@]}" -c -o /dev/null 2>&1 | sed -n 's/^\([^ :]*\):.*\(warning\|error\):.*\[\(-W[a-z-]*\)\]$/\1 \3/p; /: error: /p' |
        sort -u | grep -vxFf scripts/analyzer-accepted.txt) || true
    [ -z "$warnings" ] || {
        echo "$warnings"
        echo "see all of it: gcc -std=gnu11 -fanalyzer -D_GNU_SOURCE ${directories[*]} -c -o /dev/null FILE"
        return 1
    }
}

tidy() {
    cmake -G Ninja -S . -B build-lint >/dev/null
    # The generated code and the tests are other people's style.
    git ls-files -z 'src/*.c' 'tools/*.c' 'bindings/*.c' 'bench/*.c' 'fuzz/*.c' 'examples/*.c' | grep -zv '/generated/' |
        xargs -0 -P "$jobs" -n 4 clang-tidy -p build-lint --quiet
}

[ $# -gt 0 ] || set -- format scripts manuals comparisons cppcheck analyzer tidy
failed=0
for check in "$@"; do
    case $check in
    format | scripts | manuals | comparisons | cppcheck | analyzer | tidy)
        if "$check"; then
            echo "$check: good"
        else
            echo "$check: FAILED"
            failed=1
        fi
        ;;
    *)
        echo "scripts/lint.sh: there is no check '$check'" >&2
        exit 2
        ;;
    esac
done
exit "$failed"
