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
	/* A mail instead of HTTP: url is smtp(s)://..., body the whole message. */
	char *mail_from, *mail_to; /* owned; NULL: HTTP */
	bool mail_needs_tls;
	char *proxy;    /* owned; NULL or "" = none */
	char *ca_file;  /* owned; NULL: the client's own bundle */
	char *resolve;  /* owned; the address to connect to; NULL: what DNS says */
	int ip_version; /* 4, 6; 0: any */
	bool cold;      /* fresh connection, no DNS cache, no TLS resumption */
	/* Not cold: requests of the same number share kept connections, with nobody else;
	 * 0: all such requests do. */
	uint32_t keep;
	bool want_cert;         /* ask for the certificate's expiry */
	int64_t max_body_bytes; /* more than this ends the exchange (WIRE_TOO_LARGE) */
	int64_t backstop_ms;    /* libcurl's own time-out, above our deadlines */
	int64_t connect_backstop_ms;
};

void request_init(struct request *r, const char *method, const char *url);
void request_fini(struct request *r); /* wipes header values and the URL */
/* Makes it a mail from one address to another. */
void request_mail(struct request *r, const char *from, const char *to);
/* CR or LF in name or value, a colon or nothing in name, or a header too many: refused
 * (false), nothing is added. */
bool request_header(struct request *r, const char *name, const char *value);
/* The same, in the place of one of that name (case does not matter). */
bool request_set_header(struct request *r, const char *name, const char *value);

#endif
