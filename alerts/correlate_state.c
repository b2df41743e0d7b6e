/* SPDX-License-Identifier: MIT
 *
 * What correlation stores: of each target what it holds, in its own row; of the ways out
 * a row of their own (series 0). Both are taken as a whole or not at all.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/base/xalloc.h"
#include "alerts/correlate_parts.h"

void correlate_dump_target(const struct watched *t, json_t *v)
{
	json_t *held = json_array();

	for (int i = 0; i < t->n_held; i++)
		json_array_append_new(held, held_dump(&t->held[i]));
	json_object_set_new(v, "held", held);
	json_object_set_new(v, "run_silent", json_integer(t->run_silent));
	json_object_set_new(v, "run_good", json_integer(t->run_good));
	json_object_set_new(v, "last_answer", json_integer(t->last_answer.ms));
	json_object_set_new(v, "hung", json_integer(t->hung.ms));
}

/* A row of an older version has none of it. */
bool correlate_restore_target(struct judge *j, struct watched *t, const json_t *v)
{
	const json_t *held = json_at(v, "held");
	size_t n = json_array_size(held);
	int64_t silent;

	if (!held)
		return true;
	if (!json_is_array(held) || n > WITNESS_HELD ||
	    !state_int(v, "run_silent", 0, STATE_MAX_COUNT, &silent) ||
	    !state_int(v, "run_good", 0, INT64_MAX, &t->run_good) ||
	    !state_time(v, "last_answer", &t->last_answer) ||
	    (json_at(v, "hung") && !state_time(v, "hung", &t->hung)))
		return false;
	t->run_silent = (int)silent;
	if (n)
		t->held = xcalloc(n, sizeof(*t->held));
	for (size_t i = 0; i < n; i++) {
		if (!held_restore(&t->held[i], json_array_get(held, i)))
			return false;
		t->n_held++;
		j->n_held++;
	}
	return true;
}

/* What its incident has swallowed since its last fact stands beside it. */
static json_t *dump_way(const struct judge *j, const struct way *w)
{
	struct subject subject = way_subject(w);
	const struct incident *in = record_find(j, &subject);
	json_t *v = way_dump(w);

	if (in)
		json_object_set_new(v, "incident", state_tally_dump(in, ""));
	return v;
}

void correlate_dump(const struct judge *j, struct str *out)
{
	json_t *v = json_object(), *ways = json_array();

	for (int i = 0; i < j->n_ways; i++)
		json_array_append_new(ways, dump_way(j, &j->ways[i]));
	json_object_set_new(v, "ways", ways);
	json_object_set_new(v, "lag", lag_dump(&j->lag));
	json_dump(v, out);
	json_decref(v);
}

static bool restore_stash(struct tally **stash, const json_t *v)
{
	struct tally tally;

	if (!v)
		return true;
	if (!state_tally_restore(v, &tally))
		return false;
	free(*stash);
	*stash = xmalloc(sizeof(tally));
	**stash = tally;
	return true;
}

static bool restore_way(struct judge *j, const json_t *one)
{
	const char *name = json_text_at(one, "name");

	for (int i = 0; name && i < j->n_ways; i++) {
		if (strcmp(j->ways[i].name, name) == 0)
			return way_restore(&j->ways[i], one) &&
			       restore_stash(&j->way_stash[i], json_at(one, "incident"));
	}
	return name != NULL; /* a way that is no longer there */
}

bool correlate_restore(struct judge *j, const char *json, struct err *e)
{
	json_t *v = json_parse(span_of(json), e);
	const json_t *ways = json_at(v, "ways");
	struct way before[WAY_MAX];
	bool ok = json_is_array(ways);

	if (!v)
		return err_wrap(e, "judge state of our ways out");
	memcpy(before, j->ways, sizeof(before));
	for (size_t i = 0; ok && i < json_array_size(ways); i++)
		ok = restore_way(j, json_array_get(ways, i));
	ok = ok && lag_restore(&j->lag, json_at(v, "lag"));
	if (!ok) {
		memcpy(j->ways, before, sizeof(before));
		err_set(e, ERR_SYNTAX, "judge state of our ways out is not ours");
	}
	json_decref(v);
	return ok;
}

void correlate_free(struct judge *j)
{
	for (int i = 0; i < WAY_MAX; i++)
		free(j->way_stash[i]);
}
