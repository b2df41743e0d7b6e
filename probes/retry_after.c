/* SPDX-License-Identifier: MIT
 *
 * Reads the wish to be left alone. Numbers are read by hand: strangers' digits may be
 * many, and libc's readers know locales.
 */
#include "probes/retry_after.h"

#include <string.h>

/* Digits and at most one point to milliseconds (times scale); -1 when anything else
 * stands there. Longer numbers than anybody means saturate. */
static int64_t read_ms(struct span in, int64_t scale)
{
	int64_t whole = 0, part = 0, unit = scale;
	bool point = false;

	if (in.n == 0)
		return -1;
	for (size_t i = 0; i < in.n; i++) {
		char c = in.p[i];

		if (c == '.' && !point && i > 0) {
			point = true;
			continue;
		}
		if (c < '0' || c > '9')
			return -1;
		if (point) {
			unit /= 10;
			part += (c - '0') * unit;
		} else if (whole < 1000000000) {
			whole = whole * 10 + (c - '0');
		}
	}
	return whole * scale + part;
}

static int read_digits(const char *p, size_t n)
{
	int value = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return -1;
		value = value * 10 + (p[i] - '0');
	}
	return value;
}

static int read_month(const char *p)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (size_t i = 0; i < 12; i++) {
		if (memcmp(names + 3 * i, p, 3) == 0)
			return (int)i + 1;
	}
	return -1;
}

/* "Sun, 06 Nov 1994 08:49:37 GMT": the only form that may still be sent (RFC 9110). */
bool http_date(struct span in, struct wall *ret)
{
	struct civil c = {0};

	if (in.n != 29 || memcmp(in.p + 25, " GMT", 4) != 0 || in.p[3] != ',')
		return false;
	c.day = read_digits(in.p + 5, 2);
	c.month = read_month(in.p + 8);
	c.year = read_digits(in.p + 12, 4);
	c.hour = read_digits(in.p + 17, 2);
	c.minute = read_digits(in.p + 20, 2);
	c.second = read_digits(in.p + 23, 2);
	if (c.day < 1 || c.day > 31 || c.month < 1 || c.year < 1970 || c.hour < 0 ||
	    c.hour > 23 || c.minute < 0 || c.minute > 59 || c.second < 0 || c.second > 60)
		return false;
	*ret = civil_wall(&c);
	return true;
}

int64_t retry_after_ms(const struct wire_head *head, struct wall now)
{
	struct span seconds = span_trim(head_find(head, "retry-after"));
	int64_t ms = read_ms(span_trim(head_find(head, "retry-after-ms")), 1);
	struct wall date;

	if (ms < 0)
		ms = read_ms(seconds, MS_PER_S);
	if (ms < 0 && http_date(seconds, &date)) {
		ms = wall_diff_ms(date, now);
		ms = ms < 0 ? 0 : ms;
	}
	if (ms < 0)
		return -1;
	if (ms < RETRY_AFTER_MIN_MS)
		return RETRY_AFTER_MIN_MS;
	return ms > RETRY_AFTER_MAX_MS ? RETRY_AFTER_MAX_MS : ms;
}
