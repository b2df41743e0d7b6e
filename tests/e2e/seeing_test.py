# SPDX-License-Identifier: MIT
"""What was told to whom can be seen, tried again and dropped; a drill goes through the real
channels and leaves nothing open, also over kill -9; the report of an outage holds what
people must hand in."""

import json
import signal

from harness import check, equal, evidence, main, wait_for

CONFIG = """\
vantage: test-1
defaults:
  interval: 1s
  timeout: 5s
  budget: none
  max_asks: none
targets:
  - name: alpha
    provider: deepseek
    base_url: http://127.0.0.1:{sim}/deepseek/v1
    key: ${{CANARY_KEY_ALPHA}}
  - name: beta
    provider: moonshot-cn
    base_url: http://127.0.0.1:{sim}/moonshot/v1
    key: ${{CANARY_KEY_BETA}}
channels:
  - {{name: good, webhook: "http://127.0.0.1:{hook}/good/x"}}
  - {{name: other, webhook: "http://127.0.0.1:{hook}/other/x"}}
routes:
  - {{match: {{severity: [critical]}}, to: [good, other]}}
  - {{to: [good]}}
"""


def begin(house, script="", answers=None):
    receiver = house.receiver()
    receiver.answers.update(answers or {})
    sim = house.sim(script)
    house.write("dimwatch.yaml", CONFIG.format(sim=sim, hook=receiver.port))
    run = house.start("run")
    wait_for(lambda: house.rows("select 1 from samples"), 60, "a first sample")
    return receiver, run


def titles(receiver, path):
    return [g["body"]["data"]["title"] for g in receiver.accepted(path)]


def a_drill_reaches_every_channel_of_its_routes_and_leaves_nothing(house):
    receiver, run = begin(house)
    p = house.run("drill", "alpha")
    equal(p.returncode, 0, p.text + p.errors)
    for word in ("good", "other", "opened", "changed", "resolved", "accepted"):
        check(word in p.text, f"{word} in {p.text}")
    equal(len(titles(receiver, "good")), 3, "opened, changed and resolved")
    equal(len(titles(receiver, "other")), 2, "the pager hears it when it is critical")
    for t in titles(receiver, "good") + titles(receiver, "other"):
        check(t.startswith("DRILL: "), t)
    equal(house.rows("select count(*) n from incidents where state = 0")[0]["n"], 0, "open")
    equal(house.rows("select subject from incidents_v")[0]["subject"], "drill alpha", "subject")
    p = house.run("drill", "alpha", "--channel", "good", "--severity", "minor", "--json")
    equal(p.returncode, 0, p.text + p.errors)
    told = json.loads(p.text)
    equal([d["kind"] for d in told["deliveries"]], ["opened", "resolved"], "of a minor one")
    equal(len(titles(receiver, "other")), 2, "not named, not told")
    p = house.run("status", "--json")
    check('"down"' not in p.text, "a drill is nobody's health: " + p.text)
    equal(house.run("drill", "nobody").returncode, 2, "an unknown target")
    equal(house.run("drill", "alpha", "--channel", "no").returncode, 2, "an unknown channel")
    equal(house.run("drill", "alpha", "--severity", "bad").returncode, 2, "no severity")
    equal(house.stop(run), 0, "exit code")
    evidence("drill", "2 drills through 2 channels: 7 messages, 0 left open, 0 in status")


def a_refused_drill_is_said_and_its_message_can_be_retried(house):
    receiver, run = begin(house, answers={"other": [(404, "gone")]})
    p = house.run("drill", "alpha", "--channel", "other")
    equal(p.returncode, 1, "a channel did not take it: " + p.text)
    check("404" in p.text or "gone" in p.text, p.text)
    p = house.run("deliveries", "--channel", "other", "--json")
    equal(p.returncode, 1, "dead ones are bad news")
    rows = json.loads(p.text)["deliveries"]
    dead = [d for d in rows if d["state"] == "dead"]
    check(dead, p.text)
    with receiver.lock:
        receiver.answers["other"] = [(200, "ok")]
    p = house.run("deliveries", "retry", dead[0]["id"][-8:])
    equal(p.returncode, 0, p.text + p.errors)
    check("tried again" in p.text, p.text)
    wait_for(lambda: titles(receiver, "other"), 30, "the message after the cure")
    sent = wait_for(lambda: house.rows(
        "select * from deliveries where id = ? and state = 1", dead[0]["id"]), 30, "it is sent")
    check(sent[0]["retried"], "when somebody wished it")
    p = house.run("deliveries", "retry", dead[0]["id"])
    equal(p.returncode, 1, "nothing to retry")
    check("sent already" in p.text, p.text)
    p = house.run("deliveries", "drop", dead[0]["id"])
    check(p.returncode == 1 and "sent already" in p.text, p.text + p.errors)
    p = house.run("deliveries", "retry", "ZZZZZZZZ")
    equal(p.returncode, 2, "an unknown id")
    p = house.run("deliveries", "retry", "--channel", "good")
    check(p.returncode == 0 and "0 messages" in p.text, p.text + p.errors)
    p = house.run("deliveries")
    check("CHANNEL" in p.text and "good" not in p.errors, p.text)
    equal(house.stop(run), 0, "exit code")
    p = house.run("deliveries", "--state", "sent", "--since", "1h")
    check("sent" in p.text, "also without the daemon: " + p.text)
    equal(house.run("deliveries", "--state", "snet").returncode, 2, "no state")


def a_drill_that_was_killed_is_over_after_the_next_start(house):
    receiver, run = begin(house, answers={"good": [(500, "not now")]})
    drill = house.start("drill", "alpha")
    wait_for(lambda: house.rows("select 1 from incidents where state = 0"), 30, "it is open")
    house.stop(run, signal.SIGKILL)
    drill.wait(120)
    with receiver.lock:
        receiver.answers["good"] = [(200, "ok")]
    run = house.start("run")
    wait_for(lambda: house.rows("select 1 from incidents where state = 1"), 30, "it is over")
    equal(house.rows("select count(*) n from incidents")[0]["n"], 1, "incidents")
    wait_for(lambda: titles(receiver, "good"), 60, "its end is told")
    for t in titles(receiver, "good"):
        check(t.startswith("DRILL: "), t)
    equal(house.stop(run), 0, "exit code")


def the_report_of_an_outage_holds_what_must_be_handed_in(house):
    receiver, run = begin(house, "at 5s deepseek: http 503\nat 18s deepseek: ok\n")
    wait_for(lambda: len(titles(receiver, "good")) >= 2, 60, "opened and resolved")
    equal(house.stop(run), 0, "exit code")
    row = house.rows("select short_id, first_error_request_id r from incidents")[0]
    p = house.run("report", "--incident", row["short_id"].lower())
    equal(p.returncode, 0, p.errors)
    for word in ("# Incident " + row["short_id"], "## Timeline", "| opened |", "| closed |",
                 "## Scope", "| affected | alpha |", "| other | beta |", "## Was it us?",
                 "other providers from the same place were answered well",
                 "| alpha | before |", "| alpha | during |", "| alpha | after |", "503",
                 "## Who was told, and when", "| good | opened | sent |", "All times are in UTC",
                 "## What it cost us", "## When nobody looked"):
        check(word in p.text, f"{word!r} in:\n{p.text}")
    if row["r"]:
        check(row["r"] in p.text, "the request id in:\n" + p.text)
    p = house.run("report", "--incident", row["short_id"], "--html", "-o", "r.html",
                  "--zone", "+08:00")
    equal(p.returncode, 0, p.errors)
    page = open(house.path("r.html")).read()
    check("<script" not in page and "http://" not in page and "src=" not in page, page[:500])
    check("+08:00" in page and page.rstrip().endswith("</html>"), page[:500])
    equal(house.run("report", "--incident", "ZZZZ").returncode, 2, "an unknown id")
    equal(house.run("report").returncode, 2, "no id")
    equal(house.run("report", "--incident", row["short_id"], "-o", "no/such/place").returncode, 3,
          "a place that is not there")
    evidence("report", f"{len(page)} bytes of HTML for a 13 s outage, no script, nothing external")


if __name__ == "__main__":
    main([a_drill_reaches_every_channel_of_its_routes_and_leaves_nothing,
          a_refused_drill_is_said_and_its_message_can_be_retried,
          a_drill_that_was_killed_is_over_after_the_next_start,
          the_report_of_an_outage_holds_what_must_be_handed_in], at_once=4)
