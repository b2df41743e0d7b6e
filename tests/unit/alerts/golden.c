/* SPDX-License-Identifier: MIT */
#include "tests/unit/alerts/golden.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#define MAX_GOLDEN ((size_t)512 << 10)

static void write_golden(const char *name, const char *text)
{
	const char *data = getenv("DIMWATCH_TESTS_DATA");
	char path[4096];
	FILE *f;

	assert_non_null(data);
	snprintf(path, sizeof(path), "%s/%s", data, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f, "%s\n", text);
	assert_int_equal(fclose(f), 0);
}

static void read_golden(const char *name, char *buf)
{
	const char *data = getenv("DIMWATCH_TESTS_DATA");
	char path[4096];
	size_t n;
	FILE *f;

	assert_non_null(data);
	snprintf(path, sizeof(path), "%s/%s", data, name);
	f = fopen(path, "r");
	if (!f)
		fail_msg("no golden file %s", name);
	n = fread(buf, 1, MAX_GOLDEN - 1, f);
	buf[n] = '\0';
	fclose(f);
}

void assert_golden_json(struct span payload, const char *name)
{
	static char want[MAX_GOLDEN];
	json_t *v = json_loadb(payload.p, payload.n, 0, NULL);
	char *is;

	assert_non_null(v);
	is = json_dumps(v, JSON_INDENT(2));
	json_decref(v);
	assert_non_null(is);
	if (getenv("DIMWATCH_TESTS_WRITE_GOLDEN"))
		write_golden(name, is);
	read_golden(name, want);
	if (strlen(want) && want[strlen(want) - 1] == '\n')
		want[strlen(want) - 1] = '\0';
	if (strcmp(is, want) != 0)
		print_error("%s should hold:\n%s\n", name, is);
	assert_string_equal(is, want);
	free(is);
}

void assert_golden_text(struct span text, const char *name)
{
	static char want[MAX_GOLDEN];
	static char is[MAX_GOLDEN];
	size_t line = 1, i = 0;

	assert_true(text.n > 0 && text.n < sizeof(is));
	span_copy(
	    (struct span){text.p, text.n - 1}, is, sizeof(is)); /* no last newline */
	if (getenv("DIMWATCH_TESTS_WRITE_GOLDEN"))
		write_golden(name, is);
	read_golden(name, want);
	if (strlen(want) && want[strlen(want) - 1] == '\n')
		want[strlen(want) - 1] = '\0';
	while (is[i] && is[i] == want[i])
		line += is[i++] == '\n';
	if (is[i] != want[i])
		fail_msg("%s:%zu differs: \"%.60s\" is \"%.60s\"", name, line, want + i,
		    is + i);
}
