/* SPDX-License-Identifier: MIT
 *
 * The teller: which change of which incident owes which delivery to whom. Pure. It knows
 * channels by name and no sample. Upward changes are told at once, downward ones only if
 * they lasted; a channel hears of the end only if it was owed the beginning.
 *
 * A hush keeps everything but such an end back: rows of that time are muted and say why.
 * Nobody is reminded of what was acknowledged, and it does not escalate.
 */
#ifndef DIMWATCH_ALERTS_TELL_H
#define DIMWATCH_ALERTS_TELL_H

#include "alerts/delivery.h"
#include "alerts/hush.h"
#include "alerts/judge.h"
#include "alerts/route.h"

struct tell; /* opaque */

/* That it answers again, though slowly, is what people wait for. What still fails, only
 * less, wavers, and nobody comes back for it. Each easing that did not last makes the
 * next of its kind wait four times longer. */
#define TELL_ANSWERS_MS ((int64_t)5 * 60 * 1000)
#define TELL_LESS_MS    ((int64_t)20 * 60 * 1000)
#define TELL_LONGEST_MS ((int64_t)80 * 60 * 1000)

struct tell_config {
	const struct route *routes; /* copied */
	size_t n_routes;
	const struct maintenance *maintenance; /* borrowed until the next CONFIG */
	size_t n_maintenance;
};

enum tell_event_kind { TELL_FACT, TELL_TIME, TELL_CONFIG };

struct tell_event {
	enum tell_event_kind kind;
	struct wall at;
	const struct fact *fact;          /* FACT */
	const struct tell_config *config; /* CONFIG */
};

struct tell_update {
	struct delivery *deliveries; /* owned, grown by tell_step */
	size_t n, cap;
	struct wall wake_at; /* INT64_MAX: none */
};
void tell_update_init(struct tell_update *u);
void tell_update_fini(struct tell_update *u);

struct tell *tell_new(void);
void tell_free(struct tell *t);
void tell_step(struct tell *t, const struct tell_event *ev, struct tell_update *ret_up);
/* What nobody wants to hear of, from now on; the next step acts on it. Copied. */
void tell_hushes(struct tell *t, const struct hush *all, size_t n);
/* The wall clock stepped: what is being timed moves along. Silences, maintenance and
 * quiet hours are times of the calendar and stay. The next step acts on it. */
void tell_clock(struct tell *t, int64_t jump_ms);
/* Restart: what channel was told (or is owed) of an open incident. */
void tell_restore(struct tell *t, const struct incident *in, const struct delivery *d);

#endif
