#!/usr/bin/env python3
"""Runs one Lua program, which has to end with status zero:  test_program.py RUNTIME PROGRAM [ARGUMENT...]"""

import os
import sys

from programs import Runtime, main, running


def test():
    runtime, program, *arguments = sys.argv[1:]
    runtime = Runtime(runtime)
    with running(os.path.basename(program), runtime.command(program, *arguments), runtime.environment()) as started:
        started.end()
        print("\n".join(started.lines))


main(test)
