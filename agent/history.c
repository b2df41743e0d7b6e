/* SPDX-License-Identifier: MIT
 *
 * See history.h.
 */
#include "agent/history.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "agent/base/xalloc.h"
#include "agent/conf.h"

int history_path(const struct cmd_args *a, char **ret)
{
	struct conf_problems problems;
	const char *database = cmd_value(a, "database"), *config = cmd_value(a, "config");
	if (database) {
		*ret = xstrdup(database);
		return -1;
	}
	conf_problems_init(&problems);
	struct conf *c = conf_open_without_secrets(config, &problems);
	if (c)
		*ret = xstrdup(c->store_path);
	else if (!config && access("dimwatch.db", R_OK) == 0)
		*ret = xstrdup(
		    "dimwatch.db"); /* the file is there: why insist on a config */
	else
		conf_problems_print(&problems);
	bool found = c || *ret;
	conf_free(c);
	conf_problems_fini(&problems);
	return found ? -1 : EXIT_USAGE;
}

struct conf *history_conf(const struct cmd_args *a)
{
	struct conf_problems problems;
	struct conf *c;
	if (cmd_value(a, "database"))
		return NULL;
	conf_problems_init(&problems);
	c = conf_open_without_secrets(cmd_value(a, "config"), &problems);
	conf_problems_fini(&problems);
	return c;
}

bool history_is_alive(const char *path)
{
	char *lock = xasprintf("%s.lock", path);
	int fd = open(lock, O_RDONLY | O_CLOEXEC);
	free(lock);
	if (fd < 0)
		return false;
	bool held = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
	(void)close(fd);
	return held;
}

char *history_local(struct wall t, char *buf, size_t size)
{
	time_t seconds = (time_t)(t.ms / MS_PER_S);
	struct tm tm;
	if (!t.ms || !localtime_r(&seconds, &tm) ||
	    !strftime(buf, size, "%Y-%m-%d %H:%M:%S", &tm))
		(void)str_copy(buf, size, "-");
	return buf;
}

struct wall history_now(void)
{
	struct timespec ts;
	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return (struct wall){(int64_t)ts.tv_sec * MS_PER_S + ts.tv_nsec / 1000000};
}
