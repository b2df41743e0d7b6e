# SPDX-License-Identifier: MIT
"""What the lints share: the files of the project, and TAP on stdout.

A problem is a string "path:line: what". A case passes when it has no problems.
"""
import os
import re
import sys

ROOMS = ['agent/base', 'probes', 'alerts', 'storage', 'agent']
SKIPPED_DIRS = {'build', 'subprojects', '__pycache__'}


def files(root, *suffixes, tops=None):
    """Paths relative to root; hidden and build directories are left out."""
    found = []
    for top in tops or ['.']:
        for where, dirs, names in os.walk(os.path.join(root, top)):
            dirs[:] = sorted(d for d in dirs if wanted(where, d))
            for name in sorted(names):
                if name.endswith(suffixes):
                    found.append(os.path.relpath(os.path.join(where, name), root))
    return found


def wanted(where, name):
    if name in SKIPPED_DIRS or (name.startswith('.') and name != '.ci'):
        return False
    return not os.path.isdir(os.path.join(where, name, 'meson-private'))


def read(root, path):
    with open(os.path.join(root, path), encoding='utf-8', errors='replace') as f:
        return f.read()


def code_of(text):
    """C source with comments and literals blanked out; lines keep their numbers."""
    pattern = r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''

    def blank(m):
        return re.sub(r'[^\n]', ' ', m.group()) if m.group()[0] == '/' else '""'

    return re.sub(pattern, blank, text, flags=re.S)


def grep(text, pattern):
    """(line number, match) of every hit."""
    for m in re.finditer(pattern, text, flags=re.M):
        yield text.count('\n', 0, m.start()) + 1, m


class Tap:
    def __init__(self):
        self.count = 0
        self.failed = False

    def case(self, name, problems):
        problems = list(problems)
        self.count += 1
        print('%s %d - %s' % ('not ok' if problems else 'ok', self.count, name))
        for p in problems:
            print('# ' + p)
        self.failed |= bool(problems)

    def skip(self, name, reason):
        self.count += 1
        print('ok %d - %s # SKIP %s' % (self.count, name, reason))

    def done(self):
        print('1..%d' % self.count)
        sys.exit(1 if self.failed else 0)
