/* SPDX-License-Identifier: MIT
 *
 * Two cursors walk along: samples by their key, gaps by their end. Whatever began before
 * the row at hand and ended before it began can go; the rest waits in a heap. A damaged
 * row is left out, because the rest is worth more than the complaint.
 */
#include "storage/past.h"

#include <stdlib.h>
#include <string.h>

#include "agent/base/heap.h"
#include "agent/base/xalloc.h"
#include "storage/row.h"

#define MAX_WAITING 100000 /* exchanges at once, far above what one machine asks */

/* One sample that has not ended where the cursor is. */
struct waiting {
	struct heap_item item; /* by its end */
	struct wall at;
	uint32_t series, flags;
	enum outcome outcome;
	enum judged judged;
	int http_status;
	int64_t first_byte_us, first_token_us, end_us, lag_us;
	struct words *words; /* owned; NULL: none */
};

struct words {
	char request_id[96], provider_code[64], message[256];
};

struct walk {
	const struct past_reader *r;
	struct heap waiting;
	struct sample sample; /* the one that is handed out: large, so made once */
	bool has_words;       /* of it */
	sqlite3_stmt *gaps;
	bool more_gaps;
	struct wall gap_began, gap_ended;
};

static void waiting_free(struct waiting *w)
{
	free(w->words);
	free(w);
}

static bool next_gap(struct db *d, struct walk *w, struct err *e)
{
	struct row row = row_of(w->gaps);

	if (!db_step(d, w->gaps, &w->more_gaps, e))
		return false;
	if (w->more_gaps) {
		w->gap_began = row_wall(&row);
		w->gap_ended = row_wall(&row);
	}
	return true;
}

static struct words *read_words(struct row *r)
{
	struct words *words = xcalloc(1, sizeof(*words));

	row_text(r, words->request_id, sizeof(words->request_id));
	row_text(r, words->provider_code, sizeof(words->provider_code));
	row_text(r, words->message, sizeof(words->message));
	return words;
}

/* NULL: the row holds what this program does not know. */
static struct waiting *read_row(sqlite3_stmt *st)
{
	struct row r = row_of(st);
	struct waiting *w = xcalloc(1, sizeof(*w));

	w->series = (uint32_t)row_in(&r, 0, UINT32_MAX);
	w->at = row_wall(&r);
	w->outcome = (enum outcome)row_in(&r, 0, OUTCOME_COUNT - 1);
	w->judged = (enum judged)row_in(&r, 0, JUDGED_COUNT - 1);
	w->http_status = (int)row_in(&r, 0, 999);
	w->flags = (uint32_t)row_in(&r, 0, UINT32_MAX);
	w->first_byte_us = row_int_or(&r, NOT_REACHED);
	w->first_token_us = row_int_or(&r, NOT_REACHED);
	w->end_us = row_in(&r, 0, MS_PER_DAY * US_PER_MS);
	w->lag_us = row_int(&r);
	if (w->outcome != OUTCOME_OK)
		w->words = read_words(&r);
	if (!r.bad)
		return w;
	waiting_free(w);
	return NULL;
}

static bool hand_out(struct walk *k, const struct waiting *w)
{
	struct sample *s = &k->sample;

	s->series = w->series;
	s->at = w->at;
	s->outcome = w->outcome;
	s->http_status = w->http_status;
	s->flags = w->flags;
	s->first_byte_us = w->first_byte_us;
	s->first_token_us = w->first_token_us;
	s->end_us = w->end_us;
	s->lag_us = w->lag_us;
	if (w->words) {
		memcpy(s->request_id, w->words->request_id, sizeof(s->request_id));
		memcpy(
		    s->provider_code, w->words->provider_code, sizeof(s->provider_code));
		memcpy(s->message, w->words->message, sizeof(s->message));
	} else if (k->has_words) {
		*s->request_id = *s->provider_code = *s->message = 0;
	}
	k->has_words = w->words != NULL;
	return k->r->on_sample(k->r->arg, s, w->judged);
}

/* Everything that is over at `now`, gaps among it. False: e is set, or *go is false. */
static bool release(
    struct db *d, struct walk *k, struct wall now, bool *go, struct err *e)
{
	for (;;) {
		struct heap_item *top = heap_top(&k->waiting);
		int64_t end = top ? top->key : INT64_MAX;

		if (k->more_gaps && k->gap_ended.ms <= end && k->gap_ended.ms <= now.ms) {
			*go = k->r->on_gap(k->r->arg, k->gap_began, k->gap_ended);
			if (!*go || !next_gap(d, k, e))
				return false;
		} else if (end <= now.ms) {
			struct waiting *w = CONTAINER_OF(top, struct waiting, item);

			(void)heap_pop(&k->waiting);
			*go = hand_out(k, w);
			waiting_free(w);
			if (!*go)
				return false;
		} else {
			return true;
		}
	}
}

static bool is_wanted(const struct past_reader *r, uint32_t series)
{
	size_t low = 0, high = r->n_series;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (r->series[mid] == series)
			return true;
		if (r->series[mid] < series)
			low = mid + 1;
		else
			high = mid;
	}
	return false;
}

static bool take(struct walk *k, sqlite3_stmt *st, struct err *e)
{
	struct waiting *w;

	if (!is_wanted(k->r, (uint32_t)sqlite3_column_int64(st, 0)))
		return true;
	w = read_row(st);
	if (!w)
		return true;
	if (k->waiting.n == MAX_WAITING) {
		waiting_free(w);
		return err_set(
		    e, ERR_LIMIT, "more than %d samples end at once in it", MAX_WAITING);
	}
	heap_push(&k->waiting, &w->item, wall_add_ms(w->at, w->end_us / US_PER_MS).ms);
	return true;
}

static bool walk(struct db *d, struct walk *k, struct err *e)
{
	struct bind b = bind_to(db_stmt(d,
	    "SELECT s.series, ifnull(d.asked_at, s.at), s.outcome, s.judged,"
	    " ifnull(s.http_status, 200), s.flags, s.first_byte_us, s.first_token_us,"
	    " s.end_us, s.lag_us, d.request_id, d.provider_code, d.message, s.at"
	    " FROM samples s LEFT JOIN details d ON d.at = s.at AND d.series = s.series"
	    " WHERE s.at >= ? AND s.at < ? ORDER BY s.at, s.series"));
	bool row = true, go = true;

	bind_int(&b, k->r->from.ms);
	bind_int(&b, k->r->until.ms);
	for (;;) {
		if (!db_step(d, b.st, &row, e))
			return false;
		if (!row)
			break;
		if (!release(
			d, k, (struct wall){sqlite3_column_int64(b.st, 13)}, &go, e) ||
		    !take(k, b.st, e)) {
			(void)sqlite3_reset(b.st);
			return !go;
		}
	}
	return release(d, k, (struct wall){INT64_MAX - 1}, &go, e) || !go;
}

bool past_read(struct db *d, const struct past_reader *r, struct err *e)
{
	struct walk k = {.r = r};
	struct bind b = bind_to(db_stmt(d,
	    "SELECT began, ended FROM gaps WHERE ended > ? AND began < ? ORDER BY ended"));
	struct heap_item *left;
	bool ok;

	bind_int(&b, r->from.ms);
	bind_int(&b, r->until.ms);
	k.gaps = b.st;
	heap_init(&k.waiting);
	sample_init(&k.sample, 0, r->from);
	ok = next_gap(d, &k, e) && walk(d, &k, e);
	if (k.more_gaps)
		(void)sqlite3_reset(k.gaps);
	while ((left = heap_pop(&k.waiting)) != NULL)
		waiting_free(CONTAINER_OF(left, struct waiting, item));
	heap_fini(&k.waiting);
	return ok;
}

bool past_bounds(
    struct db *d, struct wall *ret_first, struct wall *ret_last, struct err *e)
{
	int64_t first = -1, last = -1;

	if (!db_number(d, "SELECT at FROM samples ORDER BY at LIMIT 1", -1, &first, e) ||
	    !db_number(
		d, "SELECT at FROM samples ORDER BY at DESC LIMIT 1", -1, &last, e))
		return false;
	if (first < 0)
		return err_set(e, ERR_NOT_FOUND, "it holds no sample yet");
	ret_first->ms = first;
	ret_last->ms = last;
	return true;
}
