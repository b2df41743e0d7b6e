/* SPDX-License-Identifier: MIT
 *
 * What a person may do to the outbox: try a message again at once, also through a channel
 * that is shut, and give one up. The order in a channel is kept, so what stands before a
 * message that is tried again is tried first. A pause that the far side asked for is
 * obeyed: trying earlier is what gets a bot banned.
 */
#include <string.h>

#include "agent/base/str.h"
#include "alerts/outbox_rows.h"

static struct outbox_channel *channel_by_name(const struct outbox *o, const char *name)
{
	struct outbox_channel *c;

	TAILQ_FOREACH(c, &o->channels, link)
	{
		if (strcmp(c->status.name, name) == 0)
			return c;
	}
	return NULL;
}

static struct outbox_row *row_by_id(
    const struct outbox *o, const struct ulid *id, struct outbox_channel **ret)
{
	struct outbox_channel *c;
	struct outbox_row *row;

	TAILQ_FOREACH(c, &o->channels, link)
	{
		TAILQ_FOREACH(row, &c->rows, link)
		{
			if (!ulid_eq(&row->d.id, id))
				continue;
			*ret = c;
			return row;
		}
	}
	return NULL;
}

/* The summary that it waits behind; NULL: it speaks for itself. */
static struct outbox_row *summary_of(
    const struct outbox_channel *c, const struct outbox_row *row)
{
	struct outbox_row *s;

	TAILQ_FOREACH(s, &c->rows, link)
	{
		if (outbox_is_member(row) && ulid_eq(&s->d.id, &row->d.into))
			return s;
	}
	return NULL;
}

static bool is_behind(const struct outbox_row *row, const struct outbox_row *first)
{
	while (first && first != row)
		first = TAILQ_NEXT(first, link);
	return first != NULL;
}

/* It stays SHUT until something is accepted: that is the proof. */
static void give_fresh_try(
    struct outbox_channel *c, struct wall now, struct outbox_update *up)
{
	if (c->status.state != CHANNEL_SHUT)
		return;
	c->status.for_good = false;
	c->status.until = now;
	up->channel_changed = true;
	up->channel = c->status;
}

/* `last` NULL: all of them. Returns how many. One under way is left alone, and what quiet
 * hours keep back unless it is the one. */
static size_t hurry(struct outbox_channel *c, const struct outbox_row *last,
    struct wall now, struct outbox_update *up)
{
	struct outbox_row *row;
	size_t n = 0;

	give_fresh_try(c, now, up);
	TAILQ_FOREACH(row, &c->rows, link)
	{
		if (row != c->flying && (!row->held || row == last)) {
			row->d.not_before = now;
			row->d.retried = now;
			outbox_update_add(up, &row->d);
			n++;
		}
		if (row == last)
			break;
	}
	return n;
}

enum outbox_hand outbox_retry(struct outbox *o, const struct ulid *id, struct wall now,
    struct outbox_update *ret_up)
{
	struct outbox_channel *c = NULL;
	struct outbox_row *row = row_by_id(o, id, &c), *s;

	if (!row)
		return OUTBOX_HAND_UNKNOWN;
	s = summary_of(c, row);
	if (row == c->flying || (s && s == c->flying))
		return OUTBOX_HAND_UNDER_WAY;
	(void)hurry(c, s && is_behind(s, row) ? s : row, now, ret_up);
	return OUTBOX_HAND_DONE;
}

bool outbox_retry_channel(struct outbox *o, const char *name, struct wall now,
    size_t *ret_n, struct outbox_update *ret_up)
{
	struct outbox_channel *c = channel_by_name(o, name);

	if (!c)
		return false;
	*ret_n = hurry(c, NULL, now, ret_up);
	return true;
}

/* What the far side said last is still worth knowing. */
static void give_up(struct outbox_channel *c, struct outbox_row *row, const char *why,
    struct outbox_update *up)
{
	struct str words;

	str_init(&words, 2 * sizeof(row->d.last_error));
	str_addf(&words, "%s%s%s", why, row->d.last_error[0] ? "; before: " : "",
	    row->d.last_error);
	str_copy(row->d.last_error, sizeof(row->d.last_error), str_c(&words));
	str_fini(&words);
	outbox_row_end(c, row, DELIVERY_DEAD, "", up);
}

/* Returns how many others there were; `up` NULL: they only count. */
static size_t members(struct outbox_channel *c, const struct ulid *summary,
    const char *why, struct outbox_update *up)
{
	struct outbox_row *row, *next;
	size_t n = 0;

	TAILQ_FOREACH_SAFE(row, &c->rows, link, next)
	{
		if (!ulid_eq(&row->d.into, summary))
			continue;
		n++;
		if (up)
			give_up(c, row, why, up);
	}
	return n;
}

enum outbox_hand outbox_drop(struct outbox *o, const struct ulid *id, const char *why,
    struct outbox_update *ret_up)
{
	struct outbox_channel *c = NULL;
	struct outbox_row *row = row_by_id(o, id, &c), *s;

	if (!row)
		return OUTBOX_HAND_UNKNOWN;
	s = summary_of(c, row);
	/* One that may have arrived has told of it already. */
	if (row == c->flying || (s && (s == c->flying || s->maybe)))
		return OUTBOX_HAND_UNDER_WAY;
	if (row->d.kind == MESSAGE_SUMMARY)
		(void)members(c, &row->d.id, why, ret_up);
	give_up(c, row, why, ret_up);
	if (s && members(c, &s->d.id, why, NULL) == 0) {
		give_up(c, s, why, ret_up);
	} else if (s) { /* who is inside is on disk before it leaves */
		s->fresh = true;
		ret_up->bundled = true;
	}
	return OUTBOX_HAND_DONE;
}
