# SPDX-License-Identifier: MIT
"""dimwatch against somebody else's provider: aimock (npm: @copilotkit/aimock), which reads
the same documents as we and was not written by us. What it does per model is in
tests/data/aimock/fixtures.json. It is found as $DIMWATCH_AIMOCK (the package's folder) or
in build/third/node_modules; .ci/run puts it there."""

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from harness import check, equal, evidence, main, wait_for  # noqa: E402

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
FIXTURES = os.path.join(ROOT, "tests", "data", "aimock")
KEY = "CANARY_KEY_ALPHA"
NODE_AT_LEAST = (20, 15)

# model: outcome, blame, HTTP status, words of the message or evidence
ENDS = {
    "good": ("ok", "none", 200, None),
    "thinks": ("ok", "none", 200, None),
    "slow": ("ok", "none", 200, None),
    "too-slow": ("timeout_first_byte", "provider", None, "no answer within"),
    "overloaded": ("overloaded", "provider", 503, "The server is overloaded"),
    "broken": ("http_5xx", "provider", 500, "The server had an error"),
    "limited": ("rate_limited", "us", 429, "Rate limit reached"),
    "no-key": ("auth", "us", 401, "Incorrect API key"),
    "cut": ("truncated", "provider", 200, "data: {"),
    "short": ("truncated", "provider", 200, "data: {"),
    "hung-up": ("reset", "provider", None, None),
    "dropped": ("http_5xx", "provider", 500, "Chaos"),
    "malformed": ("malformed", "provider", 200, "json: <<<chaos>>>"),
    "chaos-limited": ("rate_limited", "us", 429, "Chaos"),
    "unknown-to-it": ("bad_request", "us", 404, "No fixture matched"),
}


def why_not():
    """A clear word why aimock cannot run here, '' when it can."""
    node = shutil.which("node")
    if not node:
        return "node is not installed, aimock needs 20.15 or newer"
    out = subprocess.run([node, "--version"], stdout=subprocess.PIPE, text=True, check=False)
    version = tuple(int(n) for n in re.findall(r"\d+", out.stdout)[:2])
    if version < NODE_AT_LEAST:
        return f"node is {out.stdout.strip()}, aimock needs 20.15 or newer"
    if not os.path.exists(command()[1]):
        return "aimock is not installed: .ci/run does it, or set DIMWATCH_AIMOCK to its folder"
    return ""


def command():
    package = os.environ.get("DIMWATCH_AIMOCK") or os.path.join(
        ROOT, "build", "third", "node_modules", "@copilotkit", "aimock")
    return [shutil.which("node"), os.path.join(package, "dist", "cli.js")]


class Mock:
    """aimock on a port of its own, with an empty journal."""

    def __init__(self, house):
        p = house.start_other([*command(), "-p", "0", "-f", FIXTURES, "--validate-on-load"])
        found = wait_for(lambda: re.search(r"http://127\.0\.0\.1:(\d+)", open(p.out).read()),
                         60, "aimock to say its port")
        self.url = found.group(0)

    def call(self, method, path, body=None):
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.url + path, data, method=method,
                                         headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def journal(self):
        return self.call("GET", "/__aimock/journal")


def config(mock, models, extra=""):
    rows = "".join(f"""\
  - name: {m}
    dialect: openai-chat
    url: {mock.url}/v1/chat/completions
    model: {m}
    key: ${{{KEY}}}
{extra}""" for m in models)
    return f"""\
defaults:
  interval: 1s
  timeout: 60s
  timeouts: {{first_byte: 10s, first_token: 20s, gap: 20s}}
  budget: none
  max_asks: none
store: {{path: dimwatch.db}}
targets:
{rows}"""


def probe(house, *words):
    p = house.run("probe", *words, "--json", timeout=120)
    samples = json.loads(p.text)
    return p.returncode, {s["target"]: s for s in (samples if "--all" in words else [samples])}


def every_answer_gets_its_class_and_its_blame(house):
    mock = Mock(house)
    house.write("dimwatch.yaml", config(mock, ENDS))
    code, samples = probe(house, "--all")
    equal(code, 1, "exit code")
    got = {n: (s["outcome"], s["blame"], s["http_status"]) for n, s in samples.items()}
    equal(got, {n: row[:3] for n, row in ENDS.items()}, "outcome, blame and status")
    for name, (_, _, _, words) in ENDS.items():
        told = f"{samples[name]['message']} {samples[name]['evidence']}"
        check(words is None or words in told, f"{name}: {words!r} is not in {told!r}")
    evidence("aimock", f"{len(ENDS)} kinds of answer by somebody else's server, each with "
             "the expected class and blame")


def a_good_stream_is_measured_to_the_token(house):
    mock = Mock(house)
    house.write("dimwatch.yaml", config(mock, ["good", "thinks", "slow"]))
    code, samples = probe(house, "--all")
    equal(code, 0, "exit code")
    for name, s in samples.items():
        us = s["phases_us"]
        check(0 < us["connect"] <= us["first_byte"] <= us["first_token"] <= us["end"],
              f"{name}: the phases are in order: {us}")
        equal((s["finish"], s["returned_model"]), ("stop", name), name)
        check(s["request_id"], f"{name}: it has a request id")
    check(samples["slow"]["phases_us"]["first_token"] >= 700_000, "the slow one waited 700 ms")


def a_right_answer_is_told_from_a_wrong_one(house):
    mock = Mock(house)
    ask = "    prompt: Reply with the word OK.\n    expect: {{contains: {}}}\n"
    house.write("dimwatch.yaml", config(mock, ["good"], ask.format("somebody else")))
    equal(probe(house, "good")[1]["good"]["outcome"], "ok", "the expected words")
    house.write("dimwatch.yaml", config(mock, ["good"], ask.format("nobody")))
    code, samples = probe(house, "good")
    equal((code, samples["good"]["outcome"]), (1, "wrong_answer"), "other words")


def the_key_goes_to_the_chat_path_only_and_the_question_is_small(house):
    mock = Mock(house)
    quick = sorted(ENDS.keys() - {"too-slow"})
    house.write("dimwatch.yaml", config(mock, quick))
    probe(house, "--all")
    rows = mock.journal()
    equal(sorted(r["body"]["model"] for r in rows), quick, "one request a target")
    for row in rows:
        body, headers = row["body"], row["headers"]
        equal((row["method"], row["path"]), ("POST", "/v1/chat/completions"), "where it went")
        check("authorization" in headers, "the key is in its header")
        equal(body["stream"], True, "stream")
        equal(body["max_tokens"], 256, "max_tokens")
        check(len(json.dumps(body["messages"])) < 200, f"a small question: {body['messages']}")
        check(headers["user-agent"].startswith("dimwatch/"), headers["user-agent"])
    questions = {r["body"]["messages"][-1]["content"] for r in rows}
    check(len(questions) > len(rows) // 2, "questions differ")


def what_it_received_is_the_key_of_the_config(house):
    """The journal blacks keys out; an inbound key list lets only the right one pass."""
    house.env["AIMOCK_API_KEYS"] = house.env[KEY]
    mock = Mock(house)
    house.write("dimwatch.yaml", config(mock, ["good"]))
    equal(probe(house, "good")[1]["good"]["outcome"], "ok", "with the right key")
    house.write("dimwatch.yaml", config(mock, ["good"]).replace(KEY, "CANARY_KEY_BETA"))
    sample = probe(house, "good")[1]["good"]
    equal((sample["outcome"], sample["blame"]), ("auth", "us"), "with another key")


# dialect: the kinds of probe that it is asked for there, all of them good
CHATS = ["stream", "chat", "heavy"]
DIALECTS = {
    "openai-chat": [*CHATS, "models", "embedding"],
    "azure-openai": [*CHATS, "models", "embedding"],
    "openai-responses": [*CHATS, "models", "embedding"],
    "anthropic": [*CHATS, "models"],
    "gemini": [*CHATS, "embedding"],
    "cohere-v2": [*CHATS, "embedding"],
    "ollama-native": [*CHATS, "models", "embedding"],
    "bedrock-converse": ["chat"],
    "http": ["http"],
}
# paths that it has beside those that a base URL comes to
OTHER_DOORS = {
    "openai-chat": "/api/v3/chat/completions",
    "azure-openai": "/openai/deployments/good/chat/completions?api-version=2024-10-21",
    "gemini": "/v1/projects/p/locations/global/publishers/google/models/good"
              ":streamGenerateContent?alt=sse",
}
# what it does with each model, in every dialect that streams
STREAMS = {"good": "ok", "thinks": "ok", "overloaded": "overloaded", "broken": "http_5xx",
           "cut": "truncated", "malformed": "malformed"}


def target(name, dialect, url, kind, model="good"):
    asked = "" if dialect == "http" else f"model: {model}, "
    return (f"  - {{name: {name}, dialect: {dialect}, url: \"{url}\", {asked}"
            f"probe: {kind}, key: \"${{{KEY}}}\"}}\n")


def every_dialect_it_speaks_is_understood(house):
    mock = Mock(house)
    rows, expected = "", {}

    def row(dialect, kind, model, outcome, path=""):
        nonlocal rows
        name = f"{dialect}.{kind}.{model}{'.other' if path else ''}"
        expected[name] = outcome
        path = path or ("/health" if dialect == "http" else "")
        rows += target(name, dialect, mock.url + path, kind, model)

    for dialect, kinds in DIALECTS.items():
        for kind in kinds:
            row(dialect, kind, "vector" if kind == "embedding" else "good", "ok")
        for model, outcome in STREAMS.items():
            if "stream" in kinds and model != "good":
                row(dialect, "stream", model, outcome)
    for dialect, path in OTHER_DOORS.items():
        row(dialect, "stream", "good", "ok", path)
    house.write("dimwatch.yaml", "targets:\n" + rows)
    samples = probe(house, "--all")[1]
    got = {n: s["outcome"] for n, s in samples.items()}
    equal(got, expected, "outcomes by dialect, kind and model")
    for name, s in samples.items():
        streamed = name.split(".")[1] in ("stream", "heavy") and s["outcome"] == "ok"
        check((s["phases_us"]["first_token"] is not None) == streamed or s["outcome"] != "ok",
              f"{name}: a first token where there is a stream")
    evidence("aimock dialects", f"{len(expected)} asks in {len(DIALECTS)} dialects of somebody "
             "else's server, each with the expected outcome")


def run_asks_in_every_dialect_through_its_chaos(house):
    mock = Mock(house)
    receiver = house.receiver()
    rows = "".join(target(d, d, mock.url, "stream" if "stream" in kinds else "chat")
                   for d, kinds in DIALECTS.items() if d != "http")
    house.write("dimwatch.yaml", f"""\
defaults: {{interval: 1s, budget: none, max_asks: none}}
store: {{path: dimwatch.db}}
targets:
{rows}alerts:
  - webhook: "http://127.0.0.1:{receiver.port}/hook"
""")
    wanted = set(DIALECTS) - {"http"}
    run = house.start("run")

    def seen(outcome, after=0):
        rows = house.rows("select target, max(at_ms) as at from samples_v where outcome=? "
                          "group by target", outcome)
        return {r["target"]: r["at"] for r in rows if r["at"] > after}

    wait_for(lambda: set(seen("ok")) == wanted, 60, "a good sample in every dialect")
    mock.call("POST", "/__aimock/chaos", {"dropRate": 1})
    wait_for(lambda: set(seen("http_5xx")) == wanted, 60, "a failure in every dialect")
    wait_for(lambda: receiver.accepted("hook"), 60, "an incident told")
    mock.call("DELETE", "/__aimock/chaos")
    failed = max(seen("http_5xx").values())
    wait_for(lambda: set(seen("ok", failed)) == wanted, 60, "good samples again")
    wait_for(lambda: not house.rows("select 1 from incidents_v where state<>'closed'"), 120,
             "the end of every incident")
    equal(house.stop(run), 0, "exit code")
    types = [g["body"]["type"] for g in receiver.accepted("hook")]
    check(types.count("incident.opened") == types.count("incident.resolved") > 0,
          f"what opened was resolved: {types}")
    evidence("aimock run", f"{len(wanted)} dialects through an outage of somebody else's server")


def run_sees_its_chaos_tells_it_once_and_sees_it_end(house):
    mock = Mock(house)
    receiver = house.receiver()
    house.write("dimwatch.yaml", config(mock, ["good", "thinks"]) + f"""\
alerts:
  - webhook: "http://127.0.0.1:{receiver.port}/hook"
""")
    run = house.start("run")

    def rows(outcome):
        return house.rows("select count(*) as n from samples_v where outcome=?", outcome)

    def told(kind):
        """How often each incident was told so."""
        ids = [g["body"]["data"]["incident"]["id"] for g in receiver.accepted("hook")
               if g["body"]["type"] == "incident." + kind]
        return {i: ids.count(i) for i in ids}

    wait_for(lambda: (rows("ok") or [{"n": 0}])[0]["n"] >= 4, 60, "good samples of both")
    mock.call("POST", "/__aimock/chaos", {"dropRate": 1})
    # So many that both are down: one incident each, or one of the server that they share.
    wait_for(lambda: house.rows("select count(*) as n from (select target from samples_v where "
                                "outcome='http_5xx' group by target having count(*) >= 14)")
             == [{"n": 2}], 90, "failures of both")
    wait_for(lambda: told("opened"), 60, "an incident told")
    mock.call("DELETE", "/__aimock/chaos")
    wait_for(lambda: told("resolved").keys() == told("opened").keys(), 120,
             "the resolution of every incident told")
    equal(house.stop(run), 0, "exit code")
    equal(set(told("opened").values()) | set(told("resolved").values()), {1}, "told once each")
    equal(house.rows("select distinct state from incidents_v"), [{"state": "closed"}], "incidents")


TESTS = [
    every_answer_gets_its_class_and_its_blame,
    a_good_stream_is_measured_to_the_token,
    a_right_answer_is_told_from_a_wrong_one,
    the_key_goes_to_the_chat_path_only_and_the_question_is_small,
    what_it_received_is_the_key_of_the_config,
    every_dialect_it_speaks_is_understood,
    run_asks_in_every_dialect_through_its_chaos,
    run_sees_its_chaos_tells_it_once_and_sees_it_end,
]

reason = why_not()
if reason:
    print(f"1..0 # SKIP aimock cannot run: {reason}")
else:
    main(TESTS, at_once=3)
