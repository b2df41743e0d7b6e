/* SPDX-License-Identifier: MIT */
#include "probes/retry_after.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/probes/fixture.h"

/* 2026-11-23T14:00:00Z */
static const struct wall now = {1795442400000};

static const struct {
	const char *headers;
	int64_t ms;
} rows[] = {
    {"",					   -1     },
    {"retry-after: 7",			     7000   },
    {"Retry-After: 2.5",			   2500   },
    {"retry-after: 0",			     1000   },
    {"retry-after: 86400",                         3600000},
    {"retry-after: 99999999999999999999999",       3600000},
    {"retry-after-ms: 1500\nretry-after: 9",       1500   },
    {"retry-after-ms: 1500.7",                     1500   },
    {"retry-after-ms: soon\nretry-after: 9",       9000   },
    {"retry-after: soon",			  -1     },
    {"retry-after: -5",			    -1     },
    {"retry-after: .5",			    -1     },
    {"retry-after:",			       -1     },
    {"retry-after: Mon, 23 Nov 2026 14:00:30 GMT", 30000  },
    {"retry-after: Mon, 23 Nov 2026 13:00:00 GMT", 1000   },
    {"retry-after: Tue, 24 Nov 2026 14:00:00 GMT", 3600000},
    {"retry-after: Mon, 23 Nov 2026 14:00:30 CET", -1     },
    {"retry-after: Mon, 23 Foo 2026 14:00:30 GMT", -1     },
    {"retry-after: Mon, 23 Nov 2026 24:00:30 GMT", -1     },
};

static void every_form_is_read_and_clamped(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct wire_head h;

		fixture_head(&h, 429, rows[i].headers);
		if (retry_after_ms(&h, now) != rows[i].ms)
			fail_msg("%s: %lld", rows[i].headers,
			    (long long)retry_after_ms(&h, now));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_form_is_read_and_clamped),
	};

	return cmocka_run_group_tests_name("probes/retry_after", tests, NULL, NULL);
}
