/* SPDX-License-Identifier: MIT
 *
 * What a scenario sees: trace lines, deliveries, asks, records and views, with the time
 * of the world in front.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/scenario/world.h"

void time_text(int64_t ms, char *buf, size_t size)
{
	int64_t s = (ms < 0 ? -ms : ms) / MS_PER_S;
	char sign = ms < 0 ? '-' : '+';

	if (s >= 3600)
		snprintf(buf, size, "%c%" PRId64 "h%02dm%02ds", sign, s / 3600,
		    (int)(s / 60 % 60), (int)(s % 60));
	else if (s >= 60)
		snprintf(buf, size, "%c%dm%02ds", sign, (int)(s / 60), (int)(s % 60));
	else
		snprintf(buf, size, "%c%ds", sign, (int)s);
}

void see(struct world *w, const char *subject, const char *update, const char *detail)
{
	char at[32];

	time_text(world_wall(w).ms - WORLD_START, at, sizeof(at));
	str_addf(
	    &w->seen, "%s %s %s%s%s\n", at, subject, update, *detail ? " " : "", detail);
}

/* A line of the trace with its Unix milliseconds made into virtual time. */
static void see_trace(struct world *w, const char *line, size_t n)
{
	size_t i = 0;

	while (i < n) {
		bool begins = i == 0 || line[i - 1] == '=';
		size_t digits = 0;
		char number[24], text[32];

		while (begins && i + digits < n && digits < sizeof(number) - 1 &&
		       line[i + digits] >= '0' && line[i + digits] <= '9')
			digits++;
		if (digits < 13) {
			str_addc(&w->seen, line[i++]);
			continue;
		}
		span_copy((struct span){line + i, digits}, number, sizeof(number));
		time_text(strtoll(number, NULL, 10) - WORLD_START, text, sizeof(text));
		str_adds(&w->seen, text);
		i += digits;
	}
	str_addc(&w->seen, '\n');
}

void see_traces(struct world *w)
{
	const char *p = str_c(&w->judged.trace);

	while (*p) {
		size_t n = strcspn(p, "\n");

		see_trace(w, p, n);
		p += n + (p[n] == '\n');
	}
}

static void see_page(struct world *w, const char *subject, const struct incident *in)
{
	char by[32], detail[400];
	const struct incident_page *p = &in->page;
	int64_t after = wall_diff_ms(p->posted, in->opened);

	time_text(after, by, sizeof(by));
	snprintf(detail, sizeof(detail), "%s%s%s%s%s", page_state_code(p->state),
	    p->posted.ms ? " after us " : "", p->posted.ms ? by : "",
	    p->title[0] ? " " : "", p->title);
	see(w, subject, "their page", detail);
}

bool world_see_record(struct world *w, const char *subject)
{
	char text[128], mix[200], detail[600], unknown[32];

	for (int i = 0; i < w->n_records; i++) {
		const struct incident *in = &w->records[i];
		const struct incident *open = judge_find_open(w->judge, &in->subject);

		subject_text(&in->subject, text, sizeof(text));
		if (strcmp(text, subject) != 0)
			continue;
		in = open ? open : in;
		duration_format(in->unknown_ms, unknown, sizeof(unknown));
		snprintf(detail, sizeof(detail),
		    "%s %s %s: %" PRIu32 " samples, %" PRIu32
		    " failures (%s), first %s, last %s, reopened %d, unknown %s%s",
		    incident_class_code(in->class), severity_code(in->severity),
		    in->state == INCIDENT_OPEN ? "open" : incident_end_code(in->end),
		    in->samples, in->failures, incident_mix(in, mix, sizeof(mix)),
		    in->first_error.request_id, in->last_error.request_id, in->reopened,
		    unknown, in->never_up ? ", never up" : "");
		see(w, subject, "record", detail);
		if (in->page.state != PAGE_NONE)
			see_page(w, subject, in);
		return true;
	}
	return false;
}

/* Each target's own part, then what it was to each provider. */
static void see_shares(struct world *w, const char *subject, const struct incident *in)
{
	for (int i = 0; i < in->n_shares; i++) {
		const struct incident_share *s = &in->shares[i];
		char since[32], until[32] = "now", detail[200];

		time_text(s->started.ms - WORLD_START, since, sizeof(since));
		if (s->ended.ms)
			time_text(s->ended.ms - WORLD_START, until, sizeof(until));
		snprintf(detail, sizeof(detail),
		    "%s since=%s until=%s %s: %" PRIu32 " samples, %" PRIu32 " failures",
		    s->target, since, until, severity_code(s->severity), s->samples,
		    s->failures);
		see(w, subject, "share", detail);
	}
}

bool world_see_shares(struct world *w, const char *subject)
{
	char text[128];

	for (int i = 0; i < w->n_records; i++) {
		const struct incident *in = &w->records[i];
		const struct incident *open = judge_find_open(w->judge, &in->subject);

		if (strcmp(subject_text(&in->subject, text, sizeof(text)), subject) != 0)
			continue;
		see_shares(w, subject, open ? open : in);
		return true;
	}
	return false;
}

bool world_see_view(struct world *w, const char *name)
{
	struct place *p = world_place(w, name);
	struct judge_view v;
	char since[32], detail[128];

	if (!p || !judge_view(w->judge, p->conf.series, &v))
		return false;
	time_text(v.since.ms - WORLD_START, since, sizeof(since));
	snprintf(detail, sizeof(detail), "%s since=%s%s%s%s", health_code(v.health),
	    since, v.blind ? " blind: " : "", v.blind ? v.blind : "",
	    v.open ? " incident open" : "");
	see(w, name, "view", detail);
	return true;
}
