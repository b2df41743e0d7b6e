/* SPDX-License-Identifier: MIT
 *
 * Flashduty, summary/active: components have no state of their own, it follows from the
 * changes that are going on. The maker's own page answers in the same shape and is always
 * well, so the page must say that it is the provider's.
 */
#include <strings.h>

#include "probes/page_parts.h"

static const struct page_word part_words[] = {
    {"operational",       PAGE_OPERATIONAL},
    {"under_maintenance", PAGE_MAINTENANCE},
    {"degraded",          PAGE_DEGRADED   },
    {"partial_outage",    PAGE_PARTIAL    },
    {"full_outage",       PAGE_MAJOR      },
    {NULL,		PAGE_NONE       },
};

static const struct page_word over_words[] = {
    {"resolved",  PAGE_OPERATIONAL},
    {"completed", PAGE_OPERATIONAL},
    {"scheduled", PAGE_OPERATIONAL},
    {NULL,        PAGE_NONE       },
};

/* Ids are numbers in one answer and text in the next. */
static const char *id_of(const json_t *c, struct str *buf)
{
	str_reset(buf);
	(void)json_scalar_text(json_object_get(c, "component_id"), buf);
	return str_c(buf);
}

static const char *name_of(const json_t *page, const char *id, struct str *buf)
{
	size_t i;
	json_t *c;
	json_array_foreach(json_object_get(page, "components"), i, c)
	{
		if (span_eq(span_of(id), id_of(c, buf)))
			return json_text_at(c, "name");
	}
	return NULL;
}

static enum page_state worst_part(
    const json_t *change, const json_t *page, const struct page_focus *f)
{
	enum page_state worst = PAGE_NONE;
	struct str id, other;
	size_t i;
	json_t *c;
	str_init(&id, 64);
	str_init(&other, 64);
	json_array_foreach(json_object_get(change, "affected_components"), i, c)
	{
		enum page_state s =
		    page_word_state(part_words, json_text_at(c, "status"));
		const char *mine = id_of(c, &id), *name = json_text_at(c, "name");
		if (!page_wants(f, mine, name ? name : name_of(page, mine, &other)))
			continue;
		if (s == PAGE_NONE)
			s = PAGE_DEGRADED;
		if (s > worst)
			worst = s;
	}
	str_fini(&id);
	str_fini(&other);
	return worst;
}

static struct wall last_update(const json_t *change)
{
	struct wall last = {0};
	size_t i;
	json_t *u;
	json_array_foreach(json_object_get(change, "updates"), i, u)
	{
		struct wall t = page_seconds_at(u, "at_seconds");
		if (t.ms > last.ms)
			last = t;
	}
	return last;
}

static void read_change(const json_t *c, const json_t *page, const struct page_focus *f,
    struct page_reading *ret)
{
	struct page_draft d = {.title = json_text_at(c, "title"),
	    .state = worst_part(c, page, f),
	    .began = page_seconds_at(c, "start_at_seconds"),
	    .updated = last_update(c)};
	bool named = json_array_size(json_object_get(c, "affected_components")) > 0;
	page_note_time(ret, d.updated);
	if (page_seconds_at(c, "close_at_seconds").ms ||
	    page_word_state(over_words, json_text_at(c, "status")) ||
	    (d.state == PAGE_NONE && named))
		return;
	if (span_eq(span_of(json_text_at(c, "type")), "maintenance"))
		d.state = PAGE_MAINTENANCE;
	else if (d.state == PAGE_NONE)
		d.state = PAGE_DEGRADED;
	if (d.state != PAGE_OPERATIONAL)
		page_add_post(ret, &d);
}

static bool read_page(const json_t *data, const struct page_focus *f,
    struct page_reading *ret, struct err *e)
{
	const json_t *page = json_object_get(data, "page");
	const char *domain = json_text_at(page, "custom_domain");
	size_t i;
	json_t *c;
	struct str id;
	if (!json_is_object(page))
		return err_set(
		    e, ERR_SYNTAX, "no `data.page` in it: not a Flashduty answer");
	if (f->host && (!domain || strcasecmp(domain, f->host) != 0))
		return err_set(e, ERR_SYNTAX, "it is not the page of %.100s", f->host);
	str_init(&id, 64);
	json_array_foreach(json_object_get(page, "components"), i, c)
	{
		const char *name = json_text_at(c, "name");
		if (page_wants(f, id_of(c, &id), name))
			page_add_part(ret, name, PAGE_OPERATIONAL, (struct wall){0});
	}
	str_fini(&id);
	json_array_foreach(json_object_get(data, "active_changes"), i, c)
	    read_change(c, page, f, ret);
	return true;
}

static bool read(
    struct span body, const struct page_focus *f, struct page_reading *ret, struct err *e)
{
	json_t *root = json_parse_list(body, e);
	bool good = root && read_page(json_object_get(root, "data"), f, ret, e);
	json_decref(root);
	return good;
}

const struct page_kind page_flashduty = {"flashduty",
    "Flashduty: "
    "`https://statuspage.flashduty.com/api/status-page/NUMBER/summary/active`; "
    "`page` is the address for people, which the answer must name as its own.",
    read};
