/* SPDX-License-Identifier: MIT
 *
 * One connection: reads a request, carries out its plan step by step, and again. Bytes
 * wait in the output only up to a limit; what never ends is written as the far side
 * reads. A connection is freed from its own callbacks only as their last act.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "agent/base/xalloc.h"
#include "agent/sim/sim_io.h"

#define MAX_UNREAD ((size_t)2 << 20)  /* of requests */
#define MAX_UNSENT ((size_t)64 << 10) /* of what is repeated */
#define IDLE_MS    75000              /* without a whole request */

enum conn_state {
	CONN_READING,
	CONN_ANSWERING,
	CONN_DEAF,   /* hang connect: whatever comes is not read */
	CONN_CLOSING /* when all is sent */
};

struct sim_conn {
	TAILQ_ENTRY(sim_conn) link;
	struct sim *sim;         /* borrowed */
	struct sim_listener *on; /* borrowed: lives as long as the sim */
	struct sim_party *party; /* counted in its `open`; NULL: not known yet */
	struct bufferevent *bev; /* owned */
	evutil_socket_t fd;      /* owned */
	enum conn_state state;
	struct loop_timer timer;
	struct sim_plan plan;
	size_t step;
	size_t dripped;    /* bytes of the present SEND that went out */
	uint64_t repeated; /* times of the present REPEAT */
	bool keep_alive;
	bool drawn; /* an action was drawn when the connection came */
	struct sim_action action;
	uint64_t number;
};

static void go_on(struct sim_conn *c);

void sim_reset_fd(evutil_socket_t fd)
{
	struct linger at_once = {.l_onoff = 1, .l_linger = 0};

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(fd);
}

static void join_party(struct sim_conn *c, struct sim_party *party)
{
	if (c->party)
		c->party->open--;
	c->party = party;
	if (party)
		party->open++;
}

void sim_conn_free(struct sim_conn *c)
{
	loop_timer_cancel(&c->timer);
	join_party(c, NULL);
	TAILQ_REMOVE(&c->sim->conns, c, link);
	c->sim->n_conns--;
	/* Closed by ourselves, now: libevent would put it off to its next turn. */
	bufferevent_disable(c->bev, EV_READ | EV_WRITE);
	bufferevent_setfd(c->bev, -1);
	close(c->fd);
	bufferevent_free(c->bev);
	sim_plan_fini(&c->plan);
	free(c);
}

void sim_conn_reset(struct sim_conn *c)
{
	struct linger at_once = {.l_onoff = 1, .l_linger = 0};

	setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	sim_conn_free(c);
}

static size_t unsent(const struct sim_conn *c)
{
	return evbuffer_get_length(bufferevent_get_output(c->bev));
}

/* --- requests --- */

static void await_request(struct sim_conn *c)
{
	c->state = CONN_READING;
	loop_timer_in_ms(&c->timer, IDLE_MS);
}

static void refuse_bad(struct sim_conn *c)
{
	sim_plan_fini(&c->plan);
	sim_plan_init(&c->plan);
	sim_plan_head(&c->plan, 400, "", 0, "Connection: close\r\n");
	sim_plan_stop(&c->plan, SIM_STEP_CLOSE);
}

static void start_plan(struct sim_conn *c)
{
	c->state = CONN_ANSWERING;
	c->step = c->dripped = 0;
	c->repeated = 0;
	loop_timer_cancel(&c->timer);
	go_on(c);
}

static void read_request(struct sim_conn *c)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);
	struct span bytes = {NULL, evbuffer_get_length(in)};
	struct sim_request rq;
	struct sim_party *party;

	if (bytes.n == 0)
		return;
	bytes.p = (const char *)evbuffer_pullup(in, -1);
	switch (sim_request_read(bytes, &rq)) {
	case SIM_READ_MORE:
		return;
	case SIM_READ_BAD:
		evbuffer_drain(in, bytes.n);
		refuse_bad(c);
		break;
	case SIM_READ_READY:
		sim_plan_fini(&c->plan);
		sim_plan_init(&c->plan);
		c->keep_alive = rq.keep_alive;
		party = sim_answer(c->sim, c->on, &rq, c->drawn ? &c->action : NULL,
		    c->number, &c->plan);
		c->drawn = false;
		join_party(c, party);
		evbuffer_drain(in, rq.used);
		break;
	}
	start_plan(c);
}

/* --- steps --- */

static void send_bytes(
    struct sim_conn *c, const struct sim_step *s, size_t from, size_t n)
{
	bufferevent_write(c->bev, c->plan.bytes.data + s->at + from, n);
}

/* How much goes out before the loop's next turn: all of it, one byte, a piece. */
static size_t next_piece(struct sim_conn *c, size_t left)
{
	size_t most = c->sim->options.pieces, n = left;

	if (c->plan.drip)
		n = 1;
	else if (most > 0)
		n = 1 + (size_t)rng_below(&c->sim->cutter, most);
	return n < left ? n : left;
}

/* Both return true when the next step may follow at once. */
static bool do_send(struct sim_conn *c, const struct sim_step *s)
{
	size_t n = next_piece(c, s->n - c->dripped);

	send_bytes(c, s, c->dripped, n);
	c->dripped += n;
	if (c->dripped < s->n) {
		loop_timer_at(&c->timer, loop_mono(c->sim->loop));
		return false;
	}
	c->dripped = 0;
	return true;
}

static bool do_repeat(struct sim_conn *c, const struct sim_step *s)
{
	while (c->repeated < s->times) {
		if (unsent(c) >= MAX_UNSENT)
			return false; /* on_write goes on */
		send_bytes(c, s, 0, s->n);
		c->repeated++;
		if (s->us > 0) {
			loop_timer_at(
			    &c->timer, mono_add_us(loop_mono(c->sim->loop), s->us));
			return false;
		}
	}
	c->repeated = 0;
	return true;
}

static void close_when_sent(struct sim_conn *c)
{
	c->state = CONN_CLOSING;
	if (unsent(c) == 0)
		sim_conn_free(c);
}

static void end_answer(struct sim_conn *c)
{
	if (!c->keep_alive) {
		close_when_sent(c);
		return;
	}
	await_request(c);
	read_request(c);
}

/* Carries out steps until one has to wait. The connection may be gone afterwards. */
static void go_on(struct sim_conn *c)
{
	while (c->step < c->plan.n) {
		const struct sim_step *s = &c->plan.steps[c->step];

		switch (s->op) {
		case SIM_STEP_WAIT:
			c->step++;
			loop_timer_at(
			    &c->timer, mono_add_us(loop_mono(c->sim->loop), s->us));
			return;
		case SIM_STEP_SEND:
			if (!do_send(c, s))
				return;
			break;
		case SIM_STEP_REPEAT:
			if (!do_repeat(c, s))
				return;
			break;
		case SIM_STEP_HANG:
			return;
		case SIM_STEP_CLOSE:
			close_when_sent(c);
			return;
		case SIM_STEP_RESET:
			sim_conn_reset(c);
			return;
		}
		c->step++;
	}
	end_answer(c);
}

/* --- events --- */

static void on_timer(void *arg, struct mono now)
{
	struct sim_conn *c = arg;

	(void)now;
	switch (c->state) {
	case CONN_ANSWERING:
		go_on(c);
		break;
	case CONN_DEAF: /* the silence at connect is over */
		c->drawn = false;
		bufferevent_enable(c->bev, EV_READ);
		await_request(c);
		break;
	case CONN_READING: /* idle for too long */
	case CONN_CLOSING:
		sim_conn_free(c);
		break;
	}
}

static void on_read(struct bufferevent *bev, void *arg)
{
	struct sim_conn *c = arg;

	(void)bev;
	if (c->state == CONN_READING)
		read_request(c);
}

static bool is_repeating(const struct sim_conn *c)
{
	return c->state == CONN_ANSWERING && c->step < c->plan.n &&
	       c->plan.steps[c->step].op == SIM_STEP_REPEAT &&
	       !loop_timer_armed(&c->timer);
}

static void on_written(struct bufferevent *bev, void *arg)
{
	struct sim_conn *c = arg;

	(void)bev;
	if (c->state == CONN_CLOSING)
		sim_conn_free(c);
	else if (is_repeating(c))
		go_on(c);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
		sim_conn_free(arg);
}

/* On a port of its own the fault is known before a byte was read. */
static void meet(struct sim_conn *c)
{
	const struct sim_action *a = &c->action;

	sim_draw(c->sim, c->on->party, &c->action, &c->number);
	c->drawn = true;
	join_party(c, c->on->party);
	if (a->fault == SIM_REFUSE ||
	    (a->fault == SIM_RESET && a->place == SIM_AT_CONNECT)) {
		sim_conn_reset(c);
	} else if (a->fault == SIM_HANG && a->place == SIM_AT_CONNECT) {
		c->state = CONN_DEAF;
		bufferevent_disable(c->bev, EV_READ);
		loop_timer_cancel(&c->timer);
		if (a->ms >= 0)
			loop_timer_in_ms(&c->timer, a->ms);
	}
}

void sim_conn_new(struct sim *s, struct sim_listener *ln, evutil_socket_t fd)
{
	struct bufferevent *bev = bufferevent_socket_new(loop_base(s->loop), fd, 0);
	struct sim_conn *c;

	if (!bev) {
		sim_reset_fd(fd);
		return;
	}
	c = xcalloc(1, sizeof(*c));
	c->sim = s;
	c->on = ln;
	c->bev = bev;
	c->fd = fd;
	sim_plan_init(&c->plan);
	loop_timer_init(&c->timer, s->loop, on_timer, c);
	TAILQ_INSERT_TAIL(&s->conns, c, link);
	s->n_conns++;
	bufferevent_setcb(bev, on_read, on_written, on_event, c);
	bufferevent_setwatermark(bev, EV_READ, 0, MAX_UNREAD);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
	await_request(c);
	if (ln->party)
		meet(c);
}
