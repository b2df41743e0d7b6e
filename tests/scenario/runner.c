/* SPDX-License-Identifier: MIT
 *
 * Plays every .scn file of a folder (or the files it is given) and compares what was seen
 * with what is expected, line by line; one TAP case a file, named by its file name.
 *
 *   HEADER LINES            see script.c
 *   at TIME LINE            the same lines at their time
 *   end TIME
 *   expect
 *   +1m03s SUBJECT UPDATE DETAIL
 *
 * With --restarting the judge goes through its stored form behind every event, and
 * nothing else may be seen. With DIMWATCH_SCN_PRINT set it prints what was seen of each
 * file, to write scenarios.
 */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/xalloc.h"
#include "tests/scenario/world.h"

/* --- playing one file ----------------------------------------------------------- */

struct play {
	struct world world;
	struct str expected, trouble;
	bool expecting, ended;
	bool restart_always;
};

static void complain(struct play *p, int number, const char *line)
{
	str_addf(&p->trouble, "line %d is not understood: %s\n", number, line);
}

static void play_timed(struct play *p, char *line, int number)
{
	char *rest = line + strcspn(line, " ");
	int64_t at;

	if (*rest)
		*rest++ = 0;
	if (!duration_parse(line, &at) || at < p->world.now_ms) {
		complain(p, number, line);
		return;
	}
	if (!p->world.running)
		world_config(&p->world);
	world_run(&p->world, at);
	if (*rest && !script_do(&p->world, rest))
		complain(p, number, rest);
}

static void play_line(struct play *p, char *line, int number)
{
	line[strcspn(line, "\n")] = 0;
	if (p->expecting) {
		if (*line)
			str_addf(&p->expected, "%s\n", line);
		return;
	}
	line += strspn(line, " ");
	if (!*line || *line == '#')
		return;
	if (strncmp(line, "at ", 3) == 0) {
		play_timed(p, line + 3, number);
	} else if (strncmp(line, "end ", 4) == 0) {
		play_timed(p, line + 4, number);
		p->ended = true;
	} else if (strcmp(line, "expect") == 0) {
		p->expecting = true;
	} else if (p->world.running || !script_do(&p->world, line)) {
		complain(p, number, line);
	}
}

static void play_file(struct play *p, FILE *f)
{
	char *line = NULL;
	size_t cap = 0;
	int number = 0;

	world_init(&p->world);
	p->world.restart_always = p->restart_always;
	str_init(&p->expected, (size_t)1 << 20);
	str_init(&p->trouble, (size_t)1 << 16);
	p->expecting = p->ended = false;
	while (getline(&line, &cap, f) >= 0)
		play_line(p, line, ++number);
	free(line);
	if (!p->ended || !p->expecting)
		str_adds(&p->trouble, "a scenario needs `end` and `expect`\n");
	world_leftovers(&p->world, &p->trouble);
}

/* --- comparing ------------------------------------------------------------------ */

static void print_comment(const char *prefix, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		printf("# %s%.*s\n", prefix, (int)n, text);
		text += n + (text[n] == '\n');
	}
}

static const char *next_line(const char **p, size_t *n)
{
	const char *line = *p;

	*n = strcspn(line, "\n");
	*p = line + *n + (line[*n] == '\n');
	return line;
}

/* The first line that differs says where to look; both texts follow. */
static void explain(const char *expected, const char *seen)
{
	const char *e = expected, *s = seen;
	int number = 1;

	for (;; number++) {
		size_t n_e, n_s;
		const char *line_e = next_line(&e, &n_e), *line_s = next_line(&s, &n_s);

		if (n_e == n_s && memcmp(line_e, line_s, n_e) == 0 &&
		    (*line_e || *line_s))
			continue;
		printf("# differs at line %d of expect\n#   expected: %.*s\n"
		       "#   seen:     %.*s\n",
		    number, (int)n_e, line_e, (int)n_s, line_s);
		break;
	}
	print_comment("expected| ", expected);
	print_comment("seen    | ", seen);
}

static bool run_one(struct play *p, const char *path, int number)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	int n = (int)(strlen(name) - strlen(".scn"));
	FILE *f = fopen(path, "r");
	bool same, ok;

	if (!f) {
		printf("not ok %d - %s cannot be read\n", number, name);
		return false;
	}
	play_file(p, f);
	fclose(f);
	same = strcmp(str_c(&p->expected), str_c(&p->world.seen)) == 0;
	ok = same && p->trouble.len == 0;
	printf("%sok %d - %s%.*s\n", ok ? "" : "not ", number,
	    p->restart_always ? "restarting_always_" : "", n, name);
	print_comment("", str_c(&p->trouble));
	if (!same)
		explain(str_c(&p->expected), str_c(&p->world.seen));
	if (getenv("DIMWATCH_SCN_PRINT"))
		print_comment("> ", str_c(&p->world.seen));
	world_fini(&p->world);
	str_fini(&p->expected);
	str_fini(&p->trouble);
	return ok;
}

/* --- finding -------------------------------------------------------------------- */

static int is_scenario(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return n > 4 && strcmp(d->d_name + n - 4, ".scn") == 0;
}

static int run_folder(struct play *p, const char *folder, int *number)
{
	struct dirent **found = NULL;
	int n = scandir(folder, &found, is_scenario, alphasort), failed = 0;

	for (int i = 0; i < n; i++) {
		char *path = xasprintf("%s/%s", folder, found[i]->d_name);

		failed += !run_one(p, path, ++*number);
		free(path);
		free(found[i]);
	}
	free(found);
	if (n <= 0) {
		printf("not ok %d - %s holds no scenario\n", ++*number, folder);
		failed++;
	}
	return failed;
}

int main(int argc, char **argv)
{
	static struct play p; /* large */
	int number = 0, failed = 0;

	for (int i = 1; i < argc; i++) {
		size_t n = strlen(argv[i]);

		if (strcmp(argv[i], "--restarting") == 0)
			p.restart_always = true;
		else if (n > 4 && strcmp(argv[i] + n - 4, ".scn") == 0)
			failed += !run_one(&p, argv[i], ++number);
		else
			failed += run_folder(&p, argv[i], &number);
	}
	printf("1..%d\n", number);
	return failed || !number;
}
