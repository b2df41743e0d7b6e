/* SPDX-License-Identifier: MIT
 *
 * A generation was loaded: known series keep their state, removed ones are no longer
 * watched, causes of rules that changed or went end silently. And restored incidents find
 * their targets.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/xalloc.h"
#include "alerts/correlate_parts.h"

static size_t place_of(const struct judge *j, uint32_t series)
{
	size_t lo = 0, hi = j->n_targets;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (j->targets[mid]->conf.series < series)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct watched *watched_find(const struct judge *j, uint32_t series)
{
	size_t i = place_of(j, series);

	return i < j->n_targets && j->targets[i]->conf.series == series ? j->targets[i]
									: NULL;
}

/* --- rules ---------------------------------------------------------------------- */

static void rules_free(struct rule *rules, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		xfree(rules[i].name);
		xfree(rules[i].text);
		xfree(rules[i].resolve_text);
	}
	free(rules);
}

/* Where the same rule (same name, same verdicts) stands in another list of n; n: nowhere.
 */
static size_t rule_like(const struct rule *r, const struct rule *rules, size_t n)
{
	size_t i = 0;

	while (i < n && !(strcmp(rules[i].name, r->name) == 0 && rule_same(&rules[i], r)))
		i++;
	return i;
}

/* A target's rule states in the order of n new rules; `was` has the old place of each. */
static void reorder_states(struct step *st, struct watched *t, const size_t *was,
    const struct rule *rules, size_t n)
{
	struct rule_state *states = n ? xcalloc(n, sizeof(*states)) : NULL;

	for (size_t i = 0; i < n; i++) {
		if (was[i] == st->j->n_rules) {
			rule_state_init(&rules[i], &states[i], st->now);
			continue;
		}
		states[i] = t->rules[was[i]];
		t->rules[was[i]] = (struct rule_state){0}; /* moved */
	}
	for (size_t i = 0; i < st->j->n_rules; i++)
		rule_state_fini(&t->rules[i]);
	free(t->rules);
	t->rules = states;
}

static void reorder_all(struct step *st, const struct judge_config *c)
{
	struct judge *j = st->j;
	size_t *was = xcalloc(c->n_rules ? c->n_rules : 1, sizeof(*was));

	for (size_t i = 0; i < c->n_rules; i++)
		was[i] = rule_like(&c->rules[i], j->rules, j->n_rules);
	for (size_t i = 0; i < j->n_targets; i++)
		reorder_states(st, j->targets[i], was, c->rules, c->n_rules);
	free(was);
}

static void end_cause_silently(struct step *st, struct watched *t, const char *detector)
{
	struct change ch;

	change_init(&ch, t);
	change_end(st, t, &ch, detector, &(struct ending){st->now, END_CLEARED});
	change_conclude(st, t, &ch);
}

static void to_fresh(struct step *st, struct watched *t, size_t rule)
{
	rule_state_fini(&t->rules[rule]);
	rule_state_init(&st->j->rules[rule], &t->rules[rule], st->now);
}

static void end_causes_of_gone_rules(struct step *st, const struct judge_config *c)
{
	struct judge *j = st->j;
	char detector[64];

	for (size_t i = 0; i < j->n_rules; i++) {
		if (rule_like(&j->rules[i], c->rules, c->n_rules) < c->n_rules)
			continue;
		rule_detector(&j->rules[i], detector, sizeof(detector));
		/* Nobody holds a cause of a rule that went. */
		for (size_t k = 0; k < j->n_targets; k++)
			to_fresh(st, j->targets[k], i);
		for (size_t k = 0; k < j->n_targets; k++) {
			if (j->targets[k]->open)
				end_cause_silently(st, j->targets[k], detector);
		}
	}
}

static void take_rules(struct step *st, const struct judge_config *c)
{
	struct judge *j = st->j;
	struct rule *rules = xcalloc(c->n_rules ? c->n_rules : 1, sizeof(*rules));

	end_causes_of_gone_rules(st, c);
	reorder_all(st, c);
	j->rule_hashes =
	    xreallocarray(j->rule_hashes, c->n_rules + 1, sizeof(*j->rule_hashes));
	for (size_t i = 0; i < c->n_rules; i++) {
		j->rule_hashes[i] = rule_hash(&c->rules[i]);
		rules[i] = c->rules[i];
		rules[i].name = xstrdup(c->rules[i].name);
		rules[i].text = xstrdup(c->rules[i].text ? c->rules[i].text : "");
		rules[i].resolve_text =
		    c->rules[i].resolve_text ? xstrdup(c->rules[i].resolve_text) : NULL;
		rules[i].targets = NULL; /* rules_match looks at the config's */
		rules[i].n_targets = 0;
	}
	rules_free(j->rules, j->n_rules);
	j->rules = rules;
	j->n_rules = c->n_rules;
}

/* --- targets -------------------------------------------------------------------- */

static void tell_unwatched(struct step *st, struct watched *t, struct incident *in)
{
	record_close(st, in, END_UNWATCHED);
	news_fact(st,
	    &(struct news){.kind = in->class == CLASS_NOTICE ? FACT_CLEARED : FACT_CLOSED,
		.target = t,
		.incident = in,
		.from = in->severity_now},
	    "%s since=%" PRId64 " until=%" PRId64, incident_end_code(in->end),
	    in->started.ms, in->ended.ms);
}

static void unwatch(struct step *st, struct watched *t)
{
	t->health = HEALTH_UNKNOWN;
	if (t->notice)
		notice_clear(st, t, st->now, END_UNWATCHED);
	if (t->open && !scope_unwatch(st, t))
		tell_unwatched(st, t, t->open);
}

static int by_number(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Series of the config, sorted: ten thousand targets are looked for among ten thousand
 * three times a start. */
struct wanted {
	uint32_t *series; /* owned */
	size_t n;
};

static void wanted_init(struct wanted *w, const struct judge_config *c)
{
	w->n = c->n_targets;
	w->series = xcalloc(w->n ? w->n : 1, sizeof(*w->series));
	for (size_t i = 0; i < w->n; i++)
		w->series[i] = c->targets[i].series;
	qsort(w->series, w->n, sizeof(*w->series), by_number);
}

static bool is_wanted(const struct wanted *w, const struct watched *t)
{
	return bsearch(&t->conf.series, w->series, w->n, sizeof(*w->series), by_number) !=
	       NULL;
}

static void drop_targets(struct step *st, const struct judge_config *c)
{
	struct judge *j = st->j;
	struct wanted wanted;
	size_t kept = 0;

	wanted_init(&wanted, c);
	/* All of them are there until the last has been told. */
	for (size_t i = 0; i < j->n_targets; i++) {
		if (!is_wanted(&wanted, j->targets[i]))
			unwatch(st, j->targets[i]);
	}
	for (size_t i = 0; i < j->n_targets; i++) {
		if (is_wanted(&wanted, j->targets[i]))
			j->targets[kept++] = j->targets[i];
		else
			watched_free(j, j->targets[i]);
	}
	free(wanted.series);
	j->n_targets = kept;
}

/* An entry of the record, so that storage knows it by its new name too. */
static void rename_in(
    struct step *st, struct watched *t, struct incident *in, const char *was)
{
	for (int i = 0; i < in->n_targets; i++) {
		if (strcmp(in->targets[i], was) == 0)
			str_copy(in->targets[i], sizeof(in->targets[i]), t->conf.name);
	}
	share_rename(in, was, t->conf.name);
	if (!scope_is_shared(in))
		in->subject =
		    watched_subject(t, in == t->notice ? SUBJECT_ACCESS : SUBJECT_TARGET);
	news_fact(st,
	    &(struct news){.kind = FACT_CHANGED,
		.target = t,
		.incident = in,
		.from = in->severity_now},
	    "%s is %s now", was, t->conf.name);
}

/* `was:` gave a series another name: what is open goes along. */
static void rename_subjects(struct step *st, struct watched *t, const char *was)
{
	if (strcmp(was, t->conf.name) == 0)
		return;
	if (t->open)
		rename_in(st, t, t->open, was);
	if (t->notice)
		rename_in(st, t, t->notice, was);
}

/* Another kind of probe speaks for the name from now on. */
static void leave_the_lead(struct step *st, struct watched *t)
{
	if (t->notice)
		notice_clear(st, t, st->now, END_UNWATCHED);
	if (t->open && !scope_unwatch(st, t))
		tell_unwatched(st, t, t->open);
	t->open = NULL;
}

static void take_over(struct step *st, struct watched *t, const struct judge_target *conf)
{
	bool auto_went = t->conf.auto_on && !conf->auto_on;
	char was[sizeof(t->conf.name)];

	if (conf->lead && !t->conf.lead)
		leave_the_lead(st, t);

	if (t->conf.remote != conf->remote || t->conf.way != conf->way)
		correlate_let_go(st, t);
	str_copy(was, sizeof(was), t->conf.name);
	t->conf = *conf;
	if (conf->interval_ms < MS_PER_S)
		t->conf.interval_ms = MS_PER_S;
	rename_subjects(st, t, was);
	if (!auto_went)
		return;
	detect_auto_init(&t->detector);
	t->asks_left = 0;
	end_cause_silently(st, t, CAUSE_AUTO);
	end_cause_silently(st, t, CAUSE_LATENCY);
}

static void add_target(struct step *st, const struct judge_target *conf)
{
	struct judge *j = st->j;
	size_t i = place_of(j, conf->series);

	j->targets =
	    xreallocarray(j->targets, j->n_targets + 1, sizeof(struct watched *));
	memmove(&j->targets[i + 1], &j->targets[i],
	    (j->n_targets - i) * sizeof(struct watched *));
	j->targets[i] = watched_new(j, conf, st->now);
	j->n_targets++;
}

void config_step(struct step *st, const struct judge_config *c)
{
	struct judge *j = st->j;

	groups_dissolve(j);
	drop_targets(st, c);
	take_rules(st, c);
	way_config(st, c);
	maintenance_open(&j->maintenance, c->maintenance, c->n_maintenance);
	for (size_t i = 0; i < c->n_targets; i++) {
		struct watched *t = watched_find(j, c->targets[i].series);

		if (t)
			take_over(st, t, &c->targets[i]);
		else
			add_target(st, &c->targets[i]);
	}
	depends_config(j);
	rules_match(st, c);
	groups_build(st);
	j->n_rungs = 0;
	for (size_t i = 0; i < c->n_targets; i++)
		j->n_rungs += c->targets[i].lead != 0;
	j->configured = true;
	config_match_restored(st);
	judge_drift_on_config(st);
	for (size_t i = 0; i < j->n_targets; i++)
		watched_rearm(j, j->targets[i], st->now);
}

/* --- restored incidents --------------------------------------------------------- */

static struct watched *by_name(const struct judge *j, const char *name)
{
	for (size_t i = 0; i < j->n_targets; i++) {
		if (!j->targets[i]->conf.lead &&
		    strcmp(j->targets[i]->conf.name, name) == 0)
			return j->targets[i];
	}
	return NULL;
}

void config_attach(struct judge *j, struct incident *in)
{
	bool outage = in->subject.kind == SUBJECT_TARGET;
	struct watched *t = by_name(j, in->subject.id);
	struct tally *stash;

	if (!t || (!outage && in->subject.kind != SUBJECT_ACCESS))
		return;
	*(outage ? &t->open : &t->notice) = in;
	stash = t->stash[outage ? 0 : 1];
	if (stash)
		state_tally_apply(stash, in, t->conf.name);
}

/* Causes of rules that are no longer there: they went while nobody looked. */
static void end_causes_without_detector(struct step *st, struct watched *t)
{
	struct judge *j = st->j;

	for (int i = 0; t->open && i < t->open->n_causes; i++) {
		char detector[64], known[64];
		bool there = false;

		str_copy(detector, sizeof(detector), t->open->causes[i].detector);
		if (!t->open->causes[i].active)
			continue;
		there = t->conf.auto_on && (strcmp(detector, CAUSE_AUTO) == 0 ||
					       strcmp(detector, CAUSE_LATENCY) == 0);
		for (size_t k = 0; k < j->n_rules && !there; k++) {
			rule_detector(&j->rules[k], known, sizeof(known));
			there = strcmp(known, detector) == 0;
		}
		/* Others may have it. */
		if (!there && !scope_others_hold(j, t, t->open, detector))
			end_cause_silently(st, t, detector);
	}
}

static void match_shared(struct step *st, struct incident *in)
{
	struct judge *j = st->j;

	if (!scope_attach(j, in) && !groups_attach(j, in)) {
		tell_unwatched(st, NULL, in);
		return;
	}
	for (size_t i = 0; i < j->n_targets; i++) {
		if (j->targets[i]->open == in)
			end_causes_without_detector(st, j->targets[i]);
	}
}

void config_match_restored(struct step *st)
{
	struct judge *j = st->j;

	if (!j->configured || !j->unmatched)
		return;
	j->unmatched = false;
	for (size_t i = 0; i < j->n_open;) {
		struct incident *in = j->open[i];
		struct watched *t;

		if (in->subject.kind != SUBJECT_TARGET &&
		    in->subject.kind != SUBJECT_ACCESS) {
			lag_adopt(j, in);
			groups_adopt(j, in);
			if (!way_adopt(st, in) ||
			    (in->subject.kind == SUBJECT_GROUP && !groups_attach(j, in)))
				tell_unwatched(st, NULL, in);
			else if (scope_is_shared(in))
				match_shared(st, in);
			i += i < j->n_open && j->open[i] == in;
			continue;
		}
		config_attach(j, in);
		t = by_name(j, in->subject.id);
		if (t)
			end_causes_without_detector(st, t);
		else
			tell_unwatched(st, NULL, in);
		i += i < j->n_open && j->open[i] == in;
	}
	judge_drift_on_config(st);
}

void config_free(struct judge *j)
{
	for (size_t i = 0; i < j->n_targets; i++)
		watched_free(j, j->targets[i]);
	free(j->targets);
	groups_free(j);
	free(j->rule_hashes);
	rules_free(j->rules, j->n_rules);
	maintenance_close(&j->maintenance);
}
