/* SPDX-License-Identifier: MIT
 *
 * Atlassian Statuspage, api/v2: summary.json, status.json, incidents.json. A component
 * has a state, an incident an impact and mostly its components; one that names none only
 * explains the component that is in trouble.
 */
#include "probes/page_parts.h"

static const struct page_word component_words[] = {
    {"operational",          PAGE_OPERATIONAL},
    {"under_maintenance",    PAGE_MAINTENANCE},
    {"degraded_performance", PAGE_DEGRADED   },
    {"partial_outage",       PAGE_PARTIAL    },
    {"major_outage",         PAGE_MAJOR      },
    {"full_outage",          PAGE_MAJOR      },
    {NULL,		   PAGE_NONE       },
};

static const struct page_word impact_words[] = {
    {"none",        PAGE_OPERATIONAL},
    {"maintenance", PAGE_MAINTENANCE},
    {"minor",       PAGE_DEGRADED   },
    {"major",       PAGE_PARTIAL    },
    {"critical",    PAGE_MAJOR      },
    {NULL,          PAGE_NONE       },
};

static const struct page_word over_words[] = {
    {"resolved",   PAGE_OPERATIONAL},
    {"postmortem", PAGE_OPERATIONAL},
    {"completed",  PAGE_OPERATIONAL},
    {"scheduled",  PAGE_OPERATIONAL}, /* not begun */
    {NULL,         PAGE_NONE       },
};

static void read_components(
    const json_t *list, const struct page_focus *f, struct page_reading *ret)
{
	size_t i;
	json_t *c;
	json_array_foreach(list, i, c)
	{
		const char *name = json_text_at(c, "name");
		bool group = json_is_true(json_object_get(c, "group"));
		enum page_state s =
		    page_word_state(component_words, json_text_at(c, "status"));
		struct wall updated = page_time_at(c, "updated_at");
		if (s == PAGE_NONE || (group && !f->n_parts) ||
		    !page_wants(f, json_text_at(c, "id"), name))
			continue;
		page_note_time(ret, updated);
		page_add_part(ret, name, s, updated);
	}
}

/* Does it touch what is looked at? Unsaid: its state is not ours, its words may be. */
static bool touches(const json_t *post, const struct page_focus *f, bool *ret_said)
{
	const json_t *list = json_object_get(post, "components");
	size_t i;
	json_t *c;
	*ret_said = json_array_size(list) > 0;
	json_array_foreach(list, i, c)
	{
		if (page_wants(f, json_text_at(c, "id"), json_text_at(c, "name")))
			return true;
	}
	return !*ret_said || !f->n_parts;
}

static void read_posts(const json_t *list, bool maintenance, const struct page_focus *f,
    struct page_reading *ret)
{
	size_t i;
	json_t *p;
	json_array_foreach(list, i, p)
	{
		const char *began = json_text_at(p, "started_at");
		struct page_draft d = {.title = json_text_at(p, "name"),
		    .url = json_text_at(p, "shortlink"),
		    .state = page_word_state(impact_words, json_text_at(p, "impact")),
		    .began = page_time_at(p, began ? "started_at" : "created_at"),
		    .updated = page_time_at(p, "updated_at")};
		bool said = false;
		page_note_time(ret, d.updated);
		if (page_word_state(over_words, json_text_at(p, "status")) ||
		    !touches(p, f, &said))
			continue;
		if (maintenance)
			d.state = PAGE_MAINTENANCE;
		if ((!said && f->n_parts) || d.state == PAGE_OPERATIONAL)
			d.state = PAGE_NONE;
		page_add_post(ret, &d);
	}
}

bool page_read_statuspage(const json_t *root, const struct page_focus *f,
    struct page_reading *ret, struct err *e)
{
	const json_t *page = json_object_get(root, "page");
	if (!json_is_object(page))
		return err_set(e, ERR_SYNTAX, "no `page` in it: not a Statuspage answer");
	page_note_time(ret, page_time_at(page, "updated_at"));
	ret->whole =
	    page_word_state(impact_words, json_text_at(root, "status.indicator"));
	read_components(json_object_get(root, "components"), f, ret);
	read_posts(json_object_get(root, "incidents"), false, f, ret);
	read_posts(json_object_get(root, "scheduled_maintenances"), true, f, ret);
	return true;
}

static bool read(
    struct span body, const struct page_focus *f, struct page_reading *ret, struct err *e)
{
	json_t *root = json_parse_list(body, e);
	bool good = root && page_read_statuspage(root, f, ret, e);
	json_decref(root);
	return good;
}

const struct page_kind page_statuspage = {
    "statuspage", "Atlassian Statuspage: `https://HOST/api/v2/summary.json`.", read};
