/* SPDX-License-Identifier: MIT
 *
 * The writer from inside, for its two sides: writer.c runs on the loop, writer_thread.c
 * in the thread.
 */
#ifndef DIMWATCH_STORAGE_WRITER_IMPL_H
#define DIMWATCH_STORAGE_WRITER_IMPL_H

#include <pthread.h>

#include "storage/commit.h"
#include "storage/requests.h"
#include "storage/writer.h"

/* Of samples in a batch; with these it is due at once. */
#define WRITER_BATCH_SAMPLES ((size_t)200)
#define WRITER_SAMPLES_WAIT  4 /* times as long, where nothing precious waits */

struct event;

struct writer_order {
	TAILQ_ENTRY(writer_order) link;
	struct order request;
};
TAILQ_HEAD(writer_order_list, writer_order);

/* What the loop has not been told yet. */
struct edges {
	bool began, ended; /* trouble, in this order */
	char words[300];
};

/* The orders that the loop has and has not answered yet. By number, whatever it is: who
 * writes rows by hand may have taken the greatest, and SQLite then gives any. */
#define WRITER_MAX_HANDED 1000
struct writer_handed {
	int64_t ids[WRITER_MAX_HANDED];
	size_t n;
};

struct writer {
	struct loop *loop; /* borrowed */
	struct writer_handler on;
	void *arg;
	struct writer_patience patience;
	int fd;                  /* eventfd */
	struct event *ev;        /* owned */
	uint64_t told;           /* loop's: the last number that on_committed said */
	struct loop_timer watch; /* loop's: does the disk answer? */

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
	int64_t asked_us; /* the disk was asked something then; 0: it has answered */
	bool trouble_told;
	struct writer_order_list requests; /* owned; found, not handed over yet */
	order_fn on_request;               /* NULL: nobody asks */
	void *request_arg;

	/* the thread's own */
	struct committer committer;
	struct backlog_list batch; /* in hand: survives failed attempts */
	int64_t failing_since_us;  /* 0: works */
	int64_t retry_us, tidy_us;
	bool tried_since_stop;
	uint64_t reattached;  /* told so far */
	char tidy_words[300]; /* of the last failure, said once */
	int64_t look_us;      /* when to look for requests */
	int64_t requests_version;
	struct writer_handed requests_handed;
	bool requests_looked; /* at all requests of that version */
};

/* Monotonic. */
int64_t writer_clock_us(void);
/* The thread: runs until `stopping` and everything is written, or time is up. */
void *writer_run(void *arg);
/* Is anything posted that is not on disk? Locked. */
bool writer_has_work(const struct writer *w);
/* Trouble begins; the loop hears it when it is woken. Locked. */
void writer_tell_trouble(struct writer *w, const char *words);
void writer_wake_loop(struct writer *w);
void writer_free_batch(struct writer *w);
/* writer_requests.c. The thread: is it time to look (locked)? It was looked at (locked).
 * Looks (unlocked); true: something was found, wake the loop. The file is another one. */
int64_t writer_look_at(const struct writer *w);
void writer_looked(struct writer *w);
bool writer_look_for_requests(struct writer *w);
void writer_forget_requests(struct writer *w, bool lost_file);
/* The loop: calls on_request for each; the end. */
void writer_hand_requests(struct writer *w);
void writer_drop_requests(struct writer *w);

#endif
