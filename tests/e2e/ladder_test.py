# SPDX-License-Identifier: MIT
"""Ladders and kept connections with the real binary: cheap rungs wake the paid one, one
incident is told, `status` and `probe` show the rungs; a warm target keeps its connection."""

import json
import signal

from harness import check, equal, main, wait_for

SLOW = "1m"  # the paid rung's own pace: no test waits for it


def config(sim, hook, probe, more=""):
    return f"""\
vantage: test-1
targets:
  - name: alpha
    provider: groq
    base_url: http://127.0.0.1:{sim}/deepseek/v1
    key: ${{CANARY_KEY_ALPHA}}
    probe: {probe}
    budget: none
    max_asks: none
{more}channels:
  - {{name: hook, webhook: "http://127.0.0.1:{hook}/hook/x", secret: "${{CANARY_SIGNING}}"}}
routes:
  - to: [hook]
"""


LADDER = f"{{door: 1s, models: 2s, stream: {SLOW}}}"


def kinds(house):
    return {r["kind"]: r["n"] for r in house.rows(
        "select kind, count(*) as n from samples_v group by kind")}


def status(house):
    p = house.run("status", "--json")
    return {t["kind"]: t for t in json.loads(p.text)["targets"]}


def failing_rungs_wake_the_paid_one_and_one_incident_is_told(house):
    receiver = house.receiver()
    sim = house.sim("at 8s deepseek: http 500\n", 0, "--keys")
    house.write("dimwatch.yaml", config(sim, receiver.port, LADDER))
    run = house.start("run")
    wait_for(lambda: len(kinds(house)) == 3, 20, "a sample of each rung")
    wait_for(lambda: receiver.accepted("hook"), 50, "the outage, long before the stream's own turn")
    incident = receiver.accepted("hook")[0]["body"]["data"]["incident"]
    equal(incident["scope"]["targets"], ["alpha"], "affected targets")
    rows = status(house)
    equal([rows[k]["rung"] for k in ("stream", "models", "door")], [False, True, True], "rungs")
    equal(rows["door"]["incident"], None, "the incident is the lead's")
    check(rows["stream"]["incident"], "the lead has it")
    text = house.run("status").text
    lines = [line.split()[0] for line in text.splitlines() if "alpha" in line]
    equal(lines, ["alpha", "alpha/models", "alpha/door"], "status shows rungs behind their lead")
    equal(house.stop(run), 0, "exit code")
    equal([i["subject"] for i in house.rows("select subject from incidents_v")], ["alpha"], "one incident")
    causes = house.rows("select causes from incidents_v")[0]["causes"]
    check(house.rows("select 1 from samples_v where kind='door' and outcome='ok'"), "a door that refused genuinely")
    check("beside it" in causes and "door up" in causes and "models " in causes, f"what the rungs saw: {causes}")
    equal(len(receiver.accepted("hook")), 1, "told once")
    for words in ([], ["-c", "dimwatch.yaml"]):
        p = house.run("replay", "--json", *words)
        opened = [u for u in map(json.loads, p.text.splitlines()) if u.get("update") == "opened"]
        equal([u["subject"] for u in opened if "/" not in u["subject"]][:1], ["alpha"], f"replayed: {p.text}")
        check(not any("/" in u["subject"] for u in opened), f"no incident of a rung: {p.text}")
    stream = house.rows("select outcome from samples_v where kind='stream'")
    check(len(stream) >= 4, f"the stream was asked again at once: {stream}")


def probe_by_hand_shows_all_rungs_or_one(house):
    sim = house.sim("at 0s deepseek: ok\n", 0, "--keys")
    house.write("dimwatch.yaml", config(sim, 9, LADDER))
    p = house.run("probe", "alpha")
    equal(p.returncode, 0, "exit code")
    for title in ("alpha/models", "alpha/door"):
        check(title in p.text, f"{title}: {p.text}")
    rows = json.loads(house.run("probe", "alpha", "--json").text)
    equal([r["kind"] for r in rows], ["stream", "models", "door"], "kinds, the lead first")
    one = json.loads(house.run("probe", "alpha/door", "--json").text)
    equal((one["kind"], one["outcome"]), ("door", "ok"), "one rung")
    forecast = json.loads(house.run("check", "--json").text)["targets"]
    equal([t["kind"] for t in forecast], ["stream", "models", "door"], "the forecast's rows")


def a_reload_changes_rungs_and_the_others_keep_their_series(house):
    receiver = house.receiver()
    sim = house.sim("at 0s deepseek: ok\n", 0, "--keys")
    house.write("dimwatch.yaml", config(sim, receiver.port, LADDER))
    run = house.start("run")
    wait_for(lambda: len(kinds(house)) == 3, 20, "a sample of each rung")
    house.write("dimwatch.yaml", config(sim, receiver.port, f"{{door: 2s, chat: 1s, stream: {SLOW}}}"))
    run.send_signal(signal.SIGHUP)
    wait_for(lambda: "chat" in kinds(house), 20, "a sample of the new rung")
    wait_for(lambda: set(status(house)) == {"stream", "chat", "door"}, 20, "status without the old rung")
    equal(house.stop(run), 0, "exit code")
    series = house.rows("select kind, count(*) as n from series group by kind order by kind")
    equal([(s["kind"], s["n"]) for s in series],
          [("chat", 1), ("door", 1), ("models", 1), ("stream", 1)], "a series a rung")
    equal(house.rows("select * from incidents_v"), [], "nothing happened")
    equal(receiver.accepted("hook"), [], "nothing was told")


def a_warm_target_keeps_its_connection_and_its_own_series(house):
    sim = house.sim("at 0s deepseek: ok\n", 0, "--keys")
    warm = f"""\
  - name: beta
    provider: groq
    base_url: http://127.0.0.1:{sim}/deepseek/v1
    key: ${{CANARY_KEY_BETA}}
    connection: warm
    interval: 1s
    budget: none
    max_asks: none
    headers: {{X-Gateway: "${{CANARY_KEY_GAMMA}}"}}
"""
    house.write("dimwatch.yaml", config(sim, 9, "{door: 1s}", warm))
    run = house.start("run")
    reused = "select s.reused from samples s join series r on r.id = s.series where r.connection = 'warm'"
    wait_for(lambda: len(house.rows(reused)) >= 4, 20, "samples of the warm one")
    equal(house.stop(run), 0, "exit code")
    got = [r["reused"] for r in house.rows(reused + " order by s.at")]
    check(got[0] == 0 and all(got[2:4]), f"kept, though the first two may overlap: {got}")
    cold = house.rows("select max(s.reused) as m from samples s join series r on r.id = s.series"
                      " where r.connection = 'cold'")
    equal(cold[0]["m"], 0, "a cold one never")


main([failing_rungs_wake_the_paid_one_and_one_incident_is_told,
      probe_by_hand_shows_all_rungs_or_one,
      a_reload_changes_rungs_and_the_others_keep_their_series,
      a_warm_target_keeps_its_connection_and_its_own_series], at_once=4)
