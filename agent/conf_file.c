/* SPDX-License-Identifier: MIT
 *
 * The world around the loader: where the config is, what the environment and the files of
 * secrets say. Nothing here knows a key of the config.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "agent/base/yaml.h"
#include "agent/conf.h"
#include "agent/conf_draft.h"
#include "agent/conf_loader.h"
#include "agent/paint.h"
#include "agent/zoneinfo.h"

#define SYSTEM_CONFIG "/etc/dimwatch/dimwatch.yaml"
#define SYSTEM_STATE  "/var/lib/dimwatch"
#define LOCAL_CONFIG  "dimwatch.yaml"
#define MAX_SECRET    ((size_t)64 << 10)

/* --- files ------------------------------------------------------------------------ */

/* Regular files only: a FIFO would hold us up. -1: e says why. */
static int open_regular(const char *path, struct stat *st, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0) {
		err_set(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_SYSTEM,
		    "cannot be read (%s): check the path", strerror(errno));
		return -1;
	}
	if (fstat(fd, st) == 0 && S_ISREG(st->st_mode))
		return fd;
	err_set(e, ERR_CONFIG, "is not a regular file");
	(void)close(fd);
	return -1;
}

/* At most limit bytes, else out->cut. */
static bool read_all(int fd, struct str *out, struct err *e)
{
	char buf[16384];
	ssize_t n;
	while (!out->cut && (n = read(fd, buf, sizeof buf)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(
			    e, ERR_SYSTEM, "cannot be read: %s", strerror(errno));
		(void)str_add(out, buf, (size_t)n);
	}
	explicit_bzero(buf, sizeof buf);
	return true;
}

static bool read_path(const char *path, struct str *out, struct err *e)
{
	struct stat st;
	int fd = open_regular(path, &st, e);
	if (fd < 0)
		return false;
	bool ok = read_all(fd, out, e);
	(void)close(fd);
	return ok;
}

/* --- the real world --------------------------------------------------------------- */

struct real_world {
	struct conf_world world;
	char hostname[256];
	char state[1024];
};

static const char *real_env(void *arg, const char *name)
{
	(void)arg;
	return getenv(name);
}

/* systemd guards its credentials itself; other files may be read by their owner only. */
static bool is_credential(const struct conf_world *w, const char *path)
{
	size_t n = w->credentials_directory ? strlen(w->credentials_directory) : 0;
	return n && !strncmp(path, w->credentials_directory, n) && path[n] == '/';
}

static bool real_file(void *arg, const char *path, struct str *out, struct err *e)
{
	const struct real_world *r = arg;
	struct str bytes;
	struct stat st;
	int fd = open_regular(path, &st, e);
	if (fd < 0)
		return err_wrap(e, "the secret's file %s", path);
	if ((st.st_mode & 077) && !is_credential(&r->world, path)) {
		(void)close(fd);
		return err_set(e, ERR_CONFIG,
		    "the secret's file %s can be read by others (mode %03o): chmod 600 it",
		    path, (unsigned)st.st_mode & 0777);
	}
	str_init(&bytes, MAX_SECRET);
	bool ok = read_all(fd, &bytes, e);
	(void)close(fd);
	if (ok && bytes.cut)
		ok = err_set(e, ERR_LIMIT, "is larger than 64 KiB: that is no secret");
	if (ok)
		(void)str_add(out, bytes.data, bytes.len);
	else
		(void)err_wrap(e, "the secret's file %s", path);
	if (bytes.data)
		explicit_bzero(bytes.data, bytes.cap);
	str_fini(&bytes);
	return ok;
}

static bool real_text(void *arg, const char *path, struct str *out, struct err *e)
{
	(void)arg;
	return read_path(path, out, e);
}

static bool real_zone(void *arg, const char *name, struct str *out, struct err *e)
{
	(void)arg;
	return zoneinfo_read(name, out, e);
}

static bool real_readable(void *arg, const char *path)
{
	(void)arg;
	return access(path, R_OK) == 0;
}

/* Under systemd $STATE_DIRECTORY (the first of its list). Whoever looks at the system's
 * config from a shell means the service's database. */
static const char *state_directory(struct real_world *r, const char *config)
{
	const char *dir = getenv("STATE_DIRECTORY");
	struct stat st;
	if (dir && *dir) {
		size_t n = strcspn(dir, ":");
		return span_copy((struct span){dir, n}, r->state, sizeof r->state);
	}
	if (config && !strcmp(config, SYSTEM_CONFIG) && stat(SYSTEM_STATE, &st) == 0)
		return str_copy(r->state, sizeof r->state, SYSTEM_STATE);
	return NULL;
}

static void real_world_init(struct real_world *r, const char *config)
{
	*r = (struct real_world){0};
	if (gethostname(r->hostname, sizeof r->hostname - 1) != 0)
		r->hostname[0] = '\0';
	r->world = (struct conf_world){.arg = r,
	    .env = real_env,
	    .file = real_file,
	    .text = real_text,
	    .zone = real_zone,
	    .readable = real_readable,
	    .credentials_directory = getenv("CREDENTIALS_DIRECTORY"),
	    .state_directory = state_directory(r, config),
	    .hostname = r->hostname};
}

/* --- opening ---------------------------------------------------------------------- */

static void report(struct conf_problems *p, const char *path, const char *what)
{
	conf_problem_add(p, path, &(struct conf_problem){0}, "", what);
}

/* The file to load; NULL: none was named and none is there. */
static const char *find(const char *explicit_path)
{
	static const char *const places[] = {LOCAL_CONFIG, SYSTEM_CONFIG};
	const char *named = explicit_path ? explicit_path : getenv("DIMWATCH_CONFIG");
	if (named && *named)
		return named;
	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		if (access(places[i], F_OK) == 0)
			return places[i];
	return NULL;
}

static struct conf *open_path(
    const char *path, bool skip_secrets, struct conf_problems *problems)
{
	struct real_world r;
	struct err e = {0};
	struct str bytes;
	struct conf *c = NULL;
	str_init(&bytes, YAML_MAX_BYTES + 1);
	real_world_init(&r, path);
	r.world.skip_secrets = skip_secrets;
	if (read_path(path, &bytes, &e))
		c = conf_load(str_span(&bytes), path, &r.world, problems);
	else
		report(problems, path, e.msg);
	if (bytes.data)
		explicit_bzero(bytes.data, bytes.cap); /* clear text, if any */
	str_fini(&bytes);
	return c;
}

static struct conf *open_found(
    const char *explicit_path, bool skip_secrets, struct conf_problems *problems)
{
	const char *path = find(explicit_path);
	if (path)
		return open_path(path, skip_secrets, problems);
	report(problems, "dimwatch",
	    "no config found: there is no ./" LOCAL_CONFIG " and no " SYSTEM_CONFIG
	    "; `dimwatch init` writes one, -c FILE or $DIMWATCH_CONFIG names one");
	return NULL;
}

struct conf *conf_open(const char *explicit_path, struct conf_problems *problems)
{
	return open_found(explicit_path, false, problems);
}

struct conf *conf_open_without_secrets(
    const char *explicit_path, struct conf_problems *problems)
{
	return open_found(explicit_path, true, problems);
}

/* Only whom to ask matters to `probe`: channels stay out. */
static const char *provider_env(void *arg, const char *name)
{
	(void)arg;
	return strstr(name, "WEBHOOK") ? NULL : getenv(name);
}

static struct conf *open_environment(struct conf_problems *problems)
{
	const struct conf_draft_env env = {.get = provider_env};
	struct arena *scratch = arena_new();
	struct err e = {0};
	const struct catalogue *catalogue = catalogue_load(scratch, &e);
	struct real_world r;
	struct conf *c = NULL;
	struct str text;
	str_init(&text, CONF_DRAFT_LIMIT);
	real_world_init(&r, NULL);
	if (!catalogue) {
		report(problems, "the catalogue", e.msg);
	} else if (conf_draft(catalogue, &env, &text)) {
		c = conf_load(str_span(&text), "the environment", &r.world, problems);
	} else {
		str_reset(&text);
		(void)str_adds(&text, "no config found, and no provider's key is in the "
				      "environment; looked for ");
		struct str names;
		str_init(&names, 2000);
		conf_draft_variables(catalogue, &names);
		(void)str_adds(&text, str_c(&names));
		str_fini(&names);
		report(problems, "dimwatch", str_c(&text));
	}
	str_fini(&text);
	arena_free(scratch);
	return c;
}

struct conf *conf_open_or_environment(
    const char *explicit_path, struct conf_problems *problems)
{
	return find(explicit_path) ? conf_open(explicit_path, problems)
				   : open_environment(problems);
}

/* --- after loading ---------------------------------------------------------------- */

/* Editors find `file:line:column:` at the start of a line; only colours come before. */
static void print_problem(const struct conf_problem *row)
{
	const char *text = row->text, *rest = strstr(text, ": ");
	int n = rest ? (int)(rest - text) : 0;
	(void)fprintf(stderr, "%s%.*s%s%s\n",
	    paint_begin(stderr, row->warning ? PAINT_WARN : PAINT_BAD), n, text,
	    paint_end(stderr), text + n);
}

void conf_problems_print(const struct conf_problems *p)
{
	size_t warnings = 0, shown = 0;
	for (size_t i = 0; i < p->n; i++) {
		warnings += p->rows[i].warning;
		shown += !p->rows[i].warning;
		print_problem(&p->rows[i]);
	}
	if (p->errors > shown)
		(void)fprintf(stderr, "... and %zu more\n", p->errors - shown);
	if (p->errors)
		(void)fprintf(stderr, "%zu error%s, %zu warning%s: nothing was started\n",
		    p->errors, p->errors == 1 ? "" : "s", warnings,
		    warnings == 1 ? "" : "s");
}

static void redact(const struct secret *s)
{
	if (s)
		log_redact(secret_reveal(s));
}

static void redact_headers(const struct target *t)
{
	for (size_t i = 0; i < t->n_headers; i++)
		if (t->headers[i].is_secret)
			redact(t->headers[i].value);
}

void conf_redact_log(const struct conf *c)
{
	for (size_t i = 0; i < c->n_targets; i++) {
		redact(c->targets[i].key);
		redact(c->targets[i].proxy);
		redact_headers(&c->targets[i]);
	}
	for (size_t i = 0; i < c->n_channels; i++) {
		redact(c->channels[i].url);
		redact(c->channels[i].secret);
		redact(c->channels[i].previous_secret);
		redact(c->channels[i].token);
		redact(c->channels[i].proxy);
	}
	if (c->heartbeat) {
		redact(c->heartbeat->url);
		redact(c->heartbeat->proxy);
	}
}
