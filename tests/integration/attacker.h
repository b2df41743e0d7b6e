/* SPDX-License-Identifier: MIT
 *
 * Servers in processes of their own, so that what is measured in ours is ours alone: an
 * attacker, whose connections are served by a fork each with blocking writes, and a good
 * provider, the simulator on its own loop. Made before the test opens anything; gone with
 * the test's process.
 */
#ifndef DIMWATCH_TESTS_INTEGRATION_ATTACKER_H
#define DIMWATCH_TESTS_INTEGRATION_ATTACKER_H

#include <stdbool.h>
#include <stddef.h>

/* What is done to one connection when the head of a request has come. It may never
 * return: the process ends when the far side hangs up. */
typedef void (*attack_fn)(int fd);

struct party; /* opaque: one such process */

struct party *attacker_new(attack_fn attack);
/* The simulated provider; every name is served by this script. */
struct party *provider_new(const char *script);
void party_free(struct party *p); /* with all its connections */
int party_port(const struct party *p);

/* For attacks: writes all or ends the process. */
void say(int fd, const char *text);
void say_bytes(int fd, const void *p, size_t n);
/* The same again and again: n times, or without end (0). */
void repeat(int fd, const char *text, size_t n);

#endif
