/* SPDX-License-Identifier: MIT
 *
 * What a target says about its own way: which bundle it trusts, which address it asks by
 * which family, what it sends besides.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/integration/raw_server.h"
#include "tests/integration/tls_party.h"
#include "tests/integration/world.h"

#define SECRET "tk-header-9d17c0ffee42aa"

/* Two targets, one server: the one that trusts its certificate, and the other. */
static void a_bundle_is_trusted_by_its_own_target_only(void **state)
{
	struct tls_party *party;
	struct world w;

	(void)state;
	if (!tls_party_possible()) {
		print_message("# no openssl command: nothing to see here\n");
		return;
	}
	party = tls_party_new("-www");
	world_init(&w, LOOP_REAL, "");
	world_set_url(&w, "https://127.0.0.1:%d/v1/models", tls_party_port(party));
	w.target.kind = PROBE_MODELS;
	assert_int_equal(world_probe(&w)->outcome, OUTCOME_TLS);
	w.target.ca_file = tls_party_cert(party);
	assert_int_equal(world_probe(&w)->http_status, 200);
	assert_true(w.samples[w.n_samples - 1].cert_expiry_s > 0);
	w.target.ca_file = NULL;
	assert_int_equal(world_probe(&w)->outcome, OUTCOME_TLS);
	world_fini(&w);
	tls_party_free(party);
}

static void a_kept_connection_shows_its_certificate_when_it_is_made(void **state)
{
	struct tls_party *party;
	struct world w;

	(void)state;
	if (!tls_party_possible())
		return;
	party = tls_party_new("-www");
	world_init(&w, LOOP_REAL, "");
	world_set_url(&w, "https://127.0.0.1:%d/v1/models", tls_party_port(party));
	w.target.kind = PROBE_MODELS;
	w.target.connection = CONNECTION_WARM;
	w.target.ca_file = tls_party_cert(party);
	assert_true(world_probe(&w)->cert_expiry_s > 0);
	world_fini(&w);
	tls_party_free(party);
}

static void a_bundle_that_is_not_there_is_our_own_fault(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, LOOP_REAL, "");
	w.target.ca_file = "/nowhere/at/all.pem";
	world_set_url(&w, "https://127.0.0.1:%d/v1/models", sim_port(w.sim));
	assert_int_equal(world_probe(&w)->outcome, OUTCOME_LOCAL);
	world_fini(&w);
}

/* The name resolves nowhere; the address is asked, under the name. */
static void an_address_is_asked_under_the_name(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, LOOP_REAL, "");
	world_set_url(&w, "http://llm.invalid:%d/p/v1/chat/completions", sim_port(w.sim));
	w.target.resolve = "127.0.0.1";
	assert_int_equal(world_probe(&w)->outcome, OUTCOME_OK);
	assert_non_null(strstr(w.last_request, "Host: llm.invalid:"));
	assert_true(target_is_private(&w.target));
	/* It holds for this target alone. */
	w.target.resolve = NULL;
	assert_int_not_equal(world_probe(&w)->outcome, OUTCOME_OK);
	assert_false(target_is_private(&w.target));
	world_fini(&w);
}

/* The simulator listens on IPv4. Without IPv6 it is our own network, else it refuses. */
static void only_the_named_family_is_tried(void **state)
{
	struct world w;
	enum outcome o;

	(void)state;
	world_init(&w, LOOP_REAL, "");
	world_set_url(&w, "http://localhost:%d/p/v1/chat/completions", sim_port(w.sim));
	w.target.ip = IP_V4;
	assert_int_equal(world_probe(&w)->outcome, OUTCOME_OK);
	w.target.ip = IP_V6;
	o = world_probe(&w)->outcome;
	assert_true(o == OUTCOME_REFUSED || o == OUTCOME_LOCAL);
	world_fini(&w);
}

static struct target_header own[] = {
    {"X-Team",          NULL, false},
    {"X-Gateway-Token", NULL, true },
    {"user-agent",      NULL, false},
};

static void give_headers(struct world *w, struct secret *values[3])
{
	values[0] = secret_new("search", 6);
	values[1] = secret_new(SECRET, strlen(SECRET));
	values[2] = secret_new("house/1", 7);
	for (size_t i = 0; i < 3; i++)
		own[i].value = values[i];
	w->target.headers = own;
	w->target.n_headers = 3;
}

static void own_headers_are_sent_and_replace_ours(void **state)
{
	struct secret *values[3];
	struct world w;

	(void)state;
	world_init(&w, LOOP_REAL, "");
	give_headers(&w, values);
	assert_int_equal(world_probe(&w)->outcome, OUTCOME_OK);
	assert_non_null(strstr(w.last_request, "X-Team: search\r\n"));
	assert_non_null(strstr(w.last_request, "X-Gateway-Token: " SECRET "\r\n"));
	assert_non_null(strcasestr(w.last_request, "user-agent: house/1\r\n"));
	assert_null(strstr(w.last_request, "dimwatch"));
	assert_non_null(strstr(w.last_request, "Bearer " WORLD_KEY));
	world_fini(&w);
	for (size_t i = 0; i < 3; i++)
		secret_free(values[i]);
}

static void a_door_hears_no_secret_header(void **state)
{
	struct secret *values[3];
	struct world w;

	(void)state;
	world_init(&w, LOOP_REAL, "");
	give_headers(&w, values);
	w.target.kind = PROBE_DOOR;
	world_probe(&w);
	assert_non_null(strstr(w.last_request, "X-Team: search\r\n"));
	assert_null(strstr(w.last_request, SECRET));
	assert_null(strstr(w.last_request, WORLD_KEY));
	world_fini(&w);
	for (size_t i = 0; i < 3; i++)
		secret_free(values[i]);
}

static void a_secret_header_that_comes_back_is_masked(void **state)
{
	const struct raw_answer echo = {"HTTP/1.1 500 no\r\nContent-Length: 55\r\n\r\n"
					"{\"error\":{\"message\":\"bad " SECRET "!\"}}  ",
	    NULL, RAW_CLOSE, false};
	struct secret *values[3];
	struct raw_server *server;
	const struct sample *s;
	struct world w;

	(void)state;
	world_init(&w, LOOP_REAL, "");
	give_headers(&w, values);
	server = raw_server_new(w.loop, &echo);
	world_set_url(&w, "http://127.0.0.1:%d/v1/x", raw_server_port(server));
	s = world_probe(&w);
	assert_int_equal(s->outcome, OUTCOME_HTTP_5XX);
	assert_non_null(strstr(s->message, "bad ***"));
	assert_null(strstr(s->evidence, SECRET));
	assert_non_null(strstr(s->evidence, "bad ***"));
	assert_non_null(strstr(raw_server_received(server), SECRET));
	raw_server_free(server);
	world_fini(&w);
	for (size_t i = 0; i < 3; i++)
		secret_free(values[i]);
}

static void an_own_body_is_laid_over_ours(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, LOOP_REAL, "");
	w.provider.extra_body =
	    "{\"temperature\":0,\"thinking\":{\"type\":\"off\",\"x\":1}}";
	w.target.extra_body =
	    "{\"temperature\":null,\"thinking\":{\"type\":\"on\"},\"seed\":7}";
	assert_int_equal(world_probe(&w)->outcome, OUTCOME_OK);
	assert_null(strstr(w.last_request, "temperature"));
	assert_non_null(strstr(w.last_request, "\"thinking\":{\"type\":\"on\",\"x\":1}"));
	assert_non_null(strstr(w.last_request, "\"seed\":7"));
	assert_non_null(strstr(w.last_request, "\"model\":\"sim-model\""));
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_bundle_is_trusted_by_its_own_target_only),
	    cmocka_unit_test(a_kept_connection_shows_its_certificate_when_it_is_made),
	    cmocka_unit_test(a_bundle_that_is_not_there_is_our_own_fault),
	    cmocka_unit_test(an_address_is_asked_under_the_name),
	    cmocka_unit_test(only_the_named_family_is_tried),
	    cmocka_unit_test(own_headers_are_sent_and_replace_ours),
	    cmocka_unit_test(a_door_hears_no_secret_header),
	    cmocka_unit_test(a_secret_header_that_comes_back_is_masked),
	    cmocka_unit_test(an_own_body_is_laid_over_ours),
	};

	return cmocka_run_group_tests_name("transport", tests, NULL, NULL);
}
