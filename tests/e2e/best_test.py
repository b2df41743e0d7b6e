# SPDX-License-Identifier: MIT
"""`dimwatch best`: the first healthy rival in order of preference, sticky, with reasons; and
the message of an outage names the same class's rival."""

import json

from harness import check, equal, main, wait_for

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
  - name: gamma
    provider: dashscope
    base_url: http://127.0.0.1:{sim}/dashscope/v1
    key: ${{CANARY_KEY_GAMMA}}
failover:
  chat: [alpha, gamma, beta]
alerts:
  - webhook: "http://127.0.0.1:{hook}/hook/x"
"""


def rivals(house):
    p = house.run("best", "chat", "--json")
    check(p.returncode in (0, 1), p.errors)
    return json.loads(p.text)


def why_of(got, name):
    return [r for r in got["rivals"] if r["target"] == name][0]["why"]


def who_is_paused_or_in_maintenance_is_nobody_s_rival(house):
    """And `why` says so. Whoever is left is alpha, which came back just now."""
    equal(house.run("pause", "gamma", "--note", "new contract").returncode, 0, "pause")
    got = rivals(house)
    check(got["best"] != "gamma" and got["rivals"][-1]["target"] == "gamma", got)
    check("paused for " in why_of(got, "gamma") and "new contract" in why_of(got, "gamma"), got)
    p = house.run("why", "gamma")
    check("gamma has been paused since " in p.text and "new contract" in p.text
          and "`dimwatch resume gamma`" in p.text, p.text)
    text = open(house.path("dimwatch.yaml")).read()
    house.write("window.yaml", text + "maintenance:\n  - {match: {target: beta}, every: "
                "\"daily 00:00-24:00 UTC\"}\n")
    p = house.run("best", "chat", "--json", "-c", "window.yaml")
    got = json.loads(p.text)
    equal((p.returncode, got["best"]), (0, "alpha"), "the only one that is asked")
    check("in maintenance for " in why_of(got, "beta"), got)
    p = house.run("why", "beta", "-c", "window.yaml")
    check("beta has been up since " in p.text and "It is in maintenance until " in p.text
          and "Times are UTC" in p.text, p.text)
    house.write("alone.yaml", text.replace("[alpha, gamma, beta]", "[gamma]"))
    p = house.run("best", "chat", "-c", "alone.yaml")
    equal(p.returncode, 1, "nobody is well")
    check("there is no other" in p.text and "paused" in p.text, p.text)


def traffic_goes_to_the_first_healthy_rival_and_stays_there(house):
    receiver = house.receiver()
    sim = house.sim("at 4s deepseek: http 503\nat 12s deepseek: ok\n")
    house.write("dimwatch.yaml", CONFIG.format(sim=sim, hook=receiver.port))
    run = house.start("run")
    wait_for(lambda: len(receiver.accepted("hook")) >= 1, 60, "opened at the webhook")
    check("gamma" in json.dumps(receiver.accepted("hook")[0]["body"]),
          "the message names the next of the class, not the next of the config")
    got = rivals(house)
    equal((got["class"], got["best"], got["healthy"]), ("chat", "gamma", True), "while alpha is down")
    equal([r["target"] for r in got["rivals"]], ["gamma", "beta", "alpha"], "the order")
    check("incident" in got["rivals"][2]["why"], got)
    p = house.run("best", "--name")
    equal((p.returncode, p.text), (0, "gamma\n"), "the only class, for scripts")
    wait_for(lambda: len(receiver.accepted("hook")) >= 2, 60, "resolved at the webhook")
    got = rivals(house)
    equal(got["best"], "gamma", "alpha must be well for a while first")
    check("up again" in [r for r in got["rivals"] if r["target"] == "alpha"][0]["why"], got)
    text = house.run("best", "chat").text
    check("use this one" in text.splitlines()[0] and "gamma" in text.splitlines()[0], text)
    who_is_paused_or_in_maintenance_is_nobody_s_rival(house)
    equal(house.stop(run), 0, "exit code")
    p = house.run("best", "chat")
    equal(p.returncode, 1, "nobody is known to be healthy when dimwatch is off")
    check("not running" in p.text, p.text)


def a_class_that_does_not_exist_is_exit_2_with_the_nearest(house):
    house.write("dimwatch.yaml", CONFIG.format(sim=1, hook=1))
    p = house.run("best", "chatt")
    equal(p.returncode, 2, p.text)
    check("did you mean 'chat'" in p.errors, p.errors)
    p = house.run("best", "chat")
    equal(p.returncode, 3, "without a database")


if __name__ == "__main__":
    main([traffic_goes_to_the_first_healthy_rival_and_stays_there,
          a_class_that_does_not_exist_is_exit_2_with_the_nearest])
