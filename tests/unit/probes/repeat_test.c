/* SPDX-License-Identifier: MIT
 *
 * An event that is called a repetition says exactly what jansson and the dialect would
 * have read from it. Seed of the random part: argv[1] or 1.
 */
#include "probes/repeat.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/json.h"
#include "agent/base/rng.h"
#include "agent/base/text.h"
#include "probes/dialect.h"

#ifdef __SANITIZE_ADDRESS__ /* four times as dear */
#define FEW 16000
#else
#define FEW 50000
#endif
#define NO_NAME ((struct span){NULL, 0})
#define HEAD                                                                             \
	"{\"id\":\"c-1\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\""
#define TAIL "\"},\"finish_reason\":null}],\"usage\":null}"

static uint64_t seed = 1;

static bool is_taken(const char *learned, const char *text, const char *event)
{
	struct repeat r;
	struct span found = {NULL, 0};
	bool taken;

	repeat_init(&r);
	repeat_learn(&r, NO_NAME, span_of(learned), span_of(text));
	taken = repeat_is(&r, NO_NAME, span_of(event), &found);
	if (taken)
		assert_true(found.n > 0);
	repeat_fini(&r);
	return taken;
}

static void same_event_with_other_text_is_a_repetition(void **state)
{
	struct repeat r;
	struct span text;

	(void)state;
	repeat_init(&r);
	repeat_learn(&r, span_of("delta"), span_of(HEAD "Hello" TAIL), span_of("Hello"));
	assert_true(repeat_is(&r, span_of("delta"), span_of(HEAD " wörld" TAIL), &text));
	assert_true(span_eq(text, " wörld"));
	assert_false(repeat_is(&r, NO_NAME, span_of(HEAD " wörld" TAIL), &text));
	repeat_fini(&r);
}

static void what_needs_a_parser_is_no_repetition(void **state)
{
	static const char *const events[] = {
	    HEAD TAIL,                   /* no text at all */
	    HEAD "a\\nb" TAIL,           /* an escape */
	    HEAD "\",\"tool\":\"x" TAIL, /* more than text */
	    HEAD "a\nb" TAIL,            /* not JSON */
	    HEAD "\xff" TAIL,            /* not UTF-8 */
	    HEAD "a" TAIL " ",           /* another end */
	    " " HEAD "a" TAIL,           /* another begin */
	    HEAD "a\"},\"finish_reason\":\"stop\"}],\"usage\":null}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		assert_false(is_taken(HEAD "Hello" TAIL, "Hello", events[i]));
}

static void text_whose_place_is_not_certain_teaches_nothing(void **state)
{
	(void)state;
	/* "m" is the model's name as well. */
	assert_false(is_taken(HEAD "m" TAIL, "m", HEAD "n" TAIL));
	/* Something in it is escaped: perhaps the text itself, elsewhere. */
	assert_false(is_taken(
	    "{\"a\":\"\\u0062\",\"c\":\"b\"}", "b", "{\"a\":\"\\u0062\",\"c\":\"d\"}"));
	assert_false(is_taken(HEAD "Hello" TAIL, "", HEAD "Hello" TAIL));
	/* It does not stand there. */
	assert_false(is_taken(HEAD "Hello" TAIL, "Hell", HEAD "Hell" TAIL));
}

static void a_larger_event_teaches_nothing(void **state)
{
	char event[4000];

	(void)state;
	snprintf(event, sizeof(event), "%s%03000d%s", HEAD, 7, TAIL);
	assert_false(is_taken(event, "7", event));
}

/* --- against the parser --- */

static void read_it(struct span event, json_t **ret_json, struct reading *r)
{
	*ret_json = utf8_valid(event) ? json_parse(event, NULL) : NULL;
	reading_init(r);
	if (*ret_json)
		dialect_openai_chat.read(NO_NAME, event, *ret_json, r);
}

static bool same_word(const char *a, const char *b)
{
	return a == NULL ? b == NULL : b != NULL && strcmp(a, b) == 0;
}

static void check(struct span event, struct span text, const struct reading *learned)
{
	struct reading r;
	json_t *v;

	read_it(event, &v, &r);
	assert_non_null(v);
	assert_int_equal(r.text.n, text.n);
	assert_memory_equal(r.text.p, text.p, text.n);
	assert_true(r.understood && !r.done && !r.error && !r.finish);
	assert_int_equal(r.reasoning.n, 0);
	assert_true(r.tokens_in == -1 && r.tokens_out == -1);
	assert_true(same_word(r.id, learned->id) && same_word(r.model, learned->model));
	reading_fini(&r);
	json_decref(v);
}

static const char *const pieces[] = {"a", " the", "\\n", "\"", "\\", "\xe4\xbd\xa0",
    "\xff", "\"},\"finish_reason\":\"stop\"", "\"error\":1,\"", "}", "{", "\\u0041", "\n",
    "m"};

static size_t make(struct rng *r, char *buf, size_t size)
{
	int n = 0;

	n += snprintf(buf, size, "%s", HEAD);
	for (uint64_t i = rng_below(r, 4); i > 0; i--)
		n += snprintf(buf + n, size - (size_t)n, "%s",
		    pieces[rng_below(r, sizeof(pieces) / sizeof(pieces[0]))]);
	n += snprintf(buf + n, size - (size_t)n, "%s", TAIL);
	if (rng_below(r, 4) == 0)
		buf[rng_below(r, (uint64_t)n)] = (char)rng_below(r, 256);
	return (size_t)n;
}

static void whatever_is_taken_says_what_the_parser_reads(void **state)
{
	struct rng rng;
	struct repeat rep;
	unsigned taken = 0, learned = 0;
	const char *longer = getenv("DIMWATCH_TESTS_LONG");
	unsigned n = longer && longer[0] ? 1000000 : FEW;

	(void)state;
	rng_init(&rng, seed);
	repeat_init(&rep);
	for (unsigned i = 0; i < n; i++) {
		char one[500], two[500];
		struct span a = {one, make(&rng, one, sizeof(one))}, text;
		struct span b = {two, make(&rng, two, sizeof(two))};
		struct reading r;
		json_t *v;

		read_it(a, &v, &r);
		if (r.understood && !r.error && !r.finish && r.text.n > 0 &&
		    r.reasoning.n == 0 && r.tokens_in < 0 && r.tokens_out < 0) {
			learned++;
			repeat_learn(&rep, NO_NAME, a, r.text);
			if (repeat_is(&rep, NO_NAME, b, &text)) {
				taken++;
				check(b, text, &r);
			}
		}
		reading_fini(&r);
		json_decref(v);
	}
	repeat_fini(&rep);
	assert_true(taken > n / 160);
	printf(
	    "# evidence repeated events: %u learned, %u taken, all as the parser reads "
	    "them, seed %llu\n",
	    learned, taken, (unsigned long long)seed);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(same_event_with_other_text_is_a_repetition),
	    cmocka_unit_test(what_needs_a_parser_is_no_repetition),
	    cmocka_unit_test(text_whose_place_is_not_certain_teaches_nothing),
	    cmocka_unit_test(a_larger_event_teaches_nothing),
	    cmocka_unit_test(whatever_is_taken_says_what_the_parser_reads),
	};

	if (argc > 1)
		seed = strtoull(argv[1], NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
