/* SPDX-License-Identifier: MIT
 *
 * The records of the judge: at most one open per subject, and the lately closed ones that
 * may open again. Invariants: an open record has an active cause, nothing ends before it
 * began, ids are made of what happened and not of when we looked.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/sha256.h"
#include "agent/base/xalloc.h"
#include "alerts/judge_parts.h"

static struct wall later(struct wall a, struct wall b)
{
	return a.ms > b.ms ? a : b;
}

static struct wall earlier(struct wall a, struct wall b)
{
	return a.ms < b.ms ? a : b;
}

static void list_add(struct incident ***list, size_t *n, size_t *cap, struct incident *in)
{
	if (*n == *cap) {
		*cap = *cap ? *cap * 2 : 8;
		*list = xreallocarray(*list, *cap, sizeof(struct incident *));
	}
	(*list)[(*n)++] = in;
}

static void list_remove(struct incident **list, size_t *n, size_t i)
{
	memmove(&list[i], &list[i + 1], (*n - i - 1) * sizeof(struct incident *));
	(*n)--;
}

struct incident *record_find(const struct judge *j, const struct subject *s)
{
	for (size_t i = 0; i < j->n_open; i++) {
		if (subject_eq(&j->open[i]->subject, s))
			return j->open[i];
	}
	return NULL;
}

struct incident *record_new(
    struct step *st, const struct subject *s, enum incident_class class)
{
	struct incident *in = xcalloc(1, sizeof(*in));

	in->subject = *s;
	in->class = class;
	in->severity = in->severity_now = SEVERITY_MINOR;
	in->state = INCIDENT_OPEN;
	in->opened = in->started = st->now;
	return in;
}

/* A clash is a note of another incident: refolding meets its own note again. */
static bool short_id_taken(const struct judge *j, const char *id, struct wall opened)
{
	for (size_t i = 0; i < j->n_notes; i++) {
		if (strcmp(j->notes[i].id, id) == 0 && j->notes[i].opened.ms != opened.ms)
			return true;
	}
	return false;
}

void judge_note_short_id(struct judge *j, const char *short_id, struct wall opened)
{
	struct short_note *note;

	if (j->n_notes == MAX_SHORT_IDS)
		memmove(j->notes, j->notes + 1, --j->n_notes * sizeof(*j->notes));
	if (j->n_notes == j->cap_notes) {
		j->cap_notes = j->cap_notes ? j->cap_notes * 2 : 16;
		j->notes = xreallocarray(j->notes, j->cap_notes, sizeof(*j->notes));
	}
	note = &j->notes[j->n_notes++];
	str_copy(note->id, sizeof(note->id), short_id);
	note->opened = opened;
}

/* Four of the sixteen characters of the hash part, the next four on a clash; then of the
 * hash's hash, and so on. */
static void choose_short_id(struct judge *j, struct incident *in)
{
	struct ulid u = in->id;

	for (int round = 0; round < 64; round++) {
		uint8_t digest[SHA256_BYTES];

		for (int i = 10; i < ULID_LEN; i += 4) {
			memcpy(in->short_id, u.text + i, 4);
			in->short_id[4] = 0;
			if (!short_id_taken(j, in->short_id, in->opened))
				return;
		}
		sha256(u.text, ULID_LEN, digest);
		u = ulid_make(in->opened, digest);
	}
}

void judge_name(struct judge *j, struct incident *in)
{
	in->id = incident_id(j->vantage, &in->subject, in->opened, in->started);
	choose_short_id(j, in);
	judge_note_short_id(j, in->short_id, in->opened);
}

void record_admit(struct step *st, struct incident *in)
{
	struct judge *j = st->j;

	assert(!record_find(j, &in->subject));
	judge_name(j, in);
	list_add(&j->open, &j->n_open, &j->cap_open, in);
}

/* The latest of its subject that was over by now, in an order that storage knows too: a
 * clock that went back may have left several. */
static bool latest_shut(const struct step *st, const struct subject *s, size_t *ret)
{
	const struct judge *j = st->j;
	const struct incident *best = NULL;

	for (size_t i = 0; i < j->n_shut; i++) {
		const struct incident *in = j->shut[i];

		/* Closed after now: what is being folded again is that very story. */
		if (in->closed.ms > st->now.ms || !subject_eq(&in->subject, s) ||
		    wall_diff_ms(st->now, in->closed) > REOPEN_MS)
			continue;
		if (best && strcmp(in->id.text, best->id.text) < 0)
			continue;
		best = in;
		*ret = i;
	}
	return best && best->end != END_UNWATCHED && best->end != END_RETRACTED;
}

struct incident *record_reopen(struct step *st, const struct subject *s)
{
	struct judge *j = st->j;
	struct incident *in;
	size_t i;

	if (!latest_shut(st, s, &i))
		return NULL;
	in = j->shut[i];
	list_remove(j->shut, &j->n_shut, i);
	in->state = INCIDENT_OPEN;
	in->end = END_NONE;
	in->ended.ms = in->closed.ms = 0;
	in->reopened++;
	/* It was taken in hand and was over: this is another call for somebody. */
	in->acked.ms = 0;
	in->hand[0] = '\0';
	list_add(&j->open, &j->n_open, &j->cap_open, in);
	return in;
}

static void drop_shut(struct judge *j, size_t i)
{
	free(j->shut[i]);
	list_remove(j->shut, &j->n_shut, i);
}

/* It may open again. What a fold judged again takes the place of what was restored. */
static void keep_shut(struct judge *j, struct incident *in)
{
	for (size_t i = j->n_shut; i-- > 0;) {
		if (ulid_eq(&j->shut[i]->id, &in->id))
			drop_shut(j, i);
	}
	list_add(&j->shut, &j->n_shut, &j->cap_shut, in);
}

void record_close(struct step *st, struct incident *in, enum incident_end how)
{
	struct judge *j = st->j;
	struct wall ended = in->started;

	for (int i = 0; i < in->n_causes; i++) {
		if (in->causes[i].active)
			record_end_cause(&in->causes[i], st->now);
		ended = later(ended, in->causes[i].ended);
	}
	in->state = INCIDENT_CLOSED;
	in->end = how;
	in->ended = ended;
	in->closed = later(later(st->now, ended), in->opened);
	share_close(in, ended);
	for (size_t i = 0; i < j->n_open; i++) {
		if (j->open[i] == in) {
			list_remove(j->open, &j->n_open, i);
			keep_shut(j, in);
			return;
		}
	}
}

void record_forget_old(struct judge *j, struct wall now)
{
	size_t old = 0;

	for (size_t i = j->n_shut; i-- > 0;) {
		if (wall_diff_ms(now, j->shut[i]->closed) > REOPEN_MS)
			drop_shut(j, i);
	}
	while (old < j->n_notes && wall_diff_ms(now, j->notes[old].opened) > SHORT_ID_MS)
		old++;
	if (old == 0)
		return;
	j->n_notes -= old;
	memmove(j->notes, j->notes + old, j->n_notes * sizeof(*j->notes));
}

struct cause *record_begin_cause(struct step *st, struct incident *in,
    const char *detector, enum severity severity, struct wall since)
{
	struct cause *c = incident_add_cause(in, detector);

	if (!c)
		return NULL;
	since = earlier(since, st->now);
	c->active = true;
	c->severity = severity;
	c->ended.ms = 0;
	c->since = c->since.ms ? earlier(c->since, since) : since;
	return c;
}

void record_end_cause(struct cause *c, struct wall ended)
{
	c->active = false;
	c->ended = later(ended, c->since);
}

void record_count_gap(struct incident *in, struct wall from, struct wall until)
{
	from = later(from, in->started);
	if (until.ms > from.ms)
		in->unknown_ms += until.ms - from.ms;
}

void judge_restore_incident(struct judge *j, const struct incident *in)
{
	struct incident *copy;

	if (in->state == INCIDENT_OPEN && record_find(j, &in->subject))
		return;
	copy = xcalloc(1, sizeof(*copy));
	*copy = *in;
	judge_note_short_id(j, in->short_id, in->opened);
	if (in->state == INCIDENT_CLOSED) {
		keep_shut(j, copy);
		return;
	}
	list_add(&j->open, &j->n_open, &j->cap_open, copy);
	j->n_drifts += copy->subject.kind == SUBJECT_DRIFT;
	config_attach(j, copy);
	j->unmatched = true;
}

/* Nobody holds it any more, as if it had never been judged again. */
static void drop_twin(struct judge *j, size_t i)
{
	struct incident *in = j->open[i];

	for (size_t k = 0; k < j->n_targets; k++) {
		if (j->targets[k]->open == in)
			j->targets[k]->open = NULL;
		if (j->targets[k]->notice == in)
			j->targets[k]->notice = NULL;
	}
	j->n_drifts -= in->subject.kind == SUBJECT_DRIFT;
	list_remove(j->open, &j->n_open, i);
	free(in);
}

void judge_correct_incident(struct judge *j, const struct incident *in)
{
	if (in->state != INCIDENT_CLOSED)
		return;
	for (size_t i = 0; i < j->n_open; i++) {
		if (!ulid_eq(&j->open[i]->id, &in->id) || j->open[i]->seq > in->seq)
			continue;
		drop_twin(j, i);
		judge_restore_incident(j, in);
		return;
	}
	for (size_t i = 0; i < j->n_shut; i++) {
		if (ulid_eq(&j->shut[i]->id, &in->id) && j->shut[i]->seq < in->seq)
			*j->shut[i] = *in;
	}
}
