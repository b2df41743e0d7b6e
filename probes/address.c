/* SPDX-License-Identifier: MIT
 *
 * Paths are put together; of a user's URL the part is looked for that is already there.
 */
#include "probes/address.h"

#include <stdio.h>
#include <string.h>

#define MODEL    "{model}"
#define MAX_PATH 400

/* --- paths --- */

static bool ends_with(struct span s, const char *tail)
{
	size_t n = strlen(tail);

	return s.n >= n && memcmp(s.p + s.n - n, tail, n) == 0;
}

static struct span without_end(struct span s, size_t n)
{
	return (struct span){s.p, s.n - n};
}

static void add_encoded(struct str *out, const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789-._~";

	for (; *text != '\0'; text++) {
		if (strchr(plain, *text) != NULL)
			str_addc(out, *text);
		else
			str_addf(out, "%%%02X", (unsigned)(unsigned char)*text);
	}
}

static void add_path(struct str *out, struct span path, const char *model)
{
	const char *place = memmem(path.p, path.n, MODEL, strlen(MODEL));
	size_t before = place != NULL ? (size_t)(place - path.p) : path.n;

	str_add(out, path.p, before);
	if (place == NULL)
		return;
	add_encoded(out, model);
	before += strlen(MODEL);
	str_add(out, path.p + before, path.n - before);
}

/* Both ways to end a chat path lead to either kind. */
static void add_chat(struct str *out, struct span path, const struct address_ask *ask)
{
	const struct dialect_paths *d = &ask->dialect->paths;
	bool streams = dialect_streams(ask->dialect, ask->kind);
	const char *want = streams ? d->stream_tail : d->whole_tail;
	const char *other = streams ? d->whole_tail : d->stream_tail;

	if (want == NULL || other == NULL || !ends_with(path, other)) {
		add_path(out, path, ask->model);
		return;
	}
	add_path(out, without_end(path, strlen(other)), ask->model);
	str_adds(out, want);
}

bool address_of_provider(const struct provider *p, const struct address_ask *ask,
    const char *base, struct str *out)
{
	const char *path = NULL;

	switch (ask->kind) {
	case PROBE_STREAM:
	case PROBE_CHAT:
	case PROBE_HEAVY:
	case PROBE_DOOR:
		str_adds(out, base);
		add_chat(out, span_of(p->chat_path), ask);
		return true;
	case PROBE_MODELS:
		if (p->models_url != NULL) {
			str_adds(out, p->models_url);
			return true;
		}
		path = p->models_path;
		break;
	case PROBE_EMBEDDING:
		path = p->embedding_path;
		break;
	case PROBE_HTTP:
	case PROBE_KIND_COUNT:
		break;
	}
	if (path == NULL)
		return false;
	str_adds(out, base);
	add_path(out, span_of(path), ask->model);
	return true;
}

/* --- a user's URL --- */

/* Where the path begins: at its first slash, or at the end. */
static size_t path_at(struct span url)
{
	const char *from = memmem(url.p, url.n, "://", 3);
	size_t at = from != NULL ? (size_t)(from - url.p) + 3 : 0;

	while (at < url.n && url.p[at] != '/')
		at++;
	return at;
}

/* "v1", "v3", "v1beta": what a base URL ends with. */
static bool ends_with_version(struct span path)
{
	const char *slash = path.n > 0 ? memrchr(path.p, '/', path.n) : NULL;
	size_t n = slash != NULL ? (size_t)(path.p + path.n - slash) - 1 : 0;

	if (n < 2 || slash[1] != 'v' || slash[2] < '0' || slash[2] > '9')
		return false;
	for (size_t i = 3; i <= n; i++) {
		char c = slash[i];

		if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z'))
			return false;
	}
	return true;
}

/* How many bytes at the end of the path are the beginning of `full`, by whole steps. */
static size_t overlap(struct span path, const char *full)
{
	for (size_t n = strlen(full); n > 0; n--) {
		struct span head = {full, n};

		if (full[n] != '\0' && full[n] != '/')
			continue;
		if (path.n >= n && memcmp(path.p + path.n - n, head.p, n) == 0)
			return n;
	}
	return 0;
}

static const char *path_of(const struct address_ask *ask)
{
	const struct dialect_paths *d = &ask->dialect->paths;

	if (ask->kind == PROBE_MODELS)
		return d->models;
	return ask->kind == PROBE_EMBEDDING ? d->embedding : d->chat;
}

static bool is_chat(const struct address_ask *ask)
{
	return ask->kind != PROBE_MODELS && ask->kind != PROBE_EMBEDDING;
}

/* A base URL and what stands between it and the path. */
static enum address_how complete(
    struct span base, const char *prefix, const struct address_ask *ask, struct str *out)
{
	const char *path = path_of(ask);

	if (path == NULL)
		return ADDRESS_NONE;
	str_add(out, base.p, base.n);
	str_adds(out, prefix);
	if (is_chat(ask))
		add_chat(out, span_of(path), ask);
	else
		add_path(out, span_of(path), ask->model);
	return ADDRESS_COMPLETED;
}

static enum address_how as_given(
    struct span url, const struct address_ask *ask, enum address_how how, struct str *out)
{
	if (!is_chat(ask))
		return ADDRESS_NONE;
	add_chat(out, url, ask);
	return how;
}

/* The complete chat URL of a dialect whose paths hold the model ends in a tail. */
static bool has_chat_tail(struct span url, const struct dialect_paths *d)
{
	return (d->stream_tail != NULL && ends_with(url, d->stream_tail)) ||
	       (d->whole_tail != NULL && ends_with(url, d->whole_tail));
}

enum address_how address_of_server(
    const char *text, const struct address_ask *ask, struct str *out)
{
	const struct dialect_paths *d = &ask->dialect->paths;
	const char *own = path_of(ask);
	struct span url = span_of(text), path;
	char full[MAX_PATH];
	size_t n;

	if (ask->kind == PROBE_HTTP ||
	    (own != NULL && !is_chat(ask) && ends_with(url, own))) {
		str_adds(out, text);
		return ADDRESS_GIVEN;
	}
	if (has_chat_tail(url, d) || strchr(text, '?') != NULL)
		return as_given(url, ask, ADDRESS_GIVEN, out);
	while (url.n > 0 && url.p[url.n - 1] == '/')
		url.n--;
	n = path_at(url);
	path = (struct span){url.p + n, url.n - n};
	/* A chat without the usual prefix in front of it is a chat. */
	if (d->chat != NULL && ends_with(path, d->chat)) {
		(void)complete(without_end(url, strlen(d->chat)), "", ask, out);
		return is_chat(ask) ? ADDRESS_GIVEN : ADDRESS_COMPLETED;
	}
	(void)snprintf(
	    full, sizeof(full), "%s%s", d->prefix, d->chat != NULL ? d->chat : "");
	n = overlap(path, full);
	if (n > 0 || path.n == 0)
		return complete(without_end(url, n), d->prefix, ask, out);
	if (d->prefix[0] != '\0' && ends_with_version(path))
		return complete(url, "", ask, out);
	return as_given(url, ask, ADDRESS_UNKNOWN, out);
}
