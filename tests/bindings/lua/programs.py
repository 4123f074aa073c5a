"""Starts Lua programs, in any runtime, and listens to what they print.

A runtime is written NAME=INTERPRETER=DIRECTORY-OF-THE-MODULE. The one named love is run on a display of its own, which
no other test can have taken.
"""

import contextlib
import os
import queue
import shutil
import subprocess
import sys
import threading
import time

SKIPPED = 77  # what ctest knows as skipped
PATIENCE = 60  # seconds without a line after which a program hangs
HERE = os.path.dirname(os.path.abspath(__file__))


class Trouble(Exception):
    pass


class Runtime:
    def __init__(self, text):
        self.name, self.interpreter, self.modules = text.split("=")

    def command(self, program, *arguments):
        if self.name == "love":
            return [self.interpreter, os.path.join(HERE, "love", "program"), program, *arguments]
        return [self.interpreter, program, *arguments]

    def environment(self):
        environment = dict(os.environ)
        for name in list(environment):
            if name.startswith("LUA_"):
                del environment[name]
        environment["LUA_CPATH"] = os.path.join(self.modules, "?.so")
        environment["LUA_PATH"] = os.path.join(HERE, "?.lua")
        if environment.get("LUASTEAM_PRELOAD"):
            environment["LD_PRELOAD"] = environment["LUASTEAM_PRELOAD"]
        return environment


class Program:
    """A running program: its lines as they come, its end."""

    def __init__(self, name, command, environment):
        self.name = name
        self.lines = []
        self.waiting = queue.Queue()
        self.process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace")
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.waiting.put(line.rstrip("\n"))
        self.waiting.put(None)

    def line(self):
        """The next line, or None at the end of the output."""
        try:
            line = self.waiting.get(timeout=PATIENCE)
        except queue.Empty:
            raise Trouble(f"{self.name} says nothing for {PATIENCE} s; so far:\n{self.told()}") from None
        if line is None:
            self.waiting.put(None)
        else:
            self.lines.append(line)
        return line

    def until(self, beginning):
        """The rest of the next line that begins so."""
        while True:
            line = self.line()
            if line is None:
                raise Trouble(f"{self.name} ended without a line that begins with '{beginning}':\n{self.told()}")
            if line.startswith(beginning):
                return line[len(beginning):].strip()

    def end(self):
        """Waits for its end; the exit status has to be zero."""
        while self.line() is not None:
            pass
        status = self.process.wait(timeout=PATIENCE)
        if status != 0:
            raise Trouble(f"{self.name} ends with status {status}:\n{self.told()}")

    def told(self):
        """The last of what it has said."""
        return "\n".join("    " + line for line in self.lines[-40:])

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


@contextlib.contextmanager
def running(name, command, environment):
    program = Program(name, command, environment)
    try:
        yield program
    finally:
        program.kill()


@contextlib.contextmanager
def display(size="1700x700"):
    """An X server on a display that it chooses itself; DISPLAY names it meanwhile."""
    before = os.environ.get("DISPLAY")
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", size + "x24", "-nolisten", "tcp", "-noreset"],
        pass_fds=[write], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(write)
    try:
        with os.fdopen(read) as numbers:
            number = numbers.readline().strip()
        if not number:
            raise Trouble("Xvfb does not start")
        os.environ["DISPLAY"] = ":" + number
        yield
    finally:
        if before is None:
            os.environ.pop("DISPLAY", None)
        else:
            os.environ["DISPLAY"] = before
        server.kill()
        server.wait()


def own_network():
    """Moves this process into a network of its own, in which every port is free; only root can."""
    if os.geteuid() != 0:
        skip("only root can make a network namespace")
    arguments = [sys.executable] + sys.argv
    if os.environ.get("OWN_NETWORK") != "1":
        os.environ["OWN_NETWORK"] = "1"
        os.execvp("unshare", ["unshare", "-n"] + arguments)
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def skip(why):
    print("skipped: " + why)
    sys.exit(SKIPPED)


def need(*commands):
    for command in commands:
        if not shutil.which(command):
            skip(command + " is not installed")


def main(test):
    """Runs TEST, which raises Trouble where something is wrong."""
    begin = time.monotonic()
    try:
        test()
    except Trouble as trouble:
        print("FAILED:", trouble)
        sys.exit(1)
    print(f"good, after {time.monotonic() - begin:.1f} s")
