# SPDX-License-Identifier: MIT
"""A bad disk under the real binary: full and emptied again, deleted, without its log,
read-only, locked for long, full at the start. Probing goes on; after ten seconds of failing
commits the alarm is spoken from memory, and written with the same key when that is possible
again. Needs no privileges; root runs the program as `nobody` where permissions matter, and
puts a disk of two megabytes under it where it may mount one."""

import ctypes
import os
import resource
import shutil
import signal
import sqlite3
import stat
import subprocess

from harness import check, equal, evidence, main, wait_for

CLONE_NEWNS, MS_REC, MS_PRIVATE, MNT_DETACH = 0x20000, 0x4000, 0x40000, 2
SMALL = 2 << 20
LONGEST_PAUSE_S = 6  # of a pace of 1 s
MANY = 40


def config(alpha, others, hook, extra):
    return f"""\
defaults: {{interval: 1s, timeout: 5s, budget: none, max_asks: none}}
targets:
  - {{name: alpha, provider: deepseek, base_url: "http://127.0.0.1:{alpha}/deepseek/v1", key: "${{CANARY_KEY_ALPHA}}"}}
  - {{name: beta, provider: moonshot-cn, base_url: "http://127.0.0.1:{others}/moonshot/v1", key: "${{CANARY_KEY_BETA}}"}}
  - {{name: gamma, provider: dashscope, base_url: "http://127.0.0.1:{others}/dashscope/v1", key: "${{CANARY_KEY_GAMMA}}"}}
{extra}channels:
  - {{name: hook, webhook: "http://127.0.0.1:{hook}/hook/${{CANARY_HOOK}}"}}
routes:
  - to: [hook]
store: {{path: {{database}}}}
"""


def move_in(house, targets=0, **how):
    """Everything runs and every target has a sample; alpha has a simulator of its own."""
    house.others, house.alpha = house.sim(""), None
    alpha_is(house, "ok")
    receiver = house.receiver()
    more = "".join(f"  - {{name: extra{i}, provider: moonshot-cn, key: \"${{CANARY_KEY_BETA}}\", "
                   f"base_url: \"http://127.0.0.1:{house.others}/moonshot/v1\"}}\n" for i in range(targets))
    text = config(house.alpha, house.others, receiver.port, more).replace("{database}", house.database)
    os.chmod(house.write("dimwatch.yaml", text), 0o644)
    run = house.start("run", **how)
    for target in ("alpha", "beta", "gamma"):
        wait_for(lambda name=target: house.rows("select 1 from samples_v where target=?", name),
                 30, f"a first sample of {target}")
    return receiver, run


def alpha_is(house, what):
    """From now on: "ok", or a fault."""
    if house.alpha:
        house.alpha_sim.kill()
        house.alpha_sim.wait(10)
    house.alpha = house.sim(f"at 0s deepseek: {what}\n", house.alpha or 0)
    house.alpha_sim = house.started[-1]


def samples(house):
    rows = house.rows("select count(*) as n from samples")
    return rows[0]["n"] if rows else 0


def opened(receiver, subject):
    return [g for g in receiver.accepted("hook") if g["body"]["type"] == "incident.opened"
            and g["body"]["data"]["incident"]["subject"] == subject]


def resolved(receiver, subject):
    return [g for g in receiver.accepted("hook") if g["body"]["type"] == "incident.resolved"
            and g["body"]["data"]["incident"]["subject"] == subject]


def key(got):
    return got["headers"]["webhook-id"].removeprefix("msg_")


def log(run):
    return open(run.err, errors="replace").read()


def told_once_and_stored(house, receiver):
    """Each message has a key of its own, and its row says that it was sent."""
    keys = [key(g) for g in receiver.accepted("hook")]
    equal(len(keys), len(set(keys)), "messages and their keys")
    for one in keys:
        wait_for(lambda k=one: house.rows("select 1 from deliveries_v where id=? and state='sent'", k),
                 20, f"the row of {one}")
    equal(house.rows("pragma quick_check"), [{"quick_check": "ok"}], "quick_check")


def longest_pause_s(house):
    """Between two samples of a target that is well: probing went on all the time."""
    rows = house.rows("select max(pause) / 1000.0 as s from (select at_ms - lag(at_ms) over"
                      " (order by at_ms) as pause from samples_v where target='beta')")
    check(rows[0]["s"] <= LONGEST_PAUSE_S, f"no sample of beta for {rows[0]['s']} s")
    return rows[0]["s"]


def through_trouble(house, receiver, run, end):
    """alpha's outage and the trouble itself are told while nothing can be written; after
    end() both are on disk under the same keys."""
    alpha_is(house, "http 500")
    told = wait_for(lambda: opened(receiver, "alpha"), 90, "the alarm")
    own = wait_for(lambda: opened(receiver, "disk"), 90, "the trouble itself")
    check("unrecorded=1" in log(run), "the log says what is not on disk yet")
    equal(house.rows("select 1 from incidents_v where subject='alpha'"), [], "on disk already")
    end()
    wait_for(lambda: resolved(receiver, "disk"), 60, "the end of the trouble")
    told_once_and_stored(house, receiver)
    equal((len(opened(receiver, "alpha")), len(opened(receiver, "disk"))), (1, 1), "told")
    wait_for(lambda: house.rows("select 1 from incidents_v where id=?",
                                told[0]["body"]["data"]["incident"]["id"]), 20, "its record")
    return own[0]["body"]["data"]["incident"]


# ---- full

def limit_files(p, size):
    """The running program may not let a file grow beyond this; None: as it likes."""
    most = resource.prlimit(p.pid, resource.RLIMIT_FSIZE)[1]
    resource.prlimit(p.pid, resource.RLIMIT_FSIZE, (most if size is None else size, most))


def files_that_may_not_grow_are_a_disk_that_is_full_for_a_while(house):
    receiver, run = move_in(house)
    limit_files(run, os.stat(house.path("dimwatch.db-wal")).st_size)  # more than the log will have
    through_trouble(house, receiver, run, lambda: limit_files(run, None))
    pause = longest_pause_s(house)
    equal(house.stop(run), 0, "exit code")
    evidence("disk, files may not grow", "outage and trouble spoken unrecorded, then stored with "
             f"the same keys, each told once; longest pause of probing {pause} s at a pace of 1 s")


def mount_small(path):
    """A disk of SMALL bytes that only this thread and what it starts can see."""
    libc = ctypes.CDLL(None, use_errno=True)
    return (libc.unshare(CLONE_NEWNS) == 0 and
            libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None) == 0 and
            libc.mount(b"tmpfs", path.encode(), b"tmpfs", 0, f"size={SMALL}".encode()) == 0)


def fill(path):
    with open(path, "wb", buffering=0) as f:
        try:
            while f.write(b"x" * 4096):
                pass
        except OSError:
            pass


def a_small_disk_that_is_filled_and_emptied(house):
    small = house.path("small")
    os.mkdir(small)
    if not mount_small(small):
        os.rmdir(small)
        evidence("disk, a small one filled", "no right to mount one here: the limit of file sizes "
                 "and the file system of the fault tests stand for it")
        return
    house.database = "small/dimwatch.db"
    receiver, run = move_in(house)
    fill(house.path("small/other"))
    own = through_trouble(house, receiver, run, lambda: os.unlink(house.path("small/other")))
    pause = longest_pause_s(house)
    equal(house.stop(run), 0, "exit code")
    words = house.rows("select words from incident_causes where incident=?", own["id"])
    check("full" in words[0]["words"], f"the words say that it is full: {words}")
    shutil.copy(house.path("small/dimwatch.db"), house.path("copy.db"))  # searched for secrets
    ctypes.CDLL(None).umount2(small.encode(), MNT_DETACH)
    os.rmdir(small)
    evidence("disk, a small one filled", f"tmpfs of {SMALL >> 20} MiB filled to the last block under "
             f"the program and emptied: nothing lost, longest pause of probing {pause} s")


def refused_where_nothing_may_grow(house):
    def nothing_may_grow():
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    p = subprocess.run([house.binary, "run"], cwd=house.dir, env=house.env, timeout=30, check=False,
                       preexec_fn=nothing_may_grow, capture_output=True, text=True)
    equal(p.returncode, 3, f"exit code; {p.stderr}")
    check("dimwatch.db" in p.stderr, f"the sentence names the file: {p.stderr}")
    return p.stderr.strip().splitlines()[-1]


def a_start_on_a_full_disk_says_so_and_a_later_one_works(house):
    house.write("dimwatch.yaml", config(1, 2, 3, "").replace("{database}", house.database))
    sentence = refused_where_nothing_may_grow(house)
    _, run = move_in(house)
    equal(house.stop(run), 0, "exit code")
    before = samples(house)
    refused_where_nothing_may_grow(house)  # with a history
    run = house.start("run")
    wait_for(lambda: samples(house) > before, 30, "a new sample")
    equal(house.stop(run), 0, "exit code")
    evidence("disk, full at start", f"exit 3 with and without a history, a later start works; {sentence}")


# ---- gone

def a_deleted_database_is_made_anew_with_what_is_open(house):
    receiver, run = move_in(house)
    alpha_is(house, "http 500")
    alarm = wait_for(lambda: opened(receiver, "alpha"), 60, "the alarm")[0]
    story = alarm["body"]["data"]["incident"]["id"]
    wait_for(lambda: house.rows("select 1 from deliveries_v where id=? and state='sent'", key(alarm)),
             20, "that it is stored")
    os.unlink(house.path("dimwatch.db"))
    wait_for(lambda: opened(receiver, "disk"), 30, "the trouble itself")
    wait_for(lambda: house.rows("select 1 from incidents_v where id=? and state='open'", story),
             30, "the open incident in the new file")
    named = house.rows("select count(distinct target) as n from samples_v")
    equal(named[0]["n"], 3, "targets with their names in the new file")
    house.stop(run, signal.SIGKILL)
    log_before = log(run)
    alpha_is(house, "ok")
    run = house.start("run")  # and the next start remembers it
    end = wait_for(lambda: resolved(receiver, "alpha"), 90, "the end")[0]
    equal(end["body"]["data"]["incident"]["id"], story, "one story")
    equal(house.stop(run), 0, "exit code")
    equal(len(opened(receiver, "alpha")), 1, "told once")
    check("database_made_anew" in log_before, "the log says it")
    evidence("disk, database deleted", "made anew with the next commit and told; open incident and targets "
             "written again; after kill -9 the story ends under the same id")


def a_deleted_log_is_saved_and_nothing_is_lost(house):
    receiver, run = move_in(house)
    before = samples(house)
    os.unlink(house.path("dimwatch.db-wal"))
    wait_for(lambda: "database_log_was_deleted" in log(run), 30, "that it is seen")
    wait_for(lambda: samples(house) > before + 3, 30, "more samples")
    house.stop(run, signal.SIGKILL)  # nothing is mended at an end
    check(samples(house) > before + 3, "samples after kill -9")
    equal(house.rows("pragma quick_check"), [{"quick_check": "ok"}], "quick_check")
    pause = longest_pause_s(house)
    equal(receiver.accepted("hook"), [], "messages: nothing was lost, so nothing is told")
    evidence("disk, -wal deleted", f"seen and saved, 0 samples lost across kill -9, longest pause {pause} s")


# ---- may only be read

def as_nobody(house):
    """root may write everywhere: the program runs as nobody then, from a copy it may read."""
    if os.getuid() != 0:
        return {}
    copy = house.path("own-dimwatch")
    # By a program of its own: what another thread starts meanwhile would inherit our open
    # file, and a program that is open for writing cannot be run.
    subprocess.run(["install", "-m", "755", house.binary, copy], check=True)
    os.chmod(house.dir, 0o755)
    house.binary = copy
    shutil.chown(house.path("place"), "nobody")
    return {"user": "nobody", "group": "nogroup", "extra_groups": []}


def may_write(house, dir_mode, file_mode):
    place = house.path("place")
    os.chmod(place, 0o700)
    for name in os.listdir(place):
        os.chmod(os.path.join(place, name), file_mode)
    os.chmod(place, dir_mode)


def refused_start(house, dir_mode, file_mode, how):
    may_write(house, dir_mode, file_mode)
    p = house.run("run", **how)
    equal(p.returncode, 3, f"exit code in a directory of mode {dir_mode:o}; {p.errors}")
    check("dimwatch.db" in p.errors, p.errors)


def a_read_only_place_is_survived_while_running_and_refused_at_a_start(house):
    os.mkdir(house.path("place"), 0o700)
    house.database = "place/dimwatch.db"
    how = as_nobody(house)
    receiver, run = move_in(house, **how)
    before = samples(house)
    may_write(house, 0o500, 0o400)
    wait_for(lambda: samples(house) > before + 6, 30, "samples in a file that was made read-only")
    # Then it is deleted, in a directory where none can be made.
    run.send_signal(signal.SIGSTOP)  # it must not come in between
    os.chmod(house.path("place"), 0o700)
    os.unlink(house.path(house.database))
    os.chmod(house.path("place"), 0o500)
    run.send_signal(signal.SIGCONT)
    through_trouble(house, receiver, run, lambda: may_write(house, 0o700, 0o600))
    equal(house.stop(run), 0, "exit code")
    equal(stat.S_IMODE(os.stat(house.path(house.database)).st_mode), 0o600, "mode of the new file")
    refused_start(house, 0o500, 0o400, how)
    refused_start(house, 0o700, 0o400, how)
    may_write(house, 0o700, 0o600)
    before = samples(house)
    run = house.start("run", **how)
    wait_for(lambda: samples(house) > before, 30, "samples when it may be written again")
    equal(house.stop(run), 0, "exit code")
    evidence("disk, read-only", f"as {'nobody' if how else 'an ordinary user'}: goes on while it runs; deleted "
             "where none can be made: spoken from memory, written when it may be; a start is refused, exit 3")


# ---- locked

def a_long_lock_by_another_program_loses_no_sample(house):
    receiver, run = move_in(house, MANY)
    lock = sqlite3.connect(house.path("dimwatch.db"), isolation_level=None, timeout=20)
    lock.execute("begin immediate")
    before = samples(house)

    def unlock():
        equal(samples(house), before, "samples while it is locked")
        lock.execute("rollback")
        lock.close()
    through_trouble(house, receiver, run, unlock)
    longest_pause_s(house)
    equal(house.stop(run), 0, "exit code")
    check("event=dropped" not in log(run), "nothing is dropped")
    worst = house.rows("select max(pause) / 1000.0 as s from (select at_ms - lag(at_ms) over (partition by target"
                       " order by at_ms) as pause from samples_v where target <> 'alpha')")[0]["s"]
    check(worst <= LONGEST_PAUSE_S, f"a target without a sample for {worst} s")
    evidence("disk, locked by another program", f"{samples(house) - before} samples of {MANY + 3} targets waited "
             f"in memory or came later, all written; longest pause of one target {worst} s")


if __name__ == "__main__":
    main([files_that_may_not_grow_are_a_disk_that_is_full_for_a_while,
          a_small_disk_that_is_filled_and_emptied,
          a_long_lock_by_another_program_loses_no_sample,
          a_read_only_place_is_survived_while_running_and_refused_at_a_start,
          a_deleted_database_is_made_anew_with_what_is_open,
          a_deleted_log_is_saved_and_nothing_is_lost,
          a_start_on_a_full_disk_says_so_and_a_later_one_works], at_once=7)
