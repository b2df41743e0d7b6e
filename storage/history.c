/* SPDX-License-Identifier: MIT
 *
 * Two walks: over the closed rows, then over the samples that are in none of them.
 */
#include "storage/history.h"

#include <stdlib.h>
#include <string.h>

#include "agent/base/xalloc.h"
#include "storage/rollup_rows.h"
#include "storage/row.h"

static int by_id(const void *key, const void *item)
{
	uint32_t a = *(const uint32_t *)key, b = ((const struct rollup *)item)->series;

	return (a > b) - (a < b);
}

struct rollup *history_find(const struct history *h, uint32_t series)
{
	if (!h->n)
		return NULL;
	return bsearch(&series, h->sums, h->n, sizeof(*h->sums), by_id);
}

void history_fini(struct history *h)
{
	free(h->sums);
	*h = (struct history){0};
}

static bool list_series(struct history *h, struct db *d, struct err *e)
{
	sqlite3_stmt *st = db_stmt(
	    d, "SELECT id FROM series WHERE id > 0 AND id < 4294967296 ORDER BY id");
	size_t cap = 0;

	for (;;) {
		bool row = false;
		uint32_t id = 0;

		if (!db_step(d, st, &row, e))
			return false;
		if (!row)
			return true;
		id = (uint32_t)sqlite3_column_int64(st, 0);
		if (h->n && h->sums[h->n - 1].series >= id)
			continue; /* a damaged tree */
		if (h->n == cap) {
			cap = cap ? cap * 2 : 16;
			h->sums = xreallocarray(h->sums, cap, sizeof(*h->sums));
		}
		rollup_init(&h->sums[h->n++], id, 0);
	}
}

static bool add_part(void *arg, const struct rollup *part)
{
	struct rollup *sum = history_find(arg, part->series);

	if (!sum)
		return true;
	rollup_merge(sum, part);
	if (part->at > sum->at)
		sum->at = part->at;
	return true;
}

#define COLUMNS(t)                                                                       \
	t ".series, " t ".at, " t ".samples, " t ".good, " t ".failed, " t               \
	  ".good_ms, " t ".failed_ms, " t ".outcomes, CASE WHEN ?2 THEN " t              \
	  ".latency END, NULL, " t ".tokens_in, " t ".tokens_out, " t ".cost"
/* ?1: since. The open part begins where five-minute rows end. */
#define BOUNDS                                                                           \
	"WITH n(first_hour) AS (SELECT (?1 + 3599999) / 3600000 * 3600000),"             \
	" b(first_hour, hours_until) AS (SELECT first_hour, max(first_hour,"             \
	" (SELECT through FROM rolled WHERE level = 'hours')) FROM n)"

static bool add_closed(
    struct history *h, struct db *d, struct wall since, bool latencies, struct err *e)
{
	struct bind b = bind_to(db_stmt(d,
	    BOUNDS "SELECT " COLUMNS(
		"f") " FROM b CROSS JOIN five_minutes f"
		     " WHERE f.at >= ?1 AND f.at < b.first_hour UNION ALL SELECT " COLUMNS(
			 "h") " FROM b CROSS JOIN series r CROSS JOIN hours h WHERE h.series = r.id"
			      " AND h.at >= b.first_hour AND h.at < b.hours_until"
			      " UNION ALL SELECT " COLUMNS(
				  "f") " FROM b CROSS JOIN five_minutes f WHERE f.at >= b.hours_until"));

	bind_int(&b, since.ms);
	bind_int(&b, latencies);
	for (;;) {
		struct rollup part;
		bool row = false;

		if (!db_step(d, b.st, &row, e))
			return false;
		if (!row)
			return true;
		rollup_read(b.st, &part);
		(void)add_part(h, &part);
	}
}

static bool add_open(struct history *h, struct db *d, struct wall since, struct err *e)
{
	struct rollup_range range = {.until = INT64_MAX / 2};
	int64_t through = 0;

	if (!db_number(d, "SELECT through FROM rolled WHERE level = 'five_minutes'", 0,
		&through, e))
		return false;
	range.from = through > since.ms ? through : since.ms;
	return rollup_fold_samples(d, &range, add_part, h, e);
}

bool history_load(
    struct history *h, struct db *d, struct wall since, bool latencies, struct err *e)
{
	*h = (struct history){0};
	if (list_series(h, d, e) && add_closed(h, d, since, latencies, e) &&
	    add_open(h, d, since, e))
		return true;
	history_fini(h);
	return false;
}
