#!/usr/bin/env python3
"""Runs one suite of the test project in a headless Godot 4.

    run_project4.py --engine godot4 --addon build/godot4/addons/fumarole [--wrap COMMAND] SUITE

The suites are written for Godot 3. They are rewritten on the way: names that have changed, the form of connect, and
calls with a wrong number of arguments, which Godot 4's compiler would refuse. Everything else, and what counts as a
failure, is as in run_project.py.
"""

import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

import run_project

RENAMED = [
    (r"\bPoolByteArray\b", "PackedByteArray"),
    (r"\bPoolStringArray\b", "PackedStringArray"),
    (r"\bPoolIntArray\b", "PackedInt32Array"),
    (r"\bTYPE_RAW_ARRAY\b", "TYPE_PACKED_BYTE_ARRAY"),
    (r"\bTYPE_REAL\b", "TYPE_FLOAT"),
    (r"\bvar2str\b", "var_to_str"),
    (r"\.empty\(\)", ".is_empty()"),
    (r"\.to_utf8\(\)", ".to_utf8_buffer()"),
    (r"\bOS\.get_ticks_msec\b", "Time.get_ticks_msec"),
    (r"\bOS\.get_ticks_usec\b", "Time.get_ticks_usec"),
    (r"^extends Reference$", "extends RefCounted"),
    (r"\.connect\(([^,]+), self, ([^,\[]+), \[([^\]]+(?:\[0\])?)\]\)", r".connect(\1, Callable(self, \2).bind(\3))"),
    (r"\.connect\(([^,]+), self, ([^,\[)]+)\)", r".connect(\1, Callable(self, \2))"),
]

MAIN = """extends SceneTree

func _initialize():
	var suite = load("res://%s.gd" % OS.get_environment("FUMAROLE_SUITE")).new()
	root.add_child(suite)
	var result = suite.run_all()
	root.remove_child(suite)
	suite.free()
	quit(0 if result else 1)
"""

PROJECT = """config_version=5

[application]

config/name="fumarole_tests"

[debug]

gdscript/warnings/enable=false
"""


def wrong_calls(text):
    """Calls that Godot 4 would not compile, made through callv: `# calls: wrong` marks them, and those after an
    announced error about the number of arguments."""
    lines = text.split("\n")
    for i, line in enumerate(lines[:-1]):
        if re.search(r'expect_error\("\w+: takes', line):
            lines[i + 1] = re.sub(r"Steam\.(\w+)\((.*?)\)(?=, )", r'Steam.callv("\1", [\2])', lines[i + 1], count=1)
    return "\n".join(lines)


def convert(text):
    text = wrong_calls(text)
    for pattern, replacement in RENAMED:
        text = re.sub(pattern, replacement, text, flags=re.MULTILINE)
    return text


def prepare(directory, addon):
    project = directory / "project"
    project.mkdir()
    scripts = list((run_project.HERE / "project").glob("*.gd"))
    scripts.append(run_project.HERE.parents[2] / "bindings/godot/generated/functions.gd")
    for script in scripts:
        (project / script.name).write_text(convert(script.read_text()))
    (project / "main.gd").write_text(MAIN)
    (project / "project.godot").write_text(PROJECT)
    shutil.copytree(addon, project / "addons/fumarole")
    (project / ".godot").mkdir()
    (project / ".godot/extension_list.cfg").write_text("res://addons/fumarole/fumarole.gdextension\n")
    (directory / "home").mkdir()
    return project


def run(options, directory):
    project = prepare(directory, options.addon)
    environment = dict(os.environ, HOME=str(directory / "home"), LC_ALL="C.UTF-8", FUMAROLE_SUITE=options.suite,
                       SDR_LISTEN_PORT="27100")
    environment = {name: value for name, value in environment.items() if not name.startswith("XDG_")}
    command = shlex.split(options.wrap) + [options.engine, "--headless", "--path", str(project), "--script",
                                           "res://main.gd"]
    return subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          errors="replace", timeout=options.timeout, check=False)


if __name__ == "__main__":
    run_project.run = run
    sys.exit(run_project.main())
