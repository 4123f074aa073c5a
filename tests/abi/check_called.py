#!/usr/bin/env python3
"""Every exported function is called by some test.

Reads exports.txt and the sources below tests/ and names the exported functions that none of them calls. A call is

- the name with an argument list, or the name as a value (in a table of functions, or handed on);
- the name as a string, for dlsym;
- the method of an interface by the name of its slot, through an object or a table: object->AcceptConnection(...);
- what a macro makes of it that pastes a prefix: S(AcceptConnection, ...) with S pasting SteamAPI_I...Sockets_.

Generated checks of layouts and declarations mention every name without calling it; they do not count, and neither do
comments.

    check_called.py [DIRECTORY-OF-TESTS]
"""

import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
NOT_CALLING = ("abi", "vectors")
INTERFACES = ("SteamNetworkingSockets", "SteamNetworkingUtils", "SteamNetworkingMessages", "SteamNetworkingFakeUDPPort")


def code_of(path):
    """The text of a source without comments, and with every macro on one line."""
    text = path.read_text(encoding="utf-8", errors="replace")
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.DOTALL)
    text = re.sub(r"(?m)//.*$", " ", text)
    return text.replace("\\\n", " ")


def pasting_macros(text):
    """Of each macro that pastes its argument to a prefix: its name and the prefixes."""
    macros = {}
    for name, parameters, body in re.findall(r"(?m)^[ \t]*#[ \t]*define[ \t]+(\w+)\(([^)]*)\)(.*)$", text):
        for parameter in (word.strip() for word in parameters.split(",")):
            for prefix in re.findall(r"\b(\w+)[ \t]*##[ \t]*" + re.escape(parameter) + r"\b", body):
                macros.setdefault(name, set()).add(prefix)
    # Macros that hand a parameter on to one of those, however deep.
    while True:
        before = sum(len(prefixes) for prefixes in macros.values())
        for name, _, body in re.findall(r"(?m)^[ \t]*#[ \t]*define[ \t]+(\w+)\(([^)]*)\)(.*)$", text):
            for inner in list(macros):
                if inner != name and re.search(r"\b" + inner + r"[ \t]*\(", body):
                    macros.setdefault(name, set()).update(macros[inner])
        if sum(len(prefixes) for prefixes in macros.values()) == before:
            return macros


def included_headers(text, path, root):
    for name in re.findall(r'(?m)^[ \t]*#[ \t]*include[ \t]+"([^"]+)"', text):
        for folder in (path.parent, root, root / "unit", root / "real"):
            if (folder / name).is_file():
                yield folder / name
                break


def calls_in(path, root, names):
    """The exported functions that a source calls."""
    own = code_of(path)
    called = {name for name in re.findall(r"\b(\w+)[ \t\n]*\(", own)}
    called |= set(re.findall(r"[(,{=&][ \t\n]*(\w+)[ \t\n]*[,)};]", own))
    called |= set(re.findall(r'"(\w+)"', own))

    for slot in re.findall(r"(?:->|\.)[ \t]*(\w+)[ \t\n]*\(", own):
        called |= {"SteamAPI_I" + interface + "_" + slot for interface in INTERFACES}

    seen = "\n".join([own] + [code_of(header) for header in included_headers(own, path, root)])
    plain = re.sub(r"(?m)^[ \t]*#[ \t]*define.*$", "", own)
    for macro, prefixes in pasting_macros(seen).items():
        for arguments in re.findall(r"\b" + macro + r"[ \t]*\(([^;]*)", plain):
            # The pasted word is the first or second argument of all macros there are.
            for word in re.findall(r"\w+", ",".join(arguments.split(",")[:2])):
                called |= {prefix + word for prefix in prefixes}
    return called & names


def main():
    root = pathlib.Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else HERE.parent
    names = set((HERE / "exports.txt").read_text(encoding="utf-8").split())
    called = set()
    for path in sorted(root.rglob("*")):
        if path.suffix in (".c", ".cpp", ".h") and path.relative_to(root).parts[0] not in NOT_CALLING:
            called |= calls_in(path, root, names)
    missing = sorted(names - called)
    for name in missing:
        print(f"no test calls {name}")
    if missing:
        return 1
    print(f"{len(names)} exported functions, all called by tests")
    return 0


if __name__ == "__main__":
    sys.exit(main())
