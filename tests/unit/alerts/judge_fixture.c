/* SPDX-License-Identifier: MIT
 *
 * See the header. Nothing here knows the inside of the judge.
 */
#include "tests/unit/alerts/judge_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* A row of storage is known by its id: it may be open again, or its subject wider. */
static void forget_row(struct bench *b, const struct ulid *id)
{
	for (size_t i = b->n_closed; i-- > 0;) {
		if (ulid_eq(&b->closed[i].id, id))
			b->closed[i] = b->closed[--b->n_closed];
	}
}

static void keep_closed(struct bench *b, const struct incident *in)
{
	assert_true(b->n_closed < sizeof(b->closed) / sizeof(*b->closed));
	b->closed[b->n_closed++] = *in;
}

/* Storage hands out what was closed less than 30 minutes ago. */
static void forget_old(struct bench *b)
{
	for (size_t i = b->n_closed; i-- > 0;) {
		if (wall_diff_ms(b->now, b->closed[i].closed) > 30 * MS_PER_MIN)
			b->closed[i] = b->closed[--b->n_closed];
	}
}

void bench_step(struct bench *b, struct judge_event ev)
{
	forget_old(b);
	ev.at = b->now;
	judge_step(b->j, &ev, &b->up);
	for (size_t i = 0; i < b->up.n_facts; i++) {
		const struct fact *f = &b->up.facts[i];

		if (fact_is_incident(f->kind))
			forget_row(b, &f->incident.id);
		if (fact_is_incident(f->kind) && f->incident.state == INCIDENT_CLOSED)
			keep_closed(b, &f->incident);
	}
}

void bench_config(struct bench *b)
{
	struct judge_config c = {.vantage = "hk-1",
	    .targets = b->targets,
	    .n_targets = b->n_targets,
	    .rules = b->rules,
	    .n_rules = b->n_rules,
	    .ways = &b->way,
	    .n_ways = 1};

	bench_step(b, (struct judge_event){.kind = JUDGE_CONFIG, .u.config = &c});
}

void bench_init(struct bench *b, size_t n_targets)
{
	memset(b, 0, sizeof(*b));
	b->j = judge_new("hk-1");
	judge_update_init(&b->up);
	b->now.ms = FIXTURE_T0;
	b->n_targets = n_targets;
	for (size_t i = 0; i < n_targets; i++) {
		struct judge_target *t = &b->targets[i];

		t->series = (uint32_t)i + 1;
		t->interval_ms = MS_PER_MIN;
		t->auto_on = true;
		snprintf(t->name, sizeof(t->name), "t%zu", i + 1);
		snprintf(t->provider, sizeof(t->provider), "p%zu", i + 1);
	}
	bench_config(b);
}

void bench_fini(struct bench *b)
{
	judge_free(b->j);
	judge_update_fini(&b->up);
}

void bench_pass(struct bench *b, int64_t ms)
{
	b->now.ms += ms;
}

void bench_sample(struct bench *b, uint32_t series, enum outcome o, uint32_t flags)
{
	struct sample s;

	sample_init(&s, series, b->now);
	s.outcome = o;
	s.flags = flags;
	snprintf(s.request_id, sizeof(s.request_id), "r%lld",
	    (long long)(b->now.ms % 100000000));
	bench_step(b, (struct judge_event){.kind = JUDGE_SAMPLE, .u.sample = &s});
}

void bench_answer(struct bench *b, int first_token_ms)
{
	struct sample s;

	bench_pass(b, MS_PER_MIN);
	sample_init(&s, 1, b->now);
	s.first_token_us = first_token_ms * US_PER_MS;
	bench_step(b, (struct judge_event){.kind = JUDGE_SAMPLE, .u.sample = &s});
}

void bench_feed(struct bench *b, const char *samples)
{
	for (; *samples; samples++) {
		bench_pass(b, MS_PER_MIN);
		bench_sample(b, 1,
		    *samples == 'F'   ? OUTCOME_HTTP_5XX
		    : *samples == 'Q' ? OUTCOME_QUOTA
		    : *samples == 'L' ? OUTCOME_LOCAL
				      : OUTCOME_OK,
		    0);
	}
}

void bench_time(struct bench *b)
{
	bench_step(b, (struct judge_event){.kind = JUDGE_TIME});
}

void bench_rule(struct bench *b, const char *name, const char *when)
{
	struct rule *r = &b->rules[b->n_rules++];
	struct err e;
	size_t offset;

	memset(r, 0, sizeof(*r));
	r->name = name;
	r->text = when;
	r->severity = SEVERITY_MINOR;
	r->resolve_for_ms = MS_PER_MIN;
	assert_true(rule_parse(when, r, &offset, &e));
}

void bench_restart(struct bench *b)
{
	struct judge *old = b->j;

	b->j = judge_new("hk-1");
	bench_config(b);
	for (size_t i = 0; i < judge_open_incidents(old); i++)
		judge_restore_incident(b->j, judge_open_at(old, i));
	for (size_t i = 0; i < b->n_closed; i++)
		judge_restore_incident(b->j, &b->closed[i]);
	for (size_t i = 0; i <= b->n_targets; i++) {
		struct str json;
		struct err e = {0};
		/* At last our ways out. */
		uint32_t series = i < b->n_targets ? b->targets[i].series : 0;

		str_init(&json, (size_t)1 << 20);
		judge_dump(old, series, &json);
		if (!judge_restore(b->j, series, str_c(&json), &e))
			fail_msg("%s", e.msg);
		str_fini(&json);
	}
	judge_free(old);
}

const struct fact *bench_fact(const struct bench *b, enum fact_kind kind)
{
	const struct fact *found = NULL;

	for (size_t i = 0; i < b->up.n_facts; i++) {
		if (b->up.facts[i].kind != kind)
			continue;
		assert_null(found);
		found = &b->up.facts[i];
	}
	return found;
}

const struct incident *bench_open(
    const struct bench *b, enum subject_kind kind, const char *id)
{
	struct subject s = {.kind = kind};

	snprintf(s.id, sizeof(s.id), "%s", id);
	return judge_find_open(b->j, &s);
}

enum health bench_health(const struct bench *b, uint32_t series)
{
	struct judge_view v;

	assert_true(judge_view(b->j, series, &v));
	return v.health;
}
