/* SPDX-License-Identifier: MIT
 *
 * See child.h. Its end is seen through a pidfd, which is a descriptor like any other.
 */
#include "agent/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/event.h>

#include "agent/base/queue.h"
#include "agent/base/xalloc.h"

#define MAX_ENV (REQUEST_MAX_HEADERS + 5)

struct child {
	TAILQ_ENTRY(child) link;
	struct children *owner;
	struct request rq; /* owned */
	struct http_handler on;
	void *arg;
	pid_t pid; /* 0: it never ran */
	int end_fd, in_fd, out_fd;
	size_t written;
	struct str output;
	struct event *on_end, *on_in, *on_out; /* owned; NULL: none */
	struct loop_timer timer;               /* kills it, or tells that it never ran */
	int failed;                            /* errno of the spawn; 0: it ran */
};

struct children {
	struct loop *loop;
	TAILQ_HEAD(child_list, child) all;
	size_t n;
};

struct children *children_new(struct loop *l)
{
	struct children *c = xcalloc(1, sizeof *c);
	c->loop = l;
	TAILQ_INIT(&c->all);
	return c;
}

static void close_one(int *fd, struct event **ev)
{
	if (*ev)
		event_free(*ev);
	*ev = NULL;
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

static void child_free(struct child *c)
{
	loop_timer_cancel(&c->timer);
	close_one(&c->end_fd, &c->on_end);
	close_one(&c->in_fd, &c->on_in);
	close_one(&c->out_fd, &c->on_out);
	TAILQ_REMOVE(&c->owner->all, c, link);
	c->owner->n--;
	request_fini(&c->rq);
	str_fini(&c->output);
	free(c);
}

/* status -1: there is none. */
static void tell(struct child *c, int status, enum wire wire, const char *text)
{
	struct mono now = loop_mono(c->owner->loop);
	struct wire_end end = {.wire = wire,
	    .phase = c->pid ? PHASE_SENT : PHASE_CONNECT,
	    .dns_us = -1,
	    .connect_us = -1,
	    .tls_us = -1};
	struct wire_head *head = NULL;
	(void)str_copy(end.text, sizeof end.text, text);
	if (status >= 0) {
		head = xcalloc(1, sizeof *head);
		head->status = CHILD_STATUS + status;
		end.phase = PHASE_BODY;
		(void)c->on.on_head(c->arg, now, head);
		free(head);
		if (c->output.len)
			(void)c->on.on_bytes(c->arg, now, str_span(&c->output));
	}
	c->on.on_done(c->arg, now, &end);
}

static void read_output(struct child *c)
{
	char buf[4096];
	ssize_t n = 0;
	while (c->out_fd >= 0 && (n = read(c->out_fd, buf, sizeof buf)) > 0)
		(void)str_add(&c->output, buf, (size_t)n);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		close_one(&c->out_fd, &c->on_out);
}

static void on_output(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	read_output(arg);
}

/* Who reads nothing holds nobody up: the rest stays in our own buffer. */
static void on_input(evutil_socket_t fd, short what, void *arg)
{
	struct child *c = arg;
	size_t left = c->rq.body.len - c->written;
	ssize_t n = left ? write(fd, str_c(&c->rq.body) + c->written, left) : 0;
	(void)what;
	if (n > 0)
		c->written += (size_t)n;
	if (c->written == c->rq.body.len || (n < 0 && errno != EAGAIN && errno != EINTR))
		close_one(&c->in_fd, &c->on_in);
}

static void on_gone(evutil_socket_t fd, short what, void *arg)
{
	struct child *c = arg;
	int how = 0;
	char text[64];
	(void)fd;
	(void)what;
	if (waitpid(c->pid, &how, WNOHANG) != c->pid)
		return;
	read_output(c);
	if (WIFEXITED(how)) {
		tell(c, WEXITSTATUS(how), WIRE_DONE, "");
	} else {
		(void)snprintf(text, sizeof text, "killed by signal %d", WTERMSIG(how));
		tell(c, -1, WIRE_RESET, text);
	}
	child_free(c);
}

static void on_timer(void *arg, struct mono now)
{
	struct child *c = arg;
	(void)now;
	if (c->pid) {
		(void)kill(-c->pid, SIGKILL);
		return;
	}
	/* As a shell says it: not found, not executable. */
	if (c->failed == ENOENT || c->failed == EACCES || c->failed == ENOEXEC) {
		(void)str_adds(&c->output, strerror(c->failed));
		tell(c, c->failed == ENOENT ? 127 : 126, WIRE_DONE, "");
	} else {
		tell(c, -1, WIRE_LOCAL, strerror(c->failed));
	}
	child_free(c);
}

void child_abort(struct child *c)
{
	if (!c->pid)
		return;
	(void)kill(-c->pid, SIGTERM);
	loop_timer_in_ms(&c->timer, CHILD_GRACE_MS);
}

/* --- start ------------------------------------------------------------------------ */

struct pipes {
	int in[2], out[2];
};

static void close_pipes(struct pipes *p)
{
	for (int i = 0; i < 2; i++) {
		if (p->in[i] >= 0)
			(void)close(p->in[i]);
		if (p->out[i] >= 0)
			(void)close(p->out[i]);
	}
}

static bool open_pipes(struct pipes *p)
{
	*p = (struct pipes){
	    {-1, -1},
            {-1, -1}
        };
	return pipe2(p->in, O_CLOEXEC) == 0 && pipe2(p->out, O_CLOEXEC) == 0 &&
	       fcntl(p->in[1], F_SETFL, O_NONBLOCK) == 0 &&
	       fcntl(p->out[0], F_SETFL, O_NONBLOCK) == 0;
}

/* Owned strings; ends with NULL. */
static void make_environment(const struct request *rq, char **env)
{
	static const char *const kept[] = {"PATH", "HOME", "LANG", "TZ"};
	size_t n = 0;
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
		if (getenv(kept[i]))
			env[n++] = xasprintf("%s=%s", kept[i], getenv(kept[i]));
	for (size_t i = 0; i < rq->n_headers; i++)
		env[n++] = xasprintf("%s=%s", rq->headers[i].name, rq->headers[i].value);
	env[n] = NULL;
}

/* Owned copies; ends with NULL. */
static char **copy_words(const char *const *argv)
{
	size_t n = 0;
	while (argv[n])
		n++;
	char **words = xcalloc(n + 1, sizeof *words);
	for (size_t i = 0; i < n; i++)
		words[i] = xstrdup(argv[i]);
	return words;
}

/* An errno, 0: it runs. */
static int spawn(struct child *c, const char *const *argv, const struct pipes *p)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, all;
	char *env[MAX_ENV];
	char **words = copy_words(argv);
	int bad = 0;
	(void)posix_spawn_file_actions_init(&files);
	(void)posix_spawnattr_init(&attr);
	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	bad |= posix_spawn_file_actions_adddup2(&files, p->in[0], 0);
	bad |= posix_spawn_file_actions_adddup2(&files, p->out[1], 1);
	bad |= posix_spawn_file_actions_adddup2(&files, p->out[1], 2);
	bad |= posix_spawn_file_actions_addclosefrom_np(&files, 3);
	bad |= posix_spawn_file_actions_addchdir_np(&files, "/");
	bad |= posix_spawnattr_setflags(&attr,
	    POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	bad |= posix_spawnattr_setpgroup(&attr, 0);
	bad |= posix_spawnattr_setsigmask(&attr, &none);
	bad |= posix_spawnattr_setsigdefault(&attr, &all);
	make_environment(&c->rq, env);
	if (!bad)
		bad = posix_spawn(&c->pid, words[0], &files, &attr, words, env);
	else
		bad = ENOMEM;
	for (char **e = env; *e; e++)
		free(*e);
	for (char **w = words; *w; w++)
		free(*w);
	free(words);
	(void)posix_spawn_file_actions_destroy(&files);
	(void)posix_spawnattr_destroy(&attr);
	if (bad)
		c->pid = 0;
	return bad;
}

static struct event *watch(struct child *c, int fd, short what, event_callback_fn fn)
{
	struct event *ev =
	    event_new(loop_base(c->owner->loop), fd, (short)(what | EV_PERSIST), fn, c);
	if (!ev || event_add(ev, NULL) != 0)
		abort(); /* out of memory */
	return ev;
}

static int run(struct child *c, const char *const *argv)
{
	struct pipes p;
	int failed = 0;
	if (c->owner->n > CHILD_MAX)
		return EAGAIN;
	failed = open_pipes(&p) ? spawn(c, argv, &p) : errno;
	if (!failed) {
		c->end_fd = pidfd_open(c->pid, 0);
		if (c->end_fd < 0) { /* no descriptor for it */
			failed = errno;
			(void)kill(-c->pid, SIGKILL);
			(void)waitpid(c->pid, NULL, 0);
			c->pid = 0;
		}
	}
	if (failed) {
		close_pipes(&p);
		return failed;
	}
	(void)close(p.in[0]);
	(void)close(p.out[1]);
	c->in_fd = p.in[1];
	c->out_fd = p.out[0];
	c->on_end = watch(c, c->end_fd, EV_READ, on_gone);
	c->on_in = watch(c, c->in_fd, EV_WRITE, on_input);
	c->on_out = watch(c, c->out_fd, EV_READ, on_output);
	return 0;
}

struct child *child_start(struct children *c, const char *const *argv, struct request *rq,
    const struct http_handler *on, void *arg)
{
	struct child *one = xcalloc(1, sizeof *one);
	one->owner = c;
	one->rq = *rq;
	memset(rq, 0, sizeof *rq);
	one->on = *on;
	one->arg = arg;
	one->end_fd = one->in_fd = one->out_fd = -1;
	str_init(&one->output, CHILD_OUTPUT_BYTES);
	loop_timer_init(&one->timer, c->loop, on_timer, one);
	TAILQ_INSERT_TAIL(&c->all, one, link);
	c->n++;
	one->failed = run(one, argv);
	if (one->failed)
		loop_timer_in_ms(&one->timer, 0);
	return one;
}

/* --- end -------------------------------------------------------------------------- */

void children_end(struct children *c)
{
	struct child *one = NULL, *next = NULL;
	TAILQ_FOREACH_SAFE(one, &c->all, link, next)
	{
		if (one->pid) {
			(void)kill(-one->pid, SIGKILL);
			(void)waitpid(one->pid, NULL, 0);
		}
		tell(one, -1, WIRE_ABORTED, "dimwatch ended");
		child_free(one);
	}
}

void children_free(struct children *c)
{
	if (!c)
		return;
	children_end(c);
	free(c);
}
