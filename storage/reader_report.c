/* SPDX-License-Identifier: MIT
 *
 * See the header.
 */
#include "storage/reader_report.h"

#include <string.h>

#include "agent/base/xalloc.h"
#include "storage/reader_impl.h"
#include "storage/row.h"

static bool find_fact(const char *code, enum fact_kind *ret)
{
	for (int k = 0; code && k < FACT_KIND_COUNT; k++) {
		if (strcmp(fact_code((enum fact_kind)k), code) != 0)
			continue;
		*ret = (enum fact_kind)k;
		return true;
	}
	return false;
}

/* False: of a kind that this program does not know, or damaged. */
static bool read_entry(sqlite3_stmt *st, struct incident_entry *en)
{
	struct row row = row_of(st);
	bool known;

	en->seq = (uint32_t)row_in(&row, 0, UINT32_MAX);
	known = find_fact(row_peek(&row), &en->kind);
	en->at = row_wall(&row);
	en->severity = (enum severity)row_in(&row, 0, SEVERITY_COUNT - 1);
	en->from = (enum severity)row_in(&row, 0, SEVERITY_COUNT - 1);
	en->health = (enum health)row_in(&row, 0, HEALTH_COUNT - 1);
	row_text(&row, en->detail, sizeof(en->detail));
	en->causes = xstrdup(row_peek(&row));
	return known && !row.bad;
}

bool reader_log(struct reader *r, const struct ulid *incident, reader_entry_fn fn,
    void *arg, struct err *e)
{
	struct bind b = bind_to(db_stmt(r->db,
	    "SELECT seq, kind, at, severity, severity_from, health, detail, causes"
	    " FROM incident_log WHERE incident = ? ORDER BY seq"));
	bool ok = true, found = true, go = true;

	reader_begin(r);
	bind_text(&b, incident->text);
	while (go && (ok = db_step(r->db, b.st, &found, e)) && found) {
		struct incident_entry en = {.incident = *incident};

		go = !read_entry(b.st, &en) || fn(arg, &en);
		incident_entry_fini(&en);
	}
	(void)sqlite3_reset(b.st);
	return ok;
}

bool reader_cost(struct reader *r, const struct reader_cost_of *of, reader_cost_fn fn,
    void *arg, struct err *e)
{
	struct bind b = bind_to(db_stmt(r->db,
	    "SELECT CASE WHEN s.cost_nano IS NULL THEN '' WHEN s.words = 2 THEN"
	    " ifnull(d.currency, '') ELSE ifnull(w.currency, '') END AS money,"
	    " count(*), ifnull(sum(s.cost_nano), 0),"
	    " ifnull(sum(s.cost_nano) FILTER (WHERE o.blame = 'provider'), 0)"
	    " FROM samples s LEFT JOIN words w ON w.id = s.words"
	    " LEFT JOIN details d ON d.at = s.at AND d.series = s.series"
	    " LEFT JOIN outcomes o ON o.id = s.outcome"
	    " WHERE s.at >= ? AND s.at < ? AND s.series = ? GROUP BY money ORDER BY money"));
	bool ok = true, found = true, go = true;

	reader_begin(r);
	bind_int(&b, of->from.ms);
	bind_int(&b, of->until.ms);
	bind_int(&b, of->series);
	while (go && (ok = db_step(r->db, b.st, &found, e)) && found) {
		struct row row = row_of(b.st);
		struct reader_cost c;

		row_text(&row, c.currency, sizeof(c.currency));
		c.asks = row_int(&row);
		c.nano = row_int(&row);
		c.failed_nano = row_int(&row);
		go = fn(arg, &c);
	}
	(void)sqlite3_reset(b.st);
	return ok;
}
