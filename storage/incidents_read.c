/* SPDX-License-Identifier: MIT
 *
 * Reading incidents back. A value out of its range is damage, said as such: half an
 * incident would be told as news.
 */
#include <string.h>

#include "agent/base/json.h"
#include "storage/incident_page.h"
#include "storage/incident_share.h"
#include "storage/incidents.h"
#include "storage/row.h"

static void read_mix(struct row *r, struct incident *in)
{
	json_t *v = json_parse(span_of(row_peek(r)), NULL);

	for (int o = 0; o < OUTCOME_COUNT; o++) {
		json_t *n = json_object_get(v, outcome_code((enum outcome)o));
		json_int_t count = json_integer_value(n);

		if (count > 0 && count <= UINT32_MAX)
			in->outcomes[o] = (uint32_t)count;
	}
	json_decref(v);
}

static void read_error(struct row *r, struct incident_error *er)
{
	er->at = row_wall(r);
	er->outcome = (enum outcome)row_in(r, 0, OUTCOME_COUNT - 1);
	er->http_status = (int)row_in(r, 0, 999);
	row_text(r, er->code, sizeof(er->code));
	row_text(r, er->message, sizeof(er->message));
	row_text(r, er->request_id, sizeof(er->request_id));
}

static void read_life(struct row *r, struct incident *in)
{
	row_text(r, in->id.text, sizeof(in->id.text));
	row_text(r, in->short_id, sizeof(in->short_id));
	in->subject.kind = (enum subject_kind)row_in(r, 0, SUBJECT_KIND_COUNT - 1);
	row_text(r, in->subject.id, sizeof(in->subject.id));
	in->class = (enum incident_class)row_in(r, 0, CLASS_COUNT - 1);
	in->severity = (enum severity)row_in(r, 0, SEVERITY_COUNT - 1);
	in->severity_now = (enum severity)row_in(r, 0, SEVERITY_COUNT - 1);
	in->state = (enum incident_state)row_in(r, 0, INCIDENT_STATE_COUNT - 1);
	in->end = (enum incident_end)row_in(r, 0, INCIDENT_END_COUNT - 1);
	in->health = (enum health)row_in(r, 0, HEALTH_COUNT - 1);
	in->started = row_wall(r);
	in->opened = row_wall(r);
	in->ended = row_wall(r);
	in->closed = row_wall(r);
	in->reopened = (int)row_in(r, 0, INT32_MAX);
	in->seq = (uint32_t)row_in(r, 0, UINT32_MAX);
}

static bool read_causes(struct db *d, struct incident *in, bool *bad, struct err *e)
{
	struct bind b = bind_to(db_stmt(d,
	    "SELECT detector, severity, active, since, ended, words FROM incident_causes"
	    " WHERE incident = ? ORDER BY position"));

	bind_text(&b, in->id.text);
	for (;;) {
		struct cause *c = &in->causes[in->n_causes];
		struct row r = row_of(b.st);
		bool row = false;

		if (!db_step(d, b.st, &row, e))
			return false;
		if (!row || in->n_causes == INCIDENT_MAX_CAUSES)
			break;
		row_text(&r, c->detector, sizeof(c->detector));
		c->severity =
		    (enum severity)row_in(&r, SEVERITY_MINOR, SEVERITY_COUNT - 1);
		c->active = row_bool(&r);
		c->since = row_wall(&r);
		c->ended = row_wall(&r);
		row_text(&r, c->words, sizeof(c->words));
		*bad |= r.bad;
		in->n_causes++;
	}
	(void)sqlite3_reset(b.st);
	return true;
}

static bool read_targets(struct db *d, struct incident *in, struct err *e)
{
	struct bind b = bind_to(db_stmt(d,
	    "SELECT target FROM incident_targets WHERE incident = ? ORDER BY position"));

	bind_text(&b, in->id.text);
	for (;;) {
		struct row r = row_of(b.st);
		bool row = false;

		if (!db_step(d, b.st, &row, e))
			return false;
		if (!row || in->n_targets == INCIDENT_MAX_TARGETS)
			break;
		row_text(
		    &r, in->targets[in->n_targets], sizeof(in->targets[in->n_targets]));
		in->n_targets++;
	}
	(void)sqlite3_reset(b.st);
	return true;
}

bool incidents_read(struct db *d, sqlite3_stmt *st, struct incident *ret, struct err *e)
{
	struct row r = row_of(st);
	bool bad = false;

	memset(ret, 0, sizeof(*ret));
	read_life(&r, ret);
	row_text(&r, ret->provider, sizeof(ret->provider));
	row_text(&r, ret->region, sizeof(ret->region));
	ret->never_up = row_bool(&r);
	ret->samples = (uint32_t)row_in(&r, 0, UINT32_MAX);
	ret->failures = (uint32_t)row_in(&r, 0, UINT32_MAX);
	ret->unknown_ms = row_int(&r);
	read_mix(&r, ret);
	read_error(&r, &ret->first_error);
	read_error(&r, &ret->last_error);
	ret->acked = row_wall(&r);
	row_text(&r, ret->hand, sizeof(ret->hand));
	if (!read_causes(d, ret, &bad, e) || !read_targets(d, ret, e) ||
	    !incident_page_read(d, ret, &bad, e) ||
	    !incident_shares_read(d, ret, &bad, e))
		return false;
	if (r.bad || bad || !ulid_is_valid(ret->id.text))
		return err_set(e, ERR_STORAGE,
		    "the record of incident '%.26s' is damaged", ret->id.text);
	return true;
}
