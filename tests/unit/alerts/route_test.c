/* SPDX-License-Identifier: MIT */
#include "alerts/route.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/alerts/incident_fixture.h"

static const char *const pager[] = {"pager"}, *const oncall[] = {"oncall"};
static const struct route routes[] = {
    {.severities = 1u << SEVERITY_CRITICAL,                     .to = pager,  .n_to = 1},
    {.severities = 1u << SEVERITY_MAJOR | 1u << SEVERITY_MINOR, .to = oncall, .n_to = 1},
};

static void first_matching_route_wins(void **state)
{
	static const struct route all[] = {
	    {.to = oncall, .n_to = 1},
            { .severities = 8, .to = pager, .n_to = 1}
        };
	struct incident in = fixture_outage();

	(void)state;
	assert_ptr_equal(route_find(routes, 2, &in), &routes[0]);
	assert_ptr_equal(route_find(all, 2, &in), &all[0]);
}

static void severity_as_it_is_now_decides(void **state)
{
	struct incident in = fixture_outage();

	(void)state;
	in.severity_now = SEVERITY_MINOR;
	assert_ptr_equal(route_find(routes, 2, &in), &routes[1]);
}

static void no_match_tells_nobody(void **state)
{
	struct incident in = fixture_outage();

	(void)state;
	in.severity_now = SEVERITY_MINOR;
	assert_null(route_find(routes, 1, &in));
	assert_null(route_find(NULL, 0, &in));
}

static const char *const deepseek[] = {"deepseek"}, *const kimi[] = {"kimi"};
static const char *const cn[] = {"cn"};

/* Does a route with this one condition take the incident? */
static bool takes(struct route r, const struct incident *in)
{
	return route_find(&r, 1, in) != NULL;
}

static void class_provider_region_and_target_decide_too(void **state)
{
	struct incident in = fixture_outage(), notice = fixture_notice();

	(void)state;
	assert_true(takes((struct route){.classes = 1u << CLASS_OUTAGE}, &in));
	assert_false(takes((struct route){.classes = 1u << CLASS_OUTAGE}, &notice));
	assert_true(takes(
	    (struct route){.classes = 1u << CLASS_SELF | 1u << CLASS_NOTICE}, &notice));
	assert_true(takes((struct route){.providers = deepseek, .n_providers = 1}, &in));
	assert_false(takes((struct route){.providers = kimi, .n_providers = 1}, &in));
	assert_true(takes((struct route){.regions = cn, .n_regions = 1}, &in));
	assert_false(takes((struct route){.regions = cn, .n_regions = 1}, &notice));
	assert_true(takes((struct route){.targets = kimi, .n_targets = 1}, &notice));
	assert_false(takes((struct route){.targets = kimi, .n_targets = 1}, &in));
}

static void all_conditions_of_a_route_must_hold(void **state)
{
	struct incident in = fixture_outage();
	struct route r = {
	    .providers = deepseek, .n_providers = 1, .severities = 1u << SEVERITY_MINOR};

	(void)state;
	assert_false(takes(r, &in));
	r.severities |= 1u << SEVERITY_CRITICAL;
	assert_true(takes(r, &in));
}

static void one_affected_target_is_enough(void **state)
{
	struct incident in = fixture_outage();

	(void)state;
	incident_add_target(&in, "kimi");
	assert_true(takes((struct route){.targets = kimi, .n_targets = 1}, &in));
}

static void a_list_that_names_nobody_matches_nothing(void **state)
{
	struct incident in = fixture_outage();

	(void)state;
	assert_false(takes((struct route){.targets = kimi, .n_targets = 0}, &in));
}

static void trouble_of_our_own_is_no_providers(void **state)
{
	struct incident in = fixture_self("disk");

	(void)state;
	assert_false(takes((struct route){.providers = deepseek, .n_providers = 1}, &in));
	assert_false(takes((struct route){.targets = deepseek, .n_targets = 1}, &in));
	assert_true(takes((struct route){.classes = 1u << CLASS_SELF}, &in));
}

static void a_copy_stands_on_its_own(void **state)
{
	struct incident in = fixture_outage();
	const char *names[] = {"deepseek"}, *to[] = {"pager"};
	struct route from = {.targets = names, .n_targets = 1, .to = to, .n_to = 1};
	struct arena *a = arena_new();
	struct route r = route_copy(a, &from);

	(void)state;
	names[0] = "kimi";
	to[0] = "nobody";
	assert_true(takes(r, &in));
	assert_string_equal(r.to[0], "pager");
	assert_null(r.providers);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(first_matching_route_wins),
	    cmocka_unit_test(severity_as_it_is_now_decides),
	    cmocka_unit_test(no_match_tells_nobody),
	    cmocka_unit_test(class_provider_region_and_target_decide_too),
	    cmocka_unit_test(all_conditions_of_a_route_must_hold),
	    cmocka_unit_test(one_affected_target_is_enough),
	    cmocka_unit_test(a_list_that_names_nobody_matches_nothing),
	    cmocka_unit_test(trouble_of_our_own_is_no_providers),
	    cmocka_unit_test(a_copy_stands_on_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
