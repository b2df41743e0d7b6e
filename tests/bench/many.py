# SPDX-License-Identifier: MIT
"""Many targets: memory and lateness at 10,000 targets every 60 s whose answers take 3 s,
memory of a target that only waits, and what we add to a 50 ms answer at 167 cold TLS
probes a second. Lateness is judged by the far side's clock: the slots of a target are a
pure function of its name, and the earliest of all connections is taken for on time."""

import sqlite3
import time

from rig import Rig, Unable, evidence, memory_kb, quantile, table, versions, waited_ms

MASK = (1 << 64) - 1


def hash64(text):
    """That of agent/base/rng.h: slots follow from it."""
    h = 0xcbf29ce484222325
    for b in text.encode():
        h = ((h ^ b) * 0x100000001b3) & MASK
    z = (h + 0x9e3779b97f4a7c15) & MASK
    z = ((z ^ (z >> 30)) * 0xbf58476d1ce4e5b9) & MASK
    z = ((z ^ (z >> 27)) * 0x94d049bb133111eb) & MASK
    return z ^ (z >> 31)


def lateness_ms(rows, interval_us):
    """Of each connection behind its slot; the earliest one has none."""
    late = [(accepted - hash64(path.split("/")[2]) % interval_us) % interval_us
            for accepted, _, _, path in rows]
    # The grid's origin is unknown and the values wrap around: begin after the widest hole.
    ordered = sorted(late)
    holes = [(b - a, b) for a, b in zip(ordered, ordered[1:] + [ordered[0] + interval_us])]
    origin = max(holes)[1]
    return [(v - origin) % interval_us / 1000 for v in late]


def crowd(build, quick):
    """(resident, anonymous, highest KB, [late ms], asks a second, share of the time that we
    waited for a core)"""
    n, interval, answer = (1000, 6, 1000) if quick else (10000, 60, 3000)
    rig = Rig(build)
    try:
        rig.mock(answer, tls=True)
        p = rig.dimwatch(rig.config("https", [f"t{i}" for i in range(n)], f"{interval}s"))
        time.sleep(interval + (10 if quick else 45))  # first looks, then the grid
        began, waited = time.monotonic_ns() // 1000, waited_ms(p.pid)
        time.sleep(interval)
        ended, waited = time.monotonic_ns() // 1000, waited_ms(p.pid) - waited
        memory = memory_kb(p.pid)
        time.sleep(1.1)
        rows = rig.asked("/d/", began, ended)
        if len(rows) < n * 0.9:
            raise Unable(f"only {len(rows)} of {n} targets were asked in {interval} s\n" +
                         open(rig.path("dimwatch.err")).read()[-500:])
        return (*memory, lateness_ms(rows, interval * 1000000), len(rows) / interval,
                waited / interval / 1000)
    finally:
        rig.close()


def idle_kb(build, n):
    """Anonymous memory when all of n targets were asked once and wait for hours."""
    rig = Rig(build)
    try:
        rig.mock(0)
        p = rig.dimwatch(rig.config("http", [f"t{i}" for i in range(n)], "6h"))
        rig.wait_for(lambda: len(rig.asked("/d/")) >= n, 120, "all first looks", p)
        time.sleep(3)  # the last commit
        return memory_kb(p.pid)[1]
    finally:
        rig.close()


def distortion(build, quick):
    """{client: (p50, p99) ms on top of 50} and the mock's own lateness, p99 ms."""
    rig = Rig(build)
    seconds = 10 if quick else 40
    try:
        rig.mock(50, tls=True)
        p = rig.dimwatch(rig.config("https", [f"t{i}" for i in range(1670)], "10s"))
        time.sleep(12)  # first looks
        since = time.time() * 1000
        time.sleep(seconds)
        rig.stop(p)
        db = sqlite3.connect(rig.path("dimwatch.db"))
        ours = [row[0] / 1000 - 50 for row in db.execute(
            "SELECT end_us FROM samples WHERE at >= ? AND outcome = 0", (since,))]
        db.close()
        text = rig.stop_after(rig.bare("https", 1670, 10000), seconds)
        words = text.split()
        bare = [int(words[words.index(k) + 1]) / 1000 - 50 for k in ("p50_us", "p99_us")]
        mock = [(row[2] - row[1]) / 1000 - 50 for row in rig.asked("/d/")]
        return {"dimwatch": (quantile(ours, 0.5), quantile(ours, 0.99)),
                "bare loop": tuple(bare)}, quantile(mock, 0.99)
    finally:
        rig.close()


def run(build, quick):
    rig = Rig(build)
    versions(rig)
    rig.close()
    rss, anon, top, late, pace, waited = crowd(build, quick)
    few, more = (200, 2000) if quick else (1000, 10000)
    idle = (idle_kb(build, more) - idle_kb(build, few)) * 1024 / (more - few)
    added, mock = distortion(build, quick)
    p50, p99 = quantile(late, 0.5), quantile(late, 0.99)
    table("Many targets", ("", "figure", "goal"), [
        ("resident MB (highest)", f"{rss / 1024:.0f} ({top / 1024:.0f})", "120"),
        ("anonymous MB", f"{anon / 1024:.0f}", ""),
        ("bytes an idle target", f"{idle:.0f}", "2048"),
        ("late ms, p50 / p99 / worst", f"{p50:.2f} / {p99:.2f} / {max(late):.1f}", "0.5 / 5"),
        ("  without a core, of the time", f"{waited:.0%}", ""),
        ("added to 50 ms, p50 / p99", "{:.1f} / {:.1f}".format(*added["dimwatch"]), "- / 6"),
        ("  bare loop", "{:.1f} / {:.1f}".format(*added["bare loop"]), ""),
        ("  the mock's own lateness p99", f"{mock:.1f}", ""),
    ])

    def verdict(good):
        return "met" if good else "NOT met"
    evidence("bench M3", f"{rss / 1024:.0f} MB resident ({top / 1024:.0f} at most), {pace:.0f} "
             f"asks/s, goal <= 120 MB, {verdict(rss <= 120 * 1024)}")
    evidence("bench M4", f"{idle:.0f} bytes an idle target, goal <= 2048, {verdict(idle <= 2048)}")
    evidence("bench T1", f"late p50 {p50:.2f} ms, p99 {p99:.2f} ms, goal <= 0.5 and <= 5, "
             f"{verdict(p50 <= 0.5 and p99 <= 5)}; without a core {waited:.0%} of the time")
    evidence("bench T2", f"added to a 50 ms answer: p99 {added['dimwatch'][1]:.1f} ms (bare loop "
             f"{added['bare loop'][1]:.1f}), goal <= 6, {verdict(added['dimwatch'][1] <= 6)}")
