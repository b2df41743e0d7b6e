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
    """Exit status and lines of the report over build directories with these logs."""
    with tempfile.TemporaryDirectory() as top:
        dirs = []
        for i, log in enumerate(logs):
            dirs.append(os.path.join(top, 'build%d' % i))
            os.makedirs(os.path.join(dirs[-1], 'meson-logs'))
            if log is None:
                continue
            with open(os.path.join(dirs[-1], 'meson-logs', 'testlog.json'), 'w',
                      encoding='utf-8') as f:
                f.write(log if isinstance(log, str) else
                        ''.join(json.dumps(r) + '\n' for r in log))
        done = subprocess.run([sys.executable, '-B', REPORT, *dirs], stdout=subprocess.PIPE,
                              text=True, check=False)
        return done.returncode, done.stdout.rstrip('\n').split('\n')


GOOD = '1..2\nok 1 - a\nok 2 - b\n# ok - group\n'
CMOCKA_FAILURE = ('1..2\nok 1 - a\nERROR: words before\nnot ok 2 - b\n'
                  '# t.c:7: error: Failure!\n# not ok - group\n')

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
    ('nothing_dangerous_reaches_the_terminal',
     [[run('1..1\nnot ok 1 - a\n# \x1b[2J\n', returncode=1)]], 1, '0 passed, 1 failed',
     '       ?[2J'),
]


def main():
    failed = False
    print('1..%d' % len(CASES))
    for i, (name, logs, status, last, line) in enumerate(CASES, 1):
        got, lines = report(*logs)
        good = got == status and lines[-1] == last and (line is None or line in lines)
        print('%s %d - %s' % ('ok' if good else 'not ok', i, name))
        if not good:
            failed = True
            print('# exit status %d, wanted %d; wanted %r in:' % (got, status, line or last))
            print(''.join('# %r\n' % text for text in lines), end='')
    sys.exit(1 if failed else 0)


main()
