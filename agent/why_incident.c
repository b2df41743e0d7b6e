/* SPDX-License-Identifier: MIT
 *
 * See why.h: the story of an incident, while it lasts and when it is over.
 */
#include <inttypes.h>
#include <string.h>

#include "agent/why_words.h"

/* Whose it is, as it stands before a verb. */
static void tell_subject(const struct teller *t, const struct subject *s)
{
	char text[128];
	switch (s->kind) {
	case SUBJECT_SHARED:
		str_addf(t->out, "%s, for a cause they share,", s->id);
		break;
	case SUBJECT_SELF:
		str_addf(t->out, "our own %s", s->id);
		break;
	case SUBJECT_ACCESS:
	case SUBJECT_DRIFT:
		str_adds(t->out, s->id);
		break;
	case SUBJECT_TARGET:
	case SUBJECT_PROVIDER:
	case SUBJECT_REGION:
	case SUBJECT_DRILL:
	case SUBJECT_GROUP:
	case SUBJECT_KIND_COUNT:
		str_adds(t->out, subject_text(s, text, sizeof text));
		break;
	}
}

/* The record's health is the last one; of one target nothing else is critical. */
static bool was_down(const struct incident *in)
{
	return in->subject.kind == SUBJECT_TARGET && in->severity == SEVERITY_CRITICAL;
}

static const char *class_words(const struct incident *in)
{
	switch (in->class) {
	case CLASS_OUTAGE:
		return in->health == HEALTH_DOWN ? "down"
		       : was_down(in)            ? "failing, and down at its worst,"
						 : "failing";
	case CLASS_SLOW:
		return "slow";
	case CLASS_SELF:
		return "in trouble";
	case CLASS_NOTICE:
		return in->subject.kind == SUBJECT_DRIFT
			   ? "not as it was"
			   : "refused for a reason on your side";
	case CLASS_COUNT:
		break;
	}
	return "";
}

static const char *verb(const struct incident *in)
{
	bool many = in->subject.kind == SUBJECT_SHARED;
	if (in->end == END_RETRACTED)
		return "seemed";
	if (in->state == INCIDENT_OPEN)
		return many ? "have been" : "has been";
	return many ? "were" : "was";
}

static void tell_range(const struct teller *t, const struct incident *in, struct wall now)
{
	bool open = in->state == INCIDENT_OPEN;
	str_adds(t->out, open ? " since " : " from ");
	why_time(t, in->started);
	if (!open) {
		str_adds(t->out, " to ");
		why_time(t, in->ended);
	}
	str_adds(t->out, ", for ");
	why_span(t, wall_diff_ms(open ? now : in->ended, in->started));
}

static void tell_head(const struct teller *t, const struct why_incident *w)
{
	const struct incident *in = w->in;
	str_addf(t->out, "%s: ", in->short_id);
	if (incident_is_drill(in)) {
		str_addf(t->out, "a drill, played on %s", in->subject.id);
		tell_range(t, in, w->now);
		str_adds(t->out, ".\n\n");
		return;
	}
	tell_subject(t, &in->subject);
	str_addf(t->out, " %s %s", verb(in), class_words(in));
	tell_range(t, in, w->now);
	str_addf(t->out, " (%s).\n\n", severity_code(in->severity));
}

static bool is_seen(const struct why_incident *w)
{
	return w->in->state == INCIDENT_OPEN && w->in->n_targets == 1 && w->seen.asks > 0;
}

/* The record of an open one is as old as its last change; of one target its samples are
 * at hand. */
static void tell_counts(const struct teller *t, const struct why_incident *w)
{
	const struct incident *in = w->in;
	char mix[300];
	if ((in->class != CLASS_OUTAGE && in->class != CLASS_SLOW) || !in->samples)
		return;
	if (is_seen(w)) {
		why_failures(t, &w->seen, "So far");
		return;
	}
	if (in->failures)
		str_addf(t->out, "%" PRIu32 " of ", in->failures);
	else
		str_adds(t->out, "None of ");
	why_count(t, in->samples, "ask");
	str_addf(t->out, " failed%s%s.\n", in->failures ? ": " : "",
	    incident_mix(in, mix, sizeof mix));
}

static void tell_end(const struct teller *t, const struct incident *in)
{
	static const char recovered[] =
	    "It ended with the first good answer of a run; that it was over was "
	    "certain at ";
	static const char *const words[INCIDENT_END_COUNT] = {
	    [END_RECOVERED] = recovered,
	    [END_RETRACTED] = "It was us, not them: taken back at ",
	    [END_UNWATCHED] = "Its target left the config at ",
	    [END_UNMEASURABLE] = "It could no longer be measured at ",
	    [END_CLEARED] = "It was cleared at ",
	    [END_NEW_NORMAL] = "After a day it counts as usual, decided at ",
	    [END_BEHIND] = "What it depends on had an outage of its own, told at ",
	};
	if (in->state != INCIDENT_CLOSED || !words[in->end])
		return;
	str_adds(t->out, in->class == CLASS_SLOW && in->end == END_RECOVERED
			     ? "It ended with the first answer of a run that began as "
			       "soon as usual; that was certain at "
			     : words[in->end]);
	why_time(t, in->closed);
	str_adds(t->out, ".\n");
}

/* Where there is more to read. */
static void tell_more(const struct teller *t, const struct incident *in)
{
	bool theirs = in->class == CLASS_OUTAGE || in->class == CLASS_SLOW;
	if (in->state == INCIDENT_OPEN && theirs && in->n_targets)
		str_addf(t->out,
		    "It is not over: `dimwatch why %s` tells what would end it.\n",
		    in->targets[0]);
	else if (theirs && in->end == END_RECOVERED)
		str_addf(t->out,
		    "`dimwatch report --incident %s` writes it down for others.\n",
		    in->short_id);
}

void why_tell_incident(
    const struct why_incident *w, const struct why_clock *clock, struct str *out)
{
	const struct teller t = {out, clock};
	const struct incident *in = w->in;
	tell_head(&t, w);
	if (incident_is_drill(in)) {
		str_adds(out,
		    "Nobody was down: it rehearses who is told, and how; `dimwatch "
		    "deliveries` lists them.\n");
		why_hand(&t, in);
		why_zone(&t, w->now);
		return;
	}
	why_first(&t, in);
	tell_counts(&t, w);
	why_last(&t, is_seen(w) ? &w->seen.last_error : &in->last_error, &in->first_error,
	    "The last one at");
	if (!in->never_up && in->end != END_RETRACTED)
		why_fault(&t, is_seen(w) ? w->seen.failures : in->outcomes);
	if (in->class == CLASS_NOTICE && in->state == INCIDENT_OPEN &&
	    in->last_error.at.ms)
		why_cure(&t, in->last_error.outcome);
	why_excluded(&t, &w->seen);
	why_targets(&t, in, "It hit");
	if (in->first_error.at.ms || w->seen.asks || in->n_targets)
		str_adds(out, "\n");
	why_causes(&t, in);
	why_page(&t, in);
	why_hand(&t, in);
	why_unknown(&t, in);
	tell_end(&t, in);
	tell_more(&t, in);
	why_zone(&t, w->now);
}
