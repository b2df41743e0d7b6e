/* SPDX-License-Identifier: MIT
 *
 * One event of one dialect, whatever it says: the first byte chooses the dialect, the
 * first line behind it is the event's name, the rest its data. What is read points into
 * what was given, counts are counts, and an error gets a class of its own.
 */
#include <string.h>

#include "probes/classify.h"
#include "probes/dialect.h"
#include "tests/fuzz/fuzz.h"

static size_t touched; /* so that no read is left out */

/* Every byte is there. */
static void touch(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		touched += (unsigned char)s.p[i];
}

static void check_reading(const struct reading *r)
{
	touch(r->text);
	touch(r->reasoning);
	touch(r->repeated);
	touch(span_of(r->finish));
	touch(span_of(r->model));
	touch(span_of(r->id));
	MUST(r->finish == NULL || r->finish[0] != '\0');
	MUST(r->tokens_in >= -1 && r->tokens_in <= INT64_C(1000000000));
	MUST(r->tokens_out >= -1 && r->tokens_out <= INT64_C(1000000000));
	MUST(r->error == NULL || r->understood);
	MUST(r->joined.len <= READING_MAX_JOINED);
	MUST(r->thoughts.len <= READING_MAX_JOINED);
}

static void check_class(
    const struct dialect *d, struct span data, const json_t *error, int status)
{
	struct provider p = {.id = "p", .dialect = d->name};
	struct wire_head head = {.status = status};
	struct answer a = {.status = status,
	    .in_stream = status == 200,
	    .head = &head,
	    .body = data,
	    .json = error};
	struct verdict v;

	classify_answer(&p, &a, &v);
	MUST(v.outcome != OUTCOME_OK && (unsigned)v.outcome < OUTCOME_COUNT);
	MUST(fuzz_is_text(v.code, sizeof(v.code)));
	MUST(fuzz_is_text(v.message, sizeof(v.message)));
	/* Inside a good answer something did come: it is never called silence. */
	MUST(status != 200 || outcome_row(v.outcome)->evidence != EVIDENCE_SILENT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t n;
	const struct dialect *const *all = dialects(&n);
	struct span in = fuzz_span(data, size), name;
	const struct dialect *d;
	struct reading r;
	json_t *v;

	if (size == 0)
		return 0;
	d = all[(unsigned char)in.p[0] % n];
	in = (struct span){in.p + 1, in.n - 1};
	name = fuzz_line(&in);
	v = json_parse(in, NULL);
	reading_init(&r);
	d->read(name, in, v, &r);
	check_reading(&r);
	if (r.error != NULL) {
		check_class(d, in, r.error, 200);
		check_class(d, in, r.error, 429);
		check_class(d, in, r.error, 500);
	}
	if (r.finish != NULL) {
		struct provider p = {.id = "p", .dialect = d->name};

		MUST((unsigned)classify_finish(&p, r.finish) < OUTCOME_COUNT);
	}
	reading_fini(&r);
	json_decref(v);
	return 0;
}
