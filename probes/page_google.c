/* SPDX-License-Identifier: MIT
 *
 * Google Cloud, incidents.json: every incident of every product, newest first; one is
 * going on while it has no `end`. No product is named as well, so silence about ours
 * says that it is.
 */
#include "probes/page_parts.h"

#define SITE "https://status.cloud.google.com/"

static const struct page_word impact_words[] = {
    {"SERVICE_INFORMATION", PAGE_NONE    },
    {"SERVICE_DISRUPTION",  PAGE_DEGRADED},
    {"SERVICE_OUTAGE",      PAGE_MAJOR   },
    {NULL,		  PAGE_NONE    },
};

static bool touches(const json_t *post, const struct page_focus *f)
{
	size_t i;
	json_t *p;
	json_array_foreach(json_object_get(post, "affected_products"), i, p)
	{
		if (page_wants(f, json_text_at(p, "id"), json_text_at(p, "title")))
			return true;
	}
	return !f->n_parts;
}

static void read_post(
    const json_t *p, const struct page_focus *f, struct page_reading *ret)
{
	char url[200] = "";
	const char *uri = json_text_at(p, "uri");
	struct page_draft d = {.title = json_text_at(p, "external_desc"),
	    .url = url,
	    .state = page_word_state(impact_words, json_text_at(p, "status_impact")),
	    .began = page_time_at(p, "begin"),
	    .updated = page_time_at(p, "modified")};
	page_note_time(ret, d.updated);
	if (json_text_at(p, "end") || d.state == PAGE_NONE || !touches(p, f))
		return;
	if (uri) {
		struct str s;
		str_init(&s, sizeof url - 1);
		(void)str_addf(&s, SITE "%s", uri);
		if (!s.cut)
			(void)str_copy(url, sizeof url, str_c(&s));
		str_fini(&s);
	}
	page_add_post(ret, &d);
}

static bool read(
    struct span body, const struct page_focus *f, struct page_reading *ret, struct err *e)
{
	json_t *root = json_parse_list(body, e), *p;
	bool good = json_is_array(root);
	size_t i;
	if (root && !good)
		err_set(e, ERR_SYNTAX, "no list: not Google's incidents.json");
	if (good)
		page_add_part(ret, "", PAGE_OPERATIONAL, (struct wall){0});
	json_array_foreach(root, i, p) read_post(p, f, ret);
	json_decref(root);
	return good;
}

const struct page_kind page_google = {"google-cloud",
    "Google Cloud: `https://status.cloud.google.com/incidents.json`; `components` are "
    "product ids or titles.",
    read};
