/* SPDX-License-Identifier: MIT
 *
 * What drift is and what is only noise, sample by sample: a letter is a sample a minute.
 */
#include "alerts/drift.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/str.h"

#define T0 INT64_C(1767225600000) /* 2026-01-01 */

struct stage {
	struct drift d;
	struct drift_watch w;
	struct wall now;
	struct drift_verdict v[DRIFT_KIND_COUNT];
};

static void stage_init(struct stage *s)
{
	memset(s, 0, sizeof(*s));
	s->now.ms = T0;
	s->w.inference = s->w.streams = true;
	(void)str_copy(s->w.model, sizeof(s->w.model), "m");
	(void)str_copy(s->w.host, sizeof(s->w.host), "api.example");
}

static struct sample good(const struct stage *s)
{
	struct sample x;

	sample_init(&x, 1, s->now);
	x.outcome = OUTCOME_OK;
	x.tokens_in = 20;
	(void)str_copy(x.finish, sizeof(x.finish), "stop");
	(void)str_copy(x.returned_model, sizeof(x.returned_model), "m");
	return x;
}

/* m: as asked. a, b: other models. F: a failure. u: without usage. n: without its end.
 * Returns what is said of `kind` after each: '.', '+' or '-'. */
static const char *play(struct stage *s, enum drift_kind kind, const char *letters)
{
	static char said[500];
	size_t n = 0;

	for (const char *p = letters; *p && n + 1 < sizeof(said); p++) {
		struct sample x = good(s);

		if (*p == 'a' || *p == 'b') {
			x.flags |= FLAG_MODEL_DIFFERS;
			(void)snprintf(
			    x.returned_model, sizeof(x.returned_model), "other-%c", *p);
		}
		if (*p == 'F')
			x.outcome = OUTCOME_HTTP_5XX;
		if (*p == 'u')
			x.tokens_in = -1;
		if (*p == 'n')
			x.flags |= FLAG_NO_DONE;
		drift_on_sample(&s->d, &s->w, &x, s->v);
		said[n++] = ".+-"[s->v[kind].say];
		s->now.ms += MS_PER_MIN;
	}
	said[n] = 0;
	return said;
}

static void another_model_is_said_at_its_third_answer_and_over_at_the_third_of_ours(
    void **state)
{
	struct stage s;

	(void)state;
	stage_init(&s);
	assert_string_equal(play(&s, DRIFT_MODEL, "mmmm"), "..--");
	assert_string_equal(play(&s, DRIFT_MODEL, "aaaa"), "..++");
	assert_string_equal(s.v[DRIFT_MODEL].words, "'m' was asked, 'other-a' answers");
	assert_string_equal(play(&s, DRIFT_MODEL, "FFa"), "..+");
	assert_string_equal(play(&s, DRIFT_MODEL, "bbb"), "..+");
	assert_string_equal(s.v[DRIFT_MODEL].words, "'m' was asked, 'other-b' answers");
	assert_string_equal(play(&s, DRIFT_MODEL, "mmm"), "..-");
	/* Now this one, now that one: nothing to say. */
	assert_string_equal(play(&s, DRIFT_MODEL, "aabbaabb"), "........");
}

static void names_that_the_owner_gave_drift_only_when_they_change(void **state)
{
	struct stage s;
	char day[1500];

	(void)state;
	stage_init(&s);
	s.w.own_names = true;
	assert_string_equal(play(&s, DRIFT_MODEL, "aaaaaaa"), ".....--");
	assert_string_equal(play(&s, DRIFT_MODEL, "bbb"), "..+");
	assert_string_equal(
	    s.v[DRIFT_MODEL].words, "another model answers than before: 'other-b'");
	assert_string_equal(play(&s, DRIFT_MODEL, "aaa"), "..-");
	/* A day of it, and it is the usual one. */
	memset(day, 'b', sizeof(day));
	for (int i = 0; i < 4; i++) {
		day[365] = 0;
		(void)play(&s, DRIFT_MODEL, day);
	}
	assert_string_equal(play(&s, DRIFT_MODEL, "b"), "-");
	assert_string_equal(play(&s, DRIFT_MODEL, "aaa"), "..+");
}

static void two_lists_without_the_model_are_needed_and_one_with_it_is_enough(void **state)
{
	struct stage s;
	struct sample x;
	static const struct {
		bool listed;
		enum drift_say say;
	} rows[] = {
	    {true,  DRIFT_OFF    },
            {false, DRIFT_NOTHING},
            {true,  DRIFT_OFF    },
	    {false, DRIFT_NOTHING},
            {false, DRIFT_ON     },
            {false, DRIFT_ON     },
	    {true,  DRIFT_OFF    }
        };

	(void)state;
	stage_init(&s);
	s.w.inference = false;
	s.w.list = true;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		x = good(&s);
		x.returned_model[0] = 0;
		if (!rows[i].listed)
			x.flags |= FLAG_MODEL_NOT_LISTED;
		drift_on_sample(&s.d, &s.w, &x, s.v);
		assert_int_equal(s.v[DRIFT_LIST].say, rows[i].say);
		assert_int_equal(s.v[DRIFT_MODEL].say, DRIFT_NOTHING);
	}
}

static void a_habit_that_loses_a_part_is_said_and_noise_is_not(void **state)
{
	struct stage s;

	(void)state;
	stage_init(&s);
	/* No habit yet. */
	(void)play(&s, DRIFT_SHAPE, "mmmmmuuuuu");
	assert_int_equal(s.v[DRIFT_SHAPE].say, DRIFT_OFF);
	(void)play(&s, DRIFT_SHAPE, "mmmmmmmmmmmmmmmmmmmmm");
	assert_string_equal(play(&s, DRIFT_SHAPE, "uummunm"), "...-..-");
}

static void lost_usage_and_lost_ends_have_words_and_come_back(void **state)
{
	struct stage s;

	(void)state;
	stage_init(&s);
	(void)play(&s, DRIFT_SHAPE, "mmmmmmmmmmmmmmmmmmmmm");
	assert_string_equal(play(&s, DRIFT_SHAPE, "uFuu"), "...+");
	assert_string_equal(
	    s.v[DRIFT_SHAPE].words, "answers changed: the usage no longer comes");
	assert_string_equal(play(&s, DRIFT_SHAPE, "mmm"), "..-");
	assert_string_equal(play(&s, DRIFT_SHAPE, "nnn"), "..+");
	assert_string_equal(s.v[DRIFT_SHAPE].words,
	    "answers changed: the end of the stream no longer comes");
}

static void a_day_of_another_shape_is_the_new_habit(void **state)
{
	struct stage s;
	int said = 0, over = 0;

	(void)state;
	stage_init(&s);
	(void)play(&s, DRIFT_SHAPE, "mmmmmmmmmmmmmmmmmmmmm");
	for (int i = 0; i < 1500; i++) {
		(void)play(&s, DRIFT_SHAPE, "u");
		said += s.v[DRIFT_SHAPE].say == DRIFT_ON;
		if (!over && s.v[DRIFT_SHAPE].say == DRIFT_OFF)
			over = i;
	}
	assert_int_equal(said, 1438);
	assert_int_equal(over, 1440);
	assert_string_equal(play(&s, DRIFT_SHAPE, "mmm"), "..+");
	assert_string_equal(
	    s.v[DRIFT_SHAPE].words, "answers changed: the usage comes now");
}

static void a_certificate_is_said_from_the_fourteenth_day_on(void **state)
{
	struct stage s;
	struct sample x;

	(void)state;
	stage_init(&s);
	x = good(&s);
	drift_on_sample(&s.d, &s.w, &x, s.v);
	assert_int_equal(s.v[DRIFT_CERTIFICATE].say, DRIFT_NOTHING); /* not asked */
	x.cert_expiry_s = (T0 + 14 * MS_PER_DAY) / 1000;
	drift_on_sample(&s.d, &s.w, &x, s.v);
	assert_int_equal(s.v[DRIFT_CERTIFICATE].say, DRIFT_OFF);
	x.cert_expiry_s--;
	x.outcome = OUTCOME_HTTP_5XX; /* the certificate is theirs all the same */
	drift_on_sample(&s.d, &s.w, &x, s.v);
	assert_int_equal(s.v[DRIFT_CERTIFICATE].say, DRIFT_ON);
	assert_string_equal(
	    s.v[DRIFT_CERTIFICATE].words, "the certificate ends on 2026-01-14");
	s.w.host[0] = 0; /* a server of one's own */
	drift_on_sample(&s.d, &s.w, &x, s.v);
	assert_int_equal(s.v[DRIFT_CERTIFICATE].say, DRIFT_NOTHING);
}

static void a_model_with_a_last_day_is_said_thirty_days_before(void **state)
{
	struct stage s;

	(void)state;
	stage_init(&s);
	s.w.ends_ms = T0 + 31 * MS_PER_DAY;
	drift_look(&s.w, (struct wall){T0}, s.v);
	assert_int_equal(s.v[DRIFT_ENDING].say, DRIFT_OFF);
	drift_look(&s.w, (struct wall){T0 + MS_PER_DAY}, s.v);
	assert_int_equal(s.v[DRIFT_ENDING].say, DRIFT_ON);
	assert_string_equal(s.v[DRIFT_ENDING].words, "its house ends 'm' on 2026-02-01");
	s.w.retired = true;
	drift_look(&s.w, (struct wall){T0}, s.v);
	assert_string_equal(s.v[DRIFT_ENDING].words, "its house has retired 'm'");
}

static void state_survives_and_what_is_not_ours_is_refused(void **state)
{
	struct stage a, b;
	json_t *v;

	(void)state;
	stage_init(&a);
	(void)play(&a, DRIFT_SHAPE, "mmmmmmmmmmmmmmmmmmmmmaauu");
	b = a;
	v = drift_dump(&a.d);
	memset(&b.d, 0xff, sizeof(b.d));
	assert_true(drift_restore(&b.d, v));
	assert_memory_equal(&a.d, &b.d, sizeof(a.d));
	json_object_set_new(v, "habit_run", json_integer(1000));
	assert_false(drift_restore(&b.d, v));
	json_decref(v);
	/* An earlier version wrote none. */
	assert_true(drift_restore(&b.d, NULL));
	assert_int_equal(b.d.habit_run, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		another_model_is_said_at_its_third_answer_and_over_at_the_third_of_ours),
	    cmocka_unit_test(names_that_the_owner_gave_drift_only_when_they_change),
	    cmocka_unit_test(
		two_lists_without_the_model_are_needed_and_one_with_it_is_enough),
	    cmocka_unit_test(a_habit_that_loses_a_part_is_said_and_noise_is_not),
	    cmocka_unit_test(lost_usage_and_lost_ends_have_words_and_come_back),
	    cmocka_unit_test(a_day_of_another_shape_is_the_new_habit),
	    cmocka_unit_test(a_certificate_is_said_from_the_fourteenth_day_on),
	    cmocka_unit_test(a_model_with_a_last_day_is_said_thirty_days_before),
	    cmocka_unit_test(state_survives_and_what_is_not_ours_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
