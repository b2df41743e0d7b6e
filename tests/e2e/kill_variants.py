# SPDX-License-Identifier: MIT
"""kill -9 where random moments seldom strike: while the database is born, while a start
folds thousands of samples, while old ones are summed up and forgotten."""

import collections
import os
import sqlite3
import time

from harness import check, equal, evidence, wait_for
from kill_audit import copy_of
from kill_house import KillHouse, started

FIVE_MIN_MS, DAY_MS = 300_000, 86_400_000


def unlink_database(path):
    for suffix in ("", "-wal", "-shm", "-journal"):
        if os.path.exists(path + suffix):
            os.unlink(path + suffix)


def birth(house, kills):
    """`kills` databases, each killed once or twice while it is made."""
    found, rounds = collections.Counter(), 0
    while house.kills < kills:
        unlink_database(house.db_path)
        house.audit.deliveries = {}
        for _ in range(house.rng.choice((1, 2))):
            run = house.start()
            house.at_startup(run)
            house.kill(run, "birth")
            found[stage_of(house)] += 1
        house.measure_startup()
        house.look()
        rounds += 1
    evidence("kill -9 at birth", f"{house.kills} kills, {rounds} databases, left behind: " +
             ", ".join(f"{n} {what}" for what, n in sorted(found.items())) +
             "; every one opened by the next start")


def stage_of(house):
    db = copy_of(house.db_path, house.house.path("own-copy.db"))
    if not db:
        return "no file" if not os.path.exists(house.db_path) else "empty"
    try:
        if db.execute("pragma user_version").fetchone()[0] == 0:
            return "without tables"
        return "whole" if db.execute("select count(*) from runs").fetchone()[0] else "no run yet"
    finally:
        db.close()


# ---- history that the test writes while nobody runs

def write_history(house, rows):
    """rows: (at, target, failed)"""
    db = sqlite3.connect(house.db_path)
    series = dict(db.execute("select target, id from series"))
    ok, bad = (db.execute("select id from outcomes where code = ?", (code,)).fetchone()[0]
               for code in ("ok", "http_5xx"))
    with db:
        db.execute("delete from samples")
        db.execute("delete from details")
        db.execute("update rolled set through = 0")
        db.executemany(
            "insert into samples(at, series, outcome, judged, words, http_status, flags, reused,"
            " first_token_us, end_us, lag_us) values(?, ?, ?, 0, 1, ?, 0, 0, ?, 300000, 0)",
            [(at, series[name], bad if failed else ok, 500 if failed else None,
              None if failed else 200000) for at, name, failed in rows])
    return db


def first_samples(house):
    house.write_config(house.calm)
    run = house.start()
    wait_for(lambda: house.house.rows("select count(distinct series) as n from samples") ==
             [{"n": len(house.targets)}], 60, "a sample of every target")
    equal(house.house.stop(run, seconds=30), 0, "exit code")


def folding(house, kills, samples):
    """The judge's states are an older program's, so that every start folds everything.
    One target has failed for a while: its alarm must be told once, however many starts
    find it again. Another failed twice: the next failure opens, dated back to the first."""
    good, falling, edge = (name for name, _ in house.targets)
    first_samples(house)
    each = samples // 3
    now = int(time.time() * 1000) - 1000
    times = [now - 500 * (each - i) for i in range(each)]
    rows = [(at + k, name, i >= each - n) for i, at in enumerate(times)
            for k, (name, n) in enumerate(((good, 0), (falling, 10), (edge, 2)))]
    db = write_history(house, rows)
    with db:
        db.execute("update judge_state set constants_hash = 1")
    db.close()
    house.sim = house.start_sim("at 0s b: http 500\nat 0s c: http 500\n")
    house.write_config(house.sim)
    house.audit.compares = False  # before its first commit a start has told nothing
    while house.kills < kills:
        run = house.start()
        house.lives(run, 2 * house.startup_s * house.rng.random())
        house.kill(run, "folding")
    began = time.monotonic()
    run = house.start()
    wait_for(lambda: started(run), 60, "the start")
    took_ms = 1000 * (time.monotonic() - began)
    wait_for(lambda: len(house.house.rows("select 1 from incidents where state = 0 and class = 0")) == 2, 60,
             "both alarms")
    house.audit.compares = True
    house.kill(run, "folded")
    opened = {i["subject"]: i["started"] for i in house.audit.incidents.values()
              if i["class"] == 0}  # outages; notices may be there beside them
    equal(set(opened), {falling, edge}, "who has an incident")
    for name, failures in ((falling, 10), (edge, 2)):
        check(times[each - failures] <= opened[name] <= now,
              f"{name} began at {opened[name]}, not among what had failed before the start")
    house.settle()
    evidence("kill -9 while folding", f"{house.kills} kills, {len(rows)} samples folded at each "
             f"start ({took_ms:.0f} ms), 2 alarms told once")


def forgetting(house, kills):
    """Three days of samples that nobody has summed up, two of which are too old to stay."""
    first_samples(house)
    now = int(time.time() * 1000)
    first = (now - 3 * DAY_MS) // FIVE_MIN_MS * FIVE_MIN_MS
    names = [name for name, _ in house.targets]
    rows = [(at + k, name, (at // 60_000 + k) % 20 == 0)
            for at in range(first, now - 2 * FIVE_MIN_MS, 60_000) for k, name in enumerate(names)]
    write_history(house, rows).close()
    house.audit.compares = False  # what it is fed with is not all judged
    house.extra = "store: {keep: {samples: 1d}}\n"
    house.write_config(house.calm)
    seen = []
    while house.kills < kills:
        run = house.start()
        house.lives(run, house.rng.uniform(0, 0.5))
        house.kill(run, "forgetting")
        seen.append(len(house.house.rows("select 1 from five_minutes")))
    run = house.start()
    wait_for(lambda: forgotten(house, now) and rolled(house) >= rows[-1][0] // FIVE_MIN_MS *
             FIVE_MIN_MS, 120, "everything summed up and the old forgotten")
    house.kill(run, "forgetting")
    compare_sums(house, rows)
    house.settle()
    evidence("kill -9 while summing up and forgetting", f"{house.kills} kills, {len(rows)} samples "
             f"of 3 days, rows of five minutes after each kill {seen}; every sum right")


def rolled(house):
    return house.house.rows("select through from rolled where level = 'five_minutes'")[0]["through"]


def forgotten(house, now):
    return house.house.rows("select min(at) as at from samples")[0]["at"] > now - DAY_MS


def compare_sums(house, rows):
    for width, table in ((FIVE_MIN_MS, "five_minutes"), (3_600_000, "hours"), (DAY_MS, "days")):
        expected = collections.defaultdict(lambda: [0, 0, 0])
        for at, name, failed in rows:
            e = expected[(at // width * width, name)]
            e[0] += 1
            e[2 if failed else 1] += 1
        through = house.house.rows(f"select through from rolled where level = '{table}'")[0]["through"]
        got = {(r["at"], r["target"]): [r["samples"], r["good"], r["failed"]]
               for r in house.house.rows(
                   f"select f.at, s.target, f.samples, f.good, f.failed from {table} f"
                   " join series s on s.id = f.series")}
        wanted = {key: e for key, e in expected.items() if key[0] + width <= through}
        check(wanted, f"nothing in {table} to compare")
        wrong = {key: (got.get(key), e) for key, e in wanted.items() if got.get(key) != e}
        equal(dict(list(wrong.items())[:3]), {}, f"{len(wrong)} sums in {table} (got, expected)")
    kept = house.house.rows("select count(*) as n from samples where at <= ?", rows[-1][0])[0]["n"]
    # Whatever is younger than a day at this moment was younger when the old was forgotten.
    young = sum(at > int(time.time() * 1000) - DAY_MS for at, _, _ in rows)
    check(0 < young <= kept,
          f"of {young} samples of the last day {kept} are left")


def play(binary, oracle, seed, names, what, *words):
    """One of the above in a house of its own with three targets."""
    with KillHouse(binary, oracle, seed, names) as house:
        house.targets = house.targets[:3]
        house.receiver.is_kind = True
        house.write_config(house.calm)
        house.measure_startup()
        what(house, *words)
        equal(house.house.sanitizer_words(), [], "sanitizer findings")
