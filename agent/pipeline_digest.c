/* SPDX-License-Identifier: MIT
 *
 * The hallway's digest: owed once at each of its moments, whether dimwatch was there then
 * or comes up to a day later. What says so is the delivery itself, whose id is made of
 * the moment, so a restart never owes it twice. Its text is made at each attempt.
 */
#include "agent/pipeline_impl.h"
#include "alerts/digest.h"
#include "storage/reader_digest.h"

#define BUDGET_MS 500 /* of one query; the loop waits for it */

bool pipeline_load_digest(struct pipeline *p, struct err *e)
{
	return digest_last(
	    store_db(p->o.store), loop_wall(p->o.loop), &p->digest_last, e);
}

void pipeline_look_digest(struct pipeline *p)
{
	const struct digest *d = p->conf->digest;
	struct wall now = loop_wall(p->o.loop), moment;
	if (!d || p->stopping)
		return;
	moment = window_last_moment(&d->moment, now);
	if (!digest_is_due(moment, now, &p->digest_last))
		return;
	for (size_t i = 0; i < d->n_to; i++) {
		struct delivery row = {.incident = digest_id(p->conf->vantage, moment),
		    .kind = MESSAGE_DIGEST,
		    .created = moment,
		    .not_before = moment,
		    .state = DELIVERY_PENDING};
		(void)str_copy(row.channel, sizeof row.channel, d->to[i]);
		row.id =
		    delivery_id(&row.incident, 0, row.channel, row.kind, row.created);
		pipeline_owe(p, &row);
	}
	pipeline_send_off(p);
}

/* Since the moment before; a clock that the config no longer knows speaks UTC. */
void pipeline_digest(
    void *arg, const struct delivery *row, enum language l, struct message *ret)
{
	struct pipeline *p = arg;
	const struct digest *d = p->conf->digest;
	struct arena *scratch = arena_new();
	const struct zone *zone = d ? d->moment.zone : zone_fixed(scratch, "UTC");
	struct wall_span span = {
	    wall_add_ms(row->created, -7 * MS_PER_DAY), row->created};
	struct digest_figures f = {.span = span};
	struct err e = {0};
	struct reader *r = reader_open(p->conf->store_path, BUDGET_MS, &e);
	if (d)
		span.from = window_last_moment(
		    &d->moment, wall_add_ms(row->created, -MS_PER_MIN));
	if (!r || !reader_digest(r, span, &f, &e))
		(void)str_copy(f.why_not, sizeof f.why_not, e.msg);
	f.span = span;
	digest_render(ret, &f, zone, p->conf->vantage, l);
	reader_close(r);
	arena_free(scratch);
}
