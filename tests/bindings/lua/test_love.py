#!/usr/bin/env python3
"""What is special about LÖVE.

    test_love.py suite RUNTIME                              the suite inside it
    test_love.py game RUNTIME GAME-DIRECTORY [SHOTS]        two windows play two seconds against each other
    test_love.py trouble RUNTIME GAME-DIRECTORY             nobody answers; the port is taken; no address; two guests

SHOTS: a directory for pictures of the windows; the game then goes on for longer.
"""

import os
import sys

from programs import HERE, Runtime, Trouble, display, main, need, running


def love(runtime, name, wrapper, *arguments):
    command = [runtime.interpreter, os.path.join(HERE, "love", wrapper), *arguments]
    return running(name, command, runtime.environment())


def suite(runtime):
    with love(runtime, "the suite", "suite", HERE) as program:
        while (line := program.line()) is not None:
            print(line)
        program.end()


def moved(program):
    least, most = program.until("theirs moved from ").split(" to ")
    if float(most) - float(least) < 10:
        raise Trouble(f"{program.name} sees the other paddle between {least} and {most} only")
    print(f"{program.name} sees the other paddle between {least} and {most}")


def game(runtime, directory, shots="-"):
    directory = os.path.abspath(directory)
    with love(runtime, "host", "game", directory, shots, "host", "127.0.0.1:0") as host:
        address = host.until("waiting at ")
        with love(runtime, "guest", "game", directory, shots, "join", address) as guest:
            for program in host, guest:
                moved(program)
                program.until("packets ")
            guest.end()
            # The guest's window has closed; the host need not wait until its silence is noticed.
            if host.until("over: ") != "The other player has left.":
                raise Trouble(f"the host does not see that the guest has left:\n{host.told()}")
            host.end()
    for program, words in (host, "You will need it."), (guest, "Good luck!"):
        if program is host and f"said: {words}" not in program.lines:
            raise Trouble(f"{program.name} did not hear '{words}':\n{program.told()}")


def trouble(runtime, directory):
    directory = os.path.abspath(directory)
    with love(runtime, "host", "game", directory, "-", "host", "127.0.0.1:0") as host:
        address = host.until("waiting at ")
        for name, role, where, words in (
                ("second host", "host", address, "trouble: Cannot listen on"),
                ("guest without an address", "join", "nowhere", 'trouble: "nowhere" is not an address'),
                ("guest without a host", "join", "127.0.0.1:1", "over: Nobody answers at 127.0.0.1:1")):
            with love(runtime, name, "game", directory, "-", role, where) as program:
                print(f"{name}: {words} {program.until(words)}")
        os.environ["PLAY_SECONDS"] = "100"
        with love(runtime, "guest", "game", directory, "-", "join", address) as guest:
            guest.until("playing")
            with love(runtime, "second guest", "game", directory, "-", "join", address) as program:
                program.until("over: The host plays with somebody else.")
                print("second guest: The host plays with somebody else.")


def test():
    need("love", "Xvfb")
    what, runtime, *rest = sys.argv[1:]
    with display():
        {"suite": suite, "game": game, "trouble": trouble}[what](Runtime(runtime), *rest)


main(test)
