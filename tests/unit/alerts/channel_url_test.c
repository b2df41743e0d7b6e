/* SPDX-License-Identifier: MIT
 *
 * The mistakes in URLs and secrets that can be seen without sending, named without a byte
 * of them.
 */
#include "alerts/channel_url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/alerts/far_side.h"

#define SECRET   "whsec_ZGltd2F0Y2gtdGVzdC1zZWNyZXQtMzItYnl0ZXMtb2s="
#define PREVIOUS "whsec_cHJldmlvdXMtc2VjcmV0LTI0LWJ5dGVz"

static void slack_check_accepts_webhooks(void **state)
{
	static const char *const urls[] = {
	    SLACK_URL,
	    "https://hooks.slack-gov.com/services/T0AB/B0CD/abcdefghijklmnopqrstuvwx",
	    "https://chat.example/hooks/abc", /* speaks Slack's language */
	    "http://127.0.0.1:8065/hooks/abc",
	    "http://[::1]:8065/hooks/abc",
	    "http://localhost/hooks/abc",
	};
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++)
		assert_true(far_check(&channel_slack, urls[i], NULL, false, &e));
	assert_true(
	    far_check(&channel_slack, "http://10.0.0.7/hooks/abc", NULL, true, &e));
}

static void slack_check_names_typical_mistakes(void **state)
{
	static const struct {
		const char *url, *words;
	} rows[] = {
	    {"",								      "empty"            },
	    {"#alerts",							       "https://"         },
	    {"xoxb-123-456-abc",						      "token"            },
	    {"https://acme.slack.com/archives/C0123",                                 "link to a channel"},
	    {"https://hooks.slack.com/workflows/T0/A0/1/abc",                         "workflow"         },
	    {"https://hooks.slack.com/triggers/T0/1/abc",                             "trigger"          },
	    {"https://slack.com/api/chat.postMessage",                                "Web API"          },
	    {"https://discord.com/api/webhooks/1/abc",                                "Discord"          },
	    {"https://hooks.slack.com/",					      "/services/"       },
	    {"https://hooks.slack.com/services/T0AB/B0CD",                            "not whole"        },
	    {"https://hooks.slack.com/services/T0AB/B0CD/abcdefghijklmnopqrstuv",
             "not whole"										 },
	    {"https://hooks.slack.com/services/X0AB/B0CD/abcdefghijklmnopqrstuvwx",
             "not whole"										 },
	    {"https://hooks.slack.com/services/T0AB/B0CD/abcdefghijklmnopqrstuvwx/x",
             "not whole"										 },
	    {"https://hooks.slack.com/services/T0AB/B0CD/abcdefghijklm nopqrstuvwx",
             "blank"										     },
	    {SLACK_URL "\n",							  "blank"            },
	    {"\"" SLACK_URL "\"",						     "quote"            },
	    {"http://hooks.slack.com/services/T0AB/B0CD/abcdefghijklmnopqrstuvwx",
             "allow_plain_http"									  },
	    {"http://127.0.0.1.evil.example/hooks/abc",                               "allow_plain_http" },
	    {"https://169.254.169.254/latest",                                        "link-local"       },
	    {"https:///services/T0AB",						"no host"          },
	    {"ftp://hooks.slack.com/services/x",                                      "https://"         },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e = {0};

		if (far_check(&channel_slack, rows[i].url, NULL, false, &e))
			fail_msg("accepted: %s", rows[i].url);
		if (!strstr(e.msg, rows[i].words))
			fail_msg("%s: %s", rows[i].url, e.msg);
		assert_null(strstr(e.msg, "T0AB"));
		assert_null(strstr(e.msg, "abcdefgh"));
	}
}

static void webhook_check_accepts_good_ones(void **state)
{
	struct err e;

	(void)state;
	assert_true(far_check(&channel_webhook, HOOK_URL, SECRET, false, &e));
	assert_true(far_check(&channel_webhook, HOOK_URL, PREVIOUS, false, &e));
	assert_true(far_check(&channel_webhook, HOOK_URL, NULL, false, &e));
	assert_true(
	    far_check(&channel_webhook, "https://u:p@h.example/x", NULL, false, &e));
	assert_true(
	    far_check(&channel_webhook, "http://127.0.0.1:9000/", NULL, false, &e));
	assert_true(far_check(&channel_webhook, "http://10.1.2.3/", NULL, true, &e));
}

static void webhook_check_names_typical_mistakes(void **state)
{
	static const struct {
		const char *url, *secret, *words;
	} rows[] = {
	    {"",				   NULL,                "empty"           },
	    {"hooks.example/in",                   NULL,                "https://"        },
	    {"http://hooks.example/in",            NULL,                "allow_plain_http"},
	    {"http://169.254.169.254/latest",      NULL,                "link-local"      },
	    {"https://u@169.254.1.1:80/x",         NULL,                "link-local"      },
	    {"https://[fe80::1]/x",                NULL,                "link-local"      },
	    {"https://[::ffff:169.254.169.254]/x", NULL,                "link-local"      },
	    {HOOK_URL,			     "my plain secret",   "base64"          },
	    {HOOK_URL,			     "whsec_not base64!", "base64"          },
	    {HOOK_URL,			     "whsec_c2hvcnQ=",    "24 to 64"        },
	    {HOOK_URL,			     "whsec_",            "24 to 64"        },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e = {0};

		if (far_check(&channel_webhook, rows[i].url, rows[i].secret, false, &e))
			fail_msg("row %zu accepted", i);
		if (!strstr(e.msg, rows[i].words))
			fail_msg("%s: %s", rows[i].url, e.msg);
		assert_null(strstr(e.msg, "tok-3f9a8c7d"));
		assert_null(strstr(e.msg, "plain secret"));
	}
}

static void link_local_is_refused_even_where_plain_http_is_allowed(void **state)
{
	struct err e = {0};

	(void)state;
	assert_false(
	    far_check(&channel_webhook, "http://169.254.169.254/", NULL, true, &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(slack_check_accepts_webhooks),
	    cmocka_unit_test(slack_check_names_typical_mistakes),
	    cmocka_unit_test(webhook_check_accepts_good_ones),
	    cmocka_unit_test(webhook_check_names_typical_mistakes),
	    cmocka_unit_test(link_local_is_refused_even_where_plain_http_is_allowed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
