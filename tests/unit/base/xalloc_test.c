/* SPDX-License-Identifier: MIT
 *
 * Memory that is asked for arrives; what cannot exist ends the process.
 */
#include "agent/base/xalloc.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void nothing_is_a_valid_amount(void **state)
{
	(void)state;
	free(xmalloc(0));
	free(xcalloc(0, 8));
	free(xreallocarray(NULL, 0, 8));
	free(xmemdup0(NULL, 0));
}

static void calloc_is_zeroed_and_copies_are_copies(void **state)
{
	static const char zeros[64];
	char *p = xcalloc(8, 8);
	char *a = xstrdup("text"), *b = xmemdup0("te\0xt", 5),
	     *c = xasprintf("%d-%s", 3, "x");

	(void)state;
	assert_memory_equal(p, zeros, 64);
	assert_string_equal(a, "text");
	assert_memory_equal(b, "te\0xt", 6);
	assert_string_equal(c, "3-x");
	p = xreallocarray(p, 100, 8);
	assert_memory_equal(p, zeros, 64);
	free(p);
	free(a);
	free(b);
	free(c);
}

/* Runs in a child with stderr in a pipe: aborts, and says so in one sentence. */
static void an_overflowing_amount_aborts_with_a_sentence(void **state)
{
	int pipes[2], status = 0;
	char text[200] = "";
	pid_t child;

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		volatile size_t huge = SIZE_MAX / 2;

		signal(SIGABRT, SIG_DFL);
		dup2(pipes[1], STDERR_FILENO);
		free(xreallocarray(NULL, huge, 8));
		_exit(0);
	}
	close(pipes[1]);
	assert_true(read(pipes[0], text, sizeof(text) - 1) > 0);
	close(pipes[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
	assert_non_null(strstr(text, "out of memory"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_is_a_valid_amount),
	    cmocka_unit_test(calloc_is_zeroed_and_copies_are_copies),
	    cmocka_unit_test(an_overflowing_amount_aborts_with_a_sentence),
	};

	return cmocka_run_group_tests_name("xalloc", tests, NULL, NULL);
}
