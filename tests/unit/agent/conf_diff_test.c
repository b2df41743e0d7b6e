/* SPDX-License-Identifier: MIT */
#include "agent/conf_diff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/agent/conf_fixture.h"

#define ALERTS "alerts:\n  - slack: ${SLACK_WEBHOOK_URL}\n"
#define BASE                                                                             \
	"vantage: a\n"                                                                   \
	"targets:\n"                                                                     \
	"  - provider: deepseek\n"                                                       \
	"  - provider: dashscope\n"                                                      \
	"rules:\n"                                                                       \
	"  - {name: r, when: error_rate > 20% over 10m}\n" ALERTS

static struct conf_diff compare(const char *before, const char *after)
{
	struct conf *a = fixture_good(before), *b = fixture_good(after);
	struct conf_diff d;
	conf_compare(a, b, &d);
	conf_free(a);
	conf_free(b);
	return d;
}

static void the_same_config_changes_nothing(void **state)
{
	struct conf_diff d = compare(BASE, "# a comment\n" BASE);
	(void)state;
	assert_string_equal(d.restart, "");
	assert_int_equal(d.targets_kept, 2);
	assert_int_equal(d.targets_added + d.targets_removed, 0);
	assert_int_equal(d.rules_changed + d.channels_changed, 0);
}

static void a_new_pace_keeps_the_target(void **state)
{
	struct conf_diff d = compare(BASE, "defaults: {interval: 10s}\n" BASE);
	(void)state;
	assert_int_equal(d.targets_kept, 2);
}

static void another_model_is_another_target(void **state)
{
	struct conf_diff d = compare("targets:\n  - provider: deepseek\n" ALERTS,
	    "targets:\n  - {provider: deepseek, model: other}\n" ALERTS);
	(void)state;
	assert_int_equal(d.targets_kept, 0);
	assert_int_equal(d.targets_added, 1);
	assert_int_equal(d.targets_removed, 1);
}

static void vantage_and_store_need_a_restart_and_are_named(void **state)
{
	(void)state;
	assert_string_equal(
	    compare("vantage: a\ntargets:\n  - provider: deepseek\n" ALERTS,
		"vantage: b\nstore: {path: x.db}\ntargets:\n  - provider: deepseek\n" ALERTS)
		.restart,
	    "vantage, store");
	assert_string_equal(
	    compare(BASE, "store: {keep: {samples: 9d}}\n" BASE).restart, "store");
}

static void changed_new_and_gone_rules_are_counted(void **state)
{
	struct conf_diff d =
	    compare("targets:\n  - provider: deepseek\nrules:\n"
		    "  - {name: same, when: error_rate > 20% over 10m}\n"
		    "  - {name: changed, when: error_rate > 20% over 10m}\n"
		    "  - {name: gone, when: error_rate > 20% over 10m}\n" ALERTS,
		"targets:\n  - provider: deepseek\nrules:\n"
		"  - {name: new, when: error_rate > 20% over 10m}\n"
		"  - {name: changed, when: error_rate > 30% over 10m}\n"
		"  - {name: same, when: error_rate > 20% over 10m}\n" ALERTS);
	(void)state;
	assert_int_equal(d.rules_changed, 3);
}

static void a_channel_with_another_secret_has_changed(void **state)
{
	struct conf_diff d =
	    compare("targets:\n  - provider: deepseek\nalerts:\n"
		    "  - {webhook: \"${HOOK_URL}\", secret: \"${HOOK_SECRET}\"}\n",
		"targets:\n  - provider: deepseek\nalerts:\n"
		"  - {webhook: \"${HOOK_URL}\", secret: \"${OLD_SECRET}\"}\n");
	(void)state;
	assert_int_equal(d.channels_changed, 1);
	d = compare("targets:\n  - provider: deepseek\n" ALERTS,
	    "targets:\n  - provider: deepseek\n" ALERTS "  - webhook: ${HOOK_URL}\n");
	assert_int_equal(d.channels_changed, 1);
}

#define LADDER(rungs) "targets:\n  - {provider: deepseek, probe: {" rungs "}}\n" ALERTS

static void rungs_come_and_go_by_themselves(void **state)
{
	struct conf_diff d = compare(LADDER("door: 15s, models: 1m, stream: 5m"),
	    LADDER("door: 30s, chat: 10m, stream: 5m"));
	(void)state;
	assert_int_equal(d.targets_kept, 2);
	assert_int_equal(d.targets_added, 1);
	assert_int_equal(d.targets_removed, 1);
	/* A ladder keeps what stood there alone. */
	d = compare(
	    "targets:\n  - provider: deepseek\n" ALERTS, LADDER("door: 15s, stream: 5m"));
	assert_int_equal(d.targets_kept, 1);
	assert_int_equal(d.targets_added, 1);
	assert_int_equal(d.targets_removed, 0);
}

static void a_warm_connection_is_another_target(void **state)
{
	struct conf_diff d = compare("targets:\n  - provider: deepseek\n" ALERTS,
	    "targets:\n  - {provider: deepseek, connection: warm}\n" ALERTS);
	(void)state;
	assert_int_equal(d.targets_kept, 0);
	assert_int_equal(d.targets_added, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_same_config_changes_nothing),
	    cmocka_unit_test(a_new_pace_keeps_the_target),
	    cmocka_unit_test(another_model_is_another_target),
	    cmocka_unit_test(vantage_and_store_need_a_restart_and_are_named),
	    cmocka_unit_test(changed_new_and_gone_rules_are_counted),
	    cmocka_unit_test(a_channel_with_another_secret_has_changed),
	    cmocka_unit_test(rungs_come_and_go_by_themselves),
	    cmocka_unit_test(a_warm_connection_is_another_target),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
