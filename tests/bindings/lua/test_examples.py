#!/usr/bin/env python3
"""lua 26: the two example programs run to their end against each other, in every runtime and across runtimes.

    test_examples.py [--own-port] DIRECTORY RUNTIME...

DIRECTORY has server.lua and client.lua in it. Each runtime's server meets the client of the same runtime and that of
the next one. With --own-port they are started without an address, in a network of their own.
"""

import contextlib
import os
import shutil
import sys

from programs import Runtime, Trouble, display, main, own_network, running


def meet(directory, server, client, own_port):
    with contextlib.ExitStack() as stack:
        def start(runtime, what, *arguments):
            command = runtime.command(os.path.join(directory, what + ".lua"), *arguments)
            return stack.enter_context(running(f"{what} ({runtime.name})", command, runtime.environment()))

        if own_port:
            programs = [start(server, "server"), start(client, "client")]
        else:
            first = start(server, "server", "127.0.0.1:0")
            programs = [first, start(client, "client", first.until("listening on"))]
        for program in programs:
            program.end()
    for program in programs:
        if not any("message" in line for line in program.lines):
            raise Trouble(f"{program.name} got no message:\n{program.told()}")
    print(f"lua 26: server in {server.name}, client in {client.name}: both have ended")


def test():
    arguments = sys.argv[1:]
    own_port = arguments[0] == "--own-port"
    if own_port:
        arguments.pop(0)
        own_network()
    directory, *runtimes = arguments
    runtimes = [Runtime(text) for text in runtimes]
    with contextlib.ExitStack() as stack:
        if any(runtime.name == "love" for runtime in runtimes):
            if shutil.which("love") and shutil.which("Xvfb"):
                stack.enter_context(display())
            else:
                print("not in LÖVE: love or Xvfb is not installed")
                runtimes = [runtime for runtime in runtimes if runtime.name != "love"]
        for i, runtime in enumerate(runtimes):
            meet(directory, runtime, runtime, own_port)
            if len(runtimes) > 1:
                meet(directory, runtime, runtimes[(i + 1) % len(runtimes)], own_port)


main(test)
