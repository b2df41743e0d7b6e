/* SPDX-License-Identifier: MIT
 *
 * One step closes one five-minute bucket of all series, or an hour or day of some series
 * (SLICE of them), so that no commit waits for midnight.
 */
#include "storage/rolling.h"

#include <stdlib.h>
#include <string.h>

#include "agent/base/xalloc.h"
#include "storage/rollup_rows.h"
#include "storage/row.h"
#include "storage/txn_parts.h"

#define SLICE 256

static const char *const names[ROLLUP_LEVEL_COUNT] = {
    [ROLLUP_FIVE_MINUTES] = "five_minutes",
    [ROLLUP_HOUR] = "hours",
    [ROLLUP_DAY] = "days",
};

void rolling_init(struct rolling *r)
{
	memset(r, 0, sizeof(*r));
}

void rolling_fini(struct rolling *r)
{
	free(r->late);
	rolling_init(r);
}

bool rolling_load(struct rolling *r, struct db *d, struct err *e)
{
	for (int l = 0; l < ROLLUP_LEVEL_COUNT; l++) {
		struct bind b =
		    bind_to(db_stmt(d, "SELECT through FROM rolled WHERE level = ?"));
		bool row = false;

		bind_text(&b, names[l]);
		if (!db_step(d, b.st, &row, e))
			return false;
		r->through[l] = row ? sqlite3_column_int64(b.st, 0) : 0;
		r->cursor[l] = 0;
		(void)sqlite3_reset(b.st);
	}
	return true;
}

static bool save(struct db *d, enum rollup_level l, int64_t through, struct err *e)
{
	struct bind b =
	    bind_to(db_stmt(d, "REPLACE INTO rolled(level, through) VALUES(?, ?)"));

	bind_text(&b, names[l]);
	bind_int(&b, through);
	return db_run(d, b.st, e);
}

/* ---- rows ---- */

struct emitting {
	struct db *db;
	struct err *e;
};

static bool emit_row(void *arg, const struct rollup *one)
{
	struct emitting *m = arg;

	return rollup_write(m->db, ROLLUP_FIVE_MINUTES, one, m->e);
}

static bool make_five(struct db *d, int64_t at, int64_t series, struct err *e)
{
	struct emitting m = {d, e};
	struct rollup_range range = {
	    at, at + rollup_width_ms(ROLLUP_FIVE_MINUTES), series};

	return rollup_fold_samples(d, &range, emit_row, &m, e);
}

/* An hour or a day of one series: the sum of its parts. */
static bool make_sum(
    struct db *d, enum rollup_level l, int64_t at, uint32_t series, struct err *e)
{
	enum rollup_level below = l == ROLLUP_DAY ? ROLLUP_HOUR : ROLLUP_FIVE_MINUTES;
	int64_t until = at + rollup_width_ms(l);
	struct rollup sum, part;

	rollup_init(&sum, series, at);
	for (int64_t t = at; t < until; t += rollup_width_ms(below)) {
		bool found = false;

		part.series = series;
		part.at = t;
		if (!rollup_find(d, below, &part, &found, e))
			return false;
		if (found)
			rollup_merge(&sum, &part);
	}
	return sum.samples == 0 || rollup_write(d, l, &sum, e);
}

/* ---- latecomers ---- */

static void note(struct rolling *r, uint32_t series, int64_t at_ms)
{
	int64_t at = rollup_floor(ROLLUP_FIVE_MINUTES, at_ms);

	if (at >= r->through[ROLLUP_FIVE_MINUTES])
		return;
	for (size_t i = 0; i < r->n_late; i++) {
		if (r->late[i].series == series && r->late[i].at == at)
			return;
	}
	if (r->n_late == r->cap_late) {
		r->cap_late = r->cap_late ? r->cap_late * 2 : 16;
		r->late = xreallocarray(r->late, r->cap_late, sizeof(*r->late));
	}
	r->late[r->n_late++] = (struct rolling_late){series, at};
}

void rolling_note(struct rolling *r, const struct txn *t)
{
	PARTS_EACH(const struct judged_sample, s, &t->samples)
	note(r, s->sample.series, s->sample.at.ms);
	PARTS_EACH(const struct remark, m, &t->remarks)
	note(r, m->series, m->at.ms);
}

void rolling_forget(struct rolling *r)
{
	r->n_late = 0;
}

bool rolling_repair(struct rolling *r, struct db *d, struct err *e)
{
	for (size_t i = 0; i < r->n_late; i++) {
		const struct rolling_late *late = &r->late[i];

		if (!make_five(d, late->at, late->series, e))
			return false;
		for (enum rollup_level l = ROLLUP_HOUR; l < ROLLUP_LEVEL_COUNT; l++) {
			int64_t at = rollup_floor(l, late->at);

			if (at < r->through[l] && !make_sum(d, l, at, late->series, e))
				return false;
		}
	}
	rolling_forget(r);
	return true;
}

/* ---- closing ---- */

/* Start of the first thing at or after `from`; INT64_MAX: there is none. */
static bool first_from(
    struct db *d, const char *sql, int64_t from, int64_t *ret, struct err *e)
{
	struct bind b = bind_to(db_stmt(d, sql));
	bool row = false;

	bind_int(&b, from);
	if (!db_step(d, b.st, &row, e))
		return false;
	*ret = row ? row_int_or(&(struct row){.st = b.st}, INT64_MAX) : INT64_MAX;
	(void)sqlite3_reset(b.st);
	return true;
}

static bool close_five(
    struct rolling *r, struct db *d, struct wall now, bool *ret_closed, struct err *e)
{
	const int64_t width = rollup_width_ms(ROLLUP_FIVE_MINUTES);
	int64_t due = rollup_floor(ROLLUP_FIVE_MINUTES, now.ms - ROLLING_GRACE_MS);
	int64_t first = 0, at = r->through[ROLLUP_FIVE_MINUTES];

	if (at > now.ms + MS_PER_DAY) /* the clock had been far ahead */
		at = due;
	else if (at >= due)
		return true;
	if (!first_from(d, "SELECT min(at) FROM samples WHERE at >= ?", at, &first, e))
		return false;
	if (first == INT64_MAX && at == 0)
		return true; /* nothing to begin with */
	at = first >= due ? due : rollup_floor(ROLLUP_FIVE_MINUTES, first);
	if (!db_begin(d, e))
		return false;
	if (at < due && !make_five(d, at, ROLLUP_ALL_SERIES, e))
		return false;
	at = at < due ? at + width : due;
	if (!save(d, ROLLUP_FIVE_MINUTES, at, e) || !db_commit(d, e))
		return false;
	r->through[ROLLUP_FIVE_MINUTES] = at;
	*ret_closed = true;
	return true;
}

/* The next SLICE series; *ret_last 0: none are left. */
static bool sum_slice(struct rolling *r, struct db *d, enum rollup_level l, int64_t at,
    uint32_t *ret_last, struct err *e)
{
	uint32_t ids[SLICE], n = 0;
	struct bind b = bind_to(
	    db_stmt(d, "SELECT id FROM series WHERE id > ? ORDER BY id LIMIT 256"));

	bind_int(&b, r->cursor[l]);
	for (bool row = true; row && n < SLICE;) {
		if (!db_step(d, b.st, &row, e))
			return false;
		if (row)
			ids[n++] = (uint32_t)sqlite3_column_int64(b.st, 0);
	}
	(void)sqlite3_reset(b.st);
	for (uint32_t i = 0; i < n; i++) {
		if (!make_sum(d, l, at, ids[i], e))
			return false;
	}
	*ret_last = n < SLICE ? 0 : ids[n - 1];
	return true;
}

static bool close_sum(
    struct rolling *r, struct db *d, enum rollup_level l, bool *ret_closed, struct err *e)
{
	int64_t below = r->through[l - 1], first = 0, at = r->through[l];
	uint32_t last = 0;

	if (at > below) /* `below` was set back */
		at = rollup_floor(l, below);
	else if (at + rollup_width_ms(l) > below)
		return true;
	if (!first_from(
		d, "SELECT min(at) FROM five_minutes WHERE at >= ?", at, &first, e))
		return false;
	at = rollup_floor(l, first < below ? first : below);
	if (at != r->through[l])
		r->cursor[l] = 0;
	if (!db_begin(d, e))
		return false;
	if (at + rollup_width_ms(l) <= below) {
		if (!sum_slice(r, d, l, at, &last, e))
			return false;
		if (!last)
			at += rollup_width_ms(l);
	}
	if (!save(d, l, at, e) || !db_commit(d, e))
		return false;
	r->through[l] = at;
	r->cursor[l] = last;
	*ret_closed = true;
	return true;
}

bool rolling_step(
    struct rolling *r, struct db *d, struct wall now, bool *ret_more, struct err *e)
{
	bool closed = false;
	bool ok = close_five(r, d, now, &closed, e);

	for (enum rollup_level l = ROLLUP_HOUR; ok && !closed && l < ROLLUP_LEVEL_COUNT;
	     l++)
		ok = close_sum(r, d, l, &closed, e);
	if (!ok)
		db_rollback(d);
	*ret_more = ok && closed;
	return ok;
}
