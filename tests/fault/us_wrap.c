/* SPDX-License-Identifier: MIT
 *
 * See us_wrap.h. What is called here must not allocate on the way to libc: the kernel is
 * asked directly where that is possible.
 */
#include "tests/fault/us_wrap.h"

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "agent/base/rng.h"
#include "storage/writer_impl.h"

#ifdef __SANITIZE_ADDRESS__
#define ALLOCATOR(name) __wrap_##name
#define REAL(name)      __real_##name
#else
#define ALLOCATOR(name) name
#define REAL(name)      __libc_##name
#endif
void *REAL(malloc)(size_t n);
void *REAL(calloc)(size_t n, size_t size);
void *REAL(realloc)(void *p, size_t n);
void *ALLOCATOR(malloc)(size_t n);
void *ALLOCATOR(calloc)(size_t n, size_t size);
void *ALLOCATOR(realloc)(void *p, size_t n);

#define THREADS_MAX 64
#define FRAMES      14

static const char *const names[US_CALL_COUNT] = {
    "malloc", "socket", "connect", "eventfd", "epoll_ctl", "pthread_create"};

static atomic_bool armed, happened;
static atomic_int failing_call, failing_side;
static atomic_llong failing_at;
static atomic_llong counted[US_CALL_COUNT][US_SIDE_COUNT];
static _Thread_local int mine;
static _Thread_local bool is_other;
static atomic_int resolvers;
static atomic_llong passed_us, stepped_us, sleep_us;
static uint32_t *traces[US_SIDE_COUNT]; /* borrowed */
static int64_t most_traces;

const char *us_call_name(enum us_call call)
{
	return names[call];
}

void us_arm(enum us_call call, enum us_side side, int64_t at)
{
	for (int c = 0; c < US_CALL_COUNT; c++) {
		for (int s = 0; s < US_SIDE_COUNT; s++)
			counted[c][s] = 0;
	}
	failing_call = (int)call;
	failing_side = (int)side;
	failing_at = at;
	happened = false;
	armed = true;
}

void us_disarm(void)
{
	armed = false;
}

int64_t us_counted(enum us_call call, enum us_side side)
{
	return counted[call][side];
}

bool us_happened(void)
{
	return happened;
}

void us_mine(void)
{
	mine++;
}

void us_theirs(void)
{
	mine--;
}

void us_trace(uint32_t *hashes[US_SIDE_COUNT], int64_t most)
{
	void *frames[2];

	(void)backtrace(frames, 2); /* the first one loads a library */
	for (int i = 0; i < US_SIDE_COUNT; i++)
		traces[i] = hashes ? hashes[i] : NULL;
	most_traces = most;
}

static void note_way(enum us_side side, long long n)
{
	void *frames[FRAMES];
	int depth;

	if (!traces[side] || n > most_traces)
		return;
	us_mine();
	depth = backtrace(frames, FRAMES);
	traces[side][n - 1] =
	    (uint32_t)hash64((const char *)frames, (size_t)depth * sizeof(*frames));
	us_theirs();
}

/* Is this the one? */
static bool fails(enum us_call call)
{
	enum us_side side = is_other ? US_OTHERS : US_LOOP;
	long long n;

	if (!armed || mine > 0)
		return false;
	n = atomic_fetch_add(&counted[call][side], 1) + 1;
	if (call == US_MALLOC)
		note_way(side, n);
	if ((int)call != failing_call || (int)side != failing_side || n != failing_at)
		return false;
	happened = true;
	return true;
}

/* ---- memory ---- */

void *ALLOCATOR(malloc)(size_t n)
{
	if (!fails(US_MALLOC))
		return REAL(malloc)(n);
	errno = ENOMEM;
	return NULL;
}

void *ALLOCATOR(calloc)(size_t n, size_t size)
{
	if (!fails(US_MALLOC))
		return REAL(calloc)(n, size);
	errno = ENOMEM;
	return NULL;
}

void *ALLOCATOR(realloc)(void *p, size_t n)
{
	if (!fails(US_MALLOC))
		return REAL(realloc)(p, n);
	errno = ENOMEM;
	return NULL;
}

/* ---- descriptors ---- */

int socket(int family, int type, int protocol)
{
	if (!fails(US_SOCKET))
		return (int)syscall(SYS_socket, family, type, protocol);
	errno = EMFILE;
	return -1;
}

/* glibc's own way to take any sockaddr. */
int connect(int fd, __CONST_SOCKADDR_ARG to, socklen_t n)
{
	if (!fails(US_CONNECT))
		return (int)syscall(SYS_connect, fd, to.__sockaddr__, n);
	errno = EADDRNOTAVAIL; /* no port of ours is left */
	return -1;
}

int eventfd(unsigned int count, int flags)
{
	if (!fails(US_EVENTFD))
		return (int)syscall(SYS_eventfd2, count, flags);
	errno = EMFILE;
	return -1;
}

int epoll_ctl(int epoll, int what, int fd, struct epoll_event *ev)
{
	if (!fails(US_EPOLL_CTL))
		return (int)syscall(SYS_epoll_ctl, epoll, what, fd, ev);
	errno = ENOSPC; /* fs.epoll.max_user_watches */
	return -1;
}

/* ---- threads ---- */

struct start {
	atomic_bool used;
	void *(*fn)(void *);
	void *arg;
};
static struct start starts[THREADS_MAX];

static struct start *take_start(void)
{
	for (int i = 0; i < THREADS_MAX; i++) {
		if (!atomic_exchange(&starts[i].used, true))
			return &starts[i];
	}
	abort();
}

static void *run(void *arg)
{
	struct start *s = arg;
	void *(*fn)(void *) = s->fn;
	void *fn_arg = s->arg, *ret;

	s->used = false;
	is_other = true;
	ret = fn(fn_arg);
	if (fn != writer_run)
		resolvers--;
	return ret;
}

typedef int (*create_fn)(
    pthread_t *t, const pthread_attr_t *attr, void *(*fn)(void *), void *arg);

int pthread_create(
    pthread_t *t, const pthread_attr_t *attr, void *(*fn)(void *), void *arg)
{
	create_fn create = NULL;
	void *found = dlsym(RTLD_NEXT, "pthread_create");
	struct start *s = NULL;
	int rc;

	memcpy(&create, &found, sizeof(create));
	if (fails(US_THREAD))
		return EAGAIN;
	s = take_start();
	s->fn = fn;
	s->arg = arg;
	if (fn != writer_run)
		resolvers++;
	rc = create(t, attr, run, s);
	if (rc == 0)
		return 0;
	if (fn != writer_run)
		resolvers--;
	s->used = false;
	return rc;
}

int us_resolvers(void)
{
	return resolvers;
}

/* ---- names: everything is this machine ---- */

struct answer {
	struct addrinfo info;
	struct sockaddr_in in;
};

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
    struct addrinfo **ret)
{
	struct answer *a = REAL(calloc)(1, sizeof(*a));

	(void)name;
	(void)hints;
	if (!a)
		return EAI_MEMORY;
	a->in.sin_family = AF_INET;
	a->in.sin_port = htons((uint16_t)(service ? strtoul(service, NULL, 10) : 0));
	a->in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	a->info.ai_family = AF_INET;
	a->info.ai_socktype = SOCK_STREAM;
	a->info.ai_protocol = IPPROTO_TCP;
	a->info.ai_addrlen = sizeof(a->in);
	a->info.ai_addr = (struct sockaddr *)&a->in;
	*ret = &a->info;
	return 0;
}

void freeaddrinfo(struct addrinfo *info)
{
	free(info);
}

/* ---- clocks ---- */

void us_pass_time(int64_t us)
{
	passed_us += us;
}

void us_step_wall(int64_t us)
{
	stepped_us += us;
}

void us_sleep(int64_t us)
{
	sleep_us = us;
}

int epoll_wait(int epoll, struct epoll_event *evs, int most, int timeout_ms)
{
	int n = (int)syscall(SYS_epoll_pwait, epoll, evs, most, timeout_ms, NULL, 8);

	if (!is_other)
		passed_us += atomic_exchange(&sleep_us, 0);
	return n;
}

static int64_t added_us(clockid_t id)
{
	if (id == CLOCK_REALTIME)
		return passed_us + stepped_us;
	return id == CLOCK_BOOTTIME ? passed_us : 0;
}

int clock_gettime(clockid_t id, struct timespec *ts)
{
	int rc = (int)syscall(SYS_clock_gettime, id, ts);
	int64_t us = added_us(id);

	if (rc != 0 || us == 0)
		return rc;
	us += ts->tv_nsec / 1000;
	ts->tv_sec += us / 1000000;
	ts->tv_nsec = us % 1000000 * 1000 + ts->tv_nsec % 1000;
	if (ts->tv_nsec < 0) {
		ts->tv_nsec += 1000000000;
		ts->tv_sec--;
	}
	return 0;
}
