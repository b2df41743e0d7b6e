/* SPDX-License-Identifier: MIT
 *
 * The present picture of each target: its health from the judge's stored state, its last
 * sample, its last 24 hours from history.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/base/json.h"
#include "agent/base/xalloc.h"
#include "storage/history.h"
#include "storage/reader_impl.h"
#include "storage/row.h"

/* States are dumped every five minutes, so one that is older than the newest by this
 * belongs to a target that left the config. */
#define STATE_STALE_MS "900000"
#define LOOK_BACK_MS   MS_PER_H /* for the last sample, at least */

struct found {
	struct reader_target t;
	int64_t pace_ms;
};

/* The newest series of each name that seems to be in the config. ?1: newest run's start,
 * ?2: its last sign of life. */
static const char targets_sql[] =
    "SELECT s.id, ifnull(s.renamed, s.target), s.provider, s.model, s.region, s.kind,"
    " s.pace_ms, j.json FROM series s LEFT JOIN judge_state j ON j.series = s.id"
    " WHERE s.id IN (SELECT max(id) FROM series"
    " GROUP BY vantage, ifnull(renamed, target))"
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
	json_decref(v);
}

static void read_target(sqlite3_stmt *st, struct found *f)
{
	struct row r = row_of(st);

	memset(f, 0, sizeof(*f));
	f->t.last_latency_us = f->t.p50_us = f->t.p95_us = f->t.cost_nano_24h = -1;
	f->t.uptime_pct = -1;
	f->t.series = (uint32_t)row_in(&r, 0, UINT32_MAX);
	row_text(&r, f->t.name, sizeof(f->t.name));
	row_text(&r, f->t.provider, sizeof(f->t.provider));
	row_text(&r, f->t.model, sizeof(f->t.model));
	row_text(&r, f->t.region, sizeof(f->t.region));
	row_text(&r, f->t.kind, sizeof(f->t.kind));
	f->pace_ms = row_in(&r, 0, 366 * MS_PER_DAY);
	read_state(row_peek(&r), &f->t);
}

static bool read_last_sample(
    struct reader *r, const struct reader_run *run, struct found *f, struct err *e)
{
	int64_t back = 3 * f->pace_ms > LOOK_BACK_MS ? 3 * f->pace_ms : LOOK_BACK_MS;
	struct bind b = bind_to(db_stmt(r->db,
	    "SELECT s.at, o.code, ifnull(s.first_token_us, s.first_byte_us) FROM samples s"
	    " LEFT JOIN outcomes o ON o.id = s.outcome"
	    " WHERE s.series = ? AND s.at >= ? ORDER BY s.at DESC LIMIT 1"));
	struct row row = row_of(b.st);
	bool found = false;

	bind_int(&b, f->t.series);
	bind_int(&b, run->last_alive.ms - back);
	if (!db_step(r->db, b.st, &found, e))
		return false;
	if (!found)
		return true;
	f->t.last_at = row_wall(&row);
	row_text(&row, f->t.last_outcome, sizeof(f->t.last_outcome));
	f->t.last_latency_us = row_int_or(&row, -1);
	(void)sqlite3_reset(b.st);
	return true;
}

/* An outage counts before a notice of the same target. */
static bool read_incident(struct reader *r, struct found *f, struct err *e)
{
	struct bind b = bind_to(db_stmt(r->db,
	    "SELECT short_id FROM incidents i WHERE state = 0 AND (subject = ?1 AND"
	    " subject_kind IN (0, 4) OR EXISTS (SELECT 1 FROM incident_targets t"
	    " WHERE t.incident = i.id AND t.target = ?1))"
	    " ORDER BY class, opened DESC LIMIT 1"));
	struct row row = row_of(b.st);

	bind_text(&b, f->t.name);
	if (!db_step(r->db, b.st, &f->t.has_incident, e))
		return false;
	if (f->t.has_incident)
		row_text(&row, f->t.incident_short, sizeof(f->t.incident_short));
	(void)sqlite3_reset(b.st);
	return true;
}

/* Several currencies cannot be added up here: the first is shown. */
static void add_history(struct found *f, const struct rollup *sum)
{
	int64_t known = 0;

	if (!sum || !sum->samples)
		return;
	known = sum->good_ms + sum->failed_ms;
	if (known > 0)
		f->t.uptime_pct = 100.0 * (double)sum->good_ms / (double)known;
	f->t.p50_us = hist_quantile_us(&sum->latency, 0.50);
	f->t.p95_us = hist_quantile_us(&sum->latency, 0.95);
	f->t.asks_24h = sum->samples;
	for (int i = 0; i < ROLLUP_CURRENCIES; i++) {
		if (strcmp(sum->cost[i].currency, ROLLUP_UNKNOWN) == 0)
			return; /* a sum with a hole is no sum */
	}
	f->t.cost_nano_24h = sum->cost[0].nano;
	(void)str_copy(f->t.currency, sizeof(f->t.currency),
	    *sum->cost[0].currency ? sum->cost[0].currency : "USD");
}

static bool read_targets(struct reader *r, const struct reader_run *run,
    struct found **ret, size_t *ret_n, struct err *e)
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
    struct found *all, size_t n, struct err *e)
{
	struct history h;

	if (!history_load(&h, r->db, wall_add_ms(now, -MS_PER_DAY), true, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		add_history(&all[i], history_find(&h, all[i].t.series));
		if (!read_last_sample(r, run, &all[i], e) ||
		    !read_incident(r, &all[i], e)) {
			history_fini(&h);
			return false;
		}
	}
	history_fini(&h);
	return true;
}

bool reader_targets(
    struct reader *r, struct wall now, reader_target_fn fn, void *arg, struct err *e)
{
	struct reader_run run;
	struct found *all = NULL;
	size_t n = 0;
	bool ok = reader_last_run(r, &run, e);

	reader_begin(r);
	ok =
	    ok && read_targets(r, &run, &all, &n, e) && complete(r, &run, now, all, n, e);
	for (size_t i = 0; ok && i < n; i++) {
		if (!fn(arg, &all[i].t))
			break;
	}
	free(all);
	return ok;
}
