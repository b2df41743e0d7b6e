/* SPDX-License-Identifier: MIT
 *
 * Rows of `series`.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/base/xalloc.h"
#include "storage/row.h"
#include "storage/series.h"

bool series_write(struct db *d, const struct series *s, struct err *e)
{
	struct bind b = bind_to(db_stmt(d,
	    "INSERT INTO series(id, vantage, target, provider, model, region, kind,"
	    " connection, first_seen, renamed, pace_ms)"
	    " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
	    " ON CONFLICT(id) DO UPDATE SET pace_ms = excluded.pace_ms, renamed ="
	    " nullif(ifnull(excluded.renamed, excluded.target), series.target)"));

	bind_int(&b, s->id);
	bind_text(&b, s->vantage);
	bind_text(&b, s->target);
	bind_text(&b, s->provider);
	bind_text(&b, s->model);
	bind_text(&b, s->region);
	bind_text(&b, s->kind);
	bind_text(&b, s->connection);
	bind_int(&b, s->first_seen.ms);
	bind_text(&b, s->renamed);
	bind_int(&b, s->pace_ms);
	return db_run(d, b.st, e);
}

static char *own_text(struct row *r)
{
	return xstrdup(row_peek(r));
}

/* A kind that this program does not know belongs to a later one: it matches no target. */
static const char *kind_of(const char *code)
{
	enum probe_kind k;

	return probe_kind_parse(code, &k) ? probe_kind_code(k) : "?";
}

static const char *connection_of(const char *code)
{
	for (int c = 0; c < CONNECTION_KIND_COUNT; c++) {
		const char *one = connection_kind_code((enum connection_kind)c);

		if (strcmp(one, code) == 0)
			return one;
	}
	return "?";
}

static void read_row(sqlite3_stmt *st, struct series *s)
{
	struct row r = row_of(st);
	const char *renamed = NULL;

	*s = (struct series){.id = (uint32_t)row_in(&r, 1, UINT32_MAX)};
	s->vantage = own_text(&r);
	s->target = own_text(&r);
	s->provider = own_text(&r);
	s->model = own_text(&r);
	s->region = own_text(&r);
	s->kind = kind_of(row_peek(&r));
	s->connection = connection_of(row_peek(&r));
	s->first_seen = row_wall(&r);
	renamed = row_peek(&r);
	s->renamed = *renamed ? xstrdup(renamed) : NULL;
	s->pace_ms = row_int(&r);
}

bool series_each(struct db *d, series_fn fn, void *arg, struct err *e)
{
	sqlite3_stmt *st = db_stmt(d,
	    "SELECT id, vantage, target, provider, model, region, kind, connection,"
	    " first_seen, renamed, pace_ms FROM series ORDER BY id");

	for (;;) {
		struct series s;
		bool row = false;

		if (!db_step(d, st, &row, e))
			return false;
		if (!row)
			return true;
		read_row(st, &s);
		fn(arg, &s);
		series_fini(&s);
	}
}
