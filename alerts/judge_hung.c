/* SPDX-License-Identifier: MIT
 *
 * An ask that hangs: "an exchange that is max(8 s, 4 x learned p99) late wishes one
 * re-ask already (no evidence yet)". In peace only: once there is a failure the asks that
 * follow it are paced already. It takes one from the bucket, which stays half full for
 * what is suspicious, and the scheduler may refuse it. One wish an ask.
 */
#include <inttypes.h>
#include <math.h>

#include "alerts/correlate_parts.h"

/* So long an answer may take to begin before that is odd. */
static double patience_ms(const struct watched *t, struct wall now)
{
	const struct detect_latency *l = &t->detector.latency;
	double usual = detect_latency_usual_ms(l, now);
	double slow = usual > 0 ? usual * exp2((double)l->quantile[3]) : 0;

	return fmax((double)JUDGE_HUNG_MS, 4 * slow);
}

static bool is_peace(struct judge *j, const struct watched *t)
{
	return t->conf.auto_on && !t->dark && t->detector.avail.n_fail == 0 &&
	       !detect_avail_alarmed(&t->detector.avail) && !t->n_held &&
	       !way_of(j, t)->impaired_ms;
}

void hung_step(struct step *st, const struct judge_event *ev)
{
	struct watched *t = watched_find(st->j, ev->u.hung.series);
	struct wall started = wall_add_ms(st->now, -ev->u.hung.waited_ms);
	char title[80];

	if (!t || !is_peace(st->j, t) ||
	    (t->hung.ms <= st->now.ms &&
		wall_diff_ms(started, t->hung) < JUDGE_HUNG_MS / 2) ||
	    (double)ev->u.hung.waited_ms < patience_ms(t, st->now) ||
	    t->detector.avail.tokens < DETECT_BUCKET / 2 ||
	    !detect_auto_ask_again(&t->detector))
		return;
	t->hung = started;
	news_wish(st, t->conf.series, 0, "hung");
	news_trace(st, watched_title(t, title, sizeof(title)), "hung",
	    "no answer for %" PRId64 " ms", ev->u.hung.waited_ms);
}
