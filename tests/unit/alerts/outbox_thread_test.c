/* SPDX-License-Identifier: MIT
 *
 * One incident, one thread: the head's handle reaches every later message, an edit goes
 * before the message that tells people, a head that is gone becomes a new one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/str.h"
#include "alerts/outbox_rows.h"
#include "tests/unit/alerts/outbox_stage.h"

static const struct channel_kind thread_kind = {.name = "t",
    .does = DOES_THREAD | DOES_EDIT,
    .pace_ms = 1,
    .burst = 100,
    .slow_down_ms = 30000,
    .timeout_ms = 15000};

static void open_stage(struct stage *s)
{
	stage_init(s);
	outbox_put_channel(s->o, "chat", &thread_kind, s->now);
}

static void accept_as(struct stage *s, const char *handle)
{
	struct channel_verdict v = {.kind = VERDICT_ACCEPTED};

	str_copy(v.handle, sizeof(v.handle), handle);
	stage_answer(s, v);
}

/* The next attempt, as "KIND edit|post THREAD"; "" nothing to do. */
static const char *next(struct stage *s)
{
	static char text[200];

	stage_pass(s, 1000);
	if (!stage_next(s))
		return "";
	snprintf(text, sizeof(text), "%s %s %s", message_kind_code(s->a.delivery.kind),
	    s->a.edit ? "edit" : "post", s->a.thread);
	return text;
}

static void open_thread(struct stage *s)
{
	open_stage(s);
	stage_put_on(s, "chat", 1, MESSAGE_OPENED, 1);
	assert_string_equal(next(s), "opened post ");
	accept_as(s, "h-1");
	assert_string_equal(s->up.deliveries[0].handle, "h-1");
}

static void news_changes_the_head_and_then_tells_people(void **state)
{
	struct stage s;
	struct ulid id;

	(void)state;
	open_thread(&s);
	id = stage_put_on(&s, "chat", 1, MESSAGE_CHANGED, 2);
	assert_string_equal(next(&s), "changed edit h-1");
	accept_as(&s, "h-1");
	assert_int_equal(stage_updated(&s, &id)->state, DELIVERY_PENDING);
	assert_int_equal(stage_updated(&s, &id)->attempts, 0);
	assert_string_equal(next(&s), "changed post h-1");
	accept_as(&s, "h-2");
	/* The head stays the head, whatever the reply is called. */
	assert_int_equal(stage_updated(&s, &id)->state, DELIVERY_SENT);
	assert_string_equal(stage_updated(&s, &id)->handle, "h-1");
	assert_string_equal(next(&s), "");
	stage_fini(&s);
}

static void a_reminder_is_only_a_reply(void **state)
{
	struct stage s;

	(void)state;
	open_thread(&s);
	stage_put_on(&s, "chat", 1, MESSAGE_REMINDER, 1);
	assert_string_equal(next(&s), "reminder post h-1");
	stage_fini(&s);
}

static void incidents_do_not_share_a_thread(void **state)
{
	struct stage s;

	(void)state;
	open_thread(&s);
	stage_put_on(&s, "chat", 2, MESSAGE_OPENED, 1);
	assert_string_equal(next(&s), "opened post ");
	accept_as(&s, "h-9");
	stage_put_on(&s, "chat", 2, MESSAGE_RESOLVED, 2);
	assert_string_equal(next(&s), "resolved edit h-9");
	stage_fini(&s);
}

static void a_head_that_is_gone_becomes_a_new_head(void **state)
{
	struct stage s;

	(void)state;
	open_thread(&s);
	stage_put_on(&s, "chat", 1, MESSAGE_CHANGED, 2);
	assert_string_equal(next(&s), "changed edit h-1");
	stage_verdict(&s, VERDICT_STALE_HANDLE);
	assert_string_equal(next(&s), "changed post ");
	accept_as(&s, "h-2");
	stage_put_on(&s, "chat", 1, MESSAGE_RESOLVED, 3);
	assert_string_equal(next(&s), "resolved edit h-2");
	accept_as(&s, "");
	assert_string_equal(next(&s), "resolved post h-2");
	/* A reply may find out too. */
	stage_verdict(&s, VERDICT_STALE_HANDLE);
	stage_pass(&s, 5000);
	assert_string_equal(next(&s), "resolved post ");
	stage_fini(&s);
}

static void an_edit_that_is_refused_holds_no_news_back(void **state)
{
	struct stage s;

	(void)state;
	open_thread(&s);
	stage_put_on(&s, "chat", 1, MESSAGE_RESOLVED, 2);
	assert_string_equal(next(&s), "resolved edit h-1");
	stage_verdict(&s, VERDICT_UNWANTED);
	assert_string_equal(next(&s), "resolved post h-1");
	assert_false(s.a.delivery.plain);
	stage_fini(&s);
}

static void an_edit_that_fails_is_tried_again(void **state)
{
	struct stage s;

	(void)state;
	open_thread(&s);
	stage_put_on(&s, "chat", 1, MESSAGE_RESOLVED, 2);
	assert_string_equal(next(&s), "resolved edit h-1");
	stage_verdict(&s, VERDICT_LATER);
	assert_true(stage_sleep(&s) > 0);
	assert_string_equal(next(&s), "resolved edit h-1");
	stage_fini(&s);
}

/* An edit's lost answer says nothing of the message itself: an opened that was never
 * told is still told by its end. */
static void a_lost_edit_is_no_doubt_about_the_message(void **state)
{
	struct stage s;

	(void)state;
	open_thread(&s);
	stage_put_on(&s, "chat", 1, MESSAGE_CHANGED, 2);
	assert_string_equal(next(&s), "changed edit h-1");
	stage_answer(&s, (struct channel_verdict){.kind = VERDICT_LATER, .maybe = true});
	stage_pass(&s, 5000);
	assert_string_equal(next(&s), "changed edit h-1");
	assert_false(s.a.maybe);
	stage_fini(&s);
}

static void a_restart_finds_the_thread_again(void **state)
{
	struct delivery d;
	struct stage s;

	(void)state;
	open_stage(&s);
	d = stage_row(&s, "chat", 1, MESSAGE_RESOLVED, 2);
	outbox_restore_thread(s.o, "chat", &d.incident, "h-1");
	outbox_restore(s.o, &d);
	assert_string_equal(next(&s), "resolved edit h-1");
	stage_fini(&s);
}

static void a_kind_without_threads_gets_none(void **state)
{
	struct stage s;

	(void)state;
	open_stage(&s);
	stage_put(&s, 1, MESSAGE_OPENED, 1);
	assert_string_equal(next(&s), "opened post ");
	accept_as(&s, "h-1");
	stage_put(&s, 1, MESSAGE_RESOLVED, 2);
	assert_string_equal(next(&s), "resolved post ");
	stage_fini(&s);
}

static void only_the_newest_threads_are_remembered(void **state)
{
	struct stage s;

	(void)state;
	open_stage(&s);
	for (int i = 1; i <= OUTBOX_MAX_THREADS + 1; i++) {
		struct delivery d = stage_row(&s, "chat", i, MESSAGE_OPENED, 1);
		char handle[16];

		snprintf(handle, sizeof(handle), "h%d", i);
		outbox_restore_thread(s.o, "chat", &d.incident, handle);
	}
	stage_put_on(&s, "chat", 1, MESSAGE_RESOLVED, 2);
	assert_string_equal(next(&s), "resolved post ");
	accept_as(&s, "");
	stage_put_on(&s, "chat", OUTBOX_MAX_THREADS + 1, MESSAGE_RESOLVED, 2);
	assert_string_equal(next(&s), "resolved edit h501");
	stage_fini(&s);
}

static void reminders_that_wait_fold_into_what_is_newer(void **state)
{
	struct stage s;

	(void)state;
	open_thread(&s);
	stage_put_on(&s, "chat", 1, MESSAGE_REMINDER, 1);
	stage_pass(&s, 1000);
	stage_put_on(&s, "chat", 1, MESSAGE_REMINDER, 1);
	stage_pass(&s, 1000);
	stage_put_on(&s, "chat", 1, MESSAGE_RESOLVED, 2);
	assert_string_equal(next(&s), "resolved edit h-1");
	assert_int_equal(s.up.n, 2);
	for (size_t i = 0; i < s.up.n; i++)
		assert_int_equal(s.up.deliveries[i].state, DELIVERY_FOLDED);
	stage_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(news_changes_the_head_and_then_tells_people),
	    cmocka_unit_test(a_reminder_is_only_a_reply),
	    cmocka_unit_test(incidents_do_not_share_a_thread),
	    cmocka_unit_test(a_head_that_is_gone_becomes_a_new_head),
	    cmocka_unit_test(an_edit_that_is_refused_holds_no_news_back),
	    cmocka_unit_test(an_edit_that_fails_is_tried_again),
	    cmocka_unit_test(a_lost_edit_is_no_doubt_about_the_message),
	    cmocka_unit_test(a_restart_finds_the_thread_again),
	    cmocka_unit_test(a_kind_without_threads_gets_none),
	    cmocka_unit_test(only_the_newest_threads_are_remembered),
	    cmocka_unit_test(reminders_that_wait_fold_into_what_is_newer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
