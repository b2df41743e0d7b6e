/* SPDX-License-Identifier: MIT
 *
 * The compiled-in catalogue: embedded files read by the same reader that a user's file
 * goes through, kept in the order of ids. A file is read when somebody asks for its
 * provider: a config names few of many, and all of them are half of a start.
 */
#include "probes/catalogue.h"

#include <string.h>

#include "probes/catalogue_files.h"

/* Three columns in the order of ids. */
struct catalogue {
	struct arena *arena;               /* borrowed: it lives there */
	const struct provider **providers; /* NULL: not read yet */
	const char **ids;
	const struct catalogue_file **files;
	size_t n;
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

/* "moonshot-cn.yaml" is the provider moonshot-cn. */
static void note(struct catalogue *c, struct arena *a, const struct catalogue_file *f)
{
	const char *id = arena_strndup(a, f->name, strcspn(f->name, "."));
	size_t i = place_of(c, id);

	memmove(c->ids + i + 1, c->ids + i, (c->n - i) * sizeof(char *));
	memmove(c->files + i + 1, c->files + i, (c->n - i) * sizeof(void *));
	c->ids[i] = id;
	c->files[i] = f;
	c->n++;
}

static const struct provider *provider_of(
    const struct catalogue *c, size_t i, struct err *e)
{
	const struct catalogue_file *f = c->files[i];
	const struct provider *p = c->providers[i];

	if (p == NULL)
		p = provider_parse(file_span(f), f->name, c->arena, e);
	if (p != NULL && strcmp(p->id, c->ids[i]) != 0) {
		err_set(e, ERR_CONFIG, "%s is the provider \"%s\"", f->name, p->id);
		p = NULL;
	}
	c->providers[i] = p;
	return p;
}

struct catalogue *catalogue_open(struct arena *a)
{
	struct catalogue *c = arena_alloc(a, sizeof(*c));

	c->arena = a;
	c->providers = arena_alloc(a, catalogue_files_n * sizeof(struct provider *));
	c->ids = arena_alloc(a, catalogue_files_n * sizeof(char *));
	c->files = arena_alloc(a, catalogue_files_n * sizeof(void *));
	for (size_t i = 0; i < catalogue_files_n; i++)
		note(c, a, &catalogue_files[i]);
	return c;
}

struct catalogue *catalogue_load(struct arena *a, struct err *e)
{
	struct catalogue *c = catalogue_open(a);

	for (size_t i = 0; i < c->n; i++) {
		if (provider_of(c, i, e) == NULL)
			return NULL;
	}
	return c;
}

const struct provider *catalogue_find(const struct catalogue *c, const char *id)
{
	size_t i = place_of(c, id);

	return i < c->n && strcmp(c->ids[i], id) == 0 ? provider_of(c, i, NULL) : NULL;
}

struct arena *catalogue_arena(const struct catalogue *c)
{
	return c->arena;
}

/* Columns with a hole at i; the old ones stay in the arena: this happens a few times in
 * the life of a generation. */
static void *with_hole(struct arena *a, const void *column, size_t n, size_t i)
{
	const char *from = column;
	char *to = arena_alloc(a, (n + 1) * sizeof(void *));

	memcpy(to, from, i * sizeof(void *));
	memcpy(to + (i + 1) * sizeof(void *), from + i * sizeof(void *),
	    (n - i) * sizeof(void *));
	return to;
}

void catalogue_put(struct catalogue *c, const struct provider *p)
{
	size_t i = place_of(c, p->id);

	if (i == c->n || strcmp(c->ids[i], p->id) != 0) {
		c->providers = with_hole(c->arena, c->providers, c->n, i);
		c->ids = with_hole(c->arena, c->ids, c->n, i);
		c->files = with_hole(c->arena, c->files, c->n, i);
		c->n++;
		c->ids[i] = p->id;
	}
	c->files[i] = NULL;
	c->providers[i] = p;
}

struct span catalogue_text(const struct catalogue *c, const char *id)
{
	size_t i = place_of(c, id);

	if (i == c->n || strcmp(c->ids[i], id) != 0 || c->files[i] == NULL)
		return (struct span){NULL, 0};
	return file_span(c->files[i]);
}

size_t catalogue_count(const struct catalogue *c)
{
	return c->n;
}

const struct provider *catalogue_at(const struct catalogue *c, size_t i)
{
	return i < c->n ? provider_of(c, i, NULL) : NULL;
}

const char *catalogue_nearest(const struct catalogue *c, const char *id)
{
	return str_nearest(id, c->ids, c->n);
}

const char *catalogue_date(const struct catalogue *c)
{
	const char *newest = "";

	for (size_t i = 0; i < c->n; i++) {
		const struct provider *p = provider_of(c, i, NULL);

		if (p != NULL && strcmp(p->checked, newest) > 0)
			newest = p->checked;
	}
	return newest;
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
