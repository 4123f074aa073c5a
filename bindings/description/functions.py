"""The functions of the tables: what their signatures say, and the lists and annotations that follow from them.

A signature is written as the language's own documentation would write it:

    name(parameter: type, parameter?: type, parameter: type = default) -> type result, type result      Lua
    name(parameter: type = default): type                                                               Node
    name(parameter: type = default) -> type                                                             Godot
"""

import re
import sys

BRACKETS = {"(": ")", "<": ">", "[": "]", "{": "}"}


class Parameter:
    def __init__(self, text):
        match = re.match(r"((?:\.\.\.)?\w+)(\??): ([^=]+(?:=>[^=]+)?)(?: = (.*))?$", text)
        if match is None:
            sys.exit(f"not a parameter: {text}")
        self.name, question, self.type, self.default = match.group(1), match.group(2), match.group(3), match.group(4)
        self.optional = question == "?" or self.default is not None or self.name.startswith("...")


class Result:
    def __init__(self, text):
        self.type, _, self.name = text.rpartition(" ") if re.search(r"[\w?\]] \w+$", text) else (text, "", "")


class Function:
    """One entry of a table."""

    def __init__(self, entry, named_results=False):
        signature = entry["signature"]
        match = re.match(r"(\w+)\(", signature)
        if match is None:
            sys.exit(f"not a signature: {signature}")
        self.signature = signature
        self.name = match.group(1)
        end = closing(signature, match.end() - 1)
        self.parameters = [Parameter(part) for part in split(signature[match.end():end])]
        rest = re.sub(r"^(: | -> )", "", signature[end + 1:])
        self.results = [Result(part) for part in split(rest)] if named_results else []
        self.entry = entry
        self.about = entry["about"]
        self.origin = entry["origin"]

    def required(self):
        """How many arguments must be given; none where a function finds out itself what it was given."""
        if any(parameter.name.startswith("...") for parameter in self.parameters):
            return 0
        return sum(not parameter.optional for parameter in self.parameters)


def closing(text, start):
    """The place of the bracket that closes the one at start. An arrow is no bracket."""
    depth = 0
    for i in range(start, len(text)):
        if text[i] in "([{" or text[i] == "<":
            depth += 1
        elif text[i] in ")]}" or (text[i] == ">" and text[i - 1] not in "=-"):
            depth -= 1
            if depth == 0:
                return i
    sys.exit(f"a bracket is open: {text}")


def split(text):
    """The parts between commas that are in no brackets."""
    parts, start, i = [], 0, 0
    while i < len(text):
        if text[i] in BRACKETS:
            i = closing(text, i)
        elif text[i] == ",":
            parts.append(text[start:i].strip())
            start = i + 1
        i += 1
    parts.append(text[start:].strip())
    return [part for part in parts if part]


# ---- lists for the tests that compare them with the modules -----------------------------------------------------------


def lua_list(lua, notice):
    lines = [f"-- {notice}", "-- Every name that the module has, by the table that holds it.", "return {"]
    for module in lua["modules"]:
        names = [Function(entry, True).name for entry in module["functions"]]
        lines += [f"    ['{module['name']}'] = {{"] + [f"        '{name}'," for name in names] + ["    },"]
    return "\n".join(lines + ["}"]) + "\n"


def node_list(node, notice):
    lines = ["{", f'  "//": "{notice}",']
    for group in node["groups"] + node["classes"]:
        functions = [Function(entry) for entry in group["functions"]]
        lines += [f'  "{group.get("path", group["name"])}": {{']
        lines += [f'    "{function.name}": [{function.required()}, {len(function.parameters)}],'
                  for function in functions]
        lines[-1] = lines[-1].rstrip(",")
        lines += ["  },"]
    lines[-1] = "  }"
    return "\n".join(lines + ["}"]) + "\n"


def godot_list(godot, notice):
    lines = [f"# {notice}", "# Every function of the Steam object: how many arguments it needs, and how many it takes.",
             "const FUNCTIONS = ["]
    for group in godot["groups"]:
        for function in (Function(entry) for entry in group["functions"]):
            lines.append(f'\t["{function.name}", {function.required()}, {len(function.parameters)}],')
    lines += ["]", "", "# Every signal: how many arguments it has.", "const SIGNALS = ["]
    lines += [f'\t["{signal.name}", {len(signal.parameters)}],'
              for signal in (Function(entry) for entry in godot["signals"])]
    for entry in godot["classes"]:
        lines += ["]", "", f"# Every function of {entry['name']}.", f"const {entry['list']} = ["]
        lines += [f'\t["{function.name}", {function.required()}, {len(function.parameters)}],'
                  for function in (Function(item) for item in entry["functions"])]
    return "\n".join(lines + ["]"]) + "\n"


# ---- annotations for the Lua language server --------------------------------------------------------------------------


class Annotations:
    """The Lua module as comments that the language server reads."""

    def __init__(self, lua, generation):
        self.lua = lua
        self.older = generation == 1
        self.prefix = "luasteam1" if self.older else "luasteam"
        self.lines = []

    def type(self, text):
        """A type of the table under the name that it has here."""
        return re.sub(r"\w+", lambda match: f"luasteam.{match.group()}"
                      if match.group() in self.lua["types"] or match.group() in ("Result", "State")
                      else match.group(), text) if "luasteam." not in text else text

    def comment(self, text):
        if text:
            self.lines.append(f"---{text}")

    def types(self, results, states):
        self.lines += ["", "---The name of a result. Others than these can occur.",
                       "---@alias luasteam.Result " + "|".join(f"'{name}'" for name in results) + "|string",
                       "", "---The name of a state.",
                       "---@alias luasteam.State " + "|".join(f"'{name}'" for name in states)]
        for name, entry in self.lua["types"].items():
            self.lines.append("")
            self.comment(entry["about"])
            if "alias" in entry:
                self.lines.append(f"---@alias luasteam.{name} {entry['alias']}")
                continue
            self.lines.append(f"---@class luasteam.{name}")
            for field, kind, about in entry.get("fields", []):
                optional = "?" if kind.endswith("?") else ""
                self.lines.append(f"---@field {field}{optional} {self.type(kind.rstrip('?'))} {about}".rstrip())

    def function(self, owner, entry):
        function = Function(entry, True)
        results = function.results
        about_results = entry.get("results", {})
        if self.older and "older" in entry:
            results, about_results = [Result(part) for part in split(entry["older"])], {}
        self.lines.append("")
        self.comment(function.about)
        for parameter in function.parameters:
            about = entry.get("parameters", {}).get(parameter.name, "")
            self.lines.append(f"---@param {parameter.name}{'?' if parameter.optional else ''} "
                              f"{self.type(parameter.type)} {about}".rstrip())
        for result in results:
            about = about_results.get(result.name, "")
            self.lines.append(f"---@return {self.type(result.type)} {result.name} {about}".rstrip())
        names = ", ".join(parameter.name for parameter in function.parameters)
        self.lines.append(f"function {owner}.{function.name}({names}) end")

    def module(self, module):
        path = module["name"].split(".")
        owner = path[-1]
        self.lines.append("")
        self.comment(module["about"])
        self.lines.append(f"---@class {self.prefix}.{owner}")
        for callback in module.get("callbacks", []):
            function = Function(callback, True)
            parameters = ", ".join(f"{parameter.name}: {self.type(parameter.type)}" for parameter in function.parameters)
            self.lines.append(f"---@field {function.name}? fun({parameters}) {function.about}")
        for name, kind, about in module.get("values", []):
            self.lines.append(f"---@field {name} {kind} {about}")
        self.lines.append(f"local {owner} = {{}}")
        if owner == "networkingSockets":
            self.lines += ["", "---How a message is sent."]
            self.lines.append(f"{owner}.flags = {{")
            self.lines += [f"    {name} = {value}," for name, value in self.lua["flag numbers"].items()]
            self.lines.append("}")
        for entry in module["functions"]:
            self.function(owner, entry)
        if len(path) > 1:
            self.lines += ["", f"{path[0]}.{owner} = {owner}"]

    def text(self, notice, results, states):
        self.lines = [f"---@meta {self.prefix}", f"-- {notice}"]
        if not self.older:
            self.types(results, states)
        for module in self.lua["modules"]:
            self.module(module)
        return "\n".join(self.lines + ["", "return Steam"]) + "\n"
