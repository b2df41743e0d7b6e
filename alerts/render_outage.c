/* SPDX-License-Identifier: MIT
 *
 * News of a provider's outage or slowness: it began, changed, came back, is over, or was
 * our own fault after all.
 */
#include <inttypes.h>
#include <string.h>

#include "alerts/render.h"

static bool has_eased(const struct talk *t)
{
	return t->m->kind == MESSAGE_CHANGED && t->in->severity_now < t->in->severity;
}

/* Also an outage of which only slowness is left. */
static bool is_slow(const struct incident *in)
{
	return strcmp(words_state(in), "slow") == 0;
}

static void open_title(struct talk *t)
{
	const char *who = t->in->subject.id, *state = words_state(t->in);

	if (has_eased(t))
		talk_title(t, "%s has eased, still %s", who, state);
	else if (t->m->kind == MESSAGE_CHANGED)
		talk_title(t, "%s is now %s", who, state);
	else if (t->m->kind == MESSAGE_REOPENED)
		talk_title(t, "%s is %s again", who, state);
	else if (t->m->kind == MESSAGE_REMINDER)
		talk_title(t, "%s is still %s", who, state);
	else
		talk_title(t, "%s is %s", who, state);
}

/* "[critical] deepseek is down: 5 of 6 requests failed (overloaded). Use qwen. #7Q2A" */
static void open_lock_screen(struct talk *t)
{
	const char *tag = has_eased(t)                     ? "eased to "
			  : t->m->kind == MESSAGE_CHANGED  ? "now "
			  : t->m->kind == MESSAGE_REMINDER ? "still "
							   : "";
	enum outcome reason = words_reason(t->in);
	struct str s;

	str_init(&s, 512);
	str_addf(&s, "[%s%s] %s is %s%s", tag, words_severity(t->in->severity_now),
	    t->in->subject.id, words_state(t->in),
	    t->m->kind == MESSAGE_REOPENED ? " again" : "");
	if (t->in->never_up)
		str_adds(&s, " and was never seen up: check key, model, URL");
	else if (t->failed[0] && reason != OUTCOME_OK)
		str_addf(&s, ": %s (%s)", t->failed, outcome_code(reason));
	if (t->m->alternative[0])
		str_addf(&s, ". Use %s.", t->m->alternative);
	talk_lock_screen(t, "%s", str_c(&s));
	str_fini(&s);
}

static const char *fault_sentence(const struct talk *t)
{
	if (t->in->never_up)
		return "";
	if (words_is_unreachable(t->in))
		return " No answer gets through: the provider's fault, or the way to it.";
	return " The provider's fault, not yours.";
}

static void open_summary(struct talk *t)
{
	const struct incident *in = t->in;
	struct str *s = &t->text;
	char lasts[32];

	if (t->m->kind == MESSAGE_REOPENED)
		str_adds(s, "It was back and fails again. ");
	else if (has_eased(t))
		str_addf(s, "It eased from %s to %s. ", words_severity(in->severity),
		    words_severity(in->severity_now));
	else if (t->m->kind == MESSAGE_REMINDER)
		str_addf(s, "It goes on, %s by now. ",
		    duration_human(
			wall_diff_ms(t->c->now, in->started), lasts, sizeof(lasts)));
	else if (t->m->kind == MESSAGE_CHANGED)
		str_addf(s, "It is now %s. ", words_severity(in->severity_now));
	if (in->never_up)
		str_adds(s, "Never seen up: check key, model, URL. ");
	str_addf(s, "%s since %s",
	    is_slow(in)    ? "Slow"
	    : t->failed[0] ? t->failed
			   : "Failing",
	    t->since);
	if (t->mix[0])
		str_addf(s, " (%s)", t->mix);
	str_addf(s, ", seen from %s.", t->place);
	if (t->m->alternative[0])
		str_addf(s, " Use %s meanwhile.", t->m->alternative);
	str_adds(s, fault_sentence(t));
}

static void fault_fact(struct talk *t)
{
	const char *provider = t->in->provider[0] ? t->in->provider : "the provider";

	if (t->in->never_up)
		talk_fact(t, "Whose fault", "not known: never seen up");
	else if (words_is_unreachable(t->in))
		talk_fact(t, "Whose fault", "theirs (%s), or the way there from %s",
		    provider, t->place);
	else
		talk_fact(t, "Whose fault", "theirs (%s)", provider);
}

static void failed_fact(struct talk *t)
{
	const struct incident *in = t->in;

	if (in->samples && in->failures)
		talk_fact(t, "Failed", "%" PRIu32 " of %" PRIu32 " requests (%.0f %%)",
		    in->failures, in->samples, 100.0 * in->failures / in->samples);
}

static void cause_fact(struct talk *t)
{
	struct str s;

	str_init(&s, 1024);
	for (int i = 0; i < t->in->n_causes; i++) {
		const struct cause *c = &t->in->causes[i];

		if (t->in->state == INCIDENT_OPEN && !c->active)
			continue;
		str_addf(&s, "%s%s%s%s", s.len ? "; " : "", c->detector,
		    c->words[0] ? ": " : "", c->words);
	}
	message_fact(t->m, true, "Noticed by", str_c(&s));
	str_fini(&s);
}

static void open_facts(struct talk *t)
{
	const struct incident *in = t->in;
	char text[256], ago[32];

	if (has_eased(t))
		talk_fact(t, "Severity", "%s, was %s", words_severity(in->severity_now),
		    words_severity(in->severity));
	else
		talk_fact(t, "Severity", "%s", words_severity(in->severity_now));
	fault_fact(t);
	talk_fact(t, "Why", "%s", t->mix);
	talk_fact(t, "Since", "%s (%s)", t->since,
	    duration_human(wall_diff_ms(t->c->now, in->started), ago, sizeof(ago)));
	failed_fact(t);
	talk_fact(t, "Use meanwhile", "%s", t->m->alternative);
	talk_fact(t, "Affected", "%s", words_targets(in, text, sizeof(text)));
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
		talk_fact(t, "Lasted", "%s", t->lasted);
		talk_fact(t, "When", "%s", t->range);
	} else {
		talk_fact(t, "Since", "%s", t->since);
	}
	talk_fact(t, "Severity", "%s", words_severity(t->in->severity));
	talk_fact(t, "Why", "%s", t->mix);
	failed_fact(t);
	if (t->in->reopened)
		talk_fact(t, "Relapses", "%d", t->in->reopened);
	if (t->in->unknown_ms)
		talk_fact(t, "Not watched", "%s of it",
		    duration_human(t->in->unknown_ms, text, sizeof(text)));
	talk_fact(t, "Affected", "%s", words_targets(t->in, text, sizeof(text)));
	talk_errors(t);
}

/* "5 of 6 requests failed (overloaded 4, stalled 1), seen from hk-1. " */
static void count_sentence(struct talk *t)
{
	if (t->failed[0])
		str_addf(
		    &t->text, "%s (%s), seen from %s. ", t->failed, t->mix, t->place);
}

static void tell_both(struct talk *t)
{
	const char *who = t->in->subject.id, *state = words_state(t->in);
	const char *delay = t->delay[0] ? t->delay : "this is the first notice of it";

	talk_title(t, "%s was %s for %s, now back", who, state, t->lasted);
	talk_lock_screen(t, "[over] %s was %s %s; %s", who, state, t->range, delay);
	str_addf(&t->text, "%s was %s %s; %s. ", who, state, t->range, delay);
	count_sentence(t);
	str_adds(&t->text, "It is back, nothing left to do.");
	end_facts(t, true);
}

static void tell_recovered(struct talk *t)
{
	const char *who = t->in->subject.id;
	const char *well = t->in->class == CLASS_SLOW ? "fast again" : "back";

	talk_title(t, "%s is %s after %s", who, well, t->lasted);
	talk_lock_screen(
	    t, "[resolved] %s is %s after %s (%s)", who, well, t->lasted, t->range);
	str_addf(
	    &t->text, "It was %s %s (%s). ", words_state(t->in), t->range, t->lasted);
	count_sentence(t);
	str_adds(&t->text, "Nothing left to do.");
	end_facts(t, true);
}

/* Closed without a verdict: nobody knows whether it is back. */
struct unknown_end {
	enum incident_end end;
	const char *what, *why;
};

static const struct unknown_end unknown_ends[] = {
    {END_UNWATCHED,    "is no longer watched",      "The target left the config"                 },
    {END_UNMEASURABLE, "can no longer be measured", "There was no evidence any more"             },
    {END_CLEARED,      "is judged anew",            "The rule that saw it was changed or removed"},
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
	const char *who = t->in->subject.id;
	char closed[48];

	talk_title(t, "%s %s", who, e->what);
	talk_lock_screen(
	    t, "[closed] %s %s; whether it is back is not known", who, e->what);
	str_addf(&t->text,
	    "%s at %s. Its incident of %s is closed without a verdict: whether it is back is "
	    "not known.",
	    e->why, words_time(t->in->closed, t->c->now, closed, sizeof(closed)),
	    t->since);
	end_facts(t, false);
}

static void tell_new_normal(struct talk *t)
{
	const char *who = t->in->subject.id;

	talk_title(t, "%s has become slower for good", who);
	talk_lock_screen(
	    t, "[closed] %s has become slower for good (since %s)", who, t->since);
	str_addf(&t->text,
	    "It has been slow since %s. After a day this is its habit: from now on it is "
	    "slow when it is slower than that.",
	    t->since);
	end_facts(t, false);
}

static void tell_retracted(struct talk *t)
{
	const char *who = t->in->subject.id;

	talk_title(t, "%s was not %s, it was us", who, words_state(t->in));
	talk_lock_screen(t,
	    "[withdrawn] %s was not %s, the fault was at %s: ignore the alarm", who,
	    words_state(t->in), t->place);
	str_addf(&t->text,
	    "The failures since %s came from our own side (host or network of %s), not from "
	    "%s. The alarm is withdrawn; nothing is booked against the provider.",
	    t->since, t->place, who);
	talk_fact(t, "Whose fault", "ours (%s)", t->place);
	talk_fact(t, "When", "%s", t->range);
	talk_fact(t, "Why", "%s", t->mix);
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
