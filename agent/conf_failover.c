/* SPDX-License-Identifier: MIT
 *
 * Classes of rivals: an ordered list of targets that can stand in for each other.
 */
#include <string.h>

#include "agent/conf_loader.h"
#include "probes/dialect.h"

/* A target of this name that answers questions; else any of this name. */
static const struct target *find_rival(const struct conf *c, const char *name)
{
	const struct target *found = NULL;
	for (size_t i = 0; i < c->n_targets; i++) {
		const struct target *t = &c->targets[i];
		if (strcmp(t->name, name) != 0)
			continue;
		if (KINDS_CHAT & KIND(t->kind))
			return t;
		found = t;
	}
	return found;
}

static void unknown_rival(struct loader *l, const struct conf_value *v)
{
	const struct conf *c = l->conf;
	const char **names = arena_alloc(l->scratch, (c->n_targets + 1) * sizeof *names);
	for (size_t i = 0; i < c->n_targets; i++)
		names[i] = c->targets[i].name;
	const char *near = str_nearest(v->text, names, c->n_targets);
	conf_error(l, v, "no target is named '%s'%s%s%s", v->text,
	    near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
}

static bool is_listed(const struct target *const *rivals, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(rivals[i]->name, name))
			return true;
	return false;
}

static void read_rivals(
    struct loader *l, const struct conf_value *list, struct failover *f)
{
	const struct target **rivals =
	    arena_alloc(l->arena, (list->n_items + 1) * sizeof(const struct target *));
	for (size_t i = 0; i < list->n_items; i++) {
		const struct conf_value *v = &list->items[i];
		const struct target *t = v->set ? find_rival(l->conf, v->text) : NULL;
		if (!v->set)
			continue;
		if (!t)
			unknown_rival(l, v);
		else if (is_listed(rivals, f->n, t->name))
			conf_error(l, v, "'%s' stands in this class already: remove it",
			    t->name);
		else if (t->dialect && !(KINDS_CHAT & KIND(t->kind)))
			conf_error(l, v,
			    "'%s' is asked by `probe: %s`, which no model answers: it "
			    "cannot stand in for anybody",
			    t->name, probe_kind_code(t->kind));
		else
			rivals[f->n++] = t;
	}
	f->rivals = rivals;
	if (f->n == 1 && list->n_items == 1)
		conf_warn(l, list, "one target alone has nobody to stand in for it");
}

/* Where a verdict is asked for by name, a class and a target must not be mixed up. */
static bool name_is_good(struct loader *l, const struct conf_value *v)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	const char *name = v->node->key;
	if (strspn(name, good) != strlen(name) || strlen(name) > 63 || !name[0])
		conf_error(l, v,
		    "'%.60s' is no class's name: letters, digits and . _ -, at most 63",
		    name);
	else if (find_rival(l->conf, name))
		conf_error(l, v,
		    "a target is named '%s' already: name the class otherwise", name);
	else
		return true;
	return false;
}

void conf_read_failover(struct loader *l, const struct conf_values *top)
{
	const struct conf_value *map = &top->v[TOP_FAILOVER];
	struct failover *all = arena_alloc(l->arena, (map->n_items + 1) * sizeof *all);
	for (size_t i = 0; i < map->n_items; i++) {
		struct failover *f = &all[l->conf->n_failovers];
		if (!name_is_good(l, &map->items[i]))
			continue;
		f->name = arena_strdup(l->arena, map->items[i].node->key);
		read_rivals(l, &map->items[i], f);
		if (f->n > 0)
			l->conf->n_failovers++;
	}
	l->conf->failovers = all;
}

const struct failover *conf_find_failover(const struct conf *c, const char *name)
{
	for (size_t i = 0; i < c->n_failovers; i++)
		if (!strcmp(c->failovers[i].name, name))
			return &c->failovers[i];
	return NULL;
}
