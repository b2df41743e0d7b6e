#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every scenario that docs/detection.md names is in tests/scenario.

Usage: doc_scenarios.py SOURCE_ROOT
"""
import os
import re
import sys

from lint import Tap, grep, read

PAGE = 'docs/detection.md'
BEGIN, END = '## Sentence by sentence', '## Every constant'


def named(text):
    """(line, name) of the last column of the page's tables of sentences."""
    begin, end = text.index(BEGIN), text.index(END)
    before = text.count('\n', 0, begin)
    for line, row in grep(text[begin:end], r'^\|[^|]+\|([^|]+)\|$'):
        for name in re.findall(r'`(\w+)`', row.group(1)):
            yield before + line, name


def missing(root, names):
    for line, name in names:
        if not os.path.exists(os.path.join(root, 'tests', 'scenario', name + '.scn')):
            yield '%s:%d: there is no scenario %s' % (PAGE, line, name)


def main():
    root, tap = sys.argv[1], Tap()
    names = list(named(read(root, PAGE)))
    few = [] if len(names) > 40 else ['%s: %d scenarios named' % (PAGE, len(names))]
    tap.case('the_tables_of_sentences_are_found', few)
    tap.case('every_named_scenario_exists', missing(root, names))
    print('# evidence sentences of the verdict: %d scenarios named for them' % len(names))
    tap.done()


if __name__ == '__main__':
    main()
