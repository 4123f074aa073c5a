#!/usr/bin/env python3
"""Writes everything that follows from abi.json, the facts about the binary interface:

    tests/abi/test_layout.c     sizes, offsets, numbers and prototypes as static assertions, for C
    tests/abi/test_layout.cpp   the same for C++, with exact types
    tests/abi/test_vtables.cpp  C++ virtual calls on C tables and C calls on C++ objects, slot by slot
    tests/abi/exports.txt       the names that the shared library exports
    src/api/fumarole.map        the version script that exports them

Without arguments the files are written; with --check nothing is written and the exit code tells whether they are fresh.
The names of the extensions are taken from include/fumarole/extensions.h.
"""

import json
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
INT_MAX = 0x7FFFFFFF

ABI = json.loads((HERE / "abi.json").read_text())
NOTICE = "Made by tests/abi/generate.py from tests/abi/abi.json; do not edit."
C_NOTICE = f"/* {NOTICE} */\n/* clang-format off */\n"


# ---- names and types ------------------------------------------------------------------------------------------------


def flat_functions():
    """Every function of the interface by name. Where the SDK declares a name differently, the open-source form counts."""
    functions = dict(ABI["steamworks_sdk_flat_functions"]["functions"])
    functions.update(ABI["functions"])
    return functions


def extension_names():
    text = (ROOT / "include/fumarole/extensions.h").read_text()
    names = re.findall(r"FUMAROLE_API\b[^;()]*?\b(Fumarole_\w+)\s*\(", text)
    if not names:
        sys.exit("no extension is declared in extensions.h")
    return names


def exported_names():
    names = list(flat_functions()) + extension_names()
    if len(set(names)) != len(names):
        sys.exit("a name is exported twice")
    return sorted(names)


def c_name(name):
    """Names that C++ nests inside a class are written Class_name in our headers."""
    return name.replace("::", "_")


def c_type(text):
    text = re.sub(r"\s*\(union\)$", "", text)
    text = re.sub(r"^ExtraField\b", "SteamDatagramRelayAuthTicket_ExtraField", text)
    return c_name(text).replace("(*)()", "(*)(void)")


def parameter_types(function):
    return [c_type(parameter["c_type"]) for parameter in function["params"]]


def function_type(returned, parameters, pointer):
    return f"{c_type(returned)} {'(*)' if pointer else ''}({', '.join(parameters) or 'void'})"


# ---- assertions -----------------------------------------------------------------------------------------------------


class Assertions:
    """Collects static assertions in one of the two languages."""

    def __init__(self, language):
        self.cpp = language == "c++"
        self.lines = []

    def heading(self, text):
        self.lines.append(f"\n/* {text} */")

    def true(self, condition, text):
        word = "static_assert" if self.cpp else "_Static_assert"
        self.lines.append(f'{word}({condition}, "{text}");')

    def same_type(self, one, other, text):
        if self.cpp:
            self.true(f"(std::is_same<{one}, {other}>::value)", text)
        else:
            self.true(f"__builtin_types_compatible_p({one}, {other})", text)

    def type_of(self, expression):
        return f"decltype({expression})" if self.cpp else f"__typeof__({expression})"

    def alignment_of(self, name):
        return f"alignof({name})" if self.cpp else f"_Alignof({name})"


def number(value):
    return f"0x{value:x}" if value in (INT_MAX, 0xFFFFFFFF) else str(value)


def assert_typedefs(out):
    out.heading("number types, handles, function types")
    for name, entry in ABI["typedefs"].items():
        out.same_type(name, c_type(entry["c_type"]), name)


def assert_enums(out):
    for name, entry in ABI["enums"].items():
        out.heading(name)
        owner = re.match(r"anonymous in (\w+)", name)
        if owner is None:
            out.true(f"sizeof({name}) == {entry['size']}", f"size of {name}")
        for constant, value in entry["values"].items():
            if owner is not None:
                constant = f"{owner.group(1)}_{constant}"
            out.true(f"{constant} == {number(value)}", constant)


def assert_constants(out):
    out.heading("constants")
    for name, entry in ABI["constants"].items():
        out.true(f"{name} == {number(entry['value'])}", name)
        if entry["c_type"] != "enum":
            out.same_type(out.type_of(name), c_type(entry["c_type"]), f"type of {name}")
    for name, value in ABI["send_flags"].items():
        out.true(f"k_nSteamNetworkingSend_{name} == {value}", f"send flag {name}")
    for name, value in ABI["connection_info_flags"].items():
        out.true(f"k_nSteamNetworkConnectionInfoFlags_{name} == {value}", f"info flag {name}")
    out.heading("configuration values, results")
    for entry in ABI["config_values"]:
        out.true(f"{entry['c_name']} == {entry['id']}", f"configuration value {entry['name']}")
    for name, entry in ABI["eresult_values_returned"].items():
        out.true(f"{name} == {entry['value']}", name)


def assert_structs(out):
    for name, entry in ABI["structs"].items():
        struct = c_name(name)
        out.heading(f"{struct}")
        out.true(f"sizeof({struct}) == {entry['size']}", f"size of {struct}")
        out.true(f"{out.alignment_of(struct)} == {entry['alignment']}", f"alignment of {struct}")
        for field in entry["fields"]:
            label = f"{struct}.{field['name']}"
            member = f"(({struct} *)0)->{field['name']}"
            out.true(f"offsetof({struct}, {field['name']}) == {field['offset']}", f"offset of {label}")
            out.true(f"sizeof({member}) == {field['size']}", f"size of {label}")
            if field["type"].startswith("union "):
                continue
            declared = f"decltype({struct}::{field['name']})" if out.cpp else f"__typeof__({member})"
            out.same_type(declared, c_type(field["type"]), f"type of {label}")
    out.heading("the value of an option")
    for member, type_name in (("m_int32", "int32"), ("m_int64", "int64"), ("m_float", "float"),
                              ("m_string", "const char *"), ("m_ptr", "void *")):
        out.true(f"offsetof(SteamNetworkingConfigValue_t, m_val.{member}) == 8", f"offset of {member}")
        out.true(f"sizeof((({'SteamNetworkingConfigValue_t'} *)0)->m_val.{member}) == sizeof({type_name})",
                 f"size of {member}")


def assert_callbacks(out):
    out.heading("callbacks")
    for name, entry in ABI["callbacks"].items():
        out.true(f"sizeof({name}) == {entry['size']}", f"size of {name}")
        out.true(f"{name}_k_iCallback == {entry['id']}", f"number of {name}")
        out.same_type(entry["function_type"], f"void (*)({name} *)", f"function type of {name}")


def assert_vtables(out):
    for name, table in ABI["vtables"].items():
        out.heading(f"slots of {name}")
        struct = f"struct {name}Vtbl"
        out.true(f"sizeof({struct}) == {8 * table['slots']}", f"number of slots of {name}")
        for method in table["methods"]:
            slot = f"{name}Vtbl, {method['name']}"
            out.true(f"offsetof(struct {slot}) == {method['byte_offset']}", f"slot of {name}.{method['name']}")
            declared = (f"decltype({name}Vtbl::{method['name']})" if out.cpp
                        else f"__typeof__((({struct} *)0)->{method['name']})")
            wanted = function_type(method["return"], [f"{name} *"] + parameter_types(method), True)
            out.same_type(declared, wanted, f"parameters of {name}.{method['name']}")


def assert_functions(out):
    out.heading("prototypes")
    for name, function in sorted(flat_functions().items()):
        out.same_type(out.type_of(name), function_type(function["return"], parameter_types(function), False), name)


def layout_test(language):
    out = Assertions(language)
    for write in (assert_typedefs, assert_enums, assert_constants, assert_structs, assert_callbacks, assert_vtables,
                  assert_functions):
        write(out)
    headers = ["<stdarg.h>", "<stddef.h>", "<stdint.h>"] + (["<type_traits>"] if language == "c++" else [])
    lines = [C_NOTICE, "/* Compiles only if the public headers describe the binary interface exactly. */"]
    lines += [f"#include {header}" for header in headers]
    lines += ["", '#include "fumarole/fumarole.h"']
    if language == "c++":
        lines += ["", "#pragma GCC diagnostic ignored \"-Winvalid-offsetof\""]
    return "\n".join(lines + out.lines) + "\n"


# ---- virtual calls --------------------------------------------------------------------------------------------------


def default_value(type_name):
    """An argument or result of that type that means nothing."""
    if type_name == "void":
        return ""
    if type_name.endswith("*") or type_name.startswith("FSteam"):
        return "nullptr"
    return f"static_cast<{type_name}>(0)"


def vtable_test():
    lines = [
        C_NOTICE,
        "/*",
        " * Every slot is called in both directions: as a virtual function of a class on an object that C code made, and",
        " * through the C table on an object of a class. The classes list the methods in the order of the interface.",
        " */",
        "#include <cstdio>",
        "#include <cstring>",
        "",
        '#include "fumarole/fumarole.h"',
        "",
        "static const char *called;",
        "static const void *called_on;",
        "static int failures;",
        "",
        "static void expect(const char *method, const void *object)",
        "{",
        "    if (called == nullptr || std::strcmp(called, method) != 0 || called_on != object) {",
        '        std::fprintf(stderr, "%s: the call went to %s\\n", method, called == nullptr ? "nothing" : called);',
        "        failures++;",
        "    }",
        "    called = nullptr;",
        "    called_on = nullptr;",
        "}",
        "",
        "static void note(const char *method, const void *object)",
        "{",
        "    called = method;",
        "    called_on = object;",
        "}",
    ]
    for name, table in ABI["vtables"].items():
        methods = table["methods"]
        lines += ["", f"/* ---- {name} ---- */", "", "namespace {", f"class {name}Class {{", "public:"]
        for method in methods:
            parameters = ", ".join(parameter_types(method))
            lines.append(f"    virtual {c_type(method['return'])} {method['name']}({parameters}) = 0;")
        lines += ["protected:", f"    ~{name}Class() {{}}", "};", "}", ""]
        for method in methods:
            parameters = ", ".join([f"{name} *self"] + parameter_types(method))
            result = default_value(c_type(method["return"]))
            lines += [f"static {c_type(method['return'])} {name}_{method['name']}({parameters})",
                      "{",
                      f'    note("{name}.{method["name"]}", self);']
            lines += [f"    return {result};"] if result else []
            lines += ["}", ""]
        lines += [f"static const {name}Vtbl {name}_table = {{"]
        lines += [f"    {name}_{method['name']}," for method in methods]
        lines += ["};", "", "namespace {", f"class {name}Object final : public {name}Class {{", "public:"]
        for method in methods:
            parameters = ", ".join(parameter_types(method))
            result = default_value(c_type(method["return"]))
            lines += [f"    {c_type(method['return'])} {method['name']}({parameters}) override",
                      "    {",
                      f'        note("{name}.{method["name"]}", this);']
            lines += [f"        return {result};"] if result else []
            lines += ["    }"]
        lines += ["};", "}", "", f"static void check_{name}()", "{",
                  f"    {name} made_in_c = {{&{name}_table}};",
                  f"    {name}Class *seen = reinterpret_cast<{name}Class *>(&made_in_c);",
                  f"    {name}Object made_in_cpp;",
                  f"    {name} *table_of = reinterpret_cast<{name} *>(static_cast<{name}Class *>(&made_in_cpp));"]
        for method in methods:
            arguments = [default_value(type_name) for type_name in parameter_types(method)]
            label = f"{name}.{method['name']}"
            lines += [f"    seen->{method['name']}({', '.join(arguments)});",
                      f'    expect("{label}", &made_in_c);',
                      f"    table_of->vtable->{method['name']}({', '.join(['table_of'] + arguments)});",
                      f'    expect("{label}", &made_in_cpp);']
        lines += ["}"]
    lines += ["", "int main()", "{"]
    lines += [f"    check_{name}();" for name in ABI["vtables"]]
    lines += ["    return failures == 0 ? 0 : 1;", "}"]
    return "\n".join(lines) + "\n"


# ---- exported names -------------------------------------------------------------------------------------------------


def version_script():
    lines = [f"# {NOTICE}",
             "# The names that libfumarole.so exports. Programs that were linked against a library without symbol versions find",
             "# them as well: each is the default version of its name.",
             "FUMAROLE_0 {", "global:"]
    lines += [f"    {name};" for name in exported_names()]
    lines += ["local:", "    *;", "};"]
    return "\n".join(lines) + "\n"


def main():
    outputs = {
        HERE / "test_layout.c": layout_test("c"),
        HERE / "test_layout.cpp": layout_test("c++"),
        HERE / "test_vtables.cpp": vtable_test(),
        HERE / "exports.txt": "\n".join(exported_names()) + "\n",
        ROOT / "src/api/fumarole.map": version_script(),
    }
    check = sys.argv[1:] == ["--check"]
    if sys.argv[1:] and not check:
        sys.exit("usage: generate.py [--check]")
    stale = []
    for path, text in outputs.items():
        if not check:
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            stale.append(str(path.relative_to(ROOT)))
    if stale:
        sys.exit("out of date: " + ", ".join(stale) + "; run tests/abi/generate.py")


if __name__ == "__main__":
    main()
