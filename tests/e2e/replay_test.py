# SPDX-License-Identifier: MIT
"""`dimwatch replay` by hand: every labelled trace through the command, beside what any
judge must say of it and what the reference implementation said."""

import json
import os

from harness import check, equal, evidence, main

TRACES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "traces")
NEAR_MS = 2000
# A dwell of exactly 240 s is over for whole milliseconds, not for floating point.
TIES = {("flapping", 1767233989631): 20000}
# The reference notices every sample that does not count; we say it once. `unknown` is
# not one of its words.
OURS = ("notice", "cleared", "unknown")


def traces():
    names = sorted(n[:-5] for n in os.listdir(TRACES) if n.endswith(".json"))
    check(len(names) == 12, f"{len(names)} traces")
    for name in names:
        with open(os.path.join(TRACES, name + ".json")) as f:
            yield name, json.load(f)


def replay(house, name, said, *words):
    p = house.run("replay", "--csv", os.path.join(TRACES, name + ".csv"), "--interval",
                  f"{said['interval_s']:.0f}s", *words)
    equal(p.errors, "", f"{name}: stderr")
    equal(p.returncode, 0, f"{name}: exit code")
    return p.text


def updates(house, name, said):
    return [json.loads(line) for line in replay(house, name, said, "--json").splitlines()]


def spoken(all_updates, subject):
    """Without what only one of the two says: of a blindness the `up` behind it too."""
    kept, blind = [], set()
    for u in all_updates:
        who = u[subject]
        if u["update"] == "unknown":
            blind.add(who)
        elif u["update"] == "up" and who in blind:
            blind.discard(who)
        elif u["update"] not in OURS:
            kept.append(u)
    return kept


def all_updates_are_the_reference_s_within_2_seconds(house):
    met = 0
    for name, said in traces():
        ours = spoken(updates(house, name, said), "subject")
        theirs = spoken(said["reference"], "target")
        if name == "gap":  # the `up` behind the gap is in both
            ours = [u for u in updates(house, name, said) if u["update"] not in OURS]
        equal([(u["subject"], u["update"]) for u in ours],
              [(u["target"], u["update"]) for u in theirs], f"{name}: the story")
        for mine, theirs_ in zip(ours, theirs):
            early = TIES.get((name, theirs_["t_ms"]), 0)
            check(abs(mine["t_ms"] - theirs_["t_ms"] + early) <= NEAR_MS,
                  f"{name}: {mine} beside {theirs_}")
            if mine["update"] in ("opened", "changed"):
                equal(mine["detail"].split()[0], theirs_["detail"].split()[0], f"{name}: {mine}")
            met += 1
    evidence("replay by the command",
             f"12 traces, {met} updates of the reference met within {NEAR_MS // 1000} s")


def phases(all_updates):
    """(subject, "failing" or "slow", first beginning, last end, worst words) of the story."""
    begins = {"opened": "failing", "reopened": "failing", "slow": "slow"}
    ends = {"closed": "failing", "fast": "slow"}
    found = {}
    for u in all_updates:
        key = (u["subject"], begins.get(u["update"]) or ends.get(u["update"]))
        if u["update"] in begins:
            one = found.setdefault(key, {"first": u["t_ms"], "words": set()})
            one["end"] = None
            one["words"].add(u["detail"].split()[0])
        elif u["update"] in ends:
            found[key]["end"] = u["t_ms"]
        elif u["update"] == "changed" and (u["subject"], "failing") in found:
            found[(u["subject"], "failing")]["words"].add(u["detail"].split()[0])
    return found


def every_expected_verdict_is_in_its_windows_and_there_is_no_other(house):
    met = 0
    for name, said in traces():
        found = phases(updates(house, name, said))
        for e in said["expect"]:
            kind = "slow" if e["verdict"] == "slow" else "failing"
            one = found.pop((e["target"], kind), None)
            check(one, f"{name}: {e['target']} was never {e['verdict']}")
            for key, window in (("first", "opened_within_ms"), ("end", "closed_within_ms")):
                low, high = e[window]
                check(one[key] and low <= one[key] <= high, f"{name}: {key} {one} beside {e}")
            if kind == "failing":
                check(one["words"] & set(e["verdict"].split("|")), f"{name}: {one} beside {e}")
            met += 1
        equal(found, {}, f"{name}: {said['must_not']}")
    evidence("replay verdicts", f"{met} expected verdicts met, no other, in 12 traces")


def people_get_the_incidents_with_their_delays(house):
    for name, said in traces():
        text = replay(house, name, said)
        if not said["expect"]:
            check("no incidents" in text or "rate_limited" in text, f"{name}: {text}")
    text = replay(house, "hard_outage", {"interval_s": 60})
    check("DECIDED AFTER" in text and "recovered" in text and "http_5xx" in text, text)
    check("Beside what happened" not in text, "a CSV has no reality beside it")


def trace_lines_have_the_numbers_of_every_decision(house):
    text = replay(house, "hard_outage", {"interval_s": 60}, "--trace")
    opened = [line for line in text.splitlines() if " opened " in line]
    equal(len(opened), 1, "lines of an opening")
    for word in ("deepseek-chat", "since=", "sum=", "/10.5", "arm=", "base="):
        check(word in opened[0], f"{word} in {opened[0]}")


def a_config_judges_in_its_own_way(house):
    house.write("own.yaml", "vantage: here\ntargets:\n  - name: deepseek-chat\n"
                "    dialect: openai-chat\n    url: http://10.0.0.5/v1/chat/completions\n"
                "    model: m\n    auto: off\n")
    csv = os.path.join(TRACES, "hard_outage.csv")
    p = house.run("replay", "-c", "own.yaml", "--csv", csv)
    equal(p.returncode, 0, p.errors)
    check("no incidents" in p.text, f"without `auto` and rules nothing judges: {p.text}")
    p = house.run("replay", "-c", "own.yaml", "--csv", os.path.join(TRACES, "model_only.csv"))
    check("rows of targets that the config does not have" in p.text, p.text)


def a_time_is_a_date_or_how_long_ago(house):
    csv = os.path.join(TRACES, "hard_outage.csv")
    whole = house.run("replay", "--csv", csv).text
    check("critical" in whole, whole)
    for before in ("9999d", "2026-01-01", "2026-01-01T00:00", "2026-01-01 00:00:00Z"):
        p = house.run("replay", "--csv", csv, "--since", before)
        equal(p.returncode, 0, p.errors)
        check("critical" in p.text, f"{before}: {p.text}")
    for after in ("1m", "2026-01-02", "2026-01-01T23:59:30"):
        p = house.run("replay", "--csv", csv, "--since", after)
        equal((p.returncode, p.text), (3, ""), after)
        check("nothing was asked since then: the last sample is of 2026-01-01" in p.errors, p.errors)


def a_broken_row_is_named_with_its_line_and_exit_2(house):
    rows = {"1767225606500,a,okay,5": "'okay' is no outcome",
            "yesterday,a,ok,5": "not a row",
            "1767225606500,a,ok,fast": "first_token_ms",
            "1767225606500,,ok,5": "1 to 63 bytes",
            "1767225606500," + "a" * 2000 + ",ok,5": "no row has more than"}
    for row, words in rows.items():
        house.write("own.csv", "t_ms,target,outcome,first_token_ms\n1767225600000,a,ok,5\n" + row + "\n")
        p = house.run("replay", "--csv", "own.csv")
        equal(p.returncode, 2, row[:40])
        check("own.csv:3" in p.errors and words in p.errors, p.errors)
    p = house.run("replay", "--csv", "nothing.csv")
    equal(p.returncode, 3, "exit code without the file")
    for wrong in (["--since", "yesterday"], ["--since", "1d", "--until", "2d"],
                  ["--since", "2026-13-01"], ["--since", "2026-01-01T25:00"],
                  ["--since", "2026-01-01T01"], ["--since", "2026-01-01T01:00X"],
                  ["--interval", "60"], ["--json", "--trace"]):
        equal(house.run("replay", "--csv", "own.csv", *wrong).returncode, 2, str(wrong))


if __name__ == "__main__":
    main([all_updates_are_the_reference_s_within_2_seconds,
          every_expected_verdict_is_in_its_windows_and_there_is_no_other,
          people_get_the_incidents_with_their_delays,
          trace_lines_have_the_numbers_of_every_decision,
          a_config_judges_in_its_own_way,
          a_time_is_a_date_or_how_long_ago,
          a_broken_row_is_named_with_its_line_and_exit_2])
