/* SPDX-License-Identifier: MIT
 *
 * Answers questions about time zones on stdin, one a line, so that zone_test.py can hold
 * agent/base/zone against Python's zoneinfo. argv[1]: the folder of the .tzif files.
 *
 *   utc ZONE SECONDS              -> OFFSET
 *   local ZONE Y M D H M S        -> FIT FIRST LAST
 *   next ZONE SECONDS             -> SECONDS or never
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/map.h"
#include "agent/base/xalloc.h"
#include "agent/base/zone.h"

static struct zone *load(struct arena *a, const char *folder, const char *name)
{
	char *path = xasprintf("%s/%s.tzif", folder, name), bytes[16384];
	FILE *f = fopen(path, "rb");
	struct err e = {0};
	struct zone *z = NULL;

	if (f)
		z = zone_read(
		    a, name, (struct span){bytes, fread(bytes, 1, sizeof(bytes), f)}, &e);
	if (!z) {
		fprintf(stderr, "%s: %s\n", path, f ? e.msg : "cannot be read");
		exit(1);
	}
	fclose(f);
	free(path);
	return z;
}

static void tell_local(const struct zone *z, const char *rest)
{
	static const char *const fits[] = {"once", "skipped", "twice"};
	struct civil c = {0};
	struct zone_moments m;

	if (sscanf(rest, "%d %d %d %d %d %d", &c.year, &c.month, &c.day, &c.hour,
		&c.minute, &c.second) != 6)
		exit(1);
	m = zone_wall(z, &c);
	printf("%s %" PRId64 " %" PRId64 "\n", fits[m.fit], m.first.ms / MS_PER_S,
	    m.last.ms / MS_PER_S);
}

static void tell(const struct zone *z, const char *verb, const char *rest)
{
	struct wall t = {strtoll(rest, NULL, 10) * MS_PER_S}, next;

	if (strcmp(verb, "local") == 0) {
		tell_local(z, rest);
	} else if (strcmp(verb, "utc") == 0) {
		printf("%d\n", zone_offset_s(z, t));
	} else {
		next = zone_next_change(z, t);
		if (next.ms == INT64_MAX)
			printf("never\n");
		else
			printf("%" PRId64 "\n", next.ms / MS_PER_S);
	}
}

int main(int argc, char **argv)
{
	struct arena *a = arena_new();
	struct map *zones = map_new();
	char line[200], verb[8], name[40];
	int used;

	while (argc > 1 && fgets(line, sizeof(line), stdin)) {
		struct zone *z;

		if (sscanf(line, "%7s %39s %n", verb, name, &used) != 2)
			return 1;
		z = map_find(zones, name);
		if (!z) {
			z = load(a, argv[1], name);
			map_put(zones, name, z);
		}
		tell(z, verb, line + used);
	}
	map_free(zones);
	arena_free(a);
	return argc > 1 ? 0 : 1;
}
