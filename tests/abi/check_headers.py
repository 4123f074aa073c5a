#!/usr/bin/env python3
"""Reads the public headers and checks what a compiler does not:

    every exported name is declared exactly once, with FUMAROLE_API, and nothing else is;
    every declaration is explained by a comment, alone or at the head of a group that stands together;
    fumarole.h includes every header that declares something;
    every header has an include guard named after it.
"""

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

if problems:
    sys.exit("\n".join(problems))
