/* SPDX-License-Identifier: MIT
 *
 * See forecast_print.h.
 */
#include "agent/forecast_print.h"

#include <inttypes.h>
#include <string.h>

#include "agent/base/tick.h"
#include "agent/paint.h"

enum column {
	NAME,
	PROVIDER,
	MODEL,
	KIND,
	KEY_TO,
	PACE,
	ASKS,
	DAY,
	MONTH,
	NOTE,
	COLUMNS
};

static char *month(int64_t day_nano, const char *currency, char *buf, size_t size)
{
	int64_t nano;
	if (day_nano < 0 || __builtin_mul_overflow(day_nano, FORECAST_MONTH_DAYS, &nano))
		nano = -1;
	return money_format(forecast_round(nano), currency, buf, size);
}

static void add_target(struct table *t, const struct forecast_row *r)
{
	char host[200], pace[40], asks[32], day[48], per_month[48], note[120];
	const struct target *x = r->target;
	const char *cells[COLUMNS] = {
	    [NAME] = target_title(x),
	    [PROVIDER] = x->provider->id,
	    [MODEL] = x->model,
	    [KIND] = probe_kind_code(x->kind),
	    [KEY_TO] = x->key ? target_host(x, host, sizeof host) : "no key",
	    [PACE] = duration_human(r->pace_ms, pace, sizeof pace),
	    [ASKS] = asks,
	    [DAY] = money_format(
		forecast_round(r->day_nano), x->price.currency, day, sizeof day),
	    [MONTH] = month(r->day_nano, x->price.currency, per_month, sizeof per_month),
	    [NOTE] = forecast_limit_words(r, note, sizeof note),
	};
	(void)snprintf(asks, sizeof asks, "%" PRId64, r->asks_day);
	enum paint paints[COLUMNS] = {[NAME] = PAINT_BOLD,
	    [DAY] = r->day_nano < 0 ? PAINT_WARN : PAINT_PLAIN,
	    [NOTE] = PAINT_DIM};
	table_row(t, paints, cells);
}

void forecast_print_targets(FILE *f, const struct forecast *fc)
{
	static const char *const heads[COLUMNS] = {"target", "provider", "model", "kind",
	    "key goes to", "pace", "asks/day", "a day", "a month", ""};
	static const enum paint dim[COLUMNS] = {PAINT_DIM, PAINT_DIM, PAINT_DIM,
	    PAINT_DIM, PAINT_DIM, PAINT_DIM, PAINT_DIM, PAINT_DIM, PAINT_DIM, PAINT_DIM};
	struct table *t = table_new(COLUMNS);
	table_row(t, dim, heads);
	for (size_t i = 0; i < fc->n; i++)
		add_target(t, &fc->rows[i]);
	table_print(t, f);
	table_free(t);
}

void forecast_print_total(FILE *f, const struct forecast *fc)
{
	char day[48], per_month[48];
	int64_t unpriced = 0;
	for (size_t i = 0; i < fc->n; i++)
		if (fc->rows[i].day_nano < 0)
			unpriced += fc->rows[i].asks_day;
	(void)fprintf(f, "together: at most %" PRId64 " asks, %s a day, %s a month",
	    fc->asks_day,
	    money_format(forecast_round(fc->day_nano), fc->currency, day, sizeof day),
	    month(fc->day_nano, fc->currency, per_month, sizeof per_month));
	if (fc->n_unknown)
		(void)fprintf(f,
		    "; without %zu target%s of unknown price (at most %" PRId64
		    " asks a day)",
		    fc->n_unknown, fc->n_unknown == 1 ? "" : "s", unpriced);
	(void)fputc('\n', f);
}

/* "needs 30 % of about 10 samples to fail" */
static void print_need(FILE *f, const struct forecast_rule *r)
{
	double share = r->needed * 100, samples = r->samples < 1 ? 1 : r->samples;
	if (r->never) {
		(void)fprintf(f, "can never fire\n");
		return;
	}
	switch (r->need.kind) {
	case CONDITION_SHARE:
	case CONDITION_COUNT:
	case CONDITION_BURN:
		(void)fprintf(
		    f, "needs %.0f %% of about %.0f samples to fail\n", share, samples);
		return;
	case CONDITION_QUANTILE:
		(void)fprintf(f, "needs %.0f %% of about %.0f samples to be slower\n",
		    share, samples);
		return;
	case CONDITION_RUN:
		(void)fprintf(f, "needs %.0f failures in a row\n", samples);
		return;
	case CONDITION_OF_LAST:
		(void)fprintf(f, "needs %.0f of %.0f samples to fail\n",
		    r->needed * samples, samples);
		return;
	case CONDITION_NO_DATA:
	case CONDITION_HEALTH:
	case CONDITION_KIND_COUNT:
		(void)fprintf(f, "needs no share of failures\n");
		return;
	}
}

void forecast_print_rules(FILE *f, const struct forecast *fc)
{
	const struct rule *before = NULL;
	for (size_t i = 0; i < fc->n_rules; i++) {
		const struct forecast_rule *r = &fc->rules[i];
		char pace[40], others[48] = "";
		if (r->rule != before)
			(void)fprintf(f, "rule %s%s%s (%s): %s\n",
			    paint_begin(f, PAINT_BOLD), r->rule->name, paint_end(f),
			    severity_code(r->rule->severity), r->rule->text);
		before = r->rule;
		if (r->group)
			(void)snprintf(others, sizeof others, ", %zu target%s together",
			    r->n_targets, r->n_targets == 1 ? "" : "s");
		else if (r->n_targets > 1)
			(void)snprintf(
			    others, sizeof others, " and %zu more", r->n_targets - 1);
		(void)fprintf(f,
		    "  every %s (%s%s): ", duration_human(r->pace_ms, pace, sizeof pace),
		    r->group ? r->group : r->target, others);
		print_need(f, r);
	}
}
