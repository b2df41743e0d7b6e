/* SPDX-License-Identifier: MIT
 *
 * The building blocks of a plan. Sends that follow each other become one step.
 */
#include "agent/sim/sim_plan.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/tick.h"

#define SETTLE_US                                                                        \
	(5 * US_PER_MS) /* what was sent is read before the reset overtakes it */

static const struct status_text {
	int status;
	const char *text;
} status_texts[] = {
    {200, "OK"		   },
    {204, "No Content"           },
    {302, "Found"                },
    {400, "Bad Request"          },
    {401, "Unauthorized"         },
    {402, "Payment Required"     },
    {403, "Forbidden"            },
    {404, "Not Found"            },
    {413, "Content Too Large"    },
    {429, "Too Many Requests"    },
    {500, "Internal Server Error"},
    {502, "Bad Gateway"          },
    {503, "Service Unavailable"  },
    {504, "Gateway Timeout"      },
    {529, "Overloaded"           },
};

void sim_plan_init(struct sim_plan *p)
{
	memset(p, 0, sizeof(*p));
	str_init(&p->bytes, SIM_PLAN_MAX_BYTES);
}

void sim_plan_fini(struct sim_plan *p)
{
	str_fini(&p->bytes);
}

static struct sim_step *add_step(struct sim_plan *p, enum sim_op op)
{
	assert(p->n < SIM_PLAN_MAX_STEPS);
	p->steps[p->n] = (struct sim_step){.op = op, .at = p->bytes.len};
	return &p->steps[p->n++];
}

void sim_plan_wait(struct sim_plan *p, int64_t us)
{
	if (us > 0)
		add_step(p, SIM_STEP_WAIT)->us = us;
}

void sim_plan_send(struct sim_plan *p, struct span bytes)
{
	struct sim_step *last = p->n > 0 ? &p->steps[p->n - 1] : NULL;

	if (!last || last->op != SIM_STEP_SEND)
		last = add_step(p, SIM_STEP_SEND);
	(void)str_add(&p->bytes, bytes.n ? bytes.p : "", bytes.n);
	last->n = p->bytes.len - last->at;
}

void sim_plan_sendf(struct sim_plan *p, const char *fmt, ...)
{
	struct str s;
	va_list ap;

	str_init(&s, SIM_PLAN_MAX_BYTES);
	va_start(ap, fmt);
	(void)str_addv(&s, fmt, ap);
	va_end(ap);
	sim_plan_send(p, str_span(&s));
	str_fini(&s);
}

static const char *status_text(int status)
{
	for (size_t i = 0; i < sizeof(status_texts) / sizeof(status_texts[0]); i++) {
		if (status_texts[i].status == status)
			return status_texts[i].text;
	}
	return "Status";
}

void sim_plan_head(
    struct sim_plan *p, int status, const char *type, int64_t length, const char *extra)
{
	p->status = status;
	p->chunked = length < 0;
	sim_plan_sendf(p, "HTTP/1.1 %d %s\r\n", status, status_text(status));
	if (type[0])
		sim_plan_sendf(p, "Content-Type: %s\r\n", type);
	if (length < 0)
		sim_plan_sendf(p, "Transfer-Encoding: chunked\r\n");
	else if (status != 204)
		sim_plan_sendf(p, "Content-Length: %lld\r\n", (long long)length);
	sim_plan_sendf(p, "%s\r\n", extra);
	p->body_at = p->bytes.len;
}

void sim_plan_body(struct sim_plan *p, struct span part)
{
	if (part.n == 0)
		return;
	if (p->chunked)
		sim_plan_sendf(p, "%zx\r\n", part.n);
	sim_plan_send(p, part);
	if (p->chunked)
		sim_plan_sendf(p, "\r\n");
}

void sim_plan_bodyf(struct sim_plan *p, const char *fmt, ...)
{
	struct str s;
	va_list ap;

	str_init(&s, SIM_PLAN_MAX_BYTES);
	va_start(ap, fmt);
	(void)str_addv(&s, fmt, ap);
	va_end(ap);
	sim_plan_body(p, str_span(&s));
	str_fini(&s);
}

void sim_plan_body_end(struct sim_plan *p)
{
	if (p->chunked)
		sim_plan_sendf(p, "0\r\n\r\n");
}

void sim_plan_repeat(struct sim_plan *p, struct span bytes, uint64_t times, int64_t us)
{
	struct sim_step *step = add_step(p, SIM_STEP_REPEAT);

	(void)str_add(&p->bytes, bytes.p, bytes.n);
	step->n = p->bytes.len - step->at;
	step->times = times;
	step->us = us;
}

void sim_plan_stop(struct sim_plan *p, enum sim_op op)
{
	(void)add_step(p, op);
}

void sim_plan_reset_in_body(struct sim_plan *p, int64_t n)
{
	size_t end = p->body_at + (size_t)n, kept = 0;

	for (size_t i = 0; i < p->n; i++) {
		struct sim_step *s = &p->steps[i];

		if (s->at >= end)
			break;
		if (s->n > end - s->at)
			s->n = end - s->at;
		kept = i + 1;
	}
	p->n = kept;
	sim_plan_wait(p, SETTLE_US);
	sim_plan_stop(p, SIM_STEP_RESET);
}
