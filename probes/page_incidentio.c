/* SPDX-License-Identifier: MIT
 *
 * incident.io: its pages answer the Statuspage form too, and a form of their own for
 * widgets, which lists only what is going on. A widget that lists nothing says that all
 * is well; it has no clock of its own.
 */
#include "probes/page_parts.h"

static const struct page_word impact_words[] = {
    {"operational",          PAGE_OPERATIONAL},
    {"under_maintenance",    PAGE_MAINTENANCE},
    {"degraded_performance", PAGE_DEGRADED   },
    {"partial_outage",       PAGE_PARTIAL    },
    {"full_outage",          PAGE_MAJOR      },
    {NULL,		   PAGE_NONE       },
};

/* The worst of its components that are looked at; NONE: it touches none of them. */
static enum page_state affected(const json_t *post, const struct page_focus *f)
{
	enum page_state worst = PAGE_NONE;
	size_t i;
	json_t *c;
	json_array_foreach(json_object_get(post, "affected_components"), i, c)
	{
		enum page_state s =
		    page_word_state(impact_words, json_text_at(c, "current_status"));
		const char *name = json_text_at(c, "name");
		const char *group = json_text_at(c, "group_name");
		if (!page_wants(f, json_text_at(c, "id"), name) &&
		    !(group && page_wants(f, NULL, group)))
			continue;
		if (s == PAGE_NONE)
			s = PAGE_DEGRADED;
		if (s > worst)
			worst = s;
	}
	return worst;
}

static void read_posts(const json_t *list, bool maintenance, const struct page_focus *f,
    struct page_reading *ret)
{
	size_t i;
	json_t *p;
	json_array_foreach(list, i, p)
	{
		struct page_draft d = {.title = json_text_at(p, "name"),
		    .url = json_text_at(p, "url"),
		    .began = page_time_at(p, "started_at"),
		    .updated = page_time_at(p, "last_update_at")};
		const char *worst = json_text_at(p, "current_worst_impact");
		d.state = affected(p, f);
		if (f->n_parts && d.state == PAGE_NONE)
			continue;
		if (maintenance)
			d.state = PAGE_MAINTENANCE;
		else if (d.state == PAGE_NONE)
			d.state = page_word_state(impact_words, worst);
		if (d.state == PAGE_NONE)
			d.state = PAGE_DEGRADED;
		page_add_post(ret, &d);
	}
}

static bool read_widget(
    const json_t *root, const struct page_focus *f, struct page_reading *ret)
{
	read_posts(json_object_get(root, "ongoing_incidents"), false, f, ret);
	read_posts(json_object_get(root, "in_progress_maintenances"), true, f, ret);
	page_add_part(ret, "", PAGE_OPERATIONAL, (struct wall){0});
	return true;
}

static bool read(
    struct span body, const struct page_focus *f, struct page_reading *ret, struct err *e)
{
	json_t *root = json_parse_list(body, e);
	bool widget = json_is_array(json_object_get(root, "ongoing_incidents"));
	bool good = root && (widget ? read_widget(root, f, ret)
				    : page_read_statuspage(root, f, ret, e));
	json_decref(root);
	return good;
}

const struct page_kind page_incidentio = {"incidentio",
    "incident.io: `https://HOST/api/v2/summary.json`, or the answer of its widget API.",
    read};
