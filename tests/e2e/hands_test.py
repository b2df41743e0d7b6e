# SPDX-License-Identifier: MIT
"""What people order of a running dimwatch by the command line: acknowledge, silence,
pause. It arrives, it lasts over a restart, and it is done once whatever dies between."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import time

from harness import check, equal, evidence, main, wait_for

LONG = bool(os.environ.get("DIMWATCH_TESTS_LONG"))


def config(sim, hook, routes="  - {to: [hook, pager], escalate: {after: 1h, to: [boss]}}\n", more=""):
    return f"""\
vantage: test-1
defaults: {{interval: 1s, timeout: 5s, budget: none, max_asks: none}}
controls: []
targets:
  - name: alpha
    provider: deepseek
    base_url: http://127.0.0.1:{sim}/deepseek/v1
    key: ${{CANARY_KEY_ALPHA}}
    labels: {{tier: primary}}
  - name: beta
    provider: moonshot-cn
    base_url: http://127.0.0.1:{sim}/moonshot/v1
    key: ${{CANARY_KEY_BETA}}
channels:
  - {{name: hook, webhook: "http://127.0.0.1:{hook}/hook/x"}}
  - {{name: pager, pagerduty: 0123456789abcdef0123456789abcdef, base_url: "http://127.0.0.1:{hook}/pager/v2", allow_plain_http: on}}
  - {{name: boss, webhook: "http://127.0.0.1:{hook}/boss/x"}}
{more}routes:
{routes}"""


def types(receiver, path="hook"):
    return [g["body"]["type"] for g in receiver.accepted(path)]


def wait_open(house):
    return wait_for(lambda: house.rows("select short_id from incidents where state = 0 and class = 0"),
                    60, "the outage to be recorded")[0]["short_id"]


def samples(house, target):
    return len(house.rows("select 1 from samples_v where target = ?", target))


def an_acknowledgement_arrives_in_the_thread(house):
    receiver = house.receiver()
    receiver.answers["pager"] = [(202, '{"status":"success"}')]
    sim = house.sim("at 2s deepseek: http 500\n")
    house.env["USER"] = "ann"
    house.write("dimwatch.yaml", config(sim, receiver.port))
    run = house.start("run")
    short = wait_open(house)
    wait_for(lambda: types(receiver) == ["incident.opened"], 30, "the opening")
    p = house.run("ack", short.lower(), "--note", "switched to beta <b>")
    equal((p.returncode, p.errors), (0, ""), "ack")
    equal(p.text, f"{short} (alpha) is acknowledged; told to hook, pager\n", "its answer")
    wait_for(lambda: types(receiver) == ["incident.opened", "incident.acknowledged"], 30, "the news")
    news = receiver.accepted("hook")[1]["body"]
    check("acknowledged by ann: switched to beta" in json.dumps(news), f"{news}")
    actions = wait_for(lambda: len(receiver.got) and [g["body"]["event_action"] for g in receiver.got
                                                      if g["path"].startswith("/pager")][1:], 30, "the pager")
    equal(actions, ["acknowledge"], "what the pager was told")
    p = house.run("ack", short)
    check(p.returncode == 0 and "is in hand since" in p.text, p.text + p.errors)
    p = house.run("silence", "alpha", "--for", "1h", "--note", "seen it")
    equal((p.returncode, p.errors), (0, ""), "a silence beside it")
    said = json.loads(house.run("status", "--json").text)["acknowledged"][0]["said"]
    check("seen it" in said and said.endswith("; acknowledged by ann: switched to beta <b>"), said)
    p = house.run("silence", "--end", "1")
    equal(p.returncode, 0, "its end")
    p = house.run("ack", "ZZZZ")
    equal((p.returncode, p.errors), (2, "dimwatch ack: there is no open incident 'ZZZZ'\n"), "a stranger")
    equal(house.rows("select detail from incident_log where kind = 'acknowledged'"),
          [{"detail": "acknowledged by ann: switched to beta <b>"}], "the record")
    house.stop(run, signal.SIGKILL)
    run = house.start("run")
    status = wait_for(lambda: json.loads(house.run("status", "--json").text), 30, "status")
    equal([a["incident"] for a in status["acknowledged"]], [short], "it is known after a restart")
    p = house.run("status")
    check("acknowledged alpha since" in p.text, p.text)
    p = house.run("ack", short)
    check("is in hand since" in p.text, p.text + p.errors)
    equal(house.stop(run), 0, "exit code")
    equal(types(receiver), ["incident.opened", "incident.acknowledged", "incident.silenced"], "nothing is told twice")
    equal(receiver.accepted("boss"), [], "it does not escalate")


def a_silence_keeps_it_back_until_it_ends(house):
    receiver = house.receiver()
    receiver.answers["pager"] = [(202, '{"status":"success"}')]
    sim = house.sim("at 6s deepseek: http 500\n")
    state = f'  - {{name: state, alertmanager: "http://127.0.0.1:{receiver.port}/state", resend: 1s, allow_plain_http: on}}\n'
    house.write("dimwatch.yaml", config(sim, receiver.port, "  - {to: [hook, pager, state]}\n  - {to: [boss]}\n", state))
    run = house.start("run")
    wait_for(lambda: samples(house, "alpha"), 60, "the first samples")
    p = house.run("silence", "tier=primary", "--for", "2h", "--note", "they know")
    equal((p.returncode, p.errors), (0, ""), "silence")
    check(p.text.startswith("silence 1: no messages about tier=primary until "), p.text)
    wait_open(house)
    rows = wait_for(lambda: house.rows("select channel, state, last_error from deliveries_v order by channel"),
                    30, "what was kept back")
    equal([(r["channel"], r["state"]) for r in rows], [("hook", "muted"), ("pager", "muted"), ("state", "muted")], "rows")
    check("they know" in rows[0]["last_error"] and "silenced until" in rows[0]["last_error"], f"{rows[0]}")
    house.stop(run, signal.SIGKILL)
    run = house.start("run")
    listed = json.loads(house.run("silence", "--list", "--json").text)
    equal([(s["id"], s["labels"], s["note"]) for s in listed], [(1, {"tier": "primary"}, "they know")], "list")
    p = house.run("silence", "--list")
    check(" tier=primary " in p.text and "they know" in p.text, "the list for people: " + p.text)
    p = house.run("status")
    check("silenced     tier=primary until " in p.text, "status: " + p.text)
    mark = samples(house, "beta")  # a state is sent again every second
    wait_for(lambda: samples(house, "beta") >= mark + 4, 60, "four seconds of asking")
    equal(receiver.got, [], "messages meanwhile")
    p = house.run("silence", "--end", "1")
    equal((p.returncode, p.text, p.errors), (0, "silence 1 is over\n", ""), "its end")
    wait_for(lambda: types(receiver) == ["incident.opened"], 30, "the news behind it")
    wait_for(lambda: receiver.accepted("state"), 30, "the same for what is a state")
    equal(house.run("silence", "--end", "1").returncode, 2, "once more")
    for words in (["gamma", "--for", "1h"], ["tier=none", "--for", "1h"], ["alpha", "--for", "1s"],
                  ["alpha"], ["--end", "x"]):
        equal(house.run("silence", *words).returncode, 2, f"silence {words}")
    equal(house.stop(run), 0, "exit code")
    equal(types(receiver), ["incident.opened"], "told once")


def a_paused_target_is_not_asked_until_it_is_resumed(house):
    receiver = house.receiver()
    receiver.answers["pager"] = [(202, '{"status":"success"}')]
    sim = house.sim("at 2s deepseek: http 500\n")
    house.write("dimwatch.yaml", config(sim, receiver.port))
    run = house.start("run")
    wait_open(house)
    wait_for(lambda: types(receiver) == ["incident.opened"], 30, "the opening")
    p = house.run("pause", "alpha", "--note", "house move")
    equal((p.returncode, p.errors), (0, ""), "pause")
    wait_for(lambda: types(receiver) == ["incident.opened", "incident.resolved"], 30, "its end")
    equal(house.rows("select ending from incidents_v where class = 'outage'"), [{"ending": "unwatched"}], "end")
    house.stop(run, signal.SIGKILL)
    before = samples(house, "alpha")
    run = house.start("run")
    mark = samples(house, "beta")
    wait_for(lambda: samples(house, "beta") >= mark + 3, 60, "three asks of the other one")
    equal(samples(house, "alpha"), before, "asks while it is paused")
    check("paused       alpha since" in house.run("status").text, "status lists it")
    p = house.run("pause", "aplha")
    equal((p.returncode, p.errors), (2, "dimwatch pause: there is no target 'aplha' (did you mean 'alpha'?)\n"),
          "a wrong name")
    p = house.run("resume", "alpha")
    equal((p.returncode, p.text), (0, "alpha is asked again\n"), "resume")
    wait_for(lambda: samples(house, "alpha") > before, 60, "asks again")
    equal(json.loads(house.run("status", "--json").text)["paused"], [], "nothing is paused")
    equal(house.stop(run), 0, "exit code")


def an_escalation_that_was_due_while_it_was_off_is_told_at_the_start(house):
    """A day and more later: its 24 h to be delivered begin when it is owed, not when it was due."""
    receiver = house.receiver()
    receiver.answers["pager"] = [(202, '{"status":"success"}')]
    house.write("dimwatch.yaml", config(house.sim("at 2s deepseek: http 500\n"), receiver.port))
    run = house.start("run")
    wait_for(lambda: len(house.rows("select 1 from deliveries where state = 1")) == 2, 60, "the opening")
    house.stop(run, signal.SIGKILL)
    d = sqlite3.connect(house.path("dimwatch.db"), timeout=10)
    with d:
        d.execute("update deliveries set created = created - 26 * 3600000")
    d.close()
    run = house.start("run")
    wait_for(lambda: types(receiver, "boss") == ["incident.opened"], 30, "the boss to be told")
    equal(house.stop(run), 0, "exit code")
    equal(house.rows("select channel from deliveries_v where state = 'dead'"), [], "given up")


def insert(house, at_ms, n):
    """As the command does it."""
    d = sqlite3.connect(house.path("dimwatch.db"), timeout=10)
    with d:
        d.execute("insert into requests(at, verb, args) values(?, 'silence', ?)",
                  (at_ms, json.dumps({"subject": "alpha", "for_ms": 3600000, "note": f"order {n}"})))
    d.close()


def an_order_is_done_once_whatever_is_killed_in_between(house):
    seed = int(os.environ.get("DIMWATCH_SEED", "0")) or random.randrange(1, 10**6)
    chance, rounds = random.Random(seed), 40 if LONG else 4
    sim = house.sim("")
    house.write("dimwatch.yaml", config(sim, 1))
    p = house.start("run")
    wait_for(lambda: house.rows("select 1 from runs"), 60, "the database")
    house.stop(p, signal.SIGKILL)
    for n in range(rounds):
        p = house.start("run")
        wait_for(lambda: "started" in open(p.err).read(), 60, "the start")
        insert(house, int(time.time() * 1000), n)
        try:
            p.wait(chance.uniform(0, 1.6))  # the moment of the kill
            check(False, "it ended by itself")
        except subprocess.TimeoutExpired:
            house.stop(p, signal.SIGKILL)
    insert(house, int(time.time() * 1000) - 3600000, -1)
    insert(house, int(time.time() * 1000) + 3600000, -2)
    insert(house, -2**63, -3)
    p = house.run("ack", "7Q2A")
    check(p.returncode == 1 and "not running" in p.errors, p.errors)
    p = house.start("run")
    wait_for(lambda: not house.rows("select 1 from requests where done_at is null"), 60, "all answers")
    equal(house.stop(p), 0, "exit code")
    notes = [r["note"] for r in house.rows("select note from silences order by id")]
    equal(notes, [f"order {n}" for n in range(rounds)], f"each order once, in order (seed {seed})")
    old = house.rows("select code, answer from requests where args like '%order -1%'")[0]
    check(old["code"] == 3 and old["answer"].startswith("too old"), f"{old}")
    ahead = house.rows("select code, answer from requests where args like '%order -2%'")[0]
    check(ahead["code"] == 3 and "ahead of our clock" in ahead["answer"], f"{ahead}")
    evidence("orders over kill -9", f"{rounds} kills between order and answer, seed {seed}, each done once")


main([an_acknowledgement_arrives_in_the_thread,
      a_silence_keeps_it_back_until_it_ends,
      a_paused_target_is_not_asked_until_it_is_resumed,
      an_escalation_that_was_due_while_it_was_off_is_told_at_the_start,
      an_order_is_done_once_whatever_is_killed_in_between], at_once=4)
