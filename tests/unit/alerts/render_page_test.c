/* SPDX-License-Identifier: MIT
 *
 * What their own status page says, in messages: a sentence of ours, their title only as
 * a stranger's words in a fact, and nothing when it says nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/alerts/render_stage.h"

static struct incident with_page(enum page_state state, int64_t after_us_ms)
{
	struct incident in = fixture_outage();
	in.page.state = state;
	if (after_us_ms) {
		in.page.posted = wall_add_ms(in.opened, after_us_ms);
		(void)str_copy(in.page.title, sizeof in.page.title, "Elevated *errors*");
	}
	return in;
}

static const char *fact(const struct message *m, const char *name, bool *ret_untrusted)
{
	for (int i = 0; i < m->n_facts; i++) {
		if (strcmp(m->facts[i].name, name) != 0)
			continue;
		*ret_untrusted = m->facts[i].untrusted;
		return m->facts[i].value;
	}
	return NULL;
}

static void every_opinion_has_its_words(void **state)
{
	static const struct {
		enum page_state state;
		int64_t after_us_ms;
		const char *sentence, *fact;
	} rows[] = {
	    {PAGE_NONE,        0,               NULL,					NULL},
	    {PAGE_OPERATIONAL, 0,               "Their status page says all is well.",       NULL},
	    {PAGE_PARTIAL,     12 * MS_PER_MIN, "Their status page says: a partial outage.",
             "a partial outage: \"Elevated *errors*\" (12 m after we noticed)"                   },
	    {PAGE_MAJOR,       -3 * MS_PER_MIN, "Their status page says: a major outage.",
             "a major outage: \"Elevated *errors*\" (3 m before we noticed)"                     },
	    {PAGE_OPERATIONAL, MS_PER_MIN,      "Their status page says all is well again.",
             "it spoke of trouble: \"Elevated *errors*\" (1 m after we noticed)"                 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct incident in = with_page(rows[i].state, rows[i].after_us_ms);
		struct message m = rendered(MESSAGE_REMINDER, &in, render_at(14, 20));
		bool untrusted = true;
		const char *said = fact(&m, "Their page", &untrusted);
		if (rows[i].sentence)
			assert_non_null(strstr(m.summary, rows[i].sentence));
		else
			assert_null(strstr(m.summary, "status page"));
		assert_null(strstr(m.summary, "Elevated"));
		if (rows[i].fact)
			assert_string_equal(said, rows[i].fact);
		else
			assert_null(said);
		assert_true(untrusted);
	}
}

static void the_end_tells_who_was_first(void **state)
{
	struct incident in = fixture_recovered();
	struct message m;
	bool untrusted = false;
	(void)state;
	in.page.state = PAGE_OPERATIONAL;
	in.page.posted = wall_add_ms(in.opened, 7 * MS_PER_MIN);
	m = rendered(MESSAGE_RESOLVED, &in, render_at(14, 20));
	assert_string_equal(fact(&m, "Their page", &untrusted),
	    "it spoke of trouble (7 m after we noticed)");
	assert_null(strstr(m.summary, "status page"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_opinion_has_its_words),
	    cmocka_unit_test(the_end_tells_who_was_first),
	};
	return cmocka_run_group_tests_name("alerts/render_page", tests, NULL, NULL);
}
