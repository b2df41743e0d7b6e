/* SPDX-License-Identifier: MIT
 *
 * See the header. Chains are short, and circles are refused by the config.
 */
#include "agent/gateway.h"

#include <string.h>

struct outage {
	bool found;
	enum health health;
};

static bool on_incident(void *arg, const struct incident *in)
{
	struct outage *o = arg;

	if (in->class == CLASS_OUTAGE && !incident_is_drill(in))
		*o = (struct outage){true, in->health};
	return true;
}

static const struct target *find_target(const struct conf *c, const char *name)
{
	for (size_t i = 0; c && i < c->n_targets; i++) {
		if (!c->targets[i].lead && strcmp(c->targets[i].name, name) == 0)
			return &c->targets[i];
	}
	return NULL;
}

const char *gateway_of(
    struct reader *r, const struct conf *c, const char *target, enum health *ret)
{
	const struct target *t = find_target(c, target);
	struct err e = {0};

	for (t = t ? t->depends_on : NULL; t; t = t->depends_on) {
		struct reader_incident_filter f = {.open_only = true, .target = t->name};
		struct outage o = {0};

		if (!reader_incidents(r, &f, on_incident, &o, &e))
			return NULL;
		if (!o.found)
			continue;
		*ret = o.health;
		return t->name;
	}
	return NULL;
}
