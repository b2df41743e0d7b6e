/* SPDX-License-Identifier: MIT
 *
 * A txn onto the disk, in the order in which rows refer to each other.
 */
#include "storage/deliveries.h"
#include "storage/hands_rows.h"
#include "storage/row.h"
#include "storage/samples.h"
#include "storage/txn_parts.h"

static bool write_state(struct db *d, const struct state_row *s, struct err *e)
{
	struct bind b = bind_to(db_stmt(d,
	    "REPLACE INTO judge_state(series, through_ms, constants_hash, json)"
	    " VALUES(?, ?, ?, ?)"));

	bind_int(&b, s->series);
	bind_int(&b, s->through.ms);
	bind_int(&b, (int64_t)s->constants_hash);
	bind_text(&b, s->json);
	return db_run(d, b.st, e);
}

static bool write_gap(struct db *d, const struct gap_row *g, struct err *e)
{
	struct bind b =
	    bind_to(db_stmt(d, "INSERT OR IGNORE INTO gaps(began, ended) VALUES(?, ?)"));

	bind_int(&b, g->from.ms);
	bind_int(&b, g->until.ms);
	return db_run(d, b.st, e);
}

static bool write_alive(struct db *d, int64_t run_id, struct wall now, struct err *e)
{
	struct bind b =
	    bind_to(db_stmt(d, "UPDATE runs SET last_alive = ? WHERE id = ?"));

	bind_int(&b, now.ms);
	bind_int(&b, run_id);
	return db_run(d, b.st, e);
}

static bool apply_samples(const struct txn *t, struct db *d, struct err *e)
{
	PARTS_EACH(const struct series, s, &t->series)
	if (!series_write(d, s, e))
		return err_wrap(e, "series %u", s->id);
	PARTS_EACH(const struct judged_sample, s, &t->samples)
	if (!samples_write(d, &s->sample, s->judged, e))
		return err_wrap(e, "sample of series %u", s->sample.series);
	PARTS_EACH(const struct remark, r, &t->remarks)
	if (!samples_remark(d, r, e))
		return err_wrap(e, "remark on series %u", r->series);
	return true;
}

static bool apply_news(const struct txn *t, struct db *d, struct err *e)
{
	PARTS_EACH(const struct incident, in, &t->incidents)
	if (!incidents_write(d, in, e))
		return err_wrap(e, "incident %s", in->id.text);
	PARTS_EACH(const struct incident_entry, en, &t->log)
	if (!incidents_log(d, en, e))
		return err_wrap(e, "log of incident %s", en->incident.text);
	PARTS_EACH(const struct delivery, one, &t->deliveries)
	if (!deliveries_write(d, one, e))
		return err_wrap(e, "delivery %s", one->id.text);
	PARTS_EACH(const struct channel_status, c, &t->channels)
	if (!channels_write(d, c, e))
		return err_wrap(e, "channel %s", c->name);
	return true;
}

bool txn_apply(const struct txn *t, struct db *d, int64_t run_id, struct err *e)
{
	if (!apply_samples(t, d, e) || !apply_news(t, d, e))
		return false;
	PARTS_EACH(const struct state_row, s, &t->states)
	if (!write_state(d, s, e))
		return err_wrap(e, "judge state of series %u", s->series);
	PARTS_EACH(const struct gap_row, g, &t->gaps)
	if (!write_gap(d, g, e))
		return err_wrap(e, "gap");
	PARTS_EACH(const struct silence, s, &t->silences)
	if (!silences_write(d, s, e))
		return err_wrap(e, "silence %lld", (long long)s->id);
	PARTS_EACH(const struct pause, p, &t->pauses)
	if (!pauses_write(d, p, e))
		return err_wrap(e, "pause of %s", p->target);
	PARTS_EACH(const struct order_done, r, &t->answers)
	if (!requests_finish(d, r, e))
		return err_wrap(e, "answer to request %lld", (long long)r->id);
	return !t->alive.ms || write_alive(d, run_id, t->alive, e);
}
