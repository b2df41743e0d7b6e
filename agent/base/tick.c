/* SPDX-License-Identifier: MIT
 *
 * Durations and calendar as text. The calendar is the proleptic Gregorian one in UTC,
 * computed by days (Howard Hinnant's algorithm), because libc's knows zones and state.
 */
#include "agent/base/tick.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/str.h"

#define MS_PER_YEAR  (365 * MS_PER_DAY)
#define DURATION_MAX (100 * MS_PER_YEAR)

struct unit {
	const char *name;
	int64_t ms;
};

/* Largest first: a duration names its units in this order, each at most once. */
static const struct unit units[] = {
    {"y",  MS_PER_YEAR   },
    {"w",  7 * MS_PER_DAY},
    {"d",  MS_PER_DAY    },
    {"h",  MS_PER_H      },
    {"m",  MS_PER_MIN    },
    {"s",  MS_PER_S      },
    {"ms", 1	     },
};
#define N_UNITS (sizeof(units) / sizeof(units[0]))

/* Reads digits; NULL when there are none or the number is absurd. */
static const char *read_number(const char *p, int64_t *ret)
{
	int64_t v = 0;

	if (*p < '0' || *p > '9')
		return NULL;
	for (; *p >= '0' && *p <= '9'; p++) {
		if (v > DURATION_MAX / 10)
			return NULL;
		v = v * 10 + (*p - '0');
	}
	*ret = v;
	return p;
}

static size_t find_unit(const char *p, size_t n, size_t from)
{
	for (size_t i = from; i < N_UNITS; i++) {
		if (span_eq((struct span){p, n}, units[i].name))
			return i;
	}
	return N_UNITS;
}

bool duration_parse(const char *text, int64_t *ret_ms)
{
	const char *p = text;
	int64_t total = 0;
	size_t next = 0;

	if (strcmp(text, "0") == 0) {
		*ret_ms = 0;
		return true;
	}
	do {
		int64_t v, ms;
		size_t letters, i;

		p = read_number(p, &v);
		if (!p)
			return false;
		letters = strspn(p, "abcdefghijklmnopqrstuvwxyz");
		i = find_unit(p, letters, next);
		if (i == N_UNITS || __builtin_mul_overflow(v, units[i].ms, &ms))
			return false;
		if (__builtin_add_overflow(total, ms, &total) || total > DURATION_MAX)
			return false;
		p += letters;
		next = i + 1;
	} while (*p);
	*ret_ms = total;
	return true;
}

char *duration_format(int64_t ms, char *buf, size_t size)
{
	uint64_t rest = ms < 0 ? 0 - (uint64_t)ms : (uint64_t)ms;
	size_t n = 0;

	if (size == 0)
		return buf;
	buf[0] = '\0';
	if (ms == 0)
		return str_copy(buf, size, "0s");
	if (ms < 0)
		n = (size_t)snprintf(buf, size, "-");
	for (size_t i = 0; i < N_UNITS && n < size; i++) {
		uint64_t unit = (uint64_t)units[i].ms;

		assert(unit > 0);

		/* Years and weeks only when nothing is left: 400d, not 1y5w. */
		if (rest < unit || (unit > (uint64_t)MS_PER_DAY && rest % unit))
			continue;
		if (units[i].name[0] == 'w')
			continue;
		n += (size_t)snprintf(
		    buf + n, size - n, "%" PRIu64 "%s", rest / unit, units[i].name);
		rest %= unit;
	}
	return buf;
}

static uint64_t rounded(uint64_t ms, int64_t unit_ms)
{
	uint64_t unit = (uint64_t)unit_ms;

	return (ms + unit / 2) / unit;
}

/* "12 h 5 m", or "12 h" when the second figure is 0. */
static void two_units(
    char *buf, size_t size, uint64_t count, uint64_t per, const char *const names[2])
{
	if (count % per)
		(void)snprintf(buf, size, "%" PRIu64 " %s %" PRIu64 " %s", count / per,
		    names[0], count % per, names[1]);
	else
		(void)snprintf(buf, size, "%" PRIu64 " %s", count / per, names[0]);
}

char *duration_human(int64_t ms, char *buf, size_t size)
{
	static const char *const m_s[] = {"m", "s"}, *const h_m[] = {"h", "m"};
	static const char *const d_h[] = {"d", "h"};
	uint64_t n = ms < 0 ? 0 - (uint64_t)ms : (uint64_t)ms;
	char text[64];

	if (n < 1000)
		(void)snprintf(text, sizeof(text), "%" PRIu64 " ms", n);
	else if (rounded(n, 100) < 100 && rounded(n, 100) % 10)
		(void)snprintf(text, sizeof(text), "%" PRIu64 ".%" PRIu64 " s",
		    rounded(n, 100) / 10, rounded(n, 100) % 10);
	else if (rounded(n, MS_PER_S) < 60)
		(void)snprintf(text, sizeof(text), "%" PRIu64 " s", rounded(n, MS_PER_S));
	else if (rounded(n, MS_PER_S) < 3600)
		two_units(text, sizeof(text), rounded(n, MS_PER_S), 60, m_s);
	else if (rounded(n, MS_PER_MIN) < (uint64_t)24 * 60)
		two_units(text, sizeof(text), rounded(n, MS_PER_MIN), 60, h_m);
	else
		two_units(text, sizeof(text), rounded(n, MS_PER_H), 24, d_h);
	if (size)
		(void)snprintf(buf, size, "%s%s", ms < 0 ? "-" : "", text);
	return buf;
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

struct civil wall_civil(struct wall t)
{
	int64_t days = floor_div(t.ms, MS_PER_DAY);
	int in_day = (int)(t.ms - days * MS_PER_DAY);
	/* Days since 0000-03-01, so that the leap day is the last of its year. */
	int64_t z = days + 719468;
	int64_t era = floor_div(z, 146097);
	int doe = (int)(z - era * 146097);
	int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int mp = (5 * doy + 2) / 153;
	struct civil c = {
	    .day = doy - (153 * mp + 2) / 5 + 1,
	    .month = mp < 10 ? mp + 3 : mp - 9,
	    .hour = in_day / 3600000,
	    .minute = in_day / 60000 % 60,
	    .second = in_day / 1000 % 60,
	    .ms = in_day % 1000,
	    .weekday = (int)((days % 7 + 11) % 7),
	};

	c.year = (int)(era * 400) + yoe + (c.month <= 2);
	return c;
}

struct wall civil_wall(const struct civil *c)
{
	int64_t y = (int64_t)c->year - (c->month <= 2);
	int64_t era = floor_div(y, 400);
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * (c->month + (c->month > 2 ? -3 : 9)) + 2) / 5 + c->day - 1;
	int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	int64_t days = era * 146097 + doe - 719468;

	return (struct wall){days * MS_PER_DAY + c->hour * MS_PER_H +
			     c->minute * MS_PER_MIN + c->second * MS_PER_S + c->ms};
}

char *wall_rfc3339(struct wall t, char *buf, size_t size)
{
	struct civil c = wall_civil(t);

	if (size)
		(void)snprintf(buf, size, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", c.year,
		    c.month, c.day, c.hour, c.minute, c.second, c.ms);
	return buf;
}
