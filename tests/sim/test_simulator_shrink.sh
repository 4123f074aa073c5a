#!/usr/bin/env bash
# A seed that fails is made smaller: what it is shrunk to fails in the same way, and has less in it.
# shellcheck source=tests/tools/library.sh
source "$(dirname "$0")/../tools/library.sh"
planted=$2

# shrunk BUG SEED: its smallest command, without the program's name, is in $command then; fails that do not shrink fail.
shrunk() {
    PLANTED_BUG=$1 expect 1 "$planted" --seed "$2" --world transport
    mv last.out shrunk.out
    read -r -a command < <(sed -n 's/^ *shrunk: fumarole-sim //p' shrunk.out)
    [ ${#command[@]} -gt 0 ] || fail "seed $2 was not shrunk"
    checks=$((checks + 1))
}

# has OPTION VALUE: the shrunk command says so.
has() {
    checks=$((checks + 1))
    [[ " ${command[*]} " == *" $1 $2 "* ]] || fail "not '$1 $2': ${command[*]}"
}

# steps: how many events it took until the failure that was just reported.
steps() {
    sed -n 's/.*, step \([0-9]*\):.*/\1/p' last.out | head -n 1
}

# A crash at the third message: no trouble is needed for it, two hosts, three messages.
for seed in 5 10; do
    shrunk abort $seed
    has --hosts 2
    has --messages 3
    has --only none
    PLANTED_BUG=abort expect 134 "$planted" "${command[@]}"
    expect 0 "$planted" "${command[@]}"
done

# A world that hangs.
PLANTED_BUG=hang expect 1 "$planted" --seed 5 --world transport --hang 0.1
contains last.out "--messages 3 --only none"

# An invariant that breaks only when datagrams are duplicated, after some messages.
found=0
for seed in $(seq 1 60); do
    PLANTED_BUG=duplicate "$planted" --seed "$seed" --world transport --no-shrink >last.out 2>&1 && continue
    found=$((found + 1))
    shrunk duplicate "$seed"
    [[ " ${command[*]} " =~ \ --only\ [a-z,-]*(duplication|seeing-attack) ]] || fail "faults: ${command[*]}"
    without=("${command[@]}" --without "duplication,seeing-attack")
    PLANTED_BUG=duplicate expect 0 "$planted" "${without[@]}"
    PLANTED_BUG=duplicate expect 1 "$planted" "${command[@]}"
    said "negative pending bytes"
    smaller=$(steps)
    PLANTED_BUG=duplicate expect 1 "$planted" --seed "$seed" --world transport --trace
    holds "$smaller < $(steps)"
    [ $found -eq 3 ] && break
done
holds "$found == 3"
