/* SPDX-License-Identifier: MIT
 *
 * argv to command: sets up what belongs to the whole process (signals, umask, locale,
 * libraries) and hands over to the table of subcommands.
 */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "agent/base/log.h"
#include "agent/base/memory.h"
#include "agent/cmd.h"

/* Under systemd stderr is the journal, which has its own time stamps. */
static void use_journal_if_any(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	struct stat st;
	unsigned long long dev = 0, ino = 0;
	if (!stream || fstat(STDERR_FILENO, &st) != 0)
		return;
	char *end = NULL;
	dev = strtoull(stream, &end, 10);
	if (*end == ':')
		ino = strtoull(end + 1, NULL, 10);
	log_use_journal(dev == st.st_dev && ino == st.st_ino);
}

int main(int argc, char **argv)
{
	(void)setlocale(LC_CTYPE, "");
	(void)umask(077);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is a full disk */
	/* Keys live in this memory: no core file, no ptrace by the same user (which is
	 * how the leak checker of a sanitizer build works). */
#ifndef __SANITIZE_ADDRESS__
	(void)prctl(PR_SET_DUMPABLE, 0);
#endif
	memory_take_over();
	json_object_seed(0);
	use_journal_if_any();
	int code = cmd_main(argc, argv);
	log_fini();
	return code;
}
