/* SPDX-License-Identifier: MIT
 *
 * How a transfer ended: libcurl's code and how far it came, translated into enum wire.
 * A few codes mean several things; each has its own function below, the others are rows.
 *
 * What cannot be told: libcurl says "could not resolve" for a name that does not exist
 * and for a resolver that failed. Taken for our own resolver's fault is what lasted as
 * long as a resolver waits for its servers; what comes back faster is taken for an
 * answer. Over a plain-http proxy an error page of the proxy looks like the provider's.
 */
#include <errno.h>
#include <string.h>

#include "probes/http_route.h"
#include "probes/http_transfer.h"
#include "probes/sample.h"

#define RESOLVER_WAITS_US (4 * US_PER_S) /* resolv.conf(5): 5 s for each server */

static int64_t info_us(const struct http_exchange *x, CURLINFO what)
{
	curl_off_t us = 0;

	if (!x->easy || curl_easy_getinfo(x->easy, what, &us) != CURLE_OK)
		return 0;
	return us;
}

static long info_long(const struct http_exchange *x, CURLINFO what)
{
	long n = 0;

	if (!x->easy || curl_easy_getinfo(x->easy, what, &n) != CURLE_OK)
		return 0;
	return n;
}

static bool is_proxied(const struct http_exchange *x)
{
	return x->rq.proxy && x->rq.proxy[0];
}

static bool is_https(const struct http_exchange *x)
{
	return x->rq.url && strncasecmp(x->rq.url, "https:", 6) == 0;
}

enum wire_phase transfer_phase(const struct http_exchange *x)
{
	if (x->head.ready)
		return PHASE_BODY;
	if (x->head.seen > 0)
		return PHASE_HEAD;
	if (info_us(x, CURLINFO_PRETRANSFER_TIME_T) > 0)
		return PHASE_SENT;
	if (x->connected.us || info_us(x, CURLINFO_CONNECT_TIME_T) > 0)
		return is_https(x) ? PHASE_TLS : PHASE_SENT;
	return info_us(x, CURLINFO_NAMELOOKUP_TIME_T) > 0 ? PHASE_CONNECT : PHASE_DNS;
}

/* --- codes that mean several things --- */

static enum wire of_ok(const struct http_exchange *x)
{
	/* A connection that ends inside the head is "ok" to libcurl. */
	return x->head.ready ? WIRE_DONE : WIRE_RESET;
}

/* By the only family that is allowed: libcurl does not even ask for IPv6 addresses where
 * there is no IPv6. */
static bool has_way_out(const struct http_exchange *x)
{
	if (x->rq.ip_version == 0)
		return route_to_world();
	return route_to_world_by(x->rq.ip_version == 4 ? AF_INET : AF_INET6);
}

static enum wire of_resolve(const struct http_exchange *x)
{
	if (!route_has_descriptors() || strstr(x->words, "thread failed"))
		return WIRE_LOCAL;
	if (!has_way_out(x))
		return WIRE_NO_ROUTE;
	return mono_diff_us(x->ended, x->start) >= RESOLVER_WAITS_US ? WIRE_DNS_LOCAL
								     : WIRE_DNS;
}

static bool is_our_shortage(int error)
{
	static const int shortages[] = {
	    EMFILE, ENFILE, ENOBUFS, ENOMEM, EACCES, EPERM, EADDRNOTAVAIL};

	for (size_t i = 0; i < sizeof(shortages) / sizeof(shortages[0]); i++) {
		if (error == shortages[i])
			return true;
	}
	return false;
}

/* Of all addresses that were tried. */
static bool has_no_route(const struct http_exchange *x, int error)
{
	if (x->routes > 0)
		return false;
	if (x->tried_v4.sin_family != AF_INET)
		return x->no_routes > 0;
	return (error == ENETUNREACH || error == EHOSTUNREACH) &&
	       !route_exists((const struct sockaddr *)&x->tried_v4, sizeof(x->tried_v4));
}

static enum wire of_connect(const struct http_exchange *x)
{
	int error = (int)info_long(x, CURLINFO_OS_ERRNO);

	if (is_our_shortage(x->socket_errno) || is_our_shortage(error))
		return WIRE_LOCAL;
	if (has_no_route(x, error))
		return WIRE_NO_ROUTE;
	if (is_proxied(x))
		return WIRE_PROXY;
	if (error == ECONNRESET) /* between the handshake and our first look */
		return WIRE_RESET;
	return error == ECONNREFUSED ? WIRE_REFUSED : WIRE_CONNECT;
}

static enum wire of_timeout(const struct http_exchange *x)
{
	enum wire_phase phase = transfer_phase(x);

	if (phase == PHASE_DNS)
		return is_proxied(x) ? WIRE_PROXY : WIRE_DNS_LOCAL;
	if (phase < PHASE_SENT && is_proxied(x))
		return WIRE_PROXY;
	/* The other one of libcurl's time-outs: less than a byte a second. */
	return strncmp(x->words, "Operation too slow", 18) == 0 ? WIRE_STALLED
								: WIRE_TIMEOUT;
}

/* A proxy that says no to CONNECT, or hangs up on it. */
static bool is_tunnel_failure(const struct http_exchange *x)
{
	long said = info_long(x, CURLINFO_HTTP_CONNECTCODE);

	return is_proxied(x) && is_https(x) && said / 100 != 2;
}

static enum wire of_recv(const struct http_exchange *x)
{
	if (is_tunnel_failure(x))
		return WIRE_PROXY;
	/* libcurl gives this code to broken chunks, too, and knows only in words. */
	return strstr(x->words, "chunk") ? WIRE_PROTOCOL : WIRE_RESET;
}

static enum wire of_tls(const struct http_exchange *x)
{
	if (is_tunnel_failure(x))
		return WIRE_PROXY;
	if (strstr(x->words, "malloc failure"))
		return WIRE_LOCAL;
	return strstr(x->words, "reset by peer") ? WIRE_RESET : WIRE_TLS;
}

/* libcurl's name for a header line above its own limit; memory does not run out here. */
static enum wire of_memory(const struct http_exchange *x)
{
	return transfer_phase(x) >= PHASE_SENT ? WIRE_HEADERS : WIRE_LOCAL;
}

/* HTTP/0.9 by the far side, or a scheme that we do not speak. */
static enum wire of_unsupported(const struct http_exchange *x)
{
	return transfer_phase(x) >= PHASE_SENT ? WIRE_PROTOCOL : WIRE_LOCAL;
}

struct code_row {
	CURLcode code;
	enum wire wire; /* when there is no function */
	enum wire (*of)(const struct http_exchange *x);
};

static const struct code_row rows[] = {
    {CURLE_OK,		       WIRE_DONE,     of_ok         },
    {CURLE_PARTIAL_FILE,             WIRE_PARTIAL,  NULL          },
    {CURLE_COULDNT_RESOLVE_HOST,     WIRE_DNS,      of_resolve    },
    {CURLE_COULDNT_RESOLVE_PROXY,    WIRE_PROXY,    NULL          },
    {CURLE_COULDNT_CONNECT,          WIRE_CONNECT,  of_connect    },
    {CURLE_OPERATION_TIMEDOUT,       WIRE_TIMEOUT,  of_timeout    },
    {CURLE_GOT_NOTHING,              WIRE_RESET,    NULL          },
    {CURLE_SEND_ERROR,               WIRE_RESET,    of_recv       },
    {CURLE_RECV_ERROR,               WIRE_RESET,    of_recv       },
    {CURLE_SSL_CONNECT_ERROR,        WIRE_TLS,      of_tls        },
    {CURLE_PEER_FAILED_VERIFICATION, WIRE_TLS,      NULL          },
    {CURLE_SSL_CIPHER,               WIRE_TLS,      NULL          },
    {CURLE_SSL_ISSUER_ERROR,         WIRE_TLS,      NULL          },
    {CURLE_SSL_INVALIDCERTSTATUS,    WIRE_TLS,      NULL          },
    {CURLE_SSL_PINNEDPUBKEYNOTMATCH, WIRE_TLS,      NULL          },
    {CURLE_SSL_CLIENTCERT,           WIRE_TLS,      NULL          },
    {CURLE_SSL_CACERT_BADFILE,       WIRE_LOCAL,    NULL          },
    {CURLE_PROXY,		    WIRE_PROXY,    NULL          },
    {CURLE_WEIRD_SERVER_REPLY,       WIRE_PROTOCOL, NULL          },
    {CURLE_BAD_CONTENT_ENCODING,     WIRE_ENCODED,  NULL          },
    {CURLE_UNSUPPORTED_PROTOCOL,     WIRE_PROTOCOL, of_unsupported},
    {CURLE_OUT_OF_MEMORY,            WIRE_LOCAL,    of_memory     },
    {CURLE_ABORTED_BY_CALLBACK,      WIRE_LOCAL,    NULL          },
    {CURLE_URL_MALFORMAT,            WIRE_LOCAL,    NULL          },
#if LIBCURL_VERSION_NUM >= 0x080600
    {CURLE_TOO_LARGE,                WIRE_HEADERS,  NULL          },
#endif
};

static enum wire wire_of(const struct http_exchange *x)
{
	if (x->stopped)
		return x->why;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].code == x->code)
			return rows[i].of ? rows[i].of(x) : rows[i].wire;
	}
	/* A code nobody has met: an answer that broke is theirs, else it is ours. */
	return transfer_phase(x) >= PHASE_HEAD ? WIRE_PROTOCOL : WIRE_LOCAL;
}

/* --- the rest of the end --- */

/* Does text show a part of what may be secret? Short parts are no secrets. */
static bool shows(const char *text, const char *secret)
{
	return secret && strlen(secret) >= 4 && strstr(text, secret);
}

static bool shows_secret(const struct http_exchange *x, const char *text)
{
	const char *after = x->rq.url ? strstr(x->rq.url, "://") : NULL;

	if (shows(text, x->rq.url) || shows(text, x->rq.proxy))
		return true;
	if (after && (shows(text, strchr(after + 3, '/')) || strchr(after + 3, '@')))
		return true;
	for (size_t i = 0; i < x->rq.n_headers; i++) {
		if (shows(text, x->rq.headers[i].value))
			return true;
	}
	return false;
}

static void put_text(const struct http_exchange *x, struct wire_end *ret)
{
	const char *text = x->words[0] ? x->words : curl_easy_strerror(x->code);

	if (x->stopped)
		text = x->why_text;
	else if (x->code == CURLE_OK)
		text = x->head.ready ? "" : "closed inside the head of the answer";
	else if (ret->wire == WIRE_NO_ROUTE)
		text = "no route: our own network is down";
	else if (shows_secret(x, text))
		text = curl_easy_strerror(x->code);
	str_copy(ret->text, sizeof(ret->text), text);
}

/* libcurl counts from when it took the transfer up. */
static int64_t phase_us(const struct http_exchange *x, CURLINFO what)
{
	int64_t us = info_us(x, what);

	if (us <= 0)
		return NOT_REACHED;
	return x->began.us ? us + mono_diff_us(x->began, x->start) : us;
}

static int64_t cert_expiry_s(const struct http_exchange *x)
{
	static const char key[] = "Expire date:";
	struct curl_certinfo *chain = NULL;

	if (!x->rq.want_cert ||
	    curl_easy_getinfo(x->easy, CURLINFO_CERTINFO, &chain) != CURLE_OK || !chain ||
	    chain->num_of_certs < 1)
		return 0;
	for (const struct curl_slist *s = chain->certinfo[0]; s; s = s->next) {
		time_t at = 0;

		if (strncmp(s->data, key, sizeof(key) - 1) == 0)
			at = curl_getdate(s->data + sizeof(key) - 1, NULL);
		if (at > 0)
			return at;
	}
	return 0;
}

void transfer_end(const struct http_exchange *x, struct wire_end *ret)
{
	const char *ip = NULL;

	*ret = (struct wire_end){
	    .dns_us = NOT_REACHED, .connect_us = NOT_REACHED, .tls_us = NOT_REACHED};
	ret->phase = transfer_phase(x);
	ret->wire = wire_of(x);
	put_text(x, ret);
	if (!x->easy)
		return;
	ret->reused =
	    ret->phase >= PHASE_SENT && info_long(x, CURLINFO_NUM_CONNECTS) == 0;
	ret->reconnected = x->had_kept && info_long(x, CURLINFO_NUM_CONNECTS) > 0;
	if (!ret->reused) {
		ret->dns_us = phase_us(x, CURLINFO_NAMELOOKUP_TIME_T);
		ret->connect_us = phase_us(x, CURLINFO_CONNECT_TIME_T);
		ret->tls_us = phase_us(x, CURLINFO_APPCONNECT_TIME_T);
		if (ret->connect_us < 0 && x->connected.us)
			ret->connect_us = mono_diff_us(x->connected, x->start);
	}
	ret->cert_expiry_s = cert_expiry_s(x);
	if (curl_easy_getinfo(x->easy, CURLINFO_PRIMARY_IP, &ip) == CURLE_OK && ip)
		str_copy(ret->peer_ip, sizeof(ret->peer_ip), ip);
}
