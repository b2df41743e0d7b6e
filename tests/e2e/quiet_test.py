# SPDX-License-Identifier: MIT
"""Quiet hours over a kill and a restart: what they keep back is kept back by the next run
too, and told once when they are over. The long form (DIMWATCH_TESTS_LONG) lives to see
their end, a minute at most; else they end while dimwatch is off."""

import os
import signal
import sqlite3
import time

from harness import check, equal, evidence, main, wait_for

LONG = bool(os.environ.get("DIMWATCH_TESTS_LONG"))
CONFIG = """\
vantage: test-1
defaults: {{interval: 1s, timeout: 5s, budget: none, max_asks: none}}
controls: []
targets:
  - name: alpha
    provider: deepseek
    base_url: http://127.0.0.1:{sim}/deepseek/v1
    key: ${{CANARY_KEY_ALPHA}}
channels:
  - {{name: asleep, webhook: "http://127.0.0.1:{hook}/asleep/x"}}
routes:
  - {{to: [asleep], quiet: {{hours: "{hours}", except: none}}}}
"""


def minute(t):
    return time.strftime("%H:%M", time.gmtime(t))


def types(receiver, path):
    return [g["body"]["type"] for g in receiver.accepted(path)]


def held(house):
    return house.rows("select id, held_until, attempts from deliveries where channel = 'asleep' and state = 0")


def samples(house):
    return house.rows("select count(*) n from samples")[0]["n"]


def what_quiet_hours_keep_back_survives_a_restart_and_is_told_once(house):
    receiver, sim = house.receiver(), house.sim("at 2s deepseek: http 503\n")
    now = time.time()
    end = (int(now + (30 if LONG else 3600)) // 60 + 1) * 60  # 30 to 90 s ahead

    def begin(until):
        house.write("dimwatch.yaml", CONFIG.format(
            sim=sim, hook=receiver.port, hours=f"{minute(until - 7200)}-{minute(until)} UTC"))
        return house.start("run")

    run = begin(end)
    rows = wait_for(lambda: held(house), 60, "what is kept back")
    equal(len(rows), 1, "rows")
    equal((rows[0]["held_until"], rows[0]["attempts"]), (end * 1000, 0), "until when")
    house.stop(run, signal.SIGKILL)
    before = samples(house)
    run = begin(end)
    wait_for(lambda: samples(house) >= before + 3, 30, "three seconds of the next run")
    equal([r["id"] for r in held(house)], [rows[0]["id"]], "still kept back, under its key")
    equal(types(receiver, "asleep"), [], "told in the quiet hours")
    if not LONG:
        equal(house.stop(run), 0, "exit code")
        end = int(time.time()) // 60 * 60  # over, while it was off
        with sqlite3.connect(house.path(house.database)) as d:
            d.execute("update deliveries set held_until = ? where id = ?", (end * 1000, rows[0]["id"]))
        d.close()
        run = begin(end)
    wait_for(lambda: types(receiver, "asleep"), 120, "the end of the quiet hours")
    check(time.time() >= end, "told before they ended")
    equal(receiver.accepted("asleep")[0]["headers"]["webhook-id"], "msg_" + rows[0]["id"], "its key")
    # Killed before that it was sent is on disk, it would be repeated with its key.
    wait_for(lambda: not held(house), 30, "the row")
    house.stop(run, signal.SIGKILL)
    before = samples(house)
    run = begin(end)
    wait_for(lambda: samples(house) >= before + 3, 30, "one more run")
    equal(types(receiver, "asleep"), ["incident.opened"], "told once")
    equal(house.stop(run), 0, "exit code")
    evidence("quiet hours over restarts", "kept back over 1 kill, told once when they ended, not again")


main([what_quiet_hours_keep_back_survives_a_restart_and_is_told_once])
