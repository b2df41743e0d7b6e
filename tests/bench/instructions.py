# SPDX-License-Identifier: MIT
"""Own instructions a probe: the real daemon under callgrind against the mock, over a
short and a long run; the slope is what a probe costs, the bare loop's slope is libcurl's
part of it. Cold HTTP by address: the instructions of TLS vary with the processor. User
space only, so no neighbour disturbs it; the budget is in instructions.budget."""

import os
import re
import shutil
import sqlite3
import time

from rig import Rig, Unable, evidence, table

TARGETS = 40  # asked once a second
SLACK = 1.10
BUDGET = os.path.join(os.path.dirname(os.path.abspath(__file__)), "instructions.budget")


def budget():
    """{name: number} of the budget file."""
    with open(BUDGET) as f:
        rows = [line.split() for line in f if line.strip() and not line.startswith("#")]
    return {name: int(number) for name, number in rows}


def collected(rig, p):
    """Instructions that callgrind counted, once its process has ended."""
    found = re.search(r"Collected : (\d+)", open(rig.path(p.name + ".err")).read())
    if not found:
        raise Unable(f"callgrind counted nothing: {open(rig.path(p.name + '.err')).read()[-500:]}")
    return int(found.group(1))


def under_callgrind(rig, name, words):
    return rig.start(name, ["valgrind", "--tool=callgrind",
                            f"--callgrind-out-file={rig.path(name + '.callgrind')}", *words])


def daemon(rig, exchanges):
    """(instructions, exchanges that ended)"""
    for end in ("", "-wal", "-shm"):
        if os.path.exists(rig.path("dimwatch.db" + end)):
            os.unlink(rig.path("dimwatch.db" + end))
    config = rig.config("http", [f"t{i}" for i in range(TARGETS)], "1s")
    before = len(rig.asked("/d/"))
    p = under_callgrind(rig, f"daemon-{exchanges}", [rig.binary, "run", "--quiet", "-c", config])
    rig.wait_for(lambda: len(rig.asked("/d/")) - before >= exchanges, 120, "the exchanges", p)
    rig.stop(p, 60)
    db = sqlite3.connect(rig.path("dimwatch.db"))
    done, good = db.execute("SELECT count(*), sum(outcome = 0) FROM samples").fetchone()
    db.close()
    if good < exchanges * 0.9:
        raise Unable(f"only {good} of {done} exchanges were good")
    return collected(rig, p), done


def bare(rig, exchanges):
    words = [os.path.join(rig.build, "tests/bench/bench_bare_loop"), "--port",
             str(rig.ports["http"]), "--targets", str(TARGETS), "--interval-ms", "1000",
             "--stop-after", str(exchanges)]
    p = under_callgrind(rig, f"bare-{exchanges}", words)
    p.wait(120)
    return collected(rig, p), exchanges


def slope(short, long):
    return (long[0] - short[0]) / (long[1] - short[1])


def measure(build, n):
    """(daemon's, bare loop's) instructions an exchange."""
    if not shutil.which("valgrind"):
        raise Unable("valgrind is not installed")
    rig = Rig(build)
    try:
        rig.mock(0)
        return (slope(daemon(rig, n), daemon(rig, 3 * n)),
                slope(bare(rig, n), bare(rig, 3 * n)))
    finally:
        if os.environ.get("DIMWATCH_BENCH_KEEP"):  # for callgrind_annotate
            print("# kept", rig.dir)
        else:
            rig.close()


def run(build, quick):
    began = time.monotonic()
    whole, floor = measure(build, 80 if quick else 200)
    own, allowed = whole - floor, budget()["own_instructions_a_probe"]
    table("Instructions an exchange, cold HTTP (callgrind, user space)",
          ("", "instructions"), [("dimwatch", f"{whole:,.0f}"), ("bare loop", f"{floor:,.0f}"),
                                 ("own", f"{own:,.0f}"), ("budget", f"{allowed:,}")])
    evidence("bench P7", f"{own:,.0f} own instructions a probe, budget {allowed:,}, goal <= "
             f"150,000; {time.monotonic() - began:.0f} s")
    return own, allowed
