/* SPDX-License-Identifier: MIT
 *
 * See the header. One function a sentence; a sentence that has nothing to say is left
 * out.
 */
#include "agent/why.h"

#include <inttypes.h>
#include <string.h>

#include "agent/why_words.h"

void why_see(struct why_seen *w, const struct sample *s, enum judged judged)
{
	w->asks++;
	if (judged == JUDGED_PATH || judged == JUDGED_LATE ||
	    judged == JUDGED_MAINTENANCE) {
		w->excluded++;
		w->path += judged == JUDGED_PATH;
		w->late += judged == JUDGED_LATE;
		w->maintenance += judged == JUDGED_MAINTENANCE;
	} else if (outcome_is_failure(s->outcome)) {
		w->failed++;
		w->failures[s->outcome]++;
		if (!w->first_error.at.ms)
			incident_error_from(&w->first_error, s);
		incident_error_from(&w->last_error, s);
	} else if (outcome_is_excluded(s->outcome)) {
		w->excluded++;
		w->of[s->outcome]++;
	} else {
		w->good++;
	}
}

/* --- words ------------------------------------------------------------------------ */

static const char *health_words(const struct explain *ex)
{
	static const char *const words[HEALTH_COUNT] = {
	    [HEALTH_UNKNOWN] = "unknown",
	    [HEALTH_UP] = "up",
	    [HEALTH_SUSPECT] = "suspect (not an outage yet)",
	    [HEALTH_DEGRADED] = "degraded",
	    [HEALTH_DOWN] = "down",
	    [HEALTH_RECOVERING] = "recovering",
	};
	if (ex->slow && ex->health == HEALTH_UP)
		return "up, but slow";
	return words[ex->health];
}

/* --- what was seen ---------------------------------------------------------------- */

static void tell_failures(
    const struct teller *t, const struct why_seen *w, const char *when)
{
	uint32_t counted = w->good + w->failed;
	str_addf(t->out, "%s ", when);
	if (!counted) {
		str_adds(t->out, "nothing was seen that says anything about it.\n");
	} else if (!w->failed) {
		str_adds(t->out, counted == 1 ? "the only ask" : "all ");
		if (counted > 1)
			why_count(t, counted, "ask");
		if (w->excluded)
			str_adds(t->out, counted == 1 ? " that counts" : " that count");
		str_addf(t->out, " %s answered.\n", counted == 1 ? "was" : "were");
	} else {
		str_addf(t->out, "%" PRIu32 " of ", w->failed);
		why_count(t, counted, "ask");
		str_adds(t->out, " failed: ");
		why_mix(t, w->failures);
		str_adds(t->out, ".\n");
	}
}

static void tell_excluded(const struct teller *t, const struct why_seen *w)
{
	const char *comma = "";
	if (!w->excluded)
		return;
	why_count(t, w->excluded, "ask");
	str_adds(t->out, w->excluded == 1 ? " does not count: " : " do not count: ");
	for (int o = 0; o < OUTCOME_COUNT; o++) {
		if (!w->of[o])
			continue;
		str_addf(t->out, "%s%s %" PRIu32 " (%s)", comma,
		    outcome_code((enum outcome)o), w->of[o],
		    blame_word(outcome_blame((enum outcome)o)));
		comma = ", ";
	}
	const struct {
		uint32_t n;
		const char *why;
	} judged[] = {
	    {w->path,        "it was our own network"   },
	    {w->late,        "our own machine was late" },
	    {w->maintenance, "maintenance was announced"},
	};
	for (size_t i = 0; i < sizeof judged / sizeof *judged; i++) {
		if (!judged[i].n)
			continue;
		str_addf(t->out, "%s%s %" PRIu32, comma, judged[i].why, judged[i].n);
		comma = ", ";
	}
	str_adds(t->out, ".\n");
}

/* Whether they answered is what tells their fault from our network's. */
static void tell_fault(const struct teller *t, const uint32_t *counts)
{
	uint32_t answered = 0, silent = 0;
	for (int o = 0; o < OUTCOME_COUNT; o++) {
		enum evidence e = outcome_row((enum outcome)o)->evidence;
		if (!outcome_is_failure((enum outcome)o))
			continue;
		answered += e == EVIDENCE_ANSWERED ? counts[o] : 0;
		silent += e == EVIDENCE_SILENT ? counts[o] : 0;
	}
	if (answered && !silent) {
		str_adds(
		    t->out, "The fault is theirs: they answered, and with an error.\n");
	} else if (silent && !answered) {
		str_adds(t->out, "They did not answer at all.\n");
	} else if (silent) {
		str_adds(t->out, "The fault is theirs: they answered ");
		why_count(t, answered, "time");
		str_adds(t->out, " with an error, and ");
		why_count(t, silent, "time");
		str_adds(t->out, " not at all.\n");
	}
}

static void tell_first(const struct teller *t, const struct incident_error *er)
{
	if (!er->at.ms)
		return;
	str_adds(t->out, "It began at ");
	why_time(t, er->at);
	str_adds(t->out, " with ");
	why_error(t, er);
	str_adds(t->out, ".\n");
}

static void tell_last(
    const struct teller *t, const struct incident_error *er, const char *begin)
{
	if (!er->at.ms)
		return;
	str_addf(t->out, "%s ", begin);
	why_time(t, er->at);
	str_adds(t->out, ": ");
	why_error(t, er);
	str_adds(t->out, ".\n");
}

/* --- what was decided ------------------------------------------------------------- */

static void tell_causes(const struct teller *t, const struct incident *in)
{
	str_adds(t->out, "It was decided at ");
	why_time(t, in->opened);
	str_adds(t->out, ", ");
	why_span(t, wall_diff_ms(in->opened, in->started));
	str_adds(t->out, " after it began.\n");
	for (int i = 0; i < in->n_causes; i++) {
		const struct cause *c = &in->causes[i];
		str_addf(t->out, "  %s: %s", c->detector, c->words);
		if (!c->active) {
			str_adds(t->out, ", until ");
			why_time(t, c->ended);
		}
		str_adds(t->out, "\n");
	}
	if (in->reopened)
		str_addf(t->out, "It seemed over %d %s and came back.\n", in->reopened,
		    in->reopened == 1 ? "time" : "times");
	if (in->never_up)
		str_adds(t->out, "It has never been seen up from here: check key, model "
				 "and URL.\n");
}

/* The provider's own word, and who was first. */
static void tell_page(const struct teller *t, const struct incident *in)
{
	const struct incident_page *p = &in->page;
	int64_t after = wall_diff_ms(p->posted, in->opened);
	bool open = in->state == INCIDENT_OPEN;
	if (p->posted.ms) {
		str_adds(t->out, "Their status page spoke of it at ");
		why_time(t, p->posted);
		str_adds(t->out, ", ");
		why_span(t, after < 0 ? -after : after);
		str_addf(t->out, " %s we noticed", after < 0 ? "before" : "after");
		if (p->title[0])
			str_addf(t->out, ": \"%s\"", p->title);
		str_adds(t->out, ".\n");
	}
	if (p->state != PAGE_NONE)
		str_addf(t->out, "Their status page %s: %s.\n",
		    open ? "says" : "said when it was over", page_state_words(p->state));
}

static void tell_unknown(const struct teller *t, const struct incident *in)
{
	if (!in->unknown_ms)
		return;
	str_adds(t->out, "For ");
	why_span(t, in->unknown_ms);
	str_adds(t->out, " of it dimwatch was not looking.\n");
}

/* --- what comes next -------------------------------------------------------------- */

static void tell_pace(const struct teller *t, const struct explain *ex)
{
	const struct explain_next *next = ex->to_end.n ? &ex->to_end : &ex->to_alarm;
	str_adds(t->out, "It is asked every ");
	why_span(t, ex->pace_ms);
	if (next->n && next->gap < ex->pace_ms) {
		str_adds(t->out, ", and every ");
		why_span(t, next->gap);
		str_adds(t->out, ex->to_end.n ? " once it answers" : " after a failure");
	}
	str_adds(t->out, ".\n");
}

static void tell_next(const struct teller *t, const struct explain *ex)
{
	const struct explain_next *next = ex->to_end.n ? &ex->to_end : &ex->to_alarm;
	bool ends = ex->to_end.n != 0;
	if (!ex->auto_on) {
		str_adds(t->out, "Only your rules judge it (auto: off).\n");
		return;
	}
	if (!next->n)
		return;
	str_adds(t->out, ends ? "It is over after " : "It would be an outage after ");
	why_count(t, (uint32_t)next->n, ends ? "more good answer" : "more failure");
	if (next->n > 1) {
		str_adds(t->out, " in a row, within ");
		why_span(t, next->ms);
	}
	str_adds(t->out, ".\n");
}

/* --- stories ---------------------------------------------------------------------- */

static void tell_head(const struct teller *t, const struct why_target *w)
{
	struct wall since = w->open ? w->open->started : w->explain->since;
	str_addf(t->out, "%s is %s", w->name, health_words(w->explain));
	if (since.ms) {
		str_adds(t->out, " since ");
		why_time(t, since);
		str_adds(t->out, ", for ");
		why_span(t, wall_diff_ms(w->now, since));
	}
	if (w->open)
		str_addf(t->out, " (incident %s, %s)", w->open->short_id,
		    severity_code(w->open->severity_now));
	str_adds(t->out, ".\n");
	if (w->running)
		return;
	str_adds(t->out, "dimwatch is not running: this is how it stood at ");
	why_time(t, w->last_alive);
	str_adds(t->out, ".\n");
}

static void tell_blind(const struct teller *t, const struct why_target *w)
{
	const struct explain *ex = w->explain;
	const struct incident_error *er = w->notice ? &w->notice->last_error : NULL;
	if (ex->health != HEALTH_UNKNOWN)
		return;
	if (ex->behind[0]) {
		str_addf(t->out,
		    "It is behind %s, which has an outage: until that is over nothing is "
		    "known of it, and nothing is told.\n",
		    ex->behind);
		return;
	}
	if (er && er->at.ms) {
		str_addf(
		    t->out, "The fault is %s: ", blame_word(outcome_blame(er->outcome)));
		why_error(t, er);
		str_adds(t->out, ".\n");
		why_sentence(t, outcome_row(er->outcome)->sentence);
		why_sentence(t, outcome_row(er->outcome)->advice);
	} else if (ex->n_excluded) {
		str_adds(t->out, "The last ");
		why_count(t, (uint32_t)ex->n_excluded, "ask");
		str_addf(t->out, " cannot tell anything about it; the latest was %s.\n",
		    outcome_code(ex->last_excluded));
	} else {
		str_adds(t->out, "Nobody has asked it for a while.\n");
	}
}

static void tell_habits(const struct teller *t, const struct explain *ex)
{
	if (ex->usual_ms > 0) {
		str_adds(t->out, "At this hour its answers usually begin after ");
		why_span(t, (int64_t)ex->usual_ms);
		str_adds(t->out, ".\n");
	}
	str_addf(t->out, "Its habit is %.1f %% of failures.\n", 100 * ex->base_share);
}

static void tell_before(const struct teller *t, const struct incident *in)
{
	if (!in)
		return;
	str_addf(t->out, "Its last incident was %s, from ", in->short_id);
	why_time(t, in->started);
	str_adds(t->out, " on, for ");
	why_span(t, wall_diff_ms(in->ended, in->started));
	str_addf(t->out, " (%s).\n", incident_end_code(in->end));
}

void why_tell_target(
    const struct why_target *w, const struct why_clock *clock, struct str *out)
{
	const struct teller t = {out, clock};
	tell_head(&t, w);
	str_adds(out, "\n");
	if (w->open) {
		tell_first(&t, &w->open->first_error);
		tell_failures(&t, &w->seen, "Since it began");
		if (w->seen.last_error.at.ms > w->open->first_error.at.ms)
			tell_last(&t, &w->seen.last_error, "The last one at");
		tell_fault(&t, w->seen.failures);
		tell_causes(&t, w->open);
		tell_page(&t, w->open);
		tell_unknown(&t, w->open);
	} else {
		tell_blind(&t, w);
		if (w->seen.asks)
			tell_failures(&t, &w->seen, "In the last hour");
		tell_last(&t, &w->seen.last_error,
		    w->seen.failed == 1 ? "That was at" : "The last one at");
	}
	tell_excluded(&t, &w->seen);
	str_adds(out, "\n");
	if (!w->open && w->explain->auto_on && w->explain->ever_up)
		tell_habits(&t, w->explain);
	tell_pace(&t, w->explain);
	tell_next(&t, w->explain);
	if (w->explain->auto_on)
		str_addf(out, "In numbers: %s.\n", w->explain->numbers);
	if (!w->open)
		tell_before(&t, w->last);
}

static const char *class_words(const struct incident *in)
{
	switch (in->class) {
	case CLASS_OUTAGE:
		return in->health == HEALTH_DOWN ? "down" : "failing";
	case CLASS_SLOW:
		return "slow";
	case CLASS_SELF:
		return "trouble of our own";
	case CLASS_NOTICE:
		return "for us to mend";
	case CLASS_COUNT:
		break;
	}
	return "";
}

static void tell_end(const struct teller *t, const struct incident *in)
{
	static const char recovered[] =
	    "It ended with the first good answer of a run; that it was over was "
	    "certain at ";
	static const char *const words[INCIDENT_END_COUNT] = {
	    [END_RECOVERED] = recovered,
	    [END_RETRACTED] = "It was us, and taken back at ",
	    [END_UNWATCHED] = "Its target left the config at ",
	    [END_UNMEASURABLE] = "It could no longer be measured at ",
	    [END_CLEARED] = "It was cleared at ",
	    [END_NEW_NORMAL] = "After a day it counts as usual, decided at ",
	    [END_BEHIND] = "What it depends on had an outage of its own, told at ",
	};
	if (in->state != INCIDENT_CLOSED || !words[in->end])
		return;
	str_adds(t->out, words[in->end]);
	why_time(t, in->closed);
	str_adds(t->out, ".\n");
}

void why_tell_incident(
    const struct why_incident *w, const struct why_clock *clock, struct str *out)
{
	const struct teller t = {out, clock};
	const struct incident *in = w->in;
	char subject[128], mix[300];
	bool open = in->state == INCIDENT_OPEN;
	str_addf(out, "%s: %s %s %s", in->short_id,
	    subject_text(&in->subject, subject, sizeof subject), open ? "is" : "was",
	    class_words(in));
	str_adds(out, open ? " since " : " from ");
	why_time(&t, in->started);
	if (!open) {
		str_adds(out, " to ");
		why_time(&t, in->ended);
	}
	str_adds(out, ", for ");
	why_span(&t, wall_diff_ms(open ? w->now : in->ended, in->started));
	str_addf(out, " (%s).\n\n", severity_code(in->severity));
	tell_first(&t, &in->first_error);
	if (in->class == CLASS_OUTAGE || in->class == CLASS_SLOW) {
		str_addf(out, "%" PRIu32 " of ", in->failures);
		why_count(&t, in->samples, "ask");
		str_addf(out, " failed%s%s.\n", in->failures ? ": " : "",
		    incident_mix(in, mix, sizeof mix));
	}
	if (in->last_error.at.ms > in->first_error.at.ms)
		tell_last(&t, &in->last_error, "The last one at");
	tell_fault(&t, in->outcomes);
	tell_excluded(&t, &w->seen);
	str_adds(out, "\n");
	tell_causes(&t, in);
	tell_page(&t, in);
	tell_unknown(&t, in);
	tell_end(&t, in);
}
