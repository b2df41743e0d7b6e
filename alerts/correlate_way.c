/* SPDX-License-Identifier: MIT
 *
 * Our own ways out: clear or impaired. Impaired means that silent failures on it are no
 * evidence, that what was nearly opened on them is withdrawn before it is told, and that
 * what was told within the last three minutes is retracted. It is told as one incident of
 * our own, and clear again after four good control answers in a row.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "alerts/correlate_parts.h"

struct way *way_of(struct judge *j, const struct watched *t)
{
	int i = t->conf.way < j->n_ways ? t->conf.way : 0;

	return &j->ways[i];
}

const char *way_text(const struct way *w)
{
	return w->name[0] ? w->name : "vantage";
}

/* --- telling -------------------------------------------------------------------- */

static void say_words(const struct way *w, struct cause *c)
{
	if (way_live(w))
		str_copy(c->words, sizeof(c->words),
		    "the control addresses do not answer either");
	else
		str_copy(c->words, sizeof(c->words),
		    "providers that have nothing in common do not answer");
}

void way_tell(struct step *st, struct way *w)
{
	struct subject subject = way_subject(w);
	struct news news = {.kind = FACT_OPENED};
	struct cause *c;

	if (!way_is_serious(w, st->now) || record_find(st->j, &subject))
		return;
	news.incident = record_reopen(st, &subject);
	if (news.incident)
		news.kind = FACT_REOPENED;
	else
		news.incident = record_new(st, &subject, CLASS_SELF);
	c = record_begin_cause(
	    st, news.incident, "self", SEVERITY_MAJOR, (struct wall){w->impaired_ms});
	say_words(w, c);
	incident_settle(news.incident);
	if (news.kind == FACT_OPENED || c->since.ms < news.incident->started.ms)
		news.incident->started = c->since;
	if (news.kind == FACT_OPENED)
		record_admit(st, news.incident);
	news_fact(st, &news, "%s since=%" PRId64 " %s",
	    severity_code(news.incident->severity_now), news.incident->started.ms,
	    c->words);
}

/* Its incident is over as of when it was clear. */
static void close_story(struct step *st, struct way *w)
{
	struct subject subject = way_subject(w);
	struct incident *in = record_find(st->j, &subject);

	st->up->ways_moved = true;
	w->over_ms = 0;
	if (!in)
		return;
	for (int i = 0; i < in->n_causes; i++)
		record_end_cause(&in->causes[i], (struct wall){w->cleared_ms});
	record_close(st, in, END_CLEARED);
	news_fact(st, &(struct news){.kind = FACT_CLOSED, .incident = in},
	    "%s since=%" PRId64 " until=%" PRId64, incident_end_code(in->end),
	    in->started.ms, in->ended.ms);
}

/* Judging goes on at once. A network that comes and goes is one story: what was opened
 * again must stay well before it is told as over. */
static void clear(struct step *st, struct way *w)
{
	struct subject subject = way_subject(w);
	const struct incident *in = record_find(st->j, &subject);
	int dwells = in ? in->reopened : 0;

	news_trace(st, way_text(w), "clear", "start=%" PRId64, w->impaired_ms);
	w->impaired_ms = 0;
	w->good_run = w->ok_run = 0;
	w->ask_ms = w->used && w->n_controls ? st->now.ms + WAY_LOOK_MS : 0;
	w->cleared_ms = st->now.ms;
	w->over_ms = st->now.ms +
		     WAY_DWELL_MS * (dwells < WAY_DWELL_MOST ? dwells : WAY_DWELL_MOST);
	if (dwells == 0 || !w->used)
		close_story(st, w);
}

void way_swallow(struct step *st, struct way *w, const struct sample *s)
{
	struct subject subject = way_subject(w);
	struct incident *in = record_find(st->j, &subject);

	if (w->swallowed < WAY_TELL_COUNT)
		w->swallowed++;
	if (in && s->at.ms >= in->started.ms)
		incident_tally(in, s);
	st->up->ways_moved = true;
	way_tell(st, w);
}

/* --- clear again ---------------------------------------------------------------- */

/* A control that is silent all the time while another one answers is down by itself. */
static void count_run(struct way *w, struct control *c, bool answered)
{
	int before = c->run;

	if (answered)
		c->run = before < 0 ? 1 : before < WAY_ALONE ? before + 1 : WAY_ALONE;
	else
		c->run = before > 0 ? -1 : before > -WAY_ALONE ? before - 1 : -WAY_ALONE;
	for (int i = 0; i < w->n_controls && c->run == -WAY_ALONE; i++) {
		if (w->controls[i].live && w->controls[i].run == WAY_ALONE)
			c->live = false;
	}
}

void way_on_control(struct step *st, struct way *w, struct control *c, bool answered)
{
	st->up->ways_moved = true;
	c->live |= answered;
	w->answered |= answered;
	count_run(w, c, answered);
	if (!w->impaired_ms || !c->live)
		return;
	w->good_run = answered ? w->good_run + 1 : 0;
	if (w->good_run >= WAY_CLEAR_RUN)
		clear(st, w);
}

/* Controls that are silent while everybody else answers are no witnesses any more. */
static void outvote(struct step *st, struct way *w)
{
	for (int i = 0; i < w->n_controls; i++)
		w->controls[i].live = false;
	clear(st, w);
}

/* Who has been silent all the time is down by itself, if others answer. */
void way_on_word(
    struct step *st, const struct watched *t, const struct sample *s, bool answered)
{
	struct way *w = way_of(st->j, t);
	int need = way_live(w) ? WAY_OK_RUN : WAY_CLEAR_RUN;

	st->up->ways_moved |= answered && !w->answered;
	w->answered |= answered;
	if (!w->impaired_ms || s->at.ms <= w->impaired_ms)
		return;
	st->up->ways_moved = true;
	if (!answered) {
		if (t->last_answer.ms > w->impaired_ms)
			w->ok_run = 0;
		return;
	}
	if (s->at.ms - w->ok_ms < WAY_OK_GAP_MS)
		return;
	w->ok_ms = s->at.ms;
	if (++w->ok_run >= need)
		outvote(st, w);
}

/* --- time and config ------------------------------------------------------------ */

void way_on_time(struct step *st)
{
	for (int i = 0; i < st->j->n_ways; i++) {
		struct way *w = &st->j->ways[i];
		uint32_t live = way_live(w), all = (UINT32_C(1) << w->n_controls) - 1;

		way_tell(st, w);
		if (w->over_ms && w->over_ms <= st->now.ms)
			close_story(st, w);
		if (!w->ask_ms || w->ask_ms > st->now.ms)
			continue;
		(void)correlate_ask_controls(
		    st, i, w->impaired_ms && live ? live : all & ~live, st->now);
		w->ask_ms = st->now.ms + (w->impaired_ms ? WAY_ASK_MS : WAY_LOOK_MS);
		if (live == all && !w->impaired_ms)
			w->ask_ms =
			    0; /* all are known to answer: until there is an occasion */
		st->up->ways_moved = true;
	}
}

int64_t way_next_ms(const struct judge *j)
{
	int64_t at = INT64_MAX;

	for (int i = 0; i < j->n_ways; i++) {
		const struct way *w = &j->ways[i];
		struct subject subject = way_subject(w);
		int64_t one = INT64_MAX;

		if (w->ask_ms || w->impaired_ms || w->over_ms)
			one = way_wake_ms(w, record_find(j, &subject) != NULL);
		at = one < at ? one : at;
	}
	return at;
}

static bool is_used(const struct judge_config *c, int way)
{
	for (size_t i = 0; i < c->n_targets; i++) {
		if (c->targets[i].remote && c->targets[i].way == way)
			return true;
	}
	return false;
}

/* Trouble of a way that nobody takes any more is over. */
static void retire_ways(struct step *st, const struct way *old, int n_old)
{
	for (int i = 0; i < n_old; i++) {
		struct way gone = old[i];
		bool kept = false;

		for (int k = 0; k < st->j->n_ways; k++)
			kept |= strcmp(st->j->ways[k].name, gone.name) == 0 &&
				st->j->ways[k].used;
		if (kept || (!gone.impaired_ms && !gone.over_ms))
			continue;
		gone.used = false;
		clear(st, &gone);
		for (int k = 0; k < st->j->n_ways; k++) {
			if (strcmp(st->j->ways[k].name, gone.name) == 0)
				st->j->ways[k].impaired_ms = st->j->ways[k].over_ms = 0;
		}
	}
}

static void take_way(struct step *st, struct way *w, const struct way *old, int n_old,
    const struct judge_way *conf)
{
	memset(w, 0, sizeof(*w));
	for (int i = 0; i < n_old; i++) {
		if (strcmp(old[i].name, conf ? conf->name : "") == 0)
			*w = old[i];
	}
	if (!conf)
		return;
	str_copy(w->name, sizeof(w->name), conf->name);
	if (w->n_controls != conf->n_controls)
		memset(w->controls, 0, sizeof(w->controls));
	w->n_controls =
	    conf->n_controls < WITNESS_CONTROLS ? conf->n_controls : WITNESS_CONTROLS;
	(void)st;
}

void way_config(struct step *st, const struct judge_config *c)
{
	struct judge *j = st->j;
	struct way old[WAY_MAX];
	int n_old = j->n_ways;

	memcpy(old, j->ways, sizeof(old));
	j->n_ways = c->n_ways == 0 ? 1 : c->n_ways < WAY_MAX ? (int)c->n_ways : WAY_MAX;
	for (int i = 0; i < j->n_ways; i++) {
		struct way *w = &j->ways[i];

		take_way(st, w, old, n_old, c->n_ways ? &c->ways[i] : NULL);
		w->used = is_used(c, i);
		/* The first look: who answers is known before it is needed. */
		if (!w->used || w->n_controls == 0)
			w->ask_ms = 0;
		else if (way_live(w) == 0 && !w->ask_ms)
			w->ask_ms = st->now.ms;
	}
	retire_ways(st, old, n_old);
	way_on_time(st);
}

bool way_adopt(struct step *st, struct incident *in)
{
	bool known = in->subject.kind != SUBJECT_SELF ||
		     strncmp(in->subject.id, WAY_SUBJECT, strlen(WAY_SUBJECT)) != 0;

	for (int i = 0; i < st->j->n_ways; i++) {
		struct way *w = &st->j->ways[i];
		struct subject subject = way_subject(w);

		if (!subject_eq(&subject, &in->subject))
			continue;
		known = true;
		if (st->j->way_stash[i])
			state_tally_apply(st->j->way_stash[i], in, "");
		if (w->impaired_ms || w->over_ms)
			continue;
		w->impaired_ms = in->started.ms;
		w->ask_ms = w->n_controls ? st->now.ms : 0;
		if (!w->used)
			clear(st, w);
	}
	return known;
}
