/* SPDX-License-Identifier: MIT
 *
 * TLS against the openssl command: a certificate that is not trusted costs no key, one
 * that is trusted gives its expiry, and a tunnel hides everything from its proxy. Without
 * the command the whole program is skipped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/integration/proxy.h"
#include "tests/integration/recorder.h"
#include "tests/integration/tls_party.h"
#include "tests/integration/world.h"

struct heard {
	struct tls_party *party;
	const char *text;
};

static bool has_heard(void *arg)
{
	const struct heard *h = arg;

	return strstr(tls_party_said(h->party), h->text) != NULL;
}

/* The handshake failed; the server has seen no byte of the request. */
static void refuses_and_shows_nothing(struct world *w, struct tls_party *party)
{
	const struct sample *s = world_probe(w);

	assert_string_equal(outcome_code(s->outcome), "tls");
	assert_int_equal(s->http_status, 0);
	assert_true(s->connect_us >= 0);
	assert_int_equal(s->tls_us, NOT_REACHED);
	assert_int_equal(s->first_byte_us, NOT_REACHED);
	assert_null(strstr(tls_party_said(party), WORLD_KEY));
	assert_null(strstr(tls_party_said(party), "POST"));
}

static void an_unknown_issuer_gets_no_byte_of_the_key(void **state)
{
	struct tls_party *party = tls_party_new(NULL);
	struct world w;

	(void)state;
	world_init(&w, LOOP_REAL, "");
	world_set_url(&w, "https://127.0.0.1:%d/v1/x", tls_party_port(party));
	refuses_and_shows_nothing(&w, party);
	world_fini(&w);
	tls_party_free(party);
}

static void a_certificate_for_another_name_is_refused(void **state)
{
	struct tls_party *party = tls_party_new(NULL);
	struct recorder r = {.when = NEVER};
	struct request rq;
	struct world w;

	(void)state;
	world_init(&w, LOOP_REAL, "");
	world_trust(&w, tls_party_cert(party));
	request_get(&rq, "https://localhost:%d/", tls_party_port(party));
	assert_true(request_header(&rq, "Authorization", WORLD_KEY));
	recorder_start(&r, w.http, &rq);
	recorder_await(&r, w.loop);
	assert_int_equal(r.end.wire, WIRE_TLS);
	assert_null(strstr(tls_party_said(party), WORLD_KEY));
	world_fini(&w);
	tls_party_free(party);
}

static void an_old_version_of_tls_is_refused(void **state)
{
	struct tls_party *party = tls_party_new("-tls1_1");
	struct recorder r = {.when = NEVER};
	struct request rq;
	struct world w;

	(void)state;
	world_init(&w, LOOP_REAL, "");
	world_trust(&w, tls_party_cert(party));
	request_get(&rq, "https://127.0.0.1:%d/", tls_party_port(party));
	recorder_start(&r, w.http, &rq);
	recorder_await(&r, w.loop);
	assert_int_equal(r.end.wire, WIRE_TLS);
	assert_int_equal(r.end.phase, PHASE_TLS);
	world_fini(&w);
	tls_party_free(party);
}

static void the_expiry_is_read_when_it_is_asked_for(void **state)
{
	struct tls_party *party = tls_party_new("-www");
	struct world w;

	(void)state;
	world_init(&w, LOOP_REAL, "");
	world_trust(&w, tls_party_cert(party));
	for (int i = 0; i < 2; i++) {
		struct recorder r = {.when = NEVER};
		struct request rq;
		int64_t days;

		request_get(&rq, "https://127.0.0.1:%d/", tls_party_port(party));
		rq.want_cert = i == 1;
		recorder_start(&r, w.http, &rq);
		recorder_await(&r, w.loop);
		assert_int_equal(r.end.wire, WIRE_DONE);
		assert_int_equal(r.status, 200);
		assert_true(r.end.dns_us <= r.end.connect_us);
		assert_true(r.end.connect_us < r.end.tls_us);
		days = (r.end.cert_expiry_s - loop_wall(w.loop).ms / 1000) / 86400;
		if (i == 0)
			assert_int_equal(r.end.cert_expiry_s, 0);
		else
			assert_in_range(days, 28, 30);
	}
	world_fini(&w);
	tls_party_free(party);
}

/* Probes ask for it once an hour for each host: it costs a tenth of a handshake. */
static void probes_ask_for_the_expiry_once_an_hour(void **state)
{
	struct tls_party *party = tls_party_new(NULL);
	struct world w;

	(void)state;
	world_init(&w, LOOP_REAL, "");
	world_trust(&w, tls_party_cert(party));
	world_set_url(&w, "https://127.0.0.1:%d/v1/x", tls_party_port(party));
	w.target.timeouts = (struct probe_timeouts){1000, 1000, 1000, 1000, 1000};
	assert_true(world_probe(&w)->cert_expiry_s > loop_wall(w.loop).ms / 1000);
	assert_true(w.samples[0].tls_us > w.samples[0].connect_us);
	assert_int_equal(world_probe(&w)->cert_expiry_s, 0);
	world_fini(&w);
	tls_party_free(party);
}

/* The far side of the tunnel reads the key, the proxy in the middle does not. */
static void a_tunnel_hides_the_key_from_the_proxy(void **state)
{
	struct tls_party *party = tls_party_new(NULL);
	struct recorder r = {.when = NEVER};
	struct heard heard = {party, WORLD_KEY};
	struct proxy *proxy;
	struct request rq;
	struct world w;
	char url[64];

	(void)state;
	world_init(&w, LOOP_REAL, "");
	world_trust(&w, tls_party_cert(party));
	proxy = proxy_new(w.loop, PROXY_WORKS);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d", proxy_port(proxy));
	request_get(&rq, "https://127.0.0.1:%d/secret-path", tls_party_port(party));
	rq.proxy = strdup(url);
	assert_true(request_header(&rq, "Authorization", WORLD_KEY));
	recorder_start(&r, w.http, &rq);
	loop_until(w.loop, has_heard, &heard);
	assert_non_null(strstr(tls_party_said(party), "secret-path"));
	http_abort(r.x);
	recorder_await(&r, w.loop);
	assert_int_equal(r.end.phase, PHASE_SENT);
	assert_non_null(strstr(proxy_saw(proxy), "CONNECT 127.0.0.1:"));
	assert_null(strstr(proxy_saw(proxy), WORLD_KEY));
	assert_null(strstr(proxy_saw(proxy), "Authorization"));
	assert_null(strstr(proxy_saw(proxy), "secret-path"));
	proxy_free(proxy);
	world_fini(&w);
	tls_party_free(party);
}

/* --- whoever stands between us and the provider --- */

static const struct imposter {
	enum tls_cert cert;
	const char *option;
	bool trusted;     /* its certificate is in our bundle */
	const char *word; /* of the message */
} imposters[] = {
    {TLS_CERT_EXPIRED,   NULL,      true,  "expired"    },
    {TLS_CERT_ELSEWHERE, NULL,      true,  "host name"  },
    {TLS_CERT_GOOD,      NULL,      false, "self-signed"},
    {TLS_CERT_GOOD,      "-tls1",   true,  "protocol"   },
    {TLS_CERT_GOOD,      "-tls1_1", true,  "protocol"   },
};
#define N_IMPOSTERS       (sizeof(imposters) / sizeof(imposters[0]))
#define ASKS_PER_IMPOSTER 10

static void ask_imposter(const struct imposter *i)
{
	struct tls_party *party = tls_party_new_with(i->cert, i->option);
	int64_t before = 0;
	struct world w;

	world_init(&w, LOOP_REAL, "");
	if (i->trusted)
		world_trust(&w, tls_party_cert(party));
	world_set_url(&w, "https://127.0.0.1:%d/v1/x", tls_party_port(party));
	for (int n = 0; n < ASKS_PER_IMPOSTER; n++) {
		if (n == 2) /* what is paid once is paid */
			before = resident_bytes(), peak_reset();
		refuses_and_shows_nothing(&w, party);
		assert_non_null(strstr(w.samples[n].message, i->word));
	}
	assert_in_range(peak_bytes() - before, 0, GROWTH_MAX);
	world_fini(&w);
	tls_party_free(party);
}

static void imposters_see_no_byte_of_the_key(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_IMPOSTERS; i++)
		ask_imposter(&imposters[i]);
	printf(
	    "# evidence imposters: %zu exchanges with expired, foreign and self-signed "
	    "certificates, TLS 1.0 and 1.1, all `tls`, the servers saw no byte of a "
	    "request\n",
	    N_IMPOSTERS * ASKS_PER_IMPOSTER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_unknown_issuer_gets_no_byte_of_the_key),
	    cmocka_unit_test(a_certificate_for_another_name_is_refused),
	    cmocka_unit_test(an_old_version_of_tls_is_refused),
	    cmocka_unit_test(the_expiry_is_read_when_it_is_asked_for),
	    cmocka_unit_test(probes_ask_for_the_expiry_once_an_hour),
	    cmocka_unit_test(a_tunnel_hides_the_key_from_the_proxy),
	    cmocka_unit_test(imposters_see_no_byte_of_the_key),
	};

	if (!tls_party_possible()) {
		printf("1..0 # SKIP the openssl command is not there\n");
		return 0;
	}
	return cmocka_run_group_tests_name("tls", tests, NULL, NULL);
}
