/* SPDX-License-Identifier: MIT
 *
 * Tasks are rows: which table, how old, how to find the end of a slice. Slices of what is
 * keyed by time are neighbours on disk, which makes them cheap.
 */
#include "storage/retention.h"

#include <string.h>

#include "storage/row.h"

#define KEEP_FOR_SIZE_MS MS_PER_H /* samples that size never takes */
#define VACUUM_PAGES     "500"
#define FREE_ENOUGH      0.9 /* of the limit: a look frees some space for later */

/* Every statement takes ?1: the cut-off, or ?1 and ?2 where it says so. */
struct task {
	size_t keep; /* offset of the age in struct store_keep */
	/* The end of the slice, when there is more than one. NULL: not sliced. */
	const char *slice_end;
	const char *also; /* deleted with the slice; may be NULL */
	const char *delete;
	bool by_series; /* ?2 a series: a walk over all of them */
};

#define KEEP(field) offsetof(struct store_keep, field)
#define SLICE_END(table)                                                                 \
	"SELECT at + 1 FROM " table " WHERE at < ?1 ORDER BY at LIMIT 1 OFFSET 5000"

static const struct task tasks[] = {
    {KEEP(samples_ms),      SLICE_END("samples"),      "DELETE FROM details WHERE at < ?1",
     "DELETE FROM samples WHERE at < ?1",												      false},
    {KEEP(five_minutes_ms), SLICE_END("five_minutes"), NULL,
     "DELETE FROM five_minutes WHERE at < ?1",												 false},
    {KEEP(hours_ms),        NULL,                      NULL,                                "DELETE FROM hours WHERE series = ?2 AND at < ?1", true },
    {KEEP(days_ms),         NULL,                      NULL,				"DELETE FROM days WHERE series = ?2 AND at < ?1",  true },
    {KEEP(days_ms),         NULL,
     "DELETE FROM deliveries WHERE state <> 0 AND incident IN (SELECT id FROM incidents"
	" WHERE state = 1 AND opened < ?1 ORDER BY opened LIMIT 500)",		      "DELETE FROM incidents WHERE id IN (SELECT id FROM incidents WHERE state = 1"
	" AND opened < ?1 ORDER BY opened LIMIT 500)",		   false},
    {KEEP(days_ms),         NULL,                      NULL,				"DELETE FROM gaps WHERE ended < ?1",               false},
    {KEEP(days_ms),         NULL,                      NULL,
     "DELETE FROM runs WHERE last_alive < ?1 AND id < (SELECT max(id) FROM runs)",							     false},
    {KEEP(days_ms),         NULL,                      NULL,
     "DELETE FROM deliveries WHERE state <> 0 AND created < ?1",									       false},
    {KEEP(samples_ms),      NULL,                      NULL,
     "DELETE FROM requests WHERE done_at < ?1 AND id < (SELECT max(id) FROM requests)",							false},
    {KEEP(samples_ms),      NULL,                      NULL,
     "DELETE FROM silences WHERE until < ?1 AND id < (SELECT max(id) FROM silences)",							  false},
    {KEEP(samples_ms),      NULL,                      NULL,                                "DELETE FROM judge_state WHERE through_ms < ?1",
     false																	  },
};
#define N_TASKS ((int)(sizeof(tasks) / sizeof(tasks[0])))

/* The same tables for the sake of size, in this order. ?1: what must stay. */
static const struct {
	const char *slice_end; /* of the oldest slice */
	const char *also;
	const char *delete;
} victims[] = {
    {SLICE_END("samples"),				  "DELETE FROM details WHERE at < ?1",
     "DELETE FROM samples WHERE at < ?1"														      },
    {SLICE_END("five_minutes"),                             NULL,				      "DELETE FROM five_minutes WHERE at < ?1"               },
    {"SELECT min(at) + 604800000 FROM hours WHERE at < ?1", NULL,
     "DELETE FROM hours WHERE at < ?1"															},
    {"SELECT min(at) + 2592000000 FROM days WHERE at < ?1", NULL,
     "DELETE FROM days WHERE at < ?1"															 },
    {"SELECT opened + 1 FROM incidents WHERE opened < ?1 AND state = 1 ORDER BY opened"
     " LIMIT 1 OFFSET 500",			    "DELETE FROM deliveries WHERE state <> 0 AND incident IN"
	" (SELECT id FROM incidents WHERE state = 1 AND opened < ?1)", "DELETE FROM incidents WHERE state = 1 AND opened < ?1"},
};
#define N_VICTIMS ((int)(sizeof(victims) / sizeof(victims[0])))

void retention_init(struct retention *r, const struct store_keep *keep)
{
	*r = (struct retention){.keep = *keep};
}

static bool run_with(
    struct db *d, const char *sql, int64_t cut, uint32_t series, struct err *e)
{
	sqlite3_stmt *st = db_stmt(d, sql);
	struct bind b = bind_to(st);

	bind_int(&b, cut);
	if (sqlite3_bind_parameter_count(st) > 1)
		bind_int(&b, series);
	return db_run(d, st, e);
}

/* Where the slice ends: at the cut-off, or earlier when there is more than a slice. */
static bool find_end(
    struct db *d, const char *sql, int64_t cut, int64_t *ret, struct err *e)
{
	sqlite3_stmt *st = db_stmt(d, sql);
	struct bind b = bind_to(st);
	bool row = false;

	bind_int(&b, cut);
	if (!db_step(d, st, &row, e))
		return false;
	*ret = cut;
	if (row && sqlite3_column_type(st, 0) != SQLITE_NULL &&
	    sqlite3_column_int64(st, 0) < cut)
		*ret = sqlite3_column_int64(st, 0);
	(void)sqlite3_reset(st);
	return true;
}

static bool delete_in_one(struct retention *r, struct db *d, const char *also,
    const char *what, int64_t cut, struct err *e)
{
	if (!db_begin(d, e))
		return false;
	if ((also && !run_with(d, also, cut, 0, e)) || !run_with(d, what, cut, 0, e))
		return false;
	r->rows_deleted += (uint64_t)sqlite3_changes64(db_handle(d));
	return db_commit(d, e);
}

/* ---- by age ---- */

static bool by_series(
    struct retention *r, struct db *d, const struct task *t, int64_t cut, struct err *e)
{
	uint32_t last = r->cursor;
	struct bind b = bind_to(
	    db_stmt(d, "SELECT id FROM series WHERE id > ? ORDER BY id LIMIT 256"));
	int n = 0;

	bind_int(&b, r->cursor);
	if (!db_begin(d, e))
		return false;
	for (bool row = true;; n++) {
		if (!db_step(d, b.st, &row, e))
			return false;
		if (!row)
			break;
		last = (uint32_t)sqlite3_column_int64(b.st, 0);
		if (!run_with(d, t->delete, cut, last, e))
			return false;
		r->rows_deleted += (uint64_t)sqlite3_changes64(db_handle(d));
	}
	r->cursor = n ? last : 0;
	if (!n)
		r->task++;
	return db_commit(d, e);
}

static bool by_age(struct retention *r, struct db *d, struct wall now, struct err *e)
{
	const struct task *t = &tasks[r->task];
	int64_t age = 0, cut = 0, end = 0;

	memcpy(&age, (const char *)&r->keep + t->keep, sizeof(age));
	cut = end = now.ms - age;
	if (age <= 0) { /* for ever */
		r->task++;
		return true;
	}
	if (t->by_series)
		return by_series(r, d, t, cut, e);
	if (t->slice_end && !find_end(d, t->slice_end, cut, &end, e))
		return false;
	if (!delete_in_one(r, d, t->also, t->delete, end, e))
		return false;
	if (end == cut)
		r->task++;
	return true;
}

/* ---- by size ---- */

static bool pages(struct db *d, int64_t *ret_file, int64_t *ret_used, struct err *e)
{
	int64_t size = 0, count = 0, free_pages = 0;

	if (!db_number(d, "PRAGMA page_size", 0, &size, e) ||
	    !db_number(d, "PRAGMA page_count", 0, &count, e) ||
	    !db_number(d, "PRAGMA freelist_count", 0, &free_pages, e))
		return false;
	*ret_file = count * size;
	*ret_used = (count - free_pages) * size;
	return true;
}

/* The oldest slice of the first table that has one. *ret_none: there is nothing left that
 * may go. */
static bool take_oldest(
    struct retention *r, struct db *d, struct wall now, bool *ret_none, struct err *e)
{
	int64_t stay = 0;

	if (!db_number(d, "SELECT through FROM rolled WHERE level = 'five_minutes'", 0,
		&stay, e))
		return false;
	if (stay > now.ms - KEEP_FOR_SIZE_MS)
		stay = now.ms - KEEP_FOR_SIZE_MS;
	for (int i = 0; i < N_VICTIMS; i++) {
		uint64_t before = r->rows_deleted;
		int64_t end = 0;

		if (!find_end(d, victims[i].slice_end, stay, &end, e) ||
		    !delete_in_one(r, d, victims[i].also, victims[i].delete, end, e))
			return false;
		if (r->rows_deleted != before)
			return true;
	}
	*ret_none = true;
	return true;
}

static bool by_size(
    struct retention *r, struct db *d, struct wall now, bool *ret_more, struct err *e)
{
	int64_t file = 0, used = 0;
	int64_t enough = (int64_t)((double)r->keep.size_bytes * FREE_ENOUGH);
	bool none = false;

	if (!pages(d, &file, &used, e))
		return false;
	if (used > enough && !take_oldest(r, d, now, &none, e))
		return false;
	if ((used <= enough || none) && file > used)
		return db_exec(d, "PRAGMA incremental_vacuum(" VACUUM_PAGES ")", e);
	r->over_size = used > enough && !none;
	*ret_more = r->over_size;
	return true;
}

/* ---- a look ---- */

static bool is_due(struct retention *r, struct wall now)
{
	/* A clock that went back: `next` may be far away. */
	return now.ms >= r->next.ms || r->next.ms - now.ms > RETENTION_EVERY_MS;
}

bool retention_step(struct retention *r, struct db *d, struct wall now,
    int64_t file_bytes, bool *ret_more, struct err *e)
{
	bool ok = true;

	*ret_more = false;
	if (r->over_size) {
		*ret_more = true;
		ok = by_size(r, d, now, ret_more, e);
	} else if (r->task || is_due(r, now)) {
		*ret_more = true;
		ok = by_age(r, d, now, e);
		if (ok && r->task == N_TASKS) {
			r->next = wall_add_ms(now, RETENTION_EVERY_MS);
			r->over_size =
			    r->keep.size_bytes > 0 && file_bytes > r->keep.size_bytes;
			r->task = 0;
			*ret_more = r->over_size;
		}
	}
	if (!ok)
		db_rollback(d);
	return ok;
}
