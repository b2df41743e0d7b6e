/* SPDX-License-Identifier: MIT
 *
 * A program as a channel: its variables, its stdin, what its exit status means.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/json.h"
#include "tests/unit/alerts/far_side.h"
#include "tests/unit/alerts/incident_fixture.h"

static void build(const struct message *m, struct request *r)
{
	struct channel_conf c = {.name = "script", .kind = &channel_exec};

	channel_exec.build(
	    &c, m, "01KAR4K8RGAAAAAAAAAAAAAAAA", false, fixture_at(14, 4), r);
}

static const char *variable(const struct request *r, const char *name)
{
	for (size_t i = 0; i < r->n_headers; i++) {
		if (!strcmp(r->headers[i].name, name))
			return r->headers[i].value;
	}
	fail_msg("no variable %s", name);
	return NULL;
}

static void it_gets_variables_and_the_webhooks_json(void **state)
{
	struct incident in = fixture_outage();
	struct message m = fixture_message(MESSAGE_OPENED, &in);
	struct request r;
	json_t *v;

	(void)state;
	build(&m, &r);
	assert_string_equal(variable(&r, "DIMWATCH_EVENT"), "incident.opened");
	assert_string_equal(variable(&r, "DIMWATCH_INCIDENT_SHORT"), "7Q2A");
	assert_string_equal(variable(&r, "DIMWATCH_SEVERITY"), "critical");
	assert_string_equal(variable(&r, "DIMWATCH_TARGETS"), "deepseek");
	assert_string_equal(variable(&r, "DIMWATCH_BEST"), "qwen");
	assert_string_equal(
	    variable(&r, "DIMWATCH_STARTED_AT"), "2026-11-23T14:02:00.000Z");
	assert_string_equal(variable(&r, "DIMWATCH_ENDED_AT"), "");
	assert_int_equal(r.body.data[r.body.len - 1], '\n');
	v = json_parse(str_span(&r.body), NULL);
	assert_string_equal(json_text_at(v, "data.incident.short"), "7Q2A");
	json_decref(v);
	request_fini(&r);
}

/* `env | while read` must not see a variable that we did not set. */
static void no_value_can_forge_another_variable(void **state)
{
	struct incident in = fixture_hostile_outage();

	(void)state;
	for (int k = 0; k < MESSAGE_KIND_COUNT; k++) {
		struct message m = fixture_message((enum message_kind)k, &in);
		struct request r;

		build(&m, &r);
		assert_true(r.n_headers >= 16);
		for (size_t i = 0; i < r.n_headers; i++)
			for (const char *p = r.headers[i].value; *p; p++)
				assert_true((unsigned char)*p >= ' ' && *p != 0x7f);
		request_fini(&r);
	}
}

static void its_exit_status_is_the_answer(void **state)
{
	static const struct {
		int exit;
		enum verdict_kind want;
	} rows[] = {
	    {0,   VERDICT_ACCEPTED},
	    {1,   VERDICT_LATER   },
	    {2,   VERDICT_LATER   },
	    {75,  VERDICT_LATER   },
	    {78,  VERDICT_SHUT    },
	    {125, VERDICT_LATER   },
	    {126, VERDICT_SHUT    },
	    {127, VERDICT_SHUT    },
	    {255, VERDICT_LATER   },
	};
	struct channel_conf c = {.name = "script", .kind = &channel_exec};
	struct channel_verdict v;
	struct far_side f;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		far_answers(&f, 1000 + rows[i].exit, NULL, "what it\nprinted");
		channel_exec.read(&c, &f.answer, &v);
		assert_int_equal(v.kind, rows[i].want);
		assert_string_equal(
		    v.words, rows[i].want == VERDICT_ACCEPTED ? "" : "what it printed");
	}
	far_answers(&f, 1003, NULL, "");
	channel_exec.read(&c, &f.answer, &v);
	assert_string_equal(v.words, "exit status 3");
	far_is_silent(&f, WIRE_TIMEOUT, PHASE_SENT);
	channel_exec.read(&c, &f.answer, &v);
	assert_int_equal(v.kind, VERDICT_LATER);
	assert_true(v.maybe);
}

static void check_wants_a_whole_path_and_no_shell(void **state)
{
	static const char *const good[] = {"/bin/notify", "--team", NULL};
	static const char *const bad[] = {"notify --team", NULL}, *const none[] = {NULL};
	struct channel_conf c = {.name = "script", .kind = &channel_exec, .argv = good};
	struct err e = {0};

	(void)state;
	assert_true(channel_exec.check(&c, &e));
	c.argv = bad;
	assert_false(channel_exec.check(&c, &e));
	assert_non_null(strstr(e.msg, "whole path"));
	c.argv = none;
	assert_false(channel_exec.check(&c, &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(it_gets_variables_and_the_webhooks_json),
	    cmocka_unit_test(no_value_can_forge_another_variable),
	    cmocka_unit_test(its_exit_status_is_the_answer),
	    cmocka_unit_test(check_wants_a_whole_path_and_no_shell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
