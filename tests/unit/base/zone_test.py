# SPDX-License-Identifier: MIT
"""Property test: agent/base/zone against Python's zoneinfo, over the same files, from 1970
to 2100: offsets, both ways, around every change and anywhere else.

Usage: zone_test.py TELLER FOLDER [SEED]
"""
import datetime
import os
import random
import subprocess
import sys
import time
import zoneinfo

UTC = datetime.timezone.utc
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=UTC)
END = 4102444800  # 2100
HOW_MANY = 4000 if os.environ.get("DIMWATCH_TESTS_LONG") else 250


def zones(folder):
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as f:
            yield name[:-len(".tzif")], zoneinfo.ZoneInfo.from_file(f, key=name)


def offset(zone, t):
    return int((EPOCH + datetime.timedelta(seconds=t)).astimezone(zone).utcoffset().total_seconds())


def moments(zone, local):
    """What the two readings of a local time say; one that does not come back is none."""
    found = []
    for fold in (0, 1):
        there = local.replace(tzinfo=zone, fold=fold)
        t = int((there.replace(tzinfo=UTC) - EPOCH - there.utcoffset()).total_seconds())
        if t + offset(zone, t) == int((local.replace(tzinfo=UTC) - EPOCH).total_seconds()):
            found.append(t)
    return found


class Teller:
    def __init__(self, path, folder):
        self.path, self.folder, self.asked = path, folder, []

    def ask(self, *words):
        self.asked.append(" ".join(str(w) for w in words))

    def answers(self):
        run = subprocess.run([self.path, self.folder], input="\n".join(self.asked) + "\n",
                             stdout=subprocess.PIPE, text=True, check=True)
        return run.stdout.splitlines()


def changes(teller_path, folder, name):
    """Every change from 1970 to 2100, as the teller walks along in strides of ten days."""
    found = set()
    teller = Teller(teller_path, folder)
    for start in range(0, END, 10 * 86400):
        teller.ask("next", name, start)
    found.update(int(a) for a in teller.answers() if a != "never")
    return sorted(c for c in found if c < END)


def first_difference(wanted, got, asked):
    for q, w, g in zip(asked, wanted, got):
        if w != g:
            return f"{q}: told {g}, Python says {w}"
    return "" if len(wanted) == len(got) else "answers are missing"


def offsets_agree(path, folder, rng):
    teller, wanted = Teller(path, folder), []
    for name, zone in zones(folder):
        times = [rng.randrange(0, END) for _ in range(HOW_MANY)]
        for c in changes(path, folder, name):
            times += [c - 1, c, c + 1]
        for t in times:
            teller.ask("utc", name, t)
            wanted.append(str(offset(zone, t)))
    return first_difference(wanted, teller.answers(), teller.asked), len(wanted)


def no_change_is_missed(path, folder, rng):
    """Between two neighbouring changes the offset never moves."""
    missed, n = "", 0
    for name, zone in zones(folder):
        edges = [0] + changes(path, folder, name) + [END]
        for a, b in zip(edges, edges[1:]):
            points = {a, b - 1, *(rng.randrange(a, b) for _ in range(3))}
            n += len(points)
            if len({offset(zone, t) for t in points}) != 1:
                missed = missed or f"{name}: a change between {a} and {b}"
    return missed, n


def judge_local(zone, local, answer):
    fit, first, last = answer.split()
    first, last = int(first), int(last)
    found = sorted(set(moments(zone, local)))
    if found:
        good = (first, last) == (found[0], found[-1]) and \
            fit == ("twice" if len(found) > 1 else "once")
    else:  # the clock jumps over it at that moment
        wall = int((local.replace(tzinfo=UTC) - EPOCH).total_seconds())
        good = fit == "skipped" and first == last and \
            first - 1 + offset(zone, first - 1) < wall < first + offset(zone, first)
    return "" if good else f"{zone.key} {local}: told {answer}, Python finds {found}"


def local_times_agree(path, folder, rng):
    teller, asked = Teller(path, folder), []
    for name, zone in zones(folder):
        walls = [rng.randrange(86400, END) for _ in range(HOW_MANY)]
        for c in changes(path, folder, name):
            for near in (c - 1, c):
                walls += [c + offset(zone, near) + rng.randrange(-7200, 7200) for _ in range(3)]
        for wall in walls:
            local = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=wall)
            asked.append((zone, local))
            teller.ask("local", name, local.strftime("%Y %m %d %H %M %S"))
    trouble, seen = "", {"once": 0, "skipped": 0, "twice": 0}
    for (zone, local), answer in zip(asked, teller.answers()):
        trouble = trouble or judge_local(zone, local, answer)
        seen[answer.split()[0]] += 1
    if not (seen["skipped"] > 100 and seen["twice"] > 100):
        trouble = trouble or f"too few odd moments were met: {seen}"
    return trouble, len(asked)


def main(path, folder, seed):
    cases = [offsets_agree, no_change_is_missed, local_times_agree]
    print(f"1..{len(cases)}\n# seed {seed}", flush=True)
    bad, parts = 0, []
    for i, case in enumerate(cases, 1):
        trouble, n = case(path, folder, random.Random(seed))
        print(f"{'not ok' if trouble else 'ok'} {i} - {case.__name__}")
        if trouble:
            print(f"# {trouble}")
        bad += bool(trouble)
        parts.append(f"{n:,} {case.__name__.replace('_', ' ')}")
    print(f"# evidence time zones: {len(list(zones(folder)))} zones 1970 to 2100 against "
          f"Python's zoneinfo, seed {seed}: {', '.join(parts)}")
    return 1 if bad else 0


sys.exit(main(sys.argv[1], sys.argv[2],
              int(sys.argv[3]) if len(sys.argv) > 3 else int(time.time())))
