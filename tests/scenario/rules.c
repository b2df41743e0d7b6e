/* SPDX-License-Identifier: MIT
 *
 * Rules of a scenario:
 *   rule NAME [severity major] [for 2m] [resolve_for 1m] [by provider] [match A,B]:
 *     WHEN [; RESOLVE]
 *   remove rule NAME
 */
#include <stdio.h>
#include <string.h>

#include "tests/scenario/world.h"

static struct rule *rule_named(struct world *w, const char *name)
{
	for (int i = 0; i < w->n_rules; i++) {
		if (strcmp(w->rules[i].name, name) == 0)
			return &w->rules[i];
	}
	if (w->n_rules == MAX_RULES)
		return NULL;
	str_copy(w->rule_names[w->n_rules], sizeof(w->rule_names[0]), name);
	w->rules[w->n_rules].name = w->rule_names[w->n_rules];
	return &w->rules[w->n_rules++];
}

/* The names live as long as their places. */
static bool match(struct world *w, struct rule *r, const char **names, char *list)
{
	for (char *one = strsep(&list, ","); one; one = strsep(&list, ",")) {
		struct place *p = world_place(w, one);

		if (!p || r->n_targets == MAX_TARGETS)
			return false;
		names[r->n_targets++] = p->conf.name;
	}
	r->targets = names;
	return true;
}

static bool parse(struct rule *r, char *when)
{
	char *resolve = strstr(when, " ; ");
	struct err e;
	size_t offset;

	if (resolve) {
		*resolve = 0;
		resolve += 3;
	}
	if (rule_parse(when, r, &offset, &e) &&
	    (!resolve || rule_parse_resolve(resolve, r, &offset, &e)))
		return true;
	printf("# %s\n", e.msg);
	return false;
}

static bool set(
    struct world *w, struct rule *r, const char **names, const char *key, char *value)
{
	if (strcmp(key, "severity") == 0)
		return severity_parse(value, &r->severity);
	if (strcmp(key, "for") == 0)
		return duration_parse(value, &r->for_ms);
	if (strcmp(key, "resolve_for") == 0)
		return duration_parse(value, &r->resolve_for_ms);
	if (strcmp(key, "by") == 0)
		return rule_by_parse(value, &r->by);
	if (strcmp(key, "match") == 0)
		return match(w, r, names, value);
	return false;
}

bool world_rule(struct world *w, char *line)
{
	const char *names[MAX_TARGETS];
	char *when = strchr(line, ':'), *rest = line;
	struct rule r = {.severity = SEVERITY_MAJOR, .resolve_for_ms = -1}, *place;

	if (!when)
		return false;
	*when++ = 0;
	place = rule_named(w, strsep(&rest, " "));
	while (rest && *rest) {
		const char *key = strsep(&rest, " ");
		char *value = rest ? strsep(&rest, " ") : NULL;

		if (!value || !set(w, &r, names, key, value))
			return false;
	}
	if (!place || !parse(&r, when))
		return false;
	if (r.resolve_for_ms < 0)
		r.resolve_for_ms = r.for_ms > MS_PER_MIN ? r.for_ms : MS_PER_MIN;
	r.name = place->name;
	r.text = "";
	if (r.targets) {
		const char **kept = w->rule_targets[place - w->rules];

		memcpy(kept, names, sizeof(names));
		r.targets = kept;
	}
	*place = r;
	return true;
}

bool world_remove_rule(struct world *w, const char *name)
{
	for (int i = 0; i < w->n_rules; i++) {
		int last = w->n_rules - 1;

		if (strcmp(w->rules[i].name, name) != 0)
			continue;
		/* Names stay where the last rule's name was kept. */
		w->rules[i] = w->rules[last];
		memcpy(w->rule_targets[i], w->rule_targets[last],
		    sizeof(w->rule_targets[0]));
		if (w->rules[i].targets)
			w->rules[i].targets = w->rule_targets[i];
		str_copy(w->rule_names[i], sizeof(w->rule_names[0]), w->rule_names[last]);
		w->rules[i].name = w->rule_names[i];
		w->n_rules--;
		return true;
	}
	return false;
}
