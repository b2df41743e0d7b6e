# SPDX-License-Identifier: MIT
"""How many cold TLS probes a second one core sustains with everything on: the daemon is
pinned to one core and offered more than it can do; the bare loop gets the same core and
the same offer in turns. Counted for each second of processor time as well: neighbours
take the core away, not that."""

import sqlite3
import time

from rig import Rig, cpu_ms, evidence, median, quantile, spread, table, versions

OFFERED = 1500  # targets, each asked once a second
CORE, MOCK_CORE = 0, 1
GOAL = 700


def rates(rig, p, prefix, seconds):
    """(answered a second of the clock, answered a second of the processor)"""
    began, cpu = time.monotonic_ns() // 1000, cpu_ms(p.pid)
    time.sleep(seconds)  # the window of the measurement
    ended, cpu = time.monotonic_ns() // 1000, cpu_ms(p.pid) - cpu
    time.sleep(1.1)  # the mock writes its log once a second
    answered = len(rig.asked(prefix, began, ended))
    return answered / ((ended - began) / 1e6), answered / (cpu / 1e3)


def good_share(rig):
    db = sqlite3.connect(rig.path("dimwatch.db"))
    done, good, lags = *db.execute("SELECT count(*), sum(outcome = 0) FROM samples").fetchone(), \
        [row[0] for row in db.execute("SELECT lag_us FROM samples")]
    db.close()
    return good / done, quantile(lags, 0.99) / 1000


def run(build, quick):
    rig = Rig(build)
    versions(rig)
    got = {"dimwatch": [], "bare loop": []}
    warm, window = (4, 5) if quick else (12, 20)
    try:
        rig.mock(0, tls=True, pin=MOCK_CORE)
        config = rig.config("https", [f"t{i}" for i in range(OFFERED)], "1s")
        for _ in range(1 if quick else 3):
            p = rig.dimwatch(config, CORE)
            time.sleep(warm)  # first looks
            got["dimwatch"].append(rates(rig, p, "/d/", window))
            rig.stop(p)
            p = rig.bare("https", OFFERED, 1000, CORE)
            time.sleep(2)
            got["bare loop"].append(rates(rig, p, "/t/", window))
            rig.stop(p)
        share, lag = good_share(rig)
    finally:
        rig.close()
    clock = {name: [r[0] for r in rows] for name, rows in got.items()}
    cpu = {name: [r[1] for r in rows] for name, rows in got.items()}
    ratios = [a / b for a, b in zip(cpu["dimwatch"], cpu["bare loop"])]
    table(f"Cold TLS probes of one core, {OFFERED} a second offered",
          ("client", "a second", "a second of processor time", "/ bare loop"),
          [("dimwatch", spread(clock["dimwatch"], 0), spread(cpu["dimwatch"], 0), spread(ratios)),
           ("bare loop", spread(clock["bare loop"], 0), spread(cpu["bare loop"], 0), "1.00")])
    rate = median(cpu["dimwatch"])
    evidence("bench P6", f"{rate:.0f} cold TLS probes for each second of a core (bare loop "
             f"{median(cpu['bare loop']):.0f}, ratio {spread(ratios)}), goal >= {GOAL}, "
             f"{'met' if rate >= GOAL else 'NOT met'}; {median(clock['dimwatch']):.0f}/s by the "
             f"clock beside the neighbours, good samples {share:.1%}, lag p99 {lag:.0f} ms")
