#!/usr/bin/env python3
"""Measures this library, another one and the machine's limit in turn, and prints one table.

    bench/run.py [options] [WORKLOAD...]        what `make bench` runs

The other library is named by --peer. Nothing is written unless --csv or --json names a file."""

import argparse
import datetime
import hashlib
import os
import platform
import subprocess
import sys

sys.dont_write_bytecode = True
import runs as running  # noqa: E402
import table  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def output_of(*command):
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def processor_model():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            names = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    except OSError:
        names = []
    return names[0] if names else platform.machine()


def load_average():
    return " ".join(f"{load:.2f}" for load in os.getloadavg())


def describe_library(path):
    with open(path, "rb") as file:
        mark = hashlib.sha256(file.read()).hexdigest()[:12]
    return f"{os.path.basename(path)} (sha256 {mark}...)"


def commit():
    """The commit that is checked out, and whether there is more than that."""
    name = output_of("git", "rev-parse", "--short=12", "HEAD")
    if not name:
        return "of unknown commit"
    return name + (" with changes" if output_of("git", "status", "--porcelain", "--untracked-files=no") else "")


def describe(arguments, limit):
    about = {
        "ours": f"{output_of(arguments.drive, 'version', '--lib', arguments.ours)}, {commit()}".lstrip(", "),
        "peer": describe_library(arguments.peer) if arguments.peer else "",
        "processor": processor_model(),
        "processors": len(os.sched_getaffinity(0)),
        "system": f"Linux {platform.release()}",
        "openssl": " ".join(output_of(limit, "about").split()[:2]),
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "rounds": arguments.rounds,
        "seconds": f"{arguments.seconds:g}",
        "load before": load_average(),
    }
    return about


def one_round(number, arguments, chosen, limit, log, done):
    """Every workload once with everybody; who is first changes from round to round."""
    libraries = [("ours", arguments.ours)] + ([("peer", arguments.peer)] if arguments.peer else [])
    if number % 2:
        libraries.reverse()
    measured = set()

    def note(subject, name, figures, failure):
        done.append(running.Run(number, subject, name, failure, figures))
        log.tell(done[-1], arguments.rounds)

    for workload in chosen:
        if workload.most_rounds and number >= workload.most_rounds:
            continue
        for name in workload.limits:
            if name not in measured:
                measured.add(name)
                command = [limit, *running.LIMITS[name], "--seconds", str(arguments.seconds)]
                note("limit", name, *running.execute(command, arguments.seconds))
        for subject, library in libraries:
            if subject == "ours" or not workload.peerless:
                note(subject, workload.name, *running.drive(arguments.drive, library, workload, arguments.seconds))


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD", help="names, or what they begin with; default: all")
    parser.add_argument("--list", action="store_true", help="the names of the workloads")
    parser.add_argument("--rounds", type=int, default=3, help="how often everything is measured (default 3)")
    parser.add_argument("--seconds", type=float, default=2, help="how long each run lasts (default 2)")
    parser.add_argument("--peer", metavar="LIBRARY", help="another library to measure")
    parser.add_argument("--build", default=os.path.join(ROOT, "build"), help="the build directory (default: build)")
    parser.add_argument("--ours", metavar="LIBRARY", help="instead of libfumarole.so of the build directory")
    parser.add_argument("--csv", metavar="FILE", help="write every run to it")
    parser.add_argument("--json", metavar="FILE", help="the same as JSON")
    parser.add_argument("--from", dest="saved", metavar="FILE", help="measure nothing, print the table of a CSV file")
    parser.add_argument("--quiet", action="store_true", help="do not tell how far it is")
    arguments = parser.parse_intermixed_args()
    arguments.drive = os.path.join(arguments.build, "bench", "drive")
    arguments.ours = arguments.ours or os.path.join(arguments.build, "libfumarole.so")
    return arguments


def check(arguments):
    """Raises Mistake before anything is measured, if something is wrong."""
    if not 1 <= arguments.rounds <= 1000:
        raise running.Mistake(f"the number of rounds must be from 1 to 1000, not {arguments.rounds}")
    if not 0.1 <= arguments.seconds <= 3600:
        raise running.Mistake(f"the number of seconds must be from 0.1 to 3600, not {arguments.seconds:g}")
    if not os.access(arguments.drive, os.X_OK):
        raise running.Mistake(f"{arguments.drive} is not there; build first")
    for name, library in (("our library", arguments.ours), ("GNS_LIB", arguments.peer)):
        if library and not os.path.isfile(library):
            raise running.Mistake(f"{name} names {library}, which is no file")
        if library:
            running.try_library(arguments.drive, library)
    for path in filter(None, (arguments.csv, arguments.json)):
        # A run of half an hour shall not end with this.
        if not os.access(os.path.dirname(os.path.abspath(path)), os.W_OK):
            raise running.Mistake(f"{path} cannot be written")


def show(about, done):
    print("\n".join(table.introduction(about)), end="\n\n")
    print(table.plain(table.HEADS, table.rows_of(done)))
    bad = table.bad_runs(done)
    if bad:
        print("\nRuns that went wrong:\n  " + "\n  ".join(bad))


def measure(arguments):
    chosen = running.choose(arguments.workloads)
    check(arguments)
    limit = os.path.join(arguments.build, "bench", "limit")
    about, done, log = describe(arguments, limit), [], running.Log(arguments.quiet)
    code = 0
    try:
        for number in range(arguments.rounds):
            one_round(number, arguments, chosen, limit, log, done)
    except KeyboardInterrupt:
        print("interrupted: what has been measured until now", file=sys.stderr)
        code = 130
    about["load after"] = load_average()
    show(about, done)
    if arguments.csv:
        running.write_csv(arguments.csv, about, done)
    if arguments.json:
        running.write_json(arguments.json, about, done)
    # What others do wrong is a result; what we do wrong is a failure.
    if any(run.failure and run.subject != "peer" for run in done):
        code = code or 1
    return code


def main():
    arguments = read_arguments()
    sys.stdout.reconfigure(encoding="utf-8")
    try:
        if arguments.list:
            print("\n".join(f"{w.name:15} {w.title}" for w in running.WORKLOADS))
            return 0
        if arguments.saved:
            show(*running.read_csv(arguments.saved))
            return 0
        return measure(arguments)
    except (running.Mistake, OSError) as mistake:
        print(f"bench: {mistake}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
