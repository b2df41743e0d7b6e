/* SPDX-License-Identifier: MIT
 *
 * See the header: the story of a target. One function a sentence; a sentence that has
 * nothing to say is left out.
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

/* --- its head --------------------------------------------------------------------- */

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

static void tell_since(const struct teller *t, struct wall since, struct wall now)
{
	if (!since.ms)
		return;
	str_adds(t->out, " since ");
	why_time(t, since);
	str_adds(t->out, ", for ");
	why_span(t, wall_diff_ms(now, since));
}

static void tell_paused(const struct teller *t, const struct why_target *w)
{
	const struct pause *p = w->paused;
	str_addf(t->out, "%s %s paused", w->name, p->since.ms ? "has been" : "is");
	tell_since(t, p->since, w->now);
	if (*p->who)
		str_addf(t->out, ", by %s", p->who);
	if (*p->note)
		str_addf(t->out, ": %s", p->note);
	str_adds(t->out, ".\n");
}

/* A health that began before or after its incident did is told beside it. */
static void tell_health(const struct teller *t, const struct why_target *w)
{
	const struct explain *ex = w->explain;
	bool recovering = w->open && ex->health == HEALTH_RECOVERING;
	struct wall since = w->open && !recovering ? w->open->started : ex->since;
	str_addf(
	    t->out, "%s %s %s", w->name, since.ms ? "has been" : "is", health_words(ex));
	tell_since(t, since, w->now);
	if (recovering) {
		str_adds(t->out, ", from an outage that began at ");
		why_time(t, w->open->started);
	}
	if (w->open)
		str_addf(t->out, " (incident %s, %s)", w->open->short_id,
		    severity_code(w->open->severity_now));
	str_adds(t->out, ".\n");
}

static void tell_head(const struct teller *t, const struct why_target *w)
{
	if (w->paused)
		tell_paused(t, w);
	else
		tell_health(t, w);
	if (w->running)
		return;
	str_adds(t->out, "dimwatch is not running: this is how it stood at ");
	why_time(t, w->last_alive);
	str_adds(t->out, ".\n");
}

/* --- why nothing is known --------------------------------------------------------- */

/* The last asks say nothing about it; whose doing that is. */
static void tell_no_evidence(const struct teller *t, const struct explain *ex)
{
	const char *mine =
	    ex->last_judged == JUDGED_PATH   ? "It is our own network: the last "
	    : ex->last_judged == JUDGED_LATE ? "Our own machine is too slow: the last "
					     : "The last ";
	str_adds(t->out, mine);
	why_count(t, (uint32_t)ex->n_excluded, "ask");
	str_addf(t->out, " %s nothing about it", ex->n_excluded == 1 ? "says" : "say");
	if (ex->last_judged == JUDGED_EXCLUDED || ex->last_judged == JUDGED_COUNTED) {
		str_addf(t->out, "; the latest was %s (%s).\n",
		    outcome_code(ex->last_excluded),
		    blame_word(outcome_blame(ex->last_excluded)));
		why_cure(t, ex->last_excluded);
	} else {
		str_adds(t->out, ".\n");
	}
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
	} else if (er && er->at.ms) {
		str_addf(
		    t->out, "The fault is %s: ", blame_word(outcome_blame(er->outcome)));
		why_error(t, er);
		str_adds(t->out, ".\n");
		why_cure(t, er->outcome);
	} else if (w->maintained.ms) {
		return;
	} else if (ex->n_excluded) {
		tell_no_evidence(t, ex);
	} else {
		str_adds(t->out, w->explain->last_evidence.ms || w->seen.asks
				     ? "Nobody has asked it for a while.\n"
				     : "It has not been asked yet.\n");
	}
}

static void tell_maintenance(const struct teller *t, const struct why_target *w)
{
	if (!w->maintained.ms)
		return;
	str_adds(t->out, "It is in maintenance until ");
	why_time(t, w->maintained);
	str_adds(t->out, ": until then nothing that it does counts.\n");
}

/* --- what comes next -------------------------------------------------------------- */

static void tell_usual(const struct teller *t, const struct explain *ex)
{
	if (ex->usual_ms <= 0)
		return;
	str_adds(t->out, "At this hour its answers usually begin after ");
	why_span(t, (int64_t)ex->usual_ms);
	str_adds(t->out, ".\n");
}

static void tell_habits(const struct teller *t, const struct explain *ex)
{
	tell_usual(t, ex);
	str_addf(t->out, "Its habit is %.1f %% of failures.\n", 100 * ex->base_share);
}

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

static void tell_in_a_row(
    const struct teller *t, const struct explain_next *next, const char *what)
{
	why_count(t, (uint32_t)next->n, what);
	if (next->n > 1) {
		str_adds(t->out, " in a row, within ");
		why_span(t, next->ms);
	}
}

static void tell_over(const struct teller *t, const struct explain *ex)
{
	str_adds(t->out, "It is over after ");
	tell_in_a_row(t, &ex->to_end, "more good answer");
	if (ex->chronic)
		str_adds(t->out, ": so long because it fails again and again");
	else if (ex->relapses)
		str_adds(t->out, ": so long because it came back before");
	str_adds(t->out, ".\n");
}

static void tell_next(const struct teller *t, const struct why_target *w)
{
	const struct explain *ex = w->explain;
	if (!ex->auto_on) {
		str_adds(t->out, "Only your rules judge it (auto: off).\n");
		return;
	}
	if (ex->behind[0] || w->maintained.ms)
		return;
	if (ex->slow)
		str_adds(t->out, "It is over when its answers begin as soon as usual for "
				 "a while; after a day of it, this counts as usual.\n");
	if (ex->to_end.n) {
		tell_over(t, ex);
	} else if (w->open && !ex->slow) {
		str_adds(t->out, "It is over when your rule sees it no more.\n");
	} else if (ex->health == HEALTH_UNKNOWN && ex->n_excluded) {
		str_adds(t->out, "The next answer that counts decides what it is.\n");
	} else if (ex->to_alarm.n) {
		str_adds(t->out, "It would be an outage after ");
		tell_in_a_row(t, &ex->to_alarm, "more failure");
		str_adds(t->out, ".\n");
	}
}

/* What a person can do about an open one. */
static void tell_advice(const struct teller *t, const struct why_target *w)
{
	if (!w->open)
		return;
	if (w->class)
		str_addf(t->out, "Until then `dimwatch best %s` names who takes over.\n",
		    w->class);
	if (!w->open->acked.ms)
		str_addf(t->out,
		    "`dimwatch ack %s` tells the others that you have it in hand.\n",
		    w->open->short_id);
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

/* --- the story -------------------------------------------------------------------- */

static void tell_open(const struct teller *t, const struct why_target *w)
{
	const struct incident *in = w->open;
	why_first(t, in);
	why_failures(t, &w->seen, "Since it began");
	why_last(t, &w->seen.last_error, &in->first_error, "The last one at");
	if (!in->never_up)
		why_fault(t, w->seen.failures);
	why_causes(t, in);
	why_targets(t, in, "Its incident has");
	why_page(t, in);
	why_hand(t, in);
	why_unknown(t, in);
}

static void tell_present(const struct teller *t, const struct why_target *w)
{
	tell_blind(t, w);
	if (w->seen.asks)
		why_failures(t, &w->seen, "In the last hour");
	why_last(t, &w->seen.last_error, NULL,
	    w->seen.failed == 1 ? "That was at" : "The last one at");
}

static void tell_future(const struct teller *t, const struct why_target *w)
{
	const struct explain *ex = w->explain;
	if (!w->open && ex->auto_on && ex->ever_up)
		tell_habits(t, ex);
	else if (ex->slow)
		tell_usual(t, ex);
	tell_pace(t, ex);
	tell_next(t, w);
	tell_advice(t, w);
	if (ex->auto_on)
		str_addf(t->out, "In numbers: %s.\n", ex->numbers);
}

void why_tell_target(
    const struct why_target *w, const struct why_clock *clock, struct str *out)
{
	const struct teller t = {out, clock};
	tell_head(&t, w);
	str_adds(out, "\n");
	if (w->paused) {
		str_addf(out,
		    "It is neither asked nor judged until `dimwatch resume %s`.\n",
		    w->name);
	} else {
		tell_maintenance(&t, w);
		if (w->open)
			tell_open(&t, w);
		else
			tell_present(&t, w);
		why_excluded(&t, &w->seen);
		str_adds(out, "\n");
		tell_future(&t, w);
	}
	if (!w->open)
		tell_before(&t, w->last);
	why_zone(&t, w->now);
}
