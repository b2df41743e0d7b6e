/* SPDX-License-Identifier: MIT
 *
 * What holds for every row of the tables, whoever adds the next one.
 */
#include "agent/conf_schema.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/conf_diff.h"
#include "agent/conf_reference.h"
#include "agent/conf_value.h"
#include "alerts/channel.h"
#include "probes/dialect.h"

typedef void (*row_fn)(const struct conf_block *b, const struct conf_key *k);

static void each_row(row_fn fn)
{
	size_t n;
	const struct conf_block *const *blocks = conf_blocks(&n);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < blocks[i]->n_keys; k++)
			fn(blocks[i], &blocks[i]->keys[k]);
}

static void check_help(const struct conf_block *b, const struct conf_key *k)
{
	size_t n;
	(void)b;
	assert_non_null(k->name);
	assert_non_null(k->help);
	n = strlen(k->help);
	assert_true(n > 5 && k->help[n - 1] == '.');
	assert_true(isupper((unsigned char)k->help[0]) || k->help[0] == '`');
}

static void every_key_has_a_name_and_a_sentence(void **state)
{
	(void)state;
	each_row(check_help);
}

static void check_default(const struct conf_block *b, const struct conf_key *k)
{
	struct conf_value v = {0};
	struct str why;
	(void)b;
	if (!k->fallback)
		return;
	str_init(&why, 500);
	if (!conf_value_parse(k, k->fallback, &v, &why))
		fail_msg("%s: %s", k->name, str_c(&why));
	str_fini(&why);
}

static void every_default_is_a_good_value(void **state)
{
	(void)state;
	each_row(check_default);
}

static void check_names(const struct conf_block *b, const struct conf_key *k)
{
	assert_ptr_equal(conf_key_find(b, k->name), k);
	assert_false(conf_is_later(b, k->name));
	for (size_t i = 0; k->choices && k->choices[i]; i++)
		assert_false(conf_is_word(k->later_choices, k->choices[i]));
}

static void no_name_stands_twice_or_is_of_today_and_later(void **state)
{
	(void)state;
	each_row(check_names);
}

static void check_shape(const struct conf_block *b, const struct conf_key *k)
{
	bool block = k->type == CONF_BLOCK || k->type == CONF_BLOCKS;
	bool word =
	    k->type == CONF_WORD || k->type == CONF_WORDS || k->type == CONF_LADDER;
	(void)b;
	assert_int_equal(block, k->inside != NULL);
	assert_int_equal(word, k->choices != NULL);
	assert_false(k->required && k->fallback);
	assert_non_null(conf_type_name(k->type));
}

static void every_row_has_what_its_type_needs(void **state)
{
	(void)state;
	each_row(check_shape);
}

static void every_channel_kind_and_dialect_has_its_word(void **state)
{
	size_t n;
	const struct conf_key *list = conf_key_find(&conf_top_block, "channels");
	const struct channel_kind *const *kinds = channel_kinds(&n);
	(void)state;
	for (size_t i = 0; i < n; i++)
		assert_non_null(conf_key_find(list->inside, kinds[i]->name));
	const struct dialect *const *all = dialects(&n);
	const struct conf_key *key =
	    conf_key_find(conf_key_find(&conf_top_block, "targets")->inside, "dialect");
	for (size_t i = 0; i < n; i++)
		assert_true(conf_is_word(key->choices, all[i]->name));
	for (size_t i = 0; key->choices[i]; i++)
		assert_non_null(dialect_find(key->choices[i]));
}

static void what_needs_a_restart_is_compared_on_reload(void **state)
{
	size_t n, restart = 0;
	const struct conf_restart_row *rows = conf_restart_rows(&n);
	(void)state;
	for (size_t i = 0; i < conf_top_block.n_keys; i++)
		restart += conf_top_block.keys[i].restart;
	assert_int_equal(restart, n);
	for (size_t i = 0; i < n; i++)
		assert_true(conf_key_find(&conf_top_block, rows[i].key)->restart);
}

static void the_names_of_this_version_are_all_there(void **state)
{
	static const char *const top[] = {"vantage", "defaults", "rates", "budget",
	    "store", "targets", "rules", "alerts", "channels", "routes", "controls"};
	static const char *const later[] = {"listen"};
	(void)state;
	for (size_t i = 0; i < sizeof top / sizeof *top; i++)
		assert_non_null(conf_key_find(&conf_top_block, top[i]));
	for (size_t i = 0; i < sizeof later / sizeof *later; i++)
		assert_true(conf_is_later(&conf_top_block, later[i]));
}

static struct str reference;

static void check_reference(const struct conf_block *b, const struct conf_key *k)
{
	char row[100];
	(void)b;
	(void)span_copy(span_of("| `"), row, sizeof row);
	(void)str_copy(row + 3, sizeof row - 3, k->name);
	assert_non_null(strstr(str_c(&reference), row));
	assert_non_null(strstr(str_c(&reference), k->help));
}

static void the_reference_names_every_key_with_its_sentence(void **state)
{
	(void)state;
	str_init(&reference, CONF_REFERENCE_LIMIT);
	conf_reference(&reference);
	assert_false(reference.cut);
	each_row(check_reference);
	str_fini(&reference);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_key_has_a_name_and_a_sentence),
	    cmocka_unit_test(every_default_is_a_good_value),
	    cmocka_unit_test(no_name_stands_twice_or_is_of_today_and_later),
	    cmocka_unit_test(every_row_has_what_its_type_needs),
	    cmocka_unit_test(every_channel_kind_and_dialect_has_its_word),
	    cmocka_unit_test(what_needs_a_restart_is_compared_on_reload),
	    cmocka_unit_test(the_names_of_this_version_are_all_there),
	    cmocka_unit_test(the_reference_names_every_key_with_its_sentence),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
