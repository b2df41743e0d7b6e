/* SPDX-License-Identifier: MIT
 *
 * Microsoft Teams by a Workflow ("when a Teams webhook request is received"). 202 only
 * says that the flow was started, and a card that Teams refuses fails where nobody tells
 * us: so the card is version 1.4 and holds nothing but text and a list of facts. The
 * whole URL is the secret and is used byte for byte.
 */
#include <stdio.h>
#include <string.h>

#include "alerts/channel_parts.h"
#include "alerts/channel_url.h"
#include "alerts/sentences.h"

#define TITLE_POINTS    150
#define SUMMARY_POINTS  1200
#define VALUE_POINTS    300
#define EVIDENCE_POINTS 400

/* --- body ------------------------------------------------------------------------- */

/* Clients differ in what a back-slash does: look-alikes where a link or a list could
 * begin. */
static const char *in_markdown(char c)
{
	switch (c) {
	case '[':
		return "(";
	case ']':
		return ")";
	case '*':
		return "\xe2\x88\x97";
	case '`':
		return "'";
	case '<':
		return "\xe2\x80\xb9";
	case '>':
		return "\xe2\x80\xba";
	default:
		return NULL;
	}
}

static json_t *text_block(const char *text, size_t max)
{
	return json_pack("{s:s,s:o,s:b}", "type", "TextBlock", "text",
	    channel_text_json(text, in_markdown, COUNT_POINTS, max), "wrap", 1);
}

static json_t *fact(const char *name, const char *value, size_t max)
{
	return json_pack("{s:o,s:o}", "title",
	    channel_text_json(name, in_markdown, COUNT_POINTS, 40), "value",
	    channel_text_json(value, in_markdown, COUNT_POINTS, max));
}

static json_t *title_block(const struct message *m)
{
	static const char *const colours[] = {[TONE_QUIET] = "Default",
	    [TONE_NOTICE] = "Accent",
	    [TONE_GOOD] = "Good",
	    [TONE_MINOR] = "Warning",
	    [TONE_MAJOR] = "Warning",
	    [TONE_CRITICAL] = "Attention"};
	json_t *block = text_block(m->title, TITLE_POINTS);

	json_object_set_new(block, "size", json_string("Medium"));
	json_object_set_new(block, "weight", json_string("Bolder"));
	json_object_set_new(block, "color", json_string(colours[message_tone(m)]));
	return block;
}

static json_t *facts(const struct message *m)
{
	json_t *all = json_array();

	for (int i = 0; i < m->n_facts; i++)
		json_array_append_new(
		    all, fact(m->facts[i].name, m->facts[i].value, VALUE_POINTS));
	if (m->evidence[0] != '\0')
		json_array_append_new(all,
		    fact(SAY_THEIR_WORDS(m->language), m->evidence, EVIDENCE_POINTS));
	if (m->incident.short_id[0] != '\0')
		json_array_append_new(
		    all, fact(SAY_INCIDENT_NAME(m->language), m->incident.short_id, 16));
	json_array_append_new(
	    all, fact(SAY_SEEN_FROM(m->language), channel_place(m), VALUE_POINTS));
	return json_pack("{s:s,s:o}", "type", "FactSet", "facts", all);
}

static void build(const struct channel_conf *c, const struct message *m,
    const char *delivery_id, bool plain, struct wall now, struct request *ret)
{
	json_t *blocks = json_array();
	json_auto_t *body = NULL;

	(void)delivery_id; /* a flow knows no key for repetitions */
	(void)now;
	if (plain) {
		json_array_append_new(blocks, text_block(m->lock_screen, SUMMARY_POINTS));
	} else {
		json_array_append_new(blocks, title_block(m));
		json_array_append_new(blocks, text_block(m->summary, SUMMARY_POINTS));
		json_array_append_new(blocks, facts(m));
	}
	body = json_pack("{s:s,s:[{s:s,s:n,s:{s:s,s:s,s:s,s:{s:s},s:o}}]}", "type",
	    "message", "attachments", "contentType",
	    "application/vnd.microsoft.card.adaptive", "contentUrl", "content", "$schema",
	    "http://adaptivecards.io/schemas/adaptive-card.json", "type", "AdaptiveCard",
	    "version", "1.4", "msteams", "width", "Full", "body", blocks);
	channel_request(c, "dimwatch/" DIMWATCH_VERSION, ret);
	json_dump(body, &ret->body);
}

/* --- answers ---------------------------------------------------------------------- */

static enum verdict_kind judge_answer(int status)
{
	switch (status) {
	case 400:
	case 413:
		return VERDICT_UNWANTED;
	case 401:
	case 403:
	case 404:
	case 410:
		return VERDICT_SHUT;
	default:
		return status >= 200 && status <= 299 ? VERDICT_ACCEPTED : VERDICT_LATER;
	}
}

static void read_answer(const struct channel_conf *c, const struct channel_answer *a,
    struct channel_verdict *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (!channel_common_verdict(a, ret))
		ret->kind = judge_answer(a->head->status);
	if (ret->kind == VERDICT_SLOW_DOWN && ret->wait_ms == 0)
		ret->wait_ms = channel_teams.slow_down_ms;
	if (ret->kind != VERDICT_ACCEPTED)
		channel_words(c, a->body, ret);
}

/* --- check ------------------------------------------------------------------------ */

static const char *const hosts[] = {
    "logic.azure.com", "environment.api.powerplatform.com", "powerautomate.com"};

static bool check(const struct channel_conf *c, struct err *e)
{
	struct channel_url u;
	bool known = false;

	if (!channel_url_check(c, &u, e))
		return false;
	if (channel_url_has_host(&u, "webhook.office.com") ||
	    channel_url_has_host(&u, "outlook.office.com"))
		return err_set(e, ERR_CONFIG,
		    "this is an Office 365 connector, and Microsoft has ended those: make a "
		    "Workflow \"when a Teams webhook request is received\" and use its URL");
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
		known = known || channel_url_has_host(&u, hosts[i]);
	if (known && strstr(secret_reveal(c->url), "sig=") == NULL)
		return err_set(e, ERR_CONFIG,
		    "the Workflow's URL is not whole: it ends in &sig=...");
	if (strstr(secret_reveal(c->url), "&amp;") != NULL)
		return err_set(e, ERR_CONFIG,
		    "the URL holds &amp; where a page shows it: write & instead");
	return true;
}

const struct channel_kind channel_teams = {
    .name = "teams",
    .help = "Microsoft Teams, by the URL of a Workflow",
    .pace_ms = 1000,
    .burst = 3,
    .slow_down_ms = MS_PER_MIN,
    .timeout_ms = 20000,
    .check = check,
    .build = build,
    .read = read_answer,
};
