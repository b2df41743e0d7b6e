# SPDX-License-Identifier: MIT
"""What the end-to-end tests share: the real binary, the real simulator, a webhook receiver
that can misbehave, and TAP. Everything lives in one temporary folder and on the loopback;
everything that was started is ended. Waiting is always for something that can be seen
(a row, a line, a request), with a deadline that means failure."""

import concurrent.futures
import http.server
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

SECRETS = {  # planted; none may appear in anything the program writes
    "CANARY_KEY_ALPHA": "sk-canary-alpha-7f3b9c2d1e4a",
    "CANARY_KEY_BETA": "sk-canary-beta-a1b2c3d4e5f6",
    "CANARY_KEY_GAMMA": "sk-canary-gamma-0f9e8d7c6b5a",
    "CANARY_HOOK": "canaryhook7d6f5e4c3b2a",
    "CANARY_SIGNING": "whsec_Y2FuYXJ5LXNpZ25pbmctc2VjcmV0LTMyLWJ5dGU=",
}


class Failed(Exception):
    pass


def check(condition, words):
    if not condition:
        raise Failed(words)


def equal(got, wanted, words):
    check(got == wanted, f"{words}: got {got!r}, wanted {wanted!r}")


def evidence(name, value):
    """What a run proved, for the table of tests/report."""
    print(f"# evidence {name}: {value}", flush=True)


def wait_for(what, seconds, words):
    """Calls what() until it is true; Failed after `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        got = what()
        if got:
            return got
        time.sleep(0.02)  # polling a condition, not waiting for time to pass
    raise Failed(f"waited {seconds} s for: {words}")


class Receiver:
    """A webhook receiver. `answers` maps a path to a list of (status, body); the last one
    stays. Every request is kept with its headers and body."""

    def __init__(self, port=0):
        self.got, self.answers, self.lock = [], {}, threading.Lock()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                n = int(self.headers.get("Content-Length", "0"))
                body = self.rfile.read(n)
                with receiver.lock:
                    rows = receiver.answers.get(self.path.split("/")[1], [])
                    status, text = rows.pop(0) if len(rows) > 1 else (
                        rows[0] if rows else (200, "ok"))
                    receiver.got.append({"path": self.path, "status": status,
                                         "method": self.command,
                                         "headers": {k.lower(): v for k, v in self.headers.items()},
                                         "body": json.loads(body)})
                self.send_response(status)
                self.send_header("Content-Type", "text/plain")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            do_PATCH = do_POST

            def log_message(self, *words):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *words: None  # who asks may be killed meanwhile
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def accepted(self, path):
        with self.lock:
            return [g for g in self.got if g["path"].startswith("/" + path) and g["status"] == 200]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class House:
    """One temporary folder with everything that a test starts in it."""

    def __init__(self, binary):
        self.binary = os.path.abspath(binary)
        self.dir = tempfile.mkdtemp(prefix="dimwatch-e2e-")
        self.database = "dimwatch.db"
        self.started, self.receivers, self.outputs = [], [], []
        self.env = {"PATH": os.environ["PATH"], "HOME": self.dir, "LC_ALL": "C.UTF-8", **SECRETS}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
            if name in os.environ:
                self.env[name] = os.environ[name]

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, text):
        with open(self.path(name), "w") as f:
            f.write(text)
        return self.path(name)

    def start(self, *words, **how):
        return self.start_other([self.binary, *words], **how)

    def start_other(self, command, **how):
        """Any program; what it writes must hold no secret either. how: for Popen."""
        n = len(self.outputs)
        out, err = self.path(f"out{n}.txt"), self.path(f"err{n}.txt")
        self.outputs += [out, err]
        with open(out, "w") as o, open(err, "w") as e:
            p = subprocess.Popen(command, cwd=self.dir, env=self.env, stdout=o,
                                 stderr=e, stdin=subprocess.DEVNULL, **how)
        p.out, p.err = out, err
        self.started.append(p)
        return p

    def run(self, *words, timeout=60, **how):
        p = self.start(*words, **how)
        p.wait(timeout)
        p.text, p.errors = open(p.out).read(), open(p.err).read()
        return p

    def sim(self, script, port=0, *more):
        p = self.start("sim", "--port", str(port), "--script", self.write("script.sim", script), *more)

        def port():
            text = open(p.out).read()
            return text.split("http://127.0.0.1:")[1].split()[0].strip("/") if "http://127.0.0.1:" in text and "\n" in text else None
        return int(wait_for(port, 20, "the simulator to say its port"))

    def receiver(self, port=0):
        r = Receiver(port)
        self.receivers.append(r)
        return r

    def db(self):
        d = sqlite3.connect(f"file:{self.path(self.database)}?mode=ro", uri=True, timeout=5)
        d.row_factory = sqlite3.Row
        return d

    def rows(self, sql, *args):
        try:
            d = self.db()
            try:
                return [dict(r) for r in d.execute(sql, args)]
            finally:
                d.close()
        except sqlite3.OperationalError:
            return []  # not there yet

    def stop(self, p, signo=signal.SIGTERM, seconds=10):
        p.send_signal(signo)
        p.wait(seconds)
        return p.returncode

    def leaks(self):
        """Every planted secret in every file that the program wrote."""
        found = []
        for folder, _, names in os.walk(self.dir):
            for name in names:
                if name.startswith("own-"):
                    continue  # written by the test itself
                with open(os.path.join(folder, name), "rb") as f:
                    data = f.read()
                found += [f"{s} in {name}" for s in SECRETS.values() if s.encode() in data]
        return found

    def close(self):
        for p in self.started:
            if p.poll() is None:
                p.kill()
                p.wait(10)
        for r in self.receivers:
            r.close()

    def sanitizer_words(self):
        words = []
        for p in self.outputs:
            text = open(p, errors="replace").read()
            words += [line for line in text.splitlines()
                      if "ERROR: AddressSanitizer" in line or "runtime error:" in line or
                      "ERROR: LeakSanitizer" in line]
        return words


def play(binary, test):
    """One test in a house of its own: what went wrong (None: nothing), as lines."""
    house, words = House(binary), None
    try:
        test(house)
        house.close()
        equal(house.leaks(), [], "planted secrets in what the program wrote")
        equal(house.sanitizer_words(), [], "sanitizer findings")
    except (Failed, subprocess.TimeoutExpired, OSError, KeyError, IndexError, ValueError) as e:
        words = f"{type(e).__name__}: {e}"
    house.close()
    if not words:
        subprocess.run(["rm", "-rf", house.dir], check=False)
        return None
    lines = words.splitlines()
    for p in filter(os.path.exists, house.outputs):
        tail = open(p, errors="replace").read()[-1500:]
        if tail:
            lines += [f"--- {os.path.basename(p)}", *tail.splitlines()]
    return lines


def main(tests, at_once=1):
    """Runs the tests (functions that take a House) as TAP; the binary is argv[1]. Tests
    that mostly wait may run several at once."""
    print(f"1..{len(tests)}", flush=True)
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
        results = [pool.submit(play, sys.argv[1], test) for test in tests]
        for i, (test, result) in enumerate(zip(tests, results), 1):
            lines = result.result()
            print(f"{'not ok' if lines else 'ok'} {i} - {test.__name__}", flush=True)
            if lines:
                failed = 1
                print("\n".join("# " + line for line in lines))
    sys.exit(failed)
