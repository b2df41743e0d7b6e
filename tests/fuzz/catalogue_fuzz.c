/* SPDX-License-Identifier: MIT
 *
 * Any bytes as one provider's file: refused with file, line and column, or a provider
 * whose parts hold together and whose rows can classify an answer.
 */
#include <string.h>

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "probes/classify.h"
#include "probes/dialect.h"
#include "tests/fuzz/fuzz.h"

#define FILE_NAME "fuzz.yaml"

static void check_list(const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		MUST(list[i] != NULL && utf8_valid(span_of(list[i])));
}

static void check_rows(const struct provider *p)
{
	for (size_t i = 0; i < p->n_errors; i++) {
		const struct error_row *row = &p->errors[i];

		MUST(row->http >= 0 && row->http <= 999);
		MUST((unsigned)row->outcome < OUTCOME_COUNT);
		check_list(row->paths, row->n_paths);
		check_list(row->matches, row->n_matches);
	}
	for (size_t i = 0; i < p->n_finishes; i++)
		MUST((unsigned)classify_finish(p, p->finishes[i].reason) < OUTCOME_COUNT);
}

static void check_provider(const struct provider *p)
{
	json_t *extra;

	MUST(p->id != NULL && p->id[0] != '\0' && p->name != NULL && p->otel != NULL);
	MUST(dialect_find(p->dialect) != NULL && p->chat_path != NULL);
	for (size_t i = 0; i < p->n_regions; i++)
		MUST(provider_region(p, p->regions[i].id) == &p->regions[i]);
	if (p->n_regions > 0)
		MUST(provider_region(p, NULL) == &p->regions[0]);
	MUST(p->max_tokens > 1 && p->max_tokens_field != NULL);
	MUST(p->price.in_nano_per_tok >= -1 && p->price.out_nano_per_tok >= -1);
	if (p->extra_body != NULL) {
		extra = json_parse(span_of(p->extra_body), NULL);
		MUST(json_is_object(extra));
		json_decref(extra);
	}
	check_list(p->extra_headers, p->n_extra_headers);
	check_list(p->fallback_models, p->n_fallback_models);
	check_list(p->retired_models, p->n_retired_models);
	check_list(p->request_id_headers, p->n_request_id_headers);
	check_list(p->siblings, p->n_siblings);
	check_rows(p);
}

static void classify_something(const struct provider *p)
{
	static const char body[] =
	    "{\"error\":{\"code\":\"x\",\"message\":\"busy\"},\"a\":[1]}";
	struct answer a = {
	    .status = 429, .body = {body, sizeof(body) - 1}
        };
	json_t *json = json_parse(a.body, NULL);
	struct verdict v;

	a.json = json;
	classify_answer(p, &a, &v);
	MUST((unsigned)v.outcome < OUTCOME_COUNT);
	json_decref(json);
}

static void hear(void *arg, int line, int column, const char *path, const char *what)
{
	size_t *n = arg;

	MUST(line >= 1 && column >= 1 && path != NULL && what[0] != '\0');
	(*n)++;
}

/* The same bytes as a file of the user's, over the compiled-in catalogue. */
static void check_own(struct span in, bool is_complete)
{
	struct arena *a = arena_new();
	struct catalogue *c = catalogue_open(a);
	size_t mistakes = 0, before = catalogue_count(c);
	const struct catalogue_report report = {.arg = &mistakes, .fn = hear};
	const char *id = NULL;
	bool ok = catalogue_add(c, in, FILE_NAME, &report, &id);

	MUST(ok == (mistakes == 0));
	MUST(ok || catalogue_count(c) == before);
	MUST(catalogue_count(c) <= before + 1);
	if (ok) {
		const struct provider *p = catalogue_find(c, id);

		MUST(p != NULL && strcmp(p->id, id) == 0);
		check_provider(p);
		classify_something(p);
	}
	MUST(!is_complete || ok || id != NULL);
	arena_free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = fuzz_span(data, size);
	struct arena *a = arena_new();
	struct err e = {0};
	const struct provider *p = provider_parse(in, FILE_NAME, a, &e);

	if (p != NULL) {
		check_provider(p);
		classify_something(p);
	} else {
		MUST(e.code != ERR_NONE && fuzz_is_line(e.msg, sizeof(e.msg)));
		MUST(strncmp(e.msg, FILE_NAME ":", strlen(FILE_NAME ":")) == 0);
		MUST(fuzz_is_placed(e.msg + strlen(FILE_NAME ":"), in));
	}
	check_own(in, p != NULL);
	arena_free(a);
	return 0;
}
