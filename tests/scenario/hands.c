/* SPDX-License-Identifier: MIT
 *
 * What people do in a scenario: acknowledge an incident, want to hear nothing of a target
 * for a while, and whom it escalates to when they do nothing.
 */
#include "tests/scenario/hands.h"

#include <string.h>

#include "alerts/hush.h"

bool world_ack(struct world *w, const char *subject)
{
	struct judge_event ev = {.kind = JUDGE_HAND, .at = world_wall(w)};

	for (size_t i = 0; i < judge_open_incidents(w->judge); i++) {
		const struct incident *in = judge_open_at(w->judge, i);

		if (strcmp(in->subject.id, subject) != 0)
			continue;
		ev.u.hand.incident = in->id;
		ev.u.hand.words = "acknowledged by ann";
		world_event(w, &ev);
		return true;
	}
	return false;
}

/* As the rows of `silences` bring them back. */
void world_hushes(struct world *w)
{
	struct hush all[MAX_TARGETS];
	const char *names[MAX_TARGETS];
	size_t n = 0;

	for (int i = 0; i < w->n_places; i++) {
		names[i] = w->places[i].conf.name;
		if (!w->places[i].hushed_until.ms)
			continue;
		all[n++] = (struct hush){.until = w->places[i].hushed_until,
		    .subject = "",
		    .targets = &names[i],
		    .n_targets = 1,
		    .why = "silenced"};
	}
	tell_hushes(w->tell, all, n);
}

/* "NAME for 1h" */
bool world_hush(struct world *w, const char *line)
{
	char name[80];
	const char *lasts = strstr(line, " for ");
	struct place *p;
	int64_t ms;

	if (!lasts || !duration_parse(lasts + 5, &ms))
		return false;
	span_copy((struct span){line, (size_t)(lasts - line)}, name, sizeof(name));
	p = world_place(w, name);
	if (!p)
		return false;
	p->hushed_until = wall_add_ms(world_wall(w), ms);
	world_hushes(w);
	return true;
}

/* "15m to pager", of the route that was named last. */
bool world_escalate(struct world *w, const char *line)
{
	struct route *r = w->n_routes ? &w->routes[w->n_routes - 1] : NULL;
	const char *to = strstr(line, " to "),
		   **names = arena_alloc(w->arena, sizeof(to));
	char *after = arena_strndup(w->arena, line, to ? (size_t)(to - line) : 0);

	if (!r || !to || !duration_parse(after, &r->escalate_after_ms))
		return false;
	names[0] = arena_strdup(w->arena, to + 4);
	r->escalate_to = names;
	r->n_escalate_to = 1;
	return true;
}
