/* SPDX-License-Identifier: MIT
 *
 * The far side of every measurement: answers each POST after a fixed delay with an SSE
 * stream of seven events, over HTTP and, with a certificate, over TLS. It is a process of
 * its own, so that none of its work is booked on a client. When a
 * connection and a request came and when the answer left is written to a file: lateness
 * is judged by what the far side saw.
 */
#include <arpa/inet.h>
#include <getopt.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#ifdef BENCH_TLS
#include <openssl/ssl.h>

#include <event2/bufferevent_ssl.h>
#endif

#include "tests/bench/answer.h"

#define HEAD_MAX 16384 /* bytes of a request */

struct mock {
	struct event_base *base;
	struct timeval delay;
	FILE *log;   /* NULL: none */
	void *trust; /* SSL_CTX; NULL: plain */
};

struct conn {
	struct mock *mock;
	struct bufferevent *bev;
	struct event *due;
	int64_t accepted_us, arrived_us;
	char path[64];
};

static int64_t now_us(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void end_conn(struct conn *c)
{
	event_free(c->due);
	bufferevent_free(c->bev);
	free(c);
}

static void on_due(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;

	(void)fd;
	(void)what;
	bufferevent_write(c->bev, bench_answer, sizeof(bench_answer) - 1);
	if (c->mock->log)
		fprintf(c->mock->log, "%" PRId64 " %" PRId64 " %" PRId64 " %s\n",
		    c->accepted_us, c->arrived_us, now_us(), c->path);
}

/* Bytes of the whole request, body included; 0: not all there yet. */
static size_t request_bytes(struct evbuffer *in, const char *text, size_t n)
{
	static const char length[] = "content-length:";
	const char *end = memmem(text, n, "\r\n\r\n", 4);
	size_t head = end ? (size_t)(end - text) + 4 : 0, body = 0;

	for (const char *p = text; head && p < end; p++) {
		if (strncasecmp(p, length, sizeof(length) - 1) == 0)
			body = strtoul(p + sizeof(length) - 1, NULL, 10);
	}
	return head && evbuffer_get_length(in) >= head + body ? head + body : 0;
}

static void on_read(struct bufferevent *bev, void *arg)
{
	struct conn *c = arg;
	struct evbuffer *in = bufferevent_get_input(bev);
	char text[HEAD_MAX];
	size_t n = (size_t)evbuffer_copyout(in, text, sizeof(text) - 1);
	size_t whole;

	text[n] = '\0';
	whole = request_bytes(in, text, n);
	if (whole == 0)
		return;
	c->arrived_us = now_us();
	if (sscanf(text, "%*s %63s", c->path) != 1)
		c->path[0] = '\0';
	evbuffer_drain(in, whole);
	if (c->mock->delay.tv_sec || c->mock->delay.tv_usec)
		event_add(c->due, &c->mock->delay);
	else
		on_due(-1, 0, c);
}

static void on_end(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
		end_conn(arg);
}

static struct bufferevent *make_bev(struct mock *m, evutil_socket_t fd, bool tls)
{
#ifdef BENCH_TLS
	struct bufferevent *bev;

	if (tls) {
		bev = bufferevent_openssl_socket_new(m->base, fd, SSL_new(m->trust),
		    BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
		bufferevent_openssl_set_allow_dirty_shutdown(bev, 1);
		return bev;
	}
#endif
	(void)tls;
	return bufferevent_socket_new(m->base, fd, BEV_OPT_CLOSE_ON_FREE);
}

static void take(struct mock *m, evutil_socket_t fd, bool tls)
{
	struct conn *c = calloc(1, sizeof(*c));
	int one = 1;

	if (!c)
		abort();
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	c->mock = m;
	c->accepted_us = now_us();
	c->bev = make_bev(m, fd, tls);
	c->due = evtimer_new(m->base, on_due, c);
	bufferevent_setcb(c->bev, on_read, NULL, on_end, c);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
}

static void on_plain(
    struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *sa, int n, void *arg)
{
	(void)l;
	(void)sa;
	(void)n;
	take(arg, fd, false);
}

static void on_tls(
    struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *sa, int n, void *arg)
{
	(void)l;
	(void)sa;
	(void)n;
	take(arg, fd, true);
}

/* The same port on 127.0.0.1 to 127.0.0.HOSTS: each is a provider of its own to those who
 * group by host. Returns the port. */
static unsigned listen_on(struct mock *m, unsigned hosts, evconnlistener_cb cb)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	socklen_t n = sizeof(a);

	for (unsigned i = 1; i <= hosts; i++) {
		struct evconnlistener *l;

		a.sin_addr.s_addr = htonl(INADDR_LOOPBACK + i - 1);
		l = evconnlistener_new_bind(m->base, cb, m,
		    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE, 4096,
		    (const struct sockaddr *)&a, sizeof(a));
		if (!l) {
			perror("mock: bind");
			exit(1);
		}
		(void)getsockname(evconnlistener_get_fd(l), (struct sockaddr *)&a, &n);
	}
	return ntohs(a.sin_port);
}

static void on_second(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)fflush(arg);
}

static void on_stop(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	event_base_loopbreak(arg);
}

static struct event_base *make_base(void)
{
	struct event_config *cfg = event_config_new();
	struct event_base *base;

	event_config_set_flag(cfg, EVENT_BASE_FLAG_PRECISE_TIMER);
	base = event_base_new_with_config(cfg);
	event_config_free(cfg);
	if (!base)
		abort();
	return base;
}

static void *make_trust(const char *pem)
{
#ifdef BENCH_TLS
	SSL_CTX *t = SSL_CTX_new(TLS_server_method());

	if (SSL_CTX_use_certificate_chain_file(t, pem) == 1 &&
	    SSL_CTX_use_PrivateKey_file(t, pem, SSL_FILETYPE_PEM) == 1)
		return t;
#endif
	fprintf(stderr, "mock: cannot serve TLS with %s\n", pem);
	exit(1);
}

static void serve(struct mock *m, unsigned hosts, const char *log)
{
	static const struct timeval second = {1, 0};
	struct event *flush = NULL,
		     *stop = evsignal_new(m->base, SIGTERM, on_stop, m->base);

	event_add(stop, NULL);
	if (log) {
		m->log = fopen(log, "w");
		if (!m->log)
			abort();
		flush = event_new(m->base, -1, EV_PERSIST, on_second, m->log);
		event_add(flush, &second);
	}
	printf("http %u\n", listen_on(m, hosts, on_plain));
	if (m->trust)
		printf("https %u\n", listen_on(m, hosts, on_tls));
	printf("ready\n");
	(void)fflush(stdout);
	event_base_dispatch(m->base);
	event_free(stop);
	if (flush)
		event_free(flush);
	if (m->log)
		(void)fclose(m->log);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
	    {"delay-ms",         required_argument, NULL, 'd'},
	    {"hosts",              required_argument, NULL, 'n'},
	    {"log",                  required_argument, NULL, 'l'},
	    {"pem",required_argument, NULL, 'p'},
	    {0	      },
	};
	struct mock m = {.base = make_base()};
	const char *log = NULL;
	unsigned hosts = 1;
	long ms = 0;
	int c;

	(void)signal(SIGPIPE, SIG_IGN);
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'd')
			ms = strtol(optarg, NULL, 10);
		else if (c == 'n')
			hosts = (unsigned)strtoul(optarg, NULL, 10);
		else if (c == 'l')
			log = optarg;
		else if (c == 'p')
			m.trust = make_trust(optarg);
		else
			return 2;
	}
	m.delay = (struct timeval){ms / 1000, ms % 1000 * 1000};
	serve(&m, hosts, log);
	event_base_free(m.base);
	return 0;
}
