# SPDX-License-Identifier: MIT
"""A drill beside what is real: it can be acknowledged as it would be in earnest, and an
outage of the same target that begins meanwhile is told like any other. And a message that
somebody drops is told to nobody."""

import json
import socket

from harness import check, equal, evidence, main, wait_for

CONFIG = """\
vantage: test-1
defaults: {{interval: 1s, timeout: 5s, budget: none, max_asks: none}}
controls: []
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
  - {{name: other, webhook: "http://127.0.0.1:{other}/other/x"}}
  - {{name: boss, webhook: "http://127.0.0.1:{hook}/boss/x"}}
routes:
  - {{to: [good, other], escalate: {{after: 1h, to: [boss]}}}}
"""


def stuck():
    """Takes connections and never answers: a drill waits for it, up to 20 s a step."""
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    s.listen(16)
    return s


def get_well(house, stuck_socket):
    """It answers from here on: the drill goes on as fast as it is told."""
    port = stuck_socket.getsockname()[1]
    stuck_socket.close()
    house.receiver(port)


def begin(house, script, other=None):
    receiver, sim = house.receiver(), house.sim(script)
    house.env["USER"] = "ann"
    house.write("dimwatch.yaml", CONFIG.format(
        sim=sim, hook=receiver.port, other=other.getsockname()[1] if other else receiver.port))
    run = house.start("run")
    wait_for(lambda: house.rows("select 1 from samples"), 60, "a first sample")
    return receiver, run


def told(receiver, path="good"):
    return [(g["body"]["type"].split(".")[1], g["body"]["data"]["title"].startswith("DRILL: "))
            for g in receiver.accepted(path) if g["body"]["type"].startswith("incident.")]


def open_drill(house):
    return wait_for(lambda: house.rows(
        "select id, short_id from incidents where state = 0 and subject_kind = 7"), 30, "the drill")[0]


def a_drill_is_acknowledged_as_in_earnest(house):
    slow = stuck()
    receiver, run = begin(house, "", slow)
    drill = house.start("drill", "alpha")
    short = open_drill(house)["short_id"]
    wait_for(lambda: told(receiver), 30, "its opening")
    p = house.run("ack", short.lower(), "--note", "I would switch to beta")
    equal((p.returncode, p.errors), (0, ""), "ack")
    check(p.text.startswith(f"{short} (drill alpha) is acknowledged; told to good"), p.text)
    wait_for(lambda: ("acknowledged", True) in told(receiver), 30, "the acknowledgement in its thread")
    p = house.run("ack", short)
    check(p.returncode == 0 and "is in hand since" in p.text and "by ann" in p.text, p.text + p.errors)
    get_well(house, slow)
    drill.wait(120)
    wait_for(lambda: house.rows("select 1 from incidents where state = 1"), 60, "its end")
    wait_for(lambda: ("resolved", True) in told(receiver), 30, "its end is told")
    row = house.rows("select subject_kind, subject, acked, hand from incidents")
    equal([(r["subject_kind"], r["subject"]) for r in row], [(7, "alpha")], "all there is in the record")
    check(row[0]["acked"], f"{row}")
    equal(row[0]["hand"], "acknowledged by ann: I would switch to beta", "the record of the drill")
    equal(house.run("ack", short).returncode, 2, "what is over cannot be acknowledged")
    status = json.loads(house.run("status", "--json").text)
    equal(status["acknowledged"], [], "in hand")
    check(not any(t["health"] in ("down", "degraded") or t["incident"] for t in status["targets"]), f"{status}")
    equal(told(receiver, "boss"), [], "escalated")
    equal(house.stop(run), 0, "exit code")


def a_real_outage_that_begins_during_a_drill_of_its_target_is_told(house):
    slow = stuck()
    receiver, run = begin(house, "at 3s deepseek: http 503\nat 15s deepseek: ok\n", slow)
    drill = house.start("drill", "alpha")
    played = open_drill(house)["id"]
    real = wait_for(lambda: house.rows(
        "select id from incidents where state = 0 and subject_kind <> 7"), 60, "the real one")[0]["id"]
    check(house.rows("select 1 from incidents where id = ? and opened <= "
                     "(select opened from incidents where id = ?)", played, real), "the drill was first")
    equal(house.rows("select state from incidents where id = ?", played)[0]["state"], 0,
          "the drill is still being played")
    wait_for(lambda: ("opened", False) in told(receiver), 30, "the real one is told")
    status = json.loads(house.run("status", "--json").text)
    check(status["targets"][0]["health"] in ("down", "degraded"), f"{status['targets'][0]}")
    get_well(house, slow)
    drill.wait(120)
    wait_for(lambda: ("resolved", True) in told(receiver), 60, "the drill's end")
    wait_for(lambda: ("resolved", False) in told(receiver), 60, "the real one's end")
    equal(house.stop(run), 0, "exit code")
    for drilled in (True, False):
        kinds = [k for k, d in told(receiver) if d == drilled]
        equal((kinds[0], kinds[-1], kinds.count("opened"), kinds.count("resolved")),
              ("opened", "resolved", 1, 1), f"told of the {'drill' if drilled else 'outage'}: {kinds}")
    evidence("an outage during a drill", f"{len(told(receiver))} messages, each once, neither lost")


def a_dropped_message_is_told_to_nobody(house):
    receiver, run = begin(house, "at 3s deepseek: http 503\nat 16s deepseek: ok\n")
    with receiver.lock:
        receiver.answers["other"] = [(500, "not now")]
    tail = wait_for(lambda: house.rows(
        "select id from deliveries where channel = 'other' and state = 0 and attempts > 0"),
        60, "a message that waits")[0]["id"][-8:]
    # One that is under way at that moment cannot be dropped, and is said to be so.
    p = wait_for(lambda: (lambda q: q if "under way" not in q.text else None)(
        house.run("deliveries", "drop", tail, "ZZZZZZZZ")), 30, "an answer")
    equal(p.returncode, 2, "one of them is unknown: " + p.text + p.errors)
    check(f"{tail} (opened at other) is dropped: nobody is told" in p.text + p.errors, p.text + p.errors)
    row = wait_for(lambda: house.rows(
        "select last_error from deliveries where id like '%' || ? and state = 2", tail), 30, "its row")[0]
    equal(row["last_error"], "dropped by hand; before: not now", "why")
    with receiver.lock:
        receiver.answers["other"] = [(200, "ok")]
    p = house.run("deliveries", "drop", tail)
    check(p.returncode == 1 and "was given up already" in p.text + p.errors, p.text + p.errors)
    wait_for(lambda: ("resolved", False) in told(receiver), 60, "the end")
    equal(house.stop(run), 0, "exit code")
    check("opened" not in [k for k, _ in told(receiver, "other")], f"{told(receiver, 'other')}")
    equal([k for k, _ in told(receiver)].count("opened"), 1, "the other channel's is not touched")


main([a_drill_is_acknowledged_as_in_earnest,
      a_real_outage_that_begins_during_a_drill_of_its_target_is_told,
      a_dropped_message_is_told_to_nobody], at_once=3)
