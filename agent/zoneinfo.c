/* SPDX-License-Identifier: MIT
 *
 * See zoneinfo.h. A name is no path: nothing but letters, digits and _ + - / leads
 * anywhere, so that a config cannot read other files by it.
 */
#include "agent/zoneinfo.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/arena.h"
#include "agent/base/zone.h"

#define MAX_NAME  63
#define MAX_NAMES 3000
#define MAX_DEPTH 3

static const char *const usual[] = {"/usr/share/zoneinfo", "/usr/lib/zoneinfo",
    "/usr/share/lib/zoneinfo", "/etc/zoneinfo"};

/* NULL: this system has none. */
static const char *folder(void)
{
	const char *dir = getenv("TZDIR");
	struct stat st;
	if (dir && dir[0] == '/')
		return dir;
	for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
		if (stat(usual[i], &st) == 0 && S_ISDIR(st.st_mode))
			return usual[i];
	return NULL;
}

static bool is_name(const char *name)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/";
	size_t n = strlen(name);
	return n && n <= MAX_NAME && strspn(name, good) == n && name[0] != '/' &&
	       name[n - 1] != '/' && !strstr(name, "//");
}

/* --- what else there is ------------------------------------------------------------- */

struct names {
	struct arena *arena; /* owned: the names */
	const char *all[MAX_NAMES];
	size_t n;
};

/* The same zones again, with and without leap seconds, and lists. */
static bool is_zone(const struct dirent *d)
{
	return d->d_name[0] >= 'A' && d->d_name[0] <= 'Z' && is_name(d->d_name);
}

static void collect(struct names *names, const char *dir, const char *prefix, int depth)
{
	DIR *open = opendir(dir);
	struct dirent *d;
	while (open && (d = readdir(open))) {
		struct stat st;
		if (!is_zone(d) || names->n == MAX_NAMES)
			continue;
		char *path = arena_printf(names->arena, "%s/%s", dir, d->d_name);
		char *name = arena_printf(names->arena, "%s%s", prefix, d->d_name);
		if (stat(path, &st) != 0)
			continue;
		if (S_ISREG(st.st_mode))
			names->all[names->n++] = name;
		else if (S_ISDIR(st.st_mode) && depth < MAX_DEPTH)
			collect(names, path, arena_printf(names->arena, "%s/", name),
			    depth + 1);
	}
	if (open)
		(void)closedir(open);
}

static const char *city(const char *name)
{
	const char *slash = strrchr(name, '/');
	return slash ? slash + 1 : name;
}

/* By spelling, or by the city alone: "Hong_Kong" means Asia/Hong_Kong. */
static const char *nearest(const struct names *names, const char *word)
{
	const char *near = NULL;
	for (size_t i = 0; i < names->n && !near; i++)
		if (span_ieq(span_of(city(names->all[i])), city(word)))
			near = names->all[i];
	return near ? near : str_nearest(word, names->all, names->n);
}

static bool unknown(const char *dir, const char *name, struct err *e)
{
	struct names *names = calloc(1, sizeof *names);
	const char *near = NULL;
	if (!names)
		return err_set(e, ERR_CONFIG, "no time zone '%s'", name);
	names->arena = arena_new();
	collect(names, dir, "", 1);
	near = nearest(names, name);
	if (near)
		err_set(
		    e, ERR_CONFIG, "no time zone '%s' (did you mean '%s'?)", name, near);
	else
		err_set(e, ERR_CONFIG,
		    "no time zone '%s': names are like Asia/Hong_Kong, or +08:00", name);
	arena_free(names->arena);
	free(names);
	return false;
}

/* --- reading ------------------------------------------------------------------------ */

static bool read_all(int fd, struct str *out, struct err *e)
{
	char buf[4096];
	ssize_t n;
	while (!out->cut && (n = read(fd, buf, sizeof buf)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, ERR_SYSTEM, "%s", strerror(errno));
		(void)str_add(out, buf, (size_t)n);
	}
	return true;
}

bool zoneinfo_read(const char *name, struct str *out, struct err *e)
{
	const char *dir = folder();
	char path[4096];
	struct stat st;
	int fd;
	bool ok;
	if (!dir)
		return err_set(e, ERR_CONFIG,
		    "time zone '%s': this system has no time zone files: install the "
		    "package tzdata, or write an offset such as +08:00",
		    name);
	if (!is_name(name) ||
	    snprintf(path, sizeof path, "%s/%s", dir, name) >= (int)sizeof path)
		return unknown(dir, name, e);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return unknown(dir, name, e);
	ok = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
	if (!ok)
		(void)unknown(dir, name, e);
	else
		ok = read_all(fd, out, e) ||
		     err_wrap(e, "time zone '%s' cannot be read", name);
	(void)close(fd);
	return ok;
}
