/* SPDX-License-Identifier: MIT
 *
 * News that are nobody's outage: a target that cannot be watched because of its owner's
 * key, quota or request, and trouble of dimwatch itself.
 */
#include <string.h>

#include "alerts/render.h"

static const char *words_of_cause(const struct incident *in)
{
	for (int i = in->n_causes - 1; i >= 0; i--) {
		if (in->causes[i].active || in->state == INCIDENT_CLOSED)
			return in->causes[i].words;
	}
	return "";
}

/* The owner's own trouble that blinds the target; OUTCOME_OK: another kind of notice. */
static enum outcome blinding(const struct incident *in)
{
	enum outcome o = words_reason(in);

	if (o == OUTCOME_OK && in->last_error.at.ms)
		o = in->last_error.outcome;
	return outcome_is_excluded(o) ? o : OUTCOME_OK;
}

static void notice_raised(struct talk *t, enum outcome why)
{
	const struct outcome_row *row = outcome_row(why);
	const char *who = t->in->subject.id;

	if (why == OUTCOME_OK) {
		talk_title(t, "%s needs a look", who);
		talk_lock_screen(t, "[notice] %s needs a look. Not an outage.", who);
		str_addf(&t->text, "Not an outage. Since %s, seen from %s.", t->since,
		    t->place);
	} else {
		talk_title(t, "%s cannot be watched: %s", who, row->sentence);
		talk_lock_screen(t,
		    "[notice] %s cannot be watched: %s. Not an outage, yours to fix.",
		    who, row->sentence);
		/* Some advice says itself that it is no outage. */
		if (!span_contains(span_of(row->advice), span_of("not an outage")))
			str_adds(&t->text, "Not an outage. ");
		str_addf(&t->text,
		    "Yours to fix: %s. Since %s, seen from %s. While it lasts, nobody watches "
		    "%s.",
		    row->advice, t->since, t->place, who);
		talk_fact(t, "Whose fault", "yours");
		talk_fact(t, "What", "%s (%s)", row->sentence, row->code);
		talk_fact(t, "Cure", "%s", row->advice);
	}
	talk_fact(t, "Since", "%s", t->since);
	talk_errors(t);
	talk_evidence(t, t->in->last_error.message[0] ? t->in->last_error.message
						      : words_of_cause(t->in));
}

static void notice_cleared(struct talk *t, enum outcome why)
{
	const char *who = t->in->subject.id, *what = outcome_row(why)->sentence;

	if (why == OUTCOME_OK)
		what = "it needed a look";
	talk_title(t, "%s can be watched again", who);
	talk_lock_screen(t, "[notice over] %s can be watched again", who);
	str_addf(
	    &t->text, "It was not an outage: %s, %s (%s). ", what, t->range, t->lasted);
	if (t->m->late_both && t->delay[0])
		str_addf(&t->text, "T%s. ", t->delay + 1);
	str_adds(&t->text, "Nothing left to do.");
	talk_fact(t, "Lasted", "%s", t->lasted);
	talk_fact(t, "When", "%s", t->range);
}

static void notice_closed_unknown(struct talk *t)
{
	talk_title(t, "%s is no longer watched", t->in->subject.id);
	talk_lock_screen(t, "[notice over] %s is no longer watched", t->in->subject.id);
	str_addf(&t->text, "The target left the config; its notice of %s is closed.",
	    t->since);
}

void render_notice(struct talk *t)
{
	if (t->m->kind != MESSAGE_NOTICE_CLEARED && t->m->kind != MESSAGE_RESOLVED)
		notice_raised(t, blinding(t->in));
	else if (t->in->end == END_UNWATCHED)
		notice_closed_unknown(t);
	else
		notice_cleared(t, blinding(t->in));
}

/* Our own parts by subject id; prefix: the id goes on with a name. */
struct own_part {
	const char *id;
	bool prefix;
	const char *sick, *well; /* "dimwatch: ..." */
	const char *cure;
};

static const struct own_part own_parts[] = {
    {"channel ", true,  "accepts nothing",                "works again",
     "Check its URL in the config; what it misses waits up to 24 h."                                         },
    {"disk",     false, "its database cannot be written", "its database is written again",
     "Check the space and the health of its disk; alerts go on from memory."                                 },
    {"network",  false, "its own network is in trouble",  "its own network is back",
     "Check the network of its host; no provider is judged meanwhile."                                       },
    {"",	 true,  "is in trouble",                  "is well again",                 "Look at its log."},
};

static const struct own_part *find_part(const char *id)
{
	const struct own_part *p = own_parts;

	while (
	    p->prefix ? strncmp(id, p->id, strlen(p->id)) != 0 : strcmp(id, p->id) != 0)
		p++;
	return p;
}

void render_self(struct talk *t)
{
	const char *id = t->in->subject.id;
	const struct own_part *p = find_part(id);
	const char *name = p->prefix ? id : "", *gap = p->prefix ? " " : "";
	bool over = t->m->kind == MESSAGE_RESOLVED || t->m->kind == MESSAGE_RETRACTED ||
		    t->m->kind == MESSAGE_NOTICE_CLEARED;

	talk_title(t, "dimwatch: %s%s%s", name, gap, over ? p->well : p->sick);
	talk_lock_screen(t, "[%s] dimwatch at %s: %s%s%s. No provider's outage.",
	    over ? "resolved" : words_severity(t->in->severity_now), t->place, name, gap,
	    over ? p->well : p->sick);
	if (over) {
		str_addf(&t->text, "It lasted %s (%s). Nothing left to do.", t->lasted,
		    t->range);
		talk_fact(t, "Lasted", "%s", t->lasted);
		talk_fact(t, "When", "%s", t->range);
	} else {
		str_addf(&t->text,
		    "Trouble of dimwatch itself since %s at %s, no provider's outage. %s",
		    t->since, t->place, p->cure);
		talk_fact(t, "Severity", "%s", words_severity(t->in->severity_now));
		talk_fact(t, "Whose fault", "ours (%s)", t->place);
		talk_fact(t, "Since", "%s", t->since);
	}
	message_fact(t->m, true, "What", words_of_cause(t->in));
}
