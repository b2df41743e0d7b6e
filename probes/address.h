/* SPDX-License-Identifier: MIT
 *
 * The URL of a probe from a base URL, the provider's or the dialect's paths and the kind.
 * Users give a base URL or the complete address of the chat, as other programs want it:
 * both are understood. Pure.
 */
#ifndef DIMWATCH_PROBES_ADDRESS_H
#define DIMWATCH_PROBES_ADDRESS_H

#include "probes/dialect.h"

struct address_ask {
	const struct dialect *dialect;
	enum probe_kind kind;
	const char *model; /* for "{model}" in a path: every unusual byte is encoded */
};

/* The provider's address for this kind behind `base` (a region's, or one of the user's
 * own). False: it has none; out is as it was. */
bool address_of_provider(const struct provider *p, const struct address_ask *ask,
    const char *base, struct str *out);

enum address_how {
	ADDRESS_GIVEN,     /* the URL was complete */
	ADDRESS_COMPLETED, /* it was a base URL, or that of the chat */
	ADDRESS_UNKNOWN,   /* neither can be seen: it stands as it was given */
	ADDRESS_NONE,      /* where this kind is asked cannot be told from it */
};
/* The address of a server that no catalogue knows. */
enum address_how address_of_server(
    const char *text, const struct address_ask *ask, struct str *out);

#endif
