#!/usr/bin/env python3
"""Does what docs/bindings/godot.md says to a new user, in a headless engine.

    test_page.py --engine godot3-server --addon build/godot/addons/fumarole

The three files of the first program are taken from the page and played by two engines, as the page starts them; once
with the autoload as the page writes it, and once with the plugin of the editor adding it. The port in the page may be
taken on this machine, so it is replaced by one that was free a moment ago; should it be taken meanwhile, another one
is tried.
"""

import argparse
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile

PAGE = pathlib.Path(__file__).resolve().parents[3] / "docs/bindings/godot.md"
AUTOLOAD = '[autoload]\n\nSteam="*res://addons/fumarole/steam.gdns"\n'
PLUGIN = '[editor_plugins]\n\nenabled=PoolStringArray( "fumarole" )\n'


def program_of_page():
    """The files of the first program, by name."""
    section = PAGE.read_text().split("## A first program")[1].split("\n## ")[0]
    blocks = re.findall(r"^```\w+\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 3, "the page has another number of files"
    assert AUTOLOAD in blocks[0], "the page writes the autoload in another way"
    return dict(zip(("project.godot", "hello.tscn", "hello.gd"), blocks))


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(home, **more):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    home.mkdir(exist_ok=True)
    return dict(clean, HOME=str(home), LC_ALL="C.UTF-8", **more)


def prepare(directory, addon, files, port):
    project = directory / "hello"
    shutil.rmtree(project, ignore_errors=True)
    shutil.copytree(addon, project / "addons/fumarole")
    for name, text in files.items():
        (project / name).write_text(text.replace("27015", str(port)))
    return project


def play(engine, project, directory):
    """What both engines print. The second starts when the first listens."""
    first = subprocess.Popen([engine, "--path", str(project)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                             env=environment(directory / "home1", HELLO="listen"))
    lines = []
    try:
        for line in first.stdout:
            lines.append(line)
            if line.startswith(("listening at", "cannot listen at")):
                break
        if lines[-1].startswith("cannot listen at"):
            return None
        second = subprocess.run([engine, "--path", str(project)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                text=True, env=environment(directory / "home2"), timeout=200, check=False)
        rest, _ = first.communicate(timeout=200)
    finally:
        first.kill()
        first.wait()
    return "".join(lines) + rest, second.stdout


def check(engine, directory, addon, files, prepare_further=lambda project: None):
    for _ in range(5):
        port = free_port()
        project = prepare(directory, addon, files, port)
        prepare_further(project)
        outputs = play(engine, project, directory)
        if outputs:
            break
    first, second = outputs
    for output, expected in ((first, [f"listening at 127.0.0.1:{port}", "heard: hello", "over: 1000 that was all"]),
                             (second, ["heard: hello to you too"])):
        said = [line for line in output.splitlines() if line.startswith(("listening", "heard", "over"))]
        if said != expected or "SCRIPT ERROR" in output:
            sys.exit(f"expected {expected}, and the engine said:\n{output}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--engine", required=True)
    parser.add_argument("--addon", required=True, type=pathlib.Path)
    options = parser.parse_args()
    files = program_of_page()
    with tempfile.TemporaryDirectory(prefix="fumarole-godot-page-") as name:
        directory = pathlib.Path(name)
        check(options.engine, directory, options.addon, files)
        print("the first program, with the autoload in the project's file: good")

        def enable_plugin(project):
            subprocess.run([options.engine, "--path", str(project), "-e", "--quit"], check=True, timeout=200,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment(directory / "home0"))
            assert AUTOLOAD in (project / "project.godot").read_text(), "the plugin has not added the autoload"

        files["project.godot"] = files["project.godot"].replace(AUTOLOAD, PLUGIN)
        check(options.engine, directory, options.addon, files, enable_plugin)
        print("the same with the plugin: good")


if __name__ == "__main__":
    main()
