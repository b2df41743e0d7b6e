/* SPDX-License-Identifier: MIT
 *
 * Finding, opening, renewing and sweeping lanes.
 */
#include "probes/http_lanes.h"

#include <string.h>

void lanes_init(struct lanes *s, struct loop *l, struct lane_owner owner)
{
	s->loop = l;
	s->owner = owner;
	s->usual = NULL;
	TAILQ_INIT(&s->all);
}

static struct lane *open_lane(
    struct lanes *s, const char *ca_file, uint32_t keep, struct err *e)
{
	struct lane *ln = lane_new(s->loop, s->owner, ca_file, keep, e);

	if (ln)
		TAILQ_INSERT_TAIL(&s->all, ln, link);
	return ln;
}

bool lanes_open(struct lanes *s, struct err *e)
{
	s->usual = open_lane(s, NULL, 0, e);
	return s->usual != NULL;
}

void lanes_fini(struct lanes *s)
{
	struct lane *ln;

	while ((ln = TAILQ_FIRST(&s->all))) {
		TAILQ_REMOVE(&s->all, ln, link);
		lane_free(ln);
	}
	s->usual = NULL;
}

static bool is_for(const struct lane *ln, const struct request *rq)
{
	if (ln->old || ln->keep != rq->keep || !ln->ca_file != !rq->ca_file)
		return false;
	return !rq->ca_file || strcmp(ln->ca_file, rq->ca_file) == 0;
}

struct lane *lanes_for(struct lanes *s, const struct request *rq)
{
	struct lane *ln;

	if (!rq->ca_file && !rq->keep)
		return s->usual;
	TAILQ_FOREACH(ln, &s->all, link)
	{
		if (is_for(ln, rq))
			return ln;
	}
	return open_lane(s, rq->ca_file, rq->keep, NULL);
}

bool lanes_renew(struct lanes *s)
{
	struct lane *fresh = open_lane(s, NULL, 0, NULL), *ln;

	if (!fresh)
		return false;
	s->usual = fresh;
	TAILQ_FOREACH(ln, &s->all, link)
	ln->old = ln != fresh;
	return true;
}

void lanes_sweep(struct lanes *s)
{
	struct lane *ln, *next;

	TAILQ_FOREACH_SAFE(ln, &s->all, link, next)
	{
		if (ln->old && ln->in_flight == 0) {
			TAILQ_REMOVE(&s->all, ln, link);
			lane_free(ln);
		}
	}
}

bool lanes_are_inside(const struct lanes *s)
{
	const struct lane *ln;

	TAILQ_FOREACH(ln, &s->all, link)
	{
		if (ln->inside)
			return true;
	}
	return false;
}
