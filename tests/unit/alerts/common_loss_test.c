/* SPDX-License-Identifier: MIT
 *
 * Could one loss rate of ours explain it? Cases whose answer a person can give, and what
 * must hold for every count.
 */
#include "alerts/common_loss.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static double nats(int own_silent, int own, int controls_silent, int controls)
{
	struct common_loss c = {
	    .own = {own,      own_silent     },
              .controls = {controls, controls_silent}
        };

	return common_loss_nats(&c);
}

static void answers_of_controls_clear_us_of_a_hard_outage(void **state)
{
	(void)state;
	assert_true(nats(5, 5, 0, 16) < -5);
	assert_true(nats(5, 5, 1, 26) < -5);
	assert_true(nats(5, 5, 2, 40) < -5);
}

static void a_brownout_takes_more_answers(void **state)
{
	(void)state;
	assert_true(nats(6, 24, 0, 28) > -5); /* a tenth lost: one in twenty times */
	assert_true(nats(6, 24, 0, 60) < -5);
	assert_true(nats(6, 24, 1, 60) > -5);
}

static void controls_that_fail_as_often_accuse_us(void **state)
{
	(void)state;
	assert_true(nats(5, 5, 16, 16) > 5);
	assert_true(nats(6, 12, 8, 16) > 5);
	assert_true(nats(4, 12, 4, 20) > 5);
}

/* "It is looked at because it failed more than usual." */
static void the_run_alone_says_nothing(void **state)
{
	(void)state;
	for (int asked = 1; asked <= 32; asked++) {
		for (int silent = 1; silent <= asked; silent++)
			assert_true(fabs(nats(silent, asked, 0, 0)) < 1);
	}
}

static void more_silence_never_clears_us(void **state)
{
	(void)state;
	for (int asked = 2; asked <= 64; asked++) {
		for (int silent = 1; silent <= asked; silent++) {
			assert_true(nats(6, 12, silent, asked) >=
				    nats(6, 12, silent - 1, asked) - 1e-9);
		}
	}
}

static double with_others(int n, int silent, int asked, int controls)
{
	struct common_loss c = {
	    .own = {12,       5},
              .controls = {controls, 0},
              .n_others = n
        };

	for (int i = 0; i < n; i++)
		c.others[i] = (struct loss_seen){asked, silent};
	return common_loss_nats(&c);
}

static void others_that_fail_too_accuse_us_where_nobody_else_can_be_asked(void **state)
{
	(void)state;
	assert_true(with_others(4, 0, 10, 0) < -0.5);
	assert_true(with_others(4, 2, 10, 0) > 5);
	assert_true(with_others(1, 3, 3, 0) < 5); /* one may have trouble of its own */
}

/* Several providers may fail at once. */
static void controls_outvote_others(void **state)
{
	(void)state;
	assert_true(with_others(COMMON_OTHERS, 4, 10, 120) < -5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(answers_of_controls_clear_us_of_a_hard_outage),
	    cmocka_unit_test(a_brownout_takes_more_answers),
	    cmocka_unit_test(controls_that_fail_as_often_accuse_us),
	    cmocka_unit_test(the_run_alone_says_nothing),
	    cmocka_unit_test(more_silence_never_clears_us),
	    cmocka_unit_test(
		others_that_fail_too_accuse_us_where_nobody_else_can_be_asked),
	    cmocka_unit_test(controls_outvote_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
