/* SPDX-License-Identifier: MIT
 *
 * From causes to news: all detectors of a target speak first, then one step decides what
 * came of its incident and its health, so that one sample never opens and changes the
 * same incident in two facts.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "alerts/correlate_parts.h"

void rule_detector(const struct rule *r, char *buf, size_t size)
{
	static const char prefix[] = "rule ";

	str_copy(buf, size, prefix);
	str_copy(buf + sizeof(prefix) - 1, size - (sizeof(prefix) - 1), r->name);
}

void change_init(struct change *ch, const struct watched *t)
{
	memset(ch, 0, sizeof(*ch));
	ch->in = t->open;
	ch->from = t->open ? t->open->severity_now : SEVERITY_MINOR;
}

/* Slowness alone is a class of its own; with anything worse it is an outage, and stays.
 */
static bool is_slowness(const char *detector)
{
	return strcmp(detector, CAUSE_LATENCY) == 0;
}

/* An incident of others is its own from now on. */
static bool take_shared(const struct judge *j, struct watched *t, struct change *ch)
{
	ch->joined = ch->in != NULL;
	if (!ch->joined)
		return false;
	/* The first of its provider that suffers in it, anew or again. */
	ch->common = cause_is_common(ch->in) && cause_left(j, t, ch->in);
	t->open = ch->in;
	ch->from = ch->in->severity_now;
	ch->joined_since.ms = INT64_MAX;
	return true;
}

static void take_record(struct step *st, struct watched *t, struct change *ch,
    const char *detector, struct wall since)
{
	struct subject subject = watched_subject(t, SUBJECT_TARGET);

	ch->in = scope_join(st, t);
	if (take_shared(st->j, t, ch))
		return;
	ch->in = record_reopen(st, &subject);
	if (!ch->in)
		ch->in = scope_reopen(st, t);
	ch->reopened = ch->in != NULL;
	if (ch->reopened) {
		t->open = ch->in; /* it is held, also while nothing is known */
		return;
	}
	if (strcmp(detector, CAUSE_AUTO) == 0)
		ch->in = cause_join(st, t, since);
	if (take_shared(st->j, t, ch))
		return;
	ch->fresh = true;
	ch->in =
	    record_new(st, &subject, is_slowness(detector) ? CLASS_SLOW : CLASS_OUTAGE);
	ch->in->never_up = !t->ever_up;
	str_copy(ch->in->provider, sizeof(ch->in->provider), t->conf.provider);
	str_copy(ch->in->region, sizeof(ch->in->region), t->conf.region);
	incident_add_target(ch->in, t->conf.name);
}

/* A cause that reaches back before the beginning takes its evidence along. */
static void start_earlier(struct watched *t, struct change *ch, struct wall since)
{
	if (ch->joined && since.ms < ch->joined_since.ms)
		ch->joined_since = since;
	if (since.ms >= ch->in->started.ms)
		return;
	if (!ch->fresh && !ch->reopened && !ch->joined)
		trail_tell(&t->trail, 0, since, ch->in->started, ch->in);
	ch->in->started = since;
}

/* What it suffers from itself, whoever else does. */
static void note_own(const struct step *st, struct change *ch, const struct beginning *b)
{
	int64_t since = b->since.ms < st->now.ms ? b->since.ms : st->now.ms;

	if (!ch->own_since.ms || since < ch->own_since.ms)
		ch->own_since.ms = since;
	if (b->severity > ch->own_severity)
		ch->own_severity = b->severity;
}

void change_begin(struct step *st, struct watched *t, struct change *ch,
    const char *detector, const struct beginning *b)
{
	struct cause *c = ch->in ? incident_cause(ch->in, detector) : NULL;

	note_own(st, ch, b);
	if (c && c->active) {
		enum severity s = scope_severity(st->j, t, ch->in, c, b->severity);

		if (c->severity != s)
			str_copy(c->words, sizeof(c->words), b->words);
		c->severity = s;
		return;
	}
	if (!ch->in)
		take_record(st, t, ch, detector, b->since);
	c = record_begin_cause(st, ch->in, detector, b->severity, b->since);
	if (!c)
		return; /* eight causes are active: this one waits for a place */
	c->severity = scope_severity(st->j, t, ch->in, c, b->severity);
	if (!is_slowness(detector))
		ch->in->class = CLASS_OUTAGE;
	str_copy(c->words, sizeof(c->words), b->words);
	start_earlier(t, ch, c->since);
	ch->moved = true;
}

void change_end(struct step *st, const struct watched *t, struct change *ch,
    const char *detector, const struct ending *e)
{
	struct cause *c = ch->in ? incident_cause(ch->in, detector) : NULL;
	bool stepped_back = st->now.ms < t->stepped_from.ms;

	if (!c || !c->active)
		return;
	/* Folding what was stored passes older troubles: they are not this one's end. */
	if (e->how == END_RECOVERED && e->at.ms < c->since.ms && !stepped_back)
		return;
	if (e->at.ms > ch->own_end.ms)
		ch->own_end = e->at;
	if (scope_others_hold(st->j, t, ch->in, detector)) {
		c->severity = scope_severity(st->j, t, ch->in, c, SEVERITY_MINOR);
		return;
	}
	record_end_cause(c, e->at);
	ch->moved = true;
	if (ch->how != END_RECOVERED)
		ch->how = e->how;
}

/* Rules hold it: recovering while each of them is on its way out. Slowness alone holds
 * it: the health goes on beside it. */
static enum health open_health(const struct judge *j, const struct watched *t)
{
	bool firing = false;

	for (size_t i = 0; i < j->n_rules; i++) {
		if (t->rules[i].phase != RULE_FIRING || t->rules[i].group >= 0)
			continue;
		if (!t->rules[i].resolving_since_ms)
			return HEALTH_DEGRADED;
		firing = true;
	}
	if (!firing && t->conf.auto_on && t->detector.latency.since_ms)
		return detect_auto_health(&t->detector);
	/* None: it was restored without a state, and its own time was not folded yet. */
	return firing ? HEALTH_RECOVERING : t->open->health;
}

static enum health compose_health(const struct judge *j, const struct watched *t)
{
	if (t->dark || t->behind)
		return HEALTH_UNKNOWN;
	if (t->conf.auto_on && detect_avail_alarmed(&t->detector.avail))
		return detect_auto_health(&t->detector);
	if (t->open)
		return open_health(j, t);
	/* `auto` that was switched on by a reload knows nothing yet. */
	if (!t->conf.auto_on ||
	    (t->ever_up && detect_auto_health(&t->detector) == HEALTH_UNKNOWN))
		return HEALTH_UP;
	return detect_auto_health(&t->detector);
}

static const char *causes_text(const struct incident *in, char *buf, size_t size)
{
	size_t len = 0;

	buf[0] = 0;
	for (int i = 0; i < in->n_causes; i++) {
		int n;

		if (!in->causes[i].active)
			continue;
		n = snprintf(buf + len, size - len, "%s%s: %s", len ? "; " : "",
		    in->causes[i].detector, in->causes[i].words);
		if (n < 0 || (size_t)n >= size - len) {
			buf[len] = 0; /* whole pieces only */
			break;
		}
		len += (size_t)n;
	}
	return buf;
}

/* Evidence of the time before it opened; of all that passed while it was closed. */
static void tell_evidence(struct watched *t, struct change *ch)
{
	trail_tell(&t->trail, ch->reopened || ch->again ? t->tallied : 0,
	    ch->joined ? ch->joined_since : ch->in->started, (struct wall){INT64_MAX},
	    ch->in);
	t->tallied = t->trail.n;
}

static const char *verdict(const struct incident *in)
{
	return in->health == HEALTH_UP ? "slow" : health_code(in->health);
}

/* " [sum=11.0/10.5 ...]": what the detector knew. */
static const char *numbers(const struct watched *t, char *buf, size_t size)
{
	struct detect_pace pace = watched_pace(t);
	char text[100];

	buf[0] = 0;
	if (t->conf.auto_on)
		(void)snprintf(buf, size, " [%s]",
		    detect_auto_numbers(&t->detector, &pace, text, sizeof(text)));
	return buf;
}

static void tell_incident(
    struct step *st, struct watched *t, struct change *ch, enum fact_kind kind)
{
	struct incident *in = ch->in;
	struct news news = {.kind = kind,
	    .target = t,
	    .incident = in,
	    .from = ch->from,
	    .loud = ch->common || ch->left,
	    .joined = ch->common ? t->conf.provider : NULL};
	char causes[300], knew[120];

	causes_text(in, causes, sizeof(causes));
	if (kind == FACT_CLOSED)
		news_fact(st, &news, "%s since=%" PRId64 " until=%" PRId64,
		    incident_end_code(in->end), in->started.ms, in->ended.ms);
	else if (kind == FACT_CHANGED)
		news_fact(st, &news, "%s %s %s%s", verdict(in),
		    severity_code(in->severity_now), causes,
		    numbers(t, knew, sizeof(knew)));
	else
		news_fact(st, &news, "%s since=%" PRId64 " %s%s", verdict(in),
		    in->started.ms, causes, numbers(t, knew, sizeof(knew)));
}

/* Health in words of its own, where no fact of an incident says it. */
static void tell_health(struct step *st, struct watched *t, const struct change *ch,
    enum health before, bool incident_told)
{
	struct news news = {.target = t};
	char words[200], knew[120];

	numbers(t, knew, sizeof(knew));
	detect_auto_words(&t->detector, words, sizeof(words));
	switch (t->health) {
	case HEALTH_UP:
	case HEALTH_SUSPECT:
		if (incident_told) /* closed */
			return;
		news.kind = t->health == HEALTH_UP ? FACT_UP : FACT_SUSPECT;
		if (t->health == HEALTH_UP)
			news_fact(st, &news, "%s", "");
		else
			news_fact(st, &news, "%s%s", words, knew);
		return;
	case HEALTH_RECOVERING:
		news.kind = FACT_RECOVERING;
		news_fact(st, &news, "%s", "");
		return;
	case HEALTH_DEGRADED:
	case HEALTH_DOWN:
		if (before == HEALTH_RECOVERING && ch->failed) {
			news.kind = FACT_RELAPSE;
			news_fact(st, &news, "%s", health_code(t->health));
		} else if (!incident_told) { /* seen again after a gap, blindness, hope */
			news_trace(
			    st, t->conf.name, "still", "%s", health_code(t->health));
		}
		return;
	case HEALTH_UNKNOWN: /* said by whoever found nothing to stand on */
	case HEALTH_COUNT:
		return;
	}
}

/* Its part of the record: begun, gone on with, or reaching further back. */
static void note_share(struct watched *t, struct change *ch)
{
	const struct incident_share *was = share_find(ch->in, t->conf.name);
	bool enters = ch->fresh || ch->reopened || ch->joined;
	int n = ch->in->n_shares;
	struct wall from = ch->own_since, until = {INT64_MAX};
	uint64_t first = 0;
	struct incident_share *s;

	if (was && !was->ended.ms && !enters)
		until = was->started;
	ch->again = was != NULL;
	s = share_begin(ch->in, t->conf.name, t->conf.provider, ch->own_since);
	if (!s)
		return;
	if (enters && ch->in->n_shares == n) {
		first = t->tallied; /* the calm is a part of it */
		from.ms = 0;
	}
	trail_count(&t->trail, first, from, until, s);
	if (ch->own_severity > s->severity)
		s->severity = ch->own_severity;
}

static struct wall own_end(const struct step *st, const struct change *ch)
{
	return ch->own_end.ms ? ch->own_end : st->now;
}

/* Closes it when no cause is left. */
static bool settle(struct step *st, struct watched *t, struct change *ch)
{
	if (scope_end_orphans(st, t, ch->in))
		ch->moved = true;
	if (incident_has_active_cause(ch->in)) {
		t->open = ch->in;
		if (incident_settle(ch->in))
			ch->moved = true;
		if (scope_leave(st, t)) {
			share_end(ch->in, t->conf.name, own_end(st, ch));
			ch->moved = true;
			ch->left =
			    cause_is_common(ch->in) && cause_left(st->j, t, ch->in);
		}
		return false;
	}
	share_end(ch->in, t->conf.name, own_end(st, ch));
	record_close(st, ch->in, ch->how == END_NONE ? END_CLEARED : ch->how);
	scope_closed(st->j, ch->in);
	t->open = NULL;
	return true;
}

static void move_health(struct step *st, struct watched *t, struct change *ch)
{
	enum health now = compose_health(st->j, t), before;

	if (now != t->health)
		t->since = st->now;
	t->health = now;
	if (!t->open || now == HEALTH_RECOVERING || now == HEALTH_UNKNOWN) {
		if (ch->fresh &&
		    ch->in) /* a rule may fire on a timer while nothing is known */
			ch->in->health = HEALTH_DEGRADED;
		return;
	}
	if (now == HEALTH_SUSPECT) /* slow, and one request was lost */
		now = HEALTH_UP;
	before = t->open->health;
	t->open->health = now;
	scope_health(st->j, t, t->open);
	if (t->open->health != before)
		ch->moved = true;
}

void change_conclude(struct step *st, struct watched *t, struct change *ch)
{
	enum health before = t->health;
	bool closed, told;

	if (ch->in && ch->own_since.ms)
		note_share(t, ch);
	closed = ch->in && settle(st, t, ch);
	move_health(st, t, ch);
	told = ch->in && (ch->moved || closed);
	if (before != t->health)
		tell_health(st, t, ch, before, told);
	if (!told)
		return;
	if (ch->fresh || ch->reopened || ch->joined)
		tell_evidence(t, ch);
	if (ch->fresh) {
		scope_look(st, t, ch->in);
		scope_health(st->j, t, ch->in);
		record_admit(st, ch->in);
	}
	scope_say(st->j, ch->in);
	tell_incident(st, t, ch,
	    closed         ? FACT_CLOSED
	    : ch->fresh    ? FACT_OPENED
	    : ch->reopened ? FACT_REOPENED
			   : FACT_CHANGED);
}
