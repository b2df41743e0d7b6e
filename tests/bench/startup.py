# SPDX-License-Identifier: MIT
"""From exec to the first request at the far side, with 100 and with 10,000 targets, with
a new database and with one that knows them. First looks are spread over ten seconds by
the hash of the name; one target bears a name whose share of that is nothing."""

import itertools
import os
import time

from many import hash64
from rig import Rig, evidence, median, spread, table, versions

GOALS = {100: 30, 10000: 150}


def first_name():
    """A name whose first look is due at once (below 0.1 ms)."""
    return next(name for i in itertools.count()
                if (hash64(name := f"first{i}") >> 32) < (1 << 32) // 100000)


def once(rig, config, new):
    if new:
        for end in ("", "-wal", "-shm", ".lock"):
            if os.path.exists(rig.path("dimwatch.db" + end)):
                os.unlink(rig.path("dimwatch.db" + end))
    began = time.monotonic_ns() // 1000
    p = rig.dimwatch(config)
    rows = rig.wait_for(lambda: rig.asked("/d/", began), 60, "the first request", p)
    rig.stop(p)
    return (min(row[1] for row in rows) - began) / 1000


def run(build, quick):
    name = first_name()
    rig = Rig(build)
    versions(rig)
    rows = []
    try:
        rig.mock(0)
        for n, goal in GOALS.items():
            config = rig.config("http", [name] + [f"t{i}" for i in range(n - 1)], "60s")
            once(rig, config, True)  # file cache
            rounds = [(once(rig, config, True), once(rig, config, False))
                      for _ in range(2 if quick else 15)]
            new, known = zip(*rounds)
            rows.append((f"{n} targets", spread(new, 0), spread(known, 0), goal))
            evidence("bench X2", f"start to first request, {n} targets: {median(known):.0f} ms "
                     f"(new database {median(new):.0f}), goal <= {goal}, "
                     f"{'met' if median(known) <= goal else 'NOT met'}")
    finally:
        rig.close()
    table("Start to first request on the wire, ms", ("", "new database", "known", "goal"), rows)
