/* SPDX-License-Identifier: MIT
 *
 * The times that status pages write, in both forms, and what is none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "probes/page_parts.h"

static void times_are_read_in_both_forms(void **state)
{
	static const struct {
		const char *text;
		int64_t s; /* -1: none */
	} times[] = {
	    {"2026-11-24T14:00:00Z",            1795528800},
	    {"2026-11-24T14:00:00.123456Z",     1795528800},
	    {"2026-11-24T06:00:00.000-08:00",   1795528800},
	    {"2026-11-24 22:00:00 +0800",       1795528800},
	    {"Tue, 24 Nov 2026 14:00:00 GMT",   1795528800},
	    {"Tue, 24 Nov 2026 22:00:00 +0800", 1795528800},
	    {"24 Nov 2026 14:00 UTC",           1795528800},
	    {"Tue, 24 Nov 2026 14:00:00 CET",   -1        },
	    {"2026-13-24T14:00:00Z",            -1        },
	    {"2026-11-24T25:00:00Z",            -1        },
	    {"2026-11-24",                      -1        },
	    {"1926-11-24T14:00:00Z",            -1        },
	    {"soon",			    -1        },
	    {"",				-1        },
	    {"2026-11-24T14:00:00Zzzzz",        -1        },
	    {"Tue, ",			   -1        },
	    {"2026-11-24T14:00:00+",            -1        },
	};
	(void)state;
	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		struct wall t = {-1000};
		bool good = page_time(times[i].text, &t);
		if (good != (times[i].s >= 0) || t.ms != times[i].s * 1000)
			fail_msg("%s: %lld", times[i].text, (long long)t.ms);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(times_are_read_in_both_forms),
	};
	return cmocka_run_group_tests_name("probes/page_time", tests, NULL, NULL);
}
