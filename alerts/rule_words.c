/* SPDX-License-Identifier: MIT
 *
 * The words of rules, and what a rule's conditions see, for people.
 */
#include "alerts/rule_words.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "alerts/rule_window.h"

const char *const rule_percentiles[] = {"p50", "p75", "p90", "p95", "p99"};
const char *const rule_metrics[] = {
    "dns", "connect", "tls", "first_byte", "first_token", "gap", "total"};
const char *const rule_compares[] = {">", ">=", "<", "<="};
const char *const rule_heads[] = {"error_rate", "outcome", "failures", "successes", "p50",
    "p75", "p90", "p95", "p99", "burn_rate", "no_data", "health"};
const char *const rule_healths[] = {
    "up", "suspect", "degraded", "down", "slow", "unknown"};

static const char *const by_codes[] = {"target", "provider", "region", "model", "all"};
static_assert(sizeof(by_codes) / sizeof(*by_codes) == BY_COUNT, "one each");

const char *rule_by_code(enum rule_by by)
{
	assert((unsigned)by < BY_COUNT);
	return by_codes[by];
}

bool rule_by_parse(const char *code, enum rule_by *ret)
{
	for (int i = 0; i < BY_COUNT; i++) {
		if (strcmp(by_codes[i], code) == 0) {
			*ret = (enum rule_by)i;
			return true;
		}
	}
	return false;
}

static const char *const one_target[CONDITION_KIND_COUNT] = {
    [CONDITION_RUN] = "`in a row`",
    [CONDITION_OF_LAST] = "`of last`",
    [CONDITION_HEALTH] = "`health is`",
};

const char *rule_not_by(const struct rule *r)
{
	for (int i = 0; i < r->n_when + r->n_resolve; i++) {
		if (one_target[r->conditions[i].kind])
			return one_target[r->conditions[i].kind];
	}
	return NULL;
}

/* --- what they see ---------------------------------------------------------------- */

/* "failed", "succeeded", "overloaded or http_5xx" */
static void add_what(struct str *out, const struct condition *c)
{
	bool any = false;

	for (int o = 0; o < OUTCOME_COUNT; o++) {
		if (!(c->outcomes >> o & 1))
			continue;
		str_addf(out, "%s%s", any ? " or " : "", outcome_code((enum outcome)o));
		any = true;
	}
	if (!any)
		str_adds(out, c->good ? "succeeded" : "failed");
}

static void add_limit(struct str *out, const struct condition *c)
{
	char human[40];

	if (c->factor > 0)
		str_addf(out, "%g times the usual", c->factor);
	else
		str_adds(out, duration_human(c->limit_ms, human, sizeof(human)));
}

static void add_windowed(
    struct str *out, const struct condition *c, const struct rule_sums *w)
{
	char window[40];

	(void)duration_format(c->window_ms, window, sizeof(window));
	if (c->kind == CONDITION_SHARE) {
		str_addf(out, "%" PRIu32 " of %" PRIu32 " ", w->hit, w->n);
		add_what(out, c);
		str_addf(out, " (%.0f %%)", w->n ? 100.0 * w->hit / w->n : 0.0);
	} else if (c->kind == CONDITION_COUNT) {
		str_addf(out, "%" PRIu32 " ", w->hit);
		add_what(out, c);
		str_addf(out, " in %s", window);
	} else if (c->kind == CONDITION_QUANTILE) {
		str_addf(out, "%s(%s): %" PRIu32 " of %" PRIu32 " above ",
		    rule_percentiles[c->percentile], rule_metrics[c->metric], w->hit,
		    w->n);
		add_limit(out, c);
	} else {
		double share =
		    w->weight_ms ? (double)w->hit_ms / (double)w->weight_ms : 0;

		str_addf(out, "burns %.1f times its budget over %s",
		    share / (1 - c->limit), window);
	}
}

static void add_seen(struct str *out, const struct condition *c,
    const struct rule_pool *pool, struct wall now)
{
	const struct rule_state *s = pool->states[0];
	char human[40];

	if (c->ring >= 0) {
		struct rule_sums w = ring_sums(pool, c->ring, now.ms);

		add_windowed(out, c, &w);
	} else if (c->kind == CONDITION_RUN) {
		str_addf(out, "%d %s in a row", c->good ? s->ok_run : s->failed_run,
		    c->good ? "succeeded" : "failed");
	} else if (c->kind == CONDITION_OF_LAST) {
		uint64_t mask = c->of >= 64 ? UINT64_MAX : (UINT64_C(1) << c->of) - 1;
		int failed = __builtin_popcountll(s->last->failed & mask);

		str_addf(out, "%d of the last %d %s", c->good ? c->of - failed : failed,
		    c->of, c->good ? "were good" : "failed");
	} else if (c->kind == CONDITION_NO_DATA) {
		int64_t silent = now.ms - pool_last_ms(pool);

		str_addf(out, "no data for %s",
		    duration_human(silent < 0 ? 0 : silent, human, sizeof(human)));
	} else {
		str_addf(out, "health is %s", c->slow ? "slow" : health_code(c->health));
	}
}

char *rule_words(const struct rule *r, const struct rule_pool *pool, struct wall now,
    char *buf, size_t size)
{
	struct str out;

	str_init(&out, 1000);
	for (int i = 0; i < r->n_when; i++) {
		if (i > 0)
			str_adds(&out, " and ");
		add_seen(&out, &r->conditions[i], pool, now);
	}
	str_copy(buf, size, str_c(&out));
	str_fini(&out);
	return buf;
}
