# SPDX-License-Identifier: MIT
"""The systemd unit: systemd itself reads it, and finds it hardened. Argument: the unit."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

# systemd's own score, 0 (tight) to 10; what remains is network and sockets.
MOST_EXPOSURE = 1.5


def run(*args):
    done = subprocess.run(args, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def verify(path):
    """Nothing may be unknown, and nothing ignored."""
    code, text = run('systemd-analyze', 'verify', '--man=no', path)
    lines = [line for line in text.splitlines() if os.path.basename(path) in line]
    return not lines and code == 0, lines or text.splitlines()


def secure(path):
    _, text = run('systemd-analyze', 'security', '--no-pager', '--offline=true', path)
    found = re.search(r'Overall exposure level for \S+: ([0-9.]+)', text)
    if not found:
        return False, text.splitlines()
    return float(found.group(1)) <= MOST_EXPOSURE, [found.group(0)]


def settings(unit):
    """What a later edit must not lose."""
    wanted = ['Type=notify', 'WatchdogSec=', 'LoadCredential=', 'DynamicUser=yes',
              'StateDirectory=dimwatch', 'ExecReload=/bin/kill -HUP $MAINPID',
              'WantedBy=multi-user.target']
    missing = [word for word in wanted if not re.search('^' + re.escape(word), unit, re.M)]
    if '@bindir@' in unit:
        missing.append('a directory was not filled in')
    return not missing, missing


def main():
    with open(sys.argv[1], encoding='utf-8') as f:
        unit = f.read()
    tool = shutil.which('systemd-analyze')
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'dimwatch.service')
        with open(path, 'w', encoding='utf-8') as f:
            # The program need not be installed where the unit will look for it.
            f.write(re.sub(r'=\S*/dimwatch (run|check)', r'=/bin/true \1', unit))
        cases = [('has_what_a_service_of_ours_needs', settings, unit, True),
                 ('systemd_reads_every_line_of_it', verify, path, tool),
                 ('systemd_finds_it_hardened', secure, path, tool)]
        print('1..%d' % len(cases))
        for number, (name, check, argument, able) in enumerate(cases, 1):
            if not able:
                print('ok %d - %s # SKIP systemd-analyze is not here' % (number, name))
                continue
            good, notes = check(argument)
            print('%sok %d - %s' % ('' if good else 'not ', number, name))
            for note in notes:
                print('# ' + note)
            failed += not good
    return 1 if failed else 0


sys.exit(main())
