/* SPDX-License-Identifier: MIT
 *
 * `dimwatch version`: what this is, and how old its knowledge of providers is.
 */
#include <stdio.h>
#include <string.h>

#include <event2/event.h>
#include <sqlite3.h>

#include "agent/cmd.h"
#include "probes/catalogue.h"
#include "probes/http.h"

static int run(const struct cmd_args *a)
{
	struct arena *arena = arena_new();
	struct err e = {0};
	const struct catalogue *c = catalogue_load(arena, &e);
	const char *date = c ? catalogue_date(c) : e.msg;
	size_t n = c ? catalogue_count(c) : 0;
	if (cmd_flag(a, "json"))
		(void)printf(
		    "{\"version\":\"%s\",\"curl\":\"%s\",\"sqlite\":\"%s\","
		    "\"libevent\":\"%s\",\"catalogue\":{\"date\":\"%s\",\"providers\":%zu}}\n",
		    DIMWATCH_VERSION, http_version(), sqlite3_libversion(),
		    event_get_version(), date, n);
	else
		(void)printf(
		    "dimwatch %s (%s, sqlite %s, libevent %s; catalogue of %s, %zu providers)\n",
		    DIMWATCH_VERSION, http_version(), sqlite3_libversion(),
		    event_get_version(), date, n);
	arena_free(arena);
	return c ? EXIT_GOOD : EXIT_CANNOT;
}

static const struct cmd_option options[] = {
    {"json", 0, NULL, "as one JSON object"},
    {0 },
};

const struct cmd cmd_version = {
    .name = "version",
    .summary = "print the version and the catalogue's date",
    .example = "  dimwatch version",
    .options = options,
    .run = run,
};
