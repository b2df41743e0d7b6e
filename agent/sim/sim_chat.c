/* SPDX-License-Identifier: MIT
 *
 * Chat answers: role chunk, tokens, finish, usage, [DONE]; or one JSON object.
 */
#include "agent/sim/sim_chat.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/json.h"
#include "agent/base/tick.h"

#define COMMENT_EVERY_US US_PER_S
#define PROMPT_TOKENS    14
#define TRAILER_BYTES    1000
#define ERROR_OBJECT                                                                     \
	"{\"error\":{\"message\":\"The server had an error while processing your "       \
	"request.\",\"type\":\"server_error\",\"param\":null,\"code\":null}}"

/* One answer being written. */
struct writer {
	struct sim_plan *p;
	const struct sim_ask *ask;
	const struct sim_pace *pace;
	const struct sim_shape *shape;
	struct str model; /* as a JSON string, quotes included */
	char answer[32];
	char id[96];
};

static void put_answer(struct writer *w)
{
	const struct sim_question *q = w->ask->chat;

	if (q->has_sum)
		(void)snprintf(
		    w->answer, sizeof(w->answer), "%" PRId64, q->sum + w->shape->off_by);
	else
		(void)snprintf(w->answer, sizeof(w->answer), "OK");
}

static void put_model(struct writer *w)
{
	json_t *model = json_clean_string(span_of(w->ask->chat->model));

	str_init(&w->model, 1024);
	json_dump(model, &w->model);
	json_decref(model);
}

/* --- the stream --- */

/* delta and finish are JSON. */
static void put_chunk(struct writer *w, const char *delta, const char *finish)
{
	sim_plan_bodyf(w->p,
	    "data: {\"id\":\"%s\",\"object\":\"chat.completion.chunk\",\"created\":%lld,"
	    "\"model\":%s,\"choices\":[{\"index\":0,\"delta\":%s,\"finish_reason\":%s}],"
	    "\"usage\":null}\n\n",
	    w->id, (long long)w->ask->now_s, str_c(&w->model), delta, finish);
}

static void put_token(struct writer *w, const char *text, size_t n)
{
	char delta[128];

	if (w->shape->bad_utf8)
		(void)snprintf(
		    delta, sizeof(delta), "{\"content\":\"%.*s\xff\xfe\"}", (int)n, text);
	else if (w->shape->reasoning)
		(void)snprintf(delta, sizeof(delta),
		    "{\"content\":null,\"reasoning_content\":\"%.*s \"}", (int)n, text);
	else
		(void)snprintf(
		    delta, sizeof(delta), "{\"content\":\"%.*s\"}", (int)n, text);
	put_chunk(w, delta, "null");
}

static void put_usage(struct writer *w)
{
	size_t out = w->shape->no_tokens ? 0 : 2;

	sim_plan_bodyf(w->p,
	    "data: {\"id\":\"%s\",\"object\":\"chat.completion.chunk\",\"created\":%lld,"
	    "\"model\":%s,\"choices\":[],\"usage\":{\"prompt_tokens\":%d,"
	    "\"completion_tokens\":%zu,\"total_tokens\":%zu}}\n\n",
	    w->id, (long long)w->ask->now_s, str_c(&w->model), PROMPT_TOKENS, out,
	    PROMPT_TOKENS + out);
}

/* The end of the body, when the plan goes on behind it. */
static void put_end(struct writer *w)
{
	char trailer[TRAILER_BYTES + 1];

	if (w->shape->middle != SIM_MIDDLE_TRAILERS) {
		sim_plan_body_end(w->p);
		return;
	}
	(void)snprintf(
	    trailer, sizeof(trailer), "X-Trailer: %*s\r\n", TRAILER_BYTES - 13, "t");
	sim_plan_sendf(w->p, "0\r\n");
	sim_plan_repeat(w->p, span_of(trailer), SIM_FOR_EVER, 0);
}

/* True: the answer goes on. */
static bool put_middle(struct writer *w, const char *error_prefix)
{
	switch (w->shape->middle) {
	case SIM_MIDDLE_NOTHING:
		return true;
	case SIM_MIDDLE_WAIT:
		sim_plan_wait(w->p, w->shape->middle_us);
		return true;
	case SIM_MIDDLE_HANG:
		sim_plan_stop(w->p, SIM_STEP_HANG);
		return false;
	case SIM_MIDDLE_CLOSE:
		sim_plan_stop(w->p, SIM_STEP_CLOSE);
		return false;
	case SIM_MIDDLE_ERROR:
		sim_plan_bodyf(w->p, "%s%s\n\n", error_prefix, ERROR_OBJECT);
		break;
	case SIM_MIDDLE_TRAILERS:
		break;
	}
	put_end(w);
	return false;
}

static bool put_tokens(struct writer *w)
{
	size_t n = strlen(w->answer), half = n > 1 ? n / 2 : 1;

	if (w->shape->no_tokens)
		return put_middle(w, "data: ");
	put_token(w, w->answer, half);
	if (!put_middle(w, "data: "))
		return false;
	sim_plan_wait(w->p, w->pace->gap_us);
	if (half < n)
		put_token(w, w->answer + half, n - half);
	return true;
}

/* The waits between head and first token. False: nothing follows. */
static bool put_prelude(struct writer *w, const char *filler)
{
	const struct sim_shape *shape = w->shape;
	char frame[64];

	if (shape->comments_us > 0) {
		if (w->p->chunked)
			(void)snprintf(frame, sizeof(frame), "%zx\r\n%s\r\n",
			    strlen(filler), filler);
		else
			str_copy(frame, sizeof(frame), filler);
		sim_plan_repeat(w->p, span_of(frame),
		    (uint64_t)(shape->comments_us / COMMENT_EVERY_US) + 1,
		    COMMENT_EVERY_US);
	}
	if (shape->hang_up)
		sim_plan_stop(w->p, SIM_STEP_CLOSE);
	else if (shape->before_first_us < 0)
		sim_plan_stop(w->p, SIM_STEP_HANG);
	else
		sim_plan_wait(w->p, w->pace->first_token_us + shape->before_first_us);
	return !shape->hang_up && shape->before_first_us >= 0;
}

static void answer_streamed(struct writer *w, const char *id_header)
{
	static const char role[] = "{\"role\":\"assistant\",\"content\":\"\"}";
	char finish[48];

	sim_plan_head(w->p, 200, "text/event-stream; charset=utf-8", -1, id_header);
	if (w->shape->comments_us <= 0 && !w->shape->malformed)
		put_chunk(w, role, "null");
	if (!put_prelude(w, ": keep-alive\n\n"))
		return;
	if (w->shape->comments_us > 0)
		put_chunk(w, role, "null");
	if (w->shape->malformed) {
		sim_plan_bodyf(w->p, "data: {\"id\":\"%s\",\"choices\":[{\n\n", w->id);
		sim_plan_body_end(w->p);
		return;
	}
	if (!put_tokens(w))
		return;
	(void)snprintf(finish, sizeof(finish), "\"%s\"",
	    w->shape->finish ? w->shape->finish : "stop");
	sim_plan_wait(w->p, w->pace->gap_us);
	put_chunk(w, "{}", finish);
	if (!w->shape->no_usage)
		put_usage(w);
	if (!w->shape->no_done)
		sim_plan_bodyf(w->p, "data: [DONE]\n\n");
	put_end(w);
}

/* --- in one piece --- */

static void put_whole(struct writer *w, struct str *out)
{
	const struct sim_shape *s = w->shape;

	str_addf(out,
	    "{\"id\":\"%s\",\"object\":\"chat.completion\",\"created\":%lld,\"model\":%s,"
	    "\"choices\":[",
	    w->id, (long long)w->ask->now_s, str_c(&w->model));
	if (s->malformed)
		return;
	str_addf(out, "{\"index\":0,\"message\":{\"role\":\"assistant\",\"%s\":\"%s%s\"}",
	    s->reasoning ? "reasoning_content" : "content", s->no_tokens ? "" : w->answer,
	    s->bad_utf8 ? "\xff\xfe" : "");
	str_addf(out, ",\"finish_reason\":\"%s\"}]", s->finish ? s->finish : "stop");
	if (!s->no_usage)
		str_addf(out,
		    ",\"usage\":{\"prompt_tokens\":%d,\"completion_tokens\":2,"
		    "\"total_tokens\":%d}",
		    PROMPT_TOKENS, PROMPT_TOKENS + 2);
	str_adds(out, "}");
}

static void answer_whole(struct writer *w, const char *id_header)
{
	struct span first, second;
	struct str body;

	str_init(&body, SIM_PLAN_MAX_BYTES / 2);
	if (w->shape->middle == SIM_MIDDLE_ERROR)
		str_adds(&body, ERROR_OBJECT);
	else
		put_whole(w, &body);
	first = second = str_span(&body);
	first.n /= 2;
	second.p += first.n;
	second.n -= first.n;
	/* Chunked, so that the wait in front can be filled with blanks. */
	sim_plan_head(w->p, 200, "application/json", -1, id_header);
	if (put_prelude(w, "\n")) {
		sim_plan_body(w->p, first);
		if (w->shape->middle == SIM_MIDDLE_ERROR || put_middle(w, "")) {
			sim_plan_body(w->p, second);
			sim_plan_body_end(w->p);
		}
	}
	str_fini(&body);
}

void sim_chat_answer(struct sim_plan *p, const struct sim_ask *ask,
    const struct sim_pace *pace, const struct sim_shape *shape)
{
	struct writer w = {.p = p, .ask = ask, .pace = pace, .shape = shape};
	char id_header[160];

	(void)snprintf(w.id, sizeof(w.id), "chatcmpl-%s-%llu", ask->name,
	    (unsigned long long)ask->number);
	(void)snprintf(id_header, sizeof(id_header), "X-Request-Id: req-%s-%llu\r\n",
	    ask->name, (unsigned long long)ask->number);
	put_answer(&w);
	put_model(&w);
	if (ask->chat->stream)
		answer_streamed(&w, id_header);
	else
		answer_whole(&w, id_header);
	str_fini(&w.model);
}
