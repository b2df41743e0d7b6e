# SPDX-License-Identifier: MIT
"""docs/evidence.md: what the last whole run proved, when, where and of which commit."""
import datetime
import os
import platform
import subprocess


def said_by(*command):
    try:
        run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                             text=True, check=False)
    except OSError:
        return ''
    return run.stdout.strip() if run.returncode == 0 else ''


def commit():
    name = said_by('git', 'rev-parse', '--short=12', 'HEAD')
    if not name:
        return 'unknown (no git here)'
    changed = said_by('git', 'status', '--porcelain', '--untracked-files=no', '--', '.',
                      ':!docs/evidence.md')
    return name + (' with changes that are not in it' if changed else '')


def system():
    try:
        with open('/etc/os-release', encoding='utf-8') as f:
            rows = dict(line.rstrip('\n').split('=', 1) for line in f if '=' in line)
        return rows.get('PRETTY_NAME', platform.system()).strip('"')
    except OSError:
        return platform.system()


def machine():
    memory = os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / (1 << 30)
    return '%d cores, %.0f GiB, %s, %s, %s' % (
        len(os.sched_getaffinity(0)), memory, platform.machine(), system(),
        said_by('cc', '--version').split('\n')[0] or 'no compiler')


def cell(text):
    return ' '.join(str(text).split()).replace('|', '\\|')


def table(head, rows, right=()):
    lines = ['| %s |' % ' | '.join(head),
             '|%s|' % '|'.join('---:' if i in right else '---' for i in range(len(head)))]
    return lines + ['| %s |' % ' | '.join(map(cell, row)) for row in rows]


def write(path, last, suites, evidence, skipped):
    """suites: (build, suite, programs, cases, seconds); evidence: (build, name, value)."""
    today = datetime.datetime.now(datetime.timezone.utc)
    lines = ['# What the last whole run proved', '',
             'Written by `./quickstart test --long`; every line below was printed by a test of '
             'that run.', '',
             '- When: %s' % today.strftime('%Y-%m-%d %H:%M UTC'),
             '- Commit: %s' % commit(),
             '- Machine: %s' % machine(),
             '- Result: **%s**' % last, '', '## Suites', '']
    lines += table(('build', 'suite', 'programs', 'cases', 'seconds'),
                   [(b, s, p, c, '%.1f' % t) for b, s, p, c, t in suites], right=(2, 3, 4))
    lines += ['', '## Evidence', '']
    lines += table(('build', 'what', 'figures'), evidence) if evidence else ['None was printed.']
    if skipped:
        lines += ['', '## Not run here', ''] + ['- ' + cell(line) for line in skipped]
    with open(path, 'w', encoding='utf-8') as f:
        f.write('\n'.join(lines) + '\n')
