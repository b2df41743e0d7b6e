/* SPDX-License-Identifier: MIT
 *
 * Which waiting rows another row tells too, because a text is rendered from the present:
 * an opened or changed whose end waits behind it, an end whose relapse does, a change
 * before a newer change. Such a row is FOLDED, its news go out once.
 *
 * The end says "both" only when the opening surely never arrived. If one of its attempts
 * got no answer it may have; then the end goes out as any end does. It is complete on its
 * own (start, end, why), so it is right for a reader who saw the opening and for one who
 * did not, and neither reads it twice or a claim that is not true.
 */
#include "alerts/outbox_rows.h"

static bool is_beginning(enum message_kind k)
{
	return k == MESSAGE_OPENED || k == MESSAGE_NOTICE_RAISED;
}

/* Says how it stands now, no more. */
static bool is_present(enum message_kind k)
{
	return k == MESSAGE_CHANGED || k == MESSAGE_REMINDER;
}

/* The last later row of the same incident that tells what `row` would; NULL: none. */
static struct outbox_row *fold_target(struct outbox_row *row)
{
	struct outbox_row *target = NULL;
	bool settled = false; /* the target is an end or a relapse */

	for (struct outbox_row *r = TAILQ_NEXT(row, link); r; r = TAILQ_NEXT(r, link)) {
		if (!ulid_eq(&r->d.incident, &row->d.incident))
			continue;
		if (message_kind_is_end(r->d.kind) || r->d.kind == MESSAGE_REOPENED) {
			target = r;
			settled = true;
		} else if (is_present(r->d.kind) && is_present(row->d.kind) && !settled) {
			target = r;
		}
	}
	return target;
}

/* Thousands may wait, and nearly all of them are the only row of their incident. */
struct map *outbox_stories(const struct outbox_channel *c)
{
	struct map *seen = map_new(), *ret = map_new();
	struct outbox_row *row;

	TAILQ_FOREACH(row, &c->rows, link)
	{
		if (row->d.kind != MESSAGE_SUMMARY &&
		    map_put(seen, row->d.incident.text, row))
			(void)map_put(ret, row->d.incident.text, row);
	}
	map_free(seen);
	return ret;
}

struct outbox_row *outbox_fold_row(
    struct outbox_channel *c, struct outbox_row *row, struct outbox_update *up)
{
	struct outbox_row *target =
	    row->d.kind == MESSAGE_SUMMARY ? NULL : fold_target(row);

	if (!target)
		return NULL;
	if ((is_beginning(row->d.kind) || row->untold) && !row->maybe)
		target->untold = true;
	row->d.into = target->d.id;
	outbox_row_end(c, row, DELIVERY_FOLDED, "", up);
	return target;
}

void outbox_fold_head(struct outbox_channel *c, struct outbox_update *up)
{
	struct outbox_row *row;
	struct wall not_before;

	while ((row = outbox_turn(c))) {
		not_before = row->d.not_before;
		if (!outbox_fold_row(c, row, up))
			return;
		/* What made the head wait makes its heir wait too. */
		row = outbox_turn(c);
		if (row && row->d.not_before.ms < not_before.ms)
			row->d.not_before = not_before;
	}
}

void outbox_fold_told(
    struct outbox_channel *c, const struct delivery *told, struct outbox_update *up)
{
	struct outbox_row *row, *next;

	if (!is_beginning(told->kind) && !is_present(told->kind) &&
	    told->kind != MESSAGE_REOPENED)
		return;
	TAILQ_FOREACH_SAFE(row, &c->rows, link, next)
	{
		if (is_present(row->d.kind) && row->order < c->flying_order &&
		    ulid_eq(&row->d.incident, &told->incident) &&
		    !outbox_is_member(row)) {
			row->d.into = told->id;
			outbox_row_end(c, row, DELIVERY_FOLDED, "", up);
		}
	}
}
