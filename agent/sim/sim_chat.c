/* SPDX-License-Identifier: MIT
 *
 * When what is said: role, waits, tokens, the fault in the middle, the end; or a body in
 * one piece that comes in two halves.
 */
#include "agent/sim/sim_chat.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/json.h"
#include "agent/base/tick.h"
#include "agent/sim/sim_dialect.h"

#define COMMENT_EVERY_US US_PER_S
#define TRAILER_BYTES    1000
/* An object, and a tool's arguments, as inside a JSON string. No half of it ends behind a
 * backslash. */
#define CITY "{\\\"city\\\": \\\"Paris\\\"}"

static void put_answer(struct sim_writer *w)
{
	const struct sim_question *q = w->ask->chat;

	if (q->json || q->tool[0])
		str_copy(w->answer, sizeof(w->answer), CITY);
	else if (q->has_sum)
		(void)snprintf(
		    w->answer, sizeof(w->answer), "%" PRId64, q->sum + w->shape->off_by);
	else
		str_copy(w->answer, sizeof(w->answer), q->fact ? q->fact : "OK");
}

static void put_model(struct sim_writer *w)
{
	json_t *model = json_clean_string(span_of(w->ask->chat->model));

	str_init(&w->model, 1024);
	json_dump(model, &w->model);
	json_decref(model);
}

static void begin(struct sim_writer *w, struct sim_plan *p, const struct sim_ask *ask)
{
	w->p = p;
	w->ask = ask;
	w->dialect = ask->dialect;
	(void)snprintf(
	    w->id, sizeof(w->id), "%s-%llu", ask->name, (unsigned long long)ask->number);
	put_answer(w);
	put_model(w);
}

static void put_head(struct sim_writer *w, const char *type)
{
	struct str extra;

	str_init(&extra, 256);
	sim_id_header(w->ask, &extra);
	sim_plan_head(w->p, 200, type, -1, str_c(&extra));
	str_fini(&extra);
}

/* The end of the body, when the plan goes on behind it. */
static void put_end(struct sim_writer *w)
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
static bool put_middle(struct sim_writer *w)
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
		w->dialect->error(w);
		break;
	case SIM_MIDDLE_TRAILERS:
		break;
	}
	put_end(w);
	return false;
}

static bool put_tokens(struct sim_writer *w)
{
	size_t n = strlen(w->answer), half = n > 1 ? n / 2 : 1;

	if (w->shape->no_tokens)
		return put_middle(w);
	w->dialect->token(w, w->answer, half);
	if (!put_middle(w))
		return false;
	sim_plan_wait(w->p, w->pace->gap_us);
	if (half < n)
		w->dialect->token(w, w->answer + half, n - half);
	return true;
}

/* Something every second, or nothing where the dialect has nothing for it. */
static void put_comments(struct sim_writer *w, const char *filler)
{
	char frame[128];

	if (!filler) {
		sim_plan_wait(w->p, w->shape->comments_us);
		return;
	}
	(void)snprintf(frame, sizeof(frame), "%zx\r\n%s\r\n", strlen(filler), filler);
	sim_plan_repeat(w->p, span_of(frame),
	    (uint64_t)(w->shape->comments_us / COMMENT_EVERY_US) + 1, COMMENT_EVERY_US);
}

/* The waits between head and first token. False: nothing follows. */
static bool put_prelude(struct sim_writer *w, const char *filler)
{
	const struct sim_shape *shape = w->shape;

	if (shape->comments_us > 0)
		put_comments(w, filler);
	if (shape->hang_up)
		sim_plan_stop(w->p, SIM_STEP_CLOSE);
	else if (shape->before_first_us < 0)
		sim_plan_stop(w->p, SIM_STEP_HANG);
	else
		sim_plan_wait(w->p, w->pace->first_token_us + shape->before_first_us);
	return !shape->hang_up && shape->before_first_us >= 0;
}

static void answer_streamed(struct sim_writer *w)
{
	put_head(
	    w, w->ask->chat->as_array ? w->dialect->json_type : w->dialect->stream_type);
	if (w->shape->comments_us <= 0 && !w->shape->malformed)
		w->dialect->begin(w);
	if (!put_prelude(w, w->dialect->keep_alive))
		return;
	if (w->shape->comments_us > 0)
		w->dialect->begin(w);
	if (w->shape->malformed) {
		w->dialect->broken(w);
		sim_plan_body_end(w->p);
		return;
	}
	if (!put_tokens(w))
		return;
	sim_plan_wait(w->p, w->pace->gap_us);
	w->dialect->end(w);
	put_end(w);
}

static void answer_whole(struct sim_writer *w)
{
	struct span first, second;
	struct str body;

	str_init(&body, SIM_PLAN_MAX_BYTES / 2);
	w->dialect->whole(w, &body);
	first = second = str_span(&body);
	first.n /= 2;
	second.p += first.n;
	second.n -= first.n;
	/* Chunked, so that the wait in front can be filled with blanks. */
	put_head(w, w->dialect->json_type);
	if (put_prelude(w, "\n")) {
		sim_plan_body(w->p, first);
		if (w->shape->middle == SIM_MIDDLE_ERROR || put_middle(w)) {
			sim_plan_body(w->p, second);
			sim_plan_body_end(w->p);
		}
	}
	str_fini(&body);
}

void sim_chat_answer(struct sim_plan *p, const struct sim_ask *ask,
    const struct sim_pace *pace, const struct sim_shape *shape)
{
	struct sim_writer w = {.pace = pace, .shape = shape};

	begin(&w, p, ask);
	if (ask->chat->stream && ask->dialect->stream_type)
		answer_streamed(&w);
	else
		answer_whole(&w);
	str_fini(&w.model);
}

void sim_list_answer(struct sim_plan *p, const struct sim_ask *ask)
{
	static const struct sim_shape good;
	static const struct sim_question nothing = {.model = SIM_MODEL};
	struct sim_ask asked = *ask;
	struct sim_writer w = {.shape = &good};
	struct str body;

	if (!asked.chat)
		asked.chat = &nothing;
	begin(&w, p, &asked);
	str_init(&body, SIM_PLAN_MAX_BYTES / 2);
	if (ask->door == SIM_DOOR_MODELS)
		ask->dialect->models(&asked, &body);
	else
		ask->dialect->vectors(&w, &body);
	assert(!body.cut);
	put_head(&w, ask->dialect->json_type);
	sim_plan_body(p, str_span(&body));
	sim_plan_body_end(p);
	str_fini(&body);
	str_fini(&w.model);
}
