/* SPDX-License-Identifier: MIT */
#include "agent/doors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define NOW ((struct wall){1795000000000}) /* 2026-11-18 */

/* One answer, or its lack. */
struct found {
	enum outcome outcome;
	int status;
	const char *message, *evidence;
};

static const struct found genuine = {OUTCOME_OK, 401, "", ""};
static const struct found otherwise = {
    OUTCOME_AUTH, 401, "no key", "{\"error\":\"no key\"}"};
static const struct found busy = {
    OUTCOME_OVERLOADED, 503, "busy", "{\"error\":\"busy\"}"};
static const struct found bad_gateway = {OUTCOME_HTTP_5XX, 502, "", "<html>502</html>"};
static const struct found page = {OUTCOME_MALFORMED, 200, "HTTP 200 where", "<html>"};
static const struct found blocked = {OUTCOME_MALFORMED, 403, "", "<!doctype html>"};
static const struct found redirect = {OUTCOME_REDIRECTED, 302, "Location: /login", ""};
static const struct found silent = {OUTCOME_TIMEOUT_CONNECT, 0, "no connection", ""};
static const struct found no_route = {OUTCOME_LOCAL, 0, "no route", ""};
static const struct found strange = {
    OUTCOME_TLS, 0, "SSL certificate problem: self-signed certificate", ""};
static const struct found expired = {
    OUTCOME_TLS, 0, "SSL certificate problem: certificate has expired", ""};
static const struct found no_tls = {OUTCOME_TLS, 0, "wrong version number", ""};

struct street {
	struct arena *arena;
	struct catalogue *catalogue;
	struct doors doors;
};

static struct street open_street(const char *const *names, size_t n)
{
	struct street s = {.arena = arena_new()};
	struct err e = {0};

	s.catalogue = catalogue_load(s.arena, &e);
	assert_non_null(s.catalogue);
	doors_list(&s.doors, s.catalogue,
	    &(struct doors_ask){.names = names, .n_names = n, .timeout_ms = 4500},
	    s.arena);
	return s;
}

static void close_street(struct street *s)
{
	arena_free(s->arena);
}

static void put(struct door *row, const struct found *f)
{
	sample_init(&row->sample, 0, NOW);
	row->asked = true;
	row->sample.outcome = f->outcome;
	row->sample.http_status = f->status;
	row->sample.first_byte_us = f->status != 0 ? 200000 : NOT_REACHED;
	str_copy(row->sample.message, sizeof(row->sample.message), f->message);
	str_copy(row->sample.evidence, sizeof(row->sample.evidence), f->evidence);
}

static bool is_https(const struct door *row)
{
	return strncmp(row->target.url, "https:", 6) == 0;
}

/* The doors, and the controls by http and by https. */
static void put_all(struct street *s, const struct found *doors, const struct found *http,
    const struct found *https)
{
	for (size_t i = 0; i < s->doors.n; i++) {
		struct door *row = &s->doors.rows[i];

		if (!row->control)
			put(row, doors);
		else
			put(row, is_https(row) ? https : http);
	}
}

static void assert_verdict(const struct street *s, enum doors_verdict want)
{
	struct doors_news n;
	struct str text;

	doors_judge(&s->doors, &n);
	assert_string_equal(doors_verdict_code(n.verdict), doors_verdict_code(want));
	str_init(&text, 2000);
	doors_sentence(&n, NOW, &text);
	assert_int_equal(str_c(&text)[text.len - 1], '.');
	assert_int_equal(strstr(str_c(&text), "nothing about any provider") == NULL,
	    want == DOORS_FINE);
	str_fini(&text);
}

static void every_public_host_has_one_door_and_no_key(void **state)
{
	struct street s = open_street(NULL, 0);
	size_t providers = 0;
	(void)state;

	for (size_t i = 0; i < s.doors.n; i++) {
		const struct door *row = &s.doors.rows[i];
		char host[300], other[300];

		assert_null(row->target.key);
		assert_null(row->target.provider->retired);
		assert_false(target_is_private(&row->target));
		assert_null(strchr(row->target.url, '{'));
		target_host(&row->target, host, sizeof(host));
		for (size_t k = 0; k < i && !row->control; k++) {
			const struct target *t = &s.doors.rows[k].target;

			if (t->provider == row->target.provider)
				assert_string_not_equal(
				    target_host(t, other, sizeof(other)), host);
		}
		assert_ptr_equal(doors_find(&s.doors, &row->target), row);
		providers += strchr(row->name, ' ') == NULL;
	}
	assert_int_equal(s.doors.n_controls, DOORS_CONTROLS);
	assert_true(providers >= 35);
	close_street(&s);
}

static void named_providers_have_all_their_hosts_and_the_controls(void **state)
{
	static const char *const names[] = {"openai", "deepseek"};
	struct street s = open_street(names, 2);
	(void)state;

	assert_string_equal(s.doors.rows[0].name, "deepseek");
	assert_string_equal(s.doors.rows[1].name, "openai");
	assert_string_equal(s.doors.rows[2].name, "openai us");
	assert_true(s.doors.rows[s.doors.n - 1].control);
	close_street(&s);
}

static void a_server_of_one_s_own_has_no_door(void **state)
{
	static const char *const names[] = {"vllm", "azure-openai"};
	struct street s = open_street(names, 2);
	(void)state;

	assert_int_equal(s.doors.n, DOORS_CONTROLS);
	close_street(&s);
}

static void a_finding_follows_from_what_came_back(void **state)
{
	static const char *const names[] = {"deepseek"};
	static const struct {
		const struct found *came;
		enum door_finding want;
	} rows[] = {
	    {&genuine,     DOOR_GENUINE},
	    {&otherwise,   DOOR_ANSWERS},
	    {&busy,        DOOR_FAILING},
	    {&bad_gateway, DOOR_FAILING},
	    {&page,        DOOR_PAGE   },
	    {&blocked,     DOOR_PAGE   },
	    {&redirect,    DOOR_PAGE   },
	    {&strange,     DOOR_CERT   },
	    {&expired,     DOOR_CERT   },
	    {&no_tls,      DOOR_SILENT },
	    {&silent,      DOOR_SILENT },
	    {&no_route,    DOOR_LOCAL  },
	};
	struct street s = open_street(names, 1);
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		put(&s.doors.rows[0], rows[i].came);
		assert_string_equal(
		    door_finding_row(door_finding(&s.doors.rows[0]))->code,
		    door_finding_row(rows[i].want)->code);
	}
	close_street(&s);
}

static void the_verdict_follows_from_doors_and_controls(void **state)
{
	static const struct {
		const struct found *doors, *http, *https;
		enum doors_verdict want;
	} rows[] = {
	    {&genuine,     &genuine,  &genuine,     DOORS_FINE       },
	    {&genuine,     &silent,   &silent,      DOORS_FINE       }, /* controls blocked */
	    {&genuine,     &page,     &silent,      DOORS_FINE       }, /* a page over http only */
	    {&otherwise,   &genuine,  &genuine,     DOORS_FINE       },
	    {&no_route,    &no_route, &no_route,    DOORS_NO_NETWORK },
	    {&silent,      &silent,   &silent,      DOORS_NO_NETWORK },
	    {&silent,      &page,     &silent,      DOORS_PORTAL     },
	    {&silent,      &redirect, &silent,      DOORS_PORTAL     },
	    {&no_tls,      &redirect, &no_tls,      DOORS_PORTAL     },
	    {&strange,     &page,     &strange,     DOORS_PORTAL     },
	    {&page,        &page,     &page,        DOORS_PORTAL     },
	    {&redirect,    &silent,   &silent,      DOORS_PORTAL     },
	    {&strange,     &genuine,  &strange,     DOORS_INTERCEPTED},
	    {&strange,     &silent,   &strange,     DOORS_INTERCEPTED},
	    {&expired,     &genuine,  &expired,     DOORS_CLOCK      },
	    {&blocked,     &genuine,  &genuine,     DOORS_FILTERED   },
	    {&silent,      &genuine,  &genuine,     DOORS_FILTERED   },
	    {&silent,      &genuine,  &silent,      DOORS_FILTERED   },
	    {&bad_gateway, &silent,   &bad_gateway, DOORS_FILTERED   },
	};
	struct street s = open_street(NULL, 0);
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		put_all(&s, rows[i].doors, rows[i].http, rows[i].https);
		assert_verdict(&s, rows[i].want);
	}
	close_street(&s);
}

static void one_provider_that_is_silent_is_no_verdict_on_the_network(void **state)
{
	static const char *const names[] = {"deepseek"};
	struct street s = open_street(names, 1);
	(void)state;

	put_all(&s, &silent, &genuine, &genuine);
	assert_verdict(&s, DOORS_FINE);
	put_all(&s, &strange, &genuine, &genuine); /* its own certificate is bad */
	assert_verdict(&s, DOORS_FINE);
	put_all(&s, &strange, &genuine, &strange); /* everybody's is */
	assert_verdict(&s, DOORS_INTERCEPTED);
	put_all(&s, &silent, &no_route, &no_route);
	assert_verdict(&s, DOORS_NO_NETWORK);
	close_street(&s);
}

static void few_that_are_shut_off_leave_the_network_fine(void **state)
{
	struct street s = open_street(NULL, 0);
	struct doors_news n;
	(void)state;

	put_all(&s, &genuine, &genuine, &genuine);
	put(&s.doors.rows[0], &silent);
	put(&s.doors.rows[1], &blocked);
	put(&s.doors.rows[2], &strange);
	put(&s.doors.rows[3], &busy);
	assert_verdict(&s, DOORS_FINE);
	doors_judge(&s.doors, &n);
	assert_int_equal(n.good, n.doors - 3);
	assert_int_equal(n.median_us, 200000);
	assert_null(n.example);
	close_street(&s);
}

static void a_door_that_was_not_asked_counts_for_nothing(void **state)
{
	struct street s = open_street(NULL, 0);
	struct doors_news n;
	(void)state;

	put(&s.doors.rows[0], &genuine);
	doors_judge(&s.doors, &n);
	assert_int_equal(n.doors, 1);
	assert_int_equal(n.good, 1);
	close_street(&s);
}

static void days_of_a_certificate_round_down_also_behind_its_end(void **state)
{
	struct door row = {0};
	int64_t days;
	(void)state;

	assert_false(door_cert_days(&row, 1000, &days));
	row.sample.cert_expiry_s = 1000 + 2 * 86400 + 5;
	assert_true(door_cert_days(&row, 1000, &days));
	assert_int_equal(days, 2);
	assert_true(door_cert_days(&row, 1000 + 3 * 86400, &days));
	assert_int_equal(days, -1);
}

static void the_json_blames_the_path_where_the_network_is_in_the_way(void **state)
{
	struct street s = open_street(NULL, 0);
	struct doors_news n;
	json_t *v;
	(void)state;

	put_all(&s, &silent, &silent, &silent);
	doors_judge(&s.doors, &n);
	v = doors_json(&s.doors, &n, NOW);
	assert_string_equal(
	    json_string_value(json_object_get(v, "verdict")), "no_network");
	for (size_t i = 0; i < json_array_size(json_object_get(v, "doors")); i++) {
		const json_t *row = json_array_get(json_object_get(v, "doors"), i);

		assert_string_equal(
		    json_string_value(json_object_get(row, "blame")), "path");
	}
	json_decref(v);
	put_all(&s, &genuine, &genuine, &genuine);
	put(&s.doors.rows[0], &silent);
	doors_judge(&s.doors, &n);
	v = doors_json(&s.doors, &n, NOW);
	assert_string_equal(json_string_value(json_object_get(
				json_array_get(json_object_get(v, "doors"), 0), "blame")),
	    "provider");
	json_decref(v);
	close_street(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_public_host_has_one_door_and_no_key),
	    cmocka_unit_test(named_providers_have_all_their_hosts_and_the_controls),
	    cmocka_unit_test(a_server_of_one_s_own_has_no_door),
	    cmocka_unit_test(a_finding_follows_from_what_came_back),
	    cmocka_unit_test(the_verdict_follows_from_doors_and_controls),
	    cmocka_unit_test(one_provider_that_is_silent_is_no_verdict_on_the_network),
	    cmocka_unit_test(few_that_are_shut_off_leave_the_network_fine),
	    cmocka_unit_test(a_door_that_was_not_asked_counts_for_nothing),
	    cmocka_unit_test(days_of_a_certificate_round_down_also_behind_its_end),
	    cmocka_unit_test(the_json_blames_the_path_where_the_network_is_in_the_way),
	};
	return cmocka_run_group_tests_name("agent/doors", tests, NULL, NULL);
}
