/* SPDX-License-Identifier: MIT
 *
 * How a transfer ended, in words that know nothing of libcurl: http.c translates.
 */
#ifndef DIMWATCH_PROBES_WIRE_H
#define DIMWATCH_PROBES_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/str.h"

enum wire {
	WIRE_DONE,      /* the far side closed the answer properly */
	WIRE_PARTIAL,   /* connection ended inside the body */
	WIRE_ABORTED,   /* we ended it (our deadline, or the answer was enough) */
	WIRE_DNS,       /* name does not resolve */
	WIRE_DNS_LOCAL, /* our resolver did not answer */
	WIRE_REFUSED,   /* connection refused */
	WIRE_CONNECT,   /* any other failure to connect */
	WIRE_NO_ROUTE,  /* our own network: unreachable at once */
	WIRE_TLS,       /* handshake or certificate */
	WIRE_RESET,     /* connection lost before or inside the answer */
	WIRE_TIMEOUT,   /* libcurl's backstop fired */
	WIRE_STALLED,   /* bytes without end that carry nothing */
	WIRE_TOO_LARGE, /* body above the request's limit */
	WIRE_HEADERS,   /* headers or trailers above 64 KiB */
	WIRE_ENCODED,   /* a Content-Encoding we did not ask for */
	WIRE_PROTOCOL,  /* not HTTP */
	WIRE_PROXY,     /* the proxy refused or failed */
	WIRE_LOCAL,     /* out of descriptors, out of memory, bad URL: ours */
	WIRE_COUNT
};
const char *wire_code(enum wire w);

/* How far it came, for time-outs and resets. */
enum wire_phase {
	PHASE_DNS,
	PHASE_CONNECT,
	PHASE_TLS,
	PHASE_SENT,
	PHASE_HEAD,
	PHASE_BODY
};

struct wire_end {
	enum wire wire;
	enum wire_phase phase;
	/* Offsets from the start in microseconds, NOT_REACHED (-1) when not reached. */
	int64_t dns_us, connect_us, tls_us;
	bool reused;
	/* One was kept, but the far side had closed it: this one, or this one once more,
	 * went over a fresh connection. */
	bool reconnected;
	int64_t cert_expiry_s; /* 0: not known */
	char text[200];        /* the library's words; never a URL or a secret */
	char peer_ip[48];      /* "" when never connected */
};

#define HEAD_MAX_BYTES   ((size_t)64 << 10) /* headers and trailers together */
#define HEAD_MAX_HEADERS 100
#define HEAD_MAX_INTERIM 32 /* 1xx answers before the real one */

/* The head of an answer: borrowed from http until the callback returns. */
struct wire_header {
	struct span name, value;
};
struct wire_head {
	int status;
	struct wire_header headers[HEAD_MAX_HEADERS];
	size_t n;
};
/* Case-insensitive; empty span when absent. */
struct span head_find(const struct wire_head *h, const char *name);

#endif
