/* SPDX-License-Identifier: MIT
 *
 * See conf_fallback.h.
 */
#include "agent/conf_fallback.h"

#include <string.h>

#include "agent/conf_loader.h"
#include "probes/address.h"

static bool is_retired(const struct provider *p, const char *model)
{
	for (size_t i = 0; i < p->n_retired_models; i++)
		if (!strcmp(p->retired_models[i], model))
			return true;
	return false;
}

/* The catalogue's own words are asked by their pointers: a name from the config, were it
 * the same, is a copy. NULL: the config's own, or nothing is left. */
static const char *next_model(const struct target *t)
{
	const struct provider *p = t->provider;
	size_t next = 0;
	if (t->model != p->model) {
		while (
		    next < p->n_fallback_models && p->fallback_models[next] != t->model)
			next++;
		if (next++ == p->n_fallback_models)
			return NULL;
	}
	while (next < p->n_fallback_models && is_retired(p, p->fallback_models[next]))
		next++;
	return next < p->n_fallback_models ? p->fallback_models[next] : NULL;
}

/* False: the address holds the model, and is not one that we made. */
static bool move_address(struct arena *a, struct target *t, const char *model)
{
	struct address_ask ask = {t->dialect, t->kind, t->model};
	const struct provider_region *r =
	    provider_region(t->provider, *t->region ? t->region : NULL);
	struct str was, is;
	bool ours;
	str_init(&was, 4096);
	str_init(&is, 4096);
	ours = r && address_of_provider(t->provider, &ask, r->base_url, &was) &&
	       !strcmp(str_c(&was), t->url);
	ask.model = model;
	if (ours && address_of_provider(t->provider, &ask, r->base_url, &is))
		t->url = arena_strdup(a, str_c(&is));
	str_fini(&was);
	str_fini(&is);
	return ours || !strstr(t->provider->chat_path, "{model}");
}

static bool ask_instead(struct arena *a, struct target *t, const char *model)
{
	struct target moved = *t;
	if (!move_address(a, &moved, model))
		return false;
	moved.instead_of = t->instead_of ? t->instead_of : t->model;
	moved.model = model;
	if (moved.price.in_nano_per_tok != 0 || moved.price.out_nano_per_tok != 0) {
		moved.price = (struct price){"", -1, -1};
		if (!moved.max_asks_per_day)
			moved.max_asks_per_day = CONF_UNPRICED_ASKS;
	}
	*t = moved;
	return true;
}

/* Pointers from target to target follow into the new list. */
static struct target *copy_targets(const struct conf *c)
{
	struct target *all = arena_alloc(c->arena, (c->n_targets + 1) * sizeof *all);
	for (size_t i = 0; i < c->n_targets; i++) {
		all[i] = c->targets[i];
		if (all[i].lead)
			all[i].lead = all + (all[i].lead - c->targets);
	}
	return all;
}

static const struct failover *copy_failovers(
    const struct conf *c, const struct target *targets)
{
	struct failover *all = arena_alloc(c->arena, (c->n_failovers + 1) * sizeof *all);
	for (size_t i = 0; i < c->n_failovers; i++) {
		const struct failover *from = &c->failovers[i];
		const struct target **rivals =
		    arena_alloc(c->arena, (from->n + 1) * sizeof(const struct target *));
		for (size_t k = 0; k < from->n; k++)
			rivals[k] = targets + (from->rivals[k] - c->targets);
		all[i] = (struct failover){from->name, rivals, from->n};
	}
	return all;
}

struct conf *conf_take_over(struct conf *c, const struct target *t)
{
	const char *model = next_model(t), *gone = t->model;
	struct conf *next = NULL;
	struct target *targets = NULL;
	bool any = false;
	if (!model)
		return NULL;
	targets = copy_targets(c);
	for (size_t i = 0; i < c->n_targets; i++)
		if (!strcmp(targets[i].name, t->name) && targets[i].model == gone)
			any |= ask_instead(c->arena, &targets[i], model);
	if (!any)
		return NULL;
	next = arena_alloc(c->arena, sizeof *next);
	*next = *c;
	next->targets = targets;
	next->failovers = copy_failovers(c, targets);
	return next;
}

/* The target that asks now what `was` was made to leave; NULL: none does. */
static const struct target *same_choice(const struct conf *c, const struct target *was)
{
	for (size_t i = 0; i < c->n_targets; i++) {
		const struct target *t = &c->targets[i];
		if (!strcmp(t->name, was->name) && t->kind == was->kind &&
		    !strcmp(t->provider->id, was->provider->id) &&
		    t->model == t->provider->model && !strcmp(t->model, was->instead_of))
			return t;
	}
	return NULL;
}

struct conf *conf_keep_taken_over(const struct conf *old, struct conf *c)
{
	for (size_t i = 0; i < old->n_targets; i++) {
		const struct target *was = &old->targets[i];
		const struct target *t = was->instead_of ? same_choice(c, was) : NULL;
		while (t && strcmp(t->model, was->model) != 0) {
			struct conf *next = conf_take_over(c, t);
			if (!next)
				break;
			t = next->targets + (t - c->targets);
			c = next;
		}
	}
	return c;
}
