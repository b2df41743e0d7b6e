/* SPDX-License-Identifier: MIT
 *
 * Random interleavings of put, next, result, time, reload and crash against a model that
 * holds what the database would. Seeds are fixed, so a failure repeats itself; it names
 * its seed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/str.h"
#include "alerts/outbox.h"
#include "tests/unit/alerts/incident_fixture.h"

#define SEEDS      40
#define MAX_ROWS   400
#define CHANNELS   4
#define STEADY     0 /* always well: nobody may delay it */
#define BUSY_MS    (6 * MS_PER_H)
#define LONGEST_MS (BUSY_MS + OUTBOX_GIVE_UP_MS + MS_PER_H)
#define STEADY_MS  100
#define TIMEOUT_MS 15000
#define MAX_TURNS  200000

static const char *const names[CHANNELS] = {"steady", "flaky", "hanging", "moody"};
static const struct channel_kind kind = {.name = "k",
    .pace_ms = 1000,
    .burst = 3,
    .slow_down_ms = 30000,
    .timeout_ms = TIMEOUT_MS};

struct flight {
	bool up;
	struct ulid id;
	struct wall lands;
	struct channel_verdict v;
};

struct world {
	uint64_t seed;
	struct rng rng;
	struct wall start, now, next_put;
	struct outbox *o;
	struct outbox_update up;
	struct delivery rows[MAX_ROWS]; /* the database: in order of creation */
	bool final[MAX_ROWS];
	int n_rows;
	uint32_t seq[24]; /* of each incident's log */
	bool open[24];
	struct channel_status status[CHANNELS];
	bool has_status[CHANNELS];
	struct flight flights[CHANNELS];
	int crashes, tries;
};

static int channel_of(const char *name)
{
	for (int i = 0; i < CHANNELS; i++) {
		if (strcmp(names[i], name) == 0)
			return i;
	}
	fail_msg("unknown channel");
	return -1;
}

static bool chance(struct world *w, uint64_t percent)
{
	return rng_below(&w->rng, 100) < percent;
}

static struct delivery *find_row(struct world *w, const struct ulid *id)
{
	for (int i = 0; i < w->n_rows; i++) {
		if (ulid_eq(&w->rows[i].id, id))
			return &w->rows[i];
	}
	fail_msg("seed %u: a row that nobody put", (unsigned)w->seed);
	return NULL;
}

/* Commits what a call changed; a row ends once and never lives again. */
static void commit(struct world *w)
{
	for (size_t i = 0; i < w->up.n; i++) {
		const struct delivery *d = &w->up.deliveries[i];
		struct delivery *row = find_row(w, &d->id);

		if (w->final[row - w->rows])
			fail_msg("seed %u: a row ended twice", (unsigned)w->seed);
		*row = *d;
		w->final[row - w->rows] = d->state != DELIVERY_PENDING;
	}
	if (w->up.channel_changed) {
		int c = channel_of(w->up.channel.name);

		w->status[c] = w->up.channel;
		w->has_status[c] = true;
	}
	outbox_update_reset(&w->up);
}

static void put_channels(struct world *w)
{
	for (int c = 0; c < CHANNELS; c++)
		outbox_put_channel(w->o, names[c], &kind, w->now);
}

/* kill -9 and start: what the database holds comes back, what was in flight is lost. */
static void crash(struct world *w)
{
	outbox_free(w->o);
	w->o = outbox_new(w->seed + (uint64_t)++w->crashes);
	for (int c = 0; c < CHANNELS; c++) {
		if (w->has_status[c])
			outbox_restore_channel(w->o, &w->status[c]);
		w->flights[c].up = false;
	}
	for (int i = 0; i < w->n_rows; i++)
		outbox_put(w->o, &w->rows[i]); /* finished ones are ignored */
	put_channels(w);
}

static enum message_kind news(struct world *w, uint64_t incident)
{
	if (!w->open[incident]) {
		w->open[incident] = true;
		return w->seq[incident] == 1 ? MESSAGE_OPENED : MESSAGE_REOPENED;
	}
	if (chance(w, 40))
		return MESSAGE_CHANGED;
	w->open[incident] = false;
	return chance(w, 90) ? MESSAGE_RESOLVED : MESSAGE_RETRACTED;
}

/* One change of one incident, owed to some channels; the steady one has its own pace. */
static void put_news(struct world *w)
{
	uint64_t incident = rng_below(&w->rng, 24);
	struct delivery d = {.created = w->now, .not_before = w->now};
	char id[ULID_LEN + 1];

	snprintf(id, sizeof(id), "01KAR4K8RG%016u", (unsigned)incident);
	str_copy(d.incident.text, sizeof(d.incident.text), id);
	d.seq = ++w->seq[incident];
	d.kind = news(w, incident);
	for (int c = 0; c < CHANNELS && w->n_rows < MAX_ROWS; c++) {
		if (c != STEADY && chance(w, 30))
			continue;
		str_copy(d.channel, sizeof(d.channel), names[c]);
		d.id = delivery_id(&d.incident, d.seq, d.channel, d.kind, d.created);
		w->rows[w->n_rows++] = d;
		outbox_put(w->o, &d);
	}
	w->next_put = wall_add_ms(w->now, 3000 + (int64_t)rng_below(&w->rng, 400000));
}

static enum verdict_kind mood(struct world *w, int channel)
{
	static const enum verdict_kind any[] = {VERDICT_ACCEPTED, VERDICT_ACCEPTED,
	    VERDICT_LATER, VERDICT_LATER, VERDICT_SLOW_DOWN, VERDICT_UNWANTED,
	    VERDICT_STALE_HANDLE, VERDICT_SHUT, VERDICT_DONE_ALREADY, VERDICT_NONE};

	if (channel == STEADY)
		return VERDICT_ACCEPTED;
	if (strcmp(names[channel], "hanging") == 0)
		return VERDICT_LATER;
	if (strcmp(names[channel], "flaky") == 0)
		return chance(w, 60) ? VERDICT_ACCEPTED : VERDICT_LATER;
	return any[rng_below(&w->rng, sizeof(any) / sizeof(any[0]))];
}

static void take_off(struct world *w, const struct outbox_attempt *a)
{
	int c = channel_of(a->delivery.channel);
	struct flight *f = &w->flights[c];
	struct delivery *row = find_row(w, &a->delivery.id);

	if (f->up)
		fail_msg("seed %u: two in flight on %s", (unsigned)w->seed, names[c]);
	if (w->final[row - w->rows])
		fail_msg("seed %u: tried after its end", (unsigned)w->seed);
	for (struct delivery *d = w->rows; d < row; d++) {
		if (!w->final[d - w->rows] && strcmp(d->channel, row->channel) == 0)
			fail_msg(
			    "seed %u: out of order on %s", (unsigned)w->seed, names[c]);
	}
	if (wall_diff_ms(w->now, row->created) >= OUTBOX_GIVE_UP_MS)
		fail_msg("seed %u: tried after 24 h", (unsigned)w->seed);
	if (c == STEADY && w->crashes == 0 && w->now.ms != row->created.ms)
		fail_msg("seed %u: the steady channel was delayed", (unsigned)w->seed);
	w->tries++;
	f->up = true;
	f->id = a->delivery.id;
	f->v = (struct channel_verdict){.kind = mood(w, c),
	    .wait_ms = (int64_t)rng_below(&w->rng, MS_PER_H),
	    .maybe = chance(w, 30),
	    .for_good = chance(w, 20)};
	f->lands = wall_add_ms(w->now,
	    c == STEADY ? STEADY_MS : 1 + (int64_t)rng_below(&w->rng, TIMEOUT_MS));
}

static void land(struct world *w)
{
	for (int c = 0; c < CHANNELS; c++) {
		struct flight *f = &w->flights[c];

		if (!f->up || f->lands.ms > w->now.ms)
			continue;
		f->up = false;
		outbox_result(w->o, &f->id, &f->v, w->now, &w->up);
		commit(w);
	}
}

static void try_all(struct world *w)
{
	struct outbox_attempt a;

	while (outbox_next(w->o, w->now, &a, &w->up)) {
		commit(w);
		take_off(w, &a);
	}
	commit(w);
	/* Nothing can be tried now: then it does not want to be woken now either. */
	if (outbox_wake_at(w->o).ms <= w->now.ms)
		fail_msg("seed %u: a busy loop", (unsigned)w->seed);
}

static void go_to_next_event(struct world *w)
{
	struct wall next = outbox_wake_at(w->o);

	for (int c = 0; c < CHANNELS; c++) {
		if (w->flights[c].up && w->flights[c].lands.ms < next.ms)
			next = w->flights[c].lands;
	}
	if (w->next_put.ms < next.ms)
		next = w->next_put;
	w->now = next;
}

static void run_world(struct world *w, uint64_t seed, bool with_crashes)
{
	memset(w, 0, sizeof(*w));
	w->seed = seed;
	rng_init(&w->rng, seed);
	w->start = w->now = w->next_put = fixture_at(0, 0);
	w->o = outbox_new(seed);
	outbox_update_init(&w->up);
	put_channels(w);
	for (int turn = 0; w->now.ms != INT64_MAX; turn++) {
		if (turn == MAX_TURNS)
			fail_msg("seed %u: no end", (unsigned)seed);
		land(w);
		if (w->next_put.ms <= w->now.ms)
			put_news(w);
		if (wall_diff_ms(w->now, w->start) > BUSY_MS || w->n_rows == MAX_ROWS)
			w->next_put.ms = INT64_MAX;
		if (with_crashes && chance(w, 1))
			crash(w);
		if (chance(w, 1))
			put_channels(w); /* a reload */
		try_all(w);
		if (wall_diff_ms(w->now, w->start) > LONGEST_MS)
			fail_msg("seed %u: something waits after 24 h", (unsigned)seed);
		go_to_next_event(w);
	}
}

static void assert_all_ended(struct world *w)
{
	struct outbox_stats stats = outbox_stats(w->o);

	assert_int_equal(stats.pending, 0);
	assert_int_equal(stats.in_flight, 0);
	assert_true(w->n_rows > 50 && w->tries > w->n_rows);
	for (int i = 0; i < w->n_rows; i++) {
		if (!w->final[i])
			fail_msg("seed %u: row %d was lost", (unsigned)w->seed, i);
		if (w->rows[i].state == DELIVERY_SENT)
			assert_true(w->rows[i].sent.ms >= w->rows[i].created.ms);
		if (w->rows[i].state == DELIVERY_DEAD)
			assert_true(w->rows[i].plain || w->rows[i].last_error[0]);
	}
}

/* What was folded is told by another row of its incident on the same channel. */
static void assert_folded_are_told_by_others(struct world *w)
{
	for (int i = 0; i < w->n_rows; i++) {
		bool told = false;

		if (w->rows[i].state != DELIVERY_FOLDED)
			continue;
		for (int k = 0; k < w->n_rows && !told; k++) {
			told = w->rows[k].state != DELIVERY_FOLDED &&
			       strcmp(w->rows[k].channel, w->rows[i].channel) == 0 &&
			       ulid_eq(&w->rows[k].incident, &w->rows[i].incident);
		}
		if (!told)
			fail_msg("seed %u: folded into nothing", (unsigned)w->seed);
	}
}

static void play(bool with_crashes)
{
	struct world *w = malloc(sizeof(*w));

	assert_non_null(w);
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		run_world(w, seed, with_crashes);
		assert_all_ended(w);
		assert_folded_are_told_by_others(w);
		outbox_free(w->o);
		outbox_update_fini(&w->up);
	}
	free(w);
}

static void every_delivery_ends_once_in_order_and_nobody_delays_another(void **state)
{
	(void)state;
	play(false);
}

static void the_same_holds_with_crashes_at_any_moment(void **state)
{
	(void)state;
	play(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_delivery_ends_once_in_order_and_nobody_delays_another),
	    cmocka_unit_test(the_same_holds_with_crashes_at_any_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
