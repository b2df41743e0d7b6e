/* SPDX-License-Identifier: MIT
 *
 * A small proxy on loopback, CONNECT and plain, that keeps every byte it could read: what
 * is not in proxy_saw, a real proxy cannot see either.
 */
#ifndef DIMWATCH_TESTS_INTEGRATION_PROXY_H
#define DIMWATCH_TESTS_INTEGRATION_PROXY_H

#include "agent/base/loop.h"

enum proxy_mood { PROXY_WORKS, PROXY_REFUSES, PROXY_HANGS_UP, PROXY_IS_SILENT };

struct proxy; /* opaque */

struct proxy *proxy_new(struct loop *l, enum proxy_mood mood);
void proxy_free(struct proxy *p);
int proxy_port(const struct proxy *p);
const char *proxy_saw(const struct proxy *p); /* from clients; NULs end it */

#endif
