/* SPDX-License-Identifier: MIT
 *
 * Names of the ways a transfer ends, and the search in an answer's head.
 */
#include "probes/wire.h"

#include <assert.h>

static const char *const wire_codes[] = {
    [WIRE_DONE] = "done",
    [WIRE_PARTIAL] = "partial",
    [WIRE_ABORTED] = "aborted",
    [WIRE_DNS] = "dns",
    [WIRE_DNS_LOCAL] = "dns_local",
    [WIRE_REFUSED] = "refused",
    [WIRE_CONNECT] = "connect",
    [WIRE_NO_ROUTE] = "no_route",
    [WIRE_TLS] = "tls",
    [WIRE_RESET] = "reset",
    [WIRE_TIMEOUT] = "timeout",
    [WIRE_STALLED] = "stalled",
    [WIRE_TOO_LARGE] = "too_large",
    [WIRE_HEADERS] = "headers",
    [WIRE_ENCODED] = "encoded",
    [WIRE_PROTOCOL] = "protocol",
    [WIRE_PROXY] = "proxy",
    [WIRE_LOCAL] = "local",
};
_Static_assert(sizeof(wire_codes) / sizeof(wire_codes[0]) == WIRE_COUNT, "wires");

const char *wire_code(enum wire w)
{
	assert((unsigned)w < WIRE_COUNT);
	return wire_codes[w];
}

struct span head_find(const struct wire_head *h, const char *name)
{
	for (size_t i = 0; i < h->n; i++) {
		if (span_ieq(h->headers[i].name, name))
			return h->headers[i].value;
	}
	return (struct span){NULL, 0};
}
