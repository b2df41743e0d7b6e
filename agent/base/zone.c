/* SPDX-License-Identifier: MIT
 *
 * See zone.h. A TZif file is a block of 32-bit times that nobody needs any more, the same
 * with 64 bits, and a line with the rule for the years behind its table. Everything in it
 * is checked once, here, so that no question later can leave the table.
 */
#include "agent/base/zone.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/zone_rule.h"

#define HEAD_BYTES   ((size_t)44)
#define MAX_CHANGES  2000
#define MAX_TYPES    256
#define MAX_OFFSET_S (26 * INT64_C(3600)) /* RFC 8536: 25:59:59 at most */
#define FAR_S        (INT64_C(1) << 59)
#define NEAR_S       (2 * MAX_OFFSET_S)
/* No question is about times beyond the years -9999 and 9999 or so. */
#define ASK_LIMIT_S (INT64_C(1) << 38)

struct zone {
	const char *name;
	size_t n;
	const int64_t *at;    /* when the clock was set, ascending */
	const int32_t *after; /* what holds from then on, seconds east */
	int32_t before;       /* what held before the first */
	bool has_rule;
	struct zone_rule rule; /* what holds behind the table */
};

/* --- reading ------------------------------------------------------------------------ */

struct head {
	char version;
	size_t n_ut, n_standard, n_leap, n_at, n_types, n_chars;
};

static uint32_t be32(const char *p)
{
	const unsigned char *b = (const unsigned char *)p;

	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static int64_t be64(const char *p)
{
	return (int64_t)((uint64_t)be32(p) << 32 | be32(p + 4));
}

static bool damaged(struct err *e, const char *what)
{
	return err_set(
	    e, ERR_SYNTAX, "the file is damaged (%s): install tzdata anew", what);
}

static bool read_head(struct span in, size_t from, struct head *ret, struct err *e)
{
	const char *p = in.p + from;

	if (in.n < from + HEAD_BYTES || memcmp(p, "TZif", 4) != 0)
		return damaged(e, "no TZif file");
	ret->version = p[4];
	ret->n_ut = be32(p + 20);
	ret->n_standard = be32(p + 24);
	ret->n_leap = be32(p + 28);
	ret->n_at = be32(p + 32);
	ret->n_types = be32(p + 36);
	ret->n_chars = be32(p + 40);
	if (ret->n_at > MAX_CHANGES || ret->n_types > MAX_TYPES || ret->n_leap > 100 ||
	    ret->n_chars > 1000 || ret->n_ut > MAX_TYPES || ret->n_standard > MAX_TYPES)
		return damaged(e, "more than any zone has");
	return true;
}

static size_t body_bytes(const struct head *h, size_t time_bytes)
{
	return h->n_at * (time_bytes + 1) + h->n_types * 6 + h->n_chars +
	       h->n_leap * (time_bytes + 4) + h->n_standard + h->n_ut;
}

/* Offset of every type; which names they have is nobody's business here. */
static bool read_types(
    const struct head *h, const char *types, int32_t *ret, struct err *e)
{
	const char *chars = types + h->n_types * 6;

	if (h->n_types == 0 || (h->n_ut && h->n_ut != h->n_types) ||
	    (h->n_standard && h->n_standard != h->n_types))
		return damaged(e, "counts that do not agree");
	if (h->n_chars == 0 || chars[h->n_chars - 1] != '\0')
		return damaged(e, "a name without an end");
	for (size_t i = 0; i < h->n_types; i++) {
		const char *p = types + i * 6;

		ret[i] = (int32_t)be32(p);
		if (ret[i] <= -MAX_OFFSET_S || ret[i] >= MAX_OFFSET_S)
			return damaged(e, "an offset of more than a day");
		if ((unsigned char)p[4] > 1 || (unsigned char)p[5] >= h->n_chars)
			return damaged(e, "a type that is none");
	}
	return true;
}

static bool read_table(struct zone *z, struct arena *a, const struct head *h,
    const char *body, struct err *e)
{
	const char *indices = body + h->n_at * 8;
	int32_t offsets[MAX_TYPES] = {0};
	int64_t *at = arena_alloc(a, (h->n_at + 1) * sizeof(*at));
	int32_t *after = arena_alloc(a, (h->n_at + 1) * sizeof(*after));

	if (!read_types(h, indices + h->n_at, offsets, e))
		return false;
	for (size_t i = 0; i < h->n_at; i++) {
		unsigned char type = (unsigned char)indices[i];

		at[i] = be64(body + i * 8);
		if (at[i] < -FAR_S || at[i] > FAR_S || (i > 0 && at[i] <= at[i - 1]))
			return damaged(e, "times that do not ascend");
		if (type >= h->n_types)
			return damaged(e, "a time of no type");
		after[i] = offsets[type];
	}
	z->n = h->n_at;
	z->at = at;
	z->after = after;
	z->before = offsets[0];
	return true;
}

/* "\n", the rule or nothing, "\n". */
static bool read_footer(struct zone *z, struct span in, struct err *e)
{
	const char *end;

	if (in.n < 2 || in.p[0] != '\n')
		return damaged(e, "its last line is missing");
	end = memchr(in.p + 1, '\n', in.n - 1);
	if (!end)
		return damaged(e, "its last line has no end");
	if (end == in.p + 1)
		return true;
	z->has_rule = true;
	return zone_rule_parse(
		   (struct span){in.p + 1, (size_t)(end - in.p - 1)}, &z->rule) ||
	       damaged(e, "its last line is no rule");
}

static bool read_zone(struct zone *z, struct arena *a, struct span in, struct err *e)
{
	struct head h = {0};
	size_t from, bytes;

	if (in.n > ZONE_MAX_BYTES)
		return err_set(e, ERR_LIMIT,
		    "larger than %zu bytes: that is no time zone", ZONE_MAX_BYTES);
	if (!read_head(in, 0, &h, e))
		return false;
	if (h.version < '2' || h.version > '9')
		return err_set(e, ERR_SYNTAX,
		    "an old file (TZif version 1): install a newer tzdata");
	from = HEAD_BYTES + body_bytes(&h, 4);
	if (!read_head(in, from, &h, e))
		return false;
	from += HEAD_BYTES;
	bytes = body_bytes(&h, 8);
	if (h.n_leap)
		return err_set(
		    e, ERR_CONFIG, "it counts leap seconds: name it without `right/`");
	if (in.n - from < bytes)
		return damaged(e, "it ends too early");
	return read_table(z, a, &h, in.p + from, e) &&
	       read_footer(z, (struct span){in.p + from + bytes, in.n - from - bytes}, e);
}

struct zone *zone_read(struct arena *a, const char *name, struct span tzif, struct err *e)
{
	struct zone *z = arena_alloc(a, sizeof(*z));

	z->name = arena_strdup(a, name);
	return read_zone(z, a, tzif, e) ? z : NULL;
}

/* "+08:00", "-0330", "+08": seconds east. */
static bool offset_parse(const char *text, int *ret_s)
{
	int h, m = 0;
	char sign = text[0];
	size_t n = strlen(text);

	if ((sign != '+' && sign != '-') || strspn(text + 1, "0123456789:") != n - 1)
		return false;
	if (n == 6 && text[3] == ':')
		m = (text[4] - '0') * 10 + text[5] - '0';
	else if (n == 5)
		m = (text[3] - '0') * 10 + text[4] - '0';
	else if (n != 3)
		return false;
	if (text[1] == ':' || text[2] == ':' || (n > 4 && text[n - 1] == ':') ||
	    (n > 4 && text[n - 2] == ':'))
		return false;
	h = (text[1] - '0') * 10 + text[2] - '0';
	*ret_s = (h * 3600 + m * 60) * (sign == '-' ? -1 : 1);
	return h <= 15 && m <= 59;
}

struct zone *zone_fixed(struct arena *a, const char *text)
{
	static const char *const utc[] = {"UTC", "utc", "Z", "GMT"};
	struct zone *z;
	int s = 0;
	bool known = offset_parse(text, &s);

	for (size_t i = 0; i < sizeof(utc) / sizeof(utc[0]); i++)
		known = known || strcmp(text, utc[i]) == 0;
	if (!known)
		return NULL;
	z = arena_alloc(a, sizeof(*z));
	z->name = arena_strdup(a, text);
	z->before = s;
	return z;
}

const char *zone_name(const struct zone *z)
{
	return z->name;
}

/* --- asking ------------------------------------------------------------------------- */

static int64_t seconds(struct wall t)
{
	int64_t s = t.ms / MS_PER_S - (t.ms % MS_PER_S < 0);

	if (s > ASK_LIMIT_S)
		return ASK_LIMIT_S;
	return s < -ASK_LIMIT_S ? -ASK_LIMIT_S : s;
}

/* How many changes of the table lie at or before t. */
static size_t changes_until(const struct zone *z, int64_t t)
{
	size_t lo = 0, hi = z->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (z->at[mid] <= t)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int offset_at(const struct zone *z, int64_t t)
{
	size_t n = changes_until(z, t);

	if (n == z->n && z->has_rule)
		return zone_rule_offset_s(&z->rule, t);
	return n ? z->after[n - 1] : z->before;
}

static int64_t next_change(const struct zone *z, int64_t t)
{
	size_t n = changes_until(z, t);

	if (n < z->n)
		return z->at[n];
	return z->has_rule ? zone_rule_next(&z->rule, t) : INT64_MAX;
}

int zone_offset_s(const struct zone *z, struct wall t)
{
	return offset_at(z, seconds(t));
}

struct civil zone_civil(const struct zone *z, struct wall t)
{
	return wall_civil(wall_add_ms(t, zone_offset_s(z, t) * MS_PER_S));
}

struct wall zone_next_change(const struct zone *z, struct wall t)
{
	int64_t s = next_change(z, seconds(t));

	return (struct wall){s > ASK_LIMIT_S ? INT64_MAX : s * MS_PER_S};
}

/* The stretches between two changes around a local time: in each the clock shows it once
 * or not at all. */
struct zone_moments zone_wall(const struct zone *z, const struct civil *c)
{
	struct wall as_utc = civil_wall(c);
	int64_t ms = ((as_utc.ms % MS_PER_S) + MS_PER_S) % MS_PER_S;
	int64_t local = seconds(as_utc), from = local - NEAR_S, jump = 0;
	int64_t found[2] = {0, 0};
	int n = 0;

	while (from <= local + NEAR_S) {
		int64_t until = next_change(z, from);
		int offset = offset_at(z, from);
		int64_t t = local - offset;

		if (t >= from && t < until)
			found[n++ > 0] = t;
		if (until > local + NEAR_S)
			break;
		if (until + offset <= local && local < until + offset_at(z, until) &&
		    !jump)
			jump = until;
		from = until;
	}
	if (n == 0) {
		struct wall at = {jump * MS_PER_S};

		return (struct zone_moments){ZONE_SKIPPED, at, at};
	}
	return (struct zone_moments){n > 1 ? ZONE_TWICE : ZONE_ONCE,
	    {found[0] * MS_PER_S + ms}, {found[n > 1] * MS_PER_S + ms}};
}

char *zone_text(const struct zone *z, struct wall t, char *buf, size_t size)
{
	struct civil c = zone_civil(z, t);
	int s = zone_offset_s(z, t), minutes = (s < 0 ? -s : s) / 60;

	(void)snprintf(buf, size, "%04d-%02d-%02d %02d:%02d %c%02d:%02d", c.year, c.month,
	    c.day, c.hour, c.minute, s < 0 ? '-' : '+', minutes / 60, minutes % 60);
	return buf;
}
