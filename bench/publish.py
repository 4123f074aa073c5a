#!/usr/bin/env python3
"""Writes what `make bench CSV=FILE` has saved into docs/performance.md and draws docs/plots/performance.png.

    bench/publish.py FILE

In the document the lines between the two marks are replaced; the file itself is kept beside the chart. Needs
gnuplot."""

import argparse
import os
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
import runs as running  # noqa: E402
import table  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BEGIN = "<!-- figures: written by bench/publish.py -->"
END = "<!-- end of figures -->"

# ---- the document


def section(about, runs, image):
    lines = [BEGIN, ""]
    lines += [line + "." for line in table.introduction(about)]
    lines += ["", table.markdown(table.HEADS, table.rows_of(runs)), ""]
    bad = table.bad_runs(runs)
    if bad:
        lines += ["Runs that went wrong:", "", *("- " + line for line in bad), ""]
    lines += [f"![Throughput, round trips, processor time and connections]({image})", "", END]
    return "\n".join(lines)


def rewrite(path, text):
    with open(path, encoding="utf-8") as file:
        old = file.read()
    if old.count(BEGIN) != 1 or old.count(END) != 1 or old.index(BEGIN) > old.index(END):
        raise running.Mistake(f"{path} does not have the two marks '{BEGIN}' and '{END}'")
    new = old[: old.index(BEGIN)] + text + old[old.index(END) + len(END) :]
    with open(path, "w", encoding="utf-8") as file:
        file.write(new)


# ---- the chart

# Each panel: title, unit, logarithmic, and its groups of bars: what stands below, workload, figure, limit, scale.
PANELS = [
    (
        "Throughput, sealed",
        "MB/s",
        True,
        [
            ("64 KB\\nreliable", "bulk", "MB_per_s", "stream:MB_per_s"),
            ("1000 B\\nreliable", "rmsgs-1000", "MB_per_s", "stream:MB_per_s"),
            ("1000 B\\n10 conns", "rmsgs-1000x10", "MB_per_s", "stream:MB_per_s"),
            ("1000 B\\n100 conns", "rmsgs-1000x100", "MB_per_s", "stream:MB_per_s"),
            ("100 B\\nreliable", "rmsgs-100", "MB_per_s", "stream:MB_per_s"),
            ("100 B\\nunreliable", "msgs-100", "MB_per_s", "stream:MB_per_s"),
        ],
    ),
    (
        "Round trip of 100 bytes",
        "µs",
        True,
        [
            ("polling\\np50", "pingpong", "p50_us", "pingpong:p50_us"),
            ("polling\\np99", "pingpong", "p99_us", "pingpong:p99_us"),
            ("waiting\\np50", "pingpong-wait", "p50_us", "pingpong:p50_us"),
            ("waiting\\np99", "pingpong-wait", "p99_us", "pingpong:p99_us"),
        ],
    ),
    (
        "Processor time for each message at 30 Hz, echoed",
        "µs",
        False,
        [
            ("500\\nconnections", "tick-500", "cpu_us_per_msg", ""),
            ("1000\\nconnections", "tick-1000", "cpu_us_per_msg", ""),
            ("2000\\nconnections", "tick-2000", "cpu_us_per_msg", ""),
        ],
    ),
    (
        "Connections made in a second",
        "1/s",
        False,
        [
            ("500\\nat once", "connect-500", "per_second", "keys:per_second"),
            ("2000\\nat once", "connect-2000", "per_second", "keys:per_second"),
        ],
    ),
]

COLOURS = {"ours": "#d1495b", "peer": "#66717e", "limit": "#8fb8a8"}
BAR = 0.27


def bars(runs, subject, groups):
    """Lines of place, median, lowest, highest; and the places where every run failed."""
    lines, missing = [], []
    for place, (_, workload, figure, limit) in enumerate(groups):
        if subject == "limit":
            workload, _, figure = limit.partition(":")
        values = table.gather(runs, subject, workload, figure)
        at = place + {"ours": -BAR, "peer": 0, "limit": BAR}[subject]
        if values.values:
            lines.append(f"{at:.3f} {values.median} {min(values.values)} {max(values.values)}")
        elif values.runs:
            missing.append(at)
    return lines, missing


def name_of_peer(about):
    name = about.get("peer", "").split(" ")[0]
    return name.removeprefix("lib").removesuffix(".so") or "peer"


def script(about, runs, image):
    names = {"ours": "Fumarole", "peer": name_of_peer(about), "limit": "the machine alone"}
    lines = [
        "set terminal pngcairo size 1300,900 font 'sans,10' enhanced",
        f"set output '{image}'",
        f"set multiplot layout 2,2 title \"{about['processor']}, {about['processors']} processors, loopback; "
        f"medians of {about['rounds']} rounds, lines: lowest to highest\" noenhanced",
        f"set boxwidth {BAR * 0.92}",
        "set style fill solid 0.9 noborder",
        "set grid ytics lc '#dddddd'",
        "set border 3",
        "set tics nomirror",
        "set key top right",
        "set bmargin 4",
    ]
    for number, (title, unit, logarithmic, groups) in enumerate(PANELS):
        drawn = []
        lines += ["unset label"]
        for subject in ("ours", "peer", "limit"):
            data, missing = bars(runs, subject, groups)
            lines += [
                f"set label 'failed' at {at:.3f}, graph 0.02 rotate by 90 textcolor rgb '{COLOURS[subject]}'"
                for at in missing
            ]
            if data:
                block = f"$panel{number}{subject}"
                lines += [f"{block} << end", *data, "end"]
                drawn.append(f"{block} using 1:2 with boxes lc rgb '{COLOURS[subject]}' title '{names[subject]}'")
                drawn.append(f"{block} using 1:3:(0):($4-$3) with vectors nohead lw 1.5 lc rgb '#333333' notitle")
        if not drawn:
            continue
        ticks = ", ".join(f'"{group[0]}" {place}' for place, group in enumerate(groups))
        lines += [
            f"set title '{title}'",
            f"set ylabel '{unit}'",
            f"set xtics ({ticks})",
            f"set xrange [-0.6:{len(groups) - 0.4}]",
            "set logscale y" if logarithmic else "unset logscale y",
            "set yrange [*:*]" if logarithmic else "set yrange [0:*]",
            "set offsets 0,0,graph 0.25,0",
            "plot " + ", ".join(drawn),
        ]
    return "\n".join([*lines, "unset multiplot", ""])


def draw(about, runs, image):
    if not shutil.which("gnuplot"):
        raise running.Mistake("gnuplot is not installed")
    os.makedirs(os.path.dirname(image), exist_ok=True)
    done = subprocess.run(["gnuplot"], input=script(about, runs, image), capture_output=True, text=True)
    if done.returncode or not os.path.exists(image):
        raise running.Mistake(f"gnuplot: {done.stderr.strip()}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--document", default=os.path.join(ROOT, "docs", "performance.md"))
    parser.add_argument("--image", help="default: plots/performance.png beside the document")
    arguments = parser.parse_intermixed_args()
    beside = os.path.dirname(os.path.abspath(arguments.document))
    image = os.path.abspath(arguments.image or os.path.join(beside, "plots", "performance.png"))
    try:
        about, runs = running.read_csv(arguments.file)
        if not about.get("ours") or not runs:
            raise running.Mistake(f"{arguments.file} has no results of bench/run.py in it")
        draw(about, runs, image)
        kept = os.path.splitext(image)[0] + ".csv"
        if not os.path.exists(kept) or not os.path.samefile(kept, arguments.file):
            shutil.copyfile(arguments.file, kept)
        rewrite(arguments.document, section(about, runs, os.path.relpath(image, beside)))
    except (running.Mistake, OSError, KeyError) as mistake:
        print(f"publish: {mistake}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
