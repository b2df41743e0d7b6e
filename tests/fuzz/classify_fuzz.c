/* SPDX-License-Identifier: MIT
 *
 * Mutated error bodies against the rows of a few providers of the catalogue (which ones,
 * the bytes say: all are too slow to mutate many inputs), and against the general rows
 * alone: always a class, never `ok`, words that are fit to keep.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/base/json.h"
#include "probes/classify.h"
#include "tests/fuzz/fuzz.h"

/* At a time; each input has its own. */
#define PROVIDERS 6

static void check_verdict(const struct answer *a, const struct verdict *v)
{
	bool is_2xx = a->status >= 200 && a->status <= 299;

	MUST((unsigned)v->outcome < OUTCOME_COUNT);
	MUST(v->outcome != OUTCOME_OK);
	MUST(fuzz_is_text(v->code, sizeof(v->code)));
	MUST(fuzz_is_text(v->message, sizeof(v->message)));
	/* An answer did come. */
	if (a->in_stream && is_2xx)
		MUST(v->outcome != OUTCOME_HTTP_5XX &&
		     outcome_row(v->outcome)->evidence != EVIDENCE_SILENT);
}

static void classify(const struct provider *p, struct answer *a)
{
	struct verdict first, second;

	for (int inside = 0; inside <= 1; inside++) {
		a->in_stream = inside;
		if (inside && (a->status < 200 || a->status > 299))
			continue;
		classify_answer(p, a, &first);
		classify_answer(p, a, &second);
		check_verdict(a, &first);
		MUST(first.outcome == second.outcome && first.note == second.note);
		MUST(strcmp(first.code, second.code) == 0);
		MUST(strcmp(first.message, second.message) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct catalogue *c = fuzz_catalogue();
	struct answer a = {0};
	struct wire_head head;
	struct story s;
	struct str bytes;
	json_t *json;
	char *reason;

	story_init(&s, fuzz_span(data, size));
	str_init(&bytes, HEAD_MAX_BYTES);
	a.status = (int)story_number(&s, "status", 600, 400);
	story_wire_head(&s, a.status, &bytes, &head);
	a.head = head.n > 0 ? &head : NULL;
	a.body = str_span(&s.body);
	json = json_parse(a.body, NULL);
	a.json = json;
	reason = fuzz_text(s.body.len < 64 ? a.body : (struct span){a.body.p, 64});
	classify(NULL, &a);
	MUST((unsigned)classify_finish(NULL, reason) < OUTCOME_COUNT);
	for (uint64_t i = 0, from = fuzz_seed(fuzz_span(data, size)); i < PROVIDERS;
	     i++) {
		const struct provider *p =
		    catalogue_at(c, (from + i) % catalogue_count(c));

		classify(p, &a);
		MUST((unsigned)classify_finish(p, reason) < OUTCOME_COUNT);
	}
	free(reason);
	json_decref(json);
	str_fini(&bytes);
	story_fini(&s);
	return 0;
}
