/* SPDX-License-Identifier: MIT
 *
 * The table of moves is the diagram.
 */
#include "agent/base/sm.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum light { LIGHT_RED, LIGHT_GREEN, LIGHT_AMBER };

static const struct sm_state lights[] = {
    [LIGHT_RED] = {"red",   1u << LIGHT_GREEN                  },
    [LIGHT_GREEN] = {"green", 1u << LIGHT_AMBER                  },
    [LIGHT_AMBER] = {"amber", 1u << LIGHT_RED | 1u << LIGHT_GREEN},
};

static void only_moves_of_the_table_are_allowed(void **state)
{
	static const bool allowed[3][3] = {
	    {false, true,  false},
	    {false, false, true },
	    {true,  true,  false},
	};

	(void)state;
	for (int from = 0; from < 3; from++) {
		for (int to = 0; to < 3; to++)
			assert_int_equal(
			    sm_may_move(lights, from, to), allowed[from][to]);
	}
}

static void a_move_gives_the_new_state(void **state)
{
	enum light l = LIGHT_RED;

	(void)state;
	l = (enum light)sm_move(lights, l, LIGHT_GREEN);
	assert_int_equal(l, LIGHT_GREEN);
}

static void any_other_move_aborts(void **state)
{
	int status = 0;
	pid_t child = fork();

	(void)state;
	assert_true(child >= 0);
	if (child == 0) {
		signal(SIGABRT, SIG_DFL);
		close(STDERR_FILENO);
		sm_move(lights, LIGHT_RED, LIGHT_AMBER);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(only_moves_of_the_table_are_allowed),
	    cmocka_unit_test(a_move_gives_the_new_state),
	    cmocka_unit_test(any_other_move_aborts),
	};

	return cmocka_run_group_tests_name("sm", tests, NULL, NULL);
}
