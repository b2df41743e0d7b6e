/* SPDX-License-Identifier: MIT
 *
 * Which message heads the thread of which incident in a channel. The handle came with the
 * answer to the first message and stands in every accepted row, so a start finds it
 * again. The table is bounded: what is forgotten begins a new thread, nothing is lost.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/base/str.h"
#include "agent/base/xalloc.h"
#include "alerts/outbox_rows.h"

static struct outbox_thread *find(
    const struct outbox_channel *c, const struct ulid *incident)
{
	struct outbox_thread *t;

	TAILQ_FOREACH_REVERSE(t, &c->threads, outbox_thread_list, link)
	{
		if (ulid_eq(&t->incident, incident))
			return t;
	}
	return NULL;
}

static void drop(struct outbox_channel *c, struct outbox_thread *t)
{
	TAILQ_REMOVE(&c->threads, t, link);
	c->n_threads--;
	free(t);
}

const char *outbox_thread(const struct outbox_channel *c, const struct ulid *incident)
{
	const struct outbox_thread *t =
	    c->kind && c->kind->does ? find(c, incident) : NULL;

	return t ? t->handle : "";
}

/* Several incidents under one head: a summary. */
static bool share(struct outbox_channel *c, const char *handle)
{
	struct outbox_thread *t;
	bool shared = false;

	TAILQ_FOREACH(t, &c->threads, link)
	{
		if (strcmp(t->handle, handle) == 0)
			t->shared = shared = true;
	}
	return shared;
}

const char *outbox_thread_for(
    const struct outbox_channel *c, const struct outbox_row *row)
{
	const struct outbox_thread *t = find(c, &row->d.incident);

	/* Where the head is only changed, a shared one is nobody's. */
	if (row->d.kind == MESSAGE_SUMMARY ||
	    (t && t->shared && c->kind && !(c->kind->does & DOES_THREAD)))
		return "";
	return outbox_thread(c, &row->d.incident);
}

void outbox_thread_keep(
    struct outbox_channel *c, const struct ulid *incident, const char *handle)
{
	struct outbox_thread *t = find(c, incident);
	bool shared = t && t->shared && strcmp(t->handle, handle) == 0;

	if (t)
		drop(c, t);
	if (share(c, handle))
		shared = true;
	if (c->n_threads == OUTBOX_MAX_THREADS)
		drop(c, TAILQ_FIRST(&c->threads));
	t = xcalloc(1, sizeof(*t));
	t->incident = *incident;
	str_copy(t->handle, sizeof(t->handle), handle);
	t->shared = shared;
	TAILQ_INSERT_TAIL(&c->threads, t, link);
	c->n_threads++;
}

void outbox_thread_forget(struct outbox_channel *c, const struct ulid *incident)
{
	struct outbox_thread *t = find(c, incident);

	if (t)
		drop(c, t);
}

void outbox_threads_free(struct outbox_channel *c)
{
	struct outbox_thread *t, *next;

	TAILQ_FOREACH_SAFE(t, &c->threads, link, next)
	drop(c, t);
}

/* A reminder says nothing that the head does not show; what people say of it must not
 * take its place. */
bool outbox_wants_edit(const struct outbox_channel *c, const struct outbox_row *row)
{
	const struct outbox_thread *t;

	if (!(c->kind->does & DOES_EDIT) || row->edited ||
	    row->d.kind == MESSAGE_REMINDER || row->d.kind == MESSAGE_TEST ||
	    row->d.kind == MESSAGE_SUMMARY || row->d.kind == MESSAGE_DIGEST)
		return false;
	t = find(c, &row->d.incident);
	return t && t->handle[0] && !t->shared;
}

bool outbox_settle_edit(struct outbox_channel *c, struct outbox_row *row,
    const struct channel_verdict *v, struct wall now)
{
	switch (v->kind) {
	case VERDICT_STALE_HANDLE: /* the news goes out as a new head */
		outbox_thread_forget(c, &row->d.incident);
		break;
	case VERDICT_ACCEPTED:
	case VERDICT_DONE_ALREADY:
	case VERDICT_UNWANTED: /* the news itself matters more than its head */
		break;
	case VERDICT_LATER:
	case VERDICT_SLOW_DOWN:
	case VERDICT_SHUT:
	case VERDICT_NONE:
	case VERDICT_KIND_COUNT:
		return false;
	}
	row->edited = true;
	row->d.attempts--; /* an edit is no try of the message itself */
	row->d.not_before = now;
	return true;
}
