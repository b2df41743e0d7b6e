/* SPDX-License-Identifier: MIT
 *
 * What a page says, held against flapping: a story of readings, a letter each (w all is
 * well, d degraded, m major, - none), and what is held after every one.
 */
#include "alerts/opinion.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define T0 INT64_C(1795528800000)

static enum page_state state_of(char c)
{
	return c == 'w'   ? PAGE_OPERATIONAL
	       : c == 'd' ? PAGE_DEGRADED
	       : c == 'm' ? PAGE_MAJOR
			  : PAGE_NONE;
}

static char letter_of(enum page_state s)
{
	return s == PAGE_OPERATIONAL ? 'w'
	       : s == PAGE_DEGRADED  ? 'd'
	       : s == PAGE_MAJOR     ? 'm'
				     : '-';
}

static void an_opinion_begins_and_ends_after_two_readings(void **state)
{
	static const struct {
		const char *read, *held;
	} stories[] = {
	    {"ww",         "-w"        },
	    {"w-w-w-",     "------"    },
	    {"wwdww",      "-wwww"     },
	    {"wwddww",     "-wwddw"    },
	    {"wwdwdwdwdw", "-wwwwwwwww"},
	    {"wwddwdwd",   "-wwddddd"  },
	    {"wwdmm",      "-wwmm"     }, /* trouble twice, of a growing degree */
	    {"wwdd-d--",   "-wwdddd-"  },
	    {"dd",         "-d"        },
	};
	(void)state;
	for (size_t i = 0; i < sizeof stories / sizeof *stories; i++) {
		struct opinion o = {0};
		char held[16] = "";
		for (size_t n = 0; stories[i].read[n]; n++) {
			struct page_opinion said = {
			    .state = state_of(stories[i].read[n])};
			enum page_state before = o.held.state;
			bool moved = opinion_on_reading(
			    &o, &said, (struct wall){T0 + (int64_t)n * 120000});
			assert_int_equal(moved, before != o.held.state);
			held[n] = letter_of(o.held.state);
		}
		assert_string_equal(held, stories[i].held);
	}
}

static struct wall posted(const char *readings, int64_t began_ms)
{
	struct opinion o = {0};
	for (size_t n = 0; readings[n]; n++) {
		struct page_opinion said = {.state = state_of(readings[n])};
		if (page_state_is_trouble(said.state))
			said.began.ms = began_ms;
		(void)opinion_on_reading(
		    &o, &said, (struct wall){T0 + (int64_t)n * 120000});
	}
	return o.held.posted;
}

/* What the page says of its own beginning is often back-dated: it cannot have been said
 * before the last reading that did not say so. */
static void when_it_was_posted_lies_between_two_readings(void **state)
{
	(void)state;
	assert_int_equal(posted("wwdd", 0).ms, T0 + 240000);
	assert_int_equal(posted("wwdd", T0 + 200000).ms, T0 + 200000);
	assert_int_equal(posted("wwdd", T0 - 3600000).ms, T0 + 120000);
	assert_int_equal(posted("wwdd", T0 + 9000000).ms, T0 + 240000);
	assert_int_equal(posted("dd", T0 - 3600000).ms, T0 - 3600000);
	assert_int_equal(posted("wwddd-dd", T0 + 200000).ms, T0 + 200000);
	assert_int_equal(posted("wwdwdd", T0 + 200000).ms, T0 + 360000);
	assert_int_equal(posted("wwddww", T0).ms, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_opinion_begins_and_ends_after_two_readings),
	    cmocka_unit_test(when_it_was_posted_lies_between_two_readings),
	};
	return cmocka_run_group_tests_name("alerts/opinion", tests, NULL, NULL);
}
