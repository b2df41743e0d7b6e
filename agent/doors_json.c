/* SPDX-License-Identifier: MIT
 *
 * `doors --json`: add, never rename.
 */
#include <jansson.h>

#include "agent/base/json.h"
#include "agent/doors.h"
#include "agent/sample_json.h"

static json_t *days(const struct door *row, struct wall now)
{
	int64_t n;

	return door_cert_days(row, now.ms / MS_PER_S, &n) ? json_integer(n) : json_null();
}

/* A sample's shape and what a door has beside it. Behind a network that is in the way
 * nobody is to blame. */
static json_t *row_json(
    const struct door *row, const struct doors_news *n, struct wall now)
{
	json_t *o = sample_json(&row->target, &row->sample);
	enum door_finding f = door_finding(row);
	char host[300];

	json_object_set_new(o, "region", json_clean_string(span_of(row->target.region)));
	json_object_set_new(o, "host",
	    json_clean_string(span_of(target_host(&row->target, host, sizeof(host)))));
	json_object_set_new(o, "finding", json_string(door_finding_row(f)->code));
	json_object_set_new(o, "answers", json_boolean(door_finding_row(f)->good));
	json_object_set_new(o, "cert_days", days(row, now));
	if (door_finding_row(f)->good && f != DOOR_FAILING)
		json_object_set_new(o, "blame", json_string(blame_code(BLAME_NONE)));
	else if (n->verdict != DOORS_FINE)
		json_object_set_new(o, "blame", json_string(blame_code(BLAME_PATH)));
	return o;
}

json_t *doors_json(const struct doors *d, const struct doors_news *n, struct wall now)
{
	json_t *doors = json_array(), *controls = json_array(), *o = json_object();
	struct str sentence;

	str_init(&sentence, 2000);
	doors_sentence(n, now, &sentence);
	for (size_t i = 0; i < d->n; i++) {
		if (d->rows[i].asked)
			json_array_append_new(d->rows[i].control ? controls : doors,
			    row_json(&d->rows[i], n, now));
	}
	json_object_set_new(o, "verdict", json_string(doors_verdict_code(n->verdict)));
	json_object_set_new(o, "sentence", json_clean_string(str_span(&sentence)));
	json_object_set_new(o, "asked", json_integer((json_int_t)n->doors));
	json_object_set_new(o, "answering", json_integer((json_int_t)n->good));
	json_object_set_new(o, "doors", doors);
	json_object_set_new(o, "controls", controls);
	str_fini(&sentence);
	return o;
}
