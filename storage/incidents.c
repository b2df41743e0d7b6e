/* SPDX-License-Identifier: MIT
 *
 * Writing: one upsert, then causes and targets by position. Reading is in
 * incidents_read.c.
 */
#include "storage/incidents.h"

#include "agent/base/str.h"
#include "storage/incident_page.h"
#include "storage/incident_share.h"
#include "storage/row.h"

#define MAX_JSON ((size_t)4 << 10)

/* {"overloaded":4}: by code, so that the plain shell can read it. */
static void mix_json(const struct incident *in, struct str *out)
{
	const char *comma = "";

	(void)str_addc(out, '{');
	for (int o = 0; o < OUTCOME_COUNT; o++) {
		if (!in->outcomes[o])
			continue;
		(void)str_addf(out, "%s\"%s\":%u", comma, outcome_code((enum outcome)o),
		    in->outcomes[o]);
		comma = ",";
	}
	(void)str_addc(out, '}');
}

static void bind_error(struct bind *b, const struct incident_error *er)
{
	bool there = er->at.ms != 0;

	bind_wall(b, er->at);
	bind_int_unless(b, there ? (int64_t)er->outcome : -1, -1);
	bind_int_unless(b, there ? er->http_status : -1, -1);
	bind_text(b, there ? er->code : NULL);
	bind_text(b, there ? er->message : NULL);
	bind_text(b, there ? er->request_id : NULL);
}

static void bind_life(struct bind *b, const struct incident *in)
{
	bind_text(b, in->id.text);
	bind_text(b, in->short_id);
	bind_int(b, in->subject.kind);
	bind_text(b, in->subject.id);
	bind_int(b, in->class);
	bind_int(b, in->severity);
	bind_int(b, in->severity_now);
	bind_int(b, in->state);
	bind_int(b, in->end);
	bind_int(b, in->health);
	bind_int(b, in->started.ms);
	bind_int(b, in->opened.ms);
	bind_wall(b, in->ended);
	bind_wall(b, in->closed);
	bind_int(b, in->reopened);
	bind_int(b, in->seq);
}

static const char upsert[] =
    "INSERT INTO incidents(id, short_id, subject_kind, subject, class,"
    " severity, severity_now, state, ending, health, started, opened, ended,"
    " closed, reopened, seq, provider, region, never_up, samples, failures,"
    " unknown_ms, outcomes, first_error_at, first_error_outcome,"
    " first_error_status, first_error_code, first_error_message,"
    " first_error_request_id, last_error_at, last_error_outcome,"
    " last_error_status, last_error_code, last_error_message,"
    " last_error_request_id, acked, hand) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
    " ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON"
    " CONFLICT(id) DO UPDATE SET short_id = excluded.short_id, subject_kind"
    " = excluded.subject_kind, subject = excluded.subject, class ="
    " excluded.class, severity = excluded.severity, severity_now ="
    " excluded.severity_now, state = excluded.state, ending ="
    " excluded.ending, health = excluded.health, started = excluded.started,"
    " opened = excluded.opened, ended = excluded.ended, closed ="
    " excluded.closed, reopened = excluded.reopened, seq = excluded.seq,"
    " provider = excluded.provider, region = excluded.region, never_up ="
    " excluded.never_up, samples = excluded.samples, failures ="
    " excluded.failures, unknown_ms = excluded.unknown_ms, outcomes ="
    " excluded.outcomes, first_error_at = excluded.first_error_at,"
    " first_error_outcome = excluded.first_error_outcome, first_error_status"
    " = excluded.first_error_status, first_error_code ="
    " excluded.first_error_code, first_error_message ="
    " excluded.first_error_message, first_error_request_id ="
    " excluded.first_error_request_id, last_error_at ="
    " excluded.last_error_at, last_error_outcome ="
    " excluded.last_error_outcome, last_error_status ="
    " excluded.last_error_status, last_error_code ="
    " excluded.last_error_code, last_error_message ="
    " excluded.last_error_message, last_error_request_id ="
    " excluded.last_error_request_id, acked = excluded.acked, hand = excluded.hand";

static bool write_record(struct db *d, const struct incident *in, struct err *e)
{
	struct str mix;
	bool ok = false;
	struct bind b = bind_to(db_stmt(d, upsert));

	str_init(&mix, MAX_JSON);
	mix_json(in, &mix);
	bind_life(&b, in);
	bind_text(&b, in->provider);
	bind_text(&b, in->region);
	bind_int(&b, in->never_up);
	bind_int(&b, in->samples);
	bind_int(&b, in->failures);
	bind_int(&b, in->unknown_ms);
	bind_text(&b, str_c(&mix));
	bind_error(&b, &in->first_error);
	bind_error(&b, &in->last_error);
	bind_wall(&b, in->acked);
	bind_text(&b, in->hand);
	ok = db_run(d, b.st, e);
	bind_forget(&b); /* mix goes now */
	str_fini(&mix);
	return ok;
}

/* Never REPLACE: it would take the log along. */
static bool forget_parts(struct db *d, const char *sql, const char *id, struct err *e)
{
	struct bind b = bind_to(db_stmt(d, sql));

	bind_text(&b, id);
	return db_run(d, b.st, e);
}

static bool write_causes(struct db *d, const struct incident *in, struct err *e)
{
	if (!forget_parts(
		d, "DELETE FROM incident_causes WHERE incident = ?", in->id.text, e))
		return false;
	for (int i = 0; i < in->n_causes; i++) {
		const struct cause *c = &in->causes[i];
		struct bind b = bind_to(db_stmt(d,
		    "INSERT INTO incident_causes(incident, position, detector, severity,"
		    " active, since, ended, words) VALUES(?, ?, ?, ?, ?, ?, ?, ?)"));

		bind_text(&b, in->id.text);
		bind_int(&b, i);
		bind_text(&b, c->detector);
		bind_int(&b, c->severity);
		bind_int(&b, c->active);
		bind_int(&b, c->since.ms);
		bind_wall(&b, c->ended);
		bind_text(&b, c->words);
		if (!db_run(d, b.st, e))
			return false;
	}
	return true;
}

static bool write_targets(struct db *d, const struct incident *in, struct err *e)
{
	if (!forget_parts(
		d, "DELETE FROM incident_targets WHERE incident = ?", in->id.text, e))
		return false;
	for (int i = 0; i < in->n_targets; i++) {
		struct bind b = bind_to(
		    db_stmt(d, "INSERT INTO incident_targets(incident, position, target)"
			       " VALUES(?, ?, ?)"));

		bind_text(&b, in->id.text);
		bind_int(&b, i);
		bind_text(&b, in->targets[i]);
		if (!db_run(d, b.st, e))
			return false;
	}
	return true;
}

bool incidents_write(struct db *d, const struct incident *in, struct err *e)
{
	return write_record(d, in, e) && write_causes(d, in, e) &&
	       write_targets(d, in, e) && incident_page_write(d, in, e) &&
	       incident_shares_write(d, in, e);
}

bool incidents_log(struct db *d, const struct incident_entry *en, struct err *e)
{
	struct bind b = bind_to(db_stmt(d,
	    "INSERT INTO incident_log(incident, seq, kind, at, severity, severity_from,"
	    " health, detail, causes) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)"
	    " ON CONFLICT(incident, seq) DO NOTHING"));

	bind_text(&b, en->incident.text);
	bind_int(&b, en->seq);
	bind_text(&b, fact_code(en->kind));
	bind_int(&b, en->at.ms);
	bind_int(&b, en->severity);
	bind_int(&b, en->from);
	bind_int(&b, en->health);
	bind_text(&b, en->detail);
	bind_text(&b, en->causes);
	return db_run(d, b.st, e);
}
