/* SPDX-License-Identifier: MIT
 *
 * Orders of the command line on their way to the loop: another connection writes them,
 * the writer's thread finds them, each is handed over once, and what it changes is on
 * disk together with its answer or not at all.
 */
#include "storage/requests.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "storage/hands_rows.h"
#include "tests/integration/storage/desk.h"

#define MAX_HEARD 300

struct clerk {
	struct desk desk;
	int n;
	int64_t ids[MAX_HEARD];
	char verb[ORDER_VERB_BYTES], args[100];
	bool args_fit;
	bool answers; /* at once, with its number */
};

static void on_order(void *arg, const struct order *o)
{
	struct clerk *k = arg;
	struct txn *t;
	char text[40];

	assert_true(k->n < MAX_HEARD);
	k->ids[k->n++] = o->id;
	(void)str_copy(k->verb, sizeof(k->verb), o->verb);
	k->args_fit = o->args != NULL;
	(void)str_copy(k->args, sizeof(k->args), o->args ? o->args : "");
	if (!k->answers)
		return;
	t = txn_new();
	(void)snprintf(text, sizeof(text), "done %lld", (long long)o->id);
	txn_answer(t, o, (struct wall){NOON}, 1, text);
	(void)writer_post(k->desk.w, t, (struct wall){NOON});
}

static void clerk_open(struct clerk *k, struct house *h, bool answers)
{
	memset(k, 0, sizeof(*k));
	k->answers = answers;
	desk_open(&k->desk, h, &quick);
	writer_on_request(k->desk.w, on_order, k);
}

static int64_t order(const struct house *h, const char *verb, const char *args)
{
	struct db *d = db_open(h->path, DB_READ_WRITE, NULL);
	int64_t id = 0;

	assert_non_null(d);
	assert_true(requests_insert(d, verb, args, (struct wall){NOON}, &id, NULL));
	db_close(d);
	return id;
}

static void an_order_is_heard_once_and_answered(void **state)
{
	struct house *h = *state;
	struct clerk k;
	struct order_answer a;
	int64_t id;
	struct db *d;

	clerk_open(&k, h, true);
	id = order(h, "ack", "{\"incident\":\"7Q2A\"}");
	TURN_UNTIL(&k.desk, k.n == 1);
	assert_int_equal(k.ids[0], id);
	assert_string_equal(k.verb, "ack");
	assert_string_equal(k.args, "{\"incident\":\"7Q2A\"}");
	TURN_UNTIL(&k.desk, k.desk.ears.committed == 1);
	d = db_open(h->path, DB_READ_ONLY, NULL);
	assert_true(requests_answer(d, id, &a, NULL));
	assert_int_equal(a.done_at.ms, NOON);
	assert_int_equal(a.code, 1);
	assert_string_equal(a.text, "done 1");
	db_close(d);
	/* A second one behind it: the first is not heard again. */
	id = order(h, "pause", "{}");
	TURN_UNTIL(&k.desk, k.n == 2);
	assert_int_equal(k.ids[1], id);
	desk_close(&k.desk);
}

static void orders_come_in_order_and_all_of_them(void **state)
{
	struct house *h = *state;
	struct clerk k;

	house_open(h);
	for (int i = 0; i < 250; i++)
		(void)order(h, "ack", "{}");
	clerk_open(&k, h, true);
	TURN_UNTIL(&k.desk, k.n == 250);
	for (int i = 0; i < 250; i++)
		assert_int_equal(k.ids[i], i + 1);
	TURN_UNTIL(&k.desk, k.desk.ears.committed == 250);
	desk_close(&k.desk);
	assert_int_equal(ask(store_db(h->store),
			     "SELECT count(*) FROM requests WHERE done_at IS NULL"),
	    0);
}

/* Killed between the order and its answer: the next run hears it again, and one that was
 * answered it does not. */
static void what_has_no_answer_is_heard_by_the_next_run(void **state)
{
	struct house *h = *state;
	struct clerk k;
	int64_t id;

	clerk_open(&k, h, true);
	(void)order(h, "ack", "{}");
	TURN_UNTIL(&k.desk, k.desk.ears.committed == 1);
	desk_close(&k.desk);
	clerk_open(&k, h, false);
	id = order(h, "ack", "{}");
	TURN_UNTIL(&k.desk, k.n == 1);
	desk_close(&k.desk);
	clerk_open(&k, h, true);
	TURN_UNTIL(&k.desk, k.n == 1);
	assert_int_equal(k.ids[0], id);
	TURN_UNTIL(&k.desk, k.desk.ears.committed == 1);
	desk_close(&k.desk);
	clerk_open(&k, h, true);
	(void)order(h, "last", "{}");
	TURN_UNTIL(&k.desk, k.n == 1);
	assert_string_equal(k.verb, "last");
	TURN_UNTIL(&k.desk, k.desk.ears.committed == 1);
	desk_close(&k.desk);
}

/* Rows of somebody's own hand: the greatest number there is, after which SQLite gives
 * any; a smaller one than was heard already. Nothing makes the daemon deaf. */
static void no_number_of_a_foreign_row_makes_it_deaf(void **state)
{
	struct house *h = *state;
	struct clerk k;
	struct err e = {0};
	struct db *d;
	int64_t id;

	clerk_open(&k, h, true);
	d = db_open(h->path, DB_READ_WRITE, NULL);
	assert_non_null(d);
	assert_true(db_exec(d,
	    "INSERT INTO requests(id, at, verb, args)"
	    " VALUES(9223372036854775807, 1, 'ack', '{}')",
	    &e));
	TURN_UNTIL(&k.desk, k.desk.ears.committed == 1);
	assert_int_equal(k.n, 1);
	for (int i = 0; i < 3; i++) {
		id = order(h, "pause", "{}");
		assert_true(id < INT64_MAX);
		TURN_UNTIL(&k.desk, k.desk.ears.committed == 2 + (uint64_t)i);
		assert_int_equal(k.n, 2 + i);
		assert_int_equal(k.ids[1 + i], id);
	}
	assert_true(db_exec(d,
	    "INSERT INTO requests(id, at, verb, args) VALUES(-5, 1, 'resume', '{}')",
	    &e));
	TURN_UNTIL(&k.desk, k.desk.ears.committed == 5);
	assert_string_equal(k.verb, "resume");
	db_close(d);
	desk_close(&k.desk);
}

/* More than are looked at in one turn, and the loop is slow to answer them. */
static void more_than_the_hand_holds_wait_for_answers(void **state)
{
	struct house *h = *state;
	struct clerk k;

	clerk_open(&k, h, false);
	for (int i = 0; i < 250; i++)
		(void)order(h, "ack", "{}");
	TURN_UNTIL(&k.desk, k.n == 250);
	(void)order(h, "last", "{}");
	TURN_UNTIL(&k.desk, k.n == 251);
	assert_string_equal(k.verb, "last");
	desk_close(&k.desk);
}

static void an_endless_one_is_heard_without_its_text(void **state)
{
	struct house *h = *state;
	struct clerk k;
	static char big[ORDER_ARGS_BYTES + 100];

	memset(big, 'x', sizeof(big) - 1);
	clerk_open(&k, h, true);
	(void)order(h, "ack", big);
	TURN_UNTIL(&k.desk, k.n == 1);
	assert_false(k.args_fit);
	TURN_UNTIL(&k.desk, k.desk.ears.committed == 1);
	desk_close(&k.desk);
}

static void an_answer_keeps_to_its_own_request(void **state)
{
	struct house *h = *state;
	struct order o = {.id = 1, .at = {NOON + 1}};
	struct txn *t = txn_new();

	house_open(h);
	(void)order(h, "ack", "{}"); /* at NOON: another one of that number */
	txn_answer(t, &o, (struct wall){NOON}, 0, "wrong");
	house_apply(h->store, t);
	assert_int_equal(
	    ask(store_db(h->store), "SELECT done_at IS NULL FROM requests WHERE id = 1"),
	    1);
	o.at.ms = NOON;
	for (int i = 0; i < 2; i++) {
		t = txn_new();
		txn_answer(t, &o, (struct wall){NOON + i}, i, i ? "second" : "first");
		house_apply(h->store, t);
	}
	assert_int_equal(ask(store_db(h->store), "SELECT done_at FROM requests"), NOON);
	house_close(h);
}

struct kept {
	int n;
	struct silence silence;
	struct pause pause;
};

static void keep_silence(void *arg, const struct silence *s)
{
	struct kept *k = arg;

	k->n++;
	k->silence = *s;
}

static void keep_pause(void *arg, const struct pause *p)
{
	struct kept *k = arg;

	k->n++;
	k->pause = *p;
}

static void silences_and_pauses_come_back_as_they_were(void **state)
{
	struct house *h = *state;
	struct silence s = {.id = 3,
	    .subject = "alpha",
	    .labels = "{\"tier\":\"one\"}",
	    .began = {NOON},
	    .until = {NOON + 1000},
	    .who = "ann",
	    .note = "they know"};
	struct pause p = {
	    .target = "beta", .since = {NOON}, .who = "ann", .note = "new cards"};
	struct kept k = {0};
	struct txn *t = txn_new();

	house_open(h);
	txn_silence(t, &s);
	txn_pause(t, &p);
	assert_false(txn_is_droppable(t));
	house_apply(h->store, t);
	assert_true(silences_each(
	    store_db(h->store), (struct wall){NOON}, keep_silence, &k, NULL));
	assert_true(pauses_each(store_db(h->store), keep_pause, &k, NULL));
	assert_int_equal(k.n, 2);
	assert_memory_equal(&k.silence, &s, sizeof(s));
	assert_memory_equal(&k.pause, &p, sizeof(p));
	/* Over: the newest stays known by its number, a pause leaves no row. */
	t = txn_new();
	s.ended.ms = NOON + 1;
	p.since.ms = 0;
	txn_silence(t, &s);
	txn_pause(t, &p);
	house_apply(h->store, t);
	k.n = 0;
	assert_true(silences_each(
	    store_db(h->store), (struct wall){NOON + 2000}, keep_silence, &k, NULL));
	assert_true(pauses_each(store_db(h->store), keep_pause, &k, NULL));
	assert_int_equal(k.n, 1);
	assert_int_equal(k.silence.ended.ms, NOON + 1);
	house_close(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		an_order_is_heard_once_and_answered, house_setup, house_teardown),
	    cmocka_unit_test_setup_teardown(
		orders_come_in_order_and_all_of_them, house_setup, house_teardown),
	    cmocka_unit_test_setup_teardown(
		what_has_no_answer_is_heard_by_the_next_run, house_setup, house_teardown),
	    cmocka_unit_test_setup_teardown(
		no_number_of_a_foreign_row_makes_it_deaf, house_setup, house_teardown),
	    cmocka_unit_test_setup_teardown(
		more_than_the_hand_holds_wait_for_answers, house_setup, house_teardown),
	    cmocka_unit_test_setup_teardown(
		an_endless_one_is_heard_without_its_text, house_setup, house_teardown),
	    cmocka_unit_test_setup_teardown(
		an_answer_keeps_to_its_own_request, house_setup, house_teardown),
	    cmocka_unit_test_setup_teardown(
		silences_and_pauses_come_back_as_they_were, house_setup, house_teardown),
	};

	return cmocka_run_group_tests_name("requests", tests, NULL, NULL);
}
