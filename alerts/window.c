/* SPDX-License-Identifier: MIT
 *
 * See window.h.
 */
#include "alerts/window.h"

#include <string.h>

#define MIN_PER_DAY 1440
#define ALL_DAYS    0x7f
/* A window comes once a week at least; one or two may be swallowed by a jump. */
#define LOOK_DAYS 23

static const char *const day_names[7] = {
    "sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"};

/* --- words -------------------------------------------------------------------------- */

/* The next word of a text; n 0: none is left. */
static struct span next_word(const char **p)
{
	struct span w;

	*p += strspn(*p, " ");
	w = (struct span){*p, strcspn(*p, " ")};
	*p += w.n;
	return w;
}

/* -1: no day. "mon" or "monday". */
static int day_of(struct span word)
{
	for (int i = 0; i < 7; i++) {
		char brief[4] = {day_names[i][0], day_names[i][1], day_names[i][2], '\0'};

		if (span_ieq(word, brief) || span_ieq(word, day_names[i]))
			return i;
	}
	return -1;
}

/* "mon", or "mon-fri", or "fri-mon". */
static bool add_days(struct span part, uint8_t *days)
{
	const char *dash = memchr(part.p, '-', part.n);
	size_t n = dash ? (size_t)(dash - part.p) : part.n;
	int from = day_of((struct span){part.p, n}), to = from;

	if (dash)
		to = day_of((struct span){dash + 1, part.n - n - 1});
	if (from < 0 || to < 0)
		return false;
	for (int d = from;; d = (d + 1) % 7) {
		*days |= (uint8_t)(1u << d);
		if (d == to)
			return true;
	}
}

static bool parse_days(struct span word, uint8_t *ret, struct err *e)
{
	const char *p = word.p, *end = word.p + word.n;

	*ret = 0;
	if (span_ieq(word, "daily")) {
		*ret = ALL_DAYS;
		return true;
	}
	while (p <= end) {
		const char *comma = memchr(p, ',', (size_t)(end - p));
		size_t n = (size_t)((comma ? comma : end) - p);

		if (!add_days((struct span){p, n}, ret))
			return err_set(e, ERR_CONFIG,
			    "'%.*s' is no day: mon, tue, wed, thu, fri, sat, sun, mon-fri, "
			    "sat,sun or daily",
			    (int)(n < 40 ? n : 40), p);
		p += n + 1;
	}
	return true;
}

/* n digits at p; -1: they are not. */
static int digits(const char *p, size_t n)
{
	int v = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return -1;
		v = v * 10 + (p[i] - '0');
	}
	return v;
}

/* "07:00"; 24:00 is the end of the day. */
static bool parse_clock(struct span t, int *ret_min)
{
	int h, m;

	if (t.n != 5 || t.p[2] != ':')
		return false;
	h = digits(t.p, 2);
	m = digits(t.p + 3, 2);
	*ret_min = h * 60 + m;
	return h >= 0 && m >= 0 && m < 60 && *ret_min <= MIN_PER_DAY;
}

static bool is_clock(struct span word)
{
	return word.n > 0 && word.p[0] >= '0' && word.p[0] <= '9';
}

/* Days and zone around the word that holds the hours. */
static bool parse_around(const char *text, struct window *ret, struct span *ret_hours,
    const char **ret_zone, struct err *e)
{
	const char *p = text;
	struct span word = next_word(&p);

	*ret = (struct window){.days = ALL_DAYS};
	if (word.n && !is_clock(word)) {
		if (!parse_days(word, &ret->days, e))
			return false;
		word = next_word(&p);
	}
	if (!is_clock(word))
		return err_set(e, ERR_CONFIG,
		    "names no hours: write it like `mon-fri 22:00-07:00 Europe/Berlin`");
	*ret_hours = word;
	*ret_zone = p + strspn(p, " ");
	if (!**ret_zone)
		return err_set(e, ERR_CONFIG,
		    "names no time zone: add one such as Europe/Berlin, +08:00 or UTC");
	return true;
}

bool window_parse(
    const char *text, struct window *ret, const char **ret_zone, struct err *e)
{
	struct span hours = {0}, from, until;
	const char *dash;

	if (!parse_around(text, ret, &hours, ret_zone, e))
		return false;
	dash = hours.p ? memchr(hours.p, '-', hours.n) : NULL;
	if (!dash)
		return err_set(e, ERR_CONFIG,
		    "'%.*s' has no end: write both like 22:00-07:00",
		    (int)(hours.n < 40 ? hours.n : 40), hours.p);
	from = (struct span){hours.p, (size_t)(dash - hours.p)};
	until = (struct span){dash + 1, hours.n - from.n - 1};
	if (!parse_clock(from, &ret->from_min) || !parse_clock(until, &ret->until_min) ||
	    ret->from_min == MIN_PER_DAY)
		return err_set(e, ERR_CONFIG,
		    "'%.*s' are no hours: write them like 22:00-07:00",
		    (int)(hours.n < 40 ? hours.n : 40), hours.p);
	if (ret->from_min == ret->until_min)
		return err_set(e, ERR_CONFIG,
		    "begins and ends at the same minute: a whole day is 00:00-24:00");
	return true;
}

bool window_parse_moment(
    const char *text, struct window *ret, const char **ret_zone, struct err *e)
{
	struct span hours = {0};

	if (!parse_around(text, ret, &hours, ret_zone, e))
		return false;
	if (!parse_clock(hours, &ret->from_min) || ret->from_min == MIN_PER_DAY)
		return err_set(e, ERR_CONFIG,
		    "'%.*s' is no time of the day: write it like 09:00",
		    (int)(hours.n < 40 ? hours.n : 40), hours.p);
	ret->until_min = ret->from_min;
	return true;
}

static bool is_date(const struct civil *c)
{
	struct wall t = civil_wall(c);
	struct civil back = wall_civil(t);

	return back.year == c->year && back.month == c->month && back.day == c->day &&
	       back.hour == c->hour && back.minute == c->minute;
}

bool window_parse_time(
    const char *text, struct civil *ret, const char **ret_zone, struct err *e)
{
	size_t n = strlen(text), used = strlen("2026-12-01T02:00");
	bool ok = n >= used && text[4] == '-' && text[7] == '-' &&
		  (text[10] == 'T' || text[10] == ' ') && text[13] == ':';

	*ret = (struct civil){0};
	if (ok) {
		ret->year = digits(text, 4);
		ret->month = digits(text + 5, 2);
		ret->day = digits(text + 8, 2);
		ret->hour = digits(text + 11, 2);
		ret->minute = digits(text + 14, 2);
		ok = ret->year >= 1970 && ret->month >= 1 && ret->day >= 1 &&
		     ret->hour >= 0 && ret->minute >= 0 && is_date(ret);
	}
	if (ok && text[used] == ':') {
		ret->second = n >= used + 3 ? digits(text + used + 1, 2) : -1;
		ok = ret->second >= 0 && ret->second < 60;
		used += 3;
	}
	*ret_zone = ok ? text + used : "";
	return ok ||
	       err_set(e, ERR_CONFIG,
		   "'%.40s' is no time: write it like 2026-12-01T02:00 (with `zone`) "
		   "or 2026-12-01T02:00+08:00",
		   text);
}

/* --- time --------------------------------------------------------------------------- */

/* The window that begins on a local day, so many days after that of t. False: none. */
static bool span_of_day(
    const struct window *w, const struct civil *today, int later, struct wall_span *ret)
{
	struct civil c = {
	    .year = today->year, .month = today->month, .day = today->day + later};
	int weekday = (int)(((today->weekday + later) % 7 + 7) % 7);

	if (!(w->days >> weekday & 1))
		return false;
	c.minute = w->from_min;
	ret->from = zone_wall(w->zone, &c).first;
	c.minute = w->until_min;
	c.day += w->until_min <= w->from_min;
	ret->until = zone_wall(w->zone, &c).last;
	return true;
}

bool window_next(const struct window *w, struct wall t, struct wall_span *ret)
{
	struct civil today;

	if (!w->days) {
		*ret = w->once;
		return t.ms < w->once.until.ms;
	}
	today = zone_civil(w->zone, t);
	for (int later = -2; later < LOOK_DAYS; later++) {
		if (span_of_day(w, &today, later, ret) && ret->until.ms > t.ms &&
		    ret->from.ms < ret->until.ms)
			return true;
	}
	return false;
}

struct wall window_last_moment(const struct window *w, struct wall t)
{
	struct civil today = zone_civil(w->zone, t);
	struct wall_span s;

	for (int later = 1; later > -LOOK_DAYS; later--) {
		if (span_of_day(w, &today, later, &s) && s.from.ms <= t.ms)
			return s.from;
	}
	return (struct wall){0};
}

struct wall window_next_moment(const struct window *w, struct wall t)
{
	struct civil today = zone_civil(w->zone, t);
	struct wall_span s;

	for (int later = -1; later < LOOK_DAYS; later++) {
		if (span_of_day(w, &today, later, &s) && s.from.ms > t.ms)
			return s.from;
	}
	return (struct wall){INT64_MAX};
}
