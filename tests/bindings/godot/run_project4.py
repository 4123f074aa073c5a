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
    (r"\bPoolRealArray\b", "PackedFloat32Array"),
    (r"\bPool(Vector2|Vector3|Color)Array\b", r"Packed\1Array"),
    (r"\.subarray\(0, (.+) - 1\)", r".slice(0, \1)"),
    (r"\bTransform\(", "Transform3D("),
    (r"\bQuat\(", "Quaternion("),
    (r"\bTYPE_RAW_ARRAY\b", "TYPE_PACKED_BYTE_ARRAY"),
    (r"\bTYPE_REAL\b", "TYPE_FLOAT"),
    (r"\bvar2str\b", "var_to_str"),
    (r"\.empty\(\)", ".is_empty()"),
    (r"\.to_utf8\(\)", ".to_utf8_buffer()"),
    (r"\bOS\.get_ticks_msec\b", "Time.get_ticks_msec"),
    (r"\bOS\.get_ticks_usec\b", "Time.get_ticks_usec"),
    (r"^func (\w*event\w*)\((.*)\):$", r"func \1(\2) -> Variant:"),
    (r"\bSteam\.get\(enumeration\)", "enumeration_of(enumeration)"),
    (r"^extends Reference$", "extends RefCounted"),
    (r"\bload\(\"res://addons/fumarole/multiplayer_peer.gdns\"\)", "FumaroleMultiplayerPeer"),
    (r"= (call\(.*\))\n\t+if result is GDScriptFunctionState:\n\t+result = yield\(result, \"completed\"\)", r"= await \1"),
    (r"\bsame\(Steam\.(\w+)\((.*)\), null,", r'same(Steam.callv("\1", [\2]), null,'),
    (r"^\texpect_error\(.*\)\n\tSteam\.[A-Z_]+ = 1$", ""),
    (r"\byield\(get_tree\(\), \"idle_frame\"\)", "await get_tree().process_frame"),
    (r"\.connect\((.+?), self, (.+?), \[(\w+(?:\[\d+\])?)\]\)", r".connect(\1, Callable(self, \2).bind(\3))"),
    (r"\.connect\(([^,]+), self, ([^,\[)]+)\)", r".connect(\1, Callable(self, \2))"),
]

MAIN = """extends SceneTree

func _initialize():
	var script = load("res://%s.gd" % OS.get_environment("FUMAROLE_SUITE"))
	if not script or not script.can_instantiate():
		quit(1)
		return
	var suite = script.new()
	root.add_child(suite)
	var result = await suite.run_all()
	root.remove_child(suite)
	suite.free()
	quit(0 if result else 1)
"""

# In Godot 3 an enumeration is a dictionary of the Steam object.
ENUMERATIONS = """
func enumeration_of(name):
	var constants = {}
	for constant in ClassDB.class_get_enum_constants("Steam", name):
		constants[String(constant)] = ClassDB.class_get_integer_constant("Steam", constant)
	return constants
"""

PROJECT = """config_version=5

[application]

config/name="fumarole_tests"

[debug]

gdscript/warnings/enable=false
"""


def wrong_calls(text):
    """Makes calls after an announced error about the number of arguments through callv: Godot 4 does not compile them."""
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
    with open(project / "suite.gd", "a", encoding="utf-8") as suite:
        suite.write(ENUMERATIONS)
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
    run_project.OWN_ERRORS = re.compile(r"global script cache") # of a project that no editor has opened
    sys.exit(run_project.main())
