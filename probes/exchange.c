/* SPDX-License-Identifier: MIT
 *
 * The phases of one request in flight and their deadlines. Bytes that come after a
 * deadline but before anybody noticed are taken: when we ourselves were late, the
 * provider has the benefit of the doubt (and the lag is on the sample).
 */
#include "probes/exchange.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/xalloc.h"
#include "probes/dialect.h"
#include "probes/exchange_state.h"
#include "probes/retry_after.h"

#define BACKSTOP_MARGIN_MS 5000
#define NEVER              ((struct mono){INT64_MAX})

struct exchange *exchange_new(const struct target *t, const struct question *q,
    struct mono start, struct wall start_wall)
{
	struct exchange *x = xcalloc(1, sizeof(*x));

	x->t = t;
	x->q = *q;
	x->start = start;
	x->start_wall = start_wall;
	x->retry_after_ms = -1;
	x->tokens_in = x->tokens_out = -1;
	x->longest_gap_us = NOT_REACHED;
	str_init(&x->frame, KEEP_FRAME);
	str_init(&x->head_bytes, HEAD_MAX_BYTES);
	str_init(&x->body, t->kind == PROBE_MODELS ? KEEP_LIST : KEEP_BODY);
	str_init(&x->answer, KEEP_ANSWER);
	exchange_read_init(x);
	return x;
}

void exchange_free(struct exchange *x)
{
	if (x == NULL)
		return;
	str_fini(&x->frame);
	str_fini(&x->head_bytes);
	str_fini(&x->body);
	str_fini(&x->answer);
	sse_fini(&x->sse);
	repeat_fini(&x->repeat);
	ndjson_fini(&x->lines);
	free(x);
}

/* A door hears no secret, whatever the config holds. */
static void add_own_headers(const struct target *t, struct request *rq)
{
	for (size_t i = 0; i < t->n_headers; i++) {
		const char *value = secret_reveal(t->headers[i].value);

		if (value == NULL || (t->kind == PROBE_DOOR && t->headers[i].is_secret))
			continue;
		(void)request_set_header(rq, t->headers[i].name, value);
	}
}

void exchange_request(const struct exchange *x, struct request *ret)
{
	static const int versions[] = {[IP_ANY] = 0, [IP_V4] = 4, [IP_V6] = 6};
	const struct target *t = x->t;
	const char *proxy = secret_reveal(t->proxy);

	request_init(ret, "POST", t->url);
	exchange_build(x, ret);
	ret->proxy = proxy != NULL ? xstrdup(proxy) : NULL;
	add_own_headers(t, ret);
	ret->ca_file = t->ca_file != NULL ? xstrdup(t->ca_file) : NULL;
	ret->resolve = t->resolve != NULL ? xstrdup(t->resolve) : NULL;
	ret->ip_version = versions[t->ip];
	ret->cold = t->connection == CONNECTION_COLD;
	ret->keep = ret->cold ? 0 : t->series;
	ret->max_body_bytes = EXCHANGE_MAX_BODY;
	ret->backstop_ms = t->timeouts.total_ms + BACKSTOP_MARGIN_MS;
	/* Only the client sees the connection come about, so this one is the deadline. */
	ret->connect_backstop_ms = t->timeouts.connect_ms;
}

void exchange_decide(struct exchange *x, enum outcome o, const char *message)
{
	x->over = true;
	if (x->decided)
		return;
	x->decided = true;
	x->outcome = o;
	if (message != NULL)
		str_copy(x->message, sizeof(x->message), message);
}

bool exchange_is_2xx(const struct exchange *x)
{
	return x->has_head && x->head.status >= 200 && x->head.status <= 299;
}

bool exchange_is_complete(const struct exchange *x)
{
	return x->done || x->finish[0] != '\0';
}

static enum exchange_next next(const struct exchange *x)
{
	return x->over ? EXCHANGE_ENOUGH : EXCHANGE_MORE;
}

/* --- the head --- */

/* The next n bytes that were kept; fewer when the head was larger than any may be. */
static struct span kept(const struct str *bytes, size_t *at, size_t n)
{
	struct span s = {bytes->data + *at, n};

	if (n > bytes->len - *at)
		s.n = bytes->len - *at;
	*at += s.n;
	return s;
}

/* The client's head lives for one call only. Pointers are taken when all bytes are in,
 * because a growing string moves. */
static void keep_head(struct exchange *x, const struct wire_head *head)
{
	struct str *bytes = &x->head_bytes;
	size_t at = 0;

	x->head.status = head->status;
	x->head.n = head->n;
	str_adds(bytes, "");
	for (size_t i = 0; i < head->n; i++) {
		struct span name = head->headers[i].name, value = head->headers[i].value;

		str_add(bytes, name.p, name.n);
		str_add(bytes, value.p, value.n);
	}
	for (size_t i = 0; i < head->n; i++) {
		struct wire_header *h = &x->head.headers[i];

		h->name = kept(bytes, &at, head->headers[i].name.n);
		h->value = kept(bytes, &at, head->headers[i].value.n);
	}
}

static void find_request_id(struct exchange *x)
{
	static const char *const usual[] = {"x-request-id", "request-id"};
	const struct provider *p = x->t->provider;
	struct span id = {NULL, 0};

	for (size_t i = 0; i < p->n_request_id_headers && id.n == 0; i++)
		id = head_find(&x->head, p->request_id_headers[i]);
	for (size_t i = 0; i < 2 && id.n == 0; i++)
		id = head_find(&x->head, usual[i]);
	span_copy(id, x->header_id, sizeof(x->header_id));
}

/* We never ask for an encoding, so nobody may use one: a decoder is a bomb's door. The
 * status of a refusal says enough without its body. */
static void check_encoding(struct exchange *x)
{
	struct span coding = span_trim(head_find(&x->head, "content-encoding"));
	char message[128];

	if (coding.n == 0 || span_ieq(coding, "identity"))
		return;
	x->over = true;
	if (!exchange_is_2xx(x))
		return;
	(void)snprintf(message, sizeof(message),
	    "Content-Encoding %.*s was not asked for", coding.n < 40 ? (int)coding.n : 40,
	    coding.p);
	exchange_decide(x, OUTCOME_MALFORMED, message);
}

enum exchange_next exchange_on_head(
    struct exchange *x, struct mono at, const struct wire_head *head)
{
	struct span type;

	if (x->over || x->has_head)
		return next(x);
	x->has_head = true;
	x->head_at = at;
	keep_head(x, head);
	find_request_id(x);
	x->retry_after_ms = retry_after_ms(
	    &x->head, wall_add_ms(x->start_wall, mono_diff_us(at, x->start) / US_PER_MS));
	check_encoding(x);
	type = head_find(&x->head, "content-type");
	if (!exchange_is_2xx(x) || exchange_is_plain(x))
		x->kind = BODY_WHOLE;
	else if (span_icontains(type, span_of("text/event-stream")))
		x->kind = BODY_EVENTS;
	/* A redirect is never followed with a key; where it leads stands in the head. */
	if (head->status >= 300 && head->status <= 399)
		x->over = true;
	return next(x);
}

/* --- the body --- */

enum exchange_next exchange_on_bytes(
    struct exchange *x, struct mono at, struct span bytes)
{
	int64_t room = EXCHANGE_MAX_BODY - x->body_bytes;
	bool fits = (int64_t)bytes.n <= room;

	if (x->over || !x->has_head)
		return next(x);
	if (!fits)
		bytes.n = (size_t)room;
	x->now = at;
	x->body_bytes += (int64_t)bytes.n;
	exchange_read_bytes(x, bytes);
	if (!fits && !x->over)
		exchange_decide(x, OUTCOME_TOO_LARGE, "more than 8 MiB");
	/* Nobody looks beyond what is kept. */
	if (exchange_is_plain(x) && x->body.cut)
		x->over = true;
	return next(x);
}

/* --- deadlines --- */

struct due {
	struct mono at;
	enum outcome outcome;
	const char *what;
	int64_t ms;
};

static struct due due_after(
    struct mono from, int64_t ms, enum outcome outcome, const char *what)
{
	struct due d = {NEVER, outcome, what, ms};

	if (ms > 0)
		d.at = mono_add_ms(from, ms);
	return d;
}

/* The deadline of the present phase or the whole time, whichever ends first; the phase
 * says more, so it wins a tie. */
static struct due next_due(const struct exchange *x)
{
	const struct probe_timeouts *limit = &x->t->timeouts;
	struct due total = due_after(
	    x->start, limit->total_ms, OUTCOME_TIMEOUT_TOTAL, "no end of the answer");
	struct due phase;

	if (!x->has_head)
		phase = due_after(x->start, limit->first_byte_ms,
		    OUTCOME_TIMEOUT_FIRST_BYTE, "no answer");
	else if (exchange_is_plain(x))
		return total;
	else if (x->n_tokens == 0 && !exchange_is_complete(x))
		phase = due_after(x->start, limit->first_token_ms,
		    OUTCOME_TIMEOUT_FIRST_TOKEN, "no token");
	else
		phase = due_after(
		    x->last_sign, limit->gap_ms, OUTCOME_STALLED, "no further token");
	return phase.at.us <= total.at.us ? phase : total;
}

struct mono exchange_deadline(const struct exchange *x)
{
	return x->over ? NEVER : next_due(x).at;
}

/* What came already says more than the silence behind it: an error status, a page for
 * people, a finish reason. */
static bool is_told_enough(const struct exchange *x)
{
	if (!x->has_head)
		return false;
	if (!exchange_is_2xx(x) || exchange_is_complete(x))
		return true;
	return x->body.len > 0 && x->body.data[0] == '<';
}

enum exchange_next exchange_on_time(struct exchange *x, struct mono now)
{
	struct due due = next_due(x);
	char message[160], waited[32], queued[48] = "";

	if (x->over || now.us < due.at.us)
		return next(x);
	x->over = true;
	if (is_told_enough(x))
		return next(x);
	x->timed_out = true;
	if (x->comments > 0)
		(void)snprintf(
		    queued, sizeof(queued), ", %u keep-alive comments", x->comments);
	(void)snprintf(message, sizeof(message), "%s within %s%s", due.what,
	    duration_human(due.ms, waited, sizeof(waited)), queued);
	exchange_decide(x, due.outcome, message);
	return next(x);
}

void exchange_give_up(struct exchange *x, const char *why)
{
	if (!x->over && !exchange_is_complete(x))
		exchange_decide(x, OUTCOME_LOCAL, why);
	x->over = true;
}
