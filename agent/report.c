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
	if (outcome_is_failure(s->outcome)) {
		sums->failed++;
		return true;
	}
	if (outcome_blame(s->outcome) == BLAME_US) {
		sums->ours++;
	} else if (s->outcome == OUTCOME_OK) {
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

void report_see(struct report *r, const struct sample *s, enum judged judged)
{
	struct report_series *who = find_series(r, s->series);
	enum report_span span = span_of_time(r, s->at);

	if (!who)
		return;
	if (sum(&who->spans[span], s, judged) && span == SPAN_DURING && who->affected)
		note_proof(r, s);
}

void report_note_gap(struct report *r, struct wall began, struct wall ended)
{
	if (r->n_gaps == MAX_GAPS || ended.ms <= r->in.started.ms ||
	    began.ms >= report_end(r).ms)
		return;
	r->gaps = xreallocarray(r->gaps, r->n_gaps + 1, sizeof(*r->gaps));
	r->gaps[r->n_gaps++] = (struct report_gap){began, ended};
}
