/* SPDX-License-Identifier: MIT
 *
 * A server that sends bytes as they are told, for answers that no HTTP server would give;
 * and keeps what it received. One answer for every connection.
 */
#ifndef DIMWATCH_TESTS_INTEGRATION_RAW_SERVER_H
#define DIMWATCH_TESTS_INTEGRATION_RAW_SERVER_H

#include <stdbool.h>

#include "agent/base/loop.h"
#include "agent/base/str.h"

/* ONCE: stays until a second request comes, and is closed on that one, unanswered. */
enum raw_last { RAW_CLOSE, RAW_RESET, RAW_STAY, RAW_ONCE };

struct raw_answer {
	const char *bytes; /* sent when a blank line came (the request's head is there) */
	const char *repeat; /* then this without end; NULL: nothing */
	enum raw_last last; /* then that */
	bool eager;         /* does not wait for a blank line: any byte will do */
};

struct raw_server; /* opaque */

struct raw_server *raw_server_new(struct loop *l, const struct raw_answer *answer);
/* How the answer's bytes go out. */
struct raw_pace {
	size_t quick;     /* so many at once */
	size_t piece;     /* the others in pieces of so many; 0: at once, too */
	int64_t pause_ms; /* between pieces; 0: a turn of the loop */
};
/* From now on this is the answer, and so it goes out. What was received so far is
 * forgotten. */
void raw_server_set(
    struct raw_server *s, const struct raw_answer *answer, struct raw_pace pace);
void raw_server_free(struct raw_server *s);
int raw_server_port(const struct raw_server *s);
size_t raw_server_connections(const struct raw_server *s); /* so far */
/* All bytes received on all connections (the first 256 KiB). */
const char *raw_server_received(const struct raw_server *s);

#endif
