/* SPDX-License-Identifier: MIT
 *
 * See us_party.h.
 */
#include "tests/fault/us_party.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/fault/us_wrap.h"

#define GUESTS_MAX    64
#define NAMES_MAX     8
#define REQUEST_BYTES 32768

struct guest {
	int fd; /* -1: free */
	bool held;
	size_t n;
	char bytes[REQUEST_BYTES];
};

struct party {
	int fd, port;
	struct party_log *log; /* borrowed */
	struct guest guests[GUESTS_MAX];
	struct {
		char name[16];
		enum party_mood mood;
	} moods[NAMES_MAX];
	size_t n_moods, answered;
};

static const char good_chat[] =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
    "data: {\"id\":\"r1\",\"choices\":[{\"delta\":{\"content\":\"7\"}}]}\n\n"
    "data: {\"id\":\"r1\",\"choices\":[{\"delta\":{},"
    "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":9,"
    "\"completion_tokens\":1}}\n\n"
    "data: [DONE]\n\n";
static const char bad_chat[] =
    "HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\n"
    "Content-Length: 31\r\nConnection: close\r\n\r\n"
    "{\"error\":{\"message\":\"broken\"  }}";
static const char good_hook[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
				"Content-Length: 2\r\nConnection: close\r\n\r\nok";
static const char bad_hook[] = "HTTP/1.1 503 Service Unavailable\r\n"
			       "Content-Length: 0\r\nConnection: close\r\n\r\n";

struct party *party_new(struct party_log *log)
{
	struct sockaddr_in in = {
	    .sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t n = sizeof(in);
	struct party *p = NULL;

	us_mine();
	p = calloc(1, sizeof(*p));
	if (!p)
		abort();
	p->log = log;
	for (int i = 0; i < GUESTS_MAX; i++)
		p->guests[i].fd = -1;
	p->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (p->fd < 0 || bind(p->fd, (const struct sockaddr *)&in, sizeof(in)) != 0 ||
	    listen(p->fd, GUESTS_MAX) != 0 ||
	    getsockname(p->fd, (struct sockaddr *)&in, &n) != 0)
		abort();
	p->port = ntohs(in.sin_port);
	us_theirs();
	return p;
}

static void leave(struct guest *g)
{
	if (g->fd >= 0)
		(void)close(g->fd);
	g->fd = -1;
	g->n = 0;
	g->held = false;
}

void party_free(struct party *p)
{
	if (!p)
		return;
	for (int i = 0; i < GUESTS_MAX; i++)
		leave(&p->guests[i]);
	(void)close(p->fd);
	free(p);
}

int party_port(const struct party *p)
{
	return p->port;
}

static enum party_mood *mood_of(struct party *p, const char *name)
{
	for (size_t i = 0; i < p->n_moods; i++) {
		if (!strcmp(p->moods[i].name, name))
			return &p->moods[i].mood;
	}
	if (p->n_moods == NAMES_MAX)
		abort();
	(void)snprintf(
	    p->moods[p->n_moods].name, sizeof(p->moods[0].name), "%.15s", name);
	p->moods[p->n_moods].mood = PARTY_GOOD;
	return &p->moods[p->n_moods++].mood;
}

void party_set(struct party *p, const char *name, enum party_mood mood)
{
	*mood_of(p, name) = mood;
}

/* The text between two marks, cut to what fits. */
static void between(
    const char *text, const char *from, char until, char *out, size_t size)
{
	const char *at = strstr(text, from);
	size_t n = 0;

	if (at) {
		at += strlen(from);
		while (at[n] && at[n] != until && n + 1 < size)
			n++;
		memcpy(out, at, n);
	}
	out[n] = '\0';
}

static void note_message(struct party *p, const struct guest *g, bool good)
{
	struct party_message *m = &p->log->got[p->log->n];

	if (p->log->n == PARTY_MESSAGES)
		abort();
	between(g->bytes, "ebhook-id: ", '\r', m->id, sizeof(m->id));
	between(g->bytes, "{\"type\":\"", '"', m->type, sizeof(m->type));
	m->status = good ? 200 : 503;
	p->log->n++;
}

static void say(struct guest *g, const char *answer)
{
	(void)send(g->fd, answer, strlen(answer), MSG_NOSIGNAL);
	leave(g);
}

static bool is_whole(const struct guest *g)
{
	const char *end = strstr(g->bytes, "\r\n\r\n");
	const char *length = strstr(g->bytes, "ontent-Length: ");

	if (!end)
		return false;
	return !length || length > end ||
	       g->n >= (size_t)(end + 4 - g->bytes) +
			   strtoul(length + strlen("ontent-Length: "), NULL, 10);
}

static void answer(struct party *p, struct guest *g)
{
	char name[16];
	enum party_mood mood;
	bool hook = strstr(g->bytes, " /hook") || strstr(g->bytes, " /slack");

	between(g->bytes, " /", '/', name, sizeof(name));
	mood = *mood_of(p, name);
	if (mood == PARTY_SILENT) {
		g->held = true;
		return;
	}
	if (hook)
		note_message(p, g, mood == PARTY_GOOD);
	else
		p->answered++;
	if (mood == PARTY_GOOD)
		say(g, hook ? good_hook : good_chat);
	else
		say(g, hook ? bad_hook : bad_chat);
}

static bool serve_guest(struct party *p, struct guest *g)
{
	ssize_t n;

	if (g->fd < 0)
		return false;
	if (g->held) {
		g->held = false;
		answer(p, g);
		return !g->held;
	}
	n = recv(g->fd, g->bytes + g->n, REQUEST_BYTES - 1 - g->n, MSG_DONTWAIT);
	if (n == 0 || (n < 0 && errno != EAGAIN)) {
		leave(g);
		return true;
	}
	if (n > 0) {
		g->n += (size_t)n;
		g->bytes[g->n] = '\0';
		if (is_whole(g))
			answer(p, g);
		return true;
	}
	return false;
}

static bool welcome(struct party *p)
{
	int fd = accept4(p->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0)
		return false;
	for (int i = 0; i < GUESTS_MAX; i++) {
		if (p->guests[i].fd < 0) {
			p->guests[i].fd = fd;
			return true;
		}
	}
	abort();
}

bool party_serve(struct party *p)
{
	bool busy = false;

	us_mine();
	while (welcome(p))
		busy = true;
	for (int i = 0; i < GUESTS_MAX; i++)
		busy |= serve_guest(p, &p->guests[i]);
	us_theirs();
	return busy;
}

size_t party_held(const struct party *p)
{
	size_t n = 0;

	for (int i = 0; i < GUESTS_MAX; i++)
		n += p->guests[i].fd >= 0 && p->guests[i].held;
	return n;
}

size_t party_answered(const struct party *p)
{
	return p->answered;
}
