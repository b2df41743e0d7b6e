/* SPDX-License-Identifier: MIT
 *
 * Teams by a Workflow: the card, answers row by row, what check sees.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/alerts/channel_stage.h"
#include "tests/unit/alerts/incident_fixture.h"

#define URL                                                                              \
	"https://prod-42.westeurope.logic.azure.com:443/workflows/0123/triggers/manual/" \
	"paths/invoke?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=abcdef"

static const struct stage stage = {.kind = &channel_teams, .url = URL};

static void payloads(void **state)
{
	(void)state;
	stage_payloads(&stage);
}

static void no_link_and_no_mark_up_of_a_stranger(void **state)
{
	static const char *const forbidden[] = {"[", "]", "<", ">", "`", "*", NULL};

	(void)state;
	stage_escapes(&stage, forbidden);
}

static void the_card_stays_far_below_its_limit(void **state)
{
	(void)state;
	stage_longest(&stage, "x<*\"", 20000);
}

static void the_url_is_used_byte_for_byte(void **state)
{
	struct incident in = fixture_outage();
	struct message m = fixture_message(MESSAGE_OPENED, &in);
	struct request r;

	(void)state;
	stage_build(&stage, &m, false, &r);
	assert_string_equal(r.url, URL);
	request_fini(&r);
}

static const struct stage_answer rows[] = {
    {202, NULL,			   "",							  VERDICT_ACCEPTED,  0    },
    {200, NULL,			   "whatever a flow answers",                                   VERDICT_ACCEPTED,  0    },
    {400, NULL,			   "{\"error\":{\"code\":\"TriggerInputSchemaMismatch\"}}",     VERDICT_UNWANTED,
     0															 },
    {413, NULL,			   "",							  VERDICT_UNWANTED,  0    },
    {401, NULL,			   "{\"error\":{\"code\":\"DirectApiAuthorizationRequired\"}}", VERDICT_SHUT,
     0															 },
    {403, NULL,			   "{\"error\":{}}",					    VERDICT_SHUT,      0    },
    {403, NULL,			   "<html>Forbidden by firewall</html>",                        VERDICT_LATER,     0    },
    {404, NULL,			   "{\"error\":{\"code\":\"WorkflowNotFound\"}}",               VERDICT_SHUT,      0    },
    {429, "Retry-After: 20",              "",							  VERDICT_SLOW_DOWN, 20000},
    {429, NULL,			   "",							  VERDICT_SLOW_DOWN, 60000},
    {502, NULL,			   "{\"error\":{\"code\":\"NoResponse\"}}",                     VERDICT_LATER,     0    },
    {500, NULL,			   "",							  VERDICT_LATER,     0    },
    {302, "Location: https://x.example/", "",							  VERDICT_SHUT,      0    },
};

static void answers_row_by_row(void **state)
{
	(void)state;
	stage_answers(&stage, rows, sizeof(rows) / sizeof(rows[0]));
}

static void check_names_the_mistake(void **state)
{
	struct err e = {0};

	(void)state;
	assert_true(far_check(&channel_teams, URL, NULL, false, &e));
	assert_false(far_check(&channel_teams,
	    "https://contoso.webhook.office.com/webhookb2/0123", NULL, false, &e));
	assert_non_null(strstr(e.msg, "Workflow"));
	assert_false(far_check(&channel_teams,
	    "https://prod-1.x.logic.azure.com/workflows/1", NULL, false, &e));
	assert_non_null(strstr(e.msg, "sig="));
	assert_false(far_check(&channel_teams,
	    "https://prod-1.x.logic.azure.com/workflows/1?a=1&amp;sig=x", NULL, false,
	    &e));
	assert_non_null(strstr(e.msg, "&amp;"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(payloads),
	    cmocka_unit_test(no_link_and_no_mark_up_of_a_stranger),
	    cmocka_unit_test(the_card_stays_far_below_its_limit),
	    cmocka_unit_test(the_url_is_used_byte_for_byte),
	    cmocka_unit_test(answers_row_by_row),
	    cmocka_unit_test(check_names_the_mistake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
