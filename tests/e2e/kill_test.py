# SPDX-License-Identifier: MIT
"""kill -9, again and again, with the real binary: nothing that was committed is lost,
nothing is invented, nothing is told twice but with the same key.

Usage: kill_test.py BINARY --oracle KILL_ORACLE [--sanitized] [--seed N] [--in-storms N]
       [--elsewhere N]"""

import collections
import os
import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import kill_variants
from harness import Failed, check, evidence, main
from kill_audit import FOLDED, SENT, SUMMARY
from kill_house import SLOTS, STORM_EACH, KillHouse, early_names


def option(name, default):
    return int(sys.argv[sys.argv.index(name) + 1]) if name in sys.argv else default


LONG = bool(os.environ.get("DIMWATCH_TESTS_LONG"))
SANITIZED = "--sanitized" in sys.argv
# Kills in houses of storms, kills in houses of one trouble at a time, and their houses.
IN_STORMS, ELSEWHERE, STORM_HOUSES, OTHER_HOUSES = \
    (10, 5, 1, 1) if SANITIZED else (1000, 1000, 8, 4) if LONG else (100, 24, 4, 1)
IN_STORMS = option("--in-storms", IN_STORMS)
ELSEWHERE = option("--elsewhere", ELSEWHERE)
ORACLE = sys.argv[sys.argv.index("--oracle") + 1]
SEED = option("--seed", random.SystemRandom().randrange(10**6))
NAMES = []  # of targets that are asked early; found by the first case


def shares(kills, houses):
    return [kills // houses + (i < kills % houses) for i in range(houses)]


def all_of(houses):
    return [r for h in houses for r in h.audit.deliveries.values()]


def killed_at_random_moments_it_loses_nothing_and_invents_nothing(house):
    began = time.monotonic()
    kills = shares(IN_STORMS, STORM_HOUSES) + shares(ELSEWHERE, OTHER_HOUSES)
    NAMES.extend(early_names(sys.argv[1], STORM_EACH * len(SLOTS) + max(kills) // 6))
    houses = [KillHouse(sys.argv[1], ORACLE, f"{SEED}-{i}", NAMES, i < STORM_HOUSES)
              for i in range(len(kills))]
    with ThreadPoolExecutor(len(houses)) as pool:
        jobs = [pool.submit(h.play, n) for h, n in zip(houses, kills)]
        failed = [str(j.exception()) for j in jobs if j.exception()]
    if failed:
        raise Failed(f"seed {SEED}: " + "\n".join(failed))
    tell(houses, time.monotonic() - began)
    tell_storms([h for h in houses if h.stormy])


def tell(houses, took_s):
    struck = sum((h.struck for h in houses), collections.Counter())
    messages = sum(len(h.receiver.messages()) for h in houses)
    states = collections.Counter(r["state"] for r in all_of(houses))
    if not SANITIZED:
        check(sum(h.audit.alarms for h in houses) and messages and states[SENT],
              f"nothing happened that could have been lost: {struck} {states}")
    evidence("kill -9", f"{sum(h.kills for h in houses)} kills in {len(houses)} houses, seed {SEED}, "
             f"{sum(h.starts for h in houses)} starts, {took_s:.0f} s; lost 0, invented 0")
    evidence("kill -9 struck", ", ".join(f"{k} {n}" for k, n in sorted(struck.items()) if n))
    evidence("kill -9 alerts", f"{sum(len(h.audit.incidents) for h in houses)} incidents, "
             f"{sum(h.audit.alarms for h in houses)} alarms as the oracle says, {states[SENT]} sent, "
             f"{states[FOLDED]} folded, {messages} messages arrived, "
             f"{sum(h.repeats() for h in houses)} repeated with the same key")


def tell_storms(houses):
    rows = all_of(houses)
    summaries = sum(r["kind"] == SUMMARY and r["state"] == SENT for r in rows)
    if not SANITIZED:
        check(summaries, "no storm was folded")
    evidence("kill -9 in storms", f"{sum(h.kills for h in houses)} kills, "
             f"{len(houses[0].targets)} targets over {len(houses[0].channels)} channels of which one "
             f"hangs, one answers 429, one 500; {len(rows)} deliveries, {summaries} summaries for "
             f"{sum(r['state'] == FOLDED for r in rows)} folded ones, "
             f"{sum(h.repeats() for h in houses)} messages repeated with the same key; "
             "lost 0, phantom 0, under two keys 0")


def variant(what, *words):
    kill_variants.play(sys.argv[1], ORACLE, f"{SEED}-{what.__name__}",
                       NAMES or early_names(sys.argv[1], 6), what, *words)


def killed_while_its_database_is_born_it_starts_again(house):
    variant(kill_variants.birth, 3 if SANITIZED else 100 if LONG else 12)


def killed_while_it_folds_thousands_of_samples_it_tells_an_alarm_once(house):
    variant(kill_variants.folding, 2 if SANITIZED else 30 if LONG else 8, 6000)


def killed_while_it_sums_up_and_forgets_every_sum_is_right(house):
    variant(kill_variants.forgetting, 2 if SANITIZED else 30 if LONG else 8)


if __name__ == "__main__":
    print(f"# seed {SEED}", flush=True)
    main([killed_at_random_moments_it_loses_nothing_and_invents_nothing,
          killed_while_its_database_is_born_it_starts_again,
          killed_while_it_folds_thousands_of_samples_it_tells_an_alarm_once,
          killed_while_it_sums_up_and_forgets_every_sum_is_right])
