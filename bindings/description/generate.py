#!/usr/bin/env python3
"""Writes everything that follows from the description of the bindings, the tables lua.json, node.json and godot.json:

    bindings/lua/generated/constants.{h,c}      names of results and states, send flags, option names
    bindings/node/generated/enums.{js,d.ts}     enums, constants, names of states
    bindings/godot/generated/constants.{h,c}    every constant of the Steam object with its enum
    bindings/*/generated/functions.*            every function, for the tests that compare the modules with the tables
    bindings/lua/library/*.lua                  annotations for the Lua language server
    docs/bindings/*-reference.md                every function, type and constant, for people

Numbers are taken from tests/abi/abi.json by their names in C; a table only maps the published name to that name. Where C
has no name any more, the table holds the number.

Without arguments the files are written; with --check nothing is written and the exit code tells whether they are fresh.
"""

import json
import pathlib
import sys

sys.dont_write_bytecode = True
import functions  # noqa: E402
import reference  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BINDINGS = ROOT / "bindings"
INT_MAX = 0x7FFFFFFF

ABI = json.loads((ROOT / "tests/abi/abi.json").read_text())


def notice(table):
    return f"Made by bindings/description/generate.py from {table}.json; do not edit."


def c_notice(table):
    return f"/* {notice(table)} */\n/* clang-format off */\n"


# ---- numbers --------------------------------------------------------------------------------------------------------


def numbers_by_c_name():
    numbers = {}
    for name, entry in ABI["enums"].items():
        if not name.startswith("anonymous"):
            numbers.update(entry["values"])
    numbers.update({name: entry["value"] for name, entry in ABI["constants"].items()})
    return numbers


NUMBERS = numbers_by_c_name()


def number_of(c_name):
    """The number that a table means: by its name in C, or as it is."""
    if isinstance(c_name, int):
        return c_name
    if c_name not in NUMBERS:
        sys.exit(f"abi.json knows no {c_name}")
    return NUMBERS[c_name]


def stripped(entry):
    """All members of a C enum without their prefix: name -> number. What only sets the size of the enum is left out."""
    prefix = entry["strip"].lower()
    members = {}
    for c_name, value in ABI["enums"][entry["from"]]["values"].items():
        if "__Force32" in c_name or "_DELETED_" in c_name:
            continue
        if not c_name.lower().startswith(prefix):
            sys.exit(f"{c_name} does not start with {entry['strip']}")
        members[c_name[len(prefix):]] = value
    return members


def literal(value):
    return f"0x{value:x}" if value == INT_MAX else str(value)


# ---- Lua ------------------------------------------------------------------------------------------------------------


def lua_lists(lua):
    """Every list of names and numbers that the module holds: its name in C, what it is, its members."""
    flags = {name: number_of(c_name) for name, c_name in lua["flags"]["page"].items()}
    flags.update({alias: flags[name] for alias, name in lua["flags"]["aliases"].items()})
    return [
        ("luasteam_states", "The states of a connection.", stripped(lua["states"])),
        ("luasteam_flags", "The members of networkingSockets.flags.", flags),
        ("luasteam_options", "The keys of a table of options, with the number of the configuration value.",
         {name: number_of(c_name) for name, c_name in lua["options"].items()}),
        ("luasteam_availabilities", "What the status of authentication and of the relay network can be.",
         {name: number_of(c_name) for name, c_name in lua["availabilities"].items()}),
    ]


def lua_header(lua):
    lines = [c_notice("lua") + "#ifndef LUASTEAM_CONSTANTS_H", "#define LUASTEAM_CONSTANTS_H", "",
             "struct luasteam_number {", "    const char *name; /* null ends a list */", "    int value;", "};", "",
             "/* The names of results by their number; null where no result has the number. */",
             f"#define LUASTEAM_RESULT_NAMES {max(stripped(lua['results']).values()) + 1}",
             "extern const char *const luasteam_result_names[LUASTEAM_RESULT_NAMES];"]
    for symbol, about, _ in lua_lists(lua):
        lines += ["", f"/* {about} */", f"extern const struct luasteam_number {symbol}[];"]
    return "\n".join(lines + ["", "#endif"]) + "\n"


def lua_source(lua):
    lines = [c_notice("lua") + '#include "constants.h"', "", "#include <stddef.h>", "",
             "const char *const luasteam_result_names[LUASTEAM_RESULT_NAMES] = {"]
    lines += [f'    [{value}] = "{name}",' for name, value in stripped(lua["results"]).items()]
    lines += ["};"]
    for symbol, _, members in lua_lists(lua):
        lines += ["", f"const struct luasteam_number {symbol}[] = {{"]
        lines += [f'    {{"{name}", {literal(value)}}},' for name, value in members.items()]
        lines += ["    {NULL, 0},", "};"]
    return "\n".join(lines) + "\n"


# ---- Node -----------------------------------------------------------------------------------------------------------


def node_enums(node):
    for name, entry in node["enums"].items():
        if "from" in entry:
            yield name, stripped(entry)
        else:
            yield name, {member: number_of(c_name) for member, c_name in entry["constants"].items()}


def node_source(node):
    lines = [f"// {notice('node')}", "'use strict'", "",
             "// As TypeScript compiles an enum: from names to numbers and back; of two names the first is the number's.",
             "function enumeration(members) {",
             "    const result = {}",
             "    for (const [name, value] of Object.entries(members)) {",
             "        result[name] = value",
             "        if (!(value in result)) result[value] = name",
             "    }",
             "    return Object.freeze(result)",
             "}"]
    for name, members in node_enums(node):
        lines += ["", f"exports.{name} = enumeration({{"]
        lines += [f"    {member}: {literal(value)}," for member, value in members.items()]
        lines[-1] = lines[-1].rstrip(",")
        lines += ["})"]
    lines += [""]
    lines += [f"exports.{name} = {literal(number_of(c_name))}" for name, c_name in node["constants"].items()]
    enums = dict(node_enums(node))
    for name, entry in node["names"].items():
        lines += ["", f"exports.{name} = Object.freeze({{"]
        for member, text in entry["texts"].items():
            value = enums[entry["enum"]][member]
            lines.append(f"    {value if value >= 0 else f'[{value}]'}: '{text}',")
        lines[-1] = lines[-1].rstrip(",")
        lines += ["})"]
    return "\n".join(lines) + "\n"


def node_declarations(node):
    lines = [f"// {notice('node')}"]
    for name, members in node_enums(node):
        lines += ["", f"export declare enum {name} {{"]
        lines += [f"    {member} = {literal(value)}," for member, value in members.items()]
        lines[-1] = lines[-1].rstrip(",")
        lines += ["}"]
    lines += [""]
    lines += [f"export declare const {name}: {literal(number_of(c_name))}"
              for name, c_name in node["constants"].items()]
    lines += [""]
    lines += [f"export declare const {name}: Readonly<Record<number, string>>" for name in node["names"]]
    return "\n".join(lines) + "\n"


# ---- Godot ----------------------------------------------------------------------------------------------------------


ORIGINS = {"page": "", "aliases": "corrected names", "later": "later GodotSteam", "ours": "this project"}


def godot_constants(godot):
    """Enum, constant, number and origin of each, in the order of the table."""
    for enum, entry in godot["enums"].items():
        names = {}
        for origin in ORIGINS:
            for name, c_name in entry.get(origin, {}).items():
                if name in names:
                    sys.exit(f"{enum} has {name} twice")
        for origin in ("page", "later", "ours"):
            names.update({name: (number_of(c_name), origin) for name, c_name in entry.get(origin, {}).items()})
        for alias, name in entry.get("aliases", {}).items():
            names[alias] = (names[name][0], "aliases")
        for name, (value, origin) in names.items():
            yield enum, entry["prefix"] + name, value, origin


def godot_header(godot):
    count = len(list(godot_constants(godot)))
    return c_notice("godot") + f"""#ifndef FUMAROLE_GODOT_CONSTANTS_H
#define FUMAROLE_GODOT_CONSTANTS_H

#include <stdint.h>

/* A constant of the Steam object, and the enum that it belongs to. */
struct steam_constant {{
    const char *enumeration;
    const char *name;
    int64_t value;
}};

#define STEAM_CONSTANTS {count}

/* Those of one enum follow each other. */
extern const struct steam_constant steam_constants[STEAM_CONSTANTS];

#endif
"""


def godot_source(godot):
    lines = [c_notice("godot") + '#include "constants.h"', "",
             "const struct steam_constant steam_constants[STEAM_CONSTANTS] = {"]
    lines += [f'    {{"{enum}", "{name}", {literal(value)}}},' for enum, name, value, _ in godot_constants(godot)]
    return "\n".join(lines + ["};"]) + "\n"


# ---- references -----------------------------------------------------------------------------------------------------


def lua_numbers(lua):
    """The tables at the end of Lua's reference page: title, text, what a row is about, rows."""
    lists = {symbol: members for symbol, _, members in lua_lists(lua)}
    return [
        ("Flags", "The members of `Steam.networkingSockets.flags`. The short names are aliases, for the examples of "
         "luasteam's page.", "flag", list(lists["luasteam_flags"].items())),
        ("Options", "The keys of a table of options, with the number of the configuration value that they set.",
         "option", list(lists["luasteam_options"].items())),
        ("States", "`state` and `state_old`, with `state_num` and `state_old_num`.", "state",
         list(lists["luasteam_states"].items())),
        ("Results", "Results that the functions of this page return. The names of all others follow the same rule.",
         "result", [(name, value) for name, value in stripped(lua["results"]).items()
                    if name in results_in_use()]),
        ("Authentication", "`status` of `onAuthenticationStatus`, `initAuthentication` and `getAuthenticationStatus`.",
         "status", list(lists["luasteam_availabilities"].items())),
    ]


def results_in_use():
    return [name[len("k_EResult"):] for name in ABI["eresult_values_returned"]]


def annotations(lua, generation):
    described = {**lua, "flag numbers": dict(lua_numbers(lua)[0][3])}
    return functions.Annotations(described, generation).text(notice("lua"), results_in_use(), stripped(lua["states"]))


def godot_rows(godot):
    """The tables of constants on Godot's reference page: enum, rows."""
    rows = {}
    for enum, name, value, origin in godot_constants(godot):
        rows.setdefault(enum, []).append((f"`{name}`", literal(value), ORIGINS[origin]))
    return list(rows.items())


def node_constants(node):
    return [(name, literal(number_of(c_name))) for name, c_name in node["constants"].items()]


# ---- files ----------------------------------------------------------------------------------------------------------


def outputs():
    lua, node, godot = (json.loads((HERE / f"{name}.json").read_text()) for name in ("lua", "node", "godot"))
    return {
        BINDINGS / "lua/generated/constants.h": lua_header(lua),
        BINDINGS / "lua/generated/constants.c": lua_source(lua),
        BINDINGS / "node/generated/enums.js": node_source(node),
        BINDINGS / "node/generated/enums.d.ts": node_declarations(node),
        BINDINGS / "godot/generated/constants.h": godot_header(godot),
        BINDINGS / "godot/generated/constants.c": godot_source(godot),
        BINDINGS / "lua/generated/functions.lua": functions.lua_list(lua, notice("lua")),
        BINDINGS / "node/generated/functions.json": functions.node_list(node, notice("node")),
        BINDINGS / "godot/generated/functions.gd": functions.godot_list(godot, notice("godot")),
        BINDINGS / "lua/library/luasteam.lua": annotations(lua, 2),
        BINDINGS / "lua/library/luasteam1.lua": annotations(lua, 1),
        BINDINGS / "lua/library/fumarole.lua": f"---@meta fumarole\n-- {notice('lua')}\n\nreturn require 'luasteam'\n",
        ROOT / "docs/bindings/lua-reference.md": reference.lua_page(lua, notice("lua"), lua_numbers(lua)),
        ROOT / "docs/bindings/node-reference.md": reference.node_page(node, notice("node"), node_enums(node),
                                                                       node_constants(node)),
        ROOT / "docs/bindings/godot-reference.md": reference.godot_page(godot, notice("godot"), godot_rows(godot)),
    }


def main():
    check = sys.argv[1:] == ["--check"]
    if sys.argv[1:] and not check:
        sys.exit("usage: generate.py [--check]")
    stale = []
    for path, text in outputs().items():
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            stale.append(str(path.relative_to(ROOT)))
    if stale:
        sys.exit("out of date: " + ", ".join(stale) + "; run bindings/description/generate.py")


if __name__ == "__main__":
    main()
