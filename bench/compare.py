#!/usr/bin/env python3
"""Compares two commits: builds the library of both, measures them in turn, and prints medians, spread and the ratio.

    bench/compare.py [options] A B [WORKLOAD...]

A and B are whatever git understands as a commit, or a dot: the files as they lie here, committed or not. The driver of
the files that lie here measures both. Everything is built in a temporary directory, in worktrees that are gone
afterwards, however it ends."""

import argparse
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import runs as running  # noqa: E402
import table  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
HERE = "."
SAID_AT_MOST = 40  # lines of a build that failed


def git(repository, *words):
    done = subprocess.run(["git", "-C", repository, *words], capture_output=True, text=True)
    if done.returncode:
        raise running.Mistake(f"git {words[0]}: {done.stderr.strip()}")
    return done.stdout.strip()


def resolve(repository, name):
    """The full name of a commit; a dot stays a dot."""
    if name == HERE:
        return HERE
    try:
        return git(repository, "rev-parse", "--verify", "--quiet", name + "^{commit}")
    except running.Mistake:
        raise running.Mistake(f"'{name}' is no commit of {repository}") from None


@contextlib.contextmanager
def worktree(repository, commit, directory):
    """A checkout of a commit, for as long as it is needed."""
    if commit == HERE:
        yield repository
        return
    git(repository, "worktree", "add", "--detach", "--force", directory, commit)
    try:
        yield directory
    finally:
        with contextlib.suppress(running.Mistake):
            git(repository, "worktree", "remove", "--force", directory)


def say(text):
    print(text, file=sys.stderr, flush=True)


def run_quietly(what, *command):
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        out, _ = process.communicate()
    except BaseException:
        process.terminate()
        process.communicate()
        raise
    if process.returncode:
        raise running.Mistake(f"{what} does not build:\n" + "\n".join(out.splitlines()[-SAID_AT_MOST:]))


def build(what, source, directory, target, jobs):
    say(f"building {what}")
    options = ["-DFUMAROLE_TESTS=OFF", "-DFUMAROLE_TOOLS=OFF"]
    run_quietly(what, "cmake", "-S", source, "-B", directory, "-G", "Ninja", *options)
    run_quietly(what, "cmake", "--build", directory, "--target", target, "-j", str(jobs))


def build_all(arguments, commits, base):
    """The driver and the libraries, each in a directory of its own; returns their paths."""
    driver = arguments.drive
    if not driver:
        build("the driver", ROOT, os.path.join(base, "driver"), "drive", arguments.jobs)
        driver = os.path.join(base, "driver", "bench", "drive")
    libraries, built = [], {}
    for place, (name, commit) in enumerate(zip((arguments.a, arguments.b), commits)):
        if commit not in built:
            source = os.path.join(base, f"source-{place}")
            directory = os.path.join(base, f"build-{place}")
            with worktree(arguments.repository, commit, source) as checkout:
                what = name if name == HERE else f"{name} ({commit[:12]})"
                build(what, checkout, directory, "fumarole", arguments.jobs)
            built[commit] = os.path.join(directory, "libfumarole.so")
            if not os.path.exists(built[commit]):
                raise running.Mistake(f"{name} built no libfumarole.so")
        libraries.append(built[commit])
    return driver, libraries


def measure(driver, libraries, chosen, arguments, done):
    log = running.Log(arguments.quiet)
    for number in range(arguments.rounds):
        order = [("A", libraries[0]), ("B", libraries[1])]
        if number % 2:
            order.reverse()
        for workload in chosen:
            for subject, library in order:
                figures, failure = running.drive(driver, library, workload, arguments.seconds)
                done.append(running.Run(number, subject, workload.name, failure, figures))
                log.tell(done[-1], arguments.rounds)


def show(arguments, commits, done):
    titles = {w.name: w.title for w in running.WORKLOADS}
    lines, last = [], ""
    for row in table.ROWS:
        sides = [table.gather(done, subject, row.workload, row.figure) for subject in ("A", "B")]
        if not any(side.runs for side in sides):
            continue
        cells = [table.cell(side, row.scale) for side in sides]
        name = "" if row.workload == last else titles[row.workload]
        lines.append([name, row.unit, *cells, table.share(table.ratio(sides[1].median, sides[0].median))])
        last = row.workload
    for side, name, commit in zip("AB", (arguments.a, arguments.b), commits):
        subject = "the files as they are"
        if commit != HERE:
            subject = git(arguments.repository, "log", "-1", "--format=%h %s", commit)
        print(f"{side} = {name}: {subject}")
    print(f"{arguments.rounds} rounds of {arguments.seconds:g} s, in turn; the median (lowest–highest)\n")
    print(table.plain(["workload", "figure", "A", "B", "B / A"], lines))
    bad = table.bad_runs(done)
    if bad:
        print("\nRuns that went wrong:\n  " + "\n  ".join(bad))


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("a", metavar="A")
    parser.add_argument("b", metavar="B")
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD", help="as for bench/run.py; default: all")
    parser.add_argument("--rounds", type=int, default=5, help="how often everything is measured (default 5)")
    parser.add_argument("--seconds", type=float, default=2, help="how long each run lasts (default 2)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="of the builds")
    parser.add_argument("--csv", metavar="FILE", help="write every run to it")
    parser.add_argument("--quiet", action="store_true", help="do not tell how far it is")
    parser.add_argument("--repository", default=ROOT, help="where the commits are (default: this one)")
    parser.add_argument("--drive", metavar="PROGRAM", help="the driver, if it need not be built")
    return parser.parse_intermixed_args()


def compare(arguments):
    chosen = running.choose(arguments.workloads)
    if arguments.rounds < 1:
        raise running.Mistake("at least one round is needed")
    commits = [resolve(arguments.repository, name) for name in (arguments.a, arguments.b)]
    done = []
    base = tempfile.mkdtemp(prefix="fumarole-compare-")
    try:
        driver, libraries = build_all(arguments, commits, base)
        measure(driver, libraries, chosen, arguments, done)
    finally:
        shutil.rmtree(base, ignore_errors=True)
        with contextlib.suppress(running.Mistake):
            git(arguments.repository, "worktree", "prune")
    show(arguments, commits, done)
    if arguments.csv:
        running.write_csv(arguments.csv, {"A": arguments.a, "B": arguments.b}, done)
    return 1 if any(run.failure for run in done) else 0


def main():
    arguments = read_arguments()
    sys.stdout.reconfigure(encoding="utf-8")
    # Ended from outside it cleans up as it does for Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return compare(arguments)
    except (running.Mistake, OSError) as mistake:
        print(f"compare: {mistake}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("compare: interrupted; everything temporary is gone", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
