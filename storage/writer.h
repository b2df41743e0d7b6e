/* SPDX-License-Identifier: MIT
 *
 * The storage thread: one bounded queue in, batches of 250 ms or 200 samples as one
 * transaction each, rollups when their bucket closes, checkpoints and retention between
 * batches, one eventfd back. All signals are blocked in it. Trouble (disk full, database
 * gone, a disk that does not answer) is retried every second and told to the loop. Under
 * pressure samples are dropped (oldest first, counted); what may not be lost is only
 * summed up, and the oldest of it dropped when even that is too much (backlog.h).
 *
 * A file that is deleted or replaced under us is opened, or made, anew (with the series
 * that are known), which is told as trouble that is over. A deleted log is saved first.
 *
 * Contract: callbacks run on the loop. on_committed(upto) is called after every commit
 * with the number of the last transaction that is on disk.
 */
#ifndef DIMWATCH_STORAGE_WRITER_H
#define DIMWATCH_STORAGE_WRITER_H

#include "agent/base/loop.h"
#include "storage/requests.h"
#include "storage/store.h"
#include "storage/txn.h"

struct writer; /* opaque */

struct writer_handler {
	void (*on_committed)(void *arg, uint64_t upto);
	/* Edges: commits fail, and work again. words: why. That they fail is said once
	 * more when the file turns out to be lost. */
	void (*on_trouble)(void *arg, bool failing, const char *words);
};

struct writer_stats {
	uint64_t posted, committed, commits, dropped_samples, failed_commits;
	uint64_t dropped_changes; /* of the history, by the hard bound */
	int64_t disk_us;          /* since when the disk is silent; 0: it is not asked */
	size_t queued, queued_bytes;
	int64_t last_commit_us, worst_commit_us;
	int64_t db_bytes;      /* file and WAL */
	uint64_t rows_deleted; /* by retention */
	uint64_t refused;      /* txns that the schema did not take: a mistake of ours */
	uint64_t reattached;   /* times the file had vanished and was made anew */
};

#define WRITER_MAX_SAMPLES ((size_t)20000)    /* droppable, in the queue */
#define WRITER_MAX_BYTES   ((size_t)64 << 20) /* everything that waits */

/* How long a batch waits for company (four times as long when there are only samples in
 * it), until a failed one is tried again, until the loop is told that commits fail,
 * and that the disk does not answer. */
struct writer_patience {
	int64_t batch_ms, retry_ms, trouble_ms, silent_ms;
};
extern const struct writer_patience writer_usual; /* 250 ms, 1 s, 10 s, 10 s */

/* The writer uses the store's connection alone from now on. Its wall clock is the newest
 * `now` that was posted. */
struct writer *writer_start(struct store *s, struct loop *l,
    const struct writer_handler *on, void *arg, struct err *e) MUST_CHECK;
struct writer *writer_start_with(const struct writer_patience *p, struct store *s,
    struct loop *l, const struct writer_handler *on, void *arg, struct err *e) MUST_CHECK;
/* From now on the table `requests` is looked at once a second, and fn is called on the
 * loop with each that is not answered, in order, once in the life of this writer. */
void writer_on_request(struct writer *w, order_fn fn, void *arg);
/* Takes the txn over; returns its number (1, 2, ...). Never blocks. */
uint64_t writer_post(struct writer *w, struct txn *t, struct wall now);
/* Is everything that was posted on disk, and the loop told so? (Idle check of the
 * skipping clock: when the answer is no, the batch waits no longer.) */
bool writer_is_idle(struct writer *w);
uint64_t writer_committed(struct writer *w);
struct writer_stats writer_stats(struct writer *w);
/* Writes what is queued (waits at most max_ms), checkpoints, joins. False: something that
 * may not be lost was still unwritten. */
bool writer_stop(struct writer *w, int64_t max_ms);

#endif
