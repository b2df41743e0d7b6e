/* SPDX-License-Identifier: MIT
 *
 * See group.h.
 */
#include "alerts/group.h"

#include "agent/base/str.h"
#include "alerts/quiet.h"

static void name_group(
    enum group_by by, const struct incident *in, char *ret, size_t size)
{
	struct str s;

	str_init(&s, size - 1);
	switch (by) {
	case GROUP_NONE:
		break;
	case GROUP_PROVIDER:
		str_addf(&s, "provider %s", in->provider[0] ? in->provider : "-");
		break;
	case GROUP_CLASS:
		str_addf(&s, "class %s", incident_class_code(in->class));
		break;
	case GROUP_ALL:
		str_adds(&s, "all");
		break;
	}
	str_copy(ret, size, str_c(&s));
	str_fini(&s);
}

static enum severity counts_as(const struct incident *in)
{
	return in->state == INCIDENT_OPEN && in->severity_now ? in->severity_now
							      : in->severity;
}

int64_t group_wait_ms(const struct route *routes, size_t n, const struct incident *in,
    const char *channel, char *ret_group, size_t size)
{
	const struct route *r = route_telling(routes, n, in, channel);

	ret_group[0] = '\0';
	if (!r || r->group.by == GROUP_NONE || incident_is_drill(in) ||
	    (!r->group.critical && counts_as(in) == SEVERITY_CRITICAL))
		return 0;
	name_group(r->group.by, in, ret_group, size);
	return r->group.wait_ms;
}
