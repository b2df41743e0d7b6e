/* SPDX-License-Identifier: MIT
 *
 * See restart.h.
 */
#include "agent/restart.h"

#include <stdlib.h>
#include <string.h>

#include "agent/base/log.h"
#include "agent/base/xalloc.h"
#include "storage/load.h"

/* Without a state the last day is folded, its facts dropped. */
#define FOLD_MS ((int64_t)24 * 3600 * 1000)
/* A closed incident may reopen this long. */
#define REOPEN_MS ((int64_t)30 * 60 * 1000)
/* Samples are found by their start and judged at their end. */
#define LONGEST_EXCHANGE_MS ((int64_t)30 * 60 * 1000)
#define SHORT_ID_MS         ((int64_t)30 * MS_PER_DAY)

struct mark {
	uint32_t series;
	struct wall through; /* samples that ended until then are inside the state */
};

struct fold {
	struct restart *r;
	struct mark *marks; /* owned; one a target of the config; sorted by series */
	size_t n;
	struct judge_update update;
	struct fact *news; /* owned: incident facts that the log does not hold */
	size_t n_news, cap_news;
};

static int by_series(const void *a, const void *b)
{
	const struct mark *x = a, *y = b;
	return x->series < y->series ? -1 : x->series > y->series;
}

static struct mark *find_mark(struct fold *f, uint32_t series)
{
	struct mark key = {.series = series};
	return bsearch(&key, f->marks, f->n, sizeof *f->marks, by_series);
}

static void keep_news(struct fold *f)
{
	for (size_t i = 0; i < f->update.n_facts; i++) {
		const struct fact *fact = &f->update.facts[i];
		struct wall at;
		if (!fact_is_incident(fact->kind) ||
		    load_log_at(store_db(f->r->store), &fact->incident.id,
			fact->incident.seq, &at))
			continue;
		if (f->n_news == f->cap_news) {
			f->cap_news = f->cap_news ? f->cap_news * 2 : 8;
			f->news = xreallocarray(f->news, f->cap_news, sizeof *f->news);
		}
		f->news[f->n_news++] = *fact;
	}
}

static void step(struct fold *f, const struct judge_event *ev)
{
	judge_step(f->r->judge, ev, &f->update);
	keep_news(f);
}

/* Time may complete a `for` or a recovery between two samples. */
static void pass_time(struct fold *f, struct wall until)
{
	while (f->update.wake_at.ms <= until.ms) {
		struct judge_event ev = {.kind = JUDGE_TIME, .at = f->update.wake_at};
		struct wall before = f->update.wake_at;
		step(f, &ev);
		if (f->update.wake_at.ms <= before.ms)
			break;
	}
}

static bool fold_sample(void *arg, const struct sample *s, enum judged judged)
{
	struct fold *f = arg;
	struct mark *m = find_mark(f, s->series);
	struct wall end = wall_add_ms(s->at, s->end_us / US_PER_MS);
	if (!m || end.ms <= m->through.ms)
		return true;
	struct judge_event ev = {.kind = JUDGE_SAMPLE, .at = end, .u.sample = s};
	/* What witnesses said then, they need not say again. */
	if (judged != JUDGED_HELD) {
		ev.kind = JUDGE_PAST;
		ev.u.past.sample = s;
		ev.u.past.judged = judged;
	}
	pass_time(f, end);
	step(f, &ev);
	return true;
}

static bool restore_state(
    void *arg, uint32_t series, struct wall through, uint64_t hash, const char *json)
{
	struct fold *f = arg;
	struct mark *m = find_mark(f, series);
	struct err e = {0};
	if (series == 0) { /* our ways out; a lost one begins clear */
		if (hash == judge_constants_hash() &&
		    !judge_restore(f->r->judge, 0, json, &e))
			log_event(
			    LOG_WARN, "judge_state_unreadable", "series=0 why=%s", e.msg);
		return true;
	}
	if (!m && *json)
		f->r->on_stranger(f->r->arg, series);
	if (!m)
		return true;
	/* No state: it had left the config, it begins anew, at that time. */
	if (*json && hash != judge_constants_hash())
		log_event(LOG_NOTICE, "judge_state_outdated", "series=%u", series);
	else if (*json && !judge_restore(f->r->judge, series, json, &e))
		log_event(LOG_WARN, "judge_state_unreadable", "series=%u why=%s", series,
		    e.msg);
	else
		m->through = through;
	return true;
}

static bool restore_incident(void *arg, const struct incident *in)
{
	struct fold *f = arg;
	if (incident_is_drill(in))
		judge_note_short_id(f->r->judge, in->short_id, in->opened);
	else
		judge_restore_incident(f->r->judge, in);
	book_put(f->r->book, in);
	return true;
}

/* Of the same story storage knows the end: why it ended may not be in the samples. */
static bool correct_incident(void *arg, const struct incident *in)
{
	struct fold *f = arg;
	if (!incident_is_drill(in))
		judge_correct_incident(f->r->judge, in);
	return true;
}

static bool restore_channel(void *arg, const struct channel_status *c)
{
	struct fold *f = arg;
	outbox_restore_channel(f->r->outbox, c);
	return true;
}

static bool restore_delivery(void *arg, const struct delivery *d)
{
	struct fold *f = arg;
	struct incident in;
	const struct incident *known = book_find(f->r->book, &d->incident);
	struct err e = {0};
	if (!known && load_incident(store_db(f->r->store), &d->incident, &in, &e)) {
		book_put(f->r->book, &in);
		known = &in;
	}
	if (known && known->state == INCIDENT_OPEN && d->kind != MESSAGE_SUMMARY)
		tell_restore(f->r->tell, known, d);
	if (d->state != DELIVERY_MUTED) /* nobody was told by that */
		book_note(f->r->book, d);
	if (d->state == DELIVERY_PENDING && conf_find_channel(f->r->conf, d->channel))
		outbox_restore(f->r->outbox, d);
	else if (d->state == DELIVERY_PENDING)
		f->r->on_orphan(f->r->arg, d);
	return true;
}

static bool restore_thread(void *arg, const struct delivery *d)
{
	struct fold *f = arg;
	if (d->kind != MESSAGE_SUMMARY && conf_find_channel(f->r->conf, d->channel))
		outbox_restore_thread(f->r->outbox, d->channel, &d->incident, d->handle);
	return true;
}

static bool restore_short_id(void *arg, const char *short_id, struct wall opened)
{
	struct fold *f = arg;
	judge_note_short_id(f->r->judge, short_id, opened);
	return true;
}

static bool restore_spend(
    void *arg, uint32_t series, const char *currency, int64_t nano, int64_t asks)
{
	struct fold *f = arg;
	spend_restore(f->r->spend, series, currency, nano, asks, f->r->now);
	return true;
}

static bool same_incident(const struct fact *a, const struct fact *b)
{
	return ulid_eq(&a->incident.id, &b->incident.id);
}

/* A story that began and ended inside a fold without state is history, not news. */
static bool is_old_story(const struct fold *f, const struct fact *fact)
{
	bool opened = false, closed = false;
	for (size_t i = 0; i < f->n_news; i++) {
		if (!same_incident(&f->news[i], fact))
			continue;
		opened |=
		    f->news[i].kind == FACT_OPENED || f->news[i].kind == FACT_NOTICE;
		closed = f->news[i].incident.state == INCIDENT_CLOSED; /* at last */
	}
	return opened && closed;
}

static bool read_rows(struct fold *f, struct err *e)
{
	struct restart *r = f->r;
	struct db *d = store_db(r->store);
	struct wall midnight = {r->now.ms / MS_PER_DAY * MS_PER_DAY};
	return load_short_ids(
		   d, wall_add_ms(r->now, -SHORT_ID_MS), restore_short_id, f, e) &&
	       load_judge_states(d, restore_state, f, e) &&
	       load_incidents(
		   d, wall_add_ms(r->now, -REOPEN_MS), restore_incident, f, e) &&
	       load_channels(d, restore_channel, f, e) &&
	       load_threads(d, wall_add_ms(r->now, -REOPEN_MS), restore_thread, f, e) &&
	       load_deliveries(d, restore_delivery, f, e) &&
	       load_spend(d, midnight, restore_spend, f, e);
}

/* A start is a fresh try for every channel, also for one that storage says is shut. */
static void try_channels(const struct restart *r)
{
	for (size_t i = 0; i < r->conf->n_channels; i++)
		outbox_put_channel(r->outbox, r->conf->channels[i].name,
		    r->conf->channels[i].kind, r->now);
}

static bool fold_samples(struct fold *f, struct err *e)
{
	struct wall since = f->r->now;
	for (size_t i = 0; i < f->n; i++)
		if (f->marks[i].through.ms < since.ms)
			since = f->marks[i].through;
	since = wall_add_ms(since, -LONGEST_EXCHANGE_MS);
	return load_samples(store_db(f->r->store), since, fold_sample, f, e);
}

bool restart_read(struct restart *r, struct wall *ret_off, struct err *e)
{
	struct fold f = {.r = r, .n = r->conf->n_targets};
	struct store_last_run last;
	judge_update_init(&f.update);
	f.update.wake_at.ms = INT64_MAX;
	f.marks = xcalloc(f.n ? f.n : 1, sizeof *f.marks);
	for (size_t i = 0; i < f.n; i++)
		f.marks[i] = (struct mark){
		    r->conf->targets[i].series, wall_add_ms(r->now, -FOLD_MS)};
	qsort(f.marks, f.n, sizeof *f.marks, by_series);
	bool good = read_rows(&f, e);
	if (good) {
		try_channels(r);
		r->on_rows(r->arg);
		good = fold_samples(&f, e);
	}
	*ret_off = (struct wall){0};
	if (good && store_last_run(r->store, &last)) {
		*ret_off = last.last_alive;
		pass_time(&f, last.last_alive);
	}
	if (good)
		good = load_incidents(store_db(r->store), wall_add_ms(r->now, -FOLD_MS),
		    correct_incident, &f, e);
	for (size_t i = 0; good && i < f.n_news; i++)
		if (!is_old_story(&f, &f.news[i]))
			r->on_fact(r->arg, &f.news[i]);
	judge_update_fini(&f.update);
	free(f.marks);
	free(f.news);
	return good;
}
