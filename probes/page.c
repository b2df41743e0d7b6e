/* SPDX-License-Identifier: MIT
 *
 * The table of kinds and what all readers share; page_weigh turns a reading into an
 * opinion.
 */
#include "probes/page.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

#include "agent/base/text.h"
#include "probes/page_parts.h"

#define TITLE_LIMIT  ((size_t)600)
#define AHEAD_MS     MS_PER_DAY /* their clock may be off by so much */
#define TITLE_POINTS 100

static const char *const codes[] = {
    [PAGE_NONE] = "none",
    [PAGE_OPERATIONAL] = "operational",
    [PAGE_MAINTENANCE] = "maintenance",
    [PAGE_DEGRADED] = "degraded",
    [PAGE_PARTIAL] = "partial_outage",
    [PAGE_MAJOR] = "major_outage",
};
static_assert(sizeof(codes) / sizeof(*codes) == PAGE_STATE_COUNT, "one each");

static const char *const words[] = {
    [PAGE_NONE] = "nothing",
    [PAGE_OPERATIONAL] = "all is well",
    [PAGE_MAINTENANCE] = "maintenance",
    [PAGE_DEGRADED] = "degraded",
    [PAGE_PARTIAL] = "a partial outage",
    [PAGE_MAJOR] = "a major outage",
};
static_assert(sizeof(words) / sizeof(*words) == PAGE_STATE_COUNT, "one each");

const char *page_state_code(enum page_state s)
{
	assert((unsigned)s < PAGE_STATE_COUNT);
	return codes[s];
}

const char *page_state_words(enum page_state s)
{
	assert((unsigned)s < PAGE_STATE_COUNT);
	return words[s];
}

bool page_state_is_trouble(enum page_state s)
{
	return s >= PAGE_MAINTENANCE;
}

static const struct page_kind *const kinds[] = {&page_statuspage, &page_incidentio,
    &page_flashduty, &page_instatus, &page_google, &page_feed};

const struct page_kind *const *page_kinds(size_t *ret_n)
{
	*ret_n = sizeof(kinds) / sizeof(kinds[0]);
	return kinds;
}

const struct page_kind *page_kind_find(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i]->name, name))
			return kinds[i];
	return NULL;
}

bool page_read(const struct page_kind *k, const struct page_focus *f, struct span body,
    struct page_reading *ret, struct err *e)
{
	*ret = (struct page_reading){0};
	if (body.n > PAGE_MAX_BYTES)
		return err_set(
		    e, ERR_LIMIT, "%zu bytes, the limit is %zu", body.n, PAGE_MAX_BYTES);
	return k->read(body, f, ret, e);
}

/* --- for the readers -------------------------------------------------------------- */

enum page_state page_word_state(const struct page_word *all, const char *word)
{
	for (; word && all->word; all++)
		if (!strcasecmp(all->word, word))
			return all->state;
	return PAGE_NONE;
}

bool page_wants(const struct page_focus *f, const char *id, const char *name)
{
	struct span whole = span_of(name);
	for (size_t i = 0; i < f->n_parts; i++) {
		const char *want = f->parts[i];
		if (*want == '~'
			? span_icontains(whole, span_of(want + 1))
			: (name && !strcmp(want, name)) || (id && !strcmp(want, id)))
			return true;
	}
	return !f->n_parts;
}

void page_note_time(struct page_reading *r, struct wall t)
{
	if (t.ms > r->updated.ms)
		r->updated = t;
}

/* One line without anything that moves a cursor, cut between characters. */
static void copy_line(char *buf, size_t size, const char *text)
{
	struct str s;
	struct span in = span_trim(span_of(text));
	str_init(&s, TITLE_LIMIT);
	size_t n = 0;
	for (int points = 0; n < in.n && points < TITLE_POINTS; points++) {
		uint32_t cp = 0;
		size_t step = utf8_decode((struct span){in.p + n, in.n - n}, &cp);
		n += step ? step : 1;
	}
	text_printable(&s, (struct span){in.p, n});
	(void)str_copy(buf, size, str_c(&s));
	str_fini(&s);
}

/* Only what no page, message or terminal can take for anything else. */
static void copy_url(char *buf, size_t size, const char *url)
{
	struct span in = span_of(url);
	buf[0] = '\0';
	if (in.n >= size ||
	    !(span_has_prefix(in, "https://") || span_has_prefix(in, "http://")))
		return;
	for (size_t i = 0; i < in.n; i++)
		if (in.p[i] <= ' ' || in.p[i] >= 0x7f ||
		    strchr("<>\"'`\\|{}^()[]*", in.p[i]))
			return;
	(void)str_copy(buf, size, url);
}

void page_add_part(
    struct page_reading *r, const char *name, enum page_state s, struct wall updated)
{
	size_t at = r->n_parts++;
	if (at >= PAGE_MAX_PARTS) {
		/* The array is full: what is worse takes the place of what is best. */
		at = 0;
		for (size_t i = 1; i < PAGE_MAX_PARTS; i++)
			if (r->parts[i].state < r->parts[at].state)
				at = i;
		if (r->parts[at].state >= s)
			return;
	}
	copy_line(r->parts[at].name, sizeof r->parts[at].name, name ? name : "");
	r->parts[at].state = s;
	r->parts[at].updated = updated;
}

void page_add_post(struct page_reading *r, const struct page_draft *d)
{
	size_t at = r->n_posts;
	if (at == PAGE_MAX_POSTS) {
		at = 0;
		for (size_t i = 1; i < PAGE_MAX_POSTS; i++)
			if (r->posts[i].state < r->posts[at].state)
				at = i;
		if (r->posts[at].state >= d->state)
			return;
	} else {
		r->n_posts++;
	}
	struct page_post *p = &r->posts[at];
	copy_line(p->title, sizeof p->title, d->title ? d->title : "");
	copy_url(p->url, sizeof p->url, d->url ? d->url : "");
	p->state = d->state;
	p->began = d->began;
	p->updated = d->updated.ms > d->began.ms ? d->updated : d->began;
	page_note_time(r, p->updated);
}

/* --- what it amounts to ----------------------------------------------------------- */

static bool is_old(struct wall t, struct wall now, int64_t limit_ms)
{
	return t.ms > 0 && (t.ms > now.ms + AHEAD_MS || now.ms - t.ms > limit_ms);
}

static void take_post(struct page_opinion *o, const struct page_post *p)
{
	(void)str_copy(o->title, sizeof o->title, p->title);
	(void)str_copy(o->url, sizeof o->url, p->url);
	o->began = p->began;
}

/* The worst of the posts that somebody still writes to; a post may only lend its words
 * to a part's state (PAGE_NONE: it says no state of its own). */
static const struct page_post *weigh_posts(
    const struct page_reading *r, struct wall now, bool *ret_old)
{
	const struct page_post *worst = NULL;
	for (size_t i = 0; i < r->n_posts; i++) {
		const struct page_post *p = &r->posts[i];
		if (is_old(p->updated, now, POST_STALE_MS))
			*ret_old = true;
		else if (!worst || p->state > worst->state)
			worst = p;
	}
	return worst;
}

static enum page_state weigh_parts(const struct page_reading *r, struct wall now,
    const struct page_post *post, bool *ret_old)
{
	enum page_state s = PAGE_NONE;
	size_t n = r->n_parts < PAGE_MAX_PARTS ? r->n_parts : PAGE_MAX_PARTS;
	for (size_t i = 0; i < n; i++) {
		const struct page_part *p = &r->parts[i];
		bool old = !post && page_state_is_trouble(p->state) &&
			   is_old(p->updated, now, PART_STALE_MS);
		*ret_old |= old;
		if (!old && p->state > s)
			s = p->state;
	}
	return s;
}

void page_weigh(const struct page_reading *r, const struct page_focus *f, struct wall now,
    struct page_opinion *ret)
{
	bool old = false;
	const struct page_post *post = NULL;
	*ret = (struct page_opinion){0};
	if (is_old(r->updated, now, PAGE_STALE_MS)) {
		ret->doubt = "its own clock has stood still for a month";
		return;
	}
	post = weigh_posts(r, now, &old);
	ret->state = weigh_parts(r, now, post, &old);
	if (post && post->state > ret->state)
		ret->state = post->state;
	if (!r->n_parts && !f->n_parts && r->whole > ret->state &&
	    !(old && !post && page_state_is_trouble(r->whole)))
		ret->state = r->whole;
	if (old && !page_state_is_trouble(ret->state))
		ret->state =
		    PAGE_NONE; /* it forgot something, so it is not well either */
	if (ret->state == PAGE_NONE)
		ret->doubt = old          ? "nobody has written to it for long"
			     : f->n_parts ? "it shows none of the components looked at"
					  : "it says nothing about now";
	else if (page_state_is_trouble(ret->state) && post)
		take_post(ret, post);
}
