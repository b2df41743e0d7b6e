/* SPDX-License-Identifier: MIT
 *
 * WeCom's group robot. HTTP 200 for everything: errcode decides. It counts bytes of
 * UTF-8, 4096 of Markdown or 2048 of text, and refuses \uXXXX escapes; the key in the
 * URL is the only secret.
 */
#include <stdio.h>
#include <string.h>

#include "alerts/channel_parts.h"
#include "alerts/channel_url.h"
#include "alerts/sentences.h"

#define HOST          "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key="
#define KEY_CHARS     36
#define MARKDOWN_MAX  4000
#define TITLE_BYTES   400
#define SUMMARY_BYTES 1000
#define FACT_BYTES    180
#define TEXT_BYTES    900
#define URL_BYTES     4096

/* --- body ------------------------------------------------------------------------- */

static const char *in_markdown(char c)
{
	switch (c) {
	case '<':
		return "\xef\xbc\x9c";
	case '>':
		return "\xef\xbc\x9e";
	case '[':
		return "\xef\xbc\xbb";
	case ']':
		return "\xef\xbc\xbd";
	case '*':
		return "\xef\xbc\x8a";
	case '`':
		return "\xef\xbd\x80";
	default:
		return NULL;
	}
}

/* The only three colours there are. */
static const char *colour(const struct message *m)
{
	static const char *const colours[] = {[TONE_QUIET] = "comment",
	    [TONE_NOTICE] = "comment",
	    [TONE_GOOD] = "info",
	    [TONE_MINOR] = "warning",
	    [TONE_MAJOR] = "warning",
	    [TONE_CRITICAL] = "warning"};

	return colours[message_tone(m)];
}

static void add_fact(struct str *s, enum language l, const char *name, const char *value)
{
	struct str line;

	str_init(&line, 4096);
	str_adds(&line, "\n>");
	channel_text(&line, name, in_markdown, COUNT_BYTES, 40);
	str_adds(&line, SAY_COLON(l));
	channel_text(&line, value, in_markdown, COUNT_BYTES, FACT_BYTES);
	/* A line more than there is room for is left out whole. */
	if (s->len + line.len <= MARKDOWN_MAX)
		str_add(s, str_c(&line), line.len);
	str_fini(&line);
}

static json_t *markdown(const struct message *m)
{
	struct str s;

	str_init(&s, (size_t)16 << 10);
	str_addf(&s, "### <font color=\"%s\">", colour(m));
	channel_text(&s, m->title, in_markdown, COUNT_BYTES, TITLE_BYTES);
	str_adds(&s, "</font>\n");
	channel_text(&s, m->summary, in_markdown, COUNT_BYTES, SUMMARY_BYTES);
	for (int i = 0; i < m->n_facts; i++)
		add_fact(&s, m->language, m->facts[i].name, m->facts[i].value);
	if (m->evidence[0] != '\0')
		add_fact(&s, m->language, SAY_THEIR_WORDS(m->language), m->evidence);
	return json_pack("{s:o}", "content", channel_str_json(&s));
}

static json_t *text_content(const struct message *m)
{
	struct str s;

	str_init(&s, (size_t)8 << 10);
	channel_text(&s, m->lock_screen, in_markdown, COUNT_BYTES, TEXT_BYTES);
	str_adds(&s, "\n");
	channel_text(&s, m->summary, in_markdown, COUNT_BYTES, TEXT_BYTES);
	return json_pack("{s:o}", "content", channel_str_json(&s));
}

static void build(const struct channel_conf *c, const struct message *m,
    const char *delivery_id, bool plain, struct wall now, struct request *ret)
{
	const char *kind = plain ? "text" : "markdown";
	json_auto_t *body = json_pack(
	    "{s:s,s:o}", "msgtype", kind, kind, plain ? text_content(m) : markdown(m));
	const char *where = secret_reveal(c->url);
	struct str url;

	(void)delivery_id; /* these bots know no key that makes a repetition harmless */
	(void)now;
	str_init(&url, URL_BYTES);
	if (where != NULL && strchr(where, '/') == NULL)
		str_adds(&url, HOST);
	str_adds(&url, where != NULL ? where : "");
	channel_request_to(c, str_c(&url), "dimwatch/" DIMWATCH_VERSION, ret);
	explicit_bzero(url.data, url.len);
	str_fini(&url);
	json_dump(body, &ret->body);
}

/* --- answers ---------------------------------------------------------------------- */

static const struct code_row codes[] = {
    {0,     VERDICT_ACCEPTED,  0},
    {45009, VERDICT_SLOW_DOWN, 0},
    {45033, VERDICT_SLOW_DOWN, 0},
    {93000, VERDICT_SHUT,      0},
    {93004, VERDICT_SHUT,      0},
    {93006, VERDICT_SHUT,      0},
    {93008, VERDICT_SHUT,      0},
    {60020, VERDICT_SHUT,      0},
    {40058, VERDICT_UNWANTED,  0},
    {44004, VERDICT_UNWANTED,  0},
    {45002, VERDICT_UNWANTED,  0},
    {40008, VERDICT_UNWANTED,  0},
    {40033, VERDICT_UNWANTED,  0},
    {-1,    VERDICT_LATER,     0},
    {6000,  VERDICT_LATER,     0},
};

static void judge_answer(const struct channel_answer *a, struct channel_verdict *ret)
{
	json_t *v = a->end->wire == WIRE_DONE ? json_parse(a->body, NULL) : NULL;
	const json_t *errcode = json_object_get(v, "errcode");

	/* An unknown code is tried again: the words go to the owner. */
	ret->kind = VERDICT_LATER;
	ret->maybe = !json_is_integer(errcode);
	if (json_is_integer(errcode))
		(void)channel_code(codes, sizeof(codes) / sizeof(codes[0]),
		    json_integer_value(errcode), ret);
	json_decref(v);
}

static void read_answer(const struct channel_conf *c, const struct channel_answer *a,
    struct channel_verdict *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (!channel_common_verdict(a, ret))
		judge_answer(a, ret);
	if (ret->kind == VERDICT_SLOW_DOWN && ret->wait_ms == 0)
		ret->wait_ms = channel_wecom.slow_down_ms;
	channel_words(c, a->body, ret);
}

/* --- check ------------------------------------------------------------------------ */

static bool is_key(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (strchr("0123456789abcdefABCDEF-", s.p[i]) == NULL || s.p[i] == '\0')
			return false;
	}
	return s.n == KEY_CHARS;
}

static bool check(const struct channel_conf *c, struct err *e)
{
	const char *text = secret_reveal(c->url);
	struct channel_url u;

	if (is_key(span_of(text)))
		return true;
	if (!channel_url_check(c, &u, e))
		return false;
	if (channel_url_has_host(&u, "weixin.qq.com") &&
	    strstr(text, "/cgi-bin/webhook/send?key=") == NULL)
		return err_set(e, ERR_CONFIG,
		    "not a group robot's URL: it looks like "
		    "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=...");
	return true;
}

const struct channel_kind channel_wecom = {
    .name = "wecom",
    .help = "WeCom (WeChat Work) group robot",
    .pace_ms = 4000, /* fifteen a minute: twenty earn a ban */
    .burst = 3,
    .slow_down_ms = MS_PER_MIN,
    .timeout_ms = 15000,
    .check = check,
    .build = build,
    .read = read_answer,
};
