#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Adds up the cases of all test programs.

Usage: report.py [--evidence FILE] BUILD_DIR|FILE.tap...

Meson counts programs; people count cases. Reads meson-logs/testlog.json of each build
directory, parses the TAP of each program and prints what failed, what was skipped and
why, a table, and as the last line "N passed, N failed" (and ", N skipped"). A program
that crashed, timed out or printed another number of cases than it planned is one failed
case more. Exit status 1 when anything failed, or when there was nothing at all.

FILE.tap is what a tool wrote that meson does not run (clang-tidy, the fuzzers): its name
is the suite, its folder the build, a line "# seconds: N" its time. Lines
"# evidence NAME: VALUE" of any test are printed as one table before the last line, and
written to the FILE of --evidence as a page with the suites.
"""
import json
import os
import re
import signal
import sys

import evidence

TAIL = 25  # lines of a crashed program that are shown
RESULT = re.compile(r'(not )?ok\b *(\d*) *(?:- *)?(.*)$')
PLAN = re.compile(r'1\.\.(\d+)(?: *# *skip\S* *(.*))?$', re.I)
SKIP = re.compile(r'(.*?)\s*# *skip\S*\s*(.*)$', re.I)
# cmocka closes a group with a comment that looks like a result.
EVIDENCE = re.compile(r'# evidence ([^:]+): *(.*\S)')
SECONDS = re.compile(r'# seconds: *([0-9.]+)')
GROUP = re.compile(r'# (not )?ok - ')


class Case:
    def __init__(self, name, state, notes=(), reason=''):
        self.name, self.state, self.notes, self.reason = name, state, list(notes), reason


def parse_tap(text):
    """(cases, planned or None, bail-out text)"""
    cases, planned, bail, loose = [], None, '', []
    for line in text.split('\n'):
        result, plan = RESULT.match(line), PLAN.match(line)
        if line.startswith('Bail out!'):
            bail = line[9:].strip() or 'without a word'
        elif plan:
            planned = int(plan.group(1))
            if planned == 0 and plan.group(2) is not None:
                cases.append(Case('all cases', 'skipped', reason=plan.group(2)))
                planned = 1
        elif result:
            cases.append(read_case(result, loose))
            loose = []
        elif line.startswith('#') and cases and cases[-1].state == 'failed':
            if not GROUP.match(line):
                cases[-1].notes.append(line[1:].strip())
        elif line.strip() and not line.startswith(('#', 'TAP version')):
            loose.append(line)
    return cases, planned, bail


def read_case(result, loose):
    name = result.group(3).strip()
    skip = SKIP.match(name)
    if result.group(1):
        return Case(name, 'failed', loose)
    if skip:
        return Case(skip.group(1), 'skipped', reason=skip.group(2) or 'no reason given')
    return Case(name, 'passed')


def how_it_ended(run):
    """Why the program as a whole is not to be believed; '' when it is."""
    code = run.get('returncode', 0)
    if run.get('result') == 'TIMEOUT':
        return 'ran out of time'
    if run.get('result') == 'INTERRUPT':
        return 'was interrupted'
    if code < 0:
        try:
            return 'died of %s' % signal.Signals(-code).name
        except ValueError:
            return 'died of signal %d' % -code
    return 'exited with %d' % code if code else ''


def cases_of(run):
    cases, planned, bail = parse_tap(run.get('stdout') or '')
    end = how_it_ended(run)
    failed = any(c.state == 'failed' for c in cases)
    trouble = ''
    if bail:
        trouble = 'gave up: ' + bail
    elif end and (not end.startswith('exited') or not failed):
        trouble = end
    if planned is None and not trouble:
        trouble = 'printed no plan'
    elif planned is not None and planned != len(cases):
        trouble = (trouble + ', ' if trouble else '') + \
            'planned %d cases and printed %d' % (planned, len(cases))
    if trouble:
        output = (run.get('stdout') or '') + (run.get('stderr') or '')
        tail = [line for line in output.split('\n') if line.strip()][-TAIL:]
        cases.append(Case('the program ' + trouble, 'failed', tail))
    return cases


def split_name(name):
    """"project:suite / program" -> (suite, program); of several suites the first."""
    suite, slash, program = name.partition(' / ')
    return (suite.split(':')[-1].split('+')[0].strip(), program) if slash else ('-', name)


class Totals:
    def __init__(self):
        self.count = {'passed': 0, 'failed': 0, 'skipped': 0}
        self.rows = {}  # (build, suite) -> [programs, cases, seconds]
        self.skipped = []
        self.evidence = []  # (build, name, value)

    def add(self, build, run):
        suite, program = split_name(run['name'])
        cases = cases_of(run)
        if cases:
            row = self.rows.setdefault((build, suite), [0, 0, 0.0])
            row[0] += 1
            row[1] += len(cases)
            row[2] += run.get('duration') or 0.0
        for line in (run.get('stdout') or '').split('\n'):
            found = EVIDENCE.match(line)
            if found and (build, *found.groups()) not in self.evidence:
                self.evidence.append((build, *map(printable, found.groups())))
        for case in cases:
            self.count[case.state] += 1
            if case.state == 'failed':
                show_failure('%s: %s/%s' % (build, suite, program), case)
            elif case.state == 'skipped':
                self.skipped.append('%s: %s/%s: %s: %s' % (build, suite, program, case.name,
                                                           case.reason))

    def failure(self, build, words):
        self.count['failed'] += 1
        show_failure(build, Case(words, 'failed'))


def show_failure(where, case):
    print('FAILED %s: %s' % (where, case.name))
    for note in case.notes:
        print('       ' + printable(note))


def printable(text):
    return ''.join(c if c.isprintable() else '?' for c in text)


def read_log(build, totals):
    label = os.path.basename(os.path.normpath(build))
    path = os.path.join(build, 'meson-logs', 'testlog.json')
    try:
        with open(path, encoding='utf-8', errors='replace') as f:
            runs = [json.loads(line) for line in f if line.strip()]
    except (OSError, ValueError) as e:
        totals.failure(label, 'no test log: %s' % e)
        return
    if not runs:
        totals.failure(label, 'the test log is empty')
    for run in runs:
        totals.add(label, run)


def read_tap(path, totals):
    """A file of TAP as if a program of meson's had printed it."""
    label = os.path.basename(os.path.dirname(os.path.abspath(path)))
    suite = os.path.splitext(os.path.basename(path))[0]
    try:
        with open(path, encoding='utf-8', errors='replace') as f:
            text = f.read()
    except OSError as e:
        totals.failure(label, 'no %s: %s' % (suite, e))
        return
    seconds = SECONDS.search(text)
    totals.add(label, {'name': '%s / %s' % (suite, suite), 'stdout': text,
                       'duration': float(seconds.group(1)) if seconds else 0.0})


def print_evidence(rows):
    width = max(len(name) for _, name, _ in rows)
    print('\nproven')
    for build, name, value in rows:
        print('  %s  %s  (%s)' % (name.ljust(width), value, build))
    print()


def print_table(rows):
    head = ('build', 'suite', 'programs', 'cases', 'seconds')
    lines = [(build, suite, str(r[0]), str(r[1]), '%.1f' % r[2])
             for (build, suite), r in sorted(rows.items())]
    widths = [max(len(line[i]) for line in [head, *lines]) for i in range(len(head))]
    for line in [head, *lines]:
        print('  '.join(cell.ljust(w) if i < 2 else cell.rjust(w)
                        for i, (cell, w) in enumerate(zip(line, widths))))


def main():
    words, page = sys.argv[1:], None
    if words[:1] == ['--evidence'] and len(words) > 1:
        page, words = words[1], words[2:]
    if not words:
        sys.exit(__doc__)
    totals = Totals()
    for word in words:
        (read_tap if word.endswith('.tap') else read_log)(word, totals)
    for line in totals.skipped:
        print('skipped %s' % line)
    if totals.rows:
        print_table(totals.rows)
    if totals.evidence:
        print_evidence(totals.evidence)
    count = totals.count
    last = '%d passed, %d failed' % (count['passed'], count['failed']) + (
        ', %d skipped' % count['skipped'] if count['skipped'] else '')
    if page:
        suites = [(*name, *row) for name, row in sorted(totals.rows.items())]
        evidence.write(page, last, suites, totals.evidence, totals.skipped)
    print(last)
    sys.exit(1 if count['failed'] or count['passed'] + count['skipped'] == 0 else 0)


main()
