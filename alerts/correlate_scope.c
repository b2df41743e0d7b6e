/* SPDX-License-Identifier: MIT
 *
 * Model, region, provider: targets of one provider that fail together are one incident.
 * The second that alarms within ten minutes joins the first; its subject widens to the
 * provider (or to the region, where it is one of several). A cause of a shared incident
 * is held by whoever still suffers from it, and ends with the last of them.
 */
#include <stdio.h>
#include <string.h>

#include "alerts/correlate_parts.h"

#define SCOPE_MS      (10 * MS_PER_MIN) /* it may widen so long after it was opened */
#define SCOPE_BACK_MS (5 * MS_PER_MIN)  /* failures of siblings so long before count */
#define SCOPE_FAILED  2

bool scope_is_shared(const struct incident *in)
{
	return in->subject.kind == SUBJECT_PROVIDER ||
	       in->subject.kind == SUBJECT_REGION || cause_is_common(in);
}

static bool same_provider(const struct watched *a, const struct watched *b)
{
	/* Neither what is behind another that is down, nor one for what it depends on. */
	if (a->behind || b->behind || a->conf.parent == b->conf.series ||
	    b->conf.parent == a->conf.series)
		return a == b;
	/* Lower rungs of a ladder speak through their lead. */
	return !a->conf.lead && !b->conf.lead && !a->conf.alone && !b->conf.alone &&
	       a->conf.provider[0] && strcmp(a->conf.provider, b->conf.provider) == 0;
}

bool scope_covers(
    const struct judge *j, const struct incident *in, const struct watched *t)
{
	if (cause_is_common(in))
		return cause_covers(j, in, t);
	return scope_is_shared(in) && !t->conf.alone &&
	       strcmp(in->provider, t->conf.provider) == 0;
}

/* --- who belongs to it ---------------------------------------------------------- */

static int siblings(const struct judge *j, const struct watched *t)
{
	int n = 0;

	for (size_t i = 0; i < j->n_targets; i++)
		n += same_provider(j->targets[i], t);
	return n;
}

/* "at least max(2, half) of its targets have two failures or more since 5 min before the
 * alarm, or are alarmed themselves" */
static bool suffers(const struct watched *x, const struct incident *in)
{
	struct wall from = wall_add_ms(in->opened, -SCOPE_BACK_MS);

	if (x->open)
		return x->open == in; /* or of another story */
	return x->health == HEALTH_SUSPECT &&
	       trail_failures_since(&x->trail, from) >= SCOPE_FAILED;
}

static int sufferers(
    const struct judge *j, const struct watched *t, const struct incident *in)
{
	int n = 0;

	for (size_t i = 0; i < j->n_targets; i++)
		n += same_provider(j->targets[i], t) && suffers(j->targets[i], in);
	return n;
}

/* The provider; its region, where all that suffer are of one region and the provider has
 * others. */
static struct subject wide_subject(
    const struct judge *j, const struct watched *t, const struct incident *in)
{
	struct subject s = {.kind = SUBJECT_PROVIDER};
	bool one = true, others = false;

	for (size_t i = 0; i < j->n_targets; i++) {
		const struct watched *x = j->targets[i];

		if (!same_provider(x, t) || strcmp(x->conf.region, t->conf.region) == 0)
			continue;
		others = true;
		one &= !suffers(x, in);
	}
	if (one && others && t->conf.region[0]) {
		s.kind = SUBJECT_REGION;
		(void)snprintf(s.id, sizeof(s.id), "%.*s/%.*s", 46, t->conf.provider, 46,
		    t->conf.region);
	} else {
		str_copy(s.id, sizeof(s.id), t->conf.provider);
	}
	return s;
}

/* False: that subject is taken by another incident. */
static bool widen(struct judge *j, const struct watched *t, struct incident *in)
{
	bool fixed = cause_is_common(in) || groups_attach(j, in);
	struct subject s = fixed ? in->subject : wide_subject(j, t, in);
	const struct incident *there = record_find(j, &s);

	if (there && there != in)
		return false;
	in->subject = s;
	if (s.kind == SUBJECT_PROVIDER)
		in->region[0] = 0;
	for (size_t i = 0; i < j->n_targets; i++) {
		const struct watched *x = j->targets[i];

		if (same_provider(x, t) && suffers(x, in))
			incident_add_target(in, x->conf.name);
	}
	return true;
}

static bool is_young(const struct step *st, const struct incident *in)
{
	return wall_diff_ms(st->now, in->opened) <= SCOPE_MS;
}

/* The wider one, then the older. Never by the order of the list: a restart has another.
 */
static bool goes_before(const struct incident *a, const struct incident *b)
{
	if ((a->subject.kind == SUBJECT_REGION) != (b->subject.kind == SUBJECT_REGION))
		return b->subject.kind == SUBJECT_REGION;
	if (a->opened.ms != b->opened.ms)
		return a->opened.ms < b->opened.ms;
	return strcmp(a->id.text, b->id.text) < 0;
}

/* An incident of its provider that it belongs to from now on; NULL: it stands alone. */
struct incident *scope_join(struct step *st, struct watched *t)
{
	struct judge *j = st->j;
	struct incident *best = NULL;

	for (size_t i = 0; i < j->n_open; i++) {
		if (scope_covers(j, j->open[i], t) &&
		    (!best || goes_before(j->open[i], best)))
			best = j->open[i];
	}
	if (best) {
		incident_add_target(best, t->conf.name);
		(void)widen(j, t, best);
		return best;
	}
	for (size_t i = 0; i < j->n_targets; i++) {
		struct watched *x = j->targets[i];

		if (x == t || !x->open || !same_provider(x, t) || !is_young(st, x->open))
			continue;
		incident_add_target(x->open, t->conf.name);
		if (widen(j, t, x->open))
			return x->open;
	}
	return NULL;
}

/* It is new: is it more than this one? And those that were not asked since it began are
 * asked once. */
void scope_look(struct step *st, struct watched *t, struct incident *in)
{
	int n = siblings(st->j, t), need = n / 2 + n % 2 > 2 ? n / 2 + n % 2 : 2;

	if (n < 2 || in->subject.kind != SUBJECT_TARGET)
		return;
	for (size_t i = 0; i < st->j->n_targets; i++) {
		const struct watched *x = st->j->targets[i];

		if (x != t && same_provider(x, t) && x->last_any.ms < in->started.ms)
			news_wish(st, x->conf.series, 0, "sibling");
	}
	if (sufferers(st->j, t, in) >= need)
		(void)widen(st->j, t, in);
}

/* A sibling fails too, within ten minutes: the same incident, of a wider subject. */
void scope_on_failure(struct step *st, struct watched *t)
{
	struct judge *j = st->j;
	int n, need;

	if (t->open || j->n_open == 0)
		return;
	for (size_t i = 0; i < j->n_targets; i++) {
		struct watched *x = j->targets[i];
		struct incident *in = x->open;

		if (x == t || !in || !same_provider(x, t) ||
		    in->subject.kind != SUBJECT_TARGET || in->class != CLASS_OUTAGE ||
		    !is_young(st, in))
			continue;
		n = siblings(j, x);
		need = n / 2 + n % 2 > 2 ? n / 2 + n % 2 : 2;
		if (sufferers(j, x, in) < need || !widen(j, x, in))
			continue;
		news_fact(st,
		    &(struct news){.kind = FACT_CHANGED,
			.target = x,
			.incident = in,
			.from = in->severity_now},
		    "%s %s scope: %d of %d targets", health_code(in->health),
		    severity_code(in->severity_now), in->n_targets, n);
		return;
	}
}

/* --- its present state ---------------------------------------------------------- */

/* Does anything but slowness hold it? */
static bool scope_is_bad(const struct judge *j, const struct incident *in)
{
	for (int i = 0; i < in->n_causes; i++) {
		if (in->causes[i].active &&
		    strcmp(in->causes[i].detector, CAUSE_LATENCY) != 0)
			return true;
	}
	(void)j;
	return false;
}

/* Down when one of them is and half of its provider's targets suffer; a smaller part
 * makes it degraded. */
void scope_health(const struct judge *j, const struct watched *t, struct incident *in)
{
	bool down = false;

	if (!scope_is_shared(in))
		return;
	for (size_t i = 0; i < j->n_targets && !down; i++) {
		const struct watched *x = j->targets[i];

		down = x->open == in &&
		       (x == t || same_provider(x, t) || cause_is_common(in)) &&
		       detect_avail_alarmed(&x->detector.avail) &&
		       detect_avail_severity(&x->detector.avail) == SEVERITY_CRITICAL &&
		       2 * sufferers(j, x, in) >= siblings(j, x);
	}
	if (!scope_is_bad(j, in))
		in->health = HEALTH_UP; /* slow, and no more */
	else
		in->health = down ? HEALTH_DOWN : HEALTH_DEGRADED;
}

/* "3 of 5 targets: " before what each cause saw. */
void scope_say(const struct judge *j, struct incident *in)
{
	static const char mark[] = " targets: ";
	char words[sizeof(in->causes[0].words)], common[40] = "";
	int n = 0, bad = 0;

	if (!scope_is_shared(in))
		return;
	for (size_t i = 0; i < j->n_targets; i++) {
		const struct watched *x = j->targets[i];
		bool ours = !x->conf.lead && scope_covers(j, in, x);

		n += ours;
		bad += ours && suffers(x, in);
	}
	if (cause_is_common(in)) {
		int providers = cause_providers(j, in);

		cause_name(j, in);
		(void)snprintf(common, sizeof(common), "%d provider%s, ", providers,
		    providers == 1 ? "" : "s");
	}
	for (int i = 0; i < in->n_causes; i++) {
		struct cause *c = &in->causes[i];
		const char *old = strstr(c->words, mark);

		if (!c->active)
			continue;
		str_copy(words, sizeof(words), old ? old + sizeof(mark) - 1 : c->words);
		(void)snprintf(c->words, sizeof(c->words), "%s%d of %d%s%.*s", common,
		    bad, n, mark, 140, words);
	}
}

/* The one of its provider that was closed lately and that it belonged to, open again. */
struct incident *scope_reopen(struct step *st, struct watched *t)
{
	for (size_t i = 0; i < st->j->n_shut; i++) {
		const struct incident *in = st->j->shut[i];

		if (!scope_covers(st->j, in, t))
			continue;
		for (int k = 0; k < in->n_targets; k++) {
			if (strcmp(in->targets[k], t->conf.name) == 0)
				return record_reopen(st, &in->subject);
		}
	}
	return NULL;
}
