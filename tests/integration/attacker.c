/* SPDX-License-Identifier: MIT
 *
 * Forks that listen on loopback.
 */
#include "tests/integration/attacker.h"

#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/base/xalloc.h"
#include "agent/sim/sim.h"

#define BLOCK ((size_t)64 << 10) /* written at once by repeat */

struct party {
	pid_t pid;
	int port;
};

void say_bytes(int fd, const void *p, size_t n)
{
	const char *at = p;

	while (n > 0) {
		ssize_t sent = send(fd, at, n, MSG_NOSIGNAL);

		if (sent <= 0)
			_exit(0);
		at += sent;
		n -= (size_t)sent;
	}
}

void say(int fd, const char *text)
{
	say_bytes(fd, text, strlen(text));
}

void repeat(int fd, const char *text, size_t n)
{
	size_t size = strlen(text), times = size < BLOCK ? BLOCK / size : 1;
	char *block = xcalloc(times, size);

	for (size_t i = 0; i < times; i++)
		memcpy(&block[i * size], text, size); /* NOLINT: no text */
	for (; n == 0 || n > times; n -= n == 0 ? 0 : times)
		say_bytes(fd, block, times * size);
	say_bytes(fd, block, n * size);
	free(block);
}

/* --- processes --- */

static int listen_somewhere(int *ret_port)
{
	struct sockaddr_in a = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) != 0 ||
	    listen(fd, 64) != 0 || getsockname(fd, (struct sockaddr *)&a, &n) != 0)
		abort();
	*ret_port = ntohs(a.sin_port);
	return fd;
}

/* In the child: leads a group of its own, ends with its parent. */
static pid_t fork_party(void)
{
	pid_t parent = getpid(), pid = fork();

	if (pid < 0)
		abort();
	if (pid != 0)
		return pid;
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
	return 0;
}

static bool has_request(const char *bytes, size_t n)
{
	return memmem(bytes, n, "\r\n\r\n", 4) != NULL;
}

static _Noreturn void serve_one(int fd, attack_fn attack)
{
	char in[8192];
	size_t n = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (n < sizeof(in) && !has_request(in, n)) {
		ssize_t got = recv(fd, in + n, sizeof(in) - n, 0);

		if (got <= 0)
			_exit(0);
		n += (size_t)got;
	}
	attack(fd);
	/* The attack has said all: waits for whoever is attacked to go. */
	shutdown(fd, SHUT_WR);
	while (recv(fd, in, sizeof(in), 0) > 0)
		;
	_exit(0);
}

static _Noreturn void attack_all(int listening, attack_fn attack)
{
	signal(SIGCHLD, SIG_IGN); /* nobody waits for them */
	for (;;) {
		int fd = accept(listening, NULL, NULL);

		if (fd < 0)
			_exit(1);
		if (fork() == 0)
			serve_one(fd, attack);
		close(fd);
	}
}

struct party *attacker_new(attack_fn attack)
{
	struct party *p = xcalloc(1, sizeof(*p));
	int fd = listen_somewhere(&p->port);

	p->pid = fork_party();
	if (p->pid == 0)
		attack_all(fd, attack);
	setpgid(p->pid, p->pid);
	close(fd);
	return p;
}

static _Noreturn void simulate(const char *script, int tell)
{
	struct err e = {ERR_NONE, ""};
	struct loop *l = loop_new(LOOP_REAL, &e);
	struct sim_script *s = sim_script_parse(span_of(script), &e);
	struct sim_options o = {.port = 0};
	struct sim *sim = l && s ? sim_new(l, s, &o, &e) : NULL;
	int port = sim ? sim_port(sim) : 0;

	signal(SIGPIPE, SIG_IGN);
	if (write(tell, &port, sizeof(port)) != sizeof(port) || port == 0)
		_exit(1);
	loop_run(l);
	_exit(0);
}

struct party *provider_new(const char *script)
{
	struct party *p = xcalloc(1, sizeof(*p));
	int fds[2];

	if (pipe(fds) != 0)
		abort();
	p->pid = fork_party();
	if (p->pid == 0)
		simulate(script, fds[1]);
	setpgid(p->pid, p->pid);
	if (read(fds[0], &p->port, sizeof(p->port)) != sizeof(p->port) || p->port == 0)
		abort();
	close(fds[0]);
	close(fds[1]);
	return p;
}

void party_free(struct party *p)
{
	if (!p)
		return;
	kill(-p->pid, SIGKILL);
	waitpid(p->pid, NULL, 0);
	free(p);
}

int party_port(const struct party *p)
{
	return p->port;
}
