/* SPDX-License-Identifier: MIT
 *
 * A good sample is one row of about sixty bytes: what is as usual stands as 0, 1 or NULL,
 * what few samples have stands in `details`.
 */
#include "storage/samples.h"

#include <string.h>

#include "agent/base/rng.h"
#include "storage/row.h"

#define MAX_MOVES 1000 /* ms that a clash may move `at` */
#define MAX_WORDS                                                                        \
	1000       /* rows of `words`: a far side that invents words fills no disk       \
		    */
#define NO_WORDS 2 /* the row of empty words, for those that stand in `details` */
#define USUAL    200

/* -1 when there is no such row. */
static bool find_words(struct db *d, const struct sample *s, int64_t *ret, struct err *e)
{
	bool row = false;
	struct bind b = bind_to(db_stmt(d,
	    "SELECT id FROM words WHERE finish = ?1 AND currency = ?2 AND returned_model"
	    " IS nullif(?3, (SELECT model FROM series WHERE id = ?4)) ORDER BY id LIMIT 1"));

	bind_text(&b, s->finish);
	bind_text(&b, s->currency);
	bind_text(&b, s->returned_model);
	bind_int(&b, s->series);
	if (!db_step(d, b.st, &row, e))
		return false;
	*ret = row ? sqlite3_column_int64(b.st, 0) : -1;
	if (row)
		(void)sqlite3_reset(b.st);
	return true;
}

static bool add_words(struct db *d, const struct sample *s, int64_t *ret, struct err *e)
{
	int64_t n = 0;
	struct bind b;

	if (!db_number(d, "SELECT max(id) + 1 FROM words", 0, &n, e))
		return false;
	if (n >= MAX_WORDS)
		return true;
	b = bind_to(db_stmt(d,
	    "INSERT INTO words(id, finish, currency, returned_model) VALUES(?1, ?2, ?3,"
	    " nullif(?4, (SELECT model FROM series WHERE id = ?5)))"));
	bind_int(&b, n);
	bind_text(&b, s->finish);
	bind_text(&b, s->currency);
	bind_text(&b, s->returned_model);
	bind_int(&b, s->series);
	*ret = n;
	return db_run(d, b.st, e);
}

static void bind_numbers(struct bind *b, const struct sample *s, enum judged judged)
{
	bind_int(b, s->outcome);
	bind_int(b, judged);
	bind_int_unless(b, s->http_status, USUAL);
	bind_int(b, s->flags);
	bind_int(b, s->reused);
	bind_int_unless(b, s->tokens_in, -1);
	bind_int_unless(b, s->tokens_out, -1);
	bind_int_unless(b, s->cost_nano, -1);
	bind_int_unless(b, s->dns_us, NOT_REACHED);
	bind_int_unless(b, s->connect_us, NOT_REACHED);
	bind_int_unless(b, s->tls_us, NOT_REACHED);
	bind_int_unless(b, s->first_byte_us, NOT_REACHED);
	bind_int_unless(b, s->first_token_us, NOT_REACHED);
	bind_int_unless(b, s->longest_gap_us, NOT_REACHED);
	bind_int(b, s->end_us);
	bind_int(b, s->lag_us);
}

/* The row itself, at the first free place from s->at on. */
static bool write_row(struct db *d, const struct sample *s, enum judged judged,
    int64_t words, int64_t *ret_at, struct err *e)
{
	for (int64_t at = s->at.ms;; at++) {
		struct bind b = bind_to(db_stmt(d,
		    "INSERT INTO samples(at, series, words, outcome, judged, http_status,"
		    " flags, reused, tokens_in, tokens_out, cost_nano, dns_us, connect_us,"
		    " tls_us, first_byte_us, first_token_us, longest_gap_us, end_us, lag_us)"
		    " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));

		bind_int(&b, at);
		bind_int(&b, s->series);
		bind_int(&b, words);
		bind_numbers(&b, s, judged);
		if (db_run(d, b.st, e)) {
			*ret_at = at;
			return true;
		}
		if (db_code(d) != SQLITE_CONSTRAINT_PRIMARYKEY ||
		    at - s->at.ms >= MAX_MOVES)
			return false;
	}
}

static bool keeps_id(const struct sample *s)
{
	int64_t key[2] = {s->at.ms, s->series};

	return *s->request_id && (s->outcome != OUTCOME_OK ||
				     hash64(key, sizeof(key)) % SAMPLES_KEEP_ID == 0);
}

static bool write_details(
    struct db *d, const struct sample *s, int64_t at, bool words, struct err *e)
{
	struct bind b;

	if (at == s->at.ms && !keeps_id(s) && !*s->provider_code && !*s->message &&
	    !*s->evidence && s->retry_after_ms < 0 && s->cert_expiry_s == 0 && !words)
		return true;
	b = bind_to(db_stmt(d,
	    "INSERT INTO details(at, series, asked_at, request_id, provider_code, message,"
	    " evidence, retry_after_ms, cert_expiry_s, finish, returned_model, currency)"
	    " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
	bind_int(&b, at);
	bind_int(&b, s->series);
	bind_int_unless(&b, s->at.ms, at);
	bind_text(&b, keeps_id(s) ? s->request_id : NULL);
	bind_text_some(&b, s->provider_code);
	bind_text_some(&b, s->message);
	bind_text_some(&b, s->evidence);
	bind_int_unless(&b, s->retry_after_ms, -1);
	bind_int_unless(&b, s->cert_expiry_s, 0);
	bind_text(&b, words ? s->finish : NULL);
	bind_text(&b, words ? s->returned_model : NULL);
	bind_text(&b, words ? s->currency : NULL);
	return db_run(d, b.st, e);
}

bool samples_write(
    struct db *d, const struct sample *s, enum judged judged, struct err *e)
{
	int64_t words = -1, at = 0;

	if (!find_words(d, s, &words, e) || (words < 0 && !add_words(d, s, &words, e)))
		return false;
	return write_row(d, s, judged, words < 0 ? NO_WORDS : words, &at, e) &&
	       write_details(d, s, at, words < 0, e);
}

bool samples_remark(struct db *d, const struct remark *r, struct err *e)
{
	/* The one that was moved came later, and the judge speaks of what is recent. */
	struct bind b = bind_to(
	    db_stmt(d, "UPDATE samples SET judged = ?1 WHERE series = ?2 AND at = ifnull("
		       "(SELECT max(at) FROM details WHERE at > ?3 AND at <= ?3 + 1000"
		       " AND series = ?2 AND asked_at = ?3), ?3)"));

	bind_int(&b, r->judged);
	bind_int(&b, r->series);
	bind_int(&b, r->at.ms);
	return db_run(d, b.st, e);
}

static void read_offsets(struct row *r, struct sample *s)
{
	s->tokens_in = row_int_or(r, -1);
	s->tokens_out = row_int_or(r, -1);
	s->cost_nano = row_int_or(r, -1);
	s->dns_us = row_int_or(r, NOT_REACHED);
	s->connect_us = row_int_or(r, NOT_REACHED);
	s->tls_us = row_int_or(r, NOT_REACHED);
	s->first_byte_us = row_int_or(r, NOT_REACHED);
	s->first_token_us = row_int_or(r, NOT_REACHED);
	s->longest_gap_us = row_int_or(r, NOT_REACHED);
	s->end_us = row_int(r);
	s->lag_us = row_int(r);
	s->cert_expiry_s = row_int(r);
	s->retry_after_ms = row_int_or(r, -1);
}

bool samples_read(sqlite3_stmt *st, struct sample *ret, enum judged *ret_judged)
{
	struct row r = row_of(st);
	struct sample s;

	memset(&s, 0, sizeof(s));
	s.series = (uint32_t)row_in(&r, 0, UINT32_MAX);
	s.at = row_wall(&r);
	s.outcome = (enum outcome)row_in(&r, 0, OUTCOME_COUNT - 1);
	*ret_judged = (enum judged)row_in(&r, 0, JUDGED_COUNT - 1);
	s.http_status = (int)row_in(&r, 0, 999);
	s.flags = (uint32_t)row_in(&r, 0, UINT32_MAX);
	s.reused = row_bool(&r);
	read_offsets(&r, &s);
	row_text(&r, s.currency, sizeof(s.currency));
	row_text(&r, s.finish, sizeof(s.finish));
	row_text(&r, s.returned_model, sizeof(s.returned_model));
	row_text(&r, s.request_id, sizeof(s.request_id));
	row_text(&r, s.provider_code, sizeof(s.provider_code));
	row_text(&r, s.message, sizeof(s.message));
	row_text(&r, s.evidence, sizeof(s.evidence));
	*ret = s;
	return !r.bad;
}
