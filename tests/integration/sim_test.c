/* SPDX-License-Identifier: MIT
 *
 * The simulator as a server: doors, webhooks and what is kept of them, ports that follow
 * the script, and strangers who do not speak HTTP.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/integration/recorder.h"
#include "tests/integration/world.h"

static int get(struct world *w, struct recorder *r, const char *path)
{
	struct request rq;

	*r = (struct recorder){.when = NEVER};
	request_get(&rq, "http://127.0.0.1:%d%s", sim_port(w->sim), path);
	recorder_start(r, w->http, &rq);
	recorder_await(r, w->loop);
	return r->status;
}

static int post(struct world *w, struct recorder *r, const char *path, const char *body)
{
	struct request rq;

	*r = (struct recorder){.when = NEVER};
	request_get(&rq, "http://127.0.0.1:%d%s", sim_port(w->sim), path);
	rq.method = "POST";
	assert_true(request_header(&rq, "webhook-id", "msg_1"));
	str_adds(&rq.body, body);
	recorder_start(r, w->http, &rq);
	recorder_await(r, w->loop);
	return r->status;
}

static void doors_answer(void **state)
{
	struct recorder r;
	struct world w;

	(void)state;
	world_init(&w, LOOP_SKIPPING, "at 0s broken: http 500 {\"error\":\"x\"}\n");
	assert_int_equal(get(&w, &r, "/p/v1/models"), 200);
	assert_int_equal(get(&w, &r, "/control/generate_204"), 204);
	assert_int_equal(r.end.wire, WIRE_DONE);
	assert_int_equal(get(&w, &r, "/broken/v1/models"), 500);
	assert_int_equal(get(&w, &r, "/"), 404);
	assert_int_equal(post(&w, &r, "/p/v1/chat/completions", "not json"), 400);
	assert_int_equal(sim_stats(w.sim, false, "p").requests, 2);
	assert_int_equal(sim_stats(w.sim, false, "nobody").requests, 0);
	world_fini(&w);
}

static void webhooks_are_answered_by_the_script_and_kept(void **state)
{
	const struct sim_hook *h;
	struct recorder r;
	struct world w;

	(void)state;
	world_init(&w, LOOP_SKIPPING,
	    "at 0s hook slack: ok\nat 3m hook slack: http 500\nat 4m hook slack: reset head\n");
	assert_int_equal(post(&w, &r, "/hook/slack", "first"), 200);
	assert_int_equal(r.bytes, 2);
	sim_set_start(w.sim, mono_add_ms(loop_mono(w.loop), -3 * MS_PER_MIN));
	assert_int_equal(post(&w, &r, "/hook/slack", "second"), 500);
	sim_set_start(w.sim, mono_add_ms(loop_mono(w.loop), -4 * MS_PER_MIN));
	assert_int_equal(post(&w, &r, "/hook/slack", "third"), 0);
	assert_int_equal(r.end.wire, WIRE_RESET);
	assert_int_equal(sim_hooks(w.sim), 3);
	h = sim_hook_at(w.sim, 1);
	assert_string_equal(h->name, "slack");
	assert_int_equal(h->status, 500);
	assert_true(span_eq(h->request.body, "second"));
	assert_true(span_eq(sim_request_header(&h->request, "Webhook-Id"), "msg_1"));
	assert_int_equal(sim_hook_at(w.sim, 2)->status, 0);
	world_fini(&w);
}

static void only_the_last_webhooks_are_kept(void **state)
{
	struct recorder r;
	struct world w;
	char body[16];

	(void)state;
	world_init(&w, LOOP_SKIPPING, "");
	for (int i = 0; i < 70; i++) {
		snprintf(body, sizeof(body), "n%d", i);
		post(&w, &r, "/hook/x", body);
	}
	assert_int_equal(sim_hooks(w.sim), 64);
	assert_true(span_eq(sim_hook_at(w.sim, 0)->request.body, "n6"));
	assert_true(span_eq(sim_hook_at(w.sim, 63)->request.body, "n69"));
	assert_int_equal(sim_stats(w.sim, true, "x").requests, 70);
	world_fini(&w);
}

static void a_key_is_required_when_configured(void **state)
{
	struct sim_options o = {.require_key = true};
	struct err e = {ERR_NONE, ""};
	struct world w;
	struct sim *strict;

	(void)state;
	world_init(&w, LOOP_SKIPPING, "");
	strict = sim_new(w.loop, w.script, &o, &e);
	assert_non_null(strict);
	world_set_url(&w, "http://127.0.0.1:%d/p/v1/chat/completions", sim_port(strict));
	assert_int_equal(world_probe(&w)->outcome, OUTCOME_OK);
	w.target.key = NULL;
	assert_int_equal(world_probe(&w)->outcome, OUTCOME_AUTH);
	sim_free(strict);
	world_fini(&w);
}

static void ports_of_their_own_follow_the_script(void **state)
{
	static const struct {
		int64_t at_ms;
		enum outcome outcome;
	} rows[] = {
	    {0,      OUTCOME_OK             },
	    {60000,  OUTCOME_REFUSED        },
	    {120000, OUTCOME_OK             },
	    {180000, OUTCOME_TIMEOUT_CONNECT},
	    {240000, OUTCOME_OK             },
	};
	struct mono start;
	struct world w;
	int port;

	(void)state;
	world_init(&w, LOOP_SKIPPING,
	    "at 1m p: refuse\nat 2m p: ok\nat 3m p: hang connect\nat 4m p: ok\n");
	world_use_own_port(&w);
	port = sim_provider_port(w.sim, "p");
	assert_int_not_equal(port, 0);
	assert_int_not_equal(port, sim_port(w.sim));
	assert_int_equal(sim_provider_port(w.sim, "nobody"), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		start = loop_mono(w.loop);
		sim_set_start(w.sim, mono_add_ms(start, -rows[i].at_ms));
		assert_string_equal(outcome_code(world_probe(&w)->outcome),
		    outcome_code(rows[i].outcome));
	}
	assert_int_equal(sim_provider_port(w.sim, "p"), port);
	world_fini(&w);
}

/* The script's edges are deadlines of the loop: the port closes without being asked. */
static void edges_of_the_script_need_no_request(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, LOOP_SKIPPING, "at 1m p: refuse\n");
	world_use_own_port(&w);
	assert_int_equal(world_probe(&w)->outcome, OUTCOME_OK);
	while (loop_stats(w.loop).skipped_us < 55 * US_PER_S)
		loop_turn(w.loop, 1);
	assert_int_equal(world_probe(&w)->outcome, OUTCOME_REFUSED);
	world_fini(&w);
}

static void a_taken_port_is_an_error_that_names_it(void **state)
{
	struct sim_options o = {.port = 0};
	struct err e = {ERR_NONE, ""};
	struct world w;
	char port[32];

	(void)state;
	world_init(&w, LOOP_SKIPPING, "");
	o.port = sim_port(w.sim);
	assert_null(sim_new(w.loop, w.script, &o, &e));
	snprintf(port, sizeof(port), "127.0.0.1:%d", o.port);
	assert_non_null(strstr(e.msg, port));
	world_fini(&w);
}

/* --- strangers --- */

static int dial(const struct world *w)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
	    .sin_port = htons((uint16_t)sim_port(w->sim)),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

static bool has_answer(void *arg)
{
	char buf[1];

	return recv(*(int *)arg, buf, 1, MSG_PEEK | MSG_DONTWAIT) >= 0;
}

static void strangers_are_told_and_let_go(void **state)
{
	static const char *const words[] = {"\x16\x03\x01 hello tls\r\n\r\n",
	    "GET / HTTP/1.1\r\nbroken\r\n\r\n",
	    "POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n"};
	struct world w;

	(void)state;
	world_init(&w, LOOP_REAL, "");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		char buf[64] = "";
		int fd = dial(&w);

		assert_int_equal(
		    send(fd, words[i], strlen(words[i]), 0), strlen(words[i]));
		loop_until(w.loop, has_answer, &fd);
		assert_true(recv(fd, buf, sizeof(buf) - 1, 0) > 12);
		assert_memory_equal(buf, "HTTP/1.1 400 ", 13);
		close(fd);
	}
	loop_some_turns(w.loop, 10);
	assert_int_equal(sim_open(w.sim), 0);
	world_fini(&w);
}

static bool none_is_open(void *arg)
{
	return sim_open(arg) == 0;
}

static void idle_connections_are_closed_in_time(void **state)
{
	struct world w;
	int fds[10];

	(void)state;
	world_init(&w, LOOP_SKIPPING, "");
	for (size_t i = 0; i < 10; i++)
		fds[i] = dial(&w);
	assert_int_equal(send(fds[0], "GET / HT", 8, 0), 8);
	loop_some_turns(w.loop, 3);
	loop_until(w.loop, none_is_open, w.sim);
	for (size_t i = 0; i < 10; i++)
		close(fds[i]);
	world_fini(&w);
}

static void requests_behind_each_other_are_served_in_turn(void **state)
{
	static const char two[] =
	    "GET /p/v1/models HTTP/1.1\r\n\r\n"
	    "GET /q/v1/models HTTP/1.1\r\nConnection: close\r\n\r\n";
	struct world w;
	char buf[4096];
	ssize_t n;
	int fd;

	(void)state;
	world_init(&w, LOOP_SKIPPING, "");
	fd = dial(&w);
	assert_int_equal(send(fd, two, strlen(two), 0), strlen(two));
	loop_some_turns(w.loop, 3);
	loop_until(w.loop, none_is_open, w.sim);
	n = recv(fd, buf, sizeof(buf) - 1, MSG_WAITALL);
	assert_true(n > 0);
	buf[n] = '\0';
	assert_non_null(strstr(strstr(buf, "HTTP/1.1 200 OK") + 1, "HTTP/1.1 200 OK"));
	assert_int_equal(sim_stats(w.sim, false, "q").requests, 1);
	close(fd);
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(doors_answer),
	    cmocka_unit_test(webhooks_are_answered_by_the_script_and_kept),
	    cmocka_unit_test(only_the_last_webhooks_are_kept),
	    cmocka_unit_test(a_key_is_required_when_configured),
	    cmocka_unit_test(ports_of_their_own_follow_the_script),
	    cmocka_unit_test(edges_of_the_script_need_no_request),
	    cmocka_unit_test(a_taken_port_is_an_error_that_names_it),
	    cmocka_unit_test(strangers_are_told_and_let_go),
	    cmocka_unit_test(idle_connections_are_closed_in_time),
	    cmocka_unit_test(requests_behind_each_other_are_served_in_turn),
	};

	return cmocka_run_group_tests_name("sim", tests, NULL, NULL);
}
