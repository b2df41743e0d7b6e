/* SPDX-License-Identifier: MIT
 *
 * The calendar of a scenario: maintenance, and quiet hours of the route that was named
 * last. Zones are offsets here; tests/unit/alerts/window_test.c has the odd hours.
 */
#include <stdio.h>
#include <string.h>

#include "tests/scenario/world.h"

static bool read_window(struct world *w, const char *text, struct window *ret)
{
	const char *zone = NULL;
	struct err e = {0};

	if (!window_parse(text, ret, &zone, &e)) {
		fprintf(stderr, "# %s\n", e.msg);
		return false;
	}
	ret->text = text;
	ret->zone = zone_fixed(w->arena, zone);
	return ret->zone != NULL;
}

/* "house qwen: daily 00:10-00:30 UTC" */
bool world_maintain(struct world *w, const char *line)
{
	const char *colon = strchr(line, ':');
	struct maintenance *m = &w->maintenance[w->n_maintenance];
	const char **names = arena_alloc(w->arena, MAX_TARGETS * sizeof(*names));
	char *list, *name;

	if (!colon || w->n_maintenance == MAX_MAINTENANCE)
		return false;
	list = arena_strndup(w->arena, line, (size_t)(colon - line));
	while ((name = strsep(&list, " ")) && m->n_targets < MAX_TARGETS)
		names[m->n_targets++] = name;
	m->targets = names;
	w->n_maintenance++;
	return read_window(w, arena_strdup(w->arena, colon + 1), &m->window);
}

bool world_quiet(struct world *w, const char *text)
{
	struct window *hours = arena_alloc(w->arena, sizeof(*hours));
	struct quiet *q;

	if (w->n_routes == 0 || !read_window(w, arena_strdup(w->arena, text), hours))
		return false;
	q = &w->routes[w->n_routes - 1].quiet;
	*q = (struct quiet){.hours = hours, .n = 1, .except = 1u << SEVERITY_CRITICAL};
	return true;
}

/* "provider 30s", of the route that was named last. */
bool world_group(struct world *w, char *text)
{
	static const char *const words[] = {
	    [GROUP_PROVIDER] = "provider", [GROUP_CLASS] = "class", [GROUP_ALL] = "all"};
	char *wait = strchr(text, ' ');
	struct route_group *g;

	if (w->n_routes == 0 || !wait)
		return false;
	*wait++ = '\0';
	g = &w->routes[w->n_routes - 1].group;
	for (int by = GROUP_PROVIDER; by <= GROUP_ALL; by++) {
		if (strcmp(text, words[by]) == 0)
			g->by = (enum group_by)by;
	}
	return g->by && duration_parse(wait, &g->wait_ms);
}

void see_told(struct world *w, const struct delivery *d)
{
	char detail[200], until[32];
	bool muted = d->state == DELIVERY_MUTED;

	str_copy(detail, sizeof(detail), message_kind_code(d->kind));
	if (d->held_until.ms) {
		time_text(d->held_until.ms - WORLD_START - w->wall_offset, until,
		    sizeof(until));
		snprintf(detail, sizeof(detail), "%s held until %s",
		    message_kind_code(d->kind), until);
	} else if (d->group[0]) {
		time_text(d->not_before.ms - WORLD_START - w->wall_offset, until,
		    sizeof(until));
		snprintf(detail, sizeof(detail), "%s waits for %s until %s",
		    message_kind_code(d->kind), d->group, until);
	} else if (muted) {
		snprintf(detail, sizeof(detail), "%s: %.80s", message_kind_code(d->kind),
		    d->last_error);
	}
	see(w, d->channel, muted ? "muted" : "told", detail);
}
