/* SPDX-License-Identifier: MIT
 *
 * The thread around storage/commit: when to write, when to try again, when to tidy. One
 * mutex guards what both threads see; the committer and the batch in hand belong to the
 * thread alone.
 */
#include "storage/writer.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "agent/base/log.h"
#include "agent/base/queue.h"
#include "agent/base/xalloc.h"
#include "storage/commit.h"
#include "storage/store_file.h"

#define BATCH_SAMPLES ((size_t)200)
#define TIDY_US       US_PER_S
#define IDLE_US       (2 * US_PER_S)
#define STOP_RETRY_MS 50

const struct writer_patience writer_usual = {250, 1000, 10000};

/* What the loop has not been told yet. */
struct edges {
	bool began, ended; /* trouble, in this order */
	char words[300];
};

struct writer {
	struct loop *loop; /* borrowed */
	struct writer_handler on;
	void *arg;
	struct writer_patience patience;
	int fd;           /* eventfd */
	struct event *ev; /* owned */
	uint64_t told;    /* loop's: the last number that on_committed said */

	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	/* guarded by the mutex */
	struct backlog backlog;
	struct wall now;
	int64_t first_us; /* when the oldest waiting post came; monotonic */
	int64_t last_us;  /* when the newest came */
	bool stopping, hurry;
	int64_t stop_us;
	struct edges edges;
	struct writer_stats stats;
	size_t in_hand, in_hand_bytes, precious_in_hand;

	/* the thread's own */
	struct committer committer;
	struct backlog_list batch; /* in hand: survives failed attempts */
	int64_t failing_since_us;  /* 0: works */
	int64_t retry_us, tidy_us;
	bool trouble_told, tried_since_stop;
	uint64_t reattached;  /* told so far */
	char tidy_words[300]; /* of the last failure, said once */
};

static int64_t now_us(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * US_PER_S + ts.tv_nsec / 1000;
}

/* ---- thread: words to the loop ---- */

static void wake_loop(struct writer *w)
{
	uint64_t one = 1;
	ssize_t n = write(w->fd, &one, sizeof(one));

	(void)n; /* full: it is awake anyway */
}

static void tell_trouble(struct writer *w, const char *words)
{
	w->trouble_told = true;
	w->edges.began = true;
	w->edges.ended = false;
	(void)str_copy(w->edges.words, sizeof(w->edges.words), words);
}

static void tell_works(struct writer *w)
{
	w->trouble_told = false;
	w->edges.ended = true;
}

/* ---- thread: a batch ---- */

static bool has_work(const struct writer *w)
{
	return w->backlog.n || w->in_hand;
}

static void take_batch(struct writer *w)
{
	const struct backlog_item *it = NULL;

	if (w->in_hand)
		return;
	backlog_take(&w->backlog, &w->batch, BATCH_SAMPLES);
	w->precious_in_hand = w->in_hand_bytes = 0;
	TAILQ_FOREACH(it, &w->batch, link)
	{
		w->in_hand++;
		w->in_hand_bytes += it->bytes;
		w->precious_in_hand += !txn_is_droppable(it->txn);
	}
	w->first_us = now_us(); /* of what stays behind */
	if (!w->backlog.n)
		w->hurry = false;
}

static void on_written(struct writer *w, uint64_t upto, bool anew)
{
	if (anew && !w->trouble_told) {
		log_event(LOG_ERROR, "database_made_anew", "file=%s",
		    store_opts(w->committer.store)->path);
		tell_trouble(w, "the database file was deleted or replaced while we were"
				" running; it was made anew, what it held is gone");
	}
	if (w->trouble_told)
		tell_works(w);
	w->reattached = w->committer.reattached;
	w->failing_since_us = 0;
	w->in_hand = w->in_hand_bytes = w->precious_in_hand = 0;
	w->stats.committed = upto;
	w->stats.commits++;
	wake_loop(w);
}

static void on_failed(struct writer *w, const char *words)
{
	int64_t now = now_us();
	int64_t wait_ms = w->stopping ? STOP_RETRY_MS : w->patience.retry_ms;

	w->stats.failed_commits++;
	w->retry_us = now + wait_ms * US_PER_MS;
	if (!w->failing_since_us) {
		w->failing_since_us = now;
		log_event(LOG_WARN, "commit_failed", "why=%s", words);
	}
	if (!w->trouble_told &&
	    now - w->failing_since_us >= w->patience.trouble_ms * US_PER_MS) {
		tell_trouble(w, words);
		wake_loop(w);
	}
}

static void free_batch(struct writer *w)
{
	struct backlog_item *it = NULL;

	while ((it = TAILQ_FIRST(&w->batch))) {
		TAILQ_REMOVE(&w->batch, it, link);
		backlog_item_free(it);
	}
}

static void note_stats(struct writer *w, int64_t took_us)
{
	w->stats.last_commit_us = took_us;
	if (took_us > w->stats.worst_commit_us)
		w->stats.worst_commit_us = took_us;
	w->stats.refused = w->committer.poisoned;
	w->stats.reattached = w->committer.reattached;
}

/* Locked; unlocked while the disk works. */
static void write_batch(struct writer *w)
{
	struct err e = {0};
	bool anew = false, ok = false;
	int64_t began = now_us(), bytes = 0;
	uint64_t upto = 0;

	take_batch(w);
	upto = TAILQ_LAST(&w->batch, backlog_list)->number;
	w->committer.now = w->now;
	w->tried_since_stop = w->stopping;
	pthread_mutex_unlock(&w->mutex);
	ok = committer_look(&w->committer, &anew, &e) &&
	     committer_write(&w->committer, &w->batch, &e);
	if (ok)
		free_batch(w);
	bytes = store_bytes(w->committer.store);
	pthread_mutex_lock(&w->mutex);
	note_stats(w, now_us() - began);
	w->stats.db_bytes = bytes;
	if (ok)
		on_written(w, upto, w->committer.reattached != w->reattached);
	else
		on_failed(w, e.msg);
}

/* ---- thread: when there is time ---- */

static void tidy(struct writer *w)
{
	struct err e = {0};
	bool idle = now_us() - w->last_us > IDLE_US, more = false, ok = false;

	w->committer.now = w->now;
	pthread_mutex_unlock(&w->mutex);
	ok = committer_tidy(&w->committer, idle, &more, &e);
	if (!ok && strcmp(w->tidy_words, e.msg) != 0) {
		(void)str_copy(w->tidy_words, sizeof(w->tidy_words), e.msg);
		log_event(LOG_WARN, "housekeeping_failed", "why=%s", e.msg);
	}
	pthread_mutex_lock(&w->mutex);
	w->stats.rows_deleted = w->committer.retention.rows_deleted;
	w->tidy_us = now_us() + (ok && more ? 0 : TIDY_US);
}

/* ---- thread: what next ---- */

static int64_t write_at(const struct writer *w)
{
	if (!has_work(w))
		return INT64_MAX;
	if (w->failing_since_us)
		return w->retry_us;
	if (w->stopping || w->hurry || w->in_hand || w->backlog.samples >= BATCH_SAMPLES)
		return 0;
	return w->first_us + w->patience.batch_ms * US_PER_MS;
}

static int64_t tidy_at(const struct writer *w)
{
	if (w->stopping || w->failing_since_us)
		return INT64_MAX;
	return committer_wants_checkpoint(&w->committer) ? 0 : w->tidy_us;
}

static bool is_finished(const struct writer *w)
{
	return w->stopping &&
	       (!has_work(w) || (w->tried_since_stop && now_us() >= w->stop_us));
}

static void wait_until(struct writer *w, int64_t at_us)
{
	int64_t most = now_us() + 60 * US_PER_S;
	struct timespec ts;

	if (at_us > most)
		at_us = most;
	ts.tv_sec = at_us / US_PER_S;
	ts.tv_nsec = at_us % US_PER_S * 1000;
	(void)pthread_cond_timedwait(&w->cond, &w->mutex, &ts);
}

static void *run(void *arg)
{
	struct writer *w = arg;

	(void)pthread_setname_np(pthread_self(), "dimwatch-writer");
	pthread_mutex_lock(&w->mutex);
	while (!is_finished(w)) {
		int64_t write = write_at(w), tidying = tidy_at(w), now = now_us();

		/* Batches go first, but a second of them is enough. */
		if (write <= now && now - tidying < TIDY_US)
			write_batch(w);
		else if (tidying <= now)
			tidy(w);
		else
			wait_until(w, write < tidying ? write : tidying);
	}
	pthread_mutex_unlock(&w->mutex);
	if (!w->failing_since_us)
		committer_checkpoint(&w->committer);
	return NULL;
}

/* ---- loop ---- */

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
	if (upto == w->told)
		return;
	w->told = upto;
	if (w->on.on_committed)
		w->on.on_committed(w->arg, upto);
}

static void writer_free(struct writer *w)
{
	free_batch(w);
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
	TAILQ_INIT(&w->batch);
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
	rc = pthread_create(&w->thread, NULL, run, w);
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

	pthread_mutex_lock(&w->mutex);
	w->last_us = now_us();
	if (!w->backlog.n)
		w->first_us = w->last_us;
	w->now = now;
	number = backlog_post(&w->backlog, t);
	pthread_cond_signal(&w->cond);
	pthread_mutex_unlock(&w->mutex);
	return number;
}

bool writer_is_idle(struct writer *w)
{
	bool idle = false;

	pthread_mutex_lock(&w->mutex);
	idle = !has_work(w) && w->stats.committed == w->told;
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
	w->stop_us = now_us() + max_ms * US_PER_MS;
	w->retry_us = 0;
	pthread_cond_signal(&w->cond);
	pthread_mutex_unlock(&w->mutex);
	(void)pthread_join(w->thread, NULL);
	good = w->precious_in_hand == 0 && w->backlog.n_precious == 0;
	writer_free(w);
	return good;
}
