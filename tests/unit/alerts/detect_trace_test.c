/* SPDX-License-Identifier: MIT
 *
 * The detector against the reference implementation: every update of every trace, within
 * two seconds. What the judge makes of the same traces is in judge_trace_test.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "alerts/detect_auto.h"
#include "tests/unit/alerts/traces.h"

#define NEAR_MS 2000

/* Where a dwell of exactly 240 s is over for us, who count in whole milliseconds, and not
 * yet for the reference's floating point (239.9999...): one sample later. */
static const struct {
	const char *trace;
	int64_t said_ms, early_ms;
} ties[] = {
    {"flapping", TRACE_EPOCH + 8389631, 20000},
};

struct reading {
	const struct trace *t;
	struct detect_auto d[TRACE_TARGETS];
	int64_t last_ms[TRACE_TARGETS];
	size_t next; /* of the reference */
	const char *name;
};

static const json_t *next_said(struct reading *r)
{
	const json_t *all = json_object_get(r->t->said, "reference");
	const json_t *one;
	const char *update;

	do {
		one = json_array_get(all, r->next++);
		update = one ? json_string_value(json_object_get(one, "update")) : "";
		/* The witness rule and notices are not the detector's. */
	} while (one && (strcmp(update, "notice") == 0 || strcmp(update, "path") == 0 ||
			    strcmp(update, "clear") == 0));
	return one;
}

static bool is_near(const struct reading *r, int64_t said_ms, int64_t at_ms)
{
	for (size_t i = 0; i < sizeof(ties) / sizeof(*ties); i++) {
		if (strcmp(ties[i].trace, r->name) == 0 && ties[i].said_ms == said_ms)
			said_ms -= ties[i].early_ms;
	}
	return said_ms - at_ms <= NEAR_MS && at_ms - said_ms <= NEAR_MS;
}

/* `start_ms` < 0: the reference says none. */
static void said(struct reading *r, const struct trace_row *row, int64_t at_ms,
    const char *update, const char *detail, int64_t start_ms)
{
	const json_t *one = next_said(r);
	const char *what, *words, *start;
	int64_t at;

	if (!one)
		fail_msg("%s: %lld %s %s, but the reference is silent", r->name,
		    (long long)(at_ms - TRACE_EPOCH), update, detail);
	what = json_string_value(json_object_get(one, "update"));
	words = json_string_value(json_object_get(one, "detail"));
	at = json_integer_value(json_object_get(one, "t_ms"));
	if (strcmp(what, update) != 0 || !is_near(r, at, at_ms) ||
	    strncmp(words, detail, strlen(detail)) != 0)
		fail_msg("%s: %lld %s %s, the reference says %lld %s %s", r->name,
		    (long long)(at_ms - TRACE_EPOCH), update, detail,
		    (long long)(at - TRACE_EPOCH), what, words);
	assert_string_equal(
	    json_string_value(json_object_get(one, "target")), r->t->names[row->target]);
	start = strstr(words, "start=");
	if (start && start_ms >= 0) {
		long long was;

		assert_int_equal(sscanf(start, "start=%lld", &was), 1);
		if (was - start_ms > NEAR_MS || start_ms - was > NEAR_MS)
			fail_msg("%s: start %lld, the reference says %s", r->name,
			    (long long)start_ms, words);
	}
}

static void on_health(struct reading *r, const struct trace_row *row, enum health before,
    const struct avail_step *step)
{
	enum health now = r->d[row->target].avail.health;

	if (step->change == DETECT_ALARM) {
		if (before != HEALTH_SUSPECT) /* the reference says both */
			said(r, row, row->at_ms, "suspect", "", -1);
		said(r, row, row->at_ms,
		    r->d[row->target].avail.flaps ? "reopened" : "opened",
		    health_code(now), r->d[row->target].avail.flaps ? -1 : step->edge.ms);
		return;
	}
	if (step->change == DETECT_OVER) {
		said(r, row, row->at_ms, "closed", "start=", -1);
		return;
	}
	if (now == before)
		return;
	if (now == HEALTH_UP || now == HEALTH_SUSPECT || now == HEALTH_RECOVERING) {
		said(r, row, row->at_ms, health_code(now), "", -1);
		return;
	}
	if (before == HEALTH_RECOVERING) {
		enum health was = r->d[row->target].avail.before;

		said(r, row, row->at_ms, "relapse", health_code(was), -1);
		if (was == now)
			return;
	}
	said(r, row, row->at_ms, "changed", health_code(now), -1);
}

static void fold(struct reading *r, const struct trace_row *row)
{
	struct detect_auto *d = &r->d[row->target];
	struct detect_pace pace = {(double)r->t->interval_ms / 1000, SENSITIVITY_NORMAL};
	struct detect_evidence s = {{row->at_ms}, outcome_is_failure(row->outcome),
	    row->outcome == OUTCOME_OK ? row->first_token_ms : -1};
	int64_t limit = 10 * r->t->interval_ms, last = r->last_ms[row->target];
	enum health before;
	struct detect_step step;

	limit = limit > 30 * MS_PER_MIN ? limit : 30 * MS_PER_MIN;
	if (last && row->at_ms - last > limit) {
		said(r, row, last, "gap", "until", -1);
		detect_auto_on_gap(d);
	}
	r->last_ms[row->target] = row->at_ms;
	if (row->outcome != OUTCOME_OK && !s.failed)
		return;
	before = d->avail.health;
	detect_auto_on_sample(d, &pace, &s, &step);
	on_health(r, row, before, &step.avail);
	if (step.latency.change == DETECT_ALARM)
		said(r, row, row->at_ms, "slow", "start=", step.latency.edge.ms);
	else if (step.latency.change != DETECT_SAME)
		said(r, row, row->at_ms, "fast", "start=", -1);
}

static void every_update_is_the_reference_s(void **state)
{
	size_t rows = 0, updates = 0;

	(void)state;
	for (int i = 0; trace_names[i]; i++) {
		static struct reading r;
		struct trace t;

		trace_read(&t, trace_names[i]);
		memset(&r, 0, sizeof(r));
		r.t = &t;
		r.name = trace_names[i];
		for (int k = 0; k < TRACE_TARGETS; k++)
			detect_auto_init(&r.d[k]);
		for (size_t k = 0; k < t.n_rows; k++)
			fold(&r, &t.rows[k]);
		updates += r.next;
		if (next_said(&r))
			fail_msg("%s: the reference says more", r.name);
		rows += t.n_rows;
		trace_fini(&t);
	}
	printf("# evidence traces: 12 traces, %zu samples, %zu updates of the "
	       "reference met\n",
	    rows, updates);
}

/* Sections 3 and 4 of the same story through JSON behind every sample. */
static void a_restored_state_says_the_same(void **state)
{
	static const char *const stories[] = {"flapping", "gap", "brownout_25", NULL};

	(void)state;
	for (int i = 0; stories[i]; i++) {
		static struct reading r;
		struct trace t;

		trace_read(&t, stories[i]);
		memset(&r, 0, sizeof(r));
		r.t = &t;
		r.name = stories[i];
		for (int k = 0; k < TRACE_TARGETS; k++)
			detect_auto_init(&r.d[k]);
		for (size_t k = 0; k < t.n_rows; k++) {
			struct detect_auto *d = &r.d[t.rows[k].target];
			json_t *v = detect_auto_dump(d);

			memset(d, 0xa5, sizeof(*d));
			assert_true(detect_auto_restore(d, v));
			json_decref(v);
			fold(&r, &t.rows[k]);
		}
		assert_null(next_said(&r));
		trace_fini(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_update_is_the_reference_s),
	    cmocka_unit_test(a_restored_state_says_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
