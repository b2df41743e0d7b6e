/* SPDX-License-Identifier: MIT
 *
 * Instatus, summary.json: a word for the whole and what is going on; components only in
 * v2/components.json, which is read as well.
 */
#include "probes/page_parts.h"

static const struct page_word state_words[] = {
    {"UP",		  PAGE_OPERATIONAL},
    {"OPERATIONAL",         PAGE_OPERATIONAL},
    {"UNDERMAINTENANCE",    PAGE_MAINTENANCE},
    {"HASISSUES",           PAGE_DEGRADED   },
    {"DEGRADEDPERFORMANCE", PAGE_DEGRADED   },
    {"MINOROUTAGE",         PAGE_PARTIAL    },
    {"PARTIALOUTAGE",       PAGE_PARTIAL    },
    {"MAJOROUTAGE",         PAGE_MAJOR      },
    {NULL,		  PAGE_NONE       },
};

static const struct page_word over_words[] = {
    {"RESOLVED",      PAGE_OPERATIONAL},
    {"COMPLETED",     PAGE_OPERATIONAL},
    {"NOTSTARTEDYET", PAGE_OPERATIONAL},
    {NULL,	    PAGE_NONE       },
};

static void read_posts(const json_t *list, bool maintenance, struct page_reading *ret)
{
	size_t i;
	json_t *p;
	json_array_foreach(list, i, p)
	{
		struct page_draft d = {.title = json_text_at(p, "name"),
		    .url = json_text_at(p, "url"),
		    .state = page_word_state(state_words, json_text_at(p, "impact")),
		    .began = page_time_at(p, maintenance ? "start" : "started"),
		    .updated = page_time_at(p, "updatedAt")};
		if (page_word_state(over_words, json_text_at(p, "status")))
			continue;
		if (maintenance)
			d.state = PAGE_MAINTENANCE;
		else if (d.state < PAGE_DEGRADED)
			d.state = PAGE_DEGRADED;
		page_add_post(ret, &d);
	}
}

static void read_parts(
    const json_t *list, const struct page_focus *f, struct page_reading *ret)
{
	size_t i;
	json_t *c;
	json_array_foreach(list, i, c)
	{
		const char *name = json_text_at(c, "name");
		enum page_state s =
		    page_word_state(state_words, json_text_at(c, "status"));
		if (s != PAGE_NONE && page_wants(f, json_text_at(c, "id"), name))
			page_add_part(ret, name, s, (struct wall){0});
	}
}

static bool read(
    struct span body, const struct page_focus *f, struct page_reading *ret, struct err *e)
{
	json_t *root = json_parse_list(body, e);
	const json_t *page = json_object_get(root, "page");
	const json_t *parts = json_object_get(root, "components");
	bool good = json_is_object(page) || json_is_array(parts);
	if (root && !good)
		err_set(e, ERR_SYNTAX, "no `page` in it: not an Instatus answer");
	if (good) {
		ret->whole = page_word_state(state_words, json_text_at(page, "status"));
		read_posts(json_object_get(root, "activeIncidents"), false, ret);
		read_posts(json_object_get(root, "activeMaintenances"), true, ret);
		read_parts(parts, f, ret);
	}
	json_decref(root);
	return good;
}

const struct page_kind page_instatus = {"instatus",
    "Instatus: `https://HOST/summary.json`, or `/v2/components.json` for components.",
    read};
