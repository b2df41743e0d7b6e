/* SPDX-License-Identifier: MIT
 *
 * docs/config.md is what agent/conf_schema.c says. Argument: the root of the sources.
 */
#include <stdio.h>
#include <string.h>

#include "agent/conf_reference.h"

/* The number of the first line that differs. */
static int first_difference(const char *a, const char *b)
{
	int line = 1;
	for (; *a && *a == *b; a++, b++)
		line += *a == '\n';
	return line;
}

int main(int argc, char **argv)
{
	struct str want, have, path;
	char buf[8192];
	size_t n;
	bool same;
	str_init(&want, CONF_REFERENCE_LIMIT);
	str_init(&have, CONF_REFERENCE_LIMIT);
	str_init(&path, 4096);
	(void)str_addf(&path, "%s/docs/config.md", argc > 1 ? argv[1] : ".");
	conf_reference(&want);
	FILE *f = fopen(str_c(&path), "rb");
	while (f && (n = fread(buf, 1, sizeof buf, f)) > 0)
		(void)str_add(&have, buf, n);
	if (f)
		(void)fclose(f);
	same = !want.cut && !have.cut && !strcmp(str_c(&want), str_c(&have));
	(void)printf("1..1\n");
	(void)printf(
	    "%sok 1 - docs_config_md_is_what_the_schema_says\n", same ? "" : "not ");
	if (!same)
		(void)printf(
		    "# line %d differs; anew: build/dimwatch check --reference > "
		    "docs/config.md\n",
		    first_difference(str_c(&want), str_c(&have)));
	str_fini(&want);
	str_fini(&have);
	str_fini(&path);
	return same ? 0 : 1;
}
