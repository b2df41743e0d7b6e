# SPDX-License-Identifier: MIT
"""What the benches share: a folder and a network of their own, the processes that are
measured, their processor time and memory, and one way to print a table. Processor time is
that of the scheduler (nanoseconds), not that of the clock tick (10 ms)."""

import ctypes
import fcntl
import os
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import tempfile
import time

HOSTS = 16  # addresses of the mock: 127.0.0.1 and the next ones
SYSTEM_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
CLONE_NEWNET = 0x40000000


LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG = 1


class Unable(Exception):
    """This machine cannot run the bench; the words say why."""


def own_network():
    """A network of our own, where it may be had: ports and TIME_WAIT are nobody else's."""
    if os.geteuid() != 0 or LIBC.unshare(CLONE_NEWNET) != 0:
        return False
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        fcntl.ioctl(s, 0x8914, struct.pack("16sh22x", b"lo", 0x1 | 0x40))  # SIOCSIFFLAGS: up
    try:
        with open("/proc/sys/net/ipv4/tcp_max_tw_buckets", "w") as f:
            f.write("4096")  # thousands of dead connections make new ones dear
    except OSError:
        pass
    return True


def median(values):
    return statistics.median(values) if values else float("nan")


def quantile(values, q):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * q))] if ordered else float("nan")


def table(title, head, rows):
    cells = [[str(c) for c in row] for row in [head, *rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    print("#\n# " + title)
    for row in cells:
        print("#   " + "  ".join(c.ljust(w) if i == 0 else c.rjust(w)
                               for i, (c, w) in enumerate(zip(row, widths))).rstrip())


def evidence(name, value):
    print(f"# evidence {name}: {value}", flush=True)


def spread(values, digits=2):
    """Median and range, as all tables show them."""
    return f"{median(values):.{digits}f} ({min(values):.{digits}f}-{max(values):.{digits}f})"


def cpu_ms(pid):
    """Processor time of all threads that live, ms."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{task}/schedstat") as f:
                total += int(f.read().split()[0])
        except OSError:
            pass  # it ended meanwhile
    return total / 1e6


def die_with_parent():
    """A bench that is killed leaves nobody behind."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def waited_ms(pid):
    """How long its first thread could have run and had no core: the neighbours' doing."""
    with open(f"/proc/{pid}/task/{pid}/schedstat") as f:
        return int(f.read().split()[1]) / 1e6


def memory_kb(pid):
    """(resident, anonymous, highest resident)"""
    with open(f"/proc/{pid}/status") as f:
        rows = dict(line.split(":", 1) for line in f if ":" in line)
    return tuple(int(rows[k].split()[0]) for k in ("VmRSS", "RssAnon", "VmHWM"))


class Rig:
    def __init__(self, build):
        self.build = os.path.abspath(build)
        self.dir = tempfile.mkdtemp(prefix="dimwatch-bench-")
        self.started, self.ports, self.log = [], {}, None
        self.env = {"PATH": os.environ["PATH"] + ":/usr/sbin", "HOME": self.dir,
                    "LC_ALL": "C.UTF-8"}  # no proxies, no bundles of the caller
        self.binary = os.path.join(self.build, "dimwatch")

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, text):
        with open(self.path(name), "w") as f:
            f.write(text)
        return self.path(name)

    def start(self, name, words, pin=None, env=None):
        if pin is not None:
            words = ["taskset", "-c", str(pin), *words]
        with open(self.path(name + ".out"), "w") as out, open(self.path(name + ".err"), "w") as err:
            p = subprocess.Popen(words, cwd=self.dir, env={**self.env, **(env or {})}, stdout=out,
                                 stderr=err, stdin=subprocess.DEVNULL,
                                 preexec_fn=die_with_parent)
        p.name, p.out = name, self.path(name + ".out")
        self.started.append(p)
        return p

    def stop(self, p, seconds=20):
        if p.poll() is None:
            p.send_signal(signal.SIGTERM)
        try:
            p.wait(seconds)
        except subprocess.TimeoutExpired:
            p.kill()
            p.wait(10)
        return open(p.out, errors="replace").read()

    def stop_after(self, p, seconds):
        time.sleep(seconds)  # the window of the measurement
        return self.stop(p)

    def close(self):
        for p in self.started:
            if p.poll() is None:
                p.kill()
                p.wait(10)
        shutil.rmtree(self.dir, ignore_errors=True)

    def wait_for(self, what, seconds, words, p=None):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            got = what()
            if got:
                return got
            if p and p.poll() is not None:
                break
            time.sleep(0.1)  # polling a condition
        tail = open(self.path(p.name + ".err"), errors="replace").read()[-800:] if p else ""
        raise Unable(f"waited in vain for {words}\n{tail}")

    # --- who takes part ---

    def certificate(self):
        """A CA of our own, a leaf for every address of the mock, and the system's bundle with
        that CA in it, as big as bundles are."""
        def openssl(*words):
            subprocess.run(["openssl", *words], cwd=self.dir, check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        names = ",".join(f"IP:127.0.0.{i + 1}" for i in range(HOSTS))
        curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        openssl("req", "-x509", *curve, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2",
                "-subj", "/CN=bench CA")
        openssl("req", *curve, "-keyout", "leaf.key", "-out", "leaf.csr", "-subj", "/CN=mock")
        openssl("x509", "-req", "-in", "leaf.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                "-CAcreateserial", "-days", "2", "-out", "leaf.pem", "-extfile",
                self.write("leaf.ext", f"subjectAltName={names}\n"))
        pem = "".join(open(self.path(n)).read() for n in ("leaf.pem", "ca.pem", "leaf.key"))
        system = open(SYSTEM_BUNDLE).read() if os.path.exists(SYSTEM_BUNDLE) else ""
        bundle = self.write("bundle.pem", system + open(self.path("ca.pem")).read())
        self.env["SSL_CERT_FILE"] = bundle  # dimwatch and Go take their trust from here
        return self.write("mock.pem", pem)

    def mock(self, delay_ms, tls=False, pin=None):
        words = [os.path.join(self.build, "tests/bench/bench_mock"), "--delay-ms", str(delay_ms),
                 "--hosts", str(HOSTS), "--log", self.path("mock.log")]
        if tls:
            words += ["--pem", self.certificate()]
        p = self.start("mock", words, pin)
        text = self.wait_for(lambda: (t := open(p.out).read()).endswith("ready\n") and t, 20,
                             "the mock (TLS needs libssl-dev at build time)", p)
        self.ports = {w.split()[0]: int(w.split()[1]) for w in text.splitlines()[:-1]}
        self.log = self.path("mock.log")
        return p

    def asked(self, prefix, since_us=0, until_us=1 << 62):
        """What the mock saw of one client: (accepted_us, arrived_us, answered_us, path)."""
        rows = []
        with open(self.log) as f:
            for line in f:
                words = line.split()
                if line.endswith("\n") and len(words) == 4 and words[3].startswith(prefix) and \
                        since_us <= int(words[1]) < until_us:
                    rows.append((*map(int, words[:3]), words[3]))
        return rows

    def config(self, scheme, names, interval, extra=""):
        """Everything on: budgets off (nobody pays), a rule, a channel."""
        rows = [f'  - {{name: {n}, dialect: openai-chat, model: bench-model, key: none, '
                f'url: "{scheme}://127.0.0.{1 + i % HOSTS}:{self.ports[scheme]}/d/{n}'
                f'/v1/chat/completions"}}' for i, n in enumerate(names)]
        return self.write("dimwatch.yaml", "\n".join([
            "vantage: bench", f"defaults: {{interval: {interval}, budget: none, max_asks: none}}",
            "store: {path: dimwatch.db}", extra,
            "rules:", "  - {name: many, when: 'error_rate > 20% over 10m, at least 3 failures'}",
            "alerts:", f'  - webhook: "http://127.0.0.1:{self.ports["http"]}/hook"',
            "targets:", *rows, ""]))

    def dimwatch(self, config, pin=None, name="dimwatch"):
        return self.start(name, [self.binary, "run", "--quiet", "-c", config], pin)

    def bare(self, scheme, targets, interval_ms, pin=None, **more):
        words = [os.path.join(self.build, "tests/bench/bench_bare_loop"), "--scheme", scheme,
                 "--port", str(self.ports[scheme]), "--hosts", str(HOSTS),
                 "--targets", str(targets), "--interval-ms", str(interval_ms)]
        if scheme == "https":
            words += ["--ca", self.env["SSL_CERT_FILE"]]
        for key, value in more.items():
            words += ["--" + key.replace("_", "-"), str(value)]
        return self.start("bare", words, pin)


def versions(rig):
    """What the figures belong to."""
    text = subprocess.run([rig.binary, "version"], stdout=subprocess.PIPE, text=True,
                          env=rig.env, check=False).stdout
    first = "; ".join(" ".join(line.split()) for line in text.splitlines()[:6] if line.strip())
    evidence("bench machine", f"{os.cpu_count()} cores, Linux {os.uname().release}, {first}")
