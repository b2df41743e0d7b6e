/* SPDX-License-Identifier: MIT
 *
 * Bytes to generation: parse, read by the schema, then each noun takes its part. All
 * mistakes of the file come out of one run; with one of them nothing is loaded.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/rng.h"
#include "agent/conf_loader.h"

#define DEFAULT_DATABASE "dimwatch.db"

/* --- money ------------------------------------------------------------------------ */

static bool rate_is_good(struct loader *l, const struct conf_value *v)
{
	const char *currency = v->node->key;
	if (!v->set)
		return false;
	if (!conf_is_currency(currency))
		conf_error(l, v,
		    "'%.60s' is no currency: three capitals such as CNY or EUR",
		    currency);
	else if (!strcmp(currency, "USD"))
		conf_error(l, v, "rates are given in USD: remove the line");
	else if (strcmp(v->currency, "USD") != 0)
		conf_error(l, v,
		    "is given in %s: say what one %s is worth in USD, like 0.14 USD",
		    v->currency, currency);
	else if (v->n <= 0)
		conf_error(l, v, "must be more than 0 USD");
	else
		return true;
	return false;
}

/* The file's rates, then those compiled in: the first row of a currency holds. */
void conf_read_rates(struct loader *l, const struct conf_value *v)
{
	const struct rates *usual = rates_default();
	struct rate *rows =
	    arena_alloc(l->arena, (v->n_items + usual->n + 1) * sizeof *rows);
	size_t n = 0;
	for (size_t i = 0; i < v->n_items; i++) {
		const struct conf_value *item = &v->items[i];
		if (!rate_is_good(l, item))
			continue;
		(void)str_copy(
		    rows[n].currency, sizeof rows[n].currency, item->node->key);
		rows[n++].nano_usd = item->n;
	}
	for (size_t i = 0; i < usual->n; i++)
		rows[n++] = usual->rows[i];
	l->conf->rates = (struct rates){.rows = rows, .n = n};
}

struct budget conf_read_budget(struct loader *l, const struct conf_value *v)
{
	struct budget b = {.nano = -1};
	if (!v->set || v->none)
		return b;
	b.nano = v->n;
	(void)str_copy(b.currency, sizeof b.currency, v->currency);
	if (money_convert(&l->conf->rates, NANO, b.currency, "USD") < 0)
		conf_error(l, v,
		    "no rate is known for %s: add `rates: {%s: ... USD}` at the top of the "
		    "file",
		    b.currency, b.currency);
	else if (!v->n)
		conf_error(l, v,
		    "a budget of 0 would never ask: remove the target, or give it some");
	return b;
}

/* --- vantage and store ------------------------------------------------------------ */

/* A file of the config's folder, unless the path is absolute. */
const char *conf_beside(struct loader *l, const char *path)
{
	const char *slash = strrchr(l->file, '/');
	if (path[0] == '/' || !slash)
		return arena_strdup(l->arena, path);
	return arena_printf(l->arena, "%.*s/%s", (int)(slash - l->file), l->file, path);
}

void conf_read_store(struct loader *l, const struct conf_values *store)
{
	const struct conf_values *keep = store->v[STORE_KEEP].inside;
	const struct conf_value *path = &store->v[STORE_PATH];
	struct conf *c = l->conf;
	if (path->set)
		c->store_path = conf_beside(l, path->text);
	else if (l->world->state_directory)
		c->store_path = arena_printf(
		    l->arena, "%s/" DEFAULT_DATABASE, l->world->state_directory);
	else
		c->store_path = conf_beside(l, DEFAULT_DATABASE);
	c->keep = (struct conf_keep){
	    .samples_ms = keep->v[KEEP_SAMPLES].n,
	    .five_minutes_ms = keep->v[KEEP_FIVE_MINUTES].n,
	    .hours_ms = keep->v[KEEP_HOURS].n,
	    .days_ms = keep->v[KEEP_DAYS].n,
	    .size_bytes = keep->v[KEEP_SIZE].none ? 0 : keep->v[KEEP_SIZE].n,
	};
}

/* A host's name may hold what a name of ours may not; then its good part is taken. */
static const char *default_vantage(struct loader *l)
{
	const char *host = l->world->hostname;
	size_t n = host ? strspn(host, "abcdefghijklmnopqrstuvwxyz"
				       "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
			: 0;
	return n ? arena_strndup(l->arena, host, n < 63 ? n : 63) : "local";
}

/* --- the whole -------------------------------------------------------------------- */

bool conf_name_is_new(struct loader *l, struct map *seen, const struct conf_value *v,
    const char *name, const char *what)
{
	const struct conf_value *first = map_find(seen, name);
	char line[32] = "by its default";
	if (!first) {
		struct conf_value *copy = arena_alloc(l->scratch, sizeof *copy);
		*copy = *v; /* tells the place of the first */
		(void)map_put(seen, name, copy);
		return true;
	}
	if (first->node)
		(void)snprintf(line, sizeof line, "in line %d", first->node->line);
	conf_error(l, v,
	    "two %s are named '%s' (the first %s): give this one `name: %s-2`", what,
	    name, line, name);
	return false;
}

static void read_generation(struct loader *l, const struct yaml_node *root)
{
	struct conf *c = l->conf;
	const struct conf_values *top = conf_read_block(l, &conf_top_block, root, "");
	const struct conf_value *vantage = &top->v[TOP_VANTAGE];
	struct catalogue *catalogue = catalogue_open(l->arena);
	conf_read_catalogue(l, catalogue, &top->v[TOP_CATALOGUE]);
	c->catalogue = catalogue;
	c->vantage =
	    vantage->set ? arena_strdup(l->arena, vantage->text) : default_vantage(l);
	conf_read_rates(l, &top->v[TOP_RATES]);
	c->budget = conf_read_budget(l, &top->v[TOP_BUDGET]);
	conf_read_store(l, top->v[TOP_STORE].inside);
	conf_read_targets(l, top);
	conf_read_depends(l, top);
	conf_read_rules(l, top);
	conf_read_controls(l, &top->v[TOP_CONTROLS]);
	conf_read_pages(l, top);
	conf_read_channels(l, top);
	conf_read_maintenance(l, &top->v[TOP_MAINTENANCE]);
	conf_read_heartbeat(l, top);
	conf_read_digest(l, &top->v[TOP_DIGEST]);
	conf_read_routes(l, top);
	conf_read_failover(l, top);
	conf_hide_secrets(l);
}

/* "LINE:COLUMN: what" of the parser. */
static void report_syntax(struct loader *l, const struct err *e)
{
	struct conf_problem where = {.line = 1, .column = 1};
	const char *what = e->msg;
	char *end = NULL;
	long line = strtol(e->msg, &end, 10);
	if (end != e->msg && *end == ':') {
		char *end2 = NULL;
		long column = strtol(end + 1, &end2, 10);
		if (end2 != end + 1 && end2[0] == ':' && end2[1] == ' ') {
			where.line = (int)line;
			where.column = (int)column;
			what = end2 + 2;
		}
	}
	conf_problem_add(l->problems, l->file, &where, "", what);
}

static void load(struct loader *l, struct span bytes)
{
	struct err e = {0};
	const struct yaml_node *root = yaml_parse(bytes, l->scratch, &e);
	if (!root) {
		report_syntax(l, &e);
		return;
	}
	read_generation(l, root);
}

struct conf *conf_load(struct span bytes, const char *path, const struct conf_world *w,
    struct conf_problems *problems)
{
	size_t errors = problems->errors;
	struct arena *arena = arena_new();
	struct conf *c = arena_alloc(arena, sizeof *c);
	struct loader l = {.file = path,
	    .world = w,
	    .problems = problems,
	    .arena = arena,
	    .scratch = arena_new(),
	    .conf = c};
	c->arena = arena;
	c->path = arena_strdup(arena, path);
	(void)snprintf(c->hash, sizeof c->hash, "%016" PRIx64, hash64(bytes.p, bytes.n));
	load(&l, bytes);
	conf_problems_sort(problems);
	arena_free(l.scratch);
	if (problems->errors > errors) {
		arena_free(arena);
		return NULL;
	}
	return c;
}

void conf_free(struct conf *c)
{
	if (c)
		arena_free(c->arena);
}
