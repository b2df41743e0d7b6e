/* SPDX-License-Identifier: MIT
 *
 * The three tables have the same columns; only their keys differ in order.
 */
#include "storage/rollup_rows.h"

#include <string.h>

#include "storage/row.h"

#define MAX_JSON ((size_t)16 << 10)

#define WRITE(table)                                                                     \
	"REPLACE INTO " table "(" ROLLUP_COLUMNS                                         \
	") VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
#define FIND(table) "SELECT " ROLLUP_COLUMNS " FROM " table " WHERE series = ? AND at = ?"

static const struct {
	const char *write, *find;
} tables[ROLLUP_LEVEL_COUNT] = {
    [ROLLUP_FIVE_MINUTES] = {WRITE("five_minutes"), FIND("five_minutes")},
    [ROLLUP_HOUR] = {WRITE("hours"),        FIND("hours")       },
    [ROLLUP_DAY] = {WRITE("days"),         FIND("days")        },
};

static void bind_hist(struct bind *b, const struct hist *h, struct str *text)
{
	str_init(text, MAX_JSON);
	if (h->total)
		hist_to_json(h, text);
	bind_text_some(b, str_c(text));
}

bool rollup_write(
    struct db *d, enum rollup_level l, const struct rollup *r, struct err *e)
{
	struct str outcomes, latency, total, cost;
	struct bind b = bind_to(db_stmt(d, tables[l].write));
	bool ok = false;

	str_init(&outcomes, MAX_JSON);
	str_init(&cost, MAX_JSON);
	rollup_outcomes_json(r, &outcomes);
	rollup_cost_json(r, &cost);
	bind_int(&b, r->series);
	bind_int(&b, r->at);
	bind_int(&b, r->samples);
	bind_int(&b, r->good);
	bind_int(&b, r->failed);
	bind_int(&b, r->good_ms);
	bind_int(&b, r->failed_ms);
	bind_text(&b, str_c(&outcomes));
	bind_hist(&b, &r->latency, &latency);
	bind_hist(&b, &r->total, &total);
	bind_int(&b, r->tokens_in);
	bind_int(&b, r->tokens_out);
	bind_text_some(&b, str_c(&cost));
	ok = db_run(d, b.st, e);
	bind_forget(&b); /* the texts go now */
	str_fini(&outcomes);
	str_fini(&latency);
	str_fini(&total);
	str_fini(&cost);
	return ok;
}

static void read_hist(struct row *r, struct hist *h)
{
	const char *json = row_peek(r);

	if (*json)
		(void)hist_from_json(h, json);
}

void rollup_read(sqlite3_stmt *st, struct rollup *ret)
{
	struct row r = row_of(st);
	const int64_t most = (int64_t)1 << 40;

	memset(ret, 0, sizeof(*ret));
	ret->series = (uint32_t)row_in(&r, 0, UINT32_MAX);
	ret->at = row_int(&r);
	ret->samples = row_in(&r, 0, most);
	ret->good = row_in(&r, 0, most);
	ret->failed = row_in(&r, 0, most);
	ret->good_ms = row_in(&r, 0, most);
	ret->failed_ms = row_in(&r, 0, most);
	rollup_read_outcomes(ret, row_peek(&r));
	read_hist(&r, &ret->latency);
	read_hist(&r, &ret->total);
	ret->tokens_in = row_in(&r, 0, most);
	ret->tokens_out = row_in(&r, 0, most);
	rollup_read_cost(ret, row_peek(&r));
}

bool rollup_find(
    struct db *d, enum rollup_level l, struct rollup *io, bool *ret_found, struct err *e)
{
	struct bind b = bind_to(db_stmt(d, tables[l].find));

	bind_int(&b, io->series);
	bind_int(&b, io->at);
	if (!db_step(d, b.st, ret_found, e))
		return false;
	if (*ret_found) {
		rollup_read(b.st, io);
		(void)sqlite3_reset(b.st);
	}
	return true;
}

static bool read_sample(sqlite3_stmt *st, struct rollup_sample *s)
{
	struct row r = row_of(st);

	memset(s, 0, sizeof(*s));
	s->series = (uint32_t)row_in(&r, 0, UINT32_MAX);
	s->at_ms = row_int(&r);
	s->pace_ms = row_in(&r, 0, 366 * MS_PER_DAY);
	s->outcome = (enum outcome)row_in(&r, 0, OUTCOME_COUNT - 1);
	s->judged = (enum judged)row_in(&r, 0, JUDGED_COUNT - 1);
	s->latency_us = row_int_or(&r, -1);
	s->end_us = row_int(&r);
	s->tokens_in = row_int_or(&r, -1);
	s->tokens_out = row_int_or(&r, -1);
	s->cost_nano = row_int_or(&r, -1);
	row_text(&r, s->currency, sizeof(s->currency));
	return !r.bad;
}

bool rollup_fold_samples(struct db *d, const struct rollup_range *range,
    rollup_emit_fn emit, void *arg, struct err *e)
{
	struct rollup_fold f;
	struct bind b = bind_to(db_stmt(d,
	    "SELECT s.series, s.at, r.pace_ms, s.outcome, s.judged,"
	    " ifnull(s.first_token_us, s.first_byte_us), s.end_us, s.tokens_in,"
	    " s.tokens_out, s.cost_nano, ifnull((SELECT d.currency FROM details d"
	    " WHERE s.words = 2 AND d.at = s.at AND d.series = s.series), w.currency)"
	    " FROM samples s CROSS JOIN series r LEFT JOIN words w ON w.id = s.words"
	    " WHERE s.at >= ?1 - ifnull((SELECT max(pace_ms) FROM series), 0)"
	    " AND s.at < ?2 AND r.id = s.series AND (?3 = 0 OR s.series = ?3)"
	    " ORDER BY s.series, s.at"));

	bind_int(&b, range->from);
	bind_int(&b, range->until);
	bind_int(&b, range->series);
	rollup_fold_init(&f, range->from, range->until, emit, arg);
	for (;;) {
		struct rollup_sample s;
		bool row = false, go = true;

		if (!db_step(d, b.st, &row, e))
			return false;
		if (row && read_sample(b.st, &s))
			go = rollup_fold_feed(&f, &s);
		if (!row)
			go = rollup_fold_end(&f);
		if (!row || !go) {
			(void)sqlite3_reset(b.st);
			return go;
		}
	}
}
