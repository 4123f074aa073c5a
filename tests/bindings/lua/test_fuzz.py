#!/usr/bin/env python3
"""Calls every function of the module with wrong types and values, and looks whether the interpreter survives.

    test_fuzz.py RUNTIME [CALLS [SEED...]]

FUZZ_CALLS in the environment is the number of calls where none is given, FUZZ_SEEDS the seeds.
"""

import contextlib
import os
import sys

from programs import HERE, Runtime, Trouble, display, main, need, running


def test():
    runtime, *rest = sys.argv[1:]
    runtime = Runtime(runtime)
    calls = rest[0] if rest else os.environ.get("FUZZ_CALLS", "100000")
    with contextlib.ExitStack() as stack:
        if runtime.name == "love":
            need("love", "Xvfb")
            stack.enter_context(display())
        for seed in rest[1:] or os.environ.get("FUZZ_SEEDS", "1").split():
            command = runtime.command(os.path.join(HERE, "fuzz.lua"), calls, seed)
            with running(f"fuzz.lua ({runtime.name}, seed {seed})", command, runtime.environment()) as program:
                program.end()
                said = [line for line in program.lines if line.endswith("raised an error")]
                if not said:
                    raise Trouble(f"fuzz.lua ends too early:\n{program.told()}")
                print(f"{runtime.name}, seed {seed}: {said[-1]}")


main(test)
