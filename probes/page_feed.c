/* SPDX-License-Identifier: MIT
 *
 * RSS and Atom, for pages that have nothing better: an entry a trouble, told in prose.
 * expat reads the XML; no document type is accepted, so there are no entities to expand,
 * and depth and texts are bounded. What an entry means is the first word of the usual
 * ones in it, since the newest update stands first; without one it is no opinion.
 */
#include <expat.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/xalloc.h"
#include "probes/page_parts.h"

#define MAX_DEPTH   32
#define MAX_ENTRIES 200
#define FIELD_BYTES ((size_t)8 << 10)

enum field {
	FIELD_TITLE,
	FIELD_LINK,
	FIELD_BEGAN,
	FIELD_UPDATED,
	FIELD_TEXT,
	FIELD_COUNT
};

static const struct {
	const char *tag; /* without its prefix */
	enum field field;
} tags[] = {
    {"title",       FIELD_TITLE  },
    {"link",        FIELD_LINK   },
    {"pubDate",     FIELD_BEGAN  },
    {"published",   FIELD_BEGAN  },
    {"updated",     FIELD_UPDATED},
    {"description", FIELD_TEXT   },
    {"content",     FIELD_TEXT   },
    {"summary",     FIELD_TEXT   },
};

/* Of an entry: is it over? The earliest of these in title, then in text. */
static const struct {
	const char *word;
	bool over;
} signs[] = {
    {"resolved",           true },
    {"completed",          true },
    {"postmortem",         true },
    {"operating normally", true },
    {"investigating",      false},
    {"identified",         false},
    {"monitoring",         false},
    {"in progress",        false},
    {"outage",             false},
    {"degraded",           false},
    {"elevated",           false},
};

struct feed {
	XML_Parser xml;
	const struct page_focus *focus;
	struct page_reading *ret;
	int depth, entry_depth; /* entry_depth 0: outside of one */
	int n_entries, n_known; /* known: of which it is clear what they mean */
	int field_depth;
	enum field field; /* being read; COUNT: none */
	struct str text[FIELD_COUNT];
	struct str clock; /* of the feed: lastBuildDate, updated */
	bool is_feed, in_clock;
	const char *refused; /* static: why reading ended */
};

/* --- what an entry says ----------------------------------------------------------- */

static const char *find(const char *hay, const char *word)
{
	return strcasestr(hay, word);
}

/* 1: over, 0: going on, -1: who knows. */
static int sign_of(const char *text)
{
	const char *first = NULL;
	int meaning = -1;
	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
		const char *at = find(text, signs[i].word);
		if (at && (!first || at < first)) {
			first = at;
			meaning = signs[i].over;
		}
	}
	return meaning;
}

static enum page_state state_of(const struct feed *x)
{
	const char *title = str_c(&x->text[FIELD_TITLE]);
	const char *text = str_c(&x->text[FIELD_TEXT]);
	if (find(title, "major outage") || find(text, "major outage"))
		return PAGE_MAJOR;
	if (find(title, "outage"))
		return PAGE_PARTIAL;
	if (find(title, "maintenance"))
		return PAGE_MAINTENANCE;
	return PAGE_DEGRADED;
}

/* Names stand in prose, so they are looked for in it, "~" or not. */
static bool is_wanted(const struct feed *x)
{
	const struct page_focus *f = x->focus;
	for (size_t i = 0; i < f->n_parts; i++) {
		struct span want = span_of(f->parts[i] + (*f->parts[i] == '~'));
		if (span_icontains(str_span(&x->text[FIELD_TITLE]), want) ||
		    span_icontains(str_span(&x->text[FIELD_TEXT]), want))
			return true;
	}
	return !f->n_parts;
}

static void end_entry(struct feed *x)
{
	struct page_draft d = {.title = str_c(&x->text[FIELD_TITLE]),
	    .url = str_c(&x->text[FIELD_LINK]),
	    .state = state_of(x)};
	(void)page_time(str_c(&x->text[FIELD_BEGAN]), &d.began);
	(void)page_time(str_c(&x->text[FIELD_UPDATED]), &d.updated);
	int sign = sign_of(d.title);
	if (sign < 0)
		sign = sign_of(str_c(&x->text[FIELD_TEXT]));
	page_note_time(x->ret, d.updated.ms ? d.updated : d.began);
	x->n_known += sign >= 0;
	/* Undated, it may be from any year. */
	if (sign == 0 && is_wanted(x) && (d.began.ms || d.updated.ms))
		page_add_post(x->ret, &d);
	for (int i = 0; i < FIELD_COUNT; i++)
		str_reset(&x->text[i]);
	x->entry_depth = 0;
}

/* --- XML -------------------------------------------------------------------------- */

static void stop(struct feed *x, const char *why)
{
	x->refused = why;
	(void)XML_StopParser(x->xml, XML_FALSE);
}

static void begin_field(struct feed *x, const char *tag, const char **atts)
{
	for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
		if (!strcmp(tags[i].tag, tag)) {
			x->field = tags[i].field;
			x->field_depth = x->depth;
		}
	if (x->field != FIELD_LINK || x->field_depth != x->depth)
		return;
	for (; atts && *atts; atts += 2)
		if (!strcmp(atts[0], "href") && !x->text[FIELD_LINK].len)
			(void)str_adds(&x->text[FIELD_LINK], atts[1]);
}

static void on_begin(void *arg, const char *name, const char **atts)
{
	struct feed *x = arg;
	const char *colon = strrchr(name, ':'), *tag = colon ? colon + 1 : name;
	if (++x->depth > MAX_DEPTH) {
		stop(x, "nested too deep");
		return;
	}
	if (x->depth == 1)
		x->is_feed = !strcmp(tag, "rss") || !strcmp(tag, "feed");
	if (!x->is_feed) {
		stop(x, "neither RSS nor Atom");
	} else if (x->entry_depth) {
		if (x->field == FIELD_COUNT && x->depth == x->entry_depth + 1)
			begin_field(x, tag, atts);
	} else if (!strcmp(tag, "item") || !strcmp(tag, "entry")) {
		x->entry_depth = x->depth;
		if (++x->n_entries > MAX_ENTRIES)
			stop(x, NULL); /* newest first: the rest is history */
	} else {
		x->in_clock = !strcmp(tag, "lastBuildDate") || !strcmp(tag, "updated");
	}
}

static void on_end(void *arg, const char *name)
{
	struct feed *x = arg;
	(void)name;
	x->in_clock = false;
	if (x->field != FIELD_COUNT && x->depth == x->field_depth)
		x->field = FIELD_COUNT;
	if (x->entry_depth == x->depth)
		end_entry(x);
	x->depth--;
}

static void on_text(void *arg, const char *p, int n)
{
	struct feed *x = arg;
	if (x->entry_depth && x->field != FIELD_COUNT)
		(void)str_add(&x->text[x->field], p, (size_t)n);
	else if (!x->entry_depth && x->in_clock)
		(void)str_add(&x->clock, p, (size_t)n);
}

static void on_doctype(
    void *arg, const char *name, const char *sysid, const char *pubid, int internal)
{
	(void)name;
	(void)sysid;
	(void)pubid;
	(void)internal;
	stop(arg, "it declares a document type");
}

static bool parse(struct feed *x, struct span body, struct err *e)
{
	static const XML_Memory_Handling_Suite memory = {xmalloc, xrealloc, free};
	x->xml = XML_ParserCreate_MM(NULL, &memory, NULL);
	XML_SetUserData(x->xml, x);
	XML_SetElementHandler(x->xml, on_begin, on_end);
	XML_SetCharacterDataHandler(x->xml, on_text);
	XML_SetStartDoctypeDeclHandler(x->xml, on_doctype);
	bool good = XML_Parse(x->xml, body.p ? body.p : "", (int)body.n, XML_TRUE) ==
		    XML_STATUS_OK;
	if (x->n_entries > MAX_ENTRIES && !x->refused)
		good = true;
	if (!good)
		err_set(e, ERR_SYNTAX, "no feed: %s (line %lu)",
		    x->refused ? x->refused : XML_ErrorString(XML_GetErrorCode(x->xml)),
		    (unsigned long)XML_GetCurrentLineNumber(x->xml));
	XML_ParserFree(x->xml);
	return good;
}

static bool read(
    struct span body, const struct page_focus *f, struct page_reading *ret, struct err *e)
{
	struct feed x = {.focus = f, .ret = ret, .field = FIELD_COUNT};
	struct wall t = {0};
	for (int i = 0; i < FIELD_COUNT; i++)
		str_init(&x.text[i], FIELD_BYTES);
	str_init(&x.clock, 64);
	bool good = parse(&x, body, e);
	if (page_time(str_c(&x.clock), &t))
		page_note_time(ret, t);
	/* Prose that nobody understands says nothing, an empty feed that all is well. */
	if (good && (x.n_known || !x.n_entries))
		page_add_part(ret, "", PAGE_OPERATIONAL, (struct wall){0});
	for (int i = 0; i < FIELD_COUNT; i++)
		str_fini(&x.text[i]);
	str_fini(&x.clock);
	return good;
}

const struct page_kind page_feed = {"feed",
    "RSS or Atom: weak, since what is over is told in prose; `components` are looked for "
    "in it.",
    read};
