"""Makes tables of runs: medians and spread, ratios, and what is aimed at."""

import dataclasses
import statistics

from runs import WORKLOADS

# A run whose rate is below this share of the best of its kind has collapsed, even if it ended well.
COLLAPSE = 0.25


@dataclasses.dataclass
class Row:
    workload: str
    figure: str
    unit: str
    scale: float = 1
    limit: str = ""  # the run and the figure of the limit, "stream:MB_per_s"
    rising: bool = True  # more is better
    peer_best: bool = False  # the peer counts with its best run, not its median
    of_limit: tuple = ()  # aims: a relation and a number
    to_peer: tuple = ()
    itself: tuple = ()
    every: bool = False  # the aim is that of every run, not of the median


def streams(workload, **aims):
    return [
        Row(workload, "MB_per_s", "MB/s", limit="stream:MB_per_s", **aims),
        Row(workload, "cpu_s_per_GB", "CPU s/GB", limit="stream:cpu_s_per_GB", rising=False),
    ]


def smalls(workload, **aims):
    return [
        Row(workload, "msgs_per_s", "1000/s", scale=1e-3, **aims),
        Row(workload, "cpu_us_per_msg", "CPU µs each", rising=False),
    ]


def pings(workload, median):
    return [
        Row(workload, "p50_us", "p50 µs", limit="pingpong:p50_us", rising=False, of_limit=("≤", median)),
        Row(workload, "p99_us", "p99 µs", limit="pingpong:p99_us", rising=False, of_limit=("≤", 4)),
    ]


def connects(workload):
    return [
        Row(workload, "per_second", "1/s", limit="keys:per_second", to_peer=("≥", 1.7)),
        Row(workload, "cpu_us_per_conn", "CPU µs each", limit="keys:cpu_us_per_conn", rising=False),
    ]


def ticks(workload):
    return [
        Row(workload, "cpu_us_per_msg", "CPU µs each", rising=False, to_peer=("≤", 0.45)),
        Row(workload, "lost_pct", "lost %", rising=False, itself=("≤", 0), every=True),
    ]


ROWS = [
    Row("bulk", "MB_per_s", "MB/s", limit="stream:MB_per_s", of_limit=("≥", 0.6), to_peer=("≥", 8)),
    Row("bulk", "cpu_s_per_GB", "CPU s/GB", limit="stream:cpu_s_per_GB", rising=False, to_peer=("≤", 0.2)),
    *streams("rmsgs-1000", itself=("≥", 300)),
    *streams("rmsgs-1000x10", itself=("≥", 300)),
    *streams("rmsgs-1000x100", itself=("≥", 300)),
    *smalls("rmsgs-100", peer_best=True, to_peer=("≥", 4)),
    *smalls("msgs-100", to_peer=("≥", 4)),
    *pings("pingpong", 2.5),
    *pings("pingpong-wait", 1.6),
    *connects("connect-500"),
    *connects("connect-2000"),
    *ticks("tick-500"),
    *ticks("tick-1000"),
    *ticks("tick-2000"),
    Row("idle-1000", "server_rss_kb_per_conn", "KB each, server", rising=False, itself=("≤", 8)),
    Row("idle-1000", "client_rss_kb_per_conn", "KB each, client", rising=False, itself=("≤", 8)),
    Row("idle-1000", "server_wakes_per_s", "wake-ups/s", rising=False),
    Row("idle-0", "server_wakes_per_s", "wake-ups/s", rising=False, itself=("≤", 0)),
    Row("crowd-tick", "cpu_us_per_msg", "CPU µs each", rising=False),
    Row("crowd-tick", "lost_pct", "lost %", rising=False, itself=("≤", 0), every=True),
    Row("crowd-idle", "server_cpu_pct", "CPU %, server", rising=False, itself=("≤", 2)),
    Row("crowd-idle", "server_rss_kb_per_conn", "KB each, server", rising=False, itself=("≤", 8)),
]

MACHINE = [
    Row("stream", "MB_per_s", "sealed UDP with offload, MB/s"),
    Row("single", "MB_per_s", "sealed UDP without, MB/s"),
    Row("pingpong", "p50_us", "UDP ping-pong, p50 µs", rising=False),
    Row("keys", "per_second", "public-key work alone, connections/s"),
]

# The figure by which a run of a workload is seen to have collapsed.
RATES = {row.workload: row.figure for row in ROWS if row.rising}


@dataclasses.dataclass
class Values:
    """One figure of one subject over all rounds."""

    values: list
    bad: int
    runs: int

    @property
    def median(self):
        return statistics.median(self.values) if self.values else None

    def best(self, rising):
        return (max if rising else min)(self.values) if self.values else None

    def worst(self, rising):
        return self.best(not rising)


def collapsed(runs, run):
    """Whether a run's rate is far below that of others of its kind."""
    figure = RATES.get(run.workload)
    rates = [r.figures[figure] for r in runs if alike(r, run) and figure in r.figures and not r.failure]
    return bool(figure in run.figures and not run.failure and rates and run.figures[figure] < COLLAPSE * max(rates))


def alike(one, other):
    return one.subject == other.subject and one.workload == other.workload


def gather(runs, subject, workload, figure):
    """Runs that failed give no figure; those that collapsed do, and both are counted."""
    chosen = [r for r in runs if r.subject == subject and r.workload == workload]
    good = [r for r in chosen if not r.failure]
    values = [r.figures[figure] for r in good if isinstance(r.figures.get(figure), float)]
    bad = sum(1 for r in chosen if r.failure or collapsed(runs, r))
    return Values(values, bad, len(chosen))


# ---- cells


def digits(value):
    """Three significant digits, and whole numbers from 100 on."""
    if value == 0:
        return "0"
    if abs(value) >= 99.95:
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 9.995 else f"{value:.2f}"


def cell(values, scale=1):
    """The median, the range, and how many runs went wrong."""
    if not values.runs:
        return "–"
    wrong = f"{values.bad} of {values.runs} bad" if values.bad else ""
    if not values.values:
        return wrong or "–"
    low, middle, high = (digits(v * scale) for v in (min(values.values), values.median, max(values.values)))
    text = middle if len(values.values) == 1 or low == high else f"{middle} ({low}–{high})"
    return f"{text}, {wrong}" if wrong else text


def ratio(one, other):
    return one / other if one is not None and other else None


def share(value):
    return "–" if value is None else digits(value)


def aimed(row, ours, of_limit, to_peer):
    """What is aimed at, and whether it is so; nothing is said where there is nothing to compare with."""
    parts = []
    itself = ours.worst(row.rising) if row.every else ours.median
    best = "best " if row.peer_best else ""
    for aim, value, of in (
        (row.of_limit, of_limit, " × limit"),
        (row.to_peer, to_peer, f" × {best}peer"),
        (row.itself, None if itself is None else itself * row.scale, " in every run" if row.every else ""),
    ):
        if not aim:
            continue
        relation, number = aim
        text = f"{relation} {number:g}{of}"
        if value is not None:
            text += " ✓" if (value >= number if relation == "≥" else value <= number) else " ✗"
        parts.append(text)
    return ", ".join(parts)


HEADS = ["workload", "figure", "ours", "peer", "limit", "of limit", "to peer", "aim"]


def rows_of(runs):
    """The lines of the table, as lists of cells."""
    lines, titles = [], {w.name: w.title for w in WORKLOADS}
    present = {run.workload for run in runs if run.subject != "limit"}
    for row in MACHINE:
        values = gather(runs, "limit", row.workload, row.figure)
        if values.runs:
            lines.append(["the machine" if not lines else "", row.unit, "–", "–", cell(values), "–", "–", ""])
    last = ""
    for row in ROWS:
        if row.workload not in present:
            continue
        ours, peer = (gather(runs, who, row.workload, row.figure) for who in ("ours", "peer"))
        name, _, figure = row.limit.partition(":")
        limit = gather(runs, "limit", name, figure)
        of_limit = ratio(ours.median, limit.median)
        to_peer = ratio(ours.median, peer.best(row.rising) if row.peer_best else peer.median)
        lines.append(
            [
                "" if row.workload == last else titles[row.workload],
                row.unit,
                cell(ours, row.scale),
                cell(peer, row.scale),
                cell(limit, row.scale),
                share(of_limit),
                share(to_peer),
                aimed(row, ours, of_limit, to_peer),
            ]
        )
        last = row.workload
    return lines


def bad_runs(runs):
    """A line for each run that went wrong."""
    lines = []
    for run in runs:
        figure = RATES.get(run.workload)
        which = f"{run.subject} {run.workload}, round {run.round + 1}"
        if run.failure:
            lines.append(f"{which}: {run.failure}")
        elif collapsed(runs, run):
            lines.append(f"{which}: {figure} = {run.figures[figure]:g} only")
    return lines


# ---- whole tables


def plain(heads, lines):
    widths = [max(len(line[i]) for line in [heads, *lines]) for i in range(len(heads))]
    texts = []
    for line in [heads, ["-" * width for width in widths], *lines]:
        texts.append("  ".join(text.ljust(width) for text, width in zip(line, widths)).rstrip())
    return "\n".join(texts)


def markdown(heads, lines):
    return "\n".join("| " + " | ".join(line) + " |" for line in [heads, ["---"] * len(heads), *lines])


def introduction(about):
    """Whose figures these are, in lines."""
    peer = f", against {about['peer']}" if about.get("peer") else ", no peer (GNS_LIB names one)"
    busy = float(about["load before"].split()[0]) > float(about["processors"]) / 2
    return [
        f"Fumarole {about['ours']}{peer}",
        f"{about['processor']}, {about['processors']} processors, {about['system']}, {about['openssl']}; "
        f"load average {about['load before']} before, {about.get('load after', '?')} after; {about['date']}"
        + ("; the machine was busy with other things" if busy else ""),
        f"{about['rounds']} rounds of {about['seconds']} s, in turn; "
        "the median (lowest–highest) of the runs that ended well",
    ]
