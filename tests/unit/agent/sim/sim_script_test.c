/* SPDX-License-Identifier: MIT
 *
 * Scripts: what their lines mean, what their errors say, and that the choice from a mix
 * follows from the seed alone.
 */
#include "agent/sim/sim_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct sim_script *parse(const char *text)
{
	struct err e = {ERR_NONE, ""};
	struct sim_script *s = sim_script_parse(span_of(text), &e);

	assert_string_equal(e.msg, "");
	assert_non_null(s);
	return s;
}

static struct sim_action at(const struct sim_script *s, const char *name, int64_t ms)
{
	struct sim_action a;

	assert_true(sim_script_only(s, false, name, ms, &a));
	return a;
}

static void lines_take_effect_at_their_time(void **state)
{
	struct sim_script *s = parse("# the day\n"
				     "seed 7\n"
				     "\n"
				     "at 10m deepseek: overloaded   # half an hour\n"
				     "\tat 2h deepseek: hang first_token 40s\r\n"
				     "at 9h deepseek: ok");

	(void)state;
	assert_int_equal(sim_script_seed(s), 7);
	assert_int_equal(at(s, "deepseek", 0).fault, SIM_OK);
	assert_int_equal(at(s, "deepseek", 599999).fault, SIM_OK);
	assert_int_equal(at(s, "deepseek", 600000).fault, SIM_OVERLOADED);
	assert_int_equal(at(s, "deepseek", 7200000).fault, SIM_HANG);
	assert_int_equal(at(s, "deepseek", 7200000).place, SIM_AT_FIRST_TOKEN);
	assert_int_equal(at(s, "deepseek", 7200000).ms, 40000);
	assert_int_equal(at(s, "deepseek", 9 * 3600000).fault, SIM_OK);
	assert_int_equal(at(s, "qwen", 7200000).fault, SIM_OK);
	assert_int_equal(sim_script_next_ms(s, -1), 600000);
	assert_int_equal(sim_script_next_ms(s, 600000), 7200000);
	assert_int_equal(sim_script_next_ms(s, 9 * 3600000), -1);
	assert_int_equal(sim_script_last_ms(s), 9 * 3600000);
	sim_script_free(s);
}

static void order_of_lines_only_matters_at_one_time(void **state)
{
	struct sim_script *s = parse("at 5m p: html\nat 1m p: stall\nat 1m p: empty\n");

	(void)state;
	assert_int_equal(at(s, "p", 60000).fault, SIM_EMPTY);
	assert_int_equal(at(s, "p", 300000).fault, SIM_HTML);
	sim_script_free(s);
}

static void hooks_and_providers_are_told_apart(void **state)
{
	struct sim_script *s = parse("at 0s hook slack: http 500\nat 0s slack: auth\n"
				     "at 1s other: ok\n");
	struct sim_action a;

	(void)state;
	assert_true(sim_script_only(s, true, "slack", 0, &a));
	assert_int_equal(a.fault, SIM_HTTP);
	assert_int_equal(a.status, 500);
	assert_int_equal(at(s, "slack", 0).fault, SIM_AUTH);
	assert_string_equal(sim_script_provider(s, 0), "slack");
	assert_string_equal(sim_script_provider(s, 1), "other");
	assert_null(sim_script_provider(s, 2));
	sim_script_free(s);
}

static unsigned count(
    const struct sim_script *s, int64_t ms, enum sim_fault fault, unsigned of)
{
	unsigned n = 0;

	for (unsigned i = 0; i < of; i++) {
		struct sim_action a;

		sim_script_pick(s, false, "p", ms, i, &a);
		n += a.fault == fault;
	}
	return n;
}

static void a_mix_keeps_its_shares(void **state)
{
	struct sim_script *s = parse("at 0s p: overloaded 50%\n"
				     "at 1s p: reset 10%, stall 20%, html, empty\n"
				     "at 2s p: auth 0%\n"
				     "at 3s p: auth 100%\n");
	struct sim_action a;

	(void)state;
	assert_false(sim_script_only(s, false, "p", 0, &a));
	assert_in_range(count(s, 0, SIM_OVERLOADED, 10000), 4800, 5200);
	assert_in_range(count(s, 0, SIM_OK, 10000), 4800, 5200);
	assert_in_range(count(s, 1000, SIM_RESET, 10000), 850, 1150);
	assert_in_range(count(s, 1000, SIM_STALL, 10000), 1850, 2150);
	assert_in_range(count(s, 1000, SIM_HTML, 10000), 3300, 3700);
	assert_in_range(count(s, 1000, SIM_EMPTY, 10000), 3300, 3700);
	assert_int_equal(count(s, 1000, SIM_OK, 10000), 0);
	assert_int_equal(count(s, 2000, SIM_AUTH, 10000), 0);
	assert_int_equal(count(s, 3000, SIM_AUTH, 10000), 10000);
	sim_script_free(s);
}

static void one_seed_gives_one_story(void **state)
{
	struct sim_script *a = parse("seed 3\nat 0s p: overloaded 50%\n");
	struct sim_script *b = parse("seed 3\nat 0s p: overloaded 50%\n");
	struct sim_script *c = parse("seed 4\nat 0s p: overloaded 50%\n");
	unsigned same = 0;

	(void)state;
	for (unsigned i = 0; i < 64; i++) {
		struct sim_action x, y, z;

		sim_script_pick(a, false, "p", 0, i, &x);
		sim_script_pick(b, false, "p", 0, i, &y);
		sim_script_pick(c, false, "p", 0, i, &z);
		assert_int_equal(x.fault, y.fault);
		same += x.fault == z.fault;
	}
	assert_in_range(same, 10, 54);
	sim_script_free(a);
	sim_script_free(b);
	sim_script_free(c);
}

static void bodies_may_hold_commas_and_braces(void **state)
{
	struct sim_script *s =
	    parse("at 0s p: http 418 {\"a\":[1,2],\"b\":\"x, y\"} 50%, html\n");
	struct sim_action a;

	(void)state;
	for (unsigned i = 0; i < 50; i++) {
		sim_script_pick(s, false, "p", 0, i, &a);
		if (a.fault == SIM_HTTP)
			assert_string_equal(a.text, "{\"a\":[1,2],\"b\":\"x, y\"}");
		else
			assert_int_equal(a.fault, SIM_HTML);
	}
	sim_script_free(s);
}

static void every_row_of_the_table_can_be_read(void **state)
{
	static const char *const args[] = {
	    [SIM_ARGS_NONE] = "",
	    [SIM_ARGS_MAYBE_DURATION] = " 3s",
	    [SIM_ARGS_DURATION] = " 3s",
	    [SIM_ARGS_FACTOR] = " x2.5",
	    [SIM_ARGS_STATUS_BODY] = " 503 busy now",
	    [SIM_ARGS_RESET_PLACE] = " body 12",
	    [SIM_ARGS_HANG_PLACE] = " stream 2m",
	    [SIM_ARGS_URL] = " http://127.0.0.1:1/",
	};
	size_t n;
	const struct sim_verb *verbs = sim_verbs(&n);

	(void)state;
	assert_int_equal(n, SIM_FAULT_COUNT);
	for (size_t i = 0; i < n; i++) {
		struct err e = {ERR_NONE, ""};
		struct sim_action a;
		struct str text;

		assert_ptr_equal(sim_verb(verbs[i].fault), &verbs[i]);
		assert_true(verbs[i].help[0] != '\0');
		assert_true(
		    (verbs[i].args == SIM_ARGS_NONE) == (verbs[i].args_help[0] == '\0'));
		str_init(&text, 200);
		str_addf(&text, "%s%s", verbs[i].name, args[verbs[i].args]);
		assert_true(sim_action_parse(str_span(&text), false, &a, &e));
		assert_int_equal(a.fault, verbs[i].fault);
		assert_int_equal(
		    sim_action_parse(str_span(&text), true, &a, &e), verbs[i].for_hooks);
		str_fini(&text);
	}
}

static void help_has_every_verb(void **state)
{
	struct str help;
	size_t n;
	const struct sim_verb *verbs = sim_verbs(&n);

	(void)state;
	str_init(&help, 16384);
	sim_verbs_help(&help);
	assert_false(help.cut);
	for (size_t i = 0; i < n; i++) {
		assert_non_null(strstr(str_c(&help), verbs[i].name));
		assert_non_null(strstr(str_c(&help), verbs[i].help));
	}
	assert_non_null(strstr(str_c(&help), "  slow xN\n      "));
	str_fini(&help);
}

/* clang-format off */
static const struct {
	const char *script, *message;
} wrong[] = {
	{"at 10m p: overlaoded", "1: unknown fault 'overlaoded', did you mean 'overloaded'?"},
	{"seed 1\n\nat 10m p: zzzzzz", "3: unknown fault 'zzzzzz'"},
	{"at 10 p: ok", "1: '10' is no duration, such as 10m"},
	{"at 1m : ok", "1: '' is no name; the form is: at DURATION NAME: FAULT"},
	{"at 1m a b: ok", "1: 'a b' is no name; the form is: at DURATION NAME: FAULT"},
	{"at 1m p:", "1: no fault is named"},
	{"at 1m p: ok fast", "1: ok: 'fast' is no duration, such as 40s"},
	{"at 1m p: stall 3s", "1: stall: '3s' is too much"},
	{"at 1m p: slow 4", "1: slow: needs a factor, such as x4"},
	{"at 1m p: slow x0", "1: slow: 'x0' is no factor between x0.01 and x10000"},
	{"at 1m p: latency", "1: latency: needs a duration, such as 40s"},
	{"at 1m p: http 99", "1: http: needs a status between 200 and 599"},
	{"at 1m p: hang", "1: hang: needs a place: connect, head, first_token or stream"},
	{"at 1m p: hang body", "1: hang: 'body' is no place: connect, head, first_token or stream"},
	{"at 1m p: reset first_token", "1: reset: 'first_token' is no place: connect, head or body N"},
	{"at 1m p: reset body", "1: reset: body needs a number of bytes"},
	{"at 1m p: redirect", "1: redirect: needs a URL"},
	{"at 1m p: ok 130%", "1: '130%' is no percentage"},
	{"at 1m p: ok 60%, auth 50%", "1: the percentages add up to more than 100%"},
	{"at 1m hook s: stall", "1: 'stall' is nothing a webhook does"},
	{"seed x", "1: seed needs a number"},
	{"seeds 4", "1: 'seeds' starts no line: lines are 'at DURATION NAME: FAULT' and 'seed N'; did you mean 'seed'?"},
};
/* clang-format on */

static void errors_name_line_and_cure(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct err e = {ERR_NONE, ""};

		assert_null(sim_script_parse(span_of(wrong[i].script), &e));
		assert_string_equal(e.msg, wrong[i].message);
	}
}

static void limits_hold(void **state)
{
	struct err e = {ERR_NONE, ""};
	struct str text;

	(void)state;
	str_init(&text, (size_t)2 << 20);
	for (int i = 0; i <= SIM_MAX_LINES; i++)
		str_adds(&text, "at 1s p: ok\n");
	assert_null(sim_script_parse(str_span(&text), &e));
	assert_string_equal(e.msg, "4097: more than 4096 lines");
	str_reset(&text);
	while (text.len <= SIM_SCRIPT_MAX)
		str_adds(&text, "# nothing at all, again and again\n");
	assert_null(sim_script_parse(str_span(&text), &e));
	assert_int_equal(e.code, ERR_LIMIT);
	str_fini(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines_take_effect_at_their_time),
	    cmocka_unit_test(order_of_lines_only_matters_at_one_time),
	    cmocka_unit_test(hooks_and_providers_are_told_apart),
	    cmocka_unit_test(a_mix_keeps_its_shares),
	    cmocka_unit_test(one_seed_gives_one_story),
	    cmocka_unit_test(bodies_may_hold_commas_and_braces),
	    cmocka_unit_test(every_row_of_the_table_can_be_read),
	    cmocka_unit_test(help_has_every_verb),
	    cmocka_unit_test(errors_name_line_and_cure),
	    cmocka_unit_test(limits_hold),
	};

	return cmocka_run_group_tests_name("sim script", tests, NULL, NULL);
}
