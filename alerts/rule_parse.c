/* SPDX-License-Identifier: MIT
 *
 * The text form of a rule. Errors name the word and say the cure; conditions of the full
 * grammar that this version does not know yet are told apart from plain mistakes.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "alerts/rule.h"

#define DEFAULT_FAILURES 5
#define GUARD_MAX        1000000
#define WINDOW_MIN_MS    (10 * MS_PER_S)
#define WINDOW_MAX_MS    (30 * MS_PER_DAY)

static const char shape[] =
    "error_rate > 20% over 10m, at least 3 failures"; /* what a cure shows */

/* Words that begin a condition of the full grammar. */
static const char *const later_conditions[] = {"outcome", "failures", "successes", "p50",
    "p75", "p90", "p95", "p99", "burn_rate", "no_data", "health"};

struct scan {
	const char *text;
	const char *p;     /* where the next token begins, blanks skipped */
	const char *token; /* where the present one began: the place of an error */
	struct err *e;
};

static void skip_blanks(struct scan *s)
{
	while (*s->p == ' ' || *s->p == '\t' || *s->p == '\n' || *s->p == '\r')
		s->p++;
}

static bool is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || c == '_' || c == '.';
}

/* The next token: a word or number, a comparison, or one character; "" at the end. */
static struct span take(struct scan *s)
{
	struct span t;

	skip_blanks(s);
	s->token = s->p;
	if (is_word(*s->p)) {
		while (is_word(*s->p))
			s->p++;
	} else if ((*s->p == '>' || *s->p == '<') && s->p[1] == '=') {
		s->p += 2;
	} else if (*s->p) {
		s->p++;
	}
	t.p = s->token;
	t.n = (size_t)(s->p - s->token);
	return t;
}

static const char *shown(struct span t, char *buf, size_t size)
{
	if (t.n == 0)
		return "the end";
	(void)snprintf(buf, size, "`%.*s`", (int)(t.n < 40 ? t.n : 40), t.p);
	return buf;
}

/* "expected X, found Y (did you mean ...?)" */
static bool expected(
    struct scan *s, struct span found, const char *what, const char *near)
{
	char buf[64], word[64], hint[64] = "";

	span_copy(found, word, sizeof(word));
	if (near && found.n && str_nearest(word, &near, 1))
		(void)snprintf(hint, sizeof(hint), " (did you mean `%s`?)", near);
	return err_set(s->e, ERR_CONFIG, "expected %s, found %s%s; a rule looks like: %s",
	    what, shown(found, buf, sizeof(buf)), hint, shape);
}

static bool want_word(struct scan *s, const char *word)
{
	struct span t = take(s);
	char what[64];

	if (span_eq(t, word))
		return true;
	(void)snprintf(what, sizeof(what), "`%s`", word);
	return expected(s, t, what, word);
}

static bool parse_head(struct scan *s)
{
	struct span t = take(s);
	char word[64];
	static const char *const known = "error_rate";

	if (span_eq(t, known))
		return true;
	for (size_t i = 0; i < sizeof(later_conditions) / sizeof(*later_conditions);
	     i++) {
		if (span_eq(t, later_conditions[i]))
			return err_set(s->e, ERR_CONFIG,
			    "`%s` comes with a later version; this one knows: %s",
			    later_conditions[i], shape);
	}
	span_copy(t, word, sizeof(word));
	return expected(s, t, "`error_rate`", known);
}

static bool parse_comparison(struct scan *s, struct rule *r)
{
	struct span t = take(s);

	if (span_eq(t, ">") || span_eq(t, ">=")) {
		r->or_equal = t.n == 2;
		return true;
	}
	if (span_eq(t, "<") || span_eq(t, "<="))
		return err_set(s->e, ERR_CONFIG,
		    "`%.*s` would fire while all is well; write `>` or `>=`", (int)t.n,
		    t.p);
	return expected(s, t, "`>` or `>=`", NULL);
}

/* digits [. digits] as an exact fraction, so that 20% is the same double as 1 of 5. */
static bool fraction(struct span t, double *ret_num, double *ret_den)
{
	double num = 0, den = 1;
	bool point = false, digit_last = false;

	if (t.n == 0 || t.n > 12)
		return false;
	for (size_t i = 0; i < t.n; i++) {
		char c = t.p[i];

		digit_last = c >= '0' && c <= '9';
		if (digit_last) {
			num = num * 10 + (c - '0');
			den = point ? den * 10 : den;
		} else if (c == '.' && !point && i > 0) {
			point = true;
		} else {
			return false;
		}
	}
	*ret_num = num;
	*ret_den = den;
	return digit_last;
}

static bool parse_percent(struct scan *s, struct rule *r)
{
	struct span t = take(s);
	const char *number = s->token;
	double num, den;

	if (!fraction(t, &num, &den))
		return expected(s, t, "a share such as 20%", NULL);
	t = take(s);
	if (!span_eq(t, "%"))
		return expected(s, t, "`%` behind the number", NULL);
	r->limit = num / (den * 100);
	if (r->limit > 1) {
		s->token = number;
		return err_set(s->e, ERR_CONFIG, "a share lies between 0%% and 100%%");
	}
	if (r->limit <= 0 && r->or_equal) {
		s->token = number;
		return err_set(s->e, ERR_CONFIG,
		    "`>= 0%%` would fire while all is well; write `> 0%%`");
	}
	return true;
}

static bool parse_window(struct scan *s, struct rule *r)
{
	struct span t = take(s);
	char word[40];

	if (t.n >= sizeof(word) ||
	    !duration_parse(span_copy(t, word, sizeof(word)), &r->window_ms))
		return expected(s, t, "a window such as 10m or 1h30m", NULL);
	if (r->window_ms < WINDOW_MIN_MS || r->window_ms > WINDOW_MAX_MS)
		return err_set(s->e, ERR_CONFIG,
		    "a window is 10s at least and 30d at most, `%s` is not", word);
	return true;
}

static bool parse_count(struct scan *s, int *ret)
{
	struct span t = take(s);
	double num, den;

	if (!fraction(t, &num, &den) || den > 1)
		return expected(s, t, "a whole number", NULL);
	if (num < 1 || num > GUARD_MAX)
		return err_set(
		    s->e, ERR_CONFIG, "a guard is 1 at least and %d at most", GUARD_MAX);
	*ret = (int)num;
	return true;
}

/* Behind the comma: at least N failures|samples. */
static bool parse_guard(struct scan *s, struct rule *r)
{
	int n = 0;
	struct span t;

	if (!want_word(s, "at") || !want_word(s, "least") || !parse_count(s, &n))
		return false;
	t = take(s);
	/* "at least 1 failure" reads right, so it is. */
	if (span_eq(t, "failures") || (n == 1 && span_eq(t, "failure"))) {
		if (r->min_failures)
			return err_set(
			    s->e, ERR_CONFIG, "two guards of failures: keep one");
		r->min_failures = n;
		return true;
	}
	if (span_eq(t, "samples") || (n == 1 && span_eq(t, "sample"))) {
		if (r->min_samples)
			return err_set(
			    s->e, ERR_CONFIG, "two guards of samples: keep one");
		r->min_samples = n;
		return true;
	}
	return expected(s, t, "`failures` or `samples`",
	    t.n && (*t.p == 's' || *t.p == 'S') ? "samples" : "failures");
}

static bool parse_guards(struct scan *s, struct rule *r)
{
	struct span t = take(s);

	r->min_failures = r->min_samples = 0;
	while (span_eq(t, ",")) {
		if (!parse_guard(s, r))
			return false;
		t = take(s);
	}
	if (span_eq(t, "and") || span_eq(t, "or"))
		return err_set(s->e, ERR_CONFIG,
		    "`%.*s` comes with a later version; write two rules meanwhile",
		    (int)t.n, t.p);
	if (t.n)
		return expected(s, t, "`, at least N failures` or the end", NULL);
	if (!r->min_failures && !r->min_samples)
		r->min_failures = DEFAULT_FAILURES;
	return true;
}

bool rule_parse(const char *text, struct rule *ret, size_t *ret_offset, struct err *e)
{
	struct scan s = {.text = text, .p = text, .token = text, .e = e};
	struct rule r = *ret;

	if (parse_head(&s) && parse_comparison(&s, &r) && parse_percent(&s, &r) &&
	    want_word(&s, "over") && parse_window(&s, &r) && parse_guards(&s, &r)) {
		*ret = r;
		return true;
	}
	*ret_offset = (size_t)(s.token - s.text);
	return false;
}

double rule_samples(const struct rule *r, int64_t interval_ms)
{
	return (double)r->window_ms / (double)interval_ms;
}

double rule_needed_share(const struct rule *r, int64_t interval_ms)
{
	/* The sample that is being judged is always inside. */
	double n = fmax(1, floor(rule_samples(r, interval_ms)));
	double k = r->or_equal ? ceil(n * r->limit) : floor(n * r->limit) + 1;

	/* n * limit may miss the whole number it means by one rounding. */
	if (r->or_equal && k >= 1 && (k - 1) / n >= r->limit)
		k--;
	if (!r->or_equal && k / n <= r->limit)
		k++;
	k = fmax(fmax(k, 1), r->min_failures);
	if (r->min_samples > n)
		return fmax(2, r->min_samples / n);
	return k / n;
}
