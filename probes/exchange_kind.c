/* SPDX-License-Identifier: MIT
 *
 * The probes that are no chat: a list of models, a vector, a shut door, any page. Their
 * answer is one document, looked at when it is complete; what it must hold stands in
 * tables, because these shapes differ less by dialect than by taste.
 */
#include <stdio.h>
#include <string.h>

#include "agent/base/text.h"
#include "probes/dialect_parts.h"
#include "probes/exchange_state.h"

#define N(table) (sizeof(table) / sizeof((table)[0]))

bool exchange_is_plain(const struct exchange *x)
{
	static const unsigned plain = KIND(PROBE_MODELS) | KIND(PROBE_DOOR) |
				      KIND(PROBE_EMBEDDING) | KIND(PROBE_HTTP);

	return (plain & KIND(x->t->kind)) != 0;
}

void exchange_build(const struct exchange *x, struct request *rq)
{
	struct target bare = *x->t;

	if (x->t->kind == PROBE_MODELS) {
		rq->method = "GET";
		dialect_headers(x->t, "application/json", rq);
		return;
	}
	/* No key ever goes to a door, whatever the config holds. */
	if (x->t->kind == PROBE_DOOR)
		bare.key = NULL;
	x->t->dialect->build(&bare, &x->q, rq);
}

/* --- a list of models --- */

static const char *const list_places[] = {"data", "models", "result", ""};
static const char *const name_places[] = {"id", "name", "model"};
/* What says that the list goes on. */
static const char *const more_places[] = {"has_more", "nextPageToken", "next_page_token"};

static const json_t *list_in(const json_t *v)
{
	for (size_t i = 0; i < N(list_places); i++) {
		const json_t *list = json_at(v, list_places[i]);

		if (json_is_array(list))
			return list;
	}
	return NULL;
}

/* "models/x" is x, and "x:latest" is x. */
static bool is_model(struct span name, const char *model)
{
	static const char folder[] = "models/", tag[] = ":latest";
	size_t n = strlen(model);

	if (span_has_prefix(name, folder)) {
		name.p += strlen(folder);
		name.n -= strlen(folder);
	}
	if (name.n == n + strlen(tag) && memcmp(name.p + n, tag, strlen(tag)) == 0)
		name.n = n;
	return span_eq(name, model);
}

static bool is_listed(const json_t *list, const char *model)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *row = json_array_get(list, i);

		if (is_model(parts_text(row), model))
			return true;
		for (size_t k = 0; k < N(name_places); k++) {
			if (is_model(parts_text_at(row, name_places[k]), model))
				return true;
		}
	}
	return false;
}

static bool goes_on(const json_t *v)
{
	for (size_t i = 0; i < N(more_places); i++) {
		if (parts_said(v, more_places[i]))
			return true;
	}
	return false;
}

/* A list longer than anybody reads: its beginning has to do. */
static bool begins_like_a_list(struct span body)
{
	return (body.p[0] == '{' || body.p[0] == '[') &&
	       (span_contains(body, span_of("\"id\"")) ||
		   span_contains(body, span_of("\"name\"")));
}

static bool read_list(struct exchange *x, const json_t *v)
{
	const json_t *list = list_in(v);
	const char *model = x->t->model;

	if (list == NULL && !(x->body.cut && begins_like_a_list(str_span(&x->body))))
		return false;
	if (list != NULL && model != NULL && model[0] != '\0' && !goes_on(v) &&
	    !is_listed(list, model))
		x->flags |= FLAG_MODEL_NOT_LISTED;
	if (x->t->provider->models_open)
		x->flags |= FLAG_EDGE_ONLY;
	exchange_decide(x, OUTCOME_OK, NULL);
	return true;
}

/* --- a vector --- */

static const char *const vector_places[] = {"data[0].embedding", "embeddings[0].values",
    "embedding.values", "embeddings.float[0]", "output.embeddings[0].embedding",
    "embeddings[0]", "embedding", "[0].embedding", "[0]"};
static const char *const usage_places[] = {"usage.prompt_tokens", "usage.input_tokens",
    "usage.total_tokens", "prompt_eval_count", "meta.billed_units.input_tokens",
    "usageMetadata.promptTokenCount"};

/* Numbers, or all of them in base64. */
static bool is_vector(const json_t *v)
{
	return json_is_number(json_array_get(v, 0)) || json_string_length(v) > 0;
}

static bool read_vector(struct exchange *x, const json_t *v)
{
	const char *model = parts_word(v, "model");
	const json_t *vector = NULL;

	for (size_t i = 0; i < N(vector_places) && vector == NULL; i++) {
		vector = json_at(v, vector_places[i]);
		if (!json_is_array(vector) && !json_is_string(vector))
			vector = NULL;
	}
	if (vector == NULL)
		return false;
	for (size_t i = 0; i < N(usage_places) && x->tokens_in < 0; i++)
		x->tokens_in = parts_count(v, usage_places[i]);
	x->tokens_out = 0;
	if (model != NULL)
		str_copy(x->model, sizeof(x->model), model);
	if (is_vector(vector))
		exchange_decide(x, OUTCOME_OK, NULL);
	else
		exchange_decide(x, OUTCOME_EMPTY, "a vector without a number");
	return true;
}

/* --- a page --- */

static void check_text(struct exchange *x)
{
	bool odd;
	enum outcome o = question_check(&x->q, x->t, str_span(&x->body), &odd);

	exchange_decide(x, o,
	    o == OUTCOME_OK                   ? NULL
	    : x->t->expect == EXPECT_CONTAINS ? "the text is not in the answer"
					      : "the answer is not what `expect` wants");
}

static void conclude_page(struct exchange *x)
{
	char message[80];
	int want = x->t->expect_status;

	if (want == 0 || want == x->head.status) {
		check_text(x);
		return;
	}
	(void)snprintf(message, sizeof(message), "HTTP %d came, %d is expected",
	    x->head.status, want);
	exchange_decide(x, OUTCOME_MALFORMED, message);
}

/* --- all of them --- */

bool exchange_is_expected(struct exchange *x, const struct answer *a)
{
	if (x->t->kind == PROBE_DOOR && classify_is_door(x->t->provider, a)) {
		exchange_decide(x, OUTCOME_OK, NULL);
		return true;
	}
	if (x->t->kind == PROBE_HTTP && x->t->expect_status == a->status) {
		check_text(x);
		return true;
	}
	return false;
}

/* A door that lets anybody in is somebody else's: a portal, a proxy. Some refuse inside a
 * 200, which their rows say. */
static void conclude_door(struct exchange *x, const json_t *v)
{
	const struct answer a = {.status = x->head.status,
	    .head = &x->head,
	    .body = str_span(&x->body),
	    .json = v};
	struct verdict words;
	char message[sizeof(words.message) + 64];

	if (exchange_is_expected(x, &a))
		return;
	memset(&words, 0, sizeof(words));
	classify_words(&a, &words);
	(void)snprintf(message, sizeof(message),
	    "HTTP %d where a request without a key is refused: %s", x->head.status,
	    words.message);
	exchange_decide(x, OUTCOME_MALFORMED, message);
}

static bool read_document(struct exchange *x, const json_t *v)
{
	struct span body = str_span(&x->body);
	struct reading r;
	bool error;

	reading_init(&r);
	x->t->dialect->read((struct span){NULL, 0}, body, v, &r);
	error = r.error != NULL;
	if (r.id != NULL)
		str_copy(error ? x->error_id : x->id, sizeof(x->id), r.id);
	if (error)
		exchange_take_error(x, body, r.error, 0);
	reading_fini(&r);
	if (error)
		return true;
	return x->t->kind == PROBE_MODELS ? read_list(x, v) : read_vector(x, v);
}

/* Bytes that are no UTF-8 are told of and overlooked, as in a stream. */
static json_t *parse_body(struct exchange *x)
{
	struct span body = str_span(&x->body);
	struct str clean;
	json_t *v;

	if (utf8_valid(body))
		return json_parse_list(body, NULL);
	x->flags |= FLAG_INVALID_UTF8;
	str_init(&clean, 3 * KEEP_LIST);
	text_clean(&clean, body);
	v = json_parse_list(str_span(&clean), NULL);
	str_fini(&clean);
	return v;
}

static void conclude_document(struct exchange *x)
{
	json_t *v;

	if (x->t->kind == PROBE_HTTP) {
		conclude_page(x);
		return;
	}
	v = x->body.cut ? NULL : parse_body(x);
	if (x->t->kind == PROBE_DOOR)
		conclude_door(x, v);
	else if (x->body.len == 0)
		exchange_decide(x, OUTCOME_EMPTY, "a body without a byte");
	else if (!read_document(x, v))
		exchange_conclude_strange(x);
	json_decref(v);
}

/* Lost or ended before the document was complete. */
static void conclude_part(struct exchange *x, const struct wire_end *end)
{
	enum outcome o = classify_wire(end);

	if (end->wire == WIRE_TIMEOUT)
		o = OUTCOME_TIMEOUT_TOTAL;
	else if (end->wire == WIRE_RESET && x->body_bytes > 0)
		o = OUTCOME_TRUNCATED;
	exchange_decide(
	    x, o, end->wire == WIRE_ABORTED ? "ended by ourselves" : end->text);
}

void exchange_conclude_plain(struct exchange *x, const struct wire_end *end)
{
	if (end->wire == WIRE_DONE || (end->wire == WIRE_ABORTED && x->body.cut))
		conclude_document(x);
	else
		conclude_part(x, end);
}
