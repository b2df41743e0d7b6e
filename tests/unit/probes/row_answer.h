/* SPDX-License-Identifier: MIT
 *
 * The answer that an error row of a provider is for, made from the row: the match at the
 * end of its path, in a body or a header.
 */
#ifndef DIMWATCH_TESTS_PROBES_ROW_ANSWER_H
#define DIMWATCH_TESTS_PROBES_ROW_ANSWER_H

#include "agent/base/json.h"

struct row_answer {
	char header[256]; /* its name; "" when the row looks at the body */
	char value[256];
	json_t *json;    /* owned; NULL: not JSON */
	struct str body; /* owned */
};

/* as_number: the match is a number and comes as one. */
void row_answer_init(
    struct row_answer *a, const char *path, const char *match, bool as_number);
void row_answer_fini(struct row_answer *a);
bool row_match_is_number(const char *match);

#endif
