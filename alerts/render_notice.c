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

/* --- drift ---------------------------------------------------------------------- */

struct drift_page {
	const char *tail; /* of the subject's id */
	const char *what, *cure;
};

static const struct drift_page drift_pages[] = {
    {" model",       "Another model answers",
     "Ask for that one (`model:`), or for the dated name of the old one."                    },
    {" list",        "Model not in the list",
     "Ask for another one (`model:`) before this one is refused."                            },
    {" shape",       "Answers changed",
     "Look at a recent sample: what reads these answers may stumble as well."                },
    {" ending",      "Model ends",             "Ask for another one: `model:` in the config."},
    {" fallback",    "Another model is asked",
     "Name the model you want: `model:` in the config; until then it stays so."              },
    {" certificate", "Certificate ends",
     "Theirs to renew; tell them if it comes near, and look at a proxy between."             },
};

/* "deepseek model" is the page of " model", about "deepseek". */
static const struct drift_page *drift_page(const struct incident *in, char who[96])
{
	size_t n = strlen(in->subject.id);

	str_copy(who, 96, in->subject.id);
	for (size_t i = 0; i < sizeof(drift_pages) / sizeof(*drift_pages); i++) {
		size_t tail = strlen(drift_pages[i].tail);

		if (n <= tail || strcmp(who + n - tail, drift_pages[i].tail) != 0)
			continue;
		who[n - tail] = '\0';
		return &drift_pages[i];
	}
	return NULL;
}

static void drift_raised(struct talk *t, const struct drift_page *page, const char *who)
{
	const char *words = words_of_cause(t->in);

	talk_title(t, "%s: %s", who, words);
	talk_lock_screen(t, "[notice] %s: %s. Not an outage.", who, words);
	str_addf(&t->text, "Not an outage. Since %s, seen from %s. %s", t->since,
	    t->place, page ? page->cure : "");
	talk_fact(t, "What", "%s", page ? page->what : "Drift");
	talk_fact(t, "Since", "%s", t->since);
	talk_evidence(t, words);
}

static void drift_over(struct talk *t, const struct drift_page *page, const char *who)
{
	const char *what = page ? page->what : "Drift";

	talk_title(t, "%s is as before", who);
	talk_lock_screen(t, "[notice over] %s is as before", who);
	if (t->in->end == END_UNWATCHED)
		str_adds(&t->text, "It left the config. ");
	str_addf(&t->text, "It was: %s, %s (%s). Nothing left to do.",
	    words_of_cause(t->in), t->range, t->lasted);
	talk_fact(t, "What", "%s", what);
	talk_fact(t, "Lasted", "%s", t->lasted);
	talk_fact(t, "When", "%s", t->range);
}

static void render_drift(struct talk *t, bool over)
{
	char who[96];
	const struct drift_page *page = drift_page(t->in, who);

	if (over)
		drift_over(t, page, who);
	else
		drift_raised(t, page, who);
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
	if (t->in->subject.kind == SUBJECT_DRIFT)
		render_drift(t, t->m->kind == MESSAGE_NOTICE_CLEARED ||
				    t->m->kind == MESSAGE_RESOLVED);
	else if (t->m->kind != MESSAGE_NOTICE_CLEARED && t->m->kind != MESSAGE_RESOLVED)
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
