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

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(first_matching_route_wins),
	    cmocka_unit_test(severity_as_it_is_now_decides),
	    cmocka_unit_test(no_match_tells_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
