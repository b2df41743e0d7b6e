/* SPDX-License-Identifier: MIT
 *
 * What a file must be before we write to it, and what is said when it is not.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "storage/reader.h"
#include "tests/integration/storage/house.h"

static void refused(struct house *h, enum err_code code, const char *words)
{
	struct err e = {0};

	assert_null(store_open(&h->options, &e));
	if (!strstr(e.msg, words))
		print_error("said: %s\nexpected: %s\n", e.msg, words);
	assert_non_null(strstr(e.msg, words));
	assert_non_null(strstr(e.msg, h->path));
	assert_int_equal(e.code, code);
}

static void sql_on(const struct house *h, const char *sql)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(h->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void a_new_file_has_its_identity_from_the_start(void **state)
{
	struct house *h = *state;
	struct stat st;
	char text[40];

	house_open(h);
	assert_int_equal(
	    ask(store_db(h->store), "PRAGMA application_id"), DB_APPLICATION_ID);
	assert_int_equal(
	    ask(store_db(h->store), "PRAGMA user_version"), DB_SCHEMA_VERSION);
	assert_int_equal(ask(store_db(h->store), "PRAGMA auto_vacuum"), 2);
	assert_int_equal(ask(store_db(h->store), "PRAGMA synchronous"), 2);
	assert_int_equal(ask(store_db(h->store), "PRAGMA foreign_keys"), 1);
	assert_int_equal(ask(store_db(h->store), "PRAGMA wal_autocheckpoint"), 0);
	assert_int_equal(ask(store_db(h->store), "PRAGMA journal_size_limit"), 64 << 20);
	assert_string_equal(
	    ask_text(store_db(h->store), "PRAGMA journal_mode", text, sizeof(text)),
	    "wal");
	assert_int_equal(stat(h->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void every_table_is_strict(void **state)
{
	struct house *h = *state;

	house_open(h);
	assert_int_equal(
	    ask(store_db(h->store),
		"SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND"
		" type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite_%'"),
	    0);
}

static void lookup_tables_hold_the_programs_words(void **state)
{
	struct house *h = *state;
	char text[40];
	struct db *d = NULL;

	house_open(h);
	d = store_db(h->store);
	assert_int_equal(ask(d, "SELECT count(*) FROM outcomes"), OUTCOME_COUNT);
	for (int i = 0; i < OUTCOME_COUNT; i++) {
		char sql[120];

		(void)snprintf(sql, sizeof(sql),
		    "SELECT code || ' ' || blame FROM outcomes WHERE id = %d", i);
		(void)ask_text(d, sql, text, sizeof(text));
		assert_true(strncmp(text, outcome_code((enum outcome)i),
				strlen(outcome_code((enum outcome)i))) == 0);
		assert_non_null(strstr(text, blame_code(outcome_blame((enum outcome)i))));
	}
	assert_int_equal(ask(d, "SELECT count(*) FROM severities"), 3);
	assert_int_equal(
	    ask(d, "SELECT id FROM sample_flags WHERE code = 'reask'"), FLAG_REASK);
}

static void words_and_views_are_made_right_again_at_the_next_start(void **state)
{
	struct house *h = *state;
	char text[40];

	house_open(h);
	house_close(h);
	sql_on(h, "DELETE FROM outcomes WHERE id = 3; UPDATE healths SET code = 'x';"
		  "INSERT INTO outcomes VALUES(900, 'later', 'none', 'none', '');"
		  "DROP VIEW uptime_24h; CREATE VIEW uptime_24h AS SELECT 1;"
		  "CREATE VIEW mine AS SELECT 1; UPDATE stock_views SET hash = 1");
	house_open(h);
	assert_string_equal(
	    ask_text(store_db(h->store), "SELECT code FROM outcomes WHERE id = 3", text,
		sizeof(text)),
	    "error_in_stream");
	assert_int_equal(
	    ask(store_db(h->store), "SELECT count(*) FROM healths WHERE code = 'x'"), 0);
	/* a later version's outcome stays: rows may use it */
	assert_int_equal(
	    ask(store_db(h->store), "SELECT count(*) FROM outcomes WHERE id = 900"), 1);
	assert_int_equal(
	    ask(store_db(h->store), "SELECT count(good_s) FROM uptime_24h"), 0);
	assert_int_equal(ask(store_db(h->store), "SELECT * FROM mine"), 1);
}

static void a_second_open_changes_nothing_but_the_runs(void **state)
{
	struct house *h = *state;
	int64_t version = 0;

	house_open(h);
	house_close(h);
	house_open(h);
	version = ask(store_db(h->store), "PRAGMA schema_version");
	house_close(h);
	house_open(h);
	assert_int_equal(ask(store_db(h->store), "PRAGMA schema_version"), version);
	assert_int_equal(ask(store_db(h->store), "SELECT count(*) FROM runs"), 3);
}

static void a_second_dimwatch_is_refused(void **state)
{
	struct house *h = *state;

	house_open(h);
	refused(h, ERR_BUSY, "another dimwatch is running with it");
	house_close(h);
	house_open(h);
}

static void a_database_of_another_program_is_refused_and_left_alone(void **state)
{
	struct house *h = *state;
	struct stat before, after;

	sql_on(h, "CREATE TABLE t(a); INSERT INTO t VALUES(1)");
	assert_int_equal(stat(h->path, &before), 0);
	refused(h, ERR_STORAGE, "another program");
	assert_int_equal(stat(h->path, &after), 0);
	assert_int_equal(after.st_size, before.st_size);
	assert_int_equal(after.st_mtim.tv_nsec, before.st_mtim.tv_nsec);
}

static void a_file_that_is_no_database_is_refused(void **state)
{
	struct house *h = *state;
	FILE *f = fopen(h->path, "w");

	for (int i = 0; i < 400; i++)
		assert_true(fprintf(f, "line %d of somebody's notes\n", i) > 0);
	assert_int_equal(fclose(f), 0);
	refused(h, ERR_STORAGE, "not a database");
}

static void a_later_version_is_refused_with_both_numbers(void **state)
{
	struct house *h = *state;
	struct err e = {0};

	house_open(h);
	house_close(h);
	sql_on(h, "PRAGMA user_version=7");
	refused(h, ERR_STORAGE, "schema 7, this one knows 1");
	assert_null(reader_open(h->path, 1000, &e));
	assert_non_null(strstr(e.msg, "later dimwatch"));
}

static void a_missing_directory_says_so(void **state)
{
	struct house *h = *state;

	(void)snprintf(h->path, sizeof(h->path), "%s/no/such/dimwatch.db", h->dir);
	refused(h, ERR_STORAGE, "directory does not exist");
}

static void a_file_that_may_only_be_read_says_so(void **state)
{
	struct house *h = *state;
	uid_t me = geteuid();
	char lock[300];

	house_open(h);
	house_close(h);
	(void)snprintf(lock, sizeof(lock), "%s.lock", h->path);
	assert_int_equal(
	    chmod(h->dir, 0755) | chmod(lock, 0666) | chmod(h->path, 0444), 0);
	if (me == 0)
		assert_int_equal(seteuid(65534), 0); /* root may write anything */
	refused(h, ERR_STORAGE, "may only be read");
	assert_int_equal(seteuid(me), 0);
}

static void an_empty_file_becomes_ours(void **state)
{
	struct house *h = *state;
	int fd = open(h->path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
	house_open(h);
	assert_int_equal(ask(store_db(h->store), "PRAGMA auto_vacuum"), 2);
}

static void reading_needs_a_file_that_was_run(void **state)
{
	struct house *h = *state;
	struct err e = {0};
	int fd = -1;

	assert_null(reader_open(h->path, 1000, &e));
	assert_int_equal(e.code, ERR_NOT_FOUND);
	assert_non_null(strstr(e.msg, "does not exist"));
	fd = open(h->path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_int_equal(close(fd), 0);
	assert_null(reader_open(h->path, 1000, &e));
	assert_int_equal(e.code, ERR_NOT_FOUND);
	assert_non_null(strstr(e.msg, "it is empty"));
}

static void a_reader_changes_nothing(void **state)
{
	struct house *h = *state;
	struct err e = {0};
	struct reader *r = NULL;

	house_open(h);
	r = reader_open(h->path, 1000, &e);
	assert_non_null(r);
	assert_false(db_exec(reader_db(r), "DELETE FROM runs", &e));
	assert_non_null(strstr(e.msg, "readonly"));
	reader_close(r);
}

static void the_run_before_is_remembered(void **state)
{
	struct house *h = *state;
	struct store_last_run last;
	struct txn *t = NULL;

	house_open(h);
	assert_false(store_last_run(h->store, &last));
	t = txn_new();
	txn_alive(t, (struct wall){NOON + 15000});
	house_apply(h->store, t);
	store_close(h->store, false, (struct wall){NOON + 15000});
	h->options.now.ms = NOON + 60000;
	house_open(h);
	assert_true(store_last_run(h->store, &last));
	assert_int_equal(last.started.ms, NOON);
	assert_int_equal(last.last_alive.ms, NOON + 15000);
	assert_false(last.clean);
	house_close(h);
	h->options.now.ms = NOON + 90000;
	house_open(h);
	assert_true(store_last_run(h->store, &last));
	assert_int_equal(last.started.ms, NOON + 60000);
	assert_true(last.clean);
}

#define HOUSE_TEST(name)                                                                 \
	cmocka_unit_test_setup_teardown(name, house_setup, house_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    HOUSE_TEST(a_new_file_has_its_identity_from_the_start),
	    HOUSE_TEST(every_table_is_strict),
	    HOUSE_TEST(lookup_tables_hold_the_programs_words),
	    HOUSE_TEST(words_and_views_are_made_right_again_at_the_next_start),
	    HOUSE_TEST(a_second_open_changes_nothing_but_the_runs),
	    HOUSE_TEST(a_second_dimwatch_is_refused),
	    HOUSE_TEST(a_database_of_another_program_is_refused_and_left_alone),
	    HOUSE_TEST(a_file_that_is_no_database_is_refused),
	    HOUSE_TEST(a_later_version_is_refused_with_both_numbers),
	    HOUSE_TEST(a_missing_directory_says_so),
	    HOUSE_TEST(a_file_that_may_only_be_read_says_so),
	    HOUSE_TEST(an_empty_file_becomes_ours),
	    HOUSE_TEST(reading_needs_a_file_that_was_run),
	    HOUSE_TEST(a_reader_changes_nothing),
	    HOUSE_TEST(the_run_before_is_remembered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
