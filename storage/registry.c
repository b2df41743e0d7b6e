/* SPDX-License-Identifier: MIT
 *
 * All rows of `series` in memory, found by what they are called now (a map of names, each
 * with a chain of the series that ever had it).
 */
#include "storage/registry.h"

#include <stdlib.h>
#include <string.h>

#include "agent/base/map.h"
#include "agent/base/xalloc.h"
#include "storage/series.h"

struct entry {
	struct series s;
	struct entry *next; /* older one of the same name */
};

struct registry {
	char *vantage;
	struct map *by_name; /* present name -> newest entry, owned */
	uint32_t last_id;    /* of all vantages */
};

static void link_entry(struct registry *r, struct entry *en)
{
	const char *name = series_name(&en->s);

	en->next = map_find(r->by_name, name);
	(void)map_put(r->by_name, name, en);
}

static void unlink_entry(struct registry *r, struct entry *en)
{
	const char *name = series_name(&en->s);
	struct entry *head = map_find(r->by_name, name);

	if (head == en) {
		if (en->next)
			(void)map_put(r->by_name, name, en->next);
		else
			(void)map_remove(r->by_name, name);
		return;
	}
	while (head->next != en)
		head = head->next;
	head->next = en->next;
}

static struct entry *find(
    const struct registry *r, const char *name, const struct target *t)
{
	struct entry *en = map_find(r->by_name, name);

	while (en && !series_is(&en->s, name, t))
		en = en->next;
	return en;
}

static void on_row(void *arg, const struct series *s)
{
	struct registry *r = arg;
	struct entry *en = NULL;

	if (s->id > r->last_id)
		r->last_id = s->id;
	if (strcmp(s->vantage, r->vantage) != 0)
		return;
	en = xcalloc(1, sizeof(*en));
	series_copy(&en->s, s);
	link_entry(r, en);
}

struct registry *registry_load(struct db *d, const char *vantage, struct err *e)
{
	struct registry *r = xcalloc(1, sizeof(*r));

	r->vantage = xstrdup(vantage ? vantage : "");
	r->by_name = map_new();
	if (series_each(d, on_row, r, e))
		return r;
	registry_free(r);
	return NULL;
}

void registry_free(struct registry *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < map_count(r->by_name); i++) {
		struct entry *en = map_at(r->by_name, i, NULL);

		while (en) {
			struct entry *next = en->next;

			series_fini(&en->s);
			free(en);
			en = next;
		}
	}
	map_free(r->by_name);
	free(r->vantage);
	free(r);
}

static struct entry *add(struct registry *r, const struct target *t)
{
	struct entry *en = xcalloc(1, sizeof(*en));

	series_init(&en->s, ++r->last_id, r->vantage, t, (struct wall){0});
	link_entry(r, en);
	return en;
}

/* From now on the old name is free: a target of that name gets a series of its own. */
static void rename_entry(struct registry *r, struct entry *en, const char *name)
{
	unlink_entry(r, en);
	free(en->s.renamed);
	en->s.renamed = strcmp(name, en->s.target) == 0 ? NULL : xstrdup(name);
	link_entry(r, en);
}

uint32_t registry_series(struct registry *r, const struct target *t, bool *ret_new)
{
	struct entry *en = find(r, t->name, t);

	*ret_new = false;
	if (!en && t->was) {
		en = find(r, t->was, t);
		if (en) {
			rename_entry(r, en, t->name);
			*ret_new = true;
		}
	}
	if (!en) {
		en = add(r, t);
		*ret_new = true;
	}
	if (en->s.pace_ms != t->interval_ms) {
		en->s.pace_ms = t->interval_ms;
		*ret_new = true;
	}
	return en->s.id;
}
