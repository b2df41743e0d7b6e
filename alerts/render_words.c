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

char *words_time(struct wall t, struct wall now, char *buf, size_t size)
{
	struct civil c = wall_civil(t);
	char text[64];

	if (!t.ms) /* a record that lost it */
		return str_copy(buf, size, "an unknown time");
	clock_text(c, !same_day(c, wall_civil(now)), text, sizeof(text));
	(void)snprintf(buf, size, "%s UTC", text);
	return buf;
}

char *words_range(
    struct wall from, struct wall to, struct wall now, char *buf, size_t size)
{
	struct civil a = wall_civil(from), b = wall_civil(to);
	bool one_day = same_day(a, b);
	char begin[64], end[64];

	clock_text(a, !one_day || !same_day(a, wall_civil(now)), begin, sizeof(begin));
	clock_text(b, !one_day, end, sizeof(end));
	(void)snprintf(buf, size, one_day ? "%s-%s UTC" : "%s to %s UTC", begin, end);
	return buf;
}

char *words_failed(const struct incident *in, char *buf, size_t size)
{
	if (in->samples && in->failures)
		(void)snprintf(buf, size, "%" PRIu32 " of %" PRIu32 " requests failed",
		    in->failures, in->samples);
	else
		str_copy(buf, size, "");
	return buf;
}

char *words_mix(const struct incident *in, char *buf, size_t size)
{
	char all[512];

	incident_mix(in, all, sizeof(all));
	str_copy(buf, size, all);
	if (strlen(all) >= size) {
		char *comma = strrchr(buf, ','); /* whole pieces only */

		*(comma ? comma : buf) = '\0';
	}
	return buf;
}

char *words_targets(const struct incident *in, char *buf, size_t size)
{
	size_t len = 0;
	int i;

	buf[0] = '\0';
	for (i = 0; i < in->n_targets; i++) {
		size_t n = strlen(in->targets[i]);

		/* Room for ", NAME" and for " and 15 more". */
		if (len + n + 2 + 12 >= size)
			break;
		len += (size_t)snprintf(
		    buf + len, size - len, "%s%s", len ? ", " : "", in->targets[i]);
	}
	if (i < in->n_targets)
		(void)snprintf(buf + len, size - len, " and %d more", in->n_targets - i);
	return buf;
}

char *words_error(const struct incident_error *e, struct wall now, char *buf, size_t size)
{
	struct str s;
	char at[64];

	str_copy(buf, size, "");
	if (!e->at.ms)
		return buf;
	str_init(&s, 1024);
	str_addf(&s, "%s %s", words_time(e->at, now, at, sizeof(at)),
	    outcome_code(e->outcome));
	if (e->http_status)
		str_addf(&s, " %d", e->http_status);
	if (e->code[0])
		str_addf(&s, ", code %s", e->code);
	if (e->request_id[0])
		str_addf(&s, ", request id %s", e->request_id);
	str_copy(buf, size, str_c(&s));
	str_fini(&s);
	return buf;
}

const char *words_severity(enum severity s)
{
	return s >= SEVERITY_MINOR && s < SEVERITY_COUNT ? severity_code(s) : "unrated";
}

const char *words_state(const struct incident *in)
{
	if (in->class == CLASS_SELF)
		return "in trouble";
	/* An outage that has become slowness, too. */
	if (in->class == CLASS_SLOW || in->health == HEALTH_UP)
		return "slow";
	return in->health == HEALTH_DOWN ? "down" : "failing in part";
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
