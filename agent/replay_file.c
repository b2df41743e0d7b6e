/* SPDX-License-Identifier: MIT
 *
 * A CSV as a replay. It is read twice: first for who is in it, then for what happened.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/map.h"
#include "agent/base/xalloc.h"
#include "agent/conf_judge.h"
#include "agent/replay_csv.h"
#include "agent/replay_source.h"

#define USUAL_PACE_MS MS_PER_MIN
#define MAX_TARGETS   10000

struct reading {
	struct replay_source *s;
	struct judge_target *targets; /* becomes the config's */
	size_t n, cap;
	struct map *places; /* name -> struct place */
	struct replay_csv *csv;
};

struct place {
	uint32_t series;
};

typedef bool (*on_row_fn)(
    struct reading *rd, const struct replay_row *row, struct err *e);

static bool wrong_line(const char *path, uint64_t n, struct err *e)
{
	return err_wrap(e, "%s:%" PRIu64, path, n);
}

/* A line that is longer than any row is one. */
static bool read_line(FILE *f, char *line, bool *ret_long)
{
	*ret_long = false;
	if (!fgets(line, REPLAY_CSV_LINE, f))
		return false;
	*ret_long = strlen(line) == REPLAY_CSV_LINE - 1 && !strchr(line, '\n');
	return true;
}

static bool each_row(struct reading *rd, const char *path, on_row_fn fn, struct err *e)
{
	char line[REPLAY_CSV_LINE];
	FILE *f = fopen(path, "re");
	uint64_t n = 0;
	bool too_long = false, good = true;
	if (!f)
		return err_set(
		    e, ERR_SYSTEM, "%s cannot be read: %s", path, strerror(errno));
	while (good && read_line(f, line, &too_long)) {
		struct replay_row row;
		bool blank = false;
		n++;
		if (too_long)
			good = err_set(e, ERR_SYNTAX, "no row has more than %d bytes",
			    REPLAY_CSV_LINE - 2);
		else if (replay_row_parse(line, &row, &blank, e))
			good = fn(rd, &row, e);
		else
			good = blank;
	}
	if (!good)
		(void)wrong_line(path, n, e);
	else if (ferror(f))
		good = err_set(
		    e, ERR_SYSTEM, "%s cannot be read: %s", path, strerror(errno));
	(void)fclose(f);
	return good;
}

static void put_place(struct reading *rd, const char *name, uint32_t series)
{
	struct place *p = xmalloc(sizeof *p);
	p->series = series;
	free(map_put(rd->places, name, p));
}

static void free_places(struct map *m)
{
	for (size_t i = 0; i < map_count(m); i++)
		free(map_at(m, i, NULL));
	map_free(m);
}

/* First pass: the times, and without a config the targets. */
static bool meet(struct reading *rd, const struct replay_row *row, struct err *e)
{
	struct replay_source *s = rd->s;
	if (!s->first.ms || row->at.ms < s->first.ms)
		s->first = row->at;
	if (row->at.ms > s->last.ms)
		s->last = row->at;
	if (s->conf || row->control || map_find(rd->places, row->target))
		return true;
	if (rd->n == MAX_TARGETS)
		return err_set(e, ERR_LIMIT, "more than %d targets", MAX_TARGETS);
	if (rd->n == rd->cap) {
		rd->cap = rd->cap ? 2 * rd->cap : 16;
		rd->targets = xreallocarray(rd->targets, rd->cap, sizeof *rd->targets);
	}
	struct judge_target *t = &rd->targets[rd->n++];
	memset(t, 0, sizeof *t);
	t->series = (uint32_t)rd->n;
	(void)str_copy(t->name, sizeof t->name, row->target);
	(void)str_copy(t->provider, sizeof t->provider, row->target);
	t->interval_ms = USUAL_PACE_MS;
	t->auto_on = true;
	put_place(rd, row->target, t->series);
	return true;
}

static bool play(struct reading *rd, const struct replay_row *row, struct err *e)
{
	const struct place *p = row->control ? NULL : map_find(rd->places, row->target);
	(void)e;
	if (row->at.ms >= rd->s->until.ms)
		return true;
	if (!row->control && !p) {
		rd->s->strangers++;
		return true;
	}
	replay_csv_row(rd->csv, row, p ? p->series : 0);
	return true;
}

static void take_config(struct reading *rd)
{
	const struct conf *c = rd->s->conf;
	rd->targets = conf_judge_targets(c);
	rd->n = c->n_targets;
	for (size_t i = 0; i < rd->n; i++) {
		rd->targets[i].remote = false; /* rows of controls are the witnesses */
		rd->targets[i].series = (uint32_t)i + 1;
		if (c->targets[i].depends_on && !c->targets[i].lead)
			rd->targets[i].parent =
			    (uint32_t)(c->targets[i].depends_on - c->targets) + 1;
		put_place(rd, rd->targets[i].name, rd->targets[i].series);
	}
	rd->s->config.rules = c->rules;
	rd->s->config.n_rules = c->n_rules;
}

static void configure(struct reading *rd)
{
	struct replay_source *s = rd->s;
	for (size_t i = 0; s->interval_ms && i < rd->n; i++)
		rd->targets[i].interval_ms = s->interval_ms;
	s->config.vantage = s->conf ? s->conf->vantage : "";
	s->config.targets = s->targets = rd->targets;
	s->config.n_targets = rd->n;
	s->replay = replay_new(&s->config, s->first,
	    s->from.ms > s->first.ms ? s->from : s->first, &s->listener);
	rd->csv = replay_csv_new(s->replay);
}

bool replay_from_csv(struct replay_source *s, const char *path, struct err *e)
{
	struct reading rd = {.s = s, .places = map_new()};
	if (s->conf)
		take_config(&rd);
	bool good = each_row(&rd, path, meet, e);
	if (good && !s->last.ms)
		good = err_set(e, ERR_NOT_FOUND, "%s holds no row", path);
	configure(&rd);
	if (good) {
		good = each_row(&rd, path, play, e);
		replay_csv_end(rd.csv);
	}
	replay_csv_free(rd.csv);
	free_places(rd.places);
	return good;
}
