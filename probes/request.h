/* SPDX-License-Identifier: MIT
 *
 * An HTTP request as a value: dialects and alert channels build it, probes/http sends
 * it. It owns its bytes, so it can wait in a queue. Header values may hold secrets: they
 * are never printed.
 */
#ifndef DIMWATCH_PROBES_REQUEST_H
#define DIMWATCH_PROBES_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/str.h"

#define REQUEST_MAX_HEADERS 24
#define REQUEST_MAX_BODY    ((size_t)1 << 20)

struct request_header {
	char *name, *value; /* owned */
};

struct request {
	const char *method; /* static: "POST", "GET" */
	char *url;          /* owned; may itself be a secret (webhooks) */
	struct request_header headers[REQUEST_MAX_HEADERS];
	size_t n_headers;
	struct str body;
	char *proxy;            /* owned; NULL or "" = none */
	bool cold;              /* fresh connection, no DNS cache, no TLS resumption */
	bool want_cert;         /* ask for the certificate's expiry */
	int64_t max_body_bytes; /* more than this ends the exchange (WIRE_TOO_LARGE) */
	int64_t backstop_ms;    /* libcurl's own time-out, above our deadlines */
	int64_t connect_backstop_ms;
};

void request_init(struct request *r, const char *method, const char *url);
void request_fini(struct request *r); /* wipes header values and the URL */
/* CR or LF in name or value, a colon or nothing in name, or a header too many: refused
 * (false), nothing is added. */
bool request_header(struct request *r, const char *name, const char *value);

#endif
