"""Runs the measuring programs, and keeps what they said.

A run is one program once: a workload with one library, or the machine's limit. Whatever happens in it becomes a Run;
none is dropped, repeated or corrected."""

import csv
import dataclasses
import json
import shlex
import signal
import subprocess
import sys

# Seconds that a program may take beyond the time that it measures; its own limits are lower.
PATIENCE = 150


@dataclasses.dataclass
class Workload:
    name: str
    title: str
    arguments: list
    limits: tuple = ()
    most_rounds: int = 0  # 0: as many as there are
    settled: bool = False  # lasts at least LEAST_SETTLED, since it watches slow things
    peerless: bool = False  # uses an extension of ours


@dataclasses.dataclass
class Run:
    round: int
    subject: str  # "ours", "peer", "limit", or the name of a commit
    workload: str
    failure: str  # empty: it ended well
    figures: dict


LEAST_SETTLED = 3

# Ten thousand answers would take more datagrams than two processors can move.
CROWD_TICK = ["tick", "--one-way", "--rate", "10"]

WORKLOADS = [
    Workload("bulk", "bulk, 64 KB", ["bulk"], ("stream", "single")),
    Workload("rmsgs-1000", "reliable, 1000 B, 1 connection", ["rmsgs", "--size", "1000"], ("stream",)),
    Workload("rmsgs-1000x10", "the same, 10 connections", ["rmsgs", "--size", "1000", "--conns", "10"], ("stream",)),
    Workload("rmsgs-1000x100", "the same, 100 connections", ["rmsgs", "--size", "1000", "--conns", "100"], ("stream",)),
    Workload("rmsgs-100", "reliable, 100 B", ["rmsgs"]),
    Workload("msgs-100", "unreliable, 100 B", ["msgs"]),
    Workload("pingpong", "ping-pong, polling", ["pingpong"], ("pingpong",)),
    Workload("pingpong-wait", "ping-pong, waiting", ["pingpong", "--wait"], ("pingpong",), peerless=True),
    Workload("connect-500", "connect, 500 at once", ["connect", "--conns", "500"], ("keys",)),
    Workload("connect-2000", "connect, 2000 at once", ["connect", "--conns", "2000"], ("keys",)),
    Workload("tick-500", "tick, 500 connections", ["tick", "--conns", "500"]),
    Workload("tick-1000", "tick, 1000 connections", ["tick", "--conns", "1000"]),
    Workload("tick-2000", "tick, 2000 connections", ["tick", "--conns", "2000"]),
    Workload("idle-1000", "idle, 1000 connections", ["idle", "--conns", "1000"], settled=True, most_rounds=3),
    Workload("idle-0", "idle, no connection", ["idle", "--conns", "0"], settled=True, most_rounds=3),
    Workload("crowd-tick", "10 000 connections, 10 Hz", [*CROWD_TICK, "--conns", "10000"], most_rounds=3),
    Workload("crowd-idle", "10 000 connections, idle", ["idle", "--conns", "10000"], settled=True, most_rounds=3),
]

LIMITS = {
    "stream": ["stream"],
    "single": ["stream", "--no-offload"],
    "pingpong": ["pingpong"],
    "keys": ["keys"],
}


class Mistake(Exception):
    """What the user asked for cannot be done."""


def choose(words):
    """The workloads whose names are, or begin with, one of the words; all for none."""
    if not words:
        return WORKLOADS
    chosen = []
    for word in words:
        found = [w for w in WORKLOADS if w.name == word] or [
            w for w in WORKLOADS if w.name.startswith(word) and not w.name[len(word)].isalnum()
        ]
        if not found:
            names = " ".join(w.name for w in WORKLOADS)
            raise Mistake(f"there is no workload '{word}'; there are: {names}")
        chosen += [w for w in found if w not in chosen]
    return [w for w in WORKLOADS if w in chosen]


def parse(line):
    """The key=value pairs of a line; numbers where they are numbers."""
    figures = {}
    for word in shlex.split(line):
        key, equals, value = word.partition("=")
        if equals:
            try:
                figures[key] = float(value)
            except ValueError:
                figures[key] = value
    return figures


def execute(command, seconds):
    """Runs a program. Returns its figures and why it failed, or an empty text."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        out, err = process.communicate(timeout=seconds + PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return {}, "it did not end"
    except BaseException:
        process.terminate()
        process.communicate()
        raise
    lines = out.strip().splitlines()
    figures = parse(lines[-1]) if lines else {}
    if process.returncode == 0:
        return figures, ""
    said = err.strip().splitlines()[-1:]
    if process.returncode < 0:
        return figures, f"died of {signal.Signals(-process.returncode).name}"
    return figures, str(figures.pop("trouble", said[0] if said else f"ended with status {process.returncode}"))


def drive(program, library, workload, seconds):
    """One run of a workload with a library on both sides."""
    if workload.settled:
        seconds = max(seconds, LEAST_SETTLED)
    return execute([program, *workload.arguments, "--lib", library, "--seconds", str(seconds)], seconds)


def try_library(program, library):
    """Raises Mistake when a library cannot be measured at all."""
    process = subprocess.run(
        [program, "version", "--lib", library], capture_output=True, text=True, timeout=PATIENCE
    )
    if process.returncode:
        raise Mistake(process.stderr.strip().splitlines()[-1].removeprefix("drive: "))


class Log:
    """Tells on the standard error output how far it is."""

    def __init__(self, quiet=False):
        self.quiet = quiet

    def tell(self, run, of):
        if self.quiet:
            return
        shown = run.failure or " ".join(
            f"{key}={value:g}" if isinstance(value, float) else f"{key}={value}" for key, value in run.figures.items()
        )
        print(f"{run.round + 1}/{of} {run.workload} {run.subject}: {shown}", file=sys.stderr, flush=True)


# ---- files


def write_csv(path, about, runs):
    with open(path, "w", newline="", encoding="utf-8") as file:
        for key, value in about.items():
            file.write(f"# {key}: {value}\n")
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["round", "subject", "workload", "figure", "value"])
        for run in runs:
            for key, value in {**run.figures, "failure": run.failure}.items():
                writer.writerow([run.round, run.subject, run.workload, key, value])


def read_csv(path):
    about, runs = {}, {}
    with open(path, newline="", encoding="utf-8") as file:
        lines = file.read().splitlines()
    for line in lines:
        if line.startswith("# "):
            key, _, value = line[2:].partition(": ")
            about[key] = value
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    if rows.fieldnames != ["round", "subject", "workload", "figure", "value"]:
        raise Mistake(f"{path} is no file of results")
    for row in rows:
        key = (int(row["round"]), row["subject"], row["workload"])
        run = runs.setdefault(key, Run(*key, "", {}))
        if row["figure"] == "failure":
            run.failure = row["value"]
        else:
            run.figures.update(parse(shlex.quote(f"{row['figure']}={row['value']}")))
    return about, list(runs.values())


def write_json(path, about, runs):
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"about": about, "runs": [dataclasses.asdict(run) for run in runs]}, file, indent=1)
        file.write("\n")
