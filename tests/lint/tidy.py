#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""clang-tidy over every C file of a clang build directory, one TAP case a file.

Usage: tidy.py [--quick] SOURCE_ROOT BUILD_DIR [JOBS] [FILE...]

--quick: the static analyzer, which takes nearly all of the time, gives a function up
after 50,000 states instead of 225,000: half of the time, and hardly a find less.

A gcc compile database will not do: its flags are not clang's. The sources that the build
makes must be there already. Settings are the .clang-tidy next to the file or above it.
A file that was clean stays so until it, a header or the settings change: what was clean
is kept in BUILD_DIR/tidy.json.
"""
import concurrent.futures
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time

from lint import Tap, files, read

QUICK = [word for value in ('-analyzer-config', 'max-nodes=50000')
         for word in ('-extra-arg=-Xclang', '-extra-arg=' + value)]
COMPLAINT = re.compile(r'^(\S+?:\d+):\d+: (?:error|warning): (.*?)(?: \[([^\]]*)\])?$', re.M)


def find_tool():
    tool = shutil.which('clang-tidy-14') or shutil.which('clang-tidy')
    if not tool:
        return None, 'clang-tidy is not installed'
    out = subprocess.run([tool, '--version'], stdout=subprocess.PIPE, text=True, check=False)
    found = re.search(r'version (\d+)', out.stdout)
    if not found or found.group(1) != '14':
        return None, 'clang-tidy is version %s, the settings are those of 14' % (
            found.group(1) if found else 'unknown')
    return tool, out.stdout


def sources(root, build):
    """Files of the compile database that stand in the source tree, relative to it."""
    with open(os.path.join(build, 'compile_commands.json'), encoding='utf-8') as f:
        rows = json.load(f)
    paths = {os.path.realpath(os.path.join(r['directory'], r['file'])) for r in rows}
    top = os.path.realpath(root) + os.sep
    inside = os.path.realpath(build) + os.sep
    return sorted(p[len(top):] for p in paths if p.startswith(top) and not p.startswith(inside))


def common_key(root, version):
    """What every file depends on: the tool, the settings, all headers."""
    whole = hashlib.sha256(version.encode())
    for path in sorted(files(root, '.h') + ['.clang-tidy', 'tests/.clang-tidy']):
        whole.update((path + '\0' + read(root, path) + '\0').encode())
    return whole.hexdigest()


def complaints(tool, root, build, path):
    run = subprocess.run([*tool, '-quiet', '-p', build, os.path.join(root, path)], cwd=root,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                         errors='replace', check=False)
    top = os.path.realpath(root) + os.sep
    found = []
    for place, words, check in COMPLAINT.findall(run.stdout):
        where = os.path.realpath(os.path.join(build, place))
        where = where[len(top):] if where.startswith(top) else place
        found.append('%s: %s [%s]' % (where, words, check.split(',')[0]))
    if run.returncode and not found:
        found = run.stdout.strip().split('\n')[-5:]
    return list(dict.fromkeys(found))


def load(path):
    try:
        with open(path, encoding='utf-8') as f:
            return json.load(f)
    except (OSError, ValueError):
        return {}


def save(path, clean):
    with open(path + '.new', 'w', encoding='utf-8') as f:
        json.dump(clean, f)
    os.replace(path + '.new', path)


def main():
    quick = sys.argv[1] == '--quick'
    words = sys.argv[2:] if quick else sys.argv[1:]
    root, build = words[:2]
    jobs = int(words[2]) if len(words) > 2 else 2
    tap = Tap()
    tool, version = find_tool()
    if not tool:
        tap.skip('every C file is tidy', version)
        tap.done()
    began = time.monotonic()
    tool = [tool] + (QUICK if quick else [])
    paths = words[3:] or sources(root, build)
    common = common_key(root, version + str(quick))
    keys = {p: hashlib.sha256((common + read(root, p)).encode()).hexdigest() for p in paths}
    store = os.path.join(build, 'tidy.json')
    clean = load(store)
    wanted = [p for p in paths if clean.get(p) != keys[p]]
    dirty = 0
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        found = {p: pool.submit(complaints, tool, root, build, p) for p in wanted}
        for path in paths:
            problems = found[path].result() if path in found else []
            tap.case(path, problems)
            sys.stdout.flush()
            dirty += bool(problems)
            if path in found and not problems:
                clean[path] = keys[path]
                save(store, clean)
    print('# evidence clang-tidy: %d files, %d of them looked at now, %d with complaints' % (
        len(paths), len(wanted), dirty))
    print('# seconds: %.1f' % (time.monotonic() - began))
    tap.done()


main()
