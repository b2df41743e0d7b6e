/* SPDX-License-Identifier: MIT
 *
 * See why_words.h: the sentences that both stories share. One function a sentence; one
 * that has nothing to say is left out.
 */
#include <inttypes.h>
#include <string.h>

#include "agent/why_words.h"

/* --- what was seen ---------------------------------------------------------------- */

void why_failures(const struct teller *t, const struct why_seen *w, const char *when)
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

void why_excluded(const struct teller *t, const struct why_seen *w)
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
void why_fault(const struct teller *t, const uint32_t *counts)
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

/* It may have begun with slowness, or with what a rule saw. */
void why_first(const struct teller *t, const struct incident *in)
{
	const struct incident_error *er = &in->first_error;
	bool with_it = wall_diff_ms(er->at, in->started) < MS_PER_S;
	if (!er->at.ms)
		return;
	str_adds(t->out, with_it ? "It began at " : "Its first failure was at ");
	why_time(t, er->at);
	str_adds(t->out, with_it ? " with " : ": ");
	why_error(t, er);
	str_adds(t->out, ".\n");
}

static bool is_same(const struct incident_error *a, const struct incident_error *b)
{
	return a->outcome == b->outcome && a->http_status == b->http_status &&
	       !strcmp(a->code, b->code) && !strcmp(a->message, b->message);
}

/* first NULL: nothing was said of one before. */
void why_last(const struct teller *t, const struct incident_error *er,
    const struct incident_error *first, const char *begin)
{
	if (!er->at.ms || (first && er->at.ms <= first->at.ms))
		return;
	str_addf(t->out, "%s ", begin);
	why_time(t, er->at);
	if (first && is_same(er, first)) {
		str_adds(t->out, " was the same");
		if (*er->request_id)
			str_addf(t->out, " (request id %s)", er->request_id);
	} else {
		str_adds(t->out, ": ");
		why_error(t, er);
	}
	str_adds(t->out, ".\n");
}

/* --- what was decided ------------------------------------------------------------- */

/* How many of how many suffered at the last is no news when it is over. */
static const char *cause_words(const struct incident *in, const struct cause *c)
{
	static const char mark[] = " targets: ";
	const char *at = in->state == INCIDENT_CLOSED ? strstr(c->words, mark) : NULL;
	return at ? at + sizeof mark - 1 : c->words;
}

void why_causes(const struct teller *t, const struct incident *in)
{
	str_adds(t->out, "It was decided at ");
	why_time(t, in->opened);
	if (wall_diff_ms(in->opened, in->started) < MS_PER_S) {
		str_adds(t->out, ", at once.\n");
	} else {
		str_adds(t->out, ", ");
		why_span(t, wall_diff_ms(in->opened, in->started));
		str_adds(t->out, " after it began.\n");
	}
	for (int i = 0; i < in->n_causes; i++) {
		const struct cause *c = &in->causes[i];
		str_addf(t->out, "  %s%s%s", c->detector, *c->words ? ": " : "",
		    cause_words(in, c));
		if (!c->active && c->ended.ms) {
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
void why_page(const struct teller *t, const struct incident *in)
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

void why_unknown(const struct teller *t, const struct incident *in)
{
	if (!in->unknown_ms)
		return;
	str_adds(t->out, "For ");
	why_span(t, in->unknown_ms);
	str_adds(t->out, " of it dimwatch was not looking.\n");
}

void why_cure(const struct teller *t, enum outcome o)
{
	why_sentence(t, outcome_row(o)->sentence);
	why_sentence(t, outcome_row(o)->advice);
}

void why_hand(const struct teller *t, const struct incident *in)
{
	if (!*in->hand)
		return;
	if (in->acked.ms) {
		str_adds(t->out, "At ");
		why_time(t, in->acked);
		str_addf(t->out, ": %s.\n", in->hand);
	} else {
		str_addf(t->out, "People said of it: %s.\n", in->hand);
	}
}

/* Of an incident that is wider than one target. */
static void tell_part(
    const struct teller *t, const char *name, const struct share_part *p)
{
	str_addf(t->out, "  %s itself: %s, from ", name, severity_code(p->severity));
	why_time(t, p->started);
	if (p->ended.ms) {
		str_adds(t->out, " on, for ");
		why_span(t, wall_diff_ms(p->ended, p->started));
	} else {
		str_adds(t->out, " on, and not over");
	}
	str_addf(t->out, "; %" PRIu32 " of ", p->failures);
	why_count(t, p->samples, "ask");
	str_adds(t->out, " failed.\n");
}

/* What it was to each provider, where several share it. */
static void tell_parts(const struct teller *t, const struct incident *in)
{
	struct share_part parts[SHARE_MAX];
	for (int i = 0; share_providers(in) > 1 && i < in->n_shares; i++) {
		const char *name = share_owner(&in->shares[i]);
		int n = share_is_first(in, i) ? share_parts(in, name, parts) : 0;
		for (int k = 0; k < n; k++)
			tell_part(t, name, &parts[k]);
	}
}

void why_targets(const struct teller *t, const struct incident *in, const char *begin)
{
	if (in->subject.kind == SUBJECT_TARGET || in->n_targets < 1 ||
	    in->class == CLASS_SELF || in->class == CLASS_NOTICE)
		return;
	str_addf(t->out, "%s ", begin);
	why_count(t, (uint32_t)in->n_targets, "target");
	for (int i = 0; i < in->n_targets; i++)
		str_addf(t->out, "%s %s", i ? "," : ":", in->targets[i]);
	str_addf(t->out, "%s.\n",
	    in->n_targets == INCIDENT_MAX_TARGETS ? " and maybe more" : "");
	tell_parts(t, in);
}

void why_zone(const struct teller *t, struct wall now)
{
	str_addf(t->out, "\nTimes are %s; it is ", t->clock->zone);
	why_time(t, now);
	str_adds(t->out, " now.\n");
}
