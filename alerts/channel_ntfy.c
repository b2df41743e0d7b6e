/* SPDX-License-Identifier: MIT
 *
 * ntfy. JSON goes to the server's root with the topic inside; at the topic's own address
 * the phone would show raw JSON. On a public server the topic is a password: the whole
 * URL is the secret. What is longer than 4096 bytes would silently become a file.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "alerts/channel_parts.h"
#include "alerts/channel_url.h"
#include "alerts/sentences.h"

#define TITLE_BYTES   240
#define MESSAGE_BYTES 3600
#define SUMMARY_BYTES 1200
#define FACT_BYTES    200
#define TOPIC_CHARS   64

/* --- body ------------------------------------------------------------------------- */

static const char *tag(const struct message *m)
{
	static const char *const tags[] = {[TONE_QUIET] = "information_source",
	    [TONE_NOTICE] = "information_source",
	    [TONE_GOOD] = "white_check_mark",
	    [TONE_MINOR] = "warning",
	    [TONE_MAJOR] = "warning",
	    [TONE_CRITICAL] = "rotating_light"};

	return tags[message_tone(m)];
}

static int priority(const struct message *m)
{
	static const int priorities[] = {[TONE_QUIET] = 2,
	    [TONE_NOTICE] = 3,
	    [TONE_GOOD] = 3,
	    [TONE_MINOR] = 3,
	    [TONE_MAJOR] = 4,
	    [TONE_CRITICAL] = 5};

	return priorities[message_tone(m)];
}

static json_t *text(const struct message *m, bool plain)
{
	struct str s;

	str_init(&s, (size_t)16 << 10);
	channel_text(&s, m->summary, NULL, COUNT_BYTES, SUMMARY_BYTES);
	for (int i = 0; i < m->n_facts && !plain; i++) {
		char line[400];

		(void)snprintf(line, sizeof(line), "\n%s%s%s", m->facts[i].name,
		    SAY_COLON(m->language), m->facts[i].value);
		if (s.len + FACT_BYTES <= MESSAGE_BYTES)
			channel_text(&s, line, NULL, COUNT_BYTES, FACT_BYTES);
	}
	if (m->evidence[0] != '\0' && !plain && s.len + 560 <= MESSAGE_BYTES) {
		str_addf(
		    &s, "\n%s%s", SAY_THEIR_WORDS(m->language), SAY_COLON(m->language));
		channel_text(&s, m->evidence, NULL, COUNT_BYTES, 512);
	}
	return channel_str_json(&s);
}

/* The last segment of the path; the server is what stands before it. */
static struct span topic_of(const char *url, struct span *ret_server)
{
	const char *slash = strrchr(url, '/');
	size_t n = slash != NULL ? (size_t)(slash - url) + 1 : strlen(url);

	*ret_server = (struct span){url, n};
	return (struct span){url + n, strlen(url) - n};
}

static void build(const struct channel_conf *c, const struct message *m,
    const char *delivery_id, bool plain, struct wall now, struct request *ret)
{
	const char *where = secret_reveal(c->url);
	struct span server, topic = topic_of(where != NULL ? where : "", &server);
	json_auto_t *body = json_object();
	struct str url, bearer;

	(void)delivery_id;
	(void)now;
	json_object_set_new(body, "topic", json_clean_string(topic));
	json_object_set_new(
	    body, "title", channel_text_json(m->title, NULL, COUNT_BYTES, TITLE_BYTES));
	json_object_set_new(body, "message", text(m, plain));
	json_object_set_new(body, "priority", json_integer(priority(m)));
	if (!plain)
		json_object_set_new(body, "tags", json_pack("[s]", tag(m)));
	str_init(&url, 4096);
	str_add(&url, server.p, server.n);
	channel_request_to(c, str_c(&url), "dimwatch/" DIMWATCH_VERSION, ret);
	str_fini(&url);
	json_dump(body, &ret->body);
	if (c->token == NULL)
		return;
	str_init(&bearer, 1024);
	str_addf(&bearer, "Bearer %s", secret_reveal(c->token));
	request_header(ret, "Authorization", str_c(&bearer));
	explicit_bzero(bearer.data, bearer.len);
	str_fini(&bearer);
}

/* --- answers ---------------------------------------------------------------------- */

static const struct code_row codes[] = {
    {42901, VERDICT_SLOW_DOWN, MS_PER_MIN},
    {42902, VERDICT_SLOW_DOWN, MS_PER_H  }, /* of the day: until midnight, UTC */
    {42908, VERDICT_SLOW_DOWN, MS_PER_H  },
    {42910, VERDICT_SLOW_DOWN, MS_PER_H  },
    {42909, VERDICT_SHUT,      0         },
    {41303, VERDICT_UNWANTED,  0         },
};

static void judge_answer(
    const struct channel_answer *a, const json_t *v, struct channel_verdict *ret)
{
	bool theirs = json_is_integer(json_object_get(v, "code"));
	int status = a->head->status;

	ret->kind = VERDICT_LATER;
	if (status >= 200 && status <= 299)
		ret->kind = json_is_string(json_object_get(v, "id")) ? VERDICT_ACCEPTED
								     : VERDICT_LATER;
	else if ((status == 400 || status == 413) && theirs)
		ret->kind = VERDICT_UNWANTED;
	else if ((status == 401 || status == 403 || status == 404) && theirs)
		ret->kind = VERDICT_SHUT;
	ret->maybe = status == 200 && ret->kind == VERDICT_LATER;
}

static void read_answer(const struct channel_conf *c, const struct channel_answer *a,
    struct channel_verdict *ret)
{
	json_t *v = a->end->wire == WIRE_DONE ? json_parse(a->body, NULL) : NULL;

	memset(ret, 0, sizeof(*ret));
	if (!channel_common_verdict(a, ret))
		judge_answer(a, v, ret);
	if (a->head != NULL && a->head->status != 200)
		(void)channel_code(codes, sizeof(codes) / sizeof(codes[0]),
		    json_integer_value(json_object_get(v, "code")), ret);
	if (ret->kind == VERDICT_SLOW_DOWN && ret->wait_ms == 0)
		ret->wait_ms = channel_ntfy.slow_down_ms;
	if (ret->kind != VERDICT_ACCEPTED)
		channel_words(c, a->body, ret);
	json_decref(v);
}

/* --- check ------------------------------------------------------------------------ */

static bool is_topic(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		char ch = s.p[i];

		if (!(ch >= 'A' && ch <= 'Z') && !(ch >= 'a' && ch <= 'z') &&
		    !(ch >= '0' && ch <= '9') && ch != '-' && ch != '_')
			return false;
	}
	return s.n > 0 && s.n <= TOPIC_CHARS;
}

static bool check(const struct channel_conf *c, struct err *e)
{
	struct channel_url u;
	struct span server;

	if (!channel_url_check(c, &u, e))
		return false;
	if (u.path.n < 2 || !is_topic(topic_of(secret_reveal(c->url), &server)))
		return err_set(e, ERR_CONFIG,
		    "a server and a topic are needed, such as https://ntfy.sh/TOPIC; a topic "
		    "has 1 to 64 letters, digits, - and _");
	return true;
}

const struct channel_kind channel_ntfy = {
    .name = "ntfy",
    .help = "ntfy: server and topic in one URL, and a `token` where it wants one",
    .takes = TAKES_TOKEN,
    .pace_ms = 1000,
    .burst = 5,
    .slow_down_ms = 30000,
    .timeout_ms = 15000,
    .check = check,
    .build = build,
    .read = read_answer,
};
