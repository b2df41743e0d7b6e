/* SPDX-License-Identifier: MIT
 *
 * sd_notify's protocol against a real datagram socket.
 */
#include "agent/service.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static int listener(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	size_t n = strlen(path);
	assert_true(fd >= 0);
	memcpy(a.sun_path, path, n);
	if (path[0] == '@')
		a.sun_path[0] = '\0';
	assert_int_equal(bind(fd, (struct sockaddr *)&a,
			     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)),
	    0);
	return fd;
}

static void hear(int fd, char *buf, size_t size)
{
	ssize_t n = recv(fd, buf, size - 1, 0);
	assert_true(n > 0);
	buf[n] = '\0';
}

static void speaks_to_an_abstract_socket(void **state)
{
	char name[64], text[400];
	(void)state;
	(void)snprintf(name, sizeof name, "@dimwatch-test-%d", (int)getpid());
	int fd = listener(name);
	assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
	struct service *s = service_new();
	service_ready(s, "3 targets");
	hear(fd, text, sizeof text);
	assert_string_equal(text, "READY=1\nSTATUS=3 targets");
	service_reloading(s);
	hear(fd, text, sizeof text);
	assert_non_null(strstr(text, "RELOADING=1\nMONOTONIC_USEC="));
	service_ping(s);
	hear(fd, text, sizeof text);
	assert_string_equal(text, "WATCHDOG=1");
	service_stopping(s);
	hear(fd, text, sizeof text);
	assert_string_equal(text, "STOPPING=1");
	service_free(s);
	(void)close(fd);
}

static void pings_at_half_the_watchdogs_time_and_only_for_our_own_pid(void **state)
{
	char pid[32];
	(void)state;
	assert_int_equal(setenv("NOTIFY_SOCKET", "@dimwatch-nobody", 1), 0);
	assert_int_equal(setenv("WATCHDOG_USEC", "30000000", 1), 0);
	(void)snprintf(pid, sizeof pid, "%d", (int)getpid());
	assert_int_equal(setenv("WATCHDOG_PID", pid, 1), 0);
	struct service *s = service_new();
	assert_int_equal(service_ping_ms(s), 15000);
	service_free(s);
	assert_int_equal(setenv("WATCHDOG_PID", "1", 1), 0);
	s = service_new();
	assert_int_equal(service_ping_ms(s), 0);
	service_free(s);
}

static void without_a_service_manager_every_call_is_a_no_op(void **state)
{
	(void)state;
	assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
	struct service *s = service_new();
	service_ready(s, "x");
	service_ping(s);
	assert_int_equal(service_ping_ms(s), 0);
	service_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(speaks_to_an_abstract_socket),
	    cmocka_unit_test(pings_at_half_the_watchdogs_time_and_only_for_our_own_pid),
	    cmocka_unit_test(without_a_service_manager_every_call_is_a_no_op),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
