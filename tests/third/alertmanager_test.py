# SPDX-License-Identifier: MIT
"""dimwatch against the real Alertmanager (Debian's package prometheus-alertmanager): what
is open fires there under one label set, is back after Alertmanager lost its state, moves
with the severity, and ends with the incident or, without dimwatch, by itself."""

import json
import os
import re
import shutil
import signal
import sys
import time
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from harness import check, equal, evidence, main, wait_for  # noqa: E402

RESEND = 2  # seconds; 60 s by default
BACK_WITHIN = 120  # what is promised at the default pace


def program():
    return shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")


class Alertmanager:
    """One with an empty memory; it notifies the receiver's path /sink."""

    def __init__(self, house, sink_port, port=0):
        self.house = house
        config = house.write("alertmanager.yml", json.dumps({
            "route": {"receiver": "sink", "group_by": ["incident"], "group_wait": "1s",
                      "group_interval": "1s", "repeat_interval": "1h"},
            "receivers": [{"name": "sink", "webhook_configs": [
                {"url": f"http://127.0.0.1:{sink_port}/sink", "send_resolved": True}]}]}))
        storage = house.path(f"am{len(house.started)}")
        self.process = house.start_other([
            program(), f"--config.file={config}", f"--storage.path={storage}",
            f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address="])
        self.port = port or self.find_port()
        wait_for(self.is_ready, 30, "Alertmanager to be ready")

    def find_port(self):
        """The port that it was given by the system: its one listening socket."""
        def look():
            inodes = set()
            for fd in os.listdir(f"/proc/{self.process.pid}/fd"):
                try:
                    inodes |= set(re.findall(r"socket:\[(\d+)\]", os.readlink(
                        f"/proc/{self.process.pid}/fd/{fd}")))
                except OSError:
                    pass
            for line in open("/proc/net/tcp").readlines()[1:]:
                word = line.split()
                if word[3] == "0A" and word[9] in inodes:
                    return int(word[1].split(":")[1], 16)
            return None
        return wait_for(look, 30, "Alertmanager to listen")

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as a:
            return a.read()

    def is_ready(self):
        try:
            self.get("/-/ready")
            return True
        except OSError:
            return False

    def alerts(self):
        try:
            return json.loads(self.get("/api/v2/alerts?active=true"))
        except OSError:
            return []


def start_dimwatch(house, sim, am_port, rules):
    house.write("dimwatch.yaml", f"""\
vantage: test-1
defaults: {{interval: 1s, timeout: 5s, budget: none, max_asks: none}}
controls: []
targets:
  - name: alpha
    provider: deepseek
    base_url: http://127.0.0.1:{sim}/deepseek/v1
    key: ${{CANARY_KEY_ALPHA}}
{rules}alerts:
  - {{alertmanager: "http://127.0.0.1:{am_port}", resend: {RESEND}s}}
""")
    return house.start("run")


def sink(receiver):
    return [(a["status"], a["labels"]["severity"])
            for g in receiver.accepted("sink") for a in g["body"]["alerts"]]


def what_it_lost_is_back_and_the_end_ends_it(house):
    receiver = house.receiver()
    am = Alertmanager(house, receiver.port)
    port = house.sim("at 1s deepseek: http 500\n")
    sim = house.started[-1]
    run = start_dimwatch(house, port, am.port, "")
    alert = wait_for(am.alerts, 60, "the alert")[0]
    labels = alert["labels"]
    equal((labels["alertname"], labels["subject"], labels["provider"], labels["vantage"]),
          ("DimwatchOutage", "alpha", "deepseek", "test-1"), "labels")
    check("alpha is down" in alert["annotations"]["summary"], alert["annotations"])
    check(alert["endsAt"] > alert["startsAt"], "it ends after it began")

    am.process.kill()
    am.process.wait(10)
    am = Alertmanager(house, receiver.port, am.port)
    lost = time.monotonic()
    again = wait_for(am.alerts, BACK_WITHIN, "the alert after Alertmanager lost it")[0]
    back = time.monotonic() - lost
    equal(again["fingerprint"], alert["fingerprint"], "it is the same alert")
    equal(again["startsAt"], alert["startsAt"], "it began when it began")
    evidence("alertmanager", f"state lost in mid-incident is back after {back:.1f} s "
             f"(resend every {RESEND} s)")

    sim.kill()
    sim.wait(10)
    house.sim("", port)
    wait_for(lambda: not am.alerts(), 60, "the end of the alert")
    wait_for(lambda: ("resolved", "critical") in sink(receiver), 30, "the resolved notification")
    equal(house.stop(run), 0, "exit code")
    equal({d["state"] for d in house.rows("select state from deliveries_v")}, {"sent"}, "deliveries")


def a_rise_in_severity_leaves_one_alert(house):
    receiver = house.receiver()
    am = Alertmanager(house, receiver.port)
    port = house.sim("at 1s deepseek: http 500\n")
    run = start_dimwatch(house, port, am.port, """\
rules:
  - {name: some, when: "error_rate > 20% over 1m, at least 3 failures", severity: minor}
  - {name: many, when: "error_rate > 20% over 1m, at least 12 failures", severity: critical}
""".replace("rules:", "    auto: off\nrules:"))
    wait_for(lambda: [a["labels"]["severity"] for a in am.alerts()] == ["minor"], 60, "a minor alert")
    wait_for(lambda: [a["labels"]["severity"] for a in am.alerts()] == ["critical"], 60,
             "one critical alert and no minor one")
    wait_for(lambda: ("firing", "critical") in sink(receiver), 30, "the notification")
    equal(house.stop(run), 0, "exit code")


def without_dimwatch_it_ends_by_itself_and_comes_back_with_it(house):
    receiver = house.receiver()
    am = Alertmanager(house, receiver.port)
    port = house.sim("at 1s deepseek: http 500\n")
    run = start_dimwatch(house, port, am.port, "")
    first = wait_for(am.alerts, 60, "the alert")[0]
    house.stop(run, signal.SIGKILL)
    wait_for(lambda: not am.alerts(), 60, "the alert to end by itself")
    run = house.start("run")
    again = wait_for(am.alerts, 60, "the alert to come back")[0]
    equal(again["fingerprint"], first["fingerprint"], "it is the same alert")
    equal(house.stop(run), 0, "exit code")


if not program():
    print("1..0 # SKIP prometheus-alertmanager is not installed: .ci/run does it")
    sys.exit(0)
main([what_it_lost_is_back_and_the_end_ends_it, a_rise_in_severity_leaves_one_alert,
      without_dimwatch_it_ends_by_itself_and_comes_back_with_it], at_once=3)
