/* SPDX-License-Identifier: MIT */
#include "alerts/delivery.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/alerts/incident_fixture.h"

static const struct ulid incident = {"01KAR4K8RG7Q2A7Q2A7Q2A7Q2A"};

static struct ulid id_of(
    uint32_t seq, const char *channel, enum message_kind kind, struct wall created)
{
	return delivery_id(&incident, seq, channel, kind, created);
}

static void same_news_carry_the_same_id(void **state)
{
	struct ulid a = id_of(1, "slack", MESSAGE_OPENED, fixture_at(14, 3));
	struct ulid b = id_of(1, "slack", MESSAGE_OPENED, fixture_at(14, 3));

	(void)state;
	assert_true(ulid_is_valid(a.text));
	assert_true(ulid_eq(&a, &b));
}

static void different_news_carry_different_ids(void **state)
{
	struct wall t = fixture_at(14, 3);
	struct ulid other = {"01KAR4K8RG7Q2A7Q2A7Q2A7Q2B"};
	struct ulid ids[] = {
	    id_of(1, "slack", MESSAGE_OPENED, t),
	    id_of(2, "slack", MESSAGE_OPENED, t),
	    id_of(1, "slack-2", MESSAGE_OPENED, t),
	    id_of(1, "slack", MESSAGE_CHANGED, t),
	    id_of(1, "slack", MESSAGE_OPENED, wall_add_ms(t, 1)),
	    delivery_id(&other, 1, "slack", MESSAGE_OPENED, t),
	};

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		for (size_t k = 0; k < i; k++)
			assert_false(ulid_eq(&ids[i], &ids[k]));
	}
}

static void ids_sort_by_creation(void **state)
{
	struct ulid a = id_of(9, "x", MESSAGE_RESOLVED, fixture_at(14, 3));
	struct ulid b = id_of(1, "a", MESSAGE_OPENED, fixture_at(14, 4));

	(void)state;
	assert_true(strcmp(a.text, b.text) < 0);
}

static void id_holds_no_dot(void **state)
{
	struct ulid a = id_of(1, "we.ird", MESSAGE_OPENED, fixture_at(14, 3));

	(void)state;
	assert_null(strchr(a.text, '.'));
}

static void longest_channel_name_fits(void **state)
{
	char name[64];
	struct ulid a;

	(void)state;
	memset(name, 'n', 63);
	name[63] = '\0';
	a = id_of(UINT32_MAX, name, MESSAGE_TEST, fixture_at(14, 3));
	assert_true(ulid_is_valid(a.text));
}

static void states_have_stable_codes(void **state)
{
	(void)state;
	assert_string_equal(delivery_state_code(DELIVERY_PENDING), "pending");
	assert_string_equal(delivery_state_code(DELIVERY_SENT), "sent");
	assert_string_equal(delivery_state_code(DELIVERY_DEAD), "dead");
	assert_string_equal(delivery_state_code(DELIVERY_FOLDED), "folded");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(same_news_carry_the_same_id),
	    cmocka_unit_test(different_news_carry_different_ids),
	    cmocka_unit_test(ids_sort_by_creation),
	    cmocka_unit_test(id_holds_no_dot),
	    cmocka_unit_test(longest_channel_name_fits),
	    cmocka_unit_test(states_have_stable_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
