/* SPDX-License-Identifier: MIT
 *
 * See zone_rule.h. A year's two changes are two moments; those of the years around a
 * moment say what holds there.
 */
#include "agent/base/zone_rule.h"

#include <stddef.h>

#include "agent/base/tick.h"

#define S_PER_DAY ((int64_t)86400)
#define S_PER_H   3600

/* --- reading ------------------------------------------------------------------------ */

/* What is left of the text. */
struct reader {
	const char *p, *end;
};

static bool take(struct reader *r, char c)
{
	if (r->p == r->end || *r->p != c)
		return false;
	r->p++;
	return true;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool take_number(struct reader *r, int min, int max, int *ret)
{
	int n = 0, digits = 0;

	for (; r->p < r->end && is_digit(*r->p) && digits < 4; r->p++, digits++)
		n = n * 10 + (*r->p - '0');
	*ret = n;
	return digits > 0 && n >= min && n <= max;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* "CET" or "<+0330>"; it is not kept. */
static bool take_name(struct reader *r)
{
	const char *begin;
	bool quoted = take(r, '<');

	begin = r->p;
	while (r->p < r->end &&
	       (is_letter(*r->p) ||
		   (quoted && (is_digit(*r->p) || *r->p == '+' || *r->p == '-'))))
		r->p++;
	return r->p - begin >= 3 && (!quoted || take(r, '>'));
}

/* "[+-]hh[:mm[:ss]]" */
static bool take_time(struct reader *r, int max_hours, int *ret_s)
{
	int h, m = 0, s = 0, sign = take(r, '-') ? -1 : 1;

	if (sign > 0)
		(void)take(r, '+');
	if (!take_number(r, 0, max_hours, &h))
		return false;
	if (take(r, ':') && !take_number(r, 0, 59, &m))
		return false;
	if (take(r, ':') && !take_number(r, 0, 59, &s))
		return false;
	*ret_s = sign * (h * S_PER_H + m * 60 + s);
	return true;
}

static bool take_day(struct reader *r, struct zone_change *c)
{
	if (take(r, 'J')) {
		c->kind = ZONE_DAY_JULIAN;
		return take_number(r, 1, 365, &c->day);
	}
	if (take(r, 'M')) {
		c->kind = ZONE_DAY_WEEK;
		return take_number(r, 1, 12, &c->month) && take(r, '.') &&
		       take_number(r, 1, 5, &c->week) && take(r, '.') &&
		       take_number(r, 0, 6, &c->day);
	}
	c->kind = ZONE_DAY_OF_YEAR;
	return take_number(r, 0, 365, &c->day);
}

static bool take_change(struct reader *r, struct zone_change *c)
{
	c->at_s = 2 * S_PER_H;
	return take(r, ',') && take_day(r, c) &&
	       (!take(r, '/') || take_time(r, 167, &c->at_s));
}

bool zone_rule_parse(struct span text, struct zone_rule *ret)
{
	struct reader r = {text.p, text.p + text.n};

	*ret = (struct zone_rule){0};
	if (!take_name(&r) || !take_time(&r, 24, &ret->standard_s))
		return false;
	ret->standard_s = -ret->standard_s; /* it is written west of UTC */
	ret->summer_s = ret->standard_s + S_PER_H;
	if (r.p == r.end)
		return true;
	ret->changes = true;
	if (!take_name(&r))
		return false;
	if (r.p < r.end && *r.p != ',') {
		if (!take_time(&r, 24, &ret->summer_s))
			return false;
		ret->summer_s = -ret->summer_s;
	}
	return take_change(&r, &ret->begin) && take_change(&r, &ret->end) && r.p == r.end;
}

/* --- reckoning ---------------------------------------------------------------------- */

static int64_t day_number(int year, int month, int day)
{
	struct civil c = {.year = year, .month = month, .day = day};

	return civil_wall(&c).ms / MS_PER_DAY;
}

static bool is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Days since 1970 of the n-th (5: last) weekday of a month. */
static int64_t nth_weekday(int year, int month, int week, int weekday)
{
	int64_t first = day_number(year, month, 1);
	int64_t beyond =
	    month == 12 ? day_number(year + 1, 1, 1) : day_number(year, month + 1, 1);
	int64_t of_first = (first % 7 + 11) % 7; /* 0 is a Sunday */
	int64_t day = first + (weekday - of_first + 7) % 7 + (int64_t)(week - 1) * 7;

	while (day >= beyond)
		day -= 7;
	return day;
}

/* When it happens that year, in seconds since 1970. */
static int64_t change_at(const struct zone_change *c, int year, int offset_s)
{
	int64_t day = day_number(year, 1, 1);

	switch (c->kind) {
	case ZONE_DAY_JULIAN:
		day += c->day - 1 + (is_leap(year) && c->day >= 60);
		break;
	case ZONE_DAY_OF_YEAR:
		day += c->day;
		break;
	case ZONE_DAY_WEEK:
		day = nth_weekday(year, c->month, c->week, c->day);
		break;
	}
	return day * S_PER_DAY + c->at_s - offset_s;
}

static int year_of(int64_t t)
{
	return wall_civil((struct wall){t * MS_PER_S}).year;
}

int zone_rule_offset_s(const struct zone_rule *r, int64_t t)
{
	int64_t latest = INT64_MIN;
	int offset = r->standard_s, year;

	if (!r->changes)
		return offset;
	year = year_of(t);
	for (int y = year - 1; y <= year + 1; y++) {
		int64_t end = change_at(&r->end, y, r->summer_s);
		int64_t begin = change_at(&r->begin, y, r->standard_s);

		if (end <= t && end > latest) {
			latest = end;
			offset = r->standard_s;
		}
		/* The end of one and the beginning of the next at once: summer time all
		 * the year round. */
		if (begin <= t && begin >= latest) {
			latest = begin;
			offset = r->summer_s;
		}
	}
	return offset;
}

int64_t zone_rule_next(const struct zone_rule *r, int64_t t)
{
	int64_t next = INT64_MAX;
	int year;

	if (!r->changes)
		return next;
	year = year_of(t);
	for (int y = year - 1; y <= year + 1; y++) {
		int64_t at[2] = {change_at(&r->begin, y, r->standard_s),
		    change_at(&r->end, y, r->summer_s)};

		for (int i = 0; i < 2; i++)
			next = at[i] > t && at[i] < next ? at[i] : next;
	}
	return next;
}
