/* SPDX-License-Identifier: MIT
 *
 * `dimwatch status`: the present picture out of the database, whether the daemon runs or
 * not; a stale one says so.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/json.h"
#include "agent/base/xalloc.h"
#include "agent/cmd.h"
#include "agent/gateway.h"
#include "agent/history.h"
#include "agent/json_print.h"
#include "agent/paint.h"
#include "agent/show.h"
#include "agent/status_hands.h"
#include "agent/upcoming.h"
#include "probes/cost.h"
#include "storage/reader.h"

struct picture {
	struct reader *r;
	struct table *table;
	json_t *list; /* with --json */
	struct wall now;
	bool stale;
	size_t n, bad;
	struct conf *conf; /* owned; NULL: not known */
};

static enum paint health_paint(enum health h)
{
	static const enum paint of[HEALTH_COUNT] = {[HEALTH_UNKNOWN] = PAINT_DIM,
	    [HEALTH_UP] = PAINT_GOOD,
	    [HEALTH_SUSPECT] = PAINT_WARN,
	    [HEALTH_DEGRADED] = PAINT_WARN,
	    [HEALTH_DOWN] = PAINT_BAD,
	    [HEALTH_RECOVERING] = PAINT_WARN};
	return of[h];
}

static char *ms_text(int64_t us, char *buf, size_t size)
{
	return us < 0 ? str_copy(buf, size, "-")
		      : duration_human(us / US_PER_MS, buf, size);
}

/* ": behind NAME, which is down"; nothing when it is not, or the config is not known. */
static const char *behind_of(
    const struct picture *p, const struct reader_target *t, enum health *ret)
{
	return t->behind && !p->stale ? gateway_of(p->r, p->conf, t->name, ret) : NULL;
}

static void add_row(struct picture *p, const struct reader_target *t)
{
	char since[40] = "-", p50[32], p95[32], up[32] = "-", cost[48] = "-", asks[24];
	enum health of_gateway = HEALTH_UNKNOWN;
	struct str health;
	str_init(&health, 200);
	(void)str_adds(&health, p->stale ? "unknown" : health_code(t->health));
	const char *gateway = behind_of(p, t, &of_gateway);
	if (gateway)
		(void)str_addf(&health, ": behind %s, which is %s", gateway,
		    health_code(of_gateway));
	if (t->has_incident)
		(void)str_addf(&health, " #%s", t->incident_short);
	if (t->since.ms)
		(void)duration_human(p->now.ms - t->since.ms, since, sizeof since);
	if (t->uptime_pct >= 0)
		(void)snprintf(up, sizeof up, "%.2f %%", t->uptime_pct);
	if (t->cost_nano_24h >= 0)
		(void)money_format(t->cost_nano_24h, t->currency, cost, sizeof cost);
	(void)snprintf(asks, sizeof asks, "%lld", (long long)t->asks_24h);
	const enum paint paints[9] = {
	    PAINT_BOLD, p->stale ? PAINT_DIM : health_paint(t->health)};
	char title[100];
	(void)snprintf(title, sizeof title, "%s%s%s%s", t->rung ? "  " : "", t->name,
	    t->rung ? "/" : "", t->rung ? t->kind : "");
	const char *const cells[9] = {title, str_c(&health), since,
	    *t->last_outcome ? t->last_outcome : "-", ms_text(t->p50_us, p50, sizeof p50),
	    ms_text(t->p95_us, p95, sizeof p95), up, asks, cost};
	table_row(p->table, paints, cells);
	str_fini(&health);
}

static void add_json(struct picture *p, const struct reader_target *t)
{
	enum health of_gateway;
	const char *gateway = behind_of(p, t, &of_gateway);
	json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I}", "target",
	    t->name, "provider", t->provider, "model", t->model, "kind", t->kind,
	    "health", p->stale ? "unknown" : health_code(t->health), "last_outcome",
	    t->last_outcome, "since_ms", (json_int_t)t->since.ms, "last_at_ms",
	    (json_int_t)t->last_at.ms);
	(void)json_object_set_new(o, "uptime_pct_24h",
	    t->uptime_pct < 0 ? json_null() : json_real(t->uptime_pct));
	(void)json_object_set_new(o, "first_token_p50_ms_24h",
	    t->p50_us < 0 ? json_null() : json_integer(t->p50_us / US_PER_MS));
	(void)json_object_set_new(o, "first_token_p95_ms_24h",
	    t->p95_us < 0 ? json_null() : json_integer(t->p95_us / US_PER_MS));
	(void)json_object_set_new(o, "asks_24h", json_integer(t->asks_24h));
	(void)json_object_set_new(o, "rung", json_boolean(t->rung));
	(void)json_object_set_new(
	    o, "behind", gateway ? json_string(gateway) : json_null());
	(void)json_object_set_new(o, "incident",
	    t->has_incident ? json_string(t->incident_short) : json_null());
	(void)json_array_append_new(p->list, o);
}

static bool on_target(void *arg, const struct reader_target *t)
{
	struct picture *p = arg;
	p->n++;
	p->bad += !t->rung && (t->health == HEALTH_DOWN || t->health == HEALTH_DEGRADED);
	if (p->list)
		add_json(p, t);
	else
		add_row(p, t);
	return true;
}

static void print_run(const struct reader_run *run, bool alive, struct wall now)
{
	char ago[40], seen[40];
	(void)duration_human(now.ms - run->last_alive.ms, ago, sizeof ago);
	(void)duration_human(now.ms - run->started.ms, seen, sizeof seen);
	if (alive)
		(void)printf("dimwatch %s at %s, running for %s\n\n", run->version,
		    *run->vantage ? run->vantage : "-", seen);
	else
		(void)printf(
		    "%snot running: last alive %s ago%s; what follows is from then%s\n\n",
		    paint_begin(stdout, PAINT_WARN), ago,
		    run->clean ? "" : " (it did not end cleanly)", paint_end(stdout));
}

static void print_deliveries(const struct reader_delivery_counts *d, struct wall now)
{
	char oldest[40];
	if (d->pending)
		(void)printf("\n%s%lld message%s for %s channel, the oldest for %s%s\n",
		    paint_begin(stdout, PAINT_WARN), (long long)d->pending,
		    d->pending == 1 ? " waits" : "s wait",
		    d->pending == 1 ? "its" : "their",
		    duration_human(now.ms - d->oldest_pending.ms, oldest, sizeof oldest),
		    paint_end(stdout));
	if (d->dead_24h)
		(void)printf(
		    "%s%lld message%s could not be delivered in the last 24 h%s\n",
		    paint_begin(stdout, PAINT_BAD), (long long)d->dead_24h,
		    d->dead_24h == 1 ? "" : "s", paint_end(stdout));
}

/* "Spent today (UTC): 0.0042 USD and 0.12 CNY in 1440 asks". */
static void print_spend(const struct reader_spend *s)
{
	char money[48];
	(void)printf("\nSpent today (UTC): ");
	for (size_t i = 0; i < s->n; i++)
		(void)printf("%s%s", i ? " and " : "",
		    money_format(
			s->sums[i].nano, s->sums[i].currency, money, sizeof money));
	(void)printf("%s in %lld ask%s", s->n ? "" : "nothing", (long long)s->asks,
	    s->asks == 1 ? "" : "s");
	if (s->unknown_asks)
		(void)printf(", and what %lld of them cost is unknown",
		    (long long)s->unknown_asks);
	(void)putchar('\n');
}

static json_t *spend_json(const struct reader_spend *s)
{
	json_t *sums = json_array();
	for (size_t i = 0; i < s->n; i++)
		(void)json_array_append_new(
		    sums, json_pack("{s:f, s:s}", "amount",
			      (double)s->sums[i].nano / (double)NANO, "currency",
			      s->sums[i].currency));
	return json_pack("{s:o, s:I, s:I}", "spent", sums, "asks", (json_int_t)s->asks,
	    "asks_of_unknown_cost", (json_int_t)s->unknown_asks);
}

static void print_windows(const struct conf *c, struct wall now)
{
	struct str lines;
	if (!c || !c->n_maintenance)
		return;
	str_init(&lines, (size_t)64 << 10);
	upcoming_lines(c, NULL, now, &lines);
	(void)printf("\n%s", str_c(&lines));
	str_fini(&lines);
}

static bool print_text(
    struct reader *r, struct picture *p, const struct reader_run *run, struct err *e)
{
	static const char *const heads[9] = {"TARGET", "HEALTH", "FOR", "LAST", "P50",
	    "P95", "UP 24H", "ASKS", "COST 24H"};
	struct reader_delivery_counts d = {0};
	struct reader_spend spend = {0};
	const enum paint dim[9] = {PAINT_DIM, PAINT_DIM, PAINT_DIM, PAINT_DIM, PAINT_DIM,
	    PAINT_DIM, PAINT_DIM, PAINT_DIM, PAINT_DIM};
	p->table = table_new(9);
	table_row(p->table, dim, heads);
	bool good = reader_targets(r, p->now, on_target, p, e) &&
		    reader_deliveries(r, p->now, &d, e) && reader_spend(r, &spend, e);
	if (good) {
		print_run(run, !p->stale, p->now);
		table_print(p->table, stdout);
		print_spend(&spend);
		print_deliveries(&d, p->now);
		good = status_hands_print(r, p->now, e);
		print_windows(p->conf, p->now);
	}
	table_free(p->table);
	return good;
}

static bool print_json(
    struct reader *r, struct picture *p, const struct reader_run *run, struct err *e)
{
	struct reader_spend spend = {0};
	p->list = json_array();
	if (!reader_targets(r, p->now, on_target, p, e) || !reader_spend(r, &spend, e))
		return json_decref(p->list), false;
	json_t *o = json_pack("{s:b, s:s, s:s, s:I, s:I, s:o, s:o}", "running", !p->stale,
	    "version", run->version, "vantage", run->vantage, "started_ms",
	    (json_int_t)run->started.ms, "last_alive_ms", (json_int_t)run->last_alive.ms,
	    "targets", p->list, "spend_today", spend_json(&spend));
	if (!status_hands_json(r, p->now, o, e))
		return json_decref(o), false;
	if (p->conf)
		(void)json_object_set_new(
		    o, "maintenance", upcoming_json(p->conf, p->now));
	json_print(o);
	return true;
}

static int run(const struct cmd_args *a)
{
	struct picture p = {.now = history_now()};
	struct reader_run last;
	struct err e = {0};
	char *path = NULL;
	int code = history_path(a, &path);
	if (code >= 0)
		return code;
	struct reader *r = reader_open(path, HISTORY_BUDGET_MS, &e);
	bool good = r && reader_last_run(r, &last, &e);
	if (good) {
		p.r = r;
		p.stale = !history_is_alive(path);
		p.conf = history_conf(a);
		good = cmd_flag(a, "json") ? print_json(r, &p, &last, &e)
					   : print_text(r, &p, &last, &e);
	}
	if (!good)
		(void)fprintf(stderr, "dimwatch status: %s\n", e.msg);
	reader_close(r);
	conf_free(p.conf);
	free(path);
	return !good ? EXIT_CANNOT : p.bad || p.stale ? EXIT_BAD_NEWS : EXIT_GOOD;
}

static const struct cmd_option options[] = {
    {"config", 'c', "FILE", "the config that names the database"},
    {"database",  'd', "FILE", "the database itself"},
    {"json",        0, NULL, "as one JSON object"},
    {0   },
};

const struct cmd cmd_status = {
    .name = "status",
    .summary = "the present picture: who is healthy, since when, at what cost",
    .about =
	"Reads the database, whether the daemon runs or not; a stale picture says so.\n"
	"Exit: 0 all well, 1 somebody is down or degraded or dimwatch is not running,\n"
	"2 usage, 3 cannot read.",
    .example = "  dimwatch status\n  dimwatch status --json | jq '.targets[].health'",
    .options = options,
    .run = run,
};
