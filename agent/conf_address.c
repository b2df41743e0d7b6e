/* SPDX-License-Identifier: MIT
 *
 * Whom a target asks, where, and with which key. A key goes to its own provider's hosts
 * only: a changed address never receives one by inheritance.
 */
#include <string.h>

#include "agent/conf_loader.h"
#include "probes/address.h"

#define OWN_MAX_TOKENS 256 /* what a server of one's own serves may reason */
#define ID_MAX         60 /* of a made provider: its host; storage and messages cut at 63 */

struct address {
	struct loader *l;
	const struct conf_values *tv;
	struct target *t;
	const struct provider *p;
	const char
	    *base; /* of the provider, without its paths; NULL: a server of one's own */
};

/* --- providers -------------------------------------------------------------------- */

/* What people call them. */
static const struct {
	const char *word, *id;
} nicknames[] = {
    {"alibaba",    "dashscope"              },
    {"aliyun",     "dashscope"              },
    {"bailian",    "dashscope"              },
    {"qwen",       "dashscope"              },
    {"tongyi",     "dashscope"              },
    {"baidu",      "qianfan"                },
    {"ernie",      "qianfan"                },
    {"wenxin",     "qianfan"                },
    {"kimi",       "moonshot or moonshot-cn"},
    {"grok",       "xai"		    },
    {"x.ai",       "xai"		    },
    {"llama.cpp",  "llamacpp"               },
    {"chatgpt",    "openai"                 },
    {"gpt",        "openai"                 },
    {"claude",     "anthropic"              },
    {"google",     "gemini"                 },
    {"aws",        "bedrock-mantle"         },
    {"sonar",      "perplexity"             },
    {"workers-ai", "cloudflare"             },
    {"azure",      "azure-openai"           },
    {"doubao",     "ark or byteplus"        },
    {"volcengine", "ark"                    },
    {"glm",        "zhipu or zai"           },
    {"bigmodel",   "zhipu"                  },
    {"z.ai",       "zai"		    },
    {"tencent",    "hunyuan"                },
    {"hf",         "huggingface"            },
};
/* What people call it comes before what is spelt alike. */
static const char *nearest_provider(const struct catalogue *c, const char *word)
{
	for (size_t i = 0; i < sizeof nicknames / sizeof *nicknames; i++)
		if (!strcmp(word, nicknames[i].word))
			return nicknames[i].id;
	return catalogue_nearest(c, word);
}

static void unknown_provider(const struct address *a, const struct conf_value *v)
{
	const struct catalogue *c = a->l->conf->catalogue;
	const char *near = nearest_provider(c, v->text);

	if (near)
		conf_error(a->l, v, "no provider '%s' (did you mean %s?)", v->text, near);
	else
		conf_error(a->l, v,
		    "no provider '%s': `dimwatch providers` lists the %zu it knows; a "
		    "server of your own is given by `dialect:` and `url:`",
		    v->text, catalogue_count(c));
}

/* Asking who is gone would be an outage without end. */
static void refuse_retired(struct address *a, const struct conf_value *v)
{
	conf_error(a->l, v, "'%s' was retired on %s: %s", a->p->id, a->p->retired,
	    a->p->retired_why);
	a->p = NULL;
}

/* A server that no catalogue knows is a provider of its own, named by its host. */
static const struct provider *make_provider(struct address *a, const char *dialect)
{
	struct provider *p = arena_alloc(a->l->arena, sizeof *p);
	const struct dialect *d = dialect_find(dialect);
	const char **headers =
	    arena_alloc(a->l->arena, (d->n_headers + 1) * sizeof(char *));
	char host[200];
	for (size_t i = 0; i < d->n_headers; i++)
		headers[i] = d->headers[i];
	*p = (struct provider){
	    .id = arena_printf(
		a->l->arena, "%.*s", ID_MAX, target_host(a->t, host, sizeof host)),
	    .name = arena_strdup(a->l->arena, host),
	    .dialect = dialect,
	    .chat_path = "",
	    .auth_header = d->auth_header,
	    .auth_scheme = d->auth_scheme,
	    .extra_headers = headers,
	    .n_extra_headers = d->n_headers,
	    .key_optional = true,
	    .max_tokens = OWN_MAX_TOKENS,
	    .max_tokens_field = d->max_tokens_field,
	    .price = {"", -1, -1},
	    .self_hosted = target_is_private(a->t),
	    .sources = "",
	    .checked = "",
	};
	p->otel = p->id;
	if (p->self_hosted)
		p->price = (struct price){"USD", 0, 0};
	return p;
}

/* --- addresses -------------------------------------------------------------------- */

static size_t without_slashes(const char *url)
{
	size_t n = strlen(url);
	while (n > 0 && url[n - 1] == '/')
		n--;
	return n;
}

static bool ends_with(const char *text, size_t n, const char *tail)
{
	size_t k = strlen(tail);
	return n >= k && !strncmp(text + n - k, tail, k);
}

static void unknown_region(const struct address *a, const struct conf_value *v)
{
	const char *ids[64] = {0};
	size_t n = 0;
	for (; n < a->p->n_regions && n < sizeof ids / sizeof *ids; n++)
		ids[n] = a->p->regions[n].id;
	const char *near = str_nearest(v->text, ids, n);
	struct str known;
	str_init(&known, 500);
	conf_list_words(&known, ids, n);
	conf_error(a->l, v, "%s has no region '%s'%s%s%s: there %s %s", a->p->id, v->text,
	    near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "",
	    n == 1 ? "is" : "are", str_c(&known));
	str_fini(&known);
}

static void use_base_url(struct address *a, const struct conf_value *v)
{
	size_t n = without_slashes(v->text);
	const char *path = a->p->chat_path;
	if (ends_with(v->text, n, path))
		conf_error(a->l, v,
		    "ends with %s, which is added by itself: leave it out", path);
	else if (strchr(v->text, '?'))
		conf_error(a->l, v,
		    "a base URL has no '?': give the complete address with `dialect:` and "
		    "`url:`");
	a->base = arena_printf(a->l->arena, "%.*s", (int)n, v->text);
	a->t->own_address = true;
}

static void read_provider_url(struct address *a)
{
	const struct conf_value *base = &a->tv->v[TARGET_BASE_URL];
	const struct conf_value *region = &a->tv->v[TARGET_REGION];
	const struct provider_region *r = NULL;
	a->t->region = region->set ? arena_strdup(a->l->arena, region->text) : "";
	if (base->node) {
		if (base->set)
			use_base_url(a, base);
		return;
	}
	if (region->set || !region->node)
		r = provider_region(a->p, region->set ? region->text : NULL);
	if (!r && region->set)
		unknown_region(a, region);
	if (!r)
		return;
	a->t->region = r->id;
	a->base = r->base_url;
	if (strchr(r->base_url, '{'))
		conf_error_block(a->l, a->tv, "base_url",
		    "is missing: %s is reached at an address of your own, like %s (and `key` "
		    "beside it)",
		    a->p->id, r->base_url);
}

/* The complete address, for the kind of probe and the model. */
static void write_provider_url(struct address *a, const struct address_ask *ask)
{
	const struct conf_value *kind = &a->tv->v[TARGET_PROBE];
	/* A list on another host never hears the key of a changed address. */
	bool elsewhere = a->tv->v[TARGET_BASE_URL].node && a->p->models_url &&
			 ask->kind == PROBE_MODELS;
	struct str out;
	str_init(&out, 4096);
	if (!elsewhere && address_of_provider(a->p, ask, a->base, &out))
		a->t->url = arena_strdup(a->l->arena, str_c(&out));
	else if (ask->dialect->kinds & KIND(ask->kind))
		conf_error(a->l, kind, "%s has no address for '%s'%s", a->p->id,
		    probe_kind_code(ask->kind), elsewhere ? " behind a `base_url`" : "");
	str_fini(&out);
}

static void write_own_url(struct address *a, const struct address_ask *ask)
{
	const struct conf_value *url = &a->tv->v[TARGET_URL];
	struct str out;
	str_init(&out, 4096);
	switch (address_of_server(a->t->url, ask, &out)) {
	case ADDRESS_UNKNOWN:
		conf_warn(a->l, url,
		    "is asked as it stands: a base URL would end with %s, a complete one with "
		    "%s",
		    ask->dialect->paths.prefix[0] ? ask->dialect->paths.prefix
						  : "the port",
		    ask->dialect->paths.chat);
		break;
	case ADDRESS_NONE:
		conf_error(a->l, url,
		    "does not show where '%s' is asked: give the base URL (it ends with %s)",
		    probe_kind_code(ask->kind),
		    ask->dialect->paths.prefix[0] ? ask->dialect->paths.prefix
						  : "the port");
		break;
	case ADDRESS_GIVEN:
	case ADDRESS_COMPLETED:
		break;
	}
	if (out.len > 0)
		a->t->url = arena_strdup(a->l->arena, str_c(&out));
	str_fini(&out);
}

static void write_url(struct address *a)
{
	const struct address_ask ask = {a->t->dialect, a->t->kind, a->t->model};
	if (a->base)
		write_provider_url(a, &ask);
	else if (*a->t->url)
		write_own_url(a, &ask);
}

static void read_own_server(struct address *a)
{
	const struct conf_value *url = &a->tv->v[TARGET_URL];
	const struct conf_value *dialect = &a->tv->v[TARGET_DIALECT];
	const struct conf_value *region = &a->tv->v[TARGET_REGION];
	a->t->region = region->set ? arena_strdup(a->l->arena, region->text) : "";
	if (!dialect->node)
		conf_error(
		    a->l, url, "needs `dialect:` beside it (`openai-chat` for most)");
	if (!url->node)
		conf_error(
		    a->l, dialect, "needs `url:` beside it, the address of your server");
	if (!url->set || !dialect->set)
		return;
	a->t->url = arena_strdup(a->l->arena, url->text);
	a->p = make_provider(a, dialect->text);
}

/* Which of the two ways to name somebody, and nothing of the other way. */
static void find_provider(struct address *a)
{
	const struct conf_value *provider = &a->tv->v[TARGET_PROVIDER];
	const struct conf_value *url = &a->tv->v[TARGET_URL];
	const struct conf_value *dialect = &a->tv->v[TARGET_DIALECT];
	const struct conf_value *base = &a->tv->v[TARGET_BASE_URL];
	if (provider->node) {
		if (dialect->node)
			conf_error(a->l, dialect,
			    "the provider's own dialect is used: remove the line");
		if (url->node)
			conf_error(a->l, url,
			    "stands with `dialect`: another address of a provider is "
			    "`base_url:` (with `key:` beside it)");
		if (provider->set) {
			a->p = catalogue_find(a->l->conf->catalogue, provider->text);
			if (!a->p)
				unknown_provider(a, provider);
			else if (a->p->retired)
				refuse_retired(a, provider);
			else
				read_provider_url(a);
		}
		return;
	}
	if (base->node)
		conf_error(a->l, base,
		    "changes a provider's address: name the `provider:`, or give the "
		    "complete address as `url:`");
	if (url->node || dialect->node)
		read_own_server(a);
	else
		conf_error_block(a->l, a->tv, NULL,
		    "names nobody: add `provider: ID` (deepseek, openai, ...), or `dialect:` "
		    "and `url:` for a server of your own");
}

/* --- model ------------------------------------------------------------------------ */

static void warn_of_retired(struct address *a, const struct conf_value *v)
{
	const struct provider *p = a->p;
	const char *now = p->model;
	for (size_t i = 0; i < p->n_retired_models; i++)
		if (!strcmp(v->text, p->retired_models[i]))
			conf_warn(a->l, v, "%s has retired '%s'%s%s%s", p->id, v->text,
			    now ? ": its cheapest is now '" : "", now ? now : "",
			    now ? "'" : "");
}

/* Its own choice or the catalogue's: it ends all the same. */
static void warn_of_shutdown(struct address *a)
{
	const struct conf_value *v = &a->tv->v[TARGET_MODEL];
	const struct provider *p = a->p;
	for (size_t i = 0; i < p->n_shutdowns; i++) {
		const struct shutdown_row *s = &p->shutdowns[i];
		if (strcmp(s->model, a->t->model) != 0)
			continue;
		if (v->set)
			conf_warn(a->l, v, "%s ends '%s' on %s: ask for another model",
			    p->id, s->model, s->date);
		else
			conf_warn_block(a->l, a->tv, "model",
			    "%s ends '%s', which is asked by default, on %s: name another",
			    p->id, s->model, s->date);
	}
}

static void read_model(struct address *a)
{
	static const unsigned without =
	    KIND(PROBE_MODELS) | KIND(PROBE_DOOR) | KIND(PROBE_HTTP);
	const struct conf_value *v = &a->tv->v[TARGET_MODEL];
	bool vector = a->t->kind == PROBE_EMBEDDING;
	const char *own = vector ? a->p->embedding_model : a->p->model;
	a->t->model = v->set ? arena_strdup(a->l->arena, v->text) : own;
	if (!a->t->model) {
		a->t->model = "";
		if (!v->node && !(without & KIND(a->t->kind)))
			conf_error_block(a->l, a->tv, "model",
			    "is missing: %s has no %smodel of its own to ask, name one",
			    a->p->id, vector ? "embedding " : "");
	}
	if (v->set)
		warn_of_retired(a, v);
	warn_of_shutdown(a);
}

/* --- keys ------------------------------------------------------------------------- */

/* The provider's own variable, where the config says nothing. */
static void use_own_variable(struct address *a)
{
	const struct provider *p = a->p;
	const struct conf_world *w = a->l->world;
	struct err e = {0};
	bool clear;
	if (!p->key_env)
		return;
	const char *value = w->skip_secrets ? NULL : w->env(w->arg, p->key_env);
	bool open = p->models_open && a->t->kind == PROBE_MODELS;
	if ((p->key_optional || open) && (!value || !*value))
		return;
	a->t->key_ref = arena_printf(a->l->arena, "${%s}", p->key_env);
	if (!w->skip_secrets && !value) {
		conf_error_block(a->l, a->tv, "key",
		    "the environment variable %s is not set, it holds the key of target "
		    "'%s': set it, or name another with `key: ${NAME}`",
		    p->key_env, a->t->name);
		return;
	}
	a->t->key = conf_ref_secret(a->l, a->t->key_ref, &clear, &e);
	if (!a->t->key && e.code != ERR_NONE)
		conf_error_block(a->l, a->tv, "key", "%s", e.msg);
}

static void missing_key(struct address *a)
{
	const char *variable = a->p->key_env ? a->p->key_env : "NAME";
	conf_error(a->l, &a->tv->v[TARGET_BASE_URL],
	    "changes where the key goes, so `key` must stand in the same block: add "
	    "`key: ${%s}`, or `key: none`",
	    variable);
}

/* A key over plain http is shown to every network between here and there. */
static void check_plain_http(struct address *a)
{
	static const char scheme[] = "http://";
	const struct conf_value *v = &a->tv->v[TARGET_BASE_URL];
	if (!v->node)
		v = &a->tv->v[TARGET_URL];
	if (!a->t->key || !a->t->url || !v->node || target_is_private(a->t))
		return;
	if (span_ieq((struct span){a->t->url, strnlen(a->t->url, 7)}, scheme))
		conf_error(a->l, v,
		    "http:// would show the key to the network: use https://, or `key: none`");
}

static void read_key(struct address *a)
{
	const struct conf_value *v = &a->tv->v[TARGET_KEY];
	if (a->t->kind == PROBE_DOOR) {
		if (v->node && !v->none)
			conf_warn(a->l, v, "is not sent: a door is asked without one");
	} else if (v->node) {
		a->t->key = v->none ? NULL : v->secret;
		a->t->key_ref = v->none ? NULL : v->ref;
		if (v->none && a->p->key_env && !a->p->key_optional &&
		    !a->tv->v[TARGET_BASE_URL].node)
			conf_warn(a->l, v,
			    "%s answers nobody without a key: write `key: ${%s}`",
			    a->p->id, a->p->key_env);
	} else if (a->tv->v[TARGET_BASE_URL].node && a->tv->v[TARGET_PROVIDER].node) {
		missing_key(a);
	} else {
		use_own_variable(a);
	}
	check_plain_http(a);
}

void conf_read_address(struct loader *l, const struct conf_values *tv, struct target *t)
{
	struct address a = {.l = l, .tv = tv, .t = t};
	t->url = t->region = t->model = "";
	find_provider(&a);
	if (!a.p)
		return;
	t->provider = a.p;
	t->dialect = dialect_find(a.p->dialect);
	t->price = a.p->price;
	conf_read_kind(l, tv, t);
	/* What a vector costs is another price, which nobody told us. */
	if (t->kind == PROBE_EMBEDDING && t->price.in_nano_per_tok != 0)
		t->price = (struct price){"", -1, -1};
	read_model(&a);
	write_url(&a);
	read_key(&a);
}
