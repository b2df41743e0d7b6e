/* SPDX-License-Identifier: MIT
 *
 * DingTalk's robot. HTTP 200 for everything: errcode decides. Twenty messages a minute,
 * then ten minutes of silence in the middle of an outage: so our own pace is lower, and a
 * refusal pauses for the whole ban. The signature stands in the query, made at the
 * attempt, percent-encoded exactly once.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "alerts/channel_parts.h"
#include "alerts/channel_url.h"
#include "alerts/sentences.h"

#define HOST         "https://oapi.dingtalk.com/robot/send?access_token="
#define TOKEN_CHARS  64
#define TITLE_POINTS 150
#define TEXT_POINTS  900
#define FACT_POINTS  250
#define URL_BYTES    4096

/* --- body ------------------------------------------------------------------------- */

/* Some clients show a back-slash as it is: look-alikes instead of escapes. */
static const char *in_markdown(char c)
{
	switch (c) {
	case '*':
		return "\xef\xbc\x8a";
	case '<':
		return "\xef\xbc\x9c";
	case '>':
		return "\xef\xbc\x9e";
	case '[':
		return "\xef\xbc\xbb";
	case ']':
		return "\xef\xbc\xbd";
	case '`':
		return "\xef\xbd\x80";
	case '@':
		return "\xef\xbc\xa0";
	default:
		return NULL;
	}
}

static json_t *markdown(const struct channel_conf *c, const struct message *m)
{
	char title[400];
	struct str s;

	channel_keyword(c, m->title, title, sizeof(title));
	str_init(&s, (size_t)32 << 10);
	str_adds(&s, "### ");
	channel_text(&s, title, in_markdown, COUNT_POINTS, TITLE_POINTS);
	str_adds(&s, "\n\n");
	channel_text(&s, m->summary, in_markdown, COUNT_POINTS, TEXT_POINTS);
	str_adds(&s, "\n");
	for (int i = 0; i < m->n_facts; i++) {
		str_adds(&s, "\n- ");
		channel_text(&s, m->facts[i].name, in_markdown, COUNT_POINTS, 32);
		str_adds(&s, SAY_COLON(m->language));
		channel_text(
		    &s, m->facts[i].value, in_markdown, COUNT_POINTS, FACT_POINTS);
	}
	if (m->evidence[0] != '\0') {
		str_addf(
		    &s, "\n- %s%s", SAY_THEIR_WORDS(m->language), SAY_COLON(m->language));
		channel_text(&s, m->evidence, in_markdown, COUNT_POINTS, FACT_POINTS);
	}
	/* The title is what a locked phone shows. */
	return json_pack("{s:o,s:o}", "title",
	    channel_text_json(title, in_markdown, COUNT_POINTS, TITLE_POINTS), "text",
	    channel_str_json(&s));
}

static json_t *text_content(const struct channel_conf *c, const struct message *m)
{
	char title[600];
	struct str s;

	channel_keyword(c, m->lock_screen, title, sizeof(title));
	str_init(&s, (size_t)16 << 10);
	channel_text(&s, title, in_markdown, COUNT_POINTS, TITLE_POINTS + 250);
	str_adds(&s, "\n");
	channel_text(&s, m->summary, in_markdown, COUNT_POINTS, TEXT_POINTS);
	return json_pack("{s:o}", "content", channel_str_json(&s));
}

/* + / and = are what base64 has that a query must not. */
static void add_percent_encoded(struct str *out, const char *base64)
{
	for (const char *p = base64; *p != '\0'; p++) {
		if (*p == '+' || *p == '/' || *p == '=')
			str_addf(out, "%%%02X", (unsigned)*p);
		else
			str_addc(out, *p);
	}
}

static void add_signature(const struct channel_conf *c, struct wall now, struct str *url)
{
	struct str text, mac;

	if (c->secret == NULL)
		return;
	str_init(&text, 1024);
	str_init(&mac, 64);
	str_addf(&text, "%" PRId64 "\n%s", now.ms, secret_reveal(c->secret));
	channel_hmac(span_of(secret_reveal(c->secret)), str_span(&text), &mac);
	str_addf(url, "&timestamp=%" PRId64 "&sign=", now.ms);
	add_percent_encoded(url, str_c(&mac));
	explicit_bzero(text.data, text.len);
	str_fini(&text);
	str_fini(&mac);
}

static void build(const struct channel_conf *c, const struct message *m,
    const char *delivery_id, bool plain, struct wall now, struct request *ret)
{
	const char *kind = plain ? "text" : "markdown";
	json_auto_t *body = json_pack("{s:s,s:o,s:{s:b}}", "msgtype", kind, kind,
	    plain ? text_content(c, m) : markdown(c, m), "at", "isAtAll", 0);
	const char *where = secret_reveal(c->url);
	struct str url;

	(void)delivery_id; /* these bots know no key that makes a repetition harmless */
	str_init(&url, URL_BYTES);
	/* The bare token is what the robot's page offers too. */
	if (where != NULL && strchr(where, '/') == NULL)
		str_adds(&url, HOST);
	str_adds(&url, where != NULL ? where : "");
	add_signature(c, now, &url);
	channel_request_to(c, str_c(&url), "dimwatch/" DIMWATCH_VERSION, ret);
	explicit_bzero(url.data, url.len);
	str_fini(&url);
	json_dump(body, &ret->body);
}

/* --- answers ---------------------------------------------------------------------- */

#define BAN_MS (10 * MS_PER_MIN)
/* "token is not exist": believed when it lasts. */
#define NO_TOKEN 300005
#define DOUBT_MS (15 * MS_PER_MIN)

static const struct code_row codes[] = {
    {0,	VERDICT_ACCEPTED,  0       },
    {130101,   VERDICT_SLOW_DOWN, BAN_MS  },
    {130102,   VERDICT_SLOW_DOWN, BAN_MS  },
    {410100,   VERDICT_SLOW_DOWN, BAN_MS  },
    {430103,   VERDICT_SLOW_DOWN, BAN_MS  },
    {90030,    VERDICT_SLOW_DOWN, MS_PER_H},
    {300001,   VERDICT_SHUT,      0       },
    {NO_TOKEN, VERDICT_LATER,     0       }, /* also seen on robots that work */
    {400013,   VERDICT_SHUT,      0       },
    {400101,   VERDICT_SHUT,      0       },
    {400102,   VERDICT_SHUT,      0       },
    {400105,   VERDICT_UNWANTED,  0       },
    {400106,   VERDICT_UNWANTED,  0       },
    {460101,   VERDICT_UNWANTED,  0       },
    {43004,    VERDICT_UNWANTED,  0       },
    {40008,    VERDICT_UNWANTED,  0       },
    {-1,       VERDICT_LATER,     0       },
};
/* Signature, clock, key word and address share one code. */
#define NOT_ALLOWED 310000

static void judge_answer(const struct channel_answer *a, struct channel_verdict *ret)
{
	json_t *v = a->end->wire == WIRE_DONE ? json_parse(a->body, NULL) : NULL;
	const json_t *errcode = json_object_get(v, "errcode");
	const json_t *punish = json_object_get(v, "punish");
	int64_t code = json_integer_value(errcode);

	ret->kind = VERDICT_LATER;
	ret->maybe = true;
	if (punish != NULL) {
		*ret = (struct channel_verdict){
		    .kind = VERDICT_SLOW_DOWN, .wait_ms = BAN_MS};
	} else if (json_is_integer(errcode)) {
		ret->maybe = false;
		if (code == NOT_ALLOWED) {
			if (!channel_blames_clock(a, ret))
				ret->kind = VERDICT_SHUT;
		} else {
			(void)channel_code(
			    codes, sizeof(codes) / sizeof(codes[0]), code, ret);
			if (code == NO_TOKEN && a->tried_ms > DOUBT_MS)
				ret->kind = VERDICT_SHUT;
		}
	}
	json_decref(v);
}

static void read_answer(const struct channel_conf *c, const struct channel_answer *a,
    struct channel_verdict *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (!channel_common_verdict(a, ret))
		judge_answer(a, ret);
	if (ret->kind == VERDICT_SLOW_DOWN && ret->wait_ms == 0)
		ret->wait_ms = channel_dingtalk.slow_down_ms;
	channel_words(c, a->body, ret);
}

/* --- check ------------------------------------------------------------------------ */

static bool is_token(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (strchr("0123456789abcdefABCDEF", s.p[i]) == NULL || s.p[i] == '\0')
			return false;
	}
	return s.n == TOKEN_CHARS;
}

static bool check(const struct channel_conf *c, struct err *e)
{
	const char *text = secret_reveal(c->url);
	struct channel_url u;

	if (c->secret != NULL &&
	    !span_has_prefix(span_of(secret_reveal(c->secret)), "SEC"))
		return err_set(e, ERR_CONFIG,
		    "secret begins with SEC where the robot's page shows it: copy all of it");
	if (is_token(span_of(text)))
		return true;
	if (!channel_url_check(c, &u, e))
		return false;
	if (strstr(text, "&sign=") != NULL || strstr(text, "&timestamp=") != NULL)
		return err_set(e, ERR_CONFIG,
		    "the URL holds a signature already: give it without &timestamp and &sign, "
		    "and the robot's `secret` beside it");
	if (channel_url_has_host(&u, "dingtalk.com") &&
	    (!span_has_prefix(u.path, "/robot/send?access_token=") &&
		strstr(text, "/robot/send?access_token=") == NULL))
		return err_set(e, ERR_CONFIG,
		    "not a robot's URL: it looks like "
		    "https://oapi.dingtalk.com/robot/send?access_token=...");
	return true;
}

const struct channel_kind channel_dingtalk = {
    .name = "dingtalk",
    .help = "DingTalk robot, with its signing `secret`",
    .takes = TAKES_SECRET | TAKES_KEYWORD,
    .pace_ms = 4000, /* fifteen a minute: twenty earn a ban */
    .burst = 3,
    .slow_down_ms = BAN_MS,
    .timeout_ms = 15000,
    .check = check,
    .build = build,
    .read = read_answer,
};
