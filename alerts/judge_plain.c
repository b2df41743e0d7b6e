/* SPDX-License-Identifier: MIT
 *
 * Incidents with one cause and no detector. A notice: a target gives only answers that
 * are our own fault (key, quota, request), so it is blind; told once, never an outage;
 * another reason meanwhile changes the words and is not told. And trouble of our own:
 * whoever has it says when it begins and ends.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "alerts/judge_parts.h"

/* --- notices -------------------------------------------------------------------- */

static void say_reason(struct cause *c, enum outcome o)
{
	const struct outcome_row *row = outcome_row(o);

	(void)snprintf(c->words, sizeof(c->words), "%s: %s%s%s", row->code, row->sentence,
	    *row->advice ? "; " : "", row->advice);
}

/* The run (of one at least) that made it blind: its first sample is kept, the others are
 * counted. */
static void count_run(struct incident *in, const struct watched *t)
{
	in->samples += (uint32_t)t->us_run;
	in->failures += (uint32_t)t->us_run;
	in->outcomes[t->us_outcome] += (uint32_t)t->us_run;
	if (in->first_error.at.ms == 0)
		in->first_error = *t->us_first;
	in->last_error = *t->us_first;
}

void notice_raise(struct step *st, struct watched *t)
{
	struct subject subject = watched_subject(t, SUBJECT_ACCESS);
	struct incident *in = record_reopen(st, &subject);
	bool fresh = !in;
	struct cause *c;

	if (fresh) {
		in = record_new(st, &subject, CLASS_NOTICE);
		in->never_up = !t->ever_up;
		str_copy(in->provider, sizeof(in->provider), t->conf.provider);
		str_copy(in->region, sizeof(in->region), t->conf.region);
		incident_add_target(in, t->conf.name);
	}
	c = record_begin_cause(st, in, "notice", SEVERITY_MINOR, t->us_first->at);
	say_reason(c, t->us_outcome);
	count_run(in, t);
	incident_settle(in);
	if (fresh || c->since.ms < in->started.ms)
		in->started = c->since;
	if (fresh)
		record_admit(st, in);
	t->notice = in;
	news_fact(st, &(struct news){.kind = FACT_NOTICE, .target = t, .incident = in},
	    "since=%" PRId64 " %s", in->started.ms, c->words);
}

void notice_on_excluded(struct step *st, struct watched *t, const struct sample *s)
{
	struct cause *c;

	(void)st;
	if (!t->notice)
		return;
	incident_tally(t->notice, s);
	c = incident_cause(t->notice, "notice");
	if (c)
		say_reason(c, s->outcome);
}

void notice_clear(
    struct step *st, struct watched *t, struct wall ended, enum incident_end how)
{
	struct incident *in = t->notice;
	struct cause *c = incident_cause(in, "notice");

	if (c)
		record_end_cause(c, ended);
	record_close(st, in, how);
	t->notice = NULL;
	news_fact(st, &(struct news){.kind = FACT_CLEARED, .target = t, .incident = in},
	    "%s since=%" PRId64 " until=%" PRId64, incident_end_code(how), in->started.ms,
	    in->ended.ms);
}

/* --- trouble of our own --------------------------------------------------------- */

static void own_open(
    struct step *st, const struct subject *subject, const struct judge_event *ev)
{
	struct incident *in = record_reopen(st, subject);
	struct news news = {.kind = in ? FACT_REOPENED : FACT_OPENED};
	struct cause *c;

	if (!in)
		in = record_new(st, subject, CLASS_SELF);
	c = record_begin_cause(st, in, "self", ev->u.own.severity, st->now);
	str_copy(c->words, sizeof(c->words), ev->u.own.words);
	incident_settle(in);
	if (news.kind == FACT_OPENED)
		record_admit(st, in);
	news.incident = in;
	news_fact(st, &news, "%s since=%" PRId64 " %s", severity_code(in->severity_now),
	    in->started.ms, c->words);
}

void own_step(struct step *st, const struct judge_event *ev)
{
	struct subject subject = {.kind = SUBJECT_SELF};
	struct incident *in;
	struct cause *c;
	struct news news = {.kind = FACT_CHANGED};

	str_copy(subject.id, sizeof(subject.id), ev->u.own.id);
	in = record_find(st->j, &subject);
	if (!in) {
		if (ev->u.own.failing)
			own_open(st, &subject, ev);
		return;
	}
	news.incident = in;
	news.from = in->severity_now;
	if (!ev->u.own.failing) {
		record_close(st, in, END_CLEARED);
		news.kind = FACT_CLOSED;
		news_fact(st, &news, "%s since=%" PRId64 " until=%" PRId64,
		    incident_end_code(in->end), in->started.ms, in->ended.ms);
		return;
	}
	c = incident_add_cause(in, "self");
	if (!c)
		return;
	c->severity = ev->u.own.severity;
	str_copy(c->words, sizeof(c->words), ev->u.own.words);
	if (incident_settle(in))
		news_fact(st, &news, "%s %s", severity_code(in->severity_now), c->words);
}
