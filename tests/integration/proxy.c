/* SPDX-License-Identifier: MIT
 *
 * Two buffers and a pipe between them for each client.
 */
#include "tests/integration/proxy.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>

#include "agent/base/queue.h"
#include "agent/base/str.h"
#include "agent/base/xalloc.h"

struct pair {
	TAILQ_ENTRY(pair) link;
	struct proxy *proxy;
	struct bufferevent *client, *host; /* host: NULL until it is known */
	bool refused;
};

struct proxy {
	struct loop *loop;
	enum proxy_mood mood;
	struct evconnlistener *listener;
	int port;
	struct str saw;
	TAILQ_HEAD(, pair) pairs;
};

/* Descriptors are closed at once, not in libevent's next turn. */
static void end_of(struct bufferevent *bev)
{
	evutil_socket_t fd;

	if (!bev)
		return;
	fd = bufferevent_getfd(bev);
	bufferevent_disable(bev, EV_READ | EV_WRITE);
	bufferevent_setfd(bev, -1);
	if (fd >= 0)
		close(fd);
	bufferevent_free(bev);
}

static void pair_free(struct pair *p)
{
	TAILQ_REMOVE(&p->proxy->pairs, p, link);
	end_of(p->client);
	end_of(p->host);
	free(p);
}

static void keep(struct proxy *p, struct evbuffer *in)
{
	size_t n = evbuffer_get_length(in);
	const char *bytes = (const char *)evbuffer_pullup(in, -1);

	for (size_t i = 0; i < n; i++)
		(void)str_addc(&p->saw, bytes[i] ? bytes[i] : '.');
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	struct pair *p = arg;

	if (!(what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)))
		return;
	/* What the host said last still goes out. */
	if (bev == p->host &&
	    evbuffer_get_length(bufferevent_get_output(p->client)) > 0) {
		end_of(p->host);
		p->host = NULL;
		return;
	}
	pair_free(p);
}

static void on_client_written(struct bufferevent *bev, void *arg)
{
	struct pair *p = arg;

	(void)bev;
	if (p->refused)
		pair_free(p);
}

static void on_host_read(struct bufferevent *bev, void *arg)
{
	const struct pair *p = arg;

	bufferevent_write_buffer(p->client, bufferevent_get_input(bev));
}

static void connect_host(struct pair *p, long port)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	p->host = bufferevent_socket_new(loop_base(p->proxy->loop), -1, 0);
	bufferevent_setcb(p->host, on_host_read, NULL, on_event, p);
	bufferevent_socket_connect(p->host, (const struct sockaddr *)&a, sizeof(a));
	bufferevent_enable(p->host, EV_READ | EV_WRITE);
}

/* "POST http://127.0.0.1:80/x HTTP/1.1": connects and passes "POST /x HTTP/1.1". */
static void forward(struct pair *p, char *head, size_t n)
{
	char *host = strstr(head, "http://");
	char *path = host ? strchr(host + 7, '/') : NULL;
	const char *colon = host ? strchr(host + 7, ':') : NULL;

	if (!path || !colon || colon > path) {
		pair_free(p);
		return;
	}
	connect_host(p, strtol(colon + 1, NULL, 10));
	bufferevent_write(p->host, head, (size_t)(host - head));
	bufferevent_write(p->host, path, n - (size_t)(path - head));
}

static void tunnel(struct pair *p, const char *head)
{
	static const char fine[] = "HTTP/1.1 200 Connection established\r\n\r\n";
	const char *colon = strchr(head, ':');

	connect_host(p, colon ? strtol(colon + 1, NULL, 10) : 0);
	bufferevent_write(p->client, fine, sizeof(fine) - 1);
}

static void on_first_read(struct pair *p, struct evbuffer *in)
{
	static const char no[] = "HTTP/1.1 407 Proxy Authentication Required\r\n"
				 "Content-Length: 0\r\nConnection: close\r\n\r\n";
	size_t n = evbuffer_get_length(in);
	char *head = xmemdup0(evbuffer_pullup(in, -1), n);

	evbuffer_drain(in, n);
	p->refused = p->proxy->mood == PROXY_REFUSES;
	if (p->refused)
		bufferevent_write(p->client, no, sizeof(no) - 1);
	else if (p->proxy->mood == PROXY_HANGS_UP)
		pair_free(p);
	else if (p->proxy->mood == PROXY_WORKS && strncmp(head, "CONNECT ", 8) == 0)
		tunnel(p, head);
	else if (p->proxy->mood == PROXY_WORKS)
		forward(p, head, n);
	free(head);
}

static void on_client_read(struct bufferevent *bev, void *arg)
{
	struct pair *p = arg;
	struct evbuffer *in = bufferevent_get_input(bev);

	if (p->host) {
		keep(p->proxy, in);
		bufferevent_write_buffer(p->host, in);
	} else if (evbuffer_search(in, "\r\n\r\n", 4, NULL).pos >= 0) {
		keep(p->proxy, in);
		on_first_read(p, in);
	}
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd,
    struct sockaddr *from, int n, void *arg)
{
	struct proxy *proxy = arg;
	struct pair *p = xcalloc(1, sizeof(*p));

	(void)listener;
	(void)from;
	(void)n;
	p->proxy = proxy;
	p->client = bufferevent_socket_new(loop_base(proxy->loop), fd, 0);
	TAILQ_INSERT_TAIL(&proxy->pairs, p, link);
	bufferevent_setcb(p->client, on_client_read, on_client_written, on_event, p);
	bufferevent_enable(p->client, EV_READ | EV_WRITE);
}

struct proxy *proxy_new(struct loop *l, enum proxy_mood mood)
{
	struct proxy *p = xcalloc(1, sizeof(*p));
	struct sockaddr_in a = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(a);

	p->loop = l;
	p->mood = mood;
	str_init(&p->saw, (size_t)1 << 20);
	TAILQ_INIT(&p->pairs);
	p->listener = evconnlistener_new_bind(loop_base(l), on_accept, p,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 16, (struct sockaddr *)&a,
	    sizeof(a));
	if (!p->listener)
		abort();
	getsockname(evconnlistener_get_fd(p->listener), (struct sockaddr *)&a, &n);
	p->port = ntohs(a.sin_port);
	return p;
}

void proxy_free(struct proxy *p)
{
	struct pair *pair;

	while ((pair = TAILQ_FIRST(&p->pairs)))
		pair_free(pair);
	evconnlistener_free(p->listener);
	str_fini(&p->saw);
	free(p);
}

int proxy_port(const struct proxy *p)
{
	return p->port;
}

const char *proxy_saw(const struct proxy *p)
{
	return str_c(&p->saw);
}
