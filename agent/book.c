/* SPDX-License-Identifier: MIT
 *
 * See book.h. A list: there are a handful of incidents, not thousands.
 */
#include "agent/book.h"

#include <stdlib.h>
#include <string.h>

#include "agent/base/map.h"
#include "agent/base/queue.h"
#include "agent/base/xalloc.h"

struct page {
	TAILQ_ENTRY(page) link;
	struct incident incident;
	struct delivery *told; /* owned; the newest of each channel */
	size_t n_told;
};

struct book {
	TAILQ_HEAD(pages, page) pages;
	size_t n;
};

struct book *book_new(void)
{
	struct book *b = xcalloc(1, sizeof *b);
	TAILQ_INIT(&b->pages);
	return b;
}

static void page_free(struct page *p)
{
	free(p->told);
	free(p);
}

static void drop(struct book *b, struct page *p)
{
	TAILQ_REMOVE(&b->pages, p, link);
	b->n--;
	page_free(p);
}

void book_free(struct book *b)
{
	if (!b)
		return;
	for (struct page *p = TAILQ_FIRST(&b->pages), *next = NULL; p; p = next) {
		next = TAILQ_NEXT(p, link);
		page_free(p);
	}
	free(b);
}

static struct page *find(const struct book *b, const struct ulid *id)
{
	struct page *p = NULL;
	TAILQ_FOREACH(p, &b->pages, link)
	if (ulid_eq(&p->incident.id, id))
		return p;
	return NULL;
}

void book_put(struct book *b, const struct incident *in)
{
	struct page *p = find(b, &in->id);
	if (!p) {
		p = xcalloc(1, sizeof *p);
		TAILQ_INSERT_TAIL(&b->pages, p, link);
		b->n++;
	}
	p->incident = *in;
}

const struct incident *book_find(const struct book *b, const struct ulid *id)
{
	const struct page *p = find(b, id);
	return p ? &p->incident : NULL;
}

size_t book_count(const struct book *b)
{
	return b->n;
}

void book_note(struct book *b, const struct delivery *d)
{
	struct page *p = find(b, &d->incident);
	size_t i = 0;
	if (!p || d->kind == MESSAGE_SUMMARY) /* its members say what was told */
		return;
	while (i < p->n_told && strcmp(p->told[i].channel, d->channel) != 0)
		i++;
	if (i == p->n_told) {
		p->told = xreallocarray(p->told, ++p->n_told, sizeof *p->told);
		p->told[i] = *d;
	} else if (d->seq >= p->told[i].seq) {
		p->told[i] = *d;
	}
}

void book_each(const struct book *b, const struct book_reader *r, void *arg)
{
	const struct page *p = NULL;
	TAILQ_FOREACH(p, &b->pages, link)
	{
		r->on_incident(arg, &p->incident);
		for (size_t i = 0; i < p->n_told; i++)
			r->on_told(arg, &p->told[i]);
	}
}

static void on_row(void *needed, const struct delivery *d)
{
	(void)map_put(needed, d->incident.text, needed);
}

/* In a storm thousands are over and thousands of rows wait: each is looked at once. */
void book_sweep(struct book *b, const struct outbox *o,
    bool (*held)(void *arg, const struct ulid *id), void *arg)
{
	struct page *p = NULL, *next = NULL;
	struct map *needed = NULL;
	TAILQ_FOREACH_SAFE(p, &b->pages, link, next)
	{
		const struct incident *in = &p->incident;
		if (in->state != INCIDENT_CLOSED)
			continue;
		if (!needed) {
			needed = map_new();
			outbox_each(o, on_row, needed);
		}
		if (!map_find(needed, in->id.text) && !held(arg, &in->id))
			drop(b, p);
	}
	map_free(needed);
}
