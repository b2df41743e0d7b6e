/* SPDX-License-Identifier: MIT
 *
 * The custom bot of Feishu and Lark (one product, two houses). Everything is answered
 * with HTTP 200: the body's code decides. The signature's key is "timestamp\nsecret" and
 * its message is empty; it stands inside the body and lives for an hour, so it is made at
 * the attempt. Strangers' words stand in plain_text elements only: no mark-up, no
 * mention.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "alerts/channel_parts.h"
#include "alerts/channel_url.h"
#include "alerts/sentences.h"

#define TITLE_POINTS    150
#define TEXT_POINTS     1200
#define FIELD_POINTS    300
#define EVIDENCE_POINTS 400

/* --- body ------------------------------------------------------------------------- */

/* In a text message, <at user_id="all"> would call everybody. */
static const char *in_text(char c)
{
	return c == '<' ? "\xef\xbc\x9c" : c == '>' ? "\xef\xbc\x9e" : NULL;
}

static json_t *plain_text(const char *text, size_t max)
{
	return json_pack("{s:s,s:o}", "tag", "plain_text", "content",
	    channel_text_json(text, NULL, COUNT_POINTS, max));
}

static json_t *division(const char *text, size_t max)
{
	return json_pack("{s:s,s:o}", "tag", "div", "text", plain_text(text, max));
}

static json_t *fields(const struct message *m)
{
	json_t *all = json_array();

	for (int i = 0; i < m->n_facts; i++) {
		char pair[320];

		(void)snprintf(
		    pair, sizeof(pair), "%s\n%s", m->facts[i].name, m->facts[i].value);
		json_array_append_new(all, json_pack("{s:b,s:o}", "is_short", 1, "text",
					       plain_text(pair, FIELD_POINTS)));
	}
	return json_pack("{s:s,s:o}", "tag", "div", "fields", all);
}

static json_t *footer(const struct message *m)
{
	char text[160];

	channel_footer(m, text, sizeof(text));
	return json_pack(
	    "{s:s,s:[o]}", "tag", "note", "elements", plain_text(text, sizeof(text)));
}

static json_t *card(const struct channel_conf *c, const struct message *m)
{
	static const char *const templates[] = {[TONE_QUIET] = "grey",
	    [TONE_NOTICE] = "blue",
	    [TONE_GOOD] = "green",
	    [TONE_MINOR] = "yellow",
	    [TONE_MAJOR] = "orange",
	    [TONE_CRITICAL] = "red"};
	json_t *elements = json_array();
	char title[400], words[600];

	channel_keyword(c, m->title, title, sizeof(title));
	json_array_append_new(elements, division(m->summary, TEXT_POINTS));
	if (m->n_facts > 0)
		json_array_append_new(elements, fields(m));
	if (m->evidence[0] != '\0') {
		(void)snprintf(words, sizeof(words), "%s%s%s",
		    SAY_THEIR_WORDS(m->language), SAY_COLON(m->language), m->evidence);
		json_array_append_new(elements, division(words, EVIDENCE_POINTS));
	}
	json_array_append_new(elements, footer(m));
	return json_pack("{s:{s:b},s:{s:s,s:o},s:o}", "config", "wide_screen_mode", 1,
	    "header", "template", templates[message_tone(m)], "title",
	    plain_text(title, TITLE_POINTS), "elements", elements);
}

static json_t *text_content(const struct channel_conf *c, const struct message *m)
{
	char title[600];
	struct str s;

	channel_keyword(c, m->lock_screen, title, sizeof(title));
	str_init(&s, (size_t)16 << 10);
	channel_text(&s, title, in_text, COUNT_POINTS, TITLE_POINTS + 250);
	str_adds(&s, "\n");
	channel_text(&s, m->summary, in_text, COUNT_POINTS, TEXT_POINTS);
	return json_pack("{s:o}", "text", channel_str_json(&s));
}

static void sign(const struct channel_conf *c, struct wall now, json_t *body)
{
	struct str key, mac;
	char timestamp[32];

	if (c->secret == NULL)
		return;
	str_init(&key, 1024);
	str_init(&mac, 64);
	(void)snprintf(timestamp, sizeof(timestamp), "%" PRId64, now.ms / MS_PER_S);
	str_addf(&key, "%s\n%s", timestamp, secret_reveal(c->secret));
	channel_hmac(str_span(&key), span_of(""), &mac);
	json_object_set_new(body, "timestamp", json_string(timestamp));
	json_object_set_new(body, "sign", json_string(str_c(&mac)));
	explicit_bzero(key.data, key.len);
	str_fini(&key);
	str_fini(&mac);
}

static void build(const struct channel_conf *c, const struct message *m,
    const char *delivery_id, bool plain, struct wall now, struct request *ret)
{
	json_auto_t *body = json_object();

	(void)delivery_id; /* these bots know no key that makes a repetition harmless */
	sign(c, now, body);
	json_object_set_new(
	    body, "msg_type", json_string(plain ? "text" : "interactive"));
	if (plain)
		json_object_set_new(body, "content", text_content(c, m));
	else
		json_object_set_new(body, "card", card(c, m));
	channel_request(c, "dimwatch/" DIMWATCH_VERSION, ret);
	json_dump(body, &ret->body);
}

/* --- answers ---------------------------------------------------------------------- */

#define NO_KEYWORD 19024

static const struct code_row codes[] = {
    {0,	  VERDICT_ACCEPTED,  0         },
    {9499,       VERDICT_UNWANTED,  0         },
    {19001,      VERDICT_SHUT,      0         },
    {19002,      VERDICT_UNWANTED,  0         },
    {19022,      VERDICT_SHUT,      0         },
    {NO_KEYWORD, VERDICT_UNWANTED,  0         },
    {19036,      VERDICT_UNWANTED,  0         },
    {11232,      VERDICT_SLOW_DOWN, MS_PER_MIN},
    {11233,      VERDICT_SLOW_DOWN, MS_PER_MIN},
    {99991400,   VERDICT_SLOW_DOWN, MS_PER_MIN},
};
#define BAD_SIGNATURE 19021

/* `code` of today, `StatusCode` of yesterday; both may be there. */
static bool find_code(const json_t *v, int64_t *ret)
{
	const json_t *code = json_object_get(v, "code");

	if (!json_is_integer(code))
		code = json_object_get(v, "StatusCode");
	if (!json_is_integer(code))
		return false;
	*ret = json_integer_value(code);
	return true;
}

static void judge_answer(const struct channel_answer *a, struct channel_verdict *ret)
{
	json_t *v = a->end->wire == WIRE_DONE ? json_parse(a->body, NULL) : NULL;
	int64_t code;

	/* Without its code nobody can tell; a portal's page says nothing either. */
	ret->kind = VERDICT_LATER;
	ret->maybe = true;
	if (find_code(v, &code)) {
		ret->maybe = false;
		if (code == BAD_SIGNATURE) {
			if (!channel_blames_clock(a, ret))
				ret->kind = VERDICT_SHUT;
		} else if (code == NO_KEYWORD && a->plain) {
			/* The plain form bears the key word too: it is another one. */
			ret->kind = VERDICT_SHUT;
		} else if (!channel_code(
			       codes, sizeof(codes) / sizeof(codes[0]), code, ret) &&
			   a->head->status == 400) {
			ret->kind = VERDICT_UNWANTED;
		}
	}
	json_decref(v);
}

/* Its gateway counts in a header of its own, whatever stands in the body. */
static void reset_after(const struct channel_answer *a, struct channel_verdict *ret)
{
	struct span s = span_trim(head_find(a->head, "x-ogw-ratelimit-reset"));
	int64_t seconds = 0;

	for (size_t i = 0; i < s.n && i < 6; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return;
		seconds = seconds * 10 + (s.p[i] - '0');
	}
	if (seconds > 0)
		ret->wait_ms = seconds < 3600 ? seconds * MS_PER_S : MS_PER_H;
}

static void read_answer(const struct channel_conf *c, const struct channel_answer *a,
    struct channel_verdict *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (!channel_common_verdict(a, ret))
		judge_answer(a, ret);
	if (ret->kind == VERDICT_SLOW_DOWN && channel_retry_after_ms(a) <= 0)
		reset_after(a, ret);
	if (ret->kind == VERDICT_SLOW_DOWN && ret->wait_ms == 0)
		ret->wait_ms = c->kind->slow_down_ms;
	channel_words(c, a->body, ret);
}

/* --- check ------------------------------------------------------------------------ */

static const struct url_mistake mistakes[] = {
    {"feishu.cn",     "/open-apis/bot/hook/",
     "this is a bot of the first version: make a new custom bot, its URL has /bot/v2/hook/"},
    {"larksuite.com", "/open-apis/bot/hook/",
     "this is a bot of the first version: make a new custom bot, its URL has /bot/v2/hook/"},
    {"feishu.cn",     "/open-apis/im/",
     "this is the message API of an application, not a custom bot's URL"                   },
};

static bool check(const struct channel_conf *c, struct err *e)
{
	struct channel_url u;
	const char *mistake;

	if (!channel_url_check(c, &u, e))
		return false;
	mistake =
	    channel_url_mistake(&u, mistakes, sizeof(mistakes) / sizeof(mistakes[0]));
	if (mistake != NULL)
		return err_set(e, ERR_CONFIG, "%s", mistake);
	if ((channel_url_has_host(&u, "feishu.cn") ||
		channel_url_has_host(&u, "larksuite.com")) &&
	    (!span_has_prefix(u.path, "/open-apis/bot/v2/hook/") || u.path.n < 40))
		return err_set(e, ERR_CONFIG,
		    "not a custom bot's URL: it looks like "
		    "https://open.feishu.cn/open-apis/bot/v2/hook/...");
	return true;
}

#define BOT_PACE                                                                         \
	.takes = TAKES_SECRET | TAKES_KEYWORD, .pace_ms = 1000, .burst = 5,              \
	.slow_down_ms = MS_PER_MIN, .timeout_ms = 15000, .check = check, .build = build, \
	.read = read_answer

const struct channel_kind channel_feishu = {
    .name = "feishu", .help = "Feishu custom bot, with its signing `secret`", BOT_PACE};
const struct channel_kind channel_lark = {
    .name = "lark", .help = "Lark custom bot, with its signing `secret`", BOT_PACE};
