/* SPDX-License-Identifier: MIT
 *
 * Reading back at a start. Incidents must be whole; a delivery, channel or sample that is
 * damaged is left out, because the rest is worth more than the complaint.
 */
#include "storage/load.h"

#include <stdlib.h>
#include <string.h>

#include "agent/base/log.h"
#include "agent/base/xalloc.h"
#include "storage/deliveries.h"
#include "storage/history.h"
#include "storage/incidents.h"
#include "storage/row.h"
#include "storage/samples.h"

bool load_incidents(
    struct db *d, struct wall closed_since, load_incident_fn fn, void *arg, struct err *e)
{
	struct bind b = bind_to(db_stmt(
	    d, INCIDENTS_SELECT "WHERE state = 0 OR closed >= ? ORDER BY opened, id"));
	struct incident *in = xmalloc(sizeof(*in));
	bool ok = true, row = true, go = true;

	bind_int(&b, closed_since.ms);
	while (go && (ok = db_step(d, b.st, &row, e)) && row) {
		ok = incidents_read(d, b.st, in, e);
		go = ok && fn(arg, in);
	}
	(void)sqlite3_reset(b.st);
	free(in);
	return ok;
}

bool load_incident(
    struct db *d, const struct ulid *id, struct incident *ret, struct err *e)
{
	struct bind b = bind_to(db_stmt(d, INCIDENTS_SELECT "WHERE id = ?"));
	bool row = false, ok = false;

	bind_text(&b, id->text);
	if (!db_step(d, b.st, &row, e))
		return false;
	if (!row)
		return err_set(e, ERR_NOT_FOUND, "there is no incident '%s'", id->text);
	ok = incidents_read(d, b.st, ret, e);
	(void)sqlite3_reset(b.st);
	return ok;
}

static void complain(const char *what)
{
	log_event(LOG_WARN, "damaged_row", "table=%s", what);
}

static bool each_delivery(
    struct db *d, sqlite3_stmt *st, load_delivery_fn fn, void *arg, struct err *e)
{
	bool ok = true, row = true, go = true;

	while (go && (ok = db_step(d, st, &row, e)) && row) {
		struct delivery one;

		if (deliveries_read(st, &one))
			go = fn(arg, &one);
		else
			complain("deliveries");
	}
	(void)sqlite3_reset(st);
	return ok;
}

bool load_deliveries(struct db *d, load_delivery_fn fn, void *arg, struct err *e)
{
	sqlite3_stmt *st = db_stmt(d, DELIVERIES_SELECT
	    "WHERE state = 0 OR incident IN (SELECT id FROM incidents WHERE state = 0)"
	    " ORDER BY created, seq, id");

	return each_delivery(d, st, fn, arg, e);
}

bool load_threads(
    struct db *d, struct wall closed_since, load_delivery_fn fn, void *arg, struct err *e)
{
	struct bind b = bind_to(db_stmt(d,
	    DELIVERIES_SELECT "WHERE state IN (1, 3) AND handle <> '' AND incident IN"
			      " (SELECT id FROM incidents WHERE state = 0 OR closed >= ?"
			      "  UNION SELECT incident FROM deliveries WHERE state = 0)"
			      " ORDER BY sent, id"));

	bind_int(&b, closed_since.ms);
	return each_delivery(d, b.st, fn, arg, e);
}

bool load_channels(struct db *d, load_channel_fn fn, void *arg, struct err *e)
{
	sqlite3_stmt *st = db_stmt(d, CHANNELS_SELECT "ORDER BY name");
	bool ok = true, row = true, go = true;

	while (go && (ok = db_step(d, st, &row, e)) && row) {
		struct channel_status c;

		if (channels_read(st, &c))
			go = fn(arg, &c);
		else
			complain("channels");
	}
	(void)sqlite3_reset(st);
	return ok;
}

bool load_judge_states(struct db *d, load_state_fn fn, void *arg, struct err *e)
{
	sqlite3_stmt *st =
	    db_stmt(d, "SELECT series, through_ms, constants_hash, json FROM judge_state"
		       " ORDER BY series");
	bool ok = true, row = true, go = true;

	while (go && (ok = db_step(d, st, &row, e)) && row) {
		struct row r = row_of(st);
		uint32_t series = (uint32_t)row_in(&r, 0, UINT32_MAX);
		struct wall through = row_wall(&r);
		uint64_t hash = (uint64_t)row_int(&r);

		go = fn(arg, series, through, hash, row_peek(&r));
	}
	(void)sqlite3_reset(st);
	return ok;
}

bool load_samples(
    struct db *d, struct wall since, load_sample_fn fn, void *arg, struct err *e)
{
	struct bind b = bind_to(db_stmt(d, SAMPLES_SELECT
	    "WHERE s.at > ? ORDER BY s.at + s.end_us / 1000, s.at, s.series"));
	bool ok = true, row = true, go = true;

	bind_int(&b, since.ms);
	while (go && (ok = db_step(d, b.st, &row, e)) && row) {
		struct sample s;
		enum judged judged;

		if (samples_read(b.st, &s, &judged))
			go = fn(arg, &s, judged);
	}
	(void)sqlite3_reset(b.st);
	return ok;
}

bool load_short_ids(
    struct db *d, struct wall since, load_short_id_fn fn, void *arg, struct err *e)
{
	struct bind b = bind_to(db_stmt(d,
	    "SELECT short_id, opened FROM incidents WHERE opened >= ? ORDER BY opened"));
	bool ok = true, row = true, go = true;

	bind_int(&b, since.ms);
	while (go && (ok = db_step(d, b.st, &row, e)) && row) {
		struct row r = row_of(b.st);
		char id[8];

		row_text(&r, id, sizeof(id));
		go = fn(arg, id, row_wall(&r));
	}
	(void)sqlite3_reset(b.st);
	return ok;
}

bool load_log_at(
    struct db *d, const struct ulid *incident, uint32_t seq, struct wall *ret)
{
	struct bind b = bind_to(
	    db_stmt(d, "SELECT at FROM incident_log WHERE incident = ? AND seq = ?"));
	struct row r = row_of(b.st);
	bool row = false;

	bind_text(&b, incident->text);
	bind_int(&b, seq);
	if (!db_step(d, b.st, &row, NULL) || !row)
		return false;
	*ret = row_wall(&r);
	(void)sqlite3_reset(b.st);
	return true;
}

/* Asks go with the first call for a series. */
static bool tell_spend(const struct rollup *r, load_spend_fn fn, void *arg)
{
	int64_t asks = r->samples;
	bool go = true;

	for (int i = 0; go && i < ROLLUP_CURRENCIES && *r->cost[i].currency; i++) {
		bool unknown = strcmp(r->cost[i].currency, ROLLUP_UNKNOWN) == 0;

		go = fn(arg, r->series, unknown ? "" : r->cost[i].currency,
		    unknown ? -1 : r->cost[i].nano, asks);
		asks = 0;
	}
	return go && (!asks || fn(arg, r->series, "USD", 0, asks));
}

bool load_spend(
    struct db *d, struct wall since, load_spend_fn fn, void *arg, struct err *e)
{
	struct history h;

	if (!history_load(&h, d, since, false, e))
		return false;
	for (size_t i = 0; i < h.n; i++) {
		if (!tell_spend(&h.sums[i], fn, arg))
			break;
	}
	history_fini(&h);
	return true;
}
