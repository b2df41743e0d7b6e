/* SPDX-License-Identifier: MIT
 *
 * `catalogue:`, the user's own provider files: found beside the config, read anew by
 * every load, their mistakes told with place and cure like those of the config itself.
 */
#include <inttypes.h>
#include <stdio.h>

#include "agent/base/rng.h"
#include "agent/conf_loader.h"

/* Where one file's mistakes go. */
struct own_file {
	struct loader *l;
	const char *path;
	int number; /* from 1 */
};

static void on_mistake(
    void *arg, int line, int column, const char *path, const char *what)
{
	const struct own_file *f = arg;
	struct conf_problem where = {.line = line, .column = column, .file = f->number};
	conf_problem_add(f->l->problems, f->path, &where, path, what);
}

/* A file that changed is another config. */
static void note_bytes(struct conf *c, struct span bytes)
{
	char both[64];
	int n = snprintf(
	    both, sizeof both, "%s %016" PRIx64, c->hash, hash64(bytes.p, bytes.n));
	(void)snprintf(c->hash, sizeof c->hash, "%016" PRIx64, hash64(both, (size_t)n));
}

static void read_own(
    struct own_file f, struct catalogue *c, struct map *seen, const struct conf_value *v)
{
	struct loader *l = f.l;
	const struct catalogue_report report = {.arg = &f, .fn = on_mistake};
	const char *id = NULL, *first = NULL;
	struct str bytes;
	struct err e = {0};
	str_init(&bytes, CATALOGUE_FILE_BYTES + 1);
	if (!l->world->text) {
		conf_error(l, v, "no file can be read here");
	} else if (!l->world->text(l->world->arg, f.path, &bytes, &e)) {
		conf_error(l, v, "%s %s", f.path, e.msg);
	} else {
		note_bytes(l->conf, str_span(&bytes));
		(void)catalogue_add(c, str_span(&bytes), f.path, &report, &id);
		first = id ? map_find(seen, id) : NULL;
		if (first)
			conf_error(l, v,
			    "the provider '%s' is already in %s: put both into one file",
			    id, first);
		else if (id)
			(void)map_put(seen, id, arena_strdup(l->scratch, f.path));
	}
	str_fini(&bytes);
}

void conf_read_catalogue(
    struct loader *l, struct catalogue *c, const struct conf_value *v)
{
	struct map *seen = map_new();
	for (size_t i = 0; i < v->n_items; i++)
		if (v->items[i].set)
			read_own((struct own_file){l, conf_beside(l, v->items[i].text),
				     (int)i + 1},
			    c, seen, &v->items[i]);
	map_free(seen);
}
