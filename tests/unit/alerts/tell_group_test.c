/* SPDX-License-Identifier: MIT
 *
 * What a route with `group:` owes: until when it waits, and of which group it is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/alerts/tell_stage.h"

#define WAIT_S 30

static const char *const slack[] = {"slack"};

static struct route route_by(enum group_by by, bool critical)
{
	struct route r = {.to = slack, .n_to = 1};

	r.group.by = by;
	r.group.wait_ms = WAIT_S * MS_PER_S;
	r.group.critical = critical;
	return r;
}

/* The last delivery; wait 0: it goes at once. */
static void assert_owed(const struct tell_stage *s, int wait_s, const char *group)
{
	const struct delivery *d = &s->up.deliveries[s->up.n - 1];

	assert_true(s->up.n > 0);
	assert_int_equal(
	    wall_diff_ms(d->not_before, d->created), (int64_t)wait_s * MS_PER_S);
	assert_string_equal(d->group, group);
}

static void opened_is_of(enum group_by by, const char *group)
{
	struct route r = route_by(by, false);
	struct tell_stage s;

	tell_stage_init(&s, &r, 1);
	tell_stage_fact(&s, 0, FACT_OPENED, MAJOR);
	assert_owed(&s, group[0] ? WAIT_S : 0, group);
	tell_stage_fini(&s);
}

static void a_group_is_a_provider_a_class_or_everything(void **state)
{
	(void)state;
	opened_is_of(GROUP_NONE, "");
	opened_is_of(GROUP_PROVIDER, "provider deepseek");
	opened_is_of(GROUP_CLASS, "class outage");
	opened_is_of(GROUP_ALL, "all");
}

static void what_is_critical_does_not_wait_nor_does_its_end(void **state)
{
	struct route r = route_by(GROUP_ALL, false);
	struct tell_stage s;

	(void)state;
	tell_stage_init(&s, &r, 1);
	tell_stage_fact(&s, 0, FACT_OPENED, MAJOR);
	assert_owed(&s, WAIT_S, "all");
	tell_stage_fact(&s, 10, FACT_CHANGED, CRITICAL);
	assert_owed(&s, 0, "");
	tell_stage_fact(&s, 60, FACT_CLOSED, CRITICAL);
	assert_owed(&s, 0, "");
	tell_stage_fini(&s);
}

static void with_critical_on_it_waits_too(void **state)
{
	struct route r = route_by(GROUP_ALL, true);
	struct tell_stage s;

	(void)state;
	tell_stage_init(&s, &r, 1);
	tell_stage_fact(&s, 0, FACT_OPENED, CRITICAL);
	assert_owed(&s, WAIT_S, "all");
	tell_stage_fini(&s);
}

static void a_drill_waits_for_nobody(void **state)
{
	struct route r = route_by(GROUP_ALL, true);
	struct tell_stage s;

	(void)state;
	tell_stage_init(&s, &r, 1);
	s.in.subject.kind = SUBJECT_DRILL;
	tell_stage_fact(&s, 0, FACT_OPENED, MAJOR);
	assert_owed(&s, 0, "");
	tell_stage_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_group_is_a_provider_a_class_or_everything),
	    cmocka_unit_test(what_is_critical_does_not_wait_nor_does_its_end),
	    cmocka_unit_test(with_critical_on_it_waits_too),
	    cmocka_unit_test(a_drill_waits_for_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
