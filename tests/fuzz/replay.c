/* SPDX-License-Identifier: MIT
 *
 * The corpus without a fuzzer: feeds each file of the given folders to the one target
 * that it is linked with, one TAP case a file, so that every build tries every input
 * that ever broke something. A promise that does not hold ends the process; the name of
 * the file stands in the line before.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/base/xalloc.h"
#include "tests/fuzz/fuzz.h"

#define MAX_FILE ((size_t)1 << 20)

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int visible(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

/* The bytes in a block of their own size, so that reading behind them is seen. */
static void feed(FILE *in)
{
	uint8_t *all = xmalloc(MAX_FILE), *exact;
	size_t n = fread(all, 1, MAX_FILE, in);

	exact = xmalloc(n > 0 ? n : 1);
	memcpy(exact, all, n);
	free(all);
	(void)LLVMFuzzerTestOneInput(exact, n);
	free(exact);
}

static void replay_file(const char *path, const char *name, int number)
{
	FILE *in = fopen(path, "rb");

	printf("# %s\n", path);
	fflush(stdout);
	if (in == NULL) {
		printf("not ok %d - %s: %s\n", number, name, strerror(errno));
		return;
	}
	feed(in);
	fclose(in);
	printf("ok %d - %s\n", number, name);
}

static int replay_folder(const char *folder, int cases)
{
	struct dirent **entries;
	int n = scandir(folder, &entries, visible, by_name), found = 0;

	for (int i = 0; i < n; i++) {
		char path[4096];
		struct stat st;

		snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
		if (stat(path, &st) == 0 && S_ISREG(st.st_mode))
			replay_file(path, entries[i]->d_name, cases + ++found);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	if (found == 0)
		printf("not ok %d - %s holds no input\n", cases + ++found, folder);
	return cases + found;
}

int main(int argc, char **argv)
{
	int cases = 1;

	(void)LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	printf("ok 1 - nothing at all\n");
	for (int i = 1; i < argc; i++)
		cases = replay_folder(argv[i], cases);
	printf("1..%d\n", cases);
	return 0;
}
