/* SPDX-License-Identifier: MIT
 *
 * See price_hours.h. A week is a ring of minutes, so that no border of a day, a week or a
 * year is special.
 */
#include "probes/price_hours.h"

#include <string.h>

enum {
	DAY_MIN = 24 * 60,
	WEEK_MIN = 7 * DAY_MIN,
	/* 1970-01-01 was a Thursday: three days after a Monday. */
	EPOCH_MIN = 3 * DAY_MIN,
};

static const char *const day_names[7] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

static bool read_day(const char **p, int *ret)
{
	for (int i = 0; i < 7; i++) {
		if (strncmp(*p, day_names[i], 3) == 0) {
			*p += 3;
			*ret = i;
			return true;
		}
	}
	return false;
}

/* "mon", "mon-fri", "sat-mon" (round the end of the week). */
static bool read_days(const char **p, unsigned *ret)
{
	int from, to;

	if (!read_day(p, &from))
		return false;
	to = from;
	if (**p == '-') {
		(*p)++;
		if (!read_day(p, &to))
			return false;
	}
	*ret = 1u << from;
	for (int day = from; day != to;) {
		day = (day + 1) % 7;
		*ret |= 1u << day;
	}
	return true;
}

static int two_digits(const char *p)
{
	if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9')
		return -1;
	return (p[0] - '0') * 10 + (p[1] - '0');
}

/* "09:00"; at most `max` minutes. */
static bool read_clock(const char **p, int max, int *ret)
{
	int hour = two_digits(*p), minute;

	if (hour < 0 || (*p)[2] != ':')
		return false;
	minute = two_digits(*p + 3);
	if (minute < 0 || minute > 59 || hour * 60 + minute > max)
		return false;
	*p += 5;
	*ret = hour * 60 + minute;
	return true;
}

bool price_window_parse(const char *text, struct price_window *ret)
{
	struct price_window w;
	const char *p = text;

	if (!read_days(&p, &w.days) || *p++ != ' ' ||
	    !read_clock(&p, DAY_MIN - 1, &w.from_min) || *p++ != '-' ||
	    !read_clock(&p, DAY_MIN, &w.to_min) || *p != '\0')
		return false;
	w.words = text;
	*ret = w;
	return true;
}

bool price_offset_parse(const char *text, int *ret_min)
{
	const char *p = text + 1;
	int minutes;

	if ((text[0] != '+' && text[0] != '-') || !read_clock(&p, 14 * 60, &minutes) ||
	    *p != '\0')
		return false;
	*ret_min = text[0] == '-' ? -minutes : minutes;
	return true;
}

/* 0: Monday 00:00 by that clock. */
static int minute_of_week(struct wall at, int offset_min)
{
	int64_t minute = at.ms / MS_PER_MIN - (at.ms % MS_PER_MIN < 0);

	minute = (minute + offset_min + EPOCH_MIN) % WEEK_MIN;
	return (int)(minute < 0 ? minute + WEEK_MIN : minute);
}

static bool is_inside(const struct price_window *w, int minute)
{
	int length = w->to_min - w->from_min;

	if (length <= 0)
		length += DAY_MIN;
	for (int day = 0; day < 7; day++) {
		int since = minute - (day * DAY_MIN + w->from_min);

		if (since < 0)
			since += WEEK_MIN;
		if ((w->days >> day & 1) && since < length)
			return true;
	}
	return false;
}

bool price_is_dear(const struct price_hours *h, struct wall at)
{
	int minute = minute_of_week(at, h->utc_offset_min);

	for (size_t i = 0; i < h->n_dear; i++) {
		if (is_inside(&h->dear[i], minute))
			return true;
	}
	return false;
}
