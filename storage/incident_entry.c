/* SPDX-License-Identifier: MIT
 *
 * An entry of an incident's log out of the fact that caused it.
 */
#include <stdlib.h>

#include "agent/base/json.h"
#include "storage/incidents.h"

#define MAX_JSON ((size_t)16 << 10)

static char *causes_json(const struct incident *in)
{
	json_t *list = json_array();
	struct str out;

	for (int i = 0; i < in->n_causes; i++) {
		const struct cause *c = &in->causes[i];
		json_t *o = json_object();

		(void)json_object_set_new(
		    o, "detector", json_clean_string(span_of(c->detector)));
		(void)json_object_set_new(
		    o, "severity", json_string(severity_code(c->severity)));
		(void)json_object_set_new(o, "active", json_boolean(c->active));
		(void)json_object_set_new(
		    o, "words", json_clean_string(span_of(c->words)));
		(void)json_array_append_new(list, o);
	}
	str_init(&out, MAX_JSON);
	json_dump(list, &out);
	json_decref(list);
	return str_take(&out);
}

void incident_entry_init(struct incident_entry *en, const struct fact *f)
{
	*en = (struct incident_entry){.incident = f->incident.id,
	    .seq = f->incident.seq,
	    .kind = f->kind,
	    .at = f->at,
	    .severity = f->incident.severity_now,
	    .from = f->from,
	    .health = f->incident.health};
	(void)str_copy(en->detail, sizeof(en->detail), f->detail);
	en->causes = causes_json(&f->incident);
}

void incident_entry_fini(struct incident_entry *en)
{
	free(en->causes);
	en->causes = NULL;
}
