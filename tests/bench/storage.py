# SPDX-License-Identifier: MIT
"""What a sample costs the disk: bytes of a row in the file, and bytes that the writer's
thread writes for each sample at 167 samples a second, rollups, log and checkpoints
included. Plain HTTP, answered at once: storage sees no difference."""

import os
import sqlite3
import time

from rig import Rig, evidence, table, versions


def written(pid):
    """Bytes that the writer's thread gave to write()."""
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/comm") as f:
            if f.read().strip() != "dimwatch-writer":
                continue
        with open(f"/proc/{pid}/task/{task}/io") as f:
            return int(dict(line.split(": ") for line in f)["wchar"])
    raise OSError("no writer thread")


def measure(build, quick):
    """(bytes of a row, bytes of a rollup row, written bytes a sample, samples a second)"""
    n, interval, seconds = (500, 3, 15) if quick else (10000, 60, 660)
    rig = Rig(build)
    try:
        rig.mock(0)
        p = rig.dimwatch(rig.config("http", [f"t{i}" for i in range(n)], f"{interval}s"))
        time.sleep(15)  # first looks
        db = sqlite3.connect(f"file:{rig.path('dimwatch.db')}?mode=ro", uri=True, timeout=20)

        def samples():
            return db.execute("SELECT count(*) FROM samples").fetchone()[0]
        before, rows = written(p.pid), samples()
        time.sleep(seconds)  # at least one bucket of five minutes closes in the long form
        wrote, rows = written(p.pid) - before, samples() - rows
        rig.stop(p, 60)
        sizes = {name: (size, db.execute(f"SELECT count(*) FROM {name}").fetchone()[0])
                 for name, size in db.execute("SELECT name, sum(pgsize) FROM dbstat "
                                              "WHERE name IN ('samples', 'five_minutes') "
                                              "GROUP BY name")}
        db.close()
        each = {name: size / count if count else 0 for name, (size, count) in sizes.items()}
        return each["samples"], each.get("five_minutes", 0), wrote / rows, rows / seconds
    finally:
        rig.close()


def run(build, quick):
    rig = Rig(build)
    versions(rig)
    rig.close()
    row, rollup, wrote, pace = measure(build, quick)
    table("What a sample costs the disk", ("", "bytes", "goal"), [
        ("a row of samples", f"{row:.1f}", "64"),
        ("a row of five_minutes", f"{rollup:.1f}" if rollup else "-", ""),
        (f"written a sample at {pace:.0f}/s", f"{wrote:.0f}", "1000"),
    ])
    evidence("bench S1", f"{row:.1f} bytes a sample row, goal <= 64, "
             f"{'met' if row <= 64 else 'NOT met'}")
    evidence("bench S2", f"{wrote:.0f} bytes written a sample at {pace:.0f}/s, goal <= 1000, "
             f"{'met' if wrote <= 1000 else 'NOT met'}")
