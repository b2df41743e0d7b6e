/* SPDX-License-Identifier: MIT
 *
 * `dimwatch check`: what a config means, before it does anything. Contacts nobody.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "agent/base/json.h"
#include "agent/cmd.h"
#include "agent/conf.h"
#include "agent/conf_loader.h"
#include "agent/conf_reference.h"
#include "agent/forecast_print.h"
#include "agent/json_print.h"
#include "agent/upcoming.h"

/* --- warnings that only the forecast knows ---------------------------------------- */

static void add_doubts(
    const struct conf *c, const struct forecast *fc, struct conf_problems *problems)
{
	for (size_t i = 0; i < fc->n_rules; i++) {
		const struct forecast_rule *r = &fc->rules[i];
		struct conf_problem where = {
		    .warning = true, .line = r->rule->line, .column = r->rule->column};
		char path[64], what[300];
		(void)snprintf(path, sizeof path, "rules[%td]", r->rule - c->rules);
		if (forecast_doubt(r, what, sizeof what)[0])
			conf_problem_add(problems, c->path, &where, path, what);
	}
	conf_problems_sort(problems);
}

/* --- JSON ------------------------------------------------------------------------- */

static json_t *text(const char *s)
{
	return s ? json_clean_string(span_of(s)) : json_null();
}

static json_t *money(int64_t nano, const char *currency)
{
	if (nano < 0)
		return json_null();
	return json_pack("{s:f,s:s}", "amount", (double)nano / (double)NANO, "currency",
	    currency[0] ? currency : "USD");
}

static json_t *months(int64_t day_nano, const char *currency)
{
	int64_t nano = 0;
	bool far =
	    day_nano > 0 && __builtin_mul_overflow(day_nano, FORECAST_MONTH_DAYS, &nano);
	return money(day_nano < 0 || far ? -1 : nano, currency);
}

static json_t *target_json(const struct forecast_row *r)
{
	static const char *const limits[FORECAST_LIMIT_COUNT] = {[FORECAST_FREE] = NULL,
	    [FORECAST_MAX_ASKS] = "max_asks",
	    [FORECAST_BUDGET] = "budget",
	    [FORECAST_TOTAL] = "total_budget"};
	const struct target *t = r->target;
	char host[200];
	return json_pack("{s:o,s:o,s:o,s:o,s:s,s:o,s:b,s:I,s:I,s:I,s:o,s:o,s:o}", "name",
	    text(t->name), "provider", text(t->provider->id), "model", text(t->model),
	    "region", text(t->region), "kind", probe_kind_code(t->kind), "host",
	    text(target_host(t, host, sizeof host)), "key", t->key != NULL, "interval_ms",
	    (json_int_t)t->interval_ms, "pace_ms", (json_int_t)r->pace_ms, "asks_per_day",
	    (json_int_t)r->asks_day, "limited_by", text(limits[r->limit]), "per_day",
	    money(r->day_nano, t->price.currency), "per_month",
	    months(r->day_nano, t->price.currency));
}

static json_t *rule_json(const struct forecast_rule *r)
{
	return json_pack("{s:o,s:s,s:I,s:I,s:f,s:o}", "rule", text(r->rule->name),
	    "severity", severity_code(r->rule->severity), "pace_ms",
	    (json_int_t)r->pace_ms, "targets", (json_int_t)r->n_targets, "samples",
	    r->samples, "needed_share", r->never ? json_null() : json_real(r->needed));
}

static json_t *problems_json(const struct conf_problems *p)
{
	json_t *all = json_array();
	for (size_t i = 0; i < p->n; i++)
		(void)json_array_append_new(all,
		    json_pack("{s:s,s:i,s:i,s:o}", "level",
			p->rows[i].warning ? "warning" : "error", "line", p->rows[i].line,
			"column", p->rows[i].column, "text", text(p->rows[i].text)));
	return all;
}

static json_t *pages_json(const struct conf *c)
{
	json_t *all = json_array();
	for (size_t i = 0; i < c->n_pages; i++)
		(void)json_array_append_new(all,
		    json_pack("{s:o,s:s,s:o,s:I}", "provider", text(c->pages[i].provider),
			"kind", c->pages[i].kind->name, "url", text(c->pages[i].url),
			"interval_ms", (json_int_t)c->pages[i].interval_ms));
	return all;
}

static json_t *conf_json(const struct conf *c, const struct forecast *fc)
{
	json_t *targets = json_array(), *rules = json_array(), *channels = json_array();
	for (size_t i = 0; i < fc->n; i++)
		(void)json_array_append_new(targets, target_json(&fc->rows[i]));
	for (size_t i = 0; i < fc->n_rules; i++)
		(void)json_array_append_new(rules, rule_json(&fc->rules[i]));
	for (size_t i = 0; i < c->n_channels; i++)
		(void)json_array_append_new(
		    channels, json_pack("{s:o,s:s}", "name", text(c->channels[i].name),
				  "kind", c->channels[i].kind->name));
	return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:{s:I,s:o,s:o,s:I}}", "config",
	    text(c->path), "vantage", text(c->vantage), "store", text(c->store_path),
	    "targets", targets, "rules", rules, "channels", channels, "status_pages",
	    pages_json(c), "together", "asks_per_day", (json_int_t)fc->asks_day,
	    "per_day", money(fc->day_nano, fc->currency), "per_month",
	    months(fc->day_nano, fc->currency), "targets_of_unknown_price",
	    (json_int_t)fc->n_unknown);
}

/* --- text ------------------------------------------------------------------------- */

static void print_channels(const struct conf *c)
{
	for (size_t i = 0; i < c->n_routes; i++) {
		const struct route *r = &c->routes[i];
		(void)printf("tells");
		for (size_t k = 0; k < r->n_to; k++)
			(void)printf("%s %s", k ? "," : "", r->to[k]);
		(void)printf(" of");
		for (int s = SEVERITY_MINOR; r->severities && s < SEVERITY_COUNT; s++)
			if (r->severities & 1u << s)
				(void)printf(" %s", severity_code((enum severity)s));
		(void)printf("%s%s\n",
		    r->severities ? ""
		    : i           ? " the rest"
				  : " everything",
		    r->severities ? " incidents" : "");
	}
}

static struct wall now_wall(void)
{
	struct timespec ts;
	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return (struct wall){(int64_t)ts.tv_sec * MS_PER_S + ts.tv_nsec / 1000000};
}

static void print_calendar(const struct conf *c)
{
	struct str lines;
	str_init(&lines, (size_t)64 << 10);
	upcoming_calendar(c, now_wall(), &lines);
	(void)fputs(str_c(&lines), stdout);
	str_fini(&lines);
}

/* "reads the page of deepseek every 2m: https://..." */
static void print_pages(const struct conf *c)
{
	char every[32];
	for (size_t i = 0; i < c->n_pages; i++)
		(void)printf("reads the page of %s every %s: %s\n", c->pages[i].provider,
		    duration_format(c->pages[i].interval_ms, every, sizeof every),
		    c->pages[i].url);
}

static void print_conf(const struct conf *c, const struct forecast *fc)
{
	(void)printf("%s: %zu target%s, vantage %s, database %s\n\n", c->path,
	    c->n_targets, c->n_targets == 1 ? "" : "s", c->vantage, c->store_path);
	forecast_print_targets(stdout, fc);
	forecast_print_total(stdout, fc);
	if (fc->n_rules || c->n_routes)
		(void)putchar('\n');
	forecast_print_rules(stdout, fc);
	print_channels(c);
	print_pages(c);
	print_calendar(c);
}

static int print_reference(void)
{
	struct str s;
	str_init(&s, CONF_REFERENCE_LIMIT);
	conf_reference(&s);
	(void)fputs(str_c(&s), stdout);
	str_fini(&s);
	return EXIT_GOOD;
}

static int run(const struct cmd_args *a)
{
	struct conf_problems problems;
	struct forecast fc = {0};
	json_t *shown = NULL;
	if (cmd_flag(a, "reference"))
		return print_reference();
	conf_problems_init(&problems);
	struct conf *c = conf_open(cmd_value(a, "config"), &problems);
	if (c) {
		forecast_init(&fc, c);
		add_doubts(c, &fc, &problems);
	}
	if (cmd_flag(a, "json")) {
		shown = c ? conf_json(c, &fc) : json_object();
		if (c)
			(void)json_object_set_new(
			    shown, "maintenance", upcoming_json(c, now_wall()));
		(void)json_object_set_new(shown, "problems", problems_json(&problems));
		json_print(shown);
	} else {
		if (c && !cmd_flag(a, "quiet"))
			print_conf(c, &fc);
		(void)fflush(stdout);
		conf_problems_print(&problems);
	}
	int code = c ? EXIT_GOOD : EXIT_USAGE;
	forecast_fini(&fc);
	conf_free(c);
	conf_problems_fini(&problems);
	return code;
}

/* clang-format off */
static const struct cmd_option options[] = {
    {"config", 'c', "FILE", "the config (else $DIMWATCH_CONFIG, ./dimwatch.yaml, "
	"/etc/dimwatch/dimwatch.yaml)"},
    {"quiet", 'q', NULL, "problems only"},
    {"json", 0, NULL, "one object, problems included"},
    {"reference", 0, NULL, "print the reference of all keys (docs/config.md) instead"},
    {0},
};
/* clang-format on */

const struct cmd cmd_check = {
    .name = "check",
    .summary = "what a config means, costs, and what is wrong with it",
    .about =
	"Reads the config and prints, for each target, its pace, asks and forecast of\n"
	"cost a day and a month, and the host that gets its key; for each rule, the share\n"
	"of failures that it really needs at that pace. All mistakes are told in one run,\n"
	"with line, column and cure. Contacts nobody.\n"
	"Exit: 0 good (warnings included), 2 the config has errors.",
    .example = "  dimwatch check -c /etc/dimwatch/dimwatch.yaml",
    .options = options,
    .run = run,
};
