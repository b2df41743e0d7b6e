/* SPDX-License-Identifier: MIT
 *
 * Are we ourselves too slow to judge? A sample that was taken while our own loop was late
 * is no evidence; when that lasts, it is an incident of ours, never an outage. Counted in
 * stretches: it opens when after a minute and more another one is late and a fifth of all
 * were; it is over when of two minutes less than a twentieth was. So neither one hiccup
 * nor a slow pace decides. When nothing is asked any more (every target paused), nothing
 * can be measured either, and it ends as that.
 */
#include <inttypes.h>
#include <stdio.h>

#include "alerts/correlate_parts.h"

#define LAG_OPEN_MS    MS_PER_MIN /* from the first late one to the one that opens it */
#define LAG_STRETCH_MS (2 * MS_PER_MIN) /* at least */
#define LAG_SAMPLES    3  /* of a stretch, at least; late ones that open it */
#define LAG_BAD        5  /* one in so many was late: too slow */
#define LAG_GOOD       20 /* fewer than one in so many: well again */
#define LAG_QUIET_MS   (10 * MS_PER_MIN) /* without any sample, at least: unknown */
#define LAG_QUIET_ASKS 3                 /* and so many that should have come */

static const struct subject subject = {SUBJECT_SELF, "loop"};

static void begin_stretch(struct lag *g, struct wall now)
{
	g->since = now;
	g->late = g->all = 0;
}

static void lag_open(struct step *st, struct lag *g)
{
	struct news news = {.kind = FACT_REOPENED};
	char worst[32];
	struct cause *c;

	news.incident = record_reopen(st, &subject);
	if (!news.incident) {
		news.kind = FACT_OPENED;
		news.incident = record_new(st, &subject, CLASS_SELF);
	}
	c = record_begin_cause(st, news.incident, "self", SEVERITY_MAJOR, g->since);
	(void)snprintf(c->words, sizeof(c->words),
	    "%d of %d asks were measured late, by %s at worst", g->late, g->all,
	    duration_human(g->worst_ms, worst, sizeof(worst)));
	incident_settle(news.incident);
	if (news.kind == FACT_OPENED || c->since.ms < news.incident->started.ms)
		news.incident->started = c->since;
	if (news.kind == FACT_OPENED)
		record_admit(st, news.incident);
	g->told = true;
	news_fact(st, &news, "%s since=%" PRId64 " %s",
	    severity_code(news.incident->severity_now), news.incident->started.ms,
	    c->words);
}

static void lag_close(
    struct step *st, struct lag *g, enum incident_end end, struct wall ended)
{
	struct incident *in = record_find(st->j, &subject);

	g->told = false;
	g->heard = (struct wall){0};
	if (!in)
		return;
	for (int i = 0; i < in->n_causes; i++)
		record_end_cause(&in->causes[i], ended);
	record_close(st, in, end);
	news_fact(st, &(struct news){.kind = FACT_CLOSED, .incident = in},
	    "%s since=%" PRId64 " until=%" PRId64, incident_end_code(in->end),
	    in->started.ms, in->ended.ms);
}

/* A stretch is over: what does it say? */
static void weigh(struct step *st, struct lag *g)
{
	bool well = g->late * LAG_GOOD < g->all || g->late == 0;

	if (g->told && well)
		lag_close(st, g, END_CLEARED, g->since);
	g->worst_ms = 0;
	begin_stretch(g, st->now);
	if (well && !g->told)
		g->since.ms = 0; /* until the next late one */
}

void lag_on_sample(struct step *st, const struct sample *s)
{
	struct lag *g = &st->j->lag;
	bool late = s->flags & FLAG_LOOP_LATE;
	int64_t lag_ms = s->lag_us / US_PER_MS, span_ms;

	if (!late && !g->since.ms && !g->told)
		return;
	st->up->ways_moved = true;
	g->heard = st->now;
	if (!g->since.ms || g->since.ms > st->now.ms)
		begin_stretch(g, st->now);
	g->all++;
	g->late += late;
	if (late && lag_ms > g->worst_ms)
		g->worst_ms = lag_ms;
	span_ms = wall_diff_ms(st->now, g->since);
	if (late && !g->told && span_ms >= LAG_OPEN_MS && g->late >= LAG_SAMPLES &&
	    g->late * LAG_BAD >= g->all)
		lag_open(st, g);
	if (g->all >= LAG_SAMPLES && span_ms >= LAG_STRETCH_MS)
		weigh(st, g);
}

/* As long as the quickest of all may be silent. */
static int64_t quiet_ms(const struct judge *j)
{
	int64_t pace = INT64_MAX / LAG_QUIET_ASKS;

	for (size_t i = 0; i < j->n_targets; i++) {
		if (j->targets[i]->conf.interval_ms < pace)
			pace = j->targets[i]->conf.interval_ms;
	}
	if (!j->n_targets || pace * LAG_QUIET_ASKS < LAG_QUIET_MS)
		return LAG_QUIET_MS;
	return pace * LAG_QUIET_ASKS;
}

int64_t lag_wake_ms(const struct judge *j)
{
	if (!j->lag.told || !j->lag.heard.ms)
		return INT64_MAX;
	return j->lag.heard.ms + quiet_ms(j);
}

void lag_on_time(struct step *st)
{
	struct lag *g = &st->j->lag;
	struct wall heard = g->heard;

	if (lag_wake_ms(st->j) > st->now.ms)
		return;
	st->up->ways_moved = true;
	lag_close(st, g, END_UNMEASURABLE, heard);
	*g = (struct lag){0};
}

void lag_on_gap(struct step *st)
{
	if (st->j->lag.told)
		st->j->lag.heard = st->now;
	if (!st->j->lag.since.ms)
		return;
	begin_stretch(&st->j->lag, st->now);
	st->up->ways_moved = true;
}

void lag_adopt(struct judge *j, const struct incident *in)
{
	if (subject_eq(&in->subject, &subject))
		j->lag.told = true;
}

json_t *lag_dump(const struct lag *g)
{
	return json_pack("{s:I, s:i, s:i, s:I, s:b, s:I}", "since",
	    (json_int_t)g->since.ms, "late", g->late, "all", g->all, "worst_ms",
	    (json_int_t)g->worst_ms, "told", g->told, "heard", (json_int_t)g->heard.ms);
}

bool lag_restore(struct lag *g, const json_t *v)
{
	struct lag got = {.told = json_is_true(json_at(v, "told"))};
	int64_t late, all;

	if (!v) /* a row of an older version */
		return true;
	if (!state_time(v, "since", &got.since) ||
	    !state_int(v, "late", 0, STATE_MAX_COUNT, &late) ||
	    !state_int(v, "all", late, STATE_MAX_COUNT, &all) ||
	    !state_int(v, "worst_ms", 0, INT64_MAX / 2, &got.worst_ms) ||
	    (json_at(v, "heard") && !state_time(v, "heard", &got.heard)))
		return false;
	got.late = (int)late;
	got.all = (int)all;
	*g = got;
	return true;
}
