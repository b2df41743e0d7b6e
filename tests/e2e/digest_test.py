# SPDX-License-Identifier: MIT
"""The digest through the real outbox: owed for a moment that passed while dimwatch was off,
told once, however often it is killed and started again, with the figures of the database."""

import signal
import sqlite3
import time

from harness import check, equal, main, wait_for

CONFIG = """\
vantage: test-1
defaults: {{interval: 1s, timeout: 5s, budget: none, max_asks: none}}
targets:
  - name: alpha
    provider: deepseek
    base_url: http://127.0.0.1:{sim}/deepseek/v1
    key: ${{CANARY_KEY_ALPHA}}
alerts:
  - webhook: "http://127.0.0.1:{hook}/hook/x"
{digest}"""


def samples(house):
    return (house.rows("SELECT count(*) AS n FROM samples") or [{"n": 0}])[0]["n"]


def start_and_ask(house, how_many=3):
    before, daemon = samples(house), house.start("run")
    wait_for(lambda: samples(house) >= before + how_many, 30, "samples")
    return daemon


def two_days_ago(house):
    """As if it had been running since then."""
    d = sqlite3.connect(house.path(house.database))
    with d:
        d.execute("UPDATE runs SET started = started - 172800000")
    d.close()


def a_digest_is_told_once_over_kills_and_restarts(house):
    receiver, sim = house.receiver(), house.sim("")
    house.write("dimwatch.yaml", CONFIG.format(sim=sim, hook=receiver.port, digest=""))
    equal(house.stop(start_and_ask(house)), 0, "exit")
    equal(receiver.got, [], "messages without a digest")
    two_days_ago(house)
    moment = time.gmtime(time.time() - 120)
    digest = f'digest: {{every: "daily {moment.tm_hour:02}:{moment.tm_min:02} UTC", to: webhook}}\n'
    house.write("dimwatch.yaml", CONFIG.format(sim=sim, hook=receiver.port, digest=digest))
    for _ in range(3):
        daemon = start_and_ask(house)
        wait_for(lambda: receiver.accepted("hook"), 20, "the digest")
        daemon.send_signal(signal.SIGKILL)
        daemon.wait(10)
    ids = {g["headers"]["webhook-id"] for g in receiver.got}
    equal(len(ids), 1, "digests, by their keys")
    body = receiver.got[0]["body"]
    equal(body["type"], "digest", "type")
    text = str(body)
    check("no incident" in text, text)
    rows = house.rows("SELECT kind, state FROM deliveries_v")
    equal(rows, [{"kind": "digest", "state": "sent"}], "deliveries")
    p = house.run("check")
    check("digest to webhook: daily" in p.text, p.text)


main([a_digest_is_told_once_over_kills_and_restarts])
