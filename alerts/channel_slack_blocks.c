/* SPDX-License-Identifier: MIT
 *
 * How a message is laid out for Slack, whichever way it goes there: the top-level text is
 * what phones show; colour exists only on attachments, so the blocks stand inside one. A
 * stranger's words stand in code spans, which Slack reads for no mark-up and no mention.
 */
#include "alerts/channel_slack_blocks.h"

#include <string.h>

#include "alerts/sentences.h"

/* Slack's limits are 150 for a header, 3000 for a section, 2000 for a field; ours keep
 * the whole message under 8000, where Slack begins to refuse without a documented rule.
 */
#define HEADER_CHARS   150
#define TEXT_CHARS     600
#define SECTION_CHARS  1200
#define FIELD_CHARS    300
#define EVIDENCE_CHARS 600
#define PLAIN_CHARS    900

/* --- text ------------------------------------------------------------------------- */

/* Slack's own escapes, counted as what they grow to. */
static const char *in_mrkdwn(char c)
{
	return c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : NULL;
}

/* In a code span nothing is mark-up but its end. */
static const char *in_code(char c)
{
	return c == '`' ? "'" : in_mrkdwn(c);
}

static void escape(struct str *out, const char *text, size_t max, bool code)
{
	channel_text(out, text, code ? in_code : in_mrkdwn, COUNT_POINTS, max);
}

/* {"type": type, "text": ...}; takes over and ends s. */
static json_t *text_object(const char *type, struct str *s)
{
	return json_pack("{s:s,s:o}", "type", type, "text", channel_str_json(s));
}

static json_t *field(const char *name, const char *value, bool untrusted)
{
	struct str s;

	str_init(&s, 4 * FIELD_CHARS + 256);
	str_adds(&s, "*");
	escape(&s, name, 32, false);
	str_adds(&s, untrusted ? "*\n`" : "*\n");
	escape(&s, value, FIELD_CHARS, untrusted);
	if (untrusted)
		str_adds(&s, "`");
	return text_object("mrkdwn", &s);
}

/* --- blocks ----------------------------------------------------------------------- */

static json_t *header_block(const struct message *m)
{
	struct str s;
	json_t *text;

	str_init(&s, 4 * HEADER_CHARS + 16);
	escape(&s, m->title, HEADER_CHARS, false);
	text = text_object("plain_text", &s);
	json_object_set_new(text, "emoji", json_false());
	return json_pack("{s:s,s:o}", "type", "header", "text", text);
}

static json_t *summary_block(const struct message *m)
{
	json_t *fields = json_array(), *block;
	struct str s;

	str_init(&s, 4 * SECTION_CHARS + 16);
	escape(&s, m->summary, SECTION_CHARS, false);
	block =
	    json_pack("{s:s,s:o}", "type", "section", "text", text_object("mrkdwn", &s));
	for (int i = 0; i < m->n_facts; i++)
		json_array_append_new(fields,
		    field(m->facts[i].name, m->facts[i].value, m->facts[i].untrusted));
	if (m->n_facts)
		json_object_set_new(block, "fields", fields);
	else
		json_decref(fields);
	return block;
}

static json_t *evidence_block(const struct message *m)
{
	struct str s;

	str_init(&s, 4 * EVIDENCE_CHARS + 64);
	str_addf(&s, "%s%s`", SAY_THEIR_WORDS(m->language), SAY_COLON(m->language));
	escape(&s, m->evidence, EVIDENCE_CHARS, true);
	str_adds(&s, "`");
	return json_pack(
	    "{s:s,s:o}", "type", "section", "text", text_object("mrkdwn", &s));
}

static json_t *context_block(const struct message *m)
{
	char text[256];
	struct str s;

	str_init(&s, 1024);
	escape(&s, channel_footer(m, text, sizeof(text)), 160, false);
	return json_pack(
	    "{s:s,s:[o]}", "type", "context", "elements", text_object("mrkdwn", &s));
}

static const char *colour(const struct message *m)
{
	static const char *const colours[] = {[TONE_QUIET] = "#808080",
	    [TONE_NOTICE] = "#4a90d9",
	    [TONE_GOOD] = "#2eb67d",
	    [TONE_MINOR] = "#f2c744",
	    [TONE_MAJOR] = "#e8912d",
	    [TONE_CRITICAL] = "#d64541"};

	return colours[message_tone(m)];
}

json_t *slack_attachment(const struct message *m)
{
	json_t *blocks = json_array();
	struct str s;

	json_array_append_new(blocks, header_block(m));
	json_array_append_new(blocks, summary_block(m));
	if (m->evidence[0])
		json_array_append_new(blocks, evidence_block(m));
	json_array_append_new(blocks, context_block(m));
	str_init(&s, 4 * HEADER_CHARS + 16);
	escape(&s, m->title, HEADER_CHARS, false);
	return json_pack("{s:s,s:o,s:o}", "color", colour(m), "fallback",
	    channel_str_json(&s), "blocks", blocks);
}

void slack_text(const struct message *m, bool plain, struct str *ret)
{
	str_init(ret, (size_t)4 * (PLAIN_CHARS + TEXT_CHARS));
	escape(ret, m->lock_screen, TEXT_CHARS, false);
	if (!plain)
		return;
	str_adds(ret, "\n");
	escape(ret, m->summary, PLAIN_CHARS, false);
}
