/* SPDX-License-Identifier: MIT
 *
 * See deliver_many.h.
 */
#include "agent/deliver_many.h"

#include <string.h>

struct collect {
	struct deliver_many *to;
	const struct book *book;
	const char *channel;
	const struct incident *in; /* the page that is being read */
};

static void on_member(void *arg, const struct delivery *d, bool both, bool maybe)
{
	struct collect *c = arg;
	const struct incident *in = book_find(c->book, &d->incident);
	if (!in || c->to->many.n == OUTBOX_MAX_BUNDLE)
		return; /* a record that is gone (a damaged database) */
	for (size_t i = 0; i < c->to->many.n; i++) {
		if (c->to->news[i].in != in)
			continue;
		c->to->news[i].seq = d->seq; /* a relapse and its change: one line */
		return;
	}
	c->to->news[c->to->many.n++] = (struct news){
	    .in = in, .kind = d->kind, .seq = d->seq, .both = both, .maybe = maybe};
}

static void on_incident(void *arg, const struct incident *in)
{
	struct collect *c = arg;
	c->in = in;
}

static void on_told(void *arg, const struct delivery *d)
{
	struct collect *c = arg;
	if (c->in->state == INCIDENT_OPEN && c->in->class != CLASS_NOTICE &&
	    !strcmp(d->channel, c->channel))
		c->to->many.going_on++;
}

void deliver_many(struct deliver_many *ret, const struct outbox *o, const struct book *b,
    const struct delivery *summary, const struct render_context *c, struct message *m)
{
	static const struct book_reader reader = {on_incident, on_told};
	struct collect all = {.to = ret, .book = b, .channel = summary->channel};
	memset(ret, 0, sizeof *ret);
	ret->many.all = ret->news;
	outbox_each_member(o, &summary->id, on_member, &all);
	book_each(b, &reader, &all);
	render_many(m, &ret->many, c);
	m->seq = summary->seq;
}
