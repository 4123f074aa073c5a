#!/usr/bin/env python3
"""What the suite has run of the library, as a table by floor, and the verdict: is every bar cleared?

    report.py TRACEFILE [--missing [PART]]      TRACEFILE: what gcovr --json has written; run it in the source tree

Branches are those of the compiler without optimisation, one pair for every condition. Branches that nothing can take are
listed in unreachable.txt beside this file, each with its reason; they count as explained, neither as taken nor as
missing. A branch that is neither taken nor listed is an error on the floors that have a bar for branches, and so is an
entry of the list that says anything else than what was found.

--missing lists the lines and branches that nothing ran, of the files with PART in their path.
"""

import argparse
import collections
import json
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
UNREACHABLE = HERE / "unreachable.txt"

# Rows of the table, in this order; each file belongs to the first row whose folder it lies in.
ROWS = ["src/wire/generated", "src/net/sim", "src/base", "src/crypto", "src/wire", "src/cert", "src/snp", "src/conn",
        "src/path", "src/net", "src/session", "src/api"]
# Not the library's own code: made by a generator, and what the tests drive the library with.
APART = {"src/wire/generated", "src/net/sim"}

# The bars, in per cent.
LINES_OF_ALL = 95.0
BRANCHES = {"src/wire": 100.0, "src/cert": 100.0, "src/snp": 100.0}

Entry = collections.namedtuple("Entry", "file function text missing reason at")
Line = collections.namedtuple("Line", "file number function text count branches")


def read_list(text):
    """The entries of unreachable.txt: a head `FILE: FUNCTION: BRANCHES`, the line of the source, the reason."""
    entries = []
    block = []

    def finish(at):
        if not block:
            return
        head = re.fullmatch(r"(\S+): (\w+): (\d+)", block[0])
        if not head or len(block) < 3 or any(not line.startswith("    ") for line in block[1:]):
            raise ValueError(f"{UNREACHABLE.name}:{at}: not 'FILE: FUNCTION: BRANCHES', an indented line of the source, "
                             "and an indented reason")
        entries.append(Entry(head[1], head[2], block[1].strip(), int(head[3]),
                             " ".join(line.strip() for line in block[2:]), at))
        block.clear()

    start = 0
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("#"):
            continue
        if not line.strip():
            finish(start)
            continue
        if not block:
            start = number
        block.append(line)
    finish(start)
    return entries


def lines_of(tracefile, root):
    """Every line with code in it."""
    for file in json.loads(tracefile.read_text())["files"]:
        path = file["file"]
        text = (root / path).read_text().splitlines()
        functions = sorted((function["lineno"], function["name"]) for function in file["functions"])
        for line in file["lines"]:
            if line["gcovr/noncode"]:
                continue
            number = line["line_number"]
            function = [name for at, name in functions if at <= number][-1:] or ["-"]
            yield Line(path, number, function[0], text[number - 1].strip(), line["count"],
                       [branch["count"] for branch in line["branches"]])


def row_of(path):
    return next((row for row in ROWS if path.startswith(row + "/")), None)


def judge_branches(lines, entries):
    """What disagrees between the branches that were not taken and the list, and how many the list explains by row."""
    missing = collections.defaultdict(list)
    for line in lines:
        not_taken = line.branches.count(0)
        if not_taken:
            missing[(line.file, line.function, line.text)].append((line.number, not_taken))

    errors = []
    explained = collections.Counter()
    for entry in entries:
        found = missing.pop((entry.file, entry.function, entry.text), [])
        number = sum(not_taken for _, not_taken in found)
        explained[row_of(entry.file)] += number
        if number != entry.missing:
            where = ", ".join(f"{entry.file}:{at}" for at, _ in found) or f"{entry.file}, {entry.function}"
            errors.append(f"{where}: {UNREACHABLE.name}:{entry.at} explains {entry.missing} branches, {number} were not "
                          f"taken: {entry.text}")
    for (file, function, text), found in missing.items():
        if row_of(file) in BRANCHES:
            for at, not_taken in found:
                errors.append(f"{file}:{at}: {function}: {not_taken} not taken and not explained: {text}")
    return sorted(errors), explained


def per_cent(part, whole):
    return 100.0 * part / whole if whole else 100.0


def cell(part, whole):
    # Rounded down: only what is complete says 100.
    return f"{int(per_cent(part, whole) * 10) / 10:5.1f} %"


def table(lines, explained):
    """The lines of the table, and the same figures for the verdict."""
    count = {row: collections.Counter() for row in [*ROWS, "all"]}
    for line in lines:
        row = row_of(line.file)
        for name in [row] if row in APART else [row, "all"]:
            count[name]["lines"] += 1
            count[name]["lines run"] += line.count > 0
            count[name]["branches"] += len(line.branches)
            count[name]["branches taken"] += sum(taken > 0 for taken in line.branches)
    for row in ROWS:
        count[row]["explained"] = explained[row]
        if row not in APART:
            count["all"]["explained"] += explained[row]

    out = [f"{'':20}{'lines':>7}{'run':>7}{'':>9}{'branches':>10}{'taken':>7}{'explained':>11}{'of reachable':>14}"]
    for row in [row for row in ROWS if row not in APART] + ["all"] + sorted(APART):
        c = count[row]
        if row in APART and not c["lines"]:  # the generated files are tables
            continue
        name = "all of src/" if row == "all" else row + (" (apart)" if row in APART else "")
        out.append(f"{name:20}{c['lines']:>7}{c['lines run']:>7}{cell(c['lines run'], c['lines']):>9}"
                   f"{c['branches']:>10}{c['branches taken']:>7}{c['explained']:>11}"
                   f"{cell(c['branches taken'], c['branches'] - c['explained']):>14}".rstrip())
    return out, count


def below_the_bars(count):
    errors = []
    c = count["all"]
    if per_cent(c["lines run"], c["lines"]) < LINES_OF_ALL:
        errors.append(f"src/: {cell(c['lines run'], c['lines']).strip()} of the lines were run; the bar is {LINES_OF_ALL} %")
    for row, bar in BRANCHES.items():
        c = count[row]
        if not c["lines"]:
            errors.append(f"{row}: nothing was measured")
        if per_cent(c["branches taken"], c["branches"] - c["explained"]) < bar:
            errors.append(f"{row}: {c['branches'] - c['explained'] - c['branches taken']} of the reachable branches were "
                          f"not taken; the bar is {bar} %")
    return errors


def print_missing(lines, part):
    for line in lines:
        if part in line.file and (line.count == 0 or 0 in line.branches):
            what = f"{line.branches.count(0)}/{len(line.branches)}" if line.branches and line.count else "line"
            print(f"{line.file}:{line.number}: {line.function}: {what}: {line.text}")


def main():
    parser = argparse.ArgumentParser(description="coverage by floor, and whether it is enough")
    parser.add_argument("tracefile", type=pathlib.Path)
    parser.add_argument("--missing", nargs="?", const="", metavar="PART")
    arguments = parser.parse_args()

    lines = [line for line in lines_of(arguments.tracefile, pathlib.Path.cwd()) if row_of(line.file)]
    if arguments.missing is not None:
        print_missing(lines, arguments.missing)
        return 0
    errors, explained = judge_branches(lines, read_list(UNREACHABLE.read_text()))
    rows, count = table(lines, explained)
    errors += below_the_bars(count)
    print("\n".join(rows))
    for error in errors:
        print(error)
    print(f"coverage: {'FAILED' if errors else 'good'}")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
