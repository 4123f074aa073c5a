#!/usr/bin/env python3
"""Reads the public headers and checks what a compiler does not:

    every exported name is declared exactly once, with FUMAROLE_API, and nothing else is;
    every declaration is explained by a comment, alone or at the head of a group that stands together;
    fumarole.h includes every header that declares something;
    every header has an include guard named after it;
    config.h describes every configuration value with the type, range, default and level that abi.json gives it.
"""

import json
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
HEADERS = HERE.parent.parent / "include/fumarole"

problems = []


def declarations(text):
    """Pairs of (name, explained) for the functions that a header declares."""
    found = []
    explained = False
    for block in re.split(r"\n\s*\n", text):
        comment = re.match(r"\s*/\*(.*?)\*/", block, re.S)
        explained = comment is not None and not re.fullmatch(r"\s*-{8,}.*", comment.group(1), re.S)
        code = re.sub(r"/\*.*?\*/", "", block, flags=re.S)
        for statement in code.split(";"):
            if not re.search(r"\bFUMAROLE_API\b", statement) or "#define" in statement:
                continue
            name = re.search(r"\b(\w+)\s*\(", re.sub(r"__attribute__.*?\)\)\)", "", statement))
            if name is None:
                problems.append(f"not a function: {statement.strip()}")
            else:
                found.append((name.group(1), explained))
    return found


def config_value_problems():
    """What config.h says in brackets about a value, compared with the facts."""
    text = (HEADERS / "config.h").read_text()
    for entry in json.loads((HERE / "abi.json").read_text())["config_values"]:
        if entry["type"] is None:
            continue
        comment = re.search(r"/\*((?:(?!\*/).)*)\*/\s*" + entry["c_name"] + r" =", text, re.S)
        facts = re.search(r"\((\w+)(?:, ([^()]*?))?; ([^()]*)\)\s*$", re.sub(r"\s*\n[\s*]*", " ", comment.group(1)))
        if facts is None:
            yield f"config.h: {entry['c_name']} is not described"
            continue
        kind, values, level = facts.groups()
        wanted = []
        if entry["min"] is not None:
            wanted.append(f"{number(entry['min'])} to {number(entry['max'])}")
        if entry["default"] is not None:
            wanted.append("default " + {"string": "empty", "ptr": "null"}.get(entry["type"], number(entry["default"])))
        said = (values or "").split(", ")
        if kind != {"ptr": "pointer"}.get(entry["type"], entry["type"]) or not set(wanted) <= set(said):
            yield f"config.h: {entry['c_name']} is not {entry['type']}, {', '.join(wanted)}"
        if level.startswith("global only") != (entry["scope_reported"] == "global"):
            yield f"config.h: {entry['c_name']} has another level"


def number(value):
    if isinstance(value, str) or value is None:
        return str(value)
    return "0x7fffffff" if value == 0x7FFFFFFF else f"{value:g}" if value != int(value) else str(int(value))


exports = (HERE / "exports.txt").read_text().split()
umbrella = (HEADERS / "fumarole.h").read_text()
seen = {}

for path in sorted(HEADERS.glob("*.h")):
    text = path.read_text()
    guard = f"FUMAROLE_{path.stem.upper()}_H"
    if f"#ifndef {guard}\n#define {guard}\n" not in text or not text.rstrip().endswith("#endif"):
        problems.append(f"{path.name}: no include guard {guard}")
    if not text.startswith("/*\n"):
        problems.append(f"{path.name}: does not begin with a comment that says what it is")
    declared = declarations(text)
    if declared and f'#include "fumarole/{path.name}"' not in umbrella:
        problems.append(f"{path.name} is not included by fumarole.h")
    for name, explained in declared:
        if name in seen:
            problems.append(f"{name} is declared in {seen[name]} and in {path.name}")
        seen[name] = path.name
        if not explained:
            problems.append(f"{path.name}: {name} has no description")

problems += [f"{name} is exported and not declared" for name in exports if name not in seen]
problems += [f"{name} is declared and not exported" for name in seen if name not in exports]

problems += config_value_problems()

if problems:
    sys.exit("\n".join(problems))
