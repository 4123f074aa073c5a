"""What tables say about runs: medians, spread, failures, collapses, ratios, aims."""

import os
import sys
import tempfile
import unittest

sys.path.insert(0, sys.argv.pop(1))
import runs  # noqa: E402
import table  # noqa: E402


def run(subject, workload, number=0, failure="", **figures):
    return runs.Run(number, subject, workload, failure, {key: float(value) for key, value in figures.items()})


def several(subject, workload, figure, *values):
    return [run(subject, workload, i, **{figure: value}) for i, value in enumerate(values)]


class Gathering(unittest.TestCase):
    def test_median_and_range(self):
        values = table.gather(several("ours", "bulk", "MB_per_s", 900, 500, 700), "ours", "bulk", "MB_per_s")
        self.assertEqual(values.median, 700)
        self.assertEqual(table.cell(values), "700 (500–900)")

    def test_a_failed_run_is_counted_and_gives_no_figure(self):
        done = several("peer", "rmsgs-100", "msgs_per_s", 600e3, 500e3)
        done.append(run("peer", "rmsgs-100", 2, "died", msgs_per_s=90e3))
        values = table.gather(done, "peer", "rmsgs-100", "msgs_per_s")
        self.assertEqual((values.values, values.bad, values.runs), ([600e3, 500e3], 1, 3))
        self.assertEqual(table.cell(values, 1e-3), "550 (500–600), 1 of 3 bad")
        self.assertEqual(table.bad_runs(done), ["peer rmsgs-100, round 3: died"])

    def test_a_collapsed_run_is_counted_and_stays_in(self):
        done = several("peer", "rmsgs-100", "msgs_per_s", 600e3, 40e3, 580e3)
        values = table.gather(done, "peer", "rmsgs-100", "msgs_per_s")
        self.assertEqual((len(values.values), values.bad), (3, 1))
        self.assertIn("round 2", table.bad_runs(done)[0])

    def test_nothing_but_failures(self):
        values = table.gather([run("peer", "bulk", 0, "died")], "peer", "bulk", "MB_per_s")
        self.assertEqual(table.cell(values), "1 of 1 bad")
        self.assertIsNone(values.median)

    def test_others_do_not_count(self):
        done = several("ours", "bulk", "MB_per_s", 700) + several("peer", "bulk", "MB_per_s", 100)
        self.assertEqual(table.gather(done, "peer", "bulk", "MB_per_s").values, [100])


class Lines(unittest.TestCase):
    def line(self, done, unit):
        found = [line for line in table.rows_of(done) if line[1] == unit]
        self.assertEqual(len(found), 1)
        return dict(zip(table.HEADS, found[0]))

    def test_ratios_and_aims(self):
        done = [
            *several("ours", "bulk", "MB_per_s", 900, 950, 850),
            *several("peer", "bulk", "MB_per_s", 100, 90, 110),
            *several("limit", "stream", "MB_per_s", 2000, 1800, 1900),
        ]
        line = self.line(done, "MB/s")
        self.assertEqual((line["of limit"], line["to peer"]), ("0.47", "9.00"))
        self.assertEqual(line["aim"], "≥ 0.6 × limit ✗, ≥ 8 × peer ✓")

    def test_the_best_run_of_the_peer(self):
        done = [
            *several("ours", "rmsgs-100", "msgs_per_s", 2e6, 2e6),
            *several("peer", "rmsgs-100", "msgs_per_s", 400e3, 600e3),
        ]
        line = self.line(done, "1000/s")
        self.assertEqual((line["ours"], line["to peer"]), ("2000", "3.33"))
        self.assertEqual(line["aim"], "≥ 4 × best peer ✗")

    def test_without_a_peer_nothing_is_said_about_it(self):
        line = self.line(several("ours", "connect-500", "per_second", 3000), "1/s")
        self.assertEqual((line["peer"], line["to peer"], line["aim"]), ("–", "–", "≥ 1.7 × peer"))

    def test_less_is_better(self):
        done = [
            *several("ours", "tick-500", "cpu_us_per_msg", 10),
            *several("peer", "tick-500", "cpu_us_per_msg", 30),
        ]
        self.assertEqual(self.line(done, "CPU µs each")["aim"], "≤ 0.45 × peer ✓")

    def test_an_aim_of_every_run(self):
        line = self.line(several("ours", "tick-500", "lost_pct", 0, 0, 0.5), "lost %")
        self.assertEqual((line["ours"], line["aim"]), ("0 (0–0.50)", "≤ 0 in every run ✗"))
        line = self.line(several("ours", "tick-500", "lost_pct", 0, 0), "lost %")
        self.assertEqual(line["aim"], "≤ 0 in every run ✓")

    def test_every_row_belongs_to_a_workload(self):
        names = {workload.name for workload in runs.WORKLOADS}
        self.assertEqual({row.workload for row in table.ROWS}, names)
        limits = {row.limit.split(":")[0] for row in table.ROWS if row.limit}
        self.assertLessEqual(limits, {name for workload in runs.WORKLOADS for name in workload.limits})
        self.assertLessEqual({name for w in runs.WORKLOADS for name in w.limits}, set(runs.LIMITS))


class Reading(unittest.TestCase):
    def test_lines_of_programs(self):
        figures = runs.parse('bulk got=3 MB_per_s=1.5 trouble="client: it died" n=1e3')
        self.assertEqual(figures, {"got": 3.0, "MB_per_s": 1.5, "trouble": "client: it died", "n": 1000.0})

    def test_choosing(self):
        self.assertEqual([w.name for w in runs.choose(["tick"])], ["tick-500", "tick-1000", "tick-2000"])
        self.assertEqual([w.name for w in runs.choose(["pingpong"])], ["pingpong"])
        self.assertEqual([w.name for w in runs.choose(["msgs", "bulk"])], ["bulk", "msgs-100"])
        self.assertEqual(runs.choose([]), runs.WORKLOADS)
        with self.assertRaises(runs.Mistake):
            runs.choose(["rmsgs-1"])

    def test_files_keep_everything(self):
        done = several("ours", "bulk", "MB_per_s", 1.25, 2e9)
        done.append(run("peer", "bulk", 1, 'it said "no", and died', got=3))
        about = {"ours": "0.1.0: good", "rounds": "2"}
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "results.csv")
            runs.write_csv(path, about, done)
            self.assertEqual(runs.read_csv(path), (about, done))

    def test_digits(self):
        shown = [table.digits(value) for value in (0, 0.123, 9.994, 9.996, 99.94, 99.96, 1234.5)]
        self.assertEqual(shown, ["0", "0.12", "9.99", "10.0", "99.9", "100", "1234"])


if __name__ == "__main__":
    unittest.main()
