#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The reporter against test logs of every unpleasant kind; speaks TAP itself."""
import json
import os
import subprocess
import sys
import tempfile

REPORT = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'report.py')


def run(stdout, name='dimwatch:unit / base/x', **more):
    return {'name': name, 'stdout': stdout, 'result': 'OK', 'returncode': 0, 'duration': 0.5,
            **more}


def report(*logs):
    """Exit status and lines of the report over build directories with these logs, and the
    page of evidence. A log ('NAME.tap', text) is a file of TAP."""
    with tempfile.TemporaryDirectory() as top:
        dirs = []
        page = os.path.join(top, 'evidence.md')
        for i, log in enumerate(logs):
            dirs.append(os.path.join(top, 'build%d' % i))
            os.makedirs(os.path.join(dirs[-1], 'meson-logs'))
            if log is None:
                continue
            if isinstance(log, tuple):
                dirs[-1] = os.path.join(dirs[-1], log[0])
                if log[1] is not None:
                    with open(dirs[-1], 'w', encoding='utf-8') as f:
                        f.write(log[1])
                continue
            with open(os.path.join(dirs[-1], 'meson-logs', 'testlog.json'), 'w',
                      encoding='utf-8') as f:
                f.write(log if isinstance(log, str) else
                        ''.join(json.dumps(r) + '\n' for r in log))
        done = subprocess.run([sys.executable, '-B', REPORT, '--evidence', page, *dirs],
                              stdout=subprocess.PIPE, text=True, check=False)
        with open(page, encoding='utf-8') as f:
            pages = ['page: ' + line for line in f.read().split('\n')]
        return done.returncode, done.stdout.rstrip('\n').split('\n'), pages


GOOD = '1..2\nok 1 - a\nok 2 - b\n# ok - group\n'
CMOCKA_FAILURE = ('1..2\nok 1 - a\nERROR: words before\nnot ok 2 - b\n'
                  '# t.c:7: error: Failure!\n# not ok - group\n')

EVIDENCE = '# evidence kill -9: 100 kills, seed 42: 0 lost\n'

# name, logs, exit status, last line, a line that must be there (or None)
CASES = [
    ('good_programs_are_added_up', [[run(GOOD), run(GOOD)]], 0, '4 passed, 0 failed', None),
    ('builds_are_added_up', [[run(GOOD)], [run(GOOD)]], 0, '4 passed, 0 failed', None),
    ('a_failed_case_is_named', [[run(CMOCKA_FAILURE, returncode=1, result='FAIL')]], 1,
     '1 passed, 1 failed', 'FAILED build0: unit/base/x: b'),
    ('its_diagnostics_are_shown', [[run(CMOCKA_FAILURE, returncode=1)]], 1,
     '1 passed, 1 failed', '       t.c:7: error: Failure!'),
    ('words_before_the_failure_are_shown', [[run(CMOCKA_FAILURE, returncode=1)]], 1,
     '1 passed, 1 failed', '       ERROR: words before'),
    ('a_skip_is_counted_with_its_reason',
     [[run('1..2\nok 1 - a\nok 2 - b # SKIP no tool\n')]], 0,
     '1 passed, 0 failed, 1 skipped', 'skipped build0: unit/base/x: b: no tool'),
    ('a_skipped_program_is_one_skip', [[run('1..0 # SKIP no network\n'), run(GOOD)]], 0,
     '2 passed, 0 failed, 1 skipped', 'skipped build0: unit/base/x: all cases: no network'),
    ('a_skip_marked_not_ok_is_a_failure', [[run('1..1\nnot ok 1 - a # SKIP\n', returncode=1)]],
     1, '0 passed, 1 failed', None),
    ('a_crash_is_a_failed_case', [[run('1..2\nok 1 - a\n', returncode=-11, result='FAIL')]], 1,
     '1 passed, 1 failed',
     'FAILED build0: unit/base/x: the program died of SIGSEGV, '
     'planned 2 cases and printed 1'),
    ('a_crash_after_the_last_case_is_one_too', [[run(GOOD, returncode=-6, result='ERROR')]], 1,
     '2 passed, 1 failed', 'FAILED build0: unit/base/x: the program died of SIGABRT'),
    ('a_crash_beside_a_failed_case_is_both', [[run(CMOCKA_FAILURE, returncode=-6)]], 1,
     '1 passed, 2 failed', None),
    ('a_leak_report_is_shown', [[run(GOOD, returncode=23, stderr='LeakSanitizer: 5 bytes\n')]],
     1, '2 passed, 1 failed', '       LeakSanitizer: 5 bytes'),
    ('running_out_of_time_is_a_failed_case', [[run(GOOD, result='TIMEOUT', returncode=-15)]], 1,
     '2 passed, 1 failed', 'FAILED build0: unit/base/x: the program ran out of time'),
    ('fewer_cases_than_planned_is_a_failure', [[run('1..3\nok 1 - a\nok 2 - b\n')]], 1,
     '2 passed, 1 failed',
     'FAILED build0: unit/base/x: the program planned 3 cases and printed 2'),
    ('more_cases_than_planned_is_a_failure', [[run('1..1\nok 1 - a\nok 2 - b\n')]], 1,
     '2 passed, 1 failed', None),
    ('silence_is_a_failure', [[run('')]], 1, '0 passed, 1 failed',
     'FAILED build0: unit/base/x: the program printed no plan'),
    ('giving_up_is_a_failure', [[run('1..2\nok 1 - a\nBail out! no disk\n', returncode=1)]], 1,
     '1 passed, 1 failed',
     'FAILED build0: unit/base/x: the program gave up: no disk, '
     'planned 2 cases and printed 1'),
    ('a_plan_at_the_end_is_fine', [[run('ok 1 - a\n1..1\n')]], 0, '1 passed, 0 failed', None),
    ('no_log_is_a_failure', [None], 1, '0 passed, 1 failed', None),
    ('an_empty_log_is_a_failure', [''], 1, '0 passed, 1 failed', None),
    ('a_broken_log_is_a_failure', ['{"name":'], 1, '0 passed, 1 failed', None),
    ('a_good_build_does_not_hide_a_missing_one', [[run(GOOD)], None], 1, '2 passed, 1 failed',
     None),
    ('the_table_names_suites', [[run(GOOD), run(GOOD, 'dimwatch:lint / layers')]], 0,
     '4 passed, 0 failed', 'build0  unit          1      2      0.5'),
    ('of_several_suites_the_first_counts', [[run(GOOD, 'dimwatch:lint+fast / layers')]], 0,
     '2 passed, 0 failed', 'build0  lint          1      2      0.5'),
    ('nothing_dangerous_reaches_the_terminal',
     [[run('1..1\nnot ok 1 - a\n# \x1b[2J\n', returncode=1)]], 1, '0 passed, 1 failed',
     '       ?[2J'),
    ('a_tap_file_is_a_program_of_its_own', [[run(GOOD)], ('fuzz.tap', GOOD)], 0,
     '4 passed, 0 failed', 'build1  fuzz          1      2      0.0'),
    ('a_tap_file_knows_its_time', [('fuzz.tap', GOOD + '# seconds: 61.5\n')], 0,
     '2 passed, 0 failed', 'build0  fuzz          1      2     61.5'),
    ('a_failed_case_of_a_tap_file_is_named',
     [('fuzz.tap', 'not ok 1 - sse\n# input: x\n1..1\n')], 1, '0 passed, 1 failed',
     '       input: x'),
    ('a_tap_file_without_its_plan_is_a_failure', [('fuzz.tap', 'ok 1 - sse\n')], 1,
     '1 passed, 1 failed', 'FAILED build0: fuzz/fuzz: the program printed no plan'),
    ('a_missing_tap_file_is_a_failure', [[run(GOOD)], ('fuzz.tap', None)], 1,
     '2 passed, 1 failed', None),
    ('evidence_is_printed_before_the_last_line', [[run(GOOD + EVIDENCE)]], 0,
     '2 passed, 0 failed', '  kill -9  100 kills, seed 42: 0 lost  (build0)'),
    ('evidence_is_printed_once_a_build', [[run(GOOD + EVIDENCE), run(GOOD + EVIDENCE)]], 0,
     '4 passed, 0 failed', '  kill -9  100 kills, seed 42: 0 lost  (build0)'),
    ('nothing_dangerous_is_evidence', [[run(GOOD + '# evidence a: \x1b[2J\n')]], 0,
     '2 passed, 0 failed', '  a  ?[2J  (build0)'),
    ('the_page_holds_the_evidence', [[run(GOOD + EVIDENCE)]], 0, '2 passed, 0 failed',
     'page: | build0 | kill -9 | 100 kills, seed 42: 0 lost |'),
    ('a_bar_does_not_break_the_table_of_the_page',
     [[run(GOOD + '# evidence a: 1|2\n')]], 0, '2 passed, 0 failed',
     'page: | build0 | a | 1\\|2 |'),
    ('the_page_holds_the_suites_and_the_result', [[run(CMOCKA_FAILURE, returncode=1)]], 1,
     '1 passed, 1 failed', 'page: | build0 | unit | 1 | 2 | 0.5 |'),
    ('the_page_says_what_was_not_run', [[run(GOOD), run('1..0 # SKIP no network\n')]], 0,
     '2 passed, 0 failed, 1 skipped', 'page: - build0: unit/base/x: all cases: no network'),
]


def main():
    failed = False
    print('1..%d' % len(CASES))
    for i, (name, logs, status, last, line) in enumerate(CASES, 1):
        got, lines, page = report(*logs)
        good = got == status and lines[-1] == last and (
            line is None or (lines + page).count(line) == 1)
        print('%s %d - %s' % ('ok' if good else 'not ok', i, name))
        if not good:
            failed = True
            print('# exit status %d, wanted %d; wanted %r in:' % (got, status, line or last))
            print(''.join('# %r\n' % text for text in lines), end='')
    sys.exit(1 if failed else 0)


main()
