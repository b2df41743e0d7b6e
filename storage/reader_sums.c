/* SPDX-License-Identifier: MIT
 *
 * See the header. A level begins at the first whole bucket of the next coarser one, so
 * that no bucket is half told by one and half by the other.
 */
#include "storage/reader_sums.h"

#include "storage/reader_impl.h"
#include "storage/rollup_rows.h"
#include "storage/row.h"

enum { RAW = 0, LEVELS = 1 + ROLLUP_LEVEL_COUNT }; /* in front of the rollups */

static const char *const first_sql[LEVELS] = {
    "SELECT at FROM samples ORDER BY at LIMIT 1",
    "SELECT at FROM five_minutes ORDER BY at LIMIT 1",
    "SELECT at FROM (SELECT (SELECT min(at) FROM hours h WHERE h.series = r.id) AS at"
    " FROM series r) WHERE at IS NOT NULL ORDER BY at LIMIT 1",
    "SELECT at FROM (SELECT (SELECT min(at) FROM days d WHERE d.series = r.id) AS at"
    " FROM series r) WHERE at IS NOT NULL ORDER BY at LIMIT 1",
};

static const char *const rows_sql[ROLLUP_LEVEL_COUNT] = {
    [ROLLUP_FIVE_MINUTES] = "SELECT " ROLLUP_COLUMNS " FROM five_minutes"
			    " WHERE at >= ?1 AND at < ?2 ORDER BY at, series",
    [ROLLUP_HOUR] = "SELECT " ROLLUP_COLUMNS " FROM series r CROSS JOIN hours h"
		    " WHERE h.series = r.id AND at >= ?1 AND at < ?2",
    [ROLLUP_DAY] = "SELECT " ROLLUP_COLUMNS " FROM series r CROSS JOIN days d"
		   " WHERE d.series = r.id AND at >= ?1 AND at < ?2",
};

static int64_t round_up(enum rollup_level l, int64_t at)
{
	int64_t floor = rollup_floor(l, at);

	return floor == at ? at : floor + rollup_width_ms(l);
}

struct stairs {
	int64_t first[LEVELS], from[LEVELS];
	int steps[LEVELS], n; /* those that tell something, the coarsest first */
};

/* Would it tell nothing beside a finer one that begins there? */
static bool is_idle(const struct stairs *s, int level, int64_t finer)
{
	enum rollup_level l = (enum rollup_level)(level - 1);

	return s->first[level] >= rollup_floor(l, finer) ||
	       s->from[level] >= round_up(l, finer);
}

static void add_step(struct stairs *s, int level)
{
	int64_t first = s->first[level];

	while (s->n && is_idle(s, s->steps[s->n - 1], first))
		s->from[s->steps[--s->n]] = READER_NEVER;
	s->from[level] =
	    s->n ? round_up((enum rollup_level)(s->steps[s->n - 1] - 1), first) : first;
	s->steps[s->n++] = level;
}

bool reader_levels(struct reader *r, struct reader_levels *ret, struct err *e)
{
	struct stairs s = {.n = 0};

	reader_begin(r);
	for (int k = LEVELS; k-- > 0;) {
		s.from[k] = READER_NEVER;
		if (!db_number(r->db, first_sql[k], READER_NEVER, &s.first[k], e))
			return false;
		if (s.first[k] != READER_NEVER)
			add_step(&s, k);
	}
	ret->raw = s.from[RAW];
	for (int l = 0; l < ROLLUP_LEVEL_COUNT; l++)
		ret->rows[l] = s.from[l + 1];
	return true;
}

int64_t reader_level_until(const struct reader_levels *l, enum rollup_level level)
{
	int64_t until = l->raw;

	for (int k = 0; k < (int)level; k++) {
		if (l->rows[k] < until)
			until = l->rows[k];
	}
	return until;
}

static bool read_rows(struct reader *r, enum rollup_level level, struct wall_span span,
    reader_sum_fn fn, void *arg, struct err *e)
{
	struct bind b = bind_to(db_stmt(r->db, rows_sql[level]));
	bool ok = true, found = true, go = true;

	reader_begin(r);
	bind_int(&b, span.from.ms);
	bind_int(&b, span.until.ms);
	while (go && (ok = db_step(r->db, b.st, &found, e)) && found) {
		struct rollup row;

		rollup_read(b.st, &row);
		go = fn(arg, level, &row);
	}
	(void)sqlite3_reset(b.st);
	return ok;
}

bool reader_sums(struct reader *r, const struct reader_levels *l, struct wall_span span,
    reader_sum_fn fn, void *arg, struct err *e)
{
	for (int k = 0; k < ROLLUP_LEVEL_COUNT; k++) {
		enum rollup_level level = (enum rollup_level)k;
		int64_t from = rollup_floor(level, span.from.ms);
		int64_t until = reader_level_until(l, level);
		struct wall_span part = {{from > l->rows[k] ? from : l->rows[k]},
		    {until < span.until.ms ? until : span.until.ms}};

		if (part.from.ms < part.until.ms &&
		    !read_rows(r, level, part, fn, arg, e))
			return false;
	}
	return true;
}
