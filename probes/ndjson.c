/* SPDX-License-Identifier: MIT
 *
 * Gathers bytes to lines; what a line says is the dialect's business.
 */
#include "probes/ndjson.h"

#include <string.h>

void ndjson_init(struct ndjson *p, ndjson_line_fn on_line, void *arg)
{
	memset(p, 0, sizeof(*p));
	p->on_line = on_line;
	p->arg = arg;
	str_init(&p->line, NDJSON_MAX_LINE);
}

void ndjson_fini(struct ndjson *p)
{
	if (p == NULL)
		return;
	str_fini(&p->line);
}

static void end_line(struct ndjson *p)
{
	struct span line = span_trim(str_span(&p->line));

	if (line.n > 0) {
		if (++p->lines > NDJSON_MAX_LINES)
			p->state = NDJSON_TOO_LARGE;
		else if (!p->on_line(p->arg, line))
			p->state = NDJSON_STOPPED;
	}
	str_reset(&p->line);
}

enum ndjson_state ndjson_feed(struct ndjson *p, struct span in)
{
	while (in.n > 0 && p->state == NDJSON_GOING) {
		const char *lf = memchr(in.p, '\n', in.n);
		size_t n = lf != NULL ? (size_t)(lf - in.p) : in.n;

		if (!str_add(&p->line, in.p, n)) {
			p->state = NDJSON_TOO_LARGE;
			break;
		}
		if (lf == NULL)
			break;
		in.p += n + 1;
		in.n -= n + 1;
		end_line(p);
	}
	return p->state;
}

enum ndjson_state ndjson_end(struct ndjson *p)
{
	if (p->state == NDJSON_GOING)
		end_line(p);
	return p->state;
}
