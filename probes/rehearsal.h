/* SPDX-License-Identifier: MIT
 *
 * The same questions for rivals that are to stand in for each other: each is a row, and a
 * row becomes a target that is asked like any other. What a dialect says for "answer in
 * JSON" and "here is a tool" stands in its own row (json_mode, tools). Pure.
 */
#ifndef DIMWATCH_PROBES_REHEARSAL_H
#define DIMWATCH_PROBES_REHEARSAL_H

#include "agent/base/arena.h"
#include "probes/sample.h"
#include "probes/target.h"

enum exam_id {
	EXAM_SHORT, /* first: who cannot answer it is asked nothing else */
	EXAM_STREAM,
	EXAM_LONG,
	EXAM_JSON,
	EXAM_TOOL,
	EXAM_ENGLISH,
	EXAM_CHINESE,
	EXAM_COUNT
};

struct exam {
	const char *code;  /* stable: "json_mode" */
	const char *words; /* for people: "JSON mode" */
	enum probe_kind kind;
	const char *prompt; /* NULL: the built-in sum */
	enum expect_kind expect;
	const char *expect_text;
	const char *missed; /* what an answer that is not the expected one shows */
};
const struct exam *exam_row(enum exam_id id);

enum exam_result {
	EXAM_PASSED,
	EXAM_MISSED,      /* answered, but not as asked */
	EXAM_FAILED,      /* no answer: the sample says why */
	EXAM_NOT_OFFERED, /* its dialect has no way to ask for it */
	EXAM_NOT_ASKED,
	EXAM_RESULT_COUNT
};
const char *exam_result_code(enum exam_result r); /* stable: "passed" */

#define EXAM_LONG_TOKENS 8000 /* of the long prompt, unless told otherwise */

/* The rival as this question asks it; NULL: its dialect does not offer it. Lives in the
 * arena; points into the rival. */
const struct target *exam_target(
    enum exam_id id, const struct target *rival, int long_tokens, struct arena *arena);
/* At most, in the currency of t's price; -1 unknown. t: of exam_target. */
int64_t exam_cost(enum exam_id id, const struct target *t);
/* PASSED, MISSED or FAILED; *why gets what would break ("" when nothing). */
enum exam_result exam_judge(enum exam_id id, const struct target *t,
    const struct sample *s, char *why, size_t size);
/* The other questions would meet the same: no key, no money, no model. */
bool exam_is_final(enum exam_id id, const struct sample *s);

#endif
