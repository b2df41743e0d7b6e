# SPDX-License-Identifier: MIT
"""A webhook receiver with moods: it takes a message, answers late, answers 500, asks for
patience (429), falls silent, hangs up, forbids, or is not there at all (connection refused,
its port kept). It remembers every message that arrived whole, and what it was told. Moods
follow from a seed; no message is refused more than twice, so that nothing waits for minutes."""

import collections
import http.server
import json
import random
import select
import socket
import struct
import threading

# mood: weight
MOODS = {"take": 60, "late": 18, "error": 9, "silent": 6, "hang_up": 5}
MAY_BE_SHUT = {**MOODS, "forbid": 2}
BUSY = {"take": 50, "slow_down": 50}
BROKEN = {"take": 50, "error": 50}
HANGS = {"silent": 1}  # until all are kind
REFUSALS = (403, 429, 500)  # answers after which a message counts as not heard
PATIENCE = 2  # definite failures of one message
SILENCE_S = 20  # longer than the program waits for an answer


def news_of(told):
    """What a message tells: of one incident, or of many that were folded into one."""
    data = told["data"]
    if told["type"] == "incidents.summary":
        return [{"type": i["type"], "incident": i["id"], "seq": i["sequence"],
                 "told_late": i["told_late"]} for i in data["incidents"]]
    return [{"type": told["type"], "incident": data["incident"]["id"],
             "seq": data["sequence"], "told_late": data.get("told_late", False)}]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        owner = self.server.owner
        length = int(self.headers.get("Content-Length", "0"))
        body = self.rfile.read(length)
        if len(body) < length:  # the sender died while it spoke
            self.close_connection = True
            return
        message = owner.take_in(self.path, self.headers, body)
        try:
            getattr(self, message["mood"])(message)
        finally:
            with owner.lock:
                owner.unanswered -= 1

    def answer(self, message, status, headers=()):
        message["status"] = status  # first: whoever reads it must not outrun us
        self.send_response(status)
        for header in headers:
            self.send_header(*header)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def sender_is_gone(self, seconds):
        """Waits for the other side to hang up, at most this long."""
        ready, _, _ = select.select([self.connection], [], [], seconds)
        return bool(ready)

    def take(self, message):
        self.answer(message, 200)

    def late(self, message):
        if not self.sender_is_gone(message["wait_s"]):
            self.answer(message, 200)

    def error(self, message):
        self.answer(message, 500)

    def slow_down(self, message):
        self.answer(message, 429, [("Retry-After", "1")])

    def forbid(self, message):
        self.answer(message, 403)

    def silent(self, message):
        self.sender_is_gone(SILENCE_S)
        self.close_connection = True

    def hang_up(self, message):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    def log_message(self, *words):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def server_bind(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        super().server_bind()

    def handle_error(self, request, client_address):
        pass  # the sender was killed: that is what this is about


class Receiver:
    def __init__(self, seed, channels):
        """channels: name: the weights of its moods"""
        self.rng = random.Random(seed)
        self.channels = channels
        self.lock = threading.Lock()
        self.got = []  # messages in the order of their arrival
        self.failures = collections.Counter()  # by id
        self.unanswered = 0
        self.arrived = threading.Event()
        self.is_kind = False
        # Bound, never listening: it keeps the port ours while nobody answers there.
        self.guard = socket.socket()
        self.guard.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self.guard.bind(("127.0.0.1", 0))
        self.port = self.guard.getsockname()[1]
        self.server = None
        self.open()

    def open(self):
        if self.server:
            return
        self.server = Server(("127.0.0.1", self.port), Handler)
        self.server.owner = self
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def refuse(self):
        if self.server:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    def close(self):
        self.refuse()
        self.guard.close()

    def mood(self, channel, key):
        moods = self.channels[channel]
        if self.is_kind or (moods is not HANGS and self.failures[key] >= PATIENCE):
            return "take"
        mood = self.rng.choices(list(moods), moods.values())[0]
        if mood not in ("take", "late", "forbid"):
            self.failures[key] += 1
        return mood

    def take_in(self, path, headers, body):
        told = json.loads(body)
        key = headers["webhook-id"].removeprefix("msg_")
        channel = path.split("/")[1]
        with self.lock:
            message = {"id": key, "channel": channel, "type": told["type"],
                       "news": news_of(told),
                       "mood": self.mood(channel, key), "status": None,
                       "wait_s": self.rng.uniform(0.05, 1.0)}
            self.got.append(message)
            self.unanswered += 1
        self.arrived.set()
        return message

    def messages(self):
        with self.lock:
            return list(self.got)
