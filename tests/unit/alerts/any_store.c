/* SPDX-License-Identifier: MIT
 *
 * See the header. The order of everything is that of storage/load.c and agent/restart.c:
 * short ids, states by series, incidents by opening.
 */
#include "tests/unit/alerts/any_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/xalloc.h"

#define REOPEN_MS (30 * MS_PER_MIN)

void any_store_fini(struct any_store *s)
{
	for (int i = 0; i < ANY_ROWS; i++)
		free(s->rows[i].json);
	free(s->incidents);
	memset(s, 0, sizeof(*s));
}

/* --- what must hold of a record ---------------------------------------------------- */

static void assert_sane_causes(const struct incident *in)
{
	for (int i = 0; i < in->n_causes; i++) {
		assert_true(in->causes[i].since.ms >= in->started.ms);
		if (!in->causes[i].active)
			assert_true(in->causes[i].ended.ms >= in->causes[i].since.ms);
	}
}

static void assert_sane(const struct incident *in)
{
	uint32_t sum = 0;

	assert_true(ulid_is_valid(in->id.text));
	assert_int_equal(strlen(in->short_id), 4);
	assert_true(in->subject.id[0] != '\0');
	assert_true(in->opened.ms >= in->started.ms);
	assert_true(in->severity >= in->severity_now);
	assert_true(in->samples >= in->failures);
	assert_true(in->unknown_ms >= 0);
	for (int o = 0; o < OUTCOME_COUNT; o++)
		sum += in->outcomes[o];
	assert_int_equal(sum, in->samples);
	assert_sane_causes(in);
	assert_int_equal(incident_has_active_cause(in), in->state == INCIDENT_OPEN);
	if (in->state == INCIDENT_OPEN) {
		assert_int_equal(in->ended.ms, 0);
		assert_int_equal(in->end, END_NONE);
		return;
	}
	assert_true(in->end != END_NONE);
	assert_true(in->ended.ms >= in->started.ms);
	assert_true(in->closed.ms >= in->ended.ms);
	assert_true(in->closed.ms >= in->opened.ms);
}

/* --- keeping ----------------------------------------------------------------------- */

static struct incident *record_of(struct any_store *s, const struct ulid *id)
{
	for (size_t i = s->n; i-- > 0;) {
		if (ulid_eq(&s->incidents[i].id, id))
			return &s->incidents[i];
	}
	if (s->n == s->cap) {
		s->cap = s->cap ? 2 * s->cap : 8;
		s->incidents = xreallocarray(s->incidents, s->cap, sizeof(*s->incidents));
	}
	memset(&s->incidents[s->n], 0, sizeof(*s->incidents));
	return &s->incidents[s->n++];
}

static void keep_incident(struct any_store *s, const struct fact *f, bool folding)
{
	struct incident *in = record_of(s, &f->incident.id);
	bool was_open = in->seq && in->state == INCIDENT_OPEN;

	assert_sane(&f->incident);
	if (folding && f->incident.seq <= in->seq)
		return; /* the log holds it */
	assert_int_equal(f->incident.seq, in->seq + 1);
	/* Judged again without a state it may take more entries to its end. */
	if (!folding && (f->kind == FACT_CLOSED || f->kind == FACT_CLEARED))
		assert_true(was_open);
	if (f->kind == FACT_REOPENED)
		assert_true(in->seq && !was_open);
	*in = f->incident;
}

static void keep_state(
    struct any_store *s, const struct judge *j, uint32_t series, struct wall now)
{
	struct any_row *row = &s->rows[series];
	struct str json;

	if (!s->keeps)
		return;
	assert_true(series < ANY_ROWS);
	str_init(&json, (size_t)1 << 20);
	judge_dump(j, series, &json);
	free(row->json);
	row->json = json.len ? xstrdup(str_c(&json)) : NULL;
	row->through = now;
	for (size_t i = 0; i < s->n_samples; i++) {
		if (s->samples[i].series == series &&
		    s->samples[i].end.ms > row->through.ms)
			row->through = s->samples[i].end;
	}
	str_fini(&json);
}

void any_store_dump(struct any_store *s, const struct judge *j,
    const struct judge_config *c, struct wall now)
{
	keep_state(s, j, 0, now);
	for (size_t i = 0; i < c->n_targets; i++)
		keep_state(s, j, c->targets[i].series, now);
}

/* What an incident of several targets has counted stands in the state of each. */
static bool is_shared(const struct incident *in)
{
	return in->subject.kind == SUBJECT_PROVIDER ||
	       in->subject.kind == SUBJECT_REGION || in->subject.kind == SUBJECT_SHARED;
}

void any_store_update(struct any_store *s, const struct judge *j,
    const struct judge_config *c, const struct judge_update *up, struct wall now,
    bool folding)
{
	for (size_t i = 0; i < up->n_facts; i++) {
		const struct fact *f = &up->facts[i];
		bool news = fact_is_incident(f->kind);

		if (news)
			keep_incident(s, f, folding);
		if (!folding && f->series)
			keep_state(s, j, f->series, now);
		if (!folding && news && is_shared(&f->incident))
			any_store_dump(s, j, c, now);
	}
	if (!folding && up->ways_moved)
		keep_state(s, j, 0, now);
	for (size_t i = 0; i < up->n_remarks; i++) {
		for (size_t k = s->n_samples; k-- > 0;) {
			if (s->samples[k].series == up->remarks[i].series &&
			    s->samples[k].at.ms == up->remarks[i].at.ms)
				s->samples[k].judged = up->remarks[i].judged;
		}
	}
}

/* The oldest half goes: it is inside the states long since. */
void any_store_sample(struct any_store *s, const struct sample *sample, struct wall now)
{
	if (!s->keeps)
		return;
	if (s->n_samples == ANY_SAMPLES) {
		s->n_samples /= 2;
		memmove(s->samples, s->samples + s->n_samples,
		    s->n_samples * sizeof(*s->samples));
	}
	s->samples[s->n_samples++] = (struct any_sample){.series = sample->series,
	    .flags = sample->flags,
	    .at = sample->at,
	    .end = now,
	    .outcome = sample->outcome,
	    .judged = JUDGED_COUNTED,
	    .first_token_us = sample->first_token_us};
	str_copy(s->samples[s->n_samples - 1].returned_model,
	    sizeof(s->samples[0].returned_model), sample->returned_model);
}

struct sample any_sample_of(const struct any_sample *a)
{
	struct sample s;

	sample_init(&s, a->series, a->at);
	s.outcome = a->outcome;
	s.flags = a->flags;
	s.first_token_us = a->first_token_us;
	str_copy(s.returned_model, sizeof(s.returned_model), a->returned_model);
	s.end_us = wall_diff_ms(a->end, a->at) * US_PER_MS;
	return s;
}

/* --- all of them together ---------------------------------------------------------- */

void any_store_compare(const struct any_store *s, const struct judge *j)
{
	size_t n = judge_open_incidents(j), open = 0;

	for (size_t i = 0; i < n; i++) {
		const struct incident *in = judge_open_at(j, i);

		assert_ptr_equal(judge_find_open(j, &in->subject), in);
	}
	for (size_t i = 0; i < s->n; i++) {
		const struct incident *in = &s->incidents[i], *there;

		if (in->state != INCIDENT_OPEN)
			continue;
		open++;
		there = judge_find_open(j, &in->subject);
		assert_non_null(there);
		assert_string_equal(there->id.text, in->id.text);
		assert_int_equal(there->seq, in->seq);
	}
	assert_int_equal(open, n);
}

/* --- again ------------------------------------------------------------------------- */

/* ORDER BY opened, id */
static int by_opening(const void *a, const void *b)
{
	const struct incident *x = a, *y = b;

	if (x->opened.ms != y->opened.ms)
		return x->opened.ms < y->opened.ms ? -1 : 1;
	return strcmp(x->id.text, y->id.text);
}

void any_store_sort(struct any_store *s)
{
	if (s->n > 1)
		qsort(s->incidents, s->n, sizeof(*s->incidents), by_opening);
}

static void restore_incidents(struct any_store *s, struct judge *j, struct wall now)
{
	any_store_sort(s);
	for (size_t i = 0; i < s->n; i++) {
		const struct incident *in = &s->incidents[i];

		if (in->state == INCIDENT_OPEN ||
		    wall_diff_ms(now, in->closed) <= REOPEN_MS)
			judge_restore_incident(j, in);
	}
}

bool any_store_knows(const struct judge_config *c, uint32_t series)
{
	for (size_t i = 0; i < c->n_targets; i++) {
		if (c->targets[i].series == series)
			return true;
	}
	return series == 0;
}

void any_store_forget(struct any_store *s, const struct judge_config *c, struct wall now)
{
	for (uint32_t i = 0; i < ANY_ROWS; i++) {
		if (!s->rows[i].json || any_store_knows(c, i))
			continue;
		free(s->rows[i].json);
		s->rows[i] = (struct any_row){NULL, now};
	}
}

struct judge *any_store_restore(
    struct any_store *s, const struct judge_config *c, struct wall now)
{
	struct judge *j = judge_new(c->vantage);
	struct judge_update up;
	struct err e = {0};

	judge_update_init(&up);
	judge_step(j,
	    &(struct judge_event){.kind = JUDGE_CONFIG, .at = now, .u.config = c}, &up);
	judge_update_fini(&up);
	for (size_t i = 0; i < s->n; i++)
		judge_note_short_id(j, s->incidents[i].short_id, s->incidents[i].opened);
	for (uint32_t i = 0; i < ANY_ROWS; i++) {
		if (s->rows[i].json && !judge_restore(j, i, s->rows[i].json, &e))
			fail_msg("%s", e.msg);
	}
	restore_incidents(s, j, now);
	return j;
}
