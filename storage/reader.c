/* SPDX-License-Identifier: MIT
 *
 * Opening, the budget, runs, incidents and the outbox in numbers; targets are in
 * reader_targets.c.
 */
#include "storage/reader.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/base/xalloc.h"
#include "storage/incidents.h"
#include "storage/reader_impl.h"
#include "storage/row.h"

#define STEPS_BETWEEN_LOOKS 2000
#define USUAL_LIMIT         50

static int64_t now_us(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * US_PER_S + ts.tv_nsec / 1000;
}

static int is_over(void *arg)
{
	const struct reader *r = arg;

	return now_us() > r->deadline_us;
}

void reader_begin(struct reader *r)
{
	r->deadline_us = now_us() + r->budget_ms * US_PER_MS;
}

struct reader *reader_open(const char *path, int64_t budget_ms, struct err *e)
{
	struct db *d = db_open(path, DB_READ_ONLY, e);
	struct reader *r = NULL;

	if (!d)
		return NULL;
	r = xcalloc(1, sizeof(*r));
	r->db = d;
	r->budget_ms = budget_ms;
	reader_begin(r);
	sqlite3_progress_handler(db_handle(d), STEPS_BETWEEN_LOOKS, is_over, r);
	return r;
}

void reader_close(struct reader *r)
{
	if (!r)
		return;
	db_close(r->db);
	free(r);
}

struct db *reader_db(struct reader *r)
{
	return r->db;
}

bool reader_last_run(struct reader *r, struct reader_run *ret, struct err *e)
{
	sqlite3_stmt *st = db_stmt(r->db,
	    "SELECT id, started, last_alive, clean, version, coalesce(nullif(vantage, ''),"
	    " (SELECT vantage FROM series ORDER BY id DESC LIMIT 1), '')"
	    " FROM runs ORDER BY id DESC LIMIT 1");
	struct row row = row_of(st);
	bool found = false;

	reader_begin(r);
	if (!db_step(r->db, st, &found, e))
		return false;
	if (!found)
		return err_set(e, ERR_NOT_FOUND, "no run of dimwatch is recorded in it");
	ret->id = row_int(&row);
	ret->started = row_wall(&row);
	ret->last_alive = row_wall(&row);
	ret->clean = row_bool(&row);
	row_text(&row, ret->version, sizeof(ret->version));
	row_text(&row, ret->vantage, sizeof(ret->vantage));
	(void)sqlite3_reset(st);
	return true;
}

bool reader_incidents(struct reader *r, const struct reader_incident_filter *f,
    reader_incident_fn fn, void *arg, struct err *e)
{
	struct incident *in = xmalloc(sizeof(*in));
	struct bind b = bind_to(db_stmt(r->db, INCIDENTS_SELECT
	    "WHERE (?1 = 0 OR state = 0) AND started >= ?2 AND (?3 IS NULL OR"
	    " (subject_kind IN (0, 4) AND subject = ?3) OR EXISTS (SELECT 1 FROM"
	    " incident_targets t WHERE t.incident = i.id AND t.target = ?3))"
	    " AND (?5 IS NULL OR provider = ?5 OR EXISTS (SELECT 1 FROM incident_shares s"
	    " WHERE s.incident = i.id AND (s.provider = ?5 OR (s.provider = '' AND"
	    " s.target = ?5))))"
	    " ORDER BY opened DESC, id DESC LIMIT ?4"));
	bool ok = true, row = true, go = true;

	reader_begin(r);
	bind_int(&b, f->open_only);
	bind_int(&b, f->since.ms);
	bind_text(&b, f->target);
	bind_int(&b, f->limit > 0 ? f->limit : USUAL_LIMIT);
	bind_text(&b, f->provider);
	while (go && (ok = db_step(r->db, b.st, &row, e)) && row) {
		ok = incidents_read(r->db, b.st, in, e);
		go = ok && fn(arg, in);
	}
	(void)sqlite3_reset(b.st);
	free(in);
	return ok;
}

bool reader_incident(
    struct reader *r, const char *id, struct incident *ret, struct err *e)
{
	struct bind b = bind_to(
	    db_stmt(r->db, INCIDENTS_SELECT "WHERE id = upper(?1) OR short_id = upper(?1)"
					    " ORDER BY opened DESC LIMIT 1"));
	bool found = false, ok = false;

	reader_begin(r);
	bind_text(&b, id);
	if (!db_step(r->db, b.st, &found, e))
		return false;
	if (!found)
		return err_set(e, ERR_NOT_FOUND, "there is no incident '%.40s'", id);
	ok = incidents_read(r->db, b.st, ret, e);
	(void)sqlite3_reset(b.st);
	return ok;
}

bool reader_deliveries(
    struct reader *r, struct wall now, struct reader_delivery_counts *ret, struct err *e)
{
	struct bind b = bind_to(db_stmt(r->db,
	    "SELECT count(*) FILTER (WHERE state = 0),"
	    " count(*) FILTER (WHERE state = 1 AND sent >= ?1),"
	    " count(*) FILTER (WHERE state = 2 AND created >= ?1 - 86400000),"
	    " min(created) FILTER (WHERE state = 0) FROM deliveries"));
	struct row row = row_of(b.st);
	bool found = false;

	reader_begin(r);
	bind_int(&b, now.ms - MS_PER_DAY);
	if (!db_step(r->db, b.st, &found, e))
		return false;
	if (!found)
		return err_set(e, ERR_STORAGE, "the outbox cannot be counted");
	ret->pending = row_int(&row);
	ret->sent_24h = row_int(&row);
	ret->dead_24h = row_int(&row);
	ret->oldest_pending = row_wall(&row);
	(void)sqlite3_reset(b.st);
	return true;
}

static bool count_asks(struct reader *r, struct reader_spend *ret, struct err *e)
{
	sqlite3_stmt *st = db_stmt(r->db,
	    "SELECT ifnull(sum(asks), 0), ifnull(sum(unknown_asks), 0) FROM"
	    " (SELECT DISTINCT series, asks, unknown_asks FROM spend_today)");
	struct row row = row_of(st);
	bool found = false;

	if (!db_step(r->db, st, &found, e))
		return false;
	if (!found)
		return err_set(e, ERR_STORAGE, "the asks of today cannot be counted");
	ret->asks = row_int(&row);
	ret->unknown_asks = row_int(&row);
	(void)sqlite3_reset(st);
	return true;
}

bool reader_spend(struct reader *r, struct reader_spend *ret, struct err *e)
{
	sqlite3_stmt *st = db_stmt(r->db,
	    "SELECT currency, sum(spent_nano) FROM spend_today"
	    " WHERE currency IS NOT NULL GROUP BY currency ORDER BY currency");
	bool ok = true, found = true;

	*ret = (struct reader_spend){0};
	reader_begin(r);
	if (!count_asks(r, ret, e))
		return false;
	while (
	    ret->n < READER_CURRENCIES && (ok = db_step(r->db, st, &found, e)) && found) {
		struct row row = row_of(st);

		row_text(
		    &row, ret->sums[ret->n].currency, sizeof(ret->sums[ret->n].currency));
		ret->sums[ret->n++].nano = row_int(&row);
	}
	(void)sqlite3_reset(st);
	return ok;
}
