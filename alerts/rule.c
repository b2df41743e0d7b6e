/* SPDX-License-Identifier: MIT
 *
 * One rule on one target: a ring of buckets that covers the window, a three-valued
 * condition, and the phases idle, pending, firing. A window is thus W to W plus one
 * bucket long, the same in `run` and in `replay`.
 */
#include "alerts/rule.h"

#include <inttypes.h>
#include <string.h>

#include "agent/base/rng.h"

#define NEVER             INT64_MAX
#define UNMEASURABLE_MS   (30 * MS_PER_MIN)
#define RESOLVE_SUCCESSES 3

/* Divisors of a day in seconds, so that buckets are aligned to absolute time. */
static const int32_t widths_s[] = {1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 15, 16, 18, 20, 24, 25,
    27, 30, 32, 36, 40, 45, 48, 50, 54, 60, 64, 72, 75, 80, 90, 96, 100, 108, 120, 128,
    135, 144, 150, 160, 180, 192, 200, 216, 225, 240, 270, 288, 300, 320, 360, 384, 400,
    432, 450, 480, 540, 576, 600, 640, 675, 720, 800, 864, 900, 960, 1080, 1152, 1200,
    1350, 1440, 1600, 1728, 1800, 1920, 2160, 2400, 2700, 2880, 3200, 3456, 3600, 4320,
    4800, 5400, 5760, 7200, 8640, 9600, 10800, 14400, 17280, 21600, 28800, 43200};

static int64_t width_ms(const struct rule *r)
{
	int64_t least = (r->window_ms + 59) / 60;

	for (size_t i = 0; i < sizeof(widths_s) / sizeof(*widths_s); i++) {
		if (widths_s[i] * MS_PER_S >= least)
			return widths_s[i] * MS_PER_S;
	}
	return MS_PER_DAY;
}

static int64_t slot_of(const struct rule *r, int64_t ms)
{
	return (ms < 0 ? 0 : ms) / width_ms(r);
}

/* Slots that make up the window, the newest (open) one included. */
static int64_t window_slots(const struct rule *r)
{
	int64_t w = width_ms(r);

	return (r->window_ms + w - 1) / w + 1;
}

static void clear_ring(struct rule_state *s)
{
	memset(s->n, 0, sizeof(s->n));
	memset(s->failed, 0, sizeof(s->failed));
	memset(s->first_fail_ms, 0, sizeof(s->first_fail_ms));
	s->newest = -1;
}

void rule_state_init(struct rule_state *s, struct wall known_from)
{
	memset(s, 0, sizeof(*s));
	s->newest = -1;
	s->covered_from_ms = known_from.ms;
}

/* Makes `slot` the newest, dropping what falls out; older slots are left as they are. */
static void advance(struct rule_state *s, int64_t slot)
{
	if (s->newest >= 0 && slot - s->newest < RULE_SLOTS) {
		for (int64_t i = s->newest + 1; i <= slot; i++) {
			s->n[i % RULE_SLOTS] = 0;
			s->failed[i % RULE_SLOTS] = 0;
			s->first_fail_ms[i % RULE_SLOTS] = 0;
		}
	} else {
		clear_ring(s);
	}
	if (slot > s->newest)
		s->newest = slot;
}

static void forget(struct rule_state *s, int64_t covered_from_ms)
{
	clear_ring(s);
	s->covered_from_ms = covered_from_ms;
	if (s->phase == RULE_PENDING)
		s->phase = RULE_IDLE;
	s->pending_since_ms = s->resolving_since_ms = s->unknown_since_ms = 0;
	s->first_good_ms = 0;
	s->ok_since_fail = 0;
}

void rule_on_gap(struct rule_state *s, struct wall until)
{
	forget(s, until.ms);
}

void rule_on_jump(struct rule_state *s, int64_t jump_ms, struct wall now)
{
	if (jump_ms < 0) {
		forget(s, now.ms);
		return;
	}
	/* No time passed: what is being timed moves along. */
	if (s->pending_since_ms)
		s->pending_since_ms += jump_ms;
	if (s->resolving_since_ms)
		s->resolving_since_ms += jump_ms;
	if (s->unknown_since_ms)
		s->unknown_since_ms += jump_ms;
}

void rule_adopt(struct rule_state *s, struct wall start)
{
	s->phase = RULE_FIRING;
	s->start_ms = start.ms;
	s->pending_since_ms = s->resolving_since_ms = s->unknown_since_ms = 0;
}

/* Overlapping asks may finish out of order, so `at` may be a little older than the newest
 * slot. More than a window older means that the clock went back unnoticed. */
static void add(const struct rule *r, struct rule_state *s, int64_t at, bool failed)
{
	int64_t slot = slot_of(r, at), i = slot % RULE_SLOTS;

	if (s->newest >= 0 && slot <= s->newest - RULE_SLOTS)
		forget(s, at);
	if (s->newest < 0 && at < s->covered_from_ms)
		s->covered_from_ms = at; /* folding what was stored before the start */
	if (slot > s->newest)
		advance(s, slot);
	s->n[i]++;
	if (failed) {
		s->failed[i]++;
		if (s->first_fail_ms[i] == 0 || at < s->first_fail_ms[i])
			s->first_fail_ms[i] = at;
		s->ok_since_fail = 0;
		s->first_good_ms = 0;
	} else {
		if (s->ok_since_fail++ == 0)
			s->first_good_ms = at;
	}
}

struct window {
	uint32_t n, failed;
	int64_t first_fail_ms; /* 0: none */
	double share;
	bool half_covered;
};

static struct window look(const struct rule *r, struct rule_state *s, int64_t now)
{
	struct window w = {0};
	int64_t slots = window_slots(r), last;

	if (s->newest >= 0 && slot_of(r, now) > s->newest)
		advance(s, slot_of(r, now));
	last = s->newest;
	for (int64_t k = last; k >= 0 && k > last - slots; k--) {
		int64_t i = k % RULE_SLOTS;

		w.n += s->n[i];
		w.failed += s->failed[i];
		if (s->first_fail_ms[i] &&
		    (w.first_fail_ms == 0 || s->first_fail_ms[i] < w.first_fail_ms))
			w.first_fail_ms = s->first_fail_ms[i];
	}
	w.share = w.n ? (double)w.failed / w.n : 0;
	w.half_covered = now - s->covered_from_ms >= r->window_ms / 2;
	return w;
}

/* "A `failures` guard not met makes the condition false; a `samples` guard not met makes
 * it unknown"; unknown also when less than half of the window is covered and the value is
 * not above the limit. */
static enum truth when(const struct rule *r, const struct window *w)
{
	bool above = r->or_equal ? w->share >= r->limit : w->share > r->limit;

	if (w->failed < (uint32_t)r->min_failures)
		return TRUTH_FALSE;
	if (w->n == 0 || w->n < (uint32_t)r->min_samples)
		return TRUTH_UNKNOWN;
	if (above)
		return TRUTH_TRUE;
	return w->half_covered ? TRUTH_FALSE : TRUTH_UNKNOWN;
}

/* "value < R/2 in the window, and >= 3 successes since the last failure that counted" */
static enum truth resolve(
    const struct rule *r, const struct rule_state *s, const struct window *w)
{
	if (w->n == 0 || w->n < (uint32_t)r->min_samples)
		return TRUTH_UNKNOWN;
	if (w->share >= r->limit / 2 && w->failed)
		return TRUTH_FALSE;
	if (s->ok_since_fail < RESOLVE_SUCCESSES)
		return TRUTH_FALSE;
	return w->half_covered ? TRUTH_TRUE : TRUTH_UNKNOWN;
}

/* "Unknown holds": whatever is being timed stands still meanwhile. */
static void thaw(struct rule_state *s, int64_t now)
{
	int64_t frozen = s->unknown_since_ms ? now - s->unknown_since_ms : 0;

	s->unknown_since_ms = 0;
	if (frozen <= 0)
		return;
	if (s->pending_since_ms)
		s->pending_since_ms += frozen;
	if (s->resolving_since_ms)
		s->resolving_since_ms += frozen;
}

static int64_t unmeasurable_ms(const struct rule *r)
{
	int64_t twice = 2 * r->window_ms;

	return twice > UNMEASURABLE_MS ? twice : UNMEASURABLE_MS;
}

static void to_idle(struct rule_state *s)
{
	s->phase = RULE_IDLE;
	s->pending_since_ms = s->resolving_since_ms = s->unknown_since_ms = 0;
}

static void judge_idle(const struct rule *r, struct rule_state *s, int64_t now,
    const struct window *w, struct rule_step *ret)
{
	enum truth t = when(r, w);

	if (t == TRUTH_UNKNOWN) {
		if (s->phase == RULE_PENDING && !s->unknown_since_ms)
			s->unknown_since_ms = now;
		return;
	}
	thaw(s, now);
	if (t == TRUTH_FALSE) {
		to_idle(s);
		return;
	}
	if (s->phase == RULE_IDLE) {
		s->phase = RULE_PENDING;
		s->pending_since_ms = now;
		s->start_ms = w->first_fail_ms ? w->first_fail_ms : now;
	}
	if (now - s->pending_since_ms < r->for_ms)
		return;
	s->phase = RULE_FIRING;
	s->pending_since_ms = 0;
	ret->change = RULE_FIRED;
	ret->edge.ms = s->start_ms;
}

static void judge_firing(const struct rule *r, struct rule_state *s, int64_t now,
    const struct window *w, struct rule_step *ret)
{
	enum truth t = resolve(r, s, w);

	if (t == TRUTH_UNKNOWN) {
		if (!s->unknown_since_ms)
			s->unknown_since_ms = now;
		if (now - s->unknown_since_ms < unmeasurable_ms(r))
			return;
		ret->change = RULE_UNMEASURABLE;
		ret->edge.ms = s->unknown_since_ms;
		to_idle(s);
		return;
	}
	thaw(s, now);
	if (t == TRUTH_FALSE) {
		s->resolving_since_ms = 0;
		return;
	}
	if (!s->resolving_since_ms)
		s->resolving_since_ms = now;
	if (now - s->resolving_since_ms < r->resolve_for_ms)
		return;
	ret->change = RULE_RESOLVED;
	/* A good answer may have begun before the first failure and ended behind it. */
	ret->edge.ms = s->first_good_ms < s->start_ms ? s->start_ms : s->first_good_ms;
	to_idle(s);
}

struct wall rule_wake_at(
    const struct rule *r, const struct rule_state *s, struct wall now)
{
	int64_t width = width_ms(r), at = (now.ms / width + 1) * width, then = NEVER;

	if (s->phase == RULE_IDLE)
		return (struct wall){NEVER};
	if (s->unknown_since_ms) {
		if (s->phase == RULE_FIRING)
			then = s->unknown_since_ms + unmeasurable_ms(r);
	} else if (s->pending_since_ms) {
		then = s->pending_since_ms + r->for_ms;
	} else if (s->resolving_since_ms) {
		then = s->resolving_since_ms + r->resolve_for_ms;
	}
	if (then > now.ms && then < at)
		at = then;
	return (struct wall){at};
}

static void finish(const struct rule *r, const struct rule_state *s, int64_t now,
    const struct window *w, struct rule_step *ret)
{
	ret->wake_at = rule_wake_at(r, s, (struct wall){now});
	ret->share = w->share;
	ret->n = w->n;
	ret->failed = w->failed;
}

void rule_on_sample(const struct rule *r, struct rule_state *s, struct wall at,
    bool failed, struct rule_step *ret)
{
	struct window w;
	int64_t now = at.ms;

	memset(ret, 0, sizeof(*ret));
	add(r, s, at.ms, failed);
	/* A late finisher is judged with what is known by now. */
	if (s->newest * width_ms(r) > now)
		now = s->newest * width_ms(r);
	w = look(r, s, now);
	if (s->phase == RULE_FIRING)
		judge_firing(r, s, now, &w, ret);
	else
		judge_idle(r, s, now, &w, ret);
	finish(r, s, now, &w, ret);
}

void rule_on_time(
    const struct rule *r, struct rule_state *s, struct wall now, struct rule_step *ret)
{
	struct window w;

	memset(ret, 0, sizeof(*ret));
	w = look(r, s, now.ms);
	if (s->phase == RULE_FIRING)
		judge_firing(r, s, now.ms, &w, ret);
	else if (s->phase == RULE_PENDING)
		judge_idle(r, s, now.ms, &w, ret);
	finish(r, s, now.ms, &w, ret);
}

bool rule_same(const struct rule *a, const struct rule *b)
{
	return rule_hash(a) == rule_hash(b);
}

uint64_t rule_hash(const struct rule *r)
{
	struct str s;
	uint64_t h;

	str_init(&s, 512);
	str_addf(&s, "%.17g %d %" PRId64 " %d %d %" PRId64 " %" PRId64 " %d", r->limit,
	    r->or_equal, r->window_ms, r->min_failures, r->min_samples, r->for_ms,
	    r->resolve_for_ms, (int)r->severity);
	h = hash64(str_c(&s), s.len);
	str_fini(&s);
	return h;
}
