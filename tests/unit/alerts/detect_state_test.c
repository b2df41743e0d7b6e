/* SPDX-License-Identifier: MIT
 *
 * The detector's state as JSON: restored behind every sample it decides the same to the
 * last bit; what is not a state of ours is refused.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/rng.h"
#include "alerts/detect_auto.h"

#define T0 INT64_C(1767225600000)

/* Weather that changes now and then; gaps; slow phases. */
struct weather {
	struct rng rng;
	int64_t now_ms;
	double failing, slow;
};

static void ask(struct weather *w, struct detect_evidence *s)
{
	if (rng_below(&w->rng, 60) == 0)
		w->failing = rng_unit(&w->rng) * (double)rng_below(&w->rng, 2);
	if (rng_below(&w->rng, 80) == 0)
		w->slow = 1 + (double)rng_below(&w->rng, 4);
	w->now_ms += 10000 + (int64_t)rng_below(&w->rng, 50000);
	s->at.ms = w->now_ms - (int64_t)rng_below(&w->rng, 15000);
	s->failed = rng_unit(&w->rng) < w->failing;
	s->latency_ms = 400 * w->slow * (0.7 + 0.6 * rng_unit(&w->rng));
}

static void through_json(struct detect_auto *d)
{
	json_t *v = detect_auto_dump(d), *again;
	char *text = json_dumps(v, 0);

	assert_non_null(text);
	again = json_loads(text, 0, NULL);
	memset(d, 0xa5, sizeof(*d));
	assert_true(detect_auto_restore(d, again));
	json_decref(v);
	json_decref(again);
	free(text);
}

static void a_restored_state_decides_the_same(void **state)
{
	struct detect_pace pace = {60, SENSITIVITY_NORMAL};
	int alarms = 0, slow = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 12; seed++) {
		struct weather w = {.now_ms = T0, .slow = 1};
		struct detect_auto a, b;

		rng_init(&w.rng, seed);
		detect_auto_init(&a);
		b = a;
		for (int i = 0; i < 1500; i++) {
			struct detect_evidence s;
			struct detect_step x, y;

			ask(&w, &s);
			if (rng_below(&w.rng, 300) == 0) {
				detect_auto_on_gap(&a);
				detect_auto_on_gap(&b);
			}
			if (i % 3 == 0)
				through_json(&b);
			detect_auto_on_sample(&a, &pace, &s, &x);
			detect_auto_on_sample(&b, &pace, &s, &y);
			assert_memory_equal(
			    a.avail.sum, b.avail.sum, sizeof(a.avail.sum));
			assert_int_equal(a.avail.health, b.avail.health);
			assert_int_equal(x.avail.change, y.avail.change);
			assert_int_equal(x.latency.change, y.latency.change);
			assert_true(!(fabs(x.ask_s - y.ask_s) > 0));
			assert_true(!(fabs(a.latency.sum - b.latency.sum) > 0));
			alarms += x.avail.change == DETECT_ALARM;
			slow += x.latency.change == DETECT_ALARM;
		}
	}
	assert_true(alarms > 12 && slow > 0); /* the weather does say something */
}

/* One value of a good state replaced by another: refused, or a state that goes on. */
static void what_is_not_a_state_of_ours_is_refused(void **state)
{
	static const char *const bad[] = {"null", "\"x\"", "-1", "1e99", "[]", "{}",
	    "\"nan\"", "\"inf\"", "\"1e400\"", "\"-5\"", "999999999999"};
	struct detect_pace pace = {60, SENSITIVITY_NORMAL};
	struct weather w = {.now_ms = T0, .slow = 1};
	struct detect_auto good;
	int refused = 0;

	(void)state;
	rng_init(&w.rng, 3);
	detect_auto_init(&good);
	for (int i = 0; i < 400; i++) {
		struct detect_evidence s;
		struct detect_step step;

		ask(&w, &s);
		detect_auto_on_sample(&good, &pace, &s, &step);
	}
	for (int part = 0; part < 2; part++) {
		json_t *v = detect_auto_dump(&good);
		json_t *half = json_object_get(v, part ? "latency" : "avail"), *value;
		const char *key;
		void *tmp;

		json_object_foreach_safe(half, tmp, key, value)
		{
			json_t *was = json_deep_copy(value);

			for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
				struct detect_auto d = good;
				struct detect_evidence s = {{w.now_ms}, true, -1};
				struct detect_step step;

				json_object_set_new(
				    half, key, json_loads(bad[i], JSON_DECODE_ANY, NULL));
				if (!detect_auto_restore(&d, v)) {
					refused++;
					assert_memory_equal(&d, &good, sizeof(d));
				}
				detect_auto_on_sample(&d, &pace, &s, &step);
				assert_true(isfinite(d.avail.sum[0]));
			}
			json_object_set_new(half, key, was);
		}
		json_decref(v);
	}
	assert_true(refused > 300);
}

static void numbers_and_words_say_what_it_knew(void **state)
{
	struct detect_pace pace = {60, SENSITIVITY_NORMAL};
	struct detect_step step;
	struct detect_auto d;
	char buf[120];

	(void)state;
	detect_auto_init(&d);
	for (int i = 1; i <= 3; i++)
		detect_auto_on_sample(&d, &pace,
		    &(struct detect_evidence){{T0 + i * 60000}, true, -1}, &step);
	assert_string_equal(
	    detect_auto_words(&d, buf, sizeof(buf)), "3 of the last 3 failed");
	assert_string_equal(detect_auto_numbers(&d, &pace, buf, sizeof(buf)),
	    "sum=11.69/10.5 arm=0.90 base=1.00%");
	detect_auto_on_sample(
	    &d, &pace, &(struct detect_evidence){{T0 + 4 * 60000}, false, 300}, &step);
	assert_string_equal(detect_auto_numbers(&d, &pace, buf, sizeof(buf)),
	    "end=2.29/8.5 rate=0.90 base=1.00%");
	assert_string_equal(step.why, "recovering");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_restored_state_decides_the_same),
	    cmocka_unit_test(what_is_not_a_state_of_ours_is_refused),
	    cmocka_unit_test(numbers_and_words_say_what_it_knew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
