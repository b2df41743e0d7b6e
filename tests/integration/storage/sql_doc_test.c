/* SPDX-License-Identifier: MIT
 *
 * Every query of docs/sql.md runs, in a file as the plain shell would open it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/xalloc.h"
#include "tests/integration/storage/house.h"

static char *slurp(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = xcalloc(1, (size_t)64 << 10);

	assert_non_null(f);
	assert_true(fread(text, 1, (64 << 10) - 1, f) > 0);
	assert_int_equal(fclose(f), 0);
	return text;
}

static int count_row(void *arg, int n, char **values, char **names)
{
	(void)values;
	(void)names;
	assert_true(n > 1);
	++*(int *)arg;
	return 0;
}

static void put_some(struct house *h)
{
	struct txn *t = txn_new();
	struct incident in;
	struct rng rng;
	struct sample s;
	int64_t now = 0;
	struct delivery d;

	house_open(h);
	now = ask(store_db(h->store), "SELECT unixepoch() * 1000");
	house_series(h->store, 1, "one");
	rng_init(&rng, 1);
	any_incident(&rng, &in);
	in.class = CLASS_OUTAGE;
	in.started.ms = in.opened.ms = now;
	txn_incident(t, &in);
	any_delivery(&rng, &d);
	txn_delivery(t, &d);
	s = failed_sample(1, now - 1000, OUTCOME_OVERLOADED);
	txn_sample(t, &s, JUDGED_COUNTED);
	s = good_sample(1, now - 500);
	txn_sample(t, &s, JUDGED_COUNTED);
	txn_gap(t, (struct wall){now - 90000}, (struct wall){now - 5000});
	house_apply(h->store, t);
}

static void every_query_of_the_page_runs(void **state)
{
	struct house *h = *state;
	char *page = slurp(SQL_PAGE), *at = page;
	sqlite3 *db = NULL;
	int queries = 0, rows = 0;

	put_some(h);
	assert_int_equal(
	    sqlite3_open_v2(h->path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	while ((at = strstr(at, "```sql\n"))) {
		char *end = strstr(at + 7, "```"), *why = NULL;

		assert_non_null(end);
		*end = '\0';
		if (sqlite3_exec(db, at + 7, count_row, &rows, &why) != SQLITE_OK) {
			print_error("%s\n%s\n", at + 7, why);
			fail();
		}
		queries++;
		at = end + 1;
	}
	assert_int_equal(queries, 11);
	assert_true(rows >= 5);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	free(page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		every_query_of_the_page_runs, house_setup, house_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
