#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A lint that finds nothing proves nothing: each one is shown what it must find."""
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
HEAD = '/* SPDX-License-Identifier: MIT\n *\n * Purpose.\n */\n'
WAIT = 'sl' + 'eep'

# name, lint, {path: text}, the case that must fail, a part of what it says
CASES = [
    ('an_include_to_the_right', 'layers', {'probes/a.c': '#include "alerts/b.h"\n'},
     'no file includes from a folder to its right', 'probes/a.c:1: probes may not include'),
    ('base_includes_nothing_of_agent', 'layers', {'agent/base/a.c': '#include "agent/b.h"\n'},
     'no file includes from a folder to its right', 'agent/base/a.c:1'),
    ('a_climbing_include', 'layers', {'probes/a.c': '#include "probes/../agent/b.h"\n'},
     'no include climbs', 'probes/a.c:1'),
    ('an_include_not_from_the_root', 'layers', {'probes/a.c': '\n# include "b.h"\n'},
     'includes are written from the root', 'probes/a.c:2'),
    ('an_umbrella', 'layers', {'probes/common.h': ''}, 'no header is an umbrella', 'common.h'),
    ('a_long_header', 'layers', {'probes/a.h': '\n' * 161}, 'headers are short', '161'),
    ('a_header_without_guard', 'layers', {'probes/a.h': 'int x;\n'},
     'headers have include guards', 'probes/a.h'),
    ('curl_outside_http', 'layers', {'alerts/a.c': '#include <curl/curl.h>\n'},
     'each library is included by its own room', 'alerts/a.c:1'),
    ('a_banned_call', 'banned', {'probes/a.c': HEAD + 'x = at' 'oi (y);\n'},
     'no banned function is called', 'probes/a.c:5: atoi'),
    ('something_for_later', 'banned', {'probes/a.c': HEAD + '/* TO' 'DO */\n'},
     'nothing is left for later', 'probes/a.c:5'),
    ('a_long_file', 'banned', {'probes/a.c': HEAD + '\n' * 450}, 'files are short', '454'),
    ('a_long_function', 'banned',
     {'probes/a.c': HEAD + 'int f(void)\n{\n' + '\tg();\n' * 71 + '}\n'},
     'functions are short', 'probes/a.c:6: a function of 71 lines'),
    ('seven_parameters', 'banned',
     {'probes/a.c': HEAD + 'int f(\n    int a, int b, int (*c)(int, int), int d, int e,\n'
      '    int g, int h)\n{\n}\n'}, 'functions have few parameters', 'f has 7 parameters'),
    ('a_typedef', 'banned', {'probes/a.c': HEAD + 'typedef struct a {\n\tint x;\n} a_t;\n'},
     'structs and enums have no typedef', 'probes/a.c:5'),
    ('no_licence', 'banned', {'probes/a.c': 'int x;\n'},
     'every file starts with licence and purpose', 'probes/a.c:1'),
    ('no_purpose', 'banned', {'probes/a.c': '/* SPDX-License-Identifier: MIT */\n'},
     'every file starts with licence and purpose', 'probes/a.c:2'),
    ('a_waiting_test', 'banned', {'tests/unit/a.c': HEAD + WAIT + '(1);\n'},
     'no test waits by the clock (*.c)', 'tests/unit/a.c:5'),
    ('a_waiting_script', 'banned', {'tests/e2e/a.py': 'time.%s(0.5)\n' % WAIT},
     'no test waits by the clock (*.py)', 'tests/e2e/a.py:1'),
    ('a_long_form_for_an_empty_word', 'banned',
     {'tests/unit/a.c': HEAD + 'int n = getenv("DIMWATCH_TESTS_LONG") ? 9 : 1;\n'},
     'the long form is asked for by a word', 'tests/unit/a.c:5'),
    ('a_path_of_the_workplace', 'banned', {'docs/a.md': 'see /wo' 'rk/main\n'},
     'no file names the place where it was written', 'docs/a.md:1'),
]

# What looks like a sin and is none: no case but the first may fail.
INNOCENT = {
    'probes/a.h': '#ifndef A_H\n#define A_H\n#endif\n',
    'agent/x.c': HEAD + '#include "agent/base/b.h"\n#include "storage/c.h"\n'
    '/* strcpy( is banned */\nconst char *s = "sprintf(";\nsnprintf(b, 1, "x");\n'
    'int f(int a, int b, int c, int d, int e,\n    int (*g)(int, int))\n{\n' +
    '\tg();\n' * 70 + '}\n',
    'tests/e2e/poll.py': 'time.%s(0.02)\n' % WAIT,
    'tests/e2e/stall.py': 'time.%s(2)  # this is the fault itself\n' % WAIT,
    'tests/bench/pace.py': 'time.%s(30)\n' % WAIT,
    'tests/unit/a_test.c': '/* SPDX-License-Identifier: MIT */\n',
}


def lint(name, tree):
    """{case name: (passed, diagnostics)}"""
    with tempfile.TemporaryDirectory() as root:
        for path, text in tree.items():
            os.makedirs(os.path.join(root, os.path.dirname(path)), exist_ok=True)
            with open(os.path.join(root, path), 'w', encoding='utf-8') as f:
                f.write(text)
        done = subprocess.run([sys.executable, '-B', os.path.join(HERE, name + '.py'), root],
                              stdout=subprocess.PIPE, text=True, check=False)
    cases, last = {}, None
    for line in done.stdout.split('\n'):
        if line.startswith(('ok ', 'not ok ')):
            last = line.split(' - ', 1)[1]
            cases[last] = (line.startswith('ok '), [])
        elif line.startswith('#') and last:
            cases[last][1].append(line)
    return cases


def finds(name, tree, case, words):
    cases = lint(name, tree)
    passed, notes = cases.get(case, (True, []))
    return not passed and any(words in note for note in notes), cases


def leaves_alone(name):
    cases = lint(name, INNOCENT)
    tree_wide = {'there is something to look at'}
    if name == 'banned':
        tree_wide.add('every file starts with licence and purpose')
    return all(passed for case, (passed, _) in cases.items() if case not in tree_wide), cases


def main():
    results = [('finds_' + name, finds(lint_name, tree, case, words))
               for name, lint_name, tree, case, words in CASES]
    results += [('%s_leaves_the_innocent_alone' % name, leaves_alone(name))
                for name in ('layers', 'banned')]
    print('1..%d' % len(results))
    for i, (name, (good, cases)) in enumerate(results, 1):
        print('%s %d - %s' % ('ok' if good else 'not ok', i, name))
        if not good:
            print('# %r' % cases)
    sys.exit(0 if all(good for _, (good, _) in results) else 1)


main()
