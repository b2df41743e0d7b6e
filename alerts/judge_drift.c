/* SPDX-License-Identifier: MIT
 *
 * Drift as notices: one incident of class `notice` a target (a host, for certificates)
 * and kind of drift. The open incident is all that is remembered of what was told: the
 * same words again are no news, other words are told again, and what is over is told
 * once.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "alerts/judge_parts.h"

#define CAUSE_DRIFT "drift"

static const char *owner(const struct watched *t, enum drift_kind k)
{
	return k == DRIFT_CERTIFICATE ? t->conf.drift.host : t->conf.name;
}

/* "deepseek model", "api.deepseek.com certificate" */
static struct subject drift_subject(const struct watched *t, enum drift_kind k)
{
	struct subject s = {.kind = SUBJECT_DRIFT};

	(void)snprintf(s.id, sizeof(s.id), "%s %s", owner(t, k), drift_code(k));
	return s;
}

static struct incident *find(
    const struct judge *j, const struct watched *t, enum drift_kind k)
{
	struct subject s;

	if (j->n_drifts == 0)
		return NULL;
	s = drift_subject(t, k);
	for (size_t i = 0; i < j->n_open; i++) {
		if (j->open[i]->subject.kind == SUBJECT_DRIFT &&
		    subject_eq(&j->open[i]->subject, &s))
			return j->open[i];
	}
	return NULL;
}

static void clear(
    struct step *st, const struct watched *t, struct incident *in, enum incident_end how)
{
	struct cause *c = incident_cause(in, CAUSE_DRIFT);

	if (c)
		record_end_cause(c, st->now);
	record_close(st, in, how);
	st->j->n_drifts--;
	news_fact(st, &(struct news){.kind = FACT_CLEARED, .target = t, .incident = in},
	    "%s since=%" PRId64 " until=%" PRId64, incident_end_code(how), in->started.ms,
	    in->ended.ms);
}

static struct incident *blank(
    struct step *st, const struct watched *t, const struct subject *subject)
{
	struct incident *in = record_new(st, subject, CLASS_NOTICE);

	str_copy(in->provider, sizeof(in->provider), t->conf.provider);
	str_copy(in->region, sizeof(in->region), t->conf.region);
	incident_add_target(in, t->conf.name);
	return in;
}

static void raise_or_renew(
    struct step *st, const struct watched *t, enum drift_kind k, const char *words)
{
	struct incident *in = find(st->j, t, k);
	struct subject subject = drift_subject(t, k);
	struct cause *c = in ? incident_cause(in, CAUSE_DRIFT) : NULL;
	bool fresh = false;

	if (c && strcmp(c->words, words) == 0)
		return;
	if (!in) {
		in = record_reopen(st, &subject);
		fresh = !in;
		if (fresh)
			in = blank(st, t, &subject);
		st->j->n_drifts++;
	}
	c = record_begin_cause(st, in, CAUSE_DRIFT, SEVERITY_MINOR, st->now);
	str_copy(c->words, sizeof(c->words), words);
	incident_settle(in);
	if (fresh || c->since.ms < in->started.ms) /* the clock went back */
		in->started = c->since;
	if (fresh)
		record_admit(st, in);
	news_fact(st, &(struct news){.kind = FACT_NOTICE, .target = t, .incident = in},
	    "since=%" PRId64 " %s", in->started.ms, words);
}

/* at: what is folded again from before a notice does not end it. */
static void apply(struct step *st, const struct watched *t, struct wall at,
    const struct drift_verdict verdicts[DRIFT_KIND_COUNT])
{
	for (int i = 0; i < DRIFT_KIND_COUNT; i++) {
		enum drift_kind k = (enum drift_kind)i;
		struct incident *in;

		switch (verdicts[i].say) {
		case DRIFT_ON:
			raise_or_renew(st, t, k, verdicts[i].words);
			break;
		case DRIFT_OFF:
			in = find(st->j, t, k);
			if (in && at.ms >= in->started.ms)
				clear(st, t, in, END_CLEARED);
			break;
		case DRIFT_NOTHING:
			break;
		}
	}
}

void judge_drift_on_sample(struct step *st, struct watched *t, const struct sample *s)
{
	struct drift_verdict verdicts[DRIFT_KIND_COUNT];

	drift_on_sample(&t->drift, &t->conf.drift, s, verdicts);
	apply(st, t, s->at, verdicts);
}

static bool is_about(const struct incident *in, const struct watched *t)
{
	for (int i = 0; i < DRIFT_KIND_COUNT; i++) {
		struct subject s = drift_subject(t, (enum drift_kind)i);

		if (subject_eq(&in->subject, &s))
			return true;
	}
	return false;
}

static bool is_watched(const struct judge *j, const struct incident *in)
{
	for (size_t i = 0; i < j->n_targets; i++) {
		if (is_about(in, j->targets[i]))
			return true;
	}
	return false;
}

/* The rest is said by samples: at a start, what was told before is not yet restored. */
void judge_drift_on_config(struct step *st)
{
	struct judge *j = st->j;

	for (size_t i = j->n_open; i-- > 0 && j->n_drifts > 0;) {
		if (j->open[i]->subject.kind == SUBJECT_DRIFT &&
		    !is_watched(j, j->open[i]))
			clear(st, NULL, j->open[i], END_UNWATCHED);
	}
}
