/* SPDX-License-Identifier: MIT
 *
 * What the bytes of an answer say. The content type is a claim; the first visible bytes
 * decide whether events or one whole body came, and every event may turn out an error.
 */
#include <assert.h>
#include <string.h>

#include "agent/base/text.h"
#include "probes/dialect_parts.h"
#include "probes/exchange_state.h"

/* An answer that begins like this is an event stream, whatever its type says. */
static const char *const event_starts[] = {"data:", "event:", "id:", "retry:", ":"};
#define N_EVENT_STARTS (sizeof(event_starts) / sizeof(event_starts[0]))
#define MAX_START      sizeof("event:")

static struct span skip_blanks(struct span in)
{
	while (in.n > 0 && strchr(" \t\r\n", in.p[0]) != NULL && in.p[0] != '\0') {
		in.p++;
		in.n--;
	}
	return in;
}

/* --- one event --- */

static void on_token(struct exchange *x)
{
	int64_t gap;

	if (x->n_tokens++ == 0) {
		x->first_token = x->now;
	} else {
		gap = mono_diff_us(x->now, x->last_token);
		if (gap > x->longest_gap_us)
			x->longest_gap_us = gap;
	}
	x->last_token = x->last_sign = x->now;
}

static void take_facts(struct exchange *x, const struct reading *r)
{
	if (r->model != NULL && x->model[0] == '\0')
		str_copy(x->model, sizeof(x->model), r->model);
	if (r->id != NULL && r->error != NULL)
		str_copy(x->error_id, sizeof(x->error_id), r->id);
	else if (r->id != NULL && x->id[0] == '\0')
		str_copy(x->id, sizeof(x->id), r->id);
	if (r->tokens_in >= 0)
		x->tokens_in = r->tokens_in;
	if (r->tokens_out >= 0)
		x->tokens_out = r->tokens_out;
	if (r->understood)
		x->understood++;
}

static void take_answer(struct exchange *x, const struct reading *r)
{
	struct span text = r->text;

	if (text.n == 0 && !x->has_text)
		text = r->repeated;
	if (text.n > 0 || r->reasoning.n > 0 || r->call.n > 0)
		on_token(x);
	if (text.n > 0) {
		x->has_text = true;
		str_add(&x->answer, text.p, text.n);
	}
	/* A call is an answer too, for a program. */
	if (r->call.n > 0) {
		x->flags |= FLAG_TOOL_CALL;
		x->has_text = true;
		str_add(&x->answer, r->call.p, r->call.n);
	}
	if (r->reasoning.n > 0)
		x->has_reasoning = true;
	if (r->finish != NULL) {
		str_copy(x->finish, sizeof(x->finish), r->finish);
		x->last_sign = x->now;
	}
	if (r->done)
		x->done = x->over = true;
}

/* A billing or rate code inside a stream stays ours; only what no table knows is
 * error_in_stream. */
void exchange_take_error(
    struct exchange *x, struct span data, const json_t *error, int frame_status)
{
	struct answer a = {
	    .status = frame_status != 0 ? frame_status : x->head.status,
	    .in_stream = true,
	    .head = &x->head,
	    .body = data,
	    .json = error,
	};
	struct verdict v;

	classify_answer(x->t->provider, &a, &v);
	str_copy(x->code, sizeof(x->code), v.code);
	str_add(&x->frame, data.p, data.n);
	exchange_decide(x, v.outcome, v.message);
}

/* Nothing but the next piece of text. */
static bool is_only_text(const struct reading *r)
{
	return r->error == NULL && r->understood && !r->done && r->finish == NULL &&
	       r->text.n > 0 && r->reasoning.n == 0 && r->call.n == 0 &&
	       r->repeated.n == 0 && r->tokens_in < 0 && r->tokens_out < 0;
}

/* An event that is as the one before, with other text, is not parsed again. */
static bool read_repeated(struct exchange *x, struct span name, struct span data)
{
	struct reading r;

	reading_init(&r);
	if (repeat_is(&x->repeat, name, data, &r.text)) {
		r.understood = true;
		take_facts(x, &r);
		take_answer(x, &r);
	}
	reading_fini(&r);
	return r.understood;
}

static void read_event(
    struct exchange *x, struct span name, struct span data, int frame_status)
{
	struct str clean;
	struct reading r;
	json_t *v;

	if (read_repeated(x, name, data))
		return;
	str_init(&clean, 3 * SSE_MAX_EVENT);
	if (!utf8_valid(data)) {
		x->flags |= FLAG_INVALID_UTF8;
		text_clean(&clean, data);
		data = str_span(&clean);
	}
	v = json_parse_provider(data, NULL);
	reading_init(&r);
	x->t->dialect->read(name, data, v, &r);
	take_facts(x, &r);
	if (r.error != NULL || (v == NULL && span_eq(name, "error")))
		exchange_take_error(x, data, r.error, frame_status);
	else
		take_answer(x, &r);
	if (is_only_text(&r))
		repeat_learn(&x->repeat, name, data, r.text);
	reading_fini(&r);
	json_decref(v);
	str_fini(&clean);
}

static bool on_event(void *arg, const struct sse_event *ev)
{
	struct exchange *x = arg;

	if (skip_blanks(ev->data).n == 0)
		return true;
	x->events++;
	read_event(x, ev->name, ev->data, ev->status);
	return !x->over;
}

/* Keep-alives before the first token mean a queue; a frame's status is no keep-alive. */
static bool on_comment(void *arg, struct span comment)
{
	struct exchange *x = arg;

	if (x->n_tokens == 0 && !span_has_prefix(comment, "HTTP_STATUS/"))
		x->comments++;
	return true;
}

static bool on_line(void *arg, struct span line)
{
	struct exchange *x = arg;

	x->events++;
	read_event(x, (struct span){NULL, 0}, line, 0);
	return !x->over;
}

/* --- the body --- */

void exchange_read_init(struct exchange *x)
{
	sse_init(&x->sse, on_event, on_comment, x);
	repeat_init(&x->repeat);
	ndjson_init(&x->lines, on_line, x);
}

static void feed(struct exchange *x, struct span bytes)
{
	bool large = x->kind == BODY_LINES
			 ? ndjson_feed(&x->lines, bytes) == NDJSON_TOO_LARGE
			 : sse_feed(&x->sse, bytes) == SSE_TOO_LARGE;

	if (large)
		exchange_decide(x, OUTCOME_TOO_LARGE,
		    "a line, an event or their number is too large");
}

static bool begins_like_events(struct span body)
{
	for (size_t i = 0; i < N_EVENT_STARTS; i++) {
		if (span_has_prefix(body, event_starts[i]))
			return true;
	}
	return false;
}

/* More bytes could still make one of the starts. */
static bool may_become_events(struct span body)
{
	for (size_t i = 0; i < N_EVENT_STARTS; i++) {
		if (strlen(event_starts[i]) > body.n &&
		    strncmp(event_starts[i], body.p, body.n) == 0)
			return true;
	}
	return false;
}

/* What of a body is kept begins with its first visible byte. */
static struct span keep(struct exchange *x, struct span bytes)
{
	struct span visible = x->body.len == 0 ? skip_blanks(bytes) : bytes;

	str_add(&x->body, visible.n > 0 ? visible.p : "", visible.n);
	return visible;
}

/* With its end, which may be either of the two. */
static struct span first_line(struct span bytes)
{
	const char *end = memchr(bytes.p, '\n', bytes.n);
	struct span line = {bytes.p, end != NULL ? (size_t)(end - bytes.p) + 1 : bytes.n};

	end = memchr(line.p, '\r', line.n);
	if (end != NULL)
		line.n = (size_t)(end - line.p) + 1;
	return line;
}

/* A line at a time, so that what is kept ends where the reading ended, however the bytes
 * were cut. */
static void read_events(struct exchange *x, struct span bytes)
{
	while (bytes.n > 0 && !x->over) {
		struct span line = first_line(bytes);

		keep(x, line);
		feed(x, line);
		bytes = (struct span){bytes.p + line.n, bytes.n - line.n};
	}
}

static bool wants_lines(const struct exchange *x)
{
	return x->t->dialect->framing == FRAMING_NDJSON &&
	       dialect_streams(x->t->dialect, x->t->kind);
}

/* The bytes before these could still become one of the starts: they are fewer. */
static void read_unknown(struct exchange *x, struct span bytes)
{
	char start[MAX_START];
	size_t n = x->body.len;
	struct span body, rest;

	assert(n < sizeof(start));
	memcpy(start, str_c(&x->body), n);
	rest = keep(x, bytes);
	body = str_span(&x->body);
	if (body.n == 0 || may_become_events(body))
		return;
	x->kind = BODY_WHOLE;
	if (begins_like_events(body))
		x->kind = BODY_EVENTS;
	else if (body.p[0] == '{' && wants_lines(x))
		x->kind = BODY_LINES;
	if (x->kind == BODY_WHOLE)
		return;
	str_reset(&x->body);
	read_events(x, (struct span){start, n});
	read_events(x, rest);
}

void exchange_read_bytes(struct exchange *x, struct span bytes)
{
	if (x->kind == BODY_EVENTS || x->kind == BODY_LINES)
		read_events(x, bytes);
	else if (x->kind == BODY_UNKNOWN)
		read_unknown(x, bytes);
	else
		keep(x, bytes);
}

/* One JSON body in answer to a stream request: an error as a rule, an answer at times. */
static void read_whole(struct exchange *x)
{
	unsigned before = x->understood;

	if (x->body.len == 0 || x->body.cut)
		return;
	read_event(x, (struct span){NULL, 0}, str_span(&x->body), 0);
	if (!x->decided && x->understood > before)
		x->done = x->over = true;
}

/* The first line that begins like JSON and all that follows. */
static struct span bare_json(struct span body)
{
	for (size_t i = 0; i < body.n; i++) {
		bool first = i == 0 || body.p[i - 1] == '\n';

		if (first && (body.p[i] == '{' || body.p[i] == '['))
			return (struct span){body.p + i, body.n - i};
	}
	return (struct span){NULL, 0};
}

/* A stream may break off with an error as bare JSON between the events, where no reader
 * of events sees it; some do that even behind the finish reason. */
static void look_for_bare_error(struct exchange *x)
{
	struct span data = bare_json(str_span(&x->body));
	json_t *v;

	if (data.n == 0 || x->body.cut)
		return;
	v = json_parse_provider(data, NULL);
	if (v != NULL && parts_is_error((struct span){NULL, 0}, parts_unwrapped(v))) {
		if (x->n_tokens == 0 || !exchange_is_complete(x))
			exchange_take_error(x, data, v, 0);
		else
			x->flags |= FLAG_ERROR_AFTER_END;
	}
	json_decref(v);
}

void exchange_read_end(struct exchange *x)
{
	if (x->over || !exchange_is_2xx(x))
		return;
	x->cut_in_event = x->kind == BODY_EVENTS && sse_is_inside(&x->sse);
	if (x->kind == BODY_EVENTS && sse_end(&x->sse) == SSE_TOO_LARGE)
		exchange_decide(x, OUTCOME_TOO_LARGE, "an event is too large");
	if (x->kind == BODY_LINES && ndjson_end(&x->lines) == NDJSON_TOO_LARGE)
		exchange_decide(x, OUTCOME_TOO_LARGE, "too many lines");
	/* Some doors put bare JSON where events were promised, or over several lines. */
	if (x->kind == BODY_WHOLE || x->kind == BODY_UNKNOWN ||
	    (x->understood == 0 && x->kind == BODY_LINES) ||
	    (x->events == 0 && x->comments == 0))
		read_whole(x);
	if (x->kind == BODY_EVENTS && !x->over)
		look_for_bare_error(x);
}

/* --- errors under an error status --- */

static bool take_first(void *arg, const struct sse_event *ev)
{
	struct str *text = arg;

	str_add(text, ev->data.p, ev->data.n);
	return false;
}

json_t *exchange_error_json(const struct exchange *x, struct str *text)
{
	struct span body = str_span(&x->body);
	struct sse events;
	struct str clean;
	json_t *v;

	str_init(&clean, 3 * KEEP_BODY);
	text_clean(&clean, body);
	v = json_parse_provider(str_span(&clean), NULL);
	if (v == NULL && begins_like_events(body)) {
		sse_init(&events, take_first, NULL, text);
		if (sse_feed(&events, str_span(&clean)) == SSE_GOING)
			(void)sse_end(&events);
		sse_fini(&events);
		v = json_parse_provider(str_span(text), NULL);
	}
	if (text->len == 0)
		str_add(text, clean.len > 0 ? clean.data : "", clean.len);
	str_fini(&clean);
	return v;
}
