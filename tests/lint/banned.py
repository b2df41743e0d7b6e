#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Words, sizes and shapes that we do not want.

Usage: banned.py SOURCE_ROOT
"""
import re
import sys

from lint import Tap, code_of, files, grep, read

FUNCTIONS = ('strcpy strcat strncpy strncat sprintf vsprintf strtok gmtime localtime ctime '
             'atoi atol atof gets rand srand alloca system popen').split()
FILE_LINES = 450
FUNCTION_LINES = 70
PARAMETERS = 6
# Written in two halves, so that this file does not find itself.
LATER = r'\b(TO' r'DO|FIX' r'ME)\b'
WORKPLACE = r'/wo' r'rk/|\bsha' r'red/(design|style|detection|destinations|providers)|/ro' r'ot/'
# Up to 50 ms between two looks at a condition is polling, anything more is hoping.
SLEEP = {
    '.c': r'\b(u|nano)?sl' r'eep\s*\(',
    '.py': r'\btime\.sl' r'eep\s*\((?!0\.0[0-5]\d*\))|\bfrom time import .*sl' r'eep',
    '.sh': r'^[^#\n]*\bsl' r'eep\s+(?!0\.0[0-5]\b)[0-9.$]',
}
# Set and empty means no: whether it is set at all says nothing.
LONG_UNREAD = r'getenv\("DIMWATCH_TESTS_LONG"\)\s*[?!=&|)]'
# Where standing still is what the test does to somebody, its line says so.
THE_FAULT = 'the fault itself'
# Figures are taken over time, and no case depends on how long.
MEASURES = ('tests/bench/',)


def banned_functions(root, paths):
    pattern = r'\b(%s)\s*\(' % '|'.join(FUNCTIONS)
    for path in paths:
        for line, m in grep(code_of(read(root, path)), pattern):
            yield '%s:%d: %s is banned' % (path, line, m.group(1))


def matches(root, paths, pattern, what):
    for path in paths:
        text = read(root, path)
        lines = text.split('\n')
        for line, m in grep(text, pattern):
            if what == 'sleeps' and THE_FAULT in lines[line - 1]:
                continue
            yield '%s:%d: %s: %s' % (path, line, what, m.group().strip())


def long_files(root, paths):
    for path in paths:
        lines = read(root, path).count('\n')
        if lines > FILE_LINES:
            yield '%s: %d lines, a file has at most %d' % (path, lines, FILE_LINES)


def heads(code):
    """(line, name, parameters) of every function, whose brace is in the first column."""
    for line, m in grep(code, r'^(?![#}\s])[^;{}=]*?\b(\w+)\s*\(([^;{}]*)\)\s*\n\{'):
        yield line, m.group(1), m.group(2)


def long_functions(root, paths):
    for path in paths:
        code = code_of(read(root, path))
        for m in re.finditer(r'^\{\n(.*?)^\}', code, flags=re.M | re.S):
            lines = m.group(1).count('\n')
            if lines > FUNCTION_LINES:
                yield '%s:%d: a function of %d lines, at most %d' % (
                    path, code.count('\n', 0, m.start()) + 1, lines, FUNCTION_LINES)


def count_parameters(text):
    depth, commas = 0, 0
    for c in text:
        depth += (c == '(') - (c == ')')
        commas += c == ',' and depth == 0
    return commas + 1 if text.strip() not in ('', 'void') else 0


def many_parameters(root, paths):
    for path in paths:
        for line, name, text in heads(code_of(read(root, path))):
            if count_parameters(text) > PARAMETERS:
                yield '%s:%d: %s has %d parameters, at most %d' % (
                    path, line, name, count_parameters(text), PARAMETERS)


def typedefs(root, paths):
    for path in paths:
        for line, m in grep(code_of(read(root, path)),
                            r'^[ \t]*typedef\s+(?:struct|enum|union)\b[^;]*;'):
            if '(*' not in m.group():
                yield '%s:%d: typedef of a struct or enum' % (path, line)


def without_head(root, paths):
    for path in paths:
        text = read(root, path)
        if not text.startswith('/* SPDX-License-Identifier: MIT'):
            yield '%s:1: the first line is the SPDX line' % path
        elif path.startswith('tests/unit/'):
            continue  # the name says it: the test of the file of the same name
        elif not re.match(r'/\* SPDX-License-Identifier: MIT\n \*\n \* \S', text):
            yield '%s:2: the head says what this file is for' % path


def main():
    root = sys.argv[1]
    c = files(root, '.c', '.h')
    texts = files(root, '.c', '.h', '.py', '.sh', '.yaml', '.md', '.build', '.txt', '.scn',
                  '.in', '.1', 'quickstart', '.ci/run')
    tap = Tap()
    tap.case('there is something to look at', [] if len(c) > 20 else ['few sources'])
    tap.case('no banned function is called', banned_functions(root, c))
    tap.case('nothing is left for later',
             matches(root, texts, LATER, 'left for later'))
    tap.case('files are short', long_files(root, c))
    tap.case('functions are short', long_functions(root, c))
    tap.case('functions have few parameters', many_parameters(root, c))
    tap.case('structs and enums have no typedef', typedefs(root, c))
    tap.case('every file starts with licence and purpose', without_head(root, c))
    for suffix, pattern in SLEEP.items():
        tests = [p for p in files(root, suffix, tops=['tests']) if not p.startswith(MEASURES)]
        tap.case('no test waits by the clock (*%s)' % suffix,
                 matches(root, tests, pattern, 'sleeps'))
    tap.case('the long form is asked for by a word',
             matches(root, files(root, '.c', tops=['tests']), LONG_UNREAD, 'set or not is no word'))
    tap.case('no file names the place where it was written',
             matches(root, texts, WORKPLACE, 'workplace'))
    tap.done()


main()
