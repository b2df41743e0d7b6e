/* SPDX-License-Identifier: MIT
 *
 * What storage would hold of a history: the latest record of every incident, the states
 * as the agent writes them, the samples. It asserts what must hold of every record and of
 * all of them together, and it brings a judge back from a clean end or from a crash.
 */
#ifndef DIMWATCH_TESTS_ANY_STORE_H
#define DIMWATCH_TESTS_ANY_STORE_H

#include "alerts/judge.h"

#define ANY_ROWS    16 /* series 0 (our ways out) and all that may be */
#define ANY_SAMPLES 512

struct any_row {
	char *json;          /* owned; NULL: it begins anew */
	struct wall through; /* samples that ended until then are inside; 0: no row */
};

struct any_sample {
	uint32_t series, flags;
	struct wall at, end;
	enum outcome outcome;
	enum judged judged;
	int64_t first_token_us;
	char returned_model[4];
};

struct any_store {
	struct incident *incidents; /* owned; in order of their first fact */
	size_t n, cap;
	struct any_row rows[ANY_ROWS];
	bool keeps; /* states and samples too: there may be a crash */
	struct any_sample samples[ANY_SAMPLES];
	size_t n_samples;
};

void any_store_fini(struct any_store *s);
/* A step was made. folding: what the log holds already is dropped. */
void any_store_update(struct any_store *s, const struct judge *j,
    const struct judge_config *c, const struct judge_update *up, struct wall now,
    bool folding);
void any_store_sample(struct any_store *s, const struct sample *sample, struct wall now);
/* The states of all, as every five minutes and at a clean end. */
void any_store_dump(struct any_store *s, const struct judge *j,
    const struct judge_config *c, struct wall now);
/* What was told is what is: the judge has open exactly what the store has, each subject
 * once. */
void any_store_compare(const struct any_store *s, const struct judge *j);
/* Is it in the config? 0, our ways out, always is. */
bool any_store_knows(const struct judge_config *c, uint32_t series);
/* These series left the config: they begin anew. */
void any_store_forget(struct any_store *s, const struct judge_config *c, struct wall now);
/* Incidents as they are read back: by opening. */
void any_store_sort(struct any_store *s);
/* A judge from what is stored, configured; samples are not folded yet. */
struct judge *any_store_restore(
    struct any_store *s, const struct judge_config *c, struct wall now);
struct sample any_sample_of(const struct any_sample *a);

#endif
