/* SPDX-License-Identifier: MIT
 *
 * What an answer makes of a delivery and of its channel: one verdict, two judgements.
 */
#include "agent/base/str.h"
#include "alerts/outbox_rows.h"
#include "alerts/retry.h"

#define SHUT_RETRY_MS MS_PER_H

static void retry_at(struct outbox_channel *c, struct outbox_row *row, struct wall t)
{
	/* Only the hourly try, and that is the channel's business. */
	row->d.not_before = c->status.state == CHANNEL_SHUT ? c->status.until : t;
}

static void reopen(struct outbox_channel *c, struct wall now, struct outbox_update *up)
{
	up->reopened = up->reopened || c->status.state == CHANNEL_SHUT;
	c->status.for_good = false;
	c->status.words[0] = '\0';
	outbox_set_state(c, CHANNEL_OPEN, (struct wall){0}, now);
}

static void shut(struct outbox_channel *c, const struct channel_verdict *v,
    struct wall now, struct outbox_update *up)
{
	up->became_shut = up->became_shut || c->status.state != CHANNEL_SHUT;
	c->status.for_good = v->for_good;
	str_copy(c->status.words, sizeof(c->status.words), v->words);
	outbox_set_state(c, CHANNEL_SHUT, wall_add_ms(now, SHUT_RETRY_MS), now);
}

static void slow_down(
    struct outbox_channel *c, const struct channel_verdict *v, struct wall now)
{
	int64_t wait = v->wait_ms > 0 ? v->wait_ms : c->kind->slow_down_ms;

	str_copy(c->status.words, sizeof(c->status.words), v->words);
	outbox_set_state(c, CHANNEL_PAUSED,
	    wall_add_ms(now, wait < OUTBOX_MAX_PAUSE_MS ? wait : OUTBOX_MAX_PAUSE_MS),
	    now);
}

/* What the answer says of the channel. */
static void settle_channel(struct outbox_channel *c, const struct channel_verdict *v,
    struct wall now, struct outbox_update *up)
{
	bool was_shut = c->status.state == CHANNEL_SHUT;

	switch (v->kind) {
	case VERDICT_ACCEPTED:
	case VERDICT_DONE_ALREADY:
		c->status.last_sent = now;
		reopen(c, now, up);
		return;
	case VERDICT_UNWANTED: /* it reads our messages: the channel itself is well */
	case VERDICT_STALE_HANDLE:
		reopen(c, now, up);
		return;
	case VERDICT_SHUT:
		shut(c, v, now, up);
		return;
	case VERDICT_SLOW_DOWN:
		if (!was_shut)
			slow_down(c, v, now);
		break;
	case VERDICT_LATER:
	case VERDICT_NONE:
	case VERDICT_KIND_COUNT:
		break;
	}
	if (was_shut) /* no proof that it is back */
		c->status.until = wall_add_ms(now, SHUT_RETRY_MS);
}

/* What the answer says of the delivery: its new state, and when to try again. */
static enum delivery_state settle_row(struct outbox *o, struct outbox_channel *c,
    struct outbox_row *row, const struct channel_verdict *v, struct wall now)
{
	struct wall soon = wall_add_ms(now, retry_wait_ms(row->d.attempts, &o->rng));
	bool was_plain = row->d.plain;

	switch (v->kind) {
	case VERDICT_ACCEPTED:
	case VERDICT_DONE_ALREADY:
		row->d.sent = now;
		if (row->d.kind == MESSAGE_SUMMARY) { /* its members refer to it */
			str_copy(row->d.handle, sizeof(row->d.handle), v->handle);
			return DELIVERY_SENT;
		}
		if (v->handle[0] && !outbox_thread(c, &row->d.incident)[0])
			outbox_thread_keep(c, &row->d.incident, v->handle);
		str_copy(row->d.handle, sizeof(row->d.handle),
		    c->kind->does ? outbox_thread(c, &row->d.incident) : v->handle);
		return DELIVERY_SENT;
	case VERDICT_UNWANTED:
		row->d.plain = true;
		retry_at(c, row, now);
		return was_plain ? DELIVERY_DEAD : DELIVERY_PENDING;
	case VERDICT_STALE_HANDLE:
		outbox_thread_forget(c, &row->d.incident);
		row->d.handle[0] = '\0';
		retry_at(c, row, soon);
		return DELIVERY_PENDING;
	case VERDICT_SLOW_DOWN:
	case VERDICT_SHUT:
		retry_at(c, row, c->status.until);
		return DELIVERY_PENDING;
	case VERDICT_LATER:
	case VERDICT_NONE:
	case VERDICT_KIND_COUNT:
		break;
	}
	retry_at(c, row, soon);
	return DELIVERY_PENDING;
}

static struct outbox_channel *find_flying(const struct outbox *o, const struct ulid *id)
{
	struct outbox_channel *c;

	TAILQ_FOREACH(c, &o->channels, link)
	{
		if (c->flying && ulid_eq(&c->flying->d.id, id))
			return c;
	}
	return NULL;
}

void outbox_result(struct outbox *o, const struct ulid *id,
    const struct channel_verdict *v, struct wall now, struct outbox_update *ret_up)
{
	struct outbox_channel *c = find_flying(o, id);
	enum delivery_state state;
	struct outbox_row *row;

	if (!c)
		return;
	row = c->flying;
	c->flying = NULL;
	settle_channel(c, v, now, ret_up);
	if (c->flying_edit && outbox_settle_edit(c, row, v, now))
		state = DELIVERY_PENDING;
	else
		state = settle_row(o, c, row, v, now);
	row->d.verdict = v->kind;
	row->maybe = row->maybe || (v->maybe && !c->flying_edit);
	str_copy(row->d.last_error, sizeof(row->d.last_error),
	    state == DELIVERY_SENT ? "" : v->words);
	if (state == DELIVERY_PENDING && (c->removed || outbox_is_expired(row, now)))
		state = DELIVERY_DEAD;
	if (state == DELIVERY_PENDING) {
		outbox_update_add(ret_up, &row->d);
	} else {
		struct delivery told = row->d;

		outbox_row_end(c, row, state,
		    c->removed ? "the channel left the config"
			       : "not delivered within 24 h",
		    ret_up);
		if (state == DELIVERY_SENT && told.kind == MESSAGE_SUMMARY)
			outbox_bundle_told(c, &told, ret_up);
		else if (state == DELIVERY_SENT)
			outbox_fold_told(c, &told, ret_up);
	}
	ret_up->channel_changed = true;
	ret_up->channel = c->status;
	if (c->removed)
		outbox_drop_channel(o, c);
}
