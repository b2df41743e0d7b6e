/* SPDX-License-Identifier: MIT
 *
 * A rule with `by`: the targets it matches are judged together, one judgement and one
 * incident a group. Each target counts its own samples, so that its row of state is all
 * that a restart needs; the group adds the counts up, and its first target carries the
 * phase. The incident is the group's (its provider's, its region's, its model's), and may
 * be one that targets share.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/xalloc.h"
#include "alerts/correlate_parts.h"

/* --- the incident ----------------------------------------------------------------- */

static struct rule_pool pool_of(const struct rule_group *g)
{
	return (struct rule_pool){g->states, g->n};
}

static struct incident *blank(struct step *st, const struct rule_group *g)
{
	struct incident *in = record_new(st, &g->subject, CLASS_OUTAGE);
	const struct watched *first = g->members[0];
	enum rule_by by = st->j->rules[g->rule].by;

	in->health = HEALTH_DEGRADED;
	if (by == BY_PROVIDER || by == BY_REGION)
		str_copy(in->provider, sizeof(in->provider), first->conf.provider);
	if (by == BY_REGION)
		str_copy(in->region, sizeof(in->region), first->conf.region);
	return in;
}

/* What each of its targets remembers since it began. */
static void tell_evidence(
    const struct rule_group *g, struct incident *in, struct wall from)
{
	for (size_t i = 0; i < g->n; i++) {
		struct watched *t = g->members[i];

		if (trail_failures_since(&t->trail, from) > 0)
			incident_add_target(in, t->conf.name);
		if (t->open != in)
			trail_tell(&t->trail, 0, from, (struct wall){INT64_MAX}, in);
	}
}

/* first: of its targets; NULL: they may be gone. */
static void say(struct step *st, const struct rule_group *g, const struct watched *first,
    struct incident *in, struct news news)
{
	const struct cause *c = incident_cause(in, g->detector);

	news.target = first;
	news.incident = in;
	if (news.kind == FACT_CLOSED)
		news_fact(st, &news, "%s since=%" PRId64 " until=%" PRId64,
		    incident_end_code(in->end), in->started.ms, in->ended.ms);
	else if (news.kind == FACT_CHANGED)
		news_fact(st, &news, "%s %s %s: %s", health_code(in->health),
		    severity_code(in->severity_now), g->detector, c ? c->words : "");
	else
		news_fact(st, &news, "%s since=%" PRId64 " %s: %s",
		    health_code(in->health), in->started.ms, g->detector,
		    c ? c->words : "");
}

static void begin(struct step *st, const struct rule_group *g, const char *words)
{
	const struct rule *r = &st->j->rules[g->rule];
	struct wall since = {g->states[0]->start_ms};
	struct incident *in = record_find(st->j, &g->subject);
	enum fact_kind kind = in ? FACT_CHANGED : FACT_REOPENED;
	enum severity from = in ? in->severity_now : SEVERITY_MINOR;
	struct cause *c;

	if (!in)
		in = record_reopen(st, &g->subject);
	if (!in) {
		kind = FACT_OPENED;
		in = blank(st, g);
	}
	c = record_begin_cause(st, in, g->detector, r->severity, since);
	if (!c)
		return; /* eight causes are active: this one waits for a place */
	str_copy(c->words, sizeof(c->words), words);
	in->class = CLASS_OUTAGE;
	if (in->health == HEALTH_UP || kind == FACT_REOPENED)
		in->health = HEALTH_DEGRADED;
	if (kind == FACT_OPENED || c->since.ms < in->started.ms)
		in->started = c->since;
	(void)incident_settle(in);
	if (kind == FACT_OPENED) {
		tell_evidence(g, in, in->started);
		record_admit(st, in);
	}
	say(st, g, g->members[0], in, (struct news){.kind = kind, .from = from});
}

static void finish(struct step *st, const struct rule_group *g,
    const struct watched *first, struct ending e)
{
	struct incident *in = record_find(st->j, &g->subject);
	struct cause *c = in ? incident_cause(in, g->detector) : NULL;
	struct news news = {.kind = FACT_CHANGED};

	if (!c || !c->active)
		return;
	news.from = in->severity_now;
	record_end_cause(c, e.at);
	if (incident_has_active_cause(in)) {
		(void)incident_settle(in);
	} else {
		record_close(st, in, e.how);
		scope_closed(st->j, in);
		news.kind = FACT_CLOSED;
	}
	say(st, g, first, in, news);
}

/* --- judgement -------------------------------------------------------------------- */

/* Storage says that it fires. */
static void adopt(struct step *st, struct rule_group *g, struct wall at)
{
	struct incident *in = record_find(st->j, &g->subject);
	const struct cause *c = in ? incident_cause(in, g->detector) : NULL;

	if (c && c->active && g->states[0]->phase != RULE_FIRING && at.ms >= c->since.ms)
		rule_adopt(g->states[0], c->since);
}

static bool is_cause(const struct step *st, const struct rule_group *g)
{
	struct incident *in = record_find(st->j, &g->subject);
	const struct cause *c = in ? incident_cause(in, g->detector) : NULL;

	return c && c->active;
}

/* s NULL: time passed. */
void groups_judge(struct step *st, struct rule_group *g, const struct sample *s)
{
	const struct rule *r = &st->j->rules[g->rule];
	struct rule_pool pool = pool_of(g);
	struct rule_now now = {.at = s ? s->at : st->now};
	enum rule_phase before = g->states[0]->phase;
	struct rule_step step;
	char words[200] = "", subject[128];

	adopt(st, g, now.at);
	rule_judge(r, &pool, &now, s != NULL, &step);
	g->firing = g->states[0]->phase == RULE_FIRING;
	if (g->states[0]->phase != RULE_IDLE)
		(void)rule_words(r, &pool, now.at, words, sizeof(words));
	if (step.change == RULE_RESOLVED)
		finish(st, g, g->members[0], (struct ending){step.edge, END_RECOVERED});
	else if (step.change == RULE_UNMEASURABLE)
		finish(
		    st, g, g->members[0], (struct ending){step.edge, END_UNMEASURABLE});
	else if (g->firing && !is_cause(st, g))
		begin(st, g, words);
	else if (g->states[0]->phase == RULE_PENDING && before == RULE_IDLE)
		news_trace(st, subject_text(&g->subject, subject, sizeof(subject)),
		    "pending", "%s: %s", g->detector, words);
}

bool groups_hold(const struct judge *j, const struct incident *in, const char *detector)
{
	for (size_t i = 0; i < j->n_groups; i++) {
		const struct rule_group *g = &j->groups[i];

		if (g->firing && strcmp(g->detector, detector) == 0 &&
		    subject_eq(&g->subject, &in->subject))
			return true;
	}
	return false;
}

/* --- who belongs together --------------------------------------------------------- */

static struct subject subject_of(const struct watched *t, enum rule_by by)
{
	struct subject s = {.kind = SUBJECT_GROUP};

	switch (by) {
	case BY_PROVIDER:
		s.kind = SUBJECT_PROVIDER;
		str_copy(s.id, sizeof(s.id), t->conf.provider);
		break;
	case BY_REGION:
		s.kind = t->conf.region[0] ? SUBJECT_REGION : SUBJECT_PROVIDER;
		(void)snprintf(s.id, sizeof(s.id), "%.*s%s%.*s", 46, t->conf.provider,
		    t->conf.region[0] ? "/" : "", 46, t->conf.region);
		break;
	case BY_MODEL:
		(void)snprintf(s.id, sizeof(s.id), "model %.*s", 64, t->conf.drift.model);
		break;
	case BY_ALL:
		str_copy(s.id, sizeof(s.id), "all targets");
		break;
	case BY_TARGET:
	case BY_COUNT:
		break;
	}
	return s;
}

static struct rule_group *group_for(struct judge *j, size_t rule, const struct subject *s)
{
	struct rule_group *g;

	for (size_t i = j->n_groups; i-- > 0 && j->groups[i].rule == rule;) {
		if (subject_eq(&j->groups[i].subject, s))
			return &j->groups[i];
	}
	j->groups = xreallocarray(j->groups, j->n_groups + 1, sizeof(*j->groups));
	g = &j->groups[j->n_groups++];
	memset(g, 0, sizeof(*g));
	g->rule = rule;
	g->hash = j->rule_hashes[rule];
	g->subject = *s;
	rule_detector(&j->rules[rule], g->detector, sizeof(g->detector));
	return g;
}

static void add_member(struct judge *j, size_t rule, struct watched *t)
{
	struct subject s = subject_of(t, j->rules[rule].by);
	struct rule_group *g = group_for(j, rule, &s);

	g->members = xreallocarray(g->members, g->n + 1, sizeof(struct watched *));
	g->states = xreallocarray(g->states, g->n + 1, sizeof(struct rule_state *));
	g->members[g->n] = t;
	g->states[g->n++] = &t->rules[rule];
	t->rules[rule].group = (int)(g - j->groups);
}

/* The phase goes to the first, whoever carried it. */
static void give_phase(struct rule_group *g)
{
	struct rule_state *first = g->states[0];

	for (size_t i = 1; i < g->n; i++) {
		struct rule_state *s = g->states[i];

		if (s->phase > first->phase) {
			first->phase = s->phase;
			first->start_ms = s->start_ms;
			first->pending_since_ms = s->pending_since_ms;
			first->resolving_since_ms = s->resolving_since_ms;
			first->unknown_since_ms = s->unknown_since_ms;
		}
		s->phase = RULE_IDLE;
		s->pending_since_ms = s->resolving_since_ms = s->unknown_since_ms = 0;
	}
	g->firing = first->phase == RULE_FIRING;
}

static void free_groups(struct rule_group *groups, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(groups[i].members);
		free(groups[i].states);
	}
	free(groups);
}

/* Until they are built anew their targets may go; what they hold is still held. */
void groups_dissolve(struct judge *j)
{
	for (size_t i = 0; i < j->n_targets; i++) {
		for (size_t k = 0; k < j->n_rules; k++)
			j->targets[i]->rules[k].group = -1;
	}
}

static bool is_held(struct judge *j, const struct incident *in, const struct cause *c)
{
	for (size_t i = 0; i < j->n_groups; i++) {
		struct rule_group *g = &j->groups[i];

		if (strcmp(g->detector, c->detector) == 0 &&
		    subject_eq(&g->subject, &in->subject))
			return true;
	}
	return false;
}

/* What a group held that is no more, silently. Its rule may be another one by now, or
 * none: the detector's name is enough. */
static void end_gone(struct step *st, const struct rule_group *was)
{
	struct incident *in = record_find(st->j, &was->subject);
	const struct cause *c = in ? incident_cause(in, was->detector) : NULL;

	if (was->firing && c && c->active && !groups_hold(st->j, in, was->detector))
		finish(st, was, NULL, (struct ending){st->now, END_CLEARED});
}

/* The phase of a rule that is still the same may have been carried by a target that
 * went. */
static void keep_phase(struct step *st, const struct rule_group *old, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < st->j->n_groups; k++) {
			struct rule_group *g = &st->j->groups[k];
			struct incident *in = record_find(st->j, &g->subject);
			const struct cause *c =
			    in ? incident_cause(in, g->detector) : NULL;

			if (!old[i].firing || g->firing || !c || !c->active ||
			    strcmp(g->detector, old[i].detector) != 0 ||
			    !subject_eq(&g->subject, &old[i].subject) ||
			    g->hash != old[i].hash)
				continue;
			rule_adopt(g->states[0], c->since);
			g->firing = true;
		}
	}
}

void groups_build(struct step *st)
{
	struct judge *j = st->j;
	struct rule_group *old = j->groups;
	size_t n_old = j->n_groups;

	j->groups = NULL;
	j->n_groups = 0;
	for (size_t i = 0; i < j->n_rules; i++) {
		for (size_t k = 0; j->rules[i].by != BY_TARGET && k < j->n_targets; k++) {
			if (j->targets[k]->rules[i].on)
				add_member(j, i, j->targets[k]);
		}
	}
	for (size_t i = 0; i < j->n_groups; i++)
		give_phase(&j->groups[i]);
	keep_phase(st, old, n_old);
	for (size_t i = 0; i < n_old; i++)
		end_gone(st, &old[i]);
	free_groups(old, n_old);
}

/* Storage says that it is open. What a group of a rule holds it holds still, also when
 * who carried its phase went behind another meanwhile. */
void groups_adopt(struct judge *j, const struct incident *in)
{
	for (size_t i = 0; i < j->n_groups; i++) {
		struct rule_group *g = &j->groups[i];

		for (int k = 0; k < in->n_causes; k++) {
			if (in->causes[k].active &&
			    strcmp(g->detector, in->causes[k].detector) == 0 &&
			    subject_eq(&g->subject, &in->subject))
				g->firing = true;
		}
	}
}

bool groups_attach(struct judge *j, const struct incident *in)
{
	for (int i = 0; i < in->n_causes; i++) {
		if (in->causes[i].active && is_held(j, in, &in->causes[i]))
			return true;
	}
	return false;
}

void groups_free(struct judge *j)
{
	free_groups(j->groups, j->n_groups);
}
