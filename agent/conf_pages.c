/* SPDX-License-Identifier: MIT
 *
 * `status_pages:`. Of every provider that a target asks at the provider's own hosts the
 * catalogue's page is read; entries change or add. A page takes the route of the first
 * target of its provider.
 */
#include <string.h>

#include "agent/conf_loader.h"
#include "probes/page.h"

static struct conf_page *find_page(
    const struct conf *c, struct conf_page *all, const char *provider)
{
	for (size_t i = 0; i < c->n_pages; i++)
		if (!strcmp(all[i].provider, provider))
			return &all[i];
	return NULL;
}

/* "status.deepseek.com" of its URL. */
static const char *host_of(struct loader *l, const char *url)
{
	const char *host = url ? strstr(url, "://") : NULL;
	if (!host)
		return NULL;
	return arena_strndup(l->arena, host + 3, strcspn(host + 3, "/?#:"));
}

/* The catalogue's own, as far as it knows one. */
static struct conf_page *add_page(
    struct loader *l, struct conf_page *all, const struct target *t)
{
	const struct provider *p = t->provider;
	struct conf_page *page = &all[l->conf->n_pages++];
	*page = (struct conf_page){.provider = p->id,
	    .kind = p->page_kind ? page_kind_find(p->page_kind) : NULL,
	    .url = p->page_url,
	    .host = host_of(l, p->page_site),
	    .parts = p->page_parts,
	    .n_parts = p->n_page_parts,
	    .interval_ms = CONF_PAGE_INTERVAL_MS,
	    .proxy = t->proxy,
	    .ca_file = t->ca_file,
	    .ip = t->ip};
	return page;
}

static const struct target *find_target(const struct conf *c, const char *provider)
{
	for (size_t i = 0; i < c->n_targets; i++)
		if (c->targets[i].provider &&
		    !strcmp(c->targets[i].provider->id, provider))
			return &c->targets[i];
	return NULL;
}

static void unknown_provider(struct loader *l, const struct conf_value *v)
{
	const struct conf *c = l->conf;
	const char **names = arena_alloc(l->scratch, (c->n_targets + 1) * sizeof *names);
	for (size_t i = 0; i < c->n_targets; i++)
		names[i] = c->targets[i].provider ? c->targets[i].provider->id : "";
	const char *near = str_nearest(v->text, names, c->n_targets);
	conf_error(l, v, "no target asks the provider '%s'%s%s%s", v->text,
	    near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
}

static void read_parts(
    struct loader *l, const struct conf_value *v, struct conf_page *page)
{
	const char **parts =
	    arena_alloc(l->arena, (v->n_items + 1) * sizeof(const char *));
	page->n_parts = 0;
	for (size_t i = 0; i < v->n_items; i++)
		if (v->items[i].set)
			parts[page->n_parts++] = arena_strdup(l->arena, v->items[i].text);
	page->parts = parts;
}

/* Another address is another page: what the catalogue knows of the old one (its kind,
 * whose it must be, its components) says nothing about it. */
static void read_entry(
    struct loader *l, const struct conf_values *b, struct conf_page *page)
{
	const struct conf_value *v = b->v;
	if (v[PAGE_KEY_URL].set) {
		page->url = arena_strdup(l->arena, v[PAGE_KEY_URL].text);
		page->host = NULL;
		page->parts = NULL;
		page->n_parts = 0;
	}
	if (v[PAGE_KEY_KIND].set)
		page->kind = page_kind_find(v[PAGE_KEY_KIND].text);
	if (v[PAGE_KEY_SITE].set)
		page->host = host_of(l, v[PAGE_KEY_SITE].text);
	if (v[PAGE_KEY_COMPONENTS].set)
		read_parts(l, &v[PAGE_KEY_COMPONENTS], page);
	if (v[PAGE_KEY_INTERVAL].set)
		page->interval_ms = v[PAGE_KEY_INTERVAL].n;
	if (!page->url)
		conf_error_block(l, b, "url",
		    "is missing: no page of '%s' is known that a program can read",
		    page->provider);
	else if (!page->kind)
		conf_error_block(l, b, "kind",
		    "is missing: say how the page of '%s' is read", page->provider);
}

void conf_read_pages(struct loader *l, const struct conf_values *top)
{
	const struct conf_value *list = &top->v[TOP_STATUS_PAGES];
	struct conf *c = l->conf;
	struct conf_page *all =
	    arena_alloc(l->arena, (c->n_targets + list->n_items + 1) * sizeof *all);
	struct map *seen = map_new();
	c->pages = all;
	for (size_t i = 0; !list->none && i < c->n_targets; i++) {
		const struct target *t = &c->targets[i];
		if (t->provider && t->provider->page_kind && !t->own_address &&
		    !find_page(c, all, t->provider->id))
			(void)add_page(l, all, t);
	}
	for (size_t i = 0; i < list->n_items; i++) {
		const struct conf_values *b = list->items[i].inside;
		const struct conf_value *who = &b->v[PAGE_KEY_PROVIDER];
		const struct target *t = who->set ? find_target(c, who->text) : NULL;
		if (!who->set)
			continue;
		if (!t) {
			unknown_provider(l, who);
		} else if (map_find(seen, who->text)) {
			conf_error(l, who,
			    "the page of '%s' stands here twice: remove one", who->text);
		} else {
			struct conf_page *page = find_page(c, all, who->text);
			(void)map_put(seen, who->text, &all);
			read_entry(l, b, page ? page : add_page(l, all, t));
		}
	}
	map_free(seen);
}
