/* SPDX-License-Identifier: MIT
 *
 * Random histories of samples, silences, gaps, reloads, clock steps and restarts, seeded
 * and bounded. Whatever happens: at most one open incident a subject, nothing ends before
 * it began, sequence numbers rise, what is open can end, and a restart changes nothing.
 *   judge_property_test [SEED [HISTORIES]]   a hundred thousand with DIMWATCH_TESTS_LONG
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/rng.h"
#include "tests/unit/alerts/judge_fixture.h"

#ifdef __SANITIZE_ADDRESS__
enum { FEW = 150 };
#else
enum { FEW = 500 };
#endif
#define MANY      100000
#define MAX_STEPS 240 /* of one history, 20 at least */
#define MAX_SEEN  512
#define MAX_ASKS  256

/* current: the history, as a seed: said when it fails. */
static uint64_t seed = 1, current;
static int histories = FEW;

/* What storage would have seen of each incident. */
struct seen {
	struct ulid id;
	uint32_t seq;
	enum incident_state state;
};

struct history {
	struct bench b;
	struct rng rng;
	int weather[FIXTURE_TARGETS]; /* failures in 100 asks */
	int control_weather;          /* ... of controls */
	struct control_ask asks[MAX_ASKS];
	int n_asks;
	struct seen seen[MAX_SEEN];
	int n_seen;
	struct str story; /* everything that was traced, wished and remarked */
};

static void begin(struct history *h, uint64_t number)
{
	memset(h, 0, sizeof(*h));
	rng_init(&h->rng, number);
	str_init(&h->story, (size_t)16 << 20);
	bench_init(&h->b, 3);
	/* The second and third are far; half of the histories have controls. */
	h->b.targets[1].remote = h->b.targets[2].remote = true;
	h->b.way.n_controls = number % 2 ? 2 : 0;
	if (number % 3 == 0) /* two models of one provider */
		str_copy(
		    h->b.targets[1].provider, sizeof(h->b.targets[1].provider), "p3");
	bench_rule(&h->b, "errors", "error_rate > 20% over 10m, at least 3 failures");
	bench_rule(&h->b, "often", "error_rate >= 5% over 2h, at least 2 failures");
	h->b.rules[1].for_ms = 4 * MS_PER_MIN;
	bench_config(&h->b);
}

static void end(struct history *h)
{
	bench_fini(&h->b);
	str_fini(&h->story);
}

static struct seen *seen_of(struct history *h, const struct ulid *id)
{
	for (int i = 0; i < h->n_seen; i++) {
		if (ulid_eq(&h->seen[i].id, id))
			return &h->seen[i];
	}
	assert_true(h->n_seen < MAX_SEEN);
	h->seen[h->n_seen].id = *id;
	return &h->seen[h->n_seen++];
}

static void assert_sane_incident(const struct incident *in)
{
	uint32_t sum = 0;

	assert_true(ulid_is_valid(in->id.text));
	assert_int_equal(strlen(in->short_id), 4);
	assert_true(in->opened.ms >= in->started.ms);
	assert_true(in->severity >= in->severity_now);
	assert_true(in->samples >= in->failures);
	assert_true(in->unknown_ms >= 0);
	for (int o = 0; o < OUTCOME_COUNT; o++)
		sum += in->outcomes[o];
	assert_int_equal(sum, in->samples);
	for (int i = 0; i < in->n_causes; i++) {
		assert_true(in->causes[i].since.ms >= in->started.ms);
		if (!in->causes[i].active)
			assert_true(in->causes[i].ended.ms >= in->causes[i].since.ms);
	}
	if (in->state == INCIDENT_OPEN) {
		assert_true(incident_has_active_cause(in));
		assert_int_equal(in->ended.ms, 0);
		assert_int_equal(in->end, END_NONE);
		return;
	}
	assert_false(incident_has_active_cause(in));
	assert_true(in->end != END_NONE);
	assert_true(in->ended.ms >= in->started.ms);
	assert_true(in->closed.ms >= in->ended.ms);
	assert_true(in->closed.ms >= in->opened.ms);
}

static void check_facts(struct history *h)
{
	for (size_t i = 0; i < h->b.up.n_facts; i++) {
		const struct fact *f = &h->b.up.facts[i];
		struct seen *s;

		if (!fact_is_incident(f->kind))
			continue;
		assert_sane_incident(&f->incident);
		s = seen_of(h, &f->incident.id);
		assert_int_equal(f->incident.seq, s->seq + 1);
		if (f->kind == FACT_CLOSED || f->kind == FACT_CLEARED)
			assert_int_equal(s->state, INCIDENT_OPEN);
		if (f->kind == FACT_REOPENED)
			assert_int_equal(s->state, INCIDENT_CLOSED);
		s->seq = f->incident.seq;
		s->state = f->incident.state;
	}
}

static void check_open(struct history *h)
{
	size_t n = judge_open_incidents(h->b.j), open = 0;

	for (size_t i = 0; i < n; i++) {
		const struct incident *in = judge_open_at(h->b.j, i);

		assert_sane_incident(in);
		assert_ptr_equal(judge_find_open(h->b.j, &in->subject), in);
		assert_int_equal(seen_of(h, &in->id)->seq, in->seq);
	}
	for (int i = 0; i < h->n_seen; i++)
		open += h->seen[i].state == INCIDENT_OPEN;
	assert_int_equal(open, n); /* what was told is what is */
}

static void write_down(struct history *h)
{
	const struct judge_update *up = &h->b.up;

	str_adds(&h->story, str_c(&up->trace));
	for (size_t i = 0; i < up->n_wishes; i++)
		str_addf(&h->story, "wish %u in %lld: %s\n", up->wishes[i].series,
		    (long long)up->wishes[i].in_ms, up->wishes[i].why);
	for (size_t i = 0; i < up->n_asks; i++)
		str_addf(&h->story, "ask control %d in %lld\n", up->asks[i].control,
		    (long long)up->asks[i].in_ms);
	for (size_t i = 0; i < up->n_remarks; i++)
		str_addf(&h->story, "remark %u: %s\n", up->remarks[i].series,
		    judged_code(up->remarks[i].judged));
	for (size_t i = 0; i < up->n_facts; i++)
		str_addf(&h->story, "fact %s %u: %u samples\n",
		    up->facts[i].incident.id.text, up->facts[i].incident.seq,
		    up->facts[i].incident.samples);
}

static void check(struct history *h)
{
	write_down(h);
	check_facts(h);
	check_open(h);
}

static void keep_asks(struct history *h)
{
	for (size_t i = 0; i < h->b.up.n_asks && h->n_asks < MAX_ASKS; i++)
		h->asks[h->n_asks++] = h->b.up.asks[i];
}

static void step(struct history *h, struct judge_event ev)
{
	bench_step(&h->b, ev);
	keep_asks(h);
	check(h);
}

/* Some are lost. */
static void answer_controls(struct history *h)
{
	while (h->n_asks > 0) {
		struct control_ask a = h->asks[--h->n_asks];
		struct judge_event ev = {.kind = JUDGE_WITNESS, .u.witness.look = a.look};

		if (rng_below(&h->rng, 20) == 0)
			continue;
		ev.u.witness.control = a.control;
		ev.u.witness.started = h->b.now;
		ev.u.witness.answered =
		    (int)rng_below(&h->rng, 100) >= h->control_weather;
		step(h, ev);
	}
}

/* Time passes with its wake-ups. */
static void pass(struct history *h, int64_t ms)
{
	struct wall until = wall_add_ms(h->b.now, ms);

	for (int i = 0; h->b.up.wake_at.ms <= until.ms && i < 5000; i++) {
		if (h->b.up.wake_at.ms > h->b.now.ms)
			h->b.now = h->b.up.wake_at;
		step(h, (struct judge_event){.kind = JUDGE_TIME});
		assert_true(h->b.up.wake_at.ms > h->b.now.ms);
	}
	h->b.now = until;
}

static enum outcome outcome_for(struct history *h, int failing)
{
	static const enum outcome odd[] = {
	    OUTCOME_QUOTA, OUTCOME_LOCAL, OUTCOME_AUTH, OUTCOME_RATE_LIMITED};

	if (rng_below(&h->rng, 100) < 4 || failing > 100)
		return odd[rng_below(&h->rng, 4)];
	if ((int)rng_below(&h->rng, 100) >= failing)
		return OUTCOME_OK;
	return (enum outcome)(1 + rng_below(&h->rng, OUTCOME_TRUNCATED));
}

static void ask(struct history *h, uint32_t series)
{
	struct sample s;

	/* Starts lie up to half a minute back, so they come out of order; some much
	 * older. */
	sample_init(&s, series,
	    wall_add_ms(h->b.now, -(int64_t)rng_below(&h->rng,
				      rng_below(&h->rng, 40) ? 30000 : 4 * MS_PER_H)));
	s.outcome = outcome_for(h, h->weather[series - 1]);
	s.flags = rng_below(&h->rng, 50) == 0 ? FLAG_LOOP_LATE : 0;
	step(h, (struct judge_event){.kind = JUDGE_SAMPLE, .u.sample = &s});
	if (rng_below(&h->rng, 40) == 0) /* the same one twice */
		step(h, (struct judge_event){.kind = JUDGE_SAMPLE, .u.sample = &s});
}

static void reload(struct history *h)
{
	struct bench *b = &h->b;

	switch (rng_below(&h->rng, 4)) {
	case 0:
		b->n_targets = 2 + rng_below(&h->rng, 2);
		break;
	case 1:
		b->targets[0].interval_ms = 30000 + (int64_t)rng_below(&h->rng, 600000);
		break;
	case 2:
		b->targets[1].auto_on = !b->targets[1].auto_on;
		break;
	default:
		b->rules[0].conditions[0].min_failures = 3 + (int)rng_below(&h->rng, 2);
		break;
	}
	bench_config(b);
	check(h);
}

static void clock_step(struct history *h)
{
	int64_t jump = (int64_t)rng_below(&h->rng, 4 * MS_PER_H) - 2 * MS_PER_H;

	h->b.now.ms += jump;
	step(h, (struct judge_event){.kind = JUDGE_CLOCK, .u.jump_ms = jump});
}

static void off(struct history *h)
{
	struct wall from = h->b.now;

	h->b.now.ms += (int64_t)rng_below(&h->rng, 2 * MS_PER_H);
	step(h, (struct judge_event){.kind = JUDGE_GAP, .u.from = from});
}

static void own(struct history *h)
{
	struct judge_event ev = {
	    .kind = JUDGE_OWN,
	    .u.own = {"disk", rng_below(&h->rng, 2) == 0, SEVERITY_MAJOR, "full"}
        };

	step(h, ev);
}

static void event(struct history *h)
{
	uint64_t dice = rng_below(&h->rng, 200);

	if (dice < 4)
		h->weather[rng_below(&h->rng, 3)] = (int)rng_below(&h->rng, 120);
	else if (dice < 8)
		h->weather[rng_below(&h->rng, 3)] = 0;
	else if (dice == 8)
		reload(h);
	else if (dice == 9)
		clock_step(h);
	else if (dice == 10)
		off(h);
	else if (dice == 11)
		pass(h, 40 * MS_PER_MIN); /* nobody asks */
	else if (dice < 15)
		own(h);
	else if (dice < 20)
		h->control_weather = (int)rng_below(&h->rng, 3) * 50;
	else
		pass(h, 5000 + (int64_t)rng_below(&h->rng, 60000));
	answer_controls(h);
	ask(h, 1 + (uint32_t)rng_below(&h->rng, h->b.n_targets));
}

static bool is_well(const struct history *h)
{
	for (uint32_t s = 1; s <= h->b.n_targets; s++)
		if (bench_health(&h->b, s) != HEALTH_UP)
			return false;
	return judge_open_incidents(h->b.j) == 0;
}

/* After long health everything is closed. */
static void let_it_heal(struct history *h)
{
	step(h, (struct judge_event){
		    .kind = JUDGE_OWN, .u.own = {"disk", false, SEVERITY_MAJOR, ""}
        });
	h->control_weather = 0;
	/* Longer than the six hours of a chronic target. */
	for (int i = 0; i < 900 && (i < 20 || !is_well(h)); i++) {
		pass(h, 30000);
		answer_controls(h);
		for (uint32_t s = 1; s <= h->b.n_targets; s++) {
			struct sample good;

			sample_init(&good, s, h->b.now);
			step(h, (struct judge_event){
				    .kind = JUDGE_SAMPLE, .u.sample = &good});
		}
	}
	assert_int_equal(judge_open_incidents(h->b.j), 0);
	for (uint32_t s = 1; s <= h->b.n_targets; s++)
		assert_int_equal(bench_health(&h->b, s), HEALTH_UP);
}

static int steps_of(struct history *h)
{
	return 20 + (int)rng_below(&h->rng, MAX_STEPS - 20);
}

static void whatever_happens_the_records_are_sane_and_end(void **state)
{
	static struct history h; /* large */
	long opened = 0, events = 0;

	(void)state;
	for (int i = 0; i < histories; i++) {
		current = seed + (uint64_t)i;
		begin(&h, current);
		for (int n = steps_of(&h); n > 0; n--, events++) {
			event(&h);
			str_reset(&h.story);
		}
		opened += h.n_seen;
		let_it_heal(&h);
		end(&h);
	}
	assert_true(opened > histories); /* the histories do say something */
	printf("# evidence histories: %d with %ld events opened %ld incidents, all sane, "
	       "all ended; seed %llu\n",
	    histories, events, opened, (unsigned long long)seed);
}

/* The same history twice, once with restarts between: the same trace. */
static void restarts_change_nothing(void **state)
{
	static struct history a, b;
	int told = 0, restarts = 0, n = histories / 10 > 0 ? histories / 10 : 1;

	(void)state;
	for (int k = 0; k < n; k++) {
		current = seed + (uint64_t)k;
		begin(&a, current);
		begin(&b, current);
		(void)steps_of(&b);
		for (int i = steps_of(&a); i > 0; i--) {
			event(&a);
			if (i % 7 == 3) {
				struct wall wake = b.b.up.wake_at;
				bench_restart(&b.b);
				b.b.up.wake_at = wake;
				restarts++;
			}
			event(&b);
			assert_int_equal(a.b.now.ms, b.b.now.ms);
			assert_string_equal(str_c(&a.story), str_c(&b.story));
			assert_true(a.b.up.wake_at.ms == b.b.up.wake_at.ms);
			told += a.story.len > 0;
			str_reset(&a.story);
			str_reset(&b.story);
		}
		for (int i = 0; i < a.n_seen; i++)
			assert_int_equal(a.seen[i].seq, seen_of(&b, &a.seen[i].id)->seq);
		end(&a);
		end(&b);
	}
	assert_true(told > n);
	printf("# evidence restarts: %d in %d histories changed nothing; seed %llu\n",
	    restarts, n, (unsigned long long)seed);
}

static int say_where(void **state)
{
	(void)state;
	unsigned long long n = current;
	printf("# the last history was %llu: judge_property_test %llu 1\n", n, n);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(
		whatever_happens_the_records_are_sane_and_end, say_where),
	    cmocka_unit_test_teardown(restarts_change_nothing, say_where),
	};
	const char *text = getenv("DIMWATCH_TESTS_LONG");
	if (text && *text)
		histories = MANY;
	if (argc > 1)
		seed = strtoull(argv[1], NULL, 10);
	if (argc > 2 && strtoll(argv[2], NULL, 10) > 0)
		histories = (int)strtoll(argv[2], NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
