/* SPDX-License-Identifier: MIT
 *
 * Telegram's Bot API. HTML is the parse mode with three characters to escape; in Markdown
 * a single forgotten full stop refuses the whole message. News of an incident that was
 * told before answers its first message. The token stands in the URL.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alerts/channel_parts.h"
#include "alerts/sentences.h"

#define BASE            "https://api.telegram.org"
#define TITLE_POINTS    150
#define SUMMARY_POINTS  900
#define FACT_POINTS     200
#define EVIDENCE_POINTS 300
#define URL_BYTES       2048

/* --- body ------------------------------------------------------------------------- */

static const char *in_html(char c)
{
	return c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : NULL;
}

static const char *mark(const struct message *m)
{
	static const char *const marks[] = {[TONE_QUIET] = "\xe2\x9a\xaa",
	    [TONE_NOTICE] = "\xe2\x84\xb9\xef\xb8\x8f",
	    [TONE_GOOD] = "\xe2\x9c\x85",
	    [TONE_MINOR] = "\xf0\x9f\x9f\xa1",
	    [TONE_MAJOR] = "\xf0\x9f\x9f\xa0",
	    [TONE_CRITICAL] = "\xf0\x9f\x94\xb4"};

	return marks[message_tone(m)];
}

static void add_facts(struct str *s, const struct message *m)
{
	for (int i = 0; i < m->n_facts; i++) {
		str_adds(s, "\n");
		channel_text(s, m->facts[i].name, in_html, COUNT_POINTS, 32);
		str_adds(s, SAY_COLON(m->language));
		str_adds(s, m->facts[i].untrusted ? "<code>" : "");
		channel_text(s, m->facts[i].value, in_html, COUNT_POINTS, FACT_POINTS);
		str_adds(s, m->facts[i].untrusted ? "</code>" : "");
	}
	if (m->evidence[0] == '\0')
		return;
	str_addf(s, "\n%s%s<code>", SAY_THEIR_WORDS(m->language), SAY_COLON(m->language));
	channel_text(s, m->evidence, in_html, COUNT_POINTS, EVIDENCE_POINTS);
	str_adds(s, "</code>");
}

static json_t *rich(const struct message *m)
{
	struct str s;

	str_init(&s, (size_t)32 << 10);
	str_addf(&s, "%s <b>", mark(m));
	channel_text(&s, m->title, in_html, COUNT_POINTS, TITLE_POINTS);
	str_adds(&s, "</b>\n");
	channel_text(&s, m->summary, in_html, COUNT_POINTS, SUMMARY_POINTS);
	add_facts(&s, m);
	return channel_str_json(&s);
}

static json_t *bare(const struct message *m)
{
	struct str s;

	str_init(&s, (size_t)16 << 10);
	channel_text(&s, m->lock_screen, NULL, COUNT_POINTS, TITLE_POINTS + 250);
	str_adds(&s, "\n");
	channel_text(&s, m->summary, NULL, COUNT_POINTS, SUMMARY_POINTS);
	return channel_str_json(&s);
}

/* A number is sent as one; "@name" of a public channel stays a text. */
static json_t *chat_json(const char *chat)
{
	char *end;
	long long id = strtoll(chat, &end, 10);

	return chat[0] != '\0' && *end == '\0' ? json_integer(id) : json_string(chat);
}

static void build(const struct channel_conf *c, const struct message *m,
    const char *delivery_id, bool plain, struct wall now, struct request *ret)
{
	json_auto_t *body = json_object();
	const char *token = secret_reveal(c->url);
	struct str url;

	(void)delivery_id; /* Telegram knows no key that makes a repetition harmless */
	(void)now;
	json_object_set_new(body, "chat_id", chat_json(c->chat != NULL ? c->chat : ""));
	json_object_set_new(body, "text", plain ? bare(m) : rich(m));
	if (!plain)
		json_object_set_new(body, "parse_mode", json_string("HTML"));
	if (m->thread[0] != '\0')
		json_object_set_new(body, "reply_parameters",
		    json_pack("{s:I,s:b}", "message_id",
			(json_int_t)strtoll(m->thread, NULL, 10),
			"allow_sending_without_reply", 1));
	json_object_set_new(
	    body, "link_preview_options", json_pack("{s:b}", "is_disabled", 1));
	str_init(&url, URL_BYTES);
	str_addf(&url, "%s/bot%s/sendMessage", c->base_url != NULL ? c->base_url : BASE,
	    token != NULL ? token : "");
	channel_request_to(c, str_c(&url), "dimwatch/" DIMWATCH_VERSION, ret);
	explicit_bzero(url.data, url.len);
	str_fini(&url);
	json_dump(body, &ret->body);
}

/* --- answers ---------------------------------------------------------------------- */

/* By the sentence: one status means many things here. The first that stands in it. */
static const struct {
	const char *words;
	enum verdict_kind verdict;
} sentences[] = {
    {"message is not modified",   VERDICT_DONE_ALREADY},
    {"message to edit not found", VERDICT_STALE_HANDLE},
    {"message can't be edited",   VERDICT_STALE_HANDLE},
    {"message to be replied",     VERDICT_STALE_HANDLE},
    {"can't parse entities",      VERDICT_UNWANTED    },
    {"message is too long",       VERDICT_UNWANTED    },
    {"message text is empty",     VERDICT_UNWANTED    },
    {"upgraded to a supergroup",  VERDICT_SHUT        },
    {"chat not found",            VERDICT_SHUT        },
    {"message thread not found",  VERDICT_SHUT        },
    {"bot was kicked",            VERDICT_SHUT        },
    {"bot was blocked",           VERDICT_SHUT        },
    {"user is deactivated",       VERDICT_SHUT        },
    {"Unauthorized",              VERDICT_SHUT        },
    {"Request aborted",           VERDICT_LATER       },
};

static void read_refusal(
    const struct channel_answer *a, const json_t *v, struct channel_verdict *ret)
{
	const json_t *moved = json_at(v, "parameters.migrate_to_chat_id");
	struct span said = span_of(json_string_value(json_object_get(v, "description")));
	int status = a->head->status;

	ret->kind = status == 400                                     ? VERDICT_UNWANTED
		    : status == 401 || status == 403 || status == 404 ? VERDICT_SHUT
								      : VERDICT_LATER;
	for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++) {
		if (span_icontains(said, span_of(sentences[i].words))) {
			ret->kind = sentences[i].verdict;
			break;
		}
	}
	if (json_is_integer(moved))
		(void)snprintf(ret->words, sizeof(ret->words),
		    "the group became a supergroup: write `chat: %" JSON_INTEGER_FORMAT
		    "` into the config",
		    json_integer_value(moved));
}

/* Only Telegram's own JSON says anything; a proxy's page is waited out. */
static void judge_answer(
    const struct channel_answer *a, const json_t *v, struct channel_verdict *ret)
{
	const json_t *ok = json_object_get(v, "ok");
	const json_t *id = json_at(v, "result.message_id");

	ret->kind = VERDICT_LATER;
	ret->maybe = a->head->status == 200;
	if (json_is_true(ok)) {
		ret->kind = VERDICT_ACCEPTED;
		ret->maybe = false;
		if (json_is_integer(id))
			(void)snprintf(ret->handle, sizeof(ret->handle),
			    "%" JSON_INTEGER_FORMAT, json_integer_value(id));
	} else if (json_is_false(ok)) {
		ret->maybe = false;
		read_refusal(a, v, ret);
	}
}

static void read_answer(const struct channel_conf *c, const struct channel_answer *a,
    struct channel_verdict *ret)
{
	json_t *v = a->end->wire == WIRE_DONE ? json_parse(a->body, NULL) : NULL;
	const json_t *after = json_at(v, "parameters.retry_after");

	memset(ret, 0, sizeof(*ret));
	if (!channel_common_verdict(a, ret))
		judge_answer(a, v, ret);
	if (ret->kind == VERDICT_SLOW_DOWN && ret->wait_ms == 0 &&
	    json_is_integer(after) && json_integer_value(after) > 0)
		ret->wait_ms = json_integer_value(after) < 3600
				   ? json_integer_value(after) * MS_PER_S
				   : MS_PER_H;
	if (ret->kind == VERDICT_SLOW_DOWN && ret->wait_ms == 0)
		ret->wait_ms = channel_telegram.slow_down_ms;
	if (ret->kind != VERDICT_ACCEPTED)
		channel_words(c, a->body, ret);
	json_decref(v);
}

/* --- check ------------------------------------------------------------------------ */

static bool check(const struct channel_conf *c, struct err *e)
{
	const char *token = secret_reveal(c->url);
	size_t digits = strspn(token, "0123456789");
	const char *rest = token + digits;

	if (digits < 5 || *rest != ':' || strlen(rest) != 36 ||
	    strspn(rest + 1, "0123456789abcdefghijklmnopqrstuvwxyz"
			     "ABCDEFGHIJKLMNOPQRSTUVWXYZ_-") != 35)
		return err_set(e, ERR_CONFIG,
		    "not a bot's token: it looks like 123456789:AA... with 35 characters "
		    "behind the colon, as BotFather shows it");
	if (!channel_base_check(c, e))
		return false;
	if (c->chat == NULL)
		return err_set(e, ERR_CONFIG,
		    "chat is missing: the number of the chat (negative for groups) or "
		    "\"@name\" of a public channel");
	return true;
}

const struct channel_kind channel_telegram = {
    .name = "telegram",
    .help = "Telegram bot, by its token and a `chat`",
    .takes = TAKES_BASE_URL | TAKES_CHAT,
    .does = DOES_THREAD,
    .pace_ms = 3000, /* twenty a minute is what a group takes */
    .burst = 5,
    .slow_down_ms = 30000,
    .timeout_ms = 15000,
    .check = check,
    .build = build,
    .read = read_answer,
};
