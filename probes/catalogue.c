/* SPDX-License-Identifier: MIT
 *
 * The compiled-in catalogue: every embedded file read by the same reader that a user's
 * file goes through, kept in the order of ids.
 */
#include "probes/catalogue.h"

#include <string.h>

#include "probes/catalogue_files.h"

struct catalogue {
	const struct provider **providers; /* by id */
	const char **ids;
	size_t n;
	const char *date;
};

static struct span file_span(const struct catalogue_file *f)
{
	return (struct span){(const char *)f->bytes, f->n};
}

/* The place of the first id that is not below. */
static size_t place_of(const struct catalogue *c, const char *id)
{
	size_t lo = 0, hi = c->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (strcmp(c->ids[mid], id) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static bool add(struct catalogue *c, const struct provider *p, struct err *e)
{
	size_t i = place_of(c, p->id);

	if (i < c->n && strcmp(c->ids[i], p->id) == 0)
		return err_set(
		    e, ERR_CONFIG, "the provider \"%s\" is there twice", p->id);
	memmove(c->ids + i + 1, c->ids + i, (c->n - i) * sizeof(c->ids[0]));
	memmove(c->providers + i + 1, c->providers + i,
	    (c->n - i) * sizeof(struct provider *));
	c->ids[i] = p->id;
	c->providers[i] = p;
	c->n++;
	if (strcmp(p->checked, c->date) > 0)
		c->date = p->checked;
	return true;
}

struct catalogue *catalogue_load(struct arena *a, struct err *e)
{
	struct catalogue *c = arena_alloc(a, sizeof(*c));

	c->providers = arena_alloc(a, catalogue_files_n * sizeof(struct provider *));
	c->ids = arena_alloc(a, catalogue_files_n * sizeof(c->ids[0]));
	c->date = "";
	for (size_t i = 0; i < catalogue_files_n; i++) {
		const struct catalogue_file *f = &catalogue_files[i];
		const struct provider *p = provider_parse(file_span(f), f->name, a, e);

		if (p == NULL || !add(c, p, e))
			return NULL;
	}
	return c;
}

const struct provider *catalogue_find(const struct catalogue *c, const char *id)
{
	size_t i = place_of(c, id);

	return i < c->n && strcmp(c->ids[i], id) == 0 ? c->providers[i] : NULL;
}

size_t catalogue_count(const struct catalogue *c)
{
	return c->n;
}

const struct provider *catalogue_at(const struct catalogue *c, size_t i)
{
	return i < c->n ? c->providers[i] : NULL;
}

const char *catalogue_nearest(const struct catalogue *c, const char *id)
{
	return str_nearest(id, c->ids, c->n);
}

const char *catalogue_date(const struct catalogue *c)
{
	return c->date;
}

const struct provider_region *provider_region(const struct provider *p, const char *id)
{
	if (id == NULL)
		return p->n_regions > 0 ? &p->regions[0] : NULL;
	for (size_t i = 0; i < p->n_regions; i++) {
		if (strcmp(p->regions[i].id, id) == 0)
			return &p->regions[i];
	}
	return NULL;
}
