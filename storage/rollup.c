/* SPDX-License-Identifier: MIT
 *
 * Sums. What is good, what is failed and what is neither follows the views: only counted
 * samples are evidence, and only the provider's blame is a failure.
 */
#include "storage/rollup.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "agent/base/json.h"

static const int64_t widths[] = {
    [ROLLUP_FIVE_MINUTES] = 5 * MS_PER_MIN,
    [ROLLUP_HOUR] = MS_PER_H,
    [ROLLUP_DAY] = MS_PER_DAY,
};
static_assert(sizeof(widths) / sizeof(widths[0]) == ROLLUP_LEVEL_COUNT, "one each");

int64_t rollup_width_ms(enum rollup_level l)
{
	return widths[l];
}

int64_t rollup_floor(enum rollup_level l, int64_t at_ms)
{
	int64_t rest = at_ms % widths[l];

	return at_ms - (rest < 0 ? rest + widths[l] : rest);
}

void rollup_init(struct rollup *r, uint32_t series, int64_t at_ms)
{
	memset(r, 0, sizeof(*r));
	r->series = series;
	r->at = at_ms;
}

int64_t rollup_weight_ms(
    bool had_previous, int64_t previous_ms, int64_t at_ms, int64_t pace_ms)
{
	int64_t distance = had_previous ? at_ms - previous_ms : pace_ms;

	if (distance < 0)
		distance = 0;
	return distance < pace_ms ? distance : pace_ms;
}

void rollup_add_cost(struct rollup *r, const char *currency, int64_t nano)
{
	for (int i = 0; i < ROLLUP_CURRENCIES; i++) {
		struct rollup_cost *c = &r->cost[i];

		if (!*c->currency)
			(void)str_copy(c->currency, sizeof(c->currency), currency);
		if (strcmp(c->currency, currency) == 0) {
			c->nano += nano;
			return;
		}
	}
}

static void add_good(struct rollup *r, const struct rollup_sample *s, int64_t weight_ms)
{
	r->good++;
	r->good_ms += weight_ms;
	if (s->latency_us >= 0)
		hist_add(&r->latency, s->latency_us);
	hist_add(&r->total, s->end_us);
}

void rollup_add(struct rollup *r, const struct rollup_sample *s, int64_t weight_ms)
{
	r->samples++;
	r->outcomes[s->outcome]++;
	if (s->judged == JUDGED_COUNTED && outcome_blame(s->outcome) == BLAME_NONE)
		add_good(r, s, weight_ms);
	if (s->judged == JUDGED_COUNTED && outcome_is_failure(s->outcome)) {
		r->failed++;
		r->failed_ms += weight_ms;
	}
	if (s->tokens_in > 0)
		r->tokens_in += s->tokens_in;
	if (s->tokens_out > 0)
		r->tokens_out += s->tokens_out;
	if (s->cost_nano < 0 || (s->cost_nano > 0 && !*s->currency))
		rollup_add_cost(r, ROLLUP_UNKNOWN, 1);
	else if (s->cost_nano > 0)
		rollup_add_cost(r, s->currency, s->cost_nano);
}

void rollup_merge(struct rollup *into, const struct rollup *from)
{
	into->samples += from->samples;
	into->good += from->good;
	into->failed += from->failed;
	into->good_ms += from->good_ms;
	into->failed_ms += from->failed_ms;
	into->tokens_in += from->tokens_in;
	into->tokens_out += from->tokens_out;
	for (int o = 0; o < OUTCOME_COUNT; o++)
		into->outcomes[o] += from->outcomes[o];
	hist_merge(&into->latency, &from->latency);
	hist_merge(&into->total, &from->total);
	for (int i = 0; i < ROLLUP_CURRENCIES; i++) {
		if (*from->cost[i].currency)
			rollup_add_cost(into, from->cost[i].currency, from->cost[i].nano);
	}
}

/* ---- JSON ---- */

void rollup_outcomes_json(const struct rollup *r, struct str *out)
{
	const char *comma = "";

	(void)str_addc(out, '{');
	for (int o = 0; o < OUTCOME_COUNT; o++) {
		if (!r->outcomes[o])
			continue;
		(void)str_addf(out, "%s\"%s\":%" PRIu32, comma,
		    outcome_code((enum outcome)o), r->outcomes[o]);
		comma = ",";
	}
	(void)str_addc(out, '}');
}

void rollup_cost_json(const struct rollup *r, struct str *out)
{
	json_t *v = json_object();

	for (int i = 0; i < ROLLUP_CURRENCIES; i++) {
		if (*r->cost[i].currency)
			(void)json_object_set_new(v, r->cost[i].currency,
			    json_integer((json_int_t)r->cost[i].nano));
	}
	if (json_object_size(v))
		json_dump(v, out);
	json_decref(v);
}

void rollup_read_outcomes(struct rollup *r, const char *json)
{
	json_t *v = json_parse(span_of(json), NULL);

	for (int o = 0; o < OUTCOME_COUNT; o++) {
		json_int_t n =
		    json_integer_value(json_object_get(v, outcome_code((enum outcome)o)));

		if (n > 0 && n <= UINT32_MAX)
			r->outcomes[o] += (uint32_t)n;
	}
	json_decref(v);
}

void rollup_read_cost(struct rollup *r, const char *json)
{
	json_t *v = *json ? json_parse(span_of(json), NULL) : NULL;
	const char *currency = NULL;
	json_t *nano = NULL;

	json_object_foreach(v, currency, nano)
	{
		json_int_t n = json_integer_value(nano);

		if (strlen(currency) < sizeof(r->cost[0].currency) && *currency &&
		    n > 0 && n < INT64_MAX / 4096)
			rollup_add_cost(r, currency, n);
	}
	json_decref(v);
}

/* ---- one bucket of all series ---- */

void rollup_fold_init(
    struct rollup_fold *f, int64_t from, int64_t until, rollup_emit_fn emit, void *arg)
{
	memset(f, 0, sizeof(*f));
	f->from = from;
	f->until = until;
	f->emit = emit;
	f->arg = arg;
}

bool rollup_fold_end(struct rollup_fold *f)
{
	bool has = f->has_series && f->r.samples > 0;

	f->has_series = false;
	return !has || f->emit(f->arg, &f->r);
}

bool rollup_fold_feed(struct rollup_fold *f, const struct rollup_sample *s)
{
	if (!f->has_series || f->series != s->series) {
		if (!rollup_fold_end(f))
			return false;
		f->has_series = true;
		f->had_previous = false;
		f->series = s->series;
		rollup_init(&f->r, s->series, f->from);
	}
	if (s->at_ms >= f->from && s->at_ms < f->until)
		rollup_add(&f->r, s,
		    rollup_weight_ms(
			f->had_previous, f->previous_ms, s->at_ms, s->pace_ms));
	f->had_previous = true;
	f->previous_ms = s->at_ms;
	return true;
}
