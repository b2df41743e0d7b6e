/* SPDX-License-Identifier: MIT
 *
 * The table of dialects, and what all of them share: headers and the reading's life.
 */
#include "probes/dialect.h"

#include <stdlib.h>
#include <string.h>

#include "agent/base/xalloc.h"

static const struct dialect *const table[] = {
    &dialect_anthropic,
    &dialect_azure_openai,
    &dialect_bedrock,
    &dialect_cohere,
    &dialect_dashscope,
    &dialect_gemini,
    &dialect_http,
    &dialect_ollama,
    &dialect_openai_chat,
    &dialect_responses,
};
#define N_DIALECTS (sizeof(table) / sizeof(table[0]))

const struct dialect *dialect_find(const char *name)
{
	for (size_t i = 0; i < N_DIALECTS; i++) {
		if (strcmp(table[i]->name, name) == 0)
			return table[i];
	}
	return NULL;
}

const struct dialect *const *dialects(size_t *ret_n)
{
	*ret_n = N_DIALECTS;
	return table;
}

static void add_auth(const struct target *t, struct request *rq)
{
	const struct provider *p = t->provider;
	const char *key = secret_reveal(t->key);
	char *value;

	if (key == NULL || key[0] == '\0' || p->auth_header == NULL ||
	    p->auth_header[0] == '\0')
		return;
	if (p->auth_scheme != NULL && p->auth_scheme[0] != '\0')
		value = xasprintf("%s %s", p->auth_scheme, key);
	else
		value = xstrdup(key);
	/* A key that no header can carry is refused here; the provider will then say 401
	 * and the owner looks at the key, which is where the fault is. */
	(void)request_header(rq, p->auth_header, value);
	explicit_bzero(value, strlen(value));
	free(value);
}

static void add_extra(const char *line, struct request *rq)
{
	const char *colon = strchr(line, ':');
	char name[128], value[1024];

	if (colon == NULL)
		return;
	span_copy(
	    span_trim((struct span){line, (size_t)(colon - line)}), name, sizeof(name));
	span_copy(span_trim(span_of(colon + 1)), value, sizeof(value));
	(void)request_header(rq, name, value);
}

void dialect_headers(const struct target *t, const char *accept, struct request *rq)
{
	const struct provider *p = t->provider;

	if (strcmp(rq->method, "GET") != 0)
		(void)request_header(rq, "Content-Type", "application/json");
	(void)request_header(rq, "Accept", accept);
	(void)request_header(rq, "User-Agent", "dimwatch/" DIMWATCH_VERSION);
	add_auth(t, rq);
	for (size_t i = 0; i < p->n_extra_headers; i++)
		add_extra(p->extra_headers[i], rq);
}

bool dialect_streams(const struct dialect *d, enum probe_kind kind)
{
	static const unsigned streamed =
	    KIND(PROBE_STREAM) | KIND(PROBE_HEAVY) | KIND(PROBE_DOOR);

	return (d->kinds & KIND(PROBE_STREAM)) != 0 && (streamed & KIND(kind)) != 0;
}

void reading_init(struct reading *r)
{
	memset(r, 0, sizeof(*r));
	r->tokens_in = r->tokens_out = -1;
	str_init(&r->joined, READING_MAX_JOINED);
	str_init(&r->thoughts, READING_MAX_JOINED);
	str_init(&r->calls, READING_MAX_JOINED);
}

void reading_fini(struct reading *r)
{
	str_fini(&r->joined);
	str_fini(&r->thoughts);
	str_fini(&r->calls);
}
