/* SPDX-License-Identifier: MIT
 *
 * One batch as one transaction, without threads: what the writer does with the queue, and
 * what it does when there is time (rollups, checkpoints, retention). All or nothing, but
 * for a txn whose values the schema refuses (a mistake of ours): that one is logged,
 * counted and left out, so that it cannot block the queue for ever.
 */
#ifndef DIMWATCH_STORAGE_COMMIT_H
#define DIMWATCH_STORAGE_COMMIT_H

#include <stdatomic.h>

#include "storage/backlog.h"
#include "storage/retention.h"
#include "storage/rolling.h"
#include "storage/series.h"
#include "storage/store.h"

#define COMMIT_CHECKPOINT_FRAMES 2000

struct committer {
	struct store *store; /* borrowed */
	struct rolling rolling;
	struct retention retention;
	struct series *series; /* owned: to be written again when the file is made anew */
	size_t n_series, cap_series;
	int frames;        /* in the log after the last commit */
	int frames_done;   /* of these, seen by the last checkpoint */
	bool emptied;      /* the log was emptied, or that was tried, since then */
	bool no_wait;      /* for locks: the caller has no time */
	atomic_bool hurry; /* wait a tenth of a second for locks, not five; any thread */
	uint64_t poisoned; /* txns left out */
	uint64_t reattached; /* times the file was opened anew */
	bool is_bare;        /* it is open but does not know our series yet */
	bool lost_file;      /* not only its log; whoever tells that clears it */
	struct wall now;     /* newest time that anybody told us */
};

bool committer_init(struct committer *c, struct store *s, struct err *e) MUST_CHECK;
void committer_fini(struct committer *c);
/* Opens the file anew when it or its log was deleted or replaced. *ret_anew: it was.
 * False: nothing can be written now, try again. */
bool committer_look(struct committer *c, bool *ret_anew, struct err *e) MUST_CHECK;
/* False: nothing is written, try the same batch again. */
bool committer_write(
    struct committer *c, const struct backlog_list *batch, struct err *e) MUST_CHECK;
/* One short piece of housekeeping; *ret_more: call again when there is time. idle:
 * nothing was posted for a while, the log may be emptied. */
bool committer_tidy(
    struct committer *c, bool idle, bool *ret_more, struct err *e) MUST_CHECK;
/* The log has grown: tidy now, or it will cost more later. */
bool committer_wants_checkpoint(const struct committer *c);
/* At the end: everything into the main file. */
void committer_checkpoint(struct committer *c);

#endif
