/* SPDX-License-Identifier: MIT
 *
 * Private to http*.c: one transfer. http.c owns its life, http_transfer.c what libcurl is
 * told and what it hands back while it runs, http_end.c how it ended.
 *
 * Invariant: the transfer is in exactly one list of struct http, the one of its stage,
 * and the easy handle is in its lane exactly while RUNNING.
 */
#ifndef DIMWATCH_PROBES_HTTP_TRANSFER_H
#define DIMWATCH_PROBES_HTTP_TRANSFER_H

#include <netinet/in.h>

#include <curl/curl.h>

#include "agent/base/queue.h"
#include "probes/http.h"
#include "probes/http_head.h"
#include "probes/http_lane.h"

/* More socket events or bytes on the socket than that without one for us: chunk
 * extensions without end. */
#define WAKEUPS_MAX    5000
#define WAKEUPS_FEW    8 /* bytes are counted from here on */
#define IDLE_BYTES_MAX ((int64_t)1 << 20)

enum transfer_stage { TRANSFER_QUEUED, TRANSFER_RUNNING, TRANSFER_ENDED };

/* Of all that have not ended: settling walks the lists for these only, not for each of
 * the thousands of socket events that a second of a large config has. */
struct transfer_counts {
	size_t stopped, paused;
};

struct http_exchange {
	TAILQ_ENTRY(http_exchange) link;
	enum transfer_stage stage;
	struct http *http;              /* borrowed */
	struct transfer_counts *counts; /* borrowed from http */
	struct loop *loop;              /* borrowed */
	struct lane *lane;              /* borrowed; the one it was added to */
	struct request rq;              /* owned */
	struct http_handler on;
	void *arg;

	CURL *easy;                    /* owned */
	struct curl_slist *headers;    /* owned, wiped */
	struct curl_slist *connect_to; /* owned; libcurl keeps the pointer */
	/* Of a mail: what was given of it, and the server's last reply. */
	struct curl_slist *mail_to; /* owned; libcurl keeps the pointer */
	size_t mail_sent;
	char mail_words[256];
	char words[CURL_ERROR_SIZE];
	struct http_head head;

	struct mono start;
	struct mono began;     /* libcurl took it up: its times count from here */
	struct mono connected; /* seen by ourselves; 0: not yet */
	struct mono ended;
	struct loop_timer deadline; /* connect, then the whole: on the loop's heap */
	bool had_kept;      /* a connection was there that an earlier one had left open */
	bool paused;        /* libcurl holds bytes back: the loop's turn was used up */
	bool resumed;       /* this turn may take one piece in any case */
	uint64_t paused_in; /* that turn */
	int64_t body_bytes;
	int64_t idle_bytes; /* that libcurl swallowed since the last byte for us, about */
	unsigned wakeups;   /* since the last byte for us */
	/* Addresses that were looked up, by what came of it. */
	unsigned routes, no_routes;
	struct sockaddr_in tried_v4; /* sin_family 0: none; tried without a look */
	int socket_errno;            /* our own socket() failed */

	CURLcode code;
	bool stopped; /* by ourselves: `why` and `why_text` say it, code does not */
	enum wire why;
	char why_text[120];
};

/* Stops it with our own reason; the first one stands. The caller sees to its end. */
void transfer_stop(struct http_exchange *x, enum wire why, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Makes the easy handle. False: it cannot be (stopped with WIRE_LOCAL). */
bool transfer_prepare(struct http_exchange *x, const char *ca_file);
/* One of its sockets has something to do. False: it had enough to do for nothing. */
bool transfer_wakes(struct http_exchange *x, int fd);
/* Paused in an earlier turn of the loop: lane_resume may follow. */
bool transfer_may_resume(struct http_exchange *x);
/* How far it came. Not from inside libcurl. */
enum wire_phase transfer_phase(const struct http_exchange *x);
/* http_end.c: what became of it. The easy handle is still there (or never was). */
void transfer_end(const struct http_exchange *x, struct wire_end *ret);
/* Frees what libcurl held; secrets are wiped. Not in its lane any more. */
void transfer_fini(struct http_exchange *x);

#endif
