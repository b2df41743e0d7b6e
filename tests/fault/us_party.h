/* SPDX-License-Identifier: MIT
 *
 * The other side of the wire for faults of our own: providers and webhook receivers that
 * never fail by themselves, served between two turns of the loop by system calls alone.
 * So nothing of theirs is counted or hurt, and what they do depends on no clock and no
 * thread. Names are the first segment of the path; a name does what it was last told.
 */
#ifndef DIMWATCH_TESTS_US_PARTY_H
#define DIMWATCH_TESTS_US_PARTY_H

#include <stdbool.h>
#include <stddef.h>

enum party_mood { PARTY_GOOD, PARTY_FAILS, PARTY_SILENT };

#define PARTY_MESSAGES 64

/* A webhook request that came; memory that outlives the process that received it. */
struct party_message {
	char id[64], type[40];
	int status; /* what it was told */
};
struct party_log {
	struct party_message got[PARTY_MESSAGES];
	size_t n;
};

struct party; /* opaque */

struct party *party_new(struct party_log *log);
void party_free(struct party *p);
int party_port(const struct party *p);
void party_set(struct party *p, const char *name, enum party_mood mood);
/* Answers what can be answered now; true: there was something to do. */
bool party_serve(struct party *p);
/* Requests that wait for an answer that will not come. */
size_t party_held(const struct party *p);
/* Chat requests that were answered. */
size_t party_answered(const struct party *p);

#endif
