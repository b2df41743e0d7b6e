/* SPDX-License-Identifier: MIT
 *
 * See rule_scan.h.
 */
#include "alerts/rule_scan.h"

#include <stdio.h>
#include <string.h>

#include "agent/base/tick.h"

#define WINDOW_MIN_MS (10 * MS_PER_S)
#define WINDOW_MAX_MS (30 * MS_PER_DAY)

static const char shape[] =
    "error_rate > 20% over 10m, at least 3 failures"; /* what a cure shows */

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

struct span scan_take(struct scan *s)
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

struct span scan_peek(const struct scan *s)
{
	struct scan ahead = *s;

	return scan_take(&ahead);
}

bool scan_is(struct scan *s, const char *word)
{
	if (!span_eq(scan_peek(s), word))
		return false;
	(void)scan_take(s);
	return true;
}

static const char *shown(struct span t, char *buf, size_t size)
{
	if (t.n == 0)
		return "the end";
	(void)snprintf(buf, size, "`%.*s`", (int)(t.n < 40 ? t.n : 40), t.p);
	return buf;
}

bool scan_expected(struct scan *s, struct span found, const char *what,
    const char *const *near, size_t n)
{
	char buf[64], word[64], hint[64] = "";
	const char *nearest = NULL;

	span_copy(found, word, sizeof(word));
	if (n > 0 && found.n)
		nearest = str_nearest(word, near, n);
	if (nearest)
		(void)snprintf(hint, sizeof(hint), " (did you mean `%s`?)", nearest);
	return err_set(s->e, ERR_CONFIG, "expected %s, found %s%s; a rule looks like: %s",
	    what, shown(found, buf, sizeof(buf)), hint, shape);
}

bool scan_want(struct scan *s, const char *word)
{
	struct span t = scan_take(s);
	char what[64];

	if (span_eq(t, word))
		return true;
	(void)snprintf(what, sizeof(what), "`%s`", word);
	return scan_expected(s, t, what, &word, 1);
}

bool scan_fraction(struct span t, double *ret_num, double *ret_den)
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

bool scan_count(struct scan *s, const char *what, int least, int most, int *ret)
{
	struct span t = scan_take(s);
	double num, den;

	if (!scan_fraction(t, &num, &den) || den > 1)
		return scan_expected(s, t, "a whole number", NULL, 0);
	if (num < least || num > most)
		return err_set(s->e, ERR_CONFIG, "%s is %d at least and %d at most", what,
		    least, most);
	*ret = (int)num;
	return true;
}

bool scan_window(struct scan *s, int64_t *ret_ms)
{
	struct span t = scan_take(s);
	char word[40];
	int64_t ms;

	if (t.n >= sizeof(word) || !duration_parse(span_copy(t, word, sizeof(word)), &ms))
		return scan_expected(s, t, "a window such as 10m or 1h30m", NULL, 0);
	if (ms < WINDOW_MIN_MS || ms > WINDOW_MAX_MS)
		return err_set(s->e, ERR_CONFIG,
		    "a window is 10s at least and 30d at most, `%s` is not", word);
	*ret_ms = ms;
	return true;
}

bool scan_percent(struct scan *s, double *ret)
{
	struct span t = scan_take(s);
	const char *number = s->token;
	double num, den;

	if (!scan_fraction(t, &num, &den))
		return scan_expected(s, t, "a share such as 20%", NULL, 0);
	t = scan_take(s);
	if (!span_eq(t, "%"))
		return scan_expected(s, t, "`%` behind the number", NULL, 0);
	*ret = num / (den * 100);
	s->token = number;
	if (*ret > 1)
		return err_set(s->e, ERR_CONFIG, "a share lies between 0%% and 100%%");
	return true;
}
