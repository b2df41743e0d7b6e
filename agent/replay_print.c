/* SPDX-License-Identifier: MIT
 *
 * See the header.
 */
#include "agent/replay_print.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/base/json.h"
#include "agent/json_print.h"
#include "agent/paint.h"

static char *local_text(struct wall t, char *buf, size_t size)
{
	time_t seconds = (time_t)(t.ms / 1000);
	struct tm tm;
	if (!t.ms || !localtime_r(&seconds, &tm) ||
	    !strftime(buf, size, "%Y-%m-%d %H:%M:%S", &tm))
		(void)str_copy(buf, size, "-");
	return buf;
}

void replay_print_summary(const struct replay_source *s)
{
	struct replay_totals n = replay_totals(s->replay);
	char from[40], to[40], span[40];
	struct wall begin = s->from.ms > s->first.ms ? s->from : s->first;
	(void)printf("%" PRIu64 " samples of %zu target%s, %s to %s (%s)", n.samples,
	    s->config.n_targets, s->config.n_targets == 1 ? "" : "s",
	    local_text(begin, from, sizeof from), local_text(s->last, to, sizeof to),
	    duration_human(wall_diff_ms(s->last, begin), span, sizeof span));
	if (n.gaps)
		(void)printf(", %" PRIu64 " gaps", n.gaps);
	(void)printf("\n");
	if (s->strangers)
		(void)printf("%" PRIu64 " rows of targets that the config does not have "
			     "were left out\n",
		    s->strangers);
	if (s->n_without)
		(void)printf("%zu targets of the config have no samples (%s%s)\n",
		    s->n_without, s->without, s->n_without > 1 ? ", ..." : "");
	if (n.lost)
		(void)printf("%" PRIu64 " more incidents are not listed\n", n.lost);
	(void)printf("\n");
}

static const char *why(const struct incident *in, char *buf, size_t size)
{
	if (in->failures)
		return incident_mix(in, buf, size);
	return in->n_causes ? in->causes[0].words : "";
}

static void add_incident(struct table *t, const struct incident *in)
{
	char subject[128], started[40], decided[40], lasted[40], mix[200];
	bool open = in->state == INCIDENT_OPEN;
	const char *cells[7] = {subject_text(&in->subject, subject, sizeof subject),
	    in->class == CLASS_OUTAGE ? severity_code(in->severity)
				      : incident_class_code(in->class),
	    local_text(in->started, started, sizeof started),
	    duration_human(
		wall_diff_ms(in->opened, in->started), decided, sizeof decided),
	    open ? "open"
		 : duration_human(
		       wall_diff_ms(in->ended, in->started), lasted, sizeof lasted),
	    open ? "open" : incident_end_code(in->end), why(in, mix, sizeof mix)};
	table_row(t,
	    (const enum paint[7]){PAINT_BOLD, PAINT_PLAIN, PAINT_PLAIN, PAINT_PLAIN,
		open ? PAINT_BAD : PAINT_PLAIN, PAINT_PLAIN, PAINT_PLAIN},
	    cells);
}

void replay_print_incidents(const struct replay *r)
{
	static const char *const heads[7] = {
	    "SUBJECT", "SEVERITY", "STARTED", "DECIDED AFTER", "LASTED", "END", "WHY"};
	const enum paint dim[7] = {
	    PAINT_DIM, PAINT_DIM, PAINT_DIM, PAINT_DIM, PAINT_DIM, PAINT_DIM, PAINT_DIM};
	struct table *t;
	const struct incident *in;
	if (!replay_count(r)) {
		(void)puts("no incidents");
		return;
	}
	t = table_new(7);
	table_row(t, dim, heads);
	table_max(t, 6, 60);
	for (size_t i = 0; (in = replay_at(r, i)) != NULL; i++)
		add_incident(t, in);
	table_print(t, stdout);
	table_free(t);
}

/* --- the difference --------------------------------------------------------------- */

static const char *shift(int64_t ms, const char *what, char *buf, size_t size)
{
	char span[40];
	if (ms > -MS_PER_S && ms < MS_PER_S)
		(void)snprintf(buf, size, "%s at the same second", what);
	else
		(void)snprintf(buf, size, "%s %s %s", what,
		    duration_human(ms < 0 ? -ms : ms, span, sizeof span),
		    ms < 0 ? "sooner" : "later");
	return buf;
}

static const char *difference(const struct likening *l, char *buf, size_t size)
{
	char decided[80], ended[80];
	switch (l->likeness) {
	case LIKE_SAME:
		return "as it happened";
	case LIKE_NEW:
		return "only in the replay";
	case LIKE_MISSING:
		return "really happened, not in the replay";
	case LIKE_OTHER:
		(void)snprintf(buf, size, "%s, %s",
		    shift(l->decided_ms, "decided", decided, sizeof decided),
		    l->ended_ms ? shift(l->ended_ms, "ended", ended, sizeof ended)
				: "the end as it was");
		return buf;
	case LIKE_COUNT:
		break;
	}
	return "";
}

void replay_print_likenings(const struct likening *all, size_t n)
{
	static const char *const heads[4] = {
	    "SUBJECT", "STARTED", "ID", "BESIDE WHAT HAPPENED"};
	const enum paint dim[4] = {PAINT_DIM, PAINT_DIM, PAINT_DIM, PAINT_DIM};
	const enum paint paints[4] = {PAINT_BOLD};
	size_t counts[LIKE_COUNT] = {0};
	for (size_t i = 0; i < n; i++)
		counts[all[i].likeness]++;
	(void)printf("\nBeside what happened: %zu the same, %zu at other times, %zu only "
		     "in the replay, %zu missing\n",
	    counts[LIKE_SAME], counts[LIKE_OTHER], counts[LIKE_NEW],
	    counts[LIKE_MISSING]);
	if (counts[LIKE_SAME] == n)
		return;
	(void)printf("\n");
	struct table *t = table_new(4);
	table_row(t, dim, heads);
	for (size_t i = 0; i < n; i++) {
		const struct story *one =
		    all[i].replayed ? all[i].replayed : all[i].stored;
		char subject[128], started[40], words[200];
		if (all[i].likeness == LIKE_SAME)
			continue;
		const char *cells[4] = {
		    subject_text(&one->subject, subject, sizeof subject),
		    local_text(one->started, started, sizeof started),
		    all[i].stored ? all[i].stored->short_id : "-",
		    difference(&all[i], words, sizeof words)};
		table_row(t, paints, cells);
	}
	table_print(t, stdout);
	table_free(t);
}

/* --- JSON ------------------------------------------------------------------------- */

void replay_print_json(const struct replay_update *u)
{
	json_print(json_pack("{s:I,s:o,s:s,s:o}", "t_ms", (json_int_t)u->at.ms, "subject",
	    json_clean_string(span_of(u->subject)), "update", u->update, "detail",
	    json_clean_string(span_of(u->detail))));
}

void replay_print_likenings_json(const struct likening *all, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct story *one =
		    all[i].replayed ? all[i].replayed : all[i].stored;
		char subject[128], detail[160];
		size_t len = (size_t)snprintf(
		    detail, sizeof detail, "start=%" PRId64, one->started.ms);
		if (all[i].stored)
			len += (size_t)snprintf(detail + len, sizeof detail - len,
			    " id=%s", all[i].stored->short_id);
		if (all[i].stored && all[i].replayed)
			(void)snprintf(detail + len, sizeof detail - len,
			    " decided=%+" PRId64 "ms ended=%+" PRId64 "ms",
			    all[i].decided_ms, all[i].ended_ms);
		replay_print_json(&(struct replay_update){one->opened,
		    subject_text(&one->subject, subject, sizeof subject),
		    likeness_code(all[i].likeness), detail});
	}
}
