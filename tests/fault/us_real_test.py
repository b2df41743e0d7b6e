# SPDX-License-Identifier: MIT
"""Our own machine against the real binary: no descriptor is left, the process stands still
for two seconds. Nobody else is blamed, nothing spins, and it goes on by itself."""

import os
import resource
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from harness import check, equal, main, wait_for  # noqa: E402

STALL_S = 2
STALLS = 4


def config(sim, hook):
    targets = "".join(f"""\
  - name: {name}
    provider: {provider}
    base_url: http://127.0.0.1:{sim}/{path}/v1
    key: ${{CANARY_KEY_{name.upper()}}}
""" for name, provider, path in [("alpha", "deepseek", "deepseek"),
                                 ("beta", "moonshot-cn", "moonshot"),
                                 ("gamma", "dashscope", "dashscope")])
    return f"""\
defaults: {{interval: 1s, timeout: 5s, budget: none, max_asks: none}}
targets:
{targets}channels:
  - {{name: hook, webhook: "http://127.0.0.1:{hook}/hook/x"}}
routes:
  - to: [hook]
"""


def count(house, where):
    rows = house.rows(f"select count(*) as n from samples_v where {where}")
    return rows[0]["n"] if rows else 0


def log(run, event):
    return open(run.err).read().count(f"event={event} ")


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def set_descriptors(pid, soft):
    hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)[1]
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))


def without_descriptors_probes_are_local_deliveries_wait_and_both_return(house):
    receiver = house.receiver()
    receiver.answers["hook"] = [(503, "later")]
    sim = house.sim("at 2s deepseek: http 500\n")
    house.write("dimwatch.yaml", config(sim, receiver.port))
    run = house.start("run")
    wait_for(lambda: house.rows("select 1 from deliveries_v where attempts >= 1"), 60,
             "a first try of the alarm")
    usual = resource.prlimit(run.pid, resource.RLIMIT_NOFILE)[0]

    set_descriptors(run.pid, 5)
    began, cpu = time.monotonic(), cpu_seconds(run.pid)
    before = count(house, "outcome = 'local'")
    wait_for(lambda: count(house, "outcome = 'local'") >= before + 12, 60, "local samples")
    share = (cpu_seconds(run.pid) - cpu) / (time.monotonic() - began)
    check(share < 0.5, f"{share:.0%} of a processor while there is nothing to be had")
    tries = house.rows("select attempts from deliveries_v where state = 'pending'")
    check(tries, "the alarm is still owed")
    receiver.answers["hook"] = [(200, "ok")]

    set_descriptors(run.pid, usual)
    good = count(house, "target = 'beta' and outcome = 'ok'")
    wait_for(lambda: count(house, "target = 'beta' and outcome = 'ok'") >= good + 3, 60,
             "good samples again")
    wait_for(lambda: receiver.accepted("hook"), 180, "the alarm")
    equal(house.stop(run), 0, "exit code")
    equal((log(run, "path_fails"), log(run, "path_works")), (1, 1), "said once, and once more")
    equal([r["subject"] for r in house.rows("select subject from incidents_v")], ["alpha"],
          "incidents")
    equal(count(house, "target <> 'alpha' and outcome not in ('ok', 'local')"), 0,
          "blamed on the others")
    print(f"# evidence descriptors: {count(house, 'outcome = ' + repr('local'))} samples local, "
          f"{share:.0%} of a processor, alarm told afterwards, said once")


def a_process_that_stood_still_for_2_s_excludes_what_it_measured(house):
    receiver = house.receiver()
    sim = house.sim("at 0s deepseek: latency 700ms\nat 0s moonshot: latency 700ms\n"
                    "at 0s dashscope: latency 700ms\n")
    house.write("dimwatch.yaml", config(sim, receiver.port))
    run = house.start("run")
    wait_for(lambda: count(house, "outcome = 'ok'") >= 3, 30, "first samples")
    for n in range(STALLS):
        run.send_signal(signal.SIGSTOP)
        time.sleep(STALL_S)  # this is the fault itself
        run.send_signal(signal.SIGCONT)
        wait_for(lambda: count(house, "flags like '%loop_late%'") > n, 20, "a late sample")
    good = count(house, "outcome = 'ok'")
    wait_for(lambda: count(house, "outcome = 'ok'") >= good + 6, 30, "life going on")
    equal(house.stop(run), 0, "exit code")
    late = count(house, "flags like '%loop_late%'")
    equal(count(house, "flags like '%loop_late%' and judged <> 'late'"), 0, "late and counted")
    check(log(run, "loop_late") >= 1, "the log says that the loop was late")
    equal(house.rows("select * from incidents_v"), [], "incidents")
    equal(receiver.got, [], "messages")
    print(f"# evidence stopped: {STALLS} x {STALL_S} s by SIGSTOP, {late} samples late and excluded")


if __name__ == "__main__":
    main([without_descriptors_probes_are_local_deliveries_wait_and_both_return,
          a_process_that_stood_still_for_2_s_excludes_what_it_measured])
