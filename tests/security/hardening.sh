#!/usr/bin/env bash
# What is built has what cmake/options.cmake asks of compiler and linker against overruns.
#
#   hardening.sh SHARED-LIBRARY PROGRAM...
set -euo pipefail

failures=0
expect() { # FILE WHAT TEXT PATTERN
    if ! grep -Eq "$4" <<<"$3"; then
        echo "$1: $2 is missing"
        failures=$((failures + 1))
    fi
}

library=$1
for file in "$@"; do
    headers=$(readelf -W -l -d -h "$file")
    expect "$file" "binding at the start" "$headers" 'BIND_NOW|FLAGS_1.*NOW'
    expect "$file" "a read-only table of functions" "$headers" 'GNU_RELRO'
    expect "$file" "a stack that is not executable" "$headers" 'GNU_STACK.* RW +0x'
    [ "$file" = "$library" ] || expect "$file" "position independence" "$headers" 'FLAGS_1.*PIE'
    symbols=$(readelf -W --dyn-syms "$file")
    expect "$file" "the check of copies" "$symbols" '__(memcpy|snprintf|fprintf|printf)_chk'
done
# Static libraries of others may have it, so a function of ours is asked, one with an array.
code=$(objdump -d --no-show-raw-insn --disassemble=handshake_write_connect_request "$library")
expect "$library" "the guard of the stack" "$code" '__stack_chk_fail'
[ "$failures" -eq 0 ]
