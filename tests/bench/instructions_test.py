#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The instruction budget as a test (TAP): fails above +10 %.

Usage: instructions_test.py BUILD_DIR
"""
import shutil
import sys

import instructions
from rig import Unable, own_network

NAME = "a probe stays within its budget of instructions"


def main(build):
    print("1..1")
    if not shutil.which("valgrind"):
        print(f"ok 1 - {NAME} # SKIP valgrind is not installed")
        return 0
    own_network()
    try:
        own, allowed = instructions.run(build, quick=True)
    except Unable as e:
        print(f"not ok 1 - {NAME}\n" + "\n".join("# " + line for line in str(e).splitlines()))
        return 1
    good = own <= allowed * instructions.SLACK
    print(f"{'ok' if good else 'not ok'} 1 - {NAME}")
    if not good:
        print(f"# {own:,.0f} instructions, {own / allowed - 1:+.0%} of the budget of {allowed:,}: "
              "see tests/bench/instructions.budget")
    return 0 if good else 1


sys.exit(main(sys.argv[1]))
