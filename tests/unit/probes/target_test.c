/* SPDX-License-Identifier: MIT
 *
 * What is asked about a target: series, labels, host, private or not.
 */
#include "probes/target.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct provider deepseek = {.id = "deepseek"};
static const struct provider other = {.id = "other"};

static struct target some_target(void)
{
	return (struct target){.name = "a",
	    .provider = &deepseek,
	    .model = "m",
	    .region = "global",
	    .kind = PROBE_STREAM,
	    .connection = CONNECTION_COLD,
	    .url = "https://api.deepseek.com/chat/completions"};
}

static void kinds_have_codes_that_parse_back(void **state)
{
	enum probe_kind k;

	(void)state;
	for (int i = 0; i < PROBE_KIND_COUNT; i++) {
		assert_true(probe_kind_parse(probe_kind_code((enum probe_kind)i), &k));
		assert_int_equal(k, i);
	}
	assert_false(probe_kind_parse("streams", &k));
	assert_false(probe_kind_parse("", &k));
	assert_string_equal(probe_kind_code(PROBE_DOOR), "door");
	assert_string_equal(connection_kind_code(CONNECTION_COLD), "cold");
	assert_string_equal(connection_kind_code(CONNECTION_WARM), "warm");
}

static void series_is_name_provider_model_region_kind_and_connection(void **state)
{
	struct target a = some_target(), b = some_target();

	(void)state;
	b.interval_ms = 5;
	b.url = "https://elsewhere.example";
	assert_true(target_same_series(&a, &b));
	b = some_target();
	b.name = "b";
	assert_false(target_same_series(&a, &b));
	b = some_target();
	b.provider = &other;
	assert_false(target_same_series(&a, &b));
	b = some_target();
	b.model = "n";
	assert_false(target_same_series(&a, &b));
	b = some_target();
	b.region = NULL;
	assert_false(target_same_series(&a, &b));
	a.region = NULL;
	assert_true(target_same_series(&a, &b));
	b.kind = PROBE_CHAT;
	assert_false(target_same_series(&a, &b));
	b = some_target();
	a = some_target();
	b.connection = CONNECTION_WARM;
	assert_false(target_same_series(&a, &b));
}

static void label_is_found_by_name(void **state)
{
	static const struct label labels[] = {
	    {"tier", "primary"},
	    {"team", "search" },
	};
	struct target t = some_target();

	(void)state;
	assert_null(target_label(&t, "tier"));
	t.labels = labels;
	t.n_labels = 2;
	assert_string_equal(target_label(&t, "team"), "search");
	assert_null(target_label(&t, "Team"));
}

static const struct {
	const char *url, *host;
	bool is_private;
} urls[] = {
    {"https://api.deepseek.com/chat/completions", "api.deepseek.com",      false},
    {"https://api.deepseek.com",                  "api.deepseek.com",      false},
    {"http://10.0.0.5:8000/v1/chat/completions",  "10.0.0.5:8000",         true },
    {"http://user:p@ss@10.0.0.5:8000/v1",         "10.0.0.5:8000",         true },
    {"https://example.com?x=/y@10.0.0.1",         "example.com",           false},
    {"http://127.0.0.1:11434/v1",                 "127.0.0.1:11434",       true },
    {"http://127.255.1.2/",                       "127.255.1.2",           true },
    {"http://128.0.0.1/",                         "128.0.0.1",             false},
    {"http://11.0.0.1/",			  "11.0.0.1",              false},
    {"http://172.15.0.1/",                        "172.15.0.1",            false},
    {"http://172.16.0.1/",                        "172.16.0.1",            true },
    {"http://172.31.255.255/",                    "172.31.255.255",        true },
    {"http://172.32.0.1/",                        "172.32.0.1",            false},
    {"http://192.168.1.1:80/",                    "192.168.1.1:80",        true },
    {"http://192.169.1.1/",                       "192.169.1.1",           false},
    {"http://169.254.169.254/",                   "169.254.169.254",       true },
    {"http://0.0.0.0:8000/",                      "0.0.0.0:8000",          true },
    {"http://[::1]:8080/v1",                      "[::1]:8080",            true },
    {"http://[::]/",			      "[::]",                  true },
    {"http://[::2]/",			     "[::2]",                 false},
    {"http://[fe80::1%25eth0]:8080/",             "[fe80::1%25eth0]:8080", true },
    {"http://[febf::1]/",                         "[febf::1]",             true },
    {"http://[fec0::1]/",                         "[fec0::1]",             false},
    {"http://[fd12:3456::1]/v1",                  "[fd12:3456::1]",        true },
    {"http://[fc00::1]/v1",                       "[fc00::1]",             true },
    {"http://[2001:db8::1]:443/",                 "[2001:db8::1]:443",     false},
    {"http://[::ffff:10.1.2.3]/",                 "[::ffff:10.1.2.3]",     true },
    {"http://[::ffff:8.8.8.8]/",                  "[::ffff:8.8.8.8]",      false},
    {"http://[::1",			       "[::1",                  false},
    {"http://localhost:8000/v1",                  "localhost:8000",        true },
    {"http://LocalHost./v1",                      "LocalHost.",            true },
    {"http://gpu.local:8000/v1",                  "gpu.local:8000",        true },
    {"http://gpu.LOCAL./v1",                      "gpu.LOCAL.",            true },
    {"http://a.localhost/v1",                     "a.localhost",           true },
    {"http://llm.corp.internal/v1",               "llm.corp.internal",     true },
    {"http://vllm:8000/v1",                       "vllm:8000",             true },
    {"https://notlocal.example/v1",               "notlocal.example",      false},
    {"https://local.example.com/v1",              "local.example.com",     false},
    {"https://10.0.0.5.example.com/v1",           "10.0.0.5.example.com",  false},
    {"https:///v1",			       "",                      false},
};

static void host_and_privacy_come_from_the_url(void **state)
{
	char host[64];

	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		struct target t = {.url = urls[i].url};

		assert_string_equal(target_host(&t, host, sizeof(host)), urls[i].host);
		if (target_is_private(&t) != urls[i].is_private)
			fail_msg("%s is %sprivate", urls[i].url,
			    urls[i].is_private ? "" : "not ");
	}
}

static void long_host_is_cut_to_the_buffer(void **state)
{
	struct target t = some_target();
	char host[8];

	(void)state;
	assert_string_equal(target_host(&t, host, sizeof(host)), "api.dee");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(kinds_have_codes_that_parse_back),
	    cmocka_unit_test(series_is_name_provider_model_region_kind_and_connection),
	    cmocka_unit_test(label_is_found_by_name),
	    cmocka_unit_test(host_and_privacy_come_from_the_url),
	    cmocka_unit_test(long_host_is_cut_to_the_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
