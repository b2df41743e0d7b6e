/* SPDX-License-Identifier: MIT
 *
 * The text form of one condition: one reader a kind. Errors name the word and say the
 * cure.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "alerts/rule_scan.h"
#include "alerts/rule_words.h"

#define DEFAULT_FAILURES 5
#define QUANTILE_SAMPLES 10
#define QUANTILE_ABOVE   3
#define BURN_FAILURES    6
#define GUARD_MAX        1000000
#define RUN_MAX          1000
#define LATENCY_MAX_MS   MS_PER_DAY
#define FACTOR_MAX       100000

static_assert(OUTCOME_COUNT <= 64, "a condition names them by bits");

/* --- pieces ----------------------------------------------------------------------- */

static bool parse_compare(struct scan *s, struct condition *c)
{
	struct span t = scan_take(s);

	for (int i = 0; i < COMPARE_COUNT; i++) {
		if (span_eq(t, rule_compares[i])) {
			c->compare = (enum compare)i;
			return true;
		}
	}
	return scan_expected(s, t, "`>` or `>=`", NULL, 0);
}

static bool parse_outcome(struct scan *s, struct condition *c)
{
	const char *codes[OUTCOME_COUNT];
	struct span t = scan_take(s);

	for (int i = 0; i < OUTCOME_COUNT; i++) {
		codes[i] = outcome_code((enum outcome)i);
		if (!span_eq(t, codes[i]))
			continue;
		if (outcome_blame((enum outcome)i) == BLAME_PATH)
			return err_set(s->e, ERR_CONFIG,
			    "`%s` is our own network's: nobody's evidence", codes[i]);
		c->outcomes |= UINT64_C(1) << i;
		return true;
	}
	return scan_expected(s, t, "an outcome such as overloaded", codes, OUTCOME_COUNT);
}

/* "(overloaded, http_5xx)" */
static bool parse_outcomes(struct scan *s, struct condition *c)
{
	if (!scan_want(s, "("))
		return false;
	do {
		if (!parse_outcome(s, c))
			return false;
	} while (scan_is(s, ","));
	return scan_want(s, ")");
}

/* Behind the comma: at least N failures|samples. */
static bool parse_guard(struct scan *s, struct condition *c)
{
	static const char *const nouns[] = {"failures", "samples"};
	int n = 0, *place;
	struct span t;

	if (!scan_want(s, "at") || !scan_want(s, "least") ||
	    !scan_count(s, "a guard", 1, GUARD_MAX, &n))
		return false;
	t = scan_take(s);
	/* "at least 1 failure" reads right, so it is. */
	if (span_eq(t, "failures") || (n == 1 && span_eq(t, "failure")))
		place = &c->min_failures;
	else if (span_eq(t, "samples") || (n == 1 && span_eq(t, "sample")))
		place = &c->min_samples;
	else
		return scan_expected(s, t, "`failures` or `samples`", nouns, 2);
	if (*place)
		return err_set(s->e, ERR_CONFIG, "two guards of %s: keep one",
		    nouns[place == &c->min_samples]);
	*place = n;
	return true;
}

static bool parse_guards(struct scan *s, struct condition *c, int failures, int samples)
{
	while (scan_is(s, ",")) {
		if (!parse_guard(s, c))
			return false;
	}
	if (!c->min_failures && !c->min_samples) {
		c->min_failures = failures;
		c->min_samples = samples;
	}
	return true;
}

static bool is_upward(const struct condition *c)
{
	return c->compare == COMPARE_GT || c->compare == COMPARE_GE;
}

/* --- conditions ------------------------------------------------------------------- */

/* cmp percent over span guards */
static bool parse_share(struct scan *s, struct condition *c)
{
	if (!parse_compare(s, c) || !scan_percent(s, &c->limit))
		return false;
	if (c->limit <= 0 && c->compare == COMPARE_GE)
		return err_set(s->e, ERR_CONFIG,
		    "`>= 0%%` would fire while all is well; write `> 0%%`");
	return scan_want(s, "over") && scan_window(s, &c->window_ms) &&
	       parse_guards(s, c, is_upward(c) ? DEFAULT_FAILURES : 0, 0);
}

static bool parse_error_rate(struct scan *s, struct span head, struct condition *c)
{
	(void)head;
	c->kind = CONDITION_SHARE;
	return parse_share(s, c);
}

static bool parse_outcome_rate(struct scan *s, struct span head, struct condition *c)
{
	(void)head;
	c->kind = CONDITION_SHARE;
	return parse_outcomes(s, c) && parse_share(s, c);
}

/* "failures >= 3 in a row", "failures(reset) >= 3 over 10m" */
static bool parse_number(struct scan *s, struct span head, struct condition *c)
{
	static const char *const ends[] = {"over", "in"};
	const char *compare;

	c->good = span_eq(head, "successes");
	if (span_eq(scan_peek(s), "(") && !parse_outcomes(s, c))
		return false;
	if (!parse_compare(s, c))
		return false;
	compare = s->token;
	if (!scan_count(
		s, "a count", c->compare == COMPARE_GE ? 1 : 0, GUARD_MAX, &c->count))
		return false;
	if (scan_is(s, "over")) {
		c->kind = CONDITION_COUNT;
		return scan_window(s, &c->window_ms);
	}
	if (!scan_is(s, "in"))
		return scan_expected(s, scan_take(s), "`over` or `in a row`", ends, 2);
	if (!scan_want(s, "a") || !scan_want(s, "row"))
		return false;
	c->kind = CONDITION_RUN;
	s->token = compare;
	if (c->compare != COMPARE_GE || c->outcomes)
		return err_set(s->e, ERR_CONFIG,
		    "`in a row` goes with `>=` and without outcomes: failures >= 3 in a row");
	if (c->count > RUN_MAX)
		return err_set(
		    s->e, ERR_CONFIG, "a run is 1 at least and %d at most", RUN_MAX);
	return true;
}

/* "3 of last 5 failed"; the number is taken. */
static bool parse_of_last(struct scan *s, struct span head, struct condition *c)
{
	static const char *const ends[] = {"failed", "ok"};
	const char *number = s->token;
	double num, den;
	struct span t;

	if (!scan_fraction(head, &num, &den) || den > 1 || num < 1 || num > RULE_LAST)
		return err_set(
		    s->e, ERR_CONFIG, "`K of last N` looks at %d at most", RULE_LAST);
	c->kind = CONDITION_OF_LAST;
	c->compare = COMPARE_GE;
	c->count = (int)num;
	if (!scan_want(s, "of") || !scan_want(s, "last") ||
	    !scan_count(s, "`of last N`", 1, RULE_LAST, &c->of))
		return false;
	t = scan_take(s);
	c->good = span_eq(t, "ok");
	if (!c->good && !span_eq(t, "failed"))
		return scan_expected(s, t, "`failed` or `ok`", ends, 2);
	s->token = number;
	if (c->count > c->of)
		return err_set(
		    s->e, ERR_CONFIG, "%d of %d can never be", c->count, c->of);
	return true;
}

/* span | real "x" "baseline" */
static bool parse_latency(struct scan *s, struct condition *c)
{
	struct span t = scan_take(s), number = t;
	char word[40];
	double num, den;

	if (t.n < sizeof(word) &&
	    duration_parse(span_copy(t, word, sizeof(word)), &c->limit_ms)) {
		if (c->limit_ms < 1 || c->limit_ms > LATENCY_MAX_MS)
			return err_set(s->e, ERR_CONFIG,
			    "a latency is 1ms at least and 1d at most, `%s` is not",
			    word);
		return true;
	}
	if (number.n > 1 && number.p[number.n - 1] == 'x')
		number.n--;
	else if (!scan_is(s, "x"))
		number.n = 0;
	if (!scan_fraction(number, &num, &den) || num <= 0 || num > FACTOR_MAX)
		return scan_expected(
		    s, t, "a latency such as 3s, or 3x baseline", NULL, 0);
	c->factor = num / den;
	if (!scan_want(s, "baseline"))
		return false;
	if (c->metric != METRIC_FIRST_TOKEN)
		return err_set(s->e, ERR_CONFIG,
		    "only first_token has a baseline; write a latency such as 3s");
	return true;
}

static bool parse_quantile(struct scan *s, struct span head, struct condition *c)
{
	struct span t;

	c->kind = CONDITION_QUANTILE;
	while (!span_eq(head, rule_percentiles[c->percentile]))
		c->percentile++;
	if (!scan_want(s, "("))
		return false;
	t = scan_take(s);
	for (int i = 0; i <= METRIC_COUNT; i++) {
		if (i == METRIC_COUNT)
			return scan_expected(s, t, "a phase such as first_token",
			    rule_metrics, METRIC_COUNT);
		c->metric = (enum rule_metric)i;
		if (span_eq(t, rule_metrics[i]))
			break;
	}
	return scan_want(s, ")") && parse_compare(s, c) && parse_latency(s, c) &&
	       scan_want(s, "over") && scan_window(s, &c->window_ms) &&
	       parse_guards(s, c, is_upward(c) ? QUANTILE_ABOVE : 0, QUANTILE_SAMPLES);
}

static bool parse_burn(struct scan *s, struct span head, struct condition *c)
{
	double num, den;
	struct span t;

	(void)head;
	c->kind = CONDITION_BURN;
	if (!scan_want(s, "(") || !scan_percent(s, &c->limit))
		return false;
	if (c->limit >= 1)
		return err_set(
		    s->e, ERR_CONFIG, "100%% leaves no budget to burn; write 99.9%%");
	if (!scan_want(s, ")") || !scan_want(s, ">"))
		return false;
	t = scan_take(s);
	if (!scan_fraction(t, &num, &den) || num <= 0)
		return scan_expected(s, t, "a factor such as 14.4", NULL, 0);
	c->factor = num / den;
	if (!scan_want(s, "over") || !scan_window(s, &c->window_ms) ||
	    !scan_want(s, "and") || !scan_window(s, &c->short_ms))
		return false;
	if (c->short_ms >= c->window_ms)
		return err_set(
		    s->e, ERR_CONFIG, "the long window comes first: over 1h and 5m");
	return parse_guards(s, c, BURN_FAILURES, 0);
}

static bool parse_no_data(struct scan *s, struct span head, struct condition *c)
{
	(void)head;
	c->kind = CONDITION_NO_DATA;
	return scan_want(s, "for") && scan_window(s, &c->window_ms);
}

static bool parse_health(struct scan *s, struct span head, struct condition *c)
{
	struct span t;
	char word[16];

	(void)head;
	c->kind = CONDITION_HEALTH;
	if (!scan_want(s, "is"))
		return false;
	t = scan_take(s);
	for (int i = 0; i < RULE_HEALTHS; i++) {
		if (!span_eq(t, rule_healths[i]))
			continue;
		c->slow = span_eq(t, "slow");
		return c->slow ||
		       health_parse(span_copy(t, word, sizeof(word)), &c->health);
	}
	return scan_expected(
	    s, t, "a health such as degraded", rule_healths, RULE_HEALTHS);
}

static const struct {
	const char *head;
	bool (*parse)(struct scan *s, struct span head, struct condition *c);
} readers[] = {
    {"error_rate", parse_error_rate  },
    {"outcome",    parse_outcome_rate},
    {"failures",   parse_number      },
    {"successes",  parse_number      },
    {"p50",        parse_quantile    },
    {"p75",        parse_quantile    },
    {"p90",        parse_quantile    },
    {"p95",        parse_quantile    },
    {"p99",        parse_quantile    },
    {"burn_rate",  parse_burn        },
    {"no_data",    parse_no_data     },
    {"health",     parse_health      },
};
static_assert(sizeof(readers) / sizeof(*readers) == RULE_HEADS, "one each");

bool condition_parse(struct scan *s, struct condition *c)
{
	struct span t = scan_take(s);

	*c = (struct condition){.compare = COMPARE_GE, .ring = -1, .short_ring = -1};
	for (size_t i = 0; i < RULE_HEADS; i++) {
		if (span_eq(t, readers[i].head))
			return readers[i].parse(s, t, c);
	}
	if (t.n && *t.p >= '0' && *t.p <= '9')
		return parse_of_last(s, t, c);
	if (span_eq(t, "("))
		return err_set(s->e, ERR_CONFIG,
		    "parentheses are not part of a rule: write two rules");
	return scan_expected(
	    s, t, "a condition such as error_rate", rule_heads, RULE_HEADS);
}
