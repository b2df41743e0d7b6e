# SPDX-License-Identifier: MIT
"""The dead man's switch over real sockets: a start, a success once everything that was due
is judged and on disk, a failure and no success while nothing can be stored; a redirect is not followed;
the address appears nowhere. And a window of maintenance that holds now."""

import http.server
import signal
import sqlite3
import threading
import time

from harness import SECRETS, check, equal, main, wait_for

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
maintenance:
  - every: "daily 00:00-24:00 UTC"
heartbeat: {{url: "${{HEARTBEAT_URL}}", every: 15s, start: on}}
"""


class Pings:
    """Keeps every ping; answers `status`, with a Location where that is a redirect."""

    def __init__(self, status=200):
        self.got, pings = [], self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                pings.got.append((self.path, body.decode()))
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"OK")

            do_GET = do_POST

            def log_message(self, *words):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *words: None  # who asks may be gone
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/{SECRETS['CANARY_HOOK']}"

    def paths(self):
        return [p.replace("/" + SECRETS["CANARY_HOOK"], "") for p, _ in self.got]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def run(house, pings, script="at 2s deepseek: http 503\n"):
    receiver = house.receiver()
    house.env["HEARTBEAT_URL"] = pings.url
    house.write("dimwatch.yaml", CONFIG.format(sim=house.sim(script), hook=receiver.port))
    return house.start("run"), receiver


def a_success_follows_the_start_and_a_stuck_database_is_a_failure(house):
    pings = Pings()
    daemon, _ = run(house, pings)
    wait_for(lambda: len(pings.got) >= 2, 20, "start and success")
    equal(pings.paths()[:2], ["/start", ""], "what was pinged")
    check("is judged and stored" in pings.got[1][1], f"body: {pings.got[1][1]}")
    check(house.rows("SELECT count(*) AS n FROM samples")[0]["n"] >= 1,
          "a success before anything was on disk")
    lock = sqlite3.connect(house.path(house.database), isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")  # nothing can be committed from here on
    locked = len(pings.got)
    wait_for(lambda: "/fail" in pings.paths(), 60, "the failure")
    equal(pings.paths()[locked:], ["/fail"], "what was pinged while nothing could be stored")
    check("database fails" in pings.got[-1][1], f"body: {pings.got[-1][1]}")
    lock.execute("ROLLBACK")
    lock.close()
    equal(house.stop(daemon), 0, "exit")
    pings.close()


def a_redirect_is_not_followed_and_said_once(house):
    pings = Pings(302)
    daemon, receiver = run(house, pings)
    wait_for(lambda: "heartbeat_fails" in open(daemon.err).read() + open(daemon.out).read(), 20,
             "the log line")
    wait_for(lambda: len(pings.got) >= 2, 20, "two pings")
    check("/elsewhere" not in " ".join(p for p, _ in pings.got), "the redirect was followed")
    # The provider fails since second 2; all of it touches the maintenance.
    wait_for(lambda: house.rows("SELECT 1 FROM samples WHERE judged = 4 AND outcome > 0"), 20,
             "a failure under maintenance")
    p = house.run("status")
    check("maintenance of alpha: daily 00:00-24:00 UTC, now, until " in p.text, p.text)
    p = house.run("check")
    check("maintenance of alpha" in p.text and "heartbeat: every 15s" in p.text, p.text)
    equal(house.stop(daemon), 0, "exit")
    equal(house.rows("SELECT id FROM incidents"), [], "incidents")
    equal(receiver.got, [], "messages")
    text = open(daemon.err).read() + open(daemon.out).read()
    equal(text.count("heartbeat_fails"), 1, "log lines")
    pings.close()


def a_stopped_process_says_nothing_and_then_that_it_was_late(house):
    pings = Pings()
    daemon, _ = run(house, pings, "")
    wait_for(lambda: len(pings.got) >= 2, 20, "start and success")
    daemon.send_signal(signal.SIGSTOP)
    stopped = time.monotonic()
    # Longer than `every`: a ping would be due. One that was under way may still arrive.
    before = wait_for(lambda: time.monotonic() > stopped + 2 and len(pings.got), 10, "two seconds")
    wait_for(lambda: time.monotonic() > stopped + 18, 30, "eighteen seconds")
    equal(len(pings.got), before, "pings of a process that is stopped")
    daemon.send_signal(signal.SIGCONT)
    wait_for(lambda: "/fail" in pings.paths()[before:], 40, "that it was late")
    check("our own loop was late by 1" in pings.got[pings.paths().index("/fail")][1], f"{pings.got}")
    equal(house.stop(daemon), 0, "exit")
    pings.close()


def a_proxy_carries_it(house):
    """Nobody listens at the address itself: what arrives came through the proxy."""
    proxy = Pings()
    receiver = house.receiver()
    house.env["HEARTBEAT_URL"] = f"http://127.0.0.1:1/{SECRETS['CANARY_HOOK']}"
    house.env["PING_PROXY"] = proxy.url.rsplit("/", 1)[0]
    text = CONFIG.format(sim=house.sim(""), hook=receiver.port)
    text = text.replace("max_asks: none}", 'max_asks: none, proxy: "${PING_PROXY}"}')
    house.write("dimwatch.yaml", text.replace("provider: deepseek\n", "provider: deepseek\n    proxy: none\n"))
    daemon = house.start("run")
    wait_for(lambda: len(proxy.got) >= 2, 20, "start and success")
    equal(proxy.paths()[:2], ["http://127.0.0.1:1/start", "http://127.0.0.1:1"], "what the proxy was asked for")
    equal(house.stop(daemon), 0, "exit")
    check("heartbeat_fails" not in open(daemon.err).read() + open(daemon.out).read(), "the log")
    proxy.close()


main([a_success_follows_the_start_and_a_stuck_database_is_a_failure,
      a_redirect_is_not_followed_and_said_once,
      a_stopped_process_says_nothing_and_then_that_it_was_late,
      a_proxy_carries_it], at_once=4)
