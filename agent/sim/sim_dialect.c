/* SPDX-License-Identifier: MIT
 *
 * The table of the simulator's dialects, which of them a request is for, and what they
 * share: words, texts, vectors.
 */
#include "agent/sim/sim_dialect.h"

#include <string.h>

#include "agent/base/json.h"
#include "agent/base/text.h"

#define MAX_PART ((size_t)1 << 10) /* of a path that names a model */

/* Who shares a path with others stands before them, and says how it is told apart. */
static const struct sim_dialect *const table[] = {
    &sim_dialect_azure,
    &sim_dialect_anthropic,
    &sim_dialect_gemini,
    &sim_dialect_cohere,
    &sim_dialect_dashscope,
    &sim_dialect_ollama,
    &sim_dialect_bedrock,
    &sim_dialect_responses,
    &sim_dialect_openai,
};
#define N_DIALECTS (sizeof(table) / sizeof(table[0]))

const struct sim_dialect *const *sim_dialects(size_t *ret_n)
{
	*ret_n = N_DIALECTS;
	return table;
}

/* --- where a request leads --- */

static bool ends_with(struct span path, const char *end)
{
	size_t n = strlen(end);

	return path.n >= n && memcmp(path.p + path.n - n, end, n) == 0;
}

static struct span cut_segment(struct span *rest)
{
	const char *slash = rest->n ? memchr(rest->p, '/', rest->n) : NULL;
	struct span segment = {rest->p, slash ? (size_t)(slash - rest->p) : rest->n};
	size_t used = slash ? segment.n + 1 : segment.n;

	*rest = (struct span){rest->p + used, rest->n - used};
	return segment;
}

static bool path_hits(
    const struct sim_path *path, const struct sim_request *rq, const char *name)
{
	if (!ends_with(rq->path, path->end))
		return false;
	if (!path->header && !path->name)
		return true;
	return (path->header && sim_request_header(rq, path->header).n > 0) ||
	       (path->name && span_has_prefix(span_of(name), path->name));
}

static void find_dialect(const struct sim_request *rq, struct sim_route *ret)
{
	size_t longest = 0;

	for (size_t i = 0; i < N_DIALECTS; i++) {
		for (size_t k = 0; k < table[i]->n_paths; k++) {
			const struct sim_path *path = &table[i]->paths[k];

			if (strlen(path->end) <= longest ||
			    !path_hits(path, rq, ret->name))
				continue;
			longest = strlen(path->end);
			ret->door = path->door;
			ret->streams = path->streams;
			ret->dialect = table[i];
		}
	}
}

void sim_route_find(const struct sim_request *rq, struct sim_route *ret)
{
	struct span rest = {rq->path.p + 1, rq->path.n - 1};
	struct span first = cut_segment(&rest);

	*ret = (struct sim_route){.door = SIM_DOOR_NONE};
	if (span_eq(first, "hook")) {
		span_copy(cut_segment(&rest), ret->name, sizeof(ret->name));
		if (ret->name[0])
			ret->door = SIM_DOOR_HOOK;
		return;
	}
	span_copy(first, ret->name, sizeof(ret->name));
	if (ends_with(rq->path, "/generate_204"))
		ret->door = SIM_DOOR_EMPTY;
	else
		find_dialect(rq, ret);
}

bool sim_route_question(
    const struct sim_route *route, const struct sim_request *rq, struct sim_question *ret)
{
	bool chat = route->door == SIM_DOOR_CHAT;

	memset(ret, 0, sizeof(*ret));
	ret->stream = chat && route->streams;
	return (chat ? route->dialect->question : route->dialect->inputs)(rq, ret) &&
	       ret->model[0];
}

/* --- refusals --- */

const struct sim_refusal *sim_refusal_find(
    const struct sim_ask *ask, enum sim_fault fault)
{
	const struct sim_dialect *d = ask->dialect;
	bool streams = ask->door == SIM_DOOR_CHAT && ask->chat->stream;

	for (size_t i = 0; i < d->n_refusals; i++) {
		const struct sim_refusal *r = &d->refusals[i];

		if (r->fault == fault && (r->status != 200 || streams) &&
		    span_has_prefix(span_of(ask->name), r->provider))
			return r;
	}
	return NULL;
}

void sim_id_header(const struct sim_ask *ask, struct str *out)
{
	if (ask->dialect->id_header)
		str_addf(out, "%s: req-%s-%llu\r\n", ask->dialect->id_header, ask->name,
		    (unsigned long long)ask->number);
}

/* The model's name within a JSON string. */
static void put_model(const struct sim_ask *ask, struct str *out)
{
	json_t *model =
	    json_clean_string(span_of(ask->chat ? ask->chat->model : SIM_MODEL));
	struct str text;

	str_init(&text, 1024);
	json_dump(model, &text);
	str_add(out, str_c(&text) + 1, text.len - 2); /* without its quotes */
	json_decref(model);
	str_fini(&text);
}

void sim_refusal_text(
    const struct sim_refusal *r, const struct sim_ask *ask, struct str *out)
{
	for (const char *p = r->body; *p; p++) {
		if (strncmp(p, "{id}", 4) == 0) {
			str_addf(out, "req-%s-%llu", ask->name,
			    (unsigned long long)ask->number);
			p += 3;
		} else if (strncmp(p, "{model}", 7) == 0) {
			put_model(ask, out);
			p += 6;
		} else {
			str_addc(out, *p);
		}
	}
}

/* --- reading questions --- */

const json_t *sim_last(const json_t *array)
{
	size_t n = json_array_size(array);

	return n > 0 ? json_array_get(array, n - 1) : NULL;
}

int sim_count_inputs(const json_t *input)
{
	size_t n = json_is_string(input) ? 1 : json_array_size(input);

	return n < SIM_MAX_INPUTS ? (int)n : SIM_MAX_INPUTS;
}

static int hex_of(char c)
{
	const char *digits = "0123456789abcdef", *at;

	if (c >= 'A' && c <= 'F')
		c = (char)(c - 'A' + 'a');
	at = c ? strchr(digits, c) : NULL;
	return at ? (int)(at - digits) : -1;
}

static void put_decoded(struct span in, struct str *out)
{
	for (size_t i = 0; i < in.n; i++) {
		bool escaped = in.p[i] == '%' && i + 2 < in.n;
		int high = escaped ? hex_of(in.p[i + 1]) : -1;
		int low = escaped ? hex_of(in.p[i + 2]) : -1;

		if (high >= 0 && low >= 0) {
			str_addc(out, (char)(high * 16 + low));
			i += 2;
		} else {
			str_addc(out, in.p[i]);
		}
	}
}

void sim_path_part(const struct sim_request *rq, const char *before, const char *after,
    char *out, size_t size)
{
	const char *from = memmem(rq->path.p, rq->path.n, before, strlen(before));
	const char *to = NULL, *end = rq->path.p + rq->path.n;
	struct str raw, clean;

	out[0] = '\0';
	if (!from)
		return;
	from += strlen(before);
	to = memmem(from, (size_t)(end - from), after, strlen(after));
	if (!to)
		return;
	str_init(&raw, MAX_PART);
	str_init(&clean, 3 * MAX_PART);
	put_decoded((struct span){from, (size_t)(to - from)}, &raw);
	text_clean(&clean, str_span(&raw));
	str_copy(out, size, str_c(&clean));
	str_fini(&raw);
	str_fini(&clean);
}

/* --- writing answers --- */

const char *sim_finish_word(const struct sim_writer *w)
{
	const char *word = w->dialect->finishes[w->shape->finish];

	return word ? word : w->dialect->finishes[SIM_FINISH_STOP];
}

size_t sim_tokens_out(const struct sim_writer *w)
{
	return w->shape->no_tokens ? 0 : 2;
}

void sim_whole_text(const struct sim_writer *w, struct str *out)
{
	if (!w->shape->no_tokens)
		str_adds(out, w->answer);
	if (w->shape->bad_utf8)
		str_adds(out, "\xff\xfe");
}

void sim_vectors(const struct sim_writer *w, const char *one, struct str *out)
{
	for (int i = 0; i < w->ask->chat->inputs; i++)
		str_addf(out, "%s%s", i > 0 ? "," : "", one);
}
