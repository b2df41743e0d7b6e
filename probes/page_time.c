/* SPDX-License-Identifier: MIT
 *
 * The two forms in which pages write a time: RFC 3339 and that of mails and feeds. Read
 * without libc's locale and zone; what is no time at all is refused.
 */
#include <string.h>
#include <strings.h>

#include "probes/page_parts.h"

/* A number of exactly so many digits; moves on. -1: none. */
static int digits(const char **p, int n)
{
	int v = 0;
	for (int i = 0; i < n; i++) {
		if ((*p)[i] < '0' || (*p)[i] > '9')
			return -1;
		v = v * 10 + ((*p)[i] - '0');
	}
	*p += n;
	return v;
}

static bool eat(const char **p, char c)
{
	if (**p != c)
		return false;
	(*p)++;
	return true;
}

static bool read_clock(const char **p, struct civil *c)
{
	c->hour = digits(p, 2);
	if (!eat(p, ':'))
		return false;
	c->minute = digits(p, 2);
	if (c->hour < 0 || c->hour > 23 || c->minute < 0 || c->minute > 59)
		return false;
	if (!eat(p, ':'))
		return true;
	c->second = digits(p, 2);
	if (eat(p, '.'))
		while (**p >= '0' && **p <= '9')
			(*p)++;
	return c->second >= 0 && c->second <= 60;
}

/* "Z", "GMT", "+08:00", "-0800", to the end of the text. */
static bool read_zone(const char *p, int64_t *ret_min)
{
	static const char *const utc[] = {"Z", "UT", "UTC", "GMT"};
	for (size_t i = 0; i < sizeof utc / sizeof *utc; i++)
		if (!strcasecmp(p, utc[i])) {
			*ret_min = 0;
			return true;
		}
	int sign = *p == '-' ? -1 : 1;
	if (*p != '+' && *p != '-')
		return false;
	p++;
	int hours = digits(&p, 2);
	(void)eat(&p, ':');
	int minutes = digits(&p, 2);
	if (hours < 0 || hours > 14 || minutes < 0 || minutes > 59 || *p)
		return false;
	*ret_min = (int64_t)sign * (hours * 60 + minutes);
	return true;
}

static bool read_date(const char **p, struct civil *c)
{
	c->year = digits(p, 4);
	if (!eat(p, '-'))
		return false;
	c->month = digits(p, 2);
	if (!eat(p, '-'))
		return false;
	c->day = digits(p, 2);
	return eat(p, 'T') || eat(p, 't') || eat(p, ' ');
}

/* "Tue, 24 Nov 2026 ", "24 Nov 2026 ". */
static bool read_mail_date(const char **p, struct civil *c)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	const char *comma = strchr(*p, ',');
	if (comma)
		*p = comma + 1;
	while (eat(p, ' '))
		;
	c->day = digits(p, (*p)[0] && (*p)[1] >= '0' && (*p)[1] <= '9' ? 2 : 1);
	if (!eat(p, ' ') || strlen(*p) < 4)
		return false;
	c->month = 0;
	for (int i = 0; i < 12; i++)
		if (!strncasecmp(*p, months + (size_t)3 * (size_t)i, 3))
			c->month = i + 1;
	*p += 3;
	if (!eat(p, ' '))
		return false;
	c->year = digits(p, 4);
	return eat(p, ' ');
}

bool page_time(const char *text, struct wall *ret)
{
	struct civil c = {0};
	int64_t offset = 0;
	if (!text || strlen(text) > 60)
		return false;
	bool iso = strlen(text) > 4 && text[4] == '-';
	const char *p = text;
	if (!(iso ? read_date(&p, &c) : read_mail_date(&p, &c)) || !read_clock(&p, &c))
		return false;
	(void)eat(&p, ' ');
	if (!read_zone(p, &offset) || c.year < 2000 || c.year > 2200 || c.month < 1 ||
	    c.month > 12 || c.day < 1 || c.day > 31)
		return false;
	*ret = wall_add_ms(civil_wall(&c), -offset * MS_PER_MIN);
	return true;
}

struct wall page_time_at(const json_t *v, const char *path)
{
	struct wall t = {0};
	(void)page_time(json_text_at(v, path), &t);
	return t;
}

struct wall page_seconds_at(const json_t *v, const char *path)
{
	int64_t s = 0;
	if (!json_int_at(v, path, &s) || s < 0 || s > INT64_C(7258118400)) /* 2200 */
		return (struct wall){0};
	return (struct wall){s * MS_PER_S};
}
