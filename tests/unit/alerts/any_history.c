/* SPDX-License-Identifier: MIT
 *
 * See the header. What happens is a table of chances: samples of all kinds, silence, our
 * own network, witnesses, pages, people, gaps, clocks, reloads, crashes.
 */
#include "tests/unit/alerts/any_history.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

bool any_one_in(struct any_history *h, uint64_t n)
{
	return rng_below(&h->rng, n) == 0;
}

/* --- steps ------------------------------------------------------------------------- */

static void write_down(struct any_history *h)
{
	const struct judge_update *up = &h->up;

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
		str_addf(&h->story, "fact %s %u: %u samples, %d targets\n",
		    up->facts[i].incident.id.text, up->facts[i].incident.seq,
		    up->facts[i].incident.samples, up->facts[i].incident.n_targets);
}

void any_step(struct any_history *h, struct judge_event ev)
{
	ev.at = h->now;
	judge_step(h->j, &ev, &h->up);
	if (h->tells)
		write_down(h);
	any_store_update(&h->store, h->j, &h->w.config, &h->up, h->now, h->folding);
	if (!h->folding)
		any_store_compare(&h->store, h->j);
	for (size_t i = 0; i < h->up.n_asks && h->n_asks < ANY_ASKS; i++)
		h->asks[h->n_asks++] = h->up.asks[i];
}

void any_configure(struct any_history *h)
{
	any_step(h, (struct judge_event){.kind = JUDGE_CONFIG, .u.config = &h->w.config});
}

/* Time passes with its wake-ups. */
void any_pass(struct any_history *h, int64_t ms)
{
	struct wall until = wall_add_ms(h->now, ms);

	while (h->up.wake_at.ms <= until.ms) {
		if (h->up.wake_at.ms > h->now.ms)
			h->now = h->up.wake_at;
		any_step(h, (struct judge_event){.kind = JUDGE_TIME});
		assert_true(h->up.wake_at.ms > h->now.ms);
	}
	h->now = until;
}

static void take_sample(struct any_history *h, const struct sample *s)
{
	any_store_sample(&h->store, s, h->now);
	any_step(h, (struct judge_event){.kind = JUDGE_SAMPLE, .u.sample = s});
}

/* --- what happens ------------------------------------------------------------------ */

/* Some are lost; the last asked answers first. */
void any_answer_controls(struct any_history *h)
{
	while (h->n_asks > 0) {
		struct control_ask a = h->asks[--h->n_asks];
		struct judge_event ev = {.kind = JUDGE_WITNESS};

		if (any_one_in(h, 20))
			continue;
		ev.u.witness.way = a.way;
		ev.u.witness.control = a.control;
		ev.u.witness.started = h->now;
		ev.u.witness.look = a.look;
		ev.u.witness.answered =
		    !h->silent && (int)rng_below(&h->rng, 100) >= h->control_weather;
		any_step(h, ev);
	}
}

static enum outcome outcome_for(struct any_history *h, int failing)
{
	static const enum outcome odd[] = {
	    OUTCOME_QUOTA, OUTCOME_LOCAL, OUTCOME_AUTH, OUTCOME_RATE_LIMITED};
	static const enum outcome silent[] = {
	    OUTCOME_DNS, OUTCOME_TIMEOUT_CONNECT, OUTCOME_LOCAL};

	if (h->silent)
		return silent[rng_below(&h->rng, 3)];
	if (any_one_in(h, 25) || failing > 100)
		return odd[rng_below(&h->rng, 4)];
	if ((int)rng_below(&h->rng, 100) >= failing)
		return OUTCOME_OK;
	return (enum outcome)(1 + rng_below(&h->rng, OUTCOME_TRUNCATED));
}

/* When it began: up to half a minute ago, so they come out of order; some hours ago. */
static struct wall beginning(struct any_history *h)
{
	uint64_t most = any_one_in(h, 60) ? 4 * MS_PER_H : 30000;

	return wall_add_ms(h->now, -(int64_t)rng_below(&h->rng, most));
}

static void ask(struct any_history *h)
{
	uint32_t series = any_world_series(&h->w, &h->rng);
	struct sample s;

	if (series == 0)
		return;
	sample_init(&s, series, beginning(h));
	s.outcome = outcome_for(h, h->weather[series]);
	s.end_us = wall_diff_ms(h->now, s.at) * US_PER_MS;
	s.reused = !any_one_in(h, 3);
	if (s.outcome == OUTCOME_OK)
		s.first_token_us =
		    (USUAL_MS + (int64_t)rng_below(&h->rng, 100)) * US_PER_MS;
	if (s.outcome == OUTCOME_OK && h->slow[series])
		s.first_token_us *= h->slow[series];
	if (any_one_in(h, 40)) {
		s.flags = FLAG_LOOP_LATE;
		s.lag_us = 900 * US_PER_MS;
	}
	str_copy(
	    s.returned_model, sizeof(s.returned_model), any_one_in(h, 3) ? "n" : "m");
	if (any_one_in(h, 30))
		s.cert_expiry_s = h->now.ms / MS_PER_S +
				  (int64_t)rng_below(&h->rng, 30) * MS_PER_DAY / MS_PER_S;
	take_sample(h, &s);
	if (any_one_in(h, 40)) /* the same one twice */
		take_sample(h, &s);
}

/* A learned habit: without it nothing is slow. */
static void teach(struct any_history *h)
{
	for (int i = 0; i < 120; i++) {
		struct sample s;

		any_pass(h, MS_PER_MIN);
		sample_init(&s, h->w.targets[0].series, h->now);
		s.reused = true;
		str_copy(s.returned_model, sizeof(s.returned_model), "m");
		s.first_token_us =
		    (USUAL_MS + (int64_t)rng_below(&h->rng, 100)) * US_PER_MS;
		take_sample(h, &s);
	}
	h->slow[h->w.targets[0].series] = 10;
}

static void on_weather(struct any_history *h)
{
	static const int kinds[] = {0, 0, 10, 50, 100, 100, 120};

	h->weather[1 + rng_below(&h->rng, ANY_ROWS - 1)] = kinds[rng_below(&h->rng, 7)];
	h->control_weather = (int)rng_below(&h->rng, 3) * 50;
}

/* A provider: all its targets. */
static void on_storm(struct any_history *h)
{
	int failing = any_one_in(h, 2) ? 100 : 0;
	int first = (int)rng_below(&h->rng, 2);

	for (int s = 1 + first * 3; s < ANY_ROWS; s++)
		h->weather[s] = failing;
}

static void on_network(struct any_history *h)
{
	h->silent = !h->silent;
}

static void on_reload(struct any_history *h)
{
	any_world_reload(&h->w, &h->rng, h->now);
	any_store_forget(&h->store, &h->w.config, h->now);
	any_configure(h);
}

static void on_clock(struct any_history *h)
{
	int64_t jump = (int64_t)rng_below(&h->rng, 4 * MS_PER_H) - 2 * MS_PER_H;

	if (any_one_in(h, 2))
		jump /= 100;
	if (h->no_crashes && jump < 0)
		jump = -jump;
	h->now.ms += jump;
	any_step(h, (struct judge_event){.kind = JUDGE_CLOCK, .u.jump_ms = jump});
}

static void on_gap(struct any_history *h)
{
	struct wall from = h->now;

	h->now.ms += (int64_t)rng_below(&h->rng, 2 * MS_PER_H);
	any_step(h, (struct judge_event){.kind = JUDGE_GAP, .u.from = from});
}

static void on_silence(struct any_history *h)
{
	any_pass(h, (int64_t)rng_below(&h->rng, MS_PER_H)); /* nobody asks */
}

static void on_own(struct any_history *h)
{
	static const char *const ids[] = {"disk", "channel slack"};
	struct judge_event ev = {
	    .kind = JUDGE_OWN,
	    .u.own = {
		      ids[rng_below(&h->rng, 2)], any_one_in(h, 2), SEVERITY_MAJOR, "full"}
        };

	any_step(h, ev);
}

static void on_hung(struct any_history *h)
{
	struct judge_event ev = {
	    .kind = JUDGE_HUNG,
	    .u.hung = {any_world_series(&h->w, &h->rng),
		       8000 + (int64_t)rng_below(&h->rng, 20000)}
        };

	any_step(h, ev);
}

void any_say_page(struct any_history *h, int i)
{
	static const char *const providers[ANY_PROVIDERS] = {"pa", "pb", "pc"};
	struct judge_event ev = {
	    .kind = JUDGE_PAGE, .u.page = {providers[i], &h->pages[i]}
        };

	any_step(h, ev);
}

static void on_page(struct any_history *h)
{
	int i = (int)rng_below(&h->rng, ANY_PROVIDERS);
	struct opinion_held *held = &h->pages[i];

	held->state = (enum page_state)rng_below(&h->rng, PAGE_STATE_COUNT);
	held->posted.ms = page_state_is_trouble(held->state) ? h->now.ms - 60000 : 0;
	str_copy(held->title, sizeof(held->title), "Elevated errors");
	any_say_page(h, i);
}

/* Somebody takes one in hand, open or not. */
static void on_hand(struct any_history *h)
{
	struct judge_event ev = {.kind = JUDGE_HAND};

	if (h->store.n == 0)
		return;
	any_store_sort(&h->store);
	ev.u.hand.incident = h->store.incidents[rng_below(&h->rng, h->store.n)].id;
	ev.u.hand.silenced = any_one_in(h, 2);
	ev.u.hand.words = "acknowledged by ann";
	any_step(h, ev);
}

static void on_dump(struct any_history *h)
{
	any_store_dump(&h->store, h->j, &h->w.config, h->now);
}

/* --- a history --------------------------------------------------------------------- */

static const struct {
	int chances; /* in 400 */
	void (*happens)(struct any_history *h);
} events[] = {
    {12, on_weather  },
    {4,  on_storm    },
    {4,  on_network  },
    {8,  on_reload   },
    {3,  on_clock    },
    {3,  on_gap      },
    {4,  on_silence  },
    {4,  on_own      },
    {4,  on_hung     },
    {6,  on_page     },
    {4,  on_hand     },
    {8,  any_on_crash},
    {10, on_dump     },
};

void any_history_event(struct any_history *h)
{
	int dice = (int)rng_below(&h->rng, 400);

	for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++) {
		if (dice >= 0 && dice < events[i].chances)
			events[i].happens(h);
		dice -= events[i].chances;
	}
	any_pass(h, 1000 + (int64_t)rng_below(&h->rng, 50000));
	any_answer_controls(h);
	ask(h);
}

int any_history_length(struct any_history *h)
{
	if (any_one_in(h, 20))
		return 100 + (int)rng_below(&h->rng, 200);
	return 5 + (int)rng_below(&h->rng, 40);
}

void any_history_begin(struct any_history *h, uint64_t seed)
{
	memset(h, 0, sizeof(*h));
	rng_init(&h->rng, seed);
	str_init(&h->story, (size_t)16 << 20);
	judge_update_init(&h->up);
	h->now.ms = ANY_T0;
	h->store.keeps = any_one_in(h, 8);
	any_world_init(&h->w, &h->rng, false);
	h->j = judge_new("hk-1");
	any_configure(h);
	if (any_one_in(h, 30))
		teach(h);
	if (any_one_in(h, 2))
		on_storm(h);
}

void any_history_end(struct any_history *h)
{
	judge_free(h->j);
	judge_update_fini(&h->up);
	str_fini(&h->story);
	any_store_fini(&h->store);
}
