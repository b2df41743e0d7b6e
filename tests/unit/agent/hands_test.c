/* SPDX-License-Identifier: MIT
 *
 * What silences and pauses mean in a config: a name is a target's, else a provider's,
 * else a part of dimwatch; labels mean whoever has all of them.
 */
#include "agent/hands.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/str.h"
#include "tests/unit/agent/conf_fixture.h"

static const char config[] =
    "targets:\n"
    "  - {name: one, provider: deepseek, labels: {tier: a, team: x}}\n"
    "  - {name: two, provider: deepseek, model: deepseek-pro, labels: {tier: a}}\n"
    "  - {name: moonshot-cn, provider: dashscope}\n"
    "  - {name: three, provider: moonshot-cn}\n"
    "channels:\n"
    "  - {name: oncall, slack: \"${SLACK_WEBHOOK_URL}\"}\n"
    "routes:\n"
    "  - to: oncall\n";

static struct conf *load(void)
{
	struct conf_problems problems;
	struct conf *c = fixture_load(config, &problems);

	assert_non_null(c);
	conf_problems_fini(&problems);
	return c;
}

/* "one two|self disk": the targets and the subject of a silence at 100 ms. */
static const char *meant(const struct conf *c, const char *subject, const char *labels)
{
	static char text[200];
	struct silence s = {.began = {0}, .until = {1000}};
	struct hands *h = hands_new();
	struct arena *a = arena_new();
	struct hush *all;
	struct str out;
	size_t n = 0;

	(void)str_copy(s.subject, sizeof(s.subject), subject);
	(void)str_copy(s.labels, sizeof(s.labels), labels);
	assert_int_equal(hands_silence(h, &s, (struct wall){0})->id, 1);
	all = hands_hushes(h, c, (struct wall){100}, a, &n);
	assert_int_equal(n, 1);
	str_init(&out, 190);
	for (size_t i = 0; i < all[0].n_targets; i++)
		str_addf(&out, "%s%s", i ? " " : "", all[0].targets[i]);
	str_addf(&out, "|%s", all[0].subject);
	(void)str_copy(text, sizeof(text), str_c(&out));
	str_fini(&out);
	arena_free(a);
	hands_free(h);
	return text;
}

static void a_name_is_a_target_s_before_it_is_a_provider_s(void **state)
{
	struct conf *c = load();

	(void)state;
	assert_string_equal(meant(c, "two", ""), "two|two");
	assert_string_equal(meant(c, "deepseek", ""), "one two|deepseek");
	assert_string_equal(meant(c, "moonshot-cn", ""), "moonshot-cn|moonshot-cn");
	assert_string_equal(meant(c, "disk", ""), "|self disk");
	assert_string_equal(meant(c, "budget", ""), "|self budget");
	assert_true(hands_knows(c, "heartbeat"));
	assert_true(hands_knows(c, "loop"));
	assert_string_equal(meant(c, "channel oncall", ""), "|self channel oncall");
	assert_string_equal(meant(c, "provider deepseek", ""), "|provider deepseek");
	assert_true(hands_knows(c, "dashscope"));
	assert_false(hands_knows(c, "channel nobody"));
	assert_false(hands_knows(c, "openai"));
	conf_free(c);
}

static void labels_are_shown_as_they_were_written(void **state)
{
	struct silence s = {.labels = "{\"tier\":\"primary\",\"team\":\"chat\"}"};
	char what[SILENCE_WHAT_BYTES];

	(void)state;
	assert_string_equal(
	    silence_what(&s, what, sizeof(what)), "tier=primary team=chat");
	assert_string_equal(silence_what(&s, what, 10), "tier=prim");
	/* Rows of a foreign hand. */
	(void)str_copy(s.labels, sizeof(s.labels), "{\"tier\":7}");
	assert_string_equal(silence_what(&s, what, sizeof(what)), "tier=?");
	(void)str_copy(s.labels, sizeof(s.labels), "[broken");
	assert_string_equal(silence_what(&s, what, sizeof(what)), "[broken");
	(void)str_copy(s.subject, sizeof(s.subject), "deepseek");
	assert_string_equal(silence_what(&s, what, sizeof(what)), "deepseek");
}

static void all_labels_must_fit(void **state)
{
	struct conf *c = load();

	(void)state;
	assert_string_equal(meant(c, "", "{\"tier\":\"a\"}"), "one two|");
	assert_string_equal(meant(c, "", "{\"tier\":\"a\",\"team\":\"x\"}"), "one|");
	assert_string_equal(meant(c, "", "{\"tier\":\"b\"}"), "|");
	assert_string_equal(meant(c, "", "{}"), "|");
	assert_string_equal(meant(c, "", "not JSON"), "|");
	conf_free(c);
}

static void silences_end_by_time_or_by_hand_and_their_number_is_never_used_again(
    void **state)
{
	struct hands *h = hands_new();
	struct silence s = {.until = {1000}};

	(void)state;
	s.id = 7;
	hands_restore_silence(h, &s);
	assert_int_equal(hands_silence(h, &s, (struct wall){0})->id, 8);
	assert_null(hands_unsilence(h, 9, (struct wall){0}));
	assert_int_equal(hands_unsilence(h, 8, (struct wall){5})->ended.ms, 5);
	assert_null(hands_unsilence(h, 8, (struct wall){6}));
	assert_null(hands_unsilence(h, 7, (struct wall){1000}));
	for (int i = 0; i < HANDS_MAX_SILENCES; i++) {
		s.until.ms = 5000;
		assert_int_equal(hands_silence(h, &s, (struct wall){2000})->id, 9 + i);
	}
	assert_null(hands_silence(h, &s, (struct wall){2000}));
	assert_non_null(hands_silence(h, &s, (struct wall){5000}));
	hands_free(h);
}

static void rows_of_a_stranger_have_no_number_of_ours_and_are_bounded(void **state)
{
	static const int64_t numbers[] = {INT64_MAX, INT64_MIN, 0, -1};
	struct hands *h = hands_new();
	struct silence s = {.until = {1000}};

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		s.id = numbers[i];
		hands_restore_silence(h, &s);
	}
	assert_null(hands_silence_at(h, 0));
	for (s.id = 1; s.id <= HANDS_MAX_SILENCES + 5; s.id++)
		hands_restore_silence(h, &s);
	assert_null(hands_silence_at(h, HANDS_MAX_SILENCES));
	s.id = 0;
	assert_int_equal(hands_silence(h, &s, (struct wall){1000})->id,
	    HANDS_MAX_SILENCES + 6); /* no number twice */
	hands_free(h);
}

static void a_pause_is_one_until_it_is_resumed(void **state)
{
	struct hands *h = hands_new();
	struct pause a = {.target = "one"}, b = {.target = "two"};

	(void)state;
	assert_true(hands_pause(h, &a));
	assert_true(hands_pause(h, &b));
	assert_false(hands_pause(h, &a));
	assert_non_null(hands_paused(h, "one"));
	assert_true(hands_resume(h, "one"));
	assert_false(hands_resume(h, "one"));
	assert_null(hands_paused(h, "one"));
	assert_string_equal(hands_pause_at(h, 0)->target, "two");
	assert_null(hands_pause_at(h, 1));
	hands_free(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_name_is_a_target_s_before_it_is_a_provider_s),
	    cmocka_unit_test(all_labels_must_fit),
	    cmocka_unit_test(labels_are_shown_as_they_were_written),
	    cmocka_unit_test(
		silences_end_by_time_or_by_hand_and_their_number_is_never_used_again),
	    cmocka_unit_test(rows_of_a_stranger_have_no_number_of_ours_and_are_bounded),
	    cmocka_unit_test(a_pause_is_one_until_it_is_resumed),
	};

	return cmocka_run_group_tests_name("hands", tests, NULL, NULL);
}
