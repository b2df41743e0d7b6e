/* SPDX-License-Identifier: MIT
 *
 * How a target is asked, once it is known whom: trust, address family, address, headers,
 * body, grace. A header never takes the place of the key without a word, and a secret one
 * goes nowhere that the key would not go.
 */
#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "agent/base/json.h"
#include "agent/base/tick.h"
#include "agent/conf_loader.h"
#include "probes/dialect.h"

#define N(table)          (sizeof(table) / sizeof(*(table)))
#define SELF_HOSTED_GRACE (5 * MS_PER_MIN)

/* --- trust and addresses ---------------------------------------------------------- */

static void read_ca_file(struct loader *l, const struct conf_value *v, struct target *t)
{
	const struct conf_world *w = l->world;
	if (!v->set)
		return;
	t->ca_file = conf_beside(l, v->text);
	if (w->readable && !w->skip_secrets && !w->readable(w->arg, t->ca_file))
		conf_error(l, v, "%s cannot be read: check the path", t->ca_file);
}

static void read_resolve(struct loader *l, const struct conf_value *v, struct target *t)
{
	unsigned char bytes[16];
	int family = 0;
	if (!v->set)
		return;
	if (inet_pton(AF_INET, v->text, bytes) == 1)
		family = IP_V4;
	else if (inet_pton(AF_INET6, v->text, bytes) == 1)
		family = IP_V6;
	if (!family)
		conf_error(l, v,
		    "'%s' is no IP address: write it alone, without name or port (10.0.0.5 or "
		    "2001:db8::5)",
		    v->text);
	else if (t->ip != IP_ANY && (int)t->ip != family)
		conf_error(l, v, "is an IPv%d address, and `ip: %d` allows none",
		    family == IP_V4 ? 4 : 6, t->ip == IP_V4 ? 4 : 6);
	t->resolve = arena_strdup(l->arena, v->text);
}

/* --- headers ---------------------------------------------------------------------- */

/* What the client itself writes, or what would make its reading wrong. */
static const char *const own_headers[] = {"host", "content-length", "transfer-encoding",
    "connection", "keep-alive", "te", "trailer", "upgrade", "expect", "accept-encoding",
    "proxy-authorization"};

static bool is_token(const char *name)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789!#$%&'*+-.^_`|~";
	return *name && strlen(name) <= 64 && strspn(name, good) == strlen(name);
}

static bool is_own(const char *name)
{
	for (size_t i = 0; i < N(own_headers); i++)
		if (!strcasecmp(name, own_headers[i]))
			return true;
	return false;
}

static bool is_there(const struct target *t, const char *name)
{
	for (size_t i = 0; i < t->n_headers; i++)
		if (!strcasecmp(name, t->headers[i].name))
			return true;
	return false;
}

static bool header_is_good(
    struct loader *l, const struct conf_value *v, const struct target *t)
{
	const char *name = v->node->key;
	const char *auth = t->provider ? t->provider->auth_header : NULL;
	if (!v->set)
		return false;
	if (!is_token(name))
		conf_error(l, v, "'%.64s' is no header's name", name);
	else if (is_own(name))
		conf_error(l, v, "is written by the client itself: remove the line");
	else if (is_there(t, name))
		conf_error(l, v, "stands here twice: headers overlook case");
	else if (t->key && auth && !strcasecmp(name, auth))
		conf_error(l, v,
		    "is the header of the key, which would be overridden: write `key: ...`, or "
		    "`key: none` beside it");
	else
		return true;
	return false;
}

/* As a key would be: over plain http beyond our own network it is shown to everybody. */
static void check_plain_http(
    struct loader *l, const struct conf_value *v, const struct target *t)
{
	static const char scheme[] = "http://";
	bool secret = v->ref && strcmp(v->ref, "(clear text)") != 0;
	if (secret && t->url && !target_is_private(t) &&
	    span_ieq((struct span){t->url, strnlen(t->url, strlen(scheme))}, scheme))
		conf_error(l, v,
		    "http:// would show the secret to the network: use https://, or no "
		    "reference");
}

static void read_headers(struct loader *l, const struct conf_value *v, struct target *t)
{
	struct target_header *rows =
	    arena_alloc(l->arena, (v->n_items + 1) * sizeof *rows);
	t->headers = rows;
	for (size_t i = 0; i < v->n_items; i++) {
		const struct conf_value *item = &v->items[i];
		if (!header_is_good(l, item, t))
			continue;
		check_plain_http(l, item, t);
		rows[t->n_headers++] = (struct target_header){
		    .name = arena_strdup(l->arena, item->node->key),
		    .value = item->secret,
		    .is_secret = strcmp(item->ref, "(clear text)") != 0,
		};
	}
}

/* --- body ------------------------------------------------------------------------- */

/* What another key says already, and what samples would lie about. */
static const struct {
	const char *name, *cure;
} taken[] = {
    {"model",    "`model:`"			},
    {"stream",   "`probe: stream` or `probe: chat`"},
    {"messages", "`prompt:`"                       },
    {"contents", "`prompt:`"                       },
    {"input",    "`prompt:`"                       },
};

/* The forecast and the budgets count with the limit that is really sent. */
static void take_limit(struct loader *l, const json_t *body, struct target *t)
{
	const char *path = t->provider->max_tokens_field;
	struct provider *own;
	int64_t n;
	if (!path)
		path = t->dialect->max_tokens_field;
	if (!path || !json_int_at(body, path, &n) || n < 1 || n > 1000000)
		return;
	own = arena_alloc(l->arena, sizeof *own);
	*own = *t->provider;
	own->max_tokens = (int)n;
	t->provider = own;
}

static void read_extra_body(
    struct loader *l, const struct conf_value *v, struct target *t)
{
	static const unsigned bodiless =
	    KIND(PROBE_MODELS) | KIND(PROBE_HTTP) | KIND(PROBE_DOOR);
	json_t *body;
	if (!v->set || !t->provider)
		return;
	if (t->kind == PROBE_HTTP)
		conf_error(l, v,
		    "a page is asked with `prompt:` as its body, and `method: POST`");
	else if (bodiless & KIND(t->kind))
		conf_warn(l, v, "is not sent: `probe: %s` asks nothing",
		    probe_kind_code(t->kind));
	body = json_parse(span_of(v->text), NULL);
	for (size_t i = 0; i < N(taken); i++)
		if (json_object_get(body, taken[i].name))
			conf_error(l, v, "`%s` is said by %s: remove it here",
			    taken[i].name, taken[i].cure);
	if (!(bodiless & KIND(t->kind))) {
		t->extra_body = arena_strdup(l->arena, v->text);
		take_limit(l, body, t);
	}
	json_decref(body);
}

/* --- all of it -------------------------------------------------------------------- */

static const struct conf_value *pick(const struct conf_values *tv,
    const struct conf_values *defaults, enum conf_target_key key)
{
	return tv->v[key].node ? &tv->v[key] : &defaults->v[key];
}

void conf_read_transport(struct loader *l, const struct conf_values *tv,
    const struct conf_values *defaults, struct target *t)
{
	const struct conf_value *grace = &tv->v[TARGET_GRACE];
	bool self_hosted =
	    t->provider && t->provider->self_hosted && tv->v[TARGET_PROVIDER].node;
	t->ip = (enum ip_family)pick(tv, defaults, TARGET_IP)->n;
	read_ca_file(l, pick(tv, defaults, TARGET_CA_FILE), t);
	read_resolve(l, &tv->v[TARGET_RESOLVE], t);
	read_headers(l, &tv->v[TARGET_HEADERS], t);
	read_extra_body(l, &tv->v[TARGET_EXTRA_BODY], t);
	t->grace_ms = grace->set ? grace->n : self_hosted ? SELF_HOSTED_GRACE : 0;
}
