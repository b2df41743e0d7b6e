/* SPDX-License-Identifier: MIT
 *
 * The life of transfers: queued while libcurl is on the stack, running in a lane, ended
 * and handed over. Callbacks for head and bytes come from inside libcurl, on_done never:
 * what ended is collected while libcurl works and told after it returned.
 */
#include "probes/http.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/xalloc.h"
#include "probes/http_lanes.h"
#include "probes/http_mail.h"
#include "probes/http_transfer.h"

TAILQ_HEAD(transfers, http_exchange);

struct http {
	struct loop *loop; /* borrowed */
	char *ca_file;     /* owned; NULL: libcurl's own idea */
	struct lanes lanes;
	struct transfers queued, running, ended;
	struct loop_timer soon; /* something waits for settle() */
	struct transfer_counts counts;
	size_t in_flight;
	bool settling, closing;
	bool reload; /* new lanes are wanted */
};

static struct transfers *list_of(struct http *h, enum transfer_stage stage)
{
	switch (stage) {
	case TRANSFER_QUEUED:
		return &h->queued;
	case TRANSFER_RUNNING:
		return &h->running;
	case TRANSFER_ENDED:
		break;
	}
	return &h->ended;
}

static void move_to(struct http_exchange *x, enum transfer_stage stage)
{
	struct http *h = x->http;

	TAILQ_REMOVE(list_of(h, x->stage), x, link);
	x->stage = stage;
	TAILQ_INSERT_TAIL(list_of(h, stage), x, link);
}

static void settle_soon(struct http *h)
{
	loop_timer_at(&h->soon, loop_mono(h->loop));
}

/* Only while it is in its lane can libcurl tell whether the connection stayed. */
static void note_kept(struct http_exchange *x)
{
	curl_socket_t fd = CURL_SOCKET_BAD;

	if (!x->lane->keep || x->stopped)
		return;
	if (curl_easy_getinfo(x->easy, CURLINFO_ACTIVESOCKET, &fd) == CURLE_OK &&
	    fd != CURL_SOCKET_BAD)
		x->lane->kept = 1;
}

/* From any stage to ENDED. Not while libcurl is on the stack. */
static void end_transfer(struct http_exchange *x)
{
	if (x->stage == TRANSFER_RUNNING) {
		note_kept(x);
		lane_remove(x->lane, x->easy);
	}
	x->counts->stopped -= x->stopped;
	x->counts->paused -= x->paused;
	loop_timer_cancel(&x->deadline);
	x->ended = loop_mono(x->loop);
	move_to(x, TRANSFER_ENDED);
}

/* --- deadlines: the connection, then the whole --- */

static void arm_deadline(struct http_exchange *x, bool connected)
{
	int64_t total = x->rq.backstop_ms, connect = x->rq.connect_backstop_ms;
	int64_t ms = !connected && connect > 0 && (total <= 0 || connect < total)
			 ? connect
			 : total;

	if (ms > 0)
		loop_timer_at(&x->deadline, mono_add_ms(x->start, ms));
}

static bool is_past(const struct http_exchange *x, struct mono now, int64_t ms)
{
	return ms > 0 && now.us >= mono_add_ms(x->start, ms).us;
}

static void on_deadline(void *arg, struct mono now)
{
	struct http_exchange *x = arg;
	bool connected = transfer_phase(x) >= PHASE_SENT;
	char buf[32];

	if (connected && !is_past(x, now, x->rq.backstop_ms)) {
		arm_deadline(x, true);
		return;
	}
	if (x->code == CURLE_OK && !x->stopped) {
		x->code = CURLE_OPERATION_TIMEDOUT;
		(void)snprintf(x->words, sizeof(x->words), "%s within %s",
		    connected ? "no end" : "no connection",
		    duration_human(
			mono_diff_us(now, x->start) / US_PER_MS, buf, sizeof(buf)));
	}
	end_transfer(x);
	settle_soon(x->http);
}

/* --- settling: what ended, what was stopped, what waits --- */

static void collect_lane(struct lane *ln)
{
	struct http_exchange *x;
	CURLcode code;
	CURL *easy;

	while ((easy = lane_ended(ln, &code))) {
		if (curl_easy_getinfo(easy, CURLINFO_PRIVATE, &x) != CURLE_OK)
			abort();
		x->code = code;
		end_transfer(x);
	}
}

static void end_stopped(struct transfers *list)
{
	struct http_exchange *x, *next;

	TAILQ_FOREACH_SAFE(x, list, link, next)
	{
		if (x->stopped)
			end_transfer(x);
	}
}

static void begin(struct http_exchange *x)
{
	struct http *h = x->http;

	if (transfer_prepare(x, x->rq.ca_file ? x->rq.ca_file : h->ca_file)) {
		x->lane = lanes_for(&h->lanes, &x->rq);
		if (x->lane && lane_add(x->lane, x->easy) == CURLM_OK) {
			x->had_kept = x->lane->kept > 0;
			x->lane->kept = 0;
			move_to(x, TRANSFER_RUNNING);
			return;
		}
		transfer_stop(x, WIRE_LOCAL, "libcurl does not start the transfer");
	}
	end_transfer(x);
	settle_soon(h);
}

static void begin_queued(struct http *h)
{
	struct http_exchange *x, *next;

	TAILQ_FOREACH_SAFE(x, &h->queued, link, next)
	begin(x);
}

static void hand_over(struct http_exchange *x)
{
	struct wire_end end;

	transfer_end(x, &end);
	x->http->in_flight--;
	if (x->rq.mail_to)
		mail_hand_over(x, &end);
	if (x->on.on_done)
		x->on.on_done(x->arg, x->ended, &end);
	transfer_fini(x);
	free(x);
}

/* One batch: what ends meanwhile waits for the next turn, so that a handler that starts
 * again at once cannot hold the loop. */
static void hand_over_ended(struct http *h)
{
	struct transfers batch = TAILQ_HEAD_INITIALIZER(batch);
	struct http_exchange *x;

	TAILQ_CONCAT(&batch, &h->ended, link);
	while ((x = TAILQ_FIRST(&batch))) {
		TAILQ_REMOVE(&batch, x, link);
		hand_over(x);
	}
}

/* True: some wait for the next turn. */
static bool resume_paused(struct http *h)
{
	struct http_exchange *x;
	bool waiting = false;

	TAILQ_FOREACH(x, &h->running, link)
	{
		if (transfer_may_resume(x))
			lane_resume(x->lane, x->easy);
		waiting = waiting || x->paused;
	}
	return waiting;
}

/* No new lane, no new bundle: the old one goes on serving. */
static void renew_lanes(struct http *h)
{
	if (h->reload && lanes_renew(&h->lanes))
		h->reload = false;
}

static void settle(void *arg)
{
	struct http *h = arg;
	struct lane *ln;
	bool waiting;

	assert(!h->settling && !lanes_are_inside(&h->lanes));
	h->settling = true;
	renew_lanes(h);
	waiting = h->counts.paused > 0 && resume_paused(h);
	TAILQ_FOREACH(ln, &h->lanes.all, link)
	{
		if (ln->in_flight > 0)
			collect_lane(ln);
	}
	if (h->counts.stopped > 0) {
		end_stopped(&h->queued);
		end_stopped(&h->running);
	}
	begin_queued(h);
	hand_over_ended(h);
	h->settling = false;
	if (waiting || !TAILQ_EMPTY(&h->ended) || !TAILQ_EMPTY(&h->queued))
		settle_soon(h);
	lanes_sweep(&h->lanes);
}

static void on_soon(void *arg, struct mono now)
{
	(void)now;
	settle(arg);
}

static bool on_wakeup(void *arg, CURL *easy, int fd)
{
	struct http_exchange *x;

	(void)arg;
	if (curl_easy_getinfo(easy, CURLINFO_PRIVATE, &x) != CURLE_OK)
		abort();
	if (transfer_wakes(x, fd))
		return true;
	transfer_stop(x, WIRE_STALLED, "bytes without end that carry nothing");
	return false;
}

/* The kernel's limit of watches, or its memory: ours, not the provider's. */
static void on_deaf(void *arg, CURL *easy)
{
	struct http *h = arg;
	struct http_exchange *x = NULL;

	if (!easy || curl_easy_getinfo(easy, CURLINFO_PRIVATE, &x) != CURLE_OK || !x)
		return;
	transfer_stop(x, WIRE_LOCAL, "its socket cannot be watched: %s", strerror(errno));
	settle_soon(h);
}

/* --- the client --- */

static char *find_bundle(const char *ca_file)
{
	const char *named = ca_file ? ca_file : getenv("SSL_CERT_FILE");
	const char *built_in = NULL;
	char *found = NULL;
	CURL *c;

	if (named && named[0])
		return xstrdup(named);
	c = curl_easy_init();
	if (c && curl_easy_getinfo(c, CURLINFO_CAINFO, &built_in) == CURLE_OK && built_in)
		found = xstrdup(built_in);
	if (c)
		curl_easy_cleanup(c);
	return found;
}

struct http *http_new(struct loop *l, const char *ca_file, struct err *e)
{
	struct http *h = xcalloc(1, sizeof(*h));

	h->loop = l;
	lanes_init(&h->lanes, l, (struct lane_owner){on_wakeup, settle, on_deaf, h});
	TAILQ_INIT(&h->queued);
	TAILQ_INIT(&h->running);
	TAILQ_INIT(&h->ended);
	loop_timer_init(&h->soon, l, on_soon, h);
	/* It must not take our lack of memory for the provider's mistake. */
	if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, xmalloc, free, xrealloc, xstrdup,
		xcalloc) != CURLE_OK) {
		err_set(e, ERR_SYSTEM, "libcurl does not start");
		free(h);
		return NULL;
	}
	h->ca_file = find_bundle(ca_file);
	if (h->ca_file && access(h->ca_file, R_OK) != 0 &&
	    (ca_file || getenv("SSL_CERT_FILE"))) {
		err_set(e, ERR_CONFIG, "cannot read the CA bundle '%s'", h->ca_file);
		http_free(h);
		return NULL;
	}
	if (!lanes_open(&h->lanes, e)) {
		http_free(h);
		return NULL;
	}
	return h;
}

static void stop_all(struct transfers *list)
{
	struct http_exchange *x;

	TAILQ_FOREACH(x, list, link)
	transfer_stop(x, WIRE_ABORTED, "ended by ourselves");
}

void http_free(struct http *h)
{
	if (!h)
		return;
	assert(!h->settling && !lanes_are_inside(&h->lanes));
	h->closing = true;
	stop_all(&h->queued);
	stop_all(&h->running);
	end_stopped(&h->queued);
	end_stopped(&h->running);
	while (!TAILQ_EMPTY(&h->ended))
		hand_over_ended(h);
	loop_timer_cancel(&h->soon);
	lanes_fini(&h->lanes);
	free(h->ca_file);
	free(h);
	curl_global_cleanup();
}

struct http_exchange *http_start(
    struct http *h, struct request *rq, const struct http_handler *on, void *arg)
{
	struct http_exchange *x = xcalloc(1, sizeof(*x));

	x->http = h;
	x->loop = h->loop;
	x->counts = &h->counts;
	x->rq = *rq;
	memset(rq, 0, sizeof(*rq));
	x->on = *on;
	x->arg = arg;
	http_head_init(&x->head);
	x->start = loop_mono(h->loop);
	loop_timer_init(&x->deadline, h->loop, on_deadline, x);
	x->stage = TRANSFER_QUEUED;
	TAILQ_INSERT_TAIL(&h->queued, x, link);
	h->in_flight++;
	if (h->closing) {
		transfer_stop(x, WIRE_ABORTED, "the client is being closed");
		end_transfer(x);
		return x;
	}
	arm_deadline(x, false);
	if (lanes_are_inside(&h->lanes))
		settle_soon(h);
	else
		begin(x);
	return x;
}

void http_abort(struct http_exchange *x)
{
	if (x->stage == TRANSFER_ENDED)
		return;
	transfer_stop(x, WIRE_ABORTED, "ended by ourselves");
	settle_soon(x->http);
}

size_t http_in_flight(const struct http *h)
{
	return h->in_flight;
}

void http_reload_ca(struct http *h)
{
	h->reload = true;
	if (!lanes_are_inside(&h->lanes))
		renew_lanes(h);
	settle_soon(h);
}

const char *http_version(void)
{
	return curl_version();
}
