/* SPDX-License-Identifier: MIT
 *
 * What can be said of a channel's URL without using it. The URL is a secret: no sentence
 * holds a byte of it.
 */
#ifndef DIMWATCH_ALERTS_CHANNEL_URL_H
#define DIMWATCH_ALERTS_CHANNEL_URL_H

#include "alerts/channel.h"

/* Slices of the URL's text. */
struct channel_url {
	bool tls;
	struct span host; /* without user-info, port and brackets */
	struct span path; /* from the first slash to ? or #; may be empty */
	bool loopback;
};

/* A typical mistake: a URL of this host (or a sub-domain of it) with this in its path. */
struct url_mistake {
	const char *host;  /* "slack.com" */
	const char *path;  /* prefix of the path, NULL: any */
	const char *words; /* what it is, and the cure */
};

/* http or https, a host, no blanks or controls, plain http only where it is allowed, not
 * link-local. False and the sentence. */
bool channel_url_check(
    const struct channel_conf *c, struct channel_url *ret, struct err *e) MUST_CHECK;
bool channel_url_has_host(const struct channel_url *u, const char *domain);
const char *channel_url_mistake(
    const struct channel_url *u, const struct url_mistake *rows, size_t n);

#endif
