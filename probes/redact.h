/* SPDX-License-Identifier: MIT
 *
 * What of a stranger's bytes may be kept as evidence: cut, cleaned to valid UTF-8, and
 * with everything that looks like a key removed, the key that was sent first of all
 * (providers echo it).
 */
#ifndef DIMWATCH_PROBES_REDACT_H
#define DIMWATCH_PROBES_REDACT_H

#include "agent/base/secret.h"
#include "agent/base/str.h"

/* Writes at most size-1 bytes plus NUL. key may be NULL. Patterns: the key itself and any
 * 8-character stretch of it, "Bearer ...", sk-..., xox?-..., bce-v3/..., AKIA..., JWTs,
 * hooks.slack.com/services/... and user-info in URLs become ***. */
void redact(char *out, size_t size, struct span in, const struct secret *key);
/* The same with n keys; each may be NULL. */
void redact_all(char *out, size_t size, struct span in, const struct secret *const *keys,
    size_t n_keys);

#endif
