/* SPDX-License-Identifier: MIT
 *
 * Lower rungs of a ladder: cheap evidence of a part of the way. Each has a detector and a
 * health of its own and never an incident: one that begins to fail makes its lead be
 * asked at once, and the lead decides. What they say stands in the words of the lead's
 * incident.
 */
#include <stdio.h>
#include <string.h>

#include "alerts/judge_parts.h"

/* "deepseek/door" */
const char *watched_title(const struct watched *t, char *buf, size_t size)
{
	(void)snprintf(
	    buf, size, "%s%s%s", t->conf.name, t->conf.lead ? "/" : "", t->conf.rung);
	return buf;
}

/* How bad: what gets worse is worth an ask of the lead. */
static int rank(enum health h)
{
	static const int ranks[HEALTH_COUNT] = {[HEALTH_SUSPECT] = 1,
	    [HEALTH_RECOVERING] = 1,
	    [HEALTH_DEGRADED] = 2,
	    [HEALTH_DOWN] = 3};

	return ranks[h];
}

/* Worse: is it the lead's trouble? Better, while the lead is in trouble: is it over? */
static void move(struct step *st, struct watched *t, enum health now)
{
	const struct watched *lead = watched_find(st->j, t->conf.lead);
	enum health before = t->health;
	char words[200];

	if (now == before)
		return;
	t->health = now;
	t->since = st->now;
	detect_auto_words(&t->detector, words, sizeof(words));
	news_fact(st, &(struct news){.kind = FACT_RUNG, .target = t}, "%s%s%s",
	    health_code(now), rank(now) ? " " : "", rank(now) ? words : "");
	if (rank(now) > rank(before) || (lead && lead->open))
		news_wish(st, t->conf.lead, 0, "rung");
}

void rung_on_evidence(struct step *st, struct watched *t, const struct sample *s,
    const struct detect_evidence *evidence, struct detect_step *ret)
{
	struct detect_pace pace = watched_pace(t);

	t->n_excluded = t->us_run = 0;
	t->dark = false;
	t->ever_up |= s->outcome == OUTCOME_OK;
	t->quiet_since = t->last_evidence = st->now;
	if (!t->conf.auto_on) {
		move(st, t, HEALTH_UP);
		return;
	}
	detect_auto_on_sample(&t->detector, &pace, evidence, ret);
	move(st, t, detect_auto_health(&t->detector));
}

void rung_on_ours(struct step *st, struct watched *t)
{
	if (t->us_run == 1)
		news_wish(st, t->conf.lead, 0, "rung");
	if (t->us_run < BLIND_RUN || t->dark)
		return;
	t->dark = true;
	t->health = HEALTH_UNKNOWN;
	t->since = st->now;
	news_fact(st, &(struct news){.kind = FACT_RUNG, .target = t}, "unknown only %s",
	    outcome_code(t->us_outcome));
}

const char *rung_words(
    const struct judge *j, const struct watched *lead, char *words, size_t size)
{
	bool any = false;

	for (size_t i = 0; j->n_rungs > 0 && i < j->n_targets; i++) {
		const struct watched *t = j->targets[i];
		size_t n = strlen(words);

		if (t->conf.lead != lead->conf.series)
			continue;
		(void)snprintf(words + n, size - n, "%s%s %s",
		    any ? ", " : "; beside it ", t->conf.rung, health_code(t->health));
		any = true;
	}
	return words;
}
