# SPDX-License-Identifier: MIT
"""Trouble of our own that no other test tells of: a budget that is spent keeps a target from
being asked until midnight, so that is an incident on ourselves, told once, and it ends when
a config with more of it is loaded. (Disk and writer: disk_test and fault/disk_house; our
network: own_network_test; our loop: judge tests; a channel that is shut and a key that is
refused: tell_test, outage_test.)"""

import signal

from harness import check, equal, evidence, main, wait_for


def config(sim, hook, asks):
    return f"""\
vantage: test-1
defaults: {{interval: 1s, timeout: 5s, budget: none, max_asks: none}}
controls: []
targets:
  - {{name: alpha, provider: deepseek, base_url: "http://127.0.0.1:{sim}/deepseek/v1", key: "${{CANARY_KEY_ALPHA}}"}}
  - {{name: beta, provider: deepseek, base_url: "http://127.0.0.1:{sim}/deepseek/v1", key: "${{CANARY_KEY_BETA}}", max_asks: {asks}}}
alerts:
  - webhook: "http://127.0.0.1:{hook}/hook"
  - {{name: zh, feishu: "http://127.0.0.1:{hook}/feishu", language: zh}}
"""


def a_budget_that_is_spent_is_told_once_and_its_end_too(house):
    receiver = house.receiver()
    receiver.answers["feishu"] = [(200, '{"code":0}')]
    sim = house.sim("")
    house.write("dimwatch.yaml", config(sim, receiver.port, "1/day"))
    run = house.start("run")

    def told():
        return [(g["body"]["type"], g["body"]["data"]["incident"]["subject"])
                for g in receiver.accepted("hook") if g["body"]["data"]["incident"]["subject"] == "budget"]
    wait_for(lambda: told() == [("incident.opened", "budget")], 60, "the budget to be told")
    # A reload that changes nothing about it ends nothing; vantage and store wait for a restart.
    house.write("dimwatch.yaml", config(sim, receiver.port, "1/day").replace("test-1", "test-2")
                + "store: {path: other.db}\n")
    run.send_signal(signal.SIGHUP)
    wait_for(lambda: "reloaded" in open(run.err).read(), 30, "the reload")

    def asked():
        return len(house.rows("select 1 from samples_v where target = 'alpha'"))
    mark = asked()
    wait_for(lambda: asked() >= mark + 3, 60, "three asks behind it")
    equal(told(), [("incident.opened", "budget")], "what was told behind a reload")
    equal(house.rows("select state from incidents where subject = 'budget'"), [{"state": 0}], "it is open")
    house.write("dimwatch.yaml", config(sim, receiver.port, "none"))
    run.send_signal(signal.SIGHUP)
    wait_for(lambda: len(told()) == 2, 60, "its end")
    equal(told()[1], ("incident.resolved", "budget"), "the end")
    check("test-2" not in str([g["body"] for g in receiver.accepted("hook")]), "no vantage without a restart")
    equal(house.rows("select distinct vantage from series"), [{"vantage": "test-1"}], "vantage of the series")
    wait_for(lambda: len(receiver.accepted("feishu")) == 2, 30, "the same in Chinese")
    equal(house.stop(run), 0, "exit code")
    first = receiver.accepted("hook")[0]["body"]["data"]
    equal(first["incident"]["class"], "self", "class")
    check("budget is spent" in first["title"], first["title"])
    title = receiver.accepted("feishu")[0]["body"]["card"]["header"]["title"]["content"]
    check("预算已用完" in title, title)
    rows = house.rows("select words from incident_causes")
    check(any("beta" in r["words"] and "alpha" not in r["words"] for r in rows), f"{rows}")
    evidence("budget spent", "told once as an incident of ours, and its end")


main([a_budget_that_is_spent_is_told_once_and_its_end_too])
