/* SPDX-License-Identifier: MIT
 *
 * The value; its rows are in series_rows.c.
 */
#include "storage/series.h"

#include <stdlib.h>
#include <string.h>

#include "agent/base/xalloc.h"

static char *text(const char *s)
{
	return xstrdup(s ? s : "");
}

void series_init(struct series *s, uint32_t id, const char *vantage,
    const struct target *t, struct wall first_seen)
{
	*s = (struct series){.id = id,
	    .vantage = text(vantage),
	    .target = text(t->name),
	    .provider = text(t->provider ? t->provider->id : NULL),
	    .model = text(t->model),
	    .region = text(t->region),
	    .kind = probe_kind_code(t->kind),
	    .connection = connection_kind_code(t->connection),
	    .first_seen = first_seen,
	    .pace_ms = t->interval_ms};
}

void series_copy(struct series *to, const struct series *from)
{
	*to = *from;
	to->vantage = text(from->vantage);
	to->target = text(from->target);
	to->provider = text(from->provider);
	to->model = text(from->model);
	to->region = text(from->region);
	to->renamed = from->renamed ? text(from->renamed) : NULL;
}

void series_fini(struct series *s)
{
	free(s->vantage);
	free(s->target);
	free(s->provider);
	free(s->model);
	free(s->region);
	free(s->renamed);
	*s = (struct series){0};
}

const char *series_name(const struct series *s)
{
	return s->renamed ? s->renamed : s->target;
}

static bool same(const char *stored, const char *now)
{
	return strcmp(stored, now ? now : "") == 0;
}

bool series_is(const struct series *s, const char *name, const struct target *t)
{
	return same(series_name(s), name) && same(s->model, t->model) &&
	       same(s->region, t->region) &&
	       same(s->provider, t->provider ? t->provider->id : NULL) &&
	       same(s->kind, probe_kind_code(t->kind)) &&
	       same(s->connection, connection_kind_code(t->connection));
}
