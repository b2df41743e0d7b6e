/* SPDX-License-Identifier: MIT
 *
 * The thread's side: when to write, when to try again, when to tidy. The committer and
 * the batch in hand belong to it alone; the mutex is released while the disk works.
 */
#include <pthread.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "storage/store_file.h"
#include "storage/writer_impl.h"

#define TIDY_US       US_PER_S
#define IDLE_US       (2 * US_PER_S)
#define STOP_RETRY_MS 50

int64_t writer_clock_us(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * US_PER_S + ts.tv_nsec / 1000;
}

/* ---- thread: words to the loop ---- */

void writer_wake_loop(struct writer *w)
{
	uint64_t one = 1;
	ssize_t n = write(w->fd, &one, sizeof(one));

	(void)n; /* full: it is awake anyway */
}

void writer_tell_trouble(struct writer *w, const char *words)
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

bool writer_has_work(const struct writer *w)
{
	return w->backlog.n || w->in_hand;
}

static void take_batch(struct writer *w)
{
	const struct backlog_item *it = NULL;

	if (w->in_hand)
		return;
	backlog_take(&w->backlog, &w->batch, WRITER_BATCH_SAMPLES);
	w->precious_in_hand = w->in_hand_bytes = 0;
	TAILQ_FOREACH(it, &w->batch, link)
	{
		w->in_hand++;
		w->in_hand_bytes += it->bytes;
		w->precious_in_hand += !txn_is_droppable(it->txn);
	}
	w->first_us = writer_clock_us(); /* of what stays behind */
	if (!w->backlog.n)
		w->hurry = false;
}

static void on_attached(struct writer *w)
{
	bool lost = w->committer.lost_file;

	w->reattached = w->committer.reattached;
	w->committer.lost_file = false;
	writer_forget_requests(w, lost);
	log_event(LOG_ERROR, lost ? "database_made_anew" : "database_log_was_deleted",
	    "file=%s", store_opts(w->committer.store)->path);
	if (lost)
		writer_tell_trouble(w,
		    "the database file was deleted or replaced while we were"
		    " running; it was made anew, what it held is gone");
}

/* A disk that came back after a long silence must do it in time once more: its trouble
 * would come and go with every commit. */
static void on_written(struct writer *w, uint64_t upto, int64_t took_us)
{
	if (w->committer.reattached != w->reattached)
		on_attached(w);
	if (w->trouble_told && took_us < w->patience.silent_ms * US_PER_MS)
		tell_works(w);
	w->failing_since_us = 0;
	w->in_hand = w->in_hand_bytes = w->precious_in_hand = 0;
	w->stats.committed = upto;
	w->stats.commits++;
	writer_wake_loop(w);
}

/* `began`: this attempt. */
static void on_failed(struct writer *w, int64_t began, const char *words)
{
	int64_t now = writer_clock_us();
	int64_t wait_ms = w->stopping ? STOP_RETRY_MS : w->patience.retry_ms;

	w->stats.failed_commits++;
	w->retry_us = now + wait_ms * US_PER_MS;
	if (!w->failing_since_us) {
		w->failing_since_us = began;
		log_event(LOG_WARN, "commit_failed", "why=%s", words);
	}
	if (!w->trouble_told &&
	    now - w->failing_since_us >= w->patience.trouble_ms * US_PER_MS) {
		writer_tell_trouble(w, words);
		writer_wake_loop(w);
	}
}

void writer_free_batch(struct writer *w)
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
	int64_t began = writer_clock_us(), took_us = 0, bytes = 0;
	uint64_t upto = 0;

	take_batch(w);
	w->asked_us = began;
	upto = TAILQ_LAST(&w->batch, backlog_list)->number;
	w->committer.now = w->now;
	w->tried_since_stop = w->stopping;
	pthread_mutex_unlock(&w->mutex);
	ok = committer_look(&w->committer, &anew, &e) &&
	     committer_write(&w->committer, &w->batch, &e);
	if (ok)
		writer_free_batch(w);
	bytes = store_bytes(w->committer.store);
	pthread_mutex_lock(&w->mutex);
	w->asked_us = 0;
	took_us = writer_clock_us() - began;
	note_stats(w, took_us);
	w->stats.db_bytes = bytes;
	if (ok)
		on_written(w, upto, took_us);
	else
		on_failed(w, began, e.msg);
}

/* ---- thread: when there is time ---- */

static void tidy(struct writer *w)
{
	struct err e = {0};
	bool idle = writer_clock_us() - w->last_us > IDLE_US, more = false, ok = false;

	w->committer.now = w->now;
	w->asked_us = writer_clock_us();
	pthread_mutex_unlock(&w->mutex);
	ok = committer_tidy(&w->committer, idle, &more, &e);
	if (!ok && strcmp(w->tidy_words, e.msg) != 0) {
		(void)str_copy(w->tidy_words, sizeof(w->tidy_words), e.msg);
		log_event(LOG_WARN, "housekeeping_failed", "why=%s", e.msg);
	}
	pthread_mutex_lock(&w->mutex);
	w->asked_us = 0;
	w->stats.rows_deleted = w->committer.retention.rows_deleted;
	w->tidy_us = writer_clock_us() + (ok && more ? 0 : TIDY_US);
}

static void look(struct writer *w)
{
	bool found = false;

	w->asked_us = writer_clock_us();
	pthread_mutex_unlock(&w->mutex);
	found = writer_look_for_requests(w);
	pthread_mutex_lock(&w->mutex);
	w->asked_us = 0;
	writer_looked(w);
	if (found)
		writer_wake_loop(w);
}

/* ---- thread: what next ---- */

static int64_t write_at(const struct writer *w)
{
	/* Nobody waits for samples alone: a quarter of the commits will do. */
	int64_t wait_ms =
	    w->patience.batch_ms * (w->backlog.n_precious ? 1 : WRITER_SAMPLES_WAIT);

	if (!writer_has_work(w))
		return INT64_MAX;
	if (w->failing_since_us)
		return w->retry_us;
	if (w->stopping || w->hurry || w->in_hand ||
	    w->backlog.samples >= WRITER_BATCH_SAMPLES)
		return 0;
	return w->first_us + wait_ms * US_PER_MS;
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
	       (!writer_has_work(w) ||
		   (w->tried_since_stop && writer_clock_us() >= w->stop_us));
}

static void wait_until(struct writer *w, int64_t at_us)
{
	int64_t most = writer_clock_us() + 60 * US_PER_S;
	struct timespec ts;

	if (at_us > most)
		at_us = most;
	ts.tv_sec = at_us / US_PER_S;
	ts.tv_nsec = at_us % US_PER_S * 1000;
	(void)pthread_cond_timedwait(&w->cond, &w->mutex, &ts);
}

static int64_t sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

void *writer_run(void *arg)
{
	struct writer *w = arg;

	(void)pthread_setname_np(pthread_self(), "dimwatch-writer");
	pthread_mutex_lock(&w->mutex);
	while (!is_finished(w)) {
		int64_t write = write_at(w), tidying = tidy_at(w),
			looking = writer_look_at(w), now = writer_clock_us();

		/* Batches go first, but a second of them is enough. */
		if (write <= now && now - tidying < TIDY_US)
			write_batch(w);
		else if (looking <= now)
			look(w);
		else if (tidying <= now)
			tidy(w);
		else
			wait_until(w, sooner(write, sooner(tidying, looking)));
	}
	pthread_mutex_unlock(&w->mutex);
	if (!w->failing_since_us)
		committer_checkpoint(&w->committer);
	return NULL;
}
