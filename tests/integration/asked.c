/* SPDX-License-Identifier: MIT
 *
 * Providers on the loopback.
 */
#include "tests/integration/asked.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "probes/address.h"

static struct arena *arena;
static struct catalogue *catalogue;

int asked_load(void **state)
{
	struct err e = {ERR_NONE, ""};

	(void)state;
	arena = arena_new();
	catalogue = catalogue_load(arena, &e);
	if (!catalogue)
		print_error("%s\n", e.msg);
	return catalogue ? 0 : -1;
}

int asked_unload(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

struct catalogue *asked_catalogue(void)
{
	return catalogue;
}

/* An account in the path is anybody's. */
void asked_prefix(const struct provider *p, char *out, size_t size)
{
	const char *path = strstr(p->regions[0].base_url, "://") + 3, *open, *close;

	path += strcspn(path, "/");
	open = strchr(path, '{');
	close = open ? strchr(open, '}') : NULL;
	if (close)
		snprintf(out, size, "%.*saccount%s", (int)(open - path), path, close + 1);
	else
		snprintf(out, size, "%s", path);
}

bool asked_provider(
    struct world *w, const struct provider *p, enum probe_kind kind, const char *front)
{
	const struct dialect *d = dialect_find(p->dialect);
	struct address_ask ask = {d, kind, ASKED_MODEL};
	char base[256], prefix[128];
	struct str url;
	bool good;

	if (!(d->kinds & KIND(kind)))
		return false;
	asked_prefix(p, prefix, sizeof(prefix));
	snprintf(base, sizeof(base), "%s%s", front, prefix);
	str_init(&url, 1000);
	good = (kind != PROBE_MODELS || !p->models_url) &&
	       address_of_provider(p, &ask, base, &url);
	world_set_url(w, "%s", str_c(&url));
	str_fini(&url);
	w->target.provider = p;
	w->target.dialect = d;
	w->target.kind = kind;
	w->target.model = ASKED_MODEL;
	w->target.price = p->price;
	w->target.heavy_tokens = 100;
	return good;
}
