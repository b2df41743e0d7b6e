/* SPDX-License-Identifier: MIT
 *
 * See explain.h.
 */
#include <string.h>

#include "alerts/explain.h"
#include "alerts/judge_rules.h"

/* Asks at the judge's own wishes until the verdict changes. */
static struct explain_next play(
    const struct watched *t, struct wall now, bool failed, enum detect_change until)
{
	struct detect_auto d = t->detector;
	struct detect_pace pace = watched_pace(t);
	struct explain_next next = {0};
	struct wall at = now, first;

	if (t->last_evidence.ms && t->last_evidence.ms + t->conf.interval_ms > now.ms)
		at.ms = t->last_evidence.ms + t->conf.interval_ms;
	first = at;
	while (wall_diff_ms(at, first) < MS_PER_DAY) {
		struct detect_evidence evidence = {at, failed, -1};
		struct detect_step step;
		int64_t gap;

		detect_auto_on_sample(&d, &pace, &evidence, &step);
		next.n++;
		if (step.avail.change == until) {
			next.ms = wall_diff_ms(at, first);
			return next;
		}
		gap = (int64_t)(step.ask_s * MS_PER_S);
		if (next.n == 1)
			next.gap = gap;
		at = wall_add_ms(at, gap > 0 ? gap : MS_PER_S);
	}
	return (struct explain_next){0};
}

bool judge_explain(
    const struct judge *j, uint32_t series, struct wall now, struct explain *ret)
{
	const struct watched *t = watched_find(j, series);
	const struct detect_avail *avail;
	struct detect_pace pace;

	if (!t)
		return false;
	avail = &t->detector.avail;
	pace = watched_pace(t);
	memset(ret, 0, sizeof(*ret));
	ret->health = t->health;
	ret->since = t->since;
	ret->last_evidence = t->last_evidence;
	ret->auto_on = t->conf.auto_on;
	ret->ever_up = t->ever_up;
	ret->slow = t->conf.auto_on && t->detector.latency.since_ms != 0;
	ret->chronic = avail->chronic;
	ret->relapses = avail->flaps;
	ret->pace_ms = t->conf.interval_ms;
	ret->n_recent = avail->n_bits;
	ret->n_recent_failed = __builtin_popcount(
	    avail->bits &
	    (avail->n_bits >= 32 ? UINT32_MAX : (UINT32_C(1) << avail->n_bits) - 1));
	ret->base_share = detect_avail_base(avail);
	ret->usual_ms = detect_latency_usual_ms(&t->detector.latency, now);
	detect_auto_numbers(&t->detector, &pace, ret->numbers, sizeof(ret->numbers));
	if (t->behind) {
		const struct watched *p = depends_behind(j, t);

		str_copy(ret->behind, sizeof(ret->behind), p ? p->conf.name : "");
	}
	ret->n_excluded = t->n_excluded;
	ret->last_excluded = t->last_excluded;
	ret->last_judged = t->last_judged;
	if (!t->conf.auto_on)
		return true;
	if (detect_avail_alarmed(avail))
		ret->to_end = play(t, now, false, DETECT_OVER);
	else
		ret->to_alarm = play(t, now, true, DETECT_ALARM);
	return true;
}
