/* SPDX-License-Identifier: MIT */
#include "tests/unit/alerts/every_channel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define WHSEC "whsec_ZGltd2F0Y2gtdGVzdC1zZWNyZXQtMzItYnl0ZXMtb2s="
#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const char *const program[] = {"/usr/local/bin/notify", "--team", "llm", NULL};

/* clang-format off */
static const struct row {
	const char *kind, *url, *secret, *token;
} rows[] = {
    {"slack", "https://hooks.slack.com/services/T0AB/B0CD/abcdefghijklmnopqrstuvwx", NULL, NULL},
    {"slack_app", "xoxb-1111-2222-abcdefghijkl", NULL, NULL},
    {"webhook", "https://hooks.example/in?token=tok-3f9a8c7d", WHSEC, NULL},
    {"discord", "https://discord.com/api/webhooks/123456789/tok-discord-4a5b6c7d8e", NULL, NULL},
    {"teams", "https://prod-1.eu.logic.azure.com:443/workflows/x/triggers/manual/paths/invoke"
	"?api-version=1&sig=sigsigsig-7f6e5d", NULL, NULL},
    {"feishu", "https://open.feishu.cn/open-apis/bot/v2/hook/01234567-89ab-cdef-0123-456789abcdef",
	"feishu-secret-5e6f7a8b", NULL},
    {"lark", "https://open.larksuite.com/open-apis/bot/v2/hook/01234567-89ab-cdef-0123-456789abcdef",
	"lark-secret-5e6f7a8b", NULL},
    {"dingtalk", "https://oapi.dingtalk.com/robot/send?access_token=" HEX64,
	"SECdingtalk-secret-9c0d", NULL},
    {"wecom", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send"
	"?key=693axxx6-7aoc-4bc4-97a0-0ec2sifa5aaa", NULL, NULL},
    {"ntfy", "https://ntfy.example/topic-8b7c6d5e", NULL, "tk_ntfytoken123456"},
    {"telegram", "123456789:AAHhBqvPm1sK2lN3oP4qR5sT6uV7wX8yZ9a", NULL, NULL},
    {"pagerduty", "0123456789abcdefghijABCDEFGHIJ01", NULL, NULL},
    {"alertmanager", "http://127.0.0.1:9093", NULL, "am-token-1a2b3c4d"},
    {"email", "smtp://mailer:mail-password-77@relay.example:587", NULL, NULL},
    {"exec", NULL, NULL, NULL},
};
/* clang-format on */

static struct secret *secret_or_null(const char *text)
{
	return text ? secret_new(text, strlen(text)) : NULL;
}

static const struct row *row_of(const char *kind)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].kind, kind) == 0)
			return &rows[i];
	}
	fail_msg("a channel of kind %s is missing in every_channel.c", kind);
	return &rows[0];
}

void every_channel_init(struct every_channel ret[EVERY_CHANNEL_COUNT])
{
	size_t n;
	const struct channel_kind *const *kinds = channel_kinds(&n);

	assert_int_equal(n, EVERY_CHANNEL_COUNT);
	for (size_t i = 0; i < n; i++) {
		const struct row *row = row_of(kinds[i]->name);
		struct every_channel *e = &ret[i];

		e->url = secret_or_null(row->url);
		e->secret = secret_or_null(row->secret);
		e->token = secret_or_null(row->token);
		e->conf = (struct channel_conf){.name = kinds[i]->name,
		    .kind = kinds[i],
		    .url = e->url,
		    .secret = e->secret,
		    .token = e->token,
		    .chat = strcmp(row->kind, "telegram") == 0 ? "-100123456" : "C0123",
		    .mail_from = "dimwatch@hk-1.example",
		    .mail_to = "oncall@example.test",
		    .argv = row->url ? NULL : program,
		    .url_ref = "${HOOK}"};
	}
}

void every_channel_fini(struct every_channel all[EVERY_CHANNEL_COUNT])
{
	for (int i = 0; i < EVERY_CHANNEL_COUNT; i++) {
		secret_free(all[i].url);
		secret_free(all[i].secret);
		secret_free(all[i].token);
	}
}

const struct channel_conf *every_channel_find(
    const struct every_channel all[EVERY_CHANNEL_COUNT], const char *kind)
{
	for (int i = 0; i < EVERY_CHANNEL_COUNT; i++) {
		if (strcmp(all[i].conf.kind->name, kind) == 0)
			return &all[i].conf;
	}
	return NULL;
}
