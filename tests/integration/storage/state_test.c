/* SPDX-License-Identifier: MIT
 *
 * Judge states, money and the identity of targets over a restart.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "storage/load.h"
#include "storage/registry.h"
#include "tests/integration/storage/house.h"

struct state_seen {
	uint32_t series;
	struct wall through;
	uint64_t hash;
	char json[100];
};

static bool on_state(
    void *arg, uint32_t series, struct wall through, uint64_t hash, const char *json)
{
	struct state_seen *s = arg;

	s->series = series;
	s->through = through;
	s->hash = hash;
	(void)str_copy(s->json, sizeof(s->json), json);
	return true;
}

static void the_judges_newest_state_survives_with_its_whole_hash(void **state)
{
	struct house *h = *state;
	struct state_seen seen = {0};
	struct txn *t = txn_new();
	struct err e = {0};

	house_open(h);
	txn_judge_state(t, 4, (struct wall){NOON - 1}, 1, "{}");
	txn_judge_state(
	    t, 4, (struct wall){NOON}, UINT64_C(0xfedcba9876543210), "{\"a\":1}");
	house_apply(h->store, t);
	assert_true(load_judge_states(store_db(h->store), on_state, &seen, &e));
	assert_int_equal(seen.series, 4);
	assert_int_equal(seen.through.ms, NOON);
	assert_true(seen.hash == UINT64_C(0xfedcba9876543210));
	assert_string_equal(seen.json, "{\"a\":1}");
}

struct spent {
	int64_t usd, cny, unknown, asks;
	int calls;
};

static bool on_spend(
    void *arg, uint32_t series, const char *currency, int64_t nano, int64_t asks)
{
	struct spent *s = arg;

	assert_int_equal(series, 1);
	if (strcmp(currency, "USD") == 0)
		s->usd += nano;
	else if (strcmp(currency, "CNY") == 0)
		s->cny += nano;
	else
		s->unknown += nano;
	s->asks += asks;
	s->calls++;
	return true;
}

static void spend_adds_up_by_currency_and_asks_count_once(void **state)
{
	struct house *h = *state;
	struct spent spent = {0};
	struct txn *t = txn_new();
	struct err e = {0};
	struct sample s;

	house_open(h);
	house_series(h->store, 1, "one");
	for (int i = 0; i < 10; i++) {
		s = good_sample(1, NOON + i * 60000);
		s.cost_nano = i == 9 ? -1 : 100;
		(void)str_copy(s.currency, sizeof(s.currency), i % 2 ? "CNY" : "USD");
		txn_sample(t, &s, JUDGED_COUNTED);
	}
	house_apply(h->store, t);
	assert_true(load_spend(
	    store_db(h->store), (struct wall){NOON + 60000}, on_spend, &spent, &e));
	assert_int_equal(spent.usd, 400);
	assert_int_equal(spent.cny, 400);
	assert_int_equal(spent.unknown, -1);
	assert_int_equal(spent.asks, 9);
	assert_int_equal(spent.calls, 3);
}

static void the_same_target_keeps_its_series_and_another_tuple_gets_a_new_one(
    void **state)
{
	struct house *h = *state;
	struct err e = {0};
	bool is_new = false;
	struct target t = house_target("one");
	struct registry *r = NULL;
	struct txn *txn = txn_new();

	house_open(h);
	r = registry_load(store_db(h->store), "hk-1", &e);
	assert_int_equal(registry_series(r, &t, &is_new), 1);
	assert_true(is_new);
	txn_series(txn, 1, "hk-1", &t, (struct wall){NOON});
	assert_int_equal(registry_series(r, &t, &is_new), 1);
	assert_false(is_new);
	t.model = "deepseek-reasoner";
	assert_int_equal(registry_series(r, &t, &is_new), 2);
	assert_true(is_new);
	txn_series(txn, 2, "hk-1", &t, (struct wall){NOON});
	house_apply(h->store, txn);
	registry_free(r);
	/* after a restart */
	r = registry_load(store_db(h->store), "hk-1", &e);
	t.model = "deepseek-flash";
	assert_int_equal(registry_series(r, &t, &is_new), 1);
	assert_false(is_new);
	t.connection = CONNECTION_WARM;
	assert_int_equal(registry_series(r, &t, &is_new), 3);
	registry_free(r);
	/* another place has series of its own */
	r = registry_load(store_db(h->store), "us-1", &e);
	t.connection = CONNECTION_COLD;
	assert_int_equal(registry_series(r, &t, &is_new), 3);
	assert_true(is_new);
	registry_free(r);
}

static void was_carries_the_series_to_its_new_name_and_frees_the_old_one(void **state)
{
	struct house *h = *state;
	struct err e = {0};
	bool is_new = false;
	struct target old = house_target("old"), fresh = house_target("fresh");
	struct registry *r = NULL;
	struct txn *txn = txn_new();
	char text[80];

	house_open(h);
	house_series(h->store, 1, "old");
	fresh.was = "old";
	r = registry_load(store_db(h->store), "hk-1", &e);
	assert_int_equal(registry_series(r, &fresh, &is_new), 1);
	assert_true(is_new);
	txn_series(txn, 1, "hk-1", &fresh, (struct wall){NOON + 9});
	assert_int_equal(registry_series(r, &fresh, &is_new), 1);
	assert_false(is_new);
	assert_int_equal(registry_series(r, &old, &is_new), 2);
	assert_true(is_new);
	txn_series(txn, 2, "hk-1", &old, (struct wall){NOON + 9});
	house_apply(h->store, txn);
	registry_free(r);
	fresh.was = NULL; /* said once is enough */
	r = registry_load(store_db(h->store), "hk-1", &e);
	assert_int_equal(registry_series(r, &fresh, &is_new), 1);
	assert_false(is_new);
	assert_int_equal(registry_series(r, &old, &is_new), 2);
	assert_false(is_new);
	registry_free(r);
	assert_string_equal(
	    ask_text(store_db(h->store),
		"SELECT target || renamed || first_seen FROM series WHERE id = 1", text,
		sizeof(text)),
	    "oldfresh1795435200000");
}

static void another_pace_is_written_once(void **state)
{
	struct house *h = *state;
	struct err e = {0};
	bool is_new = false;
	struct target t = house_target("one");
	struct registry *r = NULL;
	struct txn *txn = txn_new();

	house_open(h);
	house_series(h->store, 1, "one");
	r = registry_load(store_db(h->store), "hk-1", &e);
	t.interval_ms = 30000;
	assert_int_equal(registry_series(r, &t, &is_new), 1);
	assert_true(is_new);
	txn_series(txn, 1, "hk-1", &t, (struct wall){NOON});
	house_apply(h->store, txn);
	assert_int_equal(registry_series(r, &t, &is_new), 1);
	assert_false(is_new);
	registry_free(r);
	assert_int_equal(ask(store_db(h->store), "SELECT pace_ms FROM series"), 30000);
}

#define HOUSE_TEST(name)                                                                 \
	cmocka_unit_test_setup_teardown(name, house_setup, house_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    HOUSE_TEST(the_judges_newest_state_survives_with_its_whole_hash),
	    HOUSE_TEST(spend_adds_up_by_currency_and_asks_count_once),
	    HOUSE_TEST(the_same_target_keeps_its_series_and_another_tuple_gets_a_new_one),
	    HOUSE_TEST(was_carries_the_series_to_its_new_name_and_frees_the_old_one),
	    HOUSE_TEST(another_pace_is_written_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
