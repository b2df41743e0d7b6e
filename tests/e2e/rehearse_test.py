# SPDX-License-Identifier: MIT
"""`dimwatch rehearse`: rivals that can do everything, something, nothing; what it costs is
said first and nothing is asked without a yes."""

import http.server
import json
import re
import threading

from harness import check, equal, evidence, main

QUESTIONS = ["short", "stream", "long_context", "json_mode", "tool_call", "english", "chinese"]


class Rival:
    """A provider of OpenAI's chat dialect. What it cannot do stands in `lacks`: json, tool,
    long, money, chinese."""

    def __init__(self, *lacks):
        rival = self
        self.lacks, self.got, self.keys, self.lock = set(lacks), [], set(), threading.Lock()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with rival.lock:
                    rival.got.append(body)
                    rival.keys.add(self.headers["Authorization"])
                status, kind, text = rival.answer(body)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *words):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/v1"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def answer(self, body):
        question = body["messages"][0]["content"]
        if "money" in self.lacks:
            return 402, "application/json", b'{"error":{"message":"Insufficient Balance"}}'
        if "long" in self.lacks and len(question) > 2000:
            return 400, "application/json", (b'{"error":{"message":"maximum context length is '
                                             b'512","code":"context_length_exceeded"}}')
        message = {"role": "assistant", "content": self.words(question)}
        if body.get("response_format") and "json" not in self.lacks:
            message["content"] = '{"city": "Paris"}'
        elif body.get("tools") and "tool" not in self.lacks:
            message = {"role": "assistant", "content": None, "tool_calls": [
                {"id": "c1", "type": "function", "function": {
                    "name": body["tools"][0]["function"]["name"],
                    "arguments": '{"city": "Paris"}'}}]}
        return self.streamed(message) if body["stream"] else self.whole(message)

    def words(self, question):
        total = re.search(r"What is (\d+) \+ (\d+)", question)
        if total:
            return str(int(total[1]) + int(total[2]))
        if "中国" in question:
            return "Beijing" if "chinese" in self.lacks else "北京"
        return "Paris"

    @staticmethod
    def whole(message):
        return 200, "application/json", json.dumps({
            "id": "x", "model": "deepseek-flash",
            "choices": [{"message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 20, "completion_tokens": 5}}).encode()

    @staticmethod
    def streamed(message):
        chunks = [{"choices": [{"delta": message}]},
                  {"choices": [{"delta": {}, "finish_reason": "stop"}],
                   "usage": {"prompt_tokens": 20, "completion_tokens": 5}}]
        return 200, "text/event-stream", b"".join(
            b"data: " + json.dumps(c).encode() + b"\n\n" for c in chunks) + b"data: [DONE]\n\n"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def config(house, first, second):
    house.write("dimwatch.yaml", f"""\
targets:
  - {{name: one, provider: deepseek, base_url: "{first.url}", key: "${{CANARY_KEY_ALPHA}}"}}
  - {{name: two, provider: deepseek, base_url: "{second.url}", key: "${{CANARY_KEY_BETA}}"}}
controls: []
alerts: [{{webhook: "http://127.0.0.1:9/hook"}}]
failover:
  chat: [one, two]
""")


def rehearse(house, first, second, *words):
    """Exit code and JSON; the rivals are closed."""
    config(house, first, second)
    p = house.run("rehearse", "chat", "--yes", "--json", *words)
    first.close()
    second.close()
    check(p.text, p.errors)
    return p.returncode, json.loads(p.text)


def results(rival):
    return {q["question"]: q["result"] for q in rival["questions"]}


def rivals_that_can_do_everything_are_ready(house):
    one, two = Rival(), Rival()
    code, got = rehearse(house, one, two, "--tokens", "3000")
    equal(code, 0, got)
    equal((got["class"], got["best"]), ("chat", "one"), "class and best")
    for rival in got["rivals"]:
        equal(rival["ready"], "yes", rival)
        equal([q["question"] for q in rival["questions"]], QUESTIONS, "questions")
        equal(set(results(rival).values()), {"passed"}, rival["target"])
        check(rival["first_token_us"] > 0 and rival["total_us"] > 0, rival)
        check(rival["cost"]["amount"] > 0 and rival["cost"]["currency"] == "CNY", rival["cost"])
        check(0 < rival["per_1k_in"]["amount"] < rival["per_1k_out"]["amount"], rival)
    for rival, key in ((one, "CANARY_KEY_ALPHA"), (two, "CANARY_KEY_BETA")):
        equal(len(rival.got), 7, "requests")
        equal(rival.keys, {"Bearer " + house.env[key]}, "keys")
        equal(sum("tools" in b for b in rival.got), 1, "with a tool")
        equal(sum("response_format" in b for b in rival.got), 1, "with JSON mode")
        longest = max(len(b["messages"][0]["content"]) for b in rival.got)
        check(12000 < longest < 24000, f"{longest} letters in the long prompt")
    equal([b["messages"][0]["content"] for b in one.got][3:],
          [b["messages"][0]["content"] for b in two.got][3:], "the same questions")
    evidence("rehearsal", "2 rivals x 7 questions, the same of each, both ready")


def what_would_break_is_named(house):
    code, got = rehearse(house, Rival("json", "tool", "long", "chinese"), Rival())
    equal((code, got["best"]), (1, "two"), got)
    one, two = got["rivals"]
    equal((one["ready"], two["ready"]), ("partly", "yes"), "ready")
    equal(results(one), {"short": "passed", "stream": "passed", "long_context": "failed",
                         "json_mode": "missed", "tool_call": "missed", "english": "passed",
                         "chinese": "missed"}, "results")
    why = {q["question"]: q["why"] for q in one["questions"]}
    check("refuses a prompt of 8000 tokens" in why["long_context"], why)
    check("JSON object" in why["json_mode"] and "no tool" in why["tool_call"], why)


def who_has_no_money_is_asked_once_and_cannot_take_over(house):
    one, two = Rival("money"), Rival("json")
    config(house, one, two)
    p = house.run("rehearse", "chat", "--yes")
    one.close()
    two.close()
    equal(p.returncode, 1, p.text + p.errors)
    equal(len(one.got), 1, "asks of who has no money")
    lines = p.text.splitlines()
    check(re.search(r"^one +no ", p.text, re.M) and re.search(r"^two +partly ", p.text, re.M),
          p.text)
    check(any("short answer" in s and "balance or quota is used up" in s for s in lines), p.text)
    check("two can take over, but for what stands above." in lines[-1], p.text)


def nothing_is_asked_without_a_yes_and_the_forecast_is_told(house):
    one, two = Rival(), Rival()
    config(house, one, two)
    p = house.run("rehearse", "chat")
    one.close()
    two.close()
    equal((p.returncode, p.text), (3, ""), p.errors)
    check("2 rivals, 14 questions with your keys, at most 0." in p.errors, p.errors)
    check("nothing was asked" in p.errors, p.errors)
    equal(one.got + two.got, [], "requests")


def a_rehearsal_costs_no_more_than_was_forecast(house):
    one, two = Rival(), Rival()
    config(house, one, two)
    forecast = house.run("rehearse", "chat").errors
    spent = json.loads(house.run("rehearse", "chat", "--yes", "--json").text)["rivals"]
    one.close()
    two.close()
    limits = [float(m) for m in re.findall(r"deepseek-flash: ([0-9.]+) CNY", forecast)]
    equal(len(limits), 2, forecast)
    for rival, limit in zip(spent, limits):
        check(0 < rival["cost"]["amount"] <= limit, f"{rival['cost']} of {limit}")


def the_simulator_passes_a_rehearsal_and_one_without_quota_does_not(house):
    sim = house.sim("at 0s moonshot: quota\n")
    house.write("dimwatch.yaml", f"""\
targets:
  - {{name: one, provider: moonshot, base_url: "http://127.0.0.1:{sim}/moonshot/v1",
     key: "${{CANARY_KEY_ALPHA}}"}}
  - {{name: two, provider: deepseek, base_url: "http://127.0.0.1:{sim}/deepseek/v1",
     key: "${{CANARY_KEY_BETA}}"}}
controls: []
alerts: [{{webhook: "http://127.0.0.1:9/hook"}}]
failover: {{chat: [one, two]}}
""")
    p = house.run("rehearse", "chat", "--yes", "--json")
    got = json.loads(p.text)
    equal((p.returncode, got["best"]), (1, "two"), got)
    equal([r["ready"] for r in got["rivals"]], ["no", "yes"], got)
    equal(results(got["rivals"][0])["short"], "failed", "the first question")
    equal(set(list(results(got["rivals"][0]).values())[1:]), {"not_asked"}, "the others")


def every_dialect_can_be_rehearsed(house):
    sim = house.sim("")
    dialects = {"openai-chat": "v1", "openai-responses": "v1", "anthropic": "v1",
                "gemini": "v1beta", "cohere-v2": "v2/chat", "dashscope-native": "api/v1",
                "ollama-native": "api/chat", "azure-openai": "openai/v1",
                "bedrock-converse": "model/m/converse"}
    targets = "".join(f"""\
  - {{name: {d}, dialect: {d}, url: "http://127.0.0.1:{sim}/p/{path}", model: m,
     key: "${{CANARY_KEY_ALPHA}}"}}
""" for d, path in dialects.items())
    house.write("dimwatch.yaml", f"""\
targets:
{targets}controls: []
alerts: [{{webhook: "http://127.0.0.1:9/hook"}}]
failover: {{all: [{", ".join(dialects)}]}}
""")
    p = house.run("rehearse", "all", "--yes", "--json", "--tokens", "500")
    equal(p.errors, "", "errors")
    for rival in json.loads(p.text)["rivals"]:
        got, name = results(rival), rival["target"]
        whole = name == "bedrock-converse"  # it is asked in one piece only
        for question in ("short", "english", "chinese"):
            equal(got[question], "passed", f"{name}: {question}")
        for question in ("stream", "long_context"):
            equal(got[question], "not_offered" if whole else "passed", f"{name}: {question}")
        # The simulator knows JSON mode and tools in OpenAI's dialect only.
        knows = name in ("openai-chat", "azure-openai")
        offers = name not in ("anthropic", "bedrock-converse")
        equal(got["tool_call"], "passed" if knows else "missed", name)
        equal(got["json_mode"], "passed" if knows else "missed" if offers else "not_offered", name)
    evidence("rehearsal by dialect", f"{len(dialects)} dialects through the simulator")


def a_class_that_is_not_there_is_told_with_its_cure(house):
    one, two = Rival(), Rival()
    config(house, one, two)
    for words, cure in [(["caht"], "did you mean 'chat'?"), ([], "name one class"),
                        (["chat", "--tokens", "5"], "--tokens takes a number")]:
        p = house.run("rehearse", *words)
        equal(p.returncode, 2, words)
        check(cure in p.errors, p.errors)
    house.write("dimwatch.yaml", open(house.path("dimwatch.yaml")).read().split("failover:")[0])
    p = house.run("rehearse", "chat")
    one.close()
    two.close()
    equal(p.returncode, 2, "without classes")
    check("add `failover: {chat: [TARGET, TARGET]}`" in p.errors, p.errors)


if __name__ == "__main__":
    main([rivals_that_can_do_everything_are_ready,
          what_would_break_is_named,
          who_has_no_money_is_asked_once_and_cannot_take_over,
          nothing_is_asked_without_a_yes_and_the_forecast_is_told,
          a_rehearsal_costs_no_more_than_was_forecast,
          the_simulator_passes_a_rehearsal_and_one_without_quota_does_not,
          every_dialect_can_be_rehearsed,
          a_class_that_is_not_there_is_told_with_its_cure])
