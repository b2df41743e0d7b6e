/* SPDX-License-Identifier: MIT
 *
 * An http_handler that notes what happens, checks the contract while it does (on_done
 * once, nothing after it, head before bytes), and can do something from inside.
 */
#ifndef DIMWATCH_TESTS_INTEGRATION_RECORDER_H
#define DIMWATCH_TESTS_INTEGRATION_RECORDER_H

#include "probes/http.h"

struct recorder {
	/* To do, set before the start. `then` runs inside the callback named by `when`.
	 */
	enum { NEVER, ON_HEAD, ON_BYTES, ON_DONE } when;
	void (*then)(struct recorder *r);
	void *arg;
	bool enough_on_head, enough_on_bytes;

	struct http_exchange *x; /* NULL again after on_done */
	bool started;            /* http_start has returned */
	int heads, dones;
	size_t calls, bytes;
	int status;
	char header[64]; /* value of X-Test */
	struct wire_end end;
	struct mono done_at;
};

void recorder_start(struct recorder *r, struct http *h, struct request *rq);
/* Runs the loop until on_done. */
void recorder_await(struct recorder *r, struct loop *l);
/* GET with limits: 1 MiB body, 30 s, 5 s to connect, cold. */
void request_get(struct request *rq, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
