/* SPDX-License-Identifier: MIT
 *
 * Are we ourselves too slow to judge? A sample that was taken while our own loop was late
 * is no evidence; when that lasts, it is an incident of ours, never an outage. Counted in
 * stretches: it opens when after a minute and more another one is late and a fifth of all
 * were; it is over when of two minutes less than a twentieth was. So neither one hiccup
 * nor a slow pace decides.
 */
#include <inttypes.h>
#include <stdio.h>

#include "alerts/correlate_parts.h"

#define LAG_OPEN_MS    MS_PER_MIN /* from the first late one to the one that opens it */
#define LAG_STRETCH_MS (2 * MS_PER_MIN) /* at least */
#define LAG_SAMPLES    3  /* of a stretch, at least; late ones that open it */
#define LAG_BAD        5  /* one in so many was late: too slow */
#define LAG_GOOD       20 /* fewer than one in so many: well again */

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
	if (news.kind == FACT_OPENED) {
		news.incident->started = c->since;
		record_admit(st, news.incident);
	}
	g->told = true;
	news_fact(st, &news, "%s since=%" PRId64 " %s",
	    severity_code(news.incident->severity_now), news.incident->started.ms,
	    c->words);
}

static void lag_close(struct step *st, struct lag *g)
{
	struct incident *in = record_find(st->j, &subject);

	g->told = false;
	if (!in)
		return;
	for (int i = 0; i < in->n_causes; i++)
		record_end_cause(&in->causes[i], g->since);
	record_close(st, in, END_CLEARED);
	news_fact(st, &(struct news){.kind = FACT_CLOSED, .incident = in},
	    "%s since=%" PRId64 " until=%" PRId64, incident_end_code(in->end),
	    in->started.ms, in->ended.ms);
}

/* A stretch is over: what does it say? */
static void weigh(struct step *st, struct lag *g)
{
	bool well = g->late * LAG_GOOD < g->all || g->late == 0;

	if (g->told && well)
		lag_close(st, g);
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

void lag_on_gap(struct step *st)
{
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
	return json_pack("{s:I, s:i, s:i, s:I, s:b}", "since", (json_int_t)g->since.ms,
	    "late", g->late, "all", g->all, "worst_ms", (json_int_t)g->worst_ms, "told",
	    g->told);
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
	    !state_int(v, "worst_ms", 0, INT64_MAX / 2, &got.worst_ms))
		return false;
	got.late = (int)late;
	got.all = (int)all;
	*g = got;
	return true;
}
