/* SPDX-License-Identifier: MIT
 *
 * Slack's Web API with an app's token: a thread per incident under a head that always
 * shows the present. Failure is HTTP 200 with "ok": false. An edit tells nobody, so each
 * piece of news is an edit of the head and a reply below it; the end is shown in the
 * channel too. The handle is "CHANNEL TS" of the head as Slack answered it.
 */
#include <stdio.h>
#include <string.h>

#include "alerts/channel_slack_blocks.h"
#include "alerts/channel_url.h"

#define BASE      "https://slack.com/api"
#define URL_BYTES 2048

/* --- body ------------------------------------------------------------------------- */

/* False: there is no head to refer to. */
static bool split_handle(const char *handle, char *channel, size_t size, const char **ts)
{
	const char *blank = strchr(handle, ' ');

	if (blank == NULL)
		return false;
	span_copy((struct span){handle, (size_t)(blank - handle)}, channel, size);
	*ts = blank + 1;
	return true;
}

static bool is_over(const struct message *m)
{
	return m->kind == MESSAGE_RESOLVED || m->kind == MESSAGE_RETRACTED ||
	       m->kind == MESSAGE_NOTICE_CLEARED;
}

/* All three keys, always: an edit keeps what it does not name. */
static json_t *payload(const struct message *m, bool plain)
{
	json_t *v = json_object();
	struct str s;

	slack_text(m, plain, &s);
	json_object_set_new(v, "text", channel_str_json(&s));
	json_object_set_new(v, "blocks", json_array());
	json_object_set_new(v, "attachments",
	    plain ? json_array() : json_pack("[o]", slack_attachment(m)));
	json_object_set_new(v, "unfurl_links", json_false());
	return v;
}

static void build(const struct channel_conf *c, const struct message *m,
    const char *delivery_id, bool plain, struct wall now, struct request *ret)
{
	json_auto_t *body = payload(m, plain);
	const char *token = secret_reveal(c->url), *ts = NULL;
	char channel[64] = "", url[URL_BYTES];
	struct str auth;

	(void)delivery_id; /* Slack offers no key that makes a repetition harmless */
	(void)now;
	if (split_handle(m->thread, channel, sizeof(channel), &ts)) {
		json_object_set_new(body, "channel", json_clean_string(span_of(channel)));
		json_object_set_new(
		    body, m->edit ? "ts" : "thread_ts", json_clean_string(span_of(ts)));
		if (!m->edit && is_over(m))
			json_object_set_new(body, "reply_broadcast", json_true());
	} else {
		json_object_set_new(
		    body, "channel", json_string(c->chat != NULL ? c->chat : ""));
	}
	(void)snprintf(url, sizeof(url), "%s/chat.%s",
	    c->base_url != NULL ? c->base_url : BASE,
	    ts != NULL && m->edit ? "update" : "postMessage");
	channel_request_to(c, url, "dimwatch/" DIMWATCH_VERSION, ret);
	str_init(&auth, 1024);
	str_addf(&auth, "Bearer %s", token != NULL ? token : "");
	request_header(ret, "Authorization", str_c(&auth));
	explicit_bzero(auth.data, auth.len);
	str_fini(&auth);
	json_dump(body, &ret->body);
}

/* --- answers ---------------------------------------------------------------------- */

struct answer_row {
	const char *word;
	bool prefix;
	enum verdict_kind verdict;
};

/* clang-format off */
static const struct answer_row answers[] = {
    {"ratelimited", false, VERDICT_SLOW_DOWN},
    {"rate_limited", false, VERDICT_SLOW_DOWN},
    {"message_limit_exceeded", false, VERDICT_SLOW_DOWN},
    {"internal_error", false, VERDICT_LATER},
    {"fatal_error", false, VERDICT_LATER},
    {"service_unavailable", false, VERDICT_LATER},
    {"request_timeout", false, VERDICT_LATER},
    {"team_added_to_org", false, VERDICT_LATER},
    {"invalid_auth", false, VERDICT_SHUT},
    {"not_authed", false, VERDICT_SHUT},
    {"token_revoked", false, VERDICT_SHUT},
    {"token_expired", false, VERDICT_SHUT},
    {"account_inactive", false, VERDICT_SHUT},
    {"missing_scope", false, VERDICT_SHUT},
    {"no_permission", false, VERDICT_SHUT},
    {"not_in_channel", false, VERDICT_SHUT},
    {"channel_not_found", false, VERDICT_SHUT},
    {"is_archived", false, VERDICT_SHUT},
    {"restricted_action", true, VERDICT_SHUT},
    {"ekm_access_denied", false, VERDICT_SHUT},
    {"access_denied", false, VERDICT_SHUT},
    {"accesslimited", false, VERDICT_SHUT},
    {"org_login_required", false, VERDICT_SHUT},
    {"msg_too_long", false, VERDICT_UNWANTED},
    {"msg_blocks_too_long", false, VERDICT_UNWANTED},
    {"no_text", false, VERDICT_UNWANTED},
    {"invalid_blocks", true, VERDICT_UNWANTED},
    {"too_many_attachments", false, VERDICT_UNWANTED},
    {"invalid_json", false, VERDICT_UNWANTED},
    {"json_not_object", false, VERDICT_UNWANTED},
    {"invalid_arguments", false, VERDICT_UNWANTED},
    {"markdown_text_conflict", false, VERDICT_UNWANTED},
    {"message_not_found", false, VERDICT_STALE_HANDLE},
    {"cant_update_message", false, VERDICT_STALE_HANDLE},
    {"edit_window_closed", false, VERDICT_STALE_HANDLE},
    {"thread_not_found", false, VERDICT_STALE_HANDLE},
    {"cannot_reply_to_message", false, VERDICT_STALE_HANDLE},
};
/* clang-format on */

/* A word that is in no table may pass; after an hour it is this message. */
static enum verdict_kind verdict_of(const char *word, int64_t tried_ms)
{
	for (size_t i = 0; word && i < sizeof(answers) / sizeof(answers[0]); i++) {
		if (answers[i].prefix ? span_has_prefix(span_of(word), answers[i].word)
				      : strcmp(word, answers[i].word) == 0)
			return answers[i].verdict;
	}
	return word != NULL && tried_ms > MS_PER_H ? VERDICT_UNWANTED : VERDICT_LATER;
}

static bool is_id(const char *text, const char *allowed)
{
	return text != NULL && text[0] != '\0' && strlen(text) < 48 &&
	       text[strspn(text, allowed)] == '\0';
}

static void take_handle(const json_t *v, struct channel_verdict *ret)
{
	const char *channel = json_text_at(v, "channel"), *ts = json_text_at(v, "ts");

	if (is_id(channel, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") &&
	    is_id(ts, "0123456789."))
		(void)snprintf(ret->handle, sizeof(ret->handle), "%s %s", channel, ts);
}

/* Only Slack's own JSON says anything; a proxy's page is waited out. */
static void judge_answer(
    const struct channel_answer *a, const json_t *v, struct channel_verdict *ret)
{
	const json_t *ok = json_object_get(v, "ok");

	ret->kind = VERDICT_LATER;
	ret->maybe = a->head->status == 200;
	if (json_is_true(ok)) {
		ret->kind = VERDICT_ACCEPTED;
		ret->maybe = false;
		take_handle(v, ret);
	} else if (json_is_false(ok)) {
		ret->kind = verdict_of(json_text_at(v, "error"), a->tried_ms);
		ret->maybe = ret->kind == VERDICT_LATER;
	}
}

static void read_answer(const struct channel_conf *c, const struct channel_answer *a,
    struct channel_verdict *ret)
{
	json_t *v = a->end->wire == WIRE_DONE ? json_parse(a->body, NULL) : NULL;

	memset(ret, 0, sizeof(*ret));
	if (!channel_common_verdict(a, ret))
		judge_answer(a, v, ret);
	if (ret->kind == VERDICT_SLOW_DOWN && ret->wait_ms == 0)
		ret->wait_ms = channel_retry_after_ms(a) > 0
				   ? channel_retry_after_ms(a)
				   : channel_slack_app.slow_down_ms;
	if (ret->kind != VERDICT_ACCEPTED)
		channel_words(c, a->body, ret);
	json_decref(v);
}

/* --- check ------------------------------------------------------------------------ */

static bool check(const struct channel_conf *c, struct err *e)
{
	struct span token = span_of(secret_reveal(c->url));

	if (span_has_prefix(token, "https://"))
		return err_set(e, ERR_CONFIG,
		    "this is a URL: an Incoming Webhook is `slack: ...`; an app's token "
		    "begins with xoxb-");
	if (!span_has_prefix(token, "xoxb-") && !span_has_prefix(token, "xoxp-"))
		return err_set(e, ERR_CONFIG,
		    "not an app's token: it begins with xoxb- (OAuth & Permissions, Bot User "
		    "OAuth Token; the scope is chat:write)");
	if (!channel_base_check(c, e))
		return false;
	if (c->chat == NULL)
		return err_set(e, ERR_CONFIG,
		    "chat is missing: the id of the Slack channel, C and digits (its "
		    "details show it), to which the app was invited");
	return true;
}

const struct channel_kind channel_slack_app = {
    .name = "slack_app",
    .help = "Slack app, by its token and a `chat`: one thread per incident",
    .takes = TAKES_BASE_URL | TAKES_CHAT,
    .does = DOES_THREAD | DOES_EDIT,
    .pace_ms = 1000,
    .burst = 3,
    .slow_down_ms = 30000,
    .timeout_ms = 15000,
    .check = check,
    .build = build,
    .read = read_answer,
};
