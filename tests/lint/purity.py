#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Core libraries are pure: no mutable data, no way out into the world.

Usage: purity.py SOURCE_ROOT BUILD_ROOT

Looks at every lib*_core.a of a build without sanitizers. By section, not by symbol:
under PIE a `static const` table that holds pointers stands in .data.rel.ro.
"""
import fnmatch
import os
import re
import subprocess
import sys

from lint import Tap

MUTABLE = re.compile(r'\.(data|bss|tdata|tbss)(\.|$)')
CONSTANT = re.compile(r'\.data\.rel\.ro(\.|$)')


def run(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def libraries(build):
    found = []
    for where, _, names in os.walk(build):
        found += [os.path.join(where, n) for n in names if re.fullmatch(r'lib\w+_core\.a', n)]
    return sorted(found)


def name_of(library):
    return re.fullmatch(r'lib(\w+)\.a', os.path.basename(library)).group(1)


def mutable_sections(library):
    member = '?'
    for line in run('size', '-A', library).split('\n'):
        head = re.match(r'(\S+)\s+\(ex ', line)
        row = re.match(r'(\.\S+)\s+(\d+)\s', line)
        if head:
            member = head.group(1)
        elif row and int(row.group(2)) and MUTABLE.match(row.group(1)) and \
                not CONSTANT.match(row.group(1)):
            yield '%s: %s has %s bytes' % (member, row.group(1), row.group(2))


def symbols(library):
    """(member, symbol, type) of everything in the library."""
    member = '?'
    for line in run('nm', '--format=posix', library).split('\n'):
        head = re.search(r'\[(.+)\]:$', line) or re.match(r'(\S+\.o):$', line)
        parts = line.split()
        if head:
            member = os.path.basename(head.group(1))
        elif len(parts) >= 2:
            yield member, parts[0].split('@')[0], parts[1]


def common_symbols(library):
    for member, symbol, kind in symbols(library):
        if kind == 'C':
            yield '%s: %s is a common symbol' % (member, symbol)


def read_allowed(root):
    """Lines "PATTERN" (for all) and "FILE: PATTERN" (for one file)."""
    everywhere, for_file = [], {}
    with open(os.path.join(root, 'tests/lint/pure_symbols.txt'), encoding='utf-8') as f:
        for line in f:
            line = line.split('#')[0].strip()
            if ':' in line:
                name, pattern = (part.strip() for part in line.split(':'))
                for_file.setdefault(name, []).append(pattern)
            elif line:
                everywhere += line.split()
    return everywhere, for_file


def ways_out(library, own, allowed):
    everywhere, for_file = allowed
    for member, symbol, kind in symbols(library):
        if kind not in 'Uw' or symbol in own:
            continue
        source = re.sub(r'\.o$', '', member)
        patterns = everywhere + for_file.get(source, [])
        if not any(fnmatch.fnmatchcase(symbol, p) for p in patterns):
            yield '%s: reaches %s' % (source, symbol)


def main():
    root, build = sys.argv[1:3]
    found = libraries(build)
    allowed = read_allowed(root)
    own = {symbol for library in found for _, symbol, kind in symbols(library)
           if kind in 'TRDBVW'}
    tap = Tap()
    tap.case('there are core libraries', [] if found else ['none in ' + build])
    for library in found:
        name = name_of(library)
        tap.case('%s has no mutable data' % name,
                 [*mutable_sections(library), *common_symbols(library)])
        tap.case('%s does not reach into the world' % name,
                 ways_out(library, own, allowed))
    tap.done()


main()
