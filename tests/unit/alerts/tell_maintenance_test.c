/* SPDX-License-Identifier: MIT
 *
 * The teller in maintenance: what is open is not told about until the window ends; what
 * affects others too is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "alerts/tell.h"

#define NOON INT64_C(1795435200000) /* 2026-11-23T12:00:00Z, a Monday */

struct scene {
	struct arena *arena;
	struct tell *tell;
	struct tell_update up;
	struct incident in;
	struct maintenance maintenance;
};

static void run(struct scene *s, const struct tell_event *ev)
{
	tell_step(s->tell, ev, &s->up);
}

/* From 13:00 to 14:00 house is under maintenance; reminders come every 20 minutes. */
static void set_up(struct scene *s)
{
	static const char *const to[] = {"slack"}, *const house[] = {"house"};
	struct route route = {.to = to, .n_to = 1, .repeat_ms = 20 * MS_PER_MIN};
	const char *zone;
	struct err e = {0};
	struct tell_config config = {.routes = &route, .n_routes = 1, .n_maintenance = 1};

	memset(s, 0, sizeof(*s));
	s->arena = arena_new();
	s->tell = tell_new();
	tell_update_init(&s->up);
	s->maintenance = (struct maintenance){.targets = house, .n_targets = 1};
	assert_true(
	    window_parse("daily 13:00-14:00 UTC", &s->maintenance.window, &zone, &e));
	s->maintenance.window.zone = zone_fixed(s->arena, zone);
	config.maintenance = &s->maintenance;
	run(s,
	    &(struct tell_event){.kind = TELL_CONFIG, .at = {NOON}, .config = &config});
	str_copy(s->in.id.text, sizeof(s->in.id.text), "01KA0000000000000000000000");
	s->in.severity = s->in.severity_now = SEVERITY_CRITICAL;
	incident_add_target(&s->in, "house");
}

static void tear_down(struct scene *s)
{
	tell_update_fini(&s->up);
	tell_free(s->tell);
	arena_free(s->arena);
}

static void open_it(struct scene *s, int minute)
{
	struct fact f = {.kind = FACT_OPENED, .at = {NOON + minute * MS_PER_MIN}};

	s->in.seq = 1;
	f.incident = s->in;
	run(s, &(struct tell_event){.kind = TELL_FACT, .at = f.at, .fact = &f});
}

/* What is owed until that minute: "minute kind state" each. */
static const char *owed(struct scene *s, int until)
{
	static char text[2000];
	size_t n = 0;

	text[0] = '\0';
	while (s->up.wake_at.ms <= NOON + until * MS_PER_MIN) {
		struct tell_event ev = {.kind = TELL_TIME, .at = s->up.wake_at};
		int64_t minute = (ev.at.ms - NOON) / MS_PER_MIN;

		run(s, &ev);
		for (size_t i = 0; i < s->up.n; i++)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%d %s %s",
			    n ? ", " : "", (int)minute,
			    message_kind_code(s->up.deliveries[i].kind),
			    delivery_state_code(s->up.deliveries[i].state));
		assert_true(s->up.wake_at.ms > ev.at.ms);
	}
	return text;
}

static void nobody_is_reminded_in_maintenance(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s);
	open_it(&s, 30);
	assert_int_equal(s.up.n, 1);
	assert_string_equal(owed(&s, 160),
	    "50 reminder pending, 130 reminder pending, 150 reminder pending");
	tear_down(&s);
}

static void what_affects_others_too_is_told(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s);
	incident_add_target(&s.in, "shop");
	open_it(&s, 30);
	assert_string_equal(owed(&s, 100),
	    "50 reminder pending, 70 reminder pending, 90 reminder pending");
	tear_down(&s);
}

/* A rule may be slow to see it: then the row says why nobody heard. */
static void what_opens_in_it_is_told_when_it_ends(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s);
	open_it(&s, 70);
	assert_int_equal(s.up.n, 1);
	assert_int_equal(s.up.deliveries[0].state, DELIVERY_MUTED);
	assert_string_equal(
	    s.up.deliveries[0].last_error, "maintenance until 2026-11-23T14:00:00.000Z");
	assert_string_equal(owed(&s, 125), "120 opened pending");
	tear_down(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nobody_is_reminded_in_maintenance),
	    cmocka_unit_test(what_affects_others_too_is_told),
	    cmocka_unit_test(what_opens_in_it_is_told_when_it_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
