/* SPDX-License-Identifier: MIT
 *
 * The first route that matches. An incident without active causes (it is over) is routed
 * by the worst it was.
 */
#include "alerts/route.h"

#include <string.h>

static bool is_one_of(const char *name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return names == NULL;
}

static bool affects_one_of(const struct incident *in, const char *const *names, size_t n)
{
	for (int i = 0; i < in->n_targets; i++) {
		if (is_one_of(in->targets[i], names, n))
			return true;
	}
	return names == NULL;
}

static bool matches(const struct route *r, const struct incident *in)
{
	enum severity s = in->severity_now ? in->severity_now : in->severity;

	return (!r->severities || r->severities >> s & 1) &&
	       (!r->classes || r->classes >> in->class & 1) &&
	       is_one_of(in->provider, r->providers, r->n_providers) &&
	       is_one_of(in->region, r->regions, r->n_regions) &&
	       affects_one_of(in, r->targets, r->n_targets);
}

const struct route *route_find(
    const struct route *routes, size_t n, const struct incident *in)
{
	for (size_t i = 0; i < n; i++) {
		if (matches(&routes[i], in))
			return &routes[i];
	}
	return NULL;
}

static const char *const *copy_names(struct arena *a, const char *const *names, size_t n)
{
	const char **to;

	if (names == NULL)
		return NULL;
	to = arena_alloc(a, (n + 1) * sizeof(*to)); /* an empty list is no missing one */
	for (size_t i = 0; i < n; i++)
		to[i] = arena_strdup(a, names[i]);
	return to;
}

struct route route_copy(struct arena *a, const struct route *from)
{
	struct route r = *from;

	r.providers = copy_names(a, from->providers, from->n_providers);
	r.regions = copy_names(a, from->regions, from->n_regions);
	r.targets = copy_names(a, from->targets, from->n_targets);
	r.to = copy_names(a, from->to, from->n_to);
	r.escalate_to = copy_names(a, from->escalate_to, from->n_escalate_to);
	return r;
}
