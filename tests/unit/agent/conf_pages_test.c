/* SPDX-License-Identifier: MIT
 *
 * `status_pages:`: the catalogue's page of every provider that is asked at its own hosts,
 * what an entry changes or adds, and `off`.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/agent/conf_fixture.h"

#define DEEPSEEK "targets:\n  - {provider: deepseek, key: none}\n"
#define OWN                                                                               \
	"targets:\n  - {provider: deepseek, base_url: \"https://gate.example/v1\", key: " \
	"none}\n"

static void the_page_of_a_provider_is_read_without_being_named(void **state)
{
	(void)state;
	struct conf *c = fixture_good(DEEPSEEK);
	const struct conf_page *p = &c->pages[0];
	assert_int_equal(c->n_pages, 1);
	assert_string_equal(p->kind->name, "flashduty");
	assert_string_equal(p->host, "status.deepseek.com");
	assert_non_null(strstr(p->url, "statuspage.flashduty.com"));
	assert_int_equal(p->interval_ms, CONF_PAGE_INTERVAL_MS);
	conf_free(c);
}

static void two_targets_of_a_provider_share_its_page(void **state)
{
	(void)state;
	struct conf *c = fixture_good(DEEPSEEK
	    "  - {name: two, provider: deepseek, key: none}\n"
	    "  - {provider: groq, key: none}\n  - {provider: mistral, key: none}\n");
	assert_int_equal(c->n_pages, 2); /* of mistral none is known */
	assert_string_equal(c->pages[1].provider, "groq");
	conf_free(c);
}

static void a_target_at_an_address_of_its_own_has_no_page_unless_named(void **state)
{
	(void)state;
	struct conf *c = fixture_good(OWN);
	assert_int_equal(c->n_pages, 0);
	conf_free(c);
	c = fixture_good(OWN "status_pages:\n  - {provider: deepseek, interval: 5m}\n");
	assert_int_equal(c->n_pages, 1);
	assert_int_equal(c->pages[0].interval_ms, 5 * MS_PER_MIN);
	conf_free(c);
}

static void none_is_read_when_it_is_off(void **state)
{
	static const char *const offs[] = {"off", "none", "[]"};
	(void)state;
	for (size_t i = 0; i < sizeof offs / sizeof *offs; i++) {
		char text[200];
		(void)snprintf(text, sizeof text, DEEPSEEK "status_pages: %s\n", offs[i]);
		struct conf *c = fixture_good(text);
		assert_int_equal(c->n_pages, 0);
		conf_free(c);
	}
}

/* Another address is another page: whose it must be and its components go with it. */
static void an_entry_overrides(void **state)
{
	(void)state;
	struct conf *c =
	    fixture_good(DEEPSEEK "status_pages:\n"
				  "  - provider: deepseek\n"
				  "    kind: feed\n"
				  "    url: https://status.deepseek.com/history.rss\n"
				  "    components: [\"~API\", Chat Service]\n");
	const struct conf_page *p = &c->pages[0];
	assert_int_equal(c->n_pages, 1);
	assert_string_equal(p->kind->name, "feed");
	assert_null(p->host);
	assert_int_equal(p->n_parts, 2);
	assert_string_equal(p->parts[1], "Chat Service");
	conf_free(c);
}

static void what_is_wrong_is_said_with_its_place(void **state)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
	    {DEEPSEEK "status_pages:\n  - {provider: depseek}\n",
             "no target asks the provider 'depseek' (did you mean 'deepseek'?)"                                                                     },
	    {DEEPSEEK
		"status_pages:\n  - {provider: deepseek}\n  - {provider: deepseek}\n", "stands here twice"                             },
	    {"targets:\n  - {provider: mistral, key: none}\n"
	     "status_pages:\n  - {provider: mistral}\n",			       "url: is missing: no page of 'mistral' is known"},
	    {"targets:\n  - {provider: mistral, key: none}\n"
	     "status_pages:\n  - {provider: mistral, url: \"https://s.example/x\"}\n", "kind: is missing"                              },
	    {DEEPSEEK "status_pages:\n  - {provider: deepseek, interval: 10s}\n",                   "1m"                                            },
	    {DEEPSEEK "status_pages: on\n",							 "a list is needed"                              },
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct conf_problems problems;
		struct conf *c = fixture_load(rows[i].text, &problems);
		bool told = false;
		for (size_t k = 0; k < problems.n; k++)
			told |= !problems.rows[k].warning &&
				strstr(problems.rows[k].text, rows[i].says);
		assert_null(c);
		if (!told || problems.errors != 1)
			fail_msg("nobody said: %s", rows[i].says);
		conf_problems_fini(&problems);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_page_of_a_provider_is_read_without_being_named),
	    cmocka_unit_test(two_targets_of_a_provider_share_its_page),
	    cmocka_unit_test(a_target_at_an_address_of_its_own_has_no_page_unless_named),
	    cmocka_unit_test(none_is_read_when_it_is_off),
	    cmocka_unit_test(an_entry_overrides),
	    cmocka_unit_test(what_is_wrong_is_said_with_its_place),
	};
	return cmocka_run_group_tests_name("agent/conf_pages", tests, NULL, NULL);
}
