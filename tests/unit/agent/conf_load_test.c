/* SPDX-License-Identifier: MIT
 *
 * What a good config becomes: defaults, store, rates, rules, channels and routes, and
 * what no message may ever show. Targets are conf_targets_test's, what is wrong with bad
 * configs is conf_broken_test's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/tick.h"
#include "tests/unit/agent/conf_fixture.h"

#define ALERTS "alerts:\n  - slack: ${SLACK_WEBHOOK_URL}\n"
#define ONE    "targets:\n  - provider: deepseek\n" ALERTS

static void everything_has_a_default(void **state)
{
	(void)state;
	struct conf *c = fixture_good(ONE);
	const struct target *t = &c->targets[0];
	assert_int_equal(t->interval_ms, 60000);
	assert_int_equal(t->timeouts.total_ms, 30000);
	assert_int_equal(t->timeouts.connect_ms, 5000);
	assert_int_equal(t->timeouts.first_byte_ms, 10000);
	assert_int_equal(t->timeouts.first_token_ms, 20000);
	assert_int_equal(t->timeouts.gap_ms, 10000);
	assert_true(t->budget.nano == NANO / 5);
	assert_string_equal(t->budget.currency, "USD");
	assert_int_equal(t->max_asks_per_day, 0);
	assert_string_equal(c->vantage, "host-1");
	assert_string_equal(c->store_path, "dimwatch.db");
	assert_true(c->keep.samples_ms == 30 * MS_PER_DAY);
	assert_true(c->keep.five_minutes_ms == 90 * MS_PER_DAY);
	assert_true(c->keep.hours_ms == 730 * MS_PER_DAY);
	assert_true(c->keep.days_ms == 3650 * MS_PER_DAY);
	assert_true(c->keep.size_bytes == (int64_t)2 << 30);
	assert_true(c->budget.nano < 0);
	assert_int_equal(c->n_rules, 0);
	assert_int_equal(strlen(c->hash), 16);
	conf_free(c);
}

static void no_problem_ever_shows_a_secret(void **state)
{
	(void)state;
	struct conf_problems p;
	struct conf *c = fixture_load(
	    "targets:\n"
	    "  - {provider: deepseek, key: sk-clear-canary, proxy: \"ftp://u:canary@h\"}\n"
	    "  - {provider: dashscope, key: \"file:/run/secrets/two-words\"}\n"
	    "alerts:\n"
	    "  - slack: https://hooks.slack.com/services/canary\n"
	    "  - webhook: ${HOOK_URL}\n"
	    "    secret: whsec_canary\n",
	    &p);
	assert_null(c);
	assert_true(p.n >= 5);
	for (size_t i = 0; i < p.n; i++) {
		assert_null(strstr(p.rows[i].text, "canary"));
		assert_null(strstr(p.rows[i].text, "two words"));
	}
	conf_problems_fini(&p);
}

static void strangers_bytes_become_printable_in_problems(void **state)
{
	(void)state;
	const char *text = fixture_only_problem(
	    "targets:\n  - provider: deepseek\n\"a\\e]0;b\": 1\n" ALERTS, false);
	assert_null(strchr(text, 033));
	assert_non_null(strstr(text, "unknown key"));
}

static void without_secrets_history_can_still_be_found(void **state)
{
	(void)state;
	struct conf_problems p;
	struct conf_world w = fixture_world();
	w.skip_secrets = true;
	conf_problems_init(&p);
	struct conf *c = conf_load(
	    span_of("store: {path: /data/x.db}\ntargets:\n  - provider: mistral\n"
		    "  - {provider: deepseek, key: \"${UNSET_KEY}\"}\n"
		    "alerts:\n  - slack: ${UNSET_URL}\n"),
	    "c.yaml", &w, &p);
	assert_non_null(c);
	assert_string_equal(c->store_path, "/data/x.db");
	assert_null(c->targets[0].key);
	assert_null(c->channels[0].url);
	conf_free(c);
	conf_problems_fini(&p);
}

static const char *store_of(
    struct conf_world w, const char *path, const char *text, struct conf **ret)
{
	struct conf_problems p;
	conf_problems_init(&p);
	*ret = conf_load(span_of(text), path, &w, &p);
	conf_problems_fini(&p);
	assert_non_null(*ret);
	return (*ret)->store_path;
}

static void the_database_stands_in_the_state_directory_else_beside_the_config(
    void **state)
{
	(void)state;
	struct conf_world w = fixture_world();
	struct conf *c;
	static const char own[] = "store: {path: data/my.db}\n" ONE;
	assert_string_equal(store_of(w, "/etc/d/x.yaml", ONE, &c), "/etc/d/dimwatch.db");
	conf_free(c);
	assert_string_equal(store_of(w, "x.yaml", ONE, &c), "dimwatch.db");
	conf_free(c);
	assert_string_equal(store_of(w, "/etc/d/x.yaml", own, &c), "/etc/d/data/my.db");
	conf_free(c);
	w.state_directory = "/var/lib/dimwatch";
	assert_string_equal(
	    store_of(w, "/etc/d/x.yaml", ONE, &c), "/var/lib/dimwatch/dimwatch.db");
	conf_free(c);
}

static void vantage_is_the_hosts_name_without_what_a_name_may_not_hold(void **state)
{
	(void)state;
	struct conf_world w = fixture_world();
	struct conf *c;
	w.hostname = "box-7 (old)";
	(void)store_of(w, "x.yaml", ONE, &c);
	assert_string_equal(c->vantage, "box-7");
	conf_free(c);
	w.hostname = NULL;
	(void)store_of(w, "x.yaml", ONE, &c);
	assert_string_equal(c->vantage, "local");
	conf_free(c);
}

static void rates_of_the_file_come_before_those_compiled_in(void **state)
{
	(void)state;
	struct conf *c = fixture_good("rates: {CNY: 0.5 USD, XYZ: 2 USD}\n" ONE);
	assert_true(money_convert(&c->rates, NANO, "CNY", "USD") == NANO / 2);
	assert_true(money_convert(&c->rates, NANO, "XYZ", "USD") == 2 * NANO);
	assert_true(money_convert(&c->rates, NANO, "EUR", "USD") > 0);
	conf_free(c);
}

static void rules_get_their_times_and_severity(void **state)
{
	(void)state;
	struct conf *c = fixture_good(
	    "rules:\n"
	    "  - {name: a, when: \"error_rate > 20% over 10m, at least 3 failures\", for: 2m, severity: critical}\n"
	    "  - {name: b, when: error_rate > 50% over 1h}\n"
	    "  - {name: c, when: error_rate > 50% over 1h, for: 5s, resolve_for: 9m}\n" ONE);
	assert_int_equal(c->n_rules, 3);
	assert_int_equal(c->rules[0].conditions[0].min_failures, 3);
	assert_int_equal(c->rules[0].for_ms, 120000);
	assert_int_equal(c->rules[0].resolve_for_ms, 120000);
	assert_int_equal(c->rules[0].severity, SEVERITY_CRITICAL);
	assert_int_equal(c->rules[0].line, 2);
	assert_int_equal(c->rules[1].for_ms, 0);
	assert_int_equal(c->rules[1].resolve_for_ms, 60000);
	assert_int_equal(c->rules[1].severity, SEVERITY_MAJOR);
	assert_int_equal(c->rules[2].resolve_for_ms, 540000);
	conf_free(c);
}

static void alerts_are_channels_named_by_kind_and_one_route_for_all(void **state)
{
	(void)state;
	struct conf *c = fixture_data("several_of_a_kind");
	assert_int_equal(c->n_channels, 3);
	assert_string_equal(c->channels[0].name, "slack");
	assert_string_equal(c->channels[1].name, "slack-2");
	assert_string_equal(c->channels[2].name, "webhook");
	assert_ptr_equal(c->channels[2].kind, &channel_webhook);
	assert_string_equal(secret_reveal(c->channels[0].url), FIXTURE_SLACK);
	assert_string_equal(c->channels[0].url_ref, "${SLACK_WEBHOOK_URL}");
	assert_int_equal(c->n_routes, 1);
	assert_int_equal(c->routes[0].severities, 0);
	assert_int_equal(c->routes[0].n_to, 3);
	conf_free(c);
}

static void routes_match_by_severity_in_order(void **state)
{
	(void)state;
	struct conf *c = fixture_data("vocabulary");
	assert_int_equal(c->n_routes, 2);
	assert_int_equal(c->routes[0].severities, 1u << SEVERITY_CRITICAL);
	assert_string_equal(c->routes[0].to[0], "robots");
	assert_string_equal(c->routes[0].to[1], "oncall");
	assert_int_equal(c->routes[1].severities, 0);
	assert_int_equal(c->routes[1].n_to, 1);
	conf_free(c);
}

static void what_a_route_owes_may_wait_for_company(void **state)
{
	(void)state;
	struct conf *c = fixture_data("groups");
	assert_int_equal(c->n_routes, 3);
	assert_int_equal(c->routes[0].group.by, GROUP_CLASS);
	assert_int_equal(c->routes[0].group.wait_ms, 10 * MS_PER_S);
	assert_true(c->routes[0].group.critical);
	assert_int_equal(c->routes[1].group.by, GROUP_PROVIDER);
	assert_int_equal(c->routes[1].group.wait_ms, 2 * MS_PER_MIN);
	assert_false(c->routes[1].group.critical);
	assert_int_equal(c->routes[2].group.by, GROUP_ALL);
	assert_int_equal(c->routes[2].group.wait_ms, 30 * MS_PER_S);
	conf_free(c);
}

static void channels_speak_the_configs_language_unless_they_say_another(void **state)
{
	struct conf *c = fixture_data("languages");
	(void)state;
	assert_int_equal(c->channels[0].language, LANGUAGE_ZH);
	assert_int_equal(c->channels[1].language, LANGUAGE_EN);
	conf_free(c);
}

/* The pieces of the webhook's address: T0000 and B0000 are too short to be one. */
static void answers_are_struck_of_the_whole_configs_secrets(void **state)
{
	struct conf *c = fixture_data("languages");
	const struct target *t = &c->targets[0];
	bool token = false, host = false;
	(void)state;
	for (size_t i = 0; i < t->n_hidden; i++) {
		const char *text = secret_reveal(t->hidden[i]);
		token = token || strcmp(text, "abcdefghijklmnopqrstuvwx") == 0;
		host = host || strstr(text, "slack");
	}
	assert_true(token);
	assert_false(host);
	conf_free(c);
}

static void channels_take_the_default_proxy_unless_they_say_none(void **state)
{
	(void)state;
	struct conf *c = fixture_data("vocabulary");
	assert_non_null(c->channels[0].proxy);
	assert_null(c->channels[1].proxy);
	assert_string_equal(secret_reveal(c->channels[1].secret), FIXTURE_SECRET);
	assert_non_null(c->channels[1].previous_secret);
	conf_free(c);
}

static void a_failover_class_holds_its_rivals_in_order_of_preference(void **state)
{
	(void)state;
	struct conf *c = fixture_good(
	    "failover: {chat: [qwen, deepseek], cheap: [deepseek, qwen]}\n"
	    "targets:\n  - provider: deepseek\n  - {name: qwen, provider: dashscope}\n" ALERTS);
	const struct failover *f = conf_find_failover(c, "chat");
	assert_int_equal(c->n_failovers, 2);
	assert_non_null(f);
	assert_int_equal(f->n, 2);
	assert_ptr_equal(f->rivals[0], &c->targets[1]);
	assert_ptr_equal(f->rivals[1], &c->targets[0]);
	assert_ptr_equal(conf_find_failover(c, "cheap")->rivals[0], &c->targets[0]);
	assert_null(conf_find_failover(c, "dear"));
	conf_free(c);
}

static void a_ladder_stands_in_with_the_rung_that_is_answered(void **state)
{
	(void)state;
	struct conf *c = fixture_good(
	    "failover: {chat: [qwen, deepseek]}\n"
	    "targets:\n"
	    "  - provider: deepseek\n"
	    "  - {name: qwen, provider: dashscope, probe: {door: 15s, stream: 5m}}\n" ALERTS);
	const struct failover *f = conf_find_failover(c, "chat");
	assert_int_equal(f->n, 2);
	assert_string_equal(f->rivals[0]->name, "qwen");
	assert_int_equal(f->rivals[0]->kind, PROBE_STREAM);
	conf_free(c);
}

static void one_rival_alone_is_worth_a_warning(void **state)
{
	(void)state;
	const char *text = fixture_only_problem("failover: {chat: deepseek}\n" ONE, true);
	assert_non_null(strstr(text, "nobody to stand in"));
}

static void many_problems_are_counted_and_their_list_is_bounded(void **state)
{
	(void)state;
	struct conf_problems p;
	struct str text;
	str_init(&text, (size_t)1 << 20);
	(void)str_adds(&text, "targets:\n");
	for (int i = 0; i < 5000; i++)
		(void)str_addf(&text, "  - {provider: deepseek, name: \"t %d\"}\n", i);
	assert_null(fixture_load(str_c(&text), &p));
	assert_int_equal(p.errors, 5000);
	assert_true(p.n <= 500);
	conf_problems_fini(&p);
	str_fini(&text);
}

static void ten_thousand_targets_load(void **state)
{
	(void)state;
	struct str text;
	str_init(&text, (size_t)1 << 20);
	(void)str_adds(&text, ALERTS "targets:\n");
	for (int i = 0; i < 10000; i++)
		(void)str_addf(&text, "  - {provider: deepseek, name: t%d}\n", i);
	struct conf *c = fixture_good(str_c(&text));
	assert_int_equal(c->n_targets, 10000);
	conf_free(c);
	str_fini(&text);
}

static void the_same_bytes_have_the_same_hash(void **state)
{
	(void)state;
	struct conf *a = fixture_good(ONE), *b = fixture_good(ONE);
	struct conf *other = fixture_good(ONE "# more\n");
	assert_string_equal(a->hash, b->hash);
	assert_string_not_equal(a->hash, other->hash);
	conf_free(a);
	conf_free(b);
	conf_free(other);
}
/* What is behind a gateway cannot be seen while that is worked on. */
static void maintenance_of_a_gateway_holds_for_what_depends_on_it(void **state)
{
	(void)state;
	struct conf *c =
	    fixture_good("targets:\n"
			 "  - {name: gate, provider: deepseek}\n"
			 "  - {name: behind, provider: deepseek, depends_on: gate}\n"
			 "  - {name: far, provider: deepseek, depends_on: behind}\n"
			 "  - {name: beside, provider: deepseek}\n"
			 "alerts:\n  - slack: ${SLACK_WEBHOOK_URL}\n"
			 "maintenance:\n"
			 "  - {match: {target: gate}, every: 'sun 02:00-04:00 UTC'}\n"
			 "  - {match: {target: far}, every: 'mon 02:00-04:00 UTC'}\n");
	assert_int_equal(c->n_maintenance, 2);
	assert_int_equal(c->maintenance[0].n_targets, 3);
	assert_string_equal(c->maintenance[0].targets[1], "behind");
	assert_string_equal(c->maintenance[0].targets[2], "far");
	assert_int_equal(c->maintenance[1].n_targets, 1);
	conf_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(everything_has_a_default),
	    cmocka_unit_test(no_problem_ever_shows_a_secret),
	    cmocka_unit_test(strangers_bytes_become_printable_in_problems),
	    cmocka_unit_test(without_secrets_history_can_still_be_found),
	    cmocka_unit_test(
		the_database_stands_in_the_state_directory_else_beside_the_config),
	    cmocka_unit_test(vantage_is_the_hosts_name_without_what_a_name_may_not_hold),
	    cmocka_unit_test(rates_of_the_file_come_before_those_compiled_in),
	    cmocka_unit_test(rules_get_their_times_and_severity),
	    cmocka_unit_test(alerts_are_channels_named_by_kind_and_one_route_for_all),
	    cmocka_unit_test(routes_match_by_severity_in_order),
	    cmocka_unit_test(what_a_route_owes_may_wait_for_company),
	    cmocka_unit_test(channels_speak_the_configs_language_unless_they_say_another),
	    cmocka_unit_test(answers_are_struck_of_the_whole_configs_secrets),
	    cmocka_unit_test(channels_take_the_default_proxy_unless_they_say_none),
	    cmocka_unit_test(a_failover_class_holds_its_rivals_in_order_of_preference),
	    cmocka_unit_test(a_ladder_stands_in_with_the_rung_that_is_answered),
	    cmocka_unit_test(one_rival_alone_is_worth_a_warning),
	    cmocka_unit_test(many_problems_are_counted_and_their_list_is_bounded),
	    cmocka_unit_test(ten_thousand_targets_load),
	    cmocka_unit_test(the_same_bytes_have_the_same_hash),
	    cmocka_unit_test(maintenance_of_a_gateway_holds_for_what_depends_on_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
