/* SPDX-License-Identifier: MIT
 *
 * From fault to plan: one row a fault, one function a kind of fault. The words are those
 * of the dialect that was spoken.
 */
#include <stdio.h>
#include <string.h>

#include "agent/base/tick.h"
#include "agent/sim/sim_dialect.h"

#define HEAD_US        (40 * US_PER_MS)
#define FIRST_TOKEN_US (220 * US_PER_MS) /* after the head */
#define GAP_US         (25 * US_PER_MS)
#define HEAD_SHARE     0.3 /* of a latency that the script names */
#define JITTER         0.15
#define FILLER_BYTES   ((size_t)16 << 10)
#define HUGE_LINE      ((uint64_t)10 << 20)

/* One plan being made. */
struct making {
	struct sim_plan *p;
	const struct sim_ask *ask;
	const struct sim_action *a;
	struct sim_pace pace;
};

/* --- good answers, and those that differ in shape only --- */

static void fixed_body(struct making *m, const char *type, const char *body)
{
	sim_plan_head(m->p, 200, type, (int64_t)strlen(body), "");
	sim_plan_body(m->p, span_of(body));
}

static void shaped(struct making *m, const struct sim_shape *shape)
{
	sim_plan_wait(m->p, m->pace.head_us);
	switch (m->ask->door) {
	case SIM_DOOR_CHAT:
		sim_chat_answer(m->p, m->ask, &m->pace, shape);
		break;
	case SIM_DOOR_MODELS:
	case SIM_DOOR_EMBEDDING:
		sim_list_answer(m->p, m->ask);
		break;
	case SIM_DOOR_EMPTY:
		sim_plan_head(m->p, 204, "", 0, "");
		break;
	case SIM_DOOR_HOOK:
		fixed_body(m, "text/plain", shape->no_tokens ? "" : "ok");
		break;
	case SIM_DOOR_NONE:
		break;
	}
}

static void make_good(struct making *m)
{
	shaped(m, &(struct sim_shape){.finish = SIM_FINISH_STOP});
}

static void make_shape(struct making *m)
{
	static const struct sim_shape shapes[SIM_FAULT_COUNT] = {
	    [SIM_STALL] = {.middle = SIM_MIDDLE_HANG    },
	    [SIM_TRUNCATE] = {.middle = SIM_MIDDLE_CLOSE   },
	    [SIM_ERROR_IN_STREAM] = {.middle = SIM_MIDDLE_ERROR   },
	    [SIM_ENDLESS_TRAILERS] = {.middle = SIM_MIDDLE_TRAILERS},
	    [SIM_EMPTY] = {.no_tokens = true            },
	    [SIM_MALFORMED] = {.malformed = true            },
	    [SIM_INVALID_UTF8] = {.bad_utf8 = true             },
	    [SIM_WRONG_ANSWER] = {.off_by = 1                  },
	    [SIM_REASONING_ONLY] = {.reasoning = true,             .finish = SIM_FINISH_LENGTH},
	    [SIM_NO_DONE] = {.no_done = true                            },
	    [SIM_NO_USAGE] = {.no_usage = true},
	};

	shaped(m, &shapes[m->a->fault]);
}

static void make_comments(struct making *m)
{
	shaped(m, &(struct sim_shape){.comments_us = m->a->ms * US_PER_MS,
		      .hang_up = m->a->fault == SIM_HANGUP});
}

static void make_drip(struct making *m)
{
	make_good(m);
	m->p->drip = true;
}

/* --- refusals --- */

/* 200: the refusal is an event of a stream. */
static void refuse(struct making *m, const struct sim_refusal *r)
{
	const struct sim_dialect *d = m->ask->dialect;
	struct str head, body;

	str_init(&head, 1024);
	str_init(&body, SIM_PLAN_MAX_BYTES / 2);
	sim_id_header(m->ask, &head);
	str_adds(&head, r->extra);
	sim_refusal_text(r, m->ask, &body);
	sim_plan_wait(m->p, m->pace.head_us);
	sim_plan_head(m->p, r->status, r->status == 200 ? d->stream_type : d->json_type,
	    (int64_t)body.len, str_c(&head));
	sim_plan_body(m->p, str_span(&body));
	str_fini(&head);
	str_fini(&body);
}

/* A dialect without words for an overload of the engine has some for an overload; without
 * any for a fault, it does not have that fault. */
static void make_refusal(struct making *m)
{
	const struct sim_refusal *r = sim_refusal_find(m->ask, m->a->fault);

	if (!r && m->a->fault == SIM_ENGINE_OVERLOADED)
		r = sim_refusal_find(m->ask, SIM_OVERLOADED);
	if (r)
		refuse(m, r);
	else
		make_good(m);
}

/* Said by the finish reason; where there is none for it, by an error in the middle of a
 * stream; else by a refusal. */
static void make_ending(struct making *m, enum sim_finish finish, enum sim_fault refusal)
{
	const struct sim_dialect *d = m->ask->dialect;
	const struct sim_refusal *r = sim_refusal_find(m->ask, refusal);
	struct sim_shape shape = {.finish = finish};

	if (d->finishes[finish]) {
		shaped(m, &shape);
	} else if (finish == SIM_FINISH_STARVED && m->ask->chat->stream &&
		   d->stream_type) {
		shape.middle = SIM_MIDDLE_ERROR;
		shaped(m, &shape);
	} else if (r) {
		refuse(m, r);
	} else {
		make_good(m);
	}
}

static void make_starved(struct making *m)
{
	make_ending(m, SIM_FINISH_STARVED, SIM_OVERLOADED);
}

static void make_filtered(struct making *m)
{
	make_ending(m, SIM_FINISH_FILTERED, SIM_CONTENT_FILTERED);
}

static const char *type_of(const char *body)
{
	if (body[0] == '{' || body[0] == '[')
		return "application/json";
	return body[0] == '<' ? "text/html" : "text/plain";
}

static void make_http(struct making *m)
{
	const char *body =
	    m->a->text[0] ? m->a->text : "{\"error\":{\"message\":\"simulated\"}}";
	bool bare = m->a->status == 204 || m->a->status == 304;

	sim_plan_wait(m->p, m->pace.head_us);
	sim_plan_head(m->p, m->a->status, bare ? "" : type_of(body),
	    bare ? 0 : (int64_t)strlen(body), "");
	if (!bare)
		sim_plan_body(m->p, span_of(body));
}

static void make_redirect(struct making *m)
{
	char extra[300];

	(void)snprintf(extra, sizeof(extra), "Location: %s\r\n", m->a->text);
	sim_plan_wait(m->p, m->pace.head_us);
	sim_plan_head(m->p, 302, "", 0, extra);
}

static void make_html(struct making *m)
{
	sim_plan_wait(m->p, m->pace.head_us);
	fixed_body(m, "text/html; charset=utf-8",
	    "<!DOCTYPE html>\n<html><head><title>Welcome</title></head>"
	    "<body>Please sign in to use this network.</body></html>\n");
}

/* The start of a gzip stream; nobody should get as far as to inflate it. */
static void make_gzip(struct making *m)
{
	static const char start[] = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xed\xc1";

	sim_plan_wait(m->p, m->pace.head_us);
	sim_plan_head(m->p, 200, "text/event-stream", -1, "Content-Encoding: gzip\r\n");
	sim_plan_body(m->p, (struct span){start, sizeof(start) - 1});
	sim_plan_body_end(m->p);
}

/* --- the connection itself --- */

static void make_reset(struct making *m)
{
	if (m->a->fault == SIM_RESET && m->a->place == SIM_AT_BODY) {
		make_good(m);
		sim_plan_reset_in_body(m->p, m->a->bytes);
		return;
	}
	if (m->a->fault == SIM_RESET && m->a->place == SIM_AT_HEAD)
		sim_plan_wait(m->p, m->pace.head_us);
	sim_plan_stop(m->p, SIM_STEP_RESET);
}

static void make_hang(struct making *m)
{
	int64_t us = m->a->ms < 0 ? -1 : m->a->ms * US_PER_MS;
	struct sim_shape shape = {.finish = SIM_FINISH_STOP};

	switch (m->a->place) {
	case SIM_AT_FIRST_TOKEN:
		shape.before_first_us = us;
		break;
	case SIM_AT_STREAM:
		shape.middle = us < 0 ? SIM_MIDDLE_HANG : SIM_MIDDLE_WAIT;
		shape.middle_us = us;
		break;
	case SIM_AT_CONNECT:
	case SIM_AT_HEAD:
	case SIM_AT_BODY:
	case SIM_PLACE_COUNT:
		if (us < 0) {
			sim_plan_stop(m->p, SIM_STEP_HANG);
			return;
		}
		sim_plan_wait(m->p, us);
		break;
	}
	shaped(m, &shape);
}

/* --- without end --- */

/* A chunk of FILLER_BYTES made of this line again and again. */
static void repeat_chunk(struct making *m, const char *line, uint64_t times)
{
	size_t n = strlen(line), lines = FILLER_BYTES / n;
	struct str s;

	str_init(&s, FILLER_BYTES + 64);
	str_addf(&s, "%zx\r\n", lines * n);
	for (size_t i = 0; i < lines; i++)
		str_add(&s, line, n);
	str_adds(&s, "\r\n");
	sim_plan_repeat(m->p, str_span(&s), times, 0);
	str_fini(&s);
}

static void repeat_plain(struct making *m, const char *text, uint64_t times)
{
	sim_plan_repeat(m->p, span_of(text), times, 0);
}

/* As the dialect answers: a stream where one was asked for. */
static const char *answer_type(const struct making *m)
{
	const struct sim_dialect *d = m->ask->dialect;
	bool streams = m->ask->door == SIM_DOOR_CHAT && m->ask->chat->stream;

	return streams && d->stream_type ? d->stream_type : d->json_type;
}

static bool has_events(const struct making *m)
{
	return strncmp(answer_type(m), "text/event-stream", 17) == 0;
}

static void make_huge_body(struct making *m)
{
	sim_plan_wait(m->p, m->pace.head_us);
	sim_plan_head(m->p, 200, answer_type(m), -1, "");
	repeat_chunk(m,
	    has_events(m) ? ": nothing but filler, a comment that no reader keeps\n\n"
			  : "                                                \n",
	    SIM_FOR_EVER);
}

static void make_huge_line(struct making *m)
{
	bool events = has_events(m);

	sim_plan_wait(m->p, m->pace.head_us);
	sim_plan_head(m->p, 200, answer_type(m), -1, "");
	sim_plan_bodyf(m->p, "%s{\"content\":\"", events ? "data: " : "");
	repeat_chunk(m, "0123456789abcdef", HUGE_LINE / FILLER_BYTES);
	sim_plan_bodyf(m->p, "\"}\n%s", events ? "\ndata: [DONE]\n\n" : "");
	sim_plan_body_end(m->p);
}

static void make_endless_headers(struct making *m)
{
	char line[1024];

	sim_plan_wait(m->p, m->pace.head_us);
	sim_plan_sendf(m->p, "HTTP/1.1 200 OK\r\n");
	(void)snprintf(line, sizeof(line), "X-Filler: %900s\r\n", "f");
	repeat_plain(m, line, SIM_FOR_EVER);
}

static void make_endless_chunk_ext(struct making *m)
{
	char filler[FILLER_BYTES];

	memset(filler, 'e', sizeof(filler) - 1);
	filler[sizeof(filler) - 1] = '\0';
	sim_plan_wait(m->p, m->pace.head_us);
	sim_plan_head(m->p, 200, "text/event-stream", -1, "");
	sim_plan_sendf(m->p, "1;");
	repeat_plain(m, filler, SIM_FOR_EVER);
}

/* --- the table --- */

static void (*const makers[])(struct making *) = {
    [SIM_OK] = make_good,
    [SIM_SLOW] = make_good,
    [SIM_LATENCY] = make_good,
    [SIM_OVERLOADED] = make_refusal,
    [SIM_ENGINE_OVERLOADED] = make_refusal,
    [SIM_STARVED] = make_starved,
    [SIM_HANGUP] = make_comments,
    [SIM_HTTP] = make_http,
    [SIM_RATE_LIMITED] = make_refusal,
    [SIM_QUOTA] = make_refusal,
    [SIM_AUTH] = make_refusal,
    [SIM_FORBIDDEN_REGION] = make_refusal,
    [SIM_MODEL_GONE] = make_refusal,
    [SIM_CONTENT_FILTERED] = make_filtered,
    [SIM_REDIRECT] = make_redirect,
    [SIM_REFUSE] = make_reset,
    [SIM_RESET] = make_reset,
    [SIM_HANG] = make_hang,
    [SIM_STALL] = make_shape,
    [SIM_TRUNCATE] = make_shape,
    [SIM_ERROR_IN_STREAM] = make_shape,
    [SIM_HTML] = make_html,
    [SIM_EMPTY] = make_shape,
    [SIM_MALFORMED] = make_shape,
    [SIM_INVALID_UTF8] = make_shape,
    [SIM_WRONG_ANSWER] = make_shape,
    [SIM_REASONING_ONLY] = make_shape,
    [SIM_NO_DONE] = make_shape,
    [SIM_NO_USAGE] = make_shape,
    [SIM_COMMENTS] = make_comments,
    [SIM_DRIP] = make_drip,
    [SIM_GZIP] = make_gzip,
    [SIM_HUGE_BODY] = make_huge_body,
    [SIM_HUGE_LINE] = make_huge_line,
    [SIM_ENDLESS_HEADERS] = make_endless_headers,
    [SIM_ENDLESS_TRAILERS] = make_shape,
    [SIM_ENDLESS_CHUNK_EXT] = make_endless_chunk_ext,
};
_Static_assert(sizeof(makers) / sizeof(makers[0]) == SIM_FAULT_COUNT, "a maker a fault");

static struct sim_pace draw_pace(const struct sim_ask *ask, const struct sim_action *a)
{
	struct sim_pace pace = {HEAD_US, FIRST_TOKEN_US, GAP_US};
	double factor = a->fault == SIM_SLOW ? a->factor : 1;
	bool named = a->fault == SIM_OK || a->fault == SIM_LATENCY;

	if (named && a->ms >= 0) {
		pace.head_us = (int64_t)((double)(a->ms * US_PER_MS) * HEAD_SHARE);
		pace.first_token_us = a->ms * US_PER_MS - pace.head_us;
	}
	pace.head_us = (int64_t)((double)pace.head_us * factor);
	pace.first_token_us = (int64_t)((double)pace.first_token_us * factor);
	pace.gap_us = (int64_t)((double)pace.gap_us * factor);
	pace.head_us = rng_jitter(ask->rng, pace.head_us, JITTER);
	pace.first_token_us = rng_jitter(ask->rng, pace.first_token_us, JITTER);
	pace.gap_us = rng_jitter(ask->rng, pace.gap_us, JITTER);
	/* What has no first token waits as a whole before its head. */
	if (ask->door != SIM_DOOR_CHAT)
		pace.head_us += named && a->ms >= 0 ? pace.first_token_us : 0;
	return pace;
}

/* A door without tokens cannot show a fault of tokens: it is simply good. */
static bool is_of_tokens(enum sim_fault fault)
{
	if (makers[fault] == make_starved || makers[fault] == make_filtered)
		return true;
	return makers[fault] == make_shape && fault != SIM_EMPTY &&
	       fault != SIM_ENDLESS_TRAILERS;
}

void sim_plan_make(
    struct sim_plan *p, const struct sim_ask *ask, const struct sim_action *a)
{
	struct sim_ask asked = *ask;
	struct making m = {.p = p, .ask = &asked, .a = a};
	struct sim_action good = {.fault = SIM_OK, .ms = -1, .factor = 1};

	if (ask->door == SIM_DOOR_NONE) {
		sim_plan_head(p, 404, "application/json", 2, "");
		sim_plan_body(p, span_of("{}"));
		return;
	}
	if (!asked.dialect)
		asked.dialect = &sim_dialect_openai;
	m.pace = draw_pace(ask, a);
	if (ask->door != SIM_DOOR_CHAT && is_of_tokens(a->fault))
		m.a = &good;
	makers[m.a->fault](&m);
}
