/* SPDX-License-Identifier: MIT
 *
 * See service.h. One datagram a message; NOTIFY_SOCKET begins with '/' (a path) or '@'
 * (abstract: the '@' stands for a NUL).
 */
#include "agent/service.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "agent/base/xalloc.h"

struct service {
	int fd; /* -1: no service manager */
	struct sockaddr_un to;
	socklen_t to_len;
	int64_t ping_ms;
};

static int64_t watchdog_ms(void)
{
	const char *us = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	if (!us || (pid && strtol(pid, NULL, 10) != (long)getpid()))
		return 0;
	return strtoll(us, NULL, 10) / 1000 / 2;
}

struct service *service_new(void)
{
	struct service *s = xcalloc(1, sizeof *s);
	const char *path = getenv("NOTIFY_SOCKET");
	size_t n = path ? strlen(path) : 0;
	s->fd = -1;
	s->ping_ms = watchdog_ms();
	if (n < 2 || n >= sizeof s->to.sun_path || (path[0] != '/' && path[0] != '@'))
		return s;
	s->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	s->to.sun_family = AF_UNIX;
	memcpy(s->to.sun_path, path, n);
	if (path[0] == '@')
		s->to.sun_path[0] = '\0';
	s->to_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
	return s;
}

void service_free(struct service *s)
{
	if (!s)
		return;
	if (s->fd >= 0)
		(void)close(s->fd);
	free(s);
}

/* Nobody is helped if this fails: the manager's own time-outs speak then. */
static void say(struct service *s, const char *text)
{
	if (s->fd >= 0)
		(void)sendto(s->fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT,
		    (const struct sockaddr *)&s->to, s->to_len);
}

static void say_with_status(struct service *s, const char *first, const char *status)
{
	char text[300];
	(void)snprintf(
	    text, sizeof text, "%s%sSTATUS=%.200s", first, *first ? "\n" : "", status);
	say(s, text);
}

void service_ready(struct service *s, const char *status)
{
	say_with_status(s, "READY=1", status);
}

void service_reloading(struct service *s)
{
	struct timespec ts;
	char text[80];
	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	(void)snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%lld",
	    (long long)ts.tv_sec * 1000000 + ts.tv_nsec / 1000);
	say(s, text);
}

void service_stopping(struct service *s)
{
	say(s, "STOPPING=1");
}

void service_status(struct service *s, const char *status)
{
	say_with_status(s, "", status);
}

int64_t service_ping_ms(const struct service *s)
{
	return s->fd >= 0 ? s->ping_ms : 0;
}

void service_ping(struct service *s)
{
	say(s, "WATCHDOG=1");
}
