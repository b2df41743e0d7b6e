/* SPDX-License-Identifier: MIT
 *
 * A cause that several providers share: "outages of two or more providers whose starts
 * lie within five minutes, with the vantage clear". The later one joins the incident of
 * the first, whose subject widens to both: one record, one thread. People hear whenever a
 * provider joins or is back, and its end when the last of them is. Two providers alike by
 * chance within five minutes are one in a thousand years, so it needs no other proof.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alerts/correlate_parts.h"

#define CAUSE_MS    (5 * MS_PER_MIN) /* between the starts */
#define CAUSE_NAMES 3                /* providers that its subject names */

bool cause_is_common(const struct incident *in)
{
	return in->subject.kind == SUBJECT_SHARED;
}

/* A thing of its own, or not a matter of the world outside. */
static bool may_share(const struct watched *t)
{
	return t->conf.remote && !t->conf.alone && !t->conf.lead && t->conf.provider[0];
}

static bool is_named(const struct incident *in, const struct watched *t)
{
	for (int i = 0; i < in->n_targets; i++) {
		if (strcmp(in->targets[i], t->conf.name) == 0)
			return true;
	}
	return false;
}

bool cause_covers(
    const struct judge *j, const struct incident *in, const struct watched *t)
{
	for (size_t i = 0; may_share(t) && i < j->n_targets; i++) {
		const struct watched *x = j->targets[i];

		if (may_share(x) && is_named(in, x) &&
		    strcmp(x->conf.provider, t->conf.provider) == 0)
			return true;
	}
	return false;
}

/* --- joining -------------------------------------------------------------------- */

static bool is_outage_of_others(
    const struct judge *j, const struct watched *t, const struct incident *in)
{
	for (size_t i = 0; i < j->n_targets; i++) {
		const struct watched *x = j->targets[i];

		if (x->open == in && may_share(x) && x->ever_up &&
		    detect_avail_alarmed(&x->detector.avail) &&
		    strcmp(x->conf.provider, t->conf.provider) != 0)
			return true;
	}
	return false;
}

static bool began_together(
    const struct judge *j, const struct incident *in, struct wall since)
{
	(void)j;
	return llabs(wall_diff_ms(in->started, since)) <= CAUSE_MS;
}

struct incident *cause_join(struct step *st, struct watched *t, struct wall since)
{
	struct judge *j = st->j;
	struct incident *best = NULL;
	const struct way *w = way_of(j, t);

	if (!may_share(t) || !t->ever_up || w->impaired_ms)
		return NULL;
	for (size_t i = 0; i < j->n_open; i++) {
		struct incident *in = j->open[i];

		if (in->class != CLASS_OUTAGE || !began_together(j, in, since) ||
		    in->n_targets == INCIDENT_MAX_TARGETS ||
		    !is_outage_of_others(j, t, in))
			continue;
		/* Of two that began together the same one also after a restart. */
		if (!best || in->started.ms < best->started.ms ||
		    (in->started.ms == best->started.ms &&
			strcmp(in->id.text, best->id.text) < 0))
			best = in;
	}
	if (!best)
		return NULL;
	best->subject.kind = SUBJECT_SHARED;
	best->region[0] = 0;
	incident_add_target(best, t->conf.name);
	return best;
}

/* --- its present state ---------------------------------------------------------- */

struct names {
	const char *all[INCIDENT_MAX_TARGETS];
	int n;
};

/* Of those that suffer now; of all that ever did. */
static void collect(
    const struct judge *j, const struct incident *in, bool now, struct names *ret)
{
	ret->n = 0;
	for (int k = 0; k < in->n_targets; k++) {
		for (size_t i = 0; i < j->n_targets; i++) {
			const struct watched *x = j->targets[i];
			bool known = false;

			if (x->conf.lead || strcmp(x->conf.name, in->targets[k]) != 0 ||
			    (now && x->open != in))
				continue;
			for (int m = 0; m < ret->n; m++)
				known |= strcmp(ret->all[m], x->conf.provider) == 0;
			if (!known)
				ret->all[ret->n++] = x->conf.provider;
		}
	}
}

/* "deepseek", "deepseek + kimi", "deepseek + kimi + qwen + 2 more" */
static void write_names(const struct names *names, char *buf, size_t size)
{
	int shown = names->n <= CAUSE_NAMES ? names->n : CAUSE_NAMES;
	size_t len = 0;

	buf[0] = 0;
	for (int i = 0; i < shown && len < size; i++)
		len += (size_t)snprintf(
		    buf + len, size - len, "%s%.24s", i ? " + " : "", names->all[i]);
	if (shown < names->n && len < size)
		(void)snprintf(buf + len, size - len, " + %d more", names->n - shown);
}

int cause_providers(const struct judge *j, const struct incident *in)
{
	struct names names;

	collect(j, in, true, &names);
	return names.n;
}

/* Its subject is who suffers now; in the end all who did. */
void cause_name(const struct judge *j, struct incident *in)
{
	struct subject s = {.kind = SUBJECT_SHARED};
	struct names names;
	const struct incident *there;

	collect(j, in, true, &names);
	if (names.n == 0)
		collect(j, in, false, &names);
	if (names.n == 0)
		return; /* they left the config */
	write_names(&names, s.id, sizeof(s.id));
	there = record_find(j, &s);
	if (!there || there == in)
		in->subject = s;
}

bool cause_left(const struct judge *j, const struct watched *t, const struct incident *in)
{
	for (size_t i = 0; i < j->n_targets; i++) {
		const struct watched *x = j->targets[i];

		if (x != t && x->open == in &&
		    strcmp(x->conf.provider, t->conf.provider) == 0)
			return false;
	}
	return true;
}
