# SPDX-License-Identifier: MIT
"""Somebody between dimwatch and the world: a proxy on the loopback that answers every
CONNECT and every plain request itself, as a captive portal, an interceptor of TLS, a dead
line or the providers themselves would. What it answers is one function: (host, request
line) -> (status, content type, body, extra headers); None: not a word. `seen` holds what
could be read: (host, request line, head and body)."""

import socketserver
import ssl
import subprocess
import threading

PAGE = "<html><body>Welcome to the airport. <form action=/login>Log in</form></body></html>"
CONTROLS = ("cp.cloudflare.com", "captive.apple.com")


def certificate(folder, name, hosts, days=30):
    """A self-signed certificate for these hosts: paths of certificate and key."""
    cert, key = f"{folder}/own-{name}.pem", f"{folder}/own-{name}.key"
    names = ",".join("DNS:" + h for h in hosts)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", cert,
                    "-days", str(days), "-subj", "/CN=between", "-addext",
                    "subjectAltName=" + names], check=True, capture_output=True)
    return cert, key


def portal(host, line):
    return 200, "text/html", PAGE, ""


def redirect(host, line):
    return 302, "text/html", "", "Location: http://portal.example/login\r\n"


def dead(host, line):
    return None


def world(host, line):
    """Everybody at home: controls as they should be, providers refuse."""
    if host == "cp.cloudflare.com":
        return 204, "", "", ""
    if host == "captive.apple.com":
        return 200, "text/html", "<HTML><BODY>Success</BODY></HTML>", ""
    return 401, "application/json", '{"error":{"message":"No API key was provided"}}', ""


class Between:
    """connect: what CONNECT is answered with, a status; 200 opens the tunnel, in which TLS
    is spoken with the certificate (None: the connection is dropped)."""

    def __init__(self, answer, cert=None, connect=200):
        between = self
        self.answer, self.connect, self.seen, self.lock = answer, connect, [], threading.Lock()
        self.tls = None
        if cert:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(*cert)

        class Handler(socketserver.StreamRequestHandler):
            timeout = 60

            def handle(self):
                try:
                    between.serve(self.connection)
                except (OSError, ValueError):
                    pass  # the client went away, which is its right

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads, request_queue_size = True, 256

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def serve(self, connection):
        head, _ = read_head(connection)
        line = head.split("\r\n")[0]
        method, target = line.split()[:2]
        if method == "CONNECT":
            connection.sendall(f"HTTP/1.1 {self.connect} Answer\r\n\r\n".encode())
            if self.connect != 200 or not self.tls:
                return
            connection = self.tls.wrap_socket(connection, server_side=True)
            host = target.split(":")[0]
            head, length = read_head(connection)
            line = head.split("\r\n")[0]
            head += read_body(connection, length)
        else:
            host = target.split("/")[2]
        with self.lock:
            self.seen.append((host, line, head))
        self.say(connection, self.answer(host, line))

    @staticmethod
    def say(connection, said):
        if said is None:
            return
        status, kind, body, extra = said
        head = f"HTTP/1.1 {status} Answer\r\nConnection: close\r\n{extra}"
        if status != 204:
            head += f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        connection.sendall((head + "\r\n" + body).encode())
        if isinstance(connection, ssl.SSLSocket):
            connection.unwrap()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def read_head(connection):
    """The head as text, and the length of the body."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = connection.recv(1)
        if not byte:
            raise ValueError("no request")
        head += byte
    head = head.decode("latin-1")
    lengths = [int(h.split(":")[1]) for h in head.split("\r\n")
               if h.lower().startswith("content-length:")]
    return head, lengths[0] if lengths else 0


def read_body(connection, length):
    body = b""
    while len(body) < length:
        got = connection.recv(min(length - len(body), 65536))
        if not got:
            raise ValueError("no body")
        body += got
    return body.decode("latin-1")
