# SPDX-License-Identifier: MIT
"""A month of 100 targets judged again: `replay` of the database and of the same samples as
CSV, processor time, beside Python reading the very same rows once (its sqlite3 and its csv
module) without judging anything. A ratio, for what a second is depends on the machine."""

import csv
import random
import resource
import sqlite3
import subprocess
import time

from rig import Rig, evidence, table, versions

EPOCH = 1767225600000  # 2026-01-01T00:00:00Z
MINUTE = 60000
OK, HTTP_5XX = "ok", "http_5xx"


def samples(targets, days, seed=7):
    """(at, series, failed, first_token_us), in order of time: half a per cent fails, and
    every target has an hour's outage."""
    rng = random.Random(seed)
    for minute in range(days * 24 * 60):
        for k in range(targets):
            hour = minute // 60 % (days * 24)
            failed = hour == 7 * (k + 1) % (days * 24) or rng.random() < 0.005
            yield (EPOCH + minute * MINUTE + k * (MINUTE // targets), k + 1, failed,
                   400000 + int(rng.random() * 200000))


def fill_database(rig, targets, days):
    """The real schema: made by the real program, which is then gone."""
    config = rig.config("http", ["t1"], "60s")
    p = rig.dimwatch(config)
    path = rig.path("dimwatch.db")

    def written():
        try:
            with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as d:
                return d.execute("SELECT count(*) FROM samples").fetchone()[0]
        except sqlite3.Error:
            return 0
    rig.wait_for(written, 60, "the database", p)
    rig.stop(p)
    db = sqlite3.connect(path)
    bad = db.execute("SELECT id FROM outcomes WHERE code = ?", (HTTP_5XX,)).fetchone()[0]
    good = db.execute("SELECT id FROM outcomes WHERE code = ?", (OK,)).fetchone()[0]
    for name in ("samples", "details", "series", "judge_state"):
        db.execute(f"DELETE FROM {name}")
    db.executemany(
        "INSERT INTO series VALUES(?, 'bench', ?, 'bench', 'm', '', 'stream', 'cold', ?, NULL, ?)",
        [(k + 1, f"t{k + 1}", EPOCH, MINUTE) for k in range(targets)])
    db.executemany(
        "INSERT INTO samples VALUES(?, ?, ?, 0, 0, ?, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL,"
        " NULL, ?, NULL, ?, 0)",
        ((at, k, bad if failed else good, 503 if failed else None,
          None if failed else us, us + 50000) for at, k, failed, us in samples(targets, days)))
    db.commit()
    db.close()
    return path


def fill_csv(rig, targets, days):
    path = rig.path("month.csv")
    with open(path, "w") as f:
        f.write("t_ms,target,outcome,first_token_ms\n")
        f.writelines(f"{at},t{k},{HTTP_5XX if failed else OK},{'' if failed else us // 1000}\n"
                     for at, k, failed, us in samples(targets, days))
    return path


def of_child(words, rig):
    """(processor seconds, incidents that it told)"""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    p = subprocess.run(words, cwd=rig.dir, env=rig.env, stdout=subprocess.PIPE, text=True,
                       check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
            p.stdout.count('"opened"'))


def of_python(read):
    began = time.process_time()
    n = read()
    return time.process_time() - began, n


def read_rows(path):
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
        return sum(1 for _ in db.execute("SELECT at, series, outcome, judged, http_status, "
                                         "flags, first_token_us, end_us, lag_us FROM samples "
                                         "ORDER BY at, series"))


def read_csv(path):
    with open(path, newline="") as f:
        return sum(1 for row in csv.reader(f) if row[0] != "t_ms")


def run(build, quick):
    targets, days = (10, 3) if quick else (100, 30)
    rig = Rig(build)
    versions(rig)
    rows = []
    try:
        rig.mock(0)
        for what, fill, option, read in (
                ("database", fill_database, "--database", read_rows),
                ("CSV", fill_csv, "--csv", read_csv)):
            path = fill(rig, targets, days)
            ours, opened = of_child([rig.binary, "replay", "--json", option, path], rig)
            python, n = of_python(lambda read=read, path=path: read(path))
            rows.append((what, f"{n:,}", f"{ours:.1f}", f"{1e6 * ours / n:.2f}",
                         f"{python:.1f}", f"{ours / python:.2f}", opened))
            evidence("bench R1", f"replay of {targets} targets x {days} days from the {what}: "
                     f"{n:,} samples, {opened} incidents in {ours:.1f} s of CPU, "
                     f"{ours / python:.2f} x Python reading them once")
    finally:
        rig.close()
    table("A month judged again", ("", "samples", "s of CPU", "us each", "Python reads them, s",
                                   "ratio", "incidents"), rows)
