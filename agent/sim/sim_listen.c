/* SPDX-License-Identifier: MIT
 *
 * Ports that can be open, refuse, or take connections and never answer the handshake.
 *
 * A port refuses while its socket stays bound but does not listen, so nobody can take the
 * number meanwhile; it is clogged while its queue of length zero is full of our own
 * connections that nobody accepts.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/listener.h>

#include "agent/base/xalloc.h"
#include "agent/sim/sim_io.h"

#define BACKLOG       128
#define AGAIN_MS      1000
#define PORT_ATTEMPTS 16

static struct sockaddr_in loopback(int port)
{
	return (struct sockaddr_in){
	    .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
}

static int port_of(int fd)
{
	struct sockaddr_in a = {0};
	socklen_t n = sizeof(a);

	return getsockname(fd, (struct sockaddr *)&a, &n) == 0 ? ntohs(a.sin_port) : 0;
}

static int bind_to(int port)
{
	struct sockaddr_in a = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int one = 1;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (bind(fd, (const struct sockaddr *)&a, sizeof(a)) == 0)
		return fd;
	close(fd);
	return -1;
}

/* A free port is bound by its number: only then does the number stay ours while the
 * socket does not listen. */
static int bind_any(void)
{
	for (int i = 0; i < PORT_ATTEMPTS; i++) {
		int fd = bind_to(0), port, again;

		if (fd < 0)
			return -1;
		port = port_of(fd);
		close(fd);
		again = bind_to(port);
		if (again >= 0)
			return again;
	}
	return -1;
}

static void on_accept(struct evconnlistener *ev, evutil_socket_t fd,
    struct sockaddr *from, int n, void *arg)
{
	struct sim_listener *ln = arg;

	(void)ev;
	(void)from;
	(void)n;
	if (ln->sim->n_conns >= SIM_MAX_CONNECTIONS)
		sim_reset_fd(fd);
	else
		sim_conn_new(ln->sim, ln, fd);
}

/* Out of descriptors: accept would fail again at once and spin. */
static void on_accept_error(struct evconnlistener *ev, void *arg)
{
	struct sim_listener *ln = arg;

	evconnlistener_disable(ev);
	loop_timer_in_ms(&ln->again, AGAIN_MS);
}

static void on_again(void *arg, struct mono now)
{
	struct sim_listener *ln = arg;

	(void)now;
	if (ln->state == SIM_PORT_OPEN)
		evconnlistener_enable(ln->ev);
}

struct sim_listener *sim_listener_new(
    struct sim *s, struct sim_party *party, int port, struct err *e)
{
	struct sim_listener *ln;
	int fd = port > 0 ? bind_to(port) : bind_any();

	if (fd < 0 || listen(fd, BACKLOG) != 0) {
		err_set(e, ERR_SYSTEM, "cannot listen on 127.0.0.1:%d: %s", port,
		    strerror(errno));
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	ln = xcalloc(1, sizeof(*ln));
	ln->sim = s;
	ln->party = party;
	ln->port = port_of(fd);
	ln->fd = fd;
	loop_timer_init(&ln->again, s->loop, on_again, ln);
	for (size_t i = 0; i < SIM_FILLERS; i++)
		ln->fillers[i] = -1;
	ln->ev = evconnlistener_new(
	    loop_base(s->loop), on_accept, ln, LEV_OPT_CLOSE_ON_FREE, 0, fd);
	if (!ln->ev) {
		err_set(e, ERR_SYSTEM, "cannot watch 127.0.0.1:%d", ln->port);
		close(fd);
		free(ln);
		return NULL;
	}
	evconnlistener_set_error_cb(ln->ev, on_accept_error);
	return ln;
}

static void close_fillers(struct sim_listener *ln)
{
	for (size_t i = 0; i < SIM_FILLERS; i++) {
		if (ln->fillers[i] >= 0)
			sim_reset_fd(ln->fillers[i]);
		ln->fillers[i] = -1;
	}
}

void sim_listener_free(struct sim_listener *ln)
{
	if (!ln)
		return;
	loop_timer_cancel(&ln->again);
	close_fillers(ln);
	evconnlistener_free(ln->ev);
	free(ln);
}

static void fill_queue(struct sim_listener *ln)
{
	struct sockaddr_in a = loopback(ln->port);

	(void)listen(ln->fd, 0);
	for (size_t i = 0; i < SIM_FILLERS; i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

		if (fd >= 0)
			(void)connect(fd, (const struct sockaddr *)&a, sizeof(a));
		ln->fillers[i] = fd;
	}
}

void sim_listener_set(struct sim_listener *ln, enum sim_port_state state)
{
	if (ln->state == state)
		return;
	loop_timer_cancel(&ln->again);
	close_fillers(ln);
	ln->state = state;
	evconnlistener_disable(ln->ev);
	switch (state) {
	case SIM_PORT_OPEN:
		(void)listen(ln->fd, BACKLOG);
		evconnlistener_enable(ln->ev);
		break;
	case SIM_PORT_REFUSING:
		/* Linux: a listening socket stops to listen and stays bound. */
		(void)shutdown(ln->fd, SHUT_RD);
		break;
	case SIM_PORT_CLOGGED:
		fill_queue(ln);
		break;
	}
}
