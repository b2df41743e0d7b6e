# SPDX-License-Identifier: MIT
"""Telling people, with the real binary: one incident is one thread where the channel can
do that, also when dimwatch is killed in the middle of it."""

import email
import email.policy
import json
import os
import signal

from between import certificate
from harness import check, equal, main, wait_for
from smtp import Relay

TOKEN = "xoxb-canary-123456"


def config(sim, hook, channels, routes):
    return f"""\
vantage: test-1
defaults: {{interval: 1s, timeout: 5s, budget: none, max_asks: none}}
controls: []
targets:
  - name: alpha
    provider: deepseek
    base_url: http://127.0.0.1:{sim}/deepseek/v1
    key: ${{CANARY_KEY_ALPHA}}
channels:
{channels}routes:
{routes}"""


def one_incident_is_one_thread_even_when_it_is_killed_in_between(house):
    receiver = house.receiver()
    receiver.answers["slackapi"] = [
        (200, json.dumps({"ok": True, "channel": "C0REAL", "ts": "17.5"}))]
    receiver.answers["discord"] = [(200, json.dumps({"id": "1199"}))]
    sim = house.sim("at 2s deepseek: http 500\nat 16s deepseek: ok\n")
    house.env["SLACK_TOKEN"] = TOKEN
    house.write("dimwatch.yaml", config(sim, receiver.port, f"""\
  - {{name: app, slack_app: "${{SLACK_TOKEN}}", chat: C0, base_url: "http://127.0.0.1:{receiver.port}/slackapi", allow_plain_http: on}}
  - {{name: discord, discord: "http://127.0.0.1:{receiver.port}/discord/x"}}
""", "  - {to: [app, discord], repeat: 1h}\n"))
    run = house.start("run")
    wait_for(lambda: len(house.rows("select 1 from deliveries where state = 1")) == 2, 60,
             "both openings on disk")
    house.stop(run, signal.SIGKILL)
    run = house.start("run")
    wait_for(lambda: len(receiver.accepted("slackapi")) >= 3 and
             len(receiver.accepted("discord")) >= 3, 90, "edit and reply at the end")
    equal(house.stop(run), 0, "exit code")

    slack = receiver.accepted("slackapi")
    equal([g["path"].split("/")[-1] for g in slack],
          ["chat.postMessage", "chat.update", "chat.postMessage"], "calls at Slack")
    equal(slack[0]["body"]["channel"], "C0", "the head goes to the configured channel")
    check("thread_ts" not in slack[0]["body"], "the head is no reply")
    equal((slack[1]["body"]["channel"], slack[1]["body"]["ts"]), ("C0REAL", "17.5"), "the edit")
    equal((slack[2]["body"]["thread_ts"], slack[2]["body"]["reply_broadcast"]), ("17.5", True),
          "the reply")
    check("is back" in slack[1]["body"]["text"] and "is back" in slack[2]["body"]["text"],
          "both say that it is over")
    equal({g["headers"]["authorization"] for g in slack}, {"Bearer " + TOKEN}, "authorization")

    discord = receiver.accepted("discord")
    equal([(g["method"], g["path"]) for g in discord],
          [("POST", "/discord/x?wait=true"), ("PATCH", "/discord/x/messages/1199?wait=true"),
           ("POST", "/discord/x?wait=true")], "calls at Discord")
    equal(house.rows("select distinct handle from deliveries where channel = 'discord'"),
          [{"handle": "1199"}], "the handle stands in every row")


def each_recipient_gets_one_thread_of_mails_whatever_befalls_the_others(house):
    relay = Relay()
    house.receivers.append(relay)
    relay.replies["slow"] = ["451 4.7.1 greylisted, come back", "250 ok"]
    relay.replies["gone"] = ["550 5.1.1 no such user"]
    sim = house.sim("at 2s deepseek: http 500\nat 14s deepseek: ok\n")
    house.write("dimwatch.yaml", config(sim, 0, "".join(
        f"""\
  - {{name: {who}, email: "smtp://127.0.0.1:{relay.port}", from: dimwatch@hk-1.example, to: {who}@example.test}}
""" for who in ("well", "slow", "gone")), "  - to: [well, slow, gone]\n"))
    run = house.start("run")

    def mails(who):
        with relay.lock:
            return [email.message_from_bytes(m["data"], policy=email.policy.default)
                    for m in relay.mails if m["to"].startswith(who)]
    # The recipient that is gone is trouble of our own, told to the other two.
    wait_for(lambda: len([m for m in mails("well") if "deepseek" in m["Subject"] or
                          "alpha" in m["Subject"]]) >= 2 and
             any("resolved" in m["Subject"] for m in mails("slow")), 90, "the mails")
    wait_for(lambda: any("channel gone" in m["Subject"] for m in mails("well")), 30,
             "word of the recipient that is gone")
    equal(house.stop(run), 0, "exit code")

    equal(len(mails("gone")), 0, "mails to nobody")
    opened, resolved = [m for m in mails("well") if "alpha" in m["Subject"]]
    check(opened["Subject"].startswith("[critical, down] alpha #"), opened["Subject"])
    check(resolved["Subject"].startswith("[resolved] alpha #"), resolved["Subject"])
    equal(resolved["References"], opened["Message-ID"], "one thread")
    equal(resolved["In-Reply-To"], opened["Message-ID"], "one thread")
    text = opened.get_body(("plain",)).get_content()
    html = opened.get_body(("html",)).get_content()
    check("alpha is down" in text and "Whose fault" in text, text)
    check("alpha is down" in html and "<table>" in html, html)
    equal(opened.defects + resolved.defects, [], "what a mail reader complains of")
    check("EHLO hk-1.example" in relay.heard, "the name in EHLO")
    rows = house.rows("select channel, kind, state, attempts, last_error from deliveries_v "
                      "where channel = 'slow' and kind = 'opened'")
    check(any(r["attempts"] >= 2 for r in rows), f"the greylisted one was tried again: {rows}")
    words = house.rows("select words from channels where name = 'gone'")
    equal(words, [{"words": "550 5.1.1 no such user"}], "the relay's own words")


def a_password_is_never_sent_without_tls(house):
    relay = Relay(hello=("250-relay", "250 AUTH PLAIN LOGIN"))
    house.receivers.append(relay)
    sim = house.sim("at 1s deepseek: http 500\n")
    house.env["RELAY"] = f"smtp://user:canary-relay-password@127.0.0.1:{relay.port}"
    house.write("dimwatch.yaml", config(sim, 0, """\
  - {name: mail, email: "${RELAY}", from: dimwatch@hk-1.example, to: a@example.test}
""", "  - to: mail\n"))
    run = house.start("run")
    wait_for(lambda: house.rows("select 1 from channels where name = 'mail' and state = 2"), 60,
             "the channel to be shut")
    equal(house.stop(run), 0, "exit code")
    equal(relay.mails, [], "mails")
    check(not any(line.upper().startswith("AUTH") for line in relay.heard), f"{relay.heard}")
    check("no TLS" in house.rows("select words from channels")[0]["words"], "it says why")


def a_relay_with_tls_gets_the_right_password_and_refuses_the_wrong_one(house):
    cert, key = certificate(house.dir, "relay", ["localhost"])
    relay = Relay(certificate=(cert, key))
    house.receivers.append(relay)
    house.write("dimwatch.yaml", config(0, 0, "".join(f"""\
  - {{name: {word}, email: "smtp://me:{word}@localhost:{relay.port}", from: d@hk-1.example, to: {word}@example.test}}
""" for word in ("right", "wrong")), "  - to: [right, wrong]\n"))

    def results():
        p = house.run("channels", "test", "--json")
        return {r["channel"]: (r["verdict"], r["words"]) for r in json.loads(p.text)}
    strange = results()
    check(all(v == "shut" and "certificate" in words for v, words in strange.values()),
          f"a certificate that nobody vouches for: {strange}")
    equal((relay.logins, relay.mails), ([], []), "what it got before it was trusted")
    house.env["SSL_CERT_FILE"] = cert
    known = results()
    equal(known, {"right": ("accepted", None), "wrong": ("shut", "535 5.7.8 wrong password")},
          "verdicts")
    equal(sorted(relay.logins), [[b"me", b"right"], [b"me", b"wrong"]], "logins")
    equal([m["to"] for m in relay.mails], ["right@example.test"], "mails")


def a_program_gets_the_news_and_nothing_of_our_secrets(house):
    seen, hold = house.path("own-seen"), house.path("own-hold")
    script = house.write("own-notify", f"""\
#!/bin/sh
# Fails the first time, as a script does whose own network is away.
if [ ! -e {hold} ]; then : > {hold}; echo "no network here"; exit 1; fi
{{ echo "ARGS $1|$2"; env; echo BODY; cat; echo END; pwd; ls /proc/self/fd | wc -l; }} >> {seen}
""")
    os.chmod(script, 0o755)
    gone = house.write("own-gone", "#!/bin/sh\nexit 78\n")
    os.chmod(gone, 0o755)
    sim = house.sim("at 2s deepseek: http 500\nat 14s deepseek: ok\n")
    house.write("dimwatch.yaml", config(sim, 0, f"""\
  - {{name: script, exec: [{script}, --team, "l lm; $(id)"]}}
  - {{name: gone, exec: [{gone}]}}
  - {{name: missing, exec: /nowhere/at-all}}
""", "  - to: [script, gone, missing]\n"))
    run = house.start("run")

    def text():
        return open(seen).read() if os.path.exists(seen) else ""
    wait_for(lambda: text().count("DIMWATCH_EVENT=incident.resolved\n") >= 1, 90, "the end")
    wait_for(lambda: len(house.rows("select 1 from channels where state = 2")) == 2, 30,
             "the two that cannot be run to be shut")
    equal(house.stop(run), 0, "exit code")

    first = text().split("END\n")[0]
    check(first.startswith("ARGS --team|l lm; $(id)\n"), f"argv as it was written: {first[:200]}")
    variables = dict(line.split("=", 1) for line in first.split("BODY")[0].splitlines() if "=" in line)
    equal({k for k in variables if not k.startswith("DIMWATCH_")} - {"PWD", "SHLVL", "_", "OLDPWD"},
          {"PATH", "HOME"} | ({"LANG"} & set(house.env)), "variables beside ours")
    body = json.loads(first.split("BODY\n")[1])
    events = [line for line in text().splitlines() if line.startswith("DIMWATCH_EVENT=")]
    check("DIMWATCH_EVENT=incident.opened" in events and "DIMWATCH_EVENT=incident.resolved" in events,
          f"{events}")
    equal(body["type"], variables["DIMWATCH_EVENT"], "the body says the same")
    check(text().split("END\n")[1].startswith("/\n"), "it runs in /")
    words = {r["name"]: r["words"] for r in house.rows("select name, words from channels where state = 2")}
    equal(words, {"gone": "exit status 78", "missing": "No such file or directory"}, "why they are shut")
    rows = house.rows("select attempts from deliveries_v where channel = 'script' and kind = 'opened' "
                      "order by created_ms")
    check(rows and rows[0]["attempts"] == 2, f"it was tried again: {rows}")
    os.unlink(seen)


def a_program_that_hangs_dies_with_dimwatch(house):
    pids = house.path("own-pids")
    script = house.write("own-hang", f"#!/bin/sh\necho $$ >> {pids}\nexec sleep 1000\n")
    os.chmod(script, 0o755)
    sim = house.sim("at 1s deepseek: http 500\n")
    house.write("dimwatch.yaml", config(sim, 0, f"  - {{name: hang, exec: [{script}]}}\n",
                                        "  - to: hang\n"))
    run = house.start("run")
    pid = wait_for(lambda: os.path.exists(pids) and open(pids).read().strip(), 60, "the program")
    equal(house.stop(run), 0, "exit code")
    check(not os.path.exists(f"/proc/{pid.split()[0]}"), "it is gone")
    equal(house.rows("select state from deliveries_v"), [{"state": "pending"}], "it stays owed")


def a_test_message_says_what_the_far_side_said(house):
    receiver = house.receiver()
    receiver.answers["good"] = [(200, "ok")]
    receiver.answers["dead"] = [(404, "no_service")]
    house.write("dimwatch.yaml", config(0, 0, f"""\
  - {{name: good, slack: "http://127.0.0.1:{receiver.port}/good/x"}}
  - {{name: dead, slack: "http://127.0.0.1:{receiver.port}/dead/x"}}
  - {{name: nobody, webhook: "http://127.0.0.1:1/x"}}
""", "  - to: [good, dead, nobody]\n"))
    p = house.run("channels")
    equal((p.returncode, [line.split()[:2] for line in p.text.splitlines()]),
          (0, [["good", "slack"], ["dead", "slack"], ["nobody", "webhook"]]), "the list")
    p = house.run("channels", "test", "good")
    equal(p.returncode, 0, p.text + p.errors)
    check("accepted" in p.text, p.text)
    equal(len(receiver.got), 1, "one message")
    check("test" in receiver.got[0]["body"]["text"], "it says that it is a test")
    p = house.run("channels", "test", "--json")
    equal(p.returncode, 1, p.text + p.errors)
    rows = {r["channel"]: r for r in json.loads(p.text)}
    equal([rows[n]["verdict"] for n in ("good", "dead", "nobody")],
          ["accepted", "shut", "later"], "verdicts")
    equal((rows["dead"]["words"], rows["dead"]["told"]), ("no_service", False), "their words")
    p = house.run("channels", "test", "pigeon")
    equal(p.returncode, 2, "an unknown name")
    check(not os.path.exists(house.path("dimwatch.db")), "no database is made")


main([one_incident_is_one_thread_even_when_it_is_killed_in_between,
      each_recipient_gets_one_thread_of_mails_whatever_befalls_the_others,
      a_password_is_never_sent_without_tls,
      a_relay_with_tls_gets_the_right_password_and_refuses_the_wrong_one,
      a_program_gets_the_news_and_nothing_of_our_secrets,
      a_program_that_hangs_dies_with_dimwatch,
      a_test_message_says_what_the_far_side_said], at_once=5)
