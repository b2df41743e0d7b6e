/* SPDX-License-Identifier: MIT
 *
 * The one HTTP client: libcurl's multi interface on the loop. Nothing but http*.c and
 * their private headers includes curl. Probes, alert deliveries, status pages and exports
 * all go through it. HTTP/1.1 only, http and https only, redirects are never followed, no
 * proxy unless the request names one, nothing is decoded. The program ignores SIGPIPE.
 *
 * Contract: after http_start succeeded, on_done is called exactly once, from the loop and
 * never before http_start returned, whatever happens, http_abort and http_free included.
 * on_head is called at most once (final answer, not 1xx), before any on_bytes. Callbacks
 * may call http_start and http_abort. Times are stamped when bytes enter.
 *
 * The request's connect_backstop_ms (until the request is on its way: name, connection,
 * tunnel, handshake) and backstop_ms (the whole) are deadlines on the loop's heap, so a
 * skipping clock plays them; 0: none. Headers go to the host only; over https a proxy
 * sees nothing but CONNECT host:port, over plain http it sees everything, keys included.
 */
#ifndef DIMWATCH_PROBES_HTTP_H
#define DIMWATCH_PROBES_HTTP_H

#include "agent/base/err.h"
#include "agent/base/loop.h"
#include "probes/request.h"
#include "probes/wire.h"

struct http;          /* opaque: one multi handle */
struct http_exchange; /* opaque: one transfer; invalid after on_done returned */

enum http_next { HTTP_MORE, HTTP_ENOUGH }; /* ENOUGH: end the transfer (WIRE_ABORTED) */

struct http_handler {
	enum http_next (*on_head)(
	    void *arg, struct mono at, const struct wire_head *head);
	enum http_next (*on_bytes)(void *arg, struct mono at, struct span bytes);
	void (*on_done)(void *arg, struct mono at, const struct wire_end *end);
};

/* ca_file NULL: the distribution's bundle (SSL_CERT_FILE is honoured). */
struct http *http_new(struct loop *l, const char *ca_file, struct err *e) MUST_CHECK;
/* Every transfer in flight ends (WIRE_ABORTED) before this returns, those that an
 * on_done starts meanwhile included; not to be called from a callback. */
void http_free(struct http *h);
/* Takes the request's bytes over (it is left finished); never fails: what cannot start
 * ends as WIRE_LOCAL through on_done. */
struct http_exchange *http_start(
    struct http *h, struct request *rq, const struct http_handler *on, void *arg);
/* on_done follows in this loop turn or the next. */
void http_abort(struct http_exchange *x);
size_t http_in_flight(const struct http *h);
/* Loads the CA bundle anew for transfers that start from now on. */
void http_reload_ca(struct http *h);
/* The library's own words: "libcurl/7.88.1 OpenSSL/3.0.17 zlib/..." */
const char *http_version(void);

#endif
