/* SPDX-License-Identifier: MIT */
#include "storage/txn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "storage/txn_parts.h"

static const struct provider provider = {.id = "deepseek"};
static const struct target target = {.name = "one", .provider = &provider};

static void add_series(struct txn *t)
{
	txn_series(t, 1, "hk-1", &target, (struct wall){1});
}

static void add_sample(struct txn *t)
{
	struct sample s;

	sample_init(&s, 1, (struct wall){5});
	txn_sample(t, &s, JUDGED_HELD);
}

static void add_remark(struct txn *t)
{
	txn_remark(t, &(struct remark){1, {5}, JUDGED_PATH});
}

static void add_incident(struct txn *t)
{
	struct incident in;

	memset(&in, 0, sizeof(in));
	txn_incident(t, &in);
}

static void add_log(struct txn *t)
{
	struct fact f;

	memset(&f, 0, sizeof(f));
	f.kind = FACT_OPENED;
	f.incident.n_causes = 1;
	f.incident.causes[0].severity = SEVERITY_MAJOR;
	(void)str_copy(f.incident.causes[0].words, 200, "3 of \"last\" 5\x01 failed\xff");
	txn_log(t, &f);
}

static void add_delivery(struct txn *t)
{
	struct delivery d;

	memset(&d, 0, sizeof(d));
	txn_delivery(t, &d);
}

static void add_channel(struct txn *t)
{
	struct channel_status c;

	memset(&c, 0, sizeof(c));
	txn_channel(t, &c);
}

static void add_state(struct txn *t)
{
	txn_judge_state(t, 1, (struct wall){5}, 7, "{\"health\":\"up\"}");
}

static void add_alive(struct txn *t)
{
	txn_alive(t, (struct wall){5});
}

static void add_gap(struct txn *t)
{
	txn_gap(t, (struct wall){5}, (struct wall){6});
}

static const struct {
	void (*add)(struct txn *t);
	bool droppable;
} parts[] = {
    {add_series,   false},
    {add_sample,   true },
    {add_remark,   true },
    {add_incident, false},
    {add_log,      false},
    {add_delivery, false},
    {add_channel,  false},
    {add_state,    true },
    {add_alive,    true },
    {add_gap,      false},
};

static void only_what_makes_history_thinner_may_be_dropped(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		struct txn *t = txn_new();

		assert_true(txn_is_empty(t));
		parts[i].add(t);
		assert_false(txn_is_empty(t));
		assert_int_equal(txn_is_droppable(t), parts[i].droppable);
		txn_free(t);
	}
}

static void stripping_keeps_what_may_not_be_lost(void **state)
{
	struct txn *t = txn_new();
	size_t before = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		parts[i].add(t);
	before = txn_bytes(t);
	assert_int_equal(txn_strip(t), 1);
	assert_true(txn_bytes(t) < before);
	assert_int_equal(txn_samples(t), 0);
	assert_int_equal(t->remarks.n + t->states.n, 0);
	assert_int_equal(t->series.n + t->incidents.n + t->log.n + t->deliveries.n +
			     t->channels.n + t->gaps.n,
	    6);
	assert_int_equal(txn_strip(t), 0);
	txn_free(t);
}

static void what_is_given_is_copied(void **state)
{
	struct txn *t = txn_new();
	char json[] = "{}";
	const struct series *s = NULL;
	const struct state_row *st = NULL;

	(void)state;
	add_series(t);
	txn_judge_state(t, 1, (struct wall){5}, 7, json);
	json[0] = '!';
	s = t->series.at;
	st = t->states.at;
	assert_string_equal(st->json, "{}");
	assert_string_equal(s->target, "one");
	assert_string_equal(s->provider, "deepseek");
	assert_string_equal(s->model, "");
	assert_ptr_not_equal(s->target, target.name);
	txn_free(t);
}

static void the_log_holds_the_words_of_each_cause_as_json(void **state)
{
	struct txn *t = txn_new();
	const struct incident_entry *en = NULL;

	(void)state;
	add_log(t);
	en = t->log.at;
	assert_string_equal(en->causes,
	    "[{\"detector\":\"\",\"severity\":\"major\",\"active\":false,"
	    "\"words\":\"3 of \\\"last\\\" 5 failed\xef\xbf\xbd\"}]");
	txn_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(only_what_makes_history_thinner_may_be_dropped),
	    cmocka_unit_test(stripping_keeps_what_may_not_be_lost),
	    cmocka_unit_test(what_is_given_is_copied),
	    cmocka_unit_test(the_log_holds_the_words_of_each_cause_as_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
