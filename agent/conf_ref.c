/* SPDX-License-Identifier: MIT
 *
 * References: ${NAME} anywhere in a text, file:PATH and credential:NAME as a whole
 * secret. What they lead to is never part of a message.
 */
#include <string.h>

#include "agent/conf_loader.h"

#define MAX_VALUE  ((size_t)8 << 10)
#define FILE_MARK  "file:"
#define CRED_MARK  "credential:"
#define NAME_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"

/* The value of the variable named by n bytes at p. */
static bool expand_one(
    struct loader *l, const char *p, size_t n, struct str *out, struct err *e)
{
	char name[128];
	const char *value;
	if (!n || n >= sizeof name || strspn(p, NAME_CHARS) < n ||
	    (*p >= '0' && *p <= '9'))
		return err_set(e, ERR_CONFIG,
		    "'${%.*s}' is no reference: write ${NAME}, letters, digits and _ only",
		    (int)(n < 60 ? n : 60), p);
	(void)span_copy((struct span){p, n}, name, sizeof name);
	value = l->world->env(l->world->arg, name);
	if (!value)
		return err_set(e, ERR_CONFIG,
		    "the environment variable %s is not set: set it, or refer to another",
		    name);
	if (!*value)
		return err_set(e, ERR_CONFIG,
		    "the environment variable %s is empty: give it a value", name);
	if (!str_adds(out, value))
		return err_set(e, ERR_CONFIG,
		    "the environment variable %s is longer than %zu bytes", name,
		    out->limit);
	return true;
}

bool conf_ref_expand(
    struct loader *l, const char *text, struct str *out, bool *ret_any, struct err *e)
{
	*ret_any = false;
	for (const char *p = text; *p;) {
		if (p[0] != '$' || p[1] != '{') {
			(void)str_addc(out, *p++);
			continue;
		}
		size_t n = strcspn(p + 2, "}");
		if (!p[2 + n])
			return err_set(
			    e, ERR_CONFIG, "'${' is never closed: write ${NAME}");
		if (!expand_one(l, p + 2, n, out, e))
			return false;
		*ret_any = true;
		p += n + 3;
	}
	return true;
}

/* Two mistakes that would otherwise be sent as a key. */
static bool check_spelling(const char *text, struct err *e)
{
	if (text[0] == '$' && text[1] != '{' && strspn(text + 1, NAME_CHARS) > 0)
		return err_set(
		    e, ERR_CONFIG, "a reference has braces: write ${%.60s}", text + 1);
	if (span_has_prefix(span_of(text), "env:"))
		return err_set(e, ERR_CONFIG,
		    "a reference to the environment is written ${%.60s}", text + 4);
	return true;
}

static bool read_credential(
    struct loader *l, const char *name, struct str *out, struct err *e)
{
	const struct conf_world *w = l->world;
	if (!*name || strchr(name, '/') || name[0] == '.')
		return err_set(e, ERR_CONFIG,
		    "'%.60s' is no credential's name: write credential:NAME as in "
		    "LoadCredential=NAME:PATH",
		    name);
	if (!w->credentials_directory)
		return err_set(e, ERR_CONFIG,
		    "credential:%.60s works only under systemd with LoadCredential "
		    "($CREDENTIALS_DIRECTORY is not set); elsewhere use file:PATH",
		    name);
	return w->file(w->arg,
	    arena_printf(l->scratch, "%s/%s", w->credentials_directory, name), out, e);
}

/* A relative path starts at the config. */
static bool read_file(struct loader *l, const char *path, struct str *out, struct err *e)
{
	const char *slash = strrchr(l->file, '/');
	if (!*path)
		return err_set(e, ERR_CONFIG, "file: names no file: write file:PATH");
	if (path[0] == '~')
		return err_set(
		    e, ERR_CONFIG, "'~' is not known here: write the whole path");
	if (path[0] != '/' && slash)
		path = arena_printf(
		    l->scratch, "%.*s/%s", (int)(slash - l->file), l->file, path);
	return l->world->file(l->world->arg, path, out, e);
}

static void free_secret(void *arg)
{
	secret_free(arg);
}

/* blanks: they may stand inside. */
static struct secret *keep(
    struct loader *l, struct span bytes, bool blanks, struct err *e)
{
	bytes = span_trim(bytes);
	if (!bytes.n) {
		err_set(e, ERR_CONFIG, "the secret is empty: give it a value");
		return NULL;
	}
	for (size_t i = 0; i < bytes.n; i++)
		if (((unsigned char)bytes.p[i] <= ' ' &&
			!(blanks && bytes.p[i] == ' ')) ||
		    bytes.p[i] == 0x7f) {
			err_set(e, ERR_CONFIG,
			    "the secret holds a blank or a control character: copy it again");
			return NULL;
		}
	struct secret *s = secret_new(bytes.p, bytes.n);
	arena_on_free(l->arena, free_secret, s);
	return s;
}

static struct secret *resolve(
    struct loader *l, const char *text, bool blanks, bool *ret_clear, struct err *e)
{
	struct secret *s = NULL;
	struct str bytes;
	bool any = false, ok, file = span_has_prefix(span_of(text), FILE_MARK);
	bool credential = span_has_prefix(span_of(text), CRED_MARK);
	*ret_clear = false;
	if (!check_spelling(text, e))
		return NULL;
	if (l->world->skip_secrets)
		return NULL;
	str_init(&bytes, MAX_VALUE);
	if (file)
		ok = read_file(l, text + strlen(FILE_MARK), &bytes, e);
	else if (credential)
		ok = read_credential(l, text + strlen(CRED_MARK), &bytes, e);
	else
		ok = conf_ref_expand(l, text, &bytes, &any, e);
	if (ok && bytes.cut)
		ok = err_set(e, ERR_CONFIG, "longer than %zu bytes: that is no secret",
		    bytes.limit);
	if (ok)
		s = keep(l, str_span(&bytes), blanks, e);
	*ret_clear = s && !file && !credential && !any;
	if (bytes.data)
		explicit_bzero(bytes.data, bytes.cap);
	str_fini(&bytes);
	return s;
}

struct secret *conf_ref_secret(
    struct loader *l, const char *text, bool *ret_clear, struct err *e)
{
	return resolve(l, text, false, ret_clear, e);
}

struct secret *conf_ref_line(
    struct loader *l, const char *text, bool *ret_clear, struct err *e)
{
	return resolve(l, text, true, ret_clear, e);
}
