# SPDX-License-Identifier: MIT
"""A storm with the real binary and real sockets: 40 providers with five models each fail
at once, and dimwatch tells over 5 channels, one of which hangs, one answers 429 with
Retry-After, one 500 for a while. Whoever can be reached hears everything once, folded and
in order. A smaller house, all of whose channels are well, lives through the same outage at
the same time: the probes of the storm keep the pace of that calm."""

import collections
import http.server
import json
import shutil
import sys
import threading
import time

from harness import House, check, equal, evidence, main, wait_for

SANITIZED = "--sanitized" in sys.argv  # many times as dear
PROVIDERS, CALM_PROVIDERS, MODELS = (16, 4, 5) if SANITIZED else (40, 8, 5)
CHANNELS = ("well", "page", "busy", "broken", "hangs")
REACHABLE = CHANNELS[:4]
BUSY, BROKEN = 2, 2  # answers of 429 and 500 before the first 200
PER_CHANNEL = 40  # messages that the storm and its end may cost at most
LEAST_ASKS = 0.6 if SANITIZED else 0.8  # of those of the calm house, a target


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        owner, channel = self.server.owner, self.path.split("/")[1]
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status = owner.take_in(channel, self.headers["webhook-id"], told)
        if status == 0:  # it never answers
            owner.over.wait()
            self.close_connection = True
            return
        self.send_response(status)
        if status == 429:
            self.send_header("Retry-After", "2")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *words):
        pass


def news_of(told):
    """What a message tells: (incident, its number, its type, whether it comes late)."""
    data = told["data"]
    if told["type"] == "incidents.summary":
        return [(n["id"], n["sequence"], n["type"], n["told_late"]) for n in data["incidents"]]
    return [(data["incident"]["id"], data["sequence"], told["type"], data["told_late"])]


class Receivers:
    """All five. Each honours the key: it throws a repetition away, and doubts what it is told
    twice under two keys, or behind what came later."""

    def __init__(self, stormy):
        self.stormy = stormy
        self.lock, self.over = threading.Lock(), threading.Event()
        self.keys = collections.defaultdict(dict)  # by channel: key, its news
        self.last = collections.Counter()  # by channel and incident: the number heard last
        self.asked = collections.Counter()
        self.doubt = []
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.owner = self
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def refusal(self, channel):
        """What its mood answers; None: it listens."""
        if not self.stormy:
            return None
        if channel == "hangs":
            return 0
        if channel == "busy" and self.asked[channel] <= BUSY:
            return 429
        if channel == "broken" and self.asked[channel] <= BROKEN:
            return 500
        return None

    def take_in(self, channel, key, told):
        with self.lock:
            self.asked[channel] += 1
            refused = self.refusal(channel)
            if refused is not None:
                return refused
            news = news_of(told)
            if key not in self.keys[channel]:
                self.keys[channel][key] = news
                self.hear(channel, key, news)
            elif [n[:2] for n in news] != [n[:2] for n in self.keys[channel][key]]:
                self.doubt.append(f"{channel}: {key} tells something else now")
            return 200

    def hear(self, channel, key, news):
        for incident, seq, kind, _ in news:
            last = self.last[channel, incident]
            if seq <= last:
                self.doubt.append(f"{channel}: {kind} {incident}/{seq} after {last} ({key})")
            self.last[channel, incident] = max(seq, last)

    def heard(self, channel):
        """What a channel heard of each incident, in order."""
        stories = collections.defaultdict(list)
        with self.lock:
            for news in self.keys[channel].values():
                for incident, *rest in news:
                    stories[incident].append(rest)
        return stories

    def close(self):
        self.over.set()
        self.server.shutdown()
        self.server.server_close()


# ---- the houses

MASK = (1 << 64) - 1


def first_look(name):
    """When in its first ten seconds a target is asked first, 0 to 1: as agent/base/rng.c and
    probes/slots.c have it. Were it wrong, this test would only take longer."""
    h = 0xcbf29ce484222325
    for byte in name.encode():
        h = (h ^ byte) * 0x100000001b3 & MASK
    h = h + 0x9e3779b97f4a7c15 & MASK
    h = (h ^ h >> 30) * 0xbf58476d1ce4e5b9 & MASK
    h = (h ^ h >> 27) * 0x94d049bb133111eb & MASK
    return (h ^ h >> 31) / MASK


def early_names(n):
    return sorted((f"t{i}" for i in range(20 * n)), key=first_look)[:n]


def catalogue(i, sim):
    return (f"id: p{i}\nname: Provider {i}\ndialect: openai-chat\n"
            f"regions: [{{id: global, base_url: \"http://127.0.0.1:{sim}/p{i}/v1\"}}]\n"
            "chat_path: /chat/completions\nauth: {header: Authorization, scheme: Bearer}\n"
            "key_env: CANARY_KEY_ALPHA\n"
            "probe: {model: m0, max_tokens: 16, max_tokens_field: max_tokens}\n"
            "errors: [{http: 503, match_path: \"*\", match: \"*\", class: overloaded}]\n"
            "price: {currency: USD, in: 1, out: 1}\nchecked: 2026-11-24\nsources: a simulator\n")


def settle_in(house, names, providers, sim, port):
    """Writes what a house of so many providers needs."""
    for i in range(providers):
        house.write(f"p{i}.yaml", catalogue(i, sim))
    targets = "".join(
        f"  - {{name: {names[MODELS * i + m]}, provider: p{i}, model: m{m}}}\n"
        for i in range(providers) for m in range(MODELS))
    channels = "".join(f"  - {{name: {c}, webhook: \"http://127.0.0.1:{port}/{c}/x\"}}\n"
                       for c in CHANNELS)
    house.write("dimwatch.yaml", "vantage: storm-1\n"
                f"defaults: {{interval: 1s, timeout: 5s, budget: none, max_asks: none}}\n"
                f"catalogue: [{', '.join(f'p{i}.yaml' for i in range(providers))}]\n"
                f"controls: []\nstatus_pages: off\ntargets:\n{targets}channels:\n{channels}"
                f"routes:\n  - to: [{', '.join(CHANNELS)}]\n")


class Weather:
    """All providers at one port. A change is another simulator there, when the test has
    seen enough of the one before: no clock decides."""

    def __init__(self, house):
        self.house, self.port = house, 0
        self.change("ok")

    def change(self, verb):
        if self.port:
            self.run.kill()
            self.run.wait()
        script = "".join(f"at 0s p{i}: {verb}\n" for i in range(PROVIDERS))
        self.port = self.house.sim(script, self.port, "--quiet")
        self.run = self.house.started[-1]
        return time.time() * 1000


def count(house, what, *words):
    rows = house.rows(f"select count(*) as n from {what}", *words)
    return rows[0]["n"] if rows else -1


def all_began(house, providers):
    return count(house, "incidents where state = 0 and class = 0 and subject_kind = 1") == providers


def all_over(house):
    return count(house, "incidents where state = 0") == 0


def all_told(house, hanging=()):
    return count(house, "deliveries where state = 0 and channel not in (" +
                 ", ".join("?" * len(hanging)) + ")", *hanging) == 0


# ---- what must be true

def owed(house, channel):
    """(incident, seq): its row; what the storm owes to a channel."""
    return {(r["incident"], r["seq"]): r for r in house.rows(
        "select * from deliveries where channel = ? and kind <> 11", channel)}


def heard_all(house, receivers, channel):
    stories, rows = receivers.heard(channel), owed(house, channel)
    told = {(key, seq) for key, story in stories.items() for seq, _, _ in story}
    check(told <= set(rows), f"{channel}: news that nobody owes")
    for what, row in rows.items():
        check(row["state"] in (1, 3), f"{channel}: {what} is {row['state']}")
        check(row["state"] == 3 or what in told, f"{channel}: {what} counts as sent")
    # The end of each story arrived, and with it or before it its beginning.
    for incident in {key for key, _ in rows}:
        last = max(seq for key, seq in rows if key == incident)
        check((incident, last) in told, f"{channel}: the end of {incident} is lost")
        check(len(stories[incident]) > 1 or stories[incident][0][2],
              f"{channel}: {incident} ended and had not begun: {stories[incident]}")
    check(receivers.asked[channel] <= PER_CHANNEL, f"{channel}: {receivers.asked[channel]} messages")
    return sum(r["state"] == 3 for r in rows.values())


def told_once(house, receivers, channels, providers):
    """Everybody was, who could be; how many news were folded for them."""
    equal(receivers.doubt, [], "keys and order")
    ends = {(r["incident"], r["seq"]) for r in house.rows(
        "select incident, seq from incident_log where kind in ('opened', 'reopened', 'closed')")}
    for channel in CHANNELS:
        check(ends <= set(owed(house, channel)), f"{channel}: a beginning or end that nobody owes")
    subjects = [r["subject"] for r in house.rows(
        "select subject from incidents where class = 0 and subject_kind = 1")]
    equal(sorted(subjects), sorted(f"p{i}" for i in range(providers)), "an incident a provider")
    return sum(heard_all(house, receivers, c) for c in channels)


# ---- the pace

class Pace:
    """Of the regular asks between two moments: how many a target got, and the longest
    pauses between two of them (99 of 100 are shorter)."""

    def __init__(self, house, since, until):
        asks = collections.defaultdict(list)
        for r in house.rows("select at, series from samples where at between ? and ? and"
                            " flags & 16 = 0 order by at", since, until):
            asks[r["series"]].append(r["at"])
        counts = [len(a) for a in asks.values()]
        pauses = sorted(b - a for times in asks.values() for a, b in zip(times, times[1:]))
        self.targets, self.fewest, self.most = len(asks), min(counts), max(counts)
        self.mean = sum(counts) / len(counts)
        self.pause = pauses[len(pauses) * 99 // 100]


def keeps_pace(storm, calm):
    words = (f"{storm.fewest} to {storm.most} asks of a target, on average {storm.mean:.1f} "
             f"(calm: {calm.mean:.1f}); pause p99 {storm.pause} ms (calm: {calm.pause} ms)")
    equal(storm.targets, MODELS * PROVIDERS, "targets that were asked in the storm")
    check(storm.mean >= LEAST_ASKS * calm.mean, words)
    check(storm.fewest >= LEAST_ASKS * calm.mean - 1, words)  # one may lie across the edge
    evidence("storm, pace", f"{words}; {storm.mean / calm.mean:.2f} of the asks beside the calm house")


def live_through(house, calm, receivers):
    """From well over failing to well again; the pace of both meanwhile."""
    both = ((house, PROVIDERS), (calm, CALM_PROVIDERS))
    names = early_names(MODELS * PROVIDERS)
    weather = Weather(house)
    for (h, providers), r in zip(both, receivers):
        settle_in(h, names, providers, weather.port, r.port)
    runs = [h.start("run") for h, _ in both]
    for h, providers in both:
        wait_for(lambda: count(h, "(select distinct series from samples where outcome = 0)") ==
                 MODELS * providers, 60, "a good answer of every target")
    since = weather.change("overloaded")
    for h, providers in both:
        wait_for(lambda: all_began(h, providers), 120, "an outage of every provider")
    weather.change("ok")
    for h, _ in both:
        wait_for(lambda: all_over(h), 120, "every outage to be over")
    until = time.time() * 1000
    wait_for(lambda: all_told(house, ["hangs"]), 120, "everything that can be told to be told")
    wait_for(lambda: all_told(calm), 60, "the calm house to be told")
    for (h, _), run in zip(both, runs):
        equal(h.stop(run, seconds=30), 0, "exit code")
    return [Pace(h, since, until) for h, _ in both]


def storm(house, calm):
    began = time.monotonic()
    receivers = Receivers(True), Receivers(False)
    house.receivers += receivers
    paces = live_through(house, calm, receivers)
    took = time.monotonic() - began
    folded = told_once(house, receivers[0], REACHABLE, PROVIDERS)
    check(folded, "nothing was folded")
    told_once(calm, receivers[1], CHANNELS, CALM_PROVIDERS)
    check(all(r["state"] in (0, 3) for r in owed(house, "hangs").values()),
          "nothing is lost of what hangs")
    times = sorted(r["took_s"] for r in house.rows(
        "select took_s from deliveries_v where channel in ('well', 'page') and took_s is not null"))
    check(times, "no time from decision to sent")
    evidence("storm", f"{MODELS * PROVIDERS} targets of {PROVIDERS} providers, "
             f"{len(owed(house, 'well'))} news a channel, messages: " +
             ", ".join(f"{c} {receivers[0].asked[c]}" for c in CHANNELS) +
             f"; {folded} folded, lost 0, twice 0, out of order 0; {took:.0f} s")
    keeps_pace(*paces)
    evidence("decision to sent", f"p50 {times[len(times) // 2]:.1f} s, "
             f"p99 {times[len(times) * 99 // 100]:.1f} s in a storm of {MODELS * PROVIDERS}")


def all_fail_at_once_and_everybody_hears_it_once_at_the_pace_of_a_calm_house(house):
    calm = House(house.binary)
    try:
        storm(house, calm)
        equal(calm.leaks(), [], "planted secrets in what the calm house wrote")
        equal(calm.sanitizer_words(), [], "sanitizer findings in the calm house")
    finally:
        calm.close()
    shutil.rmtree(calm.dir, ignore_errors=True)


main([all_fail_at_once_and_everybody_hears_it_once_at_the_pace_of_a_calm_house])
