/* SPDX-License-Identifier: MIT */
#include "agent/replay.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define T0 INT64_C(1767225600000)

/* Everything that was said, one line each, times in seconds after T0. */
struct play {
	struct replay *r;
	struct str said, trace;
	struct judge_target target;
	struct judge_config config;
	int64_t at_ms;
};

static void on_update(void *arg, const struct replay_update *u)
{
	struct play *p = arg;
	str_addf(&p->said, "%+" PRId64 " %s %s%s%.8s\n", (u->at.ms - T0) / 1000,
	    u->subject, u->update, *u->detail ? " " : "", u->detail);
}

static void on_trace(void *arg, const char *lines)
{
	struct play *p = arg;
	str_adds(&p->trace, lines);
}

static void begin(struct play *p, int64_t from_ms)
{
	memset(p, 0, sizeof *p);
	str_init(&p->said, (size_t)1 << 20);
	str_init(&p->trace, (size_t)1 << 20);
	p->target = (struct judge_target){
	    .series = 7, .name = "one", .interval_ms = MS_PER_MIN, .auto_on = true};
	p->config = (struct judge_config){
	    .vantage = "hk-1", .targets = &p->target, .n_targets = 1};
	p->at_ms = T0;
	p->r = replay_new(&p->config, (struct wall){T0}, (struct wall){from_ms},
	    &(struct replay_listener){on_update, on_trace, p});
}

static void end(struct play *p)
{
	replay_free(p->r);
	str_fini(&p->said);
	str_fini(&p->trace);
}

/* One answer a minute: G good, F failed, Q our quota. */
static void feed(struct play *p, const char *samples)
{
	for (; *samples; samples++) {
		struct sample s;
		p->at_ms += MS_PER_MIN;
		sample_init(&s, 7, (struct wall){p->at_ms});
		s.end_us = 0;
		s.outcome = *samples == 'F'   ? OUTCOME_HTTP_5XX
			    : *samples == 'Q' ? OUTCOME_QUOTA
					      : OUTCOME_OK;
		replay_sample(p->r, &s, s.at);
	}
}

static void an_outage_is_told_in_the_words_of_the_traces(void **state)
{
	struct play p;
	(void)state;
	begin(&p, T0);
	feed(&p, "GGFFFGGGG");
	replay_until(p.r, (struct wall){p.at_ms});
	assert_string_equal(str_c(&p.said), "+60 one up\n"
					    "+180 one suspect 1 of the\n"
					    "+300 one opened down sta\n"
					    "+420 one recovering\n"
					    "+540 one closed start=17\n");
	assert_int_equal(replay_count(p.r), 1);
	assert_int_equal(replay_at(p.r, 0)->started.ms, T0 + 180000);
	assert_int_equal(replay_at(p.r, 0)->ended.ms, T0 + 360000);
	assert_int_equal(replay_totals(p.r).samples, 9);
	assert_null(replay_at(p.r, 1));
	end(&p);
}

static void coming_back_within_half_an_hour_is_reopened_on_the_same_record(void **state)
{
	struct play p;
	(void)state;
	begin(&p, T0);
	feed(&p, "GGFFFGGGGGGFFF");
	assert_non_null(strstr(str_c(&p.said), "one reopened down"));
	assert_int_equal(replay_count(p.r), 1);
	assert_int_equal(replay_at(p.r, 0)->state, INCIDENT_OPEN);
	end(&p);
}

static void what_was_over_before_the_beginning_only_teaches(void **state)
{
	struct play p;
	(void)state;
	begin(&p, T0 + MS_PER_H);
	feed(&p, "GGFFFGGGG");
	assert_int_equal(p.said.len, 0);
	assert_int_equal(p.trace.len, 0);
	assert_int_equal(replay_count(p.r), 0);
	assert_int_equal(replay_totals(p.r).samples, 0); /* nor is it counted */
	end(&p);
}

static void what_reaches_into_the_time_asked_for_is_there(void **state)
{
	struct play p;
	(void)state;
	begin(&p, T0 + 6 * MS_PER_MIN);
	feed(&p, "GGFFFGGGG");
	assert_null(strstr(str_c(&p.said), "opened"));
	assert_non_null(strstr(str_c(&p.said), "closed"));
	assert_int_equal(replay_count(p.r), 1);
	end(&p);
}

static void time_alone_decides_too(void **state)
{
	struct play p;
	(void)state;
	begin(&p, T0);
	feed(&p, "GG");
	replay_until(p.r, (struct wall){p.at_ms + MS_PER_H});
	assert_non_null(strstr(str_c(&p.said), "+720 one unknown no sampl"));
	end(&p);
}

static void a_gap_stands_where_it_began(void **state)
{
	struct play p;
	int64_t began;
	(void)state;
	begin(&p, T0);
	feed(&p, "GG");
	began = p.at_ms;
	p.at_ms += 2 * MS_PER_H;
	replay_gap(p.r, (struct wall){began + 1000}, (struct wall){p.at_ms});
	assert_non_null(strstr(str_c(&p.said), "+121 vantage gap until 17"));
	assert_int_equal(replay_totals(p.r).gaps, 1);
	feed(&p, "G");
	assert_non_null(strstr(str_c(&p.said), "+7380 one up"));
	end(&p);
}

static void our_own_fault_is_a_notice_and_not_an_outage(void **state)
{
	struct play p;
	(void)state;
	begin(&p, T0);
	feed(&p, "GQQQ");
	assert_non_null(strstr(str_c(&p.said), "access one notice"));
	assert_null(strstr(str_c(&p.said), "opened"));
	assert_int_equal(replay_at(p.r, 0)->class, CLASS_NOTICE);
	end(&p);
}

static void slowness_is_told_apart_from_failing(void **state)
{
	struct play p;
	(void)state;
	begin(&p, T0);
	for (int i = 0; i < 460; i++) {
		struct sample s;
		p.at_ms += MS_PER_MIN;
		sample_init(&s, 7, (struct wall){p.at_ms});
		s.first_token_us =
		    (i < 200 || i >= 240 ? 500 + i % 7 * 20 : 4000) * US_PER_MS;
		s.end_us = s.first_token_us;
		replay_sample(p.r, &s, s.at);
	}
	assert_non_null(strstr(str_c(&p.said), "one slow start="));
	assert_non_null(strstr(str_c(&p.said), "one fast start="));
	assert_null(strstr(str_c(&p.said), "opened"));
	assert_null(strstr(str_c(&p.said), "closed"));
	end(&p);
}

static void the_trace_is_the_judge_s_own(void **state)
{
	struct play p;
	(void)state;
	begin(&p, T0);
	feed(&p, "GGFFF");
	assert_non_null(strstr(str_c(&p.trace), " one opened down since="));
	assert_non_null(strstr(str_c(&p.trace), "[sum="));
	end(&p);
}

static void time_never_runs_backwards(void **state)
{
	struct play p;
	(void)state;
	begin(&p, T0);
	feed(&p, "GGG");
	p.at_ms -= MS_PER_H;
	feed(&p, "FFFGGGG");
	assert_null(strstr(str_c(&p.said), "+-"));
	assert_null(strstr(str_c(&p.said), "\n-"));
	end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_outage_is_told_in_the_words_of_the_traces),
	    cmocka_unit_test(
		coming_back_within_half_an_hour_is_reopened_on_the_same_record),
	    cmocka_unit_test(what_was_over_before_the_beginning_only_teaches),
	    cmocka_unit_test(what_reaches_into_the_time_asked_for_is_there),
	    cmocka_unit_test(time_alone_decides_too),
	    cmocka_unit_test(a_gap_stands_where_it_began),
	    cmocka_unit_test(our_own_fault_is_a_notice_and_not_an_outage),
	    cmocka_unit_test(slowness_is_told_apart_from_failing),
	    cmocka_unit_test(the_trace_is_the_judge_s_own),
	    cmocka_unit_test(time_never_runs_backwards),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
