/* SPDX-License-Identifier: MIT
 *
 * One rule on one pool of targets: the conditions are judged over all of them, and the
 * phases idle, pending and firing are those of the first.
 */
#include <inttypes.h>
#include <string.h>

#include "agent/base/rng.h"
#include "alerts/rule_state.h"
#include "alerts/rule_window.h"

#define NEVER           INT64_MAX
#define UNMEASURABLE_MS (30 * MS_PER_MIN)

bool rule_has_kind(const struct rule *r, enum condition_kind kind)
{
	for (int i = 0; i < r->n_when + r->n_resolve; i++) {
		if (r->conditions[i].kind == kind)
			return true;
	}
	return false;
}

bool rule_needs_habits(const struct rule *r)
{
	for (int i = 0; i < r->n_when + r->n_resolve; i++) {
		if (r->conditions[i].kind == CONDITION_QUANTILE &&
		    r->conditions[i].factor > 0)
			return true;
	}
	return false;
}

bool rule_names(const struct rule *r, enum outcome o)
{
	for (int i = 0; i < r->n_when + r->n_resolve; i++) {
		if (r->conditions[i].outcomes >> o & 1)
			return true;
	}
	return false;
}

/* --- the phases ------------------------------------------------------------------- */

static enum truth all_of(const struct rule *r, const struct rule_pool *pool,
    const struct rule_now *now, bool over)
{
	bool own = over && r->n_resolve > 0; /* `resolve` as written */
	int from = own ? r->n_when : 0, n = own ? r->n_resolve : r->n_when;
	enum truth all = TRUTH_TRUE;

	for (int i = from; i < from + n; i++) {
		const struct condition *c = &r->conditions[i];
		enum truth t = over && !own ? condition_over(c, pool, now)
					    : condition_when(c, pool, now);

		if (t == TRUTH_FALSE)
			return t;
		if (t == TRUTH_UNKNOWN)
			all = t;
	}
	return all;
}

/* "first failing sample inside the longest window at the moment it first became true" */
static int64_t first_ms(
    const struct rule *r, const struct rule_pool *pool, int64_t now_ms)
{
	int64_t first = 0;

	for (int i = 0; i < r->n_when; i++) {
		int64_t one = condition_first_ms(&r->conditions[i], pool, now_ms);

		if (one && (!first || one < first))
			first = one;
	}
	return first ? first : now_ms;
}

static void move(int64_t *ms, int64_t by)
{
	if (*ms)
		*ms += by;
}

/* "Unknown holds": whatever is being timed stands still meanwhile. */
static void thaw(struct rule_state *s, int64_t now)
{
	int64_t frozen = s->unknown_since_ms ? now - s->unknown_since_ms : 0;

	s->unknown_since_ms = 0;
	if (frozen <= 0)
		return;
	move(&s->pending_since_ms, frozen);
	move(&s->resolving_since_ms, frozen);
}

static int64_t unmeasurable_ms(const struct rule *r)
{
	int64_t longest = UNMEASURABLE_MS;

	for (int i = 0; i < r->n_when + r->n_resolve; i++) {
		if (2 * r->conditions[i].window_ms > longest)
			longest = 2 * r->conditions[i].window_ms;
	}
	return longest;
}

static void to_idle(struct rule_state *s)
{
	s->phase = RULE_IDLE;
	s->pending_since_ms = s->resolving_since_ms = s->unknown_since_ms = 0;
}

static void judge_idle(const struct rule *r, const struct rule_pool *pool,
    const struct rule_now *now, struct rule_step *ret)
{
	struct rule_state *s = pool->states[0];
	enum truth t = all_of(r, pool, now, false);

	if (t == TRUTH_UNKNOWN) {
		if (s->phase == RULE_PENDING && !s->unknown_since_ms)
			s->unknown_since_ms = now->at.ms;
		return;
	}
	thaw(s, now->at.ms);
	if (t == TRUTH_FALSE)
		s->spent = false;
	if (t == TRUTH_FALSE || s->spent) {
		to_idle(s);
		return;
	}
	if (s->phase == RULE_IDLE) {
		s->phase = RULE_PENDING;
		s->pending_since_ms = now->at.ms;
		s->start_ms = first_ms(r, pool, now->at.ms);
	}
	if (now->at.ms - s->pending_since_ms < r->for_ms)
		return;
	s->phase = RULE_FIRING;
	s->pending_since_ms = 0;
	ret->change = RULE_FIRED;
	ret->edge.ms = s->start_ms;
}

/* The first good sample of the pool since the last that counted against it: the latest
 * of its targets'. */
static int64_t first_good_ms(const struct rule_pool *pool, int64_t otherwise)
{
	int64_t ms = 0;

	for (size_t i = 0; i < pool->n; i++) {
		if (pool->states[i]->first_good_ms > ms)
			ms = pool->states[i]->first_good_ms;
	}
	return ms ? ms : otherwise;
}

static void judge_firing(const struct rule *r, const struct rule_pool *pool,
    const struct rule_now *now, struct rule_step *ret)
{
	struct rule_state *s = pool->states[0];
	enum truth t = all_of(r, pool, now, true);

	if (t == TRUTH_UNKNOWN) {
		if (!s->unknown_since_ms)
			s->unknown_since_ms = now->at.ms;
		if (now->at.ms - s->unknown_since_ms < unmeasurable_ms(r))
			return;
		ret->change = RULE_UNMEASURABLE;
		ret->edge.ms = s->unknown_since_ms;
		to_idle(s);
		return;
	}
	thaw(s, now->at.ms);
	if (t == TRUTH_FALSE) {
		s->resolving_since_ms = 0;
		return;
	}
	if (!s->resolving_since_ms)
		s->resolving_since_ms = now->at.ms;
	if (now->at.ms - s->resolving_since_ms < r->resolve_for_ms)
		return;
	ret->change = RULE_RESOLVED;
	ret->edge.ms = first_good_ms(pool, s->resolving_since_ms);
	/* A good answer may have begun before the first failure and ended behind it. */
	if (ret->edge.ms < s->start_ms)
		ret->edge.ms = s->start_ms;
	to_idle(s);
	s->spent = true;
}

static bool is_timed(const struct rule *r)
{
	for (int i = 0; i < r->n_when; i++) {
		if (condition_is_timed(&r->conditions[i]))
			return true;
	}
	return false;
}

/* What it fired for is told: it takes another failure, or calm, to fire again. */
static void rearm(const struct rule_pool *pool)
{
	for (size_t i = 0; i < pool->n; i++) {
		if (pool->states[i]->against)
			pool->states[0]->spent = false;
		pool->states[i]->against = false;
	}
}

/* A late finisher is judged with what is known by now. */
static int64_t no_earlier(const struct rule_pool *pool, int64_t now_ms)
{
	for (size_t k = 0; k < pool->n; k++) {
		for (int i = 0; i < pool->states[k]->n_rings; i++) {
			int64_t newest = ring_newest_ms(&pool->states[k]->rings[i]);

			now_ms = newest > now_ms ? newest : now_ms;
		}
	}
	return now_ms;
}

void rule_judge(const struct rule *r, const struct rule_pool *pool,
    const struct rule_now *now, bool by_sample, struct rule_step *ret)
{
	struct rule_state *s = pool->states[0];
	struct rule_now then = *now;

	memset(ret, 0, sizeof(*ret));
	rearm(pool);
	if (by_sample)
		then.at.ms = no_earlier(pool, now->at.ms);
	if (then.at.ms > s->looked_ms)
		s->looked_ms = then.at.ms;
	if (s->phase == RULE_FIRING)
		judge_firing(r, pool, &then, ret);
	else if (s->phase == RULE_PENDING || by_sample || is_timed(r))
		judge_idle(r, pool, &then, ret);
	if (r->n_rings > 0) {
		struct rule_sums w = ring_sums(pool, 0, then.at.ms);

		ret->n = w.n;
		ret->failed = w.hit;
	}
}

/* --- when to look again ----------------------------------------------------------- */

static int64_t next_edge_ms(const struct rule_state *s, int64_t now_ms)
{
	int64_t next = NEVER;

	for (int i = 0; i < s->n_rings; i++) {
		int64_t width = ring_width_ms(&s->rings[i]);
		int64_t edge = (now_ms / width + 1) * width;

		next = edge < next ? edge : next;
	}
	return next;
}

static int64_t absence_ms(
    const struct rule *r, const struct rule_pool *pool, int64_t looked_ms)
{
	int64_t next = NEVER;

	for (int i = 0; i < r->n_when + r->n_resolve; i++) {
		const struct condition *c = &r->conditions[i];
		int64_t at = pool_last_ms(pool) + c->window_ms;

		if (c->kind == CONDITION_NO_DATA && at > looked_ms && at < next)
			next = at;
	}
	return next;
}

/* What came due while nobody looked (a start, a reload) is due at once. */
static struct wall later_than(struct wall now, int64_t at_ms)
{
	return (struct wall){at_ms > now.ms ? at_ms : now.ms + 1};
}

struct wall rule_wake_at(
    const struct rule *r, const struct rule_pool *pool, struct wall now)
{
	const struct rule_state *s = pool->states[0];
	int64_t at = NEVER, then = NEVER;

	if (rule_has_kind(r, CONDITION_NO_DATA))
		at = absence_ms(r, pool, s->looked_ms);
	if (s->phase == RULE_IDLE)
		return later_than(now, at);
	then = next_edge_ms(s, now.ms);
	at = then < at ? then : at;
	then = NEVER;
	if (s->unknown_since_ms) {
		if (s->phase == RULE_FIRING)
			then = s->unknown_since_ms + unmeasurable_ms(r);
	} else if (s->pending_since_ms) {
		then = s->pending_since_ms + r->for_ms;
	} else if (s->resolving_since_ms) {
		then = s->resolving_since_ms + r->resolve_for_ms;
	}
	if (then > s->looked_ms && then < at)
		at = then;
	return later_than(now, at);
}

/* --- the same? -------------------------------------------------------------------- */

bool rule_same(const struct rule *a, const struct rule *b)
{
	return rule_hash(a) == rule_hash(b);
}

static void add_condition(struct str *s, const struct condition *c)
{
	str_addf(s, "%d %d %d %" PRIu64 " %.17g %.17g %" PRId64 " %d %d %d ",
	    (int)c->kind, (int)c->compare, c->good, c->outcomes, c->limit, c->factor,
	    c->limit_ms, c->count, c->of, c->percentile);
	str_addf(s, "%d %d %d %" PRId64 " %" PRId64 " %d %d\n", (int)c->metric,
	    (int)c->health, c->slow, c->window_ms, c->short_ms, c->min_failures,
	    c->min_samples);
}

uint64_t rule_hash(const struct rule *r)
{
	struct str s;
	uint64_t h;

	str_init(&s, (size_t)512 * RULE_CONDITIONS);
	str_addf(&s, "%d %d %" PRId64 " %" PRId64 " %d %d\n", r->n_when, r->n_resolve,
	    r->for_ms, r->resolve_for_ms, (int)r->severity, (int)r->by);
	for (int i = 0; i < r->n_when + r->n_resolve; i++)
		add_condition(&s, &r->conditions[i]);
	h = hash64(str_c(&s), s.len);
	str_fini(&s);
	return h;
}
