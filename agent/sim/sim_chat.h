/* SPDX-License-Identifier: MIT
 *
 * The story of an answer, which is the same in every dialect: head, waits, tokens, end;
 * or one piece. Whole, or spoilt in one of the ways that a struct sim_shape can say. The
 * words are the dialect's (sim_dialect.h).
 */
#ifndef DIMWATCH_AGENT_SIM_CHAT_H
#define DIMWATCH_AGENT_SIM_CHAT_H

#include "agent/sim/sim_plan.h"

/* What happens in the middle, when half of the tokens are out. */
enum sim_middle {
	SIM_MIDDLE_NOTHING,
	SIM_MIDDLE_WAIT,
	SIM_MIDDLE_HANG,
	SIM_MIDDLE_CLOSE,
	SIM_MIDDLE_ERROR,   /* an error object, then the proper end */
	SIM_MIDDLE_TRAILERS /* the body ends, trailers never do */
};

/* How an answer ends; each dialect has its own words. */
enum sim_finish {
	SIM_FINISH_STOP,
	SIM_FINISH_LENGTH,
	SIM_FINISH_FILTERED,
	SIM_FINISH_STARVED, /* for lack of capacity */
	SIM_FINISH_COUNT
};

/* How the answer differs from a good one; zeroed is good. */
struct sim_shape {
	enum sim_finish finish;
	int64_t off_by; /* added to the sum */
	int64_t middle_us;
	int64_t before_first_us; /* a further wait after the head; -1: for ever */
	int64_t comments_us;     /* keep-alives every second for so long */
	enum sim_middle middle;
	bool hang_up; /* after the comments */
	bool no_tokens, reasoning, no_done, no_usage, bad_utf8, malformed;
};

/* The waits of one answer, drawn once. */
struct sim_pace {
	int64_t head_us, first_token_us, gap_us; /* first token: after the head */
};

/* A chat answer, streamed or in one piece as it was asked for. */
void sim_chat_answer(struct sim_plan *p, const struct sim_ask *ask,
    const struct sim_pace *pace, const struct sim_shape *shape);
/* A list of models, or vectors. */
void sim_list_answer(struct sim_plan *p, const struct sim_ask *ask);

#endif
