# SPDX-License-Identifier: MIT
"""A provider whose error text holds what must stay secret: the key it was asked with, as it
is, behind `Bearer`, in a URL; other targets' keys; the address and the signing secret of
our own channels. None of it reaches a payload of any channel, a log, a row, or a command."""

import http.server
import json
import os
import threading

from harness import SECRETS, check, equal, evidence, main, wait_for

KEY, OTHER = SECRETS["CANARY_KEY_ALPHA"], SECRETS["CANARY_KEY_BETA"]
HOOK, SIGNING = SECRETS["CANARY_HOOK"], SECRETS["CANARY_SIGNING"]
PLANTED = [
    f"invalid key {KEY}", f"Authorization: Bearer {KEY}", f"x-api-key={KEY}&y=1",
    f"https://user:{KEY}@host.example/v1?key={KEY}", f"{KEY[:12]} {KEY[12:]} {KEY}",
    f"the other key {OTHER}", f"posted to http://127.0.0.1/hook/{HOOK}", f"signed with {SIGNING}",
]


class Provider:
    """Each answer plants the next of them, in message, code and header."""

    def __init__(self):
        self.asked, provider = 0, self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers.get("Content-Length", "0")))
                words = PLANTED[provider.asked % len(PLANTED)]
                provider.asked += 1
                data = json.dumps({"error": {"message": words, "type": words, "code": words}}).encode()
                self.send_response(500)
                self.send_header("x-request-id", words)
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


def channels(port, script):
    base = f"http://127.0.0.1:{port}"
    return {
        "slack": f'slack: "{base}/slack/x"', "teams": f'teams: "{base}/teams/x?sig=a"',
        "webhook": f'webhook: "{base}/hook/${{CANARY_HOOK}}", secret: "${{CANARY_SIGNING}}"',
        "discord": f'discord: "{base}/discord/x"', "feishu": f'feishu: "{base}/feishu/x"',
        "lark": f'lark: "{base}/lark/x", language: zh', "dingtalk": f'dingtalk: "{base}/dingtalk/x"',
        "wecom": f'wecom: "{base}/wecom/x", language: zh', "ntfy": f'ntfy: "{base}/topic-1"',
        "alertmanager": f'alertmanager: "{base}/am"',
        "slack_app": f'slack_app: xoxb-1-2-abc, chat: C0123, base_url: "{base}/slackapi", '
                     'allow_plain_http: on',
        "telegram": f'telegram: "123456789:{"A" * 35}", chat: "-100", base_url: "{base}/tg", '
                    'allow_plain_http: on',
        "pagerduty": f'pagerduty: {"a" * 32}, base_url: "{base}/pd", allow_plain_http: on',
        "exec": f"exec: [{script}]",
    }


def what_a_provider_echoes_reaches_nobody(house):
    provider, receiver = Provider(), house.receiver()
    house.receivers.append(provider)
    seen = house.path("seen.txt")  # looked through for secrets like every file
    script = house.write("notify", f"#!/bin/sh\n{{ env; cat; }} >> {seen}\n")
    os.chmod(script, 0o755)
    # Each in the form that its service says yes with; all of them at once.
    yes = json.dumps({"ok": True, "code": 0, "errcode": 0, "id": "1199", "channel": "C0123",
                      "ts": "17.5", "result": {"message_id": 5}, "status": "success"})
    for path in ("discord", "feishu", "lark", "dingtalk", "wecom", "slackapi", "tg", ""):
        receiver.answers[path] = [(200, yes)]
    rows = channels(receiver.port, script)
    house.write("dimwatch.yaml", f"""\
vantage: test-1
defaults: {{interval: 1s, timeout: 5s, budget: none, max_asks: none}}
controls: []
targets:
  - {{name: alpha, dialect: openai-chat, url: "http://127.0.0.1:{provider.port}/v1/chat/completions", model: m, key: "${{CANARY_KEY_ALPHA}}", probe: chat}}
  - {{name: beta, provider: deepseek, base_url: "http://127.0.0.1:1/v1", key: "${{CANARY_KEY_BETA}}"}}
alerts:
""" + "".join(f"  - {{name: {name}, {row}}}\n" for name, row in rows.items()))
    run = house.start("run")

    def told():
        return {r["channel"] for r in house.rows(
            "select distinct channel from deliveries_v where kind = 'opened' and state = 'sent'")}
    wait_for(lambda: provider.asked >= 2 * len(PLANTED) and told() == set(rows), 90,
             "every channel to be told")
    equal(house.stop(run), 0, "exit code")
    for command in (["status"], ["incidents"], ["deliveries"], ["why", "alpha"]):
        house.run(*command)
    house.run("probe", "alpha", "--json")
    with receiver.lock:
        got = list(receiver.got)
    for g in got:
        g["path"] = g["path"].replace(HOOK, "")
        whole = json.dumps(g, ensure_ascii=False)
        for name, secret in SECRETS.items():
            check(secret not in whole, f"{name} in a payload: {whole[:600]}")
            check(secret[4:20] not in whole, f"part of {name} in a payload: {whole[:600]}")
    check("***" in json.dumps(got), "something was struck out")
    evidence("planted secrets", f"{len(PLANTED)} ways of echoing, {len(rows)} channels, "
             f"{len(got)} payloads, logs, rows and commands hold none of {len(SECRETS)}")


main([what_a_provider_echoes_reaches_nobody])
