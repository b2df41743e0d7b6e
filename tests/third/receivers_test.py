# SPDX-License-Identifier: MIT
"""What dimwatch sends, as the vendors' own libraries read it (receivers.mjs): the official
Standard Webhooks verifier, Slack's types by the TypeScript compiler, Discord's builders,
Microsoft's Adaptive Cards, and a mail server with STARTTLS and AUTH that is not ours. A
plain, a hostile and a huge provider fail, get worse and come back. The libraries are found
in $DIMWATCH_RECEIVERS (a folder with node_modules) or build/third; .ci/run puts them
there."""

import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e"))
from between import certificate  # noqa: E402
from harness import SECRETS, check, equal, evidence, main, wait_for  # noqa: E402

FOLDER = os.environ.get("DIMWATCH_RECEIVERS") or os.path.join(HERE, "..", "..", "build", "third")
PACKAGES = ["standardwebhooks", "smtp-server", "mailparser", "adaptivecards", "@slack/types",
            "typescript", "@discordjs/builders"]
NODE_AT_LEAST = (20, 0)
SECRET = SECRETS["CANARY_SIGNING"]
HOSTILE = ("<!channel> @everyone <@U1> `code` **bold** [a](https://evil.example) <at id=all>\r\n"
           "X-Injected: yes\r\n.\r\nRCPT TO:<x@evil.example>\r\n<script>alert(1)</script> "
           "\x1b[31mred \u202eevil\u2066 \u200b \u0000 \ud83d\ude00 }\"]")
# the failing answers of each target
WORDS = {"plain": "Server overloaded, please retry later", "hostile": HOSTILE, "huge": "x" * 100_000}
NEWS = {"incident.opened", "incident.changed", "incident.resolved"}


def why_not():
    """A clear word why they cannot run here, '' when they can."""
    node = shutil.which("node")
    if not node:
        return "node is not installed, 20 or newer is needed"
    out = subprocess.run([node, "--version"], stdout=subprocess.PIPE, text=True, check=False)
    if tuple(int(n) for n in re.findall(r"\d+", out.stdout)[:2]) < NODE_AT_LEAST:
        return f"node is {out.stdout.strip()}, 20 or newer is needed"
    missing = [p for p in PACKAGES if not os.path.exists(
        os.path.join(FOLDER, "node_modules", p, "package.json"))]
    if missing:
        return f"{' '.join(missing)} not installed: .ci/run does it, or set DIMWATCH_RECEIVERS"
    return ""


class Provider:
    """Answers every chat with its words, until it is well."""

    def __init__(self, words):
        self.is_well = False
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers.get("Content-Length", "0")))
                body = {"id": "c1", "object": "chat.completion", "model": "m", "choices": [
                    {"index": 0, "message": {"role": "assistant", "content": "7"},
                     "finish_reason": "stop"}]} if provider.is_well else {
                         "error": {"message": words, "type": words[:80], "code": words[:80]}}
                data = json.dumps(body).encode()
                self.send_response(200 if provider.is_well else 500)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *words):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Strangers:
    def __init__(self, house):
        cert, key = certificate(house.dir, "relay", ["localhost"])
        house.env["SSL_CERT_FILE"] = cert
        self.process = house.start_other([shutil.which("node"), os.path.join(HERE, "receivers.mjs"),
                                          FOLDER, SECRET, cert, key])
        # They keep what they get: the test's own file, no leak of ours.
        os.rename(self.process.out, house.path("own-strangers"))
        house.outputs.remove(self.process.out)
        self.out = house.path("own-strangers")
        self.ports = wait_for(lambda: self.lines()[:1], 60, "the strangers to listen")[0]["ports"]

    def lines(self):
        with open(self.out) as f:
            return [json.loads(line) for line in f if line.endswith("\n")]

    def got(self, kind):
        return [g for g in self.lines()[1:] if g["kind"] == kind]


def config(providers, ports, channels):
    base = f"http://127.0.0.1:{ports['http']}"
    targets = "".join(f"""\
  - name: {name}
    dialect: openai-chat
    url: http://127.0.0.1:{provider.port}/v1/chat/completions
    model: m
    key: ${{CANARY_KEY_ALPHA}}
    probe: chat
    auto: off
""" for name, provider in providers.items())
    rows = {
        "webhook": f'webhook: "{base}/webhook/late", secret: "${{CANARY_SIGNING}}"',
        "slack": f'slack: "{base}/slack/x"', "discord": f'discord: "{base}/discord/x"',
        "teams": f'teams: "{base}/teams/x"',
        "mail": f'email: "smtp://me:right@localhost:{ports["smtp"]}", '
                'from: dimwatch@hk-1.example, to: oncall@example.test'}
    return f"""\
vantage: test-1
defaults: {{interval: 1s, timeout: 5s, budget: none, max_asks: none}}
controls: []
targets:
{targets}rules:
  - {{name: some, when: "error_rate > 20% over 10s, at least 2 failures", resolve_for: 1s, severity: minor}}
  - {{name: many, when: "error_rate > 20% over 10s, at least 5 failures", resolve_for: 1s, severity: critical}}
alerts:
""" + "".join(f"  - {{name: {name}, {rows[name]}}}\n" for name in channels)


def through_an_outage(house, channels, done):
    """Fails, gets worse, recovers; until done(strangers) says that all of it has arrived."""
    providers, strangers = {n: Provider(words) for n, words in WORDS.items()}, Strangers(house)
    house.receivers.extend(providers.values())
    house.write("dimwatch.yaml", config(providers, strangers.ports, channels))
    tested = house.run("channels", "test")
    equal(tested.returncode, 0, tested.text + tested.errors)
    run = house.start("run")
    wait_for(lambda: len(house.rows("select distinct incident from deliveries_v where "
                                    "kind = 'changed' and state = 'sent'")) >= 3, 30, "it to get worse")
    for provider in providers.values():
        provider.is_well = True
    wait_for(lambda: done(strangers), 60, "the end of it everywhere")
    equal(house.stop(run), 0, "exit code")
    return strangers


def webhooks_pass_the_official_verifier(house):
    def done(s):
        return [g["body"]["type"] for g in s.got("webhook") if g["status"] == 200].count(
            "incident.resolved") >= 3
    strangers = through_an_outage(house, ["webhook"], done)
    got = strangers.got("webhook")
    equal([g["wrong"] for g in got], [""] * len(got), "what the verifier says")
    types = {g["body"]["type"] for g in got}
    equal(types & (NEWS | {"test"}), NEWS | {"test"}, "types")
    first = next(g for g in got if g["status"] == 503)
    again = [g for g in got if g["id"] == first["id"]]
    equal([g["status"] for g in again], [503, 200], "a repetition keeps its id")
    ids = [g["id"] for g in got if g["status"] == 200]
    equal(len(ids), len(set(ids)), "ids are unique")
    evidence("standardwebhooks", f"{len(got)} signed messages of {len(types)} types verified")


def shapes_pass_the_vendors_libraries(house):
    kinds = ["slack", "discord", "teams"]

    def done(s):
        return not house.rows("select 1 from incidents_v where state <> 'closed'") and \
            not house.rows("select 1 from deliveries_v where state = 'pending'")
    strangers = through_an_outage(house, kinds, done)
    for kind in kinds:
        got = strangers.got(kind)
        equal(sorted({g["wrong"] for g in got}), [""], f"{kind}: what the library says")
        check(len(got) >= 10, f"{kind}: {len(got)} messages")
        whole = json.dumps(got, ensure_ascii=False)
        for bad in ("\x1b", "\u202e", "\u2066", "\u0000", "<!" if kind == "slack" else "\x1b"):
            check(bad not in whole, f"{kind}: {bad!r} arrived")
        evidence(f"shapes of {kind}", f"{len(got)} messages of plain, hostile and huge "
                 "incidents pass the vendor's own library")
    check("PATCH" in {g["method"] for g in strangers.got("discord")}, "Discord's head is edited")


def mails_arrive_as_one_thread_an_incident(house):
    def done(s):
        return len([g for g in s.got("mail") if "resolved" in g.get("subject", "")]) >= 3
    strangers = through_an_outage(house, ["mail"], done)
    got = strangers.got("mail")
    equal({(g["tls"], g["user"], tuple(g["to"]), g["attachments"], g["wrong"]) for g in got},
          {(True, "me", ("oncall@example.test",), 0, "")}, "TLS, user, recipient")
    news = [g for g in got if "x-dimwatch-incident" in g["headers"]]
    equal(len(news), len(got) - 1, "all but the test are about an incident")
    heads = {g["id"] for g in news if not g["references"]}
    equal(len(heads), 3, "one thread an incident")
    for g in news:
        check(not g["references"] or g["references"][0] in heads, f"it hangs on a head: {g}")
        check("x-injected" not in g["headers"], f"headers: {g['headers']}")
        check("<script" not in g["html"] and "&lt;script" in g["html"] or "script" not in g["html"],
              "HTML of a stranger")
        check("\x1b" not in g["text"] and "\u202e" not in g["text"], "control characters")
    equal(len({g["id"] for g in got}), len(got), "ids are unique")
    evidence("mail server", f"{len(got)} mails by STARTTLS and AUTH, {len(heads)} threads")


if __name__ == "__main__":
    reason = why_not()
    if reason:
        print(f"1..0 # SKIP the receivers cannot run: {reason}")
    else:
        main([webhooks_pass_the_official_verifier, shapes_pass_the_vendors_libraries,
              mails_arrive_as_one_thread_an_incident], at_once=3)
