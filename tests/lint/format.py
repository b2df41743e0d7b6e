#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""clang-format decides the layout; without it there is nothing to decide.

Usage: format.py SOURCE_ROOT
"""
import os
import re
import shutil
import subprocess
import sys

from lint import Tap, files


def complaints(tool, root, paths):
    run = subprocess.run([tool, '--dry-run', '-Werror', '--style=file', *paths], cwd=root,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                         check=False)
    places = re.findall(r'^(.+?:\d+):\d+: error:', run.stdout, flags=re.M)
    if run.returncode and not places:
        return [run.stdout.strip().split('\n')[0] or 'clang-format failed']
    return ['%s: not as clang-format writes it' % p for p in dict.fromkeys(places)]


def version_of(tool):
    out = subprocess.run([tool, '--version'], stdout=subprocess.PIPE, text=True, check=False)
    found = re.search(r'version (\d+)', out.stdout)
    return int(found.group(1)) if found else 0


def main():
    root = sys.argv[1]
    tap = Tap()
    name = 'every C file is formatted'
    tool = shutil.which('clang-format-14') or shutil.which('clang-format')
    if not tool:
        tap.skip(name, 'clang-format is not installed')
    elif version_of(tool) != 14:
        tap.skip(name, 'clang-format is version %d, the layout is that of 14' %
                 version_of(tool))
    elif not os.path.exists(os.path.join(root, '.clang-format')):
        tap.case(name, ['.clang-format is missing'])
    else:
        tap.case(name, complaints(tool, root, files(root, '.c', '.h')))
    tap.done()


main()
