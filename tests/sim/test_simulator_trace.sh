#!/usr/bin/env bash
# A seed is the same world in every process: the same trace byte for byte, the same digest, however it is run.
# shellcheck source=tests/tools/library.sh
source "$(dirname "$0")/../tools/library.sh"
sim=$fumarole

for world in ${SIMULATED_WORLDS:-transport api}; do
    for seed in 1 4 9 23; do
        expect 0 "$sim" --seed $seed --world "$world" --trace
        mv last.out first.out
        expect 0 "$sim" --seed $seed --world "$world" --trace
        same first.out last.out
        contains first.out "seed $seed ($world): held, digest "
        holds "$(wc -l <first.out) > 20"
        # Without a trace, and beside others, it is that world too.
        digest=$(sed -n 's/^seed .* digest //p' first.out)
        expect 0 "$sim" --seed $seed --world "$world"
        said "digest $digest"
        expect 0 "$sim" --seeds 1..$((seed + 1)) --world "$world" --list --jobs 3
        contains last.out "digest $digest"
        # Another seed is another world.
        expect 0 "$sim" --seed $((seed + 1)) --world "$world" --trace
        cmp -s first.out last.out && fail "seeds $seed and $((seed + 1)) are the same world"
    done
done

# Limits that nothing reaches change nothing.
expect 0 "$sim" --seed 9 --world transport --trace --hosts 100 --connections 1000 --messages 1000000 --work 999999 --until 999999
mv last.out limited.out
expect 0 "$sim" --seed 9 --world transport --trace
same limited.out last.out
