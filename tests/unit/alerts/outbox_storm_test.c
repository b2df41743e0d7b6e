/* SPDX-License-Identifier: MIT
 *
 * Random storms against an outbox that folds and groups, with a late disk, moody far
 * sides and kill -9 at any moment. The oracle is what arrived where under which key. A
 * failure names its seed; DIMWATCH_TESTS_LONG plays more of them.
 *   outbox_storm_test [SEED [SEEDS]]
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

#ifdef __SANITIZE_ADDRESS__
#define SEEDS 3 /* seven times as dear */
#else
#define SEEDS 8
#endif
#define MANY_SEEDS 1000
#define INCIDENTS  60
#define CHANNELS   3
#define MAX_ROWS   8000
#define NEWS_MS    (2 * MS_PER_H)
#define MOODY_MS   (3 * MS_PER_H) /* then everybody is well */
#define LONGEST_MS (20 * MS_PER_H)
#define MAX_TURNS  400000
#define STORM_MS   (8 * MS_PER_S)
#define BETWEEN_MS (15 * MS_PER_MIN)

static int first_seed = 1, seeds = SEEDS;

static const char *const names[CHANNELS] = {"well", "flaky", "moody"};
static const struct channel_kind kind = {
    .name = "k", .pace_ms = 1000, .burst = 5, .slow_down_ms = 30000, .timeout_ms = 15000};

/* A piece of news that reached a channel under a key. */
struct told {
	struct ulid key, incident;
	uint32_t seq;
	int channel, attempt;
};

struct flight {
	bool up;
	struct ulid id;
	struct wall lands;
	struct channel_verdict v;
};

struct world {
	unsigned seed;
	struct rng rng;
	struct wall start, now, next_news, storm_until, commit_at;
	struct outbox *o;
	struct outbox_update up;        /* not on disk yet */
	struct delivery rows[MAX_ROWS]; /* on disk */
	int n_rows;
	struct told told[MAX_ROWS];
	int n_told, attempts, crashes, news;
	uint32_t seq[INCIDENTS];
	bool open[INCIDENTS];
	struct channel_status status[CHANNELS];
	struct flight flights[CHANNELS];
	struct ulid key; /* of the attempt that is being looked at, as is the channel */
	int channel;
};

static bool chance(struct world *w, uint64_t percent)
{
	return rng_below(&w->rng, 100) < percent;
}

static int channel_of(const char *name)
{
	for (int i = 0; i < CHANNELS; i++) {
		if (strcmp(names[i], name) == 0)
			return i;
	}
	fail_msg("unknown channel");
	abort();
}

static struct delivery *find_row(struct world *w, const struct ulid *id)
{
	for (int i = 0; i < w->n_rows; i++) {
		if (ulid_eq(&w->rows[i].id, id))
			return &w->rows[i];
	}
	return NULL;
}

/* --- the disk --------------------------------------------------------------------- */

static void write_row(struct world *w, const struct delivery *d)
{
	struct delivery *row = find_row(w, &d->id);

	if (!row) {
		assert_true(w->n_rows < MAX_ROWS);
		row = &w->rows[w->n_rows++];
	} else if (row->state != DELIVERY_PENDING) {
		fail_msg("seed %u: a row ended twice", w->seed);
	}
	*row = *d;
}

static void note_update(struct world *w)
{
	if ((w->up.n || w->up.channel_changed) && !w->commit_at.ms)
		w->commit_at = wall_add_ms(w->now, 1 + (int64_t)rng_below(&w->rng, 60));
}

static void commit(struct world *w)
{
	for (size_t i = 0; i < w->up.n; i++)
		write_row(w, &w->up.deliveries[i]);
	for (int c = 0; c < CHANNELS; c++)
		(void)outbox_channel(w->o, names[c], &w->status[c]);
	outbox_update_reset(&w->up);
	w->commit_at = (struct wall){0};
	outbox_committed(w->o);
}

static void begin(struct world *w)
{
	w->o = outbox_new(w->seed + (uint64_t)w->crashes);
	outbox_bundles(w->o, true);
	for (int c = 0; c < CHANNELS; c++)
		outbox_put_channel(w->o, names[c], &kind, w->now);
}

static int in_order(const void *a, const void *b)
{
	const struct delivery *x = a, *y = b;

	if (x->created.ms != y->created.ms)
		return x->created.ms < y->created.ms ? -1 : 1;
	if (x->seq != y->seq)
		return x->seq < y->seq ? -1 : 1;
	return strcmp(x->id.text, y->id.text);
}

static void crash(struct world *w)
{
	outbox_free(w->o);
	outbox_update_reset(&w->up);
	w->commit_at = (struct wall){0};
	w->crashes++;
	memset(w->flights, 0, sizeof(w->flights));
	begin(w);
	for (int c = 0; c < CHANNELS; c++) {
		if (w->status[c].name[0])
			outbox_restore_channel(w->o, &w->status[c]);
	}
	qsort(w->rows, (size_t)w->n_rows, sizeof(w->rows[0]), in_order);
	for (int i = 0; i < w->n_rows; i++)
		outbox_restore(w->o, &w->rows[i]);
	for (int c = 0; c < CHANNELS; c++)
		outbox_put_channel(w->o, names[c], &kind, w->now);
}

/* --- the news --------------------------------------------------------------------- */

static enum message_kind change(struct world *w, uint64_t incident)
{
	if (!w->open[incident]) {
		w->open[incident] = true;
		return w->seq[incident] == 1 ? MESSAGE_OPENED : MESSAGE_REOPENED;
	}
	if (chance(w, 15))
		return MESSAGE_CHANGED;
	w->open[incident] = false;
	return MESSAGE_RESOLVED;
}

static void put_news(struct world *w)
{
	struct delivery d = {.created = w->now, .not_before = w->now};
	uint64_t incident = rng_below(&w->rng, INCIDENTS);

	snprintf(d.incident.text, sizeof(d.incident.text), "01KAR4K8RG%016u",
	    (unsigned)incident);
	d.seq = ++w->seq[incident];
	d.kind = change(w, incident);
	if (chance(w, 30)) { /* it waits for its group */
		str_copy(d.group, sizeof(d.group), incident % 2 ? "odd" : "even");
		d.not_before = wall_add_ms(w->now, (int64_t)rng_below(&w->rng, 60000));
	}
	for (int c = 0; c < CHANNELS; c++) {
		str_copy(d.channel, sizeof(d.channel), names[c]);
		d.id = delivery_id(&d.incident, d.seq, d.channel, d.kind, d.created);
		write_row(w, &d);
		outbox_put(w->o, &d);
		w->news++;
	}
	if (w->now.ms >= w->storm_until.ms && chance(w, 30))
		w->storm_until = wall_add_ms(w->now, STORM_MS);
	w->next_news = wall_add_ms(
	    w->now, 1 + (int64_t)rng_below(&w->rng,
			    w->now.ms < w->storm_until.ms ? STORM_MS / 40 : BETWEEN_MS));
	if (wall_diff_ms(w->now, w->start) > NEWS_MS)
		w->next_news.ms = INT64_MAX;
}

/* --- what arrives ----------------------------------------------------------------- */

/* Never under two keys, never out of its incident's order. */
static void arrive(struct world *w, const struct ulid *incident, uint32_t seq)
{
	const struct told *later = NULL;

	for (int i = 0; i < w->n_told; i++) {
		const struct told *t = &w->told[i];

		if (t->channel != w->channel || !ulid_eq(&t->incident, incident))
			continue;
		if (t->seq == seq && ulid_eq(&t->key, &w->key))
			return; /* a repetition under its key is thrown away */
		if (t->seq == seq)
			fail_msg(
			    "seed %u: %s/%u has two keys", w->seed, incident->text, seq);
		if (t->seq > seq && !ulid_eq(&t->key, &w->key))
			later = t;
	}
	if (later)
		fail_msg("seed %u: %s/%u came after %u", w->seed, incident->text, seq,
		    later->seq);
	for (int i = 0; i < w->n_told; i++) { /* a key that was seen is thrown away */
		if (w->told[i].channel == w->channel &&
		    ulid_eq(&w->told[i].key, &w->key) &&
		    w->told[i].attempt != w->attempts)
			fail_msg("seed %u: more under a key that had arrived", w->seed);
	}
	assert_true(w->n_told < MAX_ROWS);
	w->told[w->n_told++] = (struct told){.key = w->key,
	    .incident = *incident,
	    .seq = seq,
	    .channel = w->channel,
	    .attempt = w->attempts};
}

static void arrive_member(void *arg, const struct delivery *d, bool both, bool maybe)
{
	(void)both;
	(void)maybe;
	arrive(arg, &d->incident, d->seq);
}

/* Whoever took a key once knows it again. */
static bool knows(const struct world *w, const struct ulid *key)
{
	for (int i = 0; i < w->n_told; i++) {
		if (ulid_eq(&w->told[i].key, key))
			return true;
	}
	return false;
}

static struct channel_verdict mood(struct world *w, int c)
{
	static const enum verdict_kind any[] = {VERDICT_ACCEPTED, VERDICT_ACCEPTED,
	    VERDICT_LATER, VERDICT_LATER, VERDICT_SLOW_DOWN, VERDICT_UNWANTED,
	    VERDICT_SHUT, VERDICT_DONE_ALREADY};
	const size_t n = sizeof(any) / sizeof(any[0]);
	struct channel_verdict v = {.kind = VERDICT_ACCEPTED};

	if (c == 0 || wall_diff_ms(w->now, w->start) > MOODY_MS)
		return v;
	v.kind = any[c == 1 ? 1U + chance(w, 60) : rng_below(&w->rng, n)];
	v.wait_ms = (int64_t)rng_below(&w->rng, 5 * MS_PER_MIN);
	v.maybe = v.kind == VERDICT_LATER && chance(w, 40);
	return v;
}

static void take_off(struct world *w, const struct outbox_attempt *a)
{
	int c = channel_of(a->delivery.channel);
	struct flight *f = &w->flights[c];
	struct channel_verdict v = mood(w, c);

	assert_false(f->up);
	if (v.kind == VERDICT_UNWANTED && knows(w, &a->delivery.id))
		v.kind = VERDICT_DONE_ALREADY;
	w->attempts++;
	w->key = a->delivery.id;
	w->channel = c;
	*f = (struct flight){.up = true, .id = a->delivery.id, .v = v};
	f->lands = wall_add_ms(w->now, 1 + (int64_t)rng_below(&w->rng, c ? 3000 : 100));
	if (v.kind != VERDICT_ACCEPTED && v.kind != VERDICT_DONE_ALREADY &&
	    !(v.maybe && chance(w, 50)))
		return;
	if (a->delivery.kind == MESSAGE_SUMMARY)
		outbox_each_member(w->o, &a->delivery.id, arrive_member, w);
	else
		arrive(w, &a->delivery.incident, a->delivery.seq);
}

static void land(struct world *w)
{
	for (int c = 0; c < CHANNELS; c++) {
		struct flight *f = &w->flights[c];

		if (!f->up || f->lands.ms > w->now.ms)
			continue;
		f->up = false;
		outbox_result(w->o, &f->id, &f->v, w->now, &w->up);
		note_update(w);
	}
}

/* --- the hours -------------------------------------------------------------------- */

static void try_all(struct world *w)
{
	struct outbox_attempt a;

	while (outbox_next(w->o, w->now, &a, &w->up))
		take_off(w, &a);
	note_update(w);
	if (outbox_wake_at(w->o).ms <= w->now.ms)
		fail_msg("seed %u: a busy loop", w->seed);
}

static void go_to_next_event(struct world *w)
{
	struct wall next = outbox_wake_at(w->o);

	for (int c = 0; c < CHANNELS; c++) {
		if (w->flights[c].up && w->flights[c].lands.ms < next.ms)
			next = w->flights[c].lands;
	}
	if (w->next_news.ms < next.ms)
		next = w->next_news;
	if (w->commit_at.ms && w->commit_at.ms < next.ms)
		next = w->commit_at;
	w->now = next;
}

static void play(struct world *w, unsigned seed, bool with_crashes)
{
	memset(w, 0, sizeof(*w));
	w->seed = seed;
	rng_init(&w->rng, seed);
	w->start = w->now = w->next_news = fixture_at(0, 0);
	outbox_update_init(&w->up);
	begin(w);
	for (int turn = 0; w->now.ms != INT64_MAX; turn++) {
		if (turn == MAX_TURNS || wall_diff_ms(w->now, w->start) > LONGEST_MS)
			fail_msg("seed %u: no end", seed);
		if (w->commit_at.ms && w->commit_at.ms <= w->now.ms)
			commit(w);
		land(w);
		if (w->next_news.ms <= w->now.ms)
			put_news(w);
		if (with_crashes && w->next_news.ms != INT64_MAX && chance(w, 1))
			crash(w);
		try_all(w);
		go_to_next_event(w);
	}
	outbox_free(w->o);
	outbox_update_fini(&w->up);
}

/* The row that tells this one in the end. */
static const struct delivery *teller(struct world *w, const struct delivery *d)
{
	for (int hops = 0; d && d->state == DELIVERY_FOLDED && hops < 1000; hops++)
		d = find_row(w, &d->into);
	return d;
}

/* Sent, dead by two refusals, or folded into a row that was sent. */
static void assert_all_told(struct world *w)
{
	for (int i = 0; i < w->n_rows; i++) {
		const struct delivery *d = teller(w, &w->rows[i]);

		if (!d)
			fail_msg("seed %u: %s was folded into nothing", w->seed,
			    w->rows[i].id.text);
		else if (d->state == DELIVERY_DEAD && d->plain)
			continue;
		else if (d->state != DELIVERY_SENT || !knows(w, &d->id))
			fail_msg("seed %u: %s was lost", w->seed, w->rows[i].id.text);
	}
}

static void play_all(bool with_crashes)
{
	struct world *w = malloc(sizeof(*w));
	int news = 0, attempts = 0, summaries = 0, folded = 0, crashes = 0;

	assert_non_null(w);
	for (int seed = first_seed; seed < first_seed + seeds; seed++) {
		play(w, (unsigned)seed, with_crashes);
		assert_all_told(w);
		news += w->news;
		attempts += w->attempts;
		crashes += w->crashes;
		for (int i = 0; i < w->n_rows; i++) {
			summaries += w->rows[i].kind == MESSAGE_SUMMARY;
			folded += w->rows[i].state == DELIVERY_FOLDED;
		}
	}
	free(w);
	assert_true(summaries > 3 * seeds && folded > 10 * seeds);
	assert_true(!with_crashes || crashes > 2 * seeds);
	printf(
	    "# evidence storms %s: %d seeds from %d, %d crashes, %d news, %d attempts, "
	    "%d summaries, %d rows folded; lost 0, told under two keys 0\n",
	    with_crashes ? "with crashes" : "in virtual time", seeds, first_seed, crashes,
	    news, attempts, summaries, folded);
}

static void no_news_are_lost_or_told_under_two_keys_and_their_order_is_kept(void **state)
{
	(void)state;
	play_all(false);
}

static void the_same_holds_with_kill_9_at_any_moment(void **state)
{
	(void)state;
	play_all(true);
}

int main(int argc, char **argv)
{
	const char *words = getenv("DIMWATCH_TESTS_LONG");
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		no_news_are_lost_or_told_under_two_keys_and_their_order_is_kept),
	    cmocka_unit_test(the_same_holds_with_kill_9_at_any_moment),
	};

	if (words && words[0])
		seeds = MANY_SEEDS;
	if (argc > 1)
		first_seed = (int)strtol(argv[1], NULL, 10);
	if (argc > 2)
		seeds = (int)strtol(argv[2], NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
