/* SPDX-License-Identifier: MIT
 *
 * What libcurl is told about one transfer, and the callbacks by which it hands over head
 * and body. Cold means cold: fresh connection, no DNS cache, no TLS resumption. No
 * redirect, no proxy of the environment, no decoding, no Expect, HTTP/1.1.
 */
#include "probes/http_transfer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "agent/base/xalloc.h"
#include "probes/http_mail.h"
#include "probes/http_route.h"

#define SCHEMES           "https,http"
#define BACKSTOP_SLACK_MS 1000L /* libcurl's own time-outs lie behind ours */
#define STALL_MIN_S       2L
#define KEPT_MAX_S        86400L /* a kept connection idles at most so long */
#define KEPT_SIGN_S       20L    /* between two signs of life that TCP asks for */
/* libcurl reads up to a hundred of them at one go; others wait meanwhile. It takes no
 * less than these. */
#define READ_BYTES     1024L
#define GO_BYTES       (100 * (int)READ_BYTES)
#define TURN_BUDGET_US (4 * US_PER_MS) /* of one turn of the loop, for bodies */

void transfer_stop(struct http_exchange *x, enum wire why, const char *fmt, ...)
{
	va_list ap;

	if (x->stopped)
		return;
	x->stopped = true;
	x->counts->stopped++;
	x->why = why;
	va_start(ap, fmt);
	(void)vsnprintf(x->why_text, sizeof(x->why_text), fmt, ap);
	va_end(ap);
}

/* --- libcurl calls these --- */

static void note_progress(struct http_exchange *x)
{
	x->wakeups = 0;
	x->idle_bytes = 0;
}

static void take_head(struct http_exchange *x, struct mono at)
{
	struct span coding = http_head_coding(&x->head.head);

	if (x->on.on_head && x->on.on_head(x->arg, at, &x->head.head) == HTTP_ENOUGH)
		transfer_stop(x, WIRE_ABORTED, "the answer was enough");
	if (coding.n > 0)
		transfer_stop(x, WIRE_ENCODED,
		    "the body is encoded (%.*s), not asked for",
		    coding.n < 40 ? (int)coding.n : 40, coding.p);
}

static size_t on_header(char *line, size_t size, size_t n, void *arg)
{
	struct http_exchange *x = arg;
	struct mono at = loop_mono(x->loop);

	if (x->stopped)
		return CURL_WRITEFUNC_ERROR;
	note_progress(x);
	switch (http_head_line(&x->head, (struct span){line, size * n})) {
	case HTTP_HEAD_MORE:
		break;
	case HTTP_HEAD_READY:
		take_head(x, at);
		break;
	case HTTP_HEAD_TOO_LARGE:
		transfer_stop(x, WIRE_HEADERS,
		    "too many headers or trailers, or above %zu KiB",
		    HEAD_MAX_BYTES >> 10);
		break;
	}
	return x->stopped ? CURL_WRITEFUNC_ERROR : size * n;
}

/* Bodies of all transfers share the loop's turn: who comes when it is used up waits for
 * the next. Otherwise a few providers that stream as fast as they can would make
 * everybody else's samples late. */
static bool is_turn_used_up(struct http_exchange *x, struct mono at)
{
	uint64_t turn = loop_stats(x->loop).turns;
	struct lane *ln = x->lane;

	if (ln->turn != turn) {
		ln->turn = turn;
		ln->busy_since = at;
	}
	if (x->resumed || mono_diff_us(at, ln->busy_since) < TURN_BUDGET_US) {
		x->resumed = false;
		return false;
	}
	x->paused = true;
	x->counts->paused++;
	x->paused_in = turn;
	return true;
}

bool transfer_may_resume(struct http_exchange *x)
{
	if (!x->paused || x->paused_in == loop_stats(x->loop).turns)
		return false;
	x->paused = false;
	x->counts->paused--;
	x->resumed = true;
	return true;
}

static size_t on_body(char *bytes, size_t size, size_t n, void *arg)
{
	struct http_exchange *x = arg;
	struct mono at = loop_mono(x->loop);
	struct span given = {bytes, size * n};
	int64_t room = x->rq.max_body_bytes - x->body_bytes;
	bool fits = x->rq.max_body_bytes <= 0 || (int64_t)given.n <= room;

	if (x->stopped)
		return CURL_WRITEFUNC_ERROR;
	note_progress(x);
	if (is_turn_used_up(x, at))
		return CURL_WRITEFUNC_PAUSE;
	if (!fits)
		given.n = (size_t)room;
	x->body_bytes += (int64_t)given.n;
	if (given.n > 0 && x->on.on_bytes &&
	    x->on.on_bytes(x->arg, at, given) == HTTP_ENOUGH)
		transfer_stop(x, WIRE_ABORTED, "the answer was enough");
	if (!fits)
		transfer_stop(x, WIRE_TOO_LARGE, "a body above %lld bytes",
		    (long long)x->rq.max_body_bytes);
	return x->stopped ? CURL_WRITEFUNC_ERROR : size * n;
}

/* Runs when libcurl takes the transfer up, before any name is resolved: with many starts
 * in one turn the queue is our time, not the provider's. */
static int on_resolve(void *resolver, void *reserved, void *arg)
{
	struct http_exchange *x = arg;

	(void)resolver;
	(void)reserved;
	if (x->began.us == 0)
		x->began = loop_mono(x->loop);
	return 0;
}

/* An address without a route is not even tried: otherwise, on a machine without IPv6, a
 * provider's refusal over IPv4 would end as "network unreachable" of the IPv6 attempt. */
static curl_socket_t open_socket(
    void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct http_exchange *x = arg;
	int fd;

	(void)purpose;
	/* IPv4 says so itself, at once: asked for only when it failed (http_end.c). */
	if (address->family == AF_INET && address->addrlen == sizeof(x->tried_v4)) {
		memcpy(&x->tried_v4, &address->addr, sizeof(x->tried_v4));
	} else if (route_exists(&address->addr, address->addrlen)) {
		x->routes++;
	} else {
		x->no_routes++;
		errno = ENETUNREACH;
		return CURL_SOCKET_BAD;
	}
	fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
	if (fd < 0)
		x->socket_errno = errno;
	return fd;
}

/* The resolver's thread talks through a socket pair, which is no connection. */
static bool is_connected(int fd)
{
	struct sockaddr_storage peer = {.ss_family = AF_UNSPEC};
	socklen_t n = sizeof(peer);

	return getpeername(fd, (struct sockaddr *)&peer, &n) == 0 &&
	       (peer.ss_family == AF_INET || peer.ss_family == AF_INET6);
}

/* libcurl tells the time of the connection only when the TLS handshake went well, too. */
bool transfer_wakes(struct http_exchange *x, int fd)
{
	int waiting = 0;

	if (x->connected.us == 0 && is_connected(fd))
		x->connected = loop_mono(x->loop);
	/* An ordinary answer has few wake-ups, and libcurl reads little at each. */
	if (x->wakeups >= WAKEUPS_FEW && ioctl(fd, FIONREAD, &waiting) == 0)
		x->idle_bytes += waiting < GO_BYTES ? waiting : GO_BYTES;
	return ++x->wakeups <= WAKEUPS_MAX && x->idle_bytes <= IDLE_BYTES_MAX;
}

/* --- options --- */

static void add_line(struct http_exchange *x, const char *name, const char *value)
{
	/* libcurl's grammar: "Name;" sends an empty value, "Name:" sends nothing. */
	char *line = value[0] ? xasprintf("%s: %s", name, value) : xasprintf("%s;", name);
	struct curl_slist *more = curl_slist_append(x->headers, line);

	if (!more)
		out_of_memory();
	x->headers = more;
	explicit_bzero(line, strlen(line));
	free(line);
}

static void suppress(struct http_exchange *x, const char *name)
{
	struct curl_slist *more = curl_slist_append(x->headers, name);

	if (!more)
		out_of_memory();
	x->headers = more;
}

static void add_headers(struct http_exchange *x)
{
	bool has_type = false;

	for (size_t i = 0; i < x->rq.n_headers; i++) {
		const struct request_header *h = &x->rq.headers[i];

		add_line(x, h->name, h->value);
		if (span_ieq(span_of(h->name), "content-type"))
			has_type = true;
	}
	suppress(x, "Expect:");
	if (!has_type)
		suppress(x, "Content-Type:");
}

static CURLcode set_method(struct http_exchange *x)
{
	const struct request *rq = &x->rq;
	CURLcode bad = CURLE_OK;

	if (strcmp(rq->method, "HEAD") == 0)
		return curl_easy_setopt(x->easy, CURLOPT_NOBODY, 1L);
	if (strcmp(rq->method, "GET") == 0 && rq->body.len == 0)
		return curl_easy_setopt(x->easy, CURLOPT_HTTPGET, 1L);
	bad |= curl_easy_setopt(x->easy, CURLOPT_POST, 1L);
	bad |= curl_easy_setopt(
	    x->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)rq->body.len);
	/* Borrowed until the end: rq lives as long. */
	bad |= curl_easy_setopt(x->easy, CURLOPT_POSTFIELDS, str_c(&rq->body));
	if (strcmp(rq->method, "POST") != 0)
		bad |= curl_easy_setopt(x->easy, CURLOPT_CUSTOMREQUEST, rq->method);
	return bad;
}

static CURLcode set_what_never_changes(CURL *c)
{
	CURLcode bad = CURLE_OK;

	bad |= curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, SCHEMES);
	bad |= curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	bad |= curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	bad |= curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	/* Without it a slow resolver freezes the whole loop: libcurl joins its thread. */
	bad |= curl_easy_setopt(c, CURLOPT_QUICK_EXIT, 1L);
	bad |= curl_easy_setopt(c, CURLOPT_NOPROGRESS, 1L);
	bad |= curl_easy_setopt(c, CURLOPT_BUFFERSIZE, READ_BYTES);
	bad |= curl_easy_setopt(c, CURLOPT_TCP_NODELAY, 1L);
	bad |= curl_easy_setopt(c, CURLOPT_HTTP09_ALLOWED, 0L);
	bad |= curl_easy_setopt(c, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	/* The key must not stand in the CONNECT that the proxy reads. */
	bad |= curl_easy_setopt(c, CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE);
	bad |= curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
	bad |= curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
	bad |= curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	bad |= curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
	bad |= curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	bad |= curl_easy_setopt(c, CURLOPT_RESOLVER_START_FUNCTION, on_resolve);
	bad |= curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	return bad;
}

/* The parsed bundle is only cached when no directory is set beside it: otherwise every
 * handshake is 13 times dearer; and a cache that expires charges one probe for it. */
static CURLcode set_trust(CURL *c, const char *ca_file)
{
	CURLcode bad = CURLE_OK;

	bad |= curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
	bad |= curl_easy_setopt(c, CURLOPT_PROXY_CAPATH, NULL);
	bad |= curl_easy_setopt(c, CURLOPT_CA_CACHE_TIMEOUT, -1L);
	if (ca_file) {
		bad |= curl_easy_setopt(c, CURLOPT_CAINFO, ca_file);
		bad |= curl_easy_setopt(c, CURLOPT_PROXY_CAINFO, ca_file);
	}
	return bad;
}

static CURLcode set_times(CURL *c, const struct request *rq)
{
	long stall_s = (long)(rq->backstop_ms / 1000);
	CURLcode bad = CURLE_OK;

	if (rq->connect_backstop_ms > 0)
		bad |= curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS,
		    (long)rq->connect_backstop_ms + BACKSTOP_SLACK_MS);
	if (rq->backstop_ms <= 0)
		return bad;
	bad |= curl_easy_setopt(
	    c, CURLOPT_TIMEOUT_MS, (long)rq->backstop_ms + BACKSTOP_SLACK_MS);
	bad |= curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
	bad |= curl_easy_setopt(
	    c, CURLOPT_LOW_SPEED_TIME, stall_s > STALL_MIN_S ? stall_s : STALL_MIN_S);
	return bad;
}

/* Not CURLOPT_RESOLVE: that would hold for every transfer of the lane. Host, port and
 * TLS stay those of the URL. */
static CURLcode set_address(struct http_exchange *x)
{
	bool v6 = strchr(x->rq.resolve, ':') != NULL;
	char *line = xasprintf(v6 ? "::[%s]:" : "::%s:", x->rq.resolve);

	x->connect_to = curl_slist_append(NULL, line);
	free(line);
	if (!x->connect_to)
		out_of_memory();
	return curl_easy_setopt(x->easy, CURLOPT_CONNECT_TO, x->connect_to);
}

/* libcurl drops what idles for two minutes; and what a firewall between dropped without a
 * word is found out between two asks, not by one that hangs. */
static CURLcode set_keeping(CURL *c)
{
	CURLcode bad = CURLE_OK;

	bad |= curl_easy_setopt(c, CURLOPT_MAXAGE_CONN, KEPT_MAX_S);
	bad |= curl_easy_setopt(c, CURLOPT_TCP_KEEPALIVE, 1L);
	bad |= curl_easy_setopt(c, CURLOPT_TCP_KEEPIDLE, KEPT_SIGN_S);
	bad |= curl_easy_setopt(c, CURLOPT_TCP_KEEPINTVL, KEPT_SIGN_S);
	return bad;
}

static CURLcode set_what_it_is(struct http_exchange *x)
{
	CURL *c = x->easy;
	CURLcode bad = CURLE_OK;

	bad |= curl_easy_setopt(c, CURLOPT_PRIVATE, x);
	bad |= curl_easy_setopt(c, CURLOPT_ERRORBUFFER, x->words);
	bad |= curl_easy_setopt(c, CURLOPT_HEADERDATA, x);
	bad |= curl_easy_setopt(c, CURLOPT_WRITEDATA, x);
	bad |= curl_easy_setopt(c, CURLOPT_RESOLVER_START_DATA, x);
	bad |= curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, x);
	bad |= curl_easy_setopt(c, CURLOPT_URL, x->rq.url);
	bad |= curl_easy_setopt(c, CURLOPT_PROXY, x->rq.proxy ? x->rq.proxy : "");
	bad |= curl_easy_setopt(c, CURLOPT_HTTPHEADER, x->headers);
	bad |= curl_easy_setopt(c, CURLOPT_CERTINFO, x->rq.want_cert ? 1L : 0L);
	bad |= curl_easy_setopt(c, CURLOPT_IPRESOLVE,
	    x->rq.ip_version == 4   ? CURL_IPRESOLVE_V4
	    : x->rq.ip_version == 6 ? CURL_IPRESOLVE_V6
				    : CURL_IPRESOLVE_WHATEVER);
	if (x->rq.resolve)
		bad |= set_address(x);
	if (x->rq.keep)
		bad |= set_keeping(c);
	if (x->rq.cold) {
		bad |= curl_easy_setopt(c, CURLOPT_FRESH_CONNECT, 1L);
		bad |= curl_easy_setopt(c, CURLOPT_FORBID_REUSE, 1L);
		bad |= curl_easy_setopt(c, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
		bad |= curl_easy_setopt(c, CURLOPT_SSL_SESSIONID_CACHE, 0L);
	}
	return bad;
}

bool transfer_prepare(struct http_exchange *x, const char *ca_file)
{
	CURLcode bad = CURLE_OK;

	x->easy = curl_easy_init();
	if (!x->easy) {
		transfer_stop(x, WIRE_LOCAL, "libcurl cannot make a transfer");
		return false;
	}
	add_headers(x);
	bad |= set_what_never_changes(x->easy);
	bad |= set_trust(x->easy, ca_file);
	bad |= set_times(x->easy, &x->rq);
	bad |= set_what_it_is(x);
	bad |= x->rq.mail_to ? mail_set(x) : set_method(x);
	if (bad != CURLE_OK) {
		transfer_stop(x, WIRE_LOCAL, "libcurl does not take the request");
		return false;
	}
	return true;
}

void transfer_fini(struct http_exchange *x)
{
	if (x->easy)
		curl_easy_cleanup(x->easy);
	x->easy = NULL;
	for (struct curl_slist *h = x->headers; h; h = h->next)
		explicit_bzero(h->data, strlen(h->data));
	curl_slist_free_all(x->headers);
	x->headers = NULL;
	curl_slist_free_all(x->connect_to);
	x->connect_to = NULL;
	mail_fini(x);
	http_head_fini(&x->head);
	request_fini(&x->rq);
}
