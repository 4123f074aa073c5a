"""The reference pages of the bindings, docs/bindings/*-reference.md."""

import re
import textwrap

import functions

ORIGINS = {
    "page": "",
    "reference": "not on the page",
    "later": "from later releases",
    "ours": "only here",
}


def fill(text):
    return textwrap.fill(text, 120, break_long_words=False, break_on_hyphens=False)


def anchor(title):
    """The anchor that a heading gets."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def bullet(text):
    return textwrap.fill(text, 120, initial_indent="- ", subsequent_indent="  ", break_long_words=False,
                         break_on_hyphens=False)


def table(heading, rows):
    lines = ["| " + " | ".join(heading) + " |", "|---" * len(heading) + "|"]
    return lines + ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in rows]


def described(function, results, notes=(), of=""):
    """Signature, what the function does, what its arguments and results are."""
    entry = function.entry
    title = f"{of}.{function.name}" if of else function.name
    lines = ["", f"### {title}", "", f"    {function.signature}", ""]
    about = function.about
    remarks = [text for text in ["" if of else ORIGINS[function.origin], *notes] if text]
    if remarks:
        about += " *(" + "; ".join(remarks) + ")*"
    lines.append(fill(about))
    bullets = [bullet(f"`{name}`: {text}") for name, text in entry.get("parameters", {}).items()] + results
    return lines + ([""] + bullets if bullets else [])


def contents(titles):
    return [bullet(f"[{title}](#{anchor(title)})") for title in titles]


def lua_page(lua, notice, numbers):
    lines = ["# Lua reference", "", f"<!-- {notice} -->", "",
             fill("Every function of the module; [lua.md](lua.md) has the installation, a first program and what is "
                  "different from luasteam. The newer generation is what `require 'luasteam'` gives; where the older "
                  "one, `require 'luasteam1'`, returns something else, that is said. A `?` stands for what may be left "
                  "out or be nil. A wrong argument is an error that names the function, the argument, what was "
                  "expected and what was given."), ""]
    titles = [module["name"] for module in lua["modules"]]
    lines += contents(titles + ["Types", "Flags", "Options", "States", "Results", "Authentication"])
    for module in lua["modules"]:
        lines += ["", f"## {module['name']}", "", fill(module["about"])]
        lines += [""] + [bullet(f"`{name}` ({kind}): {about}") for name, kind, about in module["values"]] \
            if "values" in module else []
        for entry in module["functions"] + module.get("callbacks", []):
            function = functions.Function(entry, True)
            results = [bullet(f"returns `{result.name}`: {entry['results'][result.name]}")
                       for result in function.results if result.name in entry.get("results", {})]
            if "older" in entry:
                results.append(bullet(f"older generation: `-> {entry['older']}`"))
            notes = ["newer generation"] if entry.get("generations") == [2] else []
            if entry in module.get("callbacks", []):
                notes.append("assign a function")
            lines += described(function, results, notes)
    lines += ["", "## Types"]
    for name, entry in lua["types"].items():
        lines += ["", f"### {name}", "", fill(entry["about"])]
        if "fields" in entry:
            lines += [""] + table(["field", "type", ""], [(f"`{field}`", f"`{kind}`", about)
                                                          for field, kind, about in entry["fields"]])
    for title, about, column, members in numbers:
        lines += ["", f"## {title}", "", fill(about), ""] + table([column, "number"], members)
    return "\n".join(lines) + "\n"


def node_page(node, notice, enums, constants):
    lines = ["# Node reference", "", f"<!-- {notice} -->", "",
             fill("Every function of the class; [node.md](node.md) has the installation, a first program, events and "
                  "iteration, and what is different from steamworks-ffi-node. A wrong argument throws a `TypeError` or "
                  "`RangeError` that names the function, the argument, what was expected and what was given."), ""]
    lines += contents([group["name"] for group in node["groups"]] + [entry["name"] for entry in node["classes"]] +
                      ["Types", "Enums", "Constants"])
    for group in node["groups"]:
        lines += ["", f"## {group['name']}"] + (["", fill(group["about"])] if group["about"] else [])
        for entry in group["functions"]:
            results = [bullet("returns " + entry["result"])] if "result" in entry else []
            lines += described(functions.Function(entry), results)
    for entry in node["classes"]:
        lines += ["", f"## {entry['name']}", "", fill(entry["about"]), ""]
        lines += table(["property", "type", ""], [(f"`{name}`", f"`{kind}`", about)
                                                  for name, kind, about in entry["properties"]])
        lines += [""] + table(["event", "given", ""], [(f"`{name}`", given and f"`{given}`", about)
                                                       for name, given, about in entry["events"]])
        for function in entry["functions"]:
            results = [bullet("returns " + function["result"])] if "result" in function else []
            lines += described(functions.Function(function), results, of=entry["name"])
    lines += ["", "## Types", "", fill("Fields that are marked *upstream* are steamworks-ffi-node's names, beside "
                                       "those of its page.")]
    for entry in node["types"]:
        lines += ["", f"### {entry['name']}", ""] + ([fill(entry["about"]), ""] if entry["about"] else [])
        lines += table(["field", "type", ""], [(f"`{field}`", f"`{kind}`", about) for field, kind, about in entry["fields"]])
    lines += ["", "## Enums"]
    for name, members in enums:
        lines += ["", f"### {name}", "", fill(", ".join(f"{member} {value}" for member, value in members.items()))]
    lines += ["", "## Constants", ""] + table(["name", "value"], [(f"`{name}`", value) for name, value in constants])
    return "\n".join(lines) + "\n"


def godot_page(godot, notice, enums):
    lines = ["# Godot reference", "", f"<!-- {notice} -->", "",
             fill("Every function, signal and constant of the `Steam` object; [godot.md](godot.md) has the installation, "
                  "a first program, and what is different from GodotSteam. Types are those of "
                  "Godot 3; in Godot 4 `PoolByteArray` is `PackedByteArray`. A wrong argument is an error of the engine "
                  "that names the function, the argument, what was expected and what was given, and the function gives "
                  "0, false, `''` or something empty."), ""]
    lines += contents([group["name"] for group in godot["groups"]] + [entry["name"] for entry in godot["classes"]] +
                      ["Signals", "Dictionaries", "Constants"])
    for group in godot["groups"]:
        lines += ["", f"## {group['name']}"] + (["", fill(group["about"])] if group["about"] else [])
        for entry in group["functions"]:
            results = [bullet("returns " + entry["result"])] if "result" in entry else []
            lines += described(functions.Function(entry), results)
    for entry in godot["classes"]:
        lines += ["", f"## {entry['name']}", "", fill(entry["about"])]
        for function in entry["functions"]:
            results = [bullet("returns " + function["result"])] if "result" in function else []
            lines += described(functions.Function(function), results, of=entry["name"])
    lines += ["", "## Signals", "", fill("Emitted only by `run_callbacks` and `runNetworkingCallbacks`.")]
    for entry in godot["signals"]:
        lines += described(functions.Function(entry), [])
    lines += ["", "## Dictionaries"]
    for entry in godot["dictionaries"]:
        lines += ["", f"### {entry['name']}", "", fill(entry["about"]), ""]
        lines += table(["key", "type", ""], [(f"`{field}`", f"`{kind}`", about) for field, kind, about in entry["fields"]])
    lines += ["", "## Constants", "", fill("Names are written as GodotSteam's page writes them, misspellings included; "
                                           "beside those stand the corrected ones.")]
    for name, members in enums:
        lines += ["", f"### {name}", ""] + table(["name", "value", ""], members)
    return "\n".join(lines) + "\n"
