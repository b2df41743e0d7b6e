# SPDX-License-Identifier: MIT
"""The main job, with the real binary: an outage is seen, told once, resolved once; nothing
is lost when the receiver is down and dimwatch is killed; no secret is ever written."""

import signal
import sqlite3

from harness import SECRETS, check, equal, main, wait_for


def config(sim, hook, extra=""):
    return f"""\
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
  - name: gamma
    provider: dashscope
    base_url: http://127.0.0.1:{sim}/dashscope/v1
    key: ${{CANARY_KEY_GAMMA}}
channels:
  - name: chat
    slack: "http://127.0.0.1:{hook}/slack/${{CANARY_HOOK}}"
  - name: hook
    webhook: "http://127.0.0.1:{hook}/hook/${{CANARY_HOOK}}"
    secret: ${{CANARY_SIGNING}}
routes:
  - to: [chat, hook]
{extra}"""


def types(receiver, path):
    return [g["body"]["type"] for g in receiver.accepted(path)]


def an_outage_is_told_once_and_resolved_once_and_the_tables_agree(house):
    receiver = house.receiver()
    sim = house.sim("at 3s deepseek: http 500\nat 14s deepseek: ok\n")
    house.write("dimwatch.yaml", config(sim, receiver.port))
    run = house.start("run")
    wait_for(lambda: len(receiver.accepted("hook")) >= 2, 60, "opened and resolved at the webhook")
    wait_for(lambda: len(receiver.accepted("slack")) >= 2, 20, "opened and resolved at slack")
    equal(house.stop(run), 0, "exit code")

    equal(types(receiver, "hook"), ["incident.opened", "incident.resolved"], "webhook types")
    equal(len(receiver.accepted("slack")), 2, "slack messages")
    opened = receiver.accepted("hook")[0]["body"]["data"]["incident"]
    equal(opened["scope"]["targets"], ["alpha"], "affected targets")
    check("alpha" in receiver.accepted("slack")[0]["body"]["text"] or
          "DeepSeek" in receiver.accepted("slack")[0]["body"]["text"], "the message names the target")

    incidents = house.rows("select * from incidents_v")
    equal([(i["subject"], i["state"]) for i in incidents], [("alpha", "closed")], "incidents_v")
    equal(incidents[0]["id"], opened["id"], "the told id is the stored id")
    failures = house.rows("select count(*) as n from samples_v where target='alpha' and outcome='http_5xx'")
    check(failures[0]["n"] >= incidents[0]["failures"] >= 3, f"failures agree: {failures} {incidents}")
    others = house.rows("select count(*) as n from samples_v where target<>'alpha' and outcome<>'ok' and outcome<>'local'")
    equal(others[0]["n"], 0, "failures of the others")
    deliveries = house.rows("select * from deliveries_v")
    equal(sorted((d["channel"], d["kind"], d["state"]) for d in deliveries),
          [("chat", "opened", "sent"), ("chat", "resolved", "sent"),
           ("hook", "opened", "sent"), ("hook", "resolved", "sent")], "deliveries_v")
    sent = {d["id"] for d in deliveries if d["channel"] == "hook"}
    equal({g["headers"]["webhook-id"].removeprefix("msg_") for g in receiver.accepted("hook")}, sent,
          "webhook-ids are the delivery ids")


def a_message_survives_a_dead_receiver_and_kill_9(house):
    receiver = house.receiver()
    port = receiver.port
    receiver.close()
    house.receivers.remove(receiver)
    sim = house.sim("at 3s deepseek: http 500\n")
    house.write("dimwatch.yaml", config(sim, port))
    first = house.start("run")
    wait_for(lambda: house.rows("select 1 from deliveries_v where kind='opened' and channel='hook' and attempts>=1"),
             40, "a try at the dead receiver")
    house.stop(first, signal.SIGKILL)
    equal(house.rows("pragma quick_check"), [{"quick_check": "ok"}], "quick_check")
    owed = house.rows("select id from deliveries_v where kind='opened' and channel='hook'")[0]["id"]
    receiver = house.receiver(port)
    second = house.start("run")
    wait_for(lambda: receiver.accepted("hook"), 90, "the message after both are back")
    house.stop(second)
    equal([g["headers"]["webhook-id"] for g in receiver.accepted("hook")
           if g["body"]["type"] == "incident.opened"], ["msg_" + owed], "one webhook-id")
    equal(len(house.rows("select 1 from incidents_v where state='open'")), 1, "open incidents")


def a_hanging_channel_delays_neither_probes_nor_the_other_channel(house):
    receiver = house.receiver()
    sim = house.sim("at 2s deepseek: http 500\nat 0s hook stuck: hang head\n")
    house.write("dimwatch.yaml", config(sim, receiver.port).replace(
        f"http://127.0.0.1:{receiver.port}/slack/", f"http://127.0.0.1:{sim}/hook/stuck/"))
    run = house.start("run")
    wait_for(lambda: receiver.accepted("hook"), 30, "the other channel's message")
    before = house.rows("select count(*) as n from samples_v where target='beta'")[0]["n"]
    wait_for(lambda: house.rows("select count(*) as n from samples_v where target='beta'")[0]["n"] >= before + 3,
             10, "probes while a channel hangs")
    equal(house.stop(run), 0, "exit code")


def an_alarm_is_spoken_while_the_database_is_locked_and_written_when_it_is_free(house):
    receiver = house.receiver()
    sim = house.sim("at 6s deepseek: http 500\n")
    house.write("dimwatch.yaml", config(sim, receiver.port))
    run = house.start("run")
    wait_for(lambda: house.rows("select 1 from samples_v where target='gamma'"), 30, "a first sample")
    lock = sqlite3.connect(house.path("dimwatch.db"), isolation_level=None, timeout=10)
    lock.execute("begin immediate")
    opened = wait_for(lambda: [g for g in receiver.accepted("hook") if g["body"]["data"]["incident"]["scope"]["targets"] == ["alpha"]],
                      90, "the alarm while nothing can be written")
    check("unrecorded=1" in open(run.err).read(), "the log says that it is not on disk yet")
    equal(house.rows("select 1 from incidents_v where subject='alpha'"), [], "nothing is on disk")
    lock.execute("rollback")
    lock.close()
    told = opened[0]["headers"]["webhook-id"].removeprefix("msg_")
    wait_for(lambda: house.rows("select 1 from deliveries_v where id=? and state='sent'", told), 40,
             "the same delivery on disk")
    wait_for(lambda: house.rows("select 1 from incidents_v where subject like '%disk' and state='closed'"),
             40, "our own trouble, over")
    equal(house.stop(run), 0, "exit code")
    told_twice = [g for g in receiver.accepted("hook") if g["headers"]["webhook-id"] == "msg_" + told]
    equal(len(told_twice), 1, "told once")


def sigterm_ends_within_two_seconds_and_loses_nothing(house):
    receiver = house.receiver()
    sim = house.sim("at 0s deepseek: hang first_token 60s\n")
    house.write("dimwatch.yaml", config(sim, receiver.port))
    run = house.start("run")
    wait_for(lambda: house.rows("select 1 from samples_v where target='gamma'"), 30, "a first sample")
    equal(house.stop(run, seconds=2), 0, "exit code")
    last = house.rows("select clean from runs order by id desc limit 1")
    equal(last, [{"clean": 1}], "the run ended cleanly")
    failed = house.rows("select distinct outcome from samples_v where target='alpha'")
    equal([r["outcome"] for r in failed], ["local"], "what was cut off is nobody's fault")
    equal(house.rows("select * from incidents_v"), [], "incidents")


def a_second_dimwatch_on_the_same_database_is_refused(house):
    receiver = house.receiver()
    sim = house.sim("")
    house.write("dimwatch.yaml", config(sim, receiver.port))
    first = house.start("run")
    wait_for(lambda: house.rows("select 1 from samples_v"), 30, "a first sample")
    second = house.run("run")
    equal(second.returncode, 3, "exit code of the second")
    check("dimwatch.db" in second.errors, "the sentence names the file")
    equal(house.stop(first), 0, "exit code of the first")


def sighup_takes_a_good_config_and_refuses_a_broken_one(house):
    receiver = house.receiver()
    sim = house.sim("")
    text = config(sim, receiver.port)
    house.write("dimwatch.yaml", text)
    run = house.start("run")
    wait_for(lambda: house.rows("select 1 from samples_v where target='gamma'"), 30, "a first sample")
    house.write("dimwatch.yaml", text + "nonsense: 1\n")
    run.send_signal(signal.SIGHUP)
    wait_for(lambda: "reload_refused" in open(run.err).read(), 10, "the refusal")
    check("dimwatch.yaml:" in open(run.err).read(), "the error names the file and line")
    house.write("dimwatch.yaml", text.replace("name: gamma", "name: delta"))
    run.send_signal(signal.SIGHUP)
    wait_for(lambda: house.rows("select 1 from samples_v where target='delta'"), 30, "the new target")
    old = house.rows("select count(distinct series) as n from samples join series on series.id = samples.series where target='alpha'")
    equal(old, [{"n": 1}], "an unchanged target keeps its series")
    equal(house.stop(run), 0, "exit code")


def status_and_incidents_read_a_running_and_a_dead_database(house):
    receiver = house.receiver()
    sim = house.sim("at 0s deepseek: overloaded\n")
    house.write("dimwatch.yaml", config(sim, receiver.port))
    run = house.start("run")
    wait_for(lambda: house.rows("select 1 from incidents_v"), 30, "an incident")
    keys = {name: house.env.pop(name) for name in SECRETS}  # a shell without keys may look
    status = house.run("status")
    house.env.update(keys)
    equal(status.returncode, 1, "status: somebody is down")
    check("alpha" in status.text and "down" in status.text, status.text)
    short = house.run("incidents", "--json").text
    check("overloaded" in short, short)
    house.stop(run, signal.SIGKILL)
    status = house.run("status")
    check("not running" in status.text, status.text)
    listing = house.run("incidents")
    equal(listing.returncode, 1, "an outage is open")
    check("alpha" in listing.text, listing.text)


def probe_says_whose_fault_it_is_without_touching_a_database(house):
    sim = house.sim("at 0s deepseek: overloaded\nat 0s moonshot: quota\n")
    house.write("dimwatch.yaml", config(sim, 9))
    p = house.run("probe", "--all")
    equal(p.returncode, 1, "exit code")
    lines = {line.split()[0]: line for line in p.text.splitlines() if line}
    check("overloaded" in lines["alpha"] and "theirs" in lines["alpha"], p.text)
    check("quota" in lines["beta"] and "yours" in lines["beta"], p.text)
    check("ok" in lines["gamma"] and "use this one" in lines["gamma"], p.text)
    check(not house.rows("select 1"), "no database was made")
    one = house.run("probe", "gamma", "--json")
    equal(one.returncode, 0, "exit code of a good one")
    check('"outcome":"ok"' in one.text, one.text)


if __name__ == "__main__":
    main([an_outage_is_told_once_and_resolved_once_and_the_tables_agree,
          a_message_survives_a_dead_receiver_and_kill_9,
          a_hanging_channel_delays_neither_probes_nor_the_other_channel,
          an_alarm_is_spoken_while_the_database_is_locked_and_written_when_it_is_free,
          sigterm_ends_within_two_seconds_and_loses_nothing,
          a_second_dimwatch_on_the_same_database_is_refused,
          sighup_takes_a_good_config_and_refuses_a_broken_one,
          status_and_incidents_read_a_running_and_a_dead_database,
          probe_says_whose_fault_it_is_without_touching_a_database])
