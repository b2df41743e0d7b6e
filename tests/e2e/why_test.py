# SPDX-License-Identifier: MIT
"""`dimwatch why` from the database alone: while an outage lasts, when it is over, and when
dimwatch is off."""

import json
import re

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
    depends_on: alpha
alerts:
  - webhook: "http://127.0.0.1:{hook}/hook/x"
"""


def has(text, *words):
    for w in words:
        check(w in text, f"{w!r} in:\n{text}")


def the_story_of_an_outage_is_told_while_it_lasts_and_after(house):
    receiver = house.receiver()
    sim = house.sim("at 3s deepseek: http 503\nat 12s deepseek: ok\n")
    house.write("dimwatch.yaml", CONFIG.format(sim=sim, hook=receiver.port))
    run = house.start("run")
    wait_for(lambda: len(receiver.accepted("hook")) >= 1, 60, "opened at the webhook")
    p = house.run("why", "alpha")
    equal(p.returncode, 0, p.errors)
    has(p.text, "alpha has been d", "(incident ", "It began at ", "HTTP 503", "Since it began ",
        "The fault is theirs", "It was decided at ", "auto: ", "It is asked every 1 s",
        "It is over after ", "In numbers: ")
    check("not running" not in p.text, p.text)
    p = house.run("why", "beta")
    has(p.text, "beta has been up since ", "In the last hour all ", "It would be an outage after ")
    wait_for(lambda: "behind alpha" in house.run("why", "gamma").text, 20, "gamma is behind alpha")
    has(house.run("why", "gamma").text, "gamma has been unknown since ",
        "It is behind alpha, which has an outage")
    p = house.run("status")
    check(re.search(r"^gamma +unknown: behind alpha, which is (down|degraded) ", p.text, re.M), p.text)
    behind = {t["target"]: t["behind"] for t in json.loads(house.run("status", "--json").text)["targets"]}
    equal(behind, {"alpha": None, "beta": None, "gamma": "alpha"}, "behind, as JSON")
    wait_for(lambda: len(receiver.accepted("hook")) >= 2, 60, "resolved at the webhook")
    equal(house.stop(run), 0, "exit code")

    short = house.rows("select short_id from incidents")[0]["short_id"]
    for word in (short, short.lower()):
        p = house.run("why", word)
        equal(p.returncode, 0, p.errors)
        has(p.text, f"{short}: alpha was ", "It began at ", "HTTP 503", " asks failed: ",
            "It ended with the first good answer")
    p = house.run("why", "alpha")
    has(p.text, "alpha has been up since ", "dimwatch is not running", f"Its last incident was {short}")
    p = house.run("why", "nobody")
    equal(p.returncode, 2, "an unknown name")
    has(p.errors, "status", "incidents")


def without_a_name_or_a_database_it_says_so(house):
    equal(house.run("why").returncode, 2, "without a name")
    equal(house.run("why", "alpha", "beta").returncode, 2, "two at once")
    p = house.run("why", "alpha", "--database", "nothing.db")
    equal(p.returncode, 3, "without a database")
    has(p.errors, "nothing.db")


if __name__ == "__main__":
    main([the_story_of_an_outage_is_told_while_it_lasts_and_after,
          without_a_name_or_a_database_it_says_so])
