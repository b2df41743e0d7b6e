# SPDX-License-Identifier: MIT
"""A house whose dimwatch is killed again and again: providers whose weather changes all
the time, targets that leave the config and come back, a receiver with moods, and a
seeded choice of the moment at which kill -9 strikes. After each kill the audit looks."""

import collections
import os
import random
import signal
import subprocess
import time

from harness import Failed, House, check, equal, wait_for
from kill_audit import DRIFT, OPEN, PENDING, UNWATCHED, Audit, copy_of, has_torn_commit
from kill_receiver import BROKEN, BUSY, HANGS, MAY_BE_SHUT, MOODS, Receiver

SLOTS = "abcdef"  # providers of the simulator; a target of the config for each
CHANNELS = {"hook": MOODS, "pager": MAY_BE_SHUT}
STORM_CHANNELS = {**CHANNELS, "busy": BUSY, "broken": BROKEN, "hangs": HANGS}
STORM_EACH = 3  # targets of each provider in a house of storms
FAULTS = ("http 500", "http 500 60%", "overloaded", "reset head", "truncate", "auth")
SCRIPT_LINES = 4000


def weather(rng):
    """Each provider fails for a while, works for a while, until the script is full. At a pace
    of 1 s an outage is told after some five seconds and over after some ten."""
    lines, now = [], dict.fromkeys(SLOTS, 0.0)
    while len(lines) < SCRIPT_LINES:
        slot = min(now, key=now.get)
        now[slot] += rng.uniform(9, 16)
        lines.append(f"at {int(now[slot] * 1000)}ms {slot}: {rng.choice(FAULTS)}")
        now[slot] += rng.uniform(12, 20)
        lines.append(f"at {int(now[slot] * 1000)}ms {slot}: ok")
    return "".join(line + "\n" for line in sorted(lines, key=lambda t: int(t.split("ms")[0][3:])))


def storms(rng):
    """All keys are refused at once, then all are good again: a notice of every target, in
    dozens, which the outbox folds. One provider has an outage of its own meanwhile."""
    lines, now = [], 0.0
    while len(lines) < SCRIPT_LINES:
        now += rng.uniform(3, 6)
        lines += [f"at {int(now * 1000)}ms {slot}: {'http 500' if slot == 'a' else 'auth'}\n"
                  for slot in SLOTS]
        now += rng.uniform(6, 12)
        lines += [f"at {int(now * 1000)}ms {slot}: ok\n" for slot in SLOTS]
    return "".join(lines)


def config(targets, sim, hook, channels=tuple(CHANNELS), pace="1s", extra=""):
    """targets: (name, provider of the simulator)"""
    rows = "".join(f"  - {{name: {name}, provider: deepseek, key: \"${{CANARY_KEY_ALPHA}}\", "
                   f"base_url: \"http://127.0.0.1:{sim}/{slot}/v1\"}}\n" for name, slot in targets)
    hooks = "".join(f"  - {{name: {c}, webhook: \"http://127.0.0.1:{hook}/{c}/${{CANARY_HOOK}}\"}}\n"
                    for c in channels)
    return (f"vantage: kill-1\ndefaults: {{interval: {pace}, timeout: 5s, budget: none, max_asks: none}}\n"
            f"targets:\n{rows}channels:\n{hooks}routes:\n  - to: [{', '.join(channels)}]\n{extra}")


def early_names(binary, count):
    """Names of targets that are asked soon after a start. First looks are spread over ten
    seconds by name: among many, the first ones asked are those."""
    house = House(binary)
    try:
        house.write("dimwatch.yaml", config([(f"t{i}", "a") for i in range(12 * count)],
                                            house.sim(""), 9, pace="1h"))
        run = house.start("run")
        wait_for(lambda: len(house.rows("select 1 from samples")) >= count, 60, "first looks")
        house.stop(run)
        return [r["target"] for r in house.rows(
            "select target from samples_v order by at_ms, target limit ?", count)]
    finally:
        house.close()
        subprocess.run(["rm", "-rf", house.dir], check=False)


def started(run):
    return "event=started" in open(run.err).read()


def changed(path):
    """When the file was written last; 0: it is not there."""
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0


class KillHouse:
    def __init__(self, binary, oracle, seed, names, stormy=False):
        """stormy: many targets that fail at once, and channels one of which hangs."""
        self.seed = seed
        self.stormy = stormy
        self.rng = random.Random(seed)
        self.house = House(binary)
        self.channels = STORM_CHANNELS if stormy else CHANNELS
        self.receiver = Receiver(self.rng.random(), self.channels)
        self.audit = Audit(oracle, tuple(self.channels), self.receiver)
        self.fresh = list(names)
        self.targets = [[self.fresh.pop(0), slot]
                        for slot in SLOTS * (STORM_EACH if stormy else 1)]
        self.gone = {}  # names that left, and when
        self.left_while_open = {}  # when the incident of a target ended with its leaving
        self.extra = ""  # of the config
        self.sim = self.start_sim((storms if stormy else weather)(self.rng))
        self.calm = self.start_sim("")
        self.struck = collections.Counter()
        self.kills = self.starts = 0
        self.startup_s = 0.05  # as measured so far
        self.db_path = self.house.path("dimwatch.db")

    def start_sim(self, script):
        p = self.house.start("sim", "--quiet", "--port", "0", "--script",
                             self.house.write("script.sim", script))
        line = wait_for(lambda: [t for t in open(p.out).read().splitlines() if "127.0.0.1:" in t],
                        60, "the simulator's port")[0]
        return int(line.rsplit(":", 1)[1].strip("/ "))

    def write_config(self, sim):
        self.house.write("dimwatch.yaml",
                         config(self.targets, sim, self.receiver.port, tuple(self.channels),
                                extra=self.extra))

    # ---- what changes between two kills

    def turn_over(self):
        """Now and then a target leaves the config, and an old one comes back: one whose
        incident ended with that, so that the oracle knows when it left."""
        if not self.rng.random() < 0.15:
            return
        back = [n for n in self.gone if self.left_while_open.get(n, 0) >= self.gone[n]]
        place = self.rng.choice(self.targets)
        name = self.rng.choice(back) if back and self.rng.random() < 0.6 else \
            self.fresh.pop(0) if self.fresh else place[0]
        if name in self.gone:
            del self.gone[name]
            self.struck["(targets that came back)"] += 1
        if name != place[0]:
            self.gone[place[0]] = time.time() * 1000
        place[0] = name

    # ---- moments

    def lives(self, run, seconds):
        """Lets it run; it may not end by itself."""
        try:
            run.wait(max(0, seconds))
        except subprocess.TimeoutExpired:
            return
        raise Failed(f"dimwatch ended by itself with {run.returncode}")

    def until(self, run, seconds, what):
        """Until what() is true, the time is up, or the process is gone."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and run.poll() is None:
            if what():
                return True
            time.sleep(0.0002)  # polling: a commit takes a millisecond
        return False

    def at_startup(self, run):
        self.lives(run, self.rng.uniform(0, 1.2 * self.startup_s))

    def at_any_time(self, run):
        self.lives(run, self.rng.uniform(0.3, 3.5))

    def at_commit(self, run):
        """Strikes when the log changes: in the middle of a commit, or right behind it."""
        self.lives(run, self.rng.uniform(0.3, 2))
        before = changed(self.db_path + "-wal")
        if self.until(run, 3, lambda: changed(self.db_path + "-wal") != before):
            self.until(run, self.rng.choice((0, 0.002)) * self.rng.random(), lambda: False)

    def at_delivery(self, run):
        self.lives(run, self.rng.uniform(0.3, 1.5))
        self.receiver.arrived.clear()
        if self.until(run, 2.5, self.receiver.arrived.is_set):
            self.until(run, self.rng.choice((0, 0, 0.01, 0.1)), lambda: False)

    def stopping(self, run):
        """Before it has started, a SIGTERM ends it like any program."""
        self.until(run, 60, lambda: started(run))
        self.lives(run, self.rng.uniform(0.1, 1.8))
        run.send_signal(signal.SIGTERM)

    def at_shutdown(self, run):
        self.stopping(run)
        self.until(run, self.rng.choice((0.02, 0.3)) * self.rng.random(), lambda: False)

    def at_checkpoint(self, run):
        """A stop moves the log into the file: strike when the file changes."""
        self.stopping(run)
        before = changed(self.db_path)
        if self.until(run, 3, lambda: changed(self.db_path) != before):
            self.struck["(the file was being written)"] += 1

    STRIKES = {"startup": (20, at_startup), "any time": (26, at_any_time),
               "commit": (16, at_commit), "delivery": (16, at_delivery),
               "shutdown": (12, at_shutdown), "checkpoint": (10, at_checkpoint)}

    # ---- one kill

    def start(self):
        self.starts += 1
        return self.house.start("run")

    def measure_startup(self):
        began = time.monotonic()
        run = self.start()
        wait_for(lambda: started(run), 60, "the start")
        self.startup_s = time.monotonic() - began
        equal(self.house.stop(run, seconds=30), 0, "exit code")

    def kill(self, run, aim):
        check(run.poll() is None, f"{aim}: it ended by itself with {run.poll()}")
        run.kill()
        run.wait()
        self.after_kill(run, aim)

    def run_once(self):
        self.turn_over()
        self.write_config(self.sim)
        aim = self.rng.choices(list(self.STRIKES), [w for w, _ in self.STRIKES.values()])[0]
        pending = [r for r in self.audit.deliveries.values() if r["state"] == PENDING]
        for r in pending:
            self.receiver.failures[r["id"]] = r["attempts"]
        if self.rng.random() < 0.12 and not any(r["attempts"] for r in pending):
            self.receiver.refuse()
            self.struck["(connection refused meanwhile)"] += 1
        run = self.start()
        self.STRIKES[aim][1](self, run)
        stopping = aim in ("shutdown", "checkpoint")
        ended = run.poll()
        run.kill()
        run.wait()
        check(ended is None or (stopping and ended == 0), f"{aim}: it ended by itself with {ended}")
        self.after_kill(run, aim if ended is None else "(stopped before the kill)")

    def after_kill(self, run, aim):
        log = open(run.err).read()
        self.struck["(message unanswered)"] += bool(self.receiver.unanswered)
        self.receiver.open()
        wait_for(lambda: not self.receiver.unanswered, 30, "the receiver to notice the kill")
        self.kills += not aim.startswith("(")
        self.struck[aim] += 1
        self.struck["(before it had started)"] += "event=started" not in log
        self.struck["(commit torn)"] += has_torn_commit(self.db_path)
        self.look(log)

    def look(self, log=""):
        for line in log.splitlines():
            check("level=error" not in line and "damaged" not in line and "unreadable" not in line,
                  line)
            if "unrecorded=1" in line:
                self.audit.unrecorded.add(line.split("delivery=")[1].split()[0])
        copy = self.house.path("own-copy.db")
        db = copy_of(self.db_path, copy)
        if not db:
            check(not self.audit.deliveries, "the database is gone")
            return
        try:
            self.audit.look(db, copy)
            incidents = self.audit.incidents.values() if self.audit.deliveries else ()
            self.left_while_open = {i["subject"]: i["closed"] for i in incidents
                                    if i["subject_kind"] == 0 and i["ending"] == UNWATCHED}
        finally:
            db.close()

    # ---- the end: calm weather, until nothing is owed

    def settle(self):
        self.receiver.is_kind = True
        self.write_config(self.calm)
        run = self.house.start("run")
        wait_for(lambda: started(run), 60, "the last start")
        if self.stormy:  # a first message that was cut off again and again would wait for minutes
            self.house.run("deliveries", "retry", "--channel", "hangs")
        # A history that was written by hand knows no usage: that answers have it now is a
        # notice (of drift) which stays for a day.
        owed = (f"select count(*) as n from incidents where state = 0 and subject_kind != {DRIFT}"
                " union all select count(*) from deliveries where state = 0")
        wait_for(lambda: self.house.rows(owed) == [{"n": 0}] * 2 and
                 self.house.rows("select 1 from runs"), 300, "all incidents over, all messages sent")
        equal(self.house.stop(run, seconds=30), 0, "exit code of the last run")
        self.look(open(run.err).read())
        check(not [i for i in self.audit.incidents.values()
                   if i["state"] == OPEN and i["subject_kind"] != DRIFT], "open incidents")
        check(not [r for r in self.audit.deliveries.values() if r["state"] == PENDING], "owed")
        equal(self.house.leaks(), [], "planted secrets in what the program wrote")
        equal(self.house.sanitizer_words(), [], "sanitizer findings")

    def play(self, kills):
        self.write_config(self.sim)
        with self:
            self.run_once()  # the first one meets no database
            self.measure_startup()
            while self.kills < kills:
                self.run_once()
            self.settle()
        return self

    def __enter__(self):
        return self

    def __exit__(self, kind, e, trace):
        self.house.close()
        self.receiver.close()
        if e is None:
            subprocess.run(["rm", "-rf", self.house.dir], check=False)
        elif isinstance(e, (Failed, OSError, KeyError, subprocess.TimeoutExpired)):
            tail = open(self.house.outputs[-1], errors="replace").read()[-1500:]
            raise Failed(f"house {self.seed}, after {self.kills} kills ({self.house.dir}): "
                         f"{type(e).__name__}: {e}\n{tail}") from e

    def repeats(self):
        seen = collections.Counter(m["id"] for m in self.receiver.messages()
                                   if m["status"] in (200, None))
        return sum(n - 1 for n in seen.values())
