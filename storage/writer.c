/* SPDX-License-Identifier: MIT
 *
 * The loop's side: posting, and hearing what was committed. One mutex guards what both
 * threads see.
 */
#include "storage/writer.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <event2/event.h>

#include "agent/base/xalloc.h"
#include "storage/writer_impl.h"

const struct writer_patience writer_usual = {250, 1000, 10000, 10000};

static void on_wake(evutil_socket_t fd, short what, void *arg)
{
	struct writer *w = arg;
	uint64_t count = 0, upto = 0;
	struct edges edges;
	ssize_t n = read(fd, &count, sizeof(count));

	(void)what;
	(void)n;
	pthread_mutex_lock(&w->mutex);
	edges = w->edges;
	w->edges.began = w->edges.ended = false;
	upto = w->stats.committed;
	pthread_mutex_unlock(&w->mutex);
	if (edges.began && w->on.on_trouble)
		w->on.on_trouble(w->arg, true, edges.words);
	if (edges.ended && w->on.on_trouble)
		w->on.on_trouble(w->arg, false, "the database can be written again");
	if (upto != w->told) {
		w->told = upto;
		if (w->on.on_committed)
			w->on.on_committed(w->arg, upto);
	}
	writer_hand_requests(w);
}

/* A disk that does not answer cannot say that it fails: the thread hangs in it. */
static void on_watch(void *arg, struct mono mono)
{
	struct writer *w = arg;
	int64_t silent_us = 0, left_ms = 0;
	char words[100];

	(void)mono;
	pthread_mutex_lock(&w->mutex);
	if (w->asked_us)
		silent_us = writer_clock_us() - w->asked_us;
	left_ms = w->patience.silent_ms - silent_us / US_PER_MS;
	if (writer_has_work(w) && left_ms <= 0 && !w->trouble_told) {
		(void)snprintf(words, sizeof(words),
		    "the disk has not answered for %lld s",
		    (long long)(silent_us / US_PER_S));
		writer_tell_trouble(w, words);
		writer_wake_loop(w);
	}
	if (writer_has_work(w))
		loop_timer_in_ms(
		    &w->watch, left_ms > 0 ? left_ms : w->patience.silent_ms);
	pthread_mutex_unlock(&w->mutex);
}

static void writer_free(struct writer *w)
{
	loop_timer_cancel(&w->watch);
	writer_free_batch(w);
	writer_drop_requests(w);
	backlog_fini(&w->backlog);
	committer_fini(&w->committer);
	if (w->ev)
		event_free(w->ev);
	if (w->fd >= 0)
		(void)close(w->fd);
	pthread_cond_destroy(&w->cond);
	pthread_mutex_destroy(&w->mutex);
	free(w);
}

static struct writer *writer_new(const struct writer_patience *p, struct loop *l,
    const struct writer_handler *on, void *arg)
{
	struct writer *w = xcalloc(1, sizeof(*w));
	pthread_condattr_t attr;

	w->loop = l;
	w->on = *on;
	w->arg = arg;
	w->patience = *p;
	w->fd = -1;
	loop_timer_init(&w->watch, l, on_watch, w);
	TAILQ_INIT(&w->batch);
	TAILQ_INIT(&w->requests);
	backlog_init(&w->backlog, WRITER_MAX_SAMPLES, WRITER_MAX_BYTES);
	(void)pthread_mutex_init(&w->mutex, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&w->cond, &attr);
	(void)pthread_condattr_destroy(&attr);
	return w;
}

static bool open_eventfd(struct writer *w, struct err *e)
{
	w->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (w->fd < 0)
		return err_set(e, ERR_SYSTEM, "no eventfd: %s", strerror(errno));
	w->ev = event_new(loop_base(w->loop), w->fd, EV_READ | EV_PERSIST, on_wake, w);
	return (w->ev && event_add(w->ev, NULL) == 0) ||
	       err_set(e, ERR_SYSTEM, "the event loop refuses the writer's eventfd");
}

static bool start_thread(struct writer *w, struct err *e)
{
	sigset_t all, before;
	int rc = 0;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&w->thread, NULL, writer_run, w);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc == 0 || err_set(e, ERR_SYSTEM, "no thread: %s", strerror(rc));
}

struct writer *writer_start_with(const struct writer_patience *p, struct store *s,
    struct loop *l, const struct writer_handler *on, void *arg, struct err *e)
{
	struct writer *w = writer_new(p, l, on, arg);

	w->now = store_opts(s)->now;
	if (committer_init(&w->committer, s, e) && open_eventfd(w, e) &&
	    start_thread(w, e))
		return w;
	err_wrap(e, "the storage writer cannot start");
	writer_free(w);
	return NULL;
}

struct writer *writer_start(struct store *s, struct loop *l,
    const struct writer_handler *on, void *arg, struct err *e)
{
	return writer_start_with(&writer_usual, s, l, on, arg, e);
}

uint64_t writer_post(struct writer *w, struct txn *t, struct wall now)
{
	uint64_t number = 0;
	bool first = false, precious = false;

	pthread_mutex_lock(&w->mutex);
	first = !w->backlog.n;
	precious = w->backlog.n_precious > 0;
	w->last_us = writer_clock_us();
	if (first)
		w->first_us = w->last_us;
	w->now = now;
	number = backlog_post(&w->backlog, t);
	/* Else the thread sleeps on until the batch is due: nothing to wake it for. */
	if (first || precious != (w->backlog.n_precious > 0) ||
	    w->backlog.samples >= WRITER_BATCH_SAMPLES)
		pthread_cond_signal(&w->cond);
	pthread_mutex_unlock(&w->mutex);
	if (!loop_timer_armed(&w->watch))
		loop_timer_in_ms(&w->watch, w->patience.silent_ms);
	return number;
}

bool writer_is_idle(struct writer *w)
{
	bool idle = false;

	pthread_mutex_lock(&w->mutex);
	idle = !writer_has_work(w) && w->stats.committed == w->told;
	if (!idle && !w->hurry) {
		w->hurry = true;
		pthread_cond_signal(&w->cond);
	}
	pthread_mutex_unlock(&w->mutex);
	return idle;
}

uint64_t writer_committed(struct writer *w)
{
	uint64_t upto = 0;

	pthread_mutex_lock(&w->mutex);
	upto = w->stats.committed;
	pthread_mutex_unlock(&w->mutex);
	return upto;
}

struct writer_stats writer_stats(struct writer *w)
{
	struct writer_stats s;

	pthread_mutex_lock(&w->mutex);
	s = w->stats;
	s.posted = w->backlog.posted;
	s.dropped_samples = w->backlog.dropped_samples;
	s.dropped_changes = w->backlog.dropped_changes;
	s.disk_us = w->asked_us ? writer_clock_us() - w->asked_us : 0;
	s.queued = w->backlog.n + w->in_hand;
	s.queued_bytes = w->backlog.bytes + w->in_hand_bytes;
	pthread_mutex_unlock(&w->mutex);
	return s;
}

bool writer_stop(struct writer *w, int64_t max_ms)
{
	bool good = false;

	if (!w)
		return true;
	atomic_store(&w->committer.hurry, true);
	pthread_mutex_lock(&w->mutex);
	w->stopping = true;
	w->stop_us = writer_clock_us() + max_ms * US_PER_MS;
	w->retry_us = 0;
	pthread_cond_signal(&w->cond);
	pthread_mutex_unlock(&w->mutex);
	(void)pthread_join(w->thread, NULL);
	good = w->precious_in_hand == 0 && w->backlog.n_precious == 0;
	writer_free(w);
	return good;
}
