/* SPDX-License-Identifier: MIT
 *
 * What may knock at the simulator's door: a request that is read is the same however few
 * bytes came after it, and not a byte earlier; all of its parts lie within the bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/base/xalloc.h"
#include "agent/sim/sim_dialect.h"
#include "tests/fuzz/fuzz.h"

#define EVERY_PREFIX 600 /* bytes; behind them only some are tried */

/* The bytes in a block of their own, so that reading behind them is seen. */
static enum sim_read read_prefix(
    struct span in, size_t n, struct sim_request *ret, char **ret_block)
{
	*ret_block = xmalloc(n > 0 ? n : 1);
	memcpy(*ret_block, in.p, n);
	return sim_request_read((struct span){*ret_block, n}, ret);
}

static bool lies_in(struct span part, const char *p, size_t n)
{
	return part.n == 0 || (part.p >= p && part.p + part.n <= p + n);
}

static void check_parts(const struct sim_request *rq, const char *p, size_t n)
{
	MUST(rq->used > 0 && rq->used <= n);
	MUST(rq->n_headers <= SIM_REQUEST_MAX_HEADERS);
	MUST(rq->body.n <= SIM_REQUEST_MAX_BODY);
	MUST(rq->method.n > 0 && lies_in(rq->method, p, rq->used));
	MUST(rq->path.n > 0 && rq->path.p[0] == '/' && lies_in(rq->path, p, rq->used));
	MUST(lies_in(rq->body, p, rq->used));
	for (size_t i = 0; i < rq->n_headers; i++) {
		MUST(rq->headers[i].name.n > 0);
		MUST(lies_in(rq->headers[i].name, p, rq->used));
		MUST(lies_in(rq->headers[i].value, p, rq->used));
	}
}

/* What is asked is a text, and the answer to it a plan. */
static void check_question(const struct sim_route *route, const struct sim_request *rq)
{
	struct sim_action good = {.fault = SIM_OK, .ms = -1, .factor = 1};
	struct sim_question q;
	struct rng r;
	struct sim_ask ask = {.door = route->door,
	    .name = route->name,
	    .chat = &q,
	    .now_s = 1790000000,
	    .rng = &r,
	    .dialect = route->dialect};
	struct sim_plan plan;

	if (!sim_route_question(route, rq, &q))
		return;
	MUST(fuzz_is_text(q.model, sizeof(q.model)) && q.model[0] != '\0');
	MUST(q.inputs >= 0 && q.inputs <= SIM_MAX_INPUTS);
	rng_init(&r, 1);
	sim_plan_init(&plan);
	sim_plan_make(&plan, &ask, &good);
	MUST(plan.status == 200 && !plan.bytes.cut);
	sim_plan_fini(&plan);
}

static void check_meaning(const struct sim_request *rq)
{
	struct sim_route route;

	memset(&route, 0x5a, sizeof(route));
	sim_route_find(rq, &route);
	MUST(route.door <= SIM_DOOR_NONE &&
	     memchr(route.name, '\0', sizeof(route.name)) != NULL);
	MUST((route.dialect != NULL) ==
	     (route.door == SIM_DOOR_CHAT || route.door == SIM_DOOR_MODELS ||
		 route.door == SIM_DOOR_EMBEDDING));
	if (route.door == SIM_DOOR_CHAT || route.door == SIM_DOOR_EMBEDDING)
		check_question(&route, rq);
}

static void check_prefix(
    struct span in, size_t n, enum sim_read whole, size_t used, bool complete)
{
	struct sim_request rq;
	char *block;
	enum sim_read part = read_prefix(in, n, &rq, &block);

	if (complete)
		MUST(part == SIM_READ_READY && rq.used == used);
	else if (whole == SIM_READ_BAD)
		MUST(part != SIM_READ_READY);
	else
		MUST(part == SIM_READ_MORE);
	free(block);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sim_request rq;
	struct story s;
	struct span in;
	enum sim_read whole;
	size_t step, used = SIZE_MAX;
	char *block;

	story_init(&s, fuzz_span(data, size));
	in = (struct span){str_c(&s.body), s.body.len};
	whole = read_prefix(in, in.n, &rq, &block);
	if (whole == SIM_READ_READY) {
		check_parts(&rq, block, in.n);
		check_meaning(&rq);
		used = rq.used;
	}
	free(block);
	step = in.n > EVERY_PREFIX ? in.n / 61 : 1;
	for (size_t n = 0; n < in.n; n += step)
		check_prefix(in, n, whole, used, n >= used);
	if (used != SIZE_MAX && used > 0)
		check_prefix(in, used - 1, whole, used, false);
	story_fini(&s);
	return 0;
}
