/* SPDX-License-Identifier: MIT
 *
 * Two short lists. Labels stand as JSON, in the row and here, because a silence outlives
 * the generation whose targets it was made for.
 */
#include "agent/hands.h"

#include <stdlib.h>
#include <string.h>

#include "agent/base/json.h"
#include "agent/base/xalloc.h"

#define LAST_ID ((int64_t)1 << 53)

struct hands {
	struct silence *silences; /* owned; oldest first */
	size_t n_silences, cap_silences;
	struct pause *pauses; /* owned; oldest first */
	size_t n_pauses, cap_pauses;
	int64_t last_id;
};

struct hands *hands_new(void)
{
	return xcalloc(1, sizeof(struct hands));
}

void hands_free(struct hands *h)
{
	if (!h)
		return;
	free(h->silences);
	free(h->pauses);
	free(h);
}

/* --- silences --------------------------------------------------------------------- */

static bool is_over(const struct silence *s, struct wall now)
{
	return s->ended.ms || s->until.ms <= now.ms;
}

static struct silence *add_silence(struct hands *h, const struct silence *s)
{
	if (h->n_silences == h->cap_silences) {
		h->cap_silences = h->cap_silences ? h->cap_silences * 2 : 8;
		h->silences =
		    xreallocarray(h->silences, h->cap_silences, sizeof(*h->silences));
	}
	h->silences[h->n_silences] = *s;
	if (s->id > h->last_id)
		h->last_id = s->id;
	return &h->silences[h->n_silences++];
}

/* Whoever can write the file can write rows: a number that we would never reach, or more
 * of them than we make. */
void hands_restore_silence(struct hands *h, const struct silence *s)
{
	if (s->id <= 0 || s->id > LAST_ID)
		return;
	if (h->n_silences < HANDS_MAX_SILENCES)
		(void)add_silence(h, s);
	else if (s->id > h->last_id)
		h->last_id = s->id;
}

static void forget_old(struct hands *h, struct wall now)
{
	size_t kept = 0;

	for (size_t i = 0; i < h->n_silences; i++) {
		if (!is_over(&h->silences[i], now))
			h->silences[kept++] = h->silences[i];
	}
	h->n_silences = kept;
}

const struct silence *hands_silence(
    struct hands *h, const struct silence *s, struct wall now)
{
	struct silence *place;

	forget_old(h, now);
	if (h->n_silences == HANDS_MAX_SILENCES)
		return NULL;
	place = add_silence(h, s);
	place->id = ++h->last_id;
	return place;
}

const struct silence *hands_unsilence(struct hands *h, int64_t id, struct wall now)
{
	for (size_t i = 0; i < h->n_silences; i++) {
		struct silence *s = &h->silences[i];

		if (s->id != id || is_over(s, now))
			continue;
		s->ended = now;
		return s;
	}
	return NULL;
}

const struct silence *hands_silence_at(const struct hands *h, size_t i)
{
	return i < h->n_silences ? &h->silences[i] : NULL;
}

char *silence_what(const struct silence *s, char *buf, size_t size)
{
	json_t *labels = s->labels[0] ? json_parse(span_of(s->labels), NULL) : NULL;
	const char *name;
	json_t *value;
	struct str out;

	if (s->subject[0] || !json_is_object(labels)) {
		json_decref(labels);
		return str_copy(buf, size, s->subject[0] ? s->subject : s->labels);
	}
	str_init(&out, size - 1);
	json_object_foreach(labels, name, value)
	{
		const char *text = json_string_value(value);

		(void)str_addf(
		    &out, "%s%s=%s", out.len ? " " : "", name, text ? text : "?");
	}
	(void)str_copy(buf, size, str_c(&out));
	str_fini(&out);
	json_decref(labels);
	return buf;
}

/* --- pauses ----------------------------------------------------------------------- */

static struct pause *find_pause(const struct hands *h, const char *target)
{
	for (size_t i = 0; i < h->n_pauses; i++) {
		if (strcmp(h->pauses[i].target, target) == 0)
			return &h->pauses[i];
	}
	return NULL;
}

const struct pause *hands_paused(const struct hands *h, const char *target)
{
	return find_pause(h, target);
}

bool hands_pause(struct hands *h, const struct pause *p)
{
	if (find_pause(h, p->target))
		return false;
	if (h->n_pauses == h->cap_pauses) {
		h->cap_pauses = h->cap_pauses ? h->cap_pauses * 2 : 8;
		h->pauses = xreallocarray(h->pauses, h->cap_pauses, sizeof(*h->pauses));
	}
	h->pauses[h->n_pauses++] = *p;
	return true;
}

void hands_restore_pause(struct hands *h, const struct pause *p)
{
	(void)hands_pause(h, p);
}

bool hands_resume(struct hands *h, const char *target)
{
	struct pause *p = find_pause(h, target);

	if (!p)
		return false;
	h->n_pauses--;
	memmove(p, p + 1, (size_t)(h->pauses + h->n_pauses - p) * sizeof(*p));
	return true;
}

const struct pause *hands_pause_at(const struct hands *h, size_t i)
{
	return i < h->n_pauses ? &h->pauses[i] : NULL;
}

/* --- in a config ------------------------------------------------------------------ */

static bool has_target(const struct conf *c, const char *name)
{
	for (size_t i = 0; i < c->n_targets; i++) {
		if (strcmp(c->targets[i].name, name) == 0)
			return true;
	}
	return false;
}

static bool has_provider(const struct conf *c, const char *id)
{
	for (size_t i = 0; i < c->n_targets; i++) {
		if (c->targets[i].provider && strcmp(c->targets[i].provider->id, id) == 0)
			return true;
	}
	return false;
}

/* "self disk" and "disk" are the same. */
static bool is_own(const struct conf *c, const char *subject)
{
	static const char *const own[] = {"disk", "budget", "heartbeat", "loop"};

	if (strncmp(subject, "self ", 5) == 0)
		subject += 5;
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		if (strcmp(subject, own[i]) == 0)
			return true;
	}
	return strncmp(subject, "network", 7) == 0 ||
	       (strncmp(subject, "channel ", 8) == 0 &&
		   conf_find_channel(c, subject + 8));
}

bool hands_knows(const struct conf *c, const char *subject)
{
	return has_target(c, subject) || has_provider(c, subject) || is_own(c, subject);
}

static bool has_labels(const struct target *t, json_t *labels)
{
	const char *name;
	json_t *value;

	json_object_foreach(labels, name, value)
	{
		const char *want = json_string_value(value);
		bool found = false;

		for (size_t i = 0; want && i < t->n_labels; i++)
			found |= strcmp(t->labels[i].name, name) == 0 &&
				 strcmp(t->labels[i].value, want) == 0;
		if (!found)
			return false;
	}
	return json_object_size(labels) > 0;
}

/* A target's name means that target; only where there is none a provider's means all of
 * its targets. */
static bool is_meant(
    const struct silence *s, const struct conf *c, const struct target *t, json_t *labels)
{
	if (!s->subject[0])
		return has_labels(t, labels);
	if (strcmp(t->name, s->subject) == 0)
		return true;
	return !has_target(c, s->subject) && t->provider &&
	       strcmp(t->provider->id, s->subject) == 0;
}

/* A rung has its lead's name and no incidents: once each. */
static bool has_name(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return false;
}

static void why_text(struct arena *a, const struct silence *s, struct hush *h)
{
	char until[40];

	h->why = arena_printf(a, "silenced until %s (silence %lld%s%s%s%s)",
	    wall_rfc3339(s->until, until, sizeof(until)), (long long)s->id,
	    s->who[0] ? " by " : "", s->who, s->note[0] ? ": " : "", s->note);
}

static struct hush make_hush(
    const struct silence *s, const struct conf *c, struct arena *a)
{
	struct hush h = {.from = s->began, .until = s->until, .subject = ""};
	const char **names = arena_alloc(a, (c->n_targets + 1) * sizeof(char *));
	json_t *labels = s->labels[0] ? json_parse(span_of(s->labels), NULL) : NULL;

	for (size_t i = 0; i < c->n_targets; i++) {
		const struct target *t = &c->targets[i];

		if (is_meant(s, c, t, labels) && !has_name(names, h.n_targets, t->name))
			names[h.n_targets++] = arena_strdup(a, t->name);
	}
	json_decref(labels);
	h.targets = names;
	if (is_own(c, s->subject) && strncmp(s->subject, "self ", 5) != 0)
		h.subject = arena_printf(a, "self %s", s->subject);
	else
		h.subject = arena_strdup(a, s->subject);
	why_text(a, s, &h);
	return h;
}

struct hush *hands_hushes(const struct hands *h, const struct conf *c, struct wall now,
    struct arena *a, size_t *ret_n)
{
	struct hush *all = arena_alloc(a, (h->n_silences + 1) * sizeof(*all));

	*ret_n = 0;
	for (size_t i = 0; i < h->n_silences; i++) {
		if (!is_over(&h->silences[i], now))
			all[(*ret_n)++] = make_hush(&h->silences[i], c, a);
	}
	return all;
}
