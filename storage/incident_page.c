/* SPDX-License-Identifier: MIT
 *
 * See the header.
 */
#include "storage/incident_page.h"

#include "storage/row.h"

/* It said something, and nobody can read it any more. */
static bool forget(struct db *d, const struct incident *in, struct err *e)
{
	struct bind b =
	    bind_to(db_stmt(d, "DELETE FROM incident_pages WHERE incident = ?"));
	bind_text(&b, in->id.text);
	return db_run(d, b.st, e);
}

bool incident_page_write(struct db *d, const struct incident *in, struct err *e)
{
	const struct incident_page *p = &in->page;
	if (p->state == PAGE_NONE && !p->posted.ms)
		return forget(d, in, e);
	struct bind b = bind_to(db_stmt(d,
	    "INSERT INTO incident_pages(incident, state, posted, title, url)"
	    " VALUES(?, ?, ?, ?, ?) ON CONFLICT(incident) DO UPDATE SET"
	    " state = excluded.state, posted = excluded.posted, title = excluded.title,"
	    " url = excluded.url"));
	bind_text(&b, in->id.text);
	bind_int(&b, p->state);
	bind_wall(&b, p->posted);
	bind_text(&b, p->title);
	bind_text(&b, p->url);
	return db_run(d, b.st, e);
}

bool incident_page_read(struct db *d, struct incident *in, bool *bad, struct err *e)
{
	struct bind b = bind_to(db_stmt(d,
	    "SELECT state, posted, title, url FROM incident_pages WHERE incident = ?"));
	bool there = false;
	bind_text(&b, in->id.text);
	if (!db_step(d, b.st, &there, e))
		return false;
	if (there) {
		struct row r = row_of(b.st);
		in->page.state = (enum page_state)row_in(&r, 0, PAGE_STATE_COUNT - 1);
		in->page.posted = row_wall(&r);
		row_text(&r, in->page.title, sizeof in->page.title);
		row_text(&r, in->page.url, sizeof in->page.url);
		*bad |= r.bad;
	}
	(void)sqlite3_reset(b.st);
	return true;
}
