#!/usr/bin/env python3
"""Measures what messages cost through each binding, against the same in C, and prints one table.

    bench/bindings/run.py [options] [c|luajit|lua5.4|node|godot...]     what `make bench-bindings` runs

Every program beside this file does the same work (see baseline.c) and prints the same lines. In every round each is run
once, in turn. A figure is the median of the rounds. What is not built, or whose interpreter is missing, is left out and
said. --publish puts the tables into docs/performance.md."""

import argparse
import datetime
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import textwrap

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BEGIN = "<!-- figures of the bindings: written by bench/bindings/run.py -->"
END = "<!-- end of figures of the bindings -->"
WORKLOADS = ["pipe send 1", "pipe send 32", "pipe receive 1", "pipe receive 32", "pipe receive 100", "pipe group 32",
             "pipe group 100", "loopback 32"]
# What the bindings are meant to reach, in messages a second.
AIMS = {("luajit", "pipe receive 32"): 1e6, ("node", "pipe receive 100"): 5e5}


class Program:
    """How one language's benchmark is started."""

    def __init__(self, title, command, needs=(), environment=None):
        self.title = title
        self.command = command
        self.needs = needs
        self.environment = environment or {}

    def missing(self):
        """What it lacks; None if it can be run."""
        if shutil.which(self.command[0]) is None:
            return f"{self.command[0]} is not there"
        return next((f"{path} is not there" for path in self.needs if not path.exists()), None)

    def run(self, messages):
        result = subprocess.run([*self.command, str(messages)], cwd=ROOT, env={**os.environ, **self.environment},
                                capture_output=True, text=True, timeout=600, check=False)
        figures = {}
        for line in result.stdout.splitlines():
            fields = line.split("\t")
            if len(fields) == 4 and fields[0] in WORKLOADS:
                count, seconds, processor = int(fields[1]), float(fields[2]), float(fields[3])
                figures[fields[0]] = (count / seconds, count / processor if processor > 0 else None)
        if result.returncode != 0 or not figures:
            sys.exit(f"{self.title} failed with {result.returncode}:\n{result.stdout}{result.stderr}")
        return figures


def programs(build):
    def lua(name, directory):
        module = build / "lua" / directory / "luasteam.so"
        return Program(name, [name.lower().replace(" ", ""), str(HERE / "lua.lua")], (HERE / "lua.lua", module),
                       {"LUA_CPATH": str(module.parent / "?.so")})

    return {
        "c": Program("C", [str(build / "bench" / "baseline")]),
        "luajit": lua("LuaJIT", "jit"),
        "lua5.4": lua("Lua 5.4", "5.4"),
        "node": Program("Node", ["node", str(HERE / "node.js")], (HERE / "node.js", build / "node" / "fumarole.node"),
                        {"FUMAROLE_ADDON": str(build / "node" / "fumarole.node")}),
        "godot": Program("Godot", [str(HERE / "godot.sh"), str(build)],
                         (HERE / "godot.sh", build / "godot" / "addons" / "fumarole")),
    }


def thousands(rate):
    return f"{rate / 1000:,.0f}".replace(",", " ")


def cell(rate, base, aim=None):
    if rate is None:
        return "–"
    text = thousands(rate)
    if base and rate is not base:
        text += f" ({rate / base:.2g})" if rate < base else f" ({rate / base:.1f})"
    if aim:
        text += f", aim {thousands(aim)} " + ("✓" if rate >= aim else "✗")
    return text


def medians(rounds, which):
    """Median of the rounds of a workload's rate (0: by the clock, 1: by processor time), by language and workload."""
    result = {}
    for language in rounds[0]:
        for workload in WORKLOADS:
            values = [figures[language][workload][which] for figures in rounds if workload in figures[language]]
            if values and None not in values:
                result[language, workload] = statistics.median(values)
    return result


def table(rounds, chosen, which, heading):
    rates = medians(rounds, which)
    lines = [f"| {heading} | " + " | ".join(program.title for program in chosen.values()) + " |",
             "|---" * (len(chosen) + 1) + "|"]
    for workload in WORKLOADS:
        base = rates.get(("c", workload))
        cells = [cell(rates.get((language, workload)), base, AIMS.get((language, workload)) if which == 0 else None)
                 for language in chosen]
        lines.append(f"| `{workload}` | " + " | ".join(cells) + " |")
    return lines


def conditions(arguments, load_before, load_after):
    try:
        commit = subprocess.run(["git", "rev-parse", "--short=12", "HEAD"], cwd=ROOT, capture_output=True, text=True,
                                check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        commit = "unknown commit"
    models = [line.partition(":")[2].strip() for line in open("/proc/cpuinfo", encoding="utf-8")
              if line.startswith("model name")] if os.path.exists("/proc/cpuinfo") else []
    model = " ".join(models[0].split()) if models else platform.machine()
    date = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    return (f"Fumarole {commit}; {model}, {len(os.sched_getaffinity(0))} processors, Linux {platform.release()}; load "
            f"average {load_before} before, {load_after} after; {date}. {arguments.rounds} rounds in turn of "
            f"{arguments.messages} messages; the median, in thousands a second, and in brackets the ratio to C.")


def load_average():
    return " ".join(f"{load:.2f}" for load in os.getloadavg())


def publish(text):
    path = ROOT / "docs/performance.md"
    page = path.read_text()
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        sys.exit("docs/performance.md has no place for the figures of the bindings")
    path.write_text(before + BEGIN + "\n\n" + text + "\n\n" + END + after)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("languages", nargs="*", metavar="LANGUAGE", help="c luajit lua5.4 node godot; all if none")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build", help="build directory (build)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--messages", type=int, default=400000, help="of each workload (400000)")
    parser.add_argument("--publish", action="store_true", help="put the tables into docs/performance.md")
    arguments = parser.parse_args()
    known = programs(arguments.build.resolve())
    unknown = [name for name in arguments.languages if name not in known]
    if unknown or arguments.rounds < 1 or arguments.messages < 1:
        parser.error(f"no such language: {' '.join(unknown)}" if unknown else "rounds and messages begin with 1")
    chosen = {}
    for name, program in known.items():
        if name != "c" and arguments.languages and name not in arguments.languages:
            continue
        lacking = program.missing()
        if lacking is None:
            chosen[name] = program
        elif name == "c" or name in arguments.languages:
            sys.exit(f"{program.title}: {lacking}")
        else:
            print(f"left out: {program.title}: {lacking}", file=sys.stderr)
    before = load_average()
    rounds = []
    for number in range(arguments.rounds):
        rounds.append({})
        for name, program in chosen.items():
            print(f"round {number + 1} of {arguments.rounds}: {program.title}", file=sys.stderr)
            rounds[-1][name] = program.run(arguments.messages)
    text = "\n".join([textwrap.fill(conditions(arguments, before, load_average()), 120), "",
                      *table(rounds, chosen, 0, "1000 messages a second"), "",
                      *table(rounds, chosen, 1, "1000 messages a second of processor time")])
    print(text)
    if arguments.publish:
        publish(text)


if __name__ == "__main__":
    main()
