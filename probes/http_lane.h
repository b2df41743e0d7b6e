/* SPDX-License-Identifier: MIT
 *
 * One libcurl multi handle driven by the loop's libevent base: libcurl's sockets and its
 * one timer become events. libcurl keeps the parsed CA bundle and the idle connections
 * in the multi handle: so each bundle has a lane, everybody who shares connections with
 * nobody has one, and a reload of the bundles is new lanes; the old ones drain.
 *
 * libcurl's timers run in real time, not on the loop's heap: a skipping clock would
 * confuse it. Nothing here calls libcurl from inside its callbacks but
 * curl_multi_assign.
 */
#ifndef DIMWATCH_PROBES_HTTP_LANE_H
#define DIMWATCH_PROBES_HTTP_LANE_H

#include <curl/curl.h>

#include "agent/base/err.h"
#include "agent/base/loop.h"
#include "agent/base/queue.h"

struct lane;

/* All of them but on_deaf run outside libcurl. */
struct lane_owner {
	/* A socket of this transfer has something to do; false ends it: libcurl is not
	 * asked about this event. */
	bool (*on_wakeup)(void *arg, CURL *easy, int fd);
	/* libcurl has worked: look for what has ended, start what waits. */
	void (*on_worked)(void *arg);
	/* Inside libcurl: a socket of this transfer (NULL: of nobody's) cannot be
	 * watched. */
	void (*on_deaf)(void *arg, CURL *easy);
	void *arg;
};

struct lane {
	TAILQ_ENTRY(lane) link;
	CURLM *multi;            /* owned */
	struct event_base *base; /* borrowed */
	struct event *timer;     /* owned */
	struct lane_owner owner;
	char *ca_file; /* owned; what its transfers trust; NULL: the usual */
	uint32_t keep; /* of whose requests it keeps connections; 0: everybody's */
	unsigned kept; /* connections that are open and idle, of one's own lane */
	bool old;      /* takes no transfer any more */
	bool inside;   /* libcurl is on the stack: hands off */
	uint64_t turn; /* of the loop, in which bytes came last */
	struct mono busy_since; /* in that turn */
	size_t in_flight;       /* handles added by the owner */
};

/* keep: for the requests of this number only (struct request); else 0. */
struct lane *lane_new(struct loop *l, struct lane_owner owner, const char *ca_file,
    uint32_t keep, struct err *e) MUST_CHECK;
/* No handle is in it any more. NULL is fine. */
void lane_free(struct lane *ln);
/* Not while inside. */
CURLMcode lane_add(struct lane *ln, CURL *easy);
void lane_remove(struct lane *ln, CURL *easy);
/* Goes on with a transfer whose on_body said CURL_WRITEFUNC_PAUSE; it is called back from
 * inside. Not while inside. */
void lane_resume(struct lane *ln, CURL *easy);
/* The next transfer that has ended, or NULL. Not while inside. */
CURL *lane_ended(struct lane *ln, CURLcode *ret_code);

#endif
