/* SPDX-License-Identifier: MIT
 *
 * Stored samples as a replay. A target of the config is the newest series of its name and
 * identity; without a config every series that still has samples is watched.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/map.h"
#include "agent/base/xalloc.h"
#include "agent/conf_judge.h"
#include "agent/replay_source.h"
#include "storage/past.h"

#define USUAL_PACE_MS MS_PER_MIN

struct matching {
	struct replay_source *s;
	struct judge_target *targets;
	size_t n, cap;
};

static void match(void *arg, const struct series *one)
{
	struct matching *m = arg;
	const struct conf *c = m->s->conf;
	for (size_t i = 0; i < c->n_targets; i++)
		if (series_is(one, c->targets[i].name, &c->targets[i]))
			m->targets[i].series =
			    one->id; /* oldest first: the newest stays */
}

/* The newest of a name and kind has the name; those before it (another model, another
 * region) have their number besides, because they are judged apart. */
static void number_older(struct matching *m, const struct judge_target *newest)
{
	for (struct judge_target *t = m->targets; t < newest; t++) {
		char name[sizeof t->name];
		if (strcmp(t->name, newest->name) != 0 ||
		    strcmp(t->rung, newest->rung) != 0)
			continue;
		(void)snprintf(name, sizeof name, "%.48s #%" PRIu32, t->name, t->series);
		(void)str_copy(t->name, sizeof t->name, name);
	}
}

static void add_series(void *arg, const struct series *one)
{
	struct matching *m = arg;
	if (m->n == m->cap) {
		m->cap = m->cap ? 2 * m->cap : 16;
		m->targets = xreallocarray(m->targets, m->cap, sizeof *m->targets);
	}
	struct judge_target *t = &m->targets[m->n++];
	memset(t, 0, sizeof *t);
	t->series = one->id;
	(void)str_copy(t->name, sizeof t->name, series_name(one));
	(void)str_copy(t->provider, sizeof t->provider, one->provider);
	(void)str_copy(t->region, sizeof t->region, one->region);
	(void)str_copy(t->rung, sizeof t->rung, one->kind);
	t->interval_ms = one->pace_ms > 0 ? one->pace_ms : USUAL_PACE_MS;
	t->auto_on = true;
	number_older(m, t);
}

/* How much a kind proves: the most of one name leads the others. */
static int rank(const char *kind)
{
	static const char *const kinds[] = {"door", "models", "chat", "stream"};
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (!strcmp(kind, kinds[i]))
			return (int)i;
	return (int)(sizeof kinds / sizeof *kinds);
}

/* Without a config: the newest series of the highest rung of its name leads. `rung` holds
 * the kind of each until here. */
static void find_leads(struct matching *m)
{
	struct map *leads = map_new();
	for (size_t i = 0; i < m->n; i++) {
		struct judge_target *t = &m->targets[i];
		const struct judge_target *lead = map_find(leads, t->name);
		if (!lead || rank(t->rung) >= rank(lead->rung))
			(void)map_put(leads, t->name, t);
	}
	for (size_t i = 0; i < m->n; i++) {
		struct judge_target *t = &m->targets[i];
		const struct judge_target *lead = map_find(leads, t->name);
		if (rank(t->rung) < rank(lead->rung))
			t->lead = lead->series;
	}
	for (size_t i = 0; i < m->n; i++)
		if (!m->targets[i].lead)
			m->targets[i].rung[0] = '\0';
	map_free(leads);
}

/* With one: as it says. A rung whose lead has no series is left out like it. */
static void take_leads(struct matching *m)
{
	const struct conf *c = m->s->conf;
	for (size_t i = 0; i < c->n_targets; i++) {
		const struct target *gateway = c->targets[i].depends_on;
		if (gateway && !c->targets[i].lead)
			m->targets[i].parent = m->targets[gateway - c->targets].series;
		if (!c->targets[i].lead)
			continue;
		m->targets[i].lead = m->targets[c->targets[i].lead - c->targets].series;
		if (!m->targets[i].lead)
			m->targets[i].series = 0;
	}
}

/* Targets that have no series are left out: nothing is known of them. */
static void leave_out_unknown(struct matching *m)
{
	size_t kept = 0;
	for (size_t i = 0; i < m->n; i++) {
		if (m->targets[i].series) {
			m->targets[kept++] = m->targets[i];
			continue;
		}
		m->s->n_without++;
		(void)str_copy(m->s->without, sizeof m->s->without, m->targets[i].name);
	}
	m->n = kept;
}

static bool find_targets(struct replay_source *s, struct db *d, struct err *e)
{
	struct matching m = {.s = s};
	bool good;
	s->config.vantage = "";
	if (s->conf) {
		m.targets = conf_judge_targets(s->conf);
		m.n = s->conf->n_targets;
		for (size_t i = 0; i < m.n; i++)
			m.targets[i].series = 0;
		good = series_each(d, match, &m, e);
		take_leads(&m);
		leave_out_unknown(&m);
		s->config.vantage = s->conf->vantage;
		s->config.rules = s->conf->rules;
		s->config.n_rules = s->conf->n_rules;
	} else {
		good = series_each(d, add_series, &m, e);
		find_leads(&m);
	}
	for (size_t i = 0; s->interval_ms && i < m.n; i++)
		m.targets[i].interval_ms = s->interval_ms;
	s->config.targets = s->targets = m.targets;
	s->config.n_targets = m.n;
	if (good && !m.n)
		return err_set(e, ERR_NOT_FOUND,
		    "the database holds no sample of the config's targets");
	return good;
}

static bool on_sample(void *arg, const struct sample *sm, enum judged judged)
{
	struct replay_source *s = arg;
	replay_past(s->replay, sm, judged, wall_add_ms(sm->at, sm->end_us / US_PER_MS));
	return true;
}

static bool on_gap(void *arg, struct wall began, struct wall ended)
{
	struct replay_source *s = arg;
	replay_gap(s->replay, began, ended);
	return true;
}

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return x < y ? -1 : x > y;
}

static bool play(struct replay_source *s, struct db *d, struct err *e)
{
	struct wall lesson = wall_add_ms(s->from, -REPLAY_LESSON_MS);
	struct wall start = lesson.ms > s->first.ms ? lesson : s->first;
	uint32_t *series = xcalloc(s->config.n_targets, sizeof *series);
	for (size_t i = 0; i < s->config.n_targets; i++)
		series[i] = s->config.targets[i].series;
	qsort(series, s->config.n_targets, sizeof *series, by_value);
	s->replay = replay_new(&s->config, start, s->from, &s->listener);
	struct past_reader reader = {.series = series,
	    .n_series = s->config.n_targets,
	    .from = start,
	    .until = s->until,
	    .on_sample = on_sample,
	    .on_gap = on_gap,
	    .arg = s};
	bool good = past_read(d, &reader, e);
	free(series);
	return good;
}

bool replay_from_store(struct replay_source *s, struct reader *r, struct err *e)
{
	struct db *d = reader_db(r);
	if (!past_bounds(d, &s->first, &s->last, e) || !find_targets(s, d, e))
		return false;
	if (s->from.ms < s->first.ms)
		s->from = s->first;
	if (s->until.ms < s->last.ms)
		s->last = s->until;
	return play(s, d, e);
}

void replay_source_fini(struct replay_source *s)
{
	replay_free(s->replay);
	free(s->targets);
}
