/* SPDX-License-Identifier: MIT
 *
 * The line that every text must pass, and the codes of the kinds.
 */
#include "alerts/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/alerts/render_stage.h"

static void line_folds_blanks_and_cuts_on_a_character(void **state)
{
	char buf[16], small[8];

	(void)state;
	assert_string_equal(
	    message_line(buf, sizeof(buf), 15, span_of(" a\r\n\t b  c \n")), "a b c");
	assert_string_equal(
	    message_line(buf, sizeof(buf), 3, span_of("\xe4\xb8\xad\xe6\x96\x87 abc")),
	    "\xe4\xb8\xad\xe6\x96\x87\xe2\x80\xa6");
	assert_string_equal(message_line(small, sizeof(small), 99,
				span_of("abc\xe4\xb8\xad\xe6\x96\x87")),
	    "abc\xe2\x80\xa6");
	assert_string_equal(message_line(buf, sizeof(buf), 15, span_of(NULL)), "");
}

static void kinds_have_stable_codes_and_types(void **state)
{
	static const char *const want[][2] = {
	    {"opened",         "incident.opened"      },
	    {"changed",        "incident.changed"     },
	    {"resolved",       "incident.resolved"    },
	    {"retracted",      "incident.retracted"   },
	    {"notice_raised",  "notice.raised"        },
	    {"notice_cleared", "notice.cleared"       },
	    {"reopened",       "incident.reopened"    },
	    {"test",           "test"                 },
	    {"reminder",       "incident.reminder"    },
	    {"acknowledged",   "incident.acknowledged"},
	    {"silenced",       "incident.silenced"    },
	    {"summary",        "incidents.summary"    },
	    {"digest",         "digest"               },
	};

	(void)state;
	for (int k = 0; k < MESSAGE_KIND_COUNT; k++) {
		assert_string_equal(message_kind_code((enum message_kind)k), want[k][0]);
		assert_string_equal(message_kind_type((enum message_kind)k), want[k][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(line_folds_blanks_and_cuts_on_a_character),
	    cmocka_unit_test(kinds_have_stable_codes_and_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
