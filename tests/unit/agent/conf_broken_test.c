/* SPDX-License-Identifier: MIT
 *
 * Every file of tests/data/configs/broken says in its first lines what must be
 * complained about: `# expect: LINE:COLUMN: path: words`, all of it, in this order
 * (@VERSION@ is the program's; "..." at the end: more may follow). Every file of
 * tests/data/configs/good loads with exactly the warnings it names. One case a file.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/xalloc.h"
#include "tests/unit/agent/conf_fixture.h"

#define MAX_FILES  300
#define MAX_EXPECT 64

struct expectation {
	char *lines[MAX_EXPECT]; /* in the text */
	size_t n;
};

/* The header's lines; cuts `text` apart, so give it a copy. */
static void read_header(char *text, struct expectation *ret)
{
	static const char mark[] = "# expect: ";
	ret->n = 0;
	for (char *line = text; line && *line == '#';) {
		char *end = strchr(line, '\n');
		if (end)
			*end = '\0';
		if (!strncmp(line, mark, strlen(mark)) && ret->n < MAX_EXPECT)
			ret->lines[ret->n++] = line + strlen(mark);
		line = end ? end + 1 : NULL;
	}
}

/* The line with the program's version in it; and true when it is only a beginning. */
static bool expand(const char *line, struct str *out)
{
	static const char token[] = "@VERSION@", more[] = "...";
	const char *at = strstr(line, token);
	if (at) {
		(void)str_add(out, line, (size_t)(at - line));
		(void)str_adds(out, DIMWATCH_VERSION);
		line = at + strlen(token);
	}
	(void)str_adds(out, line);
	bool open =
	    out->len > strlen(more) && !strcmp(out->data + out->len - strlen(more), more);
	if (open)
		str_truncate(out, out->len - strlen(more));
	return open;
}

static void compare(const struct expectation *want, const struct conf_problems *got)
{
	for (size_t i = 0; i < want->n || i < got->n; i++) {
		const char *text = i < got->n ? got->rows[i].text : "c.yaml:nothing";
		struct str line;
		str_init(&line, 4000);
		bool open = expand(i < want->n ? want->lines[i] : "nothing", &line);
		assert_int_equal(strncmp(text, "c.yaml:", 7), 0);
		if (!open || strncmp(text + 7, str_c(&line), line.len) != 0)
			assert_string_equal(text + 7, str_c(&line));
		str_fini(&line);
	}
}

static void check_file(void **state)
{
	const char *path = *state;
	bool broken = strstr(path, "/broken/") != NULL;
	char *text = fixture_read(path, false), *header = xstrdup(text);
	struct expectation want;
	struct conf_problems got;
	struct conf *c = fixture_load(text, &got);
	read_header(header, &want);
	compare(&want, &got);
	if (broken) {
		assert_null(c);
		assert_true(got.errors > 0);
	} else {
		assert_non_null(c);
	}
	conf_free(c);
	conf_problems_fini(&got);
	free(text);
	free(header);
}

static int by_name(const void *a, const void *b)
{
	const struct CMUnitTest *x = a, *y = b;
	return strcmp(x->name, y->name);
}

static size_t add_folder(struct CMUnitTest *tests, size_t n, const char *folder)
{
	char *path = xasprintf("%s/configs/%s", getenv("DIMWATCH_TESTS_DATA"), folder);
	DIR *d = opendir(path);
	struct dirent *entry;
	while (d && n < MAX_FILES && (entry = readdir(d))) {
		char *dot = strrchr(entry->d_name, '.');
		if (!dot || strcmp(dot, ".yaml") != 0)
			continue;
		tests[n++] = (struct CMUnitTest){
		    .name = xasprintf(
			"%s_%.*s", folder, (int)(dot - entry->d_name), entry->d_name),
		    .test_func = check_file,
		    .initial_state = xasprintf("%s/%s", path, entry->d_name),
		};
	}
	if (d)
		(void)closedir(d);
	free(path);
	return n;
}

int main(void)
{
	struct CMUnitTest *tests = xcalloc(MAX_FILES, sizeof *tests);
	size_t n = add_folder(tests, 0, "broken"), broken = n;
	n = add_folder(tests, n, "good");
	qsort(tests, n, sizeof *tests, by_name);
	/* An empty folder would be a test that cannot fail. */
	int failed = broken < 40 || n == broken
			 ? 1
			 : _cmocka_run_group_tests("conf_broken", tests, n, NULL, NULL);
	for (size_t i = 0; i < n; i++) {
		free((void *)(uintptr_t)tests[i].name);
		free(tests[i].initial_state);
	}
	free(tests);
	return failed;
}
