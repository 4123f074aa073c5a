#!/usr/bin/env python3
"""Runs one suite of the test project in a headless engine.

    run_project.py --engine godot3-server --addon build/godot/addons/fumarole [--wrap COMMAND] [--preload LIBRARY] SUITE

Copies the project to a directory of its own with the addon in it, gives the engine a home of its own, and passes on
what it prints. Fails if the engine does, if a script had an error, or if the errors that it showed are not those that
the suite announced (lines "expected error: TEXT"), in this order.
"""

import argparse
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent

# What a headless engine of Debian says by itself, whatever it runs.
OWN_ERRORS = re.compile(r"make_dir_recursive|get_language_code|set_locale|Invalid locale|Unsupported locale")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--engine", required=True)
    parser.add_argument("--addon", required=True, type=pathlib.Path)
    parser.add_argument("--wrap", default="", help="a command that the engine is run by, such as valgrind")
    parser.add_argument("--preload", default="", help="a library that is loaded before all others")
    parser.add_argument("--timeout", type=int, default=500)
    parser.add_argument("suite")
    return parser.parse_args()


def prepare(directory, addon):
    project = directory / "project"
    shutil.copytree(HERE / "project", project)
    shutil.copytree(addon, project / "addons/fumarole")
    shutil.copy(HERE.parents[2] / "bindings/godot/generated/functions.gd", project)
    (directory / "home").mkdir()
    return project


def run(options, directory):
    project = prepare(directory, options.addon)
    environment = dict(os.environ, HOME=str(directory / "home"), LC_ALL="C.UTF-8", FUMAROLE_SUITE=options.suite,
                       SDR_LISTEN_PORT="27100")
    environment = {name: value for name, value in environment.items() if not name.startswith("XDG_")}
    command = shlex.split(options.wrap) + [options.engine, "--path", str(project)]
    if options.preload:
        command = ["env", "LD_PRELOAD=" + options.preload] + command
    return subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          errors="replace", timeout=options.timeout, check=False)


def shown_errors(text):
    """The errors of the engine and of scripts, without those that it always has."""
    found = re.findall(r"^(?:\x1b\[[0-9;]*m)*((?:(?:SCRIPT )?ERROR|WARNING): .*)$", text, re.MULTILINE)
    found = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in found]
    return [line for line in found if not OWN_ERRORS.search(line)]


def compare(expected, shown):
    """Whether the errors are those that were announced. Says which are not."""
    good = True
    for i in range(max(len(expected), len(shown))):
        wanted = expected[i] if i < len(expected) else None
        given = shown[i] if i < len(shown) else None
        if wanted is None or given is None or wanted not in given:
            print(f"FAILED: error {i + 1}: expected {wanted!r}, shown {given!r}")
            good = False
            break
    return good


def main():
    options = arguments()
    with tempfile.TemporaryDirectory(prefix="fumarole-godot-") as directory:
        result = run(options, pathlib.Path(directory))
    expected = re.findall(r"^expected error: (.*)$", result.stdout, re.MULTILINE)
    print(re.sub(r"^expected error: .*\n", "", result.stdout, flags=re.MULTILINE), end="")
    good = "errors are not compared" in result.stdout or compare(expected, shown_errors(result.stderr + result.stdout))
    if result.returncode != 0:
        print(f"FAILED: the engine left with {result.returncode}")
        good = False
    if not re.search(r"^\d+ tests, 0 failed$", result.stdout, re.MULTILINE):
        print("FAILED: the suite did not come to its end")
        good = False
    if not good:
        print(result.stderr[-20000:])
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
