/* SPDX-License-Identifier: MIT
 *
 * See reader_digest.h. Hours where they are whole and closed, five-minute rows at the
 * edges, raw samples for what is not rolled up yet.
 */
#include "storage/reader_digest.h"

#include <string.h>

#include "storage/reader_impl.h"
#include "storage/row.h"

/* ?1 since, ?2 until. Raw samples are what is beside whole five minutes, at either end.
 */
#define PARTS                                                                            \
	"WITH b AS (SELECT since, until, first_five, first_hour,"                        \
	" max(first_hour, min(until / 3600000 * 3600000,"                                \
	"  (SELECT through FROM rolled WHERE level = 'hours'))) AS hours_until,"         \
	" max(first_five, min(until / 300000 * 300000,"                                  \
	"  (SELECT through FROM rolled WHERE level = 'five_minutes'))) AS open_from"     \
	" FROM (SELECT ?1 AS since, ?2 AS until,"                                        \
	"  min(?2, (?1 + 299999) / 300000 * 300000) AS first_five,"                      \
	"  (?1 + 3599999) / 3600000 * 3600000 AS first_hour)),"                          \
	" closed(series, samples, good, failed, good_ms, failed_ms, cost) AS ("          \
	" SELECT f.series, f.samples, f.good, f.failed, f.good_ms, f.failed_ms, f.cost"  \
	" FROM b CROSS JOIN five_minutes f"                                              \
	" WHERE f.at >= b.since AND f.at < min(b.first_hour, b.open_from) UNION ALL"     \
	" SELECT h.series, h.samples, h.good, h.failed, h.good_ms, h.failed_ms, h.cost"  \
	" FROM b CROSS JOIN series r CROSS JOIN hours h"                                 \
	" WHERE h.series = r.id AND h.at >= b.first_hour AND h.at < b.hours_until"       \
	" UNION ALL"                                                                     \
	" SELECT f.series, f.samples, f.good, f.failed, f.good_ms, f.failed_ms, f.cost"  \
	" FROM b CROSS JOIN five_minutes f"                                              \
	" WHERE f.at >= b.hours_until AND f.at < b.open_from),"                          \
	" pieces(from_ms, until_ms) AS (SELECT since, first_five FROM b UNION ALL"       \
	"  SELECT open_from, until FROM b),"                                             \
	" fresh(series, good, failed, weight, words, nano) AS ("                         \
	" SELECT s.series, s.judged = 0 AND o.blame = 'none',"                           \
	" s.judged = 0 AND o.blame = 'provider', r.pace_ms, s.words, s.cost_nano"        \
	" FROM pieces p CROSS JOIN samples s CROSS JOIN outcomes o CROSS JOIN series r"  \
	" WHERE s.at >= p.from_ms AND s.at < p.until_ms AND o.id = s.outcome"            \
	" AND r.id = s.series)"

static bool damaged(struct err *e)
{
	return err_set(e, ERR_STORAGE, "%s", "the figures of the digest cannot be read");
}

static struct bind query(struct reader *r, const char *sql, struct wall_span s)
{
	struct bind b = bind_to(db_stmt(r->db, sql));

	reader_begin(r);
	bind_int(&b, s.from.ms);
	bind_int(&b, s.until.ms);
	return b;
}

static bool count_samples(
    struct reader *r, struct wall_span s, struct digest_figures *ret, struct err *e)
{
	struct bind b = query(r,
	    PARTS " SELECT ifnull(sum(samples), 0), ifnull(sum(good), 0),"
		  " ifnull(sum(failed), 0) FROM"
		  " (SELECT samples, good, failed FROM closed UNION ALL"
		  "  SELECT 1, good, failed FROM fresh)",
	    s);
	struct row row = row_of(b.st);
	bool found = false;

	if (!db_step(r->db, b.st, &found, e))
		return false;
	if (!found)
		return damaged(e);
	ret->samples = row_int(&row);
	ret->good = row_int(&row);
	ret->failed = row_int(&row);
	(void)sqlite3_reset(b.st);
	return true;
}

/* Of a ladder the rung that was up least. */
static bool read_uptimes(
    struct reader *r, struct wall_span s, struct digest_figures *ret, struct err *e)
{
	struct bind b = query(r,
	    PARTS
	    " SELECT name, min(pct) FROM (SELECT ifnull(r.renamed, r.target) AS name,"
	    " 100.0 * sum(good_ms) / sum(good_ms + failed_ms) AS pct FROM"
	    " (SELECT series, good_ms, failed_ms FROM closed UNION ALL"
	    "  SELECT series, good * weight, failed * weight FROM fresh) u"
	    " JOIN series r ON r.id = u.series GROUP BY r.id"
	    " HAVING sum(good_ms + failed_ms) > 0)"
	    " GROUP BY name ORDER BY min(pct), name",
	    s);
	bool ok, found = true;

	while ((ok = db_step(r->db, b.st, &found, e)) && found) {
		struct row row = row_of(b.st);

		if (ret->n_targets++ >= DIGEST_TARGETS)
			continue;
		row_text(&row, ret->worst[ret->n_worst].name,
		    sizeof(ret->worst[ret->n_worst].name));
		ret->worst[ret->n_worst++].uptime_pct = row_real(&row);
	}
	(void)sqlite3_reset(b.st);
	return ok;
}

static bool read_spend(
    struct reader *r, struct wall_span s, struct digest_figures *ret, struct err *e)
{
	struct bind b = query(r,
	    PARTS
	    " SELECT currency, sum(nano) FROM"
	    " (SELECT j.key AS currency, j.value AS nano"
	    "  FROM closed c CROSS JOIN json_each(c.cost) j UNION ALL"
	    "  SELECT w.currency, f.nano FROM fresh f JOIN words w ON w.id = f.words"
	    "  WHERE f.nano > 0)"
	    " WHERE currency NOT IN ('?', '') GROUP BY currency ORDER BY currency",
	    s);
	bool ok, found = true;

	while ((ok = db_step(r->db, b.st, &found, e)) && found) {
		struct row row = row_of(b.st);

		if (ret->n_sums == DIGEST_CURRENCIES)
			continue;
		row_text(&row, ret->sums[ret->n_sums].currency,
		    sizeof(ret->sums[ret->n_sums].currency));
		ret->sums[ret->n_sums++].nano = row_int(&row);
	}
	(void)sqlite3_reset(b.st);
	return ok;
}

static bool count_incidents(
    struct reader *r, struct wall_span s, struct digest_figures *ret, struct err *e)
{
	struct bind b = query(r,
	    "SELECT count(*) FILTER (WHERE class < 2 AND opened >= ?1),"
	    " count(*) FILTER (WHERE class < 2 AND state = 0),"
	    " max(0, ifnull(max(CASE WHEN class < 2 THEN min(ifnull(ended, ?2), ?2)"
	    "  - max(started, ?1) END), 0)),"
	    " count(*) FILTER (WHERE class >= 2 AND opened >= ?1)"
	    " FROM incidents WHERE opened < ?2 AND (opened >= ?1 OR ended IS NULL"
	    " OR ended > ?1)"
	    " AND subject_kind NOT IN (SELECT id FROM subject_kinds WHERE code = 'drill')",
	    s);
	struct row row = row_of(b.st);
	bool found = false;

	if (!db_step(r->db, b.st, &found, e))
		return false;
	if (!found)
		return damaged(e);
	ret->incidents = row_int(&row);
	ret->still_open = row_int(&row);
	ret->longest_ms = row_int(&row);
	ret->notices = row_int(&row);
	(void)sqlite3_reset(b.st);
	return true;
}

/* Quiet hours are no delay. */
static bool count_messages(
    struct reader *r, struct wall_span s, struct digest_figures *ret, struct err *e)
{
	struct bind b = query(r,
	    "WITH told AS (SELECT sent - max(created, ifnull(held_until, 0)) AS took"
	    " FROM deliveries WHERE state = 1 AND sent >= ?1 AND sent < ?2)"
	    " SELECT (SELECT count(*) FROM told), (SELECT count(*) FROM deliveries"
	    "  WHERE state = 2 AND created >= ?1 AND created < ?2),"
	    " ifnull((SELECT took FROM told ORDER BY took"
	    "  LIMIT 1 OFFSET (SELECT max(0, count(*) - 1) / 2 FROM told)), 0),"
	    " ifnull((SELECT max(lag_us) FROM samples"
	    "  WHERE at >= ?2 - 86400000 AND at < ?2), -1)",
	    s);
	struct row row = row_of(b.st);
	bool found = false;

	if (!db_step(r->db, b.st, &found, e))
		return false;
	if (!found)
		return damaged(e);
	ret->sent = row_int(&row);
	ret->dead = row_int(&row);
	ret->median_ms = row_int(&row);
	ret->lag_us = row_int(&row);
	(void)sqlite3_reset(b.st);
	return true;
}

bool reader_digest(
    struct reader *r, struct wall_span span, struct digest_figures *ret, struct err *e)
{
	memset(ret, 0, sizeof(*ret));
	ret->span = span;
	return count_samples(r, span, ret, e) && read_uptimes(r, span, ret, e) &&
	       read_spend(r, span, ret, e) && count_incidents(r, span, ret, e) &&
	       count_messages(r, span, ret, e);
}

bool digest_last(struct db *d, struct wall now, struct wall *ret, struct err *e)
{
	struct bind b = bind_to(db_stmt(d,
	    "SELECT ifnull((SELECT max(created) FROM deliveries WHERE kind = ?1 AND"
	    "  created <= ?2),"
	    " ifnull((SELECT min(started) FROM runs WHERE started <= ?2), ?2))"));
	struct row row = row_of(b.st);
	bool found = false;

	bind_int(&b, MESSAGE_DIGEST);
	bind_int(&b, now.ms);
	if (!db_step(d, b.st, &found, e))
		return false;
	if (!found)
		return damaged(e);
	ret->ms = row_int(&row);
	(void)sqlite3_reset(b.st);
	return true;
}
