/* SPDX-License-Identifier: MIT
 *
 * Notes and checks.
 */
#include "tests/integration/recorder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/integration/world.h"

static enum http_next on_head(void *arg, struct mono at, const struct wire_head *head)
{
	struct recorder *r = arg;

	(void)at;
	assert_true(r->started);
	assert_int_equal(r->dones, 0);
	assert_int_equal(r->heads++, 0);
	assert_true(head->status >= 200);
	r->status = head->status;
	span_copy(head_find(head, "x-test"), r->header, sizeof(r->header));
	if (r->when == ON_HEAD)
		r->then(r);
	return r->enough_on_head ? HTTP_ENOUGH : HTTP_MORE;
}

static enum http_next on_bytes(void *arg, struct mono at, struct span bytes)
{
	struct recorder *r = arg;

	(void)at;
	assert_int_equal(r->dones, 0);
	assert_int_equal(r->heads, 1);
	assert_true(bytes.n > 0);
	r->calls++;
	r->bytes += bytes.n;
	if (r->when == ON_BYTES)
		r->then(r);
	return r->enough_on_bytes ? HTTP_ENOUGH : HTTP_MORE;
}

static void on_done(void *arg, struct mono at, const struct wire_end *end)
{
	struct recorder *r = arg;

	assert_true(r->started);
	assert_int_equal(r->dones++, 0);
	r->end = *end;
	r->done_at = at;
	r->x = NULL;
	if (r->when == ON_DONE)
		r->then(r);
}

void recorder_start(struct recorder *r, struct http *h, struct request *rq)
{
	static const struct http_handler handler = {on_head, on_bytes, on_done};

	r->x = http_start(h, rq, &handler, r);
	assert_int_equal(r->heads + r->dones, 0);
	assert_null(rq->url); /* taken over */
	r->started = true;
}

static bool is_done(void *arg)
{
	const struct recorder *r = arg;

	return r->dones > 0;
}

void recorder_await(struct recorder *r, struct loop *l)
{
	loop_until(l, is_done, r);
	loop_some_turns(l, 3);
	assert_int_equal(r->dones, 1);
}

void request_get(struct request *rq, const char *fmt, ...)
{
	char url[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(url, sizeof(url), fmt, ap);
	va_end(ap);
	request_init(rq, "GET", url);
	rq->cold = true;
	rq->max_body_bytes = 1 << 20;
	rq->backstop_ms = 30000;
	rq->connect_backstop_ms = 5000;
}
