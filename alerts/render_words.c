/* SPDX-License-Identifier: MIT
 *
 * The shared phrases. Times are UTC and say so: the reader, the provider and dimwatch may
 * stand in three time zones.
 */
#include "alerts/render_words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/str.h"
#include "alerts/sentences.h"

static bool same_day(struct civil a, struct civil b)
{
	return a.year == b.year && a.month == b.month && a.day == b.day;
}

/* "14:02" or "2026-11-22 23:58". */
static char *clock_text(struct civil c, bool with_date, char *buf, size_t size)
{
	if (with_date)
		(void)snprintf(buf, size, "%04d-%02d-%02d %02d:%02d", c.year, c.month,
		    c.day, c.hour, c.minute);
	else
		(void)snprintf(buf, size, "%02d:%02d", c.hour, c.minute);
	return buf;
}

char *words_time(enum language l, struct wall t, struct wall now, char *buf, size_t size)
{
	struct civil c = wall_civil(t);
	char text[64];

	if (!t.ms) /* a record that lost it */
		return str_copy(buf, size, SAY_NO_TIME(l));
	clock_text(c, !same_day(c, wall_civil(now)), text, sizeof(text));
	(void)snprintf(buf, size, "%s UTC", text);
	return buf;
}

char *words_range(enum language l, struct wall from, struct wall to, struct wall now,
    char *buf, size_t size)
{
	struct civil a = wall_civil(from), b = wall_civil(to);
	bool one_day = same_day(a, b);
	char begin[64], end[64];

	clock_text(a, !one_day || !same_day(a, wall_civil(now)), begin, sizeof(begin));
	clock_text(b, !one_day, end, sizeof(end));
	(void)snprintf(buf, size, one_day ? "%s-%s UTC" : SAY_RANGE_DAYS(l), begin, end);
	return buf;
}

char *words_failed(enum language l, const struct incident *in, char *buf, size_t size)
{
	if (in->samples && in->failures)
		(void)snprintf(buf, size, SAY_FAILED(l), in->failures, in->samples);
	else
		str_copy(buf, size, "");
	return buf;
}

char *words_mix(enum language l, const struct incident *in, char *buf, size_t size)
{
	const char *next = NULL, *between = SAY_AND(l);
	char all[512];
	size_t len = 0;

	buf[0] = '\0';
	incident_mix(in, all, sizeof(all));
	/* Whole pieces only. */
	for (const char *p = all; p[0] != '\0'; p = next) {
		const char *comma = strstr(p, ", ");
		size_t n = comma ? (size_t)(comma - p) : strlen(p);

		if (len + n + strlen(between) >= size)
			break;
		len += (size_t)snprintf(
		    buf + len, size - len, "%s%.*s", len ? between : "", (int)n, p);
		next = comma ? comma + 2 : p + n;
	}
	return buf;
}

char *words_targets(enum language l, const struct incident *in, char *buf, size_t size)
{
	size_t len = 0;
	int i;

	buf[0] = '\0';
	for (i = 0; i < in->n_targets; i++) {
		size_t n = strlen(in->targets[i]);

		/* Room for ", NAME" and for " and 15 more". */
		if (len + n + 3 + 24 >= size)
			break;
		len += (size_t)snprintf(
		    buf + len, size - len, "%s%s", len ? SAY_AND(l) : "", in->targets[i]);
	}
	if (i < in->n_targets)
		(void)snprintf(
		    buf + len, size - len, SAY_MORE_TARGETS(l), in->n_targets - i);
	return buf;
}

char *words_error(enum language l, const struct incident_error *e, struct wall now,
    char *buf, size_t size)
{
	struct str s;
	char at[64];

	str_copy(buf, size, "");
	if (!e->at.ms)
		return buf;
	str_init(&s, 1024);
	str_addf(&s, "%s %s", words_time(l, e->at, now, at, sizeof(at)),
	    outcome_code(e->outcome));
	if (e->http_status)
		str_addf(&s, " %d", e->http_status);
	if (e->code[0])
		str_addf(&s, SAY_ERROR_CODE(l), e->code);
	if (e->request_id[0])
		str_addf(&s, SAY_ERROR_REQUEST(l), e->request_id);
	str_copy(buf, size, str_c(&s));
	str_fini(&s);
	return buf;
}

const char *words_severity(enum language l, enum severity s)
{
	if (s == SEVERITY_MINOR)
		return SAY_MINOR(l);
	if (s == SEVERITY_MAJOR)
		return SAY_MAJOR(l);
	if (s == SEVERITY_CRITICAL)
		return SAY_CRITICAL(l);
	return SAY_UNRATED(l);
}

bool words_is_slow(const struct incident *in)
{
	return in->class == CLASS_SLOW ||
	       (in->class != CLASS_SELF && in->health == HEALTH_UP);
}

const char *words_state(enum language l, const struct incident *in)
{
	if (in->class == CLASS_SELF)
		return SAY_IN_TROUBLE(l);
	if (words_is_slow(in))
		return SAY_SLOW(l);
	return in->health == HEALTH_DOWN ? SAY_DOWN(l) : SAY_IN_PART(l);
}

enum outcome words_reason(const struct incident *in)
{
	enum outcome best = OUTCOME_OK;

	for (int o = OUTCOME_OK + 1; o < OUTCOME_COUNT; o++) {
		if (in->outcomes[o] && (!best || in->outcomes[o] > in->outcomes[best]))
			best = (enum outcome)o;
	}
	return best;
}

bool words_is_unreachable(const struct incident *in)
{
	static const bool no_answer[OUTCOME_COUNT] = {
	    [OUTCOME_DNS] = true,
	    [OUTCOME_REFUSED] = true,
	    [OUTCOME_CONNECT] = true,
	    [OUTCOME_TLS] = true,
	    [OUTCOME_RESET] = true,
	    [OUTCOME_TIMEOUT_CONNECT] = true,
	    [OUTCOME_TIMEOUT_FIRST_BYTE] = true,
	};
	bool any = false;

	for (int o = OUTCOME_OK + 1; o < OUTCOME_COUNT; o++) {
		if (in->outcomes[o] && !no_answer[o])
			return false;
		any = any || in->outcomes[o];
	}
	return any;
}
