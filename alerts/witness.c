/* SPDX-License-Identifier: MIT
 *
 * See the header.
 */
#include "alerts/witness.h"

#include <string.h>

#include "alerts/state_json.h"

#define MAX_ANSWERS 1000

enum witness_verdict witness_verdict(const struct held *h)
{
	if (h->bad == 0)
		return WITNESS_COUNT; /* all good, or nobody said anything */
	if (h->good == 0)
		return WITNESS_PATH;
	if (h->round < WITNESS_ROUNDS)
		return WITNESS_WAIT;
	if (h->by == WITNESS_BY_CONTROLS)
		return 3 * h->bad >= h->bad + h->good ? WITNESS_PATH : WITNESS_COUNT;
	return 2 * h->bad > h->bad + h->good ? WITNESS_PATH : WITNESS_COUNT;
}

bool witness_all_spoke(const struct held *h)
{
	if (h->await)
		return false;
	for (int i = 0; i < WITNESS_TARGETS; i++) {
		if (h->asked[i])
			return false;
	}
	return true;
}

int64_t witness_wake_ms(const struct held *h)
{
	return h->again_ms && h->again_ms < h->due_ms ? h->again_ms : h->due_ms;
}

/* --- faults --------------------------------------------------------------------- */

static uint32_t oldest(const struct faults *f)
{
	return f->n > WITNESS_FAULTS ? f->n - WITNESS_FAULTS : 0;
}

void faults_add(struct faults *f, struct wall at, uint32_t who)
{
	f->last[f->n++ % WITNESS_FAULTS] = (struct fault){at.ms, who};
}

int faults_since(const struct faults *f, struct wall since)
{
	int n = 0;

	for (uint32_t i = oldest(f); i < f->n; i++)
		n += f->last[i % WITNESS_FAULTS].at_ms >= since.ms;
	return n;
}

json_t *faults_dump(const struct faults *f)
{
	json_t *v = json_array();

	for (uint32_t i = oldest(f); i < f->n; i++) {
		const struct fault *one = &f->last[i % WITNESS_FAULTS];

		json_array_append_new(
		    v, json_pack("[I,I]", (json_int_t)one->at_ms, (json_int_t)one->who));
	}
	return v;
}

bool faults_restore(struct faults *f, const json_t *v)
{
	struct faults back = {.n = 0};

	if (!json_is_array(v) || json_array_size(v) > WITNESS_FAULTS)
		return false;
	for (size_t i = 0; i < json_array_size(v); i++) {
		const json_t *one = json_array_get(v, i);
		int64_t at_ms, who;

		if (!state_int(one, "[0]", 0, STATE_MAX_MS, &at_ms) ||
		    !state_int(one, "[1]", 0, UINT32_MAX, &who))
			return false;
		faults_add(&back, (struct wall){at_ms}, (uint32_t)who);
	}
	*f = back;
	return true;
}

/* --- held ----------------------------------------------------------------------- */

static json_t *dump_asked(const struct held *h)
{
	json_t *v = json_array();

	for (int i = 0; i < WITNESS_TARGETS; i++)
		json_array_append_new(v, json_integer(h->asked[i]));
	return v;
}

json_t *held_dump(const struct held *h)
{
	return json_pack(
	    "{s:o, s:i, s:b, s:b, s:i, s:i, s:i, s:I, s:I, s:i, s:I, s:I, s:I, s:o}",
	    "what", state_error_dump(&h->what), "by", (int)h->by, "path", h->path,
	    "booking", h->booking, "round", h->round, "good", h->good, "bad", h->bad,
	    "await", (json_int_t)h->await, "look", (json_int_t)h->look, "looks", h->looks,
	    "since", (json_int_t)h->since_ms, "again", (json_int_t)h->again_ms, "due",
	    (json_int_t)h->due_ms, "asked", dump_asked(h));
}

static bool restore_asked(struct held *h, const json_t *v)
{
	if (!json_is_array(v) || json_array_size(v) != WITNESS_TARGETS)
		return false;
	for (size_t i = 0; i < WITNESS_TARGETS; i++) {
		json_int_t n = json_integer_value(json_array_get(v, i));

		if (n < 0 || n > UINT32_MAX)
			return false;
		h->asked[i] = (uint32_t)n;
	}
	return true;
}

static bool restore_counts(struct held *h, const json_t *v)
{
	int64_t by, round, good, bad, await, look, looks;

	if (!state_int(v, "by", 0, WITNESS_KIND_COUNT - 1, &by) ||
	    !state_int(v, "round", 0, WITNESS_ROUNDS, &round) ||
	    !state_int(v, "good", 0, MAX_ANSWERS, &good) ||
	    !state_int(v, "bad", 0, MAX_ANSWERS, &bad) ||
	    !state_int(v, "await", 0, UINT32_MAX, &await) ||
	    !state_int(v, "look", 0, UINT32_MAX, &look) ||
	    !state_int(v, "looks", 0, WITNESS_BURSTS, &looks))
		return false;
	h->by = (enum witness_kind)by;
	h->round = (int)round;
	h->good = (int)good;
	h->bad = (int)bad;
	h->await = (uint32_t)await;
	h->look = (uint32_t)look;
	h->looks = (int)looks;
	h->path = json_is_true(json_at(v, "path"));
	h->booking = json_is_true(json_at(v, "booking"));
	return true;
}

bool held_restore(struct held *h, const json_t *v)
{
	struct held back;

	memset(&back, 0, sizeof(back));
	if (!state_error_restore(json_at(v, "what"), &back.what) ||
	    !restore_counts(&back, v) || !restore_asked(&back, json_at(v, "asked")) ||
	    !state_int(v, "since", 0, STATE_MAX_MS, &back.since_ms) ||
	    !state_int(v, "again", 0, STATE_MAX_MS, &back.again_ms) ||
	    !state_int(v, "due", 0, STATE_MAX_MS, &back.due_ms))
		return false;
	if (back.what.at.ms == 0)
		return false;
	*h = back;
	return true;
}
