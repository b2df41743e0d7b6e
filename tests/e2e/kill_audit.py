# SPDX-License-Identifier: MIT
"""What must be true of a database after kill -9, whenever it struck: looks at a copy of
the file and its log, so that the next start meets what the kill left. Remembers what it
saw before, because a thing that was committed once may not vanish."""

import os
import shutil
import sqlite3
import subprocess

from harness import check, equal
from kill_receiver import REFUSALS

OPEN, CLOSED = 0, 1
PENDING, SENT, DEAD, FOLDED = 0, 1, 2, 3
UNWATCHED = 3
SUMMARY = 11  # a kind of message
DRIFT = 5  # a kind of subject
BEGINNINGS = ("opened", "reopened", "notice")
ENDINGS = ("closed", "cleared", "retracted")
WAL_HEADER, FRAME_HEADER = 32, 24


def copy_of(path, copy):
    """Opens a copy of the database with the log that the kill left, or the journal of its
    birth; None: no file yet."""
    for suffix in ("", "-wal", "-journal"):
        target = copy + suffix
        for old in (target, copy + "-shm"):
            if os.path.exists(old):
                os.unlink(old)
        if os.path.exists(path + suffix):
            shutil.copyfile(path + suffix, target)
    if not os.path.exists(path) or os.path.getsize(path) == 0:
        return None
    db = sqlite3.connect(copy)
    db.row_factory = sqlite3.Row
    return db


def has_torn_commit(path):
    """Do frames without their commit stand at the end of the log?"""
    try:
        with open(path + "-wal", "rb") as f:
            data = f.read()
    except OSError:
        return False
    if len(data) < WAL_HEADER:
        return False
    step = FRAME_HEADER + int.from_bytes(data[8:12], "big")
    salts, torn = data[16:24], False
    for at in range(WAL_HEADER, len(data) - FRAME_HEADER + 1, step):
        if data[at + 8:at + 16] != salts:
            break
        torn = data[at + 4:at + 8] == bytes(4) or len(data) < at + step
    return torn


class Audit:
    def __init__(self, oracle, channels, receiver):
        self.oracle = oracle
        self.channels = channels
        self.receiver = receiver
        self.deliveries = {}  # id: its row when it was seen last
        self.unrecorded = set()  # spoken while the disk failed: may be missing
        self.alarms = 0
        self.compares = True  # with the oracle: not while old samples wait to be folded

    def look(self, db, path):
        """Everything; `db` is a copy that lies at `path`."""
        equal([r[0] for r in db.execute("pragma quick_check")], ["ok"], "quick_check")
        if db.execute("pragma user_version").fetchone()[0] == 0:
            equal(db.execute("select count(*) from sqlite_schema").fetchone()[0], 0,
                  "tables of a schema that was not committed")
            check(not self.deliveries, "the whole database vanished")
            return
        equal(db.execute("pragma foreign_key_check").fetchall(), [], "foreign_key_check")
        self.incidents = {r["id"]: r for r in db.execute("select * from incidents")}
        self.log = {}
        for r in db.execute("select * from incident_log order by incident, seq"):
            self.log.setdefault(r["incident"], []).append(r)
        rows = {r["id"]: r for r in db.execute("select * from deliveries")}
        self.subjects()
        self.stories()
        self.owed(rows)
        self.remembered(rows)
        self.received(rows)
        self.references(db)
        if self.compares:
            self.compare(path)

    def subjects(self):
        seen = [(i["subject_kind"], i["subject"]) for i in self.incidents.values()
                if i["state"] == OPEN]
        equal(len(seen), len(set(seen)), f"one open incident a subject, of {seen}")
        short = [i["short_id"] for i in self.incidents.values()]
        equal(len(short), len(set(short)), "short ids")

    def stories(self):
        """A log begins with a beginning, then endings and beginnings take turns."""
        check(set(self.log) <= set(self.incidents), "a log without its incident")
        for key, incident in self.incidents.items():
            log = self.log.get(key, [])
            what = f"incident {key} of {incident['subject']}"
            equal([e["seq"] for e in log], list(range(1, incident["seq"] + 1)), f"log of {what}")
            turns = [e["kind"] for e in log if e["kind"] in BEGINNINGS + ENDINGS]
            check(turns and all((kind in ENDINGS) == bool(i % 2) for i, kind in enumerate(turns)),
                  f"{what}: {turns}")
            check(turns.count("opened") == (turns[0] == "opened"), f"{what} opened once: {turns}")
            equal(incident["state"], CLOSED if turns[-1] in ENDINGS else OPEN, f"state of {what}")

    def owed(self, rows):
        """Every committed beginning and end owes its messages, in the same commit."""
        known = {(r["incident"], r["seq"], r["channel"]) for r in rows.values()}
        check({r["incident"] for r in rows.values()} <= set(self.incidents),
              "a delivery without its incident")
        check({(r["incident"], r["seq"]) for r in rows.values()} <=
              {(e["incident"], e["seq"]) for log in self.log.values() for e in log},
              "a delivery without its log entry")
        for key, log in self.log.items():
            own = self.incidents[key]["subject"].removeprefix("channel ")
            for e in log:
                for channel in self.channels:
                    if e["kind"] in BEGINNINGS + ENDINGS and channel != own:
                        check((key, e["seq"], channel) in known,
                              f"nobody owes {channel} the {e['kind']} {key}/{e['seq']}")

    def remembered(self, rows):
        accepted = {m["id"] for m in self.receiver.messages() if m["status"] == 200}
        for key, was in self.deliveries.items():
            check(key in rows, f"delivery {key} vanished")
            check(was["state"] in (PENDING, rows[key]["state"]), f"delivery {key} was finished")
        for key, row in rows.items():
            check(row["state"] != DEAD, f"delivery {key} died: {row['last_error']}")
            check(row["state"] != SENT or key in accepted,
                  f"delivery {key} counts as sent, nobody took it")
            check(row["state"] != FOLDED or self.is_told(row, rows),
                  f"delivery {key} was folded into nothing")
        self.deliveries = rows

    def is_told(self, row, rows):
        """Is a folded row told, or going to be, by the one that it was folded into?"""
        while row and row["state"] == FOLDED:
            row = rows.get(row["folded_into"])
        return row and row["state"] in (PENDING, SENT)

    def received(self, rows):
        known = {(r["incident"], r["seq"], r["channel"]) for r in rows.values()}
        last, first, keys = {}, {}, {}
        for m in self.receiver.messages():
            row = rows.get(m["id"])
            check(row or m["id"] in self.unrecorded,
                  f"phantom: {m['type']} {m['id']} is not in the database")
            # A refusal is no hearing; everything else may have been read.
            arrived = m["status"] not in REFUSALS
            told = {(n["incident"], n["seq"]) for n in m["news"]}
            # What had arrived before its "sent" was stored comes again under its key, also
            # after later news: who honours the key hears everything in order.
            again = m["id"] in first
            if arrived:
                equal(told, first.setdefault(m["id"], told),
                      f"a repetition of {m['id']} tells something else")
            if row and row["kind"] != SUMMARY:
                equal(told, {(row["incident"], row["seq"])}, f"message {m['id']}")
            for n in m["news"]:
                what = (n["incident"], n["seq"], m["channel"])
                check(what in known or not row, f"phantom: {what} in {m['id']}")
                if arrived:
                    equal(m["id"], keys.setdefault(what, m["id"]), f"{what} told under two keys")
                if not again:
                    self.in_order(m, n, arrived, last)

    @staticmethod
    def in_order(m, n, arrived, last):
        story = (m["channel"], n["incident"])
        seq, heard = last.get(story, (0, False))
        check(seq <= n["seq"], f"{m['channel']} heard {n['seq']} of {n['incident']} after {seq}")
        check(not (n["told_late"] and heard),
              f"{n['type']} {m['id']} says that its beginning was not told; it had arrived")
        began = n["type"] not in ("incident.resolved", "notice.cleared")
        last[story] = (n["seq"], began and (arrived or heard))

    def references(self, db):
        for table in ("samples", "judge_state", "details"):
            # What the judge knows of ourselves (a late loop) stands under 0.
            lost = db.execute(f"select count(*) from {table} where series not in"
                              " (select id from series) and series <> 0").fetchone()[0]
            equal(lost, 0, f"{table} of unknown series")
        twins = db.execute("select count(*) - count(distinct target) from series").fetchone()[0]
        equal(twins, 0, "series that stand twice")

    def told_by_oracle(self, path):
        """By target a list of incidents: (kinds of facts, started, ended)."""
        out = subprocess.run([self.oracle, path], capture_output=True, text=True, timeout=120)
        equal(out.returncode, 0, f"the oracle: {out.stderr}")
        stories = {}
        for line in out.stdout.splitlines():
            target, kind, started, ended = line.split()
            mine = stories.setdefault(target, [])
            if kind == "opened":
                mine.append(([], 0, 0))
            mine[-1] = (mine[-1][0] + [kind], int(started), int(ended))
        return stories

    def compare(self, path):
        """The same samples through a judge that was never killed: the same story."""
        expected, got = self.told_by_oracle(path), {}
        for key, i in sorted(self.incidents.items(), key=lambda item: item[1]["opened"]):
            if i["subject_kind"] == 0:
                got.setdefault(i["subject"], []).append(
                    ([e["kind"] for e in self.log[key]], i["started"], i["ended"] or 0))
        for target in expected.keys() | got.keys():
            equal(got.get(target, []), expected.get(target, []),
                  f"incidents of {target}, the oracle's beside them")
        self.alarms = sum(kind in BEGINNINGS for story in expected.values()
                          for kinds, _, _ in story for kind in kinds)
