/* SPDX-License-Identifier: MIT
 *
 * The list of doors and what was found at each. What it all comes to is doors_news.c's.
 */
#include "agent/doors.h"

#include <assert.h>
#include <string.h>

#include "probes/address.h"

#define SECONDS_PER_DAY 86400

static const struct door_finding_row findings[] = {
    [DOOR_GENUINE] = {"genuine",     "answers",           true },
    [DOOR_ANSWERS] = {"answers",     "answers otherwise", true },
    [DOOR_FAILING] = {"failing",     NULL,                true },
    [DOOR_PAGE] = {"page",        "a page",            false},
    [DOOR_CERT] = {"certificate", "certificate",       false},
    [DOOR_SILENT] = {"silent",      NULL,                false},
    [DOOR_LOCAL] = {"local",       "not sent",          false},
};
_Static_assert(sizeof(findings) / sizeof(findings[0]) == DOOR_FINDING_COUNT, "findings");

const struct door_finding_row *door_finding_row(enum door_finding f)
{
	assert((unsigned)f < DOOR_FINDING_COUNT);
	return &findings[f];
}

/* --- the list --- */

/* Small, steady, reachable inside and outside mainland China. Plain http shows a portal,
 * https one who breaks TLS open. */
static const struct {
	const char *name, *url;
	int status;       /* 0: any 2xx */
	const char *text; /* in the answer; NULL: not looked at */
} controls[] = {
    {"control cloudflare http",  "http://cp.cloudflare.com/generate_204",  204, NULL     },
    {"control cloudflare https", "https://cp.cloudflare.com/generate_204", 204, NULL     },
    {"control apple http",       "http://captive.apple.com/",              0,   "Success"},
    {"control apple https",      "https://captive.apple.com/",             0,   "Success"},
};
_Static_assert(sizeof(controls) / sizeof(controls[0]) == DOORS_CONTROLS, "controls");

/* Of nobody's catalogue: a page has no key, no errors of its own. */
static const struct provider control_provider = {
    .id = "control", .name = "control", .otel = "control", .dialect = "http"};

struct maker {
	struct doors *d;
	const struct doors_ask *ask;
};

static void set_pace(const struct maker *m, struct target *t)
{
	int64_t ms = m->ask->timeout_ms;

	t->proxy = m->ask->proxy;
	t->connection = CONNECTION_COLD;
	t->timeouts = (struct probe_timeouts){ms, ms, ms, ms, ms};
	t->price.in_nano_per_tok = t->price.out_nano_per_tok = -1;
}

/* A service that has ended has no door. */
static bool is_wanted(const struct doors_ask *ask, const struct provider *p)
{
	bool wanted = ask->n_names == 0;

	for (size_t i = 0; i < ask->n_names; i++)
		wanted |= strcmp(ask->names[i], p->id) == 0;
	return wanted && p->retired == NULL;
}

/* Two addresses of one host share its door. */
static bool host_is_listed(
    const struct doors *d, const struct provider *p, const struct target *t)
{
	char host[300], other[300];

	(void)target_host(t, host, sizeof(host));
	for (size_t i = 0; i < d->n; i++) {
		if (d->rows[i].target.provider == p &&
		    strcmp(target_host(&d->rows[i].target, other, sizeof(other)), host) ==
			0)
			return true;
	}
	return false;
}

static void add_region(const struct maker *m, const struct provider *p, size_t i)
{
	const struct provider_region *r = &p->regions[i];
	struct doors *d = m->d;
	struct door *row = &d->rows[d->n];
	struct target *t = &row->target;
	struct str url;

	*row = (struct door){0};
	t->provider = p;
	t->dialect = dialect_find(p->dialect);
	t->kind = PROBE_DOOR;
	t->model = p->model != NULL ? p->model : "";
	t->region = r->id;
	set_pace(m, t);
	str_init(&url, 4096);
	const struct address_ask ask = {t->dialect, PROBE_DOOR, t->model};
	if (strchr(r->base_url, '{') == NULL &&
	    address_of_provider(p, &ask, r->base_url, &url))
		t->url = arena_strdup(d->arena, str_c(&url));
	str_fini(&url);
	if (t->url == NULL || target_is_private(t) || host_is_listed(d, p, t))
		return;
	row->name = i == 0 ? p->id : arena_printf(d->arena, "%s %s", p->id, r->id);
	t->name = row->name;
	d->n++;
}

static void add_control(const struct maker *m, size_t i)
{
	struct door *row = &m->d->rows[m->d->n++];
	struct target *t = &row->target;

	*row = (struct door){.name = controls[i].name, .control = true};
	t->name = controls[i].name;
	t->url = controls[i].url;
	t->provider = &control_provider;
	t->dialect = dialect_find("http");
	t->kind = PROBE_HTTP;
	t->model = t->region = "";
	t->expect_status = controls[i].status;
	t->expect_text = controls[i].text;
	t->expect = controls[i].text != NULL ? EXPECT_CONTAINS : EXPECT_NONE;
	set_pace(m, t);
}

static size_t room(const struct catalogue *c)
{
	size_t n = DOORS_CONTROLS;

	for (size_t i = 0; i < catalogue_count(c); i++)
		n += catalogue_at(c, i)->n_regions;
	return n;
}

void doors_list(struct doors *d, const struct catalogue *c, const struct doors_ask *ask,
    struct arena *arena)
{
	const struct maker m = {d, ask};

	*d = (struct doors){.arena = arena};
	d->rows = arena_alloc(arena, room(c) * sizeof(*d->rows));
	for (size_t i = 0; i < catalogue_count(c); i++) {
		const struct provider *p = catalogue_at(c, i);

		if (!is_wanted(ask, p))
			continue;
		for (size_t k = 0; k < p->n_regions; k++)
			add_region(&m, p, k);
	}
	for (size_t i = 0; i < DOORS_CONTROLS; i++)
		add_control(&m, i);
	d->n_controls = DOORS_CONTROLS;
}

struct door *doors_find(struct doors *d, const struct target *t)
{
	for (size_t i = 0; i < d->n; i++) {
		if (&d->rows[i].target == t)
			return &d->rows[i];
	}
	return NULL;
}

/* --- one door --- */

#define NETWORK_AUTHENTICATION_REQUIRED 511 /* a portal that says so */

/* A page for people, or a status that no request without a key is given. The page of a
 * server that fails is a failure. */
static bool is_page(const struct door *d)
{
	const struct sample *s = &d->sample;
	bool json = s->evidence[0] == '{' && d->target.provider->n_door == 0;

	if (s->http_status >= 500)
		return s->http_status == NETWORK_AUTHENTICATION_REQUIRED;
	if (s->evidence[0] == '<' || s->outcome == OUTCOME_REDIRECTED)
		return true;
	return s->http_status <= 399 && !json;
}

enum door_finding door_finding(const struct door *d)
{
	const struct sample *s = &d->sample;

	if (s->outcome == OUTCOME_OK)
		return DOOR_GENUINE;
	if (s->outcome == OUTCOME_LOCAL)
		return DOOR_LOCAL;
	if (s->outcome == OUTCOME_TLS &&
	    span_icontains(span_of(s->message), span_of("certificate")))
		return DOOR_CERT;
	if (s->http_status == 0)
		return DOOR_SILENT;
	if (is_page(d))
		return DOOR_PAGE;
	return outcome_is_failure(s->outcome) ? DOOR_FAILING : DOOR_ANSWERS;
}

bool door_cert_days(const struct door *d, int64_t now_s, int64_t *ret_days)
{
	int64_t left = d->sample.cert_expiry_s - now_s;

	if (d->sample.cert_expiry_s <= 0)
		return false;
	*ret_days = left >= 0 ? left / SECONDS_PER_DAY
			      : -((-left + SECONDS_PER_DAY - 1) / SECONDS_PER_DAY);
	return true;
}
