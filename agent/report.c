/* SPDX-License-Identifier: MIT
 *
 * What the report is made of, counted in one pass over the samples. How it is written is
 * in report_write.c and report_proof.c.
 */
#include "agent/report.h"

#include <stdlib.h>
#include <string.h>

#include "agent/base/xalloc.h"

#define MAX_GAPS 1000

struct wall report_end(const struct report *r)
{
	return r->in.ended.ms ? r->in.ended : r->now;
}

void report_fini(struct report *r)
{
	for (size_t i = 0; i < r->n_entries; i++)
		free(r->entries[i].causes);
	for (size_t i = 0; i < r->n_series; i++)
		for (int k = 0; k < SPAN_COUNT; k++)
			free(r->series[i].spans[k].latency_us);
	free(r->whole);
	free(r->entries);
	free(r->series);
	free(r->proofs);
	free(r->deliveries);
	free(r->ours);
	free(r->gaps);
	*r = (struct report){0};
}

static struct report_series *find_series(const struct report *r, uint32_t id)
{
	size_t lo = 0, hi = r->n_series;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (r->series[mid].id == id)
			return &r->series[mid];
		if (r->series[mid].id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

static enum report_span span_of_time(const struct report *r, struct wall at)
{
	if (at.ms < r->in.started.ms)
		return SPAN_BEFORE;
	return r->in.ended.ms && at.ms >= r->in.ended.ms ? SPAN_AFTER : SPAN_DURING;
}

static void add_latency(struct report_sums *s, int64_t us)
{
	if (s->n == s->cap) {
		s->cap = s->cap ? 2 * s->cap : 64;
		s->latency_us =
		    xreallocarray(s->latency_us, s->cap, sizeof(*s->latency_us));
	}
	s->latency_us[s->n++] = us;
}

/* Returns whether it is a failure that counts. */
static bool sum(struct report_sums *sums, const struct sample *s, enum judged judged)
{
	int64_t us = s->first_token_us >= 0 ? s->first_token_us : s->first_byte_us;

	sums->path += judged == JUDGED_PATH || s->outcome == OUTCOME_LOCAL;
	sums->late += judged == JUDGED_LATE;
	sums->maintenance += judged == JUDGED_MAINTENANCE;
	if (judged == JUDGED_PATH || judged == JUDGED_LATE ||
	    judged == JUDGED_MAINTENANCE)
		return false;
	if (outcome_blame(s->outcome) == BLAME_US) {
		sums->ours++;
		return false;
	}
	if (judged != JUDGED_COUNTED && judged != JUDGED_HELD) {
		sums->other += s->outcome != OUTCOME_LOCAL;
		return false;
	}
	if (outcome_is_failure(s->outcome)) {
		sums->failed++;
		return true;
	}
	if (s->outcome == OUTCOME_OK) {
		sums->good++;
		if (us >= 0)
			add_latency(sums, us);
	}
	return false;
}

static bool says_same(const struct incident_error *a, const struct incident_error *b)
{
	return a->outcome == b->outcome && a->http_status == b->http_status &&
	       strcmp(a->code, b->code) == 0 && strcmp(a->message, b->message) == 0;
}

static void note_words(struct report *r, const struct incident_error *er)
{
	for (size_t i = 0; i < r->n_words; i++) {
		if (says_same(&r->words[i].first, er)) {
			r->words[i].n++;
			return;
		}
	}
	if (r->n_words == REPORT_MAX_WORDS)
		r->n_other_words++;
	else
		r->words[r->n_words++] = (struct report_words){*er, 1};
}

/* The first half stays; in the second the oldest makes room. */
static void note_proof(struct report *r, const struct sample *s)
{
	struct report_proof p = {.series = s->series, .end_us = s->end_us};
	size_t half = REPORT_MAX_PROOFS / 2;

	incident_error_from(&p.error, s);
	note_words(r, &p.error);
	r->n_failures++;
	if (!r->proofs)
		r->proofs = xcalloc(REPORT_MAX_PROOFS, sizeof(*r->proofs));
	if (r->n_proofs == REPORT_MAX_PROOFS) {
		memmove(r->proofs + half, r->proofs + half + 1,
		    (REPORT_MAX_PROOFS - half - 1) * sizeof(*r->proofs));
		r->n_proofs--;
	}
	r->proofs[r->n_proofs++] = p;
}

/* The record of the whole does not know what one provider's part consists of. */
static void note_part(struct report *r, const struct sample *s, bool failed)
{
	r->in.outcomes[s->outcome]++;
	if (!failed)
		return;
	if (!r->in.first_error.at.ms)
		incident_error_from(&r->in.first_error, s);
	incident_error_from(&r->in.last_error, s);
}

void report_see(struct report *r, const struct sample *s, enum judged judged)
{
	struct report_series *who = find_series(r, s->series);
	enum report_span span = span_of_time(r, s->at);
	struct report_sums summed_up = {0};
	bool single = s->at.ms >= r->single_from.ms, failed;

	if (!who)
		return;
	failed = sum(single ? &who->spans[span] : &summed_up, s, judged);
	who->spans[span].single |= single;
	free(summed_up.latency_us);
	if (span != SPAN_DURING || !who->affected)
		return;
	if (failed)
		note_proof(r, s);
	if (r->whole && single)
		note_part(r, s, failed);
}

/* --- sums ------------------------------------------------------------------------- */

static enum report_span span_of_row(const struct report *r, int64_t from, int64_t until)
{
	if (until <= r->in.started.ms)
		return SPAN_BEFORE;
	if (r->in.ended.ms && from >= r->in.ended.ms)
		return SPAN_AFTER;
	if (from >= r->in.started.ms && (!r->in.ended.ms || until <= r->in.ended.ms))
		return SPAN_DURING;
	return SPAN_EDGES;
}

static void add_money(struct report *r, const struct rollup_cost *c)
{
	size_t i = 0;

	if (strcmp(c->currency, ROLLUP_UNKNOWN) == 0) {
		r->unknown_asks += (uint32_t)c->nano;
		return;
	}
	while (i < r->n_money && strcmp(r->money[i].currency, c->currency) != 0)
		i++;
	if (i == REPORT_MAX_MONEY)
		return;
	if (i == r->n_money)
		(void)str_copy(r->money[r->n_money++].currency,
		    sizeof(r->money[i].currency), c->currency);
	r->money[i].nano += c->nano;
}

static void note_cost(struct report *r, const struct rollup *row)
{
	r->asks += (uint32_t)row->samples;
	r->sum_failures += (uint32_t)row->failed;
	r->rough_cost = true;
	for (int i = 0; i < ROLLUP_CURRENCIES; i++) {
		if (row->cost[i].currency[0])
			add_money(r, &row->cost[i]);
	}
}

void report_see_sum(struct report *r, enum rollup_level l, const struct rollup *row)
{
	struct report_series *who = find_series(r, row->series);
	enum report_span span = span_of_row(r, row->at, row->at + rollup_width_ms(l));
	struct report_sums *s = who ? &who->spans[span] : NULL;

	if (!s)
		return;
	s->good += (uint32_t)row->good;
	s->failed += (uint32_t)row->failed;
	s->other += (uint32_t)(row->samples - row->good - row->failed);
	s->rows |= 1u << (unsigned)l;
	hist_merge(&s->hist, &row->latency);
	if (!who->affected || (span != SPAN_DURING && span != SPAN_EDGES))
		return;
	note_cost(r, row);
	for (int o = 0; r->whole && span == SPAN_DURING && o < OUTCOME_COUNT; o++)
		r->in.outcomes[o] += row->outcomes[o];
}

/* Of what the record keeps, nobody knows how long it took or whose it was. */
static void add_record(struct report *r, const struct incident_error *er)
{
	if (!er->at.ms)
		return;
	r->proofs[r->n_proofs++] = (struct report_proof){.end_us = -1, .error = *er};
	note_words(r, er);
}

void report_complete(struct report *r)
{
	const struct incident *in = &r->in;

	if (r->n_proofs)
		return;
	r->proofs = xreallocarray(r->proofs, 2, sizeof(*r->proofs));
	add_record(r, &in->first_error);
	if (in->last_error.at.ms != in->first_error.at.ms)
		add_record(r, &in->last_error);
	for (size_t i = 0; i < r->n_words; i++)
		r->words[i].n = 0; /* how often is not known */
}

void report_note_gap(struct report *r, struct wall began, struct wall ended)
{
	if (r->n_gaps == MAX_GAPS || ended.ms <= r->in.started.ms ||
	    began.ms >= report_end(r).ms)
		return;
	r->gaps = xreallocarray(r->gaps, r->n_gaps + 1, sizeof(*r->gaps));
	r->gaps[r->n_gaps++] = (struct report_gap){began, ended};
}
