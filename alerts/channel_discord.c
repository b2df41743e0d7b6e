/* SPDX-License-Identifier: MIT
 *
 * Discord's webhook. `wait=true`: without it 204 is said even of what was not stored.
 * News of an incident that was told before changes its first message and adds a short
 * one, because an edit notifies nobody. No mention is ever parsed, because a stranger's
 * words stand in what we send. The URL is the secret; once it is unknown (404, code
 * 10015) it is never used again, or Discord locks this machine's address out.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "alerts/channel_parts.h"
#include "alerts/channel_url.h"
#include "alerts/sentences.h"

/* Discord's limits are 2000, 256, 4096, 256, 1024 and 6000 in all; ours stay below. */
#define CONTENT_POINTS     700
#define TITLE_POINTS       240
#define DESCRIPTION_POINTS 900
#define NAME_POINTS        60
#define VALUE_POINTS       320
#define EVIDENCE_POINTS    420
#define URL_BYTES          4096
#define CLOUDFLARE_WAIT_MS (10 * MS_PER_MIN)

/* --- body ------------------------------------------------------------------------- */

/* A # heads a line and ( ends a link only behind what is escaped here. */
static const char *in_markdown(char c)
{
	switch (c) {
	case '\\':
		return "\\\\";
	case '*':
		return "\\*";
	case '_':
		return "\\_";
	case '~':
		return "\\~";
	case '|':
		return "\\|";
	case '>':
		return "\\>";
	case '<':
		return "\\<";
	case '[':
		return "\\[";
	case ']':
		return "\\]";
	case '`':
		return "\\`";
	default:
		return NULL;
	}
}

/* In a code span nothing is mark-up but its end. */
static const char *in_code(char c)
{
	return c == '`' ? "'" : NULL;
}

static json_t *field(const char *name, const char *value, bool untrusted)
{
	struct str s;

	str_init(&s, 8192);
	if (untrusted)
		str_adds(&s, "`");
	channel_text(&s, value, untrusted ? in_code : in_markdown, COUNT_POINTS,
	    untrusted ? EVIDENCE_POINTS : VALUE_POINTS);
	if (untrusted)
		str_adds(&s, "`");
	return json_pack("{s:o,s:o,s:b}", "name",
	    channel_text_json(name, in_markdown, COUNT_POINTS, NAME_POINTS), "value",
	    channel_str_json(&s), "inline", !untrusted);
}

static json_t *embed(const struct message *m)
{
	static const int colours[] = {[TONE_QUIET] = 0x808080,
	    [TONE_NOTICE] = 0x4a90d9,
	    [TONE_GOOD] = 0x2eb67d,
	    [TONE_MINOR] = 0xf2c744,
	    [TONE_MAJOR] = 0xe8912d,
	    [TONE_CRITICAL] = 0xd64541};
	json_t *fields = json_array();
	char stamp[32], footer[160];

	for (int i = 0; i < m->n_facts; i++)
		json_array_append_new(fields,
		    field(m->facts[i].name, m->facts[i].value, m->facts[i].untrusted));
	if (m->evidence[0] != '\0')
		json_array_append_new(
		    fields, field(SAY_THEIR_WORDS(m->language), m->evidence, true));
	channel_footer(m, footer, sizeof(footer));
	return json_pack("{s:o,s:o,s:i,s:o,s:s,s:{s:o}}", "title",
	    channel_text_json(m->title, in_markdown, COUNT_POINTS, TITLE_POINTS),
	    "description",
	    channel_text_json(m->summary, in_markdown, COUNT_POINTS, DESCRIPTION_POINTS),
	    "color", colours[message_tone(m)], "fields", fields, "timestamp",
	    wall_rfc3339(m->at, stamp, sizeof(stamp)), "footer", "text",
	    channel_text_json(footer, NULL, COUNT_POINTS, sizeof(footer)));
}

/* The webhook's address, or that of the message with this id; what the owner wrote
 * behind a question mark (a thread's number) stays. */
static void add_url(struct str *url, const char *where, const char *message_id)
{
	const char *query = strchr(where, '?');
	size_t n = query != NULL ? (size_t)(query - where) : strlen(where);

	str_add(url, where, n);
	if (message_id[0] != '\0')
		str_addf(url, "/messages/%s", message_id);
	str_addf(
	    url, "%s%swait=true", query != NULL ? query : "?", query != NULL ? "&" : "");
}

static void build(const struct channel_conf *c, const struct message *m,
    const char *delivery_id, bool plain, struct wall now, struct request *ret)
{
	json_auto_t *body = json_object();
	const char *where = secret_reveal(c->url);
	struct str url, content;

	(void)delivery_id; /* Discord offers webhooks no key for repetitions */
	(void)now;
	str_init(&content, (size_t)32 << 10);
	channel_text(&content, m->lock_screen, in_markdown, COUNT_POINTS, CONTENT_POINTS);
	if (plain) {
		str_adds(&content, "\n");
		channel_text(
		    &content, m->summary, in_markdown, COUNT_POINTS, DESCRIPTION_POINTS);
	}
	json_object_set_new(body, "username", json_string("dimwatch"));
	json_object_set_new(body, "content", channel_str_json(&content));
	json_object_set_new(body, "allowed_mentions", json_pack("{s:[]}", "parse"));
	/* Below a head that shows everything one line is enough. */
	if (plain && m->edit)
		json_object_set_new(body, "embeds", json_array());
	else if (!plain && (m->thread[0] == '\0' || m->edit))
		json_object_set_new(body, "embeds", json_pack("[o]", embed(m)));
	str_init(&url, URL_BYTES);
	add_url(&url, where != NULL ? where : "", m->edit ? m->thread : "");
	channel_request_to(c, str_c(&url), "dimwatch/" DIMWATCH_VERSION, ret);
	if (m->edit)
		ret->method = "PATCH";
	explicit_bzero(url.data, url.len);
	str_fini(&url);
	json_dump(body, &ret->body);
}

/* --- answers ---------------------------------------------------------------------- */

#define UNKNOWN_CHANNEL 10003
#define UNKNOWN_MESSAGE 10008
#define UNKNOWN_WEBHOOK 10015

/* Seconds as a fraction in the body, whole ones in the header: the longer counts. Without
 * a body of its own the front door has locked us out for a while. */
static void slow_down(
    const struct channel_answer *a, const json_t *v, struct channel_verdict *ret)
{
	const json_t *after = json_object_get(v, "retry_after");
	double ms = json_is_number(after) ? ceil(json_number_value(after) * 1000.0) : 0;
	int64_t header_ms = channel_retry_after_ms(a);

	ret->kind = VERDICT_SLOW_DOWN;
	if (!json_is_object(v))
		ret->wait_ms =
		    header_ms > CLOUDFLARE_WAIT_MS ? header_ms : CLOUDFLARE_WAIT_MS;
	else
		ret->wait_ms = ms >= 1 && ms < (double)MS_PER_H ? (int64_t)ms
			       : ms >= (double)MS_PER_H         ? MS_PER_H
								: 0;
	if (header_ms > ret->wait_ms)
		ret->wait_ms = header_ms;
}

/* The message's id, a number in a text. */
static void take_handle(const char *id, struct channel_verdict *ret)
{
	if (id != NULL && strlen(id) < 32 && id[strspn(id, "0123456789")] == '\0')
		str_copy(ret->handle, sizeof(ret->handle), id);
}

/* Only Discord's own JSON may shut the channel. */
static void judge_answer(
    const struct channel_answer *a, const json_t *v, struct channel_verdict *ret)
{
	const json_t *code = json_object_get(v, "code");
	bool theirs = json_is_object(v);
	int status = a->head->status;

	ret->kind = VERDICT_LATER;
	if (status >= 200 && status <= 299) {
		ret->kind = VERDICT_ACCEPTED;
		take_handle(json_string_value(json_object_get(v, "id")), ret);
	} else if ((status == 400 || status == 413) && theirs) {
		ret->kind = VERDICT_UNWANTED;
	} else if (status == 404 &&
		   (json_integer_value(code) == UNKNOWN_MESSAGE ||
		       (a->edit && json_integer_value(code) == UNKNOWN_CHANNEL))) {
		ret->kind = VERDICT_STALE_HANDLE;
	} else if ((status == 401 || status == 403 || status == 404) && theirs) {
		ret->kind = VERDICT_SHUT;
		ret->for_good = json_integer_value(code) == UNKNOWN_WEBHOOK;
	}
}

static void read_answer(const struct channel_conf *c, const struct channel_answer *a,
    struct channel_verdict *ret)
{
	json_t *v = a->end->wire == WIRE_DONE ? json_parse(a->body, NULL) : NULL;

	memset(ret, 0, sizeof(*ret));
	if (!channel_common_verdict(a, ret))
		judge_answer(a, v, ret);
	if (a->head != NULL && a->head->status == 429)
		slow_down(a, v, ret);
	if (ret->kind == VERDICT_SLOW_DOWN && ret->wait_ms == 0)
		ret->wait_ms = channel_discord.slow_down_ms;
	if (ret->kind != VERDICT_ACCEPTED)
		channel_words(c, a->body, ret);
	json_decref(v);
}

/* --- check ------------------------------------------------------------------------ */

static bool ends_with(struct span s, const char *end)
{
	size_t n = strlen(end);

	return s.n >= n && memcmp(s.p + s.n - n, end, n) == 0;
}

static bool check(const struct channel_conf *c, struct err *e)
{
	struct channel_url u;

	if (!channel_url_check(c, &u, e))
		return false;
	if (!channel_url_has_host(&u, "discord.com") &&
	    !channel_url_has_host(&u, "discordapp.com"))
		return true;
	if (ends_with(u.path, "/slack") || ends_with(u.path, "/github"))
		return err_set(e, ERR_CONFIG,
		    "the URL ends in the address for other programs: give it without "
		    "/slack or /github");
	if (!span_has_prefix(u.path, "/api/") ||
	    strstr(secret_reveal(c->url), "/webhooks/") == NULL)
		return err_set(e, ERR_CONFIG,
		    "not a webhook's URL: it looks like "
		    "https://discord.com/api/webhooks/NUMBER/TOKEN");
	return true;
}

const struct channel_kind channel_discord = {
    .name = "discord",
    .help = "Discord webhook (https://discord.com/api/webhooks/...)",
    .does = DOES_EDIT,
    .pace_ms = 2400, /* 25 a minute: 30 is what a channel takes */
    .burst = 3,
    .slow_down_ms = 5000,
    .timeout_ms = 15000,
    .check = check,
    .build = build,
    .read = read_answer,
};
