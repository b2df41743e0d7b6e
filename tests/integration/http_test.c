/* SPDX-License-Identifier: MIT
 *
 * The contract of probes/http: on_done exactly once, from the loop, whatever is done from
 * whichever callback. The far side is the simulated provider.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/integration/recorder.h"
#include "tests/integration/world.h"

#define SCRIPT "at 0s slow: hang first_token\nat 0s hook slow: hang head\n"

static void start(struct world *w, struct recorder *r, const char *path)
{
	struct request rq;

	request_get(&rq, "http://127.0.0.1:%d%s", sim_port(w->sim), path);
	recorder_start(r, w->http, &rq);
}

static void good_answer_brings_head_bytes_and_end(void **state)
{
	struct recorder r = {.when = NEVER};
	struct world w;

	(void)state;
	world_init(&w, LOOP_SKIPPING, SCRIPT);
	start(&w, &r, "/p/v1/models");
	assert_int_equal(http_in_flight(w.http), 1);
	recorder_await(&r, w.loop);
	assert_int_equal(r.end.wire, WIRE_DONE);
	assert_int_equal(r.end.phase, PHASE_BODY);
	assert_int_equal(r.status, 200);
	assert_true(r.bytes > 20);
	assert_string_equal(r.end.text, "");
	assert_string_equal(r.end.peer_ip, "127.0.0.1");
	assert_true(r.end.dns_us >= 0 && r.end.connect_us >= r.end.dns_us);
	assert_int_equal(r.end.tls_us, NOT_REACHED);
	assert_false(r.end.reused);
	assert_int_equal(http_in_flight(w.http), 0);
	world_fini(&w);
}

static void what_cannot_start_ends_as_local_from_the_loop(void **state)
{
	static const char *const urls[] = {
	    "ftp://127.0.0.1/x", "file:///etc/passwd", "http://", "no url at all %%"};
	struct world w;

	(void)state;
	world_init(&w, LOOP_SKIPPING, SCRIPT);
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		struct recorder r = {.when = NEVER};
		struct request rq;

		request_get(&rq, "%s", urls[i]);
		recorder_start(&r, w.http, &rq);
		recorder_await(&r, w.loop);
		assert_int_equal(r.end.wire, WIRE_LOCAL);
		assert_int_equal(r.heads, 0);
	}
	world_fini(&w);
}

static void enough_on_head_and_on_bytes_ends_as_aborted(void **state)
{
	struct recorder on_head = {.enough_on_head = true};
	struct recorder on_bytes = {.enough_on_bytes = true};
	struct world w;

	(void)state;
	world_init(&w, LOOP_SKIPPING, SCRIPT);
	start(&w, &on_head, "/p/v1/models");
	recorder_await(&on_head, w.loop);
	assert_int_equal(on_head.end.wire, WIRE_ABORTED);
	assert_int_equal(on_head.heads, 1);
	assert_int_equal(on_head.bytes, 0);
	start(&w, &on_bytes, "/p/v1/models");
	recorder_await(&on_bytes, w.loop);
	assert_int_equal(on_bytes.end.wire, WIRE_ABORTED);
	assert_int_equal(on_bytes.calls, 1);
	world_fini(&w);
}

static void abort_itself(struct recorder *r)
{
	http_abort(r->x);
	http_abort(r->x);
}

static void abort_from_its_own_callbacks(void **state)
{
	struct recorder on_head = {.when = ON_HEAD, .then = abort_itself};
	struct recorder on_bytes = {.when = ON_BYTES, .then = abort_itself};
	struct world w;

	(void)state;
	world_init(&w, LOOP_SKIPPING, SCRIPT);
	start(&w, &on_head, "/p/v1/models");
	recorder_await(&on_head, w.loop);
	assert_int_equal(on_head.end.wire, WIRE_ABORTED);
	assert_int_equal(on_head.bytes, 0);
	start(&w, &on_bytes, "/p/v1/models");
	recorder_await(&on_bytes, w.loop);
	assert_int_equal(on_bytes.end.wire, WIRE_ABORTED);
	world_fini(&w);
}

static void abort_other(struct recorder *r)
{
	struct recorder *other = r->arg;

	if (other->x)
		http_abort(other->x);
}

/* The victim waits for a token that never comes; the other one kills it. */
static void abort_of_another_from_every_callback(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, LOOP_SKIPPING, SCRIPT);
	for (int when = ON_HEAD; when <= ON_DONE; when++) {
		struct recorder victim = {.when = NEVER};
		struct recorder killer = {.then = abort_other, .arg = &victim};

		if (when == ON_HEAD)
			killer.when = ON_HEAD;
		else
			killer.when = when == ON_BYTES ? ON_BYTES : ON_DONE;
		start(&w, &victim, "/hook/slow");
		loop_some_turns(w.loop, 3);
		start(&w, &killer, "/p/v1/models");
		recorder_await(&killer, w.loop);
		recorder_await(&victim, w.loop);
		assert_int_equal(victim.end.wire, WIRE_ABORTED);
		assert_int_equal(killer.end.wire, WIRE_DONE);
	}
	world_fini(&w);
}

static void on_timer(void *arg, struct mono now)
{
	struct recorder *r = arg;

	(void)now;
	http_abort(r->x);
}

static void abort_from_a_timer(void **state)
{
	struct recorder r = {.when = NEVER};
	struct loop_timer timer;
	struct world w;

	(void)state;
	world_init(&w, LOOP_SKIPPING, SCRIPT);
	loop_timer_init(&timer, w.loop, on_timer, &r);
	loop_timer_in_ms(&timer, 2000);
	start(&w, &r, "/hook/slow");
	recorder_await(&r, w.loop);
	assert_int_equal(r.end.wire, WIRE_ABORTED);
	assert_int_equal(r.end.phase, PHASE_SENT);
	assert_true(r.end.connect_us >= 0);
	world_fini(&w);
}

static void abort_before_the_loop_ever_ran(void **state)
{
	struct recorder r = {.when = NEVER};
	struct world w;

	(void)state;
	world_init(&w, LOOP_SKIPPING, SCRIPT);
	start(&w, &r, "/p/v1/models");
	http_abort(r.x);
	assert_int_equal(r.dones, 0);
	recorder_await(&r, w.loop);
	assert_int_equal(r.end.wire, WIRE_ABORTED);
	assert_int_equal(sim_stats(w.sim, false, "p").requests, 0);
	world_fini(&w);
}

struct chain {
	struct world *w;
	struct recorder *next;
};

static void start_next(struct recorder *r)
{
	struct chain *c = r->arg;

	if (!c->next->started)
		start(c->w, c->next, "/p/v1/models");
}

/* The official example for libevent stalls here after the first. */
static void starts_from_on_done_go_on(void **state)
{
	struct recorder third = {.when = NEVER};
	struct chain to_third, to_second;
	struct recorder second = {.when = ON_DONE, .then = start_next, .arg = &to_third};
	struct recorder first = {.when = ON_DONE, .then = start_next, .arg = &to_second};
	struct world w;

	(void)state;
	world_init(&w, LOOP_SKIPPING, SCRIPT);
	to_third = (struct chain){&w, &third};
	to_second = (struct chain){&w, &second};
	start(&w, &first, "/p/v1/models");
	recorder_await(&third, w.loop);
	assert_int_equal(first.end.wire, WIRE_DONE);
	assert_int_equal(second.end.wire, WIRE_DONE);
	assert_int_equal(third.end.wire, WIRE_DONE);
	world_fini(&w);
}

static void starts_from_inside_libcurl_go_on(void **state)
{
	struct recorder third = {.when = NEVER};
	struct chain to_third, to_second;
	struct recorder second = {.when = ON_BYTES, .then = start_next, .arg = &to_third};
	struct recorder first = {.when = ON_HEAD, .then = start_next, .arg = &to_second};
	struct world w;

	(void)state;
	world_init(&w, LOOP_SKIPPING, SCRIPT);
	to_third = (struct chain){&w, &third};
	to_second = (struct chain){&w, &second};
	start(&w, &first, "/p/v1/models");
	recorder_await(&third, w.loop);
	recorder_await(&first, w.loop);
	recorder_await(&second, w.loop);
	assert_int_equal(third.end.wire, WIRE_DONE);
	assert_int_equal(http_in_flight(w.http), 0);
	world_fini(&w);
}

static void free_ends_everything_in_flight_once(void **state)
{
	struct recorder flying[20] = {{.when = NEVER}};
	struct recorder late = {.when = NEVER};
	struct chain to_late;
	struct world w;

	(void)state;
	world_init(&w, LOOP_SKIPPING, SCRIPT);
	to_late = (struct chain){&w, &late};
	flying[7] =
	    (struct recorder){.when = ON_DONE, .then = start_next, .arg = &to_late};
	for (size_t i = 0; i < 20; i++) {
		start(&w, &flying[i], i % 2 ? "/hook/slow" : "/p/v1/models");
		if (i == 10)
			loop_some_turns(w.loop, 2);
	}
	probes_free(w.probes);
	w.probes = NULL;
	http_free(w.http);
	w.http = NULL;
	for (size_t i = 0; i < 20; i++) {
		assert_int_equal(flying[i].dones, 1);
		assert_true(flying[i].end.wire == WIRE_ABORTED ||
			    (i % 2 == 0 && flying[i].end.wire == WIRE_DONE));
	}
	assert_int_equal(late.dones, 1);
	assert_int_equal(late.end.wire, WIRE_ABORTED);
	world_fini(&w);
}

static void deadlines_are_the_loops(void **state)
{
	struct recorder r = {.when = NEVER};
	struct request rq;
	struct world w;
	struct mono start_at;

	(void)state;
	world_init(&w, LOOP_SKIPPING, SCRIPT);
	start_at = loop_mono(w.loop);
	request_get(&rq, "http://127.0.0.1:%d/hook/slow", sim_port(w.sim));
	rq.backstop_ms = 600000;
	recorder_start(&r, w.http, &rq);
	recorder_await(&r, w.loop);
	assert_int_equal(r.end.wire, WIRE_TIMEOUT);
	assert_int_equal(r.end.phase, PHASE_SENT);
	assert_string_equal(r.end.text, "no end within 10 m");
	assert_in_range(
	    mono_diff_us(r.done_at, start_at), 600 * US_PER_S, 601 * US_PER_S);
	world_fini(&w);
}

static void cold_is_never_reused_and_warm_is(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, LOOP_REAL, SCRIPT);
	for (int i = 0; i < 4; i++) {
		struct recorder r = {.when = NEVER};
		struct request rq;

		request_get(&rq, "http://127.0.0.1:%d/p/v1/models", sim_port(w.sim));
		rq.cold = i < 2;
		recorder_start(&r, w.http, &rq);
		recorder_await(&r, w.loop);
		assert_int_equal(r.end.wire, WIRE_DONE);
		assert_int_equal(r.end.reused, i == 3);
		assert_int_equal(r.end.connect_us == NOT_REACHED, i == 3);
	}
	world_fini(&w);
}

static void reload_of_the_bundle_keeps_what_is_in_flight(void **state)
{
	struct recorder slow = {.when = NEVER}, before = {.when = NEVER},
			after = {.when = NEVER};
	struct world w;

	(void)state;
	world_init(&w, LOOP_SKIPPING, SCRIPT);
	start(&w, &slow, "/hook/slow");
	start(&w, &before, "/p/v1/models");
	http_reload_ca(w.http);
	start(&w, &after, "/p/v1/models");
	recorder_await(&before, w.loop);
	recorder_await(&after, w.loop);
	recorder_await(&slow, w.loop);
	assert_int_equal(before.end.wire, WIRE_DONE);
	assert_int_equal(after.end.wire, WIRE_DONE);
	assert_int_equal(slow.end.wire, WIRE_TIMEOUT);
	world_fini(&w);
}

static void an_unreadable_bundle_is_an_error_that_names_it(void **state)
{
	struct err e = {ERR_NONE, ""};
	struct loop *l = loop_new(LOOP_REAL, &e);

	(void)state;
	assert_null(http_new(l, "/nowhere/ca.pem", &e));
	assert_non_null(strstr(e.msg, "/nowhere/ca.pem"));
	setenv("SSL_CERT_FILE", "/nowhere/else.pem", 1);
	assert_null(http_new(l, NULL, &e));
	assert_non_null(strstr(e.msg, "/nowhere/else.pem"));
	unsetenv("SSL_CERT_FILE");
	loop_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(good_answer_brings_head_bytes_and_end),
	    cmocka_unit_test(what_cannot_start_ends_as_local_from_the_loop),
	    cmocka_unit_test(enough_on_head_and_on_bytes_ends_as_aborted),
	    cmocka_unit_test(abort_from_its_own_callbacks),
	    cmocka_unit_test(abort_of_another_from_every_callback),
	    cmocka_unit_test(abort_from_a_timer),
	    cmocka_unit_test(abort_before_the_loop_ever_ran),
	    cmocka_unit_test(starts_from_on_done_go_on),
	    cmocka_unit_test(starts_from_inside_libcurl_go_on),
	    cmocka_unit_test(free_ends_everything_in_flight_once),
	    cmocka_unit_test(deadlines_are_the_loops),
	    cmocka_unit_test(cold_is_never_reused_and_warm_is),
	    cmocka_unit_test(reload_of_the_bundle_keeps_what_is_in_flight),
	    cmocka_unit_test(an_unreadable_bundle_is_an_error_that_names_it),
	};

	return cmocka_run_group_tests_name("http contract", tests, NULL, NULL);
}
