/* SPDX-License-Identifier: MIT
 *
 * See the header. What stands together here was chosen so that the parts of the judge
 * meet: a provider with siblings in two regions, a ladder, a child of a gateway, rules
 * that judge groups beside rules that judge one.
 */
#include "tests/unit/alerts/any_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define DOOR 4 /* place of the lower rung; the first target leads it */

/* What a rule may ask; the first ones go with `by` too. */
static const char *const conditions[] = {
    "error_rate > 20% over 10m, at least 3 failures",
    "error_rate >= 60% over 2m, at least 2 samples",
    "outcome(overloaded, quota) > 10% over 15m, at least 1 failure",
    "failures >= 3 over 5m",
    "p75(total) > 2s over 10m, at least 4 samples",
    "burn_rate(90%) > 2 over 30m and 5m, at least 3 failures",
    "no_data for 7m",
    "failures >= 2 in a row",
    "2 of last 5 failed",
    "health is down",
    "health is unknown",
    "health is slow",
};
enum { CONDITIONS = sizeof(conditions) / sizeof(*conditions), TOGETHER = 7 };

static const char *const ends[] = {"successes >= 2 in a row",
    "error_rate < 5% over 5m, at least 1 sample", "failures < 1 over 10m"};

static bool one_in(struct rng *r, uint64_t n)
{
	return rng_below(r, n) == 0;
}

static void any_rule(struct rule *rule, struct rng *r, const char *name)
{
	bool together = one_in(r, 3), parsed;
	int joined = one_in(r, 4) ? 2 : 1;
	char when[200] = "";
	struct err e;
	size_t offset;

	for (int i = 0; i < joined; i++) {
		size_t len = strlen(when);

		(void)snprintf(when + len, sizeof(when) - len, "%s%s", i ? " and " : "",
		    conditions[rng_below(r, together ? TOGETHER : CONDITIONS)]);
	}
	*rule = (struct rule){.name = name,
	    .text = "",
	    .severity = (enum severity)(1 + rng_below(r, 3)),
	    .for_ms = (int64_t)rng_below(r, 3) * 2 * MS_PER_MIN,
	    .resolve_for_ms = (int64_t)rng_below(r, 4) * MS_PER_MIN};
	parsed = rule_parse(when, rule, &offset, &e);
	if (parsed && !together && one_in(r, 3))
		parsed = rule_parse_resolve(ends[rng_below(r, 3)], rule, &offset, &e);
	if (!parsed)
		fail_msg("%s: %s", when, e.msg);
	if (together)
		rule->by = (enum rule_by)(1 + rng_below(r, BY_COUNT - 1));
}

/* "pa" has three targets, in two regions; "pb" two, "pc" its rung's lead alone. */
static void any_target(struct any_world *w, struct rng *r, int i, bool plain)
{
	static const char *const providers[ANY_TARGETS] = {
	    "pa", "pa", "pa", "pb", "pa", "pc"};
	static const int64_t paces[] = {
	    MS_PER_MIN, MS_PER_MIN, MS_PER_MIN, 30000, 5 * MS_PER_MIN, 3000};
	struct judge_target *t = &w->all[i];

	t->series = (uint32_t)i + 1;
	(void)snprintf(t->name, sizeof(t->name), "t%d", i + 1);
	str_copy(t->provider, sizeof(t->provider), providers[i]);
	if (i < 3 && one_in(r, 2))
		str_copy(t->region, sizeof(t->region), i ? "us" : "eu");
	t->interval_ms = paces[rng_below(r, 6)];
	t->auto_on = !one_in(r, 6);
	t->sensitivity = (enum sensitivity)rng_below(r, 3);
	t->grace_ms = one_in(r, 5) ? 5 * MS_PER_MIN : 0;
	t->warm = one_in(r, 8);
	t->alone = one_in(r, 10);
	t->remote = !plain && !one_in(r, 3);
	t->way = (uint8_t)rng_below(r, w->n_ways);
	str_copy(t->drift.model, sizeof(t->drift.model), one_in(r, 2) ? "m" : "n");
	str_copy(t->drift.host, sizeof(t->drift.host), providers[i]);
	t->drift.inference = true;
	if (i >= 2 && i != DOOR && one_in(r, 4))
		t->parent = 1 + (uint32_t)rng_below(r, 2);
	w->there[i] = i < 2 || one_in(r, 2);
}

static void make_door(struct any_world *w)
{
	struct judge_target *door = &w->all[DOOR];

	str_copy(door->name, sizeof(door->name), w->all[0].name);
	str_copy(door->rung, sizeof(door->rung), "door");
	door->lead = w->all[0].series;
	door->drift = (struct drift_watch){0};
	w->there[DOOR] = w->there[DOOR] && w->there[0];
}

static void take(struct any_world *w)
{
	struct judge_config *c = &w->config;

	*c = (struct judge_config){.vantage = "hk-1",
	    .targets = w->targets,
	    .rules = w->rules,
	    .n_rules = w->n_rules,
	    .ways = w->ways,
	    .n_ways = w->n_ways,
	    .maintenance = &w->maintenance,
	    .n_maintenance = w->announced};
	make_door(w);
	for (int i = 0; i < ANY_TARGETS; i++) {
		if (w->there[i])
			w->targets[c->n_targets++] = w->all[i];
	}
}

void any_world_init(struct any_world *w, struct rng *r, bool plain)
{
	static const char *const names[ANY_RULES] = {"one", "two", "three"};

	memset(w, 0, sizeof(*w));
	w->n_ways = plain ? 1 : 1 + rng_below(r, 2);
	str_copy(w->ways[1].name, sizeof(w->ways[1].name), "proxy");
	for (size_t i = 0; !plain && i < w->n_ways; i++)
		w->ways[i].n_controls = one_in(r, 2) ? ANY_CONTROLS : 0;
	w->n_rules = rng_below(r, ANY_RULES + 1);
	for (int i = 0; i < ANY_RULES; i++)
		any_rule(&w->rules[i], r, names[i]);
	for (int i = 0; i < ANY_TARGETS; i++)
		any_target(w, r, i, plain);
	w->maintenance.targets = w->maintained;
	w->maintenance.n_targets = 1;
	take(w);
}

static void announce(struct any_world *w, struct rng *r, struct wall now)
{
	struct wall from = wall_add_ms(now, (int64_t)rng_below(r, 20) * MS_PER_MIN);

	w->announced = !w->announced;
	w->maintained[0] = w->all[rng_below(r, 3)].name;
	w->maintenance.window.once = (struct wall_span){
	    from, wall_add_ms(from, (int64_t)(1 + rng_below(r, 30)) * MS_PER_MIN)};
}

/* Another name (`was:`); or the same name for another thing: a series of its own. */
static void change_identity(struct judge_target *t, struct rng *r, int i)
{
	if (one_in(r, 2))
		t->series = (uint32_t)i + 1 + (t->series > ANY_TARGETS ? 0 : ANY_TARGETS);
	else
		t->name[0] = t->name[0] == 't' ? 'r' : 't';
}

static void change_target(struct any_world *w, struct rng *r)
{
	int i = (int)rng_below(r, ANY_TARGETS);
	struct judge_target *t = &w->all[i];

	switch (rng_below(r, 8)) {
	case 0:
		t->auto_on = !t->auto_on;
		break;
	case 1:
		t->interval_ms = 20000 + (int64_t)rng_below(r, 600000);
		break;
	case 2:
		t->way = (uint8_t)rng_below(r, w->n_ways);
		t->remote = t->remote && !one_in(r, 2);
		break;
	case 3:
		t->parent = i >= 2 && i != DOOR ? (uint32_t)rng_below(r, 3) : 0;
		break;
	case 4:
	case 5:
		change_identity(t, r, i);
		break;
	case 6:
		t->alone = !t->alone;
		break;
	default:
		w->there[i] = !w->there[i];
		break;
	}
}

void any_world_reload(struct any_world *w, struct rng *r, struct wall now)
{
	uint64_t dice = rng_below(r, 10);

	if (dice == 0 && w->n_rules)
		w->rules[rng_below(r, w->n_rules)].for_ms ^= MS_PER_MIN;
	else if (dice == 1)
		w->n_rules = rng_below(r, ANY_RULES + 1);
	else if (dice == 2)
		w->rules[0].by = w->rules[0].by ? BY_TARGET : w->rules[0].by;
	else if (dice == 3)
		announce(w, r, now);
	else
		change_target(w, r);
	take(w);
}

void any_world_settle(struct any_world *w)
{
	w->announced = false;
	for (int i = 0; i < ANY_TARGETS; i++)
		w->there[i] = true;
	take(w);
}

uint32_t any_world_series(const struct any_world *w, struct rng *r)
{
	if (one_in(r, 100)) /* one that left, or was never there */
		return 1 + (uint32_t)rng_below(r, ANY_TARGETS + 1);
	if (w->config.n_targets == 0)
		return 0;
	return w->targets[rng_below(r, w->config.n_targets)].series;
}
