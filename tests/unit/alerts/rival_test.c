/* SPDX-License-Identifier: MIT
 *
 * Which rival is recommended.
 */
#include "alerts/rival.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void the_first_healthy_one_of_another_provider_is_named(void **state)
{
	const struct rival all[] = {
	    {"deepseek-pro", "deepseek",  HEALTH_UP     },
	    {"kimi",         "moonshot",  HEALTH_SUSPECT},
	    {"qwen",         "dashscope", HEALTH_UP     },
	    {"gpt",          "openai",    HEALTH_UP     },
	};

	(void)state;
	assert_string_equal(rival_best(all, 4, "deepseek"), "qwen");
	assert_string_equal(rival_best(all, 4, "dashscope"), "deepseek-pro");
}

static void nobody_is_named_when_nobody_else_is_up(void **state)
{
	static const enum health no[] = {HEALTH_UNKNOWN, HEALTH_SUSPECT, HEALTH_DEGRADED,
	    HEALTH_DOWN, HEALTH_RECOVERING};

	(void)state;
	for (size_t i = 0; i < sizeof(no) / sizeof(*no); i++) {
		const struct rival all[] = {
		    {"deepseek", "deepseek", HEALTH_UP},
		    {"kimi",     "moonshot", no[i]    },
		};

		assert_null(rival_best(all, 2, "deepseek"));
	}
	assert_null(rival_best(NULL, 0, "deepseek"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_first_healthy_one_of_another_provider_is_named),
	    cmocka_unit_test(nobody_is_named_when_nobody_else_is_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
