/* SPDX-License-Identifier: MIT
 *
 * Scalars as people write them: what is understood, and what is offered instead.
 */
#include "agent/conf_value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct conf_key duration = {
    "d", CONF_DURATION, .min = 1000, .max = 86400000};
static const struct conf_key size = {"s", CONF_SIZE, .min = 1 << 20, .max = INT64_MAX};
static const struct conf_key money = {"m", CONF_MONEY_DAY, .may_be_none = true};
static const struct conf_key asks = {"a", CONF_ASKS_DAY, .min = 1, .max = 1000000};
static const struct conf_key onoff = {.name = "o", .type = CONF_SWITCH};
static const struct conf_key url = {.name = "u", .type = CONF_URL};

static int64_t number(const struct conf_key *k, const char *text)
{
	struct conf_value v = {0};
	struct str why;
	str_init(&why, 500);
	if (!conf_value_parse(k, text, &v, &why))
		fail_msg("'%s': %s", text, str_c(&why));
	str_fini(&why);
	return v.n;
}

/* The sentence about a bad value; fails when it is taken. */
static const char *refused(const struct conf_key *k, const char *text)
{
	static char kept[500];
	struct conf_value v = {0};
	struct str why;
	str_init(&why, 499);
	if (conf_value_parse(k, text, &v, &why))
		fail_msg("'%s' was taken", text);
	(void)str_copy(kept, sizeof kept, str_c(&why));
	str_fini(&why);
	return kept;
}

struct example {
	const struct conf_key *k;
	const char *text;
	const char *part; /* of the sentence */
};

static void good_values_are_understood(void **state)
{
	(void)state;
	assert_true(number(&duration, "90s") == 90000);
	assert_true(number(&duration, "1h30m") == 5400000);
	assert_true(number(&duration, "1s") == 1000);
	assert_true(number(&duration, "1d") == 86400000);
	assert_true(number(&size, "2GiB") == (int64_t)2 << 30);
	assert_true(number(&size, "5MB") == 5000000);
	assert_true(number(&money, "0.10 USD/day") == 100000000);
	assert_true(number(&asks, "2000/day") == 2000);
	assert_true(number(&onoff, "on") == 1);
	assert_true(number(&onoff, "false") == 0);
	(void)number(&url, "https://a.example.org/v1?api-version=2024-10-21");
	(void)number(&url, "http://[::1]:8000/v1/chat/completions");
}

static void none_is_taken_where_it_makes_sense(void **state)
{
	struct conf_value v = {0};
	struct str why;
	(void)state;
	str_init(&why, 100);
	assert_true(conf_value_parse(&money, "none", &v, &why));
	assert_true(v.none);
	str_fini(&why);
	assert_non_null(strstr(refused(&duration, "none"), "not a duration"));
}

static void bad_values_are_refused_with_the_right_way_to_write_them(void **state)
{
	static const struct example examples[] = {
	    {&duration, "60",                        "60 needs a unit: 60s"          },
	    {&duration, "0.5",                       "no fractions"                  },
	    {&duration, "5 min",                     "write 5m"                      },
	    {&duration, "2 Hours",                   "write 2h"                      },
	    {&duration, "90sec",                     "write 90s"                     },
	    {&duration, "60S",                       "write 60s"                     },
	    {&duration, "-5s",                       "is not a duration such as"     },
	    {&duration, "0",                         "0s is less than the least, 1s" },
	    {&duration, "25h",                       "1d1h is more than the most, 1d"},
	    {&duration, "99999999999999999999s",     "is not a duration"             },
	    {&size,     "512",                       "512 needs a unit: 512MiB"      },
	    {&size,     "2G",                        "write 2GiB"                    },
	    {&size,     "2 gib",                     "write 2GiB"                    },
	    {&size,     "big",                       "such as 512MiB"                },
	    {&size,     "1KiB",                      "less than the least, 1MiB"     },
	    {&size,     "9999999999TiB",             "is not a size"                 },
	    {&money,    "1",                         "write 1 USD/day"               },
	    {&money,    "$0.10/day",                 "write 0.10 USD/day"            },
	    {&money,    "0.1 usd/day",               "write 0.1 USD/day"             },
	    {&money,    "5 CNY",                     "write 5 CNY/day"               },
	    {&money,    "-1 USD/day",                "write it like 0.10 USD/day"    },
	    {&money,    "lots",                      "write it like 0.10 USD/day"    },
	    {&asks,     "2000",                      "2000 needs a unit: 2000/day"   },
	    {&asks,     "2000/hour",                 "such as 2000/day"              },
	    {&asks,     "99999999999999/day",        "more than the most"            },
	    {&onoff,    "maybe",                     "neither on nor off"            },
	    {&url,      "example.org",               "begins with https://"          },
	    {&url,      "file:///etc/x",             "https:// or http://"           },
	    {&url,      "https://u:p@h/",            "use `key:`"                    },
	    {&url,      "https://h/?access_token=1", "('token')"                     },
	    {&url,      "https://h/#x",              "never sent"                    },
	    {&url,      "https://",                  "names no host"                 },
	    {&url,      "https://:80/",              "names no host"                 },
	    {&url,      "https://h/a b",             "a blank"                       },
	};
	(void)state;
	for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
		const char *why = refused(examples[i].k, examples[i].text);
		if (!strstr(why, examples[i].part))
			fail_msg("'%s': \"%s\" does not hold \"%s\"", examples[i].text,
			    why, examples[i].part);
	}
}

static void values_are_shown_as_they_are_written(void **state)
{
	struct str s;
	(void)state;
	str_init(&s, 100);
	conf_value_show(&duration, 90000, &s);
	(void)str_adds(&s, " ");
	conf_value_show(&size, (int64_t)2 << 30, &s);
	(void)str_adds(&s, " ");
	conf_value_show(&asks, 2000, &s);
	assert_string_equal(str_c(&s), "1m30s 2GiB 2000/day");
	str_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(good_values_are_understood),
	    cmocka_unit_test(none_is_taken_where_it_makes_sense),
	    cmocka_unit_test(bad_values_are_refused_with_the_right_way_to_write_them),
	    cmocka_unit_test(values_are_shown_as_they_are_written),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
