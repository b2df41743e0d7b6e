/* SPDX-License-Identifier: MIT
 *
 * The present picture of each target: its health from the judge's stored state, its last
 * sample, its last 24 hours from history.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/base/json.h"
#include "agent/base/map.h"
#include "agent/base/xalloc.h"
#include "storage/history.h"
#include "storage/reader_impl.h"
#include "storage/row.h"

/* States are dumped every five minutes, so one that is older than the newest by this
 * belongs to a target that left the config. */
#define STATE_STALE_MS "900000"
#define LOOK_BACK_MS   MS_PER_H /* for the last sample, at least */

/* The series that seem to be in the config: one a name, several where it is a ladder. One
 * that was forgotten (its state is empty) is shown only where nothing else bears its
 * name. ?1: newest run's start, ?2: its last sign of life. */
static const char targets_sql[] =
    "SELECT s.id, ifnull(s.renamed, s.target), s.provider, s.model, s.region, s.kind,"
    " s.pace_ms, j.json FROM series s LEFT JOIN judge_state j ON j.series = s.id"
    " WHERE (j.json IS NOT '' OR NOT EXISTS (SELECT 1 FROM series o, judge_state k"
    " WHERE o.vantage = s.vantage AND k.series = o.id AND k.json <> '' AND k.through_ms >="
    " (SELECT max(through_ms) FROM judge_state) - " STATE_STALE_MS
    " AND ifnull(o.renamed, o.target) = ifnull(s.renamed, s.target)))"
    " AND (s.first_seen >= ?1 OR j.through_ms >="
    " (SELECT max(through_ms) FROM judge_state) - " STATE_STALE_MS
    " OR EXISTS (SELECT 1 FROM samples p WHERE p.series = s.id"
    " AND p.at >= ?2 - max(" STATE_STALE_MS ", 3 * s.pace_ms)))"
    " ORDER BY s.id";

static void read_state(const char *json, struct reader_target *t)
{
	json_t *v = *json ? json_parse(span_of(json), NULL) : NULL;
	const char *health = v ? json_text_at(v, "health") : NULL;

	if (health && health_parse(health, &t->health))
		(void)json_int_at(v, "since", &t->since.ms);
	t->behind = v && json_is_true(json_at(v, "behind"));
	json_decref(v);
}

static void read_target(sqlite3_stmt *st, struct reader_target *t)
{
	struct row r = row_of(st);

	memset(t, 0, sizeof(*t));
	t->last_latency_us = t->p50_us = t->p95_us = t->cost_nano_24h = -1;
	t->uptime_pct = -1;
	t->series = (uint32_t)row_in(&r, 0, UINT32_MAX);
	row_text(&r, t->name, sizeof(t->name));
	row_text(&r, t->provider, sizeof(t->provider));
	row_text(&r, t->model, sizeof(t->model));
	row_text(&r, t->region, sizeof(t->region));
	row_text(&r, t->kind, sizeof(t->kind));
	t->pace_ms = row_in(&r, 0, 366 * MS_PER_DAY);
	read_state(row_peek(&r), t);
}

static bool read_last_sample(struct reader *r, const struct reader_run *run,
    struct reader_target *t, struct err *e)
{
	int64_t back = 3 * t->pace_ms > LOOK_BACK_MS ? 3 * t->pace_ms : LOOK_BACK_MS;
	struct bind b = bind_to(db_stmt(r->db,
	    "SELECT s.at, o.code, ifnull(s.first_token_us, s.first_byte_us) FROM samples s"
	    " LEFT JOIN outcomes o ON o.id = s.outcome"
	    " WHERE s.series = ? AND s.at >= ? ORDER BY s.at DESC LIMIT 1"));
	struct row row = row_of(b.st);
	bool found = false;

	bind_int(&b, t->series);
	bind_int(&b, run->last_alive.ms - back);
	if (!db_step(r->db, b.st, &found, e))
		return false;
	if (!found)
		return true;
	t->last_at = row_wall(&row);
	row_text(&row, t->last_outcome, sizeof(t->last_outcome));
	t->last_latency_us = row_int_or(&row, -1);
	(void)sqlite3_reset(b.st);
	return true;
}

/* An outage counts before a notice of the same target. */
static bool read_incident(struct reader *r, struct reader_target *t, struct err *e)
{
	struct bind b = bind_to(db_stmt(r->db,
	    "SELECT short_id FROM incidents i WHERE state = 0 AND subject_kind <> 7"
	    " AND (subject = ?1 AND"
	    " subject_kind IN (0, 4) OR EXISTS (SELECT 1 FROM incident_targets t"
	    " WHERE t.incident = i.id AND t.target = ?1))"
	    " ORDER BY class, opened DESC LIMIT 1"));
	struct row row = row_of(b.st);

	bind_text(&b, t->name);
	if (!db_step(r->db, b.st, &t->has_incident, e))
		return false;
	if (t->has_incident)
		row_text(&row, t->incident_short, sizeof(t->incident_short));
	(void)sqlite3_reset(b.st);
	return true;
}

/* Several currencies cannot be added up here: the first is shown. */
static void add_history(struct reader_target *t, const struct rollup *sum)
{
	int64_t known = 0;

	if (!sum || !sum->samples)
		return;
	known = sum->good_ms + sum->failed_ms;
	if (known > 0)
		t->uptime_pct = 100.0 * (double)sum->good_ms / (double)known;
	t->p50_us = hist_quantile_us(&sum->latency, 0.50);
	t->p95_us = hist_quantile_us(&sum->latency, 0.95);
	t->asks_24h = sum->samples;
	for (int i = 0; i < ROLLUP_CURRENCIES; i++) {
		if (strcmp(sum->cost[i].currency, ROLLUP_UNKNOWN) == 0)
			return; /* a sum with a hole is no sum */
	}
	t->cost_nano_24h = sum->cost[0].nano;
	(void)str_copy(t->currency, sizeof(t->currency),
	    *sum->cost[0].currency ? sum->cost[0].currency : "USD");
}

static bool read_targets(struct reader *r, const struct reader_run *run,
    struct reader_target **ret, size_t *ret_n, struct err *e)
{
	struct bind b = bind_to(db_stmt(r->db, targets_sql));
	size_t cap = 0;

	bind_int(&b, run->started.ms);
	bind_int(&b, run->last_alive.ms);
	for (;;) {
		bool row = false;

		if (!db_step(r->db, b.st, &row, e))
			return false;
		if (!row)
			return true;
		if (*ret_n == cap) {
			cap = cap ? cap * 2 : 16;
			*ret = xreallocarray(*ret, cap, sizeof(**ret));
		}
		read_target(b.st, &(*ret)[(*ret_n)++]);
	}
}

static bool complete(struct reader *r, const struct reader_run *run, struct wall now,
    struct reader_target *all, size_t n, struct err *e)
{
	struct history h;

	if (!history_load(&h, r->db, wall_add_ms(now, -MS_PER_DAY), true, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		add_history(&all[i], history_find(&h, all[i].series));
		if (!read_last_sample(r, run, &all[i], e) ||
		    !read_incident(r, &all[i], e)) {
			history_fini(&h);
			return false;
		}
	}
	history_fini(&h);
	return true;
}

/* What proves most stands first among those of one name. */
static int rank(const char *kind)
{
	static const char *const kinds[] = {"models", "door"};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kind, kinds[i]) == 0)
			return (int)i + 2;
	}
	return strcmp(kind, "chat") == 0;
}

static int by_name_and_rank(const void *a, const void *b)
{
	const struct reader_target *x = a, *y = b;
	int names = strcmp(x->name, y->name), ranks = rank(x->kind) - rank(y->kind);

	if (names != 0)
		return names;
	return ranks != 0 ? ranks : x->series < y->series ? 1 : -1;
}

/* Names as they came, rungs behind their lead. An incident is the lead's. */
static void order(struct reader_target *all, size_t n)
{
	struct reader_target *sorted = xcalloc(n + 1, sizeof(*sorted));
	struct reader_target *out = xcalloc(n + 1, sizeof(*out));
	struct map *leads = map_new(); /* name -> its first in sorted */
	size_t k = 0;

	memcpy(sorted, all, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), by_name_and_rank);
	for (size_t i = n; i-- > 0;)
		(void)map_put(leads, sorted[i].name, &sorted[i]);
	for (size_t i = 0; i < n; i++) {
		struct reader_target *lead = map_remove(leads, all[i].name), *t = lead;

		for (; t && t < sorted + n && strcmp(t->name, lead->name) == 0; t++) {
			t->rung = t != lead;
			t->has_incident = t->has_incident && !t->rung;
			out[k++] = *t;
		}
	}
	memcpy(all, out, n * sizeof(*all));
	map_free(leads);
	free(sorted);
	free(out);
}

bool reader_targets(
    struct reader *r, struct wall now, reader_target_fn fn, void *arg, struct err *e)
{
	struct reader_run run;
	struct reader_target *all = NULL;
	size_t n = 0;
	bool ok = reader_last_run(r, &run, e);

	reader_begin(r);
	ok =
	    ok && read_targets(r, &run, &all, &n, e) && complete(r, &run, now, all, n, e);
	if (ok && n > 0)
		order(all, n);
	for (size_t i = 0; ok && i < n; i++) {
		if (!fn(arg, &all[i]))
			break;
	}
	free(all);
	return ok;
}
