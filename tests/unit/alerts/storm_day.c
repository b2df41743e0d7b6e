/* SPDX-License-Identifier: MIT */
#include "tests/unit/alerts/storm_day.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/str.h"
#include "tests/unit/alerts/far_side.h"
#include "tests/unit/alerts/incident_fixture.h"

const struct side storm_sides[CHANNELS] = {
    {"slack",   "ok",					    0,     NULL,              NULL,   4, 4 },
    {"ntfy",    "{\"id\":\"hwQ2YpKdmg\",\"event\":\"message\"}", 0,     NULL,              NULL,   4, 4 },
    {"discord", "{\"id\":\"1190000000000000001\"}",              429,   "Retry-After: 30",
     "{\"message\":\"You are being rate limited.\",\"retry_after\":30.0,"
	"\"global\":false}",								       4, 26},
    {"feishu",  "{\"code\":0,\"msg\":\"success\"}",              500,   NULL,              "oops", 4, 14},
    {"webhook", "",					      HANGS, NULL,              NULL,   4, 14},
};

static int channel_of(const char *name)
{
	for (int c = 0; c < CHANNELS; c++) {
		if (strcmp(storm_sides[c].kind, name) == 0)
			return c;
	}
	fail_msg("no channel %s", name);
	return 0;
}

static const struct channel_conf *conf_of(const struct storm_day *w, int c)
{
	return every_channel_find(w->all, storm_sides[c].kind);
}

static int number_of(const struct storm_day *w, const struct ulid *incident)
{
	for (int i = 0; i < TARGETS; i++) {
		if (ulid_eq(&w->incidents[i].id, incident))
			return i;
	}
	fail_msg("no incident %s", incident->text);
	return 0;
}

/* --- the news --------------------------------------------------------------------- */

static void fail_target(struct storm_day *w, int i)
{
	struct incident *in = &w->incidents[i];
	char id[ULID_LEN + 1];

	*in = fixture_outage();
	snprintf(id, sizeof(id), "01KAR4K8RG%016d", i);
	str_copy(in->id.text, sizeof(in->id.text), id);
	snprintf(in->short_id, sizeof(in->short_id), "%04u", (unsigned)i % 10000u);
	snprintf(in->subject.id, sizeof(in->subject.id), "target-%03d", i);
	snprintf(in->targets[0], sizeof(in->targets[0]), "target-%03d", i);
	snprintf(in->provider, sizeof(in->provider), "provider-%02d", i / 10);
	in->started = wall_add_ms(w->now, -MS_PER_MIN);
	in->opened = w->now;
}

static void recover_target(struct storm_day *w, int i)
{
	struct incident *in = &w->incidents[i];

	in->state = INCIDENT_CLOSED;
	in->end = END_RECOVERED;
	in->ended = in->closed = w->now;
	in->causes[0].active = false;
	in->seq = 2;
}

static void tell_of(struct storm_day *w, enum fact_kind kind, int i)
{
	struct fact f = {.kind = kind, .at = w->now, .incident = w->incidents[i]};
	struct tell_event ev = {.kind = TELL_FACT, .at = w->now, .fact = &f};
	struct tell_update up;

	tell_update_init(&up);
	tell_step(w->tell, &ev, &up);
	assert_int_equal(up.n, CHANNELS);
	for (size_t n = 0; n < up.n; n++)
		outbox_put(w->o, &up.deliveries[n]);
	w->owed += (int)up.n;
	tell_update_fini(&up);
}

static struct wall news_at(const struct storm_day *w)
{
	struct wall none = {INT64_MAX};

	if (w->failed < TARGETS)
		return wall_add_ms(w->start, (int64_t)APART_MS * w->failed);
	if (w->recovered < TARGETS)
		return wall_add_ms(
		    w->start, RECOVER_MS + (int64_t)APART_MS * w->recovered);
	return none;
}

static void tell_news(struct storm_day *w)
{
	if (news_at(w).ms > w->now.ms)
		return;
	if (w->failed < TARGETS) {
		fail_target(w, w->failed);
		tell_of(w, FACT_OPENED, w->failed++);
	} else {
		recover_target(w, w->recovered);
		tell_of(w, FACT_CLOSED, w->recovered++);
	}
}

/* --- what arrives ----------------------------------------------------------------- */

static void arrive(struct storm_day *w, const struct delivery *d)
{
	int i = number_of(w, &d->incident), end = d->seq == 2, c = w->channel;
	struct ulid *key = &w->keys[c][i][end];

	if (w->arrivals[c][i][end] && !ulid_eq(key, &w->key))
		fail_msg("%s heard of %d under two keys", storm_sides[c].kind, i);
	if (end && !w->arrivals[c][i][0])
		fail_msg("%s heard of the end of %d first", storm_sides[c].kind, i);
	*key = w->key;
	w->arrivals[c][i][end]++;
}

static void on_member(void *arg, const struct delivery *d, bool both, bool maybe)
{
	struct storm_day *w = arg;
	struct news *n = &w->news[w->many.n++];

	*n = (struct news){.in = &w->incidents[number_of(w, &d->incident)],
	    .kind = d->kind,
	    .seq = d->seq,
	    .both = both,
	    .maybe = maybe};
	if (w->arrives)
		arrive(w, d);
}

static void compose(
    struct storm_day *w, const struct outbox_attempt *a, struct message *m)
{
	const struct delivery *d = &a->delivery;
	struct render_context c = {.vantage = "hk-1",
	    .now = w->now,
	    .late_ms = wall_diff_ms(w->now, d->created),
	    .both = a->both,
	    .maybe = a->maybe};

	memset(&w->many, 0, sizeof(w->many));
	w->many.all = w->news;
	if (d->kind == MESSAGE_SUMMARY) {
		outbox_each_member(w->o, &d->id, on_member, w);
		w->many.going_on = (size_t)(w->failed - w->recovered);
		render_many(m, &w->many, &c);
		return;
	}
	render(m, d->kind, &w->incidents[number_of(w, &d->incident)], d->created, d->seq,
	    &c);
	str_copy(m->thread, sizeof(m->thread), a->thread);
	m->edit = a->edit;
	if (w->arrives)
		arrive(w, d);
}

/* A receiver that reads the list finds everybody in it. */
static void check_list(const struct storm_day *w, struct span body)
{
	const char *p = body.p;
	size_t n = 0;

	while ((p = strstr(p, "01KAR4K8RG"))) {
		n++;
		p++;
	}
	assert_true(n >= w->many.n);
}

static void build(struct storm_day *w, const struct outbox_attempt *a)
{
	const struct channel_conf *c = conf_of(w, w->channel);
	struct message *m = calloc(1, sizeof(*m));
	struct request rq;
	struct span body;

	assert_non_null(m);
	compose(w, a, m);
	c->kind->build(c, m, a->delivery.id.text, a->delivery.plain, w->now, &rq);
	body = str_span(&rq.body);
	assert_true(body.n > 0 && !rq.body.cut);
	if (body.n > w->max_body)
		w->max_body = body.n;
	if (strcmp(c->name, "webhook") == 0)
		check_list(w, body);
	request_fini(&rq);
	free(m);
}

/* --- attempts --------------------------------------------------------------------- */

static void take_off(struct storm_day *w, const struct outbox_attempt *a)
{
	int c = w->channel = channel_of(a->delivery.channel);
	bool hangs = storm_sides[c].bad_status == HANGS;
	struct flight *f = &w->flights[c];
	int64_t takes = ANSWER_MS;

	assert_false(f->up);
	if (w->now.ms < w->not_again_before[c].ms)
		fail_msg("%s was asked in its pause", storm_sides[c].kind);
	*f = (struct flight){.up = true, .id = a->delivery.id};
	f->bad = storm_sides[c].bad_status && wall_diff_ms(w->now, w->start) < BAD_MS;
	if (f->bad && hangs)
		takes = conf_of(w, c)->kind->timeout_ms;
	f->lands = wall_add_ms(w->now, takes);
	/* Every other time it has it and does not say so. */
	w->arrives = !f->bad || (hangs && w->attempts[c] % 2);
	w->attempts[c]++;
	w->key = a->delivery.id;
	build(w, a);
}

static struct channel_verdict answer_of(struct storm_day *w, int c)
{
	const struct side *s = &storm_sides[c];
	const struct channel_conf *conf = conf_of(w, c);
	struct channel_verdict v;
	struct far_side far;

	if (!w->flights[c].bad)
		far_answers(&far, 200, NULL, s->good);
	else if (s->bad_status == HANGS)
		far_is_silent(&far, WIRE_TIMEOUT, PHASE_SENT);
	else
		far_answers(&far, s->bad_status, s->bad_header, s->bad);
	far.answer.now = w->now;
	conf->kind->read(conf, &far.answer, &v);
	return v;
}

static void land(struct storm_day *w, int c)
{
	struct flight *f = &w->flights[c];
	struct channel_verdict v;

	if (!f->up || f->lands.ms > w->now.ms)
		return;
	v = answer_of(w, c);
	assert_int_equal(v.kind, !f->bad                            ? VERDICT_ACCEPTED
				 : storm_sides[c].bad_status == 429 ? VERDICT_SLOW_DOWN
								    : VERDICT_LATER);
	if (v.kind == VERDICT_SLOW_DOWN) {
		assert_int_equal(v.wait_ms, RETRY_AFTER * MS_PER_S);
		w->not_again_before[c] = wall_add_ms(w->now, v.wait_ms);
	}
	w->messages[c] += v.kind == VERDICT_ACCEPTED;
	f->up = false;
	outbox_result(w->o, &f->id, &v, w->now, &w->up);
}

/* --- the disk --------------------------------------------------------------------- */

static void note(struct storm_day *w)
{
	size_t rows = outbox_stats(w->o).pending;

	if (rows > w->max_rows)
		w->max_rows = rows;
	if (w->up.n && !w->commit_at.ms)
		w->commit_at = wall_add_ms(w->now, COMMIT_MS);
}

static void commit(struct storm_day *w)
{
	if (!w->commit_at.ms || w->commit_at.ms > w->now.ms)
		return;
	for (size_t i = 0; i < w->up.n; i++) {
		const struct delivery *d = &w->up.deliveries[i];

		assert_int_not_equal(d->state, DELIVERY_DEAD);
		w->sent += d->state == DELIVERY_SENT;
		w->folded += d->state == DELIVERY_FOLDED;
		w->summaries += d->state == DELIVERY_SENT && d->kind == MESSAGE_SUMMARY;
	}
	outbox_update_reset(&w->up);
	w->commit_at = (struct wall){0};
	outbox_committed(w->o);
}

/* --- the day ---------------------------------------------------------------------- */

static void begin(struct storm_day *w)
{
	static const char *const names[CHANNELS] = {
	    "slack", "ntfy", "discord", "feishu", "webhook"};
	struct route all = {.to = names, .n_to = CHANNELS};
	struct tell_config config = {.routes = &all, .n_routes = 1};
	struct tell_event ev = {.kind = TELL_CONFIG, .config = &config};
	struct tell_update up;

	w->start = w->now = ev.at = fixture_at(14, 0);
	every_channel_init(w->all);
	w->o = outbox_new(42);
	outbox_bundles(w->o, true);
	for (int c = 0; c < CHANNELS; c++)
		outbox_put_channel(w->o, names[c], channel_find(names[c]), w->now);
	outbox_update_init(&w->up);
	w->tell = tell_new();
	tell_update_init(&up);
	tell_step(w->tell, &ev, &up);
	tell_update_fini(&up);
}

static void note_who_knows(struct storm_day *w)
{
	for (int c = 0; c < CHANNELS; c++) {
		bool all = w->failed == TARGETS;

		for (int i = 0; all && i < TARGETS; i++)
			all = w->arrivals[c][i][0] > 0;
		if (all && !w->told_all[c].ms)
			w->told_all[c] = w->now;
	}
}

static struct wall next_event(const struct storm_day *w)
{
	struct wall next = outbox_wake_at(w->o), news = news_at(w);

	for (int c = 0; c < CHANNELS; c++) {
		if (w->flights[c].up && w->flights[c].lands.ms < next.ms)
			next = w->flights[c].lands;
	}
	if (w->commit_at.ms && w->commit_at.ms < next.ms)
		next = w->commit_at;
	return news.ms < next.ms ? news : next;
}

void storm_day_play(struct storm_day *w)
{
	struct outbox_attempt a;

	begin(w);
	while (w->now.ms != INT64_MAX) {
		assert_true(wall_diff_ms(w->now, w->start) < END_MS);
		commit(w);
		for (int c = 0; c < CHANNELS; c++)
			land(w, c);
		tell_news(w);
		while (outbox_next(w->o, w->now, &a, &w->up))
			take_off(w, &a);
		note(w);
		note_who_knows(w);
		assert_true(next_event(w).ms > w->now.ms);
		w->now = next_event(w);
	}
}

void storm_day_fini(struct storm_day *w)
{
	outbox_update_fini(&w->up);
	outbox_free(w->o);
	tell_free(w->tell);
	every_channel_fini(w->all);
}
