/* SPDX-License-Identifier: MIT
 *
 * Every ```yaml block of README.md and of the pages in docs is a complete config and
 * loads, unless the line before it is <!-- fragment -->. One case a block.
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

#define MAX_BLOCKS 200

static struct CMUnitTest tests[MAX_BLOCKS];
static size_t n_tests;

static void check_block(void **state)
{
	struct conf_world w = fixture_generous_world();
	struct conf_problems p;
	const char *text = *state;
	conf_problems_init(&p);
	struct conf *c = conf_load(span_of(text), "block", &w, &p);
	for (size_t i = 0; i < p.n; i++)
		print_message("# %s\n", p.rows[i].text);
	assert_non_null(c);
	conf_free(c);
	conf_problems_fini(&p);
}

static void add_block(const char *file, int line, const char *from, const char *to)
{
	const char *slash = strrchr(file, '/');
	if (n_tests == MAX_BLOCKS)
		return;
	tests[n_tests++] = (struct CMUnitTest){
	    .name = xasprintf("%s_line_%d_loads", slash + 1, line),
	    .test_func = check_block,
	    .initial_state = xmemdup0(from, (size_t)(to - from)),
	};
}

static const char *next_line(const char *p)
{
	const char *end = strchr(p, '\n');
	return end ? end + 1 : p + strlen(p);
}

static void add_file(const char *path)
{
	static const char fence[] = "```", yaml[] = "```yaml\n",
			  not_whole[] = "<!-- fragment";
	char *text = fixture_read(path, true);
	const char *block = NULL;
	bool fragment = false, inside = false;
	int line = 1, at = 0;
	for (const char *p = text; p && *p; p = next_line(p), line++) {
		bool edge = !strncmp(p, fence, strlen(fence));
		if (edge && inside) {
			if (block)
				add_block(path, at, block, p);
			inside = false;
			block = NULL;
		} else if (edge) {
			inside = true;
			at = line;
			if (!strncmp(p, yaml, strlen(yaml)) && !fragment)
				block = next_line(p);
		}
		if (*p != '\n')
			fragment = !strncmp(p, not_whole, strlen(not_whole));
	}
	free(text);
}

static void add_folder(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *entry;
	while (d && (entry = readdir(d))) {
		const char *dot = strrchr(entry->d_name, '.');
		if (!dot || strcmp(dot, ".md") != 0)
			continue;
		char *file = xasprintf("%s/%s", path, entry->d_name);
		add_file(file);
		free(file);
	}
	if (d)
		(void)closedir(d);
}

int main(void)
{
	const char *data = getenv("DIMWATCH_TESTS_DATA");
	char *readme = xasprintf("%s/../../README.md", data);
	char *docs = xasprintf("%s/../../docs", data);
	add_file(readme);
	add_folder(docs);
	/* docs/config.md alone has two. */
	int failed = n_tests < 2 ? 1
				 : _cmocka_run_group_tests(
				       "conf_docs", tests, n_tests, NULL, NULL);
	for (size_t i = 0; i < n_tests; i++) {
		free((void *)(uintptr_t)tests[i].name);
		free(tests[i].initial_state);
	}
	free(readme);
	free(docs);
	return failed;
}
