/* SPDX-License-Identifier: MIT */
#include "agent/replay_csv.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define T0 INT64_C(1767225600000)

static struct replay_row row_of(const char *line)
{
	struct replay_row row;
	bool blank;
	struct err e = {0};
	if (!replay_row_parse(line, &row, &blank, &e))
		fail_msg("%s: %s", line, e.msg);
	return row;
}

static void a_row_is_read(void **state)
{
	struct replay_row row = row_of("1767225606500,deepseek-chat,ok,412\n");
	(void)state;
	assert_int_equal(row.at.ms, T0 + 6500);
	assert_string_equal(row.target, "deepseek-chat");
	assert_int_equal(row.outcome, OUTCOME_OK);
	assert_int_equal(row.first_token_us, 412000);
	assert_false(row.control);
	row = row_of("1767225606500,control:a,timeout_connect,\r\n");
	assert_true(row.control);
	assert_int_equal(row.outcome, OUTCOME_TIMEOUT_CONNECT);
	assert_int_equal(row.first_token_us, NOT_REACHED);
	row = row_of("1767225606500,a,dns");
	assert_int_equal(row.first_token_us, NOT_REACHED);
}

static void headings_and_empty_lines_are_no_rows_and_no_mistakes(void **state)
{
	static const char *const blanks[] = {
	    "", "\n", "  \r\n", "t_ms,target,outcome,first_token_ms\n"};
	(void)state;
	for (size_t i = 0; i < sizeof blanks / sizeof *blanks; i++) {
		struct replay_row row;
		bool blank = false;
		struct err e = {0};
		assert_false(replay_row_parse(blanks[i], &row, &blank, &e));
		assert_true(blank);
	}
}

static void what_is_wrong_is_said(void **state)
{
	static const struct {
		const char *line, *words;
	} rows[] = {
	    {"x,a,ok,5",                    "not a row"    },
	    {"-5,a,ok,5",                   "not a row"    },
	    {"99999999999999999999,a,ok,5", "not a row"    },
	    {"17672256065.5,a,ok,5",        "not a row"    },
	    {"1767225606500,a",             "not a row"    },
	    {"1767225606500,,ok,5",         "1 to 63 bytes"},
	    {"1767225606500,a,okay,5",      "is no outcome"},
	    {"1767225606500,a,ok,fast",     "not a number" },
	    {"1767225606500,a,ok,-5",       "not a number" },
	    {"1767225606500,a,ok,5,6",      "not a number" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct replay_row row;
		bool blank = true;
		struct err e = {0};
		assert_false(replay_row_parse(rows[i].line, &row, &blank, &e));
		assert_false(blank);
		if (!strstr(e.msg, rows[i].words))
			fail_msg("%s: %s", rows[i].line, e.msg);
	}
}

/* --- witnesses -------------------------------------------------------------------- */

struct play {
	struct replay *r;
	struct replay_csv *csv;
	struct str said;
	struct judge_target target;
	struct judge_config config;
};

static void on_update(void *arg, const struct replay_update *u)
{
	struct play *p = arg;
	str_addf(&p->said, "%+" PRId64 " %s %s\n", (u->at.ms - T0) / 1000, u->subject,
	    u->update);
}

static void on_trace(void *arg, const char *lines)
{
	(void)arg;
	(void)lines;
}

static void begin(struct play *p)
{
	memset(p, 0, sizeof *p);
	str_init(&p->said, (size_t)1 << 20);
	p->target = (struct judge_target){
	    .series = 1, .name = "one", .interval_ms = MS_PER_MIN, .auto_on = true};
	p->config = (struct judge_config){
	    .vantage = "hk-1", .targets = &p->target, .n_targets = 1};
	p->r = replay_new(&p->config, (struct wall){T0}, (struct wall){T0},
	    &(struct replay_listener){on_update, on_trace, p});
	p->csv = replay_csv_new(p->r);
}

static void end(struct play *p)
{
	replay_csv_free(p->csv);
	replay_free(p->r);
	str_fini(&p->said);
}

static void row(struct play *p, int64_t at_s, const char *target, enum outcome o)
{
	struct replay_row row = {.at = {T0 + at_s * 1000},
	    .outcome = o,
	    .first_token_us = NOT_REACHED,
	    .control = strncmp(target, "control:", 8) == 0};
	(void)str_copy(row.target, sizeof row.target, target);
	replay_csv_row(p->csv, &row, row.control ? 0 : 1);
}

static void silent(struct play *p, int64_t at_s, enum outcome witnesses)
{
	row(p, at_s, "one", OUTCOME_CONNECT);
	row(p, at_s + 1, "control:a", witnesses);
	row(p, at_s + 1, "control:b", witnesses);
}

static void a_silent_failure_waits_for_two_witnesses(void **state)
{
	struct play p;
	(void)state;
	begin(&p);
	row(&p, 0, "one", OUTCOME_OK);
	row(&p, 60, "one", OUTCOME_CONNECT);
	row(&p, 61, "control:a", OUTCOME_OK);
	assert_int_equal(replay_totals(p.r).samples, 1);
	row(&p, 61, "control:b", OUTCOME_OK);
	assert_int_equal(replay_totals(p.r).samples, 2);
	assert_non_null(strstr(str_c(&p.said), "one suspect"));
	end(&p);
}

static void what_was_answered_waits_for_nobody(void **state)
{
	struct play p;
	(void)state;
	begin(&p);
	row(&p, 0, "one", OUTCOME_OK);
	row(&p, 60, "one", OUTCOME_HTTP_5XX);
	assert_non_null(strstr(str_c(&p.said), "+60 one suspect"));
	end(&p);
}

static void when_witnesses_fail_too_it_was_us_until_four_good_answers(void **state)
{
	struct play p;
	(void)state;
	begin(&p);
	row(&p, 0, "one", OUTCOME_OK);
	silent(&p, 60, OUTCOME_TIMEOUT_CONNECT);
	assert_string_equal(str_c(&p.said), "+0 one up\n+61 vantage path\n");
	for (int i = 0; i < 10; i++)
		row(&p, 70 + 10 * i, "one", OUTCOME_TIMEOUT_TOTAL);
	assert_null(strstr(str_c(&p.said), "suspect"));
	for (int i = 0; i < 3; i++)
		row(&p, 200 + i, "control:a", OUTCOME_OK);
	assert_null(strstr(str_c(&p.said), "clear"));
	row(&p, 210, "control:a", OUTCOME_OK);
	assert_non_null(strstr(str_c(&p.said), "+210 vantage clear"));
	silent(&p, 220, OUTCOME_OK);
	assert_non_null(strstr(str_c(&p.said), "one suspect"));
	end(&p);
}

static void an_older_answer_is_no_witness(void **state)
{
	struct play p;
	(void)state;
	begin(&p);
	row(&p, 0, "one", OUTCOME_OK);
	row(&p, 50, "control:a", OUTCOME_OK);
	row(&p, 50, "control:b", OUTCOME_OK);
	row(&p, 60, "one", OUTCOME_CONNECT);
	row(&p, 61, "control:a", OUTCOME_OK);
	assert_int_equal(replay_totals(p.r).samples, 1);
	replay_csv_end(p.csv);
	assert_int_equal(replay_totals(p.r).samples, 2);
	end(&p);
}

static void what_is_held_is_bounded(void **state)
{
	struct play p;
	(void)state;
	begin(&p);
	for (int i = 0; i < 1000; i++)
		row(&p, i, "one", OUTCOME_CONNECT);
	assert_true(replay_totals(p.r).samples >= 700);
	replay_csv_end(p.csv);
	assert_int_equal(replay_totals(p.r).samples, 1000);
	end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_row_is_read),
	    cmocka_unit_test(headings_and_empty_lines_are_no_rows_and_no_mistakes),
	    cmocka_unit_test(what_is_wrong_is_said),
	    cmocka_unit_test(a_silent_failure_waits_for_two_witnesses),
	    cmocka_unit_test(what_was_answered_waits_for_nobody),
	    cmocka_unit_test(when_witnesses_fail_too_it_was_us_until_four_good_answers),
	    cmocka_unit_test(an_older_answer_is_no_witness),
	    cmocka_unit_test(what_is_held_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
