#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures. Usage: bench.py NAME|all [--quick] BUILD_DIR

NAMEs: probe_cost, probe_rate, many, storage, startup, replay, instructions. Each prints one
table and its evidence lines; --quick tries it in seconds, and its figures prove nothing. Build
with -Dbuildtype=release. docs/evidence.md keeps what was measured.
"""
import importlib
import os
import sys

from rig import Unable, own_network

NAMES = ("probe_cost", "probe_rate", "many", "storage", "startup", "replay", "instructions")


def main(words):
    quick = "--quick" in words
    words = [w for w in words if w != "--quick"]
    if len(words) != 2 or words[0] not in (*NAMES, "all"):
        sys.exit(__doc__)
    if not os.path.exists(os.path.join(words[1], "tests/bench/bench_mock")):
        sys.exit(f"bench: {words[1]} holds no built benches (ninja -C {words[1]})")
    if not own_network():
        print("# no network of our own (not root): ports are shared with the machine")
    status = 0
    for name in NAMES if words[0] == "all" else words[:1]:
        try:
            importlib.import_module(name).run(words[1], quick)
        except Unable as e:
            print(f"{name}: {e}")
            status = 1
    sys.exit(status)


if __name__ == "__main__":
    main(sys.argv[1:])
