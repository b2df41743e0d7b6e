/* SPDX-License-Identifier: MIT
 *
 * Bytes as told.
 */
#include "tests/integration/raw_server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>

#include "agent/base/queue.h"
#include "agent/base/xalloc.h"

struct raw_conn {
	TAILQ_ENTRY(raw_conn) link;
	struct raw_server *server;
	struct bufferevent *bev;
	int fd;
	bool answered;
	size_t sent; /* of the answer's bytes */
	struct loop_timer next;
};

struct raw_server {
	struct loop *loop;
	struct raw_answer answer;
	struct raw_pace pace;
	struct evconnlistener *listener;
	int port;
	size_t connections;
	struct str received;
	TAILQ_HEAD(, raw_conn) conns;
};

static void conn_free(struct raw_conn *c, bool reset)
{
	struct linger at_once = {.l_onoff = 1, .l_linger = 0};

	if (reset)
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	loop_timer_cancel(&c->next);
	TAILQ_REMOVE(&c->server->conns, c, link);
	bufferevent_disable(c->bev, EV_READ | EV_WRITE);
	bufferevent_setfd(c->bev, -1);
	close(c->fd);
	bufferevent_free(c->bev);
	free(c);
}

static void send_piece(struct raw_conn *c)
{
	const struct raw_server *s = c->server;
	size_t n = strlen(s->answer.bytes) - c->sent, most = s->pace.piece;

	if (most > 0 && c->sent < s->pace.quick)
		most = s->pace.quick - c->sent;
	if (most > 0 && most < n)
		n = most;
	bufferevent_write(c->bev, s->answer.bytes + c->sent, n);
	c->sent += n;
}

static void on_next(void *arg, struct mono now)
{
	(void)now;
	send_piece(arg);
}

/* All is written: what comes last? */
static void on_written(struct bufferevent *bev, void *arg)
{
	struct raw_conn *c = arg;
	const struct raw_answer *a = &c->server->answer;

	if (!c->answered)
		return;
	if (c->sent < strlen(a->bytes)) {
		loop_timer_in_ms(&c->next, c->server->pace.pause_ms);
		return;
	}
	if (a->repeat)
		bufferevent_write(bev, a->repeat, strlen(a->repeat));
	else if (a->last == RAW_CLOSE || a->last == RAW_RESET)
		conn_free(c, a->last == RAW_RESET);
}

/* On one that has been answered and asks again. */
static bool hangs_up(const struct raw_answer *a)
{
	return a->last == RAW_ONCE || (a->bytes[0] == '\0' && a->last != RAW_STAY);
}

static void on_read(struct bufferevent *bev, void *arg)
{
	struct raw_conn *c = arg;
	struct evbuffer *in = bufferevent_get_input(bev);
	char buf[4096];
	int n;

	while ((n = evbuffer_remove(in, buf, sizeof(buf))) > 0)
		(void)str_add(&c->server->received, buf, (size_t)n);
	if (c->answered && hangs_up(&c->server->answer)) {
		conn_free(c, false);
		return;
	}
	if (c->answered || (!c->server->answer.eager &&
			       !strstr(str_c(&c->server->received), "\r\n\r\n")))
		return;
	c->answered = true;
	send_piece(c);
	if (c->server->answer.bytes[0] == '\0')
		on_written(bev, c);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
		conn_free(arg, false);
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd,
    struct sockaddr *from, int n, void *arg)
{
	struct raw_server *s = arg;
	struct raw_conn *c = xcalloc(1, sizeof(*c));
	int one = 1;

	(void)listener;
	(void)from;
	(void)n;
	s->connections++;
	c->server = s;
	c->fd = fd;
	/* A reset throws away what waits for company. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	loop_timer_init(&c->next, s->loop, on_next, c);
	c->bev = bufferevent_socket_new(loop_base(s->loop), fd, 0);
	TAILQ_INSERT_TAIL(&s->conns, c, link);
	bufferevent_setcb(c->bev, on_read, on_written, on_event, c);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
}

struct raw_server *raw_server_new(struct loop *l, const struct raw_answer *answer)
{
	struct raw_server *s = xcalloc(1, sizeof(*s));
	struct sockaddr_in a = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(a);

	s->loop = l;
	s->answer = *answer;
	str_init(&s->received, (size_t)256 << 10);
	TAILQ_INIT(&s->conns);
	s->listener = evconnlistener_new_bind(loop_base(l), on_accept, s,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 16, (struct sockaddr *)&a,
	    sizeof(a));
	if (!s->listener)
		abort();
	getsockname(evconnlistener_get_fd(s->listener), (struct sockaddr *)&a, &n);
	s->port = ntohs(a.sin_port);
	return s;
}

void raw_server_set(
    struct raw_server *s, const struct raw_answer *answer, struct raw_pace pace)
{
	s->answer = *answer;
	s->pace = pace;
	str_reset(&s->received);
}

void raw_server_free(struct raw_server *s)
{
	struct raw_conn *c;

	while ((c = TAILQ_FIRST(&s->conns)))
		conn_free(c, false);
	evconnlistener_free(s->listener);
	str_fini(&s->received);
	free(s);
}

int raw_server_port(const struct raw_server *s)
{
	return s->port;
}

size_t raw_server_connections(const struct raw_server *s)
{
	return s->connections;
}

const char *raw_server_received(const struct raw_server *s)
{
	return str_c(&s->received);
}
