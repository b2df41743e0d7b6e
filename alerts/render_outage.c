/* SPDX-License-Identifier: MIT
 *
 * News of a provider's outage or slowness: it began, changed, came back, is over, or was
 * our own fault after all.
 */
#include <inttypes.h>
#include <string.h>

#include "alerts/render.h"
#include "alerts/sentences.h"
#include "alerts/sentences_outage.h"

static bool has_eased(const struct talk *t)
{
	return t->m->kind == MESSAGE_CHANGED && t->in->severity_now < t->in->severity;
}

static void open_title(struct talk *t)
{
	const char *who = t->in->subject.id, *state = words_state(t->l, t->in);

	if (has_eased(t))
		talk_title(t, OPEN_EASED(t->l), who, state);
	else if (t->m->kind == MESSAGE_CHANGED)
		talk_title(t, OPEN_NOW(t->l), who, state);
	else if (t->m->kind == MESSAGE_REOPENED)
		talk_title(t, OPEN_AGAIN(t->l), who, state);
	else if (t->m->kind == MESSAGE_REMINDER)
		talk_title(t, OPEN_STILL(t->l), who, state);
	else
		talk_title(t, OPEN_IS(t->l), who, state);
}

/* "[critical] deepseek is down: 5 of 6 requests failed (overloaded). Use qwen. #7Q2A" */
static void open_lock_screen(struct talk *t)
{
	const char *tag = has_eased(t)                     ? LOCK_EASED_TO(t->l)
			  : t->m->kind == MESSAGE_CHANGED  ? LOCK_NOW(t->l)
			  : t->m->kind == MESSAGE_REMINDER ? LOCK_STILL(t->l)
							   : "";
	enum outcome reason = words_reason(t->in);
	struct str s;

	str_init(&s, 512);
	str_addf(&s, t->m->kind == MESSAGE_REOPENED ? LOCK_IS_AGAIN(t->l) : LOCK_IS(t->l),
	    tag, words_severity(t->l, t->in->severity_now), t->in->subject.id,
	    words_state(t->l, t->in));
	if (t->in->never_up)
		str_adds(&s, LOCK_NEVER_UP(t->l));
	else if (t->failed[0] && reason != OUTCOME_OK)
		str_addf(&s, LOCK_FAILED(t->l), t->failed, outcome_code(reason));
	if (t->m->alternative[0])
		str_addf(&s, LOCK_USE(t->l), t->m->alternative);
	talk_lock_screen(t, "%s", str_c(&s));
	str_fini(&s);
}

static const char *fault_sentence(const struct talk *t)
{
	if (t->in->never_up)
		return "";
	if (t->in->subject.kind == SUBJECT_SHARED)
		return SUM_COMMON(t->l);
	if (words_is_unreachable(t->in))
		return SUM_NO_ANSWER(t->l);
	return SUM_THEIRS(t->l);
}

static void open_summary(struct talk *t)
{
	const struct incident *in = t->in;
	struct str *s = &t->text;
	char lasts[48];

	if (t->m->kind == MESSAGE_REOPENED)
		str_adds(s, SUM_AGAIN(t->l));
	else if (has_eased(t))
		str_addf(s, SUM_EASED(t->l), words_severity(t->l, in->severity),
		    words_severity(t->l, in->severity_now));
	else if (t->m->kind == MESSAGE_REMINDER)
		str_addf(s, SUM_GOES_ON(t->l),
		    words_duration(t->l, wall_diff_ms(t->c->now, in->started), lasts,
			sizeof(lasts)));
	else if (t->m->kind == MESSAGE_CHANGED)
		str_addf(s, SUM_NOW(t->l), words_severity(t->l, in->severity_now));
	if (in->never_up)
		str_adds(s, SUM_NEVER_UP(t->l));
	str_addf(s, SUM_SINCE(t->l),
	    words_is_slow(in) ? SUM_SLOW(t->l)
	    : t->failed[0]    ? t->failed
			      : SUM_FAILING(t->l),
	    t->since);
	if (t->mix[0])
		str_addf(s, SUM_MIX(t->l), t->mix);
	str_addf(s, SUM_FROM(t->l), t->place);
	if (t->m->alternative[0])
		str_addf(s, SUM_USE(t->l), t->m->alternative);
	str_adds(s, fault_sentence(t));
	render_page_sentence(t);
}

static void fault_fact(struct talk *t)
{
	const char *provider = t->in->subject.kind == SUBJECT_SHARED ? t->in->subject.id
			       : t->in->provider[0]                  ? t->in->provider
						    : FAULT_PROVIDER(t->l);

	if (t->in->never_up)
		talk_fact(t, FACT_FAULT(t->l), FAULT_UNKNOWN(t->l));
	else if (words_is_unreachable(t->in))
		talk_fact(t, FACT_FAULT(t->l), FAULT_WAY(t->l), provider, t->place);
	else
		talk_fact(t, FACT_FAULT(t->l), FAULT_THEIRS(t->l), provider);
}

static void failed_fact(struct talk *t)
{
	const struct incident *in = t->in;

	if (in->samples && in->failures)
		talk_fact(t, FACT_FAILED(t->l), FAILED_SHARE(t->l), in->failures,
		    in->samples, 100.0 * in->failures / in->samples);
}

static void cause_fact(struct talk *t)
{
	struct str s;

	str_init(&s, 1024);
	for (int i = 0; i < t->in->n_causes; i++) {
		const struct cause *c = &t->in->causes[i];

		if (t->in->state == INCIDENT_OPEN && !c->active)
			continue;
		str_addf(&s, "%s%s%s%s", s.len ? CAUSE_NEXT(t->l) : "", c->detector,
		    c->words[0] ? SAY_COLON(t->l) : "", c->words);
	}
	message_fact(t->m, true, FACT_NOTICED(t->l), str_c(&s));
	str_fini(&s);
}

static void open_facts(struct talk *t)
{
	const struct incident *in = t->in;
	char text[256], ago[48];

	if (has_eased(t))
		talk_fact(t, FACT_SEVERITY(t->l), SEVERITY_WAS(t->l),
		    words_severity(t->l, in->severity_now),
		    words_severity(t->l, in->severity));
	else
		talk_fact(
		    t, FACT_SEVERITY(t->l), "%s", words_severity(t->l, in->severity_now));
	fault_fact(t);
	talk_fact(t, FACT_WHY(t->l), "%s", t->mix);
	talk_fact(t, FACT_SINCE(t->l), SINCE_AGO(t->l), t->since,
	    words_duration(t->l, wall_diff_ms(t->c->now, in->started), ago, sizeof(ago)));
	failed_fact(t);
	talk_fact(t, FACT_USE(t->l), "%s", t->m->alternative);
	talk_fact(
	    t, FACT_AFFECTED(t->l), "%s", words_targets(t->l, in, text, sizeof(text)));
	render_page_fact(t);
	talk_errors(t);
	cause_fact(t);
}

static void tell_open(struct talk *t)
{
	if (t->c->alternative)
		str_copy(t->m->alternative, sizeof(t->m->alternative), t->c->alternative);
	open_title(t);
	open_lock_screen(t);
	open_summary(t);
	open_facts(t);
	talk_evidence(t, t->in->last_error.message);
}

static void end_facts(struct talk *t, bool end_is_known)
{
	char text[256];

	if (end_is_known) {
		talk_fact(t, FACT_LASTED(t->l), "%s", t->lasted);
		talk_fact(t, FACT_WHEN(t->l), "%s", t->range);
	} else {
		talk_fact(t, FACT_SINCE(t->l), "%s", t->since);
	}
	talk_fact(t, FACT_SEVERITY(t->l), "%s", words_severity(t->l, t->in->severity));
	talk_fact(t, FACT_WHY(t->l), "%s", t->mix);
	failed_fact(t);
	if (t->in->reopened)
		talk_fact(t, FACT_RELAPSES(t->l), "%d", t->in->reopened);
	if (t->in->unknown_ms)
		talk_fact(t, FACT_NOT_WATCHED(t->l), PART_OF_IT(t->l),
		    words_duration(t->l, t->in->unknown_ms, text, sizeof(text)));
	talk_fact(
	    t, FACT_AFFECTED(t->l), "%s", words_targets(t->l, t->in, text, sizeof(text)));
	render_page_fact(t);
	talk_errors(t);
}

/* "5 of 6 requests failed (overloaded 4, stalled 1), seen from hk-1. " */
static void count_sentence(struct talk *t)
{
	if (t->failed[0])
		str_addf(&t->text, END_COUNT_FROM(t->l), t->failed, t->mix, t->place);
}

static void tell_both(struct talk *t)
{
	const char *who = t->in->subject.id, *state = words_state(t->l, t->in);
	const char *delay = t->delay[0] ? t->delay : END_FIRST_NOTICE(t->l);

	talk_title(t, BOTH_TITLE(t->l), who, state, t->lasted);
	talk_lock_screen(t, BOTH_LOCK(t->l), who, state, t->range, delay);
	str_addf(&t->text, BOTH_TEXT(t->l), who, state, t->range, delay);
	count_sentence(t);
	str_adds(&t->text, BOTH_END(t->l));
	end_facts(t, true);
}

static void tell_recovered(struct talk *t)
{
	const char *who = t->in->subject.id;
	const char *well = t->in->class == CLASS_SLOW ? BACK_FAST(t->l) : BACK_WELL(t->l);

	talk_title(t, BACK_TITLE(t->l), who, well, t->lasted);
	talk_lock_screen(t, BACK_LOCK(t->l), who, well, t->lasted, t->range);
	str_addf(
	    &t->text, BACK_TEXT(t->l), words_state(t->l, t->in), t->range, t->lasted);
	count_sentence(t);
	str_adds(&t->text, NOTHING_LEFT(t->l));
	end_facts(t, true);
}

/* Closed without a verdict: nobody knows whether it is back. */
struct unknown_end {
	enum incident_end end;
	const char *what[LANGUAGE_COUNT], *why[LANGUAGE_COUNT];
};

#define EACH(sentence)                                                                   \
	{                                                                                \
		sentence(LANGUAGE_EN), sentence(LANGUAGE_ZH)                             \
	}

static const struct unknown_end unknown_ends[] = {
    {END_UNWATCHED,    EACH(GONE_WHAT),   EACH(GONE_WHY)  },
    {END_UNMEASURABLE, EACH(BLIND_WHAT),  EACH(BLIND_WHY) },
    {END_CLEARED,      EACH(ANEW_WHAT),   EACH(ANEW_WHY)  },
    {END_BEHIND,       EACH(BEHIND_WHAT), EACH(BEHIND_WHY)},
};

static const struct unknown_end *find_unknown_end(enum incident_end end)
{
	for (size_t i = 0; i < sizeof(unknown_ends) / sizeof(unknown_ends[0]); i++) {
		if (unknown_ends[i].end == end)
			return &unknown_ends[i];
	}
	return NULL;
}

static void tell_unknown_end(struct talk *t, const struct unknown_end *e)
{
	const char *who = t->in->subject.id, *what = e->what[t->l];
	char closed[48];

	talk_title(t, "%s %s", who, what);
	talk_lock_screen(t, CLOSED_LOCK(t->l), who, what);
	str_addf(&t->text, CLOSED_TEXT(t->l), e->why[t->l],
	    words_time(t->l, t->in->closed, t->c->now, closed, sizeof(closed)), t->since);
	end_facts(t, false);
}

static void tell_new_normal(struct talk *t)
{
	const char *who = t->in->subject.id;

	talk_title(t, HABIT_TITLE(t->l), who);
	talk_lock_screen(t, HABIT_LOCK(t->l), who, t->since);
	str_addf(&t->text, HABIT_TEXT(t->l), t->since);
	end_facts(t, false);
}

static void tell_retracted(struct talk *t)
{
	const char *who = t->in->subject.id;

	talk_title(t, RETRACTED_TITLE(t->l), who, words_state(t->l, t->in));
	talk_lock_screen(
	    t, RETRACTED_LOCK(t->l), who, words_state(t->l, t->in), t->place);
	str_addf(&t->text, RETRACTED_TEXT(t->l), t->since, t->place, who);
	talk_fact(t, FACT_FAULT(t->l), FAULT_OURS(t->l), t->place);
	talk_fact(t, FACT_WHEN(t->l), "%s", t->range);
	talk_fact(t, FACT_WHY(t->l), "%s", t->mix);
	talk_errors(t);
}

void render_outage(struct talk *t)
{
	const struct unknown_end *e = find_unknown_end(t->in->end);

	if (t->m->kind == MESSAGE_RETRACTED)
		tell_retracted(t);
	else if (t->m->kind != MESSAGE_RESOLVED)
		tell_open(t);
	else if (e)
		tell_unknown_end(t, e);
	else if (t->in->end == END_NEW_NORMAL)
		tell_new_normal(t);
	else if (t->m->late_both)
		tell_both(t);
	else
		tell_recovered(t);
}
