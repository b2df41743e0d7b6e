/* SPDX-License-Identifier: MIT
 *
 * What a stranger's words must not show besides the key that was sent: the keys of other
 * targets, signing secrets and tokens of channels, and of addresses that are secrets the
 * pieces that make them so. A provider, or somebody between, may echo any of them.
 */
#include <string.h>

#include "agent/conf_loader.h"

#define MOST      256
#define LEAST     ((size_t)12) /* shorter is a word like others */
#define SURE      ((size_t)24) /* a shorter one needs a digit to be no word */
#define PASSWORD  ((size_t)8)
#define AUTHORITY "/?#"

struct hidden {
	struct loader *l;
	const struct secret **all;
	size_t n;
};

static void add(struct hidden *h, const struct secret *s)
{
	if (!s || h->n == MOST || strlen(secret_reveal(s)) < LEAST)
		return;
	for (size_t i = 0; i < h->n; i++)
		if (secret_eq(h->all[i], s))
			return;
	h->all[h->n++] = s;
}

static void free_secret(void *arg)
{
	secret_free(arg);
}

static bool is_telling(struct span piece)
{
	if (piece.n < LEAST)
		return false;
	for (size_t i = 0; i < piece.n; i++)
		if (piece.p[i] >= '0' && piece.p[i] <= '9')
			return true;
	return piece.n >= SURE;
}

static void add_piece(struct hidden *h, struct span piece)
{
	struct secret *s = NULL;
	if (h->n == MOST)
		return;
	s = secret_new(piece.p, piece.n);
	arena_on_free(h->l->arena, free_secret, s);
	add(h, s);
}

/* Path segments and values of the query; of the authority only a password. */
static void add_url(struct hidden *h, const struct secret *url)
{
	const char *p = url ? secret_reveal(url) : "", *scheme = strstr(p, "://");
	const char *at = NULL, *colon = NULL;
	size_t n = 0;
	if (!scheme) {
		add(h, url); /* a token */
		return;
	}
	p = scheme + 3;
	n = strcspn(p, AUTHORITY);
	at = memrchr(p, '@', n);
	colon = at ? memchr(p, ':', (size_t)(at - p)) : NULL;
	if (colon && (size_t)(at - colon) > PASSWORD)
		add_piece(h, (struct span){colon + 1, (size_t)(at - colon) - 1});
	for (p += n; *p; p += n) {
		p += strspn(p, "/?&=#");
		n = strcspn(p, "/?&=#");
		if (is_telling((struct span){p, n}))
			add_piece(h, (struct span){p, n});
	}
}

static void add_target(struct hidden *h, const struct target *t)
{
	add(h, t->key);
	for (size_t i = 0; i < t->n_headers; i++)
		if (t->headers[i].is_secret)
			add(h, t->headers[i].value);
}

void conf_hide_secrets(struct loader *l)
{
	struct conf *c = l->conf;
	struct hidden h = {
	    .l = l, .all = arena_alloc(l->arena, MOST * sizeof(const struct secret *))};
	for (size_t i = 0; i < c->n_channels; i++) {
		const struct channel_conf *channel = &c->channels[i];
		add_url(&h, channel->url);
		add(&h, channel->secret);
		add(&h, channel->previous_secret);
		add(&h, channel->token);
	}
	if (c->heartbeat)
		add_url(&h, c->heartbeat->url);
	for (size_t i = 0; i < c->n_targets; i++)
		add_target(&h, &c->targets[i]);
	for (size_t i = 0; i < c->n_targets; i++) {
		c->targets[i].hidden = h.all;
		c->targets[i].n_hidden = h.n;
	}
}
