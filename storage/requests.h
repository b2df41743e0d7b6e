/* SPDX-License-Identifier: MIT
 *
 * Orders of the command line to the daemon: rows of `requests`. The command inserts one
 * in a short transaction and looks for the answer; the daemon (its writer thread) finds
 * what is not done yet, in order. What an order changes and its answer are one txn
 * (txn_answer), so that it is done once whatever dies in between.
 */
#ifndef DIMWATCH_STORAGE_REQUESTS_H
#define DIMWATCH_STORAGE_REQUESTS_H

#include "agent/base/tick.h"
#include "storage/db.h"

#define ORDER_VERB_BYTES 32
#define ORDER_ARGS_BYTES 4096

struct order {
	int64_t id;
	struct wall at;
	char verb[ORDER_VERB_BYTES]; /* "ack" */
	char *args; /* owned: a JSON object; NULL: more than ORDER_ARGS_BYTES */
};
void order_fini(struct order *r);

/* How it ended, as it is stored. */
struct order_answer {
	struct wall done_at; /* 0: not yet */
	int code;            /* enum exit_code of the command */
	char text[2000];     /* sentences for people */
};

/* The command's side. */
bool requests_insert(struct db *d, const char *verb, const char *args, struct wall now,
    int64_t *ret_id, struct err *e) MUST_CHECK;
bool requests_answer(
    struct db *d, int64_t id, struct order_answer *ret, struct err *e) MUST_CHECK;

/* The daemon's side. Those that have no answer, by their numbers, at most `limit`; the
 * value lives until the callback returns. */
typedef void (*order_fn)(void *arg, const struct order *r);
bool requests_undone(
    struct db *d, int limit, order_fn fn, void *arg, struct err *e) MUST_CHECK;
/* Changes whenever another connection has committed something. */
bool requests_version(struct db *d, int64_t *ret, struct err *e) MUST_CHECK;

/* An answer on its way to the disk. `at` is the request's: another file may hold another
 * request with this number. */
struct order_done {
	int64_t id;
	struct wall at, done_at;
	int code;
	char *text; /* owned */
};
bool requests_finish(
    struct db *d, const struct order_done *done, struct err *e) MUST_CHECK;

#endif
