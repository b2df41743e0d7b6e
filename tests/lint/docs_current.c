/* SPDX-License-Identifier: MIT
 *
 * The generated documents are what their tables say. Argument: the root of the sources.
 */
#include <stdio.h>
#include <string.h>

#include "agent/conf_reference.h"
#include "agent/outcome_reference.h"

static const struct {
	const char *name; /* of the case */
	const char *file;
	void (*write)(struct str *out);
	const char *anew;
} documents[] = {
    {"docs_config_md_is_what_the_schema_says",          "docs/config.md",   conf_reference,
     "check --reference"											  },
    {"docs_outcomes_md_is_what_the_outcome_table_says", "docs/outcomes.md",
     outcome_reference,								     "providers --outcomes"},
};
#define N_DOCUMENTS (sizeof documents / sizeof *documents)

/* The number of the first line that differs. */
static int first_difference(const char *a, const char *b)
{
	int line = 1;
	for (; *a && *a == *b; a++, b++)
		line += *a == '\n';
	return line;
}

static void read_file(const char *root, const char *file, struct str *ret)
{
	char path[4096], buf[8192];
	size_t n;
	(void)snprintf(path, sizeof path, "%s/%s", root, file);
	FILE *f = fopen(path, "rb");
	while (f && (n = fread(buf, 1, sizeof buf, f)) > 0)
		(void)str_add(ret, buf, n);
	if (f)
		(void)fclose(f);
}

static bool is_current(const char *root, size_t i)
{
	struct str want, have;
	bool same;
	str_init(&want, CONF_REFERENCE_LIMIT);
	str_init(&have, CONF_REFERENCE_LIMIT);
	documents[i].write(&want);
	read_file(root, documents[i].file, &have);
	same = !want.cut && !have.cut && !strcmp(str_c(&want), str_c(&have));
	(void)printf("%sok %zu - %s\n", same ? "" : "not ", i + 1, documents[i].name);
	if (!same)
		(void)printf("# line %d differs; anew: build/dimwatch %s > %s\n",
		    first_difference(str_c(&want), str_c(&have)), documents[i].anew,
		    documents[i].file);
	str_fini(&want);
	str_fini(&have);
	return same;
}

int main(int argc, char **argv)
{
	bool all = true;
	(void)printf("1..%zu\n", N_DOCUMENTS);
	for (size_t i = 0; i < N_DOCUMENTS; i++)
		all = is_current(argc > 1 ? argv[1] : ".", i) && all;
	return all ? 0 : 1;
}
