/* SPDX-License-Identifier: MIT
 *
 * Any URL: the gateway in front, the health page of a server. A GET, or a POST of the
 * target's own text; a status and a text are all that is looked at (exchange_kind.c).
 */
#include <string.h>

#include "probes/dialect_parts.h"

static void build(const struct target *t, const struct question *q, struct request *rq)
{
	rq->method = t->method != NULL && strcmp(t->method, "POST") == 0 ? "POST" : "GET";
	dialect_headers(t, "*/*", rq);
	if (strcmp(rq->method, "POST") == 0 && t->prompt != NULL)
		str_adds(&rq->body, q->text);
}

/* No grammar: what came is compared, not read. */
static void read_event(
    struct span event_name, struct span data, const json_t *v, struct reading *ret)
{
	(void)event_name;
	(void)data;
	(void)v;
	(void)ret;
}

const struct dialect dialect_http = {
    .name = "http",
    .framing = FRAMING_JSON,
    .build = build,
    .read = read_event,
    .kinds = KIND(PROBE_HTTP),
    .paths = {.prefix = ""},
    .auth_header = "Authorization",
    .auth_scheme = "Bearer",
};
