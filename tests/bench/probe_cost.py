# SPDX-License-Identifier: MIT
"""What a probe costs, at 100 targets every 10 seconds: processor time and memory of the
real daemon beside Prometheus with its blackbox exporter and beside a bare libcurl loop,
all at once, at the same pace, against the same far side."""

import os
import shutil
import time

from rig import (HOSTS, Rig, Unable, cpu_ms, evidence, median, memory_kb, spread, table, versions)

TARGETS, INTERVAL_S, DELAY_MS = 100, 10, 50
EXPORTER_PORT, PROMETHEUS_PORT = 29115, 29090

MODULES = """modules:
  post:
    prober: http
    timeout: 9s
    http:
      method: POST
      headers: {Content-Type: application/json, Accept: text/event-stream}
      body: '{"model":"bench-model","messages":[{"role":"user","content":"What is 23 plus 19?"}],"stream":true}'
      preferred_ip_protocol: ip4
      enable_http2: false
"""

SCRAPES = """global: {{scrape_interval: {interval}s, scrape_timeout: {timeout}s}}
scrape_configs:
  - job_name: bench
    metrics_path: /probe
    params: {{module: [post]}}
    static_configs:
      - targets: [{targets}]
    relabel_configs:
      - {{source_labels: [__address__], target_label: __param_target}}
      - {{source_labels: [__param_target], target_label: instance}}
      - {{target_label: __address__, replacement: "127.0.0.1:{exporter}"}}
"""


def peers(rig, scheme, targets):
    """[exporter, Prometheus], or [] where they are not installed."""
    tools = [shutil.which(n, path=rig.env["PATH"])
             for n in ("prometheus-blackbox-exporter", "prometheus")]
    if not all(tools):
        return []
    urls = ", ".join(f'"{scheme}://127.0.0.{1 + i % HOSTS}:{rig.ports[scheme]}/p/t{i}"'
                     for i in range(targets))
    modules = rig.write("blackbox.yml", MODULES)
    scrapes = rig.write("prometheus.yml", SCRAPES.format(
        interval=INTERVAL_S, timeout=INTERVAL_S - 1, targets=urls, exporter=EXPORTER_PORT))
    return [
        rig.start("exporter", [tools[0], f"--config.file={modules}", "--log.level=error",
                               f"--web.listen-address=127.0.0.1:{EXPORTER_PORT}"]),
        rig.start("prometheus", [tools[1], f"--config.file={scrapes}", "--log.level=error",
                                 f"--storage.tsdb.path={rig.path('tsdb')}",
                                 f"--web.listen-address=127.0.0.1:{PROMETHEUS_PORT}"]),
    ]


def one_round(rig, parties, seconds):
    """{party: ms of processor time for each probe}"""
    began = time.monotonic_ns() // 1000
    before = {name: sum(cpu_ms(p.pid) for p in ps) for name, (_, ps) in parties.items()}
    time.sleep(seconds)  # the window of the measurement
    after = {name: sum(cpu_ms(p.pid) for p in ps) for name, (_, ps) in parties.items()}
    ended = time.monotonic_ns() // 1000
    time.sleep(1.1)  # the mock writes its log once a second
    asked = {name: len(rig.asked(prefix, began, ended)) for name, (prefix, _) in parties.items()}
    if not all(asked.values()):
        raise Unable(f"somebody did not ask: {asked}")
    return {name: (after[name] - before[name]) / asked[name] for name in parties}


def measure(build, scheme, quick):
    """(cost: {party: [ms of each round]}, memory: {party: (resident, anonymous)})"""
    rig = Rig(build)
    try:
        rig.mock(DELAY_MS, tls=scheme == "https")
        config = rig.config(scheme, [f"t{i}" for i in range(TARGETS)], f"{INTERVAL_S}s")
        parties = {"dimwatch": ("/d/", [rig.dimwatch(config)]),
                   "bare loop": ("/t/", [rig.bare(scheme, TARGETS, INTERVAL_S * 1000)])}
        stack = peers(rig, scheme, TARGETS)
        if stack:
            parties["exporter"] = ("/p/", stack[:1])
            parties["Prometheus"] = ("/p/", stack[1:])
        time.sleep(6 if quick else 22)  # first looks and caches
        rounds = [one_round(rig, parties, 10 if quick else 50)
                  for _ in range(1 if quick else 3)]
        cost = {name: [r[name] for r in rounds] for name in parties}
        if stack:
            cost["together"] = [a + b for a, b in zip(cost["exporter"], cost["Prometheus"])]
        memory = {name: [sum(kb) for kb in zip(*(memory_kb(p.pid) for p in ps))]
                  for name, (_, ps) in parties.items()}
        if stack:
            memory["together"] = [a + b for a, b in zip(memory["exporter"], memory["Prometheus"])]
        return cost, memory
    finally:
        rig.close()


GOALS = {("http", "bare loop"): ("P2", 1.5), ("http", "together"): ("P4", 0.2),
         ("https", "bare loop"): ("P1", 1.25), ("https", "together"): ("P3", 0.65)}


def judge(scheme, cost, memory):
    for other in ("bare loop", "together"):
        name, goal = GOALS[scheme, other]
        if other in cost:
            ratios = [a / b for a, b in zip(cost["dimwatch"], cost[other])]
            evidence(f"bench {name}", f"processor time of a cold {scheme} probe / {other}: "
                     f"{spread(ratios)}, goal <= {goal}, "
                     f"{'met' if median(ratios) <= goal else 'NOT met'}")
    if scheme == "https":
        rss, anon = memory["dimwatch"][0] / 1024, memory["dimwatch"][1] / 1024
        part = rss * 1024 / memory["together"][0] if "together" in memory else float("nan")
        evidence("bench M1", f"resident, {TARGETS} targets: {rss:.1f} MB, of the peers' "
                 f"{part:.2f}; goal <= 20 MB and <= 0.25, "
                 f"{'met' if rss <= 20 and not part > 0.25 else 'NOT met'}")
        evidence("bench M2", f"anonymous, {TARGETS} targets: {anon:.1f} MB, goal <= 8, "
                 f"{'met' if anon <= 8 else 'NOT met'}")


def run(build, quick):
    rig = Rig(build)
    versions(rig)
    rig.close()
    rows = []
    for scheme in ("http", "https"):
        cost, memory = measure(build, scheme, quick)
        for name in cost:
            kb = memory[name]
            rows.append((f"{scheme} {name}", spread(cost[name]), f"{kb[0] / 1024:.1f}",
                         f"{kb[1] / 1024:.1f}",
                         spread([a / b for a, b in zip(cost[name], cost["bare loop"])])))
        judge(scheme, cost, memory)
    if not any("together" in row[0] for row in rows):
        print("# no peers: prometheus and prometheus-blackbox-exporter are not installed")
    table(f"A cold probe at {TARGETS} targets every {INTERVAL_S} s, answers after {DELAY_MS} ms "
          f"({os.cpu_count()} cores)",
          ("client", "CPU ms/probe", "resident MB", "anonymous MB", "/ bare loop"), rows)
