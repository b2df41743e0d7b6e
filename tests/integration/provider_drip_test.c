/* SPDX-License-Identifier: MIT
 *
 * Providers that speak one byte a second, in every phase: the phase's own deadline ends
 * it, on time, and a good provider asked beside it notices nothing. And providers that
 * send us elsewhere: nobody but the configured address is ever connected to. Played by
 * the skipping clock.
 */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "agent/base/xalloc.h"
#include "tests/integration/raw_server.h"
#include "tests/integration/world.h"

#define OK     "HTTP/1.1 200 OK\r\n"
#define EVENTS OK "Content-Type: text/event-stream\r\n\r\n"
#define TOKEN  "data: {\"choices\":[{\"delta\":{\"content\":\"1\"}}]}\n\n"
#define FINISH "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
#define A60    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* --- one byte a second --- */

static struct drip {
	const char *name;
	bool tls;
	const char *quick, *slow; /* at once; then a piece a pause */
	size_t piece;
	int64_t pause_ms;
	enum outcome outcome;
	int64_t least_ms, most_ms; /* virtual; the clock may be a little late */
} drips[] = {
    {"the_handshake",              true,  "",                          "\x16\x03\x03\x3f\xff" A60,     1, 1000,
     OUTCOME_TIMEOUT_CONNECT,														5000,  7000 },
    {"the_status_line",            false, "",                          OK A60,                         1, 1000, OUTCOME_TIMEOUT_FIRST_BYTE,  10000,
     12000																	       },
    {"the_headers",                false, OK,                          "X-Filler: " A60,               1, 1000, OUTCOME_TIMEOUT_FIRST_BYTE,
     10000,																	 12000},
    {"a_header_line_at_a_time",    false, OK,                          "A: 1\r\nB: 2\r\nC: 3\r\n" A60, 6, 4000,
     OUTCOME_TIMEOUT_FIRST_BYTE,													     10000, 12000},
    {"a_refusal",		  false, "HTTP/1.1 503 Busy\r\n\r\n", "{\"error\":\"" A60,            1, 1000,
     OUTCOME_OVERLOADED,														     20000, 22000},
    {"comments",		   false, EVENTS,                      ":a\n:a\n:a\n" A60,             1, 1000, OUTCOME_TIMEOUT_FIRST_TOKEN,
     20000,																	 22000},
    {"the_first_token",            false, EVENTS,                      TOKEN,                          1, 1000, OUTCOME_TIMEOUT_FIRST_TOKEN, 20000,
     22000																	       },
    {"the_second_token",           false, EVENTS TOKEN,                TOKEN,                          1, 1000, OUTCOME_STALLED,             10000,
     12000																	       },
    {"comments_behind_a_token",    false, EVENTS TOKEN,                ":a\n:a\n:a\n" A60,             1, 1000,
     OUTCOME_STALLED,															10000, 12000},
    {"a_token_every_nine_seconds", false, EVENTS TOKEN,                TOKEN TOKEN TOKEN TOKEN TOKEN,
     sizeof(TOKEN) - 1,										   9000, OUTCOME_TIMEOUT_TOTAL,       30000, 32000},
    {"the_terminator",             false, EVENTS TOKEN FINISH,         "data: [DONE]\n\n" A60,         1, 1000,
     OUTCOME_OK,															     10000, 12000},
};

/* A good provider beside it, asked again and again. */
struct neighbour {
	struct world *w;
	struct probes *probes;
	struct target target;
	size_t n, bad, slow;
	size_t *until; /* that many samples of the world's own target */
};

static void on_good(void *arg, const struct target *t, const struct sample *s)
{
	struct neighbour *n = arg;

	n->n++;
	n->bad += s->outcome != OUTCOME_OK;
	n->slow += s->first_token_us < 0 || s->first_token_us > US_PER_S;
	if (*n->until == 0)
		probe_start(n->probes, t, n->w->generation, 0);
}

static bool is_quiet(void *arg)
{
	const struct neighbour *n = arg;

	return *n->until > 0 && http_in_flight(n->w->http) == 0;
}

static void ends_at_its_own_deadline(void **state)
{
	const struct drip *d = *state;
	char *bytes = xasprintf("%s%s", d->quick, d->slow);
	struct raw_answer answer = {bytes, NULL, RAW_STAY, d->tls};
	struct raw_pace pace = {strlen(d->quick), d->piece, d->pause_ms};
	struct neighbour n = {.n = 0};
	struct raw_server *server;
	const struct sample *s;
	struct world w;

	world_init(&w, LOOP_SKIPPING, "");
	n = (struct neighbour){.w = &w, .target = w.target, .until = &w.n_samples};
	n.probes = probes_new(w.loop, w.http, 7, on_good, &n);
	server = raw_server_new(w.loop, &answer);
	raw_server_set(server, &answer, pace);
	world_set_url(
	    &w, "http%s://127.0.0.1:%d/", d->tls ? "s" : "", raw_server_port(server));
	probe_start(n.probes, &n.target, w.generation, 0);
	world_ask(&w);
	loop_until(w.loop, is_quiet, &n);
	s = &w.samples[0];
	assert_int_equal(w.n_samples, 1);
	assert_string_equal(outcome_code(s->outcome), outcome_code(d->outcome));
	assert_in_range(s->end_us, d->least_ms * US_PER_MS, d->most_ms * US_PER_MS);
	if (d->tls)
		assert_null(strstr(raw_server_received(server), WORLD_KEY));
	assert_int_equal(n.bad, 0);
	assert_true(n.n >= 3);
	assert_true(n.slow <= n.n / 10);
	printf("# evidence drip of %s: %s after %.1f s, %zu others ok meanwhile\n",
	    d->name, outcome_code(s->outcome), (double)s->end_us / 1e6, n.n);
	probes_free(n.probes);
	raw_server_free(server);
	world_fini(&w);
	free(bytes);
}

/* --- whom we talk to --- */

static struct {
	size_t all, elsewhere;
	in_port_t port; /* of 127.0.0.1; others are elsewhere */
} connects;

/* Everything in this process that connects comes by here. */
int connect(int fd, __CONST_SOCKADDR_ARG address, socklen_t n)
{
	int (*next)(int, const struct sockaddr *, socklen_t);
	void *found = dlsym(RTLD_NEXT, "connect");
	const struct sockaddr_in *in = address.__sockaddr_in__;

	memcpy(&next, &found, sizeof(next));
	connects.all++;
	if (in->sin_family != AF_INET || in->sin_port != connects.port ||
	    in->sin_addr.s_addr != htonl(INADDR_LOOPBACK))
		connects.elsewhere++;
	return next(fd, address.__sockaddr__, n);
}

static void nobody_else_is_ever_asked(void **state)
{
	static const char *const places[] = {"http://169.254.169.254/latest/meta-data/",
	    "https://169.254.169.254/", "file:///etc/passwd", "gopher://127.0.0.1:25/",
	    "//[::1]/", "http://127.0.0.1:1/v1", "/elsewhere", "dict://127.0.0.1:11211/"};
	static const int statuses[] = {301, 302, 303, 307, 308};
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		for (size_t k = 0; k < sizeof(statuses) / sizeof(statuses[0]); k++) {
			char *head = xasprintf("HTTP/1.1 %d Go\r\nLocation: %s\r\n"
					       "Content-Length: 0\r\n\r\n",
			    statuses[k], places[i]);
			struct raw_answer answer = {head, NULL, RAW_CLOSE, false};
			struct raw_server *server;
			const struct sample *s;
			struct world w;

			world_init(&w, LOOP_SKIPPING, "");
			server = raw_server_new(w.loop, &answer);
			connects.port = htons((in_port_t)raw_server_port(server));
			connects.all = connects.elsewhere = 0;
			world_set_url(
			    &w, "http://127.0.0.1:%d/", raw_server_port(server));
			s = world_probe(&w);
			assert_string_equal(outcome_code(s->outcome), "redirected");
			assert_non_null(strstr(s->message, places[i]));
			assert_true(connects.all > 0);
			assert_int_equal(connects.elsewhere, 0);
			assert_int_equal(raw_server_connections(server), 1);
			raw_server_free(server);
			world_fini(&w);
			free(head);
			n++;
		}
	}
	printf("# evidence redirects: %zu to inside, to files and to others, all "
	       "`redirected`, no address but the configured one was connected to\n",
	    n);
}

#define N_DRIPS (sizeof(drips) / sizeof(drips[0]))

int main(void)
{
	struct CMUnitTest tests[N_DRIPS + 1];

	for (size_t i = 0; i < N_DRIPS; i++)
		tests[i] = (struct CMUnitTest){
		    .name = drips[i].name,
		    .test_func = ends_at_its_own_deadline,
		    .initial_state = &drips[i],
		};
	tests[N_DRIPS] = (struct CMUnitTest)cmocka_unit_test(nobody_else_is_ever_asked);
	return cmocka_run_group_tests_name("provider drip", tests, NULL, NULL);
}
