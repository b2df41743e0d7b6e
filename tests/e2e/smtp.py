# SPDX-License-Identifier: MIT
"""A mail relay for tests: keeps what it is given, answers a recipient with what a test
wants (`replies`: local part to a list of reply lines, the last one stays). With a
certificate (and its key) it offers STARTTLS and then AUTH."""

import base64
import socketserver
import ssl
import threading


class Relay:
    def __init__(self, hello=("250 relay",), certificate=None):
        self.mails, self.replies, self.heard, self.lock = [], {}, [], threading.Lock()
        self.logins = []
        relay = self
        if certificate:
            hello = ("250-relay", "250 STARTTLS")
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)

        class Session(socketserver.StreamRequestHandler):
            def say(self, *lines):
                for line in lines:
                    self.wfile.write(line.encode() + b"\r\n")

            def handle(self):
                self.say("220 relay")
                mail_from, to = "", ""
                while True:
                    line = self.rfile.readline().decode(errors="replace").rstrip("\r\n")
                    verb = line.split(" ")[0].upper()
                    with relay.lock:
                        relay.heard.append(line)
                    if not line or verb == "QUIT":
                        self.say("221 bye")
                        return
                    if verb == "EHLO":
                        over_tls = isinstance(self.connection, ssl.SSLSocket)
                        self.say(*(("250-relay", "250 AUTH PLAIN") if over_tls else hello))
                    elif verb == "STARTTLS" and certificate:
                        self.say("220 go on")
                        self.connection = context.wrap_socket(self.connection, server_side=True)
                        self.rfile = self.connection.makefile("rb")
                        self.wfile = self.connection.makefile("wb", 0)
                    elif verb == "AUTH":
                        self.log_in(line)
                    elif verb == "MAIL":
                        mail_from = line.partition("<")[2].partition(">")[0]
                        self.say("250 ok")
                    elif verb == "RCPT":
                        to = line.partition("<")[2].partition(">")[0]
                        self.say(relay.reply(to))
                    elif verb == "DATA":
                        self.say("354 go on")
                        self.take(mail_from, to)
                    else:
                        self.say("502 not here")

            def log_in(self, line):
                word = line.split(" ")[2:]
                if not word:
                    self.say("334 ")
                    word = [self.rfile.readline().decode().strip()]
                relay.logins.append(base64.b64decode(word[0]).split(b"\0")[1:])
                self.say("235 welcome" if relay.logins[-1][1] == b"right" else "535 5.7.8 wrong password")

            def take(self, mail_from, to):
                data = b""
                while not data.endswith(b"\r\n.\r\n"):
                    data += self.rfile.readline()
                with relay.lock:
                    relay.mails.append({"from": mail_from, "to": to, "data": data[:-3]})
                self.say("250 kept")

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *words: None
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def reply(self, to):
        with self.lock:
            rows = self.replies.get(to.split("@")[0], ["250 ok"])
            return rows.pop(0) if len(rows) > 1 else rows[0]

    def close(self):
        self.server.shutdown()
        self.server.server_close()
