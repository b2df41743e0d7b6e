# SPDX-License-Identifier: MIT
"""kill -9, again and again, with the real binary: nothing that was committed is lost,
nothing is invented, nothing is told twice but with the same key.

Usage: kill_test.py BINARY --oracle KILL_ORACLE [--sanitized] [--seed N] [--kills N]"""

import collections
import os
import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import kill_variants
from harness import Failed, check, evidence, main
from kill_audit import FOLDED, SENT, SUMMARY
from kill_house import SLOTS, KillHouse, early_names, storms, weather


def option(name, default):
    return int(sys.argv[sys.argv.index(name) + 1]) if name in sys.argv else default


LONG = bool(os.environ.get("DIMWATCH_TESTS_LONG"))
SANITIZED = "--sanitized" in sys.argv
KILLS = option("--kills", 15 if SANITIZED else 2000 if LONG else 100)
HOUSES = min(KILLS, 2 if SANITIZED else 4)
ORACLE = sys.argv[sys.argv.index("--oracle") + 1]
SEED = option("--seed", random.SystemRandom().randrange(10**6))
STORM_EACH = 3  # targets of each provider in a house of storms
NAMES = []  # of targets that are asked early; found by the first case


def killed_at_random_moments_it_loses_nothing_and_invents_nothing(house):
    began = time.monotonic()
    NAMES.extend(early_names(sys.argv[1], STORM_EACH * len(SLOTS) + KILLS // HOUSES // 6))
    share = [KILLS // HOUSES + (i < KILLS % HOUSES) for i in range(HOUSES)]
    # Every other house lives in storms: many at once, folded.
    houses = [KillHouse(sys.argv[1], ORACLE, f"{SEED}-{i}", NAMES, STORM_EACH if i % 2 else 1,
                        storms if i % 2 else weather) for i in range(HOUSES)]
    with ThreadPoolExecutor(HOUSES) as pool:
        jobs = [pool.submit(h.play, n) for h, n in zip(houses, share)]
        failed = [str(j.exception()) for j in jobs if j.exception()]
    if failed:
        raise Failed(f"seed {SEED}: " + "\n".join(failed))
    struck = sum((h.struck for h in houses), collections.Counter())
    messages = [m for h in houses for m in h.receiver.messages()]
    states = collections.Counter(r["state"] for h in houses for r in h.audit.deliveries.values())
    if KILLS >= 100:
        check(sum(h.audit.alarms for h in houses) and messages and states[SENT],
              f"nothing happened that could have been lost: {struck} {states}")
    evidence("kill -9", f"{sum(h.kills for h in houses)} kills in {HOUSES} houses, seed {SEED}, "
             f"{sum(h.starts for h in houses)} starts, {time.monotonic() - began:.0f} s; lost 0, "
             f"invented 0")
    stormy = [r for h in houses[1::2] for r in h.audit.deliveries.values()]
    summaries = sum(r["kind"] == SUMMARY and r["state"] == SENT for r in stormy)
    if KILLS >= 100:
        check(summaries, "no storm was folded")
    evidence("kill -9 in storms", f"{sum(h.kills for h in houses[1::2])} kills, {len(stormy)} "
             f"deliveries, {summaries} summaries for {sum(r['state'] == FOLDED for r in stormy)} "
             "folded ones; lost 0, phantom 0, under two keys 0")
    evidence("kill -9 struck", ", ".join(f"{k} {n}" for k, n in sorted(struck.items()) if n))
    evidence("kill -9 alerts", f"{sum(len(h.audit.incidents) for h in houses)} incidents, "
             f"{sum(h.audit.alarms for h in houses)} alarms as the oracle says, {states[SENT]} sent, "
             f"{states[FOLDED]} folded, {len(messages)} messages arrived, "
             f"{sum(h.repeats() for h in houses)} repeated with the same key")


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
