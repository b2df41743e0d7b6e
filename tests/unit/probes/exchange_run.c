/* SPDX-License-Identifier: MIT */
#include "tests/unit/probes/exchange_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct mono at(int64_t ms)
{
	return mono_add_ms(FIXTURE_START, ms);
}

void begin(struct run *r)
{
	memset(r, 0, sizeof(*r));
	r->key = secret_new(FIXTURE_KEY, strlen(FIXTURE_KEY));
	fixture_target(&r->t, "plain", r->key);
	str_copy(r->q.text, sizeof(r->q.text), "What is 7 + 5?");
	str_copy(r->q.expected, sizeof(r->q.expected), "12");
}

void start(struct run *r)
{
	r->x = exchange_new(&r->t, &r->q, FIXTURE_START, FIXTURE_WALL);
}

void head(struct run *r, int64_t ms, int status, const char *headers)
{
	struct wire_head h;

	fixture_head(&h, status, headers);
	r->next = exchange_on_head(r->x, at(ms), &h);
}

void bytes(struct run *r, int64_t ms, const char *text)
{
	r->next = exchange_on_bytes(r->x, at(ms), span_of(text));
}

void deadline(struct run *r, int64_t ms)
{
	assert_int_equal(mono_diff_us(exchange_deadline(r->x), FIXTURE_START) / 1000, ms);
	assert_int_equal(exchange_on_time(r->x, mono_add_us(at(ms), -1)), EXCHANGE_MORE);
	r->next = exchange_on_time(r->x, at(ms));
	assert_int_equal(r->next, EXCHANGE_ENOUGH);
	assert_int_equal(exchange_deadline(r->x).us, INT64_MAX);
}

void finish(struct run *r, int64_t ms, enum wire wire, enum wire_phase phase)
{
	struct wire_end end = fixture_end(wire, phase);

	snprintf(end.text, sizeof(end.text), "words of the library");
	exchange_finish(r->x, at(ms), &end, 0, &r->s);
	exchange_free(r->x);
	secret_free(r->key);
}

void good(struct run *r, const char *body)
{
	begin(r);
	start(r);
	head(r, 200, 200, SSE);
	bytes(r, 500, body);
}
