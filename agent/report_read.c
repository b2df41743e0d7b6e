/* SPDX-License-Identifier: MIT
 *
 * See the header.
 */
#include "agent/report_read.h"

#include <stdlib.h>
#include <string.h>

#include "agent/base/xalloc.h"
#include "storage/past.h"
#include "storage/reader_outbox.h"
#include "storage/reader_report.h"
#include "storage/reader_sums.h"
#include "storage/series.h"

#define MAX_ENTRIES    2000
#define MAX_DELIVERIES 2000
#define MAX_OTHERS     1000 /* incidents that may be trouble of our own meanwhile */

/* --- the log and the messages ----------------------------------------------------- */

static bool on_entry(void *arg, const struct incident_entry *en)
{
	struct report *r = arg;
	struct report_entry *to;

	r->entries = xreallocarray(r->entries, r->n_entries + 1, sizeof(*r->entries));
	to = &r->entries[r->n_entries++];
	*to = (struct report_entry){.seq = en->seq,
	    .kind = en->kind,
	    .at = en->at,
	    .severity = en->severity,
	    .from = en->from,
	    .health = en->health,
	    .causes = xstrdup(en->causes ? en->causes : "")};
	(void)str_copy(to->detail, sizeof(to->detail), en->detail);
	return r->n_entries < MAX_ENTRIES;
}

static bool on_delivery(void *arg, const struct delivery *d, const char *short_id)
{
	struct report *r = arg;

	(void)short_id;
	r->deliveries =
	    xreallocarray(r->deliveries, r->n_deliveries + 1, sizeof(*r->deliveries));
	r->deliveries[r->n_deliveries++] = *d;
	return true;
}

static int by_creation(const void *a, const void *b)
{
	const struct delivery *x = a, *y = b;

	if (x->created.ms != y->created.ms)
		return x->created.ms < y->created.ms ? -1 : 1;
	if (x->seq != y->seq)
		return x->seq < y->seq ? -1 : 1;
	return strcmp(x->channel, y->channel);
}

static bool read_deliveries(struct reader *db, struct report *r, struct err *e)
{
	struct reader_outbox_filter f = {.incident = r->in.id.text,
	    .state = READER_ANY_STATE,
	    .limit = MAX_DELIVERIES};

	if (!reader_outbox(db, &f, on_delivery, r, e))
		return false;
	if (r->n_deliveries)
		qsort(
		    r->deliveries, r->n_deliveries, sizeof(*r->deliveries), by_creation);
	return true;
}

/* --- trouble of our own ----------------------------------------------------------- */

static bool on_other(void *arg, const struct incident *in)
{
	struct report *r = arg;
	bool overlaps = in->started.ms <= report_end(r).ms &&
			(!in->ended.ms || in->ended.ms >= r->in.started.ms);

	if (in->class != CLASS_SELF || !overlaps || ulid_eq(&in->id, &r->in.id))
		return true;
	r->ours = xreallocarray(r->ours, r->n_ours + 1, sizeof(*r->ours));
	r->ours[r->n_ours++] = *in;
	return true;
}

static bool read_ours(struct reader *db, struct report *r, struct err *e)
{
	struct reader_incident_filter f = {
	    .since = wall_add_ms(r->in.started, -30 * MS_PER_DAY), .limit = MAX_OTHERS};

	return reader_incidents(db, &f, on_other, r, e);
}

/* --- samples ---------------------------------------------------------------------- */

static bool is_affected(const struct incident *in, const char *name)
{
	for (int i = 0; i < in->n_targets; i++)
		if (strcmp(in->targets[i], name) == 0)
			return true;
	return in->subject.kind == SUBJECT_TARGET && strcmp(in->subject.id, name) == 0;
}

static void on_series(void *arg, const struct series *s)
{
	struct report *r = arg;
	struct report_series *to;

	r->series = xreallocarray(r->series, r->n_series + 1, sizeof(*r->series));
	to = &r->series[r->n_series++];
	*to = (struct report_series){.id = s->id, .pace_ms = s->pace_ms};
	(void)str_copy(to->name, sizeof(to->name), series_name(s));
	(void)str_copy(to->provider, sizeof(to->provider), s->provider);
	(void)str_copy(to->model, sizeof(to->model), s->model);
	(void)str_copy(to->region, sizeof(to->region), s->region);
	(void)str_copy(to->kind, sizeof(to->kind), s->kind);
	(void)str_copy(to->vantage, sizeof(to->vantage), s->vantage);
	to->affected = is_affected(&r->in, to->name);
	if (to->affected || !r->vantage[0])
		(void)str_copy(r->vantage, sizeof(r->vantage), s->vantage);
}

static int by_id(const void *a, const void *b)
{
	const struct report_series *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static bool on_sample(void *arg, const struct sample *s, enum judged judged)
{
	report_see(arg, s, judged);
	return true;
}

static bool on_gap(void *arg, struct wall began, struct wall ended)
{
	report_note_gap(arg, began, ended);
	return true;
}

static bool on_sum(void *arg, enum rollup_level level, const struct rollup *row)
{
	report_see_sum(arg, level, row);
	return true;
}

static struct wall_span around(const struct report *r)
{
	return (struct wall_span){wall_add_ms(r->in.started, -REPORT_AROUND_MS),
	    wall_add_ms(report_end(r), REPORT_AROUND_MS)};
}

/* Where single asks are no longer kept. */
static bool read_sums(struct reader *db, struct report *r, struct err *e)
{
	struct wall_span span = around(r);
	struct reader_levels levels;
	int64_t oldest;

	if (!reader_levels(db, &levels, e))
		return false;
	oldest = reader_level_until(&levels, ROLLUP_LEVEL_COUNT);
	r->kept_from.ms = oldest;
	if (levels.raw <= span.from.ms || oldest == levels.raw)
		return true;
	r->single_from.ms = levels.raw;
	return reader_sums(db, &levels, span, on_sum, r, e);
}

static bool read_samples(struct reader *db, struct report *r, struct err *e)
{
	uint32_t *ids = xcalloc(r->n_series + 1, sizeof(*ids));
	struct past_reader past = {.series = ids,
	    .n_series = r->n_series,
	    .from = around(r).from,
	    .until = around(r).until,
	    .on_sample = on_sample,
	    .on_gap = on_gap,
	    .arg = r};
	bool good;

	for (size_t i = 0; i < r->n_series; i++)
		ids[i] = r->series[i].id;
	good = past_read(reader_db(db), &past, e);
	free(ids);
	return good;
}

/* --- cost ------------------------------------------------------------------------- */

static bool on_cost(void *arg, const struct reader_cost *c)
{
	struct report *r = arg;
	size_t i = 0;

	r->asks += (uint32_t)c->asks;
	if (!c->currency[0]) {
		r->unknown_asks += (uint32_t)c->asks;
		return true;
	}
	while (i < r->n_money && strcmp(r->money[i].currency, c->currency) != 0)
		i++;
	if (i == REPORT_MAX_MONEY)
		return true;
	if (i == r->n_money)
		(void)str_copy(r->money[r->n_money++].currency,
		    sizeof(r->money[i].currency), c->currency);
	r->money[i].nano += c->nano;
	r->money[i].failed_nano += c->failed_nano;
	return true;
}

static bool read_cost(struct reader *db, struct report *r, struct err *e)
{
	for (size_t i = 0; i < r->n_series; i++) {
		struct reader_cost_of of = {
		    r->series[i].id, r->in.started, report_end(r)};

		if (r->single_from.ms > of.from.ms)
			of.from = r->single_from;

		if (r->series[i].affected && !reader_cost(db, &of, on_cost, r, e))
			return false;
	}
	return true;
}

/* --- one provider's part ---------------------------------------------------------- */

static bool narrow(struct report *r, const char *provider, struct err *e)
{
	char subject[128];

	r->whole = xmalloc(sizeof(*r->whole));
	*r->whole = r->in;
	if (!share_narrow(&r->in, provider))
		return err_set(e, ERR_NOT_FOUND, "%.64s has no part in incident %s, %s",
		    provider, r->in.short_id,
		    subject_text(&r->in.subject, subject, sizeof(subject)));
	if (r->in.n_shares < r->whole->n_shares)
		return true;
	free(r->whole); /* it is all of it */
	r->whole = NULL;
	return true;
}

bool report_read(struct reader *r, const struct report_of *of, struct wall now,
    struct report *ret, struct err *e)
{
	*ret = (struct report){.now = now};
	if (!reader_incident(r, of->id, &ret->in, e) ||
	    (of->provider && !narrow(ret, of->provider, e)) ||
	    !reader_log(r, &ret->in.id, on_entry, ret, e) ||
	    !read_deliveries(r, ret, e) || !read_ours(r, ret, e) ||
	    !series_each(reader_db(r), on_series, ret, e))
		return false;
	if (ret->n_series)
		qsort(ret->series, ret->n_series, sizeof(*ret->series), by_id);
	if (!read_sums(r, ret, e) || !read_samples(r, ret, e) || !read_cost(r, ret, e))
		return false;
	report_complete(ret);
	return true;
}
