/* SPDX-License-Identifier: MIT
 *
 * The past through the judge, in virtual time: the same judge_step as `run`, told of
 * samples, gaps and the time between them, and nothing else. Pure: who reads the past
 * (a database, a CSV) and who prints is elsewhere.
 *
 * An update is one word about one subject, in the words of the traces: facts as they are
 * (`up suspect unknown recovering relapse notice cleared gap`), and the story of an
 * incident by what holds it open: `opened reopened changed closed` of its failures,
 * `slow fast` of its latency.
 */
#ifndef DIMWATCH_AGENT_REPLAY_H
#define DIMWATCH_AGENT_REPLAY_H

#include "alerts/judge.h"

struct replay; /* opaque */

struct replay_update {
	struct wall at;
	const char *subject, *update, *detail; /* borrowed; detail may be "" */
};

struct replay_listener {
	void (*on_update)(void *arg, const struct replay_update *u);
	void (*on_trace)(void *arg, const char *lines); /* the judge's own, as in logs */
	void *arg;
};

/* Nothing is said of the time before `from`: it only teaches. The config's targets and
 * rules must outlive the replay. */
struct replay *replay_new(const struct judge_config *c, struct wall start,
    struct wall from, const struct replay_listener *l);
void replay_free(struct replay *r);

/* An exchange ended at `at`; in order, an earlier time counts as now. */
void replay_sample(struct replay *r, const struct sample *s, struct wall at);
/* One that storage has, with how it was judged then: who witnessed for us and what was
 * announced as maintenance is known only of that time, so such samples stay no evidence.
 */
void replay_past(
    struct replay *r, const struct sample *s, enum judged judged, struct wall at);
void replay_gap(struct replay *r, struct wall began, struct wall ended);
/* Something that only the reader of the past knows; not of the judge. */
void replay_say(struct replay *r, const struct replay_update *u);
/* No more samples: what time alone decides until then. */
void replay_until(struct replay *r, struct wall until);

/* The judge behind it: its present picture, or to restore into before anything is fed. */
struct judge *replay_judge(struct replay *r);

/* What came of it, in order of opening. One that was over before `from` is not there. */
size_t replay_count(const struct replay *r);
const struct incident *replay_at(const struct replay *r, size_t i);
struct replay_totals {
	uint64_t samples, gaps; /* from `from` on */
	uint64_t lost;          /* incidents beyond the limit, not kept */
};
struct replay_totals replay_totals(const struct replay *r);

#endif
