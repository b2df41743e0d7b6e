/* SPDX-License-Identifier: MIT
 *
 * Targets: pace, time-outs, money, question and name. Whom they ask and with which key is
 * conf_address.c's.
 */
#include <inttypes.h>
#include <string.h>

#include "agent/base/tick.h"
#include "agent/conf_loader.h"
#include "probes/expect.h"

struct target_reader {
	struct loader *l;
	const struct conf_values *defaults;
	struct map *names, *former;
};

/* The target's own value, else that of `defaults`. */
static const struct conf_value *pick(
    const struct target_reader *r, const struct conf_values *tv, enum conf_target_key key)
{
	return tv->v[key].node ? &tv->v[key] : &r->defaults->v[key];
}

static int64_t phase(struct target_reader *r, const struct conf_values *tv,
    enum conf_timeouts_key key, int64_t total_ms)
{
	const struct conf_value *own = &tv->v[TARGET_TIMEOUTS].inside->v[key];
	const struct conf_value *usual = &r->defaults->v[TARGET_TIMEOUTS].inside->v[key];
	const struct conf_value *v = own->node ? own : usual;
	char buf[32];
	if (v->n <= total_ms)
		return v->n;
	if (v == own)
		conf_warn(r->l, v, "longer than `timeout` (%s), which ends it first",
		    duration_format(total_ms, buf, sizeof buf));
	return total_ms;
}

static void read_timeouts(
    struct target_reader *r, const struct conf_values *tv, struct target *t)
{
	int64_t total = pick(r, tv, TARGET_TIMEOUT)->n;
	t->timeouts = (struct probe_timeouts){
	    .total_ms = total,
	    .connect_ms = phase(r, tv, TIMEOUTS_CONNECT, total),
	    .first_byte_ms = phase(r, tv, TIMEOUTS_FIRST_BYTE, total),
	    .first_token_ms = phase(r, tv, TIMEOUTS_FIRST_TOKEN, total),
	    .gap_ms = phase(r, tv, TIMEOUTS_GAP, total),
	};
}

static bool price_is_known(const struct price *p)
{
	return p->currency[0] && p->in_nano_per_tok >= 0 && p->out_nano_per_tok >= 0;
}

static void read_money(
    struct target_reader *r, const struct conf_values *tv, struct target *t)
{
	const struct conf_value *asks = pick(r, tv, TARGET_MAX_ASKS);
	const struct conf_value *budget = pick(r, tv, TARGET_BUDGET);
	bool free = t->provider && cost_per_ask(t) == 0;
	bool known = price_is_known(&t->price) || free;
	/* What `defaults` says was judged once; a target judges its own. */
	if (budget->node && budget == &tv->v[TARGET_BUDGET])
		t->budget = conf_read_budget(r->l, budget);
	else
		t->budget = (struct budget){
		    .nano = budget->set && !budget->none ? budget->n : -1};
	if (t->budget.nano >= 0)
		(void)str_copy(
		    t->budget.currency, sizeof t->budget.currency, budget->currency);
	if (price_is_known(&t->price) &&
	    money_convert(&r->l->conf->rates, NANO, t->price.currency, "USD") < 0)
		conf_error_block(r->l, tv, "budget",
		    "prices are in %s, for which no rate is known: add `rates: {%s: ... USD}`",
		    t->price.currency, t->price.currency);
	if (asks->set)
		t->max_asks_per_day = asks->none ? 0 : asks->n;
	else
		t->max_asks_per_day = known ? 0 : CONF_UNPRICED_ASKS;
}

static void read_expect(
    struct target_reader *r, const struct conf_value *expect, struct target *t)
{
	static const struct {
		enum conf_expect_key key;
		enum expect_kind kind;
	} ways[] = {
	    {EXPECT_KEY_CONTAINS, EXPECT_CONTAINS},
	    {EXPECT_KEY_EQUALS,   EXPECT_EQUALS  },
	    {EXPECT_KEY_GLOB,     EXPECT_GLOB    },
	};
	const struct conf_value *json = &expect->inside->v[EXPECT_KEY_JSON];
	struct err e = {0};
	size_t n = 0;
	t->expect = json->node ? EXPECT_THERE : EXPECT_NONE;
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		const struct conf_value *v = &expect->inside->v[ways[i].key];
		if (!v->node)
			continue;
		n++;
		t->expect = ways[i].kind;
		t->expect_text = arena_strdup(r->l->arena, v->text);
	}
	if (n > 1 || (!n && !json->node))
		conf_error(r->l, expect,
		    "takes one of `contains`, `equals` and `glob`, and `json` to say where");
	if (!json->set)
		return;
	t->expect_json = arena_strdup(r->l->arena, json->text);
	if (!expect_path_check(t->expect_json, &e))
		conf_error(r->l, json, "%s", e.msg);
}

static void read_question(
    struct target_reader *r, const struct conf_values *tv, struct target *t)
{
	const struct conf_value *prompt = &tv->v[TARGET_PROMPT];
	const struct conf_value *expect = &tv->v[TARGET_EXPECT];
	if (prompt->set)
		t->prompt = arena_strdup(r->l->arena, prompt->text);
	if (!expect->node || expect->node->kind != YAML_MAP)
		return;
	if (!prompt->node && t->kind != PROBE_HTTP)
		conf_error(r->l, expect,
		    "needs `prompt` beside it: the built-in question is different each time");
	read_expect(r, expect, t);
}

static void read_labels(
    struct target_reader *r, const struct conf_values *tv, struct target *t)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
	const struct conf_value *v = &tv->v[TARGET_LABELS];
	struct label *rows = arena_alloc(r->l->arena, (v->n_items + 1) * sizeof *rows);
	for (size_t i = 0; i < v->n_items; i++) {
		const struct conf_value *item = &v->items[i];
		const char *name = item->node->key;
		if (strspn(name, good) != strlen(name) || strlen(name) > 63 ||
		    (name[0] >= '0' && name[0] <= '9'))
			conf_error(r->l, item,
			    "'%.60s' is no label's name: letters, digits and _, at most 63",
			    name);
		else if (item->set)
			rows[t->n_labels++] =
			    (struct label){arena_strdup(r->l->arena, name),
				arena_strdup(r->l->arena, item->text)};
	}
	t->labels = rows;
}

/* The place of a target's name: its own line, else the provider's. */
static struct conf_value name_place(const struct conf_values *tv)
{
	struct conf_value v = tv->v[TARGET_NAME];
	if (!v.node)
		v.node =
		    tv->v[TARGET_PROVIDER].node ? tv->v[TARGET_PROVIDER].node : tv->node;
	return v;
}

static void read_name(
    struct target_reader *r, const struct conf_values *tv, struct target *t)
{
	const struct conf_value *own = &tv->v[TARGET_NAME];
	struct conf_value v = name_place(tv);
	if (own->set) {
		t->name = arena_strdup(r->l->arena, own->text);
	} else if (own->node) {
		t->name = ""; /* reported */
		return;
	} else if (tv->v[TARGET_PROVIDER].set) {
		t->name = arena_strdup(r->l->arena, tv->v[TARGET_PROVIDER].text);
	} else {
		t->name = "";
		if (tv->v[TARGET_URL].node)
			conf_error_block(r->l, tv, "name",
			    "is missing: a server of your own needs `name: ...`");
		return;
	}
	(void)conf_name_is_new(r->l, r->names, &v, t->name, "targets");
}

/* A former name can be continued once, and not while somebody bears it. */
static void check_former(
    struct target_reader *r, const struct conf_values *tv, struct target *t)
{
	const struct conf_value *was = &tv->v[TARGET_WAS];
	if (!was->set)
		return;
	t->was = arena_strdup(r->l->arena, was->text);
	if (map_find(r->names, t->was))
		conf_error(r->l, was,
		    "'%s' is the name of a target of today: remove the line or rename that "
		    "one",
		    t->was);
	else if (map_put(r->former, t->was, t))
		conf_error(r->l, was, "two targets continue '%s': only one can", t->was);
}

/* A rung below the lead bears the lead's name. */
static void take_name(struct target_reader *r, const struct conf_values *tv,
    const struct target *lead, struct target *t)
{
	if (!lead) {
		read_name(r, tv, t);
		return;
	}
	t->name = lead->name;
	t->lead = lead;
	t->title =
	    arena_printf(r->l->arena, "%s/%s", lead->name, tv->v[TARGET_PROBE].text);
}

static void read_target(struct target_reader *r, const struct conf_values *tv,
    const struct target *lead, struct target *t)
{
	const struct conf_value *proxy = pick(r, tv, TARGET_PROXY);
	t->line = tv->node ? tv->node->line : 0;
	t->column = tv->node ? tv->node->column : 0;
	t->connection = tv->v[TARGET_CONNECTION].n ? CONNECTION_WARM : CONNECTION_COLD;
	t->kind = PROBE_STREAM;
	t->price = (struct price){"", -1, -1};
	take_name(r, tv, lead, t);
	conf_read_address(r->l, tv, t);
	t->interval_ms = pick(r, tv, TARGET_INTERVAL)->n;
	read_timeouts(r, tv, t);
	read_money(r, tv, t);
	t->proxy = proxy->none ? NULL : proxy->secret;
	read_question(r, tv, t);
	read_labels(r, tv, t);
	conf_read_transport(r->l, tv, r->defaults, t);
	t->auto_on = tv->v[TARGET_AUTO].n != 0;
	t->sensitivity = pick(r, tv, TARGET_SENSITIVITY)->text; /* of the table */
}

static void read_rungs(
    struct target_reader *r, const struct conf_values *tv, struct conf *c)
{
	const struct conf_values *rungs[CONF_RUNGS_MAX];
	size_t n = conf_ladder(r->l, tv, rungs);
	struct target *lead = &c->targets[c->n_targets];
	for (size_t i = 0; i < n; i++)
		read_target(r, rungs[i], i ? lead : NULL, &c->targets[c->n_targets++]);
}

/* Of all the rungs, once every name is known. */
static void check_formers(
    struct target_reader *r, const struct conf_value *list, struct conf *c)
{
	size_t k = 0;
	for (size_t i = 0; i < list->n_items; i++) {
		if (!list->items[i].inside->node)
			continue;
		check_former(r, list->items[i].inside, &c->targets[k++]);
		for (; k < c->n_targets && c->targets[k].lead; k++)
			c->targets[k].was = c->targets[k].lead->was;
	}
}

static size_t count_rungs(const struct conf_value *list)
{
	size_t n = 0;
	for (size_t i = 0; i < list->n_items; i++)
		n += conf_rungs(list->items[i].inside);
	return n;
}

void conf_read_targets(struct loader *l, const struct conf_values *top)
{
	const struct conf_value *list = &top->v[TOP_TARGETS];
	struct target_reader r = {.l = l,
	    .defaults = top->v[TOP_DEFAULTS].inside,
	    .names = map_new(),
	    .former = map_new()};
	struct conf *c = l->conf;
	c->targets = arena_alloc(l->arena, (count_rungs(list) + 1) * sizeof *c->targets);
	if (r.defaults->v[TARGET_BUDGET].node)
		(void)conf_read_budget(l, &r.defaults->v[TARGET_BUDGET]);
	if (list->set && !list->n_items)
		conf_error(l, list,
		    "names nobody to watch: add `- provider: ID` (deepseek, openai, ...)");
	for (size_t i = 0; i < list->n_items; i++)
		if (list->items[i].inside->node)
			read_rungs(&r, list->items[i].inside, c);
	check_formers(&r, list, c);
	map_free(r.names);
	map_free(r.former);
}
