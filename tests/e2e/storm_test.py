# SPDX-License-Identifier: MIT
"""A storm with the real binary and real sockets: 200 targets fail at once over 5 channels,
one of which hangs, one answers 429 with Retry-After, one 500 for a while. Whoever can be
reached hears everything once, folded and in order; the probes keep their pace."""

import collections
import http.server
import json
import sys
import threading
import time

from harness import check, equal, evidence, main, wait_for

TARGETS = 200
CHANNELS = ("well", "page", "busy", "broken", "hangs")
REACHABLE = CHANNELS[:4]
BUSY, BROKEN = 2, 2  # answers of 429 and 500 before the first 200
PER_CHANNEL = 40  # messages that a storm of 200 and its end may cost at most
SANITIZED = "--sanitized" in sys.argv


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


class Receivers:
    """All five; a receiver that honours the key throws a repetition away."""

    def __init__(self):
        self.lock, self.over = threading.Lock(), threading.Event()
        self.keys = collections.defaultdict(dict)  # by channel: key, its news
        self.asked = collections.Counter()
        self.doubt = []
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.owner = self
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def take_in(self, channel, key, told):
        with self.lock:
            self.asked[channel] += 1
            if channel == "hangs":
                return 0
            if channel == "busy" and self.asked[channel] <= BUSY:
                return 429
            if channel == "broken" and self.asked[channel] <= BROKEN:
                return 500
            data = told["data"]
            news = data["incidents"] if told["type"] == "incidents.summary" else [
                {"id": data["incident"]["id"], "type": told["type"],
                 "sequence": data["sequence"], "told_late": data["told_late"]}]
            if key not in self.keys[channel]:
                self.keys[channel][key] = news
            elif [n["id"] for n in news] != [n["id"] for n in self.keys[channel][key]]:
                self.doubt.append(f"{channel}: {key} tells something else now")
            return 200

    def heard(self, channel):
        """What a channel heard of each incident, in order."""
        stories = collections.defaultdict(list)
        with self.lock:
            for news in self.keys[channel].values():
                for n in news:
                    stories[n["id"]].append((n["sequence"], n["type"], n["told_late"]))
        return stories

    def close(self):
        self.over.set()
        self.server.shutdown()
        self.server.server_close()


def config(sim, port):
    # Their keys are refused: each target is a trouble of its own, which no provider shares.
    targets = "".join(
        f"  - {{name: t{i}, provider: deepseek, key: \"${{CANARY_KEY_ALPHA}}\", "
        f"base_url: \"http://127.0.0.1:{sim}/p{i}/v1\"}}\n" for i in range(TARGETS))
    channels = "".join(f"  - {{name: {c}, webhook: \"http://127.0.0.1:{port}/{c}/x\"}}\n"
                       for c in CHANNELS)
    return ("vantage: storm-1\ndefaults: {interval: 2s, timeout: 5s, budget: none, max_asks: none}\n"
            f"controls: []\ntargets:\n{targets}channels:\n{channels}"
            f"routes:\n  - to: [{', '.join(CHANNELS)}]\n")


def owed(house, channel):
    """(incident, seq): its row; what the storm owes to a channel."""
    return {(r["incident"], r["seq"]): r for r in house.rows(
        "select * from deliveries where channel = ? and kind <> 11", channel)}


def all_finished(house):
    rows = house.rows("select count(*) as n from deliveries where state = 0 and channel <> 'hangs'")
    return rows == [{"n": 0}]


def over(house):
    kinds = house.rows("select (select count(*) from incidents where state = 0) as open,"
                       " (select count(*) from incidents) as n")
    return kinds and kinds[0]["n"] >= TARGETS // 2 and kinds[0]["open"] == 0


def each_heard_all(house, receivers):
    folded = 0
    for channel in REACHABLE:
        stories, rows = receivers.heard(channel), owed(house, channel)
        told = [(key, seq) for key, story in stories.items() for seq, _, _ in story]
        equal(len(told), len(set(told)), f"{channel}: news under two keys")
        check(set(told) <= set(rows), f"{channel}: news that nobody owes")
        for key, story in stories.items():
            equal([s[0] for s in story], sorted(s[0] for s in story), f"{channel}: order of {key}")
        for what, row in rows.items():
            folded += row["state"] == 3
            check(row["state"] in (1, 3), f"{channel}: {what} is {row['state']}")
            check(row["state"] == 3 or what in told, f"{channel}: {what} counts as sent")
        # The end of each story arrived, and with it or before it its beginning.
        for incident in {key for key, _ in rows}:
            last = max(seq for key, seq in rows if key == incident)
            check((incident, last) in told, f"{channel}: the end of {incident} is lost")
            check(len(stories[incident]) > 1 or stories[incident][0][2],
                  f"{channel}: {incident} ended and had not begun: {stories[incident]}")
        check(receivers.asked[channel] <= PER_CHANNEL,
              f"{channel}: {receivers.asked[channel]} messages")
    return folded


def pace(house):
    """Asks of each target between the first and the last look: (fewest, most)."""
    counts = [r["n"] for r in house.rows(
        "select count(*) as n from samples where at between (select min(at) from samples) + 12000"
        " and (select max(at) from samples) group by series")]
    return min(counts), max(counts)


def two_hundred_fail_at_once_and_everybody_hears_it_once(house):
    receivers = Receivers()
    house.receivers.append(receivers)
    script = "".join(f"at 0s p{i}: auth\n" for i in range(TARGETS)) + \
        "".join(f"at 13s p{i}: ok\n" for i in range(TARGETS))
    began = time.monotonic()
    house.write("dimwatch.yaml", config(house.sim(script), receivers.port))
    run = house.start("run")
    wait_for(lambda: over(house), 120, "every trouble to begin and to be over")
    wait_for(lambda: all_finished(house), 120, "everything that can be told to be told")
    equal(house.stop(run, seconds=30), 0, "exit code")
    took = time.monotonic() - began

    equal(receivers.doubt, [], "keys")
    folded = each_heard_all(house, receivers)
    check(folded, "nothing was folded")
    hanging = owed(house, "hangs")
    check(all(r["state"] in (0, 3) for r in hanging.values()), "nothing is lost of what hangs")
    fewest, most = pace(house)
    late = house.rows("select count(*) as n from samples where judged = 5")[0]["n"]
    check(fewest * 2 >= most or SANITIZED, f"asks of a target: {fewest} to {most}")
    times = sorted(r["took_s"] for r in house.rows(
        "select took_s from deliveries_v where channel in ('well', 'page') and took_s is not null"))
    check(times, "no time from decision to sent")
    evidence("storm", f"{TARGETS} targets, {len(owed(house, 'well'))} news a channel, messages: " +
             ", ".join(f"{c} {receivers.asked[c]}" for c in CHANNELS) +
             f"; lost 0, twice 0; asks of a target {fewest} to {most}, {late} late; {took:.0f} s")
    evidence("decision to sent", f"p50 {times[len(times) // 2]:.1f} s, "
             f"p99 {times[len(times) * 99 // 100]:.1f} s in a storm of {TARGETS}")


main([two_hundred_fail_at_once_and_everybody_hears_it_once])
