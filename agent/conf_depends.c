/* SPDX-License-Identifier: MIT
 *
 * `depends_on`: which target is behind which. A chain may be long; a circle is an error
 * that names it.
 */
#include <string.h>

#include "agent/conf_loader.h"

static struct target *find(struct conf *c, const char *name)
{
	for (size_t i = 0; i < c->n_targets; i++)
		if (!c->targets[i].lead && !strcmp(c->targets[i].name, name))
			return &c->targets[i];
	return NULL;
}

static void unknown(struct loader *l, const struct conf_value *v)
{
	const struct conf *c = l->conf;
	const char **names = arena_alloc(l->scratch, (c->n_targets + 1) * sizeof *names);
	for (size_t i = 0; i < c->n_targets; i++)
		names[i] = c->targets[i].name;
	const char *near = str_nearest(v->text, names, c->n_targets);
	conf_error(l, v, "no target '%s'%s%s%s", v->text, near ? " (did you mean '" : "",
	    near ? near : "", near ? "'?)" : "");
}

/* "a -> b -> a"; false: the chain from t on ends, or the circle is told at the first of
 * its targets. */
static bool is_circle(struct loader *l, const struct target *t, struct str *chain)
{
	const struct target *p = t->depends_on;
	str_adds(chain, t->name);
	for (size_t i = 0; p >= t && i < l->conf->n_targets; i++) {
		str_addf(chain, " -> %s", p->name);
		if (p == t)
			return true;
		p = p->depends_on;
	}
	return false;
}

static void check_circle(
    struct loader *l, const struct conf_value *v, const struct target *t)
{
	struct str chain;
	str_init(&chain, 150);
	if (is_circle(l, t, &chain))
		conf_error(l, v, "goes round in a circle: %s%s", str_c(&chain),
		    chain.cut ? "..." : "");
	str_fini(&chain);
}

/* Of each block of the config its lead, and the place of the key. */
static void each(struct loader *l, const struct conf_values *top,
    void (*what)(struct loader *l, const struct conf_value *v, struct target *t))
{
	const struct conf_value *list = &top->v[TOP_TARGETS];
	struct conf *c = l->conf;
	size_t k = 0;
	for (size_t i = 0; i < list->n_items; i++) {
		if (!list->items[i].inside->node)
			continue;
		const struct conf_value *v = &list->items[i].inside->v[TARGET_DEPENDS_ON];
		if (v->set)
			what(l, v, &c->targets[k]);
		for (k++; k < c->n_targets && c->targets[k].lead; k++)
			continue;
	}
}

static void bind(struct loader *l, const struct conf_value *v, struct target *t)
{
	t->depends_on = find(l->conf, v->text);
	if (!t->depends_on)
		unknown(l, v);
}

static void check(struct loader *l, const struct conf_value *v, struct target *t)
{
	check_circle(l, v, t);
}

void conf_read_depends(struct loader *l, const struct conf_values *top)
{
	each(l, top, bind);
	each(l, top, check);
}
