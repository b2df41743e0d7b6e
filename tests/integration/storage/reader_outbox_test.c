/* SPDX-License-Identifier: MIT
 *
 * The outbox as people ask for it: by either id of an incident, by channel and state, one
 * message by the tail of its id; on a file that others have written to as well.
 */
#include "storage/reader_outbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/integration/storage/house.h"

static void execute(struct house *h, const char *sql)
{
	struct err e = {0};

	if (!db_exec(store_db(h->store), sql, &e))
		fail_msg("%s", e.msg);
}

struct story {
	struct ulid incident;
	struct delivery all[6];
};

/* An incident "7Q2A" with four messages, newest last; two of an incident that is gone. */
static void put_story(struct house *h, struct story *s)
{
	struct txn *t = txn_new();
	struct incident in;
	struct rng rng;

	house_open_fast(h);
	rng_init(&rng, 31);
	any_incident(&rng, &in);
	(void)str_copy(in.short_id, sizeof(in.short_id), "7Q2A");
	s->incident = in.id;
	txn_incident(t, &in);
	for (int i = 0; i < 6; i++) {
		struct delivery *d = &s->all[i];

		any_delivery(&rng, d);
		if (i < 4)
			d->incident = in.id;
		(void)snprintf(
		    d->channel, sizeof(d->channel), "%s", i % 2 ? "pager" : "slack");
		d->state = i == 3 ? DELIVERY_DEAD : DELIVERY_SENT;
		d->created.ms = NOON + i * MS_PER_S;
		d->seq = (uint32_t)i;
		txn_delivery(t, d);
	}
	house_apply(h->store, t);
}

struct list {
	char text[300];
	int stop_at, n;
};

static bool on_message(void *arg, const struct delivery *d, const char *short_id)
{
	struct list *l = arg;
	size_t n = strlen(l->text);

	(void)snprintf(l->text + n, sizeof(l->text) - n, "%u%s%s ", d->seq,
	    *short_id ? "#" : "", short_id);
	return ++l->n != l->stop_at;
}

static void expect(
    struct reader *r, const struct reader_outbox_filter *f, const char *list)
{
	struct list seen = {.stop_at = -1};
	struct err e = {0};

	assert_true(reader_outbox(r, f, on_message, &seen, &e));
	assert_string_equal(seen.text, list);
}

static void messages_are_found_by_incident_channel_state_and_time(void **state)
{
	struct house *h = *state;
	struct story s;
	struct err e = {0};
	struct list seen = {.stop_at = 2};
	struct reader_outbox_filter f = {.state = READER_ANY_STATE};
	struct reader *r;

	put_story(h, &s);
	r = reader_open(h->path, 5000, &e);
	expect(r, &f, "5 4 3#7Q2A 2#7Q2A 1#7Q2A 0#7Q2A ");
	f.limit = 2;
	expect(r, &f, "5 4 ");
	f.limit = 0;
	f.incident = "7q2a";
	expect(r, &f, "3#7Q2A 2#7Q2A 1#7Q2A 0#7Q2A ");
	f.channel = "pager";
	expect(r, &f, "3#7Q2A 1#7Q2A ");
	f.state = DELIVERY_DEAD;
	expect(r, &f, "3#7Q2A ");
	f = (struct reader_outbox_filter){
	    .incident = s.all[4].incident.text, .state = READER_ANY_STATE};
	expect(r, &f, "4 "); /* its record is gone, its messages are not */
	f.incident = "'; DROP TABLE deliveries; --";
	expect(r, &f, "");
	f = (struct reader_outbox_filter){
	    .state = READER_ANY_STATE, .since = {NOON + 4 * MS_PER_S}};
	expect(r, &f, "5 4 ");
	f.since.ms = 0;
	assert_true(reader_outbox(r, &f, on_message, &seen, &e));
	assert_int_equal(seen.n, 2);
	reader_close(r);
}

/* So a huge outbox costs no more than a small one: no row is looked at that is not it. */
static void a_message_is_found_without_reading_all_of_them(void **state)
{
	struct house *h = *state;
	struct story s;
	struct delivery got;
	struct err e = {0};
	struct reader *r;
	sqlite3_stmt *st = NULL;
	int seen = 0;

	put_story(h, &s);
	r = reader_open(h->path, 5000, &e);
	assert_true(reader_delivery(r, s.all[0].id.text, &got, &e));
	assert_true(
	    reader_delivery(r, s.all[3].id.text + ULID_LEN - READER_TAIL_MIN, &got, &e));
	while ((st = sqlite3_next_stmt(db_handle(reader_db(r)), st))) {
		if (!strstr(sqlite3_sql(st), "FROM deliveries"))
			continue;
		seen++;
		assert_int_equal(
		    sqlite3_stmt_status(st, SQLITE_STMTSTATUS_FULLSCAN_STEP, 0), 0);
	}
	assert_int_equal(seen, 1);
	reader_close(r);
}

static void not_found(struct reader *r, const char *id, const char *words)
{
	struct delivery got;
	struct err e = {0};

	assert_false(reader_delivery(r, id, &got, &e));
	assert_int_equal(e.code, ERR_NOT_FOUND);
	if (!strstr(e.msg, words))
		fail_msg("%s: %s", id, e.msg);
}

static void a_message_is_found_by_the_tail_of_its_id_if_that_is_one(void **state)
{
	struct house *h = *state;
	struct story s;
	struct delivery got;
	struct err e = {0};
	struct reader *r;
	char id[200];

	put_story(h, &s);
	execute(h, "UPDATE deliveries SET id = substr(id, 1, 18) || 'SAMETAKS'"
		   " WHERE seq IN (1, 2)");
	r = reader_open(h->path, 5000, &e);
	assert_true(reader_delivery(r, s.all[0].id.text, &got, &e));
	assert_int_equal(got.seq, 0);
	assert_true(
	    reader_delivery(r, s.all[3].id.text + ULID_LEN - READER_TAIL_MIN, &got, &e));
	assert_int_equal(got.seq, 3);
	not_found(r, "sametaks", "more than one");
	(void)snprintf(id, sizeof(id), "%.18ssametaks", s.all[2].id.text);
	assert_true(reader_delivery(r, id, &got, &e));
	assert_int_equal(got.seq, 2);
	not_found(r, "", "is no id");
	not_found(r, "TAIL", "is no id");
	not_found(r, "ZZZZZZ", "there is no message");
	not_found(r, "%%%%%%", "there is no message");
	memset(id, 'A', sizeof(id) - 1);
	id[sizeof(id) - 1] = '\0';
	not_found(r, id, "is no id");
	reader_close(r);
}

static void put_again(struct house *h, const struct delivery *d)
{
	struct txn *t = txn_new();

	txn_delivery(t, d);
	house_apply(h->store, t);
}

/* What cannot be what we wrote is said, and nothing is made up. */
static void a_damaged_row_is_said_to_be_one(void **state)
{
	static const char *const harm[] = {
	    "UPDATE deliveries SET state = 99 WHERE seq = 3",
	    "UPDATE deliveries SET kind = 99 WHERE seq = 3",
	    "UPDATE deliveries SET verdict = -5 WHERE seq = 3",
	    "UPDATE deliveries SET id = 'short' WHERE seq = 3",
	};
	struct house *h = *state;
	struct story s;
	struct reader *r;
	struct err e = {0};

	put_story(h, &s);
	r = reader_open(h->path, 5000, &e);
	for (size_t i = 0; i < sizeof(harm) / sizeof(harm[0]); i++) {
		struct reader_outbox_filter f = {.state = READER_ANY_STATE};
		struct list seen = {.stop_at = -1};

		execute(h, harm[i]);
		e = (struct err){0};
		assert_false(reader_outbox(r, &f, on_message, &seen, &e));
		assert_int_equal(e.code, ERR_STORAGE);
		assert_non_null(strstr(e.msg, "damaged"));
		assert_string_equal(seen.text, "5 4 ");
		execute(h, "DELETE FROM deliveries WHERE seq = 3");
		put_again(h, &s.all[3]);
	}
	/* Words of any length are cut, not refused. */
	execute(h, "UPDATE deliveries SET last_error = printf('%90000c', 'x'),"
		   " handle = printf('%90000c', 'y')");
	expect(r, &(struct reader_outbox_filter){.state = READER_ANY_STATE},
	    "5 4 3#7Q2A 2#7Q2A 1#7Q2A 0#7Q2A ");
	reader_close(r);
}

#define HOUSE_TEST(name)                                                                 \
	cmocka_unit_test_setup_teardown(name, house_setup, house_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    HOUSE_TEST(messages_are_found_by_incident_channel_state_and_time),
	    HOUSE_TEST(a_message_is_found_by_the_tail_of_its_id_if_that_is_one),
	    HOUSE_TEST(a_message_is_found_without_reading_all_of_them),
	    HOUSE_TEST(a_damaged_row_is_said_to_be_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
