/* SPDX-License-Identifier: MIT
 *
 * Drives the judge and keeps the last record of every incident. An incident fact says
 * what the record is now; what changed is seen by comparing its causes with the record
 * before.
 */
#include "agent/replay.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/xalloc.h"

#define MAX_RECORDS 50000

struct replay {
	const struct judge_config *config; /* borrowed */
	struct judge *judge;
	struct judge_update up;
	struct wall now, from;
	struct replay_listener listener;
	struct incident *records; /* owned */
	size_t n_records, cap_records;
	struct replay_totals totals;
};

/* --- records ---------------------------------------------------------------------- */

static struct incident *record_of(struct replay *r, const struct ulid *id)
{
	for (size_t i = r->n_records; i-- > 0;)
		if (ulid_eq(&r->records[i].id, id))
			return &r->records[i];
	return NULL;
}

/* NULL: there are too many. */
static struct incident *add_record(struct replay *r)
{
	if (r->n_records == MAX_RECORDS) {
		r->totals.lost++;
		return NULL;
	}
	if (!r->records || r->n_records == r->cap_records) {
		r->cap_records = r->cap_records ? r->cap_records * 2 : 16;
		r->records =
		    xreallocarray(r->records, r->cap_records, sizeof *r->records);
	}
	struct incident *in = &r->records[r->n_records++];
	memset(in, 0, sizeof *in);
	return in;
}

/* --- words ------------------------------------------------------------------------ */

static void say(struct replay *r, struct wall at, const char *subject, const char *update,
    const char *detail)
{
	if (at.ms >= r->from.ms)
		r->listener.on_update(r->listener.arg,
		    &(struct replay_update){at, subject, update, detail});
}

/* "deepseek"; "deepseek/door" of a lower rung. */
static const char *name_of(
    const struct replay *r, uint32_t series, char *buf, size_t size)
{
	for (size_t i = 0; i < r->config->n_targets; i++) {
		const struct judge_target *t = &r->config->targets[i];
		if (t->series != series)
			continue;
		(void)snprintf(buf, size, "%s%s%s", t->name, t->lead ? "/" : "", t->rung);
		return buf;
	}
	return "vantage";
}

/* What holds an incident open, of one kind: since and until when. */
struct hold {
	bool active, ever;
	struct wall since, ended;
};

static struct hold hold_of(const struct incident *in, bool slow)
{
	struct hold h = {0};
	for (int i = 0; in && i < in->n_causes; i++) {
		const struct cause *c = &in->causes[i];
		if ((strcmp(c->detector, "latency") == 0) != slow)
			continue;
		if (!h.ever || c->since.ms < h.since.ms)
			h.since = c->since;
		h.active |= c->active;
		h.ended = c->ended.ms > h.ended.ms ? c->ended : h.ended;
		h.ever = true;
	}
	return h;
}

static void say_hold(struct replay *r, const struct fact *f, const struct hold *h,
    const char *update, const char *health)
{
	char subject[128], detail[120];
	(void)subject_text(&f->incident.subject, subject, sizeof subject);
	if (h->active)
		(void)snprintf(detail, sizeof detail, "%s%sstart=%" PRId64, health,
		    *health ? " " : "", h->since.ms);
	else
		(void)snprintf(detail, sizeof detail, "start=%" PRId64 " end=%" PRId64,
		    h->since.ms, h->ended.ms);
	say(r, f->at, subject, update, detail);
}

static void say_incident(
    struct replay *r, const struct fact *f, const struct incident *before)
{
	const struct incident *in = &f->incident;
	struct hold was = hold_of(before, false), now = hold_of(in, false);
	struct hold was_slow = hold_of(before, true), slow = hold_of(in, true);
	char subject[128];
	(void)subject_text(&in->subject, subject, sizeof subject);
	if (slow.active != was_slow.active)
		say_hold(r, f, &slow, slow.active ? "slow" : "fast", "");
	if (now.active && !was.active)
		say_hold(r, f, &now, was.ever ? "reopened" : "opened",
		    health_code(in->health));
	else if (!now.active && was.active)
		say_hold(r, f, &now, "closed", "");
	else if (now.active && before && in->health != before->health)
		say(r, f->at, subject, "changed", health_code(in->health));
}

/* A gap is told when it is over and stands where it began. */
static void say_gap(struct replay *r, const struct fact *f)
{
	char title[96];
	char detail[48];
	static const char before[] = "from=";
	int64_t from = f->at.ms;
	if (strncmp(f->detail, before, sizeof before - 1) == 0)
		from = strtoll(f->detail + sizeof before - 1, NULL, 10);
	(void)snprintf(detail, sizeof detail, "until %" PRId64, f->at.ms);
	say(r, (struct wall){from}, name_of(r, f->series, title, sizeof title), "gap",
	    detail);
}

static void keep(struct replay *r, const struct fact *f)
{
	struct incident *old = record_of(r, &f->incident.id), *in = old;
	char subject[128];
	(void)subject_text(&f->incident.subject, subject, sizeof subject);
	if (f->kind == FACT_NOTICE || f->kind == FACT_CLEARED ||
	    f->kind == FACT_RETRACTED)
		say(r, f->at, subject, fact_code(f->kind), f->detail);
	else
		say_incident(r, f, old);
	if (!in && (f->kind == FACT_OPENED || f->kind == FACT_NOTICE))
		in = add_record(r);
	if (in)
		*in = f->incident;
}

static void on_fact(struct replay *r, const struct fact *f)
{
	char title[96];
	if (fact_is_incident(f->kind))
		keep(r, f);
	else if (f->kind == FACT_GAP)
		say_gap(r, f);
	else
		say(r, f->at, name_of(r, f->series, title, sizeof title),
		    fact_code(f->kind), f->detail);
}

/* --- time ------------------------------------------------------------------------- */

static void step(struct replay *r, struct judge_event *ev)
{
	ev->at = r->now;
	judge_step(r->judge, ev, &r->up);
	if (r->up.trace.len && r->now.ms >= r->from.ms)
		r->listener.on_trace(r->listener.arg, str_c(&r->up.trace));
	for (size_t i = 0; i < r->up.n_facts; i++)
		on_fact(r, &r->up.facts[i]);
}

/* Wake-ups before then. */
void replay_until(struct replay *r, struct wall until)
{
	while (r->up.wake_at.ms <= until.ms) {
		if (r->up.wake_at.ms > r->now.ms)
			r->now = r->up.wake_at;
		step(r, &(struct judge_event){.kind = JUDGE_TIME});
		if (r->up.wake_at.ms <= r->now.ms)
			break; /* the judge promises that it lies ahead */
	}
	if (until.ms > r->now.ms)
		r->now = until;
}

void replay_sample(struct replay *r, const struct sample *s, struct wall at)
{
	replay_until(r, at);
	r->totals.samples += at.ms >= r->from.ms;
	step(r, &(struct judge_event){.kind = JUDGE_SAMPLE, .u.sample = s});
}

void replay_past(
    struct replay *r, const struct sample *s, enum judged judged, struct wall at)
{
	replay_until(r, at);
	r->totals.samples += at.ms >= r->from.ms;
	step(r, &(struct judge_event){
		    .kind = JUDGE_PAST, .u.past = {s, judged}
        });
}

void replay_gap(struct replay *r, struct wall began, struct wall ended)
{
	replay_until(r, began);
	r->totals.gaps += ended.ms >= r->from.ms;
	if (ended.ms > r->now.ms)
		r->now = ended;
	step(r, &(struct judge_event){.kind = JUDGE_GAP, .u.from = began});
}

void replay_say(struct replay *r, const struct replay_update *u)
{
	say(r, u->at, u->subject, u->update, u->detail);
}

/* --- life ------------------------------------------------------------------------- */

struct replay *replay_new(const struct judge_config *c, struct wall start,
    struct wall from, const struct replay_listener *l)
{
	struct replay *r = xcalloc(1, sizeof *r);
	r->config = c;
	r->listener = *l;
	r->now = start;
	r->from = from;
	r->judge = judge_new(c->vantage);
	judge_update_init(&r->up);
	step(r, &(struct judge_event){.kind = JUDGE_CONFIG, .u.config = c});
	return r;
}

void replay_free(struct replay *r)
{
	if (!r)
		return;
	judge_free(r->judge);
	judge_update_fini(&r->up);
	free(r->records);
	free(r);
}

struct judge *replay_judge(struct replay *r)
{
	return r->judge;
}

size_t replay_count(const struct replay *r)
{
	size_t n = 0;
	for (size_t i = 0; i < r->n_records; i++)
		n += r->records[i].state == INCIDENT_OPEN ||
		     r->records[i].closed.ms >= r->from.ms;
	return n;
}

const struct incident *replay_at(const struct replay *r, size_t i)
{
	for (size_t k = 0; k < r->n_records; k++) {
		const struct incident *in = &r->records[k];
		if (in->state == INCIDENT_CLOSED && in->closed.ms < r->from.ms)
			continue;
		if (i-- == 0)
			return in;
	}
	return NULL;
}

struct replay_totals replay_totals(const struct replay *r)
{
	return r->totals;
}
