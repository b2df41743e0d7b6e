#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The staircase: agent/base -> probes -> alerts -> storage -> agent.

Usage: layers.py SOURCE_ROOT
"""
import os
import re
import sys

from lint import ROOMS, Tap, files, grep, read

# Headers that the build writes; they have no folder.
GENERATED = set()
UMBRELLAS = {'all', 'common', 'dimwatch', 'global', 'globals', 'helpers', 'includes', 'misc',
             'util', 'utils'}
HEADER_LINES = 160
# A library is included by the room that owns it, and by nobody else.
OWNERS = {
    'curl/': r'probes/http\w*\.[ch]|agent/cmd_version\.c',
    'sqlite3.h': r'storage/\w+\.[ch]|agent/cmd_version\.c',
    'event2/': r'agent/.*\.[ch]|probes/(http|probe)\w*\.[ch]|storage/writer\w*\.c',
    'yaml.h': r'agent/base/yaml\w*\.[ch]|agent/cmd_version\.c',
}


def room_of(path):
    if path.startswith('agent/base/'):
        return 'agent/base'
    return path.split('/')[0]


def includes(root, path):
    """(line, quoted?, name) of every include."""
    for line, m in grep(read(root, path), r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]'):
        yield line, m.group(1) == '"', m.group(2)


def to_the_right(root, paths):
    for path in paths:
        for line, quoted, name in includes(root, path):
            if not quoted or room_of(name) not in ROOMS:
                continue
            if ROOMS.index(room_of(name)) > ROOMS.index(room_of(path)):
                yield '%s:%d: %s may not include from %s' % (
                    path, line, room_of(path), room_of(name))


def not_from_root(root, paths, allowed):
    for path in paths:
        for line, quoted, name in includes(root, path):
            if quoted and name not in GENERATED and name.split('/')[0] not in allowed:
                yield '%s:%d: write "%s" from the root' % (path, line, name)


def climbing(root, paths):
    for path in paths:
        for line, _, name in includes(root, path):
            if '..' in name.split('/'):
                yield '%s:%d: include climbs: %s' % (path, line, name)


def umbrellas(paths):
    for path in paths:
        if os.path.splitext(os.path.basename(path))[0] in UMBRELLAS:
            yield '%s: a header with this name will be the header of everything' % path


def long_headers(root, paths):
    for path in paths:
        lines = read(root, path).count('\n')
        if lines > HEADER_LINES:
            yield '%s: %d lines, a header has at most %d' % (path, lines, HEADER_LINES)


def strangers(root, paths):
    for path in paths:
        for line, quoted, name in includes(root, path):
            for library, owner in OWNERS.items():
                if not quoted and name.startswith(library) and not re.fullmatch(owner, path):
                    yield '%s:%d: <%s> belongs to another room' % (path, line, name)


def without_guard(root, paths):
    for path in paths:
        if not re.search(r'^#ifndef (\w+_H)\n#define \1\n', read(root, path), flags=re.M):
            yield '%s: no include guard' % path


def main():
    root = sys.argv[1]
    tops = sorted({room.split('/')[0] for room in ROOMS})
    sources = files(root, '.c', '.h', tops=tops)
    headers = [p for p in sources if p.endswith('.h')]
    tests = files(root, '.c', '.h', tops=['tests'])
    tap = Tap()
    tap.case('there is something to look at', [] if len(sources) > 20 else ['few sources'])
    tap.case('no file includes from a folder to its right', to_the_right(root, sources))
    tap.case('includes are written from the root', not_from_root(root, sources, tops))
    tap.case('tests include from the root too',
             not_from_root(root, tests, tops + ['tests']))
    tap.case('no include climbs', climbing(root, sources + tests))
    tap.case('no header is an umbrella', umbrellas(headers))
    tap.case('headers are short', long_headers(root, headers))
    tap.case('headers have include guards', without_guard(root, headers))
    tap.case('each library is included by its own room', strangers(root, sources))
    tap.done()


main()
