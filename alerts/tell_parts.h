/* SPDX-License-Identifier: MIT
 *
 * The teller from inside: tell.c turns facts into news, tell_owe.c writes what is owed to
 * whom, tell_hand.c is what people do about it (acknowledge, silence, let it escalate).
 * Nobody else includes this.
 */
#ifndef DIMWATCH_ALERTS_TELL_PARTS_H
#define DIMWATCH_ALERTS_TELL_PARTS_H

#include "agent/base/arena.h"
#include "agent/base/map.h"
#include "alerts/maintenance.h"
#include "alerts/tell.h"

#define NEVER_MS INT64_MAX

/* What the channels know of one open incident. */
struct told {
	struct ulid incident;
	uint32_t seq;        /* of the last fact */
	enum severity now;   /* as it is */
	enum severity known; /* as the channels know it */
	int64_t ease_at_ms;  /* tell then that it eased; NEVER_MS: nothing to tell */
	bool ease_undated;   /* eased before a restart: the wait begins anew */
	int relapses[2];     /* easings that did not last; [true]: of what still failed */
	uint32_t known_seq;  /* latest log entry that a delivery tells */
	struct incident in;  /* as of the last fact: what routes look at */
	int64_t told_at_ms;  /* when a delivery was created last */
	int64_t remind_at_ms;    /* the next reminder is due; NEVER_MS: none */
	int64_t remind_every_ms; /* of the route that holds now */
	struct map *owed;        /* owned: names of channels that hear of the end */
	struct map *muted;       /* owned: those that would, but for a hush */
	uint32_t life;           /* restored so far: of its last relapse; 0: none */
	bool page_known;         /* the channels were told that the page admits it */
	bool hushed;             /* a change was kept from those that are owed */
	int64_t hush_until_ms;   /* of the hush that covers it; 0: none was seen yet */
	int64_t began_ms;        /* somebody was told of this beginning; 0: nobody */
	int64_t escalate_at_ms;  /* NEVER_MS: not */
	struct hush maintained;  /* what keeps it back: all its targets are under */
	char maintained_words[80];
};

struct tell {
	struct map *told;           /* owned; incident id to owned struct told */
	struct arena *routes_arena; /* owned; NULL before the first config */
	struct route *routes;       /* in the arena */
	size_t n_routes;
	struct arena *hush_arena; /* owned; NULL: none yet */
	struct hush *hushes;      /* in the arena */
	size_t n_hushes;
	struct maintenance_book maintenance;
	struct wall now; /* of the present step: what is told now is hushed now or not */
};

/* tell.c. When the next reminder and the escalation are due, as things stand. */
void told_plan(const struct tell *t, struct told *k);

/* tell_owe.c. Is it about more than what was told: the region or the provider of what
 * failed first? */
bool told_widens(const struct told *k, const struct incident *now);
/* What channels hear of a beginning, by what it is. */
enum message_kind told_beginning(const struct told *k);
void owe(const struct tell *t, struct tell_update *up, struct told *k,
    const char *channel, enum message_kind kind, struct wall at);
/* Everybody who was told of the beginning; a hush keeps all but the end from them. */
void owe_all(const struct tell *t, struct tell_update *up, struct told *k,
    enum message_kind kind, struct wall at);
/* Who was not told yet of its beginning. */
void owe_name(const struct tell *t, struct tell_update *up, struct told *k,
    const char *channel, enum message_kind kind, struct wall at);
void owe_beginning(const struct tell *t, struct tell_update *up, struct told *k,
    enum message_kind kind, struct wall at);

/* tell_hand.c */
const struct hush *told_hush(const struct tell *t, struct told *k);
/* Nobody keeps it from anybody any more: what was kept back is told now. */
void told_unmute(
    const struct tell *t, struct told *k, struct wall now, struct tell_update *up);
int64_t told_escalation_ms(const struct tell *t, const struct told *k);
void told_escalate(
    const struct tell *t, struct told *k, struct wall now, struct tell_update *up);
/* When to look at it again for the sake of these two. */
int64_t told_hand_wake_ms(const struct told *k, struct wall now);

#endif
