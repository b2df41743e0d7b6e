# SPDX-License-Identifier: MIT
"""The simulator as the vendors' own clients see it: their SDKs from npm ask `dimwatch sim`,
streamed and not, and must read back answer, usage, lists, vectors and errors, each in their
own types. They are found in $DIMWATCH_SDKS (a folder with node_modules) or build/third;
.ci/run puts them there."""

import json
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from harness import check, equal, evidence, main  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.environ.get("DIMWATCH_SDKS") or os.path.join(HERE, "..", "..", "build", "third")
NODE_AT_LEAST = (20, 0)

# what each is called in sdks.mjs: the package, the word for a good end
SDKS = {
    "openai": ("openai", "stop"),
    "azure": ("openai", "stop"),
    "responses": ("openai", "completed"),
    "anthropic": ("@anthropic-ai/sdk", "end_turn"),
    "gemini": ("@google/genai", "STOP"),
    "cohere": ("cohere-ai", "COMPLETE"),
    "ollama": ("ollama", "stop"),
}
VECTOR = [0.25, -0.5, 0.125, 1]
# fault: what an SDK makes of it, its class and the status that it saw
ERRORS = {
    "auth": {
        "openai": ("AuthenticationError", 401), "azure": ("AuthenticationError", 401),
        "responses": ("AuthenticationError", 401), "anthropic": ("AuthenticationError", 401),
        "gemini": ("ApiError", 400), "cohere": ("UnauthorizedError", 401),
        "ollama": ("ResponseError", 401)},
    "model_gone": {
        "openai": ("NotFoundError", 404), "azure": ("NotFoundError", 404),
        "responses": ("NotFoundError", 404), "anthropic": ("NotFoundError", 404),
        "gemini": ("ApiError", 404), "cohere": ("NotFoundError", 404),
        "ollama": ("ResponseError", 404)},
    "rate_limited": {
        "openai": ("RateLimitError", 429), "azure": ("RateLimitError", 429),
        "responses": ("RateLimitError", 429), "anthropic": ("RateLimitError", 429),
        "gemini": ("ApiError", 429), "cohere": ("TooManyRequestsError", 429),
        "ollama": ("ResponseError", 429)},
    "overloaded": {
        "openai": ("InternalServerError", 503), "azure": ("RateLimitError", 429),
        "responses": ("InternalServerError", 503), "anthropic": ("OverloadedError", 529),
        "gemini": ("ApiError", 503), "cohere": ("ServiceUnavailableError", 503),
        "ollama": ("ResponseError", 503)},
}
# what each makes of an error in the middle of a stream; None: its stream just ends so
IN_STREAM = {"openai": "APIError", "azure": "APIError", "responses": "APIError",
             "anthropic": "APIError", "gemini": "ApiError", "cohere": None, "ollama": "Error"}


def why_not():
    """A clear word why the SDKs cannot run here, '' when they can."""
    node = shutil.which("node")
    if not node:
        return "node is not installed, the SDKs need 20 or newer"
    out = subprocess.run([node, "--version"], stdout=subprocess.PIPE, text=True, check=False)
    if tuple(int(n) for n in re.findall(r"\d+", out.stdout)[:2]) < NODE_AT_LEAST:
        return f"node is {out.stdout.strip()}, the SDKs need 20 or newer"
    missing = sorted({package for package, _ in SDKS.values() if not os.path.exists(
        os.path.join(FOLDER, "node_modules", package, "package.json"))})
    if missing:
        return f"{' '.join(missing)} not installed: .ci/run does it, or set DIMWATCH_SDKS"
    return ""


def party(sdk, fault):
    return f"{sdk}-{fault.replace('_', '-')}"


def simulator(house, faults):
    """One party for each SDK and fault; its port."""
    return house.sim("".join(f"at 0s {party(s, f)}: {f}\n" for s in SDKS for f in faults))


def ask(house, port, sdk, faults):
    """What one SDK makes of the parties with these faults, by fault."""
    p = house.start_other([shutil.which("node"), os.path.join(HERE, "sdks.mjs"), FOLDER, sdk,
                           *(f"http://127.0.0.1:{port}/{party(sdk, f)}" for f in faults)])
    p.wait(120)
    lines = open(p.out).read().splitlines()
    check(p.returncode == 0 and len(lines) == len(faults),
          f"{sdk}: {lines} {open(p.err).read()}"[:600])
    return dict(zip(faults, map(json.loads, lines)))


def every_sdk_reads_answers_lists_and_vectors(house):
    port, answers, lists, vectors = simulator(house, ["ok"]), 0, 0, 0
    for sdk, (_, finish) in SDKS.items():
        told = ask(house, port, sdk, ["ok"])["ok"]
        for kind in ("whole", "stream"):
            name = told[kind].pop("id", None)
            equal(told[kind], {"text": "62", "finish": finish, "usage": [14, 2]},
                  f"{sdk} {kind}")
            check(name in (None, f"req-{party(sdk, 'ok')}-0"), f"{sdk}: request id {name}")
            answers += 1
        if "models" in told:
            lists += 1
            equal([n.split("/")[-1] for n in told["models"]], ["sim-model"], f"{sdk} models")
        if "vectors" in told:
            vectors += 1
            equal(told["vectors"], [VECTOR, VECTOR], f"{sdk} vectors")
    evidence("sdks", f"{answers} answers, {lists} lists and {vectors} sets of vectors read by "
             f"{len(SDKS)} official clients")


def every_sdk_meets_its_own_error_class(house):
    port, seen = simulator(house, ERRORS), 0
    for sdk in SDKS:
        told = ask(house, port, sdk, list(ERRORS))
        for fault, expected in ERRORS.items():
            for kind in ("whole", "stream"):
                got = told[fault][kind]
                equal((got.get("error"), got.get("status")), expected[sdk],
                      f"{sdk} {kind} {fault}: {got}")
                check(got["message"], f"{sdk} {kind} {fault}: it has words")
                seen += 1
    evidence("sdk errors", f"{seen} refusals met as the SDKs' own error classes")


def an_error_in_the_stream_is_an_error_for_every_sdk(house):
    port = simulator(house, ["error_in_stream"])
    for sdk, name in IN_STREAM.items():
        got = ask(house, port, sdk, ["error_in_stream"])["error_in_stream"]["stream"]
        if name is None:
            equal(got.get("finish"), "ERROR", f"{sdk}: {got}")
        else:
            equal(got.get("error"), name, f"{sdk}: {got}")


TESTS = [
    every_sdk_reads_answers_lists_and_vectors,
    every_sdk_meets_its_own_error_class,
    an_error_in_the_stream_is_an_error_for_every_sdk,
]

reason = why_not()
if reason:
    print(f"1..0 # SKIP the SDKs cannot run: {reason}")
else:
    main(TESTS)
