/* SPDX-License-Identifier: MIT
 *
 * libcurl's socket and timer callbacks as libevent events. Traps that were measured: the
 * timer is only deleted when libcurl says -1 (the usual example deletes it when nothing
 * runs, and a transfer started from a completion never begins); a descriptor number is
 * reused at once, so a watch ends exactly on CURL_POLL_REMOVE.
 */
#include "probes/http_lane.h"

#include <assert.h>
#include <stdlib.h>

#include <event2/event.h>

#include "agent/base/xalloc.h"

#define WARM_CONNECTIONS_MAX 256L /* kept open between exchanges */
#define OWN_CONNECTIONS_MAX  1L   /* of those who share with nobody */

/* One socket of libcurl's. */
struct watch {
	struct lane *lane; /* borrowed */
	CURL *easy;        /* borrowed: libcurl removes the watch before the handle */
	struct event *ev;  /* owned */
};

static void work(struct lane *ln, curl_socket_t fd, int mask)
{
	int running = 0;

	ln->inside = true;
	(void)curl_multi_socket_action(ln->multi, fd, mask, &running);
	ln->inside = false;
	ln->owner.on_worked(ln->owner.arg);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	work(arg, CURL_SOCKET_TIMEOUT, 0);
}

static void on_socket(evutil_socket_t fd, short what, void *arg)
{
	const struct watch *w = arg;
	struct lane *ln = w->lane;
	int mask = 0;

	if (what & EV_READ)
		mask |= CURL_CSELECT_IN;
	if (what & EV_WRITE)
		mask |= CURL_CSELECT_OUT;
	if (ln->owner.on_wakeup(ln->owner.arg, w->easy, fd))
		work(ln, fd, mask);
	else
		ln->owner.on_worked(ln->owner.arg);
}

/* Inside libcurl: one timer, -1 deletes it, 0 means "soon" (never from here). */
static int set_timer(CURLM *multi, long timeout_ms, void *arg)
{
	struct lane *ln = arg;
	struct timeval tv = {timeout_ms / 1000, (timeout_ms % 1000) * 1000};

	(void)multi;
	if (timeout_ms < 0)
		evtimer_del(ln->timer);
	else if (evtimer_add(ln->timer, &tv) != 0)
		out_of_memory(); /* the only reason; without it nothing would start */
	return 0;
}

static void end_watch(struct watch *w)
{
	if (w->ev)
		event_free(w->ev);
	free(w);
}

/* Inside libcurl. */
static int set_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
	struct lane *ln = arg;
	struct watch *w = known;
	short events = EV_PERSIST;

	if (what == CURL_POLL_REMOVE) {
		if (w) {
			curl_multi_assign(ln->multi, fd, NULL);
			end_watch(w);
		}
		return 0;
	}
	if (!w) {
		w = xcalloc(1, sizeof(*w));
		w->lane = ln;
		curl_multi_assign(ln->multi, fd, w);
	}
	w->easy = easy;
	if (what & CURL_POLL_IN)
		events |= EV_READ;
	if (what & CURL_POLL_OUT)
		events |= EV_WRITE;
	/* Assigning a pending event is undefined: a change is a new event. */
	if (w->ev)
		event_free(w->ev);
	w->ev = event_new(ln->base, fd, events, on_socket, w);
	/* An error from here would end every transfer of the lane; it is this one's. */
	if (!w->ev || event_add(w->ev, NULL) != 0)
		ln->owner.on_deaf(ln->owner.arg, easy);
	return 0;
}

static bool set_up(struct lane *ln)
{
	CURLM *m = ln->multi;

	return curl_multi_setopt(m, CURLMOPT_SOCKETFUNCTION, set_socket) == CURLM_OK &&
	       curl_multi_setopt(m, CURLMOPT_SOCKETDATA, ln) == CURLM_OK &&
	       curl_multi_setopt(m, CURLMOPT_TIMERFUNCTION, set_timer) == CURLM_OK &&
	       curl_multi_setopt(m, CURLMOPT_TIMERDATA, ln) == CURLM_OK &&
	       curl_multi_setopt(m, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING) ==
		   CURLM_OK &&
	       curl_multi_setopt(m, CURLMOPT_MAXCONNECTS,
		   ln->keep ? OWN_CONNECTIONS_MAX : WARM_CONNECTIONS_MAX) == CURLM_OK;
}

struct lane *lane_new(struct loop *l, struct lane_owner owner, const char *ca_file,
    uint32_t keep, struct err *e)
{
	struct lane *ln = xcalloc(1, sizeof(*ln));

	ln->ca_file = ca_file ? xstrdup(ca_file) : NULL;
	ln->keep = keep;

	ln->base = loop_base(l);
	ln->owner = owner;
	ln->timer = evtimer_new(ln->base, on_timer, ln);
	ln->multi = curl_multi_init();
	if (!ln->timer || !ln->multi || !set_up(ln)) {
		err_set(e, ERR_SYSTEM, "cannot make an HTTP client (libcurl)");
		lane_free(ln);
		return NULL;
	}
	return ln;
}

void lane_free(struct lane *ln)
{
	if (!ln)
		return;
	assert(!ln->inside && ln->in_flight == 0);
	if (ln->multi)
		curl_multi_cleanup(ln->multi); /* ends the watches of idle connections */
	if (ln->timer)
		event_free(ln->timer);
	free(ln->ca_file);
	free(ln);
}

CURLMcode lane_add(struct lane *ln, CURL *easy)
{
	CURLMcode code;

	assert(!ln->inside);
	code = curl_multi_add_handle(ln->multi, easy);
	if (code == CURLM_OK)
		ln->in_flight++;
	return code;
}

void lane_remove(struct lane *ln, CURL *easy)
{
	assert(!ln->inside);
	(void)curl_multi_remove_handle(ln->multi, easy);
	ln->in_flight--;
}

void lane_resume(struct lane *ln, CURL *easy)
{
	assert(!ln->inside);
	ln->inside = true;
	(void)curl_easy_pause(easy, CURLPAUSE_CONT);
	ln->inside = false;
}

CURL *lane_ended(struct lane *ln, CURLcode *ret_code)
{
	CURLMsg *msg;
	int left = 0;

	assert(!ln->inside);
	while ((msg = curl_multi_info_read(ln->multi, &left))) {
		if (msg->msg == CURLMSG_DONE) {
			*ret_code = msg->data.result;
			return msg->easy_handle;
		}
	}
	return NULL;
}
