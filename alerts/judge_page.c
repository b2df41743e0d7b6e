/* SPDX-License-Identifier: MIT
 *
 * What a provider says of itself, written beside what we see: into every incident of that
 * provider, with who was first. It opens nothing, closes nothing and moves no threshold:
 * a page that lies changes words. A page that speaks up later is an entry of the record,
 * also of one that is just over.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/xalloc.h"
#include "alerts/judge_parts.h"

#define MAX_PAGES 4096

static struct page_said *find_page(const struct judge *j, const char *provider)
{
	for (size_t i = 0; i < j->n_pages; i++)
		if (strcmp(j->pages[i].provider, provider) == 0)
			return &j->pages[i];
	return NULL;
}

/* Ours alone are no page's business. */
static bool may_be_theirs(const struct incident *in)
{
	return (in->class == CLASS_OUTAGE || in->class == CLASS_SLOW) &&
	       in->provider[0] && !incident_is_drill(in);
}

bool page_note(const struct judge *j, struct incident *in)
{
	const struct page_said *p = may_be_theirs(in) ? find_page(j, in->provider) : NULL;
	struct incident_page *page = &in->page;

	if (!p || (page->state == p->held.state &&
		      (page->posted.ms || !page_state_is_trouble(p->held.state))))
		return false;
	page->state = p->held.state;
	if (!page_state_is_trouble(page->state))
		return true;
	if (!page->posted.ms)
		page->posted = p->held.posted;
	if (p->held.title[0] || !page->title[0]) {
		str_copy(page->title, sizeof(page->title), p->held.title);
		str_copy(page->url, sizeof(page->url), p->held.url);
	}
	return true;
}

/* One whose incident it is: its state is stored with the entry. */
static const struct watched *whose(const struct judge *j, const struct incident *in)
{
	for (size_t i = 0; i < j->n_targets; i++)
		if (j->targets[i]->open == in)
			return j->targets[i];
	return NULL;
}

static void say(struct step *st, struct incident *in)
{
	const struct incident_page *page = &in->page;
	struct news news = {.kind = FACT_PAGE,
	    .incident = in,
	    .target = whose(st->j, in),
	    .from = in->severity_now};

	if (page_state_is_trouble(page->state))
		news_fact(st, &news, "%s posted=%" PRId64 " after_us_ms=%" PRId64 " %s",
		    page_state_code(page->state), page->posted.ms,
		    wall_diff_ms(page->posted, in->opened), page->title);
	else
		news_fact(st, &news, "%s", page_state_code(page->state));
}

void page_step(struct step *st, const struct judge_event *ev)
{
	struct judge *j = st->j;
	const struct page_news *n = &ev->u.page;
	struct page_said *p = find_page(j, n->provider);

	if (!p && j->n_pages < MAX_PAGES) {
		j->pages = xreallocarray(j->pages, j->n_pages + 1, sizeof(*j->pages));
		p = &j->pages[j->n_pages++];
		str_copy(p->provider, sizeof(p->provider), n->provider);
	}
	if (!p)
		return;
	p->held = *n->held;
	for (size_t i = 0; i < j->n_open; i++)
		if (strcmp(j->open[i]->provider, p->provider) == 0 &&
		    page_note(j, j->open[i]))
			say(st, j->open[i]);
	/* Of what is over only the first word of it counts. */
	for (size_t i = 0; i < j->n_shut; i++)
		if (strcmp(j->shut[i]->provider, p->provider) == 0 &&
		    !j->shut[i]->page.posted.ms && page_state_is_trouble(p->held.state) &&
		    page_note(j, j->shut[i]))
			say(st, j->shut[i]);
}
