/* SPDX-License-Identifier: MIT
 *
 * Kept connections: one for each warm target, shared with nobody; the far side may close
 * it between two asks, or on the very next one, and that is no outage.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/integration/raw_server.h"
#include "tests/integration/world.h"

#define LIST                                                                              \
	"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 30\r\n\r\n" \
	"{\"data\":[{\"id\":\"sim-model\"}]} "

struct scene {
	struct world w;
	struct raw_server *server;
};

static void scene_init(struct scene *s, enum raw_last last)
{
	const struct raw_answer list = {LIST, NULL, last, false};

	world_init(&s->w, LOOP_REAL, "");
	s->server = raw_server_new(s->w.loop, &list);
	world_set_url(&s->w, "http://127.0.0.1:%d/v1/models", raw_server_port(s->server));
	s->w.target.kind = PROBE_MODELS;
	s->w.target.connection = CONNECTION_WARM;
}

static void scene_fini(struct scene *s)
{
	raw_server_free(s->server);
	world_fini(&s->w);
}

static bool is_reconnected(const struct sample *s)
{
	return (s->flags & FLAG_RECONNECTED) != 0;
}

static void what_was_closed_while_idle_is_asked_over_a_fresh_one(void **state)
{
	struct scene s;

	(void)state;
	scene_init(&s, RAW_CLOSE);
	world_probe(&s.w);
	assert_int_equal(s.w.samples[0].outcome, OUTCOME_OK);
	assert_false(is_reconnected(&s.w.samples[0]));
	loop_some_turns(s.w.loop, 20); /* the far side's end arrives */
	world_probe(&s.w);
	assert_int_equal(s.w.samples[1].outcome, OUTCOME_OK);
	assert_false(s.w.samples[1].reused);
	assert_true(is_reconnected(&s.w.samples[1]));
	assert_true(s.w.samples[1].connect_us >= 0);
	assert_int_equal(raw_server_connections(s.server), 2);
	scene_fini(&s);
}

/* It takes the request and hangs up: so would a server whose idle time ends just now. */
static void what_is_closed_on_the_request_is_asked_once_more(void **state)
{
	struct scene s;

	(void)state;
	scene_init(&s, RAW_ONCE);
	for (int i = 0; i < 3; i++)
		world_probe(&s.w);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(s.w.samples[i].outcome, OUTCOME_OK);
		assert_int_equal(is_reconnected(&s.w.samples[i]), i > 0);
		assert_false(s.w.samples[i].reused);
	}
	assert_int_equal(raw_server_connections(s.server), 3);
	scene_fini(&s);
}

/* Once more, and no oftener: a server that hangs up on everybody is down. */
static void who_hangs_up_on_the_fresh_one_too_has_failed(void **state)
{
	const struct raw_answer nothing = {"", NULL, RAW_CLOSE, false};
	struct scene s;

	(void)state;
	scene_init(&s, RAW_ONCE);
	world_probe(&s.w);
	raw_server_set(s.server, &nothing, (struct raw_pace){0});
	loop_some_turns(s.w.loop, 5);
	world_probe(&s.w);
	assert_int_equal(s.w.samples[1].outcome, OUTCOME_RESET);
	assert_in_range(raw_server_connections(s.server), 1, 2);
	world_probe(&s.w);
	assert_int_equal(s.w.samples[2].outcome, OUTCOME_RESET);
	assert_in_range(raw_server_connections(s.server), 2, 3);
	scene_fini(&s);
}

/* The same host, two targets, three asks each: two connections, and no other. */
static void no_target_uses_the_connection_of_another(void **state)
{
	struct target first, second;
	struct world w;

	(void)state;
	world_init(&w, LOOP_REAL, "");
	w.target.connection = CONNECTION_WARM;
	first = second = w.target;
	second.series = first.series + 1;
	for (int i = 0; i < 3; i++) {
		w.target = first;
		assert_int_equal(world_probe(&w)->reused, i > 0);
		w.target = second;
		assert_int_equal(world_probe(&w)->reused, i > 0);
	}
	/* Nor does a cold one, nor a later one of everybody's. */
	w.target.connection = CONNECTION_COLD;
	assert_false(world_probe(&w)->reused);
	world_fini(&w);
}

static void a_reload_of_the_bundles_drops_kept_connections_quietly(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, LOOP_REAL, "");
	w.target.connection = CONNECTION_WARM;
	world_probe(&w);
	assert_true(world_probe(&w)->reused);
	http_reload_ca(w.http);
	world_probe(&w);
	assert_false(w.samples[2].reused);
	assert_false(is_reconnected(&w.samples[2]));
	assert_true(world_probe(&w)->reused);
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_was_closed_while_idle_is_asked_over_a_fresh_one),
	    cmocka_unit_test(what_is_closed_on_the_request_is_asked_once_more),
	    cmocka_unit_test(who_hangs_up_on_the_fresh_one_too_has_failed),
	    cmocka_unit_test(no_target_uses_the_connection_of_another),
	    cmocka_unit_test(a_reload_of_the_bundles_drops_kept_connections_quietly),
	};

	return cmocka_run_group_tests_name("warm", tests, NULL, NULL);
}
