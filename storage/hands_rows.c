/* SPDX-License-Identifier: MIT
 *
 * See hands_rows.h. A pause that is over leaves no row.
 */
#include "storage/hands_rows.h"

#include <string.h>

#include "storage/row.h"

bool silences_write(struct db *d, const struct silence *s, struct err *e)
{
	struct bind b = bind_to(db_stmt(d,
	    "REPLACE INTO silences(id, subject, labels, began, until, ended, who, note)"
	    " VALUES(?, ?, ?, ?, ?, ?, ?, ?)"));

	bind_int(&b, s->id);
	bind_text(&b, s->subject);
	bind_text(&b, s->labels);
	bind_int(&b, s->began.ms);
	bind_int(&b, s->until.ms);
	bind_wall(&b, s->ended);
	bind_text(&b, s->who);
	bind_text(&b, s->note);
	return db_run(d, b.st, e);
}

bool pauses_write(struct db *d, const struct pause *p, struct err *e)
{
	struct bind b = bind_to(db_stmt(d, "DELETE FROM pauses WHERE target = ?"));

	bind_text(&b, p->target);
	if (!db_run(d, b.st, e))
		return false;
	if (!p->since.ms)
		return true;
	b = bind_to(db_stmt(
	    d, "INSERT INTO pauses(target, since, who, note) VALUES(?, ?, ?, ?)"));
	bind_text(&b, p->target);
	bind_int(&b, p->since.ms);
	bind_text(&b, p->who);
	bind_text(&b, p->note);
	return db_run(d, b.st, e);
}

bool silences_each(struct db *d, struct wall now, silence_fn fn, void *arg, struct err *e)
{
	struct bind b = bind_to(
	    db_stmt(d, "SELECT id, subject, labels, began, until, ended, who, note"
		       " FROM silences WHERE (until > ? AND ended IS NULL)"
		       " OR id = (SELECT max(id) FROM silences) ORDER BY id"));
	bool ok = true, row = true;

	bind_int(&b, now.ms);
	while ((ok = db_step(d, b.st, &row, e)) && row) {
		struct row r = row_of(b.st);
		struct silence s = {.id = row_int(&r)};

		row_text(&r, s.subject, sizeof(s.subject));
		row_text(&r, s.labels, sizeof(s.labels));
		s.began = row_wall(&r);
		s.until = row_wall(&r);
		s.ended = row_wall(&r);
		row_text(&r, s.who, sizeof(s.who));
		row_text(&r, s.note, sizeof(s.note));
		fn(arg, &s);
	}
	(void)sqlite3_reset(b.st);
	return ok;
}

bool pauses_each(struct db *d, pause_fn fn, void *arg, struct err *e)
{
	sqlite3_stmt *st =
	    db_stmt(d, "SELECT target, since, who, note FROM pauses ORDER BY target");
	bool ok = true, row = true;

	while ((ok = db_step(d, st, &row, e)) && row) {
		struct row r = row_of(st);
		struct pause p = {.target = ""};

		row_text(&r, p.target, sizeof(p.target));
		p.since = row_wall(&r);
		row_text(&r, p.who, sizeof(p.who));
		row_text(&r, p.note, sizeof(p.note));
		fn(arg, &p);
	}
	(void)sqlite3_reset(st);
	return ok;
}
