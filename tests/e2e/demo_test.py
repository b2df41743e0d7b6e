# SPDX-License-Identifier: MIT
"""The demo: a twelve-hour day through the real parts, seen, told and resolved."""

import json
import os
import re
import signal
import sqlite3

from harness import check, equal, evidence, main, wait_for

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


def queries_of_the_docs():
    """Every `sqlite3 ... "QUERY"` line and every sql fence of the README and docs/."""
    pages = [os.path.join(ROOT, "README.md")] + [
        os.path.join(ROOT, "docs", name) for name in os.listdir(os.path.join(ROOT, "docs"))
        if name.endswith(".md")]
    found = []
    for page in pages:
        text = open(page).read()
        found += re.findall(r'^sqlite3 .*?dimwatch\.db "(.*?)"', text, re.M)
        for fence in re.findall(r"```sql\n(.*?)```", text, re.S):
            found += [q for q in (part.strip() for part in fence.split(";\n")) if q]
    return found


def without_dot_commands(query):
    return "\n".join(line for line in query.splitlines() if not line.startswith("."))


def story(house):
    """The messages of the day, as a person would say what they tell."""
    rows = house.rows(
        "select k.code as kind, h.code as health, d.incident from deliveries d"
        " join incident_log l on l.incident = d.incident and l.seq = d.seq"
        " join message_kinds k on k.id = d.kind join healths h on h.id = l.health"
        " order by d.created, d.seq")
    words = [r["kind"] if r["kind"] in ("resolved", "reopened")
             else "slow" if r["health"] == "up" else r["health"] for r in rows]
    return words, len({r["incident"] for r in rows})


def without_a_terminal_it_plays_the_day_to_its_end_and_exits_0(house):
    p = house.run("demo", "--database", house.path("dimwatch.db"), timeout=240)
    equal(p.returncode, 0, p.errors)
    equal(p.errors, "", "stderr")
    for word in ("OUTAGE", "OVER", "deepseek", "sqlite3", "use kimi"):
        check(word.lower() in p.text.lower(), f"the story says {word}")
    check("\x1b" not in p.text, "no colours without a terminal")
    outages = house.rows("select * from incidents_v where class = 'outage'")
    equal(len(outages), 1, "outages")
    words, threads = story(house)
    equal(words, ["slow", "degraded", "down", "resolved", "reopened", "resolved"], "the day as told")
    equal(threads, 1, "threads")
    evidence("the demo's day in messages", f"{', '.join(words)}, in {threads} thread")
    equal({o["subject"] for o in outages}, {"deepseek"}, "only DeepSeek failed")
    equal({o["state"] for o in outages}, {"closed"}, "all is over")
    opened = house.rows("select count(*) as n from deliveries_v where kind in ('opened', 'reopened')")[0]["n"]
    resolved = house.rows("select count(*) as n from deliveries_v where kind = 'resolved'")[0]["n"]
    equal(resolved, opened, "every beginning has its end")
    unsent = house.rows("select * from deliveries_v where state not in ('sent', 'folded')")
    equal(unsent, [], "messages that were not sent")
    hours = house.rows("select (max(at_ms) - min(at_ms)) / 3600000.0 as h from samples_v")[0]["h"]
    check(12.4 < hours < 12.8, f"the day has {hours} hours")
    check(house.rows("select count(*) as n from samples_v")[0]["n"] > 2100, "asks of a day")
    equal(house.rows("pragma quick_check"), [{"quick_check": "ok"}], "quick_check")
    p = house.run("replay", "--database", house.path("dimwatch.db"), "--json")
    equal(p.returncode, 0, p.errors)
    beside = [u for u in map(json.loads, p.text.splitlines())
              if u["update"] in ("same", "other", "new", "missing")]
    equal(len(beside), len(outages), "the replay finds every outage again")
    equal({u["update"] for u in beside} <= {"same", "other"}, True, f"and no other: {beside}")
    queries = queries_of_the_docs()
    check(len(queries) >= 10, f"only {len(queries)} queries found in the docs")
    database, answered = house.db(), 0
    for query in queries:
        try:
            answered += bool(database.execute(without_dot_commands(query)).fetchall())
        except sqlite3.Error as e:
            check(False, f"{query}: {e}")
    database.close()
    check(answered >= len(queries) / 2, f"{answered} of {len(queries)} queries had an answer")


def ctrl_c_ends_it_and_still_says_where_the_history_is(house):
    p = house.start("demo", "--database", house.path("dimwatch.db"))
    wait_for(lambda: house.rows("select 1 from samples_v"), 30, "a first sample")
    equal(house.stop(p, signal.SIGINT), 0, "exit code")
    check("sqlite3" in open(p.out).read(), "the lines to look at it")


def it_never_writes_over_an_existing_file(house):
    house.write("mine.db", "precious")
    p = house.run("demo", "--database", house.path("mine.db"))
    equal(p.returncode, 2, "exit code")
    equal(open(house.path("mine.db")).read(), "precious", "the file")


if __name__ == "__main__":
    main([without_a_terminal_it_plays_the_day_to_its_end_and_exits_0,
          ctrl_c_ends_it_and_still_says_where_the_history_is,
          it_never_writes_over_an_existing_file])
